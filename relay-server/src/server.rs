//! The sockets: accepting, bounding and draining connections.
//!
//! poem's own server has no time limit for headers, no cap on connections and leaves Nagle's algorithm on; this one
//! drives hyper itself and hands each request to a poem endpoint.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::CONTENT_LENGTH;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use poem::endpoint::{DynEndpoint, ToDynEndpoint};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, EndpointExt, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The largest header list of an HTTP/2 request, in bytes: room for any token, since a token that is too long gets
/// the contract's answer.
const MAX_HEADER_BYTES: u32 = 256 * 1024;

/// Streams open at once on an HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// Bounds of a [`Server`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServerLimits {
    /// Connections open at once; more wait to be accepted.
    pub max_connections: usize,
    /// From the opening of a connection, or the last answer on it, to the last byte of a request's headers.
    pub header_timeout: Duration,
    /// How long a connection may go without a request; also the longest that one may take to say which version of HTTP
    /// it speaks.
    pub idle_timeout: Duration,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long requests that run may take to end once the server is told to stop.
    pub shutdown: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 1024,
            header_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            handshake_timeout: Duration::from_secs(10),
            shutdown: Duration::from_secs(30),
        }
    }
}

/// A server whose port is open and which does not accept yet.
pub struct Server {
    listener: TcpListener,
    limits: ServerLimits,
    tls: Option<TlsAcceptor>,
}

impl Server {
    /// Opens the port `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be opened, such as when another program has it.
    pub fn bind(address: SocketAddr, limits: ServerLimits) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self { listener: socket.listen(BACKLOG)?, limits, tls: None })
    }

    /// Serves TLS with `config`, HTTP/2 and HTTP/1.1 as the caller asks.
    #[must_use]
    pub fn with_tls(mut self, mut config: rustls::ServerConfig) -> Self {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        self.tls = Some(TlsAcceptor::from(Arc::new(config)));
        self
    }

    /// The address that is listened on.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves `endpoint` until `stop` is cancelled, then lets running requests end within the limit.
    pub async fn run<E>(self, endpoint: E, stop: CancellationToken)
    where
        E: Endpoint + 'static,
        E::Output: 'static,
    {
        let Self { listener, limits, tls } = self;
        let local = listener.local_addr().map_or_else(|_| Addr::custom("tcp", "unknown"), Addr::SocketAddr);
        let service = Arc::new(Service {
            endpoint: Arc::new(ToDynEndpoint(endpoint.map_to_response())),
            local: LocalAddr(local),
            scheme: if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP },
        });
        let connections = Connections {
            service,
            protocol: protocol(&limits),
            tls,
            limits,
            stop: stop.clone(),
            cut: CancellationToken::new(),
        };
        let places = Arc::new(Semaphore::new(limits.max_connections));
        while let Some((stream, remote, place)) = accept(&listener, &places, &stop).await {
            let connections = connections.clone();
            tokio::spawn(async move {
                connections.serve(stream, remote).await;
                drop(place);
            });
        }
        drop(listener);
        drain(&places, &limits).await;
        connections.cut.cancel();
    }
}

/// The next connection and its place, or none when it is time to stop.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
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
            Ok((stream, remote)) => return Some((stream, remote, place)),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                // Out of file descriptors or memory: the next attempt would fail at once, too.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Waits until all connections have ended, which they do after their running requests.
async fn drain(places: &Semaphore, limits: &ServerLimits) {
    let all = u32::try_from(limits.max_connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(limits.shutdown, places.acquire_many(all)).await.is_err() {
        let open = limits.max_connections - places.available_permits();
        tracing::warn!(open, "requests did not end in time; their connections are closed");
    }
}

fn protocol(limits: &ServerLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .keep_alive_interval(limits.header_timeout)
        .keep_alive_timeout(limits.header_timeout);
    builder
}

/// What is sent and received on a connection, with TLS or without: one type for both, so that the program holds all of
/// HTTP once.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// What every connection needs.
#[derive(Clone)]
struct Connections {
    service: Arc<Service>,
    protocol: auto::Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    limits: ServerLimits,
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
        let Some(tls) = &self.tls else { return self.serve_http(Box::new(stream), remote).await };
        match tokio::time::timeout(self.limits.handshake_timeout, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.serve_http(Box::new(stream), remote).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        }
    }

    async fn serve_http(&self, stream: Box<dyn Stream>, remote: SocketAddr) {
        let (service, activity) = (self.service.clone(), Arc::new(Activity::default()));
        let seen = activity.clone();
        let answer = service_fn(move |request| seen.clone().during(service.clone().answer(request, remote)));
        let mut connection = pin!(self.protocol.serve_connection(TokioIo::new(stream), answer));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = activity.none_for(self.limits.idle_timeout) => return,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = self.cut.cancelled() => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error, "connection ended");
        }
    }
}

/// Whether anything happens on a connection.
///
/// hyper limits the time for headers once it knows the version of HTTP, and not at all between requests of HTTP/2.
#[derive(Default)]
struct Activity {
    started: AtomicU64,
    running: AtomicU64,
}

impl Activity {
    async fn during<T>(self: Arc<Self>, request: impl Future<Output = T>) -> T {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        let _running = Running(&self.running);
        request.await
    }

    /// Returns once no request ran for `timeout` or up to twice as long.
    async fn none_for(&self, timeout: Duration) {
        loop {
            let started = self.started.load(Ordering::Relaxed);
            tokio::time::sleep(timeout).await;
            if self.running.load(Ordering::Relaxed) == 0 && self.started.load(Ordering::Relaxed) == started {
                return;
            }
        }
    }
}

/// Counts a request as running until it is dropped, however it ends.
struct Running<'a>(&'a AtomicU64);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Hands requests to the endpoint.
struct Service {
    endpoint: Arc<dyn DynEndpoint<Output = Response>>,
    local: LocalAddr,
    scheme: Scheme,
}

impl Service {
    async fn answer(
        self: Arc<Self>,
        request: hyper::Request<Incoming>,
        remote: SocketAddr,
    ) -> Result<hyper::Response<BoxBody<Bytes, io::Error>>, Infallible> {
        let remote = RemoteAddr(Addr::SocketAddr(remote));
        let is_head = request.method() == Method::HEAD;
        let request = poem::Request::from((request, self.local.clone(), remote, self.scheme.clone()));
        let response = self.endpoint.get_response(request).await.into();
        Ok(if is_head { head_of(response) } else { response })
    }
}

/// The response to `HEAD`: no body, but its length. hyper leaves the body away for HTTP/1.1 alone.
fn head_of(
    response: hyper::Response<BoxBody<Bytes, io::Error>>,
) -> hyper::Response<BoxBody<Bytes, io::Error>> {
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    hyper::Response::from_parts(head, BoxBody::new(Empty::new().map_err(|never| match never {})))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use poem::endpoint::make_sync;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Serves "a" with `limits`; gives the address and what stops it.
    fn serve(limits: ServerLimits) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let server = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), limits).unwrap();
        let (address, stop) = (server.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(server.run(make_sync(|_| "a"), stop.clone()));
        (address, stop, task)
    }

    /// What comes back until the server closes the connection.
    async fn answer_to(address: SocketAddr, sent: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        // A reset is a close, too.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn connections_without_a_request_are_closed() {
        let brief = Duration::from_millis(50);
        let limits = ServerLimits { idle_timeout: brief, header_timeout: brief, ..ServerLimits::default() };
        let (address, _stop, _task) = serve(limits);
        for silent in [&b""[..], b"PRI * HT", b"GET / HTTP/1.1\r\nhost: a\r\n"] {
            let answer = answer_to(address, silent).await;
            assert!(!answer.contains("200 OK"), "{answer}");
        }
        let answer = answer_to(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\na"), "{answer}");
    }

    #[tokio::test]
    async fn more_connections_than_allowed_wait_for_a_place() {
        let (address, _stop, _task) = serve(ServerLimits { max_connections: 1, ..ServerLimits::default() });
        let first = TcpStream::connect(address).await.unwrap();
        let second = tokio::spawn(answer_to(address, b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"));
        assert!(!second.is_finished());
        drop(first);
        assert!(second.await.unwrap().starts_with("HTTP/1.1 200 OK"));
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
