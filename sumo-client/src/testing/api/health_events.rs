//! Health events and collectors: operations of the main API, whose answers have no envelope.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::data::text_member;
use super::super::operation::Operation;
use super::super::reply::{ApiError, Reply};
use super::super::store::Store;
use super::Call;

const DEFAULT_LIMIT: usize = 100;
const HIGHEST_LIMIT: usize = 1000;

pub(super) fn answer(store: &mut Store, call: &Call) -> Reply {
    let answer = match call.operation {
        Operation::GetCollectors => Ok(json!({"collectors": []})),
        Operation::ListHealthEventsForResources => of_resources(store, call),
        _ => page(call, store.health_events.iter().collect()),
    };
    match answer {
        Ok(body) => Reply::json(StatusCode::OK, &body),
        Err(error) => error.reply(call.operation),
    }
}

fn of_resources(store: &Store, call: &Call) -> Result<Value, ApiError> {
    let resources = call
        .body()?
        .get("data")
        .and_then(Value::as_array)
        .ok_or_else(|| ApiError::bad_request("the body must have a list \"data\""))?;
    let is_wanted = |event: &&Value| {
        let id = event.get("resourceIdentity").and_then(|resource| text_member(resource, "id"));
        resources.iter().any(|resource| text_member(resource, "id") == id)
    };
    page(call, store.health_events.iter().filter(is_wanted).collect())
}

/// A page by continuation token, which is the offset in disguise.
fn page(call: &Call, events: Vec<&Value>) -> Result<Value, ApiError> {
    let limit = call.query_number("limit")?.unwrap_or(DEFAULT_LIMIT);
    if !(1..=HIGHEST_LIMIT).contains(&limit) {
        return Err(ApiError::bad_request(format!("limit must be from 1 to {HIGHEST_LIMIT}")));
    }
    let offset = match call.query_parameter("token") {
        Some(token) => token
            .strip_prefix("after-")
            .and_then(|offset| offset.parse().ok())
            .ok_or_else(|| ApiError::bad_request("token is not known"))?,
        None => 0,
    };
    let objects: Vec<&Value> = events.iter().skip(offset).take(limit).copied().collect();
    let next = offset.saturating_add(objects.len());
    let next = (next < events.len()).then(|| format!("after-{next}"));
    Ok(json!({"data": objects, "next": next}))
}
