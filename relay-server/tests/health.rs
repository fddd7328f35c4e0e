//! The health check: the account, the rights, the quota, and faults that are not errors.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde_json::{Value, json};
use sumo_client::RateLimit;
use sumo_client::testing::{DataSet, Fault, Operation, Right, When};

use self::common::schema::AnswerSchema;
use self::common::{ACCESS_ID, ACCESS_KEY, Answer, World, bearer, stand_in};

async fn health(world: &World) -> Answer {
    let answer = world.post("/health", "").await;
    AnswerSchema::documented("/health").assert_holds(&answer.json());
    answer
}

/// Status, and level, code and message of each error.
fn told(answer: &Answer) -> (String, Vec<[String; 3]>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = answer.errors();
    let errors = errors.iter().map(|error| ["type", "code", "message"].map(|name| text(&error[name])));
    (text(&answer.json()["data"]["status"]), errors.collect())
}

#[tokio::test]
async fn vector_19_health_tells_the_use_of_the_rate_limit() {
    let world = World::with(DataSet::new(), |config| config.sumo.rate_limit = RateLimit::default()).await;
    let answer = health(&world).await.json();
    let values = &answer["data"]["quotas"]["sumo_api_calls"]["values"];
    let time = |name: &str| values[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let (start, end) = (time("current_bucket_start_time"), time("current_bucket_end_time"));
    assert_eq!((end - start, start.timestamp() % 60), (TimeDelta::minutes(1), 0));
    let consumption = values["current_bucket_consumption"].as_u64().unwrap();
    // Fewer than were made, should a minute have begun in between.
    assert!((1..=world.siem.counts().calls).contains(&consumption), "{answer}");
    let expected = json!({"data": {"status": "ok", "quotas": {"sumo_api_calls": {
        "description":
            "Calls of this relay to Sumo Logic; those of other clients of the access key are not counted",
        "values": {
            "bucket_unit": "minute",
            "bucket_limit": 240,
            "current_bucket_consumption": consumption,
            "current_bucket_start_time": values["current_bucket_start_time"],
            "current_bucket_end_time": values["current_bucket_end_time"],
            "current_bucket_limit_reached": false,
        },
    }}}});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn the_use_of_the_rate_limit_is_told_to_nobody_whose_key_was_not_accepted() {
    let world = World::with(DataSet::new(), |config| config.sumo.rate_limit = RateLimit::default()).await;
    world.observe(&json!([{"type": "domain", "value": "a.example.com"}])).await;
    let stranger = bearer(&world.claims().with("access_key", "wrong").signed());
    let refused = world.health_as(&stranger).await.json();
    assert_eq!(refused["data"], json!({"status": "error"}), "{refused}");
    // Nor by a fault that hides the refusal.
    let fault = world.siem.inject(When::always(), Fault::status(StatusCode::BAD_REQUEST));
    let unseen = world.health_as(&stranger).await.json();
    assert_eq!(unseen["data"], json!({"status": "error"}), "{unseen}");
    world.siem.remove_fault(fault);
    health(&world).await.assert_is_healthy("accepted");
    world.siem.inject(When::always(), Fault::status(StatusCode::UNAUTHORIZED));
    let known = health(&world).await.json();
    assert!(known["data"]["quotas"]["sumo_api_calls"].is_object(), "{known}");
}

#[tokio::test]
async fn without_a_limit_there_is_none_to_tell() {
    let world = World::of(DataSet::new()).await;
    let answer = health(&world).await.json();
    let values = answer["data"]["quotas"]["sumo_api_calls"]["values"].as_object().unwrap();
    assert!(!values.contains_key("bucket_limit") && values["current_bucket_consumption"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_good_answer_is_remembered_and_a_bad_one_is_not() {
    let world =
        World::with(DataSet::new(), |config| config.sumo.health_cache = Duration::from_secs(60)).await;
    let fault = world.siem.inject(When::always(), Fault::status(StatusCode::BAD_REQUEST));
    assert_eq!(told(&health(&world).await).0, "error");
    world.siem.remove_fault(fault);
    health(&world).await.assert_is_healthy("healed");
    let calls = world.siem.counts().calls;
    world.siem.inject(When::always(), Fault::status(StatusCode::BAD_REQUEST));
    health(&world).await.assert_is_healthy("remembered");
    assert_eq!(world.siem.counts().calls, calls);
    // Another key is another tenant.
    let token = world.claims().with("access_key", "another").signed();
    assert_eq!(told(&world.health_as(&bearer(&token)).await).0, "error");
}

#[tokio::test]
async fn a_key_without_the_right_to_cloud_siem_is_an_error_that_names_it() {
    let siem = stand_in(DataSet::new()).credentials_with_rights(ACCESS_ID, ACCESS_KEY, []);
    let world = World::behind(siem, |_| {}).await;
    let (status, errors) = told(&health(&world).await);
    assert_eq!((status.as_str(), errors.len()), ("error", 1));
    assert_eq!(errors[0][..2], ["fatal", "Forbidden"]);
    assert!(errors[0][2].contains("viewCse"), "{errors:?}");
}

#[tokio::test]
async fn rights_that_are_missing_for_what_is_switched_on_are_warnings() {
    let siem = stand_in(DataSet::new()).credentials_with_rights(ACCESS_ID, ACCESS_KEY, [Right::ViewCse]);
    let world = World::behind(siem, |_| {}).await;
    let lacks = |right: &str, what: &str| {
        [
            "warning".to_owned(),
            "Forbidden".to_owned(),
            format!("The access key lacks the right {right}: {what}"),
        ]
    };
    let (status, errors) = told(&health(&world).await);
    let match_lists = lacks("cseViewMatchLists", "match lists are not judged");
    let threat_intel = lacks("cseViewThreatIntelligence", "threat intelligence is not judged");
    assert_eq!((status.as_str(), errors), ("ok", vec![match_lists, threat_intel]));
    // What is switched off needs no right.
    let off = world.claims().with("deliberate_lists", "-").with("deliberate_threat_intel", "-").signed();
    world.siem.reset_counts();
    world.health_as(&bearer(&off)).await.assert_is_healthy("switched off");
    assert_eq!(world.siem.counts().calls, 2);
}

#[tokio::test]
async fn rights_that_actions_need_are_checked_once_they_are_switched_on() {
    for is_operator_willing in [false, true] {
        let siem = stand_in(DataSet::new()).credentials_with_rights(ACCESS_ID, ACCESS_KEY, [Right::ViewCse]);
        let world = World::behind(siem, |config| config.sumo.respond.is_on = is_operator_willing).await;
        let claims = world.claims().with("deliberate_lists", "-").with("deliberate_threat_intel", "-");
        let claims = claims.with("respond", true).with("respond_match_lists", "blocked_ips");
        let (status, errors) = told(&world.health_as(&bearer(&claims.signed())).await);
        let text = "The access key lacks the right cseViewMatchLists: no action on match lists is offered";
        let expected = [["warning", "Forbidden", text].map(str::to_owned)];
        let expected = if is_operator_willing { &expected[..] } else { &[] };
        assert_eq!((status.as_str(), errors.as_slice()), ("ok", expected));
    }
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_warnings() {
    let world = World::of(DataSet::new()).await;
    let token = world.claims().with("deliberate_lists", "a=Clean, b=Bad").signed();
    let (status, errors) = told(&world.health_as(&bearer(&token)).await);
    let message = r#"custom_deliberate_lists: "b=Bad" is not a list and a disposition"#;
    assert_eq!(status, "ok");
    assert_eq!(errors, [["warning", "invalid configuration", message].map(str::to_owned)]);
}

#[tokio::test]
async fn names_of_lists_beyond_the_limit_are_told_where_actions_are_on() {
    for is_operator_willing in [false, true] {
        let world =
            World::with(DataSet::new(), |config| config.sumo.respond.is_on = is_operator_willing).await;
        let claims = world.claims().with("respond", true).with("respond_match_lists", "a,".repeat(101));
        let token = bearer(&claims.signed());
        let text = "custom_respond_match_lists: only the first 100 names are used";
        let expected = [["warning", "invalid configuration", text].map(str::to_owned)];
        let expected = if is_operator_willing { &expected[..] } else { &[] };
        for case in ["asked", "remembered"] {
            assert_eq!(told(&world.health_as(&token).await).1, expected, "{case}");
        }
    }
}

#[tokio::test]
async fn a_fault_that_passes_is_never_an_error() {
    let world = World::with(DataSet::new(), |config| {
        config.service.requests.deadline = Duration::from_millis(1500);
    })
    .await;
    let faults = [
        ("500", Fault::status(StatusCode::INTERNAL_SERVER_ERROR)),
        ("503", Fault::status(StatusCode::SERVICE_UNAVAILABLE)),
        ("429", Fault::rate_limited(None)),
        ("HTML", Fault::html(StatusCode::OK)),
        ("reset", Fault::reset_before_headers()),
        ("truncated", Fault::truncated_body()),
        ("hang", Fault::hang()),
    ];
    for (name, fault) in faults {
        for operation in [Operation::ListHealthEvents, Operation::GetInsights] {
            world.siem.inject(When::operation(operation), fault.clone());
            let (status, errors) = told(&health(&world).await);
            assert_eq!((status.as_str(), errors.len()), ("unknown", 1), "{name} {operation:?} {errors:?}");
            assert_eq!(errors[0][0], "warning", "{name} {operation:?}");
            world.siem.clear_faults();
        }
        world.siem.inject(When::operation(Operation::GetMatchLists), fault);
        let (status, errors) = told(&health(&world).await);
        assert_eq!((status.as_str(), errors.len(), errors[0][0].as_str()), ("ok", 1, "warning"), "{name}");
        world.siem.clear_faults();
    }
    health(&world).await.assert_is_healthy("healed");
}

#[tokio::test]
async fn what_does_not_pass_by_itself_is_an_error() {
    for (operation, status, code) in [
        (Operation::ListHealthEvents, StatusCode::UNAUTHORIZED, "Unauthorized"),
        (Operation::GetInsights, StatusCode::FORBIDDEN, "Forbidden"),
        (Operation::GetInsights, StatusCode::NOT_FOUND, "Not Found"),
        (Operation::ListHealthEvents, StatusCode::BAD_REQUEST, "Bad Request"),
    ] {
        let world = World::of(DataSet::new()).await;
        let refused =
            if status == StatusCode::UNAUTHORIZED { When::always() } else { When::operation(operation) };
        world.siem.inject(refused, Fault::status(status));
        let (told, errors) = told(&health(&world).await);
        assert_eq!((told.as_str(), errors.len()), ("error", 1), "{code}: {errors:?}");
        assert_eq!(errors[0][..2], ["fatal", code]);
    }
}

#[tokio::test]
async fn a_key_that_was_accepted_before_is_not_taken_for_a_wrong_one() {
    let refused = || Fault::status(StatusCode::UNAUTHORIZED);
    // One of two calls of the same check is refused.
    let world = World::of(DataSet::new()).await;
    world.siem.inject(When::operation(Operation::ListHealthEvents), refused());
    let (status, errors) = told(&health(&world).await);
    assert_eq!((status.as_str(), errors.len()), ("unknown", 1), "{errors:?}");
    assert_eq!(errors[0][..2], ["warning", "Unauthorized"]);
    // All calls are, after a good check.
    let world = World::of(DataSet::new()).await;
    health(&world).await.assert_is_healthy("accepted");
    world.siem.inject(When::always(), refused());
    let (status, errors) = told(&health(&world).await);
    assert_eq!((status.as_str(), errors.len()), ("unknown", 1), "{errors:?}");
    // Another key was never accepted.
    let token = world.claims().with("access_key", "another").signed();
    assert_eq!(told(&world.health_as(&bearer(&token)).await).0, "error");
}

#[tokio::test]
async fn a_key_that_may_not_read_health_events_works() {
    let world = World::of(DataSet::new()).await;
    world.siem.inject(When::operation(Operation::ListHealthEvents), Fault::status(StatusCode::FORBIDDEN));
    let (status, errors) = told(&health(&world).await);
    assert_eq!((status.as_str(), errors.len(), errors[0][0].as_str()), ("ok", 1, "warning"), "{errors:?}");
}
