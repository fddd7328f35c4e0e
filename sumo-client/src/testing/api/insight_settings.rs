//! Statuses, resolutions and the configuration of insights.

use serde_json::{Value, json};

use super::super::data::text_member;
use super::super::reply::ApiError;
use super::super::store::Store;
use super::{Answer, Call, done, optional_text, page, set, text};

const DEFAULT_LIMIT: usize = 50;
/// The statuses that every tenant has, which cannot be changed.
const BUILT_IN_STATUSES: [&str; 3] = ["new", "inprogress", "closed"];

pub(super) fn configuration() -> Answer {
    Ok(json!({"lookbackDays": 14.0, "threshold": 12.0, "globalSignalSuppressionWindow": 72}))
}

pub(super) fn statuses(store: &mut Store) -> Answer {
    Ok(store.insight_statuses.iter().cloned().collect())
}

pub(super) fn status(store: &mut Store, call: &Call) -> Answer {
    let status = store.insight_statuses.find(&["id"], call.id());
    status.cloned().ok_or_else(|| ApiError::not_found("status", call.id()))
}

/// Creates a status. Its internal name is made of the name shown, in lower case without blanks.
pub(super) fn create_status(store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let shown = text(fields, "name")?;
    let name: String = shown.to_lowercase().split_whitespace().collect();
    if store.insight_statuses.find(&["name"], &name).is_some() {
        return Err(ApiError::bad_request(format!("there is a status {name:?} already")));
    }
    let status = json!({
        "id": store.next_number().to_string(), "name": name, "displayName": shown,
        "description": optional_text(fields, "description")?, "color": optional_text(fields, "color")?,
    });
    store.insight_statuses.push(status.clone());
    Ok(status)
}

/// The internal name of a status that may be changed.
fn custom_status(store: &Store, call: &Call) -> Result<String, ApiError> {
    let status = store.insight_statuses.find(&["id"], call.id());
    let status = status.ok_or_else(|| ApiError::not_found("status", call.id()))?;
    let name = text_member(status, "name").unwrap_or_default();
    if BUILT_IN_STATUSES.contains(&name) {
        return Err(ApiError::bad_request(format!("the status {name:?} is built in and cannot be changed")));
    }
    Ok(name.to_owned())
}

/// Sets the name shown and the rest of a status; insights show its new name.
pub(super) fn update_status(store: &mut Store, call: &Call) -> Answer {
    let fields = call.wrapped("fields")?;
    let (shown, name) = (text(fields, "name")?, custom_status(store, call)?);
    let (description, color) = (optional_text(fields, "description")?, optional_text(fields, "color")?);
    let changed = store.insight_statuses.change(&["id"], call.id(), |status| {
        set(status, "displayName", json!(shown));
        set(status, "description", json!(description));
        set(status, "color", json!(color));
        Ok::<_, ApiError>(())
    });
    let changed = changed.ok_or_else(|| ApiError::not_found("status", call.id()))?.cloned()?;
    let ids: Vec<String> = insights_with(store, &name).map(str::to_owned).collect();
    for id in ids {
        let renamed = store.insights.change(&["id"], &id, |insight| {
            set(insight, "status", json!({"name": name, "displayName": shown}));
            Ok::<_, ApiError>(())
        });
        renamed.transpose()?;
    }
    Ok(changed)
}

pub(super) fn delete_status(store: &mut Store, call: &Call) -> Answer {
    let name = custom_status(store, call)?;
    if insights_with(store, &name).next().is_some() {
        return Err(ApiError::bad_request(format!("the status {name:?} is in use")));
    }
    store.insight_statuses.remove(|status| text_member(status, "id") == Some(call.id()));
    Ok(done(store))
}

/// The ids of the insights that have a status.
fn insights_with<'a>(store: &'a Store, status: &str) -> impl Iterator<Item = &'a str> {
    let has_it = |insight: &&Value| {
        insight.get("status").and_then(|status| text_member(status, "name")) == Some(status)
    };
    store.insights.iter().filter(has_it).filter_map(|insight| text_member(insight, "id"))
}

pub(super) fn resolutions(store: &mut Store, call: &Call) -> Answer {
    let found: Vec<&Value> = store.insight_resolutions.iter().collect();
    page::by_offset(call, &found, DEFAULT_LIMIT, Value::clone)
}

pub(super) fn resolution(store: &mut Store, call: &Call) -> Answer {
    let id: Option<u64> = call.id().parse().ok();
    let is_wanted = |known: &&Value| id.is_some() && known.get("id").and_then(Value::as_u64) == id;
    let resolution = store.insight_resolutions.iter().find(is_wanted);
    resolution.cloned().ok_or_else(|| ApiError::not_found("resolution", call.id()))
}
