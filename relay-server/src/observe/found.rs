//! What a search finds: the parts of insights and signals that the answer is made of.
//!
//! A page is read once. Of each signal only what [`mapping`](crate::mapping) needs is kept; all else, its records above
//! all, is looked through for the observable as it passes by and never built.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use sumo_client::Record;

use super::needle::Needle;

/// The most signals of an insight that are kept: many times what an answer can hold, and little enough that no insight,
/// however large, takes much memory.
const MAX_SIGNALS: usize = 1000;

/// How much of a text is kept, in characters: more than CTIM allows any text to have.
const MAX_TEXT: usize = 10_000;

/// The most values of a part that are kept: of the tags of a signal, or of the members of an entity.
const MAX_VALUES: usize = 500;

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

/// Looks for a needle in all that passes by, until it is found.
struct Lookout<'n> {
    needle: Option<&'n Needle>,
    is_found: Cell<bool>,
}

impl<'n> Lookout<'n> {
    /// A lookout for `needle`; without one it looks for nothing.
    fn new(needle: Option<&'n Needle>) -> Self {
        Self { needle, is_found: Cell::new(false) }
    }

    /// The needle, as long as it has to be looked for.
    fn wanted(&self) -> Option<&'n Needle> {
        self.needle.filter(|_| !self.is_found.get())
    }

    fn see_text(&self, text: &str) {
        if self.wanted().is_some_and(|needle| needle.is_in(text)) {
            self.is_found.set(true);
        }
    }

    fn see_number(&self, number: impl Into<i128>) {
        if self.wanted().is_some_and(|needle| needle.is_number(number)) {
            self.is_found.set(true);
        }
    }
}

/// Lets JSON of any size pass by a lookout. Names of members do not count.
#[derive(Clone, Copy)]
struct PassBy<'l, 'n>(&'l Lookout<'n>);

impl<'de> DeserializeSeed<'de> for PassBy<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0.wanted() {
            Some(_) => deserializer.deserialize_any(self),
            None => IgnoredAny::deserialize(deserializer).map(|_| ()),
        }
    }
}

impl<'de> Visitor<'de> for PassBy<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.see_number(number);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.see_number(number);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.see_text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(self)?;
        }
        Ok(())
    }
}

/// Lets the records of a signal pass by a lookout. They are nearly all of a page's bytes, so each is looked through value
/// by value only when its text may hold the needle.
struct RecordsSeed<'l, 'n>(&'l Lookout<'n>);

impl<'de> DeserializeSeed<'de> for RecordsSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0.wanted() {
            Some(_) => deserializer.deserialize_any(self),
            None => IgnoredAny::deserialize(deserializer).map(|_| ()),
        }
    }
}

impl<'de> Visitor<'de> for RecordsSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value, a list of records as a rule")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.see_number(number);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.see_number(number);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.see_text(text);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        PassBy(self.0).visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(needle) = self.0.wanted() {
            let Some(record) = seq.next_element::<Record>()? else { return Ok(()) };
            let json = record.as_json();
            if needle.may_be_in_json(json) {
                let mut values = serde_json::Deserializer::from_str(json);
                PassBy(self.0).deserialize(&mut values).map_err(A::Error::custom)?;
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Builds a part that is kept: long texts are cut, and what goes beyond the allowance is left out. All of it passes by
/// the lookout.
#[derive(Clone, Copy)]
struct PartSeed<'l, 'n> {
    lookout: &'l Lookout<'n>,
    allowance: &'l Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for PartSeed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.allowance.get();
        if left == 0 {
            return PassBy(self.lookout).deserialize(deserializer).map(|()| Value::Null);
        }
        self.allowance.set(left - 1);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PartSeed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        self.lookout.see_number(number);
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        self.lookout.see_number(number);
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        self.lookout.see_text(text);
        Ok(start_of(text).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while self.allowance.get() > 0 {
            let Some(value) = seq.next_element_seed(self)? else { return Ok(Value::Array(list)) };
            list.push(value);
        }
        PassBy(self.lookout).visit_seq(seq)?;
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = serde_json::Map::new();
        while self.allowance.get() > 0 {
            let Some(name) = map.next_key::<String>()? else { return Ok(Value::Object(members)) };
            members.insert(name, map.next_value_seed(self)?);
        }
        PassBy(self.lookout).visit_map(map)?;
        Ok(Value::Object(members))
    }
}

/// As much of a text as is kept.
fn start_of(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

/// The next value of an object as a part that is kept.
fn next_part<'de, A: MapAccess<'de>>(map: &mut A, lookout: &Lookout<'_>) -> Result<Value, A::Error> {
    let allowance = Cell::new(MAX_VALUES);
    map.next_value_seed(PartSeed { lookout, allowance: &allowance })
}

/// A text, or a number as text: ids have come as both.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn texts(value: Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.into_iter().filter_map(text).collect(),
        _ => Vec::new(),
    }
}

/// Severities are whole numbers; a fraction has not been seen and is dropped.
fn whole_number(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
        .or_else(|| value.as_str()?.parse().ok())
}

impl FoundEntity {
    /// Reads an entity of any era: early ones have no type and value of their own, but an id that
    /// starts with the type, and a name.
    fn from_value(entity: &Value) -> Option<Self> {
        let text = |name: &str| text(entity.get(name)?.clone());
        let kind_of_id = || {
            let id = text("id")?;
            let (kind, _) = id.strip_prefix('_')?.split_once('-')?;
            Some(format!("_{kind}"))
        };
        let address = || entity.get("ip")?.get("address").cloned().and_then(self::text);
        let value = text("value").or_else(|| text("name")).or_else(|| text("username"));
        let value = value.or_else(|| text("hostname")).or_else(address);
        entity.is_object().then(|| Self { kind: text("entityType").or_else(kind_of_id), value })
    }
}

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
        let mut insight = FoundInsight::default();
        let mut signals = Signals::default();
        let entity = Lookout::new(Some(&self.0));
        while let Some(field) = map.next_key()? {
            let slot = match field {
                InsightField::Signals => {
                    signals = map.next_value_seed(SignalsSeed(&self.0))?;
                    continue;
                }
                InsightField::Entity => {
                    insight.entity = FoundEntity::from_value(&next_part(&mut map, &entity)?);
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
            *slot = text(next_part(&mut map, &Lookout::new(None))?);
        }
        insight.signal_count = signals.count;
        insight.rule_count = signals.rules.len();
        insight.signals = signals.naming_it(insight.entity.as_ref(), entity.is_found.get());
        Ok(insight)
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
    rules: HashSet<u64>,
    hasher: RandomState,
}

/// Whether a signal names the needle.
#[derive(Clone, Copy, Eq, PartialEq)]
enum NamesIt {
    Itself,
    ThroughItsInsight,
}

impl Signals {
    fn add(&mut self, signal: FoundSignal, names_it: bool) {
        self.count += 1;
        self.rules.insert(self.hasher.hash_one(signal.rule_id.as_deref()));
        let has_room = if names_it {
            self.kept_naming_it < MAX_SIGNALS
        } else {
            signal.entity.is_none() && self.kept.len() - self.kept_naming_it < MAX_SIGNALS
        };
        if has_room {
            self.kept_naming_it += usize::from(names_it);
            self.kept.push((signal, if names_it { NamesIt::Itself } else { NamesIt::ThroughItsInsight }));
        }
    }

    /// The signals that name the needle; those without an entity get their insight's, which may name it for them.
    fn naming_it(self, entity: Option<&FoundEntity>, entity_names_it: bool) -> Vec<FoundSignal> {
        let named = self.kept.into_iter().filter(|(_, how)| entity_names_it || *how == NamesIt::Itself);
        let with_entity = named.map(|(mut signal, _)| {
            signal.entity = signal.entity.or_else(|| entity.cloned());
            signal
        });
        with_entity.take(MAX_SIGNALS).collect()
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
            signals.add(signal, lookout.is_found.get());
        }
    }
}

/// Reads one signal. All that Cloud SIEM's search gave is kept.
#[derive(Clone, Copy)]
pub(crate) struct SignalSeed;

impl<'de> DeserializeSeed<'de> for SignalSeed {
    type Value = FoundSignal;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FoundSignal, D::Error> {
        WatchedSignalSeed(&Lookout::new(None)).deserialize(deserializer)
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
    type Value = FoundSignal;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FoundSignal, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WatchedSignalSeed<'_, '_> {
    type Value = FoundSignal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a signal")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FoundSignal, A::Error> {
        let mut signal = FoundSignal::default();
        while let Some(field) = map.next_key()? {
            match field {
                SignalField::AllRecords => {
                    map.next_value_seed(RecordsSeed(self.0))?;
                    continue;
                }
                SignalField::Other => {
                    map.next_value_seed(PassBy(self.0))?;
                    continue;
                }
                _ => {}
            }
            let value = next_part(&mut map, self.0)?;
            match field {
                SignalField::Id => signal.id = text(value),
                SignalField::Name => signal.name = text(value),
                SignalField::Description => signal.description = text(value),
                SignalField::Created => signal.created = text(value),
                SignalField::Timestamp => signal.timestamp = text(value),
                SignalField::Severity => signal.severity = whole_number(&value),
                SignalField::Stage => signal.stage = text(value),
                SignalField::RuleId => signal.rule_id = text(value),
                SignalField::Tags => signal.tags = texts(value),
                SignalField::Entity => signal.entity = FoundEntity::from_value(&value),
                SignalField::AllRecords | SignalField::Other => {}
            }
        }
        Ok(signal)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn insight(value: &str, document: &Value) -> FoundInsight {
        let text = document.to_string();
        let seed = InsightSeed(Arc::new(Needle::new(value)));
        seed.deserialize(&mut serde_json::Deserializer::from_str(&text)).unwrap()
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
        let first: Vec<_> = named.signals.iter().take(4).filter_map(|signal| signal.id.as_deref()).collect();
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
            let description = insight.signals[0].description.as_deref().unwrap();
            assert_eq!(description.chars().count(), MAX_TEXT, "{value}");
            assert_eq!(insight.signals[0].tags.len(), MAX_VALUES - 1, "{value}");
        }
    }
}
