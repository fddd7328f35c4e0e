//! The examples of the document: what the relay really says, made by the code that says it.

use chrono::DateTime;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::version;
use crate::auth::Refusal;
use crate::console::Console;
use crate::envelope::{Envelope, ErrorItem, HttpFault};
use crate::mapping::Context;
use crate::observable::Observable;
use crate::observe::ObserveData;
use crate::observe::collect::Collector;
use crate::observe::found::{EntityFacts, InsightFacts, SignalFacts};
use crate::refer;
use crate::relay::Health;

/// The examples of one operation: of its request, and of its answers by status.
pub(super) struct Examples {
    pub(super) request: Option<Value>,
    pub(super) answers: Vec<(&'static str, Value)>,
}

/// The examples of the operation with this id.
pub(super) fn of(operation_id: &str) -> Examples {
    let (request, answer) = match operation_id {
        "health" => (None, health()),
        "observeObservables" => (Some(observables()), observe()),
        "referObservables" => (Some(observables()), refer()),
        "version" => (None, named([("version", "The version", json!(version::Version::current()))])),
        "watchdog" => (None, watchdog()),
        _ => (None, Value::Null),
    };
    let busy = HttpFault::overloaded();
    let defect = HttpFault::internal("5255c2b2-e41b-4788-a8b7-a6d4445b5cf8");
    let mut answers = vec![
        ("500", named([("defect", "A defect", json!(defect))])),
        ("503", named([("busy", "Busy", json!(busy))])),
    ];
    if !answer.is_null() {
        answers.push(("200", answer));
    }
    Examples { request, answers }
}

/// Examples as the document lists them: a name, a summary, the value.
fn named<const N: usize>(examples: [(&str, &str, Value); N]) -> Value {
    let list =
        examples.map(|(name, summary, value)| (name.to_owned(), json!({"summary": summary, "value": value})));
    Value::Object(Map::from_iter(list))
}

fn error<T: Serialize>(error: ErrorItem) -> Value {
    json!(Envelope::<T>::error(error))
}

fn asked() -> [Observable; 2] {
    [("domain", "update-check.example.net"), ("ip", "10.20.1.15")]
        .map(|(kind, value)| Observable { kind: kind.to_owned(), value: value.to_owned() })
}

fn observables() -> Value {
    let both: Vec<_> =
        asked().iter().map(|asked| json!({"type": asked.kind, "value": asked.value})).collect();
    named([
        ("found", "Observables that Cloud SIEM knows", Value::Array(both)),
        ("many", "More than an answer holds", json!([{"type": "ip", "value": "203.0.113.66"}])),
        (
            "nothing",
            "An observable that Cloud SIEM does not know",
            json!([{"type": "domain", "value": "quiet.example.org"}]),
        ),
    ])
}

fn health() -> Value {
    let siem = "https://api.us2.sumologic.com/api/v1";
    let wrong_keys = ErrorItem::upstream_status(StatusCode::UNAUTHORIZED, "wrong access_id or access_key");
    named([
        ("ok", "All is well", json!(Envelope::data(Health::ok()))),
        ("token", "The token is not accepted", error::<()>(ErrorItem::authorization(Refusal::WrongAudience))),
        ("credentials", "Sumo Logic does not accept the credentials", error::<()>(wrong_keys)),
        ("connection", "Sumo Logic cannot be reached", error::<()>(ErrorItem::connection(siem))),
        (
            "certificate",
            "Its certificate is not accepted",
            error::<()>(ErrorItem::certificate("certificate expired")),
        ),
    ])
}

fn observe() -> Value {
    let found = found();
    let warnings = vec![
        ErrorItem::more_insights("203.0.113.66"),
        ErrorItem::more_signals("203.0.113.66"),
        ErrorItem::search_unfinished("10.20.1.15 (signals not searched: no answer in time)"),
    ];
    let blank = ErrorItem::invalid_argument("{0: {'value': ['Field may not be blank.']}}");
    named([
        ("found", "An insight and its signal", json!(Envelope::data(&found))),
        ("partial", "Found, with warnings", json!(Envelope { data: Some(&found), errors: warnings })),
        ("nothing", "Nothing found", json!(Envelope::<()> { data: None, errors: vec![] })),
        ("body", "The body does not validate", error::<()>(blank)),
        ("token", "The token is not accepted", error::<()>(ErrorItem::authorization(Refusal::HeaderMissing))),
    ])
}

fn refer() -> Value {
    let console = Console::of_api_host("api.us2.sumologic.com");
    let links: Vec<_> = asked().iter().map(|asked| refer::search_link(asked, &console)).collect();
    let not_a_list = ErrorItem::invalid_argument("{'_schema': ['Invalid input type.']}");
    named([
        ("links", "A link for each observable", json!(Envelope::data(links))),
        ("body", "The body is no list", error::<()>(not_a_list)),
        ("token", "The token is not accepted", error::<()>(ErrorItem::authorization(Refusal::WrongKey))),
    ])
}

fn watchdog() -> Value {
    named([
        ("echo", "The header's text", json!(Envelope::data("hello"))),
        ("missing", "No header", error::<()>(ErrorItem::health_check_failed())),
    ])
}

/// What the mapping makes of an insight with one signal.
fn found() -> ObserveData {
    let entity =
        EntityFacts { kind: Some("_hostname".into()), value: Some("ws-ana.corp.example.com".into()) };
    let signal = SignalFacts {
        id: Some("6f2f6e2a-3f0f-5b8e-9d2e-0d8f4a5c7b11".into()),
        name: Some("Beacon to a listed domain".into()),
        description: Some("A host asked again and again for a domain on a match list.".into()),
        timestamp: Some("2026-11-18T09:12:44.120000".into()),
        severity: Some(8),
        stage: Some("Command and Control".into()),
        rule_id: Some("MATCH-U00011".into()),
        tags: vec!["_mitreAttackTactic:TA0011".into()],
        ..SignalFacts::default()
    };
    let insight = InsightFacts {
        id: Some("a3c1f4de-52a1-4b0c-8b8e-6d1c8f2e9a01".into()),
        readable_id: Some("INSIGHT-41".into()),
        name: Some("Command and Control".into()),
        created: Some("2026-11-18T09:15:02.500000".into()),
        timestamp: Some("2026-11-18T09:12:44.120000".into()),
        severity: Some("HIGH".into()),
        entity: Some(entity),
        signals: vec![signal.into()],
        signal_count: 1,
        rule_count: 1,
        ..InsightFacts::default()
    };
    let [observable, _] = asked();
    let console = Console::of_api_host("api.us2.sumologic.com");
    let mut collector = Collector::default();
    collector.add_insight(&insight.into(), &Context::new(&observable, &console, DateTime::UNIX_EPOCH));
    collector.into_data().unwrap_or_default()
}
