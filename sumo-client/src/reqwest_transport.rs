//! The default transport: reqwest with rustls.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::uri::Authority;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::connection::{OnConnection, TellConnection};
use crate::transport::{BodyStream, SendFuture, Transport, TransportError, TransportErrorKind};

/// Creates a [`reqwest::ClientBuilder`] set up the way this crate needs it.
///
/// TLS by rustls, no redirects, HTTPS only, gzip, no delay of small packets, ten
/// idle connections a host (the API allows ten calls in flight), 10 seconds to connect, and an
/// HTTP/2 PING every 10 seconds, busy or idle: a connection that does not answer one within 5
/// seconds is closed, and its calls fail as interrupted. A server may send 512 KiB of a body before
/// it is read. Add roots or a proxy, build it, and give
/// it to [`ClientBuilder::http_client`](crate::ClientBuilder::http_client); many clients can share
/// one. For a stand-in without TLS call `.https_only(false)` on it.
///
/// ```
/// let http = sumo_client::http_client_builder().pool_max_idle_per_host(20).build()?;
/// # Ok::<(), reqwest::Error>(())
/// ```
///
/// With the feature `ring` and without `aws-lc`, ring becomes the cryptography of all TLS in the
/// process, unless one is installed already.
pub fn http_client_builder() -> reqwest::ClientBuilder {
    #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
    {
        // It fails when there is one already, which then is the user's choice.
        let _installed = rustls::crypto::ring::default_provider().install_default();
    }
    reqwest::Client::builder()
        .tls_backend_rustls()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .gzip(true)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(10)
        .pool_idle_timeout(Duration::from_secs(60))
        .connect_timeout(Duration::from_secs(10))
        .http2_keep_alive_interval(Duration::from_secs(10))
        .http2_keep_alive_timeout(Duration::from_secs(5))
        .http2_keep_alive_while_idle(true)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .connector_layer(TellConnection)
}

/// The default transport: a shared [`reqwest::Client`].
///
/// A client that was not built from [`http_client_builder`] may have settings that do not go with
/// this crate. They cannot be read from outside, so they are found by their effects: a redirect
/// that was followed, and `http` that is refused, are errors of the kind
/// [`TransportErrorKind::Misconfigured`], which are not tried again.
///
/// Over HTTP/2 one connection of a client carries the calls to a host, and calls beyond the number
/// of streams that the server allows wait inside of it. [`renewing`](Self::renewing) opens further
/// connections instead, and leaves one that does not answer.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    pool: Option<Arc<ClientPool>>,
}

/// The host gets new connections after so many requests in a row without a response.
const MOST_UNANSWERED: u32 = 3;

/// A request that was given up counts as one without a response if it was waited for so long.
const UNANSWERED_AFTER: Duration = Duration::from_secs(3);

type Build = dyn Fn() -> Result<reqwest::Client, reqwest::Error> + Send + Sync;

/// The requests that one client has open to a host before another client is used: the least number
/// of streams that servers are asked to allow (RFC 9113, 6.5.2).
const STREAMS: usize = 100;

/// The bytes of a body that the server may send before they are read (RFC 9113, 5.2).
const STREAM_WINDOW: u32 = 512 * 1024;

/// The same for all bodies of a connection: that of all its streams, so that bodies which wait for
/// room in a [`BodyBudget`](crate::BodyBudget) do not hold up those that have it.
const CONNECTION_WINDOW: u32 = STREAM_WINDOW * STREAMS as u32;

/// The most clients, and so HTTP/2 connections, to one host.
const MOST_CLIENTS: usize = 16;

/// The clients for each host.
struct ClientPool {
    build: Box<Build>,
    hosts: Mutex<HashMap<Authority, Host>>,
}

#[derive(Default)]
struct Host {
    /// Requests in a row that were given up without a response.
    unanswered: u32,
    clients: Vec<PooledClient>,
}

/// A client with a connection of its own.
struct PooledClient {
    client: reqwest::Client,
    /// Cloned for each request until its response is read.
    open: Arc<()>,
}

/// The client to send a request with. The request counts as open until this is dropped.
struct Selected {
    client: reqwest::Client,
    _open: Option<Arc<()>>,
}

impl PooledClient {
    fn new(client: reqwest::Client) -> Self {
        Self { client, open: Arc::default() }
    }

    fn open_requests(&self) -> usize {
        Arc::strong_count(&self.open) - 1
    }
}

impl Host {
    /// Notes a request without a response; returns true if the connections are to be left.
    fn is_unanswered_again(&mut self) -> bool {
        self.unanswered = (self.unanswered + 1) % MOST_UNANSWERED;
        self.unanswered == 0
    }

    /// Selects the client for the next request.
    fn select(&mut self, first: &reqwest::Client, build: &Build) -> Selected {
        if self.clients.is_empty() {
            self.clients.push(PooledClient::new(first.clone()));
        }
        let is_full = self.clients.iter().all(|client| client.open_requests() >= STREAMS);
        if is_full && self.clients.len() < MOST_CLIENTS {
            // A client could be built once; were it not so now, the present ones carry on.
            self.clients.extend(build().ok().map(PooledClient::new));
        }
        let free = self.clients.iter().find(|client| client.open_requests() < STREAMS);
        let selected = free.or_else(|| self.clients.iter().min_by_key(|client| client.open_requests()));
        Selected {
            client: selected.map_or(first, |selected| &selected.client).clone(),
            _open: selected.map(|selected| Arc::clone(&selected.open)),
        }
    }
}

impl ReqwestTransport {
    /// Creates a transport over this client; build it from [`http_client_builder`].
    pub fn new(client: reqwest::Client) -> Self {
        Self { client, pool: None }
    }

    /// Creates a transport over a client that `build` makes, and makes again for a host that left
    /// three requests in a row without an answer: its connections are left, since one that still
    /// answers PINGs may lead to a server that is gone. Another client is made, too, when 100
    /// requests to a host are open, so that none waits for a stream of the connection.
    ///
    /// # Errors
    /// Returns an error if the first client cannot be built.
    ///
    /// ```
    /// use sumo_client::{ReqwestTransport, http_client_builder};
    ///
    /// let transport = ReqwestTransport::renewing(|| http_client_builder().no_proxy().build())?;
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    pub fn renewing(
        build: impl Fn() -> Result<reqwest::Client, reqwest::Error> + Send + Sync + 'static,
    ) -> Result<Self, reqwest::Error> {
        let client = build()?;
        let pool = ClientPool { build: Box::new(build), hosts: Mutex::default() };
        Ok(Self { client, pool: Some(Arc::new(pool)) })
    }

    async fn execute(
        &self,
        mut request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError> {
        let on_connection = request.extensions_mut().remove::<OnConnection>();
        let pooled = self.pool.as_ref().zip(request.uri().authority().cloned());
        let selected = match &pooled {
            Some((pool, host)) => pool.select(host, &self.client),
            None => Selected { client: self.client.clone(), _open: None },
        };
        let pending = pooled.map(|(pool, host)| PendingRequest::new(pool, host));
        let request = reqwest::Request::try_from(request).map_err(from_reqwest)?;
        let asked = request.url().clone();
        let sent = selected.client.execute(request);
        let sent = match on_connection {
            Some(on_connection) => on_connection.send(sent).await,
            None => sent.await,
        };
        if let Some(pending) = pending {
            pending.end();
        }
        let response = sent.map_err(from_reqwest)?;
        if *response.url() != asked {
            let reason =
                "the HTTP client followed a redirect; build it from sumo_client::http_client_builder";
            return Err(TransportError::new(TransportErrorKind::Misconfigured, reason));
        }
        let mut head = http::Response::new(());
        *head.status_mut() = response.status();
        *head.headers_mut() = response.headers().clone();
        let body: BodyStream = Box::pin(response.bytes_stream().map(move |chunk| {
            // The stream is open until the body is dropped.
            let _open = &selected;
            chunk.map_err(from_reqwest)
        }));
        Ok(head.map(|()| body))
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> SendFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        Box::pin(self.execute(request))
    }

    fn shares_process_limits(&self) -> bool {
        true
    }
}

impl ClientPool {
    /// Selects the client for the next request to a host; `first` is the one that is there at
    /// first.
    fn select(&self, host: &Authority, first: &reqwest::Client) -> Selected {
        self.hosts.lock().entry(host.clone()).or_default().select(first, &self.build)
    }
}

impl fmt::Debug for ClientPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientPool(..)")
    }
}

/// A request that waits for its response; dropping it means that it was given up.
struct PendingRequest<'a> {
    pool: &'a ClientPool,
    host: Authority,
    since: Instant,
    is_over: bool,
}

impl<'a> PendingRequest<'a> {
    fn new(pool: &'a ClientPool, host: Authority) -> Self {
        Self { pool, host, since: Instant::now(), is_over: false }
    }

    /// Notes that something came of the request, be it an error.
    fn end(mut self) {
        self.is_over = true;
        if let Some(host) = self.pool.hosts.lock().get_mut(&self.host) {
            host.unanswered = 0;
        }
    }
}

impl Drop for PendingRequest<'_> {
    fn drop(&mut self) {
        // The server had no time to answer one that was given up at once.
        if self.is_over || self.since.elapsed() < UNANSWERED_AFTER {
            return;
        }
        let is_dead = self.pool.hosts.lock().entry(self.host.clone()).or_default().is_unanswered_again();
        // What could be built once can be built again; were it not so, the old connections stay.
        // It takes a while, and nobody else waits for it.
        if is_dead && let Ok(client) = (self.pool.build)() {
            let clients = vec![PooledClient::new(client)];
            self.pool.hosts.lock().entry(self.host.clone()).or_default().clients = clients;
        }
    }
}

fn from_reqwest(error: reqwest::Error) -> TransportError {
    // The URL in reqwest's own message would carry the query.
    let error = error.without_url();
    // Later than the handshake it is an interruption: the request may have been sent.
    let kind = if error.is_connect() && find_tls_error(&error).is_some() {
        TransportErrorKind::Tls
    } else if error.is_builder() || error.is_redirect() {
        TransportErrorKind::Misconfigured
    } else if error.is_connect() && error.is_timeout() {
        TransportErrorKind::ConnectTimeout
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Interrupted
    };
    TransportError::new(kind, error)
}

/// Finds the TLS error in a chain of causes. An I/O error hides the error it wraps from `source`,
/// so look inside.
pub(crate) fn find_tls_error<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        next = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn transport() -> ReqwestTransport {
        ReqwestTransport::renewing(|| http_client_builder().no_proxy().tls_certs_only([]).build()).unwrap()
    }

    fn pending(transport: &ReqwestTransport) -> PendingRequest<'_> {
        PendingRequest::new(transport.pool.as_ref().unwrap(), Authority::from_static("api.example.com"))
    }

    fn select(transport: &ReqwestTransport) -> Selected {
        let host = Authority::from_static("api.example.com");
        transport.pool.as_ref().unwrap().select(&host, &transport.client)
    }

    fn open_requests(transport: &ReqwestTransport) -> Vec<usize> {
        let hosts = transport.pool.as_ref().unwrap().hosts.lock();
        hosts.values().flat_map(|host| host.clients.iter().map(PooledClient::open_requests)).collect()
    }

    #[test]
    fn connections_are_left_after_requests_that_were_waited_for() {
        let builds = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&builds);
        let transport = ReqwestTransport::renewing(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            http_client_builder().no_proxy().tls_certs_only([]).build()
        });
        let transport = transport.unwrap();
        (0..10).for_each(|_| drop(pending(&transport)));
        assert_eq!(builds.load(Ordering::Relaxed), 1, "given up at once");
        for _ in 0..3 {
            let mut request = pending(&transport);
            request.since = request.since.checked_sub(UNANSWERED_AFTER).unwrap();
        }
        assert_eq!(builds.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn requests_beyond_the_streams_of_a_connection_get_another_one() {
        let transport = transport();
        let mut open: Vec<_> = (0..250).map(|_| select(&transport)).collect();
        assert_eq!(open_requests(&transport), [100, 100, 50]);
        open.drain(..120);
        let next = select(&transport);
        assert_eq!(open_requests(&transport), [1, 80, 50]);
        drop((next, open));
        let _open: Vec<_> = (0..2_000).map(|_| select(&transport)).collect();
        assert_eq!(open_requests(&transport), [125; MOST_CLIENTS]);
    }
}
