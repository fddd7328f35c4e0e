//! What the server counts, for Prometheus.
//!
//! Names start with `relay_`. Labels come from closed sets: routes, operations, outcomes; never from a request.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use sumo_client::{CallObserver, CallReport};

use crate::envelope::Outcome;

/// Upper bounds of durations, in seconds: from a refusal to the longest deadline.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0];

/// The counters of one server; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabel, Histogram, fn() -> Histogram>,
    requests_in_flight: Gauge,
    upstream_calls: Family<CallLabels, Counter>,
    upstream_call_seconds: Family<OperationLabel, Histogram, fn() -> Histogram>,
    upstream_retries: Family<OperationLabel, Counter>,
    limiter_wait_seconds: Histogram,
    searches: Family<SearchLabels, Counter>,
    entities_sent: Family<ListLabel, Counter>,
    lists_cut: Family<ListLabel, Counter>,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct CallLabels {
    operation: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: String,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct SearchLabels {
    source: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct ListLabel {
    list: &'static str,
}

/// Where the outcome of a search came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SearchSource {
    /// From a call of its own.
    Call,
    /// From memory, or from an equal search that was under way.
    Shared,
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counters that stand at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            requests_in_flight: Gauge::default(),
            upstream_calls: Family::default(),
            upstream_call_seconds: Family::new_with_constructor(seconds),
            upstream_retries: Family::default(),
            limiter_wait_seconds: seconds(),
            searches: Family::default(),
            entities_sent: Family::default(),
            lists_cut: Family::default(),
        };
        metrics.registry = Arc::new(metrics.register());
        metrics
    }

    fn register(&self) -> Registry {
        let mut registry = Registry::with_prefix("relay");
        registry.register(
            "build",
            "The version that runs",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register("requests", "Requests by route and outcome", self.requests.clone());
        registry.register(
            "request_duration_seconds",
            "From the arrival of a request to its answer",
            self.request_seconds.clone(),
        );
        registry.register("requests_in_flight", "Requests worked on", self.requests_in_flight.clone());
        registry.register("upstream_calls", "Calls to Cloud SIEM by outcome", self.upstream_calls.clone());
        registry.register(
            "upstream_call_duration_seconds",
            "Calls to Cloud SIEM with their waits and retries",
            self.upstream_call_seconds.clone(),
        );
        registry.register("upstream_retries", "Attempts beyond the first", self.upstream_retries.clone());
        registry.register(
            "limiter_wait_seconds",
            "Time that calls waited for their turn under the rate limit",
            self.limiter_wait_seconds.clone(),
        );
        registry.register("searches", "Searches by where their outcome came from", self.searches.clone());
        registry.register("entities_sent", "Entities in answers", self.entities_sent.clone());
        registry.register("lists_cut", "Answers in which a list was cut", self.lists_cut.clone());
        registry
    }

    /// The counters in the OpenMetrics text format.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }

    /// Counts a request as worked on until the guard is dropped, however the request ends.
    pub(crate) fn request_started(&self) -> InFlight {
        self.requests_in_flight.inc();
        InFlight(self.requests_in_flight.clone())
    }

    pub(crate) fn request_ended(&self, route: &'static str, outcome: Outcome, duration: Duration) {
        self.requests.get_or_create(&RequestLabels { route, outcome: outcome.as_str() }).inc();
        self.request_seconds.get_or_create(&RouteLabel { route }).observe(duration.as_secs_f64());
    }

    pub(crate) fn searched(&self, source: SearchSource) {
        let source = match source {
            SearchSource::Call => "call",
            SearchSource::Shared => "shared",
        };
        self.searches.get_or_create(&SearchLabels { source }).inc();
    }

    pub(crate) fn list_sent(&self, list: &'static str, entities: usize) {
        self.entities_sent.get_or_create(&ListLabel { list }).inc_by(entities as u64);
    }

    pub(crate) fn list_cut(&self, list: &'static str) {
        self.lists_cut.get_or_create(&ListLabel { list }).inc();
    }
}

/// A request that is worked on.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts the call, and writes a line: at level debug, or warn when it failed.
impl CallObserver for Metrics {
    fn call_ended(&self, call: &CallReport<'_>) {
        let operation = call.operation.to_owned();
        self.upstream_calls
            .get_or_create(&CallLabels { operation: operation.clone(), outcome: call.outcome() })
            .inc();
        let label = OperationLabel { operation };
        self.upstream_call_seconds.get_or_create(&label).observe(call.duration.as_secs_f64());
        self.limiter_wait_seconds.observe(call.limiter_wait.as_secs_f64());
        if call.attempts > 1 {
            self.upstream_retries.get_or_create(&label).inc_by(u64::from(call.attempts - 1));
        }
        log(call);
    }
}

fn log(call: &CallReport<'_>) {
    let (wait_ms, duration_ms) = (call.limiter_wait.as_secs_f64() * 1e3, call.duration.as_secs_f64() * 1e3);
    let (operation, outcome, attempts) = (call.operation, call.outcome(), call.attempts);
    match call.error {
        None => tracing::debug!(operation, outcome, attempts, wait_ms, duration_ms, "Cloud SIEM answered"),
        Some(error) => {
            let error = error as &dyn std::error::Error;
            tracing::warn!(
                operation,
                outcome,
                attempts,
                wait_ms,
                duration_ms,
                error,
                "Cloud SIEM call failed"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_in_the_text() {
        let metrics = Metrics::new();
        let running = metrics.request_started();
        metrics.request_ended("/health", Outcome::Success, Duration::from_millis(3));
        metrics.searched(SearchSource::Shared);
        metrics.list_sent("sightings", 3);
        metrics.list_cut("sightings");
        let text = metrics.to_text();
        for line in [
            "relay_requests_total{route=\"/health\",outcome=\"success\"} 1",
            "relay_request_duration_seconds_bucket{le=\"0.005\",route=\"/health\"} 1",
            "relay_requests_in_flight 1",
            "relay_searches_total{source=\"shared\"} 1",
            "relay_entities_sent_total{list=\"sightings\"} 3",
            "relay_lists_cut_total{list=\"sightings\"} 1",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(running);
        assert!(metrics.to_text().contains("relay_requests_in_flight 0"));
        assert_eq!(
            Metrics::new()
                .requests
                .get_or_create(&RequestLabels { route: "/health", outcome: "success" })
                .get(),
            0
        );
    }
}
