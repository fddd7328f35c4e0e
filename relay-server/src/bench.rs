//! What the benches measure, made reachable for them. No part of the public interface.

use std::sync::Arc;

use bytes::Bytes;
use chrono::Utc;
use ctim::Validate;
use serde_json::{Value, json};
use sumo_client::envelope::{decode_seed_bytes, page_seed};

use crate::console::Console;
use crate::envelope::Envelope;
use crate::mapping::Context;
use crate::observable::Observable;
use crate::observe::ObserveData;
use crate::observe::collect::Collector;
use crate::observe::decode::InsightSeed;
use crate::observe::found::FoundInsight;
use crate::observe::needle::Needle;

/// The value that is looked for.
pub const VALUE: &str = "update-check.example.net";

/// An insight with `signals`, each with one record of about 3 kB; every `nth` names [`VALUE`].
pub fn insight_page(signals: usize, nth: usize) -> Bytes {
    let signals: Vec<_> = (0..signals).map(|n| signal(n, n % nth.max(1) == 0)).collect();
    let insight = json!({
        "id": "7b6c6c1f-6f6e-4d5c-8a39-0f1f0f4cf0a1", "readableId": "INSIGHT-112", "name": "Command and Control",
        "created": "2026-11-18T16:31:09.874000", "severity": "HIGH", "status": {"name": "new"},
        "entity": {"entityType": "_hostname", "value": "ws-0042"}, "signals": signals,
    });
    json!({"data": {"objects": [insight], "total": 1, "hasNextPage": false}, "errors": []}).to_string().into()
}

fn signal(n: usize, names_it: bool) -> Value {
    let fields =
        (0..80).map(|field| (format!("fields.part{field}"), json!(format!("value {n} of member {field}"))));
    let mut record: serde_json::Map<_, _> = fields.collect();
    record.insert("bytesIn".into(), json!(n * 4711));
    record.insert("threat_confidence".into(), json!(0.75));
    record.insert("dns_query".into(), json!(if names_it { VALUE } else { "intranet.example.org" }));
    json!({
        "id": format!("0a7e76c2-cc59-5600-83d3-{n:012}"), "ruleId": format!("MATCH-S{:05}", n % 40),
        "name": "Traffic to a listed domain", "description": "A host asked for a domain that is on a list.",
        "created": "2026-11-18T16:31:09.874000", "timestamp": "2026-11-18T16:30:00.000000", "severity": 5,
        "stage": "Command and Control", "tags": ["_mitreAttackTactic:TA0011"],
        "entity": {"entityType": "_ip", "value": "10.0.0.9"}, "allRecords": [record],
    })
}

/// What a page of insights gives for [`VALUE`].
#[derive(Debug)]
pub struct Found(Vec<FoundInsight>);

impl Found {
    /// Reads a page, in one pass.
    ///
    /// # Errors
    /// When the body is no page of insights.
    pub fn read(body: &Bytes, needle: &Wanted) -> Result<Self, sumo_client::envelope::DecodeError> {
        decode_seed_bytes(body, page_seed(InsightSeed(needle.0.clone()))).map(|page| Self(page.objects))
    }
}

/// [`VALUE`], ready to be looked for.
pub struct Wanted(Arc<Needle>);

impl Default for Wanted {
    fn default() -> Self {
        Self(Arc::new(Needle::new(VALUE)))
    }
}

/// Maps what was found to CTIM.
pub fn map(found: &Found) -> Option<ObserveData> {
    let observable = Observable { kind: "domain".into(), value: VALUE.into() };
    let console = Console::of_api_host("api.sumologic.com");
    let context = Context::new(&observable, &console, Utc::now());
    let mut collector = Collector::default();
    found.0.iter().for_each(|insight| collector.add_insight(insight, &context));
    collector.into_data()
}

/// Validates all entities; gives how many are valid.
pub fn validate(data: &ObserveData) -> usize {
    let sightings = data.sightings.iter().flat_map(|list| &list.docs).filter(|one| one.validate().is_valid());
    let indicators =
        data.indicators.iter().flat_map(|list| &list.docs).filter(|one| one.validate().is_valid());
    let relationships =
        data.relationships.iter().flat_map(|list| &list.docs).filter(|one| one.validate().is_valid());
    sightings.count() + indicators.count() + relationships.count()
}

/// Writes the answer; gives its length.
///
/// # Errors
/// When the answer cannot be written as JSON.
pub fn write(data: ObserveData) -> Result<usize, serde_json::Error> {
    let usual = data.usual_bytes();
    Envelope::data(data).to_bytes_with_room(usual).map(|bytes| bytes.len())
}
