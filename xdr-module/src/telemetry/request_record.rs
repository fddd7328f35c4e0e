//! The one line in the log that each request gets, and its place in the metrics.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Level, Span};

use super::forwarded::TrustedProxies;
use super::metrics::{CountedOpen, Metrics};
use super::request_facts::RequestFacts;
use super::trace_context::TraceContext;
use crate::contract::reply::RequestOutcome;

/// Paths that probes ask for; their lines are of level debug.
const PROBES: [&str; 2] = ["/watchdog", "/version"];

/// The log and the metrics of all requests.
#[derive(Clone)]
pub(crate) struct RequestLog {
    metrics: Metrics,
    trusted_proxies: TrustedProxies,
    cut: CancellationToken,
    routes: Arc<[&'static str]>,
}

impl RequestLog {
    /// Creates the log; it names the path of a request when it is one of `routes`.
    pub(crate) fn new(metrics: Metrics, routes: impl IntoIterator<Item = &'static str>) -> Self {
        let routes: Arc<[_]> = routes.into_iter().collect();
        metrics.prepare_routes(routes.iter().copied().chain([OTHER_ROUTE]));
        Self { metrics, trusted_proxies: TrustedProxies::default(), cut: CancellationToken::new(), routes }
    }

    /// Returns the same with proxies whose word about callers counts.
    pub(crate) fn with_trusted_proxies(self, trusted_proxies: TrustedProxies) -> Self {
        Self { trusted_proxies, ..self }
    }

    /// Returns the same with a token that is cancelled when requests are cut, since the server
    /// stops.
    pub(crate) fn with_cut(self, cut: CancellationToken) -> Self {
        Self { cut, ..self }
    }

    /// Returns the path as the log names it.
    pub(crate) fn route(&self, path: &str) -> &'static str {
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        self.routes.iter().find(|route| **route == path).copied().unwrap_or(OTHER_ROUTE)
    }

    /// Begins the record of a request.
    pub(crate) fn begin(
        &self,
        head: RequestLine<'_>,
        id: Arc<str>,
        trace: TraceContext,
        span: Span,
    ) -> RequestRecord {
        RequestRecord {
            id,
            trace_id: trace.trace_id(),
            method: method_name(head.method),
            route: self.route(head.path),
            peer: head.peer,
            forwarded_for: head.peer.and_then(|peer| self.trusted_proxies.forwarded_for(peer, head.headers)),
            facts: RequestFacts::default(),
            arrived: Instant::now(),
            metrics: self.metrics.clone(),
            cut: self.cut.clone(),
            span,
            is_written: false,
            in_flight: Some(self.metrics.request_started()),
        }
    }
}

/// The name of all paths that have no endpoint.
const OTHER_ROUTE: &str = "other";

/// The parts of a request that its record begins with.
pub(crate) struct RequestLine<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) peer: Option<IpAddr>,
}

/// Returns the name of a method from a closed set: anybody can send any word as a method.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// The response to a request, as far as its record tells it.
#[derive(Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) outcome: RequestOutcome,
    /// The length of the body before it is compressed, when it is known.
    pub(crate) bytes: Option<u64>,
}

/// The record of one request. Never the path as sent: it may hold anything.
///
/// A record that is dropped before it is written is that of a request whose caller went away, or
/// that was cut.
pub(crate) struct RequestRecord {
    id: Arc<str>,
    trace_id: String,
    method: &'static str,
    route: &'static str,
    peer: Option<IpAddr>,
    forwarded_for: Option<IpAddr>,
    facts: RequestFacts,
    arrived: Instant,
    metrics: Metrics,
    cut: CancellationToken,
    span: Span,
    is_written: bool,
    in_flight: Option<CountedOpen>,
}

impl RequestRecord {
    /// The moment at which the request arrived.
    pub(crate) fn arrived(&self) -> Instant {
        self.arrived
    }

    /// The facts that the work on the request adds to.
    pub(crate) fn facts(&self) -> RequestFacts {
        self.facts.clone()
    }

    /// Writes the record of a request that was answered. The request is in flight for as long as
    /// the returned value is held.
    pub(crate) fn write(mut self, answered: Answered) -> Option<CountedOpen> {
        let is_refused = self.facts.get().refusal.is_some();
        let outcome = if is_refused { RequestOutcome::Unauthorized } else { answered.outcome };
        self.write_outcome(outcome, Some(answered));
        self.in_flight.take()
    }

    fn level(&self, outcome: RequestOutcome) -> Level {
        if outcome.is_failure() {
            return if PROBES.contains(&self.route) { Level::DEBUG } else { Level::WARN };
        }
        if PROBES.contains(&self.route) { Level::DEBUG } else { Level::INFO }
    }

    fn write_outcome(&mut self, outcome: RequestOutcome, answered: Option<Answered>) {
        self.is_written = true;
        let duration = self.arrived.elapsed();
        self.metrics.request_ended(self.route, outcome, duration);
        self.span.in_scope(|| self.log(outcome, answered, duration));
        #[cfg(feature = "otlp")]
        super::traces::end(&self.span, self.route, answered.map(|answered| answered.status), outcome);
    }

    fn log(&self, outcome: RequestOutcome, answered: Option<Answered>, duration: Duration) {
        let facts = self.facts.get();
        // The level of an event is fixed where it is written.
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    request_id = &*self.id,
                    trace_id = self.trace_id,
                    method = self.method,
                    route = self.route,
                    status = answered.map(|answered| answered.status),
                    outcome = outcome.as_str(),
                    code = facts.code,
                    refusal = facts.refusal,
                    tenant = facts.tenant,
                    api_host = facts.api_host,
                    observables = facts.observables,
                    upstream_calls = facts.upstream_calls,
                    cache_hits = facts.cache_hits,
                    request_bytes = facts.request_bytes,
                    response_bytes = answered.and_then(|answered| answered.bytes),
                    peer = self.peer.map(tracing::field::display),
                    forwarded_for = self.forwarded_for.map(tracing::field::display),
                    duration_ms = (duration.as_secs_f64() * 1e6).round() / 1e3,
                    "request"
                )
            };
        }
        match self.level(outcome) {
            Level::WARN => line!(Level::WARN),
            Level::INFO => line!(Level::INFO),
            _ => line!(Level::DEBUG),
        }
    }
}

impl Drop for RequestRecord {
    fn drop(&mut self) {
        if self.is_written {
            return;
        }
        let is_cut = self.cut.is_cancelled();
        self.write_outcome(if is_cut { RequestOutcome::Cut } else { RequestOutcome::Abandoned }, None);
    }
}
