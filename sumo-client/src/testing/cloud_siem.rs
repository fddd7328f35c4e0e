//! The stand-in as its users see it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{Request, Response};
use hyper::body::Body;

use super::body::{AnswerBody, ResetSwitch};
use super::clock::Clock;
use super::data::{DataSet, DataSetError};
use super::fault::{ConnectionFault, Fault, FaultId, Faults, When};
use super::limit::{Gate, RateLimit};
use super::record::{Counts, RecordedCall, Recorder};
use super::server::{Security, Server};
use super::service::{KeyHolder, Keys, Service};
use super::store::{PageTokens, Store};

/// The access id that is known when the builder is given no credentials.
pub const DEFAULT_ACCESS_ID: &str = "stand-in-id";
/// The access key that belongs to [`DEFAULT_ACCESS_ID`].
pub const DEFAULT_ACCESS_KEY: &str = "stand-in-key";

/// A Cloud SIEM that runs in this process: over real HTTP when [started](CloudSiemBuilder::start), or by
/// [`call`](Self::call) alone when [built](CloudSiemBuilder::build).
///
/// It stops when dropped. See the [module](super) for what it answers.
#[derive(Debug)]
pub struct CloudSiem {
    service: Arc<Service>,
    server: Option<Server>,
    is_secure: bool,
}

/// Settings of a [`CloudSiem`]; made by [`CloudSiem::builder`].
#[must_use = "a builder does nothing until it is started or built"]
pub struct CloudSiemBuilder {
    data: DataSet,
    keys: Vec<(String, String, KeyHolder)>,
    limit: Option<RateLimit>,
    latency: Duration,
    now: Option<DateTime<Utc>>,
    token_lifetime: Duration,
    token_page_size: usize,
    body_limit: usize,
    addr: SocketAddr,
    security: Security,
}

impl CloudSiemBuilder {
    fn new() -> Self {
        Self {
            data: DataSet::new(),
            keys: Vec::new(),
            limit: None,
            latency: Duration::ZERO,
            now: None,
            token_lifetime: Duration::from_secs(60),
            token_page_size: 100,
            body_limit: 4 * 1024 * 1024,
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            security: Security::Plain,
        }
    }

    /// Sets what the stand-in knows. The default is nothing but the built-in statuses and resolutions.
    pub fn data(mut self, data: DataSet) -> Self {
        self.data = data;
        self
    }

    /// Adds an access key. When none is added, [`DEFAULT_ACCESS_ID`] with [`DEFAULT_ACCESS_KEY`] is known.
    pub fn credentials(mut self, access_id: impl Into<String>, access_key: impl Into<String>) -> Self {
        self.keys.push((access_id.into(), access_key.into(), KeyHolder::Here));
        self
    }

    /// Adds an access key of another deployment: calls with it get a 301 to `base_url`, which has no path.
    pub fn foreign_credentials(
        mut self,
        access_id: impl Into<String>,
        access_key: impl Into<String>,
        base_url: impl Into<String>,
    ) -> Self {
        let base_url = base_url.into().trim_end_matches('/').to_owned();
        self.keys.push((access_id.into(), access_key.into(), KeyHolder::Elsewhere(base_url)));
        self
    }

    /// Holds each access key to a limit. By default there is none, so that tests that are not about limits are fast.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Makes every answer take so long.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets the time of day at the start, which `NOW` in queries and the times of changes go by. The default is the
    /// machine's clock.
    pub fn now(mut self, now: DateTime<Utc>) -> Self {
        self.now = Some(now);
        self
    }

    /// Sets how long a `nextPageToken` serves; one minute by default, as documented.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets how many objects a page of a token-paged list has; 100 by default, and at least 1.
    pub fn token_page_size(mut self, objects: usize) -> Self {
        self.token_page_size = objects.max(1);
        self
    }

    /// Sets how many bytes the body of a request may have; 4 MiB by default. Longer ones get 413.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets where to listen; by default a free port on 127.0.0.1.
    pub fn bind(mut self, addr: SocketAddr) -> Self {
        self.addr = addr;
        self
    }

    /// Speaks TLS with this configuration, for example one of a [`TestCa`](super::TestCa). HTTP/2 is spoken when the
    /// configuration offers it by ALPN.
    #[cfg(feature = "testing-tls")]
    pub fn tls(mut self, config: Arc<rustls::ServerConfig>) -> Self {
        self.security = Security::Tls(tokio_rustls::TlsAcceptor::from(config));
        self
    }

    /// Listens and answers until the stand-in is dropped or [shut down](CloudSiem::shutdown).
    ///
    /// Needs a tokio runtime with I/O.
    ///
    /// # Errors
    ///
    /// When the data set is [not sound](DataSetError) (of kind `InvalidInput`), or the address cannot be bound.
    pub async fn start(self) -> io::Result<CloudSiem> {
        let (addr, security) = (self.addr, self.security.clone());
        let mut siem = self.build().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        siem.is_secure = !matches!(security, Security::Plain);
        siem.server = Some(Server::start(addr, security, Arc::clone(&siem.service)).await?);
        Ok(siem)
    }

    /// Makes a stand-in without sockets, which answers only [`CloudSiem::call`].
    ///
    /// Its limits, delays and page tokens go by tokio's clock. With that clock paused, time passes as the test says,
    /// which it cannot over real sockets.
    ///
    /// # Errors
    ///
    /// When the data set is not sound.
    pub fn build(mut self) -> Result<CloudSiem, DataSetError> {
        let data = self.data.resolved()?;
        if self.keys.is_empty() {
            let (access_id, access_key) = (DEFAULT_ACCESS_ID.to_owned(), DEFAULT_ACCESS_KEY.to_owned());
            self.keys.push((access_id, access_key, KeyHolder::Here));
        }
        let mut keys = Keys::default();
        for (access_id, access_key, holder) in self.keys {
            keys.insert(access_id, access_key, holder);
        }
        let clock = Clock::starting_at(self.now.unwrap_or_else(Utc::now));
        let tokens = PageTokens::new(self.token_lifetime, self.token_page_size);
        let service = Service {
            keys,
            gate: Gate::new(self.limit),
            faults: Faults::default(),
            recorder: Recorder::default(),
            store: Mutex::new(Store::new(data, clock, tokens)),
            latency: self.latency,
            body_limit: self.body_limit,
        };
        Ok(CloudSiem { service: Arc::new(service), server: None, is_secure: false })
    }
}

impl CloudSiem {
    /// Settings for a new stand-in.
    pub fn builder() -> CloudSiemBuilder {
        CloudSiemBuilder::new()
    }

    /// Where it listens; port 0 of the unspecified address when it was built without sockets.
    pub fn addr(&self) -> SocketAddr {
        self.server
            .as_ref()
            .map_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), |server| server.addr)
    }

    /// Host and port, as `127.0.0.1:4711`.
    pub fn api_host(&self) -> String {
        self.addr().to_string()
    }

    /// Scheme, host and port, as `http://127.0.0.1:4711`; no slash at the end.
    pub fn base_url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}", self.addr())
    }

    /// Answers a request without a socket in between. Only path, query, headers and body of the request count.
    ///
    /// Calls are limited, recorded, counted and hit by faults like those that come over a socket.
    ///
    /// # Errors
    ///
    /// When a fault breaks the connection before the answer begins. When it breaks later, the body gives the error.
    pub async fn call<B>(&self, request: Request<B>) -> io::Result<Response<AnswerBody>>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.service.answer(request, ResetSwitch::default()).await
    }

    /// Places a fault. When several are due for a call, the one that was placed first hits.
    pub fn inject(&self, when: When, fault: Fault) -> FaultId {
        self.service.faults.place(when, fault)
    }

    /// Removes a fault; nothing happens when it is gone already.
    pub fn remove_fault(&self, id: FaultId) {
        self.service.faults.remove(id);
    }

    /// Removes all faults, that of new connections included.
    pub fn clear_faults(&self) {
        self.service.faults.clear();
    }

    /// Sets what goes wrong with every new connection, or that nothing does. Open connections are not touched.
    pub fn set_connection_fault(&self, fault: Option<ConnectionFault>) {
        self.service.faults.set_connection_fault(fault);
    }

    /// The calls that came in, oldest first: the last 10,000, with at most 16 MiB of bodies.
    pub fn recorded(&self) -> Vec<RecordedCall> {
        self.service.recorder.recorded()
    }

    /// What has been counted since the start or the last [reset](Self::reset_counts).
    pub fn counts(&self) -> Counts {
        let mut counts = self.service.recorder.counts();
        counts.peak_in_flight = self.service.gate.peak();
        counts
    }

    /// How many calls are in flight now.
    pub fn in_flight(&self) -> usize {
        self.service.gate.in_flight()
    }

    /// Forgets the recorded calls and sets all counts to zero.
    pub fn reset_counts(&self) {
        self.service.recorder.reset();
        self.service.gate.reset_peak();
    }

    /// Closes the port and all connections, and waits until that is done.
    pub async fn shutdown(mut self) {
        if let Some(server) = &mut self.server {
            server.stop().await;
        }
    }
}
