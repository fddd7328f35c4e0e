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
/// use ctim::PlainValue;
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
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NAME: &str = "$serde_json::private::RawValue";

    /// An object with the name of the wrapper around a text that is one, and so on.
    fn nested(levels: usize) -> String {
        let start = "[".repeat(100) + &"]".repeat(100);
        (0..levels).fold(start, |inner, _| {
            let escaped = inner.replace('\\', r"\u005c").replace('"', r"\u0022");
            format!(r#"{}{{"{NAME}": "{escaped}"}}{}"#, "[".repeat(100), "]".repeat(100))
        })
    }

    #[test]
    fn an_object_with_the_name_of_the_wrapper_is_an_object() {
        let json = format!(
            r#"[{{"{NAME}": "[1, 2]"}}, {{"\u0024{}": 5, "a": null}}]"#,
            NAME.trim_start_matches('$')
        );
        let PlainValue(value) = serde_json::from_str(&json).unwrap();
        assert_eq!(value, json!([{NAME: "[1, 2]"}, {NAME: 5, "a": null}]));
    }

    #[test]
    fn objects_with_the_name_of_the_wrapper_cannot_nest_without_bound() {
        let json = nested(40);
        let PlainValue(value) = serde_json::from_str(&json).unwrap();
        let inner = (0..100).fold(&value, |value, _| &value[0]);
        assert!(inner[NAME].as_str().unwrap().starts_with("[[["));
    }

    proptest! {
        #[test]
        fn any_value_is_read_as_serde_json_reads_it(
            value in any_value()
        ) {
            let text = value.to_string();
            let PlainValue(plain) = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&plain, &serde_json::from_str::<Value>(&text).unwrap());
            let PlainValue(again) = PlainValue::deserialize(&plain).unwrap();
            prop_assert_eq!(again, plain);
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
