//! The relay with nothing to set up: made-up Cloud SIEM data, keys and a token.
//!
//! A stand-in of Cloud SIEM and a host that publishes keys are started on loopback, both over TLS
//! with throw-away certificates. The relay in front of them is the same as in production and is
//! configured the same way: it trusts their names and their root, fetches the keys, checks the
//! token's signature, and calls Cloud SIEM within its limits. The signing key exists in this
//! process alone and ends with it.

mod data;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Empty};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sumo_client::testing::{CloudSiem, CloudSiemBuilder, EnforcedLimit, TestCa};
use tokio_util::sync::CancellationToken;
use xdr_module::auth::SigningKey;
use xdr_module::auth::allow_list::{AllowList, Audiences, HostPort};
use xdr_module::http::server::{Server, ServerLimits};
use xdr_module::{Config, DemoObservable, DemoPages, DemoStep, PageHandler, Ports, Service, StartError};

use crate::module::{CloudSiemModule, ModuleError};
use crate::respond::settings::RespondSettings;
use crate::settings::SumoConfig;
use crate::tenant::{ENTITIES_LIMIT, Tenant};

/// The credentials of the made-up tenant.
const ACCESS_ID: &str = "demo-access-id";
const ACCESS_KEY: &str = "demo-access-key";

/// The audience of the token: the public URL that this relay would have.
const PUBLIC_URL: &str = "https://relay.demo.example";

/// The lifetime of the token.
const TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// The delay before the stand-in shows added items; shorter than in Cloud SIEM, to try it quickly.
const APPEARANCE_DELAY: Duration = Duration::from_secs(3);

/// The program that is dropped on three hosts.
const SERVICE_HASH: &str = "11eff8be496aa811a06cc0f7d0903c35c277891879fa21322b5a69078d093263";

/// The observables that the explorer offers.
const EXAMPLES: [DemoObservable; 13] = [
    example(
        "domain",
        "update-check.example.net",
        "update-check.example.net",
        "a control server, judged malicious",
    ),
    example("ip", "198.51.100.77", "198.51.100.77", "an authorised test, judged clean"),
    example(
        "email",
        "billing@invoices.example.org",
        "billing@invoices…",
        "a sender of phishing, judged suspicious",
    ),
    example("ip", "203.0.113.66", "203.0.113.66", "a busy scanner: more than an answer holds"),
    example("hostname", "srv-files01.corp.example.com", "srv-files01", "entered, then emptied"),
    example("user", "tom.okafor", "tom.okafor", "an account in three insights"),
    example("ip", "198.51.100.23", "198.51.100.23", "guessed passwords"),
    example("sha256", SERVICE_HASH, "11eff8be…", "a program on three hosts"),
    example("ipv6", "2001:db8:bad::25", "2001:db8:bad::25", "an address of version 6"),
    example("email_subject", "Invoice 2026-11 overdue", "Invoice 2026-11 overdue", "the subject of a mail"),
    example("file_path", r"\\10.20.1.15\share$\svch0st.exe", r"\\10.20.1.15\…", "a file on a share"),
    example(
        "url",
        "http://login-portal.example.org/owa/?next=%2Finbox",
        "login-portal…",
        "a signal outside of insights",
    ),
    example("domain", "quiet.example.org", "quiet.example.org", "nothing at all"),
];

const fn example(
    kind: &'static str,
    value: &'static str,
    label: &'static str,
    note: &'static str,
) -> DemoObservable {
    DemoObservable { kind, value, label, note }
}

/// The break-in, as the explorer tells it.
const TOUR: [DemoStep; 6] = [
    DemoStep {
        kind: "email",
        value: "billing@invoices.example.org",
        title: "A mail arrives",
        sentence: "Four people of the company get an overdue invoice with macros from the same sender.",
    },
    DemoStep {
        kind: "hostname",
        value: "ws-ana.corp.example.com",
        title: "Somebody opens it",
        sentence: "On Ana’s workstation the document starts PowerShell with an encoded command.",
    },
    DemoStep {
        kind: "sha256",
        value: SERVICE_HASH,
        title: "A program is left behind",
        sentence: "It looks like a part of Windows, is on a match list, and turns up on three machines.",
    },
    DemoStep {
        kind: "domain",
        value: "update-check.example.net",
        title: "It calls its control server",
        sentence: "The program calls a domain that threat intelligence judges as malicious.",
    },
    DemoStep {
        kind: "user",
        value: "svc-backup",
        title: "The intruder moves on",
        sentence: "The account of the backup creates services on the file server and on a domain controller.",
    },
    DemoStep {
        kind: "hostname",
        value: "srv-files01.corp.example.com",
        title: "The data leaves",
        sentence: "The next night, the file server sends 10.8 GB to a host outside the company.",
    },
];

/// A demo whose port is open.
pub struct Demo {
    service: Service,
    siem: Arc<CloudSiem>,
    keys: SocketAddr,
    token: SecretString,
    address: SocketAddr,
    stop: CancellationToken,
}

/// The reason why a demo could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The module could not be made.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// The service could not start.
    #[error(transparent)]
    Service(#[from] StartError),
    /// Something that the relay needs could not be made.
    #[error("cannot make {what}")]
    Fixture {
        /// The thing that could not be made.
        what: &'static str,
        /// The underlying error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl DemoError {
    fn fixture<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        what: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Fixture { what, source: source.into() }
    }
}

impl Demo {
    /// Starts the stand-ins and opens the relay's port; it answers once [`run`](Self::run) is
    /// called.
    ///
    /// # Errors
    /// Returns an error if the port cannot be opened, or something that the relay needs cannot be
    /// made.
    pub async fn start(listen: SocketAddr) -> Result<Self, DemoError> {
        let (ca, tls) = certificates()?;
        let siem = stand_in(tls.clone())?
            .rate_limit(EnforcedLimit::DOCUMENTED)
            .appearance_delay(APPEARANCE_DELAY)
            .console_home("Explorer", "/")
            .start()
            .await
            .map_err(DemoError::fixture("a stand-in of Cloud SIEM"))?;
        let key = signing_key()?;
        let stop = CancellationToken::new();
        let key_set = key.key_set_json().map_err(DemoError::fixture("a key set"))?;
        let keys = publish(key_set, Arc::unwrap_or_clone(tls), stop.clone())
            .map_err(DemoError::fixture("a host that publishes keys"))?;
        let mut config = trusting(&ca);
        config.listen = listen;
        // No load balancer has to notice that it stops.
        config.server.drain_delay = Duration::ZERO;
        config.audiences = Audiences::Configured([PUBLIC_URL.to_owned()].into());
        config.jwks_hosts = only(&keys.to_string())?;
        let mut sumo = SumoConfig { hosts: only(&siem.api_host())?, ..SumoConfig::default() };
        sumo.respond.is_on = true;
        sumo.respond.appearance_delay = APPEARANCE_DELAY;
        let token = token(&key, keys, &siem)?;
        let ports = Ports::open(&config)?;
        let address = ports.local_addr().map_err(DemoError::fixture("an address"))?;
        let module = CloudSiemModule::new(&config, &sumo)?;
        let siem = Arc::new(siem);
        let service = ports
            .with_module(module.with_own_console(&url(address)), &config)?
            .with_demo(DemoPages::new(token.expose_secret(), EXAMPLES).with_tour(TOUR))
            .with_pages("/sec", console_pages(siem.clone()));
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

/// The made-up Cloud SIEM of the demo without a relay in front of it: for programs that search it
/// through a [`CloudSiemModule`] of their own.
pub struct DemoAccount {
    module: CloudSiemModule,
    tenant: Tenant,
    /// Answers for as long as it exists.
    _siem: CloudSiem,
}

impl DemoAccount {
    /// Starts the stand-in of Cloud SIEM on loopback. It does not limit the rate of calls. Links
    /// lead to the console of a demo at `console_url`.
    ///
    /// # Errors
    /// Returns an error if something that is needed cannot be made.
    pub async fn start(console_url: &str) -> Result<Self, DemoError> {
        let (ca, tls) = certificates()?;
        let siem = stand_in(tls)?.start().await.map_err(DemoError::fixture("a stand-in of Cloud SIEM"))?;
        let mut sumo = SumoConfig { hosts: only(&siem.api_host())?, ..SumoConfig::default() };
        sumo.rate_limit.calls_per_window = 0;
        let module = CloudSiemModule::new(&trusting(&ca), &sumo)?.with_own_console(console_url);
        let tenant = Tenant {
            host: siem.api_host(),
            access_id: ACCESS_ID.into(),
            access_key: ACCESS_KEY.into(),
            entities_limit: ENTITIES_LIMIT,
            respond: RespondSettings::default(),
            judging: Arc::default(),
        };
        Ok(Self { module, tenant, _siem: siem })
    }

    /// The module that trusts the stand-in.
    pub fn module(&self) -> &CloudSiemModule {
        &self.module
    }

    /// The made-up tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }
}

fn certificates() -> Result<(TestCa, Arc<rustls::ServerConfig>), DemoError> {
    let ca = TestCa::new().map_err(DemoError::fixture("a certificate authority"))?;
    let tls = ca.server_config(&["127.0.0.1"]).map_err(DemoError::fixture("a certificate"))?;
    Ok((ca, tls))
}

/// Returns a stand-in with the made-up data that knows the made-up tenant.
fn stand_in(tls: Arc<rustls::ServerConfig>) -> Result<CloudSiemBuilder, DemoError> {
    let data = data::data_set_until(chrono::Utc::now()).map_err(DemoError::fixture("the data"))?;
    Ok(CloudSiem::builder().data(data).credentials(ACCESS_ID, ACCESS_KEY).tls(tls))
}

/// Returns settings for calls to hosts on loopback with certificates of this authority.
fn trusting(ca: &TestCa) -> Config {
    let mut config = Config::default();
    config.extra_roots = Some(ca.pem().into_bytes());
    config.use_proxy = false;
    config
}

/// Returns the URL of an address that is listened on, for callers on this machine.
fn url(address: SocketAddr) -> String {
    let ip = address.ip();
    let is_local = ip.is_unspecified() || ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
    if is_local { format!("http://localhost:{}", address.port()) } else { format!("http://{address}") }
}

/// The stand-in's console behind the relay's own port: reachable wherever the relay is, with no
/// certificate to doubt.
fn console_pages(siem: Arc<CloudSiem>) -> PageHandler {
    Arc::new(move |request| {
        let siem = siem.clone();
        Box::pin(async move {
            let response = console_page(&siem, request).await;
            response.unwrap_or_else(|| status_alone(StatusCode::NOT_FOUND))
        })
    })
}

/// Returns a page of the console. Below `/sec/` there are pages alone; all else stays behind the
/// stand-in's own port.
async fn console_page(siem: &CloudSiem, request: http::Request<()>) -> Option<http::Response<Bytes>> {
    if !request.uri().path().starts_with("/sec/") {
        return None;
    }
    let (parts, body) = siem.call(request.map(|()| Empty::<Bytes>::new())).await.ok()?.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    Some(http::Response::from_parts(parts, body))
}

fn status_alone(status: StatusCode) -> http::Response<Bytes> {
    let mut response = http::Response::default();
    *response.status_mut() = status;
    response
}

fn signing_key() -> Result<SigningKey, DemoError> {
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
        .map_err(DemoError::fixture("a key"))?;
    SigningKey::from_pem(&pair.serialize_pem(), "demo").map_err(DemoError::fixture("a signing key"))
}

fn only(host: &str) -> Result<AllowList, DemoError> {
    let host: HostPort = host.parse().map_err(DemoError::fixture("a list of hosts"))?;
    Ok(AllowList::new([host]))
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
    let handler: PageHandler = Arc::new(move |_| {
        let response = http::Response::new(Bytes::from(key_set.clone()));
        Box::pin(std::future::ready(response))
    });
    tokio::spawn(server.run_pages(handler, stop));
    Ok(address)
}

fn token(key: &SigningKey, keys: SocketAddr, siem: &CloudSiem) -> Result<SecretString, DemoError> {
    let now = chrono::Utc::now().timestamp().unsigned_abs();
    let claims = json!({
        "iss": "Cisco XDR, as the demo plays it",
        "aud": PUBLIC_URL,
        "iat": now,
        "exp": now + TOKEN_LIFETIME.as_secs(),
        "jwks_host": keys.to_string(),
        "host": siem.api_host(),
        "access_id": ACCESS_ID,
        "access_key": ACCESS_KEY,
        "respond": true,
        "respond_match_lists": "blocked_ips, blocked_domains, bad_hashes",
        "respond_suppress_lists": "noisy_addresses",
        "respond_threat_source": "soc_indicators",
        "respond_insights": true,
        "respond_entities": true,
    });
    key.sign(&claims).map_err(DemoError::fixture("a token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_one_that_reaches_the_demo() {
        for (address, expected) in [
            ("127.0.0.1:9090", "http://localhost:9090"),
            ("0.0.0.0:80", "http://localhost:80"),
            ("[::]:9090", "http://localhost:9090"),
            ("[::1]:9090", "http://localhost:9090"),
            ("192.0.2.1:9090", "http://192.0.2.1:9090"),
            ("[2001:db8::1]:9090", "http://[2001:db8::1]:9090"),
        ] {
            assert_eq!(url(address.parse().unwrap()), expected);
        }
    }
}
