//! The sockets: accepting, bounding and draining connections.
//!
//! poem's own server has no time limit for headers, no cap on connections and leaves Nagle's
//! algorithm on; this one drives hyper itself and hands each request to a poem endpoint.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use poem::endpoint::{DynEndpoint, ToDynEndpoint};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, EndpointExt, Response};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceBuilder, ServiceExt};

use super::activity::{Activity, CloseReason, ConnectionTimeouts};
use super::compression;
use super::connection_stream::{ConnectionStream, Stream};
use super::held_body::{HeldBody, HeldUntilSent};
use super::page_handler::{self, PageHandler};
use super::peers::{PeerConnection, Peers};
#[cfg(feature = "cli")]
use crate::setting_values as values;
use crate::telemetry::metrics::Metrics;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The largest head of a request, in bytes, with any version of HTTP: room for any token, since a
/// token that is too long gets the contract's reply.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Streams open at once on an HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// Exchanges under way at once for each connection that there may be. One on each connection is
/// always taken up.
const STREAMS_PER_CONNECTION: usize = 4;

/// Bytes that an HTTP/2 caller may send ahead on one stream, and on all streams of a connection.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;

/// The time that a connection has to end after its caller was notified.
const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// Bounds of a [`Server`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[non_exhaustive]
pub struct ServerLimits {
    /// Connections open at once; more wait to be accepted (1 to 1000000).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_MAX_CONNECTIONS",
        default_value_t = Self::MAX_CONNECTIONS,
        value_parser = values::count(1_000_000),
        value_name = "COUNT",
    ))]
    pub max_connections: usize,

    /// Connections of one peer address, or of one /64 network of IPv6, never more than half of all;
    /// more are closed at once (0 to 1000000). A peer has half of the HTTP/2 streams, too. 0 turns
    /// both limits off, for a service behind a proxy with few addresses.
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_MAX_PEER_CONNECTIONS",
        default_value_t = Self::MAX_PEER_CONNECTIONS,
        value_parser = values::count_from(0, 1_000_000),
        value_name = "COUNT",
    ))]
    pub max_peer_connections: usize,

    /// The time during which connections are still accepted after readiness has closed, in seconds,
    /// so that load balancers notice (0 to 300).
    #[cfg_attr(feature = "cli", arg(
        long = "drain-delay-seconds",
        env = "RELAY_DRAIN_DELAY_SECONDS",
        default_value = values::seconds_text(Self::DRAIN_DELAY),
        value_parser = values::seconds(0.0, 300.0),
        value_name = "SECONDS",
    ))]
    pub drain_delay: Duration,

    /// The time that running requests have to end after the server is told to stop, in seconds (0
    /// to 600).
    #[cfg_attr(feature = "cli", arg(
        long = "shutdown-seconds",
        env = "RELAY_SHUTDOWN_SECONDS",
        default_value = values::seconds_text(Self::SHUTDOWN),
        value_parser = values::seconds(0.0, 600.0),
        value_name = "SECONDS",
    ))]
    pub shutdown: Duration,

    /// The longest time from the first byte of a request's head to the last, in seconds (0.1 to
    /// 300).
    #[cfg_attr(feature = "cli", arg(
        long = "header-seconds",
        env = "RELAY_HEADER_SECONDS",
        default_value = values::seconds_text(Self::HEADER_TIMEOUT),
        value_parser = values::seconds(0.1, 300.0),
        value_name = "SECONDS",
    ))]
    pub header_timeout: Duration,

    /// The time for which a connection is kept between requests, in seconds; longer than a load
    /// balancer in front keeps it, or it sends a request into a connection that closes (1 to 3600).
    #[cfg_attr(feature = "cli", arg(
        long = "idle-seconds",
        env = "RELAY_IDLE_SECONDS",
        default_value = values::seconds_text(Self::IDLE_TIMEOUT),
        value_parser = values::seconds(1.0, 3600.0),
        value_name = "SECONDS",
    ))]
    pub idle_timeout: Duration,

    /// The longest time from the opening of a connection to its first byte.
    #[cfg_attr(feature = "cli", arg(skip = Self::FIRST_BYTE_TIMEOUT))]
    pub first_byte_timeout: Duration,

    /// The time limit for a response without progress because its caller does not read it.
    #[cfg_attr(feature = "cli", arg(skip = Self::STALL_TIMEOUT))]
    pub stall_timeout: Duration,

    /// The time limit of a TLS handshake.
    #[cfg_attr(feature = "cli", arg(skip = Self::HANDSHAKE_TIMEOUT))]
    pub handshake_timeout: Duration,
}

impl ServerLimits {
    const MAX_CONNECTIONS: usize = 1024;
    const MAX_PEER_CONNECTIONS: usize = Self::MAX_CONNECTIONS / 2;
    const DRAIN_DELAY: Duration = Duration::from_secs(5);
    const SHUTDOWN: Duration = Duration::from_secs(30);
    const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
    const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
    const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);
    const STALL_TIMEOUT: Duration = Duration::from_secs(30);
    const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

    /// The limits of a server when nothing is set.
    pub const DEFAULT: Self = Self {
        max_connections: Self::MAX_CONNECTIONS,
        max_peer_connections: Self::MAX_PEER_CONNECTIONS,
        drain_delay: Self::DRAIN_DELAY,
        shutdown: Self::SHUTDOWN,
        header_timeout: Self::HEADER_TIMEOUT,
        idle_timeout: Self::IDLE_TIMEOUT,
        first_byte_timeout: Self::FIRST_BYTE_TIMEOUT,
        stall_timeout: Self::STALL_TIMEOUT,
        handshake_timeout: Self::HANDSHAKE_TIMEOUT,
    };

    /// Returns the connections that one peer may have; 0 for any number. They are at most half of
    /// all, since open files may leave fewer than the setting.
    fn peer_connections(&self) -> usize {
        let most = (self.max_connections / 2).max(1);
        self.max_peer_connections.min(most)
    }

    /// Returns the exchanges that there may be beyond the first of each connection.
    fn streams(&self) -> usize {
        self.max_connections.saturating_mul(STREAMS_PER_CONNECTION)
    }

    /// Returns the part of [`streams`](Self::streams) that one peer may have; 0 for any number.
    fn peer_streams(&self) -> usize {
        if self.max_peer_connections == 0 { 0 } else { self.streams() / 2 }
    }

    fn connection_timeouts(&self) -> ConnectionTimeouts {
        ConnectionTimeouts {
            first_byte: self.first_byte_timeout,
            head: self.header_timeout,
            idle: self.idle_timeout,
            stall: self.stall_timeout,
        }
    }
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A server whose port is open and which does not accept yet.
pub struct Server {
    listener: TcpListener,
    limits: ServerLimits,
    tls: Option<ServerTls>,
    metrics: Option<Metrics>,
    draining: CancellationToken,
    cut: CancellationToken,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// The TLS settings of a server, which can be replaced while it runs.
#[derive(Clone)]
pub(crate) struct ServerTls(Arc<ArcSwap<rustls::ServerConfig>>);

impl ServerTls {
    /// Serves new connections with `config` from now on.
    pub(crate) fn replace(&self, config: rustls::ServerConfig) {
        self.0.store(Arc::new(with_protocols(config)));
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.load_full())
    }
}

fn with_protocols(mut config: rustls::ServerConfig) -> rustls::ServerConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

impl Server {
    /// Opens the port `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// Returns an error if the port cannot be opened, such as when another program has it.
    pub fn bind(address: SocketAddr, limits: ServerLimits) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self {
            listener: socket.listen(BACKLOG)?,
            limits,
            tls: None,
            metrics: None,
            draining: CancellationToken::new(),
            cut: CancellationToken::new(),
        })
    }

    /// Serves TLS with `config`, HTTP/2 and HTTP/1.1 as the caller asks.
    #[must_use]
    pub fn with_tls(mut self, config: rustls::ServerConfig) -> Self {
        self.tls = Some(ServerTls(Arc::new(ArcSwap::from_pointee(with_protocols(config)))));
        self
    }

    /// Returns the same with connections that are counted.
    #[must_use]
    pub(crate) fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Returns the handle that replaces the TLS settings, when the server has any.
    pub(crate) fn tls(&self) -> Option<ServerTls> {
        self.tls.clone()
    }

    /// Returns a token to cancel when callers are to leave: connections are still accepted, but end
    /// after a response.
    pub(crate) fn draining(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// Returns a token that is cancelled when requests are cut, since they did not end in time.
    pub(crate) fn cut(&self) -> CancellationToken {
        self.cut.clone()
    }

    /// The address that is listened on.
    ///
    /// # Errors
    /// Returns an error if the system does not report it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves the pages of `handler` until `stop` is cancelled, then lets running requests end
    /// within the limit.
    pub async fn run_pages(self, handler: PageHandler, stop: CancellationToken) {
        self.run(page_handler::endpoint(handler), stop).await;
    }

    /// Serves `endpoint` until `stop` is cancelled, then lets running requests end within the
    /// limit.
    pub(crate) async fn run<E>(self, endpoint: E, stop: CancellationToken)
    where
        E: Endpoint + 'static,
        E::Output: 'static,
    {
        let Self { listener, limits, tls, metrics, draining, cut } = self;
        let local = listener.local_addr().map_or_else(|_| Addr::custom("tcp", "unknown"), Addr::SocketAddr);
        let site = Site {
            endpoint: Arc::new(ToDynEndpoint(endpoint.map_to_response())),
            local: LocalAddr(local),
            scheme: if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP },
        };
        let connections = Connections {
            service: site.into_service(),
            protocol: protocol(&limits),
            tls,
            limits,
            streams: Arc::new(Semaphore::new(limits.streams())),
            peer_streams: Peers::new(limits.peer_streams()),
            metrics,
            draining,
            stop: stop.clone(),
            cut,
        };
        let (places, peers) =
            (Arc::new(Semaphore::new(limits.max_connections)), Peers::new(limits.peer_connections()));
        while let Some((stream, remote, place)) = accept(&listener, &places, &peers, &stop).await {
            let connections = connections.clone();
            tokio::spawn(async move {
                let _open = connections.metrics.as_ref().map(Metrics::connection_opened);
                connections.serve(stream, remote).await;
                drop(place);
            });
        }
        drop(listener);
        if drain(&places, &limits).await {
            return;
        }
        connections.cut.cancel();
        // Until the last of them is gone, and has said so in the log.
        let all = places.acquire_many(all_places(&limits));
        if tokio::time::timeout(CUT_TIMEOUT, all).await.is_err() {
            tracing::warn!("connections did not end when they were closed");
        }
    }
}

/// The time to close connections whose requests did not end in time.
const CUT_TIMEOUT: Duration = Duration::from_secs(5);

fn all_places(limits: &ServerLimits) -> u32 {
    u32::try_from(limits.max_connections).unwrap_or(u32::MAX)
}

/// The next connection and its place, or none when it is time to stop.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    peers: &Peers,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, (PeerConnection, OwnedSemaphorePermit))> {
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let (accepted, place) = tokio::select! {
            () = stop.cancelled() => return None,
            accepted = accepted => accepted?,
        };
        match accepted {
            Ok((stream, remote)) => match peers.connect(remote.ip()) {
                // Dropped in this order, or the next of this peer could be refused for this one.
                Some(peer) => return Some((stream, remote, (peer, place))),
                None => tracing::debug!(%remote, "a peer has as many connections as it may"),
            },
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                // Out of file descriptors or memory: the next attempt would fail at once, too.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Waits until all connections have ended, which they do after their running requests. Returns
/// false if they did not in time.
async fn drain(places: &Semaphore, limits: &ServerLimits) -> bool {
    let all = places.acquire_many(all_places(limits));
    let is_drained = tokio::time::timeout(limits.shutdown, all).await.is_ok();
    if !is_drained {
        let open = limits.max_connections - places.available_permits();
        tracing::warn!(open, "requests did not end in time; their connections are closed");
    }
    is_drained
}

fn protocol(limits: &ServerLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // hyper's limit for a head runs while none has begun, too; that for its bytes is in `Activity`.
    let between_heads = limits.idle_timeout.saturating_add(limits.header_timeout);
    builder.http1().timer(TokioTimer::new()).max_buf_size(MAX_HEAD_BYTES).header_read_timeout(between_heads);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.header_timeout);
    builder
}

/// The parts that all connections share.
#[derive(Clone)]
struct Connections {
    service: HttpService,
    protocol: auto::Builder<TokioExecutor>,
    tls: Option<ServerTls>,
    limits: ServerLimits,
    /// Exchanges beyond the first of each connection.
    streams: Arc<Semaphore>,
    /// The part of them that each peer has.
    peer_streams: Peers,
    metrics: Option<Metrics>,
    /// Cancelled when connections are to end after a response.
    draining: CancellationToken,
    /// Cancelled when connections are to end after their running requests.
    stop: CancellationToken,
    /// Cancelled when they are to end at once.
    cut: CancellationToken,
}

impl Connections {
    async fn serve(&self, stream: TcpStream, remote: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set no-delay");
        }
        let Some(tls) = &self.tls else { return self.serve_http(stream, remote).await };
        let handshake = tls.acceptor().accept(stream);
        match tokio::time::timeout(self.limits.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => return self.serve_http(stream, remote).await,
            Ok(Err(error)) => tracing::debug!(%error, %remote, "TLS handshake failed"),
            Err(_) => tracing::debug!(%remote, "TLS handshake took too long"),
        }
        if let Some(metrics) = &self.metrics {
            metrics.tls_handshake_failed();
        }
    }

    async fn serve_http(&self, stream: impl Stream + 'static, remote: SocketAddr) {
        let activity = Arc::new(Activity::new());
        let stream = TokioIo::new(ConnectionStream::new(stream, activity.clone()));
        let (connections, seen) = (self.clone(), activity.clone());
        let respond = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(RemoteAddr(Addr::SocketAddr(remote)));
            connections.clone().respond(seen.clone(), remote, request)
        });
        let mut connection = pin!(self.protocol.serve_connection(stream, respond));
        let timeouts = self.limits.connection_timeouts();
        let reason = tokio::select! {
            ended = connection.as_mut() => return tell_end(ended),
            reason = activity.timed_out(timeouts) => Some(reason),
            () = self.asked_to_close(&activity) => None,
        };
        if reason == Some(CloseReason::NoHead) {
            return;
        }
        // The caller is told: by GOAWAY over HTTP/2. So it sends nothing into a connection that
        // closes.
        connection.as_mut().graceful_shutdown();
        let time_is_up = async {
            match reason {
                // The other requests of the connection may end; what is not read any more may not.
                Some(CloseReason::Stalled) => activity.only_stalled(timeouts).await,
                // A request may have crossed the GOAWAY of a connection that was idle.
                _ => timed_out_after_notice(&activity, timeouts).await,
            }
        };
        tokio::select! {
            ended = connection => tell_end(ended),
            () = time_is_up => tracing::debug!(?reason, "connection cut"),
            () = self.cut.cancelled() => {}
        }
    }

    /// Waits until the connection is to end after its running requests. Callers by HTTP/2 are told
    /// to leave as soon as the drain begins, by GOAWAY; those by HTTP/1.1 with their next response.
    async fn asked_to_close(&self, activity: &Activity) {
        let draining = async {
            self.draining.cancelled().await;
            if !activity.is_http2() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = draining => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Takes a stream of those for all, and of those for this peer.
    fn take_stream(&self, remote: SocketAddr) -> Option<(PeerConnection, OwnedSemaphorePermit)> {
        let peer = self.peer_streams.connect(remote.ip());
        let stream = peer.zip(self.streams.clone().try_acquire_owned().ok());
        if stream.is_none() {
            tracing::debug!(%remote, "a peer has as many streams as it may, or none is left");
        }
        stream
    }

    /// Responds to a request of `remote`, on a connection with this activity.
    async fn respond(
        self,
        activity: Arc<Activity>,
        remote: SocketAddr,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<HeldBody<ResponseBody>>, Infallible> {
        let is_http2 = request.version() == Version::HTTP_2;
        let exchange = activity.begin(is_http2);
        // Every caller is told something, but nobody gets all streams.
        let stream = match exchange.is_only() {
            true => None,
            false => match self.take_stream(remote) {
                Some(stream) => Some(stream),
                None => return Ok(busy().map(|body| HeldBody::new(body, exchange, None))),
            },
        };
        let is_head = request.method() == Method::HEAD;
        let mut response = self.service.oneshot(request).await?;
        HeldUntilSent::hold(response.extensions_mut(), stream);
        let held = response.extensions_mut().remove();
        if !is_http2 && self.draining.is_cancelled() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let response = if is_head { head_of(response) } else { response };
        Ok(response.map(|body| HeldBody::new(body, exchange, held)))
    }
}

/// Waits until a time limit of a connection has passed whose caller was told that it closes, also
/// after requests that came meanwhile: a server that stops waits no longer than one that runs.
async fn timed_out_after_notice(activity: &Activity, timeouts: ConnectionTimeouts) {
    // An idle one ends by itself, unless a part of the next head has arrived already.
    let timeouts = ConnectionTimeouts { idle: timeouts.idle.min(timeouts.head), ..timeouts };
    if activity.timed_out(timeouts).await == CloseReason::Idle {
        tokio::time::sleep(CLOSE_GRACE).await;
    }
    // A request may have come meanwhile.
    if activity.timed_out(timeouts).await == CloseReason::Stalled {
        activity.only_stalled(timeouts).await;
    }
}

fn tell_end(ended: Result<(), BoxError>) {
    if let Err(error) = ended {
        tracing::debug!(error, "connection ended");
    }
}

/// Returns the response to a request that is one too many, without a body: it is sent whether the
/// caller reads or not.
fn busy() -> hyper::Response<ResponseBody> {
    let mut response = hyper::Response::new(empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn empty() -> ResponseBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

type ResponseBody = UnsyncBoxBody<Bytes, BoxError>;

type HttpService = BoxCloneSyncService<hyper::Request<Incoming>, hyper::Response<ResponseBody>, Infallible>;

/// The endpoint behind a port.
#[derive(Clone)]
struct Site {
    endpoint: Arc<dyn DynEndpoint<Output = Response>>,
    local: LocalAddr,
    scheme: Scheme,
}

impl Site {
    /// Returns the service of the port, which compresses responses where the caller takes that.
    fn into_service(self) -> HttpService {
        let service = ServiceBuilder::new()
            .map_response(|response: hyper::Response<_>| response.map(BodyExt::boxed_unsync))
            .layer(compression::layer())
            .service_fn(move |request| self.clone().respond(request));
        BoxCloneSyncService::new(service)
    }

    async fn respond(
        self,
        mut request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<ResponseBody>, Infallible> {
        let unknown = || RemoteAddr(Addr::custom("tcp", "unknown"));
        let remote = request.extensions_mut().remove().unwrap_or_else(unknown);
        let takes_gzip = compression::takes_gzip(request.headers());
        let request = poem::Request::from((request, self.local, remote, self.scheme));
        let response = self.endpoint.get_response(request).await;
        let response: hyper::Response<_> = compression::encode_static(response, takes_gzip).into();
        Ok(response.map(|body| body.map_err(BoxError::from).boxed_unsync()))
    }
}

/// Returns the response to `HEAD`: no body, but its length. hyper drops the body for HTTP/1.1
/// alone.
fn head_of(response: hyper::Response<ResponseBody>) -> hyper::Response<ResponseBody> {
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    hyper::Response::from_parts(head, empty())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use poem::endpoint::{make, make_sync};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    /// The longest wait for something that must happen.
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// Serves "a" with `limits`; gives the address and what stops it.
    fn serve(limits: ServerLimits) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let server = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), limits).unwrap();
        let (address, stop) = (server.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(server.run(make_sync(|_| "a"), stop.clone()));
        (address, stop, task)
    }

    /// Returns all bytes received until the server closes the connection.
    async fn answer_to(address: SocketAddr, sent: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        // A reset is a close, too.
        let _ = timeout(TIMEOUT, stream.read_to_end(&mut answer)).await.expect("the connection is closed");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Opens a connection that has had one answer, and stays open.
    async fn kept_connection(address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\na") {
            let read = timeout(TIMEOUT, stream.read_buf(&mut answer)).await.expect("an answer comes");
            assert_ne!(read.unwrap(), 0, "the connection is kept");
        }
        stream
    }

    #[test]
    fn a_peer_has_at_most_half_of_the_connections_and_streams() {
        for (all, of_peer, expected) in [
            (1024, 512, (512, 2048)),
            (1024, 10, (10, 2048)),
            (256, 512, (128, 512)),
            (3, 512, (1, 6)),
            (1, 512, (1, 2)),
            (256, 0, (0, 0)),
        ] {
            let limits =
                ServerLimits { max_connections: all, max_peer_connections: of_peer, ..ServerLimits::DEFAULT };
            assert_eq!((limits.peer_connections(), limits.peer_streams()), expected, "{of_peer} of {all}");
        }
    }

    #[tokio::test]
    async fn connections_without_a_request_are_closed() {
        let brief = Duration::from_millis(50);
        let limits = ServerLimits {
            idle_timeout: brief,
            header_timeout: brief,
            first_byte_timeout: brief,
            ..ServerLimits::default()
        };
        let (address, _stop, _task) = serve(limits);
        for silent in [&b""[..], b"PRI * HT", b"GET / HTTP/1.1\r\nhost: a\r\n"] {
            let answer = answer_to(address, silent).await;
            assert!(!answer.contains("200 OK"), "{answer}");
        }
        let (address, _stop, _task) = serve(ServerLimits { idle_timeout: brief, ..ServerLimits::default() });
        let answer = answer_to(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\na"), "{answer}");
    }

    #[tokio::test]
    async fn more_connections_than_allowed_wait_for_a_place() {
        let (address, _stop, _task) = serve(ServerLimits { max_connections: 1, ..ServerLimits::default() });
        let first = kept_connection(address).await;
        let mut second = pin!(answer_to(address, b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"));
        let early = timeout(Duration::from_millis(300), second.as_mut()).await;
        assert!(early.is_err(), "the second connection is not served beside the first: {early:?}");
        drop(first);
        assert!(second.await.starts_with("HTTP/1.1 200 OK"));
    }

    /// Returns what a server with `limits` does with each connection; requests take `time`.
    fn connections(limits: ServerLimits, time: Duration) -> Connections {
        let endpoint = make(move |_| async move {
            tokio::time::sleep(time).await;
            Ok::<_, poem::Error>("a")
        });
        let site = Site {
            endpoint: Arc::new(ToDynEndpoint(endpoint.map_to_response())),
            local: LocalAddr(Addr::custom("tcp", "test")),
            scheme: Scheme::HTTP,
        };
        Connections {
            service: site.into_service(),
            protocol: protocol(&limits),
            tls: None,
            limits,
            streams: Arc::new(Semaphore::new(limits.streams())),
            peer_streams: Peers::new(limits.peer_streams()),
            metrics: None,
            draining: CancellationToken::new(),
            stop: CancellationToken::new(),
            cut: CancellationToken::new(),
        }
    }

    /// The kinds of frames of HTTP/2 (RFC 9113, section 6).
    const HEADERS: u8 = 1;
    const GOAWAY: u8 = 7;

    /// Returns a request for `/` of the host `a` on a stream: members of the static table, and a
    /// literal (RFC 7541).
    fn request_on(stream: u8) -> Vec<u8> {
        let fields = [0x82, 0x84, 0x86, 0x41, 1, b'a'];
        [&[0, 0, 6, HEADERS, 5, 0, 0, 0, stream][..], &fields].concat()
    }

    /// Reads frames up to the next of this kind. Returns false if the connection ends before.
    async fn has_frame(connection: &mut DuplexStream, kind: u8) -> bool {
        let mut head = [0; 9];
        while connection.read_exact(&mut head).await.is_ok() {
            let mut payload = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
            connection.read_exact(&mut payload).await.unwrap();
            if head[3] == kind {
                return true;
            }
        }
        false
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_crosses_the_goaway_of_an_idle_connection_is_answered() {
        // Its caller answers no PING, of which the first would come after the time for a head.
        let limits = ServerLimits { header_timeout: Duration::from_secs(300), ..ServerLimits::default() };
        let connections = connections(limits, CLOSE_GRACE * 4);
        let (mut caller, stream) = duplex(64 * 1024);
        let remote = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let serving = tokio::spawn(async move { connections.serve_http(stream, remote).await });
        let (preface, settings) = (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [0, 0, 0, 4, 0, 0, 0, 0, 0]);
        caller.write_all(&[&preface[..], &settings, &request_on(1)].concat()).await.unwrap();
        assert!(has_frame(&mut caller, HEADERS).await, "the first request is answered");
        assert!(has_frame(&mut caller, GOAWAY).await, "the connection is idle");
        caller.write_all(&request_on(3)).await.unwrap();
        assert!(has_frame(&mut caller, HEADERS).await, "the second request is answered");
        assert!(!has_frame(&mut caller, HEADERS).await, "then the connection ends");
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn stopping_ends_idle_connections_and_the_server() {
        let (address, stop, task) = serve(ServerLimits::default());
        let idle = tokio::spawn(answer_to(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
        // The connection is served before the server is told to stop.
        let answer = answer_to(address, b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"));
        stop.cancel();
        task.await.unwrap();
        let _ = idle.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
