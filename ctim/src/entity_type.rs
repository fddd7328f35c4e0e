//! The names of the model's entities.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text_form::excerpt;

macro_rules! entity_types {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, )*) => {
        /// The type of an entity, as written in the field `type`, in ids and in the paths of
        /// Cisco's service.
        ///
        /// ```
        /// use ctim::EntityType;
        ///
        /// assert_eq!(EntityType::AttackPattern.as_str(), "attack-pattern");
        /// assert_eq!("coa".parse(), Ok(EntityType::Coa));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EntityType {
            $( $(#[$doc])* $name, )*
        }

        impl EntityType {
            /// All types, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the name as CTIM writes it: lower case, words joined with hyphens.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$name => $text, )*
                }
            }
        }

        impl FromStr for EntityType {
            type Err = UnknownEntityType;

            fn from_str(text: &str) -> Result<Self, UnknownEntityType> {
                match text {
                    $( $text => Ok(Self::$name), )*
                    other => Err(UnknownEntityType { excerpt: excerpt(other) }),
                }
            }
        }
    };
}

entity_types! {
    /// A person or group behind attacks.
    Actor = "actor",
    /// Something that an organisation protects.
    Asset = "asset",
    /// The link between an asset and an observable that identifies it for a time.
    AssetMapping = "asset-mapping",
    /// Facts about an asset that hold for a time.
    AssetProperties = "asset-properties",
    /// A way in which adversaries attack.
    AttackPattern = "attack-pattern",
    /// A set of entities that travel together.
    Bundle = "bundle",
    /// A series of related attacks.
    Campaign = "campaign",
    /// An analyst's collection of observables and texts.
    Casebook = "casebook",
    /// A course of action: a measure against a threat.
    Coa = "coa",
    /// A table of data.
    DataTable = "data-table",
    /// An opinion about another entity.
    Feedback = "feedback",
    /// Facts about who or what an identity is.
    IdentityAssertion = "identity-assertion",
    /// A security event that is being handled.
    Incident = "incident",
    /// A pattern that tells that something is malicious, harmless or of interest.
    Indicator = "indicator",
    /// A stored investigation.
    Investigation = "investigation",
    /// A statement about the disposition of one observable.
    Judgement = "judgement",
    /// A kind of malicious software.
    Malware = "malware",
    /// A remark on other entities.
    Note = "note",
    /// A directed link between two entities.
    Relationship = "relationship",
    /// A record that something was seen.
    Sighting = "sighting",
    /// A record of machines or users.
    TargetRecord = "target-record",
    /// Legitimate software that attackers use.
    Tool = "tool",
    /// The disposition that all judgements on an observable come to.
    Verdict = "verdict",
    /// A flaw in a product that can be exploited.
    Vulnerability = "vulnerability",
    /// A kind of mistake that leads to vulnerabilities.
    Weakness = "weakness",
}

impl fmt::Display for EntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for EntityType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EntityType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::read::Text::deserialize(deserializer)?;
        text.0.parse().map_err(de::Error::custom)
    }
}

/// A text that names no entity of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEntityType {
    excerpt: String,
}

impl fmt::Display for UnknownEntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CTIM has no entity type {}", self.excerpt)
    }
}

impl std::error::Error for UnknownEntityType {}
