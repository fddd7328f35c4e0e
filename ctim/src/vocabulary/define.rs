//! The macros that turn a list of words into a vocabulary.

/// Defines a vocabulary of texts: `closed`, `open`, or `of words` if every text must be a
/// lower-case word.
macro_rules! vocabulary {
    (@open closed) => { false };
    (@open open) => { true };
    (@words) => { false };
    (@words words) => { true };
    (
        $(#[doc = $doc:literal])*
        $openness:ident $name:ident is $model:literal $(of $words:ident)? {
            $( $(#[doc = $value_doc:literal])* $variant:ident = $text:literal, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[allow(clippy::enum_variant_names, reason = "the model's words share prefixes")]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = concat!("`", $text, "`")] $(#[doc = ""] #[doc = $value_doc])* $variant, )*
            /// A text that the list does not have, kept as it was read.
            Unlisted($crate::vocabulary::UnlistedText<$name>),
        }

        impl $name {
            /// True if the model accepts texts that are not listed.
            pub const IS_OPEN: bool = vocabulary!(@open $openness);

            /// The listed values.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The vocabulary as data.
            pub const INFO: &'static $crate::model::VocabularyInfo = &$crate::model::VocabularyInfo {
                name: $model,
                doc: concat!($($doc, "\n"),*),
                is_open: Self::IS_OPEN,
                words_only: vocabulary!(@words $($words)?),
                values: $crate::model::Values::Texts(&[$($text),*]),
            };

            /// Returns the text as written in JSON.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Unlisted(text) => text.as_str(),
                }
            }

            /// Returns true if the value is on the list.
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unlisted(_))
            }

            fn listed(text: &str) -> Option<Self> {
                match text {
                    $( $text => Some(Self::$variant), )*
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::listed(text).unwrap_or_else(|| {
                    Self::Unlisted($crate::vocabulary::UnlistedText::new(text.into()))
                })
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::listed(&text).unwrap_or_else(|| {
                    Self::Unlisted($crate::vocabulary::UnlistedText::new(text.into_boxed_str()))
                })
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(text.into())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = $crate::read::Text::deserialize(deserializer)?;
                Ok(Self::listed(&text.0).unwrap_or_else(|| {
                    Self::Unlisted($crate::vocabulary::UnlistedText::new(text.0.into()))
                }))
            }
        }

        impl $crate::node::Node for $name {
            const KIND: $crate::model::Kind = $crate::model::Kind::Vocabulary(Self::INFO);

            fn check<'a>(
                &'a self,
                _kind: $crate::model::Kind,
                validator: &mut $crate::validator::Validator<'a>,
            ) {
                if let Self::Unlisted(text) = self {
                    validator.unlisted_text(text.as_str(), Self::INFO);
                }
            }
        }

        described!($name, $model, <$name as $crate::node::Node>::KIND);
    };
}

/// Defines a closed vocabulary of integers.
macro_rules! integer_vocabulary {
    (
        $(#[doc = $doc:literal])*
        closed $name:ident is $model:literal {
            $( $(#[doc = $value_doc:literal])* $variant:ident = $number:literal, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = concat!("`", $number, "`")] $(#[doc = ""] #[doc = $value_doc])* $variant, )*
            /// A number that the list does not have, kept as it was read.
            Unlisted($crate::vocabulary::UnlistedInteger<$name>),
        }

        impl $name {
            /// True if the model accepts numbers that are not listed.
            pub const IS_OPEN: bool = false;

            /// The listed values.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The vocabulary as data.
            pub const INFO: &'static $crate::model::VocabularyInfo = &$crate::model::VocabularyInfo {
                name: $model,
                doc: concat!($($doc, "\n"),*),
                is_open: false,
                words_only: false,
                values: $crate::model::Values::Integers(&[$($number),*]),
            };

            /// Returns the number as written in JSON.
            #[must_use]
            pub fn number(self) -> i64 {
                match self {
                    $( Self::$variant => $number, )*
                    Self::Unlisted(number) => number.get(),
                }
            }

            /// Returns true if the value is on the list.
            #[must_use]
            pub fn is_known(self) -> bool {
                !matches!(self, Self::Unlisted(_))
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $( $number => Self::$variant, )*
                    other => Self::Unlisted($crate::vocabulary::UnlistedInteger::new(other)),
                }
            }
        }

        impl From<i32> for $name {
            fn from(number: i32) -> Self {
                i64::from(number).into()
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse::<i64>().map(Into::into)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.number().fmt(f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.number())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                i64::deserialize(deserializer).map(Into::into)
            }
        }

        impl $crate::node::Node for $name {
            const KIND: $crate::model::Kind = $crate::model::Kind::Vocabulary(Self::INFO);

            fn check<'a>(
                &'a self,
                _kind: $crate::model::Kind,
                validator: &mut $crate::validator::Validator<'a>,
            ) {
                if let Self::Unlisted(number) = self {
                    validator.unlisted_integer(number.get(), Self::INFO);
                }
            }
        }

        described!($name, $model, <$name as $crate::node::Node>::KIND);
    };
}
