//! The seam between the client and the network.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream;

/// The body of an answer: chunks as they arrive, already decompressed.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// A future on the heap, as traits of this crate return it: `Box::pin(async move { … })`.
pub type SendFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Returns a body that is there as a whole, for transports that do not stream.
///
/// ```
/// let body: sumo_client::BodyStream = sumo_client::whole_body("{}");
/// ```
pub fn whole_body(bytes: impl Into<Bytes>) -> BodyStream {
    let bytes = bytes.into();
    Box::pin(stream::iter([Ok(bytes)]))
}

/// Sends one HTTP request and gives the answer; knows nothing of retries, limits or timeouts.
///
/// `ReqwestTransport` (feature `reqwest`) is the default. Implement it to put another HTTP client,
/// a recorder or a fake below a [`Client`](crate::Client). An implementation must not follow
/// redirects and should decompress bodies. The extensions of a request hold its [`CallAttempt`].
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and resolves when the head of the answer is there.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> SendFuture<'_, Result<http::Response<BodyStream>, TransportError>>;

    /// True if it leads to the network, so that clients over it share the
    /// [`Limiters`](crate::Limiters) and [`CircuitBreakers`](crate::CircuitBreakers) of the process
    /// unless they are given others. False unless implemented: a fake must not couple the tests
    /// that use it.
    fn shares_process_limits(&self) -> bool {
        false
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> SendFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        (**self).send(request)
    }

    fn shares_process_limits(&self) -> bool {
        (**self).shares_process_limits()
    }
}

/// A [`Transport`] that answers by a function, for tests: nothing leaves the process.
///
/// ```
/// use sumo_client::{Client, FakeTransport, http};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = Client::for_test(FakeTransport::new(|request| {
///     let mut response = http::Response::new("{}");
///     if request.uri().path().ends_with("/INSIGHT-1") {
///         *response.status_mut() = http::StatusCode::NOT_FOUND;
///     }
///     response
/// }));
/// assert!(client.insights().get("INSIGHT-1").send().await.unwrap_err().is_not_found());
/// # }
/// ```
pub struct FakeTransport<F>(F);

impl<F, B> FakeTransport<F>
where
    F: Fn(http::Request<Bytes>) -> http::Response<B> + Send + Sync + 'static,
    B: Into<Bytes>,
{
    /// Creates a transport that sends back what `answer` returns.
    pub fn new(answer: F) -> Self {
        Self(answer)
    }
}

impl<F, B> Transport for FakeTransport<F>
where
    F: Fn(http::Request<Bytes>) -> http::Response<B> + Send + Sync + 'static,
    B: Into<Bytes>,
{
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> SendFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        let response = (self.0)(request).map(whole_body);
        Box::pin(std::future::ready(Ok(response)))
    }
}

impl<F> fmt::Debug for FakeTransport<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeTransport(..)")
    }
}

/// The call that a request belongs to, among the extensions of the request.
///
/// ```
/// # fn note(request: &http::Request<bytes::Bytes>) {
/// if let Some(call) = request.extensions().get::<sumo_client::CallAttempt>() {
///     println!("attempt {} of {}", call.attempt, call.operation);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallAttempt {
    /// The operation, named as in the vendor's API description: `GetInsights`; `raw` for a raw
    /// call.
    pub operation: &'static str,
    /// The number of the attempt, 1 for the first.
    pub attempt: u32,
}

/// The reason why an answer did not arrive, or not completely.
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
    /// The HTTP client is set up in a way that does not go with this crate.
    Misconfigured,
}

impl TransportError {
    /// An error of this kind with its cause.
    pub fn new(kind: TransportErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }

    /// The kind of the failure.
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
            TransportErrorKind::Misconfigured => "the HTTP client is not set up for this crate",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
