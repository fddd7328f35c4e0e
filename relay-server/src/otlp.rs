//! Traces for an OpenTelemetry collector.
//!
//! Each request is a span, each call to Cloud SIEM a span inside it. Spans hold routes, outcomes and durations, like the
//! log; no token, key or value of an observable.

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

/// What sends spans to a collector, in batches and on a thread of its own.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

/// Why spans cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent there: {0}")]
pub struct TracesError(#[from] ExporterBuildError);

impl Traces {
    /// Sends to the collector at `endpoint`, such as `http://127.0.0.1:4318/v1/traces`.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn to(endpoint: &str) -> Result<Self, TracesError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .build()?;
        let resource = Resource::builder().with_service_name("relay-server").build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// The layer that turns spans of `tracing` into spans of OpenTelemetry.
    pub(crate) fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("relay-server"))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}
