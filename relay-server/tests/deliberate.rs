//! Verdicts and judgements over HTTP: the test vectors, and that both endpoints agree.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sumo_client::RateLimit;
use sumo_client::testing::{DataSet, EnforcedLimit, Fault, Operation, Right, When};

use self::common::caller::fatal;
use self::common::schema::{AnswerSchema, assert_is_ctim};
use self::common::{ACCESS_ID, Answer, World, bearer, data, eventually, stand_in};

const FOREVER: &str = "2525-01-01T00:00:00.000Z";

/// The lists of the default map, and one that says nothing.
fn lists() -> DataSet {
    let list =
        |(id, name, column): (&str, &str, &str)| json!({"id": id, "name": name, "targetColumn": column});
    let lists = [
        ("173", "threat", "Ip"),
        ("174", "verified_ips", "SrcIp"),
        ("175", "verified_domains", "Domain"),
        ("176", "verified_hostnames", "Hostname"),
        ("177", "blocked_ips", "Ip"),
        ("178", "bad_domains", "Domain"),
    ];
    DataSet::new().match_lists(lists.map(list))
}

fn meta() -> Value {
    json!({"description": "", "created": {"username": "a", "when": "2024-09-01T00:00:00"}, "updated": null})
}

fn item(id: usize, list: &str, value: &str) -> Value {
    json!({"id": id.to_string(), "value": value, "active": true, "expiration": null, "listName": list, "meta": meta()})
}

fn with(mut object: Value, member: &str, value: impl Into<Value>) -> Value {
    object[member] = value.into();
    object
}

fn source() -> Value {
    json!({"id": "61", "name": "soc", "sourceType": "CUSTOM"})
}

fn indicator(id: &str, value: &str) -> Value {
    json!({"id": id, "value": value, "active": true, "expiration": null, "source": "soc", "meta": meta()})
}

fn entity(kind: &str, value: &str, reputation: &str) -> Value {
    json!({
        "id": format!("{kind}-{value}"), "name": value, "value": value, "entityType": kind,
        "reputation": reputation, "lastSeen": "2024-09-02T00:00:00",
    })
}

fn enrichment(entity_id: &str, threat_type: &str, confidence: i64) -> Value {
    json!({
        "entityId": entity_id, "type": "Threat Intelligence", "detail": {}, "externalUrl": null, "expiresAt": null,
        "normalizedIndicator": {
            "id": "indicator-abc123", "source": "feed", "threatType": threat_type, "confidence": confidence,
            "validFrom": "2024-09-01T00:00:00Z",
        },
    })
}

fn ask(observables: &[(&str, &str)]) -> Value {
    observables.iter().map(|(kind, value)| json!({"type": kind, "value": value})).collect()
}

/// The dispositions by value.
fn verdicts(answer: &Answer) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let docs = answer.docs("verdicts");
    let verdicts: BTreeMap<_, _> = docs
        .iter()
        .map(|verdict| (text(&verdict["observable"]["value"]), text(&verdict["disposition_name"])))
        .collect();
    assert_eq!(verdicts.len(), docs.len(), "at most one verdict for an observable");
    verdicts
}

/// Fails unless deliberate and observe come to this disposition on this one observable.
async fn assert_judged(world: &World, kind: &str, value: &str, expected: Option<&str>, case: &str) {
    let asked = ask(&[(kind, value)]);
    let answer = world.deliberate(&asked).await;
    let observed = world.observe(&asked).await;
    let Some(expected) = expected else {
        answer.assert_is(r#"{"data":{}}"#, case);
        observed.assert_is(r#"{"data":{}}"#, case);
        return;
    };
    for answer in [&answer, &observed] {
        assert_is_ctim(answer);
        assert_eq!(verdicts(answer), [(value.to_owned(), expected.to_owned())].into(), "{case}");
        assert!(answer.errors().is_empty(), "{case}: {}", answer.body);
    }
    AnswerSchema::documented("/deliberate/observables").assert_holds(&answer.json());
}

#[tokio::test]
async fn vector_1_an_item_of_a_list_is_a_verdict() {
    let data = lists().match_list_items([item(9001, "threat", "198.51.100.24")]);
    let world = World::of(data).await;
    let answer = world.deliberate(&ask(&[("ip", "198.51.100.24")])).await;
    let expected = json!({"data": {"verdicts": {"count": 1, "docs": [{
        "type": "verdict",
        "observable": {"type": "ip", "value": "198.51.100.24"},
        "disposition": 2,
        "disposition_name": "Malicious",
        "valid_time": {"start_time": "2024-09-01T00:00:00.000Z", "end_time": FOREVER},
    }]}}});
    assert_eq!(answer.json(), expected);
    world.deliberate(&json!([])).await.assert_is(r#"{"data":{}}"#, "nothing asked");
}

#[tokio::test]
async fn vector_2_observe_shows_the_judgement_behind_the_verdict() {
    let data = lists()
        .match_list_items([item(9001, "threat", "198.51.100.24")])
        .threat_intel_sources([source()])
        .threat_intel_indicators([indicator("indicator--0001", "203.0.113.9")])
        .entities([
            entity("_ip", "198.51.100.24", "malicious"),
            entity("_domain", "bad.example", "malicious"),
        ])
        .enrichments([enrichment("_ip-198.51.100.24", "compromised", 90)]);
    let world = World::of(data).await;
    let asked = [("ip", "198.51.100.24"), ("ip", "203.0.113.9"), ("domain", "bad.example")];
    let answer = world.observe(&ask(&asked)).await;
    assert_is_ctim(&answer);
    let judgements = answer.docs("judgements");
    let facts: Vec<_> = judgements
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap();
            (
                text("id"),
                text("reason"),
                one["priority"].as_i64().unwrap(),
                text("confidence"),
                text("severity"),
            )
        })
        .collect();
    let expected = [
        (
            "transient:judgement-c22176d1-5197-5bf8-89ef-2bdd9a5d3017",
            "On match list threat",
            95,
            "High",
            "High",
        ),
        (
            "transient:judgement-14e8ddb9-0c7b-5a09-8195-48b1c6011f68",
            "Threat intelligence source feed",
            85,
            "High",
            "High",
        ),
        (
            "transient:judgement-f24214c9-3235-5912-b98b-444fec092e38",
            "Threat intelligence source soc",
            90,
            "Medium",
            "High",
        ),
        (
            "transient:judgement-003f035e-c799-5216-8519-f43b28405130",
            "Reputation Malicious in Sumo Logic Cloud SIEM",
            80,
            "Medium",
            "High",
        ),
    ];
    assert_eq!(facts, expected);
    let named: Vec<_> =
        answer.docs("verdicts").iter().map(|verdict| verdict["judgement_id"].clone()).collect();
    assert_eq!(named, [expected[0].0, expected[2].0, expected[3].0]);
    // The list and the sources stand beside them, and each judgement but that of a reputation
    // belongs to one.
    let titles: Vec<_> = answer.docs("indicators").iter().map(|one| one["title"].clone()).collect();
    assert_eq!(titles, ["threat", "feed", "soc"]);
    let edges = answer.docs("relationships");
    assert!(edges.iter().all(|edge| edge["relationship_type"] == "element-of"));
    let from: Vec<_> = edges.iter().map(|edge| edge["source_ref"].clone()).collect();
    assert_eq!(from, [expected[0].0, expected[1].0, expected[2].0]);
}

#[tokio::test]
async fn vector_3_the_highest_priority_then_the_lowest_number_decides() {
    let data = lists()
        .match_list_items([
            item(1, "verified_ips", "198.51.100.1"),
            item(2, "verified_ips", "198.51.100.2"),
            item(3, "threat", "198.51.100.2"),
        ])
        .threat_intel_sources([source()])
        .threat_intel_indicators([indicator("t1", "198.51.100.1"), indicator("t4", "198.51.100.4")])
        .entities([
            entity("_ip", "198.51.100.3", "Malicious"),
            entity("_ip", "198.51.100.4", "suspicious"),
            entity("_ip", "198.51.100.5", "SUSPICIOUS"),
        ])
        .enrichments([
            enrichment("_ip-198.51.100.3", "malicious-activity", 40),
            enrichment("_ip-198.51.100.4", "anomalous-activity", 90),
        ]);
    let world = World::of(data).await;
    for (value, expected, case) in [
        ("198.51.100.1", "Clean", "a list before a custom indicator"),
        ("198.51.100.2", "Clean", "the lower number of two lists"),
        ("198.51.100.3", "Suspicious", "malicious with a confidence of 40"),
        ("198.51.100.4", "Malicious", "a custom indicator before one of the platform"),
        ("198.51.100.5", "Suspicious", "a reputation alone"),
    ] {
        assert_judged(&world, "ip", value, Some(expected), case).await;
    }
}

#[tokio::test]
async fn vector_4_parent_domains_and_blocks_cover_what_is_below() {
    let data = lists().match_list_items([
        item(1, "verified_domains", "example.com"),
        item(2, "verified_domains", "mail.example.net"),
        item(3, "threat", "203.0.113.0/24"),
        item(4, "threat", "2001:db8:bad::/48"),
        with(item(5, "threat", "192.0.2.0/25"), "active", false),
        with(item(6, "threat", "192.0.2.128/25"), "expiration", "2024-09-02T00:00:00"),
        item(7, "blocked_ips", "10.0.0.0/8"),
    ]);
    let world = World::of(data).await;
    for (kind, value, expected) in [
        ("domain", "mail.example.com", Some("Clean")),
        ("domain", "MAIL.example.com.", Some("Clean")),
        ("domain", "example.com", Some("Clean")),
        ("domain", "badexample.com", None),
        ("domain", "example.net", None),
        ("hostname", "mail.example.com", None),
        ("ip", "203.0.113.9", Some("Malicious")),
        ("ip", "203.0.114.9", None),
        ("ipv6", "2001:DB8:BAD::25", Some("Malicious")),
        ("ipv6", "2001:db8:bae::25", None),
        ("ip", "192.0.2.1", None),
        ("ip", "192.0.2.200", None),
        ("ip", "10.1.2.3", None),
    ] {
        assert_judged(&world, kind, value, expected, value).await;
    }
}

#[tokio::test]
async fn vector_5_what_is_inactive_or_expired_does_not_count() {
    let past = "2024-09-02T00:00:00";
    let data = lists()
        .match_list_items([
            with(item(1, "threat", "198.51.100.1"), "active", false),
            with(item(2, "threat", "198.51.100.2"), "expiration", past),
            with(item(3, "threat", "198.51.100.5"), "expiration", "2999-01-01T00:00:00"),
        ])
        .threat_intel_sources([source()])
        .threat_intel_indicators([
            with(indicator("a", "198.51.100.3"), "active", false),
            with(indicator("b", "198.51.100.4"), "expiration", past),
        ]);
    let world = World::of(data).await;
    for value in ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"] {
        assert_judged(&world, "ip", value, None, value).await;
    }
    let answer = world.deliberate(&ask(&[("ip", "198.51.100.5")])).await;
    assert_eq!(answer.docs("verdicts")[0]["valid_time"]["end_time"], FOREVER, "an end that CTIM cannot hold");
}

/// Twenty-five observables of all kinds that lists, threat intelligence and entities may hold.
fn twenty_five() -> Vec<(String, String)> {
    let values = |kind: &str, value: &dyn Fn(usize) -> String| {
        (0..5).map(|n| (kind.to_owned(), value(n))).collect::<Vec<_>>()
    };
    [
        values("ip", &|n| format!("198.51.100.{n}")),
        values("domain", &|n| format!("host-{n}.department.region.example.com")),
        values("sha256", &|n| format!("{n:064x}")),
        values("url", &|n| format!("https://host-{n}.example.com/a/path?with=a&query={n}")),
        values("email", &|n| format!("somebody-{n}@mail.example.com")),
    ]
    .concat()
}

#[tokio::test]
async fn vector_5_twenty_five_observables_cost_three_calls() {
    let data = lists().match_list_items([item(1, "threat", "203.0.113.0/24")]);
    let world = World::of(data).await;
    let asked: Vec<_> = twenty_five();
    let asked = ask(&asked.iter().map(|(kind, value)| (kind.as_str(), value.as_str())).collect::<Vec<_>>());
    world.deliberate(&asked).await.assert_is(r#"{"data":{}}"#, "nothing known");
    let operations = [
        Operation::GetMatchLists,
        Operation::GetAllMatchListItems,
        Operation::GetMatchListItems,
        Operation::GetThreatIntelIndicators,
        Operation::GetEntities,
    ];
    for operation in operations {
        assert_eq!(world.calls(operation), 1, "the first time: {operation:?}");
    }
    world.siem.reset_counts();
    world.deliberate(&asked).await.assert_is(r#"{"data":{}}"#, "again");
    assert_eq!(world.siem.counts().calls, 3);
    for operation in
        [Operation::GetMatchListItems, Operation::GetThreatIntelIndicators, Operation::GetEntities]
    {
        let calls = world.siem.recorded_of(operation);
        assert_eq!(calls.len(), 1, "{operation:?}");
        assert!(calls[0].query_parameter("q").unwrap().starts_with("value:in("));
    }
    let items = world.siem.recorded_of(Operation::GetMatchListItems);
    assert_eq!(items[0].query_parameter("limit"), Some("1000"));
}

#[tokio::test]
async fn observe_after_deliberate_asks_for_no_judgement_again() {
    let data = lists().match_list_items([item(1, "threat", "198.51.100.24")]);
    let world = World::with(data, |config| config.sumo.cache = Duration::from_secs(3600)).await;
    let asked = ask(&[("ip", "198.51.100.24"), ("ip", "198.51.100.25")]);
    let deliberated = world.deliberate(&asked).await;
    world.siem.reset_counts();
    let observed = world.observe(&ask(&[("ip", "198.51.100.24")])).await;
    assert_eq!(verdicts(&observed), verdicts(&deliberated));
    assert_eq!(world.siem.counts().calls, 2, "insights and signals");
}

#[tokio::test]
async fn vector_6_not_flagged_is_not_clean_and_unknown_words_are_nothing() {
    let data = lists()
        .match_list_items([item(1, "blocked_ips", "198.51.100.5")])
        .entities([
            entity("_ip", "198.51.100.1", "notflagged"),
            entity("_ip", "198.51.100.2", "NotFlagged"),
            entity("_ip", "198.51.100.3", "watched"),
            entity("_hostname", "198.51.100.4", "malicious"),
        ])
        .enrichments([enrichment("_ip-198.51.100.1", "benign", 100)]);
    let world = World::of(data).await;
    for value in
        ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.5", "198.51.100.6"]
    {
        assert_judged(&world, "ip", value, None, value).await;
    }
    assert_eq!(world.calls(Operation::GetEntityEnrichments), 0, "nothing speaks against them");
}

#[tokio::test]
async fn a_tenant_says_what_its_lists_mean() {
    let data = lists()
        .match_list_items([
            item(1, "blocked_ips", "198.51.100.1"),
            item(2, "threat", "198.51.100.2"),
            item(3, "bad_domains", "example.org"),
        ])
        .threat_intel_sources([source()])
        .threat_intel_indicators([indicator("a", "198.51.100.3")]);
    let world = World::of(data).await;
    let asked = ask(&[
        ("ip", "198.51.100.1"),
        ("ip", "198.51.100.2"),
        ("domain", "www.example.org"),
        ("ip", "198.51.100.3"),
    ]);
    let judged = async |lists: &str, threat_intel: &str| {
        let claims =
            world.claims().with("deliberate_lists", lists).with("deliberate_threat_intel", threat_intel);
        let body = asked.to_string();
        let answer =
            world.relay.caller().post("/deliberate/observables", Some(&bearer(&claims.signed())), body).await;
        assert!(answer.errors().is_empty(), "{}", answer.body);
        verdicts(&answer).into_iter().map(|(value, word)| format!("{value} {word}")).collect::<Vec<_>>()
    };
    assert_eq!(judged("", "").await, ["198.51.100.2 Malicious", "198.51.100.3 Malicious"]);
    assert_eq!(
        judged("blocked_ips=Suspicious, bad_domains=Common", "suspicious").await,
        ["198.51.100.1 Suspicious", "198.51.100.3 Suspicious", "www.example.org Common"]
    );
    world.siem.reset_counts();
    assert_eq!(judged("-", "-").await, [] as [&str; 0]);
    assert_eq!(world.siem.counts().calls, 1, "only entities are left to be asked about");
}

#[tokio::test]
async fn each_observable_is_judged_once_and_blank_or_odd_ones_not_at_all() {
    let data = lists().match_list_items([item(1, "threat", "198.51.100.1")]).entities([entity(
        "_file",
        "a \"b\" \\ c",
        "malicious",
    )]);
    let world = World::of(data).await;
    let twice = ask(&[("ip", "198.51.100.1"), ("ip", "198.51.100.1"), ("ipv6", "::ffff:198.51.100.1")]);
    let answer = world.deliberate(&twice).await;
    assert_eq!(answer.docs("verdicts").len(), 2, "{}", answer.body);
    assert_judged(&world, "file_name", "a \"b\" \\ c", Some("Malicious"), "quotes and backslashes").await;
    world.siem.reset_counts();
    let odd = ask(&[("ip", " "), ("domain", "\t"), ("email_subject", "x"), ("quantum_id", "198.51.100.1")]);
    world.deliberate(&odd).await.assert_is(r#"{"data":{}}"#, "nothing can be known");
    assert_eq!(world.siem.counts().calls, 0);
    let long = "a".repeat(5_000);
    world.deliberate(&ask(&[("url", &long)])).await.assert_is(r#"{"data":{}}"#, "longer than an item can be");
    assert_eq!(world.siem.counts().calls, 0);
}

#[tokio::test]
async fn values_of_others_that_come_back_are_not_believed() {
    let data = lists()
        .threat_intel_sources([source()])
        .match_list_items([item(1, "threat", "10.0.0.12")])
        .entities([entity("_ip", "10.0.0.12", "malicious")]);
    let world = World::of(data).await;
    // As a Cloud SIEM would whose comparison means "contains".
    let page =
        |objects: Value| json!({"data": {"objects": objects, "total": 1, "hasNextPage": false}}).to_string();
    for (operation, body) in [
        (Operation::GetMatchListItems, page(json!([item(1, "threat", "10.0.0.12")]))),
        (
            Operation::GetThreatIntelIndicators,
            page(json!([with(indicator("a", "10.0.0.12"), "source", source())])),
        ),
        (Operation::GetEntities, page(json!([entity("_ip", "10.0.0.12", "malicious")]))),
    ] {
        world
            .siem
            .inject(When::operation(operation), Fault::respond(StatusCode::OK, "application/json", body));
    }
    assert_judged(&world, "ip", "10.0.0.1", None, "contained, not equal").await;
    assert_judged(&world, "ip", "10.0.0.12", Some("Malicious"), "equal").await;
}

#[tokio::test]
async fn a_source_that_fails_is_named_and_the_others_count() {
    let data = lists()
        .match_list_items([item(1, "threat", "198.51.100.1"), item(2, "threat", "203.0.113.0/24")])
        .entities([entity("_ip", "198.51.100.2", "malicious")]);
    for (operation, source) in [
        (Operation::GetMatchLists, "match lists"),
        (Operation::GetMatchListItems, "match lists"),
        (Operation::GetAllMatchListItems, "address blocks in match lists"),
        (Operation::GetThreatIntelIndicators, "threat intelligence"),
        (Operation::GetEntities, "reputations of entities"),
        (Operation::GetEntityEnrichments, "enrichments of entities"),
    ] {
        let world = World::of(data.clone()).await;
        world.siem.inject(When::operation(operation), Fault::status(StatusCode::INTERNAL_SERVER_ERROR));
        let asked = ask(&[("ip", "198.51.100.1"), ("ip", "198.51.100.2")]);
        for answer in [world.deliberate(&asked).await, world.observe(&asked).await] {
            let expected = json!([{
                "type": "warning",
                "code": "search job did not finish",
                "message": format!(
                    "The judgements of Sumo Logic Cloud SIEM Enterprise are not complete: {source} (Sumo Logic answered \
                     HTTP 500: Internal Server Error)"
                ),
            }]);
            assert_eq!(answer.json()["errors"], expected, "{operation:?}");
            assert!(!verdicts(&answer).is_empty(), "{operation:?}: {}", answer.body);
        }
        world.siem.clear_faults();
        let healed = world.deliberate(&asked).await;
        assert_eq!((healed.errors().len(), verdicts(&healed).len()), (0, 2), "{operation:?}");
    }
}

#[tokio::test]
async fn a_source_that_never_answers_takes_no_verdict_from_requests_at_the_same_time() {
    let list = json!({"id": "178", "name": "threat", "targetColumn": "Domain"});
    let data = DataSet::new().match_lists([list]).match_list_items([item(1, "threat", "evil.example")]);
    // An answer takes longer than the second request has left when the first one ends.
    let siem = stand_in(data).latency(Duration::from_millis(400));
    let world = World::behind(siem, |config| {
        config.service.requests.deadline = Duration::from_secs(5);
    })
    .await;
    world.siem.inject(When::operation(Operation::GetEntities), Fault::hang());
    let (first_asked, second_asked) = (ask(&[("domain", "x.example")]), ask(&[("domain", "evil.example")]));
    let second = async {
        eventually("the first one is asked", || world.calls(Operation::GetEntities) > 0).await;
        world.observe(&second_asked).await
    };
    let (first, second) = tokio::join!(world.observe(&first_asked), second);
    assert_eq!(verdicts(&second), [("evil.example".to_owned(), "Malicious".to_owned())].into());
    for answer in [&first, &second] {
        let errors = answer.errors();
        assert_eq!(errors.len(), 1, "{}", answer.body);
        assert_eq!(errors[0]["type"], "warning", "{}", answer.body);
        assert!(
            errors[0]["message"].as_str().unwrap().contains("reputations of entities"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn observe_shows_sightings_when_nothing_can_be_judged() {
    let siem =
        stand_in(data::company()).credentials_with_rights(ACCESS_ID, common::ACCESS_KEY, [Right::ViewCse]);
    let world = World::behind(siem, |_| {}).await;
    let asked = data::ask("domain", data::DOMAIN);
    let answer = world.observe(&asked).await;
    assert_eq!(answer.docs("sightings").len(), 3);
    assert_eq!(answer.errors().len(), 1);
    let message = answer.errors()[0]["message"].as_str().unwrap().to_owned();
    for part in ["HTTP 403", "cseViewMatchLists", "cseViewThreatIntelligence", "cseViewEntity"] {
        assert!(message.contains(part), "{message}");
    }
    let refused = world.deliberate(&asked).await;
    assert!(refused.json().get("data").is_none(), "{}", refused.body);
    assert!(refused.errors().iter().all(|error| error["type"] == "fatal" && error["code"] == "Forbidden"));
}

#[tokio::test]
async fn refused_credentials_are_fatal() {
    let world = World::of(lists()).await;
    let token = world.claims().with("access_key", "another").signed();
    let body = ask(&[("ip", "198.51.100.1")]).to_string();
    let answer = world.relay.caller().post("/deliberate/observables", Some(&bearer(&token)), body).await;
    let text = "Unexpected response from Sumo Logic Cloud SIEM: wrong access_id or access_key";
    answer.assert_is(&fatal("Unauthorized", text), "a wrong key");
}

#[tokio::test]
async fn an_item_judges_no_url_with_another_path() {
    let list = json!({"id": "179", "name": "threat", "targetColumn": "Url"});
    let (listed, other) = ("https://e.test/A", "https://e.test/a");
    let data = DataSet::new()
        .match_lists([list])
        .match_list_items([item(1, "threat", listed)])
        .threat_intel_sources([source()])
        .threat_intel_indicators([indicator("indicator--0001", listed)])
        .entities([entity("_url", listed, "malicious")]);
    let world = World::of(data).await;
    let asked = ask(&[("url", listed), ("url", other)]);
    for answer in [world.deliberate(&asked).await, world.observe(&asked).await] {
        assert_eq!(
            verdicts(&answer),
            [(listed.to_owned(), "Malicious".to_owned())].into(),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn many_observables_go_into_as_many_calls_as_their_urls_need() {
    let items = (0..150).map(|n| item(n, "threat", &format!("198.51.{}.{}", n / 100, n % 100)));
    let world = World::of(lists().match_list_items(items.collect::<Vec<_>>())).await;
    let values: Vec<_> = (0..150).map(|n| format!("198.51.{}.{}", n / 100, n % 100)).collect();
    let asked = ask(&values.iter().map(|value| ("ip", value.as_str())).collect::<Vec<_>>());
    let (deliberated, observed) = (world.deliberate(&asked).await, world.observe(&asked).await);
    assert_eq!(verdicts(&deliberated).len(), 100, "as many as a list holds");
    assert_eq!(verdicts(&deliberated), verdicts(&observed));
    assert_eq!(observed.docs("judgements").len(), 100);
    assert_is_ctim(&observed);
    for answer in [&deliberated, &observed] {
        let messages: Vec<_> = answer.errors().iter().map(|error| error["message"].clone()).collect();
        assert!(
            messages.contains(&"50 more observables have verdicts than an answer may hold".into()),
            "{messages:?}"
        );
    }
}

#[tokio::test]
async fn lists_with_many_items_are_read_page_by_page_once() {
    let items = (0..250).map(|n| item(n, "threat", &format!("10.{n}.0.0/16")));
    let siem = stand_in(lists().match_list_items(items.collect::<Vec<_>>())).token_page_size(100);
    let world = World::behind(siem, |_| {}).await;
    let asked = ask(&[("ip", "10.249.7.7"), ("ip", "10.250.7.7")]);
    let (one, other) = tokio::join!(world.deliberate(&asked), world.deliberate(&asked));
    for answer in [one, other, world.deliberate(&asked).await] {
        assert_eq!(verdicts(&answer), [("10.249.7.7".to_owned(), "Malicious".to_owned())].into());
    }
    assert_eq!(world.calls(Operation::GetAllMatchListItems), 3, "three pages, once for all");
    assert_eq!(world.calls(Operation::GetMatchLists), 1);
}

/// The calls that three seconds allow, with the one that may be under way: four a second.
const CALLS_OF_THREE_SECONDS: u64 = 13;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliberate_goes_before_the_searches_of_a_large_observe() {
    let data =
        lists().match_list_items([item(1, "threat", "198.51.100.24"), item(2, "threat", "203.0.113.0/24")]);
    let siem = stand_in(data).rate_limit(EnforcedLimit::DOCUMENTED);
    let world = World::behind(siem, |config| config.sumo.rate_limit = RateLimit::default()).await;
    let values: Vec<_> = (0..60).map(|n| format!("192.0.2.{n}")).collect();
    let sixty = ask(&values.iter().map(|value| ("ip", value.as_str())).collect::<Vec<_>>());
    let quick = async {
        eventually("the searches run", || world.calls(Operation::GetSignals) > 0).await;
        let before = world.siem.counts().calls;
        let asked = twenty_five();
        let mut asked: Vec<_> = asked.iter().map(|(kind, value)| (kind.as_str(), value.as_str())).collect();
        asked[0] = ("ip", "198.51.100.24");
        let answer = world.deliberate(&ask(&asked)).await;
        assert_eq!(verdicts(&answer).len(), 1, "{}", answer.body);
        world.siem.counts().calls - before
    };
    let calls = tokio::select! {
        calls = quick => calls,
        answer = world.observe(&sixty) => panic!("observe was first: {}", answer.body),
    };
    assert!(calls <= CALLS_OF_THREE_SECONDS, "{calls} calls until deliberate answered");
}

/// A generated tenant: items, indicators and entities over few values, so that they meet.
fn generated() -> impl Strategy<Value = DataSet> {
    let lists = prop::sample::select(vec!["threat", "verified_ips", "verified_domains", "blocked_ips"]);
    let values = prop::sample::select(vec![
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.0/24",
        "example.com",
        "a.example.com",
        "b.a.example.com",
        "web-01",
    ]);
    let ends = prop::sample::select(vec![None, Some("2024-01-01T00:00:00"), Some("2500-01-01T00:00:00")]);
    let items = prop::collection::vec((lists, values.clone(), any::<bool>(), ends.clone()), 0..12);
    let indicators = prop::collection::vec((values, any::<bool>(), ends), 0..6);
    let words = prop::sample::select(vec!["malicious", "Suspicious", "notflagged", "odd"]);
    let entities = prop::collection::btree_map(
        prop::sample::select(vec![
            ("_ip", "10.0.0.1"),
            ("_ip", "10.0.0.2"),
            ("_domain", "a.example.com"),
            ("_hostname", "web-01"),
        ]),
        (
            words,
            prop::option::of((
                prop::sample::select(vec!["compromised", "benign", "anonymization"]),
                0..120_i64,
            )),
        ),
        0..4,
    );
    (items, indicators, entities).prop_map(|(items, indicators, entities)| {
        let items = items.into_iter().enumerate().map(|(n, (list, value, active, end))| {
            with(with(item(n, list, value), "active", active), "expiration", end)
        });
        let indicators = indicators.into_iter().enumerate().map(|(n, (value, active, end))| {
            with(with(indicator(&format!("t{n}"), value), "active", active), "expiration", end)
        });
        let enrichments = entities.iter().filter_map(|((kind, value), (_, indicator))| {
            indicator.map(|(threat_type, confidence)| {
                enrichment(&format!("{kind}-{value}"), threat_type, confidence)
            })
        });
        self::lists()
            .match_list_items(items.collect::<Vec<_>>())
            .threat_intel_sources([source()])
            .threat_intel_indicators(indicators.collect::<Vec<_>>())
            .enrichments(enrichments.collect::<Vec<_>>())
            .entities(
                entities
                    .iter()
                    .map(|((kind, value), (word, _))| entity(kind, value, word))
                    .collect::<Vec<_>>(),
            )
    })
}

const ASKED: [(&str, &str); 6] = [
    ("ip", "10.0.0.1"),
    ("ip", "10.0.0.2"),
    ("domain", "example.com"),
    ("domain", "b.a.example.com"),
    ("domain", "a.example.com"),
    ("hostname", "web-01"),
];

#[test]
fn both_endpoints_agree_whatever_the_data() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(ProptestConfig { cases: 24, ..ProptestConfig::default() });
    let outcome = runner.run(&generated(), |data| {
        runtime.block_on(async {
            let world = World::of(data).await;
            let (deliberated, observed) =
                (world.deliberate(&ask(&ASKED)).await, world.observe(&ask(&ASKED)).await);
            assert_is_ctim(&deliberated);
            assert_is_ctim(&observed);
            prop_assert_eq!(verdicts(&deliberated), verdicts(&observed));
            let judgements = observed.docs("judgements");
            for verdict in observed.docs("verdicts") {
                let named = judgements.iter().find(|one| one["id"] == verdict["judgement_id"]).unwrap();
                for member in ["observable", "disposition", "disposition_name", "valid_time"] {
                    prop_assert_eq!(&named[member], &verdict[member]);
                }
            }
            // Each asked alone comes to the same as all at once.
            for (kind, value) in ASKED {
                let alone = world.deliberate(&ask(&[(kind, value)])).await;
                let (alone, all) = (verdicts(&alone), verdicts(&deliberated));
                prop_assert_eq!(alone.get(value), all.get(value));
            }
            Ok(())
        })
    });
    outcome.unwrap();
}
