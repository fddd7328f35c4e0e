//! The defects 1 to 15 of other relays: a test for each that would show it.
//!
//! Defect 2 (untested reverse actions) is in `end_to_end`, too; 5 and 13 (addresses and ids) and 6
//! (lists of the request) are in `attacks`; 15 (a key in the log) is in `audit`.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use sumo_client::testing::{DataSet, Fault, Operation, When};

use crate::common::{Answer, Caller, data};
use crate::{Desk, IP, assert_failure, assert_success, everything};

fn item(id: &str, list: &str, value: &str) -> Value {
    json!({"id": id, "listName": list, "value": value, "active": true, "expiration": null,
        "meta": {"description": "", "created": {"username": "a", "when": "2024-09-01T00:00:00"}, "updated": null}})
}

async fn desk_with(items: Vec<Value>) -> Desk {
    let desk = Desk::of(everything().match_list_items(items)).await;
    desk.allowing("respond_insights", false).allowing("respond_entities", false)
}

fn of_list(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).filter(|id| id.starts_with("match-list")).collect()
}

#[tokio::test]
async fn defect_1_success_without_anything_done() {
    let desk = Desk::open().await;
    for id in ["add", "", "respond", "sumo-cse-nothing"] {
        let body = json!({"action-id": id, "observable_type": "ip", "observable_value": IP});
        assert_failure(&desk.post("/respond/trigger", &body).await, "invalid argument", id);
    }
}

#[tokio::test]
async fn defect_2_offers_that_the_trigger_refuses() {
    let desk = Desk::open().await;
    let hash = "21cf1ad1e7ea4cb69ce54df773a1d68a";
    for (kind, value) in
        [("ip", IP), ("domain", "evil.example"), ("md5", hash), ("user", "ana"), ("ipv6", "2001:db8::1")]
    {
        for id in desk.ids(kind, value).await {
            assert_success(&desk.trigger(&id, kind, value).await, &id);
        }
    }
    assert!(desk.writes().len() > 8);
}

#[tokio::test]
async fn defect_3_a_value_inside_another() {
    let desk = desk_with(vec![item("1", "blocked_ips", "10.0.0.12")]).await;
    assert_eq!(of_list(&desk.ids("ip", "10.0.0.1").await), ["match-list-add-173"]);
    assert_eq!(of_list(&desk.ids("ip", "10.0.0.12").await), ["match-list-remove-173"]);
}

#[tokio::test]
async fn defect_4_every_state_of_a_list_offers_the_right_half() {
    let expired = |mut item: Value| {
        item["expiration"] = json!("2024-09-01T00:00:00");
        item
    };
    let inactive = |mut item: Value| {
        item["active"] = json!(false);
        item
    };
    let it = || item("1", "blocked_ips", IP);
    let other = || item("2", "blocked_ips", "192.0.2.1");
    for (case, items, expected) in [
        ("empty", vec![], "match-list-add-173"),
        ("filled with others", vec![other()], "match-list-add-173"),
        ("there", vec![it()], "match-list-remove-173"),
        ("there with others", vec![other(), it()], "match-list-remove-173"),
        (
            "there, with an end",
            vec![{
                let mut item = it();
                item["expiration"] = json!("2024-12-01T00:00:00");
                item
            }],
            "match-list-remove-173",
        ),
        ("expired", vec![expired(it())], "match-list-add-173"),
        ("inactive", vec![inactive(it())], "match-list-add-173"),
        ("on another list", vec![item("3", "not_ours", IP)], "match-list-add-173"),
        ("held by a block", vec![item("4", "blocked_ips", "198.51.100.0/24")], "match-list-add-173"),
    ] {
        let desk = desk_with(items).await;
        assert_eq!(of_list(&desk.ids("ip", IP).await), [expected], "{case}");
        assert_success(&desk.trigger(expected, "ip", IP).await, case);
        assert_eq!(desk.writes().len(), 1, "{case}");
    }
}

#[tokio::test]
async fn items_that_hold_a_value_are_told_in_the_description() {
    let desk = desk_with(vec![
        item("4", "blocked_ips", "198.51.100.0/24"),
        item("5", "blocked_domains", "example.com"),
        item("6", "blocked_domains", "deep.mail.example.org"),
    ]);
    let desk = desk.await;
    let told = async |kind: &str, value: &str| {
        let actions = desk.offered(kind, value).await;
        let add =
            actions.iter().find(|action| action["id"].as_str().unwrap().contains("match-list-add")).unwrap();
        add["description"].as_str().unwrap().to_owned()
    };
    assert!(told("ip", IP).await.ends_with("; the item 198.51.100.0/24 holds it already"));
    assert!(told("domain", "mail.example.com").await.ends_with("; the item example.com holds it already"));
    assert!(!told("domain", "example.org").await.contains("holds it"));
    assert!(of_list(&desk.ids("ip", IP).await).iter().all(|id| !id.contains("remove")));
}

#[tokio::test]
async fn defect_7_values_are_escaped_in_filters() {
    let lists = [json!({"id": "190", "name": "users", "targetColumn": "Username"})];
    let odd = r#"a" OR value:in("b\"#;
    let desk = Desk::of(DataSet::new().match_lists(lists)).await.allowing("respond_match_lists", "users");
    assert_success(&desk.trigger("match-list-add-190", "user", odd).await, "a value with quotes");
    let look_up = desk.world.siem.recorded_of(Operation::GetMatchListItems);
    let query = look_up[0].query_parameter("q").unwrap();
    assert_eq!(query, r#"value:in("a\" OR value:in(\"b\\","a\" or value:in(\"b\\")"#);
}

#[tokio::test]
async fn defect_8_a_look_up_that_failed_is_not_taken_for_absent() {
    let desk = desk_with(vec![item("1", "blocked_ips", IP)]).await;
    for status in [StatusCode::FORBIDDEN, StatusCode::INTERNAL_SERVER_ERROR] {
        desk.world.siem.inject(When::operation(Operation::GetMatchListItems), Fault::status(status));
        let reply = desk.post("/respond/observables", &data::ask("ip", IP)).await;
        let actions = reply.json()["data"].as_array().unwrap().clone();
        for half in ["sumo-cse-match-list-add-173", "sumo-cse-match-list-remove-173"] {
            let action = actions.iter().find(|action| action["id"] == half).unwrap();
            assert!(action["description"].as_str().unwrap().contains("state is not known"), "{action}");
        }
        assert_eq!(reply.errors()[0]["type"], "warning", "{}", reply.body);
        // The trigger does not write on a guess.
        let answer = desk.trigger("match-list-add-173", "ip", IP).await;
        assert_eq!(answer.json()["data"]["status"], "failure", "{}", answer.body);
        desk.world.siem.clear_faults();
    }
    assert!(desk.writes().is_empty());
}

#[tokio::test]
async fn defect_9_one_failing_part_does_not_end_the_rest() {
    for failing in [
        Operation::GetMatchListItems,
        Operation::GetSuppressLists,
        Operation::GetThreatIntelIndicators,
        Operation::GetEntities,
        Operation::GetInsights,
        Operation::GetEntityCriticalityConfigs,
    ] {
        let desk = Desk::open().await;
        desk.world.siem.inject(When::operation(failing), Fault::status(StatusCode::FORBIDDEN));
        let reply = desk.post("/respond/observables", &data::ask("ip", IP)).await;
        assert_eq!(reply.errors().len(), 1, "{failing:?}: {}", reply.body);
        assert!(reply.errors()[0]["message"].as_str().unwrap().contains("lacks the right"), "{}", reply.body);
        assert!(reply.json()["data"].as_array().unwrap().len() > 3, "{failing:?}: {}", reply.body);
    }
}

#[tokio::test]
async fn defect_10_a_list_in_and_a_list_out() {
    let desk = Desk::open().await;
    desk.post("/respond/observables", &json!([])).await.assert_is(r#"{"data":[]}"#, "nothing");
    let unknown = json!([{"type": "file_name", "value": "x"}, {"type": "ip", "value": "no address"}]);
    desk.post("/respond/observables", &unknown).await.assert_is(r#"{"data":[]}"#, "nothing fits");
    let ask = json!([
        {"type": "ip", "value": IP}, {"type": "ip", "value": "192.0.2.1"}, {"type": "ip", "value": IP},
        {"type": "domain", "value": "evil.example"}, {"type": "file_name", "value": "x"},
    ]);
    let reply = desk.post("/respond/observables", &ask).await.json();
    let actions = reply["data"].as_array().unwrap();
    let of = |value: &str| {
        let of = actions.iter().filter(|action| action["query-params"]["observable_value"] == value);
        of.map(|action| action["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for value in [IP, "192.0.2.1", "evil.example"] {
        let titles = of(value);
        let mut sorted = titles.clone();
        sorted.sort();
        sorted.dedup();
        assert!(!titles.is_empty() && titles == sorted, "{value}: {titles:?}");
    }
    assert_eq!(of("x").len(), 0);
}

#[tokio::test]
async fn defect_11_every_failure_has_a_text_and_status_200() {
    let desk = Desk::open().await;
    for fault in [
        Fault::status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::html(StatusCode::BAD_GATEWAY),
        Fault::empty(),
        Fault::null_data(),
        Fault::wrong_type(),
        Fault::invalid_json(),
        Fault::redirect("https://elsewhere.example"),
        Fault::reset_before_headers(),
    ] {
        for method in [Method::GET, Method::POST] {
            desk.world.siem.inject(When::always().method(method).times(20), fault.clone());
            for act in ["match-list-add-173", on_entity!("entity-tag"), "insight-comment-i-1"] {
                let answer = desk.trigger(act, "ip", IP).await;
                let status = answer.json()["data"]["status"].clone();
                assert_eq!((answer.status, status), (200, json!("failure")), "{}", answer.body);
                assert!(answer.errors()[0]["message"].as_str().unwrap().len() > 10, "{}", answer.body);
            }
            desk.world.siem.clear_faults();
        }
    }
}

#[tokio::test]
async fn defect_12_nothing_without_a_token() {
    let desk = Desk::open().await;
    let bodies = [
        ("/respond/observables", data::ask("ip", IP)),
        (
            "/respond/trigger",
            json!({"action-id": "sumo-cse-match-list-add-173", "observable_type": "ip", "observable_value": IP}),
        ),
        ("/respond/trigger", json!({})),
    ];
    for (path, body) in bodies {
        for token in [None, Some("Bearer x"), Some("Bearer a.b.c")] {
            let answer = desk.world.relay.caller().post(path, token, body.to_string()).await;
            let code = answer.errors()[0]["code"].clone();
            assert_eq!((answer.status, code), (200, json!("authorization error")), "{}", answer.body);
            assert!(answer.json()["data"].as_array().is_none(), "{}", answer.body);
        }
    }
    assert_eq!(desk.calls(), 0);
}

#[tokio::test]
async fn defect_14_the_exact_path_is_answered_without_a_redirect() {
    let desk = Desk::open().await;
    for path in ["/respond/observables", "/respond/trigger"] {
        let caller: &Caller = desk.world.relay.caller();
        let token = crate::bearer(&desk.claims.signed());
        let request = caller.request(Method::POST, path).header("authorization", token).body("[]");
        assert_eq!(Answer::of(request).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn at_most_twenty_actions_each_and_those_that_undo_stay() {
    let names: Vec<String> = (0..30).map(|n| format!("list_{n:02}")).collect();
    let lists = names
        .iter()
        .enumerate()
        .map(|(n, name)| json!({"id": format!("{}", 500 + n), "name": name, "targetColumn": "Ip"}));
    let there = item("1", "list_29", IP);
    let data = DataSet::new().match_lists(lists.collect::<Vec<_>>()).match_list_items([there]);
    let desk = Desk::of(data).await.allowing("respond_match_lists", names.join(","));
    let reply = desk.post("/respond/observables", &data::ask("ip", IP)).await;
    let json = reply.json();
    let actions = json["data"].as_array().unwrap();
    assert_eq!(actions.len(), 20);
    assert!(actions.iter().any(|action| action["id"] == "sumo-cse-match-list-remove-529"), "{}", reply.body);
    assert_eq!(reply.errors()[0]["type"], "warning");
}

#[tokio::test]
async fn lists_beyond_the_first_thousand_are_told() {
    let lists =
        (0..1_100).map(|n| json!({"id": n.to_string(), "name": format!("list_{n}"), "targetColumn": "Ip"}));
    let mut desk = Desk::of(DataSet::new().match_lists(lists)).await;
    for (named, told) in [
        ("list_3", json!([])),
        (
            "list_3, absent",
            json!([
                "There are more than 1000 match lists. Actions on lists that the module names beyond these are not shown"
            ]),
        ),
    ] {
        desk = desk.allowing("respond_match_lists", named);
        let reply = desk.post("/respond/observables", &data::ask("ip", IP)).await;
        let messages: Value = reply.json().get("errors").map_or_else(
            || json!([]),
            |errors| errors.as_array().unwrap().iter().map(|error| error["message"].clone()).collect(),
        );
        assert_eq!(messages, told, "{}", reply.body);
        let actions = reply.json()["data"].clone();
        assert_eq!(actions[0]["id"], "sumo-cse-match-list-add-3", "{actions}");
    }
}

/// Two URLs that differ in the case of their path alone.
const URLS: [&str; 2] = ["https://e.test/A", "https://e.test/a"];

/// The values on all match lists, in order.
async fn listed(desk: &Desk) -> Vec<String> {
    let items = desk.client().match_list_items().list().send().await.unwrap().objects;
    let mut values: Vec<_> = items.into_iter().map(|item| item.value).collect();
    values.sort_unstable();
    values
}

async fn desk_of_urls(data: DataSet) -> Desk {
    let list = json!({"id": "191", "name": "urls", "targetColumn": "Url"});
    Desk::of(data.match_lists([list])).await.allowing("respond_match_lists", "urls")
}

#[tokio::test]
async fn urls_with_other_paths_are_added_and_removed_by_themselves() {
    let desk = desk_of_urls(DataSet::new()).await;
    for url in [URLS[0], URLS[1], "HTTPS://E.test/A"] {
        assert_success(&desk.trigger("match-list-add-191", "url", url).await, url);
    }
    assert_eq!(listed(&desk).await, URLS);
    assert_success(&desk.trigger("match-list-remove-191", "url", URLS[0]).await, "one of two");
    assert_eq!(listed(&desk).await, [URLS[1]]);
    assert_success(&desk.trigger("match-list-remove-191", "url", URLS[0]).await, "not there any more");
    assert_eq!(listed(&desk).await, [URLS[1]]);
}

#[tokio::test]
async fn urls_with_other_paths_are_added_at_the_same_time() {
    let desk = desk_of_urls(DataSet::new()).await;
    let add = |url| desk.trigger("match-list-add-191", "url", url);
    let (one, other) = tokio::join!(add(URLS[0]), add(URLS[1]));
    assert_success(&one, URLS[0]);
    assert_success(&other, URLS[1]);
    assert_eq!(listed(&desk).await, URLS);
}

#[tokio::test]
async fn a_listed_url_says_nothing_of_one_with_another_path() {
    let entity = json!({"id": "_url-1", "entityType": "_url", "name": URLS[1], "value": URLS[1], "tags": []});
    let data = DataSet::new().match_list_items([item("1", "urls", URLS[1])]).entities([entity]);
    let desk = desk_of_urls(data).await;
    let ids = desk.ids("url", URLS[1]).await;
    assert_eq!(of_list(&ids), ["match-list-remove-191"]);
    let tag = ids.iter().find(|id| id.starts_with("entity-tag")).unwrap().clone();
    let ids = desk.ids("url", URLS[0]).await;
    assert_eq!(of_list(&ids), ["match-list-add-191"]);
    assert!(!ids.iter().any(|id| id.starts_with("entity-")), "{ids:?}");
    assert_failure(&desk.trigger(&tag, "url", URLS[0]).await, "Not Found", "another entity");
    assert_success(&desk.trigger("match-list-add-191", "url", URLS[0]).await, URLS[0]);
    assert_eq!(listed(&desk).await, URLS);
}

#[tokio::test]
async fn uploaded_urls_with_other_paths_have_ids_of_their_own() {
    let desk = Desk::open().await.allowing("respond_threat_source", "platform:mine");
    for url in URLS {
        assert_success(&desk.trigger("threat-intel-add-platform", "url", url).await, url);
    }
    let uploads = desk.world.siem.recorded_of(Operation::UploadNormalizedIndicators);
    let ids = uploads.iter().map(|call| {
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        body["indicators"][0]["id"].as_str().unwrap().to_owned()
    });
    let ids: Vec<_> = ids.collect();
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
}

#[tokio::test]
async fn entities_that_differ_in_case_have_an_action_each() {
    let entity = |value: &str, tags: Value| {
        json!({"id": format!("_username-{value}"), "entityType": "_username",
        "name": value, "value": value, "tags": tags, "isSuppressed": false})
    };
    let data =
        DataSet::new().entities([entity("JDOE", json!(["xdr:investigated"])), entity("jdoe", json!([]))]);
    let desk = Desk::of(data).await;
    let actions = desk.offered("user", "JDOE").await;
    let ids: std::collections::HashSet<_> = actions.iter().map(|action| action["id"].as_str()).collect();
    assert_eq!((ids.len(), actions.len()), (4, 4), "{actions:?}");
    for (title, path) in [
        ("Tag entity jdoe with xdr:investigated", "_username-jdoe/tags"),
        ("Suppress entity JDOE", "_username-JDOE/suppressed"),
        ("Suppress entity jdoe", "_username-jdoe/suppressed"),
        ("Remove tag xdr:investigated from entity JDOE", "_username-JDOE/tags"),
    ] {
        let action = actions.iter().find(|action| action["title"] == title).unwrap();
        let id = action["id"].as_str().unwrap().trim_start_matches("sumo-cse-");
        assert_success(&desk.trigger(id, "user", "JDOE").await, title);
        assert_eq!(desk.writes().last().unwrap().path, format!("/api/sec/v1/entities/{path}"));
    }
    let writes = desk.writes().len();
    let message = assert_failure(
        &desk.trigger("entity-tag", "user", "JDOE").await,
        "invalid argument",
        "an id of earlier versions names no entity",
    );
    assert_eq!((message.as_str(), desk.writes().len()), ("Unsupported action.", writes));
}

#[tokio::test]
async fn changes_of_others_are_seen_before_a_write() {
    let desk = Desk::open().await;
    let client = desk.client();
    client.insights().close("i-1", "No Action").send().await.unwrap();
    let message =
        assert_failure(&desk.trigger("insight-progress-i-1", "ip", IP).await, "action not allowed", "closed");
    assert!(message.contains("closed"), "{message}");
    client.match_lists().delete("173").send().await.unwrap();
    assert_failure(&desk.trigger("match-list-add-173", "ip", IP).await, "Not Found", "the list is gone");
    assert_eq!(desk.writes().len(), 2, "only those of the other");
}
