//! Each fault of the stand-in, over real HTTP, gives the error that tells it from the others.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use sumo_client::testing::{CloudSiem, ConnectionFault, DataSet, Fault, When};
use sumo_client::{
    CallReport, CircuitBreakers, Client, ClientBuilder, Credentials, Deployment, Error, Instrumentation,
    Limiters, RateLimit, RetryPolicy, Timeouts,
};

const KEY: &str = "c0nfidential";

async fn stand_in() -> CloudSiem {
    let data = DataSet::new().insights([json!({"id": "i", "readableId": "INSIGHT-1"})]);
    CloudSiem::builder().data(data).credentials("id", KEY).start().await.unwrap()
}

fn client_of(siem: &CloudSiem) -> ClientBuilder {
    Client::builder(Deployment::from_api_host(&siem.api_host()).unwrap(), Credentials::new("id", KEY))
        .allow_http(true)
        .limiters(Limiters::new(RateLimit::UNLIMITED))
        .circuit_breakers(CircuitBreakers::never())
        .retry(RetryPolicy::default().base(Duration::from_millis(1)).max_attempts(2))
        .timeouts(Timeouts::default().read(Duration::from_millis(300)))
        .max_body_bytes(1024 * 1024)
}

#[tokio::test]
async fn every_fault_has_its_predicate() {
    let siem = stand_in().await;
    type Predicate = fn(&Error) -> bool;
    let status = |status: u16| Fault::status(StatusCode::from_u16(status).unwrap());
    let table: Vec<(&str, Fault, Predicate, u32)> = vec![
        ("400", status(400), Error::is_rejected, 1),
        ("401", status(401), Error::is_authentication, 1),
        ("401 html", Fault::html(StatusCode::UNAUTHORIZED), Error::is_authentication, 1),
        ("403", status(403), Error::is_forbidden, 1),
        ("404", status(404), Error::is_not_found, 1),
        ("405", status(405), Error::is_rejected, 1),
        ("415", status(415), Error::is_rejected, 1),
        ("429", Fault::rate_limited(None), Error::is_rate_limited, 2),
        ("500", status(500), Error::is_server, 1),
        ("502", status(502), Error::is_server, 2),
        ("503", status(503), Error::is_server, 2),
        ("504", status(504), Error::is_server, 2),
        ("redirect", Fault::redirect("https://api.eu.sumologic.com/x"), Error::is_wrong_deployment, 1),
        ("empty", Fault::empty(), Error::is_decode, 1),
        ("null data", Fault::null_data(), Error::is_decode, 1),
        ("wrong type", Fault::wrong_type(), Error::is_decode, 1),
        ("invalid json", Fault::invalid_json(), Error::is_decode, 1),
        ("html", Fault::html(StatusCode::OK), Error::is_decode, 1),
        ("reset before headers", Fault::reset_before_headers(), Error::is_interrupted, 2),
        ("reset after headers", Fault::reset_after_headers(), Error::is_interrupted, 2),
        ("truncated", Fault::truncated_body(), Error::is_interrupted, 2),
        ("endless", Fault::endless_body(), Error::is_too_large, 1),
        ("gzip bomb", Fault::gzip_bomb(1 << 30), Error::is_too_large, 1),
        ("hang", Fault::hang(), Error::is_timeout, 2),
        ("delay", Fault::delay(Duration::from_secs(9)), Error::is_timeout, 2),
        ("drip", Fault::slow_drip(1, Duration::from_secs(9)), Error::is_timeout, 2),
    ];
    for (name, fault, predicate, attempts) in table {
        let placed = siem.inject(When::always(), fault);
        // With limiters of its own, since refused credentials are remembered.
        let client = client_of(&siem).build().unwrap();
        let error = client.insights().list().send().await.unwrap_err();
        assert!(predicate(&error), "{name}: {error:?}");
        assert_eq!(error.attempts(), attempts, "{name}: {error}");
        assert_eq!(error.operation(), Some("GetInsights"));
        assert!(!format!("{error:?} {error:#?} {error}").contains(KEY), "{name}: {error:?}");
        siem.remove_fault(placed);
    }
    client_of(&siem).build().unwrap().insights().list().send().await.unwrap();
}

#[tokio::test]
async fn refused_credentials_are_not_sent_again_at_once() {
    let siem = stand_in().await;
    let seen = Arc::new(Seen::default());
    let builder = client_of(&siem).instrumentation(Arc::clone(&seen) as Arc<dyn Instrumentation>);
    let client = builder.build().unwrap();
    siem.inject(When::always(), Fault::status(StatusCode::UNAUTHORIZED));
    let first = client.insights().list().send().await.unwrap_err();
    assert!(first.is_authentication() && !first.is_remembered_refusal(), "{first}");
    let second = client.signals().list().send().await.unwrap_err();
    assert!(second.is_authentication() && second.is_remembered_refusal(), "{second}");
    assert_eq!((second.status(), second.code()), (first.status(), first.code()));
    assert!(second.retry_after().unwrap() <= Duration::from_secs(10));
    assert_eq!(siem.recorded().len(), 1);
    let expected = ["GetInsights authentication 401 1", "GetSignals remembered_refusal 0 0"];
    assert_eq!(*seen.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn credentials_that_were_accepted_are_sent_once_more_when_they_are_refused() {
    let siem = stand_in().await;
    let client =
        client_of(&siem).retry(RetryPolicy::default().base(Duration::from_millis(1))).build().unwrap();
    client.insights().list().send().await.unwrap();
    siem.inject(When::always().times(1), Fault::status(StatusCode::UNAUTHORIZED));
    client.insights().list().send().await.unwrap();
    assert_eq!(siem.recorded().len(), 3);
    siem.inject(When::always(), Fault::status(StatusCode::UNAUTHORIZED));
    let refused = client.insights().list().send().await.unwrap_err();
    assert!(refused.is_authentication() && !refused.is_remembered_refusal(), "{refused}");
    assert_eq!((refused.attempts(), siem.recorded().len()), (2, 5));
    assert!(client.insights().list().send().await.unwrap_err().is_remembered_refusal());
}

#[tokio::test]
async fn broken_connections_are_told_from_missing_ones() {
    let siem = stand_in().await;
    type Predicate = fn(&Error) -> bool;
    let table: [(ConnectionFault, Predicate); 3] = [
        (ConnectionFault::Silence, Error::is_timeout),
        (ConnectionFault::Reset, Error::is_interrupted),
        (ConnectionFault::Garbage, Error::is_interrupted),
    ];
    for (fault, predicate) in table {
        siem.set_connection_fault(Some(fault));
        let error = client_of(&siem).build().unwrap().insights().list().send().await.unwrap_err();
        assert!(predicate(&error), "{fault:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_failed_attempt_can_be_followed_by_a_good_one() {
    let siem = stand_in().await;
    let client = client_of(&siem).build().unwrap();
    for fault in [Fault::reset_after_headers(), Fault::truncated_body(), Fault::rate_limited(Some(0))] {
        siem.inject(When::always().times(1), fault);
        let response = client.insights().list().send_bytes().await.unwrap();
        assert_eq!(response.attempts(), 2);
    }
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_becomes_of_it() {
    let siem = stand_in().await;
    let client = client_of(&siem).build().unwrap();
    for fault in [
        Fault::reset_before_headers(),
        Fault::reset_after_headers(),
        Fault::status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::status(StatusCode::GATEWAY_TIMEOUT),
        Fault::hang(),
    ] {
        siem.reset_counts();
        let placed = siem.inject(When::always(), fault);
        let error = client.insights().set_status("i", "closed").send().await.unwrap_err();
        assert_eq!((error.attempts(), siem.recorded().len()), (1, 1), "{error:?}");
        siem.remove_fault(placed);
    }
}

#[tokio::test]
async fn a_call_that_may_have_been_carried_out_says_so() {
    let siem = stand_in().await;
    let busy = || Fault::rate_limited(Some(0));
    let status = |status: u16| Fault::status(StatusCode::from_u16(status).unwrap());
    for (name, faults, may_be_done) in [
        ("refused", [busy(), busy()], false),
        ("forbidden", [busy(), status(403)], false),
        ("lost", [busy(), Fault::reset_before_headers()], true),
        ("lost, then refused", [Fault::reset_before_headers(), busy()], true),
        ("failed, then refused", [status(504), busy()], true),
        ("not to be read", [busy(), Fault::invalid_json()], true),
        ("too large", [busy(), Fault::endless_body()], true),
        ("late", [busy(), Fault::hang()], true),
    ] {
        for (index, fault) in (0..).zip(faults) {
            siem.inject(When::always().skip(index).times(1), fault);
        }
        let client = client_of(&siem).build().unwrap();
        let error = client.insights().set_status("i", "closed").repeatable(true).send().await.unwrap_err();
        assert_eq!(error.attempts(), 2, "{name}: {error}");
        assert_eq!(error.may_be_carried_out(), may_be_done, "{name}: {error}");
        siem.clear_faults();
    }
    let denied = Fault::respond(StatusCode::OK, "application/json", r#"{"data": {"ok": false}}"#);
    siem.inject(When::always(), denied);
    let error = client_of(&siem).build().unwrap().automations().delete("1").send().await.unwrap_err();
    assert!(error.is_rejected() && !error.may_be_carried_out(), "{error}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = Deployment::from_api_host(&nobody.to_string()).unwrap();
    let client = Client::builder(nobody, Credentials::new("id", KEY)).allow_http(true).build().unwrap();
    let error = client.insights().set_status("i", "closed").send().await.unwrap_err();
    assert!(error.is_connect() && !error.may_be_carried_out(), "{error}");
}

#[tokio::test]
async fn the_deployment_of_a_tenant_is_found() {
    let siem = CloudSiem::builder()
        .credentials("id", KEY)
        .foreign_credentials("foreign", KEY, "https://api.de.sumologic.com")
        .start()
        .await
        .unwrap();
    let here = Deployment::from_api_host(&siem.api_host()).unwrap();
    let discover = |id: &str| {
        let builder = Client::builder(here.clone(), Credentials::new(id, KEY)).allow_http(true);
        let client = builder.build().unwrap();
        async move { client.discover_deployment().await }
    };
    siem.inject(When::path("/api/v1/collectors").times(1), Fault::respond(StatusCode::OK, "text/plain", ""));
    assert_eq!(discover("id").await.unwrap(), here);
    assert_eq!(discover("foreign").await.unwrap(), Deployment::DE);
    assert!(discover("unknown").await.unwrap_err().is_authentication());
}

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

impl Instrumentation for Seen {
    fn call_ended(&self, call: &CallReport<'_>) {
        let status = call.status.map_or(0, |status| status.as_u16());
        let line = format!("{} {} {status} {}", call.operation, call.outcome(), call.attempts);
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn each_call_is_reported() {
    let siem = stand_in().await;
    let seen = Arc::new(Seen::default());
    let client =
        client_of(&siem).instrumentation(Arc::clone(&seen) as Arc<dyn Instrumentation>).build().unwrap();
    siem.inject(When::always().times(1), Fault::status(StatusCode::BAD_GATEWAY));
    client.insights().list().send().await.unwrap();
    client.insights().get("missing").send().await.unwrap_err();
    client.insights().get("..").send().await.unwrap_err();
    siem.inject(When::always(), Fault::wrong_type());
    client.signals().list().send().await.unwrap_err();
    assert_eq!(
        *seen.0.lock().unwrap(),
        [
            "GetInsights ok 200 2",
            "GetInsight not_found 404 1",
            "GetInsight invalid_request 0 0",
            "GetSignals decode 200 1"
        ]
    );
}
