//! Calls over real HTTP: requests, answers, errors, faults.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "test helpers"
)]

use std::time::Duration;

use httpmock::prelude::*;
use sumo_client::{Client, Credentials, Deployment, Error, Limiters, RateLimit, RetryPolicy, Timeouts};

fn client_of(server: &MockServer) -> Client {
    builder_of(server).build().unwrap()
}

fn builder_of(server: &MockServer) -> sumo_client::ClientBuilder {
    let deployment = Deployment::from_api_host(&server.address().to_string()).unwrap();
    Client::builder(deployment, Credentials::new("the-id", "the-key"))
        .allow_http(true)
        .limiters(Limiters::new(RateLimit::UNLIMITED))
        .retry(RetryPolicy::default().base(Duration::from_millis(1)).max_attempts(3))
}

const EMPTY_PAGE: &str = r#"{"data": {"objects": [], "total": 0, "hasNextPage": false}, "errors": []}"#;

#[tokio::test]
async fn a_list_sends_what_it_was_told() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        when.method(GET)
            .path("/api/sec/v1/insights")
            .header("authorization", "Basic dGhlLWlkOnRoZS1rZXk=")
            .header("accept", "application/json")
            .header_matches("user-agent", "^sumo-client/[0-9]")
            .query_param("q", r#"status:"new" -severity:"LOW""#)
            .query_param("limit", "5")
            .query_param("exclude", "signals.allRecords,artifacts");
        then.status(200).body(EMPTY_PAGE);
    });
    let request = client_of(&server).insights().list();
    let page = request
        .q("overwritten")
        .q(r#"status:"new" -severity:"LOW""#)
        .limit(5)
        .exclude(["signals.allRecords", "artifacts"])
        .send()
        .await
        .unwrap();
    assert!(page.objects.is_empty());
    mock.assert();
}

#[tokio::test]
async fn bytes_come_as_they_are_and_errors_stay_errors() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/sec/v1/signals/good");
        then.status(200).body("not json");
    });
    server.mock(|when, then| {
        when.path("/api/sec/v1/signals/gone");
        then.status(404).body(r#"{"errors": [{"code": "not_found", "message": "no such signal"}]}"#);
    });
    let signals = client_of(&server).signals();
    let response = signals.get("good").send_bytes().await.unwrap();
    assert_eq!(&response.body()[..], b"not json");
    assert!(signals.get("good").send().await.unwrap_err().is_decode());

    let error = signals.get("gone").send_bytes().await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!((error.code(), error.message()), (Some("not_found"), Some("no such signal")));
    assert_eq!(error.operation(), Some("GetSignal"));
    assert_eq!(error.attempts(), 1);
    assert_eq!(error.url(), Some(server.url("/api/sec/v1/signals/gone").as_str()));
}

#[tokio::test]
async fn reads_are_tried_again_and_give_up_in_the_end() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(503).body(r#"{"status": 503, "code": "service.unavailable", "id": "A-B-C"}"#);
    });
    let error = client_of(&server).insights().list().send().await.unwrap_err();
    assert!(error.is_server());
    assert_eq!(error.attempts(), 3);
    assert_eq!(error.request_id(), Some("A-B-C"));
    assert_eq!(mock.calls(), 3);
}

#[tokio::test]
async fn writes_that_may_have_happened_are_not_sent_twice() {
    let server = MockServer::start_async().await;
    let unavailable = server.mock(|when, then| {
        when.path("/api/sec/v1/unavailable");
        then.status(503);
    });
    let busy = server.mock(|when, then| {
        when.path("/api/sec/v1/busy");
        then.status(429);
    });
    let client = client_of(&server);
    for (path, repeatable) in [("unavailable", false), ("unavailable", true), ("busy", false)] {
        let call = client.raw::<()>(http::Method::POST, format!("/api/sec/v1/{path}"));
        call.repeatable(repeatable).send().await.unwrap_err();
    }
    assert_eq!((unavailable.calls(), busy.calls()), (1 + 3, 3));
}

#[tokio::test]
async fn another_deployment_is_named_and_not_followed() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/v1/healthEvents");
        then.status(301)
            .header("location", "https://api.us2.sumologic.com/api/v1/healthEvents")
            .body(r#"{"status": 301, "code": "moved"}"#);
    });
    server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(302).header("location", "/elsewhere");
    });
    let client = client_of(&server);
    let error = client.health_events().list().limit(1).send().await.unwrap_err();
    assert!(error.is_wrong_deployment());
    assert_eq!(error.right_deployment(), Some(&Deployment::US2));
    assert!(error.to_string().contains("use api.us2.sumologic.com"), "{error}");

    let error = client.insights().list().send().await.unwrap_err();
    assert!(!error.is_wrong_deployment());
    assert_eq!(error.status().unwrap(), 302);
}

#[tokio::test]
async fn answers_beyond_the_cap_are_refused() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(200).body(EMPTY_PAGE);
    });
    let send = |cap| builder_of(&server).max_body_bytes(cap).build().unwrap().insights().list().send();
    assert!(send(EMPTY_PAGE.len()).await.is_ok());
    assert!(send(EMPTY_PAGE.len() - 1).await.unwrap_err().is_too_large());
}

#[tokio::test]
async fn a_success_that_carries_errors_says_what_they_are() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(200)
            .body(r#"{"data": null, "errors": [{"code": "bad_query", "message": "cannot read q"}]}"#);
    });
    let error = client_of(&server).insights().list().send().await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!((error.code(), error.message()), (Some("bad_query"), Some("cannot read q")));
    assert!(error.to_string().contains("at `data`") && error.to_string().contains("GetInsights"), "{error}");
}

#[tokio::test]
async fn a_slow_answer_runs_out_of_time() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(200).delay(Duration::from_secs(5)).body(EMPTY_PAGE);
    });
    let short = Duration::from_millis(50);
    let send = |timeouts| builder_of(&server).retry(RetryPolicy::never()).timeouts(timeouts).build().unwrap();
    for timeouts in [Timeouts::default().read(short), Timeouts::default().attempt(short)] {
        let error = send(timeouts).insights().list().send().await.unwrap_err();
        assert!(error.is_timeout() && !error.is_deadline(), "{error:?}");
    }
    let error = send(Timeouts::default().call(short)).insights().list().send().await.unwrap_err();
    assert!(error.is_timeout() && error.is_deadline(), "{error:?}");
    let list = send(Timeouts::default()).insights().list();
    let error = list.deadline(tokio::time::Instant::now() + short).send().await.unwrap_err();
    assert!(error.is_timeout() && error.is_deadline(), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_a_connect_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    for host in [host.as_str(), "no-such-host.invalid:1"] {
        let client = Client::builder(Deployment::from_api_host(host).unwrap(), Credentials::new("i", "k"))
            .allow_http(true)
            .retry(RetryPolicy::default().base(Duration::from_millis(1)).max_attempts(2))
            .build()
            .unwrap();
        let error = client.insights().list().send().await.unwrap_err();
        assert!(error.is_connect() && error.is_temporary(), "{error:?}");
        assert_eq!(error.attempts(), 2);
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[tokio::test]
async fn plain_http_where_tls_is_expected_is_a_tls_error() {
    let server = MockServer::start_async().await;
    let deployment = Deployment::from_api_host(&server.address().to_string()).unwrap();
    let client = Client::builder(deployment, Credentials::new("i", "k")).build().unwrap();
    let error = client.insights().list().send().await.unwrap_err();
    assert!(error.is_tls() && !error.is_connect(), "{error:?}");
    assert!(error.tls_reason().is_some_and(|reason| !reason.is_empty()), "{error:?}");
}

#[tokio::test]
async fn ids_cannot_leave_their_place_in_the_path() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        when.is_true(|request| {
            request.uri_str().contains("/signals/_process-%2Fusr%2Fsbin%3Fa%23b%25%20%C3%A9")
        });
        then.status(404);
    });
    let signals = client_of(&server).signals();
    for id in ["", ".", ".."] {
        let error = signals.get(id).send().await.unwrap_err();
        assert!(error.is_invalid_request(), "{error}");
        assert_eq!(error.attempts(), 0);
    }
    assert!(signals.get("_process-/usr/sbin?a#b% é").send().await.unwrap_err().is_not_found());
    mock.assert();
}

#[tokio::test]
async fn no_error_shows_the_credentials() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(401).body("<html><title>Error 401 unknown</title></html>");
    });
    let client = client_of(&server);
    let error: Error = client.insights().list().q("secret question").send().await.unwrap_err();
    assert!(error.is_authentication());
    assert_eq!(error.message(), Some("Error 401 unknown"));
    let shown = format!("{error} {error:?} {error:#?} {client:?}");
    for secret in ["the-id", "the-key", "dGhl", "secret"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn public_types_can_cross_threads() {
    fn check<T: Send + Sync + 'static>() {}
    fn check_future(_: impl Send) {}
    check::<Client>();
    check::<Error>();
    check::<Limiters>();
    check::<Credentials>();
    let client = Client::builder(Deployment::US1, Credentials::new("i", "k")).build().unwrap();
    check_future(client.insights().list().send());
    check_future(client.insights().list().send_bytes());
}
