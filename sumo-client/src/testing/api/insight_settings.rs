//! Statuses, resolutions and the configuration of insights.

use serde_json::{Value, json};

use super::super::reply::ApiError;
use super::super::store::Store;
use super::{Answer, Call, page};

const DEFAULT_LIMIT: usize = 50;

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
