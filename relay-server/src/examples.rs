//! Examples of the OpenAPI document: replies made by the code that makes the real ones.

use chrono::DateTime;
use ctim::vocabulary::Disposition;
use ctim::{EntityLists, Time, ValidTime, Verdict};
use http::StatusCode;
use serde_json::{Value, json};
use sumo_client::api::entities::EntityRef;
use sumo_client::api::insights::Insight;
use sumo_client::api::signals::Signal;
use xdr_module::contract::action::TriggerResult;
use xdr_module::contract::health::{Health, HealthStatus};
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::{ErrorItem, Reply};
use xdr_module::{Examples, Operation};

use crate::console::Console;
use crate::error_items;
use crate::health;
use crate::mapping::Context;
use crate::matching::Findings;
use crate::observe::lists::{Candidates, Lists};
use crate::refer;
use crate::search::{FoundInsight, FoundSignal};
use crate::tiles;

/// The address of the API in examples.
const SIEM: &str = "https://api.us2.sumologic.com/api/v1";

/// Returns the examples of an operation.
pub(crate) fn of(operation: Operation) -> Examples {
    match operation {
        Operation::Health => of_health(),
        Operation::Observe => with_observables(observe()),
        Operation::Refer => with_observables(refer()),
        Operation::Deliberate => deliberate(),
        Operation::Tiles | Operation::Tile | Operation::TileData => tiles::examples(operation),
        Operation::Actions => with_observables(Examples::default()),
        Operation::Trigger => trigger(),
        _ => Examples::default(),
    }
}

fn asked() -> [Observable; 2] {
    [("domain", "update-check.example.net"), ("ip", "10.20.1.15")]
        .map(|(kind, value)| Observable { kind: kind.to_owned(), value: value.to_owned() })
}

fn with_observables(examples: Examples) -> Examples {
    let both: Vec<_> =
        asked().iter().map(|asked| json!({"type": asked.kind, "value": asked.value})).collect();
    examples
        .with_request("found", "Observables that Cloud SIEM knows", Value::Array(both))
        .with_request("many", "More than an answer holds", json!([{"type": "ip", "value": "203.0.113.66"}]))
        .with_request(
            "nothing",
            "An observable that Cloud SIEM does not know",
            json!([{"type": "domain", "value": "quiet.example.org"}]),
        )
}

/// A trigger as XDR sends it, and its two outcomes.
fn trigger() -> Examples {
    let body = json!({
        "action-id": "sumo-cse-match-list-add-173", "observable_type": "ip", "observable_value": "203.0.113.140",
    });
    let not_allowed =
        ErrorItem::fatal("action not allowed", "Match list 173 may not be changed from Cisco XDR");
    Examples::default()
        .with_request("add", "Adds an address to a match list", body)
        .with_reply("done", "The value is on the list", &Reply::data(TriggerResult::SUCCESS))
        .with_reply(
            "not_allowed",
            "The tenant does not let XDR change the list",
            &Reply::partial(TriggerResult::FAILURE, [not_allowed]),
        )
}

fn of_health() -> Examples {
    let expired = error_items::certificate("certificate expired");
    let state = |status, error: ErrorItem| Reply::partial(Health::new(status), [error]);
    let usable =
        health::with_usage(HealthStatus::Ok, Some(240), 3, DateTime::from_timestamp(1_794_474_900, 0));
    let forbidden = health::forbidden("match lists are not judged", "cseViewMatchLists");
    Examples::default()
        .with_reply("quotas", "All is well, and so many calls were made", &Reply::data(usable))
        .with_reply("rights", "A right is missing", &state(HealthStatus::Ok, forbidden))
        .with_reply(
            "credentials",
            "Sumo Logic does not accept the credentials",
            &state(HealthStatus::Error, wrong_keys()),
        )
        .with_reply(
            "connection",
            "Sumo Logic cannot be reached",
            &state(HealthStatus::Unknown, health::warning(error_items::connection(SIEM))),
        )
        .with_reply("certificate", "Its certificate is not accepted", &state(HealthStatus::Error, expired))
}

fn observe() -> Examples {
    let found = found();
    let warnings = [
        error_items::more_insights("203.0.113.66", 10),
        error_items::more_signals("203.0.113.66"),
        error_items::search_unfinished(
            "10.20.1.15 (signals not searched: no answer in time)",
            &Console::of_api_host("api.us2.sumologic.com").search("10.20.1.15"),
        ),
    ];
    let examples = Examples::default()
        .with_reply("found", "An insight and its signal", &Reply::data(&found))
        .with_reply("partial", "Found, with warnings", &Reply::partial(&found, warnings));
    with_refusals(examples)
}

/// Adds the replies to requests that Sumo Logic did not answer.
fn with_refusals(examples: Examples) -> Examples {
    let refused = |error| Reply::<()>::error(error);
    examples
        .with_reply("credentials", "Sumo Logic does not accept the credentials", &refused(wrong_keys()))
        .with_reply("connection", "Sumo Logic cannot be reached", &refused(error_items::connection(SIEM)))
}

fn wrong_keys() -> ErrorItem {
    error_items::upstream_status(StatusCode::UNAUTHORIZED, "wrong access_id or access_key")
}

fn deliberate() -> Examples {
    let kinds =
        [("domain", "update-check.example.net"), ("ip", "198.51.100.77"), ("domain", "quiet.example.org")];
    let asked = kinds.map(|(kind, value)| Observable { kind: kind.to_owned(), value: value.to_owned() });
    let [malicious, clean, _] = &asked;
    let body = asked.iter().map(|asked| json!({"type": asked.kind, "value": asked.value})).collect();
    let verdicts = [(malicious, Disposition::Malicious), (clean, Disposition::Clean)].map(verdict);
    let lists = EntityLists::default().with_verdicts(verdicts);
    let examples = Examples::default()
        .with_request("judged", "Two observables that are judged, and one that is not", Value::Array(body))
        .with_reply("judged", "A verdict for each that is judged", &Reply::data(lists));
    with_refusals(examples)
}

fn verdict((asked, disposition): (&Observable, Disposition)) -> Verdict {
    let valid_time = ValidTime::builder()
        .maybe_start_time(Time::from_unix_millis(1_794_474_900_000))
        .end_time(Time::FOREVER)
        .build();
    Verdict::builder()
        .judged(disposition)
        .observable(ctim::Observable::new(asked.kind.as_str(), asked.value.as_str()))
        .valid_time(valid_time)
        .build()
}

fn refer() -> Examples {
    let console = Console::of_api_host("api.us2.sumologic.com");
    let links: Vec<_> = asked().iter().map(|asked| refer::search_link(asked, &console)).collect();
    Examples::default().with_reply("links", "A link for each observable", &Reply::data(links))
}

/// Maps an insight with one signal.
fn found() -> EntityLists {
    let mut entity = EntityRef::default();
    entity.entity_type = Some("_hostname".into());
    entity.value = Some("ws-ana.corp.example.com".into());
    let mut signal = Signal::default();
    signal.id = "6f2f6e2a-3f0f-5b8e-9d2e-0d8f4a5c7b11".into();
    signal.name = "Beacon to a listed domain".into();
    signal.description = Some("A host asked again and again for a domain on a match list.".into());
    signal.timestamp = Some("2026-11-18T09:12:44.120000".into());
    signal.severity = 8;
    signal.stage = Some("Command and Control".into());
    signal.rule_id = Some("MATCH-U00011".into());
    signal.tags = vec!["_mitreAttackTactic:TA0011".into()];
    let mut insight = Insight::default();
    insight.id = "a3c1f4de-52a1-4b0c-8b8e-6d1c8f2e9a01".into();
    insight.readable_id = "INSIGHT-41".into();
    insight.name = "Command and Control".into();
    insight.created = Some("2026-11-18T09:15:02.500000".into());
    insight.timestamp = Some("2026-11-18T09:12:44.120000".into());
    insight.severity = Some("HIGH".into());
    insight.entity = Some(entity);
    let findings = Findings::named_for_all();
    let signals = vec![FoundSignal { signal, findings, ..FoundSignal::default() }];
    let found = FoundInsight {
        insight,
        findings,
        signals,
        signal_count: 1,
        rule_count: 1,
        ..FoundInsight::default()
    };
    let [observable, _] = asked();
    let console = Console::of_api_host("api.us2.sumologic.com");
    let context = Context::new(&observable, &console, DateTime::UNIX_EPOCH);
    let mut lists = Lists::default();
    lists.fill(&mut [Candidates::of(context, [&found], [])]);
    lists.into_data().unwrap_or_default()
}
