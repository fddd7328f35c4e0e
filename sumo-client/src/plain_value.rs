//! JSON values of which no member has a meaning for the reader.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A JSON value, read member by member.
///
/// With the feature `raw_value` of `serde_json`, which any crate of a program can turn on, reading
/// a [`Value`] takes an object whose first member is named `$serde_json::private::RawValue` for a
/// wrapper. It reads the text in it as JSON, with a depth limit of its own, so strangers can nest
/// such objects until the stack overflows. This type reads them as objects.
///
/// ```
/// use sumo_client::PlainValue;
///
/// let json = r#"{"$serde_json::private::RawValue": "[1]"}"#;
/// let PlainValue(value) = serde_json::from_str(json)?;
/// assert_eq!(value["$serde_json::private::RawValue"], "[1]");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlainValue(pub Value);

impl<'de> Deserialize<'de> for PlainValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Self)
    }
}

/// Reads the members of an object as [`PlainValue`]s, and `null` as none.
pub(crate) fn optional_members<'de, D>(deserializer: D) -> Result<Option<Map<String, Value>>, D::Error>
where
    D: Deserializer<'de>,
{
    struct Members(Map<String, Value>);

    impl<'de> Deserialize<'de> for Members {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            members(deserializer).map(Self)
        }
    }

    Ok(Option::deserialize(deserializer)?.map(|Members(members)| members))
}

/// Reads the members of an object as [`PlainValue`]s, and `null` as no members.
pub(crate) fn members_or_none<'de, D>(deserializer: D) -> Result<Map<String, Value>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(optional_members(deserializer)?.unwrap_or_default())
}

/// Reads the members of an object as [`PlainValue`]s.
pub(crate) fn members<'de, D, M>(deserializer: D) -> Result<M, D::Error>
where
    D: Deserializer<'de>,
    M: FromIterator<(String, Value)>,
{
    deserializer.deserialize_map(MembersVisitor).map(|members| members.into_iter().collect())
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, PlainValue(value))) = members.next_entry()? {
            object.insert(name, value);
        }
        Ok(object)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(PlainValue(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Value, A::Error> {
        MembersVisitor.visit_map(members).map(Value::Object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::enrichments::Enrichment;
    use crate::api::entities::InventoryItem;
    use crate::api::insights::Insight;
    use crate::api::log_mappings::LogMapping;
    use crate::envelope;
    use crate::error_answer::ErrorAnswer;

    const NAME: &str = "$serde_json::private::RawValue";

    #[test]
    fn no_member_of_an_answer_is_a_wrapper() {
        let wrapper = json!({NAME: "[1, 2]"});
        let insight: Insight = serde_json::from_value(json!({"id": "1", "novelty": wrapper})).unwrap();
        assert_eq!(insight.extra["novelty"], wrapper);
        let enrichment: Enrichment = serde_json::from_value(json!({"detail": wrapper})).unwrap();
        assert_eq!(Value::Object(enrichment.detail), wrapper);
        let item: InventoryItem = serde_json::from_value(json!({"metadata": wrapper})).unwrap();
        assert_eq!(Value::Object(item.metadata), wrapper);
        let mapping = json!({"id": "1", "input": wrapper, "output": {"a": [wrapper]}});
        let mapping: LogMapping = serde_json::from_value(mapping).unwrap();
        assert_eq!(mapping.input.map(Value::Object), Some(wrapper.clone()));
        assert_eq!(mapping.output.unwrap()["a"][0], wrapper);
        let absent: Enrichment = serde_json::from_value(json!({"detail": null})).unwrap();
        assert!(absent.detail.is_empty());
    }

    #[test]
    fn wrappers_in_wrappers_cannot_overflow_the_stack() {
        let flat = "[".repeat(100) + &"]".repeat(100);
        let nested = (0..60).fold(flat, |inner, _| {
            let escaped = inner.replace('\\', r"\u005c").replace('"', r"\u0022");
            format!(r#"{}{{"{NAME}": "{escaped}"}}{}"#, "[".repeat(100), "]".repeat(100))
        });
        let body = format!(r#"{{"data": {{"objects": [{{"id": "1", "novelty": {nested}}}]}}}}"#);
        let read = move || {
            let page = envelope::decode_itemwise::<Insight>(body.as_bytes(), 10).unwrap();
            assert_eq!(page.page.objects[0].extra.len(), 1);
            ErrorAnswer::parse(format!(r#"{{"errors": [{nested}]}}"#).as_bytes());
            let value: PlainValue = serde_json::from_str(&nested).unwrap();
            drop(value);
        };
        // As small as the stack of a worker of Tokio may be made.
        std::thread::Builder::new().stack_size(512 * 1024).spawn(read).unwrap().join().unwrap();
    }
}
