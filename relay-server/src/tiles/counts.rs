//! The tiles that show counts over time: pure functions.

use std::collections::BTreeMap;

use serde::Serialize;
use sumo_client::api::counts::CountBucket;
use xdr_module::contract::tile::{LineChart, Metric, MetricGroup, Point};

/// Counts over time as Cloud SIEM gave them.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    /// Counts by the start of the bucket, in seconds since 1970.
    pub(super) by_time: BTreeMap<i64, u64>,
    /// The sum of all buckets, those without a time among them.
    pub(super) total: u64,
    /// The number of buckets without a time or a count.
    pub(super) unreadable: usize,
    /// The number of buckets without a count, which are missing from the sum.
    pub(super) uncounted: usize,
    /// True if buckets came, and none of them had a count.
    pub(super) is_unknown: bool,
}

impl Counts {
    pub(super) fn new(buckets: &[CountBucket]) -> Self {
        let mut counts = Self::default();
        for bucket in buckets {
            let time = bucket.timestamp.as_ref().and_then(sumo_client::Timestamp::utc);
            let count = bucket.count();
            counts.total = counts.total.saturating_add(count.unwrap_or(0));
            counts.uncounted += usize::from(count.is_none());
            match (time, count) {
                (Some(time), Some(count)) => {
                    let sum = counts.by_time.entry(time.timestamp()).or_default();
                    *sum = sum.saturating_add(count);
                }
                _ => counts.unreadable += 1,
            }
        }
        counts.is_unknown = !buckets.is_empty() && counts.uncounted == buckets.len();
        counts
    }

    /// Returns the sum as far as it is known.
    pub(super) fn known_total(&self) -> Option<u64> {
        (!self.is_unknown).then_some(self.total)
    }
}

/// `signals-over-time`.
pub(super) fn line(counts: &Counts) -> LineChart {
    LineChart::new(counts.by_time.iter().map(|(key, value)| Point::new(*key, *value)))
}

/// `funnel`: counts that are not known are left out.
pub(super) fn funnel(counts: impl IntoIterator<Item = (&'static str, Option<u64>)>) -> MetricGroup {
    let icon = |label: &str| if label == "Insights" { "warning" } else { "bulleted-list" };
    let metric = |(label, count): (&'static str, Option<u64>)| {
        Some(Metric::number(label, count?).with_icon(icon(label)))
    };
    MetricGroup::new(counts.into_iter().filter_map(metric))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn counts(buckets: serde_json::Value) -> Counts {
        Counts::new(&serde_json::from_value::<Vec<CountBucket>>(buckets).unwrap())
    }

    #[test]
    fn counts_that_come_as_text_are_points() {
        let counts = counts(json!([
            {"timestamp": "2024-09-14T00:00:00", "value": "7"},
            {"timestamp": "2024-09-13T00:00:00", "value": "4"},
            {"timestamp": "2024-09-13T00:00:00Z", "value": 1},
        ]));
        assert_eq!((counts.total, counts.unreadable), (12, 0));
        let points = [Point::new(1_726_185_600, 5), Point::new(1_726_272_000, 7)];
        assert_eq!(line(&counts).data, points);
    }

    #[test]
    fn buckets_without_a_time_or_a_count_are_told() {
        let counts = counts(json!([
            {"timestamp": null, "value": "7"}, {"timestamp": "2024-09-13T00:00:00", "value": null},
            {"timestamp": "soon", "value": "1"}, {"timestamp": "2024-09-13T00:00:00", "value": "-3"},
        ]));
        assert_eq!((counts.total, counts.unreadable, counts.by_time.len()), (8, 4, 0));
        assert_eq!((counts.uncounted, counts.known_total()), (2, Some(8)));
        assert_eq!(line(&Counts::default()).data, []);
    }

    #[test]
    fn a_sum_of_nothing_that_can_be_read_is_not_known() {
        let unreadable = json!({"timestamp": "2024-09-13T00:00:00", "value": null});
        assert_eq!(counts(json!([unreadable, unreadable])).known_total(), None);
        assert_eq!(counts(json!([unreadable, {"timestamp": null, "value": 2}])).known_total(), Some(2));
        assert_eq!(counts(json!([])).known_total(), Some(0));
    }

    #[test]
    fn a_funnel_leaves_out_what_is_not_known() {
        let data = funnel([("Records", Some(30)), ("Signals", None), ("Insights", Some(0))]).data;
        let shown: Vec<_> =
            data.iter().map(|metric| (metric.label.as_str(), metric.value.as_u64())).collect();
        assert_eq!(shown, [("Records", Some(30)), ("Insights", Some(0))]);
    }
}
