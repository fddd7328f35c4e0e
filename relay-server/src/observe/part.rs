//! Parts of insights and signals that may be kept: borrowed from the page where that is possible, and bounded.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::lookout::{Lookout, PassBy};

/// How much of a text is kept, in characters: more than CTIM allows any text to have.
pub(super) const MAX_TEXT: usize = 10_000;

/// The most values of a part that are kept, such as the tags of a signal.
pub(super) const MAX_VALUES: usize = 500;

/// A JSON value.
#[derive(Debug, Default)]
pub(super) enum Part<'de> {
    /// `null`, `true`, `false`, an object, and what is left out.
    #[default]
    Nothing,
    Text(Cow<'de, str>),
    Number(serde_json::Number),
    /// What texts a list has; numbers count as texts.
    Texts(Vec<Cow<'de, str>>),
}

impl<'de> Part<'de> {
    /// Reads the next value of an object; all of it passes by the lookout.
    #[inline]
    pub(super) fn next<A: MapAccess<'de>>(map: &mut A, lookout: &Lookout<'_>) -> Result<Self, A::Error> {
        let allowance = Cell::new(MAX_VALUES);
        map.next_value_seed(PartSeed { lookout, allowance: &allowance })
    }

    /// A text, or a number as text: ids have come as both.
    #[inline]
    pub(super) fn into_text(self) -> Option<Cow<'de, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// The texts of a list.
    pub(super) fn into_texts(self) -> Vec<Cow<'de, str>> {
        match self {
            Self::Texts(texts) => texts,
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

    #[inline]
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Part<'de>, E> {
        self.lookout.see_text(text);
        Ok(Part::Text(Cow::Borrowed(start_of(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Part<'de>, A::Error> {
        let mut texts = Vec::new();
        while self.allowance.get() > 0 {
            let Some(part) = seq.next_element_seed(self)? else { return Ok(Part::Texts(texts)) };
            texts.extend(part.into_text());
        }
        PassBy::new(self.lookout).visit_seq(seq)?;
        Ok(Part::Texts(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Part<'de>, A::Error> {
        PassBy::new(self.lookout).visit_map(map).map(|()| Part::Nothing)
    }
}

/// As much of a text as is kept.
#[inline]
fn start_of(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}
