//! Layers of `tower` between the client and the network.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tower_service::Service;

use crate::transport::{BodyStream, SendFuture, Transport, TransportError, TransportErrorKind};

/// A [`Transport`] as a service, which layers can wrap; see
/// [`ClientBuilder::layer`](crate::ClientBuilder::layer).
#[derive(Clone)]
pub struct TransportService(pub(crate) Arc<dyn Transport>);

impl Service<http::Request<Bytes>> for TransportService {
    type Response = http::Response<BodyStream>;
    type Error = TransportError;
    type Future = SendFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let transport = Arc::clone(&self.0);
        Box::pin(async move { transport.send(request).await })
    }
}

impl std::fmt::Debug for TransportService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TransportService(..)")
    }
}

/// A service as a [`Transport`].
///
/// An error that is not a [`TransportError`] counts as [`TransportErrorKind::Interrupted`].
#[derive(Clone, Debug)]
pub struct ServiceTransport<S>(S);

impl<S> ServiceTransport<S> {
    /// A transport over a service; each request is sent by a clone of it.
    pub fn new(service: S) -> Self {
        Self(service)
    }
}

impl<S> Transport for ServiceTransport<S>
where
    S: Service<http::Request<Bytes>, Response = http::Response<BodyStream>> + Clone + Send + Sync + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send,
{
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> SendFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        let mut service = self.0.clone();
        Box::pin(async move {
            std::future::poll_fn(|context| service.poll_ready(context)).await.map_err(from_service)?;
            service.call(request).await.map_err(from_service)
        })
    }
}

fn from_service(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TransportError {
    match error.into().downcast::<TransportError>() {
        Ok(error) => *error,
        Err(other) => TransportError::new(TransportErrorKind::Interrupted, other),
    }
}
