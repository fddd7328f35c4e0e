//! Access for the benches to the functions that they measure. No part of the public interface.

use bytes::Bytes;
use chrono::Utc;
use ctim::{EntityLists, Validate};
use serde_json::{Value, json};
use sumo_client::api::insights::Insight;
use sumo_client::envelope::{self, DecodeError};

use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::Reply;

use crate::console::Console;
use crate::mapping::Context;
use crate::matching::Matcher;
use crate::observe::lists::{Candidates, Lists};
use crate::observe::named;
use crate::search::{FoundInsight, Received};

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

/// The findings of a page of insights for [`VALUE`].
#[derive(Debug)]
pub struct Found(Vec<FoundInsight>);

impl Found {
    /// Reads a page and looks for the value in it.
    ///
    /// # Errors
    /// Returns an error if the body is not a page of insights.
    pub fn read(body: &Bytes, wanted: &Wanted) -> Result<Self, DecodeError> {
        let page = envelope::decode_itemwise::<Insight>(body, usize::MAX)?;
        Ok(Self(named::insights(Received::new(page, u32::MAX, false), &wanted.0).insights))
    }
}

/// [`VALUE`], ready to be looked for.
pub struct Wanted(Matcher);

impl Default for Wanted {
    fn default() -> Self {
        Self(Matcher::new(VALUE))
    }
}

/// Maps the findings to CTIM.
pub fn map(found: &Found) -> Option<EntityLists> {
    let observable = Observable { kind: "domain".into(), value: VALUE.into() };
    let console = Console::of_api_host("api.sumologic.com");
    let context = Context::new(&observable, &console, Utc::now());
    let mut lists = Lists::default();
    lists.fill(&mut [Candidates::of(context, &found.0, [])]);
    lists.into_data()
}

/// Validates all entities; gives how many are valid.
pub fn validate(data: &EntityLists) -> usize {
    let sightings = data.sightings.iter().flat_map(|list| &list.docs).filter(|one| one.validate().is_valid());
    let indicators =
        data.indicators.iter().flat_map(|list| &list.docs).filter(|one| one.validate().is_valid());
    let relationships =
        data.relationships.iter().flat_map(|list| &list.docs).filter(|one| one.validate().is_valid());
    sightings.count() + indicators.count() + relationships.count()
}

/// Writes the reply; gives its length.
///
/// # Errors
/// Returns an error if the reply cannot be written as JSON.
pub fn write(data: EntityLists) -> Result<usize, serde_json::Error> {
    Reply::data(data).to_bytes().map(|bytes| bytes.len())
}
