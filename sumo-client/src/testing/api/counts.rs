//! Counts of insights, signals and records over time.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::clock;
use super::super::fields::at_path;
use super::super::operation::Operation;
use super::super::reply::ApiError;
use super::super::store::Store;
use super::{Answer, Call};

/// More buckets than this are refused.
const MOST_BUCKETS: usize = 10_000;

pub(super) fn answer(store: &mut Store, call: &Call) -> Answer {
    let start = time(call, "startTimestamp")?.ok_or_else(|| missing("startTimestamp"))?;
    let end = time(call, "endTimestamp")?.unwrap_or_else(|| store.clock.now());
    let seconds = call.query_number("bucketDuration")?.ok_or_else(|| missing("bucketDuration"))?;
    let bucket =
        i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds).filter(|bucket| !bucket.is_zero());
    let bucket = bucket.ok_or_else(|| ApiError::bad_request("bucketDuration is out of range"))?;
    let times = times(store, call.operation);
    let mut buckets = Vec::new();
    let mut from = start;
    while from < end {
        let to = from.checked_add_signed(bucket).unwrap_or(end).min(end);
        let count = times.iter().filter(|time| (from..to).contains(*time)).count();
        buckets.push(json!({"timestamp": clock::with_micros(from), "value": count.to_string()}));
        if buckets.len() > MOST_BUCKETS {
            return Err(ApiError::bad_request(format!("that makes more than {MOST_BUCKETS} buckets")));
        }
        from = to;
    }
    Ok(Value::Array(buckets))
}

fn missing(name: &str) -> ApiError {
    ApiError::bad_request(format!("the parameter {name} is missing"))
}

fn time(call: &Call, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
    let Some(text) = call.query_parameter(name) else { return Ok(None) };
    clock::parse(text)
        .map(Some)
        .ok_or_else(|| ApiError::bad_request(format!("{name} is not a time: {text:?}")))
}

fn times(store: &Store, operation: Operation) -> Vec<DateTime<Utc>> {
    let text_time =
        |object: &Value, name: &str| object.get(name).and_then(Value::as_str).and_then(clock::parse);
    match operation {
        Operation::GetInsightCounts => {
            store.insights.iter().filter_map(|insight| text_time(insight, "created")).collect()
        }
        Operation::GetSignalCounts => {
            store.signals.iter().filter_map(|signal| text_time(signal, "timestamp")).collect()
        }
        _ => records(store)
            .filter_map(|record| record.get("timestamp")?.as_i64())
            .filter_map(DateTime::from_timestamp_millis)
            .collect(),
    }
}

/// The records of all signals, and those that no signal holds.
fn records(store: &Store) -> impl Iterator<Item = &Value> {
    let mut seen = std::collections::HashSet::new();
    let of_signals = store.signals.iter().flat_map(|signal| at_path(signal, "allRecords"));
    of_signals
        .chain(store.records.iter())
        .filter(move |record| record.get("uid").and_then(Value::as_str).is_none_or(|uid| seen.insert(uid)))
}
