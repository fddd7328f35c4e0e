//! What a search finds: the parts of insights and signals that the answer is made of.
//!
//! A page is read once. Of each signal only what [`mapping`](crate::mapping) needs is kept; its records, which
//! are nearly all of a page's bytes, are looked through for the observable as they pass by and never built.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::needle::Needle;

/// An insight with the signals that name the observable.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FoundInsight {
    pub(crate) id: Option<String>,
    pub(crate) readable_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) timestamp: Option<String>,
    pub(crate) closed: Option<String>,
    pub(crate) severity: Option<String>,
    pub(crate) resolution: Option<String>,
    pub(crate) entity: Option<FoundEntity>,
    /// The signals that name the observable: themselves, in their records, or by the insight's entity where they have
    /// none of their own.
    pub(crate) signals: Vec<FoundSignal>,
    /// How many signals the insight has in all.
    pub(crate) signal_count: usize,
    /// How many rules gave those signals.
    pub(crate) rule_count: usize,
}

/// A signal, from an insight or found on its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FoundSignal {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) timestamp: Option<String>,
    pub(crate) severity: Option<i64>,
    pub(crate) stage: Option<String>,
    pub(crate) rule_id: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) entity: Option<FoundEntity>,
}

/// The thing that an insight or a signal is about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct FoundEntity {
    /// The type, such as `_ip` or `_hostname`.
    pub(crate) kind: Option<String>,
    pub(crate) value: Option<String>,
}

impl FoundEntity {
    /// Reads an entity of any era: early ones have no type and value of their own, but an id that
    /// starts with the type, and a name.
    fn from_value(entity: &Value) -> Option<Self> {
        let text = |name: &str| text(entity.get(name)?);
        let kind_of_id = || {
            let id = text("id")?;
            let (kind, _) = id.strip_prefix('_')?.split_once('-')?;
            Some(format!("_{kind}"))
        };
        let address = || text_of(entity.get("ip")?.get("address"));
        let value = text("value").or_else(|| text("name")).or_else(|| text("username"));
        let value = value.or_else(|| text("hostname")).or_else(address);
        entity.is_object().then(|| Self { kind: text("entityType").or_else(kind_of_id), value })
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    value.and_then(text)
}

/// A text, or a number as text: ids have come as both.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(text).collect()
}

/// Severities are whole numbers; a fraction has not been seen and is dropped.
fn whole_number(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
        .or_else(|| value.as_str()?.parse().ok())
}

/// Reads one insight, looking for the needle.
#[derive(Clone, Copy)]
pub(crate) struct InsightSeed<'n>(pub(crate) &'n Needle);

/// Reads one signal. All that Cloud SIEM's search gave is kept.
#[derive(Clone, Copy)]
pub(crate) struct SignalSeed;

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

impl<'de> DeserializeSeed<'de> for InsightSeed<'_> {
    type Value = FoundInsight;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FoundInsight, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for InsightSeed<'_> {
    type Value = FoundInsight;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an insight")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FoundInsight, A::Error> {
        let mut insight = FoundInsight::default();
        let mut signals = Signals::default();
        let mut entity_names_it = false;
        while let Some(field) = map.next_key()? {
            let slot = match field {
                InsightField::Signals => {
                    signals = map.next_value_seed(SignalsSeed(self.0))?;
                    continue;
                }
                InsightField::Entity => {
                    let entity: Value = map.next_value()?;
                    entity_names_it = names(self.0, &entity);
                    insight.entity = FoundEntity::from_value(&entity);
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
            *slot = text(&map.next_value()?);
        }
        insight.signal_count = signals.list.len();
        insight.rule_count = signals.rules();
        for (mut signal, names_it) in signals.list {
            // Early records of signals have no entity of their own; theirs is the insight's.
            let has_entity = signal.entity.is_some();
            if names_it || (!has_entity && entity_names_it) {
                signal.entity = signal.entity.or_else(|| insight.entity.clone());
                insight.signals.push(signal);
            }
        }
        Ok(insight)
    }
}

/// The signals of an insight, each with whether it names the needle.
#[derive(Default)]
struct Signals {
    list: Vec<(FoundSignal, bool)>,
}

impl Signals {
    fn rules(&self) -> usize {
        self.list.iter().map(|(signal, _)| signal.rule_id.as_deref()).collect::<HashSet<_>>().len()
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
        while let Some(signal) = seq.next_element_seed(SearchedSignalSeed(Some(self.0)))? {
            signals.list.push(signal);
        }
        Ok(signals)
    }
}

impl<'de> DeserializeSeed<'de> for SignalSeed {
    type Value = FoundSignal;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FoundSignal, D::Error> {
        SearchedSignalSeed(None).deserialize(deserializer).map(|(signal, _)| signal)
    }
}

/// Reads a signal and, where there is a needle, whether anything in it names the needle.
struct SearchedSignalSeed<'n>(Option<&'n Needle>);

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
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for SearchedSignalSeed<'_> {
    type Value = (FoundSignal, bool);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SearchedSignalSeed<'_> {
    type Value = (FoundSignal, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a signal")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut signal = FoundSignal::default();
        let mut needle = self.0;
        let mut names_it = false;
        while let Some(field) = map.next_key()? {
            if let SignalField::Other = field {
                names_it |= map.next_value_seed(NamesSeed(needle))?;
            } else {
                let value: Value = map.next_value()?;
                names_it |= needle.is_some_and(|needle| names(needle, &value));
                signal.set(&field, &value);
            }
            if names_it {
                needle = None;
            }
        }
        Ok((signal, names_it))
    }
}

impl FoundSignal {
    fn set(&mut self, field: &SignalField, value: &Value) {
        match field {
            SignalField::Id => self.id = text(value),
            SignalField::Name => self.name = text(value),
            SignalField::Description => self.description = text(value),
            SignalField::Created => self.created = text(value),
            SignalField::Timestamp => self.timestamp = text(value),
            SignalField::Severity => self.severity = whole_number(value),
            SignalField::Stage => self.stage = text(value),
            SignalField::RuleId => self.rule_id = text(value),
            SignalField::Tags => self.tags = texts(value),
            SignalField::Entity => self.entity = FoundEntity::from_value(value),
            SignalField::Other => {}
        }
    }
}

/// Whether any value in a small part names the needle; member names do not count.
fn names(needle: &Needle, value: &Value) -> bool {
    NamesSeed(Some(needle)).deserialize(value).unwrap_or(false)
}

/// Looks through JSON of any size for the needle; with none, it only passes by.
#[derive(Clone, Copy)]
struct NamesSeed<'n>(Option<&'n Needle>);

impl<'de> DeserializeSeed<'de> for NamesSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match self.0 {
            Some(needle) => deserializer.deserialize_any(NamesVisitor(needle)),
            None => IgnoredAny::deserialize(deserializer).map(|_| false),
        }
    }
}

struct NamesVisitor<'n>(&'n Needle);

impl<'de> Visitor<'de> for NamesVisitor<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, number: i64) -> Result<bool, E> {
        Ok(self.0.is_number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<bool, E> {
        Ok(self.0.is_number(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(self.0.is_in(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let mut needle = Some(self.0);
        while let Some(names_it) = seq.next_element_seed(NamesSeed(needle))? {
            if names_it {
                needle = None;
            }
        }
        Ok(needle.is_none())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut needle = Some(self.0);
        while map.next_key::<IgnoredAny>()?.is_some() {
            if map.next_value_seed(NamesSeed(needle))? {
                needle = None;
            }
        }
        Ok(needle.is_none())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn insight(value: &str, document: &Value) -> FoundInsight {
        let needle = Needle::new(value);
        let text = document.to_string();
        InsightSeed(&needle).deserialize(&mut serde_json::Deserializer::from_str(&text)).unwrap()
    }

    fn found_ids(value: &str, document: &Value) -> Vec<String> {
        insight(value, document).signals.into_iter().filter_map(|signal| signal.id).collect()
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
        assert_eq!(insight.readable_id.as_deref(), Some("INSIGHT-1"));
        assert_eq!(insight.closed, None);
        assert_eq!(insight.resolution.as_deref(), Some("5"));
    }

    #[test]
    fn a_signal_takes_the_entity_of_its_insight_when_it_has_none() {
        let insight = insight("web-02", &document());
        let entity = FoundEntity { kind: Some("_hostname".into()), value: Some("web-02".into()) };
        assert_eq!(insight.signals[0].entity, Some(entity));
        assert_eq!(insight.signals[0].tags, ["a", "7"]);
        assert_eq!(
            insight.signals.iter().map(|signal| signal.severity).collect::<Vec<_>>(),
            [Some(5), Some(9), Some(2)]
        );
    }

    #[test]
    fn entities_of_every_era_are_read() {
        for (document, kind, value) in [
            (json!({"entityType": "_ip", "value": "10.0.0.1", "name": "x"}), Some("_ip"), Some("10.0.0.1")),
            (
                json!({"id": "_hostname-a-b", "name": "a-b", "hostname": "a-b"}),
                Some("_hostname"),
                Some("a-b"),
            ),
            (json!({"id": "_ip-10.0.0.1", "ip": {"address": "10.0.0.1"}}), Some("_ip"), Some("10.0.0.1")),
            (json!({"id": "_username-joe", "username": "joe"}), Some("_username"), Some("joe")),
            (json!({"id": "custom", "value": null}), None, None),
        ] {
            let entity = FoundEntity::from_value(&document).unwrap();
            assert_eq!((entity.kind.as_deref(), entity.value.as_deref()), (kind, value), "{document}");
        }
        assert_eq!(FoundEntity::from_value(&json!(null)), None);
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
        let needle = Needle::new("a");
        for text in [
            "5",
            "[]",
            "{\"signals\": 5}",
            "{\"signals\": [5]}",
            "{\"id\": ",
            "{\"signals\": [{\"a\": tru}]}",
        ] {
            let read = InsightSeed(&needle).deserialize(&mut serde_json::Deserializer::from_str(text));
            assert!(read.is_err(), "{text}");
        }
    }
}
