//! The metrics of the relay besides those of every service: calls, searches, lists.
//!
//! Labels come from closed sets: operations, outcomes, names of lists; never from a request.

mod labels;

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

pub(crate) use self::labels::{
    ActionKind, ActionResult, Completeness, FoundKind, LeftOutReason, ListName, SearchKind, SearchSource,
    WriteResult,
};

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
    response_writes: Family<WriteLabels, Counter>,
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
    completeness: Completeness,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct SearchLabels {
    kind: SearchKind,
    source: SearchSource,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct ListLabel {
    list: ListName,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct ActionLabels {
    action: ActionKind,
    result: ActionResult,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct WriteLabels {
    action: ActionKind,
    result: WriteResult,
}

#[derive(Clone, Debug, Eq, PartialEq, Hash, EncodeLabelSet)]
struct LeftOutLabels {
    kind: FoundKind,
    reason: LeftOutReason,
}

/// The operations that every relay calls.
const OPERATIONS: [&str; 3] = ["GetInsights", "GetSignals", "listAllHealthEvents"];

/// The statuses that Sumo Logic documents.
const STATUSES: [u16; 9] = [200, 400, 401, 403, 404, 429, 500, 502, 503];

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
        self.prepare_calls();
        self.prepare_answers();
        self.prepare_actions();
    }

    fn prepare_calls(&self) {
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
    }

    fn prepare_answers(&self) {
        for (kind, source) in pairs(SearchKind::ALL, SearchSource::ALL) {
            let _ = self.searches.get_or_create(&SearchLabels { kind, source });
        }
        for completeness in Completeness::ALL.iter().copied() {
            let _ = self.answers.get_or_create(&AnswerLabel { completeness });
        }
        for list in ListName::ALL.iter().copied() {
            let _ = self.entities_sent.get_or_create(&ListLabel { list });
        }
        for list in ListName::OF_SIGHTINGS {
            let _ = self.lists_cut.get_or_create(&ListLabel { list });
        }
        for (kind, reason) in pairs(FoundKind::ALL, LeftOutReason::ALL) {
            let _ = self.left_out.get_or_create(&LeftOutLabels { kind, reason });
        }
    }

    fn prepare_actions(&self) {
        for (action, result) in pairs(ActionKind::ALL, ActionResult::ALL) {
            let _ = self.response_actions.get_or_create(&ActionLabels { action, result });
        }
        for (action, result) in pairs(ActionKind::ALL, WriteResult::ALL) {
            // What is not known is not written.
            if action != ActionKind::Unknown {
                let _ = self.response_writes.get_or_create(&WriteLabels { action, result });
            }
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
        self.searches.get_or_create(&SearchLabels { kind, source }).inc();
        if source == SearchSource::Shared {
            RequestFacts::current().add_cache_hit();
        }
    }

    pub(crate) fn answered(&self, completeness: Completeness) {
        self.answers.get_or_create(&AnswerLabel { completeness }).inc();
    }

    /// Notes that the store of the shared budget answers, or stopped to.
    pub(crate) fn budget_store(&self, is_reachable: bool) {
        self.budget_store_up.set(i64::from(is_reachable));
        if !is_reachable {
            self.budget_store_losses.inc();
        }
    }

    pub(crate) fn list_sent(&self, list: ListName, entities: usize) {
        self.entities_sent.get_or_create(&ListLabel { list }).inc_by(entities as u64);
    }

    pub(crate) fn response_action(&self, action: ActionKind, result: ActionResult) {
        self.response_actions.get_or_create(&ActionLabels { action, result }).inc();
    }

    pub(crate) fn response_written(&self, action: ActionKind, result: WriteResult) {
        self.response_writes.get_or_create(&WriteLabels { action, result }).inc();
    }

    pub(crate) fn left_out(&self, kind: FoundKind, reason: LeftOutReason, count: u64) {
        self.left_out.get_or_create(&LeftOutLabels { kind, reason }).inc_by(count);
    }

    pub(crate) fn list_cut(&self, list: ListName) {
        self.lists_cut.get_or_create(&ListLabel { list }).inc();
    }
}

/// Returns each of `all` with each of `others`.
fn pairs<A: Copy, B: Copy>(all: &'static [A], others: &'static [B]) -> impl Iterator<Item = (A, B)> {
    all.iter().flat_map(|one| others.iter().map(|other| (*one, *other)))
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

    fn text_of(metrics: &Metrics) -> String {
        let all =
            xdr_module::telemetry::metrics::Metrics::with_module("1", |registry| metrics.register(registry));
        all.to_text()
    }

    #[test]
    fn series_of_closed_sets_begin_with_0() {
        let text = text_of(&Metrics::new());
        for line in [
            "relay_entities_sent_total{list=\"judgements\"} 0",
            "relay_entities_sent_total{list=\"verdicts\"} 0",
            "relay_lists_cut_total{list=\"relationships\"} 0",
            "relay_left_out_total{kind=\"insight\",reason=\"query\"} 0",
            "relay_response_actions_total{action=\"match-list-add\",result=\"already\"} 0",
            "relay_response_actions_total{action=\"unknown\",result=\"refused\"} 0",
            "relay_response_writes_total{action=\"entity-unsuppress\",result=\"gone\"} 0",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        for (name, count) in [
            ("searches", 4),
            ("answers", 4),
            ("entities_sent", 5),
            ("lists_cut", 3),
            ("left_out", 6),
            ("response_actions", 17 * 5),
            ("response_writes", 16 * 4),
        ] {
            let prefix = format!("relay_{name}_total{{");
            assert_eq!(text.lines().filter(|line| line.starts_with(&prefix)).count(), count, "{name}");
        }
        assert!(!text.contains("response_writes_total{action=\"unknown\""));
    }

    #[test]
    fn searches_and_lists_are_in_the_text() {
        let metrics = Metrics::new();
        metrics.searched(SearchKind::Signals, SearchSource::Shared);
        metrics.list_sent(ListName::Sightings, 3);
        metrics.list_cut(ListName::Sightings);
        metrics.left_out(FoundKind::Signal, LeftOutReason::Inside, 2);
        metrics.response_action(ActionKind::EntityTag, ActionResult::Refused);
        let text = text_of(&metrics);
        for line in [
            "relay_searches_total{kind=\"signals\",source=\"shared\"} 1",
            "relay_searches_total{kind=\"insights\",source=\"shared\"} 0",
            "relay_upstream_calls_total{operation=\"GetInsights\",outcome=\"timeout\"} 0",
            "relay_answers_total{completeness=\"incomplete\"} 0",
            "relay_entities_sent_total{list=\"sightings\"} 3",
            "relay_lists_cut_total{list=\"sightings\"} 1",
            "relay_left_out_total{kind=\"signal\",reason=\"inside\"} 2",
            "relay_response_actions_total{action=\"entity-tag\",result=\"refused\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
