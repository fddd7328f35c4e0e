//! Lists with items: match lists, suppress lists, and sources of threat intelligence with their
//! indicators.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::super::clock;
use super::super::columns;
use super::super::data::text_member;
use super::super::fields::LIST_ITEMS;
use super::super::operation::Operation;
use super::super::reply::ApiError;
use super::super::store::{DuplicateItems, Item, ItemLists, Store};
use super::page::Part;
use super::{Answer, Call, USER, done, flag, optional_text, page, set, text, texts};

const IDS: &[&str] = &["id"];
const DEFAULT_LIMIT: usize = 50;
const MOST_CHARS: usize = 2_000;
const EXPANDABLE: &[&str] = &["source"];

/// The kinds of lists, which differ in their names and in how much they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Match,
    Suppress,
    ThreatIntel,
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Match => "match list",
            Self::Suppress => "suppress list",
            Self::ThreatIntel => "threat intelligence source",
        }
    }

    fn item_noun(self) -> &'static str {
        match self {
            Self::Match => "match list item",
            Self::Suppress => "suppress list item",
            Self::ThreatIntel => "threat intelligence indicator",
        }
    }

    /// The member of a body that holds the items to be added.
    fn items_member(self) -> &'static str {
        if self == Self::ThreatIntel { "indicators" } else { "items" }
    }

    fn capacity(self) -> usize {
        if self == Self::Suppress { 50_000 } else { 100_000 }
    }

    fn lists(self, store: &Store) -> &ItemLists {
        match self {
            Self::Match => &store.match_lists,
            Self::Suppress => &store.suppress_lists,
            Self::ThreatIntel => &store.threat_intel,
        }
    }

    fn lists_mut(self, store: &mut Store) -> &mut ItemLists {
        match self {
            Self::Match => &mut store.match_lists,
            Self::Suppress => &mut store.suppress_lists,
            Self::ThreatIntel => &mut store.threat_intel,
        }
    }

    fn not_found(self, call: &Call) -> ApiError {
        ApiError::not_found(self.noun(), call.id())
    }

    fn item_not_found(self, call: &Call) -> ApiError {
        ApiError::not_found(self.item_noun(), call.id())
    }
}

pub(super) fn list(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let mut found: Vec<&Value> = kind.lists(store).lists.iter().collect();
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

pub(super) fn get(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    find(kind, store, call).cloned()
}

fn find<'a>(kind: Kind, store: &'a Store, call: &Call) -> Result<&'a Value, ApiError> {
    kind.lists(store).lists.find(IDS, call.id()).ok_or_else(|| kind.not_found(call))
}

pub(super) fn create(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let name = text(fields, "name")?;
    if kind.lists(store).lists.find(&["name"], name).is_some() {
        return Err(ApiError::bad_request(format!("there is a {} {name:?} already", kind.noun())));
    }
    let column = text(fields, "targetColumn")?;
    let is_custom = store.custom_columns.iter().any(|known| text_member(known, "id") == Some(column));
    if !columns::is_built_in(column) && !is_custom {
        return Err(ApiError::bad_request(format!("there is no column {column:?}")));
    }
    let now = clock::with_micros_and_zone(store.clock.now());
    let list = json!({
        "id": store.next_number().to_string(),
        "name": name,
        "description": optional_text(fields, "description")?,
        "defaultTtl": fields.get("defaultTtl"),
        "targetColumn": column,
        "created": now, "createdBy": USER, "lastUpdated": now, "lastUpdatedBy": null,
    });
    kind.lists_mut(store).lists.push(list.clone());
    Ok(list)
}

/// The vendor lets nobody make new sources any more.
pub(super) fn create_source() -> Answer {
    Err(ApiError::bad_request("new sources cannot be created; use the threat intelligence datastore"))
}

/// Sets the description and settings of a list; its column never changes.
pub(super) fn update(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let description = text(fields, "description")?;
    let now = clock::with_micros_and_zone(store.clock.now());
    let changed = kind.lists_mut(store).lists.change(IDS, call.id(), |list| {
        set(list, "description", json!(description));
        if let Some(ttl) = fields.get("defaultTtl") {
            set(list, "defaultTtl", ttl.clone());
        }
        set(list, "lastUpdated", json!(now));
        set(list, "lastUpdatedBy", json!(USER));
        Ok::<_, ApiError>(())
    });
    changed.ok_or_else(|| kind.not_found(call))?.cloned()
}

pub(super) fn delete(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let lists = kind.lists_mut(store);
    if lists.lists.remove(|list| text_member(list, "id") == Some(call.id())) == 0 {
        return Err(kind.not_found(call));
    }
    lists.items.delete_list(call.id());
    Ok(done(store))
}

/// Adds all items of a call, or none.
pub(super) fn add_items(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let list = find(kind, store, call)?;
    let column = text_member(list, "targetColumn").unwrap_or_default().to_owned();
    let name = text_member(list, "name").unwrap_or_default().to_owned();
    let member = kind.items_member();
    let items = call
        .body()?
        .get(member)
        .and_then(Value::as_array)
        .ok_or_else(|| ApiError::bad_request(format!("the body must have a list {member:?}")))?;
    let when = clock::with_seconds(store.clock.now());
    let mut added = Vec::with_capacity(items.len());
    for item in items {
        let mut item = new_item(kind, &column, item, &when)?;
        set(&mut item, "listName", json!(name));
        set(&mut item, "targetColumn", json!(column));
        added.push(item);
    }
    let added = without_duplicates(kind, store, call.id(), added)?;
    let capacity = store.behaviour.list_capacity.unwrap_or_else(|| kind.capacity());
    let present = kind.lists(store).items.iter().filter(|item| item.list_id == call.id()).count();
    if present + added.len() > capacity {
        return Err(ApiError::bad_request(format!("a {} holds at most {capacity} items", kind.noun())));
    }
    let appears_at = store.appearance();
    for mut item in added {
        let id = store.next_number();
        set(
            &mut item,
            "id",
            json!(if kind == Kind::ThreatIntel { format!("{id:032x}") } else { id.to_string() }),
        );
        kind.lists_mut(store).items.push(call.id(), item, appears_at);
    }
    Ok(done(store))
}

fn new_item(kind: Kind, column: &str, item: &Value, when: &str) -> Answer {
    let members = item.as_object().ok_or_else(|| ApiError::bad_request("an item must be a JSON object"))?;
    let value = text(members, "value")?;
    if value.chars().count() > MOST_CHARS {
        return Err(ApiError::bad_request(format!("a value has at most {MOST_CHARS} characters")));
    }
    let fits = match kind {
        Kind::ThreatIntel => columns::is_indicator(value),
        Kind::Match | Kind::Suppress => columns::takes(column, value),
    };
    if !fits {
        return Err(ApiError::bad_request(format!("the value {value:?} does not fit this {}", kind.noun())));
    }
    Ok(json!({
        "value": value,
        "active": flag(members, "active")?,
        "expiration": expiration(members)?,
        "meta": {
            "description": optional_text(members, "description")?.unwrap_or_default(),
            "created": {"username": USER, "when": when},
            "updated": null,
        },
    }))
}

/// The items to add, after the configured handling of values that the list has already.
fn without_duplicates(
    kind: Kind,
    store: &mut Store,
    list_id: &str,
    added: Vec<Value>,
) -> Result<Vec<Value>, ApiError> {
    let policy = store.behaviour.duplicate_items;
    if policy == DuplicateItems::AddAgain {
        return Ok(added);
    }
    let of_list = kind.lists(store).items.iter().filter(|item| item.list_id == list_id);
    let mut known: HashSet<String> =
        of_list.filter_map(|item| text_member(&item.object, "value")).map(str::to_owned).collect();
    let (mut new, mut present) = (Vec::new(), Vec::new());
    for item in added {
        let value = text_member(&item, "value").unwrap_or_default().to_owned();
        if known.insert(value.clone()) { new.push(item) } else { present.push((value, item)) }
    }
    match (policy, present.first()) {
        (DuplicateItems::Refuse, Some((value, _))) => {
            return Err(ApiError::bad_request(format!("the list has the value {value:?} already")));
        }
        _ => present.into_iter().for_each(|(value, item)| overwrite(kind, store, list_id, &value, &item)),
    }
    Ok(new)
}

fn overwrite(kind: Kind, store: &mut Store, list_id: &str, value: &str, new: &Value) {
    let is_same = |item: &&Item| item.list_id == list_id && text_member(&item.object, "value") == Some(value);
    let items = &mut kind.lists_mut(store).items;
    let id = items.iter().find(is_same).and_then(|item| text_member(&item.object, "id")).map(str::to_owned);
    if let Some(id) = id {
        items.change(&id, |item| {
            for member in ["active", "expiration", "meta"] {
                set(item, member, new.get(member).cloned().unwrap_or_default());
            }
        });
    }
}

fn expiration(members: &Map<String, Value>) -> Result<Value, ApiError> {
    let Some(text) = optional_text(members, "expiration")? else { return Ok(Value::Null) };
    let time = clock::parse(&text)
        .ok_or_else(|| ApiError::bad_request(format!("\"expiration\" is not a time: {text:?}")))?;
    Ok(json!(clock::with_seconds(time)))
}

/// An item as its operations show it.
fn view(kind: Kind, store: &Store, item: &Item, expanded: &[&str]) -> Value {
    let mut object = item.object.clone();
    if let Some(members) = object.as_object_mut() {
        members.remove("targetColumn");
        if kind == Kind::ThreatIntel {
            members.remove("listName");
            if expanded.contains(&"source") {
                let source = kind.lists(store).lists.find(IDS, &item.list_id).cloned();
                members.insert("source".to_owned(), source.unwrap_or_default());
            }
        }
    }
    object
}

fn found_items<'a>(kind: Kind, store: &'a Store, call: &Call) -> Result<Vec<&'a Item>, ApiError> {
    let query = page::query(store, call, LIST_ITEMS)?;
    let value = call.query_parameter("value");
    let ids = call.query_list(if kind == Kind::ThreatIntel { "sourceIds" } else { "listIds" });
    let source = call.query_parameter("sourceName").filter(|_| kind == Kind::ThreatIntel);
    let is_wanted = |item: &&Item| {
        (ids.is_empty() || ids.contains(&item.list_id.as_str()))
            && (value.is_none() || text_member(&item.object, "value") == value)
            && (source.is_none() || text_member(&item.object, "listName") == source)
    };
    Ok(kind.lists(store).items.search(&query, store.clock.now()).filter(is_wanted).collect())
}

fn expanded(kind: Kind, call: &Call) -> Result<Vec<&str>, ApiError> {
    if kind == Kind::ThreatIntel { call.query_choices("expand", EXPANDABLE) } else { Ok(Vec::new()) }
}

pub(super) fn items(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let expanded = expanded(kind, call)?;
    let found = found_items(kind, store, call)?;
    page::by_offset(call, &found, DEFAULT_LIMIT, |item| view(kind, store, item, &expanded))
}

pub(super) fn all_items(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    page::by_token(store, call, |store, call, range| {
        let expanded = expanded(kind, call)?;
        let found = found_items(kind, store, call)?;
        Ok(Part::of(found, range, |item| view(kind, store, item, &expanded)))
    })
}

pub(super) fn item(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let expanded = expanded(kind, call)?;
    let item = kind.lists(store).items.find(call.id()).ok_or_else(|| kind.item_not_found(call))?;
    Ok(view(kind, store, item, &expanded))
}

pub(super) fn update_item(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let active = flag(fields, "active")?;
    let expiration = expiration(fields)?;
    let description = text(fields, "description")?;
    let when = clock::with_seconds(store.clock.now());
    let changed = kind.lists_mut(store).items.change(call.id(), |item| {
        set(item, "active", json!(active));
        set(item, "expiration", expiration);
        if let Some(meta) = item.get_mut("meta") {
            set(meta, "description", json!(description));
            set(meta, "updated", json!({"username": USER, "when": when}));
        }
    });
    changed.ok_or_else(|| kind.item_not_found(call))?;
    item(kind, store, call)
}

pub(super) fn delete_item(kind: Kind, store: &mut Store, call: &Call) -> Answer {
    let (now, vanishes_at) = (store.clock.now(), store.appearance());
    if kind.lists_mut(store).items.delete(call.id(), now, vanishes_at) {
        Ok(done(store))
    } else {
        Err(kind.item_not_found(call))
    }
}

/// Deletes the items that are there, and names the ids that are not.
pub(super) fn bulk_delete_items(store: &mut Store, call: &Call) -> Answer {
    let mut ids = texts(call.body()?, "ids")?;
    let (now, vanishes_at) = (store.clock.now(), store.appearance());
    ids.retain(|id| !store.match_lists.items.delete(id, now, vanishes_at));
    Ok(json!({"errorResults": ids}))
}

pub(super) fn custom_columns(store: &mut Store) -> Answer {
    Ok(json!(store.custom_columns))
}

/// The kind of lists that an operation is about.
pub(super) fn kind_of(operation: Operation) -> Kind {
    let path = operation.path();
    if path.contains("/suppress-list") {
        Kind::Suppress
    } else if path.contains("/threat-intel") {
        Kind::ThreatIntel
    } else {
        Kind::Match
    }
}
