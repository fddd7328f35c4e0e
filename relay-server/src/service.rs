//! The whole service: the relay behind its port, and the listener for operators.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::admin::{self, Readiness};
use crate::api::{self, BodyPolicy, ConsolePages, SiteOptions};
use crate::config::Config;
use crate::metrics::Metrics;
use crate::relay::{Relay, StartError};
use crate::server::{Server, ServerLimits};
use crate::telemetry::LogLevel;
use crate::trust::Audiences;

/// A relay whose ports are open.
pub struct Service {
    server: Server,
    admin: Option<Server>,
    relay: Relay,
    options: SiteOptions,
    metrics: Metrics,
    readiness: Readiness,
    log_level: Option<LogLevel>,
    drain_delay: Duration,
}

/// Why a service could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The relay could not be made ready.
    #[error(transparent)]
    Relay(#[from] StartError),
    /// A port could not be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address of the port.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl Service {
    /// Makes the relay ready and opens its ports.
    ///
    /// # Errors
    /// When the relay cannot be made ready, or a port cannot be opened.
    pub fn start(config: &Config) -> Result<Self, ServiceError> {
        let metrics = Metrics::new();
        let relay = Relay::new(config, metrics.clone())?;
        let limits = ServerLimits {
            max_connections: config.max_connections,
            shutdown: config.shutdown,
            ..ServerLimits::default()
        };
        let mut server = bind(config.listen, limits)?;
        if let Some(tls) = &config.tls {
            server = server.with_tls(tls.server_config());
        }
        let admin = config.admin_listen.map(|address| bind(address, ServerLimits::default())).transpose()?;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            address = server.local_addr().ok().map(tracing::field::display),
            admin_address =
                admin.as_ref().and_then(|admin| admin.local_addr().ok()).map(tracing::field::display),
            tls = config.tls.is_some(),
            "relay-server listens"
        );
        if config.audiences == Audiences::RequestHost {
            tracing::warn!(
                "RELAY_PUBLIC_URLS is not set: tokens for whatever host a request names are accepted. Set it to the \
                 public URL of this relay before you put it on a network."
            );
        }
        // A body that is slow to come must leave time for the answer.
        let timeout = BodyPolicy::default().timeout.min(config.deadline / 2);
        let body = BodyPolicy { max_bytes: config.max_body_bytes, timeout };
        let options = SiteOptions { body, max_in_flight: config.max_in_flight, ..SiteOptions::default() };
        let (readiness, drain_delay) = (Readiness::default(), config.drain_delay);
        Ok(Self { server, admin, relay, options, metrics, readiness, log_level: None, drain_delay })
    }

    /// The same, with a token that Swagger UI offers.
    #[must_use]
    pub fn with_demo_token(mut self, token: String) -> Self {
        self.options.demo_token = Some(token);
        self
    }

    /// The same, with a console of its own: links lead to `base_url` (scheme, host and port), where this server is
    /// reached, and `pages` answers below `/sec/`.
    #[must_use]
    pub fn with_console(mut self, base_url: &str, pages: ConsolePages) -> Self {
        self.relay = self.relay.with_console(base_url);
        self.options.console = Some(pages);
        self
    }

    /// The same, with a log level that the admin listener changes.
    #[must_use]
    pub fn with_log_level(mut self, log_level: LogLevel) -> Self {
        self.log_level = Some(log_level);
        self
    }

    /// The address that is listened on.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.server.local_addr()
    }

    /// The address of the admin listener, when there is one.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref()?.local_addr().ok()
    }

    /// The counters.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Answers until `stop` is cancelled and what ran then has ended.
    ///
    /// Readiness closes first; connections are accepted on for the drain delay, so that a load balancer that goes by
    /// readiness sends nothing into a closed port.
    pub async fn run(self, stop: CancellationToken) {
        let (admin_stop, listener_stop) = (CancellationToken::new(), CancellationToken::new());
        let admin = self.admin.map(|admin| {
            let site = admin::site(self.metrics.clone(), self.readiness.clone(), self.log_level);
            tokio::spawn(admin.run(site, admin_stop.clone()))
        });
        self.readiness.set(true);
        tokio::spawn(close(stop, self.readiness, self.drain_delay, listener_stop.clone()));
        let site = api::site(Arc::new(self.relay), self.metrics, self.options);
        self.server.run(site, listener_stop).await;
        admin_stop.cancel();
        if let Some(admin) = admin {
            // The task has no result, and a panic in it is logged where it happens.
            let _ = admin.await;
        }
        tracing::info!("relay-server stopped");
    }
}

async fn close(
    stop: CancellationToken,
    readiness: Readiness,
    delay: Duration,
    listener_stop: CancellationToken,
) {
    stop.cancelled().await;
    readiness.set(false);
    tokio::time::sleep(delay).await;
    listener_stop.cancel();
}

fn bind(address: SocketAddr, limits: ServerLimits) -> Result<Server, ServiceError> {
    Server::bind(address, limits).map_err(|source| ServiceError::Listen { address, source })
}
