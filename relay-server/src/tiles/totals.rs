//! Sums over the insights of a period: all that the insight tiles show, without the insights.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sumo_client::api::insights::{Insight, InsightSeverity, StatusRef};

use super::buckets::Buckets;
use super::text::cut;
use crate::mapping::TACTIC_TAG;

/// The most different statuses, and the most different tactics, that are told apart.
const MAX_DISTINCT: usize = 50;

/// The name for all that are not told apart.
const OTHER: &str = "Other";

/// The severities of insights in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) enum Severity {
    Critical,
    High,
    Medium,
    Low,
    /// Another word, or none.
    Other,
}

impl Severity {
    pub(super) const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Other];

    pub(super) fn of(insight: &Insight) -> Self {
        match insight.severity {
            Some(InsightSeverity::Critical) => Self::Critical,
            Some(InsightSeverity::High) => Self::High,
            Some(InsightSeverity::Medium) => Self::Medium,
            Some(InsightSeverity::Low) => Self::Low,
            _ => Self::Other,
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::High => "High",
            Self::Medium => "Medium",
            Self::Low => "Low",
            Self::Other => OTHER,
        }
    }
}

/// A number for each severity.
pub(super) type BySeverity = BTreeMap<Severity, u64>;

/// A status by the name that people see, in the order of the workflow: those of the tenant stand
/// before closed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Status {
    step: u8,
    label: String,
}

const CLOSED: u8 = 3;

impl Status {
    pub(super) fn built_in() -> [Self; 3] {
        [(0, "New"), (1, "In Progress"), (CLOSED, "Closed")]
            .map(|(step, label)| Self { step, label: label.to_owned() })
    }

    fn of(status: Option<&StatusRef>) -> Self {
        let (step, built_in) = match status.map_or("", |status| status.name.as_str()) {
            "new" => (0, Some("New")),
            "inprogress" => (1, Some("In Progress")),
            "closed" => (CLOSED, Some("Closed")),
            _ => (2, None),
        };
        Self { step, label: built_in.map_or_else(|| status_label(status), str::to_owned) }
    }

    fn other() -> Self {
        Self { step: 2, label: OTHER.to_owned() }
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }
}

/// Returns the name of a status that people see.
pub(super) fn status_label(status: Option<&StatusRef>) -> String {
    let named = status.map(|status| status.display_name.as_deref().unwrap_or(&status.name));
    cut(named.filter(|name| !name.trim().is_empty()).unwrap_or("Unknown"))
}

impl Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.label)
    }
}

/// The mean of durations; of none, there is none.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Mean {
    seconds: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, seconds: Option<f64>) {
        if let Some(seconds) = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0) {
            self.seconds += seconds;
            self.count = self.count.saturating_add(1);
        }
    }

    pub(super) fn seconds(self) -> Option<f64> {
        (self.count > 0).then(|| self.seconds / f64::from(self.count))
    }
}

/// Sums over the insights that were made in a period.
#[derive(Debug, Default, Serialize)]
pub(super) struct InsightTotals {
    /// All insights.
    pub(super) insights: u64,
    /// Those of them that are closed.
    pub(super) closed: u64,
    /// Counts by severity, and within it by status.
    pub(super) by_severity: BTreeMap<Severity, BTreeMap<Status, u64>>,
    /// Counts by the bucket of their creation.
    pub(super) by_bucket: BTreeMap<usize, BySeverity>,
    /// Those without a time.
    pub(super) undated: BySeverity,
    /// Counts by the ids of tactics.
    pub(super) by_tactic: BTreeMap<String, u64>,
    pub(super) detection: Mean,
    pub(super) response: Mean,
    pub(super) remediation: Mean,
}

impl InsightTotals {
    /// Counts an insight, unless it is older than the period.
    pub(super) fn add(&mut self, insight: &Insight, buckets: &Buckets) {
        let severity = Severity::of(insight);
        let created: Option<DateTime<Utc>> = insight.created.as_ref().and_then(|time| time.utc());
        let bucket = match created.map(|created| buckets.index(created)) {
            Some(None) => return,
            Some(Some(index)) => self.by_bucket.entry(index).or_default(),
            None => &mut self.undated,
        };
        *bucket.entry(severity).or_default() += 1;
        self.insights += 1;
        self.add_status(severity, Status::of(insight.status.as_ref()));
        self.add_tactics(insight);
        self.detection.add(insight.time_to_detection);
        self.response.add(insight.time_to_response);
        self.remediation.add(insight.time_to_remediation);
    }

    /// The number of insights of a severity.
    pub(super) fn of_severity(&self, severity: Severity) -> u64 {
        self.by_severity.get(&severity).into_iter().flat_map(BTreeMap::values).sum()
    }

    fn add_status(&mut self, severity: Severity, status: Status) {
        self.closed += u64::from(status.step == CLOSED);
        let counts = self.by_severity.entry(severity).or_default();
        let status = if counts.len() < MAX_DISTINCT || counts.contains_key(&status) {
            status
        } else {
            Status::other()
        };
        *counts.entry(status).or_default() += 1;
    }

    /// Counts each tactic of an insight once.
    fn add_tactics(&mut self, insight: &Insight) {
        let ids = insight.tags.iter().filter_map(|tag| tag.strip_prefix(TACTIC_TAG));
        let ids: std::collections::BTreeSet<_> = ids.map(str::trim).filter(|id| !id.is_empty()).collect();
        for id in ids {
            let is_known = self.by_tactic.contains_key(id);
            let id = if is_known || self.by_tactic.len() < MAX_DISTINCT { cut(id) } else { OTHER.to_owned() };
            *self.by_tactic.entry(id).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use xdr_module::contract::tile::Period;

    use super::*;

    fn buckets() -> Buckets {
        Buckets::new(Period::Last7Days, "2024-09-14T09:00:00Z".parse().unwrap())
    }

    fn insight(json: serde_json::Value) -> Insight {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn insights_without_anything_are_counted() {
        let mut totals = InsightTotals::default();
        totals.add(&Insight::default(), &buckets());
        assert_eq!((totals.insights, totals.closed), (1, 0));
        assert_eq!(totals.undated, BySeverity::from([(Severity::Other, 1)]));
        assert_eq!(totals.of_severity(Severity::Other), 1);
        assert_eq!(totals.detection.seconds(), None);
    }

    #[test]
    fn insights_of_before_the_period_are_not_counted() {
        let mut totals = InsightTotals::default();
        totals.add(&insight(serde_json::json!({"created": "2024-09-07T08:59:59.999"})), &buckets());
        assert_eq!(totals.insights, 0);
        totals.add(&insight(serde_json::json!({"created": "2024-09-07T09:00:00"})), &buckets());
        assert_eq!((totals.insights, totals.by_bucket.keys().next()), (1, Some(&0)));
    }

    #[test]
    fn means_leave_out_what_is_no_duration() {
        let mut mean = Mean::default();
        for seconds in [None, Some(f64::NAN), Some(-1.0), Some(f64::INFINITY)] {
            mean.add(seconds);
            assert_eq!(mean.seconds(), None);
        }
        mean.add(Some(10.0));
        mean.add(Some(20.0));
        assert_eq!(mean.seconds(), Some(15.0));
    }

    #[test]
    fn words_of_others_do_not_fill_the_memory() {
        let mut totals = InsightTotals::default();
        for number in 0..500 {
            let name = format!("s{number}{}", "x".repeat(1000));
            let tag = format!("{TACTIC_TAG}TA{number}{}", "y".repeat(1000));
            totals
                .add(&insight(serde_json::json!({"status": {"name": name}, "tags": [tag, tag]})), &buckets());
        }
        assert_eq!(totals.insights, 500);
        assert_eq!(totals.by_severity[&Severity::Other].len(), MAX_DISTINCT + 1);
        assert_eq!(totals.by_tactic.len(), MAX_DISTINCT + 1);
        assert_eq!(totals.by_tactic.values().sum::<u64>(), 500, "a tag that stands twice counts once");
        assert!(serde_json::to_string(&totals).unwrap().len() < 40_000);
    }
}
