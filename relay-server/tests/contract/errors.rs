//! The error table: what a failing Cloud SIEM gives, code and text.

use http::StatusCode;
use serde_json::{Value, json};
use sumo_client::testing::{DataSet, Fault, TestCa, When};

use crate::common::{Answer, RunningRelay, World, bearer, config, data, stand_in};

const UNEXPECTED: &str = "Unexpected response from Sumo Logic Cloud SIEM: ";

async fn ask(world: &World, path: &str) -> Answer {
    world.post(path, data::ask("domain", data::DOMAIN).to_string()).await
}

/// Fails unless health and observe both answer with this code and text.
async fn assert_fatal(world: &World, code: &str, text: &str, case: &str) {
    for path in ["/health", "/observe/observables"] {
        assert_is_fatal(&ask(world, path).await, code, text, &format!("{path}: {case}"));
    }
}

/// Fails unless this is the only error. Health has a status beside it, and warns of what will pass.
#[track_caller]
fn assert_is_fatal(answer: &Answer, code: &str, text: &str, case: &str) {
    let json = answer.json();
    let level = match json.pointer("/data/status").and_then(Value::as_str) {
        None => "fatal",
        Some("error") if case.starts_with("/health") => "fatal",
        Some("unknown") if case.starts_with("/health") => "warning",
        Some(status) => panic!("{case}: {status}"),
    };
    let expected = json!([{"type": level, "code": code, "message": text}]);
    assert_eq!((answer.status, &json["errors"]), (200, &expected), "{case}");
}

#[tokio::test]
async fn credentials_that_are_refused() {
    let world = World::of(data::company()).await;
    let token = world.claims().with("access_key", "another").signed();
    let text = format!("{UNEXPECTED}wrong access_id or access_key");
    for path in ["/health", "/observe/observables"] {
        let body = data::ask("domain", data::DOMAIN).to_string();
        let answer = world.relay.caller().post(path, Some(&bearer(&token)), body).await;
        assert_is_fatal(&answer, "Unauthorized", &text, path);
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_by_its_url() {
    let world = World::of(data::company()).await;
    world.siem.inject(When::always(), Fault::status(StatusCode::NOT_FOUND));
    let url = world.siem.base_url();
    for (path, api) in [("/health", "api/v1/healthEvents"), ("/observe/observables", "api/sec/v1/insights")] {
        let text = format!("{UNEXPECTED}URL {url}/{api} is not found");
        assert_is_fatal(&ask(&world, path).await, "Not Found", &text, path);
    }
}

#[tokio::test]
async fn other_statuses_are_told_with_the_body() {
    let world = World::of(data::company()).await;
    for (status, phrase) in [
        (400, "Bad Request"),
        (402, "Payment Required"),
        (405, "Method Not Allowed"),
        (418, "I'm a teapot"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
    ] {
        let body = format!(r#"{{"errors":[{{"code":"e{status}","message":"says \"{phrase}\""}}]}}"#);
        let status = StatusCode::from_u16(status).unwrap();
        let fault =
            world.siem.inject(When::always(), Fault::respond(status, "application/json", body.clone()));
        assert_fatal(&world, phrase, &format!("{UNEXPECTED}{body}"), phrase).await;
        world.siem.remove_fault(fault);
    }
}

#[tokio::test]
async fn a_status_without_a_name_or_a_body_is_told_nevertheless() {
    let world = World::of(data::company()).await;
    world.siem.inject(When::always(), Fault::respond(StatusCode::from_u16(599).unwrap(), "text/plain", ""));
    assert_fatal(&world, "unknown", &format!("{UNEXPECTED}HTTP 599"), "no name, no body").await;
}

#[tokio::test]
async fn a_key_of_another_deployment_is_told_where_it_belongs() {
    let siem =
        stand_in(DataSet::new()).foreign_credentials("suForeign", "key", "https://api.us2.sumologic.com");
    let world = World::behind(siem, |_| {}).await;
    let token = world.claims().with("access_id", "suForeign").with("access_key", "key").signed();
    let text =
        format!("{UNEXPECTED}the access key belongs to api.us2.sumologic.com, configure that API host");
    for path in ["/health", "/observe/observables"] {
        let body = data::ask("domain", data::DOMAIN).to_string();
        let answer = world.relay.caller().post(path, Some(&bearer(&token)), body).await;
        assert_is_fatal(&answer, "Moved Permanently", &text, path);
    }
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_named() {
    let world = World::of(DataSet::new()).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut settings = config(&world.ca, [world.keys.host()], [closed.clone()]);
    settings.service.requests.deadline = std::time::Duration::from_secs(1);
    let relay = RunningRelay::start(&settings);
    let token = world.claims().with("host", closed.clone()).signed();
    for (path, api) in [("/health", "api/v1"), ("/observe/observables", "api/sec/v1")] {
        let text = format!(
            "Unable to connect to Sumo Logic Cloud SIEM, validate the configured API endpoint: https://{closed}/{api}"
        );
        let body = data::ask("domain", data::DOMAIN).to_string();
        let answer = relay.caller().post(path, Some(&bearer(&token)), body).await;
        assert_is_fatal(&answer, "connection error", &text, path);
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_is_told() {
    let world = World::of(DataSet::new()).await;
    let stranger = TestCa::new().unwrap();
    for (name, tls) in [
        ("UnknownIssuer", stranger.server_config(&["127.0.0.1"]).unwrap()),
        ("Expired", world.ca.expired_server_config(&["127.0.0.1"]).unwrap()),
        ("NotValidForName", world.ca.server_config(&["siem.example.com"]).unwrap()),
    ] {
        let siem = stand_in(DataSet::new()).tls(tls).start().await.unwrap();
        let relay = RunningRelay::start(&config(&world.ca, [world.keys.host()], [siem.api_host()]));
        let token = world.claims().with("host", siem.api_host()).signed();
        for path in ["/health", "/observe/observables"] {
            let body = data::ask("domain", data::DOMAIN).to_string();
            let answer = relay.caller().post(path, Some(&bearer(&token)), body).await;
            let errors = answer.errors();
            assert_eq!((answer.status, errors.len()), (200, 1), "{path} {name}");
            let status = answer.json().pointer("/data/status").cloned();
            assert_eq!(status, (path == "/health").then(|| json!("error")), "{path} {name}");
            assert_eq!((&errors[0]["type"], &errors[0]["code"]), (&json!("fatal"), &json!("unknown")));
            let message = errors[0]["message"].as_str().unwrap();
            let start = "Unable to verify SSL certificate: invalid peer certificate: ";
            let reason = message.strip_prefix(start).unwrap_or_else(|| panic!("{path} {name}: {message}"));
            assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
        }
        assert_eq!(siem.counts().calls, 0, "{name}");
    }
}

#[tokio::test]
async fn more_insights_than_are_searched_is_a_warning_beside_the_data() {
    let world = World::of(data::insights(11)).await;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    let warning = json!([{
        "type": "warning",
        "code": "too-many-messages-warning",
        "message": "More than 10 Insights found in Sumo Logic Cloud SIEM Enterprise for evil.example. Log in to the \
                    Sumo Logic Cloud SIEM Enterprise console to see all Insights",
    }]);
    assert_eq!(answer.json()["errors"], warning);
    let insights =
        answer.docs("sightings").iter().filter(|sighting| sighting.get("resolution").is_some()).count();
    assert_eq!(insights, 10);
}

#[tokio::test]
async fn more_signals_than_are_searched_is_a_warning_beside_the_data() {
    let world = World::of(data::signals_for(&["192.0.2.7"; 4])).await;
    let token = world.claims().with("CTR_ENTITIES_LIMIT", 3).signed();
    let body = data::ask("ip", "192.0.2.7").to_string();
    let answer = world.relay.caller().post("/observe/observables", Some(&bearer(&token)), body).await;
    let warning = json!([{
        "type": "warning",
        "code": "too-many-messages-warning",
        "message": "More Signals found in Sumo Logic Cloud SIEM Enterprise for 192.0.2.7 than can be rendered. Log in \
                    to the Sumo Logic Cloud SIEM Enterprise console to see all Signals",
    }]);
    assert_eq!(answer.json()["errors"], warning);
    assert_eq!(answer.docs("sightings").len(), 3);
}

#[tokio::test]
async fn as_many_as_are_searched_is_no_warning() {
    let world = World::of(data::insights(10)).await;
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    assert_eq!(answer.json().get("errors"), None);
}

#[tokio::test]
async fn more_than_was_asked_for_is_cut_and_told() {
    let world = World::of(DataSet::new()).await;
    let signals: Vec<Value> = (0..500).map(|n| data::signal(&format!("s-{n}"), json!({}))).collect();
    // Whoever sends more than the limit may well be wrong about the total, too.
    let page = json!({"data": {"objects": signals, "total": 0, "hasNextPage": false}, "errors": []});
    let answer = Fault::respond(StatusCode::OK, "application/json", page.to_string());
    world.siem.inject(When::operation(sumo_client::testing::Operation::GetSignals), answer);
    let answer = world.observe(&data::ask("domain", data::DOMAIN)).await;
    crate::common::schema::assert_is_ctim(&answer);
    assert_eq!(answer.docs("sightings").len(), 100);
    let messages: Vec<Value> = answer.errors().iter().map(|error| error["message"].clone()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].as_str().unwrap().starts_with("More Signals found"), "{messages:?}");
}
