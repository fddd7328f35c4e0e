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
use sumo_client::{
    CircuitBreakers, Client, Credentials, Deployment, Error, Limiters, RateLimit, RetryPolicy, Timeouts,
};

fn client_of(server: &MockServer) -> Client {
    builder_of(server).build().unwrap()
}

fn builder_of(server: &MockServer) -> sumo_client::ClientBuilder {
    let deployment = Deployment::from_api_host(&server.address().to_string()).unwrap();
    Client::builder(deployment, Credentials::new("the-id", "the-key"))
        .allow_http(true)
        .limiters(Limiters::new(RateLimit::UNLIMITED))
        .circuit_breakers(CircuitBreakers::never())
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
    assert!(
        error.to_string().contains("at `data`, near") && error.to_string().contains("GetInsights"),
        "{error}"
    );
}

#[tokio::test]
async fn a_success_that_is_not_json_says_so() {
    for (body, told) in [
        ("", "(HTTP 200): it is empty, where JSON was expected ["),
        ("\n", "(HTTP 200): it is empty, where JSON was expected ["),
        (
            "<html><head><title>Log in</title>",
            "(HTTP 200): it is a page of HTML or XML, not JSON; something else may have answered, such as a proxy: \
             Log in [",
        ),
        (
            r#"{"data": {"total": "x"}}"#,
            "near `{\"data\": {\"total\": \"x\"}}`: invalid type: string \"x\", expected u64",
        ),
    ] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.path("/api/sec/v1/insights");
            then.status(200).body(body);
        });
        let error = client_of(&server).insights().list().send().await.unwrap_err();
        assert!(error.is_decode() && error.to_string().contains(told), "{error}");
    }
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

#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_too_long_is_a_connect_error() {
    // Connections wait to be accepted, so no TLS handshake is answered.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let client = Client::builder(Deployment::from_api_host(&host).unwrap(), Credentials::new("id", "key"))
        .limiters(Limiters::new(RateLimit::UNLIMITED))
        .circuit_breakers(CircuitBreakers::never())
        .timeouts(Timeouts::default().connect(Duration::from_secs(20)))
        .build()
        .unwrap();
    // The request was not sent, so a write is tried again.
    let error = client.insights().add_comment("x", "text").send().await.unwrap_err();
    assert!(error.is_connect() && error.is_timeout() && error.attempts() > 1, "{error}");
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

#[tokio::test]
async fn headers_and_raw_bodies_are_sent_as_they_are() {
    let server = MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        when.method(POST)
            .path("/api/sec/v1/uploads")
            .header("x-trace", "second")
            .header("content-type", "text/csv")
            .header("authorization", "Basic dGhlLWlkOnRoZS1rZXk=")
            .body("a,b");
        then.status(200).body(r#"{"data": true}"#);
    });
    let client = client_of(&server);
    let upload = || client.raw::<bool>(http::Method::POST, "/api/sec/v1/uploads").body("a,b", "text/csv");
    assert!(upload().header("x-trace", "first").header("X-Trace", "second").send().await.unwrap());
    mock.assert();
    for (name, value) in [
        ("authorization", "Basic x"),
        ("Host", "elsewhere"),
        ("content-length", "1"),
        ("two words", "x"),
        ("x-trace", "a\nb"),
    ] {
        let error = upload().header(name, value).send().await.unwrap_err();
        assert!(error.is_invalid_request() && error.attempts() == 0, "{name}: {error}");
    }
    let error = upload().body("", "a\nb").send().await.unwrap_err();
    assert!(error.is_invalid_request(), "{error}");
    assert_eq!(mock.calls(), 1);
}

#[tokio::test]
async fn a_success_that_is_a_failure_is_an_error() {
    let server = MockServer::start_async().await;
    for (path, body) in [("object", r#"{"data": {"ok": false}}"#), ("plain", r#"{"data": false}"#)] {
        server.mock(|when, then| {
            when.path(format!("/api/sec/v1/{path}"));
            then.status(200).body(body);
        });
        let call = client_of(&server)
            .raw::<sumo_client::api::Acknowledged>(http::Method::PUT, format!("/api/sec/v1/{path}"));
        let error = call.send().await.unwrap_err();
        assert!(error.is_rejected() && !error.is_decode(), "{error}");
        assert!(error.to_string().contains("did not carry out"), "{error}");
    }
}

#[test]
fn settings_that_exclude_each_other_are_refused() {
    let builder = || Client::builder(Deployment::US1, Credentials::new("i", "k"));
    let http = || sumo_client::http_client_builder().build().unwrap();
    let proxy = || reqwest::Proxy::all("http://127.0.0.1:1").unwrap();
    let transport = || std::sync::Arc::new(sumo_client::ReqwestTransport::new(http()));
    let budget = sumo_client::BodyBudget::new(1024 * 1024);
    for (name, builder) in [
        ("proxy and client", builder().proxy(proxy()).http_client(http())),
        ("client and proxy", builder().http_client(http()).proxy(proxy())),
        ("transport and roots", builder().transport(transport()).extra_root_certificates("x")),
        ("client and transport", builder().http_client(http()).transport(transport())),
        ("body cap over budget", builder().body_budget(budget.clone())),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_configuration(), "{name}: {error}");
    }
    builder().body_budget(budget).max_body_bytes(1024).build().unwrap();
}

#[tokio::test]
async fn an_http_client_of_other_settings_is_named_as_the_cause() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(301).header("location", "/elsewhere");
    });
    server.mock(|when, then| {
        when.path("/elsewhere");
        then.status(401);
    });
    let follows = reqwest::Client::new();
    let error = builder_of(&server).http_client(follows).build().unwrap().insights().list().send().await;
    let error = error.unwrap_err();
    assert!(error.is_invalid_request() && error.to_string().contains("redirect"), "{error}");
    let https_only = sumo_client::http_client_builder().build().unwrap();
    let error = builder_of(&server).http_client(https_only).build().unwrap().insights().list().send().await;
    let error = error.unwrap_err();
    assert!(error.is_invalid_request() && error.attempts() == 1, "{error}");
}

#[tokio::test]
async fn the_environment_is_asked_for_what_it_lacks() {
    if std::env::var_os("SUMO_ACCESS_ID").is_none() {
        let error = Client::from_env().await.unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains("SUMO_ACCESS_ID"), "{error}");
    }
}

#[cfg(feature = "tower")]
#[tokio::test]
async fn layers_see_each_attempt_and_its_call() {
    use std::sync::{Arc, Mutex};

    use sumo_client::{CallAttempt, TransportService};

    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<(&'static str, u32)>>>);

    #[derive(Clone)]
    struct Watching(TransportService, Seen);

    impl tower_layer::Layer<TransportService> for Seen {
        type Service = Watching;

        fn layer(&self, inner: TransportService) -> Watching {
            Watching(inner, self.clone())
        }
    }

    impl tower_service::Service<http::Request<bytes::Bytes>> for Watching {
        type Response = <TransportService as tower_service::Service<http::Request<bytes::Bytes>>>::Response;
        type Error = sumo_client::TransportError;
        type Future = <TransportService as tower_service::Service<http::Request<bytes::Bytes>>>::Future;

        fn poll_ready(
            &mut self,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), Self::Error>> {
            self.0.poll_ready(context)
        }

        fn call(&mut self, request: http::Request<bytes::Bytes>) -> Self::Future {
            let call = request.extensions().get::<CallAttempt>().unwrap();
            self.1.0.lock().unwrap().push((call.operation, call.attempt));
            self.0.call(request)
        }
    }

    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.path("/api/sec/v1/insights");
        then.status(503);
    });
    let seen = Seen::default();
    let client = builder_of(&server).layer(seen.clone()).build().unwrap();
    client.insights().list().send().await.unwrap_err();
    assert_eq!(*seen.0.lock().unwrap(), [("GetInsights", 1), ("GetInsights", 2), ("GetInsights", 3)]);
}
