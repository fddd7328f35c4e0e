//! The cost of decoding a page of insights of 20 MB, side by side with the least that could be
//! done.
//!
//! - `ignored`: `serde_json` reads the bytes into [`IgnoredAny`], and keeps nothing.
//! - `kept`: a copy of all fields that the models keep is made.
//! - `models`: the bytes are decoded as a page of insights the way a call does it.
//!
//! The rounds alternate, so both meet the same machine; the median of each counts. Memory is
//! measured apart: the most that is held at a time while decoding, the body included.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program to be read by people")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use peak_alloc::PeakAlloc;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use sumo_client::api::insights::Insight;
use sumo_client::{Page, envelope};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const BODY_BYTES: usize = 20 * 1024 * 1024;
const ROUNDS: usize = 15;

fn main() {
    // Exactly as large as it is, so that the peak counts no slack.
    let body = Bytes::from(page_of(BODY_BYTES).into_boxed_slice());
    let page: Page<Insight> = envelope::decode(&body).unwrap();
    println!(
        "body {:.1} MB, of which records {:.1} MB",
        megabytes(body.len()),
        megabytes(record_bytes(&page))
    );

    let mut ignored = Vec::new();
    let mut kept = Vec::new();
    let mut models = Vec::new();
    for _ in 0..ROUNDS {
        ignored.push(time(|| {
            black_box(serde_json::from_slice::<IgnoredAny>(&body).unwrap());
        }));
        kept.push(time(|| drop(black_box(page.clone()))));
        models.push(time(|| drop(black_box(envelope::decode::<Page<Insight>>(&body).unwrap()))));
    }
    let (ignored, kept, models) = (median(ignored), median(kept), median(models));
    let least = ignored + kept;
    println!("ignored {ignored:?} + kept {kept:?} = {least:?}, models {models:?}");
    println!("models cost {:.2} times ignored", models.as_secs_f64() / ignored.as_secs_f64());
    println!("models cost {:.2} times the least", models.as_secs_f64() / least.as_secs_f64());
    drop(page);

    ALLOCATOR.reset_peak_usage();
    let page = envelope::decode::<Page<Insight>>(&body).unwrap();
    let peak = ALLOCATOR.peak_usage();
    println!("peak memory with the body {:.2} times the body", f64_of(peak) / f64_of(body.len()));
    drop(page);
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn record_bytes(page: &Page<Insight>) -> usize {
    let signals = page.objects.iter().flat_map(|insight| &insight.signals);
    signals.map(|signal| signal.all_records.as_json().len()).sum()
}

fn megabytes(bytes: usize) -> f64 {
    f64_of(bytes) / (1024.0 * 1024.0)
}

fn f64_of(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

/// A page of insights in the shape of answers of 2024, as compact JSON.
fn page_of(bytes: usize) -> Vec<u8> {
    let insight = serde_json::to_string(&insight()).unwrap();
    let count = bytes / insight.len();
    let objects = vec![insight; count].join(",");
    format!(r#"{{"data":{{"objects":[{objects}],"total":{count},"hasNextPage":false}},"errors":[]}}"#)
        .into_bytes()
}

fn insight() -> Value {
    let signals: Vec<Value> = (0..4).map(signal).collect();
    json!({
        "id": "55555555-6666-3777-8888-999999999999", "readableId": "INSIGHT-637", "name": "Initial Access",
        "description": "Initial Access, Unknown/Other", "timestamp": "2024-09-14T09:00:40.126000",
        "source": "ALGORITHM", "assignedTo": null, "teamAssignedTo": null, "assignee": null,
        "created": "2024-09-14T09:05:57.153553", "closed": null, "closedBy": null, "severity": "MEDIUM",
        "confidence": 0.85, "status": {"name": "new", "displayName": "New"}, "resolution": null,
        "subResolution": null, "entity": entity(), "signals": signals,
        "involvedEntities": [entity(), entity(), entity()], "artifacts": [], "recordSummaryFields": [],
        "lastUpdated": "2024-09-14T09:05:57.153551", "lastUpdatedBy": null, "orgId": "0000000000ABCDEF",
        "timeToDetection": 318.153553, "timeToResponse": null, "timeToRemediation": null,
        "tags": ["_mitreAttackTactic:TA0006", "_mitreAttackTechnique:T1110"]
    })
}

fn signal(number: usize) -> Value {
    json!({
        "id": "44444444-5555-5666-8777-888888888888", "name": "Brute Force Attempt",
        "description": "Repeated failed logins for one account within a short time from one address.",
        "stage": "Initial Access", "created": "2024-09-14T09:01:58.534000", "timestamp": "2024-09-14T09:00:39",
        "severity": number + 1, "recordCount": 1, "recordTypes": [], "contentType": "RULE",
        "allRecords": [record(), record()], "ruleId": "THRESHOLD-S00096",
        "tags": ["_mitreAttackTactic:TA0006", "_mitreAttackTechnique:T1110"], "entity": entity(), "artifacts": [],
        "recordSearchDetails": {
            "query": "_index=sec_record_* | where user_username == \"root\"",
            "queryStartTime": "2024-09-13T09:24:00", "queryEndTime": "2024-09-14T09:24:00"
        }
    })
}

fn entity() -> Value {
    json!({
        "id": "_hostname-web--01.example.com", "entityType": "_hostname", "name": "web-01.example.com",
        "value": "web-01.example.com", "hostname": "web-01.example.com", "macAddress": null, "sensorZone": ""
    })
}

/// A record of about the size that login records have.
fn record() -> Value {
    let names = ["device_hostname", "srcDevice_ip", "user_username", "description", "metadata_product"];
    let mut members = Map::new();
    for (number, name) in (0..).zip(names.iter().cycle().take(60)) {
        members.insert(format!("{name}_{number}"), json!("a value as records have them, 192.0.2.1"));
        members.insert(format!("{name}_{number}_int"), json!(3_325_256_728_u32 + number));
        members.insert(format!("bro_{number}"), json!([]));
    }
    Value::Object(members)
}
