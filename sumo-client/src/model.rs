//! Parts that models are made of: reading what the wire really sends, and open enums.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The members of an object that its model does not know, by name.
///
/// The API grows and its answers carry members that its description does not list; they stay
/// reachable here.
pub type Extra = BTreeMap<String, Value>;

/// Reads `null` as the default, for members that the description promises and the wire leaves
/// empty.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a text. A number counts as text, since ids have come as both; of anything else there is
/// none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(optional_text(deserializer)?.unwrap_or_default())
}

/// Reads a text as [`text`] does, for a member that may be absent.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(LenientText)
}

/// Reads the texts of a list as [`text`] does. Anything else is an empty list.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        List(Vec<Text>),
        Other(IgnoredAny),
    }

    #[derive(Deserialize)]
    struct Text(#[serde(deserialize_with = "optional_text")] Option<String>);

    Ok(match Texts::deserialize(deserializer)? {
        Texts::List(list) => list.into_iter().filter_map(|text| text.0).collect(),
        Texts::Other(_) => Vec::new(),
    })
}

/// Reads a whole number, also one that is written as a text or with a fraction, which is cut off.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(i64),
        Fraction(f64),
        Text(String),
        Other(IgnoredAny),
    }

    Ok(match Number::deserialize(deserializer)? {
        Number::Whole(number) => number,
        #[expect(clippy::cast_possible_truncation, reason = "the fraction is cut off")]
        Number::Fraction(number) => number as i64,
        Number::Text(text) => text.parse().unwrap_or_default(),
        Number::Other(_) => 0,
    })
}

/// Reads a text or a number as text, and nothing out of any other JSON value.
struct LenientText;

impl<'de> Visitor<'de> for LenientText {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(serde_json::Number::from_f64(number).map(|number| number.to_string()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(map).map(|_| None)
    }
}

/// The text of a value that an open enum does not name. Made only by reading such a text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownText(Box<str>);

impl UnknownText {
    pub(crate) fn new(text: String) -> Self {
        Self(text.into_boxed_str())
    }

    /// The text as received.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Defines an enum of known texts that keeps any other text as it is, so that a new value of the
/// API breaks nobody and survives a round trip.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        ///
        /// Open: a text that is not listed is kept as [`Unknown`](Self::Unknown).
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* #[doc = concat!("`", $text, "`.")] $variant,)+
            /// Any other text.
            Unknown($crate::model::UnknownText),
        }

        impl $name {
            /// The listed values.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// The text as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text.as_str(),
                }
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Unknown($crate::model::UnknownText::new(text.to_owned())))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or_else(|| Self::Unknown($crate::model::UnknownText::new(text)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::model::TextVisitor(std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use open_enum;

/// Makes a value out of a text, owned or not.
pub(crate) struct TextVisitor<T>(pub(crate) std::marker::PhantomData<T>);

impl<T: for<'t> From<&'t str> + From<String>> serde::de::Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from(text))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<T, E> {
        Ok(T::from(text))
    }
}

#[cfg(test)]
mod tests {
    use crate::api::insights::InsightSeverity;

    #[test]
    fn an_open_enum_keeps_what_it_does_not_know() {
        for text in ["\"LOW\"", "\"HIGH\"", "\"HUGE\"", "\"with \\\" quote\""] {
            let severity: InsightSeverity = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&severity).unwrap(), text);
        }
        assert_eq!(InsightSeverity::from("LOW"), InsightSeverity::Low);
        assert_eq!(InsightSeverity::from("low").as_str(), "low");
        assert_eq!(format!("{:?}", InsightSeverity::from("HUGE")), "Unknown(\"HUGE\")");
        assert_eq!(InsightSeverity::KNOWN.len(), 4);
    }
}
