//! The content of the tiles that show sums over insights: pure functions.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use xdr_module::contract::tile::{
    Bar, BarChart, BarValue, DonutGraph, DonutPart, DonutSegment, Metric, MetricGroup, Series,
};

use super::buckets::Buckets;
use super::text::duration;
use super::totals::{BySeverity, InsightTotals, Severity, Status};
use crate::console::Console;
use crate::mapping;

/// The most tactics that are shown.
const MAX_TACTICS: usize = 10;

/// `insights-summary`: numbers that are not known are left out.
pub(super) fn summary(open: Option<u64>, totals: Option<&InsightTotals>, console: &Console) -> MetricGroup {
    let list = console.insights();
    let open = open.map(|open| Metric::number("Open now", open).with_icon("warning").with_link(&list));
    let of_period = totals.map(|totals| {
        let grave = totals.of_severity(Severity::Critical).saturating_add(totals.of_severity(Severity::High));
        [
            Metric::number("New", totals.insights).with_icon("information"),
            Metric::number("New, closed since", totals.closed).with_icon("view-metadata"),
            Metric::number("New, critical or high", grave).with_icon("critical-stop"),
        ]
    });
    MetricGroup::new(open.into_iter().chain(of_period.into_iter().flatten()))
}

/// `insight-times`.
pub(super) fn times(totals: &InsightTotals) -> MetricGroup {
    let means = [
        ("Mean time to detect", totals.detection),
        ("Mean time to respond", totals.response),
        ("Mean time to remediate", totals.remediation),
    ];
    let metric = |(label, mean): (_, super::totals::Mean)| {
        Metric::text(label, duration(mean.seconds())).with_icon("clock")
    };
    MetricGroup::new(means.map(metric))
}

/// The severities that a chart names: those of Cloud SIEM, and others where they occur.
fn severities(totals: &InsightTotals) -> impl Iterator<Item = Severity> {
    let has_other = totals.of_severity(Severity::Other) > 0;
    Severity::ALL.into_iter().filter(move |severity| *severity != Severity::Other || has_other)
}

/// `insights-by-severity`.
pub(super) fn by_severity(totals: &InsightTotals) -> DonutGraph {
    let severities: Vec<_> = severities(totals).collect();
    let found = totals.by_severity.values().flat_map(BTreeMap::keys).cloned();
    let mut statuses: Vec<Status> = Status::built_in().into_iter().chain(found).collect();
    statuses.sort();
    statuses.dedup();
    let part = |(key, severity): (u64, &Severity)| {
        let counts = totals.by_severity.get(severity)?;
        let segments = (0..)
            .zip(&statuses)
            .filter_map(|(key, status)| Some(DonutSegment::new(key, *counts.get(status)?)));
        Some(DonutPart::new(key, totals.of_severity(*severity), segments))
    };
    let rings = [
        ("Severity".to_owned(), severities.iter().map(|severity| severity.label().to_owned()).collect()),
        ("Status".to_owned(), statuses.iter().map(|status| status.label().to_owned()).collect()),
    ];
    DonutGraph::new(rings, (0..).zip(&severities).filter_map(part))
}

/// `insights-over-time`.
pub(super) fn over_time(totals: &InsightTotals, buckets: &Buckets) -> BarChart {
    let keys = severities(totals).map(|severity| Series::new(key_of(severity), severity.label()));
    let none = BySeverity::new();
    let dated = buckets.starts().enumerate().map(|(index, start)| {
        let counts = totals.by_bucket.get(&index).unwrap_or(&none);
        Bar::new(bar_key(start), buckets.label(start), values(counts, &format!(", from {}", hour(start))))
    });
    let undated = (!totals.undated.is_empty())
        .then(|| Bar::new("unknown", "Unknown", values(&totals.undated, ", at an unknown time")));
    BarChart::new(keys, dated.chain(undated))
}

fn key_of(severity: Severity) -> String {
    severity.label().to_lowercase()
}

fn bar_key(start: DateTime<Utc>) -> String {
    start.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn hour(start: DateTime<Utc>) -> String {
    start.format("%b %-d %H:%M UTC").to_string()
}

fn values(counts: &BySeverity, at: &str) -> Vec<BarValue> {
    let value = |(severity, value): (&Severity, &u64)| {
        BarValue::new(key_of(*severity), *value).with_tooltip(format!("{}: {value}{at}", severity.label()))
    };
    counts.iter().map(value).collect()
}

/// `tactics`.
pub(super) fn tactics(totals: &InsightTotals) -> BarChart {
    const KEY: &str = "insights";
    let mut found: Vec<_> = totals
        .by_tactic
        .iter()
        .map(|(id, count)| (Reverse(*count), mapping::tactic_name(id).unwrap_or(id), id))
        .collect();
    found.sort_unstable();
    let bar = |(Reverse(value), name, id): (Reverse<u64>, &str, &String)| {
        Bar::new(id, name, [BarValue::new(KEY, value).with_tooltip(format!("{name}: {value}"))])
    };
    let series = Series::new(KEY, "Insights");
    BarChart::new([series], found.into_iter().take(MAX_TACTICS).map(bar))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sumo_client::api::insights::Insight;
    use xdr_module::contract::tile::Period;

    use super::*;

    fn buckets() -> Buckets {
        Buckets::new(Period::Last7Days, "2024-09-14T09:00:00Z".parse().unwrap())
    }

    fn totals(insights: impl IntoIterator<Item = Value>) -> InsightTotals {
        let mut totals = InsightTotals::default();
        for insight in insights {
            let insight: Insight = serde_json::from_value(insight).unwrap();
            totals.add(&insight, &buckets());
        }
        totals
    }

    fn written(content: impl serde::Serialize) -> Value {
        serde_json::to_value(content).unwrap()
    }

    #[test]
    fn a_ring_without_parts_has_labels() {
        assert_eq!(
            written(by_severity(&InsightTotals::default())),
            json!({"labels": [["Critical", "High", "Medium", "Low"], ["New", "In Progress", "Closed"]],
                   "label_headers": ["Severity", "Status"], "data": []})
        );
    }

    #[test]
    fn a_status_of_the_tenant_is_the_third_inner_label() {
        let of = |severity: &str, name: &str, shown: Value| json!({"severity": severity, "status": {"name": name, "displayName": shown}});
        let totals = totals([
            of("HIGH", "new", json!("New")),
            of("HIGH", "triage", json!("In triage")),
            of("HIGH", "triage", json!("In triage")),
            of("LOW", "closed", Value::Null),
            of("NOVEL", "inprogress", json!("In Progress")),
            json!({"severity": null, "status": "closed"}),
        ]);
        assert_eq!(
            written(by_severity(&totals)),
            json!({
                "labels": [["Critical", "High", "Medium", "Low", "Other"],
                           ["New", "In Progress", "In triage", "Closed"]],
                "label_headers": ["Severity", "Status"],
                "data": [
                    {"key": 1, "value": 3, "segments": [{"key": 0, "value": 1}, {"key": 2, "value": 2}]},
                    {"key": 3, "value": 1, "segments": [{"key": 3, "value": 1}]},
                    {"key": 4, "value": 2, "segments": [{"key": 1, "value": 1}, {"key": 3, "value": 1}]},
                ],
            })
        );
    }

    #[test]
    fn means_of_nothing_are_shown_as_nothing() {
        let null = totals([
            json!({"timeToDetection": 90.0, "timeToResponse": null}),
            json!({"timeToDetection": 30}),
        ]);
        let values: Vec<_> = times(&null).data.into_iter().map(|metric| metric.value).collect();
        assert_eq!(values, ["1 min", "–", "–"]);
        let none: Vec<_> = times(&totals([])).data.into_iter().map(|metric| metric.value).collect();
        assert_eq!(none, ["–", "–", "–"]);
    }

    #[test]
    fn bars_stand_for_buckets_and_times_that_are_missing() {
        let chart = written(over_time(&totals([]), &buckets()));
        assert_eq!(chart["data"].as_array().map(Vec::len), Some(7));
        assert_eq!(
            chart["data"][0],
            json!({"key": "2024-09-07T09:00:00Z", "label": "Sep 7", "value": 0, "values": []})
        );
        let created = |severity: &str, created: Value| json!({"severity": severity, "created": created});
        let chart = written(over_time(
            &totals([
                created("HIGH", json!("2024-09-13T09:00:00.5")),
                created("LOW", json!("2024-09-14T08:59:00")),
                created("LOW", json!("2024-09-14T08:59:01")),
                created("LOW", json!("yesterday")),
                created("LOW", Value::Null),
            ]),
            &buckets(),
        ));
        assert_eq!(chart["keys"].as_array().map(Vec::len), Some(4));
        let last = json!({"key": "2024-09-13T09:00:00Z", "label": "Sep 13", "value": 3, "values": [
            {"key": "high", "value": 1, "tooltip": "High: 1, from Sep 13 09:00 UTC"},
            {"key": "low", "value": 2, "tooltip": "Low: 2, from Sep 13 09:00 UTC"}]});
        assert_eq!(chart["data"][6], last);
        let unknown = json!({"key": "unknown", "label": "Unknown", "value": 2, "values": [
            {"key": "low", "value": 2, "tooltip": "Low: 2, at an unknown time"}]});
        assert_eq!(chart["data"][7], unknown);
    }

    #[test]
    fn the_ten_most_frequent_tactics_are_named() {
        let tagged = |tactics: &[&str]| {
            let tags: Vec<_> = tactics.iter().map(|id| format!("_mitreAttackTactic:{id}")).collect();
            json!({"tags": tags})
        };
        let ids: Vec<String> = (1..=11).map(|number| format!("TA{number:04}")).collect();
        let all: Vec<&str> = ids.iter().map(String::as_str).collect();
        let chart =
            written(tactics(&totals([tagged(&all), tagged(&["TA0011", "TA0011", "TA9999"]), tagged(&[])])));
        let bars = chart["data"].as_array().unwrap();
        assert_eq!(bars.len(), 10);
        let first = json!({"key": "TA0011", "label": "Command and Control", "value": 2,
                           "values": [{"key": "insights", "value": 2, "tooltip": "Command and Control: 2"}]});
        assert_eq!(bars[0], first);
        assert_eq!(written(tactics(&totals([])))["data"], json!([]));
        assert_eq!(written(tactics(&totals([tagged(&["TA9999"])])))["data"][0]["label"], "TA9999");
    }

    #[test]
    fn a_summary_leaves_out_what_is_not_known() {
        let console = Console::of_api_host("api.us2.sumologic.com");
        let totals = totals([
            json!({"severity": "CRITICAL", "status": {"name": "closed"}}),
            json!({"severity": "HIGH", "status": "new"}),
            json!({"severity": "LOW"}),
        ]);
        let labels = |open, totals| {
            let metrics = summary(open, totals, &console).data;
            metrics
                .into_iter()
                .map(|metric| (metric.label, metric.value.as_u64().unwrap()))
                .collect::<Vec<_>>()
        };
        let new = [("New", 3), ("New, closed since", 1), ("New, critical or high", 2)];
        let new = new.map(|(label, value)| (label.to_owned(), value));
        assert_eq!(labels(None, Some(&totals)), new);
        assert_eq!(labels(Some(9), None), [("Open now".to_owned(), 9)]);
        let link = summary(Some(9), None, &console).data.remove(0).link_uri;
        assert_eq!(link.as_deref(), Some("https://service.us2.sumologic.com/sec/insight"));
    }
}
