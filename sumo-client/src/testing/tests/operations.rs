//! The answers of the operations.

use super::*;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

async fn refused(siem: &CloudSiem, method: Method, path: &str, body: Option<Value>) -> u16 {
    let (status, answer) = call(siem, method, path, body).await;
    assert!(answer["errors"][0]["message"].is_string(), "{path}: {answer}");
    status.as_u16()
}

#[tokio::test]
async fn lists_are_paged_by_offset() {
    let siem = built();
    let cases: [(&str, &[&str], u64, bool); 8] = [
        ("insights", &["i2", "i1"], 2, false),
        ("signals", &["s3", "s2", "s1"], 3, false),
        ("signals?limit=2", &["s3", "s2"], 3, true),
        ("signals?limit=2&offset=2", &["s1"], 3, false),
        ("signals?offset=3", &[], 3, false),
        ("signals?offset=99999999999", &[], 3, false),
        ("match-lists?sort=name", &["12", "11"], 2, false),
        ("match-lists?sort=NAME&sortDir=DESC", &["11", "12"], 2, false),
    ];
    for (path, expected, total, has_next_page) in cases {
        let page = get(&siem, &format!("/api/sec/v1/{path}")).await;
        assert_eq!(ids(&page), expected, "{path}");
        assert_eq!((&page["total"], &page["hasNextPage"]), (&json!(total), &json!(has_next_page)), "{path}");
    }
    for path in ["signals?limit=-1", "signals?offset=x", "insights?q=severity:%22", "insights?exclude=name"] {
        assert_eq!(refused(&siem, GET, &format!("/api/sec/v1/{path}"), None).await, 400, "{path}");
    }
}

#[tokio::test]
async fn offsets_end_at_the_ten_thousandth_result() {
    let signals = (0..10_001).map(|n| json!({"id": n.to_string(), "timestamp": format!("{n:05}")}));
    let siem = CloudSiem::builder().data(DataSet::new().signals(signals)).build().unwrap();
    let page = get(&siem, "/api/sec/v1/signals?offset=9999&limit=100").await;
    assert_eq!(ids(&page), ["1"]);
    assert_eq!((&page["total"], &page["hasNextPage"]), (&json!(10_001), &json!(false)));
    assert_eq!(get(&siem, "/api/sec/v1/signals?offset=9998&limit=1").await["hasNextPage"], true);
}

#[tokio::test]
async fn lists_are_searched() {
    let siem = built();
    let cases: [(&str, &[&str]); 12] = [
        ("insights?q=192.0.2.1", &["i2", "i1"]),
        ("insights?q=severity:%3E%3D%22HIGH%22", &["i2"]),
        ("insights?q=status:in(%22new%22,%22closed%22)%20-severity:%22LOW%22", &["i2"]),
        ("insights?q=created:NOW-19D..NOW", &["i2"]),
        ("signals?q=2001:db8::7", &["s3"]),
        ("signals?q=severity:4..9%20entity.ip:%22192.0.2.1%22", &["s2"]),
        ("entities?q=type:in(%22_ip%22)%20value:in(%22192.0.2.1%22)", &["_ip-192.0.2.1"]),
        ("rules?q=ruleSource:%22user%22", &["MATCH-U00001"]),
        ("match-list-items?q=active:true", &["901"]),
        ("match-list-items?listIds=12", &[]),
        ("match-list-items?listIds=11,12&value=192.0.2.1", &["901"]),
        ("match-list-items?value=192.0.2", &[]),
    ];
    for (path, expected) in cases {
        assert_eq!(ids(&get(&siem, &format!("/api/sec/v1/{path}")).await), expected, "{path}");
    }
}

#[tokio::test]
async fn insights_show_what_is_asked_for() {
    let siem = built();
    let by_either_id =
        [get(&siem, "/api/sec/v1/insights/i2").await, get(&siem, "/api/sec/v1/insights/INSIGHT-2").await];
    for insight in &by_either_id {
        assert_eq!(insight["signals"][1]["allRecords"][0]["srcDevice_ip"], "192.0.2.1");
        assert_eq!(insight["signals"][0].get("suppressed"), None);
        assert_eq!(insight["recordSummaryFields"], json!([]));
    }
    let path = "/api/sec/v1/insights/i2?recordSummaryFields=srcDevice_ip,nothing&exclude=entity&exclude=signals.allRecords";
    let insight = get(&siem, path).await;
    assert_eq!(
        insight["recordSummaryFields"],
        json!([{"fieldName": "srcDevice_ip", "fieldValue": "192.0.2.1", "recordCount": 2}])
    );
    assert_eq!((insight.get("entity"), insight["signals"][0].get("allRecords")), (None, None));
    assert!(insight["artifacts"].is_array());

    let slim = get(&siem, "/api/sec/v1/insights/all").await;
    let members =
        |page: &Value| ["artifacts", "entity", "signals"].map(|name| page["objects"][0].get(name).is_some());
    assert_eq!(members(&slim), [false, false, false]);
    assert_eq!(
        members(&get(&siem, "/api/sec/v1/insights/all?expand=entity,signals").await),
        [false, true, true]
    );
    assert_eq!(get(&siem, "/api/sec/v1/insights?exclude=signals").await["objects"][0].get("signals"), None);
}

#[tokio::test]
async fn insights_are_closed_and_reopened() {
    let siem = built();
    let status = "/api/sec/v1/insights/INSIGHT-2/status";
    let closed = json!({"status": "closed", "resolution": "Remediated"});
    let insight = ask(&siem, PUT, status, Some(closed)).await;
    assert_eq!(insight["status"], json!({"name": "closed", "displayName": "Closed"}));
    assert_eq!(
        (&insight["resolution"], &insight["subResolution"]),
        (&json!("Resolved"), &json!("Remediated"))
    );
    assert!(insight["closed"].as_str().unwrap().starts_with("2026-11-20T12:00:0"));
    assert!(insight["timeToRemediation"].as_f64().unwrap() >= 1_562_400.0);
    assert!(insight["signals"].is_array() && insight.get("recordSummaryFields").is_none());
    assert_eq!(ids(&get(&siem, "/api/sec/v1/insights?q=-status:%22closed%22").await), ["i1"]);

    let insight = ask(&siem, PUT, status, Some(json!({"status": "inprogress"}))).await;
    assert_eq!(
        [&insight["resolution"], &insight["closed"], &insight["timeToRemediation"]],
        [&Value::Null; 3]
    );

    let refusals = [
        (json!({"status": "Closed"}), 400),
        (json!({"status": "closed", "resolution": "Nonsense"}), 400),
        (json!({"fields": {"status": "closed"}}), 400),
        (json!([]), 400),
    ];
    for (body, expected) in refusals {
        assert_eq!(refused(&siem, PUT, status, Some(body.clone())).await, expected, "{body}");
    }
    assert_eq!(refused(&siem, PUT, status, None).await, 400);
    assert_eq!(
        refused(&siem, PUT, "/api/sec/v1/insights/i9/status", Some(json!({"status": "new"}))).await,
        404
    );
}

#[tokio::test]
async fn insights_take_assignees_comments_tags_severities_and_signals() {
    let siem = built();
    let at = |rest: &str| format!("/api/sec/v1/insights/i1/{rest}");
    let body = json!({"assignee": {"type": "USER", "value": "ana@example.com"}});
    let insight = ask(&siem, PUT, &at("assignee"), Some(body)).await;
    assert_eq!(
        (&insight["assignee"]["username"], &insight["assignedTo"]),
        (&json!("ana@example.com"), &json!("ana@example.com"))
    );
    let insight = ask(&siem, DELETE, &at("assignee"), None).await;
    assert_eq!(insight["assignee"], Value::Null);
    let robot = json!({"assignee": {"type": "ROBOT", "value": "x"}});
    assert_eq!(refused(&siem, PUT, &at("assignee"), Some(robot)).await, 400);

    let comment = ask(&siem, POST, &at("comments"), Some(json!({"body": "one\ntwo"}))).await;
    assert_eq!(comment["body"], "one\ntwo");
    assert_eq!(get(&siem, "/api/sec/v1/insights/INSIGHT-1/comments").await, json!({"comments": [comment]}));
    assert_eq!(get(&siem, "/api/sec/v1/insights/i2/comments").await, json!({"comments": []}));

    let insight = ask(&siem, POST, &at("tags"), Some(json!({"tagName": "k:v/w"}))).await;
    assert_eq!(insight["tags"], json!(["vip", "k:v/w"]));
    let insight = ask(&siem, DELETE, &at("tags/k%3Av%2Fw"), None).await;
    assert_eq!(insight["tags"], json!(["vip"]));
    let insight = ask(&siem, PUT, &at("severity"), Some(json!({"severity": "CRITICAL"}))).await;
    assert_eq!(insight["severity"], "CRITICAL");
    assert_eq!(refused(&siem, PUT, &at("severity"), Some(json!({"severity": "URGENT"}))).await, 400);

    let signal_ids = |insight: &Value| {
        insight["signals"].as_array().unwrap().iter().map(|signal| signal["id"].clone()).collect::<Vec<_>>()
    };
    let insight = ask(&siem, PUT, &at("signals"), Some(json!({"signalIds": ["s1", "s3"]}))).await;
    assert_eq!(signal_ids(&insight), ["s1", "s3"]);
    assert_eq!(ids(&get(&siem, "/api/sec/v1/insights?q=2001:db8::7").await), ["i1"]);
    let insight = ask(&siem, DELETE, &at("signals"), Some(json!({"signalIds": ["s1"]}))).await;
    assert_eq!(signal_ids(&insight), ["s3"]);
    assert_eq!(refused(&siem, PUT, &at("signals"), Some(json!({"signalIds": ["none"]}))).await, 404);

    let made = ask(&siem, POST, "/api/sec/v1/insights", Some(json!({"signalIds": ["s2"]}))).await;
    assert_eq!(made["readableId"], "INSIGHT-3");
    assert_eq!(get(&siem, "/api/sec/v1/insights/INSIGHT-3").await["signals"][0]["id"], "s2");
    assert_eq!(refused(&siem, POST, "/api/sec/v1/insights", Some(json!({"signalIds": []}))).await, 400);

    let history = get(&siem, &at("history")).await;
    let what = |at: usize| history["history"][at]["description"].clone();
    assert_eq!([what(0), what(1), what(2)], ["Insight created", "Assignee changed", "Assignee removed"]);
    let involved = get(&siem, "/api/sec/v1/insights/i2/involved-entities").await;
    assert_eq!(involved["involvedEntities"][0]["id"], "_ip-192.0.2.1");
}

#[tokio::test]
async fn settings_of_insights_are_there_without_a_data_set() {
    let siem = CloudSiem::builder().build().unwrap();
    let statuses = get(&siem, "/api/sec/v1/insight-status").await;
    let names: Vec<_> =
        statuses.as_array().unwrap().iter().map(|status| status["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["new", "inprogress", "closed"]);
    assert_eq!(get(&siem, "/api/sec/v1/insight-status/1").await["displayName"], "In Progress");
    assert_eq!(get(&siem, "/api/sec/v1/insight-resolutions").await["total"], 4);
    assert_eq!(get(&siem, "/api/sec/v1/insight-resolutions/2").await["name"], "False Positive");
    assert_eq!(get(&siem, "/api/sec/v1/insights-configuration").await["lookbackDays"], 14.0);
    let triage = json!({"fields": {"name": "In Triage", "color": "#ffaa00"}});
    let status = ask(&siem, POST, "/api/sec/v1/insight-status", Some(triage.clone())).await;
    assert_eq!((&status["name"], &status["displayName"]), (&json!("intriage"), &json!("In Triage")));
    assert_eq!(refused(&siem, POST, "/api/sec/v1/insight-status", Some(triage.clone())).await, 400);
    let one = format!("/api/sec/v1/insight-status/{}", status["id"].as_str().unwrap());
    assert_eq!(refused(&siem, PUT, "/api/sec/v1/insight-status/1", Some(triage)).await, 400);
    assert_eq!(refused(&siem, DELETE, "/api/sec/v1/insight-status/1", None).await, 400);
    assert_eq!(ask(&siem, DELETE, &one, None).await, json!({"ok": true}));
    assert_eq!(refused(&siem, GET, &one, None).await, 404);
    assert_eq!(refused(&siem, GET, "/api/sec/v1/insight-status/9", None).await, 404);
    assert_eq!(refused(&siem, GET, "/api/sec/v1/insight-resolutions/9", None).await, 404);
}

#[tokio::test]
async fn signals_have_details_and_enrichments() {
    let siem = built();
    assert_eq!(get(&siem, "/api/sec/v1/signals/s1").await["summary"], "s");
    assert_eq!(refused(&siem, GET, "/api/sec/v1/signals/none", None).await, 404);
    for owner in ["signals/s1", "insights/INSIGHT-1", "entities/_ip-192.0.2.1"] {
        let all = format!("/api/sec/v1/{owner}/enrichments");
        assert_eq!(get(&siem, &all).await, json!({"enrichments": []}));
        let one = format!("{all}/reputation%20check");
        assert_eq!(refused(&siem, PUT, &one, Some(json!({"raw": "x"}))).await, 400);
        for verdict in ["good", "bad"] {
            ask(&siem, PUT, &one, Some(json!({"detail": {"verdict": verdict}}))).await;
        }
        let saved = json!({"type": "reputation check", "detail": {"verdict": "bad"}});
        assert_eq!(get(&siem, &all).await, json!({"enrichments": [saved]}));
    }
}

#[tokio::test]
async fn counts_fall_into_buckets() {
    let siem = built();
    let query = "startTimestamp=2026-11-01T00:00:00Z&endTimestamp=2026-11-03T12:00:00Z&bucketDuration=86400";
    let values = async |what: &str| {
        let buckets = get(&siem, &format!("/api/sec/v1/{what}/counts?{query}")).await;
        let values =
            buckets.as_array().unwrap().iter().map(|bucket| bucket["value"].as_str().unwrap().to_owned());
        values.collect::<Vec<_>>()
    };
    assert_eq!(values("signals").await, ["1", "1", "1"]);
    assert_eq!(values("insights").await, ["1", "1", "0"]);
    // Each record once, though signals inside insights hold it too.
    assert_eq!(values("records").await, ["0", "3", "0"]);
    let refusals = [
        "endTimestamp=2026-11-01",
        "startTimestamp=2026-11-01&bucketDuration=0",
        "startTimestamp=monday&bucketDuration=60",
        "startTimestamp=2000-01-01&bucketDuration=1",
    ];
    for query in refusals {
        assert_eq!(
            refused(&siem, GET, &format!("/api/sec/v1/signals/counts?{query}"), None).await,
            400,
            "{query}"
        );
    }
}

#[tokio::test]
async fn entities_are_found_by_encoded_ids_and_changed() {
    let siem = built();
    let process = "/api/sec/v1/entities/_process-%2Fusr%2Fsbin%2Fsshd%20%28a%3Ab%29";
    assert_eq!(get(&siem, process).await.get("inventory"), None);
    assert_eq!(get(&siem, &format!("{process}?expand=inventory")).await["inventory"], json!([]));
    let tags = format!("{process}/tags");
    let steps = [
        (POST, json!({"tags": ["a", "b"]}), json!(["a", "b"])),
        (POST, json!({"tags": ["b", "c"]}), json!(["a", "b", "c"])),
        (DELETE, json!({"tags": ["a"]}), json!(["b", "c"])),
        (PUT, json!({"tags": ["z"]}), json!(["z"])),
    ];
    for (method, body, expected) in steps {
        assert_eq!(ask(&siem, method, &tags, Some(body)).await["tags"], expected);
    }
    let entity =
        ask(&siem, PUT, &format!("{process}/criticality"), Some(json!({"criticality": "High"}))).await;
    assert_eq!(entity["criticality"], "High");
    let unknown = json!({"criticality": "Nonsense"});
    assert_eq!(refused(&siem, PUT, &format!("{process}/criticality"), Some(unknown)).await, 400);
    assert_eq!(get(&siem, "/api/sec/v1/entity-criticality-configs").await["objects"][0]["entityCount"], 1);
    let entity = ask(&siem, PUT, &format!("{process}/criticality"), Some(json!({}))).await;
    assert_eq!(entity["criticality"], Value::Null);
    let entity = ask(&siem, PUT, &format!("{process}/suppressed"), Some(json!({"suppressed": true}))).await;
    assert_eq!(entity["isSuppressed"], true);
    assert_eq!(ids(&get(&siem, "/api/sec/v1/entities?q=whitelisted:%22true%22").await).len(), 1);
    assert_eq!(refused(&siem, PUT, &tags, Some(json!({"tags": [1]}))).await, 400);

    let page = get(&siem, "/api/sec/v1/entities/all").await;
    let next = format!("/api/sec/v1/entities/all?nextPageToken={}", page["nextPageToken"].as_str().unwrap());
    assert_eq!(ids(&get(&siem, &next).await).len(), 1);
    let related = "/api/sec/v1/entities/_ip-192.0.2.1/related-entities";
    let time = "?start=2026-11-01T00:00:00Z&end=2026-11-02T23:00:00Z";
    assert_eq!(get(&siem, &format!("{related}{time}")).await[0]["id"], "_username-ana");
    assert_eq!(refused(&siem, GET, related, None).await, 400);
}

#[tokio::test]
async fn entities_change_in_bulk_and_take_notes() {
    let siem = built();
    let both = json!(["_ip-192.0.2.1", "_username-ana"]);
    let cases = [
        (
            "bulk-update-suppressed",
            json!({"entityIds": both, "suppressedFlag": true}),
            "isSuppressed",
            json!(true),
        ),
        (
            "bulk-update-criticality",
            json!({"entityIds": both, "criticality": "c"}),
            "criticality",
            json!("c"),
        ),
        ("bulk-add-tags", json!({"entityIds": both, "tags": ["a", "b"]}), "tags", json!(["a", "b"])),
        ("bulk-remove-tags", json!({"entityIds": both, "tags": ["a"]}), "tags", json!(["b"])),
        ("bulk-update-tags", json!({"entityIds": both, "tags": ["c"]}), "tags", json!(["c"])),
    ];
    for (path, body, member, expected) in cases {
        let changed = ask(&siem, POST, &format!("/api/sec/v1/entities/{path}"), Some(body)).await;
        assert_eq!(changed[1], json!({"id": "_username-ana", member: expected}), "{path}");
    }
    let unknown = json!({"entityIds": ["_ip-192.0.2.1", "none"], "tags": ["late"]});
    assert_eq!(refused(&siem, POST, "/api/sec/v1/entities/bulk-add-tags", Some(unknown)).await, 404);
    assert_eq!(get(&siem, "/api/sec/v1/entities/_ip-192.0.2.1").await["tags"], json!(["c"]));

    let notes = "/api/sec/v1/entities/_username-ana/notes";
    let note = ask(&siem, POST, notes, Some(json!({"note": "first"}))).await;
    let one = format!("{notes}/{}", note["id"].as_str().unwrap());
    assert_eq!(ask(&siem, PUT, &one, Some(json!({"note": "second"}))).await["note"], "second");
    assert_eq!(get(&siem, notes).await[0]["note"], "second");
    assert_eq!(ask(&siem, DELETE, &one, None).await, json!({"ok": true}));
    assert_eq!(refused(&siem, DELETE, &one, None).await, 404);
}

#[tokio::test]
async fn rules_are_read_switched_and_deleted() {
    let siem = built();
    let rule = "/api/sec/v1/rules/MATCH-U00001";
    assert_eq!(get(&siem, rule).await.get("tuningExpressions"), None);
    assert!(get(&siem, &format!("{rule}?expand=tuningExpressions")).await["tuningExpressions"].is_array());
    assert_eq!(
        ask(&siem, PUT, &format!("{rule}/enabled"), Some(json!({"enabled": false}))).await,
        json!({"ok": true})
    );
    assert_eq!(get(&siem, "/api/sec/v1/rules?q=enabled:true").await["total"], 0);
    assert_eq!(ask(&siem, DELETE, rule, None).await, json!({"ok": true}));
    for (method, path) in [(GET, rule.to_owned()), (DELETE, rule.to_owned())] {
        assert_eq!(refused(&siem, method, &path, None).await, 404);
    }
    assert_eq!(refused(&siem, PUT, &format!("{rule}/enabled"), Some(json!({"enabled": true}))).await, 404);
}

#[tokio::test]
async fn match_lists_and_items_are_made_changed_and_deleted() {
    let siem = built();
    let lists = "/api/sec/v1/match-lists";
    let list = ask(&siem, POST, lists, Some(json!({"fields": {"name": "n", "targetColumn": "Ip"}}))).await;
    let list_id = list["id"].as_str().unwrap();
    assert!(list["created"].as_str().unwrap().ends_with("+00:00"));
    assert_eq!(refused(&siem, POST, lists, Some(json!({"name": "x", "targetColumn": "Ip"}))).await, 400);
    assert_eq!(
        refused(&siem, POST, lists, Some(json!({"fields": {"name": "n", "targetColumn": "Ip"}}))).await,
        400
    );
    let list =
        ask(&siem, PUT, &format!("{lists}/{list_id}"), Some(json!({"fields": {"description": "new"}}))).await;
    assert_eq!(list["description"], "new");

    let items = json!({"items": [
        {"value": "192.0.2.9", "active": true, "expiration": "2026-12-01T00:00:00Z", "description": "why"},
        {"value": "192.0.2.10", "active": false, "description": ""},
    ]});
    assert_eq!(ask(&siem, POST, &format!("{lists}/{list_id}/items"), Some(items)).await, json!({"ok": true}));
    let broken = json!({"items": [{"value": "192.0.2.11", "active": true}, {"active": true}]});
    assert_eq!(refused(&siem, POST, &format!("{lists}/{list_id}/items"), Some(broken)).await, 400);
    let found = get(&siem, &format!("/api/sec/v1/match-list-items?listIds={list_id}&q=active:true")).await;
    assert_eq!(found["total"], 1);
    let item = &found["objects"][0];
    assert_eq!((&item["expiration"], &item["listName"]), (&json!("2026-12-01T00:00:00"), &json!("n")));
    assert_eq!(item["meta"]["description"], "why");

    let one = format!("/api/sec/v1/match-list-items/{}", item["id"].as_str().unwrap());
    let body = json!({"fields": {"active": false, "description": "then"}});
    let item = ask(&siem, PUT, &one, Some(body)).await;
    assert_eq!((&item["active"], &item["expiration"]), (&json!(false), &Value::Null));
    assert_eq!(get(&siem, &one).await["meta"]["description"], "then");
    assert_eq!(ask(&siem, DELETE, &one, None).await, json!({"ok": true}));
    assert_eq!(refused(&siem, GET, &one, None).await, 404);

    let gone = json!({"ids": ["901", "none"]});
    let result = ask(&siem, POST, "/api/sec/v1/match-list-items/bulk-delete", Some(gone)).await;
    assert_eq!(result, json!({"errorResults": ["none"]}));
    assert_eq!(ask(&siem, DELETE, &format!("{lists}/{list_id}"), None).await, json!({"ok": true}));
    assert_eq!(get(&siem, "/api/sec/v1/match-list-items/all").await["objects"], json!([]));
}

#[tokio::test]
async fn health_events_have_no_envelope_and_a_continuation() {
    let siem = built();
    let (_, first) = call(&siem, GET, "/api/v1/healthEvents?limit=2", None).await;
    assert_eq!((first["data"].as_array().unwrap().len(), first.get("errors")), (2, None));
    let next = format!("/api/v1/healthEvents?limit=2&token={}", first["next"].as_str().unwrap());
    let (_, second) = call(&siem, GET, &next, None).await;
    assert_eq!((second["data"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
    let body = json!({"data": [{"id": "c2", "type": "Collector"}]});
    let (_, of_one) = call(&siem, POST, "/api/v1/healthEvents/resources", Some(body)).await;
    assert_eq!(of_one["data"][0]["eventId"], "2");
    for path in ["limit=1001", "token=x"] {
        assert_eq!(refused(&siem, GET, &format!("/api/v1/healthEvents?{path}"), None).await, 400);
    }
}
