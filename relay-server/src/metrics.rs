//! The metrics of the relay besides those of every service: calls, searches, lists.
//!
//! Labels come from closed sets: operations, outcomes, names of lists; never from a request.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sumo_client::{CallReport, Instrumentation};
use xdr_module::telemetry::causes::Causes;
use xdr_module::telemetry::metrics::duration_histogram;
use xdr_module::telemetry::request_facts::RequestFacts;

/// The metrics of one relay; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    upstream_calls: Family<CallLabels, Counter>,
    upstream_call_seconds: Family<OperationLabel, Histogram, fn() -> Histogram>,
    upstream_retries: Family<OperationLabel, Counter>,
    upstream_responses: Family<StatusLabel, Counter>,
    limiter_wait_seconds: Histogram,
    searches: Family<SearchLabels, Counter>,
    entities_sent: Family<ListLabel, Counter>,
    lists_cut: Family<ListLabel, Counter>,
    response_actions: Family<ActionLabels, Counter>,
    response_writes: Family<ActionLabels, Counter>,
    left_out: Family<LeftOutLabels, Counter>,
    budget_store_up: Gauge,
    budget_store_losses: Counter,
    answers: Family<AnswerLabel, Counter>,
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
struct StatusLabel {
    status: String,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct AnswerLabel {
    completeness: &'static str,
}

/// The completeness of an answer about observables, the best first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Completeness {
    /// All that Cloud SIEM holds is in it.
    Complete,
    /// Cloud SIEM holds more than an answer may.
    MoreFound,
    /// A part was not searched, or could not be read.
    Incomplete,
    /// No search succeeded.
    Failed,
}

impl Completeness {
    const ALL: [Self; 4] = [Self::Complete, Self::MoreFound, Self::Incomplete, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::MoreFound => "more_found",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct SearchLabels {
    kind: &'static str,
    source: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct ListLabel {
    list: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct ActionLabels {
    action: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct LeftOutLabels {
    kind: &'static str,
    reason: &'static str,
}

/// The source of the outcome of a search.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SearchSource {
    /// A call of its own.
    Call,
    /// Memory, or an equal search that was under way.
    Shared,
}

impl SearchSource {
    fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Shared => "shared",
        }
    }
}

/// The kinds of searches.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) enum SearchKind {
    /// For insights.
    Insights,
    /// For signals.
    Signals,
}

impl SearchKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Insights => "insights",
            Self::Signals => "signals",
        }
    }
}

/// The operations that every relay calls.
const OPERATIONS: [&str; 3] = ["GetInsights", "GetSignals", "listAllHealthEvents"];

/// The statuses that Sumo Logic documents.
const STATUSES: [u16; 9] = [200, 400, 401, 403, 404, 429, 500, 502, 503];

/// The lists of answers.
const LISTS: [&str; 3] = ["sightings", "indicators", "relationships"];

impl Metrics {
    /// Creates metrics that stand at zero.
    pub(crate) fn new() -> Self {
        let metrics = Self {
            upstream_calls: Family::default(),
            upstream_call_seconds: Family::new_with_constructor(duration_histogram),
            upstream_retries: Family::default(),
            upstream_responses: Family::default(),
            limiter_wait_seconds: duration_histogram(),
            searches: Family::default(),
            entities_sent: Family::default(),
            lists_cut: Family::default(),
            response_actions: Family::default(),
            response_writes: Family::default(),
            left_out: Family::default(),
            budget_store_up: Gauge::default(),
            budget_store_losses: Counter::default(),
            answers: Family::default(),
        };
        metrics.prepare();
        metrics
    }

    /// Lets the series begin with 0, so that a first failure is an increase.
    fn prepare(&self) {
        for operation in OPERATIONS.map(str::to_owned) {
            for outcome in std::iter::once("ok").chain(sumo_client::Error::OUTCOMES) {
                let _ =
                    self.upstream_calls.get_or_create(&CallLabels { operation: operation.clone(), outcome });
            }
            let label = OperationLabel { operation };
            let _ = self.upstream_call_seconds.get_or_create(&label);
            let _ = self.upstream_retries.get_or_create(&label);
        }
        for status in STATUSES {
            let _ = self.upstream_responses.get_or_create(&StatusLabel { status: status.to_string() });
        }
        for kind in [SearchKind::Insights, SearchKind::Signals] {
            for source in [SearchSource::Call, SearchSource::Shared] {
                let _ = self
                    .searches
                    .get_or_create(&SearchLabels { kind: kind.as_str(), source: source.as_str() });
            }
        }
        for completeness in Completeness::ALL {
            let _ = self.answers.get_or_create(&AnswerLabel { completeness: completeness.as_str() });
        }
        for list in LISTS {
            let _ = self.entities_sent.get_or_create(&ListLabel { list });
            let _ = self.lists_cut.get_or_create(&ListLabel { list });
        }
    }

    /// Adds the metrics to a registry.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("upstream_calls", "Calls to Cloud SIEM by outcome", self.upstream_calls.clone());
        registry.register(
            "upstream_call_duration_seconds",
            "Calls to Cloud SIEM with their waits and retries",
            self.upstream_call_seconds.clone(),
        );
        registry.register("upstream_retries", "Attempts beyond the first", self.upstream_retries.clone());
        registry.register(
            "upstream_responses",
            "Last response of Cloud SIEM to each call, by HTTP status",
            self.upstream_responses.clone(),
        );
        registry.register(
            "limiter_wait_seconds",
            "Time that calls waited for their turn under the rate limit",
            self.limiter_wait_seconds.clone(),
        );
        registry.register("searches", "Searches by where their outcome came from", self.searches.clone());
        registry.register("entities_sent", "Entities in answers", self.entities_sent.clone());
        registry.register("lists_cut", "Answers in which a list was cut", self.lists_cut.clone());
        registry.register("response_actions", "Triggers of actions by result", self.response_actions.clone());
        registry.register(
            "response_writes",
            "Writes to Cloud SIEM by action and result",
            self.response_writes.clone(),
        );
        registry.register(
            "left_out",
            "Insights and signals found by Cloud SIEM that are not about the observable",
            self.left_out.clone(),
        );
        registry.register(
            "budget_store_up",
            "1 while the store of the shared budget answers",
            self.budget_store_up.clone(),
        );
        registry.register(
            "budget_store_losses",
            "Times that the store of the shared budget stopped answering",
            self.budget_store_losses.clone(),
        );
        registry.register("answers", "Answers about observables by completeness", self.answers.clone());
    }

    pub(crate) fn searched(&self, kind: SearchKind, source: SearchSource) {
        self.searches.get_or_create(&SearchLabels { kind: kind.as_str(), source: source.as_str() }).inc();
        if source == SearchSource::Shared {
            RequestFacts::current().add_cache_hit();
        }
    }

    pub(crate) fn answered(&self, completeness: Completeness) {
        self.answers.get_or_create(&AnswerLabel { completeness: completeness.as_str() }).inc();
    }

    /// Notes that the store of the shared budget answers, or stopped to.
    pub(crate) fn budget_store(&self, is_reachable: bool) {
        self.budget_store_up.set(i64::from(is_reachable));
        if !is_reachable {
            self.budget_store_losses.inc();
        }
    }

    pub(crate) fn list_sent(&self, list: &'static str, entities: usize) {
        self.entities_sent.get_or_create(&ListLabel { list }).inc_by(entities as u64);
    }

    pub(crate) fn response_action(&self, action: &'static str, result: &'static str) {
        self.response_actions.get_or_create(&ActionLabels { action, result }).inc();
    }

    pub(crate) fn response_written(&self, action: &'static str, result: &'static str) {
        self.response_writes.get_or_create(&ActionLabels { action, result }).inc();
    }

    pub(crate) fn left_out(&self, kind: &'static str, reason: &'static str, count: u64) {
        self.left_out.get_or_create(&LeftOutLabels { kind, reason }).inc_by(count);
    }

    pub(crate) fn list_cut(&self, list: &'static str) {
        self.lists_cut.get_or_create(&ListLabel { list }).inc();
    }
}

/// Counts the call, and writes a line: at level debug, or warn when it failed.
impl Instrumentation for Metrics {
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
        if let Some(status) = call.status {
            self.upstream_responses.get_or_create(&StatusLabel { status: status.as_u16().to_string() }).inc();
        }
        RequestFacts::current().add_upstream_call();
        log(call);
    }
}

fn log(call: &CallReport<'_>) {
    let (wait_ms, duration_ms) = (call.limiter_wait.as_secs_f64() * 1e3, call.duration.as_secs_f64() * 1e3);
    let (operation, outcome, attempts) = (call.operation, call.outcome(), call.attempts);
    match call.error {
        None => tracing::debug!(operation, outcome, attempts, wait_ms, duration_ms, "Cloud SIEM answered"),
        Some(error) => {
            tracing::warn!(
                operation,
                outcome,
                attempts,
                wait_ms,
                duration_ms,
                error = %Causes(error),
                "Cloud SIEM call failed"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_and_lists_are_in_the_text() {
        let metrics = Metrics::new();
        metrics.searched(SearchKind::Signals, SearchSource::Shared);
        metrics.list_sent("sightings", 3);
        metrics.list_cut("sightings");
        metrics.left_out("signal", "inside", 2);
        let all =
            xdr_module::telemetry::metrics::Metrics::with_module("1", |registry| metrics.register(registry));
        let text = all.to_text();
        for line in [
            "relay_searches_total{kind=\"signals\",source=\"shared\"} 1",
            "relay_searches_total{kind=\"insights\",source=\"shared\"} 0",
            "relay_upstream_calls_total{operation=\"GetInsights\",outcome=\"timeout\"} 0",
            "relay_answers_total{completeness=\"incomplete\"} 0",
            "relay_entities_sent_total{list=\"sightings\"} 3",
            "relay_lists_cut_total{list=\"sightings\"} 1",
            "relay_left_out_total{kind=\"signal\",reason=\"inside\"} 2",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
