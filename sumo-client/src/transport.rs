//! The seam between the client and the network.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::{StreamExt as _, TryFutureExt as _};

use crate::first_connection::{Hosts, TellConnected};

/// The body of an answer: chunks as they arrive, already decompressed.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// Sends one HTTP request and gives the answer; knows nothing of retries, limits or timeouts.
///
/// [`ReqwestTransport`] is the default. Implement it to put another HTTP client, a recorder or a fake below
/// a [`Client`](crate::Client). An implementation must not follow redirects and should decompress bodies.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and resolves when the head of the answer is there.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<BodyStream>, TransportError>>;
}

/// Why no answer, or no whole answer, arrived.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Box<dyn StdError + Send + Sync>,
}

/// The kinds of [`TransportError`]; they decide whether a call may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was made, so the request was not sent: name not found, refused, no route.
    Connect,
    /// The TLS handshake failed, so the request was not sent.
    Tls,
    /// The connection attempt took too long, so the request was not sent.
    ConnectTimeout,
    /// The request may have been sent, then the time ran out.
    Timeout,
    /// The request may have been sent, then the connection broke.
    Interrupted,
}

impl TransportError {
    /// An error of this kind with its cause.
    pub fn new(kind: TransportErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "could not connect",
            TransportErrorKind::Tls => "the TLS handshake failed",
            TransportErrorKind::ConnectTimeout => "connecting took too long",
            TransportErrorKind::Timeout => "the time ran out",
            TransportErrorKind::Interrupted => "the connection broke",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// A [`reqwest::ClientBuilder`] set up the way this crate needs it.
///
/// TLS by rustls, no redirects, HTTPS only, gzip, brotli and zstd, no delay of small packets, ten idle
/// connections a host (the API allows ten calls in flight), 10 seconds to connect, and a word to
/// [`ReqwestTransport`] when a connection is up. Add roots or a proxy, build
/// it, and give it to [`ClientBuilder::http_client`](crate::ClientBuilder::http_client); many clients can
/// share one. For a stand-in without TLS call `.https_only(false)` on it.
///
/// ```
/// let http = sumo_client::http_client_builder().pool_max_idle_per_host(20).build()?;
/// # Ok::<(), reqwest::Error>(())
/// ```
pub fn http_client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_rustls()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .gzip(true)
        .brotli(true)
        .zstd(true)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(10)
        .pool_idle_timeout(Duration::from_secs(60))
        .connect_timeout(Duration::from_secs(10))
        .connector_layer(TellConnected)
}

/// The default transport: a shared [`reqwest::Client`].
///
/// Calls that come together while no connection to their host is open wait, for a second at most, until the first of them
/// has opened one, since HTTP/2 carries them all over that. Clones know of each other's connections; other transports
/// over the same [`reqwest::Client`] do not.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    hosts: Arc<Hosts>,
}

impl ReqwestTransport {
    /// A transport over this client; build it from [`http_client_builder`].
    pub fn new(client: reqwest::Client) -> Self {
        Self { client, hosts: Arc::default() }
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        Box::pin(async move {
            let host = request.uri().authority().map(|authority| self.hosts.host(authority));
            let request = reqwest::Request::try_from(request).map_err(from_reqwest)?;
            let answer = self.client.execute(request).map_err(from_reqwest);
            let response = match host {
                Some(host) => host.send(answer).await?,
                None => answer.await?,
            };
            let mut head = http::Response::new(());
            *head.status_mut() = response.status();
            *head.headers_mut() = response.headers().clone();
            let body: BodyStream = Box::pin(response.bytes_stream().map(|chunk| chunk.map_err(from_reqwest)));
            Ok(head.map(|()| body))
        })
    }
}

fn from_reqwest(error: reqwest::Error) -> TransportError {
    // The URL in reqwest's own message would carry the query.
    let error = error.without_url();
    let kind = if find_tls_error(&error).is_some() {
        TransportErrorKind::Tls
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

/// The TLS error in a chain of causes. An I/O error hides the error it wraps from `source`, so look inside.
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
