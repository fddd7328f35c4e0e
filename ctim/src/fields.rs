//! Reading of the fields of a structure.

use serde::de::{self, Deserialize, Deserializer, MapAccess};
use serde_json::{Map, Value};

use crate::list::List;
use crate::node::Node;
use crate::plain_value::PlainValue;
use crate::pointer::Step;
use crate::read::{Elements, Text, field, locate};
use crate::text_form::excerpt;

/// Reads a required value.
pub(crate) fn value<'de, A: MapAccess<'de>, T: Node>(map: &mut A, name: &str) -> Result<T, A::Error> {
    field(map, name).map(|Lenient(value)| value)
}

/// Reads the elements of a required list. `null` reads as no elements, as Cisco's service reads it,
/// and is noted in `extra` for validation and for writing.
pub(crate) fn elements<'de, A: MapAccess<'de>, T: Node>(
    map: &mut A,
    name: &str,
    extra: &mut Map<String, Value>,
) -> Result<Vec<T>, A::Error> {
    list(map, name, extra).map(List::into_vec)
}

/// Reads the value of an optional field. `null` is not a value; it is noted in `extra` so that
/// nothing is lost and validation can name it.
pub(crate) fn optional<'de, A: MapAccess<'de>, T: Node>(
    map: &mut A,
    name: &str,
    extra: &mut Map<String, Value>,
) -> Result<Option<T>, A::Error> {
    let value: Option<Lenient<T>> = field(map, name)?;
    note_null(value.is_none(), name, extra);
    Ok(value.map(|Lenient(value)| value))
}

/// Reads an optional list, with `null` treated as in [`optional`].
pub(crate) fn list<'de, A: MapAccess<'de>, T: Node>(
    map: &mut A,
    name: &str,
    extra: &mut Map<String, Value>,
) -> Result<List<T>, A::Error> {
    let elements: Option<Elements<T>> = field(map, name)?;
    note_null(elements.is_none(), name, extra);
    Ok(elements.map_or_else(List::absent, |Elements(elements)| List::present(elements)))
}

fn note_null(is_null: bool, name: &str, extra: &mut Map<String, Value>) {
    if is_null {
        extra.insert(name.to_owned(), Value::Null);
    } else if !extra.is_empty() {
        // The key came twice, first as null: the last one counts.
        extra.remove(name);
    }
}

/// A value read by the lenient rules of its kind.
struct Lenient<T>(T);

impl<'de, T: Node> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// Members of an object besides its fields: constants, and fields that the model does not know.
pub(crate) struct Others {
    constants: &'static [(&'static str, &'static str)],
    /// Constants that were read, and the value found in the place of each wrong one. Of a key that
    /// comes twice the last one counts, as for all fields.
    seen: Vec<(&'static str, Option<String>)>,
    pub(crate) extra: Map<String, Value>,
}

impl Others {
    pub(crate) fn new(constants: &'static [(&'static str, &'static str)]) -> Self {
        Self { constants, seen: Vec::new(), extra: Map::new() }
    }

    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        key: Text<'de>,
    ) -> Result<(), A::Error> {
        for (name, expected) in self.constants {
            if *name == key.0 {
                let found: Text<'de> = field(map, name)?;
                let wrong = (found.0 != *expected).then(|| excerpt(&found.0));
                self.seen.retain(|(seen, _)| seen != name);
                self.seen.push((name, wrong));
                return Ok(());
            }
        }
        let PlainValue(value) = field(map, &key.0)?;
        self.extra.insert(key.0.into_owned(), value);
        Ok(())
    }

    pub(crate) fn finish<E: de::Error>(self) -> Result<Map<String, Value>, E> {
        for (name, expected) in self.constants {
            let error = match self.seen.iter().find(|(seen, _)| seen == name) {
                Some((_, None)) => continue,
                Some((_, Some(found))) => E::custom(format_args!("expected {expected:?}, found {found}")),
                None => E::custom(format_args!("required field is missing; it must be {expected:?}")),
            };
            return Err(locate(Step::Key(name), &error));
        }
        Ok(self.extra)
    }
}
