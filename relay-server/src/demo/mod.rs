//! The relay with nothing to set up: made-up Cloud SIEM data, keys and a token.
//!
//! A stand-in of Cloud SIEM and a host that publishes keys are started on loopback, both over TLS with throw-away
//! certificates. The relay in front of them is the same as in production and is configured the same way: it trusts
//! their names and their root, fetches the keys, checks the token's signature, and calls Cloud SIEM within its limits.
//! The signing key exists in this process alone and ends with it.

mod data;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use poem::endpoint::{make, make_sync};
use poem::error::{InternalServerError, NotFoundError};
use poem::{Request, Response, Route, get};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sumo_client::testing::{CloudSiem, RateLimit, TestCa};
use tokio_util::sync::CancellationToken;

use crate::api::ConsolePages;
use crate::auth::SigningKey;
use crate::config::Config;
use crate::server::{Server, ServerLimits};
use crate::service::{Service, ServiceError};
use crate::trust::{Audiences, HostPort, TrustedHosts};

/// The credentials of the made-up tenant.
const ACCESS_ID: &str = "demo-access-id";
const ACCESS_KEY: &str = "demo-access-key";

/// The audience of the token: the public URL that this relay would have.
const PUBLIC_URL: &str = "https://relay.demo.example";

/// How long the token is valid.
const TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// A demo whose port is open.
pub struct Demo {
    service: Service,
    siem: Arc<CloudSiem>,
    keys: SocketAddr,
    token: SecretString,
    address: SocketAddr,
    stop: CancellationToken,
}

/// Why a demo could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The relay itself could not start.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Something that the relay needs could not be made.
    #[error("cannot make {what}")]
    Scenery {
        /// What could not be made.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl DemoError {
    fn scenery<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        what: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Scenery { what, source: source.into() }
    }
}

impl Demo {
    /// Starts the stand-ins and opens the relay's port; it answers once [`run`](Self::run) is called.
    ///
    /// # Errors
    /// When the port cannot be opened, or a part of the scenery cannot be made.
    pub async fn start(listen: SocketAddr) -> Result<Self, DemoError> {
        let ca = TestCa::new().map_err(DemoError::scenery("a certificate authority"))?;
        let tls = ca.server_config(&["127.0.0.1"]).map_err(DemoError::scenery("a certificate"))?;
        let siem = CloudSiem::builder()
            .data(data::data_set().map_err(DemoError::scenery("the data"))?)
            .credentials(ACCESS_ID, ACCESS_KEY)
            .rate_limit(RateLimit::DOCUMENTED)
            .tls(tls.clone())
            .start()
            .await
            .map_err(DemoError::scenery("a stand-in of Cloud SIEM"))?;
        let key = signing_key()?;
        let stop = CancellationToken::new();
        let key_set = key.key_set_json().map_err(DemoError::scenery("a key set"))?;
        let keys = publish(key_set, Arc::unwrap_or_clone(tls), stop.clone())
            .map_err(DemoError::scenery("a host that publishes keys"))?;
        let config = Config {
            listen,
            audiences: Audiences::Configured([PUBLIC_URL.to_owned()].into()),
            jwks_hosts: only(&keys.to_string())?,
            sumo_hosts: only(&siem.api_host())?,
            extra_roots: Some(ca.pem().into_bytes()),
            use_proxy: false,
            ..Config::default()
        };
        let token = token(&key, keys, &siem)?;
        let service = Service::start(&config)?.with_demo_token(token.expose_secret().to_owned());
        let address = service.local_addr().map_err(DemoError::scenery("an address"))?;
        let siem = Arc::new(siem);
        let service = service.with_console(&url(address), console_pages(siem.clone()));
        Ok(Self { service, siem, keys, token, address, stop })
    }

    /// The base URL of the relay for callers on this machine.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// The token that the relay accepts.
    pub fn token(&self) -> &str {
        self.token.expose_secret()
    }

    /// The base URL of the stand-in of Cloud SIEM.
    pub fn cloud_siem_url(&self) -> String {
        self.siem.base_url()
    }

    /// The URL of the key set.
    pub fn key_set_url(&self) -> String {
        format!("https://{}/.well-known/jwks", self.keys)
    }

    /// Answers until `stop` is cancelled and what ran then has ended.
    pub async fn run(self, stop: CancellationToken) {
        self.service.run(stop).await;
        self.stop.cancel();
        // Requests that were cut off may still hold it; it then ends with the last of them.
        if let Some(siem) = Arc::into_inner(self.siem) {
            siem.shutdown().await;
        }
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}

/// The stand-in's console behind the relay's own port: reachable wherever the relay is, with no certificate to doubt.
fn console_pages(siem: Arc<CloudSiem>) -> ConsolePages {
    ConsolePages::new(make(move |request| {
        let siem = siem.clone();
        async move { console_page(&siem, &request).await }
    }))
}

async fn console_page(siem: &CloudSiem, request: &Request) -> poem::Result<Response> {
    // Below `/sec/` there are pages alone; whatever else the stand-in has stays behind its own port.
    if !request.original_uri().path().starts_with("/sec/") {
        return Err(NotFoundError.into());
    }
    let asked = http::Request::builder()
        .method(request.method())
        .uri(request.original_uri())
        .body(Empty::<Bytes>::new())
        .map_err(InternalServerError)?;
    let (parts, body) = siem.call(asked).await.map_err(InternalServerError)?.into_parts();
    let body = body.collect().await.map_err(InternalServerError)?.to_bytes();
    let mut response = Response::builder().status(parts.status).body(body);
    *response.headers_mut() = parts.headers;
    Ok(response)
}

fn signing_key() -> Result<SigningKey, DemoError> {
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .map_err(DemoError::scenery("a key"))?;
    SigningKey::from_pem(&pair.serialize_pem(), "demo").map_err(DemoError::scenery("a signing key"))
}

fn only(host: &str) -> Result<TrustedHosts, DemoError> {
    let host: HostPort = host.parse().map_err(DemoError::scenery("a list of hosts"))?;
    Ok(TrustedHosts::new([host]))
}

/// Serves the key set on loopback, as Cisco's hosts do.
fn publish(
    key_set: String,
    tls: rustls::ServerConfig,
    stop: CancellationToken,
) -> std::io::Result<SocketAddr> {
    let server =
        Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), ServerLimits::default())?.with_tls(tls);
    let address = server.local_addr()?;
    let answer =
        make_sync(move |_| Response::builder().content_type("application/json").body(key_set.clone()));
    let site = Route::new().at("/.well-known/jwks", get(answer));
    tokio::spawn(server.run(site, stop));
    Ok(address)
}

fn token(key: &SigningKey, keys: SocketAddr, siem: &CloudSiem) -> Result<SecretString, DemoError> {
    let now = jsonwebtoken::get_current_timestamp();
    let claims = json!({
        "iss": "Cisco XDR, as the demo plays it",
        "aud": PUBLIC_URL,
        "iat": now,
        "exp": now + TOKEN_LIFETIME.as_secs(),
        "jwks_host": keys.to_string(),
        "host": siem.api_host(),
        "access_id": ACCESS_ID,
        "access_key": ACCESS_KEY,
    });
    key.sign(&claims).map_err(DemoError::scenery("a token"))
}
