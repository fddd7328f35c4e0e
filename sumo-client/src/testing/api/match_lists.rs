//! Match lists and their items.

use serde_json::{Map, Value, json};

use super::super::clock;
use super::super::data::text_member;
use super::super::fields::LIST_ITEMS;
use super::super::reply::ApiError;
use super::super::store::Store;
use super::{Answer, Call, USER, done, flag, optional_text, page, set, text, texts};

const IDS: &[&str] = &["id"];
const DEFAULT_LIMIT: usize = 50;

pub(super) fn list(store: &mut Store, call: &Call) -> Answer {
    let mut found: Vec<&Value> = store.match_lists.iter().collect();
    if let Some(name) = call.query_parameter("sort") {
        let key = |list: &Value| {
            let members = list.as_object().into_iter().flatten();
            members
                .filter(|(member, _)| member.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_string())
                .next()
        };
        found.sort_by_cached_key(|list| key(list));
    }
    match call.query_parameter("sortDir") {
        None | Some("ASC") => {}
        Some("DESC") => found.reverse(),
        Some(other) => {
            return Err(ApiError::bad_request(format!("sortDir cannot be {other:?}, only ASC or DESC")));
        }
    }
    page::by_offset(call, &found, DEFAULT_LIMIT, Value::clone)
}

pub(super) fn get(store: &mut Store, call: &Call) -> Answer {
    find(store, call).cloned()
}

fn find<'a>(store: &'a Store, call: &Call) -> Result<&'a Value, ApiError> {
    store.match_lists.find(IDS, call.id()).ok_or_else(|| ApiError::not_found("match list", call.id()))
}

pub(super) fn create(store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let name = text(fields, "name")?;
    if store.match_lists.find(&["name"], name).is_some() {
        return Err(ApiError::bad_request(format!("there is a match list {name:?} already")));
    }
    let now = clock::with_micros_and_zone(store.clock.now());
    let list = json!({
        "id": new_id(store),
        "name": name,
        "description": optional_text(fields, "description")?,
        "defaultTtl": fields.get("defaultTtl"),
        "targetColumn": text(fields, "targetColumn")?,
        "created": now, "createdBy": USER, "lastUpdated": now, "lastUpdatedBy": null,
    });
    store.match_lists.push(list.clone());
    Ok(list)
}

/// An id that neither a list nor an item has.
fn new_id(store: &mut Store) -> String {
    loop {
        let id = store.next_number().to_string();
        if store.match_lists.find(IDS, &id).is_none() && store.match_list_items.find(IDS, &id).is_none() {
            return id;
        }
    }
}

pub(super) fn update(store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let description = text(fields, "description")?;
    let now = clock::with_micros_and_zone(store.clock.now());
    let changed = store.match_lists.change(IDS, call.id(), |list| {
        set(list, "description", json!(description));
        if let Some(ttl) = fields.get("defaultTtl") {
            set(list, "defaultTtl", ttl.clone());
        }
        set(list, "lastUpdated", json!(now));
        set(list, "lastUpdatedBy", json!(USER));
        Ok::<_, ApiError>(())
    });
    changed.ok_or_else(|| ApiError::not_found("match list", call.id()))?.cloned()
}

pub(super) fn delete(store: &mut Store, call: &Call) -> Answer {
    let name = text_member(find(store, call)?, "name").unwrap_or_default().to_owned();
    store.match_lists.remove(|list| text_member(list, "id") == Some(call.id()));
    store.match_list_items.remove(|item| text_member(item, "listName") == Some(&name));
    Ok(done())
}

pub(super) fn add_items(store: &mut Store, call: &Call) -> Answer {
    let list = find(store, call)?;
    let list_name = text_member(list, "name").unwrap_or_default().to_owned();
    let when = clock::with_seconds(store.clock.now());
    let items = call
        .body()?
        .get("items")
        .and_then(Value::as_array)
        .ok_or_else(|| ApiError::bad_request("the body must have a list \"items\""))?;
    let mut added = Vec::with_capacity(items.len());
    for item in items {
        let members =
            item.as_object().ok_or_else(|| ApiError::bad_request("an item must be a JSON object"))?;
        added.push(json!({
            "value": text(members, "value")?,
            "active": flag(members, "active")?,
            "expiration": expiration(members)?,
            "meta": {
                "description": optional_text(members, "description")?.unwrap_or_default(),
                "created": {"username": USER, "when": when},
                "updated": null,
            },
            "listName": list_name,
        }));
    }
    for mut item in added {
        set(&mut item, "id", json!(new_id(store)));
        store.match_list_items.push(item);
    }
    Ok(done())
}

fn expiration(members: &Map<String, Value>) -> Result<Value, ApiError> {
    let Some(text) = optional_text(members, "expiration")? else { return Ok(Value::Null) };
    let time = clock::parse(&text)
        .ok_or_else(|| ApiError::bad_request(format!("\"expiration\" is not a time: {text:?}")))?;
    Ok(json!(clock::with_seconds(time)))
}

fn found_items<'a>(store: &'a Store, call: &Call) -> Result<Vec<&'a Value>, ApiError> {
    let query = page::query(store, call, LIST_ITEMS)?;
    let value = call.query_parameter("value");
    let lists = call.query_list("listIds");
    let names: Vec<&str> = store
        .match_lists
        .iter()
        .filter(|list| text_member(list, "id").is_some_and(|id| lists.contains(&id)))
        .filter_map(|list| text_member(list, "name"))
        .collect();
    let mut found = store.match_list_items.search(&query);
    found.retain(|item| {
        let is_in_list = text_member(item, "listName").is_some_and(|name| names.contains(&name));
        (lists.is_empty() || is_in_list) && (value.is_none() || text_member(item, "value") == value)
    });
    Ok(found)
}

pub(super) fn items(store: &mut Store, call: &Call) -> Answer {
    page::by_offset(call, &found_items(store, call)?, DEFAULT_LIMIT, Value::clone)
}

pub(super) fn all_items(store: &mut Store, call: &Call) -> Answer {
    page::by_token(store, call, |store, call| Ok(found_items(store, call)?.into_iter().cloned().collect()))
}

pub(super) fn item(store: &mut Store, call: &Call) -> Answer {
    let item = store.match_list_items.find(IDS, call.id());
    item.cloned().ok_or_else(|| item_not_found(call))
}

fn item_not_found(call: &Call) -> ApiError {
    ApiError::not_found("match list item", call.id())
}

pub(super) fn update_item(store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let active = flag(fields, "active")?;
    let expiration = expiration(fields)?;
    let description = text(fields, "description")?;
    let when = clock::with_seconds(store.clock.now());
    let changed = store.match_list_items.change(IDS, call.id(), |item| {
        set(item, "active", json!(active));
        set(item, "expiration", expiration);
        if let Some(meta) = item.get_mut("meta") {
            set(meta, "description", json!(description));
            set(meta, "updated", json!({"username": USER, "when": when}));
        }
        Ok::<_, ApiError>(())
    });
    changed.ok_or_else(|| item_not_found(call))?.cloned()
}

pub(super) fn delete_item(store: &mut Store, call: &Call) -> Answer {
    match store.match_list_items.remove(|item| text_member(item, "id") == Some(call.id())) {
        0 => Err(item_not_found(call)),
        _ => Ok(done()),
    }
}

/// Deletes the items that are there, and names the ids that are not.
pub(super) fn bulk_delete_items(store: &mut Store, call: &Call) -> Answer {
    let ids = texts(call.body()?, "ids")?;
    let mut unknown = Vec::new();
    for id in ids {
        if store.match_list_items.remove(|item| text_member(item, "id") == Some(&id)) == 0 {
            unknown.push(id);
        }
    }
    Ok(json!({"errorResults": unknown}))
}
