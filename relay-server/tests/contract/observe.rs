//! The mapping table, field by field, on made-up data.

use serde_json::{Value, json};
use sumo_client::testing::{DataSet, Operation};
use uuid::Uuid;

use crate::common::schema::assert_is_ctim;
use crate::common::{Answer, World, data};

const SOURCE: &str = "Sumo Logic Cloud SIEM Enterprise";
const INSIGHT_TITLE: &str = "A Sumo Logic Cloud SIEM Insight contains observable in a Signal";
const SIGNAL_TITLE: &str = "A Sumo Logic Cloud SIEM Signal contains observable in a Signal";

fn uuid(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_X500, name.as_bytes())
}

fn sighting_id(title: &str, created: &str, id: &str) -> String {
    let name = format!("sighting-{title}-{created}-{{'value': 'evil.example', 'type': 'domain'}}-{id}");
    format!("transient:sighting-{}", uuid(&name))
}

fn indicator_id(rule: &str) -> String {
    format!("transient:indicator-{}", uuid(&format!("indicator-Sumo Logic-{rule}")))
}

#[tokio::test]
async fn entities_are_those_of_the_mapping_table() {
    let world = World::of(data::company()).await;
    let host = world.siem.api_host();
    let version = ctim::SCHEMA_VERSION;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_is_ctim(&answer);
    let insight = sighting_id(INSIGHT_TITLE, "2026-03-01T10:00:00.123456", "1");
    let (inner, alone) = (sighting_id(SIGNAL_TITLE, "None", "s-1"), sighting_id(SIGNAL_TITLE, "None", "s-3"));
    let observables = json!([{"type": "domain", "value": "evil.example"}]);
    let target = |kind: &str, value: &str, seen: &str| {
        json!([{
            "type": "Entity",
            "observables": [{"type": kind, "value": value}],
            "observed_time": {"start_time": seen},
        }])
    };
    let technique = json!({
        "source_name": "mitre-attack", "external_id": "T1071.004",
        "url": "https://attack.mitre.org/techniques/T1071/004",
    });
    let expected = json!([
        {
            "type": "sighting", "id": insight, "schema_version": version, "source": SOURCE, "title": INSIGHT_TITLE,
            "short_description": "Signal: INSIGHT-1-Command and Control for entity ws-17 contains the observable. \
                                  2 unique signals of 2 total.",
            "description": "Status: New.\n\nSeveral stages of an attack",
            "severity": "High", "confidence": "High", "count": 1, "internal": true,
            "observed_time": {"start_time": "2026-03-01T10:00:00.123Z"},
            "resolution": "Unresolved",
            "external_ids": ["1", "INSIGHT-1"],
            "observables": observables,
            "targets": target("hostname", "ws-17", "2026-03-01T09:30:00.250Z"),
            "source_uri": format!("https://{host}/sec/insight/1"),
        },
        {
            "type": "sighting", "id": inner, "schema_version": version, "source": SOURCE, "title": SIGNAL_TITLE,
            "short_description": "Signal: Suspicious DNS query for entity ws-17 contains the observable.",
            "description": "A host asked for a domain of low reputation",
            "severity": "Medium", "confidence": "High", "count": 1, "internal": true,
            "observed_time": {"start_time": "2026-03-01T09:30:00.250Z"},
            "external_ids": ["s-1"],
            "observables": observables,
            "targets": target("hostname", "ws-17", "2026-03-01T09:30:00.250Z"),
            "external_references": [technique],
            "source_uri": format!("https://{host}/sec/signal/s-1"),
        },
        {
            "type": "sighting", "id": alone, "schema_version": version, "source": SOURCE, "title": SIGNAL_TITLE,
            "short_description": "Signal: Proxy to evil.example for entity 192.0.2.10 contains the observable.",
            "description": "A host asked for a domain of low reputation",
            "severity": "Critical", "confidence": "High", "count": 1, "internal": true,
            "observed_time": {"start_time": "2026-03-02T11:00:00.000Z"},
            "external_ids": ["s-3"],
            "observables": observables,
            "targets": target("ip", "192.0.2.10", "2026-03-02T11:00:00.000Z"),
            "source_uri": format!("https://{host}/sec/signal/s-3"),
        },
    ]);
    assert_eq!(Value::from(answer.docs("sightings")), expected);

    let indicator = |rule: &str, title: &str, severity: &str, start: &str, tags: Value, phase: &str| {
        let mut references = json!([{
            "source_name": SOURCE,
            "external_id": rule,
            "description": "A host asked for a domain of low reputation",
            "url": format!("https://{host}/sec/content/rules/rule/{rule}"),
        }]);
        if tags.as_array().unwrap().len() > 1 {
            references.as_array_mut().unwrap().push(technique.clone());
        }
        json!({
            "type": "indicator", "id": indicator_id(rule), "schema_version": version,
            "source": SOURCE, "producer": "Sumo Logic", "title": title,
            "short_description": "A host asked for a domain of low reputation",
            "severity": severity,
            "valid_time": {"start_time": start},
            "tags": tags,
            "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": phase}],
            "external_references": references,
            "source_uri": format!("https://{host}/sec/content/rules/rule/{rule}"),
        })
    };
    let expected = json!([
        indicator(
            "MATCH-S00101",
            "Suspicious DNS query",
            "Medium",
            "2026-03-01T09:30:00.250Z",
            json!(["_mitreAttackTactic:TA0011", "_mitreAttackTechnique:T1071.004"]),
            "command-and-control"
        ),
        indicator(
            "MATCH-S00103",
            "Proxy to evil.example",
            "Critical",
            "2026-03-02T11:00:00.000Z",
            json!(["_mitreAttackTactic:TA0010"]),
            "exfiltration"
        ),
    ]);
    assert_eq!(Value::from(answer.docs("indicators")), expected);

    let relationships = answer.docs("relationships");
    let edges: Vec<_> = relationships
        .iter()
        .map(|edge| {
            (
                edge["source_ref"].as_str().unwrap(),
                edge["relationship_type"].as_str().unwrap(),
                edge["target_ref"].as_str().unwrap(),
            )
        })
        .collect();
    let (first, third) = (indicator_id("MATCH-S00101"), indicator_id("MATCH-S00103"));
    assert_eq!(
        edges,
        [
            (insight.as_str(), "based-on", inner.as_str()),
            (insight.as_str(), "sighting-of", first.as_str()),
            (inner.as_str(), "sighting-of", first.as_str()),
            (alone.as_str(), "sighting-of", third.as_str()),
        ]
    );
    for edge in relationships {
        let members: Vec<_> = edge.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members.len(), 6, "{members:?}");
        assert_eq!((&edge["type"], &edge["schema_version"]), (&json!("relationship"), &json!(version)));
        assert!(edge["id"].as_str().unwrap().starts_with("transient:relationship-"));
    }
}

#[tokio::test]
async fn lists_come_in_the_order_of_the_contract() {
    let world = World::of(data::company()).await;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    let place = |list: &str| answer.body.find(&format!("\"{list}\":{{\"count\":")).unwrap();
    assert!(answer.body.starts_with(r#"{"data":{"#));
    let places = ["sightings", "indicators", "relationships"].map(place);
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn cloud_siem_is_asked_as_documented() {
    let world = World::of(data::company()).await;
    let value = "a b+c&d=\u{e9}\"%";
    let _ = world.observe(&data::ask("file_name", value)).await;
    let calls = world.siem.recorded();
    for (operation, limit) in [(Operation::GetInsights, "10"), (Operation::GetSignals, "100")] {
        let call = calls.iter().find(|call| call.operation == Some(operation)).unwrap();
        assert_eq!((call.query_parameter("q"), call.query_parameter("limit")), (Some(value), Some(limit)));
        assert_eq!(call.query.len(), 2, "{:?}", call.query);
        assert!(!call.raw_query.contains('+'), "blanks go as %20: {}", call.raw_query);
        assert_eq!(call.headers["accept"], "application/json");
    }
    // The third asks for the reputation of the file.
    assert_eq!((calls.len(), world.calls(Operation::GetEntities)), (3, 1));
}

#[tokio::test]
async fn a_closed_insight_ends_and_keeps_its_resolution() {
    let named = data::signal("s-1", json!({"allRecords": [{"host": data::DOMAIN}]}));
    let closed = data::insight(
        "1",
        json!({"closed": "2026-03-05T08:00:00.5", "resolution": "False Positive", "signals": [named]}),
    );
    let world = World::of(DataSet::new().insights([closed])).await;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_is_ctim(&answer);
    let sighting = &answer.docs("sightings")[0];
    let times = json!({"start_time": "2026-03-01T10:00:00.123Z", "end_time": "2026-03-05T08:00:00.500Z"});
    assert_eq!((&sighting["observed_time"], &sighting["resolution"]), (&times, &json!("False Positive")));
}

/// The ends and the kind of each relationship, the ends as the ids that Cloud SIEM gave: those of
/// an insight or signal, or of a rule.
fn edges(answer: &Answer) -> Vec<(String, String, String)> {
    let named = |entity: &Value| {
        let of_rule = entity["external_references"][0]["external_id"].as_str();
        let own = entity["external_ids"][0].as_str().or(of_rule).unwrap_or_default();
        (entity["id"].clone(), own.to_owned())
    };
    let entities = [answer.docs("sightings"), answer.docs("indicators")].concat();
    let names: Vec<_> = entities.iter().map(named).collect();
    let name = |id: &Value| names.iter().find(|(known, _)| known == id).unwrap().1.clone();
    let edge = |edge: &Value| {
        (
            name(&edge["source_ref"]),
            edge["relationship_type"].as_str().unwrap().to_owned(),
            name(&edge["target_ref"]),
        )
    };
    answer.docs("relationships").iter().map(edge).collect()
}

fn edges_of_one_signal() -> [(String, String, String); 3] {
    [("1", "based-on", "s-1"), ("1", "sighting-of", "MATCH-S00101"), ("s-1", "sighting-of", "MATCH-S00101")]
        .map(|(source, kind, target)| (source.to_owned(), kind.to_owned(), target.to_owned()))
}

#[tokio::test]
async fn an_insight_without_its_records_is_named_by_a_signal_that_was_found_on_its_own() {
    let url = "https://evil.example/?q=1";
    let named = data::signal("s-1", json!({"allRecords": [{"uid": "r-1", "http_url": url}]}));
    let large = json!({"ruleId": "MATCH-2", "allRecords": [{"uid": "r-2", "x": "y".repeat(100_000)}]});
    let large = data::signal("s-2", large);
    let insights = [
        data::insight("1", json!({"signals": [named.clone(), large.clone()]})),
        data::insight("2", json!({"signals": [large]})),
    ];
    let world = World::with(DataSet::new().insights(insights).signals([named]), |config| {
        config.sumo.max_body_bytes = 50_000;
    })
    .await;
    let answer = world.observe(&data::ask("url", url)).await;
    assert_is_ctim(&answer);
    assert_eq!(edges(&answer), edges_of_one_signal());
    assert!(answer.docs("sightings").iter().all(|sighting| sighting["confidence"] == "High"));
    let errors = answer.json()["errors"].clone();
    let messages: Vec<_> =
        errors.as_array().unwrap().iter().map(|error| error["message"].as_str().unwrap()).collect();
    assert!(
        matches!(messages[..], [one] if one.contains("the records of the insights were not searched")),
        "{messages:?}"
    );
}

#[tokio::test]
async fn an_insight_is_based_on_a_signal_whose_involved_entities_name_the_observable() {
    let involved = json!({"involvedEntities": [data::entity("_username", "bob")]});
    let bare = data::signal("s-1", json!({"allRecords": [{"uid": "r-1"}]}));
    let mut alone = bare.clone();
    alone["involvedEntities"] = involved["involvedEntities"].clone();
    let mut insight = data::insight("1", involved);
    insight["signals"] = json!([bare]);
    let world = World::of(DataSet::new().insights([insight]).signals([alone])).await;
    let answer = world.observe(&data::ask("user", "bob")).await;
    assert_eq!(edges(&answer), edges_of_one_signal());
}

#[tokio::test]
async fn blanks_around_a_value_do_not_count_and_a_blank_value_is_not_searched() {
    let world = World::of(data::company()).await;
    for (value, count) in [(" evil.example\n", 3), (" ", 0), ("\t\u{a0}", 0)] {
        world.siem.reset_counts();
        let answer = world.observe(&data::ask("domain", value)).await;
        assert_is_ctim(&answer);
        assert_eq!(answer.json().get("errors"), None, "{value:?}");
        let sightings = answer.json()["data"]["sightings"]["docs"].as_array().cloned().unwrap_or_default();
        assert_eq!(sightings.len(), count, "{value:?}");
        let observable = json!([{"type": "domain", "value": value}]);
        assert!(sightings.iter().all(|sighting| sighting["observables"] == observable), "{sightings:?}");
        let asked = world.siem.recorded_of(Operation::GetInsights);
        let asked: Vec<_> = asked.iter().filter_map(|call| call.query_parameter("q")).collect();
        assert_eq!(asked, vec![data::DOMAIN; usize::from(count > 0)], "{value:?}");
    }
}

#[tokio::test]
async fn objects_that_lack_nearly_everything_are_valid_ctim_all_the_same() {
    let bare = DataSet::new()
        .insights([json!({"id": "bare", "signals": [{"id": "in", "allRecords": [{"h": data::DOMAIN}]}]})])
        .signals([
            json!({"id": "on", "name": data::DOMAIN, "ruleId": "MATCH-U00009", "timestamp": "yesterday", "severity": 99}),
            json!({"id": "long", "name": format!("{} {}", data::DOMAIN, "x".repeat(100_000)), "ruleId": "R".repeat(5000),
                   "description": "\u{1f600}".repeat(50_000), "tags": ["t".repeat(9000), "", 5], "timestamp": "2026-03-01T00:00:00"}),
        ]);
    let world = World::of(bare).await;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_is_ctim(&answer);
    assert_eq!(answer.json().get("errors"), None);
    assert_eq!(answer.docs("sightings").len(), 4);
}

#[tokio::test]
async fn observables_of_odd_values_are_valid_ctim_all_the_same() {
    let values =
        ["it's \"odd\" \\ \n\t", "\u{1f600}\u{200b}", " ", "%00", "x".repeat(16_000).leak(), "<script>"];
    for value in values {
        let signal = data::signal("s-1", json!({"allRecords": [{"v": value}], "name": value}));
        let world = World::of(DataSet::new().signals([signal])).await;
        let answer = world.observe(&data::ask("file_name", value)).await;
        assert_is_ctim(&answer);
        assert_eq!(answer.json().get("errors"), None, "{value:.40}");
    }
}
