//! The header that tells Sumo Logic which trace a call belongs to.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use sumo_client::{BodyStream, Transport, TransportError};
use xdr_module::telemetry::trace_context::{TRACEPARENT, TraceContext};

/// A transport that sends `traceparent` with the calls for a request.
pub(crate) struct TracedTransport(pub(crate) Arc<dyn Transport>);

impl Transport for TracedTransport {
    fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
        if let Some(header) = TraceContext::current().and_then(|trace| trace.to_header()) {
            request.headers_mut().insert(TRACEPARENT, header);
        }
        self.0.send(request)
    }

    fn shares_process_limits(&self) -> bool {
        self.0.shares_process_limits()
    }
}
