//! Parts of insights and signals that may be kept: borrowed from the page where that is possible, and bounded.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::lookout::{Lookout, PassBy};

/// How much of a text is kept, in characters: more than CTIM allows any text to have.
pub(super) const MAX_TEXT: usize = 10_000;

/// The most values of a part that are kept: of the tags of a signal, or of the members of an entity.
pub(super) const MAX_VALUES: usize = 500;

/// A JSON value.
#[derive(Debug, Default)]
pub(super) enum Part<'de> {
    /// `null`, `true` or `false`, and what is left out.
    #[default]
    Nothing,
    Text(Cow<'de, str>),
    Number(serde_json::Number),
    List(Vec<Part<'de>>),
    Object(Vec<(Cow<'de, str>, Part<'de>)>),
}

impl<'de> Part<'de> {
    /// Reads the next value of an object; all of it passes by the lookout.
    pub(super) fn next<A: MapAccess<'de>>(map: &mut A, lookout: &Lookout<'_>) -> Result<Self, A::Error> {
        let allowance = Cell::new(MAX_VALUES);
        map.next_value_seed(PartSeed { lookout, allowance: &allowance })
    }

    /// A text, or a number as text: ids have come as both.
    pub(super) fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// The same, to be kept.
    pub(super) fn text(&self) -> Option<String> {
        self.as_text().map(Cow::into_owned)
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::List(parts) => parts.iter().filter_map(Self::text).collect(),
            _ => Vec::new(),
        }
    }

    /// A number, also one that is written as a text, without its fraction.
    pub(super) fn whole_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|number| number as i64)),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A member of an object; of members of one name the last one counts.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(member, _)| member == name).map(|(_, part)| part)
    }
}

/// Long texts are cut, and what goes beyond the allowance is left out.
#[derive(Clone, Copy)]
struct PartSeed<'l, 'n> {
    lookout: &'l Lookout<'n>,
    allowance: &'l Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for PartSeed<'_, '_> {
    type Value = Part<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Part<'de>, D::Error> {
        let left = self.allowance.get();
        if left == 0 {
            return PassBy::new(self.lookout).deserialize(deserializer).map(|()| Part::Nothing);
        }
        self.allowance.set(left - 1);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PartSeed<'_, '_> {
    type Value = Part<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Part<'de>, E> {
        Ok(Part::Nothing)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Part<'de>, E> {
        self.lookout.see_number(number);
        Ok(Part::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Part<'de>, E> {
        self.lookout.see_number(number);
        Ok(Part::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Part<'de>, E> {
        Ok(serde_json::Number::from_f64(number).map_or(Part::Nothing, Part::Number))
    }

    fn visit_unit<E>(self) -> Result<Part<'de>, E> {
        Ok(Part::Nothing)
    }

    fn visit_str<E>(self, text: &str) -> Result<Part<'de>, E> {
        self.lookout.see_text(text);
        Ok(Part::Text(Cow::Owned(start_of(text).to_owned())))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Part<'de>, E> {
        self.lookout.see_text(text);
        Ok(Part::Text(Cow::Borrowed(start_of(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Part<'de>, A::Error> {
        let mut list = Vec::new();
        while self.allowance.get() > 0 {
            let Some(part) = seq.next_element_seed(self)? else { return Ok(Part::List(list)) };
            list.push(part);
        }
        PassBy::new(self.lookout).visit_seq(seq)?;
        Ok(Part::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part<'de>, A::Error> {
        let mut members = Vec::new();
        while self.allowance.get() > 0 {
            let Some(name) = map.next_key_seed(NameSeed)? else { return Ok(Part::Object(members)) };
            members.push((name, map.next_value_seed(self)?));
        }
        PassBy::new(self.lookout).visit_map(map)?;
        Ok(Part::Object(members))
    }
}

/// The name of a member.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(start_of(name).to_owned()))
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(start_of(name)))
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
