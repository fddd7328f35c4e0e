//! Enrichments of insights, signals and entities.

use serde_json::{Value, json};

use super::super::operation::Operation;
use super::super::reply::ApiError;
use super::super::store::{Attachment, Collection, Store};
use super::{Answer, Call, set};

pub(super) fn list(store: &mut Store, call: &Call) -> Answer {
    let (kind, owner) = owner(store, call)?;
    Ok(json!({"enrichments": store.attachments(kind, &owner)}))
}

pub(super) fn save(store: &mut Store, call: &Call) -> Answer {
    let (kind, owner) = owner(store, call)?;
    let body = call.body()?;
    if !body.get("detail").is_some_and(Value::is_object) {
        return Err(ApiError::bad_request("the body must have an object \"detail\""));
    }
    let mut enrichment = Value::Object(body.clone());
    set(&mut enrichment, "type", json!(call.path_parameter(1)));
    let saved = store.attachments(kind, &owner);
    saved.retain(|known| known.get("type") != enrichment.get("type"));
    saved.push(enrichment.clone());
    Ok(enrichment)
}

/// Returns the kind of enrichment and the id of its owner that a call is about.
fn owner(store: &Store, call: &Call) -> Result<(Attachment, String), ApiError> {
    use Operation as O;
    let (kind, noun, collection, ids): (_, _, &Collection, &[&str]) = match call.operation {
        O::GetInsightEnrichments | O::SaveInsightEnrichment => {
            (Attachment::InsightEnrichment, "insight", &store.insights, &["id", "readableId"])
        }
        O::GetSignalEnrichments | O::SaveSignalEnrichment => {
            (Attachment::SignalEnrichment, "signal", &store.signals, &["id"])
        }
        _ => (Attachment::EntityEnrichment, "entity", &store.entities, &["id"]),
    };
    let owner = collection.find(ids, call.id()).ok_or_else(|| ApiError::not_found(noun, call.id()))?;
    let id = owner.get("id").and_then(Value::as_str).unwrap_or_default();
    Ok((kind, id.to_owned()))
}
