//! Traces for an OpenTelemetry collector.
//!
//! Each request is a span, each call to the product a span inside it. Spans hold routes, outcomes
//! and durations, like the log; no token, key or value of an observable.

use std::time::Duration;

use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter, Tracer};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::registry::LookupSpan;

use super::losses::{EXPORTS, SPANS};
use super::trace_context::TraceContext;
use crate::contract::reply::RequestOutcome;
use crate::masking::masked;

/// The sender of spans to a collector, in batches and on a thread of its own.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

/// The error of spans that cannot be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TracesError {
    /// The address is not that of a collector; a password in it is masked.
    #[error("{0:?} is not the URL of a collector, such as http://127.0.0.1:4318/v1/traces")]
    Endpoint(String),
    /// The sender cannot be made.
    #[error("traces cannot be sent there: {0}")]
    Exporter(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Traces {
    /// Sends the spans of `service` to the collector at `endpoint`, such as
    /// `http://127.0.0.1:4318/v1/traces`.
    ///
    /// # Errors
    /// Returns an error if the address cannot be used.
    pub fn to(endpoint: &str, service: &str) -> Result<Self, TracesError> {
        check(endpoint)?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| TracesError::Exporter(error.into()))?;
        let exporter = CountingExporter(exporter);
        let resource = Resource::builder().with_service_name(service.to_owned()).build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// The layer that turns spans of `tracing` into spans of OpenTelemetry.
    pub(crate) fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("xdr-module"))
    }
}

fn check(endpoint: &str) -> Result<(), TracesError> {
    let url = url::Url::parse(endpoint).ok();
    let is_good = url
        .is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() != "/");
    // The exporter's own error shows the whole address.
    let is_taken = endpoint.parse::<http::Uri>().is_ok();
    if is_good && is_taken { Ok(()) } else { Err(TracesError::Endpoint(masked(endpoint))) }
}

/// Counts the spans that cannot be sent.
#[derive(Debug)]
struct CountingExporter<E>(E);

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let sent = self.0.export(batch).await;
        if sent.is_err() {
            EXPORTS.add(1);
            SPANS.add(spans);
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Puts the span of a request into the caller's trace, if it has one; gives its place in the trace.
pub(crate) fn join(span: &Span, caller: Option<TraceContext>) -> TraceContext {
    if let Some(caller) = caller {
        let (trace_id, span_id, flags) = caller.parts();
        let parent = SpanContext::new(
            TraceId::from_bytes(trace_id),
            SpanId::from_bytes(span_id),
            TraceFlags::new(flags),
            true,
            TraceState::default(),
        );
        // Fails when no traces are sent: then there is no span to join.
        let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent));
    }
    let context = span.context();
    let own = context.span().span_context().clone();
    if !own.is_valid() {
        return TraceContext::of_request(caller);
    }
    TraceContext::of_span(own.trace_id().to_bytes(), own.span_id().to_bytes(), own.trace_flags().to_u8())
}

/// Adds to the span of a request how it ended.
pub(crate) fn end(span: &Span, route: &'static str, status: Option<u16>, outcome: RequestOutcome) {
    span.set_attribute("http.route", route);
    span.set_attribute("relay.outcome", outcome.as_str());
    if let Some(status) = status {
        span.set_attribute("http.response.status_code", i64::from(status));
    }
    if outcome.is_failure() {
        span.set_status(Status::error(outcome.as_str()));
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::causes::Causes;

    #[test]
    fn an_address_that_cannot_be_used_is_told_without_its_password() {
        for endpoint in [
            "http://user:hush@collector:4318",
            "http://user:hush@collector:4318/",
            "http://user:hu sh@collector:4318/v1/traces",
            "http://user:hush@collector:port/v1/traces",
            "user:hush@collector/v1/traces",
            "ftp://user:hush@collector/v1/traces",
        ] {
            let error = Traces::to(endpoint, "service").unwrap_err();
            let told = format!("{} {error:?}", Causes(&error));
            assert!(told.contains("***@collector") && !told.contains("hu"), "{endpoint}: {told}");
        }
    }
}
