//! The test vectors 7 to 12 of the reference.

use http::StatusCode;
use serde_json::json;
use std::time::Duration;
use sumo_client::testing::{Fault, Operation, When};

use crate::common::data;
use crate::{Desk, IP, assert_failure, assert_success, everything};

const ADD: &str = "match-list-add-173";

#[tokio::test]
async fn vector_7_actions_by_switch() {
    let desk = Desk::open().await;
    let off = Desk { claims: desk.claims.clone().with("respond", false), world: desk.world };
    off.post("/respond/observables", &data::ask("ip", IP)).await.assert_is(r#"{"data":[]}"#, "off");
    assert_eq!(off.calls(), 0, "nothing is asked");
    let mut claims = off.world.claims().with("respond", true);
    claims = claims.with("respond_match_lists", "blocked_ips");
    let on = Desk { claims, world: off.world };
    let expected = concat!(
        r#"{"data":[{"id":"sumo-cse-match-list-add-173","title":"Add to match list blocked_ips","#,
        r#""description":"Adds this IP to match list blocked_ips for 30 days","#,
        r#""categories":["Sumo Logic Cloud SIEM","Match lists"],"#,
        r#""query-params":{"observable_type":"ip","observable_value":"198.51.100.24"}}]}"#
    );
    on.post("/respond/observables", &data::ask("ip", IP)).await.assert_is(expected, "on");
}

#[tokio::test]
async fn vector_8_a_trigger_writes_once() {
    for is_plain in [false, true] {
        let siem = |siem: sumo_client::testing::CloudSiemBuilder| {
            if is_plain { siem.plain_acknowledgements() } else { siem }
        };
        let desk = Desk::with(everything(), siem, |_| {}).await;
        let body = json!({"action-id": "sumo-cse-match-list-add-173", "observable_type": "ip", "observable_value": IP});
        let token = crate::bearer(&desk.claims.signed());
        let request = desk.world.relay.caller().request(http::Method::POST, "/respond/trigger");
        let request =
            request.header("authorization", token).header("x-request-id", "example-1").body(body.to_string());
        assert_success(&crate::Answer::of(request).await, "the first");
        let [write] = &desk.writes()[..] else { panic!("one write: {:?}", desk.writes()) };
        assert_eq!(
            (write.method.as_str(), write.path.as_str()),
            ("POST", "/api/sec/v1/match-lists/173/items")
        );
        let sent: serde_json::Value = serde_json::from_slice(&write.body).unwrap();
        let expected = json!({"items": [{
            "value": IP, "active": true, "expiration": "2024-10-14T09:00:00",
            "description": "Added from Cisco XDR (request example-1)",
        }]});
        assert_eq!(sent, expected);
        assert_success(&desk.trigger(ADD, "ip", IP).await, "the same again");
        assert_eq!(desk.writes().len(), 1);
    }
    let desk = Desk::open().await;
    desk.world.siem.inject(When::operation(Operation::AddItemsToMatchList), Fault::not_ok());
    let answer = desk.trigger(ADD, "ip", IP).await;
    assert_eq!(answer.json()["data"], json!({"status": "failure"}), "{}", answer.body);
    assert_eq!(desk.writes().len(), 1);
}

#[tokio::test]
async fn vector_9_a_list_that_is_not_allowed() {
    let desk = Desk::open().await;
    let expected = concat!(
        r#"{"data":{"status":"failure"},"errors":[{"type":"fatal","code":"action not allowed","#,
        r#""message":"Match list 174 may not be changed from Cisco XDR"}]}"#
    );
    desk.trigger("match-list-add-174", "ip", IP).await.assert_is(expected, "list 174");
    assert!(desk.writes().is_empty());
}

#[tokio::test]
async fn vector_10_a_trigger_without_anything() {
    let desk = Desk::open().await;
    let missing = "['Missing data for required field.']";
    let message = assert_failure(&desk.post("/respond/trigger", &json!({})).await, "invalid argument", "{}");
    for field in ["action-id", "observable_type", "observable_value"] {
        assert!(message.contains(&format!("'{field}': {missing}")), "{message}");
    }
    assert_eq!(desk.calls(), 0);
}

#[tokio::test]
async fn vector_11_refused_and_lost_writes() {
    let desk = Desk::open().await;
    desk.world.siem.inject(
        When::operation(Operation::AddItemsToMatchList).times(1),
        Fault::status(StatusCode::FORBIDDEN),
    );
    let message = assert_failure(&desk.trigger(ADD, "ip", IP).await, "Forbidden", "403");
    assert!(message.contains("cseManageMatchLists"), "{message}");
    let short = |config: &mut crate::Config| config.service.requests.deadline = Duration::from_secs(4);
    let desk = Desk::with(everything(), |siem| siem, short).await;
    desk.world.siem.inject(When::operation(Operation::AddItemsToMatchList), Fault::hang());
    assert_failure(&desk.trigger(ADD, "ip", IP).await, "outcome unknown", "a hanging POST");
    assert_eq!(desk.world.calls(Operation::AddItemsToMatchList), 1, "one upstream request");
}

#[tokio::test]
async fn vector_12_values_that_do_not_fit() {
    let desk = Desk::open().await;
    for value in ["198.51.100.24/../../174", &"1".repeat(2_001)] {
        assert_failure(&desk.trigger(ADD, "ip", value).await, "invalid argument", "a value");
    }
    assert_eq!(desk.calls(), 0);
}
