//! The threat intelligence datastore of the platform, whose answers have no envelope.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::clock;
use super::super::operation::Operation;
use super::super::reply::{ApiError, Reply};
use super::super::store::{Store, datastore_key};
use super::{Call, text, texts};

const MOST_OF_UPLOAD: usize = 100;
const MOST_INDICATORS: usize = 10_000_000;

pub(super) fn answer(store: &mut Store, call: &Call) -> Reply {
    let answer = match call.operation {
        Operation::DatastoreGet => Ok(Some(status(store))),
        Operation::RetentionPeriod => Ok(Some(json!({"retentionPeriod": store.retention_days}))),
        Operation::SetRetentionPeriod => set_retention_period(store, call).map(Some),
        Operation::RemoveDatastore => {
            store.datastore.clear();
            Ok(None)
        }
        Operation::RemoveIndicators => remove(store, call).map(|()| None),
        _ => upload(store, call).map(|()| None),
    };
    match answer {
        Ok(Some(body)) => Reply::json(StatusCode::OK, &body),
        Ok(None) => Reply::new(StatusCode::NO_CONTENT, "application/json", Bytes::new()),
        Err(error) => error.reply(call.operation),
    }
}

fn status(store: &Store) -> Value {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (source, _) in store.datastore.keys() {
        *counts.entry(source).or_default() += 1;
    }
    let sources = counts.into_iter().map(|(source, count)| {
        json!({"source": source, "indicatorCount": count, "sumoProvided": false, "supportsCat": true, "enabled": true})
    });
    json!({
        "diskSize": store.datastore.values().map(|indicator| indicator.to_string().len()).sum::<usize>(),
        "indicatorCount": store.datastore.len(),
        "indicatorLimit": MOST_INDICATORS,
        "sourceStatus": sources.collect::<Vec<_>>(),
    })
}

fn set_retention_period(store: &mut Store, call: &Call) -> Result<Value, ApiError> {
    let days = call.body()?.get("retentionPeriod").and_then(Value::as_u64).filter(|days| *days > 0);
    store.retention_days =
        days.ok_or_else(|| ApiError::bad_request("the body must have a number \"retentionPeriod\" above 0"))?;
    Ok(json!({"retentionPeriod": store.retention_days}))
}

/// Takes all indicators of a call, or none. An indicator with a known source and id takes the place
/// of the old one.
fn upload(store: &mut Store, call: &Call) -> Result<(), ApiError> {
    let indicators = call
        .body()?
        .get("indicators")
        .and_then(Value::as_array)
        .ok_or_else(|| ApiError::bad_request("the body must have a list \"indicators\""))?;
    if indicators.len() > MOST_OF_UPLOAD {
        return Err(ApiError::bad_request(format!("a call uploads at most {MOST_OF_UPLOAD} indicators")));
    }
    for indicator in indicators {
        check(indicator)?;
    }
    store.datastore.extend(indicators.iter().map(|indicator| (datastore_key(indicator), indicator.clone())));
    Ok(())
}

fn check(indicator: &Value) -> Result<(), ApiError> {
    let members =
        indicator.as_object().ok_or_else(|| ApiError::bad_request("an indicator must be a JSON object"))?;
    for name in ["id", "indicator", "type", "source", "validFrom", "threatType"] {
        text(members, name)?;
    }
    for name in ["validFrom", "validUntil"] {
        let time = members.get(name).and_then(Value::as_str);
        if time.is_some_and(|time| clock::parse(time).is_none()) {
            return Err(ApiError::bad_request(format!("{name:?} is not a time")));
        }
    }
    let confidence = members.get("confidence").and_then(Value::as_u64);
    if !confidence.is_some_and(|confidence| (1..=100).contains(&confidence)) {
        return Err(ApiError::bad_request("an indicator must have a \"confidence\" from 1 to 100"));
    }
    Ok(())
}

/// Removes the indicators that are there; ids that are not known are passed over.
fn remove(store: &mut Store, call: &Call) -> Result<(), ApiError> {
    let source = text(call.body()?, "source")?;
    for id in texts(call.body()?, "indicatorIds")? {
        store.datastore.remove(&(source.to_owned(), id));
    }
    Ok(())
}
