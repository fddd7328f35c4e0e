//! Everything that a stranger could send to a trigger: it fails, and nothing is changed.

use serde_json::{Value, json};
use sumo_client::testing::DataSet;

use crate::common::data;
use crate::{Desk, IP, assert_failure, everything};

/// Ids that name no action, or one that may not be carried out, and the code of the failure.
const IDS: [(&str, &str); 33] = [
    ("sumo-cse-match-list-add-../../match-lists/173", "invalid argument"),
    ("sumo-cse-match-list-add-173/../174", "invalid argument"),
    ("sumo-cse-match-list-add-173%2F..%2F174", "invalid argument"),
    ("sumo-cse-match-list-add-173?x=1", "invalid argument"),
    ("sumo-cse-match-list-add-173#", "invalid argument"),
    ("sumo-cse-match-list-add-", "invalid argument"),
    ("sumo-cse-match-list-add--1", "invalid argument"),
    ("sumo-cse-match-list-add-173 ", "invalid argument"),
    (" sumo-cse-match-list-add-173", "invalid argument"),
    ("sumo-cse-match-list-add-173\u{0}", "invalid argument"),
    ("sumo-cse-match-list-add-173\n", "invalid argument"),
    ("sumo-cse-match-list-add-blocked_ips", "invalid argument"),
    ("sumo-cse-match-list-add-99999999999999999999999", "invalid argument"),
    ("Sumo-CSE-match-list-add-173", "invalid argument"),
    ("match-list-add-173", "invalid argument"),
    ("sumo-cse-match-list-delete-173", "invalid argument"),
    ("sumo-cse-insight-close-i-1", "invalid argument"),
    ("sumo-cse-insight-comment-../i-1", "invalid argument"),
    ("sumo-cse-insight-comment-i-1%00", "invalid argument"),
    ("sumo-cse-entity-criticality-../High", "invalid argument"),
    (on_entity!("sumo-cse-entity-criticality-Nothing"), "invalid argument"),
    ("sumo-cse-entity-criticality-High", "invalid argument"),
    ("sumo-cse-entity-tag", "invalid argument"),
    ("sumo-cse-entity-tag-_ip-198.51.100.24", "invalid argument"),
    ("sumo-cse-insight-comment-i-2", "invalid argument"),
    ("sumo-cse-insight-progress-i-2", "invalid argument"),
    ("sumo-cse-match-list-add-180", "invalid argument"),
    ("sumo-cse-match-list-add-181", "invalid argument"),
    ("sumo-cse-match-list-add-174", "action not allowed"),
    ("sumo-cse-match-list-remove-174", "action not allowed"),
    ("sumo-cse-suppress-list-add-10", "action not allowed"),
    ("sumo-cse-threat-intel-add-platform", "action not allowed"),
    ("sumo-cse-entity-tag-e0000000000000000", "Not Found"),
];

#[tokio::test]
async fn ids_of_strangers_change_nothing() {
    let desk = Desk::open().await;
    for (id, code) in IDS {
        let body = json!({"action-id": id, "observable_type": "ip", "observable_value": IP});
        assert_failure(&desk.post("/respond/trigger", &body).await, code, id);
    }
    assert_failure(
        &desk.trigger("match-list-add-12345", "ip", IP).await,
        "Not Found",
        "a list that is not there",
    );
    assert_failure(
        &desk.trigger("insight-comment-i-9", "ip", IP).await,
        "Not Found",
        "an insight that is not there",
    );
    assert!(desk.writes().is_empty(), "{:?}", desk.writes());
}

#[tokio::test]
async fn ids_without_form_ask_nothing_of_cloud_siem() {
    let desk = Desk::open().await;
    for (id, _) in IDS.iter().take(20) {
        let body = json!({"action-id": id, "observable_type": "ip", "observable_value": IP});
        desk.post("/respond/trigger", &body).await;
    }
    for id in ["a".repeat(300), "../".repeat(80), "é".repeat(10)] {
        let body = json!({"action-id": id, "observable_type": "ip", "observable_value": IP});
        assert_failure(&desk.post("/respond/trigger", &body).await, "invalid argument", "a long id");
    }
    assert_eq!(desk.calls(), 0);
}

#[tokio::test]
async fn values_without_form_ask_nothing_of_cloud_siem() {
    let desk = Desk::open().await;
    let long = "a".repeat(2_001);
    for (kind, value) in [
        ("ip", "198.51.100.24/../../174"),
        ("ip", "198.51.100.0/24"),
        ("ip", "198.51.100.24\" OR value:in(\"10.0.0.1"),
        ("ip", "198.51.100.24\r\nX-Header: 1"),
        ("ip", "198.51.100.24\u{0}"),
        ("ip", "０.0.0.0"),
        ("ip", "evil.example"),
        ("domain", "evil.example/../x"),
        ("domain", "*.example"),
        ("url", "javascript:alert(1)"),
        ("url", "https://evil.example/a b"),
        ("sha256", "zz"),
        ("user", long.as_str()),
        ("user", "tab\there"),
        ("hostname", "-->\u{1b}[31m"),
        ("file_name", "x.exe"),
        ("../../ip", IP),
        ("IP", IP),
    ] {
        for act in [
            "match-list-add-173",
            "suppress-list-add-9",
            "threat-intel-add",
            on_entity!("entity-tag"),
            "insight-comment-i-1",
        ] {
            assert_failure(&desk.trigger(act, kind, value).await, "invalid argument", value);
        }
    }
    assert_eq!(desk.calls(), 0);
}

#[tokio::test]
async fn bodies_of_wrong_types_are_refused() {
    let desk = Desk::open().await;
    let good = json!({
        "action-id": "sumo-cse-match-list-add-173", "observable_type": "ip", "observable_value": IP
    });
    for field in ["action-id", "observable_type", "observable_value"] {
        for wrong in [json!(173), json!(null), json!(true), json!(["a"]), json!({"a": 1}), json!("")] {
            let mut body = good.clone();
            body[field] = wrong;
            assert_failure(
                &desk.post("/respond/trigger", &body).await,
                "invalid argument",
                &body.to_string(),
            );
        }
    }
    for body in [json!([]), json!([good]), json!("text"), json!(null), json!(1)] {
        assert_failure(&desk.post("/respond/trigger", &body).await, "invalid argument", &body.to_string());
    }
    assert_eq!(desk.calls(), 0);
}

#[tokio::test]
async fn extras_decide_nothing() {
    let desk = Desk::open().await;
    let extras = json!({
        "list_id": "174", "list": "not_ours", "list_ids": [174], "respond_match_lists": "not_ours", "respond_days": 0,
        "value": "10.0.0.1", "expiration": "2999-01-01", "description": "x", "url": "http://127.0.0.1/", "host": "evil.example",
        "access_id": "other", "query-params": {"observable_value": "10.0.0.1"}, "a": "b".repeat(10_000),
    });
    let mut body = extras.as_object().unwrap().clone();
    let own =
        json!({"action-id": "sumo-cse-match-list-add-173", "observable_type": "ip", "observable_value": IP});
    body.extend(own.as_object().unwrap().clone());
    crate::assert_success(&desk.post("/respond/trigger", &Value::Object(body.clone())).await, "extras");
    let [write] = &desk.writes()[..] else { panic!("{:?}", desk.writes()) };
    let sent: Value = serde_json::from_slice(&write.body).unwrap();
    assert_eq!(
        (write.path.as_str(), &sent["items"][0]["value"]),
        ("/api/sec/v1/match-lists/173/items", &json!(IP))
    );
    assert_eq!(sent["items"][0]["expiration"], "2024-10-14T09:00:00");
    body.insert("action-id".to_owned(), json!("sumo-cse-match-list-add-174"));
    assert_failure(
        &desk.post("/respond/trigger", &Value::Object(body)).await,
        "action not allowed",
        "list 174",
    );
}

#[tokio::test]
async fn names_of_lists_stay_in_their_segment_of_the_address() {
    let odd = [("../..", "5"), ("a/b?c#d", "6"), ("käse & brot", "7")];
    let lists = odd.map(|(name, id)| json!({"id": id, "name": name, "targetColumn": "Ip"}));
    let source = json!({"id": "../x/7?", "name": "soc", "sourceType": "CUSTOM"});
    let desk = Desk::of(DataSet::new().match_lists(lists).threat_intel_sources([source])).await;
    let desk = desk.allowing("respond_match_lists", odd.map(|(name, _)| name).join(","));
    for (name, id) in odd {
        crate::assert_success(&desk.trigger(&format!("match-list-add-{id}"), "ip", IP).await, name);
    }
    crate::assert_success(&desk.trigger("threat-intel-add", "ip", IP).await, "a source");
    let paths: Vec<String> = desk.writes().into_iter().map(|call| call.path).collect();
    assert!(paths[3].ends_with("/threat-intel-sources/..%2Fx%2F7%3F/items"), "{paths:?}");
}

#[tokio::test]
async fn nobody_gets_at_the_lists_of_another_tenant() {
    let siem = |siem: sumo_client::testing::CloudSiemBuilder| siem.credentials("other", "other-key");
    let desk = Desk::with(everything(), siem, |_| {}).await;
    crate::assert_success(&desk.trigger("match-list-add-173", "ip", IP).await, "the first tenant");
    let world = desk.world;
    let claims = world.claims().with("access_id", "other").with("access_key", "wrong").with("respond", true);
    let other = Desk { claims: claims.with("respond_match_lists", "blocked_ips"), world };
    // What the first tenant did moments ago must not answer for the second.
    assert_failure(&other.trigger("match-list-add-173", "ip", IP).await, "Unauthorized", "a wrong key");
    let reply = other.post("/respond/observables", &data::ask("ip", IP)).await.json();
    assert_eq!((reply.get("data"), &reply["errors"][0]["code"]), (None, &json!("Unauthorized")), "{reply}");
    assert_eq!(other.writes().len(), 1);
}
