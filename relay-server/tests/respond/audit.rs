//! The trail of a write: its line in the audit log, its metric, and the request id in Cloud SIEM.

use http::Method;
use serde_json::{Value, json};
use sumo_client::testing::{Fault, Operation, When};

use crate::common::log::Log;
use crate::common::{ACCESS_ID, ACCESS_KEY, Answer, bearer};
use crate::{Desk, IP, assert_success};

/// The lines of the audit log.
fn audit(log: &Log) -> Vec<Value> {
    let text = log.text();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"] == "audit").collect()
}

/// Runs something, and returns the log of it.
fn log_of(running: impl Future<Output = ()>) -> Log {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO).with_writer(log.clone());
    // With one subscriber alone, events that other tests reach first without one would stay off.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber.finish(), || runtime.block_on(running));
    log
}

#[test]
fn a_write_that_may_have_been_done_is_unknown_in_the_log() {
    let log = log_of(async {
        let desk = Desk::open().await;
        let suppress = Operation::UpdateEntitySuppressed;
        desk.world.siem.inject(When::operation(suppress).times(1), Fault::reset_before_headers());
        desk.world.siem.inject(When::operation(suppress).skip(1).times(3), Fault::rate_limited(Some(0)));
        desk.trigger(on_entity!("entity-suppress"), "ip", IP).await;
        desk.world.relay.stop().await;
    });
    let results: Vec<_> = audit(&log).iter().map(|line| line["fields"]["result"].clone()).collect();
    assert_eq!(results, ["unknown"], "{}", log.text());
}

#[test]
fn a_write_whose_caller_is_gone_is_in_the_log_of_a_relay_that_stops() {
    let log = log_of(async {
        let desk = Desk::open().await;
        let suppress = Operation::UpdateEntitySuppressed;
        let delay = std::time::Duration::from_millis(500);
        desk.world.siem.inject(When::operation(suppress), Fault::delay(delay));
        let sent = async {
            while desk.world.siem.recorded_of(suppress).is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = desk.trigger(on_entity!("entity-suppress"), "ip", IP) => panic!("answered too early"),
            () = sent => {}
        }
        desk.world.relay.stop().await;
    });
    let results: Vec<_> = audit(&log).iter().map(|line| line["fields"]["result"].clone()).collect();
    assert_eq!(results, ["done"], "{}", log.text());
}

#[test]
fn each_write_leaves_one_line_without_secrets_and_values() {
    let log = log_of(write_three_times());
    let lines = audit(&log);
    assert_eq!(lines.len(), 3, "{lines:?}");
    let fields = |line: &Value| line["fields"].clone();
    let first = fields(&lines[0]);
    let expected = json!({
        "message": "response action", "request_id": "example-1", "tenant": first["tenant"], "action": "match-list-add",
        "object": "match list blocked_ips", "observable_type": "ip", "result": "done",
        "value_sha256": "35413343c1f2a50e500b0c304f26ee6b167e85adfece20974d553660be5ba1d3",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&first[name], value, "{first}");
    }
    assert_eq!(first["tenant"].as_str().unwrap().len(), 16, "{first}");
    assert_eq!(fields(&lines[1])["result"], "done");
    assert_eq!(fields(&lines[2])["result"], "failed");
    for line in &lines {
        let line = line["fields"].to_string();
        for hidden in [ACCESS_ID, ACCESS_KEY, IP] {
            assert!(!line.contains(hidden), "{hidden} in {line}");
        }
    }
    for secret in [ACCESS_ID, ACCESS_KEY] {
        assert!(!log.text().contains(secret), "a secret in the log");
    }
}

async fn write_three_times() {
    let desk = Desk::open().await;
    let trigger = async |id: &str, request_id: &str| {
        let body = json!({"action-id": id, "observable_type": "ip", "observable_value": IP}).to_string();
        let request = desk.world.relay.caller().request(Method::POST, "/respond/trigger").body(body);
        let request = request.header("authorization", bearer(&desk.claims.signed()));
        Answer::of(request.header("x-request-id", request_id)).await
    };
    assert_success(&trigger("sumo-cse-match-list-add-173", "example-1").await, "add");
    assert_success(&trigger("sumo-cse-match-list-add-173", "example-2").await, "a repeat, without a write");
    assert_success(&trigger("sumo-cse-match-list-remove-173", "example-3").await, "remove");
    let fault = Fault::status(http::StatusCode::FORBIDDEN);
    desk.world.siem.inject(When::always().method(Method::POST), fault);
    trigger("sumo-cse-match-list-add-173", "example-4").await;
    desk.world.relay.stop().await;
}
