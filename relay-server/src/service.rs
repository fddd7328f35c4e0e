//! The whole service: the relay behind its port.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::api::{self, BodyPolicy, SiteOptions};
use crate::config::Config;
use crate::relay::{Relay, StartError};
use crate::server::{Server, ServerLimits};
use crate::trust::Audiences;

/// A relay whose port is open.
pub struct Service {
    server: Server,
    relay: Arc<Relay>,
    options: SiteOptions,
}

/// Why a service could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The relay could not be made ready.
    #[error(transparent)]
    Relay(#[from] StartError),
    /// The port could not be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address of the port.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl Service {
    /// Makes the relay ready and opens its port.
    ///
    /// # Errors
    /// When the relay cannot be made ready, or the port cannot be opened.
    pub fn start(config: &Config) -> Result<Self, ServiceError> {
        let relay = Arc::new(Relay::new(config, Arc::new(crate::telemetry::CallLog))?);
        let limits = ServerLimits {
            max_connections: config.max_connections,
            shutdown: config.shutdown,
            ..ServerLimits::default()
        };
        let listen = |source| ServiceError::Listen { address: config.listen, source };
        let server = Server::bind(config.listen, limits).map_err(listen)?;
        let address = server.local_addr().map_err(listen)?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "relay-server listens");
        if config.audiences == Audiences::RequestHost {
            tracing::warn!(
                "RELAY_PUBLIC_URLS is not set: tokens for whatever host a request names are accepted. Set it to the \
                 public URL of this relay before you put it on a network."
            );
        }
        let body = BodyPolicy { max_bytes: config.max_body_bytes, ..BodyPolicy::default() };
        let options = SiteOptions { body, max_in_flight: config.max_in_flight, demo_token: None };
        Ok(Self { server, relay, options })
    }

    /// The same, with a token that Swagger UI offers.
    #[must_use]
    pub fn with_demo_token(mut self, token: String) -> Self {
        self.options.demo_token = Some(token);
        self
    }

    /// The address that is listened on.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.server.local_addr()
    }

    /// Answers until `stop` is cancelled and what ran then has ended.
    pub async fn run(self, stop: CancellationToken) {
        let site = api::site(self.relay, self.options);
        self.server.run(site, stop).await;
        tracing::info!("relay-server stopped");
    }
}
