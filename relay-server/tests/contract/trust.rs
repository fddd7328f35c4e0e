//! Texts for analysts are about the observable, and state their confidence and context.

use std::net::{Ipv4Addr, SocketAddr};

use http::StatusCode;
use serde_json::{Value, json};
use sumo_client::testing::{DataSet, Fault, Operation, When};

use crate::common::caller::fatal;
use crate::common::schema::assert_is_ctim;
use crate::common::{Answer, World, data};

/// Makes the stand-in answer this, whatever it is asked.
fn respond(world: &World, operation: Operation, objects: &Value) {
    let total = objects.as_array().unwrap().len();
    let body = json!({"data": {"objects": objects, "total": total, "hasNextPage": false}, "errors": []});
    let answer = Fault::respond(StatusCode::OK, "application/json", body.to_string());
    world.siem.inject(When::operation(operation), answer);
}

/// A world whose Cloud SIEM finds these, whatever it is asked.
async fn finding(insights: Value, signals: Value) -> World {
    let admin = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let world = World::with(DataSet::new(), |config| config.service.admin_listen = admin).await;
    respond(&world, Operation::GetInsights, &insights);
    respond(&world, Operation::GetSignals, &signals);
    world
}

/// An insight with a signal, and a signal of its own; the record of each is this.
async fn finding_record(record: &Value) -> World {
    let inner = data::signal("inner", json!({"allRecords": [record]}));
    let alone = data::signal("alone", json!({"allRecords": [record], "name": "Another name"}));
    finding(json!([data::insight("1", json!({"signals": [inner]}))]), json!([alone])).await
}

/// The first ids and the confidence of all sightings.
fn confidences(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sightings = answer.docs("sightings");
    sightings.iter().map(|one| (text(&one["external_ids"][0]), text(&one["confidence"]))).collect()
}

fn expected(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(id, confidence)| ((*id).to_owned(), (*confidence).to_owned())).collect()
}

/// The value of a counter of the relay.
async fn left_out(world: &World, kind: &str, reason: &str) -> u64 {
    let name = format!("relay_left_out_total{{kind=\"{kind}\",reason=\"{reason}\"}} ");
    let text = world.relay.metrics().await;
    text.lines().find_map(|line| line.strip_prefix(name.as_str())).map_or(0, |value| value.parse().unwrap())
}

#[tokio::test]
async fn a_value_that_stands_alone_is_sure() {
    for (kind, value, record) in [
        ("ip", "10.20.5.1", json!({"a": "from 10.20.5.1:443"})),
        ("ip", "10.20.5.1", json!({"a": "::ffff:10.20.5.1"})),
        ("ip", "10.20.5.1", json!({"a": "10[.]20[.]5[.]1"})),
        ("ipv6", "2001:db8::1", json!({"a": "2001:0db8:0:0:0:0:0:1"})),
        ("domain", "xn--mller-kva.example", json!({"a": "www.müller.example"})),
        ("url", "https://a.example/x y", json!({"a": "hxxps://a[.]example/x%20y"})),
        ("mac_address", "00:00:5e:00:53:01", json!({"a": "0000.5e00.5301"})),
        ("hostname", "web-01", json!({"a": "WEB-01.corp.example.com"})),
        ("user", "bob", json!({"a": "CORP\\bob"})),
        ("file_path", "C:\\Temp\\x.exe", json!({"a": "c:/temp/x.exe"})),
        ("registry_key", "HKLM\\Software\\X", json!({"a": "HKEY_LOCAL_MACHINE\\Software\\X"})),
    ] {
        let world = finding_record(&record).await;
        let answer = world.observe(&data::ask(kind, value)).await;
        assert_is_ctim(&answer);
        let all = expected(&[("1", "High"), ("inner", "High"), ("alone", "High")]);
        assert_eq!(confidences(&answer), all, "{value} in {record}");
    }
}

#[tokio::test]
async fn a_value_inside_another_is_left_out_and_counted() {
    for (kind, value, record) in [
        ("ip", "10.20.5.1", json!({"a": "10.20.5.10"})),
        ("domain", "cisco.com", json!({"a": "cisco.com.evil.net"})),
        ("email", "bob@ex.test", json!({"a": "j.bob@ex.test"})),
        ("mac_address", "00:00:5e:00:53:01", json!({"a": "00:00:5e:00:53:01:aa:bb"})),
    ] {
        let world = finding_record(&record).await;
        let answer = world.observe(&data::ask(kind, value)).await;
        answer.assert_is(r#"{"data":{}}"#, value);
        assert_eq!(left_out(&world, "insight", "inside").await, 1, "{value}");
        assert_eq!(left_out(&world, "signal", "inside").await, 1, "{value}");
    }
}

#[tokio::test]
async fn a_plain_word_that_is_not_shown_is_less_sure_and_says_so() {
    let world = finding_record(&json!({"a": "nothing of it"})).await;
    let answer = world.observe(&data::ask("domain", "asked.example")).await;
    assert_is_ctim(&answer);
    assert_eq!(confidences(&answer), expected(&[("1", "Medium"), ("alone", "Medium")]));
    for sighting in answer.docs("sightings") {
        let text = |member: &str| sighting[member].as_str().unwrap().to_owned();
        assert!(text("description").contains("the data it sent does not show where"), "{sighting}");
        assert!(!text("short_description").contains("contains"), "{sighting}");
        assert!(text("title").ends_with(" was found for observable"), "{sighting}");
    }
}

#[tokio::test]
async fn a_value_that_reads_as_a_query_needs_to_be_named() {
    for value in ["-name:\"zzz\"", "name:zzz", "zzz*", "\"zzz\"", "(zzz)", "zzz yyy"] {
        let world = finding_record(&json!({"a": "nothing of it"})).await;
        let answer = world.observe(&data::ask("file_name", value)).await;
        assert!(answer.docs("sightings").is_empty(), "{}", answer.body);
        let [warning] = &answer.errors()[..] else { panic!("{}", answer.body) };
        assert_eq!(
            (&warning["type"], &warning["code"]),
            (&json!("warning"), &json!("too-many-messages-warning"))
        );
        let text = warning["message"].as_str().unwrap();
        let start = "Sumo Logic Cloud SIEM Enterprise found Insights or Signals that do not show the value, since \
                     it may have read it as a query: ";
        assert!(
            text.starts_with(&format!("{start}{value} (1 Insights, 1 Signals). They are left out.")),
            "{text}"
        );
        assert!(text.contains(": https://"), "{text}");
        assert_eq!(left_out(&world, "insight", "query").await, 1, "{value}");
        assert_eq!(left_out(&world, "signal", "query").await, 1, "{value}");
        let world = finding_record(&json!({"a": format!("run {value} now")})).await;
        let answer = world.observe(&data::ask("file_name", value)).await;
        let all = expected(&[("1", "High"), ("inner", "High"), ("alone", "High")]);
        assert_eq!(confidences(&answer), all, "{value}");
    }
}

#[tokio::test]
async fn one_search_answers_each_type_by_its_own_rule() {
    let world = finding_record(&json!({"a": "j.bob@ex.test"})).await;
    let asked =
        json!([{"type": "email", "value": "bob@ex.test"}, {"type": "quantum_id", "value": "bob@ex.test"}]);
    let answer = world.observe(&asked).await;
    let kinds: Vec<_> =
        answer.docs("sightings").iter().map(|one| one["observables"][0]["type"].clone()).collect();
    assert_eq!(kinds, [json!("quantum_id"), json!("quantum_id"), json!("quantum_id")]);
    assert_eq!((world.calls(Operation::GetInsights), world.calls(Operation::GetSignals)), (1, 1));
}

#[tokio::test]
async fn sightings_tell_what_the_records_and_the_insight_do() {
    let record = json!({
        "objectType": "NetworkDNS", "srcDevice_ip": "10.0.0.7", "srcDevice_hostname": "ws-7",
        "dstDevice_ip": "192.0.2.53", "dns_query": data::DOMAIN, "dns_replyIp": "203.0.113.9",
        "file_basename": "x.exe", "file_hash_md5": "d41d8cd98f00b204e9800998ecf8427e",
    });
    let equal = |id: &str, time: &str| data::signal(id, json!({"timestamp": time, "allRecords": [record]}));
    let signals = [equal("b", "2026-03-02T00:00:00"), equal("a", "2026-03-01T00:00:00")];
    let insight = data::insight(
        "1",
        json!({
            "signals": signals, "status": {"name": "inprogress", "displayName": "In Progress"},
            "assignee": {"username": "jane@example.com"}, "tags": ["_mitreAttackTechnique:T1071.004"],
            "involvedEntities": [data::entity("_ip", "192.0.2.10"), data::entity("_username", "bob")],
        }),
    );
    let alone = data::signal(
        "c",
        json!({"name": "Alone", "allRecords": [record], "involvedEntities": [data::entity("_username", "bob")]}),
    );
    let world = finding(json!([insight]), json!([alone])).await;
    let host = world.siem.api_host();
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_is_ctim(&answer);
    let [insight, merged, alone] = &answer.docs("sightings")[..] else { panic!("{}", answer.body) };

    let text = "Status: In Progress. Assignee: jane@example.com.\n\nSeveral stages of an attack";
    assert_eq!(insight["description"], text);
    let technique = json!({
        "source_name": "mitre-attack", "external_id": "T1071.004",
        "url": "https://attack.mitre.org/techniques/T1071/004",
    });
    assert_eq!(insight["external_references"], json!([technique]));
    let values = |sighting: &Value| -> Vec<Vec<String>> {
        let targets = sighting["targets"].as_array().unwrap();
        let values = |target: &Value| {
            let observables = target["observables"].as_array().unwrap();
            observables.iter().map(|one| one["value"].as_str().unwrap().to_owned()).collect()
        };
        targets.iter().map(values).collect()
    };
    assert_eq!(values(insight), [["ws-17"], ["192.0.2.10"], ["bob"]]);

    assert_eq!((&merged["count"], &merged["external_ids"]), (&json!(2), &json!(["a", "b"])));
    let times = json!({"start_time": "2026-03-01T00:00:00.000Z", "end_time": "2026-03-02T00:00:00.000Z"});
    assert_eq!(merged["observed_time"], times);
    let link = json!({
        "source_name": "Sumo Logic Cloud SIEM Enterprise", "external_id": "b",
        "url": format!("https://{host}/sec/signal/b"),
    });
    assert_eq!(merged["external_references"], json!([technique, link]));
    assert_eq!(merged["source_uri"], format!("https://{host}/sec/signal/a"));
    assert_eq!(merged["sensor"], "network");

    assert_eq!((&alone["count"], &alone["sensor"]), (&json!(1), &json!("network")));
    assert_eq!(values(alone), [vec!["ws-17"], vec!["bob"], vec!["ws-7", "10.0.0.7"], vec!["192.0.2.53"]]);
    let relation = |kind: &str, source: [&str; 2], related: [&str; 2]| {
        json!({
            "origin": "Sumo Logic Cloud SIEM Enterprise", "relation": kind,
            "source": {"type": source[0], "value": source[1]},
            "related": {"type": related[0], "value": related[1]},
        })
    };
    let relations = json!([
        relation("Connected_To", ["ip", "10.0.0.7"], ["ip", "192.0.2.53"]),
        relation("Resolved_To", ["domain", data::DOMAIN], ["ip", "203.0.113.9"]),
        relation("File_Name_Of", ["file_name", "x.exe"], ["md5", "d41d8cd98f00b204e9800998ecf8427e"]),
    ]);
    assert_eq!(alone["relations"], relations);
    assert_eq!(answer.docs("indicators")[0]["external_references"][1], technique);
}

#[tokio::test]
async fn a_refused_call_names_the_right_that_is_missing() {
    let world = World::of(data::company()).await;
    let host = world.siem.api_host();
    let body = r#"{"status":403,"id":"A-1","code":"forbidden","message":"Not\n allowed"}"#;
    world.siem.inject(When::always(), Fault::respond(StatusCode::FORBIDDEN, "application/json", body));
    for path in ["/observe/observables", "/health"] {
        let text = format!(
            "Unexpected response from Sumo Logic Cloud SIEM: the role of the access key lacks the right viewCse (Sumo \
             Logic says: Not allowed). Add it to the role, or look in the console: https://{host}/sec/search"
        );
        let answer = world.post(path, data::ask("domain", data::DOMAIN).to_string()).await;
        let expected: serde_json::Value = serde_json::from_str(&fatal("Forbidden", &text)).unwrap();
        assert_eq!(answer.json()["errors"], expected["errors"], "{path}");
    }
}

#[tokio::test]
async fn a_partial_failure_says_what_sumo_logic_says_and_where_to_look() {
    for (status, body, told) in [
        (
            500,
            r#"{"errors":[{"message":"the index is\nbusy"}]}"#.to_owned(),
            "HTTP 500: the index is busy".to_owned(),
        ),
        (
            403,
            r#"{"message":"no"}"#.to_owned(),
            "HTTP 403: no; the access key lacks the right viewCse".to_owned(),
        ),
        (
            400,
            "<html><head><title>Bad query</title></head></html>".to_owned(),
            "HTTP 400: Bad query".to_owned(),
        ),
        (500, format!(r#"{{"message":"{}"}}"#, "x".repeat(3000)), format!("HTTP 500: {}…", "x".repeat(200))),
        (500, String::new(), "HTTP 500".to_owned()),
    ] {
        let world = World::of(data::company()).await;
        let host = world.siem.api_host();
        let fault = Fault::respond(StatusCode::from_u16(status).unwrap(), "application/json", body);
        world.siem.inject(When::operation(Operation::GetSignals), fault);
        let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
        let message = format!(
            "The search in Sumo Logic Cloud SIEM Enterprise did not finish for: evil.example (signals not searched: \
             Sumo Logic answered {told}). Look in the console instead: https://{host}/sec/search?q=evil.example"
        );
        let warning = json!([{"type": "warning", "code": "search job did not finish", "message": message}]);
        assert_eq!(answer.json()["errors"], warning);
        assert_eq!(answer.docs("sightings").len(), 2, "{told}");
    }
}
