//! Reads insights and signals.
//!
//! A page is read once. Of each signal only what [`mapping`](crate::mapping) needs is kept; all else, its records above
//! all, is looked through for the observable as it passes by and never built.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::entity::EntitySeed;
use super::found::{FoundInsight, FoundSignal, InsightFacts, SignalFacts};
use super::lookout::{Lookout, PassBy};
use super::needle::Needle;
use super::part::Part;

/// The most signals of an insight that are kept: many times what an answer can hold, and little enough that no insight,
/// however large, takes much memory.
const MAX_SIGNALS: usize = 1000;

/// Reads one insight, looking for the needle.
#[derive(Clone)]
pub(crate) struct InsightSeed(pub(crate) Arc<Needle>);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum InsightField {
    Id,
    ReadableId,
    Name,
    Description,
    Created,
    Timestamp,
    Closed,
    Severity,
    Resolution,
    Entity,
    Signals,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for InsightSeed {
    type Value = FoundInsight;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FoundInsight, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for InsightSeed {
    type Value = FoundInsight;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an insight")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FoundInsight, A::Error> {
        let mut insight = InsightFacts::default();
        let mut signals = Signals::default();
        let entity = Lookout::new(Some(&self.0));
        while let Some(field) = map.next_key()? {
            let slot = match field {
                InsightField::Signals => {
                    signals = map.next_value_seed(SignalsSeed(&self.0))?;
                    continue;
                }
                InsightField::Entity => {
                    insight.entity = map.next_value_seed(EntitySeed(&entity))?;
                    continue;
                }
                InsightField::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                InsightField::Id => &mut insight.id,
                InsightField::ReadableId => &mut insight.readable_id,
                InsightField::Name => &mut insight.name,
                InsightField::Description => &mut insight.description,
                InsightField::Created => &mut insight.created,
                InsightField::Timestamp => &mut insight.timestamp,
                InsightField::Closed => &mut insight.closed,
                InsightField::Severity => &mut insight.severity,
                InsightField::Resolution => &mut insight.resolution,
            };
            *slot = Part::next(&mut map, &Lookout::new(None))?.into_text();
        }
        insight.signal_count = signals.count;
        insight.rule_count = signals.rules.len();
        insight.signals = signals.naming_it(entity.is_found());
        Ok(insight.into())
    }
}

/// The signals of an insight.
///
/// Which of those without an entity name the needle is known only once the whole insight is read, since theirs is the
/// insight's. Of either kind no more are kept than an answer could hold.
#[derive(Default)]
struct Signals {
    kept: Vec<(FoundSignal, NamesIt)>,
    kept_naming_it: usize,
    count: usize,
    /// Hashes of the rules' ids, so that many rules take little memory.
    rules: HashSet<u64, BuildHasherDefault<Hashed>>,
    hasher: RandomState,
}

/// The hash of what is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Whether a signal names the needle.
#[derive(Clone, Copy, Eq, PartialEq)]
enum NamesIt {
    Itself,
    ThroughItsInsight,
}

impl Signals {
    fn add(&mut self, signal: SignalFacts<'_>, names_it: bool) {
        self.count += 1;
        self.rules.insert(self.hasher.hash_one(signal.rule_id.as_deref()));
        let has_room = if names_it {
            self.kept_naming_it < MAX_SIGNALS
        } else {
            signal.entity.is_none() && self.kept.len() - self.kept_naming_it < MAX_SIGNALS
        };
        if has_room {
            self.kept_naming_it += usize::from(names_it);
            self.kept
                .push((signal.into(), if names_it { NamesIt::Itself } else { NamesIt::ThroughItsInsight }));
        }
    }

    /// The signals that name the needle, or are those of an insight whose entity names it for them.
    fn naming_it(self, entity_names_it: bool) -> Vec<FoundSignal> {
        let named = self.kept.into_iter().filter(|(_, how)| entity_names_it || *how == NamesIt::Itself);
        named.map(|(signal, _)| signal).take(MAX_SIGNALS).collect()
    }
}

struct SignalsSeed<'n>(&'n Needle);

impl<'de> DeserializeSeed<'de> for SignalsSeed<'_> {
    type Value = Signals;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Signals, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SignalsSeed<'_> {
    type Value = Signals;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of signals or null")
    }

    fn visit_unit<E>(self) -> Result<Signals, E> {
        Ok(Signals::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Signals, A::Error> {
        let mut signals = Signals::default();
        loop {
            let lookout = Lookout::new(Some(self.0));
            let Some(signal) = seq.next_element_seed(WatchedSignalSeed(&lookout))? else {
                return Ok(signals);
            };
            signals.add(signal, lookout.is_found());
        }
    }
}

/// Reads one signal. All that Cloud SIEM's search gave is kept.
#[derive(Clone, Copy)]
pub(crate) struct SignalSeed;

impl<'de> DeserializeSeed<'de> for SignalSeed {
    type Value = FoundSignal;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FoundSignal, D::Error> {
        WatchedSignalSeed(&Lookout::new(None)).deserialize(deserializer).map(FoundSignal::from)
    }
}

/// Reads a signal while all of it passes by a lookout.
struct WatchedSignalSeed<'l, 'n>(&'l Lookout<'n>);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum SignalField {
    Id,
    Name,
    Description,
    Created,
    Timestamp,
    Severity,
    Stage,
    RuleId,
    Tags,
    Entity,
    AllRecords,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for WatchedSignalSeed<'_, '_> {
    type Value = SignalFacts<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WatchedSignalSeed<'_, '_> {
    type Value = SignalFacts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a signal")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut signal = SignalFacts::default();
        while let Some(field) = map.next_key()? {
            let slot = match field {
                SignalField::AllRecords => {
                    map.next_value_seed(PassBy::records(self.0))?;
                    continue;
                }
                SignalField::Other => {
                    map.next_value_seed(PassBy::new(self.0))?;
                    continue;
                }
                SignalField::Severity => {
                    signal.severity = Part::next(&mut map, self.0)?.whole_number();
                    continue;
                }
                SignalField::Tags => {
                    signal.tags = Part::next(&mut map, self.0)?.into_texts();
                    continue;
                }
                SignalField::Entity => {
                    signal.entity = map.next_value_seed(EntitySeed(self.0))?;
                    continue;
                }
                SignalField::Id => &mut signal.id,
                SignalField::Name => &mut signal.name,
                SignalField::Description => &mut signal.description,
                SignalField::Created => &mut signal.created,
                SignalField::Timestamp => &mut signal.timestamp,
                SignalField::Stage => &mut signal.stage,
                SignalField::RuleId => &mut signal.rule_id,
            };
            *slot = Part::next(&mut map, self.0)?.into_text();
        }
        Ok(signal)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::observe::found::FoundEntity;
    use crate::observe::part::{MAX_TEXT, MAX_VALUES};

    fn signal(document: &Value) -> FoundSignal {
        SignalSeed.deserialize(&mut serde_json::Deserializer::from_str(&document.to_string())).unwrap()
    }

    fn insight(value: &str, document: &Value) -> FoundInsight {
        let text = document.to_string();
        let seed = InsightSeed(Arc::new(Needle::new(value)));
        seed.deserialize(&mut serde_json::Deserializer::from_str(&text)).unwrap()
    }

    fn found_ids(value: &str, document: &Value) -> Vec<String> {
        insight(value, document).signals.iter().filter_map(|signal| signal.id().map(str::to_owned)).collect()
    }

    fn document() -> Value {
        json!({
            "id": "5a", "readableId": "INSIGHT-1", "name": "n", "severity": "HIGH", "created": "2026-01-02T03:04:05.678901",
            "closed": null, "resolution": 5, "novelty": {"a": [1, "evil.example"]},
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
        let insight = insight("nothing", &document());
        assert_eq!((insight.signal_count, insight.rule_count), (4, 3));
        assert_eq!(insight.readable_id(), Some("INSIGHT-1"));
        assert_eq!(insight.closed(), None);
        assert_eq!(insight.resolution(), Some("5"));
    }

    #[test]
    fn a_signal_takes_the_entity_of_its_insight_when_it_has_none() {
        let insight = insight("web-02", &document());
        let entity = FoundEntity { kind: Some("_hostname"), value: Some("web-02") };
        assert_eq!(insight.signals[0].entity(), None);
        assert_eq!(insight.entity_of(&insight.signals[0]), Some(entity));
        assert_eq!(insight.signals[0].tags().collect::<Vec<_>>(), ["a", "7"]);
        assert_eq!(
            insight.signals.iter().map(|signal| signal.severity).collect::<Vec<_>>(),
            [Some(5), Some(9), Some(2)]
        );
    }

    #[test]
    fn every_text_is_found_in_its_own_place() {
        let entity = json!({"entityType": "kind", "value": "value"});
        let signal = signal(&json!({
            "ruleId": "rule id", "stage": "stage", "timestamp": "timestamp", "created": "created", "tags": ["tag"],
            "description": "description", "name": "name", "id": "id", "entity": entity,
        }));
        let texts = [signal.id(), signal.name(), signal.description(), signal.created(), signal.timestamp()];
        assert_eq!(texts, ["id", "name", "description", "created", "timestamp"].map(Some));
        assert_eq!([signal.stage(), signal.rule_id()], ["stage", "rule id"].map(Some));
        let expected = Some(FoundEntity { kind: Some("kind"), value: Some("value") });
        assert_eq!((signal.entity(), signal.tags().collect::<Vec<_>>()), (expected, vec!["tag"]));
        let insight = insight(
            "a",
            &json!({
                "resolution": "resolution", "severity": "severity", "closed": "closed", "timestamp": "timestamp",
                "created": "created", "description": "description", "name": "name", "readableId": "readable id",
                "id": "id", "entity": entity,
            }),
        );
        let texts = [insight.id(), insight.readable_id(), insight.name(), insight.description()];
        assert_eq!(texts, ["id", "readable id", "name", "description"].map(Some));
        let texts = [insight.created(), insight.timestamp(), insight.closed(), insight.severity()];
        assert_eq!(texts, ["created", "timestamp", "closed", "severity"].map(Some));
        assert_eq!((insight.resolution(), insight.entity()), (Some("resolution"), expected));
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
    fn what_is_not_an_insight_is_refused() {
        let seed = InsightSeed(Arc::new(Needle::new("a")));
        for text in [
            "5",
            "[]",
            "{\"signals\": 5}",
            "{\"signals\": [5]}",
            "{\"id\": ",
            "{\"signals\": [{\"a\": tru}]}",
        ] {
            let read = seed.clone().deserialize(&mut serde_json::Deserializer::from_str(text));
            assert!(read.is_err(), "{text}");
        }
    }

    #[test]
    fn an_insight_of_any_size_takes_little_memory() {
        let many = MAX_SIGNALS * 3;
        let signals: Vec<_> = (0..many)
            .map(|n| match n % 3 {
                0 => json!({"id": n, "ruleId": n, "host": "web-01"}),
                1 => json!({"id": n, "ruleId": 7}),
                _ => json!({"id": n, "entity": {"value": "web-02"}}),
            })
            .chain([json!({"id": "last", "host": "web-01"})])
            .collect();
        let named = insight("web-01", &json!({"signals": signals, "entity": {"value": "web-02"}}));
        assert_eq!(named.signals.len(), MAX_SIGNALS, "the last one is one too many");
        assert_eq!(
            (named.signal_count, named.rule_count),
            (many + 1, MAX_SIGNALS + 2),
            "and those without a rule"
        );
        let named = insight("web-02", &json!({"signals": signals, "entity": {"value": "web-02"}}));
        let first: Vec<_> = named.signals.iter().take(4).filter_map(FoundSignal::id).collect();
        assert_eq!((named.signals.len(), first), (MAX_SIGNALS, vec!["0", "1", "2", "3"]));
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
        let escaped = r#"{"signals": [{"id": "s", "allRecords": [{"host": "evil\u002eexample"}]}]}"#;
        let seed = InsightSeed(Arc::new(Needle::new("evil.example")));
        let insight = seed.deserialize(&mut serde_json::Deserializer::from_str(escaped)).unwrap();
        assert_eq!(insight.signals.len(), 1);
    }

    #[test]
    fn long_parts_are_cut_and_still_searched() {
        let long = format!("{} evil.example", "ä".repeat(MAX_TEXT + 5));
        let tags: Vec<_> = (0..MAX_VALUES + 5).map(|n| format!("tag-{n}")).collect();
        let signal = json!({"id": 1, "description": long, "tags": tags, "entity": {"value": [[[{"a": 1}]]]}});
        let document = json!({"signals": [signal]});
        for value in ["evil.example", &format!("tag-{}", MAX_VALUES + 4)] {
            let insight = insight(value, &document);
            let description = insight.signals[0].description().unwrap();
            assert_eq!(description.chars().count(), MAX_TEXT, "{value}");
            assert_eq!(insight.signals[0].tags().count(), MAX_VALUES - 1, "{value}");
        }
    }
}
