//! A key host, and the client's stand-in of Cloud SIEM with canned bodies, as a process of its own.
//!
//! Both speak TLS with throw-away certificates. Commands come as lines of JSON on standard input,
//! each of which gets one line on standard output. The process ends with its standard input, so
//! that it never outlives the runner.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sumo_client::testing::{Canned, CloudSiem, EnforcedLimit, Operation, TestCa};
use tokio_util::sync::CancellationToken;
use xdr_module::PageHandler;
use xdr_module::auth::SigningKey;
use xdr_module::http::server::{Server, ServerLimits};

use crate::body;
use crate::counts::{Counter, Counts};
use crate::plan::Plan;
use crate::{Result, print};

/// The public URL of the relay and of the pass-through: the audience of the tokens.
pub(crate) const PUBLIC_URL: &str = "https://relay.example.com";

/// Customers, each with an access key and a token.
const TENANTS: usize = 4;

/// The answers that are the same whatever is asked: an account without events, and one match list
/// that judges, without an item for any value.
const FIXED_ANSWERS: [(Operation, &str); 6] = [
    (Operation::ListHealthEvents, r#"{"data":[],"next":null}"#),
    (Operation::GetMatchLists, LISTS),
    (Operation::GetMatchListItems, NOTHING),
    (Operation::GetAllMatchListItems, NOTHING),
    (Operation::GetThreatIntelIndicators, NOTHING),
    (Operation::GetEntities, NOTHING),
];

const LISTS: &str = r#"{"data":{"objects":[{"id":"1","name":"threat","targetColumn":"Domain"}],"total":1,"hasNextPage":false}}"#;

const NOTHING: &str = r#"{"data":{"objects":[],"total":0,"hasNextPage":false}}"#;

/// The lifetime of the tokens.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Connections of the stand-in: an overload must not meet a cap.
const MAX_CONNECTIONS: usize = 10_000;

/// The part of a stand-in that the runner has to know; the first line that it prints.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StandInInfo {
    /// The host that publishes keys, `address:port`.
    pub(crate) jwks_host: String,
    /// Cloud SIEM, `address:port`.
    pub(crate) sumo_host: String,
    /// The root certificate to trust, in PEM.
    pub(crate) ca: String,
    /// A token of each tenant.
    pub(crate) tokens: Vec<String>,
    /// A token with the access id of the first tenant, and a wrong key.
    pub(crate) token_with_wrong_key: String,
}

/// A line from the runner.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    /// Follow this plan from now on, and count anew.
    Follow(Plan),
    /// Print the [`Counts`].
    Counts,
    /// Print the values that were asked for, if the plan keeps them.
    Values,
}

/// Serves until standard input ends.
pub(crate) async fn run() -> Result<ExitCode> {
    let (info, stand_in) = StandIn::start().await?;
    print_line(&info)?;
    tokio::task::spawn_blocking(move || stand_in.obey()).await??;
    Ok(ExitCode::SUCCESS)
}

fn print_line(value: &impl Serialize) -> Result<()> {
    print(&format!("{}\n", serde_json::to_string(value)?))
}

struct StandIn {
    siem: CloudSiem,
    counter: Arc<Counter>,
    /// The duration of a TLS handshake, in milliseconds.
    handshake_ms: Arc<AtomicU64>,
}

impl StandIn {
    async fn start() -> Result<(StandInInfo, Self)> {
        let (ca, key) = (TestCa::new()?, signing_key()?);
        let (counter, handshake_ms) = (Arc::new(Counter::default()), Arc::new(AtomicU64::new(0)));
        let tls = |is_key_host: bool| -> Result<_> {
            let mut tls = rustls::ServerConfig::clone(&*ca.server_config(&["127.0.0.1"])?);
            let (inner, counter) = (tls.cert_resolver.clone(), is_key_host.then(|| counter.clone()));
            let delay_ms = handshake_ms.clone();
            tls.cert_resolver = Arc::new(SlowHandshakes { inner, delay_ms, counter });
            Ok(tls)
        };
        let jwks_host = start_key_host(tls(true)?, key.key_set_json()?, counter.clone())?;
        let builder = CloudSiem::builder().max_connections(MAX_CONNECTIONS).tls(Arc::new(tls(false)?));
        let builder = (0..TENANTS).fold(builder, |builder, tenant| {
            let (access_id, access_key) = credentials(tenant);
            builder.credentials(access_id, access_key)
        });
        let siem = builder.start().await?;
        let sumo_host = siem.api_host();
        let token = |credentials| token(&key, credentials, &jwks_host, &sumo_host);
        let tokens = (0..TENANTS).map(|tenant| token(credentials(tenant))).collect::<Result<_>>()?;
        let token_with_wrong_key = token((credentials(0).0, "a-wrong-key".to_owned()))?;
        let info = StandInInfo { tokens, token_with_wrong_key, ca: ca.pem(), jwks_host, sumo_host };
        let stand_in = Self { siem, counter, handshake_ms };
        stand_in.follow(Plan::SMALL);
        Ok((info, stand_in))
    }

    /// Obeys until standard input ends.
    fn obey(&self) -> Result<()> {
        for line in std::io::stdin().lines() {
            match serde_json::from_str(&line?)? {
                Command::Follow(plan) => {
                    self.follow(plan);
                    print_line(&())?;
                }
                Command::Counts => print_line(&self.counts())?,
                Command::Values => print_line(&self.counter.values())?,
            }
        }
        Ok(())
    }

    fn follow(&self, plan: Plan) {
        for (operation, page) in
            [(Operation::GetInsights, body::insights(&plan)), (Operation::GetSignals, body::signals(&plan))]
        {
            let counter = self.counter.clone();
            let canned = Canned::made_by(move |call| {
                let value = call.query_parameter("q").unwrap_or_default();
                let body = page.with(&value);
                counter.call(Some(value));
                body
            });
            let canned = if plan.announced { canned } else { canned.without_length() };
            self.siem.set_canned(operation, Some(canned));
        }
        for (operation, body) in FIXED_ANSWERS {
            let counter = self.counter.clone();
            let canned = Canned::made_by(move |_| {
                counter.call(None);
                Bytes::from_static(body.as_bytes())
            });
            self.siem.set_canned(operation, Some(canned));
        }
        self.siem.set_latency(Duration::from_millis(plan.latency_ms));
        self.siem.set_rate_limit(limit(&plan));
        self.handshake_ms.store(plan.handshake_ms, Ordering::Relaxed);
        self.siem.reset_counts();
        self.counter.reset(plan.keeps_values);
    }

    fn counts(&self) -> Counts {
        let siem = self.siem.counts();
        Counts {
            refused: siem.rate_limited,
            handshakes: siem.tls_handshakes,
            most_in_flight: siem.peak_in_flight,
            ..self.counter.counts()
        }
    }
}

fn limit(plan: &Plan) -> Option<EnforcedLimit> {
    let or_any = |count| if count == 0 { usize::MAX } else { count };
    let limit = EnforcedLimit::new(or_any(plan.calls_a_second), Duration::from_secs(1));
    (plan.calls_a_second + plan.in_flight > 0).then(|| limit.in_flight(or_any(plan.in_flight)))
}

fn signing_key() -> Result<SigningKey> {
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)?;
    Ok(SigningKey::from_pem(&pair.serialize_pem(), "yardstick")?)
}

fn credentials(tenant: usize) -> (String, String) {
    (format!("suYardstick{tenant:02}"), "a-key-that-opens-nothing".to_owned())
}

fn token(
    key: &SigningKey,
    (access_id, access_key): (String, String),
    jwks_host: &str,
    sumo_host: &str,
) -> Result<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let claims = json!({
        "iss": "Cisco XDR, as the yardstick plays it",
        "aud": PUBLIC_URL,
        "iat": now,
        "exp": now + TOKEN_LIFETIME.as_secs(),
        "jwks_host": jwks_host,
        "host": sumo_host,
        "access_id": access_id,
        "access_key": access_key,
    });
    Ok(key.sign(&claims)?.expose_secret().to_owned())
}

/// Publishes the key set at every path; returns `address:port`.
fn start_key_host(tls: rustls::ServerConfig, key_set: String, counter: Arc<Counter>) -> Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::bind(address, ServerLimits::default())?.with_tls(tls);
    let host = server.local_addr()?.to_string();
    let key_set = Bytes::from(key_set);
    let handler: PageHandler = Arc::new(move |_| {
        counter.key_set();
        let mut response = http::Response::new(key_set.clone());
        response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        Box::pin(std::future::ready(response))
    });
    tokio::spawn(server.run_pages(handler, CancellationToken::new()));
    Ok(host)
}

/// Lets each TLS handshake take as long as planned; counts those with the key host, which does not
/// do so itself.
struct SlowHandshakes {
    inner: Arc<dyn ResolvesServerCert>,
    delay_ms: Arc<AtomicU64>,
    counter: Option<Arc<Counter>>,
}

impl std::fmt::Debug for SlowHandshakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SlowHandshakes")
    }
}

impl ResolvesServerCert for SlowHandshakes {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(counter) = &self.counter {
            counter.key_handshake();
        }
        // There is no other place to wait in a handshake; it holds one thread up, and seldom.
        std::thread::sleep(Duration::from_millis(self.delay_ms.load(Ordering::Relaxed)));
        self.inner.resolve(hello)
    }
}

#[cfg(test)]
mod tests {
    use sumo_client::{Client, Credentials, Deployment, http_client_builder};

    use super::*;

    #[tokio::test]
    async fn calls_are_answered_by_the_plan_and_counted() {
        let (info, stand_in) = StandIn::start().await.unwrap();
        stand_in.follow(Plan { keeps_values: true, ..Plan::SMALL });
        let (access_id, access_key) = credentials(TENANTS - 1);
        let roots = reqwest::Certificate::from_pem_bundle(info.ca.as_bytes()).unwrap();
        let deployment = Deployment::from_api_host(&info.sumo_host).unwrap();
        let client = Client::builder(deployment, Credentials::new(access_id, access_key))
            .http_client(http_client_builder().no_proxy().tls_certs_merge(roots).build().unwrap())
            .build()
            .unwrap();
        let page = client.insights().list().q("a.example.com").send().await.unwrap();
        assert_eq!(page.objects.len(), Plan::SMALL.insights);
        client.health_events().list().send().await.unwrap();
        let counts = stand_in.counts();
        assert_eq!((counts.calls, counts.refused, counts.handshakes), (2, 0, 1));
        assert_eq!(stand_in.counter.values(), ["a.example.com"]);
        stand_in.follow(Plan::SMALL);
        assert_eq!(stand_in.counts(), Counts::default());
    }

    #[test]
    fn no_limit_is_none() {
        assert!(limit(&Plan::SMALL).is_none());
        assert!(limit(&Plan { in_flight: 10, ..Plan::SMALL }).is_some());
        assert!(limit(&Plan { calls_a_second: 4, ..Plan::SMALL }).is_some());
    }
}
