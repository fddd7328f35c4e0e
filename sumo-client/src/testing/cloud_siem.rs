//! The stand-in as its users see it.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{Request, Response};
use hyper::body::Body;
use parking_lot::{Mutex, RwLock};

use super::body::{AnswerBody, ResetSwitch};
use super::canned::Canned;
use super::clock::Clock;
use super::console::HomeLink;
use super::data::{DataSet, DataSetError};
use super::fault::{ConnectionFault, Fault, FaultId, Faults, When};
use super::limit::{EnforcedLimit, Gate};
use super::operation::Operation;
use super::record::{Counts, RecordedCall, Recorder};
use super::rights::Right;
use super::server::{Security, Server};
use super::service::{KeyHolder, Keys, Service};
use super::store::{Behaviour, DuplicateItems, PageTokens, Store};
use crate::credentials::Credentials;
use crate::deployment::Deployment;

/// The access id that is known when the builder is given no credentials.
pub const DEFAULT_ACCESS_ID: &str = "stand-in-id";
/// The access key that belongs to [`DEFAULT_ACCESS_ID`].
pub const DEFAULT_ACCESS_KEY: &str = "stand-in-key";

/// A Cloud SIEM that runs in this process: over real HTTP when [started](CloudSiemBuilder::start),
/// or by [`call`](Self::call) alone when [built](CloudSiemBuilder::build).
///
/// It stops when dropped. See the [module](super) for its answers.
#[derive(Debug)]
pub struct CloudSiem {
    pub(super) service: Arc<Service>,
    pub(super) server: Option<Server>,
    pub(super) is_secure: bool,
    pub(super) deployment: Deployment,
    /// The first access key.
    pub(super) credentials: Credentials,
}

/// Settings of a [`CloudSiem`]; made by [`CloudSiem::builder`].
#[must_use = "a builder does nothing until it is started or built"]
pub struct CloudSiemBuilder {
    data: DataSet,
    keys: Vec<(String, String, KeyHolder)>,
    rights: Vec<(String, Vec<Right>)>,
    behaviour: Behaviour,
    canned: HashMap<Operation, Canned>,
    max_connections: usize,
    limit: Option<EnforcedLimit>,
    latency: Duration,
    now: Option<DateTime<Utc>>,
    token_lifetime: Duration,
    token_page_size: usize,
    body_limit: usize,
    console_home: Option<HomeLink>,
    addr: SocketAddr,
    security: Security,
}

impl CloudSiemBuilder {
    fn new() -> Self {
        Self {
            data: DataSet::new(),
            keys: Vec::new(),
            rights: Vec::new(),
            behaviour: Behaviour {
                appearance_delay: crate::api::match_lists::APPEARANCE_DELAY,
                duplicate_items: DuplicateItems::default(),
                plain_acknowledgements: false,
                list_capacity: None,
            },
            canned: HashMap::new(),
            max_connections: 1024,
            limit: None,
            latency: Duration::ZERO,
            now: None,
            token_lifetime: Duration::from_secs(60),
            token_page_size: 100,
            body_limit: 4 * 1024 * 1024,
            console_home: None,
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            security: Security::Plain,
        }
    }

    /// Sets the data of the stand-in. The default is only the built-in statuses and resolutions.
    pub fn data(mut self, data: DataSet) -> Self {
        self.data = data;
        self
    }

    /// Sets a link on all pages of the web console, such as back to the page that leads there.
    pub fn console_home(mut self, text: impl Into<String>, address: impl Into<String>) -> Self {
        self.console_home = Some(HomeLink { text: text.into(), address: address.into() });
        self
    }

    /// Adds an access key. When none is added, [`DEFAULT_ACCESS_ID`] with [`DEFAULT_ACCESS_KEY`] is
    /// known.
    pub fn credentials(mut self, access_id: impl Into<String>, access_key: impl Into<String>) -> Self {
        self.keys.push((access_id.into(), access_key.into(), KeyHolder::Here));
        self
    }

    /// Adds an access key whose owner has only these rights; calls that need others get 403. See
    /// [`Operation::right`].
    pub fn credentials_with_rights(
        mut self,
        access_id: impl Into<String>,
        access_key: impl Into<String>,
        rights: impl IntoIterator<Item = Right>,
    ) -> Self {
        let access_id = access_id.into();
        self.rights.push((access_id.clone(), rights.into_iter().collect()));
        self.credentials(access_id, access_key)
    }

    /// Adds an access key of another deployment: calls with it get a 301 to `base_url`, which has
    /// no path.
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

    /// Holds each access key to a limit. By default there is none, so that tests that are not about
    /// limits are fast.
    pub fn rate_limit(mut self, limit: EnforcedLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Makes every answer take so long.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets the time after an add or a delete of list items and indicators until lists of items
    /// show it. The default is 15 seconds, which the vendor's own Terraform provider waits. It uses
    /// the stand-in's clock, which [`CloudSiem::advance`] puts forward. A single item is there, and
    /// gone, at once.
    pub fn appearance_delay(mut self, delay: Duration) -> Self {
        self.behaviour.appearance_delay = delay;
        self
    }

    /// Sets what becomes of a value that is added to a list a second time.
    pub fn duplicate_items(mut self, duplicates: DuplicateItems) -> Self {
        self.behaviour.duplicate_items = duplicates;
        self
    }

    /// Sets how many items any list holds. The default is as documented: 50,000 for suppress lists,
    /// 100,000 for others.
    pub fn list_capacity(mut self, items: usize) -> Self {
        self.behaviour.list_capacity = Some(items);
        self
    }

    /// Answers a plain `true` where `{"ok": true}` is documented; both were seen of the API.
    pub fn plain_acknowledgements(mut self) -> Self {
        self.behaviour.plain_acknowledgements = true;
        self
    }

    /// Answers an operation with a canned body, to measure a caller with.
    ///
    /// Such calls keep to limits, rights, latency and faults, and are counted, though not kept in
    /// [`CloudSiem::recorded`]. Nothing else is done for them: the state is not looked at.
    pub fn canned(mut self, operation: Operation, canned: Canned) -> Self {
        self.canned.insert(operation, canned);
        self
    }

    /// Sets how many connections are served at once; 1,024 by default. Further ones wait.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// Sets the time of day at the start, which `NOW` in queries and the times of changes use. The
    /// default is the machine's clock.
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

    /// Speaks TLS with this configuration, for example one of a [`TestCa`](super::TestCa). HTTP/2
    /// is spoken when the configuration offers it by ALPN.
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
    /// Returns an error if the data set is [not sound](DataSetError) (of kind `InvalidInput`), or
    /// the address cannot be bound.
    pub async fn start(self) -> io::Result<CloudSiem> {
        let (addr, security, max_connections) = (self.addr, self.security.clone(), self.max_connections);
        let mut siem = self.build().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        siem.is_secure = !matches!(security, Security::Plain);
        let server = Server::start(addr, security, max_connections, Arc::clone(&siem.service)).await?;
        siem.deployment = Deployment::from_api_host(&server.addr.to_string())
            .map_err(|error| io::Error::new(io::ErrorKind::AddrNotAvailable, error))?;
        siem.server = Some(server);
        Ok(siem)
    }

    /// Makes a stand-in without sockets, which answers only [`CloudSiem::call`].
    ///
    /// Its limits, delays and page tokens use tokio's clock. With that clock paused, time passes as
    /// the test says, which it cannot over real sockets.
    ///
    /// # Errors
    ///
    /// Returns an error if the data set is not sound.
    pub fn build(mut self) -> Result<CloudSiem, DataSetError> {
        let data = self.data.resolved()?;
        if self.keys.is_empty() {
            let (access_id, access_key) = (DEFAULT_ACCESS_ID.to_owned(), DEFAULT_ACCESS_KEY.to_owned());
            self.keys.push((access_id, access_key, KeyHolder::Here));
        }
        let mut keys = Keys::default();
        let mut credentials = None;
        for (access_id, access_key, holder) in self.keys {
            credentials.get_or_insert_with(|| Credentials::new(access_id.clone(), access_key.clone()));
            keys.insert(access_id, access_key, holder);
        }
        for (access_id, rights) in self.rights {
            keys.set_rights(&access_id, rights.into_iter().collect());
        }
        let clock = Clock::starting_at(self.now.unwrap_or_else(Utc::now));
        let tokens = PageTokens::new(self.token_lifetime, self.token_page_size);
        let service = Service {
            keys: Mutex::new(keys),
            gate: Gate::new(self.limit),
            faults: Faults::default(),
            recorder: Recorder::default(),
            store: Mutex::new(Store::new(data, clock, tokens, self.behaviour)),
            canned: RwLock::new(self.canned),
            latency: Mutex::new(self.latency),
            body_limit: self.body_limit,
            console_home: self.console_home,
        };
        Ok(CloudSiem {
            service: Arc::new(service),
            server: None,
            is_secure: false,
            // Never resolved: clients of a stand-in without sockets call it within the process.
            deployment: Deployment::from_api_host("cloud-siem.invalid").unwrap_or(Deployment::US1),
            credentials: credentials
                .unwrap_or_else(|| Credentials::new(DEFAULT_ACCESS_ID, DEFAULT_ACCESS_KEY)),
        })
    }
}

impl CloudSiem {
    /// Settings for a new stand-in.
    pub fn builder() -> CloudSiemBuilder {
        CloudSiemBuilder::new()
    }

    /// Returns the address that it listens on; port 0 of the unspecified address when it was built
    /// without sockets.
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

    /// Answers a request without a socket in between. Only path, query, headers and body of the
    /// request count.
    ///
    /// Calls are limited, recorded, counted and hit by faults like those that come over a socket.
    ///
    /// # Errors
    ///
    /// Returns an error if a fault breaks the connection before the answer begins. If it breaks
    /// later, the body gives the error.
    pub async fn call<B>(&self, request: Request<B>) -> io::Result<Response<AnswerBody>>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.service.answer(request, ResetSwitch::default()).await
    }

    /// Puts the stand-in's clock forward, without waiting: items appear, page tokens expire, `NOW`
    /// moves. Limits and delays of answers use tokio's clock and do not change.
    pub fn advance(&self, by: Duration) {
        self.service.store.lock().clock.advance(by);
    }

    /// Returns the time of day by the stand-in's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.service.store.lock().clock.now()
    }

    /// Sets the rights of an access key from now on, and says whether the key is known.
    /// [`Right::ALL`] gives all.
    pub fn set_rights(&self, access_id: &str, rights: impl IntoIterator<Item = Right>) -> bool {
        self.service.keys.lock().set_rights(access_id, rights.into_iter().collect())
    }

    /// Answers calls with this access key with 401 from now on, and says whether the key is known.
    pub fn revoke_key(&self, access_id: &str) -> bool {
        self.service.keys.lock().set_revoked(access_id, true)
    }

    /// Takes a [revoked](Self::revoke_key) key again, and says whether it is known.
    pub fn restore_key(&self, access_id: &str) -> bool {
        self.service.keys.lock().set_revoked(access_id, false)
    }

    /// Makes every answer take so long from now on.
    pub fn set_latency(&self, latency: Duration) {
        *self.service.latency.lock() = latency;
    }

    /// Holds each access key to another limit from now on, or to none.
    pub fn set_rate_limit(&self, limit: Option<EnforcedLimit>) {
        self.service.gate.set_limit(limit);
    }

    /// Sets the canned answer of an operation, or takes it away. See [`CloudSiemBuilder::canned`].
    pub fn set_canned(&self, operation: Operation, canned: Option<Canned>) {
        self.service.set_canned(operation, canned);
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

    /// Sets what goes wrong with every new connection, or that nothing does. Open connections are
    /// not touched.
    pub fn set_connection_fault(&self, fault: Option<ConnectionFault>) {
        self.service.faults.set_connection_fault(fault);
    }

    /// Returns the calls that came in, oldest first: the last 10,000, with at most 16 MiB of
    /// bodies.
    pub fn recorded(&self) -> Vec<RecordedCall> {
        self.service.recorder.recorded()
    }

    /// Returns the recorded calls of an operation, oldest first.
    pub fn recorded_of(&self, operation: Operation) -> Vec<RecordedCall> {
        let mut calls = self.recorded();
        calls.retain(|call| call.operation == Some(operation));
        calls
    }

    /// Returns the counts since the start or the last [reset](Self::reset_counts).
    pub fn counts(&self) -> Counts {
        let mut counts = self.service.recorder.counts();
        counts.peak_in_flight = self.service.gate.peak();
        counts
    }

    /// Returns the number of calls in flight now.
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
