//! Calls over TLS: which servers are trusted, and the errors of the others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "test helpers")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sumo_client::testing::{CloudSiem, EnforcedLimit, Fault, TestCa, When};
use sumo_client::{
    BodyBudget, CircuitBreakers, Client, ClientBuilder, Credentials, Deployment, Limiters, RateLimit,
    RetryPolicy, http_client_builder,
};

async fn stand_in(config: Arc<ServerConfig>) -> CloudSiem {
    CloudSiem::builder().credentials("id", "key").tls(config).start().await.unwrap()
}

fn client_of(siem: &CloudSiem) -> ClientBuilder {
    let port = siem.addr().port();
    let deployment = Deployment::from_api_host(&format!("localhost:{port}")).unwrap();
    Client::builder(deployment, Credentials::new("id", "key"))
}

#[tokio::test]
async fn an_extra_root_is_trusted() {
    let authority = TestCa::new().unwrap();
    let siem = stand_in(authority.server_config(&["localhost"]).unwrap()).await;
    let client = client_of(&siem).extra_root_certificates(authority.pem()).build().unwrap();
    client.insights().list().send().await.unwrap();

    let roots = reqwest::Certificate::from_pem_bundle(authority.pem().as_bytes()).unwrap();
    let http = http_client_builder().tls_certs_merge(roots).build().unwrap();
    client_of(&siem).http_client(http).build().unwrap().signals().list().send().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_does_not_answer_is_left() {
    let authority = TestCa::new().unwrap();
    let siem = stand_in(authority.server_config(&["localhost"]).unwrap()).await;
    let client = client_of(&siem)
        .extra_root_certificates(authority.pem())
        .limiters(Limiters::new(RateLimit::UNLIMITED))
        .circuit_breakers(CircuitBreakers::never())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    client.insights().list().send().await.unwrap();
    client.insights().list().send().await.unwrap();
    assert_eq!(siem.counts().tls_handshakes, 1, "HTTP/2 carries both");
    let hanging = siem.inject(When::always(), Fault::hang());
    // Shorter ones would say nothing of the connection.
    let calls = (0..3).map(|_| client.insights().list().timeout(Duration::from_millis(3_100)).send());
    assert!(join_all(calls).await.into_iter().all(|call| call.unwrap_err().is_timeout()));
    siem.remove_fault(hanging);
    client.insights().list().send().await.unwrap();
    client.insights().list().send().await.unwrap();
    assert_eq!(siem.counts().tls_handshakes, 2);
}

#[tokio::test]
async fn bodies_that_wait_for_room_do_not_hold_up_those_of_the_same_connection_that_have_it() {
    let authority = TestCa::new().unwrap();
    let siem = stand_in(authority.server_config(&["localhost"]).unwrap()).await;
    let body = vec![b'x'; 1024 * 1024];
    siem.inject(When::always(), Fault::respond(StatusCode::OK, "application/json", body.clone()));
    let client = client_of(&siem)
        .extra_root_certificates(authority.pem())
        .limiters(Limiters::new(RateLimit::UNLIMITED))
        .body_budget(BodyBudget::new(4 * body.len()))
        .max_body_bytes(body.len())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let calls = (0..40).map(|_| async {
        let answer = client.insights().list().timeout(Duration::from_secs(20)).send_bytes().await;
        answer.map(drop)
    });
    for answer in join_all(calls).await {
        answer.unwrap();
    }
}

/// Lets each handshake take some time.
#[derive(Debug)]
struct SlowHandshakes(Duration, Arc<dyn ResolvesServerCert>);

impl ResolvesServerCert for SlowHandshakes {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        std::thread::sleep(self.0);
        self.1.resolve(hello)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_time_of_a_handshake_does_not_bring_the_next_call_too_close() {
    let (window, margin) = (Duration::from_millis(300), Duration::from_millis(100));
    let authority = TestCa::new().unwrap();
    let mut config = ServerConfig::clone(&authority.server_config(&["localhost"]).unwrap());
    config.cert_resolver = Arc::new(SlowHandshakes(window, config.cert_resolver));
    let siem = stand_in(Arc::new(config)).await;
    siem.set_rate_limit(Some(EnforcedLimit::new(1, window)));
    let limit = RateLimit::default().calls(1, window);
    let client = client_of(&siem)
        .extra_root_certificates(authority.pem())
        .limiters(Limiters::with_margin(limit, margin))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let list = || client.insights().list();
    let (first, second) = tokio::join!(list().send(), list().send());
    first.unwrap();
    second.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_trusted_is_a_tls_error_with_the_reason() {
    let (authority, other) = (TestCa::new().unwrap(), TestCa::new().unwrap());
    let table = [
        ("unknown authority", other.server_config(&["localhost"]).unwrap(), "issuer"),
        ("other name", authority.server_config(&["elsewhere.example.com"]).unwrap(), "not valid for name"),
        ("expired", authority.expired_server_config(&["localhost"]).unwrap(), "expired"),
    ];
    for (name, config, reason) in table {
        let siem = stand_in(config).await;
        let client = client_of(&siem).extra_root_certificates(authority.pem()).build().unwrap();
        let error = client.insights().list().send().await.unwrap_err();
        assert!(error.is_tls() && !error.is_connect() && !error.is_temporary(), "{name}: {error:?}");
        assert_eq!(error.attempts(), 1, "{name}: {error}");
        let said = error.tls_reason().unwrap();
        assert!(
            said.contains(reason) || said.to_lowercase().contains(&reason.to_lowercase()),
            "{name}: {said}"
        );
        assert!(siem.recorded().is_empty(), "{name}: the key was sent");
    }
}

#[test]
fn certificates_that_are_none_are_refused_when_building() {
    for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let builder = Client::builder(Deployment::US1, Credentials::new("id", "key"));
        let error = builder.extra_root_certificates(pem).build().unwrap_err();
        assert!(error.is_configuration(), "{pem:?}: {error}");
    }
}

#[tokio::test]
async fn plain_http_is_never_spoken_to_a_public_deployment() {
    let client = Client::builder(Deployment::US1, Credentials::new("id", "key")).allow_http(true);
    // The call cannot leave a sandbox; what counts is the address that it was meant for.
    let proxy = reqwest::Proxy::all("http://127.0.0.1:1").unwrap();
    let error = client.proxy(proxy).build().unwrap().insights().list().send().await.unwrap_err();
    assert!(error.url().unwrap().starts_with("https://api.sumologic.com/"), "{error}");
}
