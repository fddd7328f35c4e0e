//! Answers for recorded objects of Cloud SIEM, and all answers against the reference schema. Reads
//! the folder named by `REFERENCE_DIR`; skipped when it is unset.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test helpers"
)]

mod common;

use std::path::{Path, PathBuf};

use http::StatusCode;
use serde_json::{Value, json};
use sumo_client::testing::{DataSet, Fault, Operation, When};
use uuid::Uuid;

use self::common::schema::{AnswerSchema, assert_is_ctim};
use self::common::{Answer, World, bearer, data};

const SOURCE: &str = "Sumo Logic Cloud SIEM Enterprise";
const INSIGHT_TITLE: &str = "A Sumo Logic Cloud SIEM Insight contains observable in a Signal";
const SIGNAL_TITLE: &str = "A Sumo Logic Cloud SIEM Signal contains observable in a Signal";

fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("REFERENCE_DIR");
    if folder.is_none() {
        eprintln!("skipped: REFERENCE_DIR is not set");
    }
    folder.map(PathBuf::from)
}

fn read(folder: &Path, name: &str) -> Value {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A relay in front of a stand-in that answers with the recorded objects of 2021, whatever it is
/// asked.
async fn recorded_world(folder: &Path) -> World {
    let world = World::of(DataSet::new()).await;
    for (operation, name) in [(Operation::GetInsights, "insights"), (Operation::GetSignals, "signals")] {
        let objects = read(folder, &format!("samples/sumo/relay-2021/{name}_objects.json"));
        let total = objects.as_array().unwrap().len();
        let page = json!({"data": {"objects": objects, "total": total, "hasNextPage": false}, "errors": []});
        let answer = Fault::respond(StatusCode::OK, "application/json", page.to_string());
        world.siem.inject(When::operation(operation), answer);
    }
    world
}

fn schemas(folder: &Path) -> (AnswerSchema, AnswerSchema) {
    let schema = read(folder, "ctim.schema.json");
    (AnswerSchema::new(&schema, "relay.ObserveResponse"), AnswerSchema::new(&schema, "relay.ReferResponse"))
}

fn id(kind: &str, name: &str) -> String {
    format!("transient:{kind}-{}", Uuid::new_v5(&Uuid::NAMESPACE_X500, name.as_bytes()))
}

/// The entities that the mapping table makes of the recorded objects.
struct Expected<'a> {
    host: String,
    kind: &'a str,
    value: &'a str,
    /// True if the records of the insights hold the value.
    is_shown: bool,
    /// True if those of the signals of their own do.
    is_shown_alone: bool,
}

const NOT_SHOWN: &str = "Cloud SIEM found this for the observable, but the data it sent does not show where.";

impl Expected<'_> {
    fn sighting(&self, title: &str, created: &str, object: &str) -> Value {
        let (kind, value) = (self.kind, self.value);
        let printed = format!("{{'value': '{value}', 'type': '{kind}'}}");
        json!({
            "type": "sighting",
            "id": id("sighting", &format!("sighting-{title}-{created}-{printed}-{object}")),
            "schema_version": ctim::SCHEMA_VERSION,
            "source": SOURCE,
            "title": title,
            "description": "Test rule",
            "severity": "Low",
            "confidence": if self.is_shown { "High" } else { "Medium" },
            "count": 1,
            "internal": true,
            "observables": [{"type": kind, "value": value}],
        })
    }

    fn claim(&self) -> &'static str {
        if self.is_shown { "contains the observable" } else { "was found for the observable" }
    }

    fn target(seen: &str) -> Value {
        json!([{
            "type": "Entity",
            "observables": [{"type": "hostname", "value": "AD.lan.cyberthre.at"}],
            "observed_time": {"start_time": seen},
        }])
    }

    fn insight(&self, object: &str, readable: &str, created: &str, start: &str) -> Value {
        let mut sighting = self.sighting(INSIGHT_TITLE, created, object);
        sighting["short_description"] = json!(format!(
            "Signal: {readable}-Unspecified Malicious Activity for entity AD.lan.cyberthre.at {}. 1 unique signals of 1 \
             total.",
            self.claim()
        ));
        let not_shown = if self.is_shown { String::new() } else { format!("{NOT_SHOWN}\n\n") };
        sighting["description"] = json!(format!("Status: New.\n\n{not_shown}Test rule"));
        if !self.is_shown {
            sighting["title"] = json!("A Sumo Logic Cloud SIEM Insight was found for observable");
        }
        sighting["observed_time"] = json!({"start_time": start});
        sighting["resolution"] = json!("Unresolved");
        sighting["external_ids"] = json!([object, readable]);
        sighting["targets"] = Self::target("2021-09-30T23:32:48.966Z");
        sighting["source_uri"] = json!(format!("https://{}/sec/insight/{object}", self.host));
        sighting
    }

    fn signal(&self, object: &str, start: &str) -> Value {
        let mut sighting = self.sighting(SIGNAL_TITLE, "None", object);
        sighting["short_description"] =
            json!(format!("Signal: Device hostname signal for entity AD.lan.cyberthre.at {}.", self.claim()));
        if !self.is_shown {
            sighting["description"] = json!(format!("{NOT_SHOWN}\n\nTest rule"));
            sighting["title"] = json!("A Sumo Logic Cloud SIEM Signal was found for observable");
        }
        sighting["observed_time"] = json!({"start_time": start});
        sighting["external_ids"] = json!([object]);
        sighting["targets"] = Self::target(start);
        sighting["source_uri"] = json!(format!("https://{}/sec/signal/{object}", self.host));
        sighting
    }

    fn indicator(&self, start: &str) -> Value {
        let uri = format!("https://{}/sec/content/rules/rule/MATCH-U00001", self.host);
        json!({
            "type": "indicator",
            "id": "transient:indicator-9692a26b-2f2c-5deb-8178-4e359a1fe1fd",
            "schema_version": ctim::SCHEMA_VERSION,
            "source": SOURCE,
            "producer": "Sumo Logic",
            "title": "Device hostname signal",
            "short_description": "Test rule",
            "severity": "Low",
            "valid_time": {"start_time": start},
            "tags": ["Tactic"],
            "external_references": [{
                "source_name": SOURCE, "external_id": "MATCH-U00001", "description": "Test rule", "url": uri,
            }],
            "source_uri": uri,
        })
    }

    fn insights(&self) -> [Value; 2] {
        [
            self.insight(
                "5894b5c4-cb1b-4164-839e-433fb9b06780",
                "INSIGHT-8",
                "2021-10-05T21:01:17.404626",
                "2021-10-05T21:01:17.404Z",
            ),
            self.insight(
                "99117227-ebb0-442f-8b27-78f3f8dd5223",
                "INSIGHT-9",
                "2021-10-05T21:01:25.235846",
                "2021-10-05T21:01:25.235Z",
            ),
        ]
    }

    fn signals(&self) -> [Value; 2] {
        let alone = Expected { is_shown: self.is_shown_alone, host: self.host.clone(), ..*self };
        [
            alone.signal("a5c56767-9af2-56fc-9711-01bc64f3ab7d", "2021-10-11T15:48:06.312Z"),
            alone.signal("c68b350d-4348-5ea8-9e54-1c3256c9e1c9", "2021-10-11T15:48:06.311Z"),
        ]
    }

    /// The signal that both recorded insights hold.
    fn inner_signal(&self) -> Value {
        let seen = "2021-09-30T23:32:48.966Z";
        let mut sighting = self.signal("c0942d9a-6bb9-59f3-b172-395e8fc09136", seen);
        let host = |value: &str| json!({"type": "hostname", "value": value});
        sighting["targets"].as_array_mut().unwrap().push(json!({
            "type": "Entity", "observables": [host("IANSPC")], "observed_time": {"start_time": seen},
        }));
        sighting["relations"] = json!([{
            "origin": SOURCE, "relation": "Connected_To",
            "source": host("IANSPC"), "related": host("AD.lan.cyberthre.at"),
        }]);
        sighting
    }
}

/// The edges of an answer: from, kind, to.
fn edges(answer: &Answer) -> Vec<(String, String, String)> {
    let text = |edge: &Value, member: &str| edge[member].as_str().unwrap().to_owned();
    let relationships = answer.docs("relationships");
    relationships
        .iter()
        .map(|edge| (text(edge, "source_ref"), text(edge, "relationship_type"), text(edge, "target_ref")))
        .collect()
}

fn edge(source: &Value, kind: &str, target: &Value) -> (String, String, String) {
    let id = |entity: &Value| entity["id"].as_str().unwrap().to_owned();
    (id(source), kind.to_owned(), id(target))
}

#[tokio::test]
async fn a_value_that_the_records_do_not_hold_gives_insights_and_signals_side_by_side() {
    let Some(folder) = reference() else { return };
    let world = recorded_world(&folder).await;
    let answer = world.observe(&data::ask("domain", "cisco.com")).await;
    assert_is_ctim(&answer);
    schemas(&folder).0.assert_holds(&answer.json());
    let expected = Expected {
        host: world.siem.api_host(),
        kind: "domain",
        value: "cisco.com",
        is_shown: false,
        is_shown_alone: false,
    };
    let (insights, signals) = (expected.insights(), expected.signals());
    assert_eq!(
        Value::from(answer.docs("sightings")),
        json!([insights[1], insights[0], signals[0], signals[1]])
    );
    let indicator = expected.indicator("2021-10-11T15:48:06.311Z");
    assert_eq!(answer.docs("indicators"), std::slice::from_ref(&indicator));
    assert_eq!(edges(&answer), signals.map(|signal| edge(&signal, "sighting-of", &indicator)));
    assert_eq!(answer.json().get("errors"), None);
}

#[tokio::test]
async fn values_inside_the_records_join_insights_with_their_signals() {
    let Some(folder) = reference() else { return };
    let schema = schemas(&folder).0;
    for (kind, value, is_shown_alone) in [
        ("domain", "ad.lan.cyberthre.at", true),
        ("hostname", "AD.lan.cyberthre.at", true),
        ("hostname", "ad.lan.cyberthre.at", true),
        ("user", "iaredden", false),
        ("hostname", "ianspc", false),
    ] {
        let world = recorded_world(&folder).await;
        let answer = world.observe(&data::ask(kind, value)).await;
        assert_is_ctim(&answer);
        schema.assert_holds(&answer.json());
        let expected = Expected { host: world.siem.api_host(), kind, value, is_shown: true, is_shown_alone };
        let (insights, signals, inner) = (expected.insights(), expected.signals(), expected.inner_signal());
        let sightings = json!([insights[1], insights[0], inner, signals[0], signals[1]]);
        assert_eq!(Value::from(answer.docs("sightings")), sightings, "{kind} {value}");
        let indicator = expected.indicator("2021-09-30T23:32:48.966Z");
        assert_eq!(answer.docs("indicators"), std::slice::from_ref(&indicator), "{kind} {value}");
        let expected = [
            edge(&insights[1], "based-on", &inner),
            edge(&insights[1], "sighting-of", &indicator),
            edge(&inner, "sighting-of", &indicator),
            edge(&insights[0], "based-on", &inner),
            edge(&insights[0], "sighting-of", &indicator),
            edge(&signals[0], "sighting-of", &indicator),
            edge(&signals[1], "sighting-of", &indicator),
        ];
        assert_eq!(edges(&answer), expected, "{kind} {value}");
    }
}

#[tokio::test]
async fn ids_are_those_that_production_stored() {
    let Some(folder) = reference() else { return };
    let world = recorded_world(&folder).await;
    // Whatever the order of the members: production's is value before type.
    for body in [
        r#"[{"value":"ad.lan.cyberthre.at","type":"domain"}]"#,
        r#"[{"type":"domain","value":"ad.lan.cyberthre.at"}]"#,
    ] {
        let answer = world.post("/observe/observables", body).await;
        assert_eq!(
            answer.docs("sightings")[1]["id"],
            "transient:sighting-e0b75997-268f-5584-b565-495cbd493072"
        );
        assert_eq!(
            answer.docs("indicators")[0]["id"],
            "transient:indicator-9692a26b-2f2c-5deb-8178-4e359a1fe1fd"
        );
    }
    let hash = "b630e72639cc7340620adb0cfc26332ec52fe8867b769695f2d25718d68b1b40";
    let signal =
        data::signal("0a7e76c2-cc59-5600-83d3-ebdabcc38267", json!({"name": hash, "ruleId": "MATCH-S00518"}));
    let world = World::of(DataSet::new().signals([signal])).await;
    let answer = world.observe(&data::ask("sha256", hash)).await;
    assert_eq!(answer.docs("sightings")[0]["id"], "transient:sighting-84325385-afe6-5c99-86a6-9f73faf8c457");
    assert_eq!(
        answer.docs("indicators")[0]["id"],
        "transient:indicator-e1cd3308-76e7-5193-83cb-0662e2cf8a3d"
    );
}

#[tokio::test]
async fn answers_of_every_kind_hold_the_reference_schema() {
    let Some(folder) = reference() else { return };
    let (observe, refer) = schemas(&folder);
    let world = World::of(data::company()).await;
    let question = data::ask("domain", data::DOMAIN).to_string();
    observe.assert_holds(&world.post("/observe/observables", question.clone()).await.json());
    observe.assert_holds(&world.post("/observe/observables", "[]").await.json());
    observe.assert_holds(&world.post("/observe/observables", "no").await.json());
    refer.assert_holds(&world.post("/refer/observables", question.clone()).await.json());
    refer.assert_holds(&world.post("/refer/observables", "[]").await.json());
    let limited = bearer(&world.claims().with("CTR_ENTITIES_LIMIT", 1).signed());
    let cut = world.relay.caller().post("/observe/observables", Some(&limited), question.clone()).await;
    assert_eq!(cut.errors().len(), 1);
    observe.assert_holds(&cut.json());
    observe.assert_holds(&world.relay.caller().post("/observe/observables", None, "").await.json());
    world.siem.inject(When::operation(Operation::GetSignals), Fault::status(StatusCode::FORBIDDEN));
    let partial = world.post("/observe/observables", question.clone()).await;
    assert_eq!((partial.errors().len(), partial.docs("sightings").len()), (1, 2));
    observe.assert_holds(&partial.json());
    world.siem.inject(When::operation(Operation::GetInsights), Fault::status(StatusCode::FORBIDDEN));
    observe.assert_holds(&world.post("/observe/observables", question).await.json());
}

#[tokio::test]
async fn recorded_objects_of_later_eras_give_valid_answers() {
    let Some(folder) = reference() else { return };
    let schema = schemas(&folder).0;
    let mut served = 0;
    for (insights, signals) in pages(&folder.join("samples/sumo")) {
        let world = World::of(DataSet::new()).await;
        for (operation, objects) in [(Operation::GetInsights, &insights), (Operation::GetSignals, &signals)] {
            let total = objects.len();
            let page =
                json!({"data": {"objects": objects, "total": total, "hasNextPage": false}, "errors": []});
            world.siem.inject(
                When::operation(operation),
                Fault::respond(StatusCode::OK, "application/json", page.to_string()),
            );
        }
        let answer = world.observe(&data::ask("domain", "cisco.com")).await;
        assert_is_ctim(&answer);
        schema.assert_holds(&answer.json());
        served += answer.docs("sightings").len();
    }
    assert!(served > 0);
}

/// All recorded lists of insights and signals, whatever file of the folder they stand in: one pair
/// for each folder.
fn pages(folder: &Path) -> Vec<(Vec<Value>, Vec<Value>)> {
    let mut pages = Vec::new();
    for era in std::fs::read_dir(folder).unwrap() {
        let (mut insights, mut signals) = (Vec::new(), Vec::new());
        let Ok(files) = std::fs::read_dir(era.unwrap().path()) else { continue };
        for file in files {
            let path = file.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let Ok(document) = serde_json::from_str::<Value>(&text) else { continue };
            let list = [&document, &document["data"], &document["data"]["objects"], &document["objects"]];
            let Some(objects) = list.iter().find_map(|list| list.as_array()) else { continue };
            let is = |object: &Value, member: &str| object.get(member).is_some();
            insights.extend(objects.iter().filter(|object| is(object, "readableId")).cloned());
            signals.extend(
                objects.iter().filter(|object| is(object, "allRecords") && is(object, "ruleId")).cloned(),
            );
        }
        pages.push((insights, signals));
    }
    pages
}

#[cfg(feature = "demo")]
#[tokio::test]
async fn answers_of_the_demo_hold_the_reference_schema() {
    let Some(folder) = reference() else { return };
    let demo = relay_server::demo::Demo::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let (caller, token) = (common::Caller::new(&demo.url()), bearer(demo.token()));
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(demo.run(stop.clone()));
    let asked = json!([
        {"type": "ip", "value": "203.0.113.66"},
        {"type": "ip", "value": "10.20.5.1"},
        {"type": "ipv6", "value": "2001:db8:bad::25"},
        {"type": "domain", "value": "update-check.example.net"},
        {"type": "email_subject", "value": "Invoice 2026-11 overdue"},
        {"type": "file_path", "value": r"C:\ProgramData\Demo\wnet32.dll"},
        {"type": "process_args", "value": r#"cmd.exe /c "C:\Tools\report macro.bat""#},
    ]);
    let answer = caller.post("/observe/observables", Some(&token), asked.to_string()).await;
    assert_is_ctim(&answer);
    schemas(&folder).0.assert_holds(&answer.json());
    // Equal signals of an insight are one sighting, so that not all of the room is needed.
    let relationships = answer.docs("relationships").len();
    assert!((50..=100).contains(&relationships), "{relationships}");
    stop.cancel();
    running.await.unwrap();
}
