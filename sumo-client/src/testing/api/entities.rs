//! Entities: lists, details, changes and notes.

use serde_json::{Value, json};

use super::super::clock;
use super::super::fields::{ENTITIES, at_path};
use super::super::reply::ApiError;
use super::super::store::{Attachment, Store};
use super::page::Part;
use super::{Answer, Call, TagChange, USER, changed_tags, done, flag, optional_text, page, set, text, texts};

const IDS: &[&str] = &["id"];
const DEFAULT_LIMIT: usize = 50;
const EXPANDABLE: &[&str] = &["inventory"];

pub(super) fn list(store: &mut Store, call: &Call) -> Answer {
    let query = page::query(store, call, ENTITIES)?;
    let expanded = call.query_choices("expand", EXPANDABLE)?;
    page::by_offset(call, &store.entities.search(&query), DEFAULT_LIMIT, |entity| view(entity, &expanded))
}

pub(super) fn list_all(store: &mut Store, call: &Call) -> Answer {
    page::by_token(store, call, |store, call, range| {
        let query = page::query(store, call, ENTITIES)?;
        let expanded = call.query_choices("expand", EXPANDABLE)?;
        Ok(Part::of(store.entities.search(&query), range, |entity| view(entity, &expanded)))
    })
}

pub(super) fn get(store: &mut Store, call: &Call) -> Answer {
    let expanded = call.query_choices("expand", EXPANDABLE)?;
    Ok(view(find(store, call.id())?, &expanded))
}

fn find<'a>(store: &'a Store, id: &str) -> Result<&'a Value, ApiError> {
    store.entities.find(IDS, id).ok_or_else(|| ApiError::not_found("entity", id))
}

fn view(entity: &Value, expanded: &[&str]) -> Value {
    let mut entity = entity.clone();
    if !expanded.contains(&"inventory")
        && let Some(members) = entity.as_object_mut()
    {
        members.remove("inventory");
    }
    entity
}

/// Entities that stand with this one in an insight or a signal of the asked time.
pub(super) fn related(store: &mut Store, call: &Call) -> Answer {
    let bound = |name: &str| {
        call.query_parameter(name)
            .and_then(clock::parse)
            .ok_or_else(|| ApiError::bad_request(format!("the parameter {name} must be a time")))
    };
    let (start, end) = (bound("start")?, bound("end")?);
    find(store, call.id())?;
    let mut ids: Vec<&str> = Vec::new();
    for object in store.insights.iter().chain(store.signals.iter()) {
        let time = object.get("timestamp").and_then(Value::as_str).and_then(clock::parse);
        let named = at_path(object, "involvedEntities.id").into_iter().chain(at_path(object, "entity.id"));
        let named: Vec<&str> = named.filter_map(Value::as_str).collect();
        if named.contains(&call.id()) && time.is_some_and(|time| (start..=end).contains(&time)) {
            ids.extend(named);
        }
    }
    ids.retain(|id| *id != call.id());
    ids.sort_unstable();
    ids.dedup();
    let related = ids.into_iter().filter_map(|id| store.entities.find(IDS, id)).map(|entity| {
        let member = |name: &str| entity.get(name).cloned().unwrap_or_default();
        json!({
            "id": member("id"), "entityType": member("entityType"), "value": member("value"),
            "activityScore": member("activityScore"), "tags": member("tags"),
            "criticality": member("criticality"), "isSuppressed": member("isSuppressed"),
        })
    });
    Ok(related.collect())
}

/// Changes an entity and gives it as changes show it: without its inventory.
fn change(store: &mut Store, id: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let changed = store.entities.change(IDS, id, |entity| {
        change(entity);
        Ok::<_, ApiError>(())
    });
    changed.ok_or_else(|| ApiError::not_found("entity", id))?.map(|entity| view(entity, &[]))
}

/// The criticality that a call names, which must be one of the tenant's; none takes it away.
fn criticality(store: &Store, call: &Call) -> Result<Option<String>, ApiError> {
    let criticality = optional_text(call.body()?, "criticality")?;
    match criticality {
        Some(name) if store.criticalities.find(&["name"], &name).is_none() => {
            Err(ApiError::bad_request(format!("there is no criticality {name:?}")))
        }
        known => Ok(known),
    }
}

pub(super) fn set_criticality(store: &mut Store, call: &Call) -> Answer {
    let criticality = criticality(store, call)?;
    change(store, call.id(), |entity| set(entity, "criticality", json!(criticality)))
}

pub(super) fn set_suppressed(store: &mut Store, call: &Call) -> Answer {
    let suppressed = flag(call.body()?, "suppressed")?;
    change(store, call.id(), |entity| set(entity, "isSuppressed", json!(suppressed)))
}

pub(super) fn change_tags(store: &mut Store, call: &Call, kind: TagChange) -> Answer {
    let tags = texts(call.body()?, "tags")?;
    change(store, call.id(), |entity| {
        let tags = changed_tags(entity, kind, &tags);
        set(entity, "tags", tags);
    })
}

/// Changes each named entity, and gives the id and the changed member of each. Unknown ids change
/// nothing at all.
fn bulk(store: &mut Store, call: &Call, member: &str, apply: impl Fn(&mut Value)) -> Answer {
    let ids = texts(call.body()?, "entityIds")?;
    for id in &ids {
        find(store, id)?;
    }
    let mut changed = Vec::with_capacity(ids.len());
    for id in &ids {
        let entity = change(store, id, &apply)?;
        let mut entry = json!({"id": id});
        set(&mut entry, member, entity.get(member).cloned().unwrap_or_default());
        changed.push(entry);
    }
    Ok(Value::Array(changed))
}

pub(super) fn bulk_suppress(store: &mut Store, call: &Call) -> Answer {
    let suppressed = flag(call.body()?, "suppressedFlag")?;
    bulk(store, call, "isSuppressed", |entity| set(entity, "isSuppressed", json!(suppressed)))
}

pub(super) fn bulk_criticality(store: &mut Store, call: &Call) -> Answer {
    let criticality = criticality(store, call)?;
    bulk(store, call, "criticality", |entity| set(entity, "criticality", json!(criticality)))
}

pub(super) fn bulk_tags(store: &mut Store, call: &Call, kind: TagChange) -> Answer {
    let tags = texts(call.body()?, "tags")?;
    bulk(store, call, "tags", |entity| {
        let tags = changed_tags(entity, kind, &tags);
        set(entity, "tags", tags);
    })
}

pub(super) fn notes(store: &mut Store, call: &Call) -> Answer {
    find(store, call.id())?;
    Ok(json!(store.attachments(Attachment::Note, call.id())))
}

pub(super) fn add_note(store: &mut Store, call: &Call) -> Answer {
    let text = text(call.body()?, "note")?;
    find(store, call.id())?;
    let now = clock::with_micros(store.clock.now());
    let note = json!({
        "id": store.next_number().to_string(),
        "timestamp": now, "lastUpdated": now, "note": text, "author": {"username": USER},
    });
    store.attachments(Attachment::Note, call.id()).push(note.clone());
    Ok(note)
}

pub(super) fn update_note(store: &mut Store, call: &Call) -> Answer {
    let text = text(call.body()?, "note")?;
    find(store, call.id())?;
    let now = clock::with_micros(store.clock.now());
    let wanted = call.path_parameter(1);
    let note = store
        .attachments(Attachment::Note, call.id())
        .iter_mut()
        .find(|note| note.get("id").is_some_and(|id| id == wanted))
        .ok_or_else(|| ApiError::not_found("note", wanted))?;
    set(note, "note", json!(text));
    set(note, "lastUpdated", json!(now));
    Ok(note.clone())
}

pub(super) fn delete_note(store: &mut Store, call: &Call) -> Answer {
    find(store, call.id())?;
    let wanted = call.path_parameter(1);
    let notes = store.attachments(Attachment::Note, call.id());
    let before = notes.len();
    notes.retain(|note| note.get("id").is_none_or(|id| id != wanted));
    if notes.len() == before {
        return Err(ApiError::not_found("note", wanted));
    }
    Ok(done(store))
}
