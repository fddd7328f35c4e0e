//! The criticalities that entities can have.

use serde_json::{Value, json};

use super::super::data::text_member;
use super::super::reply::ApiError;
use super::super::store::Store;
use super::{Answer, Call, done, page, set, text};

const IDS: &[&str] = &["id"];
const DEFAULT_LIMIT: usize = 50;

pub(super) fn list(store: &mut Store, call: &Call) -> Answer {
    let found: Vec<Value> = store.criticalities.iter().map(|config| view(store, config)).collect();
    page::by_offset(call, &found.iter().collect::<Vec<_>>(), DEFAULT_LIMIT, Value::clone)
}

/// A criticality with the number of entities that have it.
fn view(store: &Store, config: &Value) -> Value {
    let name = text_member(config, "name");
    let has_it = |entity: &&Value| name.is_some() && text_member(entity, "criticality") == name;
    let mut config = config.clone();
    set(&mut config, "entityCount", json!(store.entities.iter().filter(has_it).count()));
    config
}

fn not_found(call: &Call) -> ApiError {
    ApiError::not_found("criticality", call.id())
}

pub(super) fn get(store: &mut Store, call: &Call) -> Answer {
    store.criticalities.find(IDS, call.id()).map(|config| view(store, config)).ok_or_else(|| not_found(call))
}

pub(super) fn create(store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let (name, expression) = (text(fields, "name")?, text(fields, "severityExpression")?);
    if store.criticalities.find(&["name"], name).is_some() {
        return Err(ApiError::bad_request(format!("there is a criticality {name:?} already")));
    }
    let config =
        json!({"id": store.next_number().to_string(), "name": name, "severityExpression": expression});
    store.criticalities.push(config.clone());
    Ok(view(store, &config))
}

pub(super) fn update(store: &mut Store, call: &Call) -> Answer {
    let expression = text(call.wrapped("fields")?, "severityExpression")?;
    let changed = store.criticalities.change(IDS, call.id(), |config| {
        set(config, "severityExpression", json!(expression));
        Ok::<_, ApiError>(())
    });
    changed.ok_or_else(|| not_found(call))??;
    get(store, call)
}

pub(super) fn delete(store: &mut Store, call: &Call) -> Answer {
    match store.criticalities.remove(|config| text_member(config, "id") == Some(call.id())) {
        0 => Err(not_found(call)),
        _ => Ok(done(store)),
    }
}
