//! The parts of a page that are kept, and where the value is in them.

use std::collections::HashSet;

use serde_json::Value;
use sumo_client::api::entities::{EntityRef, EntityType};
use sumo_client::api::insights::{Insight, InsightSignal};
use sumo_client::api::signals::{Artifact, RecordSearchDetails, Signal};
use sumo_client::{Extra, PlainValue, Record, Records};

use crate::mapping::RecordFacts;
use crate::matching::{Findings, Matcher};
use crate::search::{Found, FoundInsight, FoundSignal, IdHash, Received, Skipped};

/// The most signals of an insight that are kept, and the most ids: many times what an answer can
/// hold.
const MAX_SIGNALS: usize = 1000;

/// Keeps the insights of a page, each with its signals that name the value.
pub(crate) fn insights(mut page: Received<Insight>, matcher: &Matcher) -> Found {
    let skipped = &mut page.skipped;
    let insights = page.objects.into_iter().map(|insight| found_insight(insight, matcher, skipped)).collect();
    Found { insights, more: page.more, skipped: page.skipped, ..Found::default() }
}

/// Keeps the signals of a page.
pub(crate) fn signals(mut page: Received<Signal>, matcher: &Matcher) -> Found {
    let skipped = &mut page.skipped;
    let signals = page.objects.into_iter().map(|signal| found_signal(signal, matcher, skipped)).collect();
    Found { signals, more: page.more, skipped: page.skipped, ..Found::default() }
}

fn found_insight(mut insight: Insight, matcher: &Matcher, skipped: &mut Skipped) -> FoundInsight {
    let all = std::mem::take(&mut insight.signals);
    let rules: HashSet<_> = all.iter().map(|signal| signal.rule_id.as_deref()).collect();
    let (signal_count, rule_count) = (all.len(), rules.len());
    let signal_ids = all.iter().take(MAX_SIGNALS).filter_map(|signal| IdHash::of(&signal.id)).collect();
    let mut search = Search::new(matcher);
    insight.entity.iter().for_each(|entity| search.entity(entity));
    let of_entity = search.findings;
    search.insight(&insight);
    let mut findings = search.findings;
    let mut signals = Vec::new();
    let mut signals_beyond = Vec::new();
    for signal in all {
        let mut of_signal = find_in_signal(&signal, matcher, skipped);
        if signal.entity.is_none() {
            of_signal.add(of_entity);
        }
        findings.add(of_signal);
        if !of_signal.is_named() {
            continue;
        }
        if signals.len() == MAX_SIGNALS {
            signals_beyond.push(of_signal);
        } else {
            let facts = RecordFacts::of(&signal.all_records);
            signals.push(FoundSignal { signal: bare(signal.into()), findings: of_signal, facts });
        }
    }
    insight.artifacts = Vec::new();
    insight.record_summary_fields = Vec::new();
    insight.summary = None;
    insight.extra = Extra::new();
    keep_needed_of_entities(&mut insight.entity, &mut insight.involved_entities);
    signals.shrink_to_fit();
    FoundInsight {
        insight,
        findings,
        signals,
        signals_beyond,
        signal_ids,
        lacks_records: skipped.all_records,
        signal_count,
        rule_count,
    }
}

fn found_signal(signal: Signal, matcher: &Matcher, skipped: &mut Skipped) -> FoundSignal {
    let mut search = Search::new(matcher);
    search.signal(&signal);
    search.texts(signal.summary.iter().chain(&signal.threat_intel_indicator_ids));
    signal.involved_entities.iter().for_each(|entity| search.entity(entity));
    search.records(&signal.all_records, skipped);
    let findings = search.findings;
    let may_be_shown = findings.is_named() || matcher.is_plain_word();
    let facts = if may_be_shown { RecordFacts::of(&signal.all_records) } else { RecordFacts::default() };
    FoundSignal { signal: bare(signal), findings, facts }
}

/// The signal without what no answer needs.
fn bare(mut signal: Signal) -> Signal {
    signal.all_records = Records::default();
    signal.artifacts = Vec::new();
    signal.record_types = Vec::new();
    signal.content_type = None;
    signal.summary = None;
    signal.record_search_details = None;
    signal.threat_intel_indicator_ids = Vec::new();
    signal.extra = Extra::new();
    keep_needed_of_entities(&mut signal.entity, &mut signal.involved_entities);
    signal
}

/// Keeps the kind and the text of each entity, and none of the others that is the entity itself.
/// Most signals involve that one alone; without all this, findings take half the memory.
fn keep_needed_of_entities(entity: &mut Option<EntityRef>, involved: &mut Vec<EntityRef>) {
    involved.retain(|other| {
        !entity.as_ref().is_some_and(|own| own.text() == other.text() && own.kind() == other.kind())
    });
    involved.shrink_to_fit();
    entity.iter_mut().chain(involved).for_each(|entity| {
        let mut needed = EntityRef::default();
        needed.entity_type = entity.kind();
        needed.value = entity.text().map(str::to_owned);
        *entity = needed;
    });
}

/// Looks for a value in the parts of an insight or signal, until nothing more can be learned.
struct Search<'a> {
    matcher: &'a Matcher,
    findings: Findings,
}

impl<'a> Search<'a> {
    fn new(matcher: &'a Matcher) -> Self {
        Self { matcher, findings: Findings::default() }
    }

    fn insight(&mut self, insight: &Insight) {
        let texts = [&insight.id, &insight.readable_id, &insight.name];
        let more = [&insight.description, &insight.summary, &insight.resolution, &insight.sub_resolution];
        self.texts(texts.into_iter().chain(more.into_iter().flatten()).chain(&insight.tags));
        insight.involved_entities.iter().for_each(|entity| self.entity(entity));
        let fields = insight.record_summary_fields.iter();
        self.texts(fields.map(|field| &field.field_value));
        for artifact in &insight.artifacts {
            self.texts([&artifact.value]);
            self.extra(&artifact.extra);
        }
        self.extra(&insight.extra);
    }

    fn entity(&mut self, entity: &EntityRef) {
        let texts = [&entity.name, &entity.value, &entity.hostname, &entity.mac_address, &entity.username];
        let texts = texts.into_iter().chain([&entity.sensor_zone, &entity.ip_hostname]).flatten();
        let address = entity.ip.as_ref().and_then(|ip| ip.address.as_ref());
        self.texts(texts.chain(address).chain([&entity.id]));
        self.texts(entity.entity_type.iter().map(EntityType::as_str));
        self.extra(&entity.extra);
        entity.ip.iter().for_each(|ip| self.extra(&ip.extra));
    }

    fn artifact(&mut self, artifact: &Artifact) {
        self.texts([&artifact.value]);
        self.extra(&artifact.extra);
    }

    /// The search for the records of a signal, of which Cloud SIEM may have sent only the first.
    fn record_search(&mut self, details: &RecordSearchDetails) {
        self.texts([&details.query]);
        self.extra(&details.extra);
    }

    fn texts<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) {
        for text in texts {
            if self.matcher.is_settled(self.findings) {
                return;
            }
            self.findings.add(self.matcher.look_in(text.as_ref()));
        }
    }

    fn extra(&mut self, extra: &Extra) {
        extra.values().for_each(|value| self.json(value));
    }

    fn json(&mut self, value: &Value) {
        if !self.matcher.is_settled(self.findings) {
            self.findings.add(self.matcher.look_in_json(value).unwrap_or_default());
        }
    }

    /// Reads only records that may hold the value, and no more once nothing can be learned from
    /// them.
    fn records(&mut self, records: &Records, skipped: &mut Skipped) {
        let json = records.as_json();
        if self.matcher.is_settled(self.findings) || !self.matcher.may_be_in(json) {
            return;
        }
        match self.matcher.look_in_json(&mut serde_json::Deserializer::from_str(json)) {
            Ok(findings) => self.findings.add(findings),
            // A record that cannot be read costs itself alone.
            Err(_) => records.iter().for_each(|record| self.record(record, skipped)),
        }
    }

    fn record(&mut self, record: Record<'_>, skipped: &mut Skipped) {
        if self.matcher.is_settled(self.findings) || !self.matcher.may_be_in(record.as_json()) {
            return;
        }
        match record.decode() {
            Ok(PlainValue(record)) => self.json(&record),
            Err(_) => skipped.records += 1,
        }
    }
}

/// The members that signals have in common, alone and in an insight.
macro_rules! look_at_members {
    ($search:ident, $signal:ident) => {
        let texts = [&$signal.id, &$signal.name];
        let more = [&$signal.description, &$signal.stage, &$signal.rule_id, &$signal.content_type];
        $search.texts(texts.into_iter().chain(more.into_iter().flatten()).chain(&$signal.tags));
        $signal.entity.iter().for_each(|entity| $search.entity(entity));
        $signal.artifacts.iter().for_each(|artifact| $search.artifact(artifact));
        $signal.record_search_details.iter().for_each(|details| $search.record_search(details));
        $search.extra(&$signal.extra);
    };
}

impl Search<'_> {
    fn signal(&mut self, signal: &Signal) {
        look_at_members!(self, signal);
    }
}

fn find_in_signal(signal: &InsightSignal, matcher: &Matcher, skipped: &mut Skipped) -> Findings {
    let mut search = Search::new(matcher);
    look_at_members!(search, signal);
    search.records(&signal.all_records, skipped);
    search.findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sumo_client::envelope;

    use super::*;

    fn page(insights: &[Value]) -> Received<Insight> {
        let body = json!({"data": {"objects": insights}}).to_string();
        received(&body)
    }

    fn received(body: &str) -> Received<Insight> {
        Received::new(envelope::decode_itemwise(body.as_bytes(), 10).unwrap(), 10, false)
    }

    fn insight(value: &str, document: &Value) -> FoundInsight {
        let found = insights(page(std::slice::from_ref(document)), &Matcher::new(value));
        found.insights.into_iter().next().unwrap()
    }

    fn found_ids(value: &str, document: &Value) -> Vec<String> {
        insight(value, document).signals.into_iter().map(|found| found.signal.id).collect()
    }

    fn document() -> Value {
        json!({
            "id": "5a", "readableId": "INSIGHT-1", "name": "n", "severity": "HIGH",
            "created": "2026-01-02T03:04:05.678901", "closed": null, "resolution": 5,
            "novelty": {"a": [1, "evil.example"]},
            "signals": [
                {"id": "s1", "ruleId": "MATCH-1", "severity": 5, "tags": ["a", 7, null], "allRecords": [
                    {"bytes": 4776, "path": "C:\\Temp\\x.exe", "deep": {"list": [[{"host": "web-01.example.com"}]]}}
                ]},
                {"id": "s2", "ruleId": "MATCH-1", "severity": "9", "name": "by evil.example", "allRecords": null},
                {"id": "s3", "ruleId": null, "severity": 2.0, "10.9.8.7": "a name, not a value"},
                {"id": "s4", "ruleId": "MATCH-2", "entity": {"entityType": "_ip", "value": "10.0.0.9"}}
            ],
            "entity": {"entityType": "_hostname", "value": "web-02", "id": "_hostname-web-02"}
        })
    }

    #[test]
    fn signals_that_name_the_value_are_kept() {
        let document = document();
        for (value, ids) in [
            ("web-01.example.com", &["s1"][..]),
            ("c:\\temp\\X.exe", &["s1"]),
            ("4776", &["s1"]),
            ("evil.example", &["s2"]),
            ("MATCH-1", &["s1", "s2"]),
            ("WEB-02", &["s1", "s2", "s3"]),
            ("10.0.0.9", &["s4"]),
            ("10.9.8.7", &[]),
            ("nothing", &[]),
        ] {
            assert_eq!(found_ids(value, &document), ids, "{value}");
        }
    }

    #[test]
    fn all_signals_and_rules_are_counted() {
        let found = insight("nothing", &document());
        assert_eq!((found.signal_count, found.rule_count), (4, 3));
        assert_eq!(found.insight.readable_id, "INSIGHT-1");
        assert_eq!(found.insight.resolution.as_deref(), Some("5"));
    }

    #[test]
    fn ids_of_signals_are_kept_and_so_is_that_records_did_not_come() {
        let signals = vec![json!({"id": "a"}), json!({"id": ""}), json!({"id": "b"})];
        let body = json!({"data": {"objects": [{"id": "i", "signals": signals}]}}).to_string();
        for lacks_records in [false, true] {
            let page = Received {
                skipped: Skipped { all_records: lacks_records, ..Skipped::default() },
                ..received(&body)
            };
            let found = insights(page, &Matcher::new("nothing")).insights.remove(0);
            assert_eq!(*found.signal_ids, ["a", "b"].map(|id| IdHash::of(id).unwrap()));
            assert_eq!(found.lacks_records, lacks_records);
        }
        let many = json!({"signals": vec![json!({"id": "a"}); MAX_SIGNALS + 5]});
        assert_eq!(insight("nothing", &many).signal_ids.len(), MAX_SIGNALS);
    }

    #[test]
    fn numbers_are_read_in_every_form() {
        let found = insight("web-02", &document());
        assert_eq!(found.signals[0].signal.tags, ["a", "7"]);
        let severities: Vec<_> = found.signals.iter().map(|found| found.signal.severity).collect();
        assert_eq!(severities, [5, 9, 2]);
    }

    #[test]
    fn every_text_of_a_signal_is_looked_at() {
        for signal in [
            json!({"id": "evil.example"}),
            json!({"description": "at evil.example"}),
            json!({"stage": "evil.example"}),
            json!({"contentType": "evil.example"}),
            json!({"tags": ["a", "evil.example"]}),
            json!({"novelty": [{"a": "evil.example"}]}),
            json!({"artifacts": [{"name": "a", "value": "b"}, {"name": "dns_query", "value": "evil.example"}]}),
            json!({"artifacts": [{"novelty": "evil.example"}]}),
            json!({"recordSearchDetails": {"query": "_index=a | where dns_query = \"evil.example\""}}),
            json!({"recordSearchDetails": {"novelty": ["evil.example"]}}),
            json!({"entity": {"value": "evil.example"}}),
            json!({"entity": {"id": "_domain-evil.example"}}),
            json!({"entity": {"ip": {"address": "evil.example"}}}),
            json!({"entity": {"ip": {"geo": ["evil.example"]}}}),
            json!({"entity": {"inventory": [{"a": "evil.example"}]}}),
        ] {
            let document = json!({"signals": [signal]});
            let expected = usize::from(signal["entity"]["id"].is_null());
            assert_eq!(insight("evil.example", &document).signals.len(), expected, "{signal}");
        }
    }

    #[test]
    fn a_severity_is_no_value() {
        let signal = json!({"id": "s", "severity": 5, "allRecords": [{"severity": 7}]});
        let document = json!({"signals": [signal]});
        assert!(found_ids("5", &document).is_empty());
        assert_eq!(found_ids("7", &document), ["s"], "a member of a record");
    }

    #[test]
    fn every_text_of_an_insight_is_looked_at() {
        for (document, is_named) in [
            (json!({"readableId": "evil.example"}), true),
            (json!({"summary": "at evil.example"}), true),
            (json!({"involvedEntities": [{"value": "evil.example"}]}), true),
            (json!({"recordSummaryFields": [{"fieldName": "a", "fieldValue": "evil.example"}]}), true),
            (json!({"artifacts": [{"name": "a", "value": "evil.example"}]}), true),
            (json!({"artifacts": [{"novelty": "evil.example"}]}), true),
            (json!({"artifacts": [{"evil.example": "a name"}]}), false),
            (json!({"novelty": "evil.example"}), true),
            (json!({"assignee": {"username": "evil.example"}}), false),
        ] {
            assert_eq!(insight("evil.example", &document).findings.is_named(), is_named, "{document}");
        }
    }

    #[test]
    fn absent_and_null_parts_are_no_trouble() {
        for document in
            [json!({}), json!({"signals": null, "entity": null}), json!({"signals": [], "status": "new"})]
        {
            assert_eq!(insight("a", &document).signal_count, 0);
        }
    }

    #[test]
    fn entities_keep_their_kind_and_text() {
        let entity =
            json!({"id": "_hostname-web-02", "hostname": "web-02", "macAddress": "00:00:5e:00:53:01"});
        let other = json!({"entityType": "_ip", "name": "a name", "value": "10.0.0.9", "sensorZone": "z"});
        let involved = [&entity, &other, &json!({"id": "_ip-web-02", "name": "web-02"})];
        let document =
            json!({"entity": entity, "involvedEntities": involved, "signals": [{"entity": entity}]});
        let found = insight("web-02", &document);
        let written = |entities: &[EntityRef]| serde_json::to_value(entities).unwrap();
        let kept = |kind: &str, value: &str| {
            let entity: EntityRef =
                serde_json::from_value(json!({"entityType": kind, "value": value})).unwrap();
            serde_json::to_value(entity).unwrap()
        };
        assert_eq!(
            written(&found.insight.involved_entities),
            json!([kept("_ip", "10.0.0.9"), kept("_ip", "web-02")])
        );
        for entity in [found.insight.entity, found.signals[0].signal.entity.clone()] {
            assert_eq!(written(entity.as_slice()), json!([kept("_hostname", "web-02")]));
        }
    }

    #[test]
    fn no_records_are_kept_and_no_more_signals_than_an_answer_could_hold() {
        let signals =
            vec![json!({"id": "a", "novelty": "evil.example", "allRecords": [{"a": 1}]}); MAX_SIGNALS + 5];
        let found = insight("evil.example", &json!({"signals": signals}));
        assert_eq!((found.signals.len(), found.signal_count), (MAX_SIGNALS, MAX_SIGNALS + 5));
        assert_eq!(found.signals_beyond.len(), 5);
        assert!(
            found
                .signals
                .iter()
                .all(|found| found.signal.all_records.is_empty() && found.signal.extra.is_empty())
        );
    }

    #[test]
    fn records_of_any_form_are_searched() {
        for (records, is_found) in [
            (json!([{"a": 1}, {"host": "EVIL.example"}, {"a": "evil.example"}]), true),
            (json!([{"a": [{"b": {"c": "at evil.example:443"}}]}]), true),
            (json!([{"a": "notevil.example"}, {"evil.example": "a name"}]), false),
            (json!("[{\"host\": \"evil.example\"}]"), true),
            (json!({"host": "evil.example"}), true),
            (json!(["evil.example"]), true),
            (json!([]), false),
            (json!(null), false),
            (json!(5), false),
            (json!(-5), false),
            (json!(0.5), false),
            (json!(true), false),
        ] {
            let document = json!({"signals": [{"id": "s", "allRecords": records}]});
            assert_eq!(found_ids("evil.example", &document).len(), usize::from(is_found), "{records}");
        }
    }

    #[test]
    fn odd_records_and_signals_cost_themselves_alone() {
        let deep = format!("{}\"evil.example\"{}", "[".repeat(130), "]".repeat(130));
        let named = r#"{"a": "evil.example", "b": "\ud800"}"#;
        for (signals, ids, skipped) in [
            (format!(r#"{{"id": "a", "allRecords": [{deep}, {named}]}}"#), &["a"][..], (0, 0, 1)),
            (
                format!(r#"{{"id": "a", "allRecords": [{deep}]}}, {{"id": "b", "allRecords": [{named}]}}"#),
                &["b"],
                (0, 0, 1),
            ),
            (r#"{"id": "a\ud800", "name": "evil.example"}"#.to_owned(), &["a\u{fffd}"], (0, 0, 0)),
            (
                format!(r#"5, {{"id": "b", "name": "evil.example"}}, {{"id": "c", "novelty": {deep}}}"#),
                &["b"],
                (0, 2, 0),
            ),
            (r#"{"id": "evil\u002eexample"}"#.to_owned(), &["evil.example"], (0, 0, 0)),
            (r#"{"id": "a", "allRecords": [{"a": "evil\u002eexample"}]}"#.to_owned(), &["a"], (0, 0, 0)),
        ] {
            let body = format!(r#"{{"data": {{"objects": [{{"id": "i", "signals": [{signals}]}}]}}}}"#);
            let found = insights(received(&body), &Matcher::new("evil.example"));
            let found_ids: Vec<_> =
                found.insights[0].signals.iter().map(|found| found.signal.id.as_str()).collect();
            assert_eq!(found_ids, ids, "{signals}");
            let counts = (found.skipped.insights, found.skipped.signals, found.skipped.records);
            assert_eq!(counts, skipped, "{signals}");
        }
    }

    #[test]
    fn odd_insights_cost_themselves_alone() {
        let found = insights(
            page(&[
                json!(5),
                json!({"id": "a", "signals": 5}),
                json!({"id": "b"}),
                json!({"id": "c", "confidence": "x"}),
            ]),
            &Matcher::new("a"),
        );
        let ids: Vec<_> = found.insights.iter().map(|found| found.insight.id.as_str()).collect();
        assert_eq!((ids, found.skipped.insights), (vec!["b"], 3));
        assert!(envelope::decode_itemwise::<Insight>(br#"{"data": {"objects": 5}}"#, 10).is_err());
        assert!(
            envelope::decode_itemwise::<Insight>(br#"{"data": {"objects": [{"id": tru}]}}"#, 10).is_err()
        );
    }

    #[test]
    fn a_next_page_counts_as_more() {
        let body = r#"{"data": {"objects": [{"id": "a"}], "total": 1, "hasNextPage": true}}"#;
        assert!(received(body).more && !page(&[json!({"id": "a"})]).more);
    }
}
