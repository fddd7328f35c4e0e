//! Any entity, told by its `type`.

use std::fmt;

use serde::Serialize;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny};
use serde_json::Value;

use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::model::StructureInfo;
use crate::node::references;
use crate::plain_value::PlainValue;
use crate::reference::Reference;
use crate::report::Report;
use crate::structure::{EntityStructure, Structure};
use crate::text::{Cut, Truncate};
use crate::validate::Validate;

macro_rules! any_entity {
    ($($name:ident),* $(,)?) => {
        /// Any entity of the model. Reading tells which one it is by the field `type`.
        ///
        /// ```
        /// use ctim::{Entity, EntityType};
        ///
        /// let entity = Entity::from_json(
        ///     r#"{
        ///         "type": "vulnerability", "id": "transient:1", "schema_version": "1.3.29",
        ///         "description": "A flaw."
        ///     }"#,
        /// )?;
        /// assert_eq!(entity.entity_type(), EntityType::Vulnerability);
        ///
        /// let error = Entity::from_json(r#"{"type": "vulnerability", "id": 1}"#).unwrap_err();
        /// assert_eq!(error.pointer(), "/id");
        /// # Ok::<(), ctim::ReadError>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        #[allow(clippy::large_enum_variant, reason = "entities are large by nature; a box a value would cost more")]
        #[non_exhaustive]
        pub enum Entity {
            $(
                #[doc = concat!("See [`", stringify!($name), "`](crate::", stringify!($name), ").")]
                $name(crate::$name),
            )*
        }

        /// Any entity, borrowed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum EntityView<'a> {
            $(
                #[doc = concat!("See [`", stringify!($name), "`](crate::", stringify!($name), ").")]
                $name(&'a crate::$name),
            )*
        }

        $(impl<'a> From<&'a crate::$name> for EntityView<'a> {
            fn from(entity: &'a crate::$name) -> Self {
                Self::$name(entity)
            }
        })*

        impl<'a> From<&'a Entity> for EntityView<'a> {
            fn from(entity: &'a Entity) -> Self {
                match entity {
                    $(Entity::$name(entity) => Self::$name(entity),)*
                }
            }
        }

        impl<'a> EntityView<'a> {
            /// Returns the entity's type.
            #[must_use]
            pub fn entity_type(self) -> EntityType {
                match self {
                    $(Self::$name(_) => EntityType::$name,)*
                }
            }

            /// Returns the entity's id; absent for a verdict.
            #[must_use]
            pub fn id(self) -> Option<&'a EntityId> {
                match self {
                    $(Self::$name(entity) => entity.id(),)*
                }
            }

            /// Returns all references to other entities, with the places where they stand.
            #[must_use]
            pub fn references(self) -> Vec<Reference<'a>> {
                match self {
                    $(Self::$name(entity) => references(entity),)*
                }
            }

            /// Returns the ids of the same thing in other systems; absent for a verdict.
            #[must_use]
            pub fn external_ids(self) -> &'a [String] {
                match self {
                    $(Self::$name(entity) => entity.external_ids(),)*
                }
            }

            /// Returns a copy of the entity.
            #[must_use]
            pub fn to_entity(self) -> Entity {
                match self {
                    $(Self::$name(entity) => Entity::$name(entity.clone()),)*
                }
            }
        }

        $(impl From<crate::$name> for Entity {
            fn from(entity: crate::$name) -> Self {
                Self::$name(entity)
            }
        }

        impl TryFrom<Entity> for crate::$name {
            type Error = Entity;

            /// Gives the entity back if it is of another type.
            fn try_from(entity: Entity) -> Result<Self, Entity> {
                match entity {
                    Entity::$name(entity) => Ok(entity),
                    other => Err(other),
                }
            }
        })*

        impl Entity {
            /// Returns the entity's type.
            #[must_use]
            pub fn entity_type(&self) -> EntityType {
                EntityView::from(self).entity_type()
            }

            /// Returns the entity's id; absent for a verdict.
            #[must_use]
            pub fn id(&self) -> Option<&EntityId> {
                EntityView::from(self).id()
            }

            /// Returns the description of the entity's structure.
            #[must_use]
            pub fn structure(&self) -> &'static StructureInfo {
                structure_of(self.entity_type())
            }

            fn read(entity_type: EntityType, json: &str) -> Result<Self, serde_json::Error> {
                match entity_type {
                    $(EntityType::$name => serde_json::from_str(json).map(Self::$name),)*
                }
            }

            fn read_value(entity_type: EntityType, value: &Value) -> Result<Self, serde_json::Error> {
                match entity_type {
                    $(EntityType::$name => crate::$name::deserialize(value).map(Self::$name),)*
                }
            }
        }

        impl crate::sealed::Sealed for Entity {}

        impl Validate for Entity {
            fn validate(&self) -> Report {
                match self {
                    $(Self::$name(entity) => entity.validate(),)*
                }
            }
        }

        impl Truncate for Entity {
            fn truncate(&mut self) -> Vec<Cut> {
                match self {
                    $(Self::$name(entity) => entity.truncate(),)*
                }
            }
        }

        /// The structures of all entities.
        #[cfg(any(feature = "schemars", feature = "openapi"))]
        const ENTITIES: crate::model::Kind = crate::model::Kind::OneOf(&[$(crate::$name::INFO),*]);

        /// Returns the description of the structure of an entity type.
        pub(crate) fn structure_of(entity_type: EntityType) -> &'static StructureInfo {
            match entity_type {
                $(EntityType::$name => crate::$name::INFO,)*
            }
        }
    };
}

any_entity! {
    Actor, Asset, AssetMapping, AssetProperties, AttackPattern, Bundle, Campaign, Casebook, Coa, DataTable, Feedback,
    IdentityAssertion, Incident, Indicator, Investigation, Judgement, Malware, Note, Relationship, Sighting,
    TargetRecord, Tool, Verdict, Vulnerability, Weakness,
}

impl Entity {
    /// Reads an entity from JSON text. It is faster than `serde_json::from_str`, because the entity
    /// is read straight from the text once its type is known.
    ///
    /// Of two members of the same name the last one counts, whatever stands in the first one;
    /// [`Entity::check_text`] calls that an error.
    ///
    /// # Errors
    /// If the text is not JSON, has no `type` that names an entity, or cannot be read as that
    /// entity.
    pub fn from_json(json: &str) -> Result<Self, ReadError> {
        // What cannot be read may stand in a member that a later one of the same name replaces.
        // Only the way over a value, which keeps the last ones alone, can tell.
        Self::from_text(json).or_else(|_| serde_json::from_str(json).map_err(|error| ReadError::new(&error)))
    }

    fn from_text(json: &str) -> Result<Self, serde_json::Error> {
        let tag: Tag = serde_json::from_str(json)?;
        Self::read(tag.r#type, json)
    }
}

impl<'de> Deserialize<'de> for Entity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let PlainValue(value) = PlainValue::deserialize(deserializer)?;
        let tag = Tag::deserialize(&value).map_err(de::Error::custom)?;
        Self::read_value(tag.r#type, &value).map_err(de::Error::custom)
    }
}

described!(Entity, "Entity", ENTITIES);

/// The type of an entity, whatever else it has.
struct Tag {
    r#type: EntityType,
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagVisitor;
        impl<'de> de::Visitor<'de> for TagVisitor {
            type Value = Tag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object (an entity)")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Tag, A::Error> {
                let mut found = None;
                while let Some(key) = map.next_key::<crate::read::Text<'de>>()? {
                    if key.0 == "type" {
                        found = Some(crate::read::field(&mut map, "type")?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                crate::read::required(found, "type").map(|r#type| Tag { r#type })
            }
        }
        deserializer.deserialize_map(TagVisitor)
    }
}

/// The reason why JSON cannot be read as an entity, and the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    pointer: String,
    message: String,
}

impl ReadError {
    /// Splits the pointer from the text of an error that came from reading a structure.
    pub(crate) fn new(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        match text.split_once(": ") {
            Some((pointer, message)) if pointer.starts_with('/') => {
                Self { pointer: pointer.to_owned(), message: message.to_owned() }
            }
            _ => Self { pointer: String::new(), message: text },
        }
    }

    /// Returns the JSON pointer (RFC 6901) of the value that cannot be read; empty for the whole
    /// text.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns the problem with that value.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.pointer.is_empty() { "" } else { ": " };
        write!(f, "cannot read a CTIM entity: {}{separator}{}", self.pointer, self.message)
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_reading_agree() {
        let cases = [
            (r#"{"id": "transient:1", "schema_version": "1.3.29", "type": "casebook"}"#, None),
            (r#"{"type": "casebook", "schema_version": "1.3.29"}"#, Some("/id")),
            (r#"{"type": "unknown"}"#, Some("/type")),
            (r#"{"type": 1}"#, Some("/type")),
            ("{}", Some("/type")),
            // Of a key that comes twice the last one counts.
            (
                r#"{"type": "tool", "type": "casebook", "id": "transient:1", "schema_version": "1.3.29"}"#,
                None,
            ),
            (
                r#"{"type":"verlict","type":"casebook","id":1,"id":"transient:b","schema_version":"1.3.29","title":null}"#,
                None,
            ),
            ("[]", Some("")),
            ("{", Some("")),
            (
                r#"{"type": "casebook", "id": "transient:1", "schema_version": "1.3.29", "texts": [{"type": "a"}]}"#,
                Some("/texts/0/text"),
            ),
        ];
        for (json, expected) in cases {
            let fast = Entity::from_json(json);
            let buffered = serde_json::from_str::<Entity>(json).map_err(|error| ReadError::new(&error));
            match expected {
                None => assert_eq!(fast.unwrap(), buffered.unwrap(), "{json}"),
                Some(pointer) => {
                    assert_eq!(fast.unwrap_err().pointer(), pointer, "{json}");
                    assert_eq!(buffered.unwrap_err().pointer(), pointer, "{json}");
                }
            }
        }
    }
}
