//! Helpers that the integration tests share: a stand-in of Cloud SIEM, a host that publishes keys,
//! the relay in front of both, and a caller. All talk over real sockets on loopback; the relay
//! trusts a throw-away root.

#![allow(dead_code, unused_imports, reason = "each test program uses a part of this")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

pub(crate) mod caller;
pub(crate) mod claims;
pub(crate) mod data;
pub(crate) mod key_host;
pub(crate) mod keys;
pub(crate) mod log;
#[cfg(feature = "cli")]
pub(crate) mod program;
pub(crate) mod schema;
#[cfg(feature = "cli")]
pub(crate) mod served;
#[cfg(all(feature = "cli", unix))]
pub(crate) mod terminal;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use relay_server::{CloudSiemModule, SumoConfig};
use serde_json::Value;
use sumo_client::CircuitBreakers;
use sumo_client::testing::{CloudSiem, CloudSiemBuilder, DataSet, Operation, TestCa};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use xdr_module::auth::allow_list::{AllowList, Audiences};
use xdr_module::{Service, openapi_document};

pub(crate) use self::caller::{Answer, Caller};
pub(crate) use self::claims::Claims;
pub(crate) use self::key_host::{KeyAnswer, KeyHost};
pub(crate) use self::keys::RsaKey;

/// The public URL of the relay under test; the audience of its tokens.
pub(crate) const PUBLIC_URL: &str = "https://relay.example.com";

/// The credentials that the stand-in knows.
pub(crate) const ACCESS_ID: &str = "suTestAccessId01";
pub(crate) const ACCESS_KEY: &str = "test-access-key-9f8e7d6c5b4a";

/// The relay with all that it needs.
pub(crate) struct World {
    pub(crate) ca: TestCa,
    pub(crate) siem: CloudSiem,
    pub(crate) keys: KeyHost,
    pub(crate) relay: RunningRelay,
}

impl World {
    /// A world whose stand-in holds `data`.
    pub(crate) async fn of(data: DataSet) -> Self {
        Self::with(data, |_| {}).await
    }

    /// The same, with other settings of the relay.
    pub(crate) async fn with(data: DataSet, change: impl FnOnce(&mut Config)) -> Self {
        Self::behind(stand_in(data), change).await
    }

    /// A world with this stand-in; it gets a certificate.
    pub(crate) async fn behind(siem: CloudSiemBuilder, change: impl FnOnce(&mut Config)) -> Self {
        let ca = TestCa::new().unwrap();
        let tls = ca.server_config(&["127.0.0.1"]).unwrap();
        let siem = siem.tls(tls).start().await.unwrap();
        let keys = KeyHost::start(&ca, KeyAnswer::json(RsaKey::xdr().key_set()));
        let mut config = config(&ca, [keys.host()], [siem.api_host()]);
        change(&mut config);
        let relay = RunningRelay::start(&config);
        Self { ca, siem, keys, relay }
    }

    /// Claims that the relay accepts.
    pub(crate) fn claims(&self) -> Claims {
        Claims::new(&self.keys.host(), &self.siem.api_host())
    }

    /// A token that the relay accepts.
    pub(crate) fn token(&self) -> String {
        self.claims().signed()
    }

    /// Posts with a token that is accepted.
    pub(crate) async fn post(&self, path: &str, body: impl Into<String>) -> Answer {
        self.relay.caller().post(path, Some(&bearer(&self.token())), body).await
    }

    /// Asks about observables with a token that is accepted.
    pub(crate) async fn observe(&self, observables: &Value) -> Answer {
        self.post("/observe/observables", observables.to_string()).await
    }

    /// Asks for verdicts with a token that is accepted.
    pub(crate) async fn deliberate(&self, observables: &Value) -> Answer {
        self.post("/deliberate/observables", observables.to_string()).await
    }

    /// Posts to `/health` with this header.
    pub(crate) async fn health_as(&self, authorization: &str) -> Answer {
        self.relay.caller().post("/health", Some(authorization), "").await
    }

    /// The calls that the stand-in saw of one operation.
    pub(crate) fn calls(&self, operation: Operation) -> u64 {
        self.siem.counts().of(operation)
    }

    /// Fails when anything was fetched.
    #[track_caller]
    pub(crate) fn assert_nothing_fetched(&self, case: &str) {
        assert_eq!((self.keys.requests(), self.siem.counts().calls), (0, 0), "fetched for: {case}");
    }
}

/// A stand-in that holds `data` and knows the test credentials.
pub(crate) fn stand_in(data: DataSet) -> CloudSiemBuilder {
    CloudSiem::builder().data(data).credentials(ACCESS_ID, ACCESS_KEY)
}

/// The settings of a relay under test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) service: xdr_module::Config,
    pub(crate) sumo: SumoConfig,
    /// The moment at which the clock of the relay stands; without it, the clock runs.
    pub(crate) now: Option<DateTime<Utc>>,
}

impl Config {
    pub(crate) fn module(&self) -> CloudSiemModule {
        let module = CloudSiemModule::new(&self.service, &self.sumo).unwrap();
        match self.now {
            Some(now) => module.with_clock(move || now),
            None => module,
        }
    }

    pub(crate) fn start(&self) -> Service {
        Service::start(self.module(), &self.service).unwrap()
    }
}

/// The OpenAPI document of the relay.
pub(crate) fn document() -> String {
    openapi_document(&Config::default().module())
}

/// The document of a relay with everything switched on.
pub(crate) fn whole_document() -> String {
    let mut config = Config::default();
    config.sumo.respond.is_on = true;
    openapi_document(&config.module())
}

/// Settings of a relay under test: a free port, no rate limit, no memory.
pub(crate) fn config(
    ca: &TestCa,
    jwks_hosts: impl IntoIterator<Item = String>,
    sumo_hosts: impl IntoIterator<Item = String>,
) -> Config {
    let mut config = Config::default();
    config.service.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    config.service.audiences = public_audience();
    config.service.jwks_hosts = trusted(jwks_hosts);
    config.service.extra_roots = Some(ca.pem().into_bytes());
    config.sumo.hosts = trusted(sumo_hosts);
    config.sumo.rate_limit.calls_per_window = 0;
    config.sumo.cache = Duration::ZERO;
    config.sumo.health_cache = Duration::ZERO;
    config.sumo.circuit_breakers = CircuitBreakers::never();
    config
}

/// Tokens for the public URL alone.
pub(crate) fn public_audience() -> Audiences {
    Audiences::Configured([PUBLIC_URL.to_owned()].into())
}

pub(crate) fn trusted(hosts: impl IntoIterator<Item = String>) -> AllowList {
    AllowList::new(hosts.into_iter().map(|host| host.parse().unwrap()))
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A relay that answers until it is stopped.
pub(crate) struct RunningRelay {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    caller: Caller,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl RunningRelay {
    /// Starts a relay on the current runtime.
    pub(crate) fn start(config: &Config) -> Self {
        let service = config.start();
        let address = service.local_addr().unwrap();
        let admin = service.admin_addr();
        let stop = CancellationToken::new();
        let task = tokio::spawn(service.run(stop.clone()));
        Self { address, admin, caller: Caller::new(&format!("http://{address}")), stop, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The metrics, of a relay that was given an admin listener.
    pub(crate) async fn metrics(&self) -> String {
        let admin = self.admin.unwrap_or_else(|| panic!("no admin listener"));
        Caller::new(&format!("http://{admin}")).get("/metrics").await.body
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Stops the relay and waits until the last connection has ended.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// Waits until `condition` holds; fails when it does not within ten seconds.
#[track_caller]
pub(crate) fn eventually<'a>(
    what: &'a str,
    condition: impl Fn() -> bool + 'a,
) -> impl Future<Output = ()> + 'a {
    let from = std::panic::Location::caller();
    async move {
        let until = tokio::time::Instant::now() + Duration::from_secs(10);
        while !condition() {
            assert!(tokio::time::Instant::now() < until, "{from}: not within 10 s: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
