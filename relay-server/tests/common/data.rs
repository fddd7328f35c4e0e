//! Made-up objects of Cloud SIEM, in the shapes that its API sends.

use serde_json::{Value, json};
use sumo_client::testing::DataSet;

/// A domain that one insight and one further signal of [`company`] hold.
pub(crate) const DOMAIN: &str = "evil.example";

/// A signal with its record; `changes` replace or add members.
pub(crate) fn signal(id: &str, changes: Value) -> Value {
    let signal = json!({
        "id": id,
        "name": "Suspicious DNS query",
        "description": "A host asked for a domain of low reputation",
        "contentType": "RULE",
        "ruleId": "MATCH-S00101",
        "severity": 5,
        "stage": "Command and Control",
        "tags": ["_mitreAttackTactic:TA0011", "_mitreAttackTechnique:T1071.004"],
        "timestamp": "2026-03-01T09:30:00.250000",
        "entity": {
            "id": "_hostname-ws-17", "entityType": "_hostname", "name": "ws-17", "value": "ws-17", "hostname": "ws-17"
        },
        "artifacts": [],
        "recordCount": 1,
        "recordTypes": [],
        "suppressed": false,
        "allRecords": [],
    });
    changed(signal, changes)
}

/// An insight; `changes` replace or add members.
pub(crate) fn insight(id: &str, changes: Value) -> Value {
    let insight = json!({
        "id": id,
        "readableId": format!("INSIGHT-{id}"),
        "name": "Command and Control",
        "description": "Several stages of an attack",
        "created": "2026-03-01T10:00:00.123456",
        "closed": null,
        "closedBy": null,
        "lastUpdated": "2026-03-01T10:00:00.123456",
        "timestamp": "2026-03-01T09:30:00.250000",
        "severity": "HIGH",
        "status": {"name": "new", "displayName": "New"},
        "resolution": null,
        "subResolution": null,
        "assignee": null,
        "orgId": "0000000000000001",
        "source": "ALGORITHM",
        "tags": [],
        "artifacts": [],
        "recordSummaryFields": [],
        "entity": {
            "id": "_hostname-ws-17", "entityType": "_hostname", "name": "ws-17", "value": "ws-17", "hostname": "ws-17"
        },
        "signals": [],
    });
    changed(insight, changes)
}

/// An entity as insights and signals hold it.
pub(crate) fn entity(kind: &str, value: &str) -> Value {
    json!({"id": format!("{kind}-{value}"), "entityType": kind, "name": value, "value": value})
}

fn changed(mut object: Value, changes: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    object
}

/// A small company: an insight with two signals, one of which names [`DOMAIN`] in its record, and a
/// signal of its own.
pub(crate) fn company() -> DataSet {
    let named = signal("s-1", json!({"allRecords": [{"uid": "r-1", "dns_query": "cdn.evil.example"}]}));
    let unnamed = signal(
        "s-2",
        json!({"name": "Port scan", "ruleId": "MATCH-S00102", "severity": 8, "allRecords": [{"uid": "r-2"}]}),
    );
    let alone = signal(
        "s-3",
        json!({
            "name": "Proxy to evil.example",
            "ruleId": "MATCH-S00103",
            "severity": 10,
            "stage": "Exfiltration",
            "tags": ["_mitreAttackTactic:TA0010"],
            "timestamp": "2026-03-02T11:00:00",
            "entity": entity("_ip", "192.0.2.10"),
        }),
    );
    DataSet::new().insights([insight("1", json!({"signals": [named, unnamed]}))]).signals([alone])
}

/// One signal for each of these values, each with a rule of its own.
pub(crate) fn signals_for(values: &[&str]) -> DataSet {
    let signals = values.iter().enumerate().map(|(n, value)| {
        let rule = format!("MATCH-U{n:05}");
        signal(
            &format!("s-{n}"),
            json!({"ruleId": rule, "allRecords": [{"uid": format!("r-{n}"), "srcDevice_ip": value}]}),
        )
    });
    DataSet::new().signals(signals.collect::<Vec<_>>())
}

/// So many insights, each with a signal whose record names [`DOMAIN`].
pub(crate) fn insights(count: usize) -> DataSet {
    let insights = (0..count).map(|n| {
        let named = signal(&format!("s-{n}"), json!({"allRecords": [{"host": DOMAIN}]}));
        insight(&n.to_string(), json!({"signals": [named]}))
    });
    DataSet::new().insights(insights.collect::<Vec<_>>())
}

/// A question about one observable.
pub(crate) fn ask(kind: &str, value: &str) -> Value {
    json!([{"value": value, "type": kind}])
}
