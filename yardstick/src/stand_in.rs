//! A key host and a Cloud SIEM that take little time to answer, as a process of their own.
//!
//! Both speak TLS with throw-away certificates. A third port, plain HTTP on loopback, takes the plan and gives the
//! counts. The process ends when its standard input does, so that it never outlives the runner.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use poem::endpoint::make;
use poem::{Body, Endpoint, Request, Response};
use relay_server::auth::SigningKey;
use relay_server::server::{Server, ServerLimits};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sumo_client::testing::TestCa;
use tokio_util::sync::CancellationToken;

use crate::body::{self, Template};
use crate::counts::Counter;
use crate::limit::Gate;
use crate::plan::Plan;
use crate::{Result, print};

/// The public URL of the relay and of the pass-through: the audience of the token.
pub(crate) const PUBLIC_URL: &str = "https://relay.example.com";

/// How long the token is valid.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Pieces in which a body of unknown length is sent.
const PIECE_BYTES: usize = 64 * 1024;

/// What the runner has to know of a stand-in; printed as one line of JSON when it is ready.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Scenery {
    /// The host that publishes keys, `address:port`.
    pub(crate) jwks_host: String,
    /// Cloud SIEM, `address:port`.
    pub(crate) sumo_host: String,
    /// Where the plan goes and the counts come from.
    pub(crate) control_url: String,
    /// The root to trust, in PEM.
    pub(crate) ca: String,
    /// A token that names all of them.
    pub(crate) token: String,
}

/// Serves until standard input ends.
pub(crate) async fn run() -> Result<ExitCode> {
    let stop = CancellationToken::new();
    let (scenery, servers) = start(stop.clone())?;
    print(&format!("{}\n", serde_json::to_string(&scenery)?))?;
    until_input_ends().await;
    stop.cancel();
    for server in servers {
        server.await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns once standard input ends, which it does with the runner.
pub(crate) async fn until_input_ends() {
    // A read that fails is an end, too.
    let _ = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
}

fn start(stop: CancellationToken) -> Result<(Scenery, Vec<tokio::task::JoinHandle<()>>)> {
    let ca = TestCa::new()?;
    let key = signing_key()?;
    let siem = Arc::new(CloudSiem::default());
    siem.follow(Plan::SMALL);
    let counted = |count: fn(&Counter)| -> Result<Server> {
        let mut tls = rustls::ServerConfig::clone(&*ca.server_config(&["127.0.0.1"])?);
        let inner = tls.cert_resolver.clone();
        tls.cert_resolver = Arc::new(CountedHandshakes { inner, siem: siem.clone(), count });
        Ok(bind()?.with_tls(tls))
    };
    let (keys, sumo, control) = (counted(Counter::key_handshake)?, counted(Counter::handshake)?, bind()?);
    let (jwks_host, sumo_host) = (keys.local_addr()?.to_string(), sumo.local_addr()?.to_string());
    let scenery = Scenery {
        token: token(&key, &jwks_host, &sumo_host)?,
        control_url: format!("http://{}", control.local_addr()?),
        ca: ca.pem(),
        jwks_host,
        sumo_host,
    };
    let servers = vec![
        tokio::spawn(keys.run(key_host(key.key_set_json()?, siem.clone()), stop.clone())),
        tokio::spawn(control.run(control_site(siem.clone()), stop.clone())),
        tokio::spawn(sumo.run(siem_site(siem), stop)),
    ];
    Ok((scenery, servers))
}

fn bind() -> Result<Server> {
    // One-second overloads must not meet a cap of the stand-in.
    let limits =
        ServerLimits { max_connections: 10_000, shutdown: Duration::from_secs(1), ..ServerLimits::default() };
    Ok(Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), limits)?)
}

fn signing_key() -> Result<SigningKey> {
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)?;
    Ok(SigningKey::from_pem(&pair.serialize_pem(), "yardstick")?)
}

fn token(key: &SigningKey, jwks_host: &str, sumo_host: &str) -> Result<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let claims = json!({
        "iss": "Cisco XDR, as the yardstick plays it",
        "aud": PUBLIC_URL,
        "iat": now,
        "exp": now + TOKEN_LIFETIME.as_secs(),
        "jwks_host": jwks_host,
        "host": sumo_host,
        "access_id": "suYardstick01",
        "access_key": "a-key-that-opens-nothing",
    });
    Ok(key.sign(&claims)?.expose_secret().to_owned())
}

/// Counts a handshake each time a certificate is asked for, and lets it take as long as planned.
struct CountedHandshakes {
    inner: Arc<dyn ResolvesServerCert>,
    siem: Arc<CloudSiem>,
    count: fn(&Counter),
}

impl std::fmt::Debug for CountedHandshakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CountedHandshakes")
    }
}

impl ResolvesServerCert for CountedHandshakes {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        (self.count)(&self.siem.counter);
        // There is no other place to wait in a handshake; it holds one thread up, and seldom.
        std::thread::sleep(Duration::from_millis(self.siem.pages().plan.handshake_ms));
        self.inner.resolve(hello)
    }
}

/// Cloud SIEM as far as the relay asks it.
#[derive(Default)]
struct CloudSiem {
    pages: RwLock<Arc<Pages>>,
    gate: Arc<Gate>,
    counter: Counter,
}

/// A plan with its bodies.
struct Pages {
    plan: Plan,
    insights: Template,
    signals: Template,
}

impl Default for Pages {
    fn default() -> Self {
        Self::new(Plan::SMALL)
    }
}

impl Pages {
    fn new(plan: Plan) -> Self {
        Self { plan, insights: body::insights(&plan), signals: body::signals(&plan) }
    }
}

impl CloudSiem {
    /// Answers by this plan from now on, and counts anew.
    fn follow(&self, plan: Plan) {
        let pages = Arc::new(Pages::new(plan));
        *self.pages.write().unwrap_or_else(PoisonError::into_inner) = pages;
        self.gate.set(plan.calls_a_second, plan.in_flight);
        self.counter.reset(plan.keeps_values);
    }

    fn pages(&self) -> Arc<Pages> {
        self.pages.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer(&self, request: &Request) -> Response {
        let Some(passage) = self.gate.enter(Instant::now()) else {
            self.counter.refused();
            return plain(StatusCode::TOO_MANY_REQUESTS, r#"{"errors":[{"message":"Rate limit exceeded"}]}"#);
        };
        let pages = self.pages();
        let value = asked_value(request);
        self.counter.call(value.as_deref(), passage.in_flight);
        if pages.plan.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(pages.plan.latency_ms)).await;
        }
        let value = value.as_deref().unwrap_or_default();
        match request.uri().path() {
            "/api/sec/v1/insights" => page(pages.insights.with(value), pages.plan.announced),
            "/api/sec/v1/signals" => page(pages.signals.with(value), pages.plan.announced),
            "/api/v1/healthEvents" => plain(StatusCode::OK, r#"{"data":[],"next":null}"#),
            _ => plain(StatusCode::NOT_FOUND, r#"{"errors":[{"message":"not found"}]}"#),
        }
    }
}

/// The value of the query parameter `q`.
fn asked_value(request: &Request) -> Option<String> {
    let query = request.uri().query()?;
    let (_, value) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q")?;
    Some(value.into_owned())
}

fn page(body: Bytes, announced: bool) -> Response {
    let response = Response::builder().content_type("application/json");
    if announced {
        return response.header(CONTENT_LENGTH, body.len()).body(body);
    }
    let pieces = stream::unfold(body, |mut rest| async move {
        let piece = rest.split_to(PIECE_BYTES.min(rest.len()));
        (!piece.is_empty()).then_some((Ok::<_, std::io::Error>(piece), rest))
    });
    response.body(Body::from_bytes_stream(pieces))
}

fn plain(status: StatusCode, body: &'static str) -> Response {
    Response::builder().status(status).content_type("application/json").body(body)
}

fn siem_site(siem: Arc<CloudSiem>) -> impl Endpoint<Output = Response> {
    make(move |request: Request| {
        let siem = siem.clone();
        async move { siem.answer(&request).await }
    })
}

fn key_host(key_set: String, siem: Arc<CloudSiem>) -> impl Endpoint<Output = Response> {
    let key_set = Bytes::from(key_set);
    make(move |_| {
        siem.counter.key_set();
        let response = Response::builder().content_type("application/json").body(key_set.clone());
        async move { response }
    })
}

fn control_site(siem: Arc<CloudSiem>) -> impl Endpoint<Output = Response> {
    make(move |mut request: Request| {
        let siem = siem.clone();
        async move {
            let answer = match request.uri().path() {
                "/plan" => {
                    let plan: Plan = serde_json::from_slice(&request.take_body().into_bytes().await?)
                        .map_err(poem::error::BadRequest)?;
                    siem.follow(plan);
                    serde_json::to_vec(&plan)
                }
                "/counts" => serde_json::to_vec(&siem.counter.counts()),
                "/values" => serde_json::to_vec(&siem.counter.values()),
                _ => return Err(poem::Error::from_status(StatusCode::NOT_FOUND)),
            };
            let body = answer.map_err(poem::error::InternalServerError)?;
            Ok::<_, poem::Error>(Response::builder().content_type("application/json").body(body))
        }
    })
}
