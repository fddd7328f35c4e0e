//! Schemas of the lists of entities for poem-openapi.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde_json::Value;

use crate::entity_list::{EntityList, EntityLists};
use crate::openapi::set;

/// Returns the schema of `{"count": n, "docs": [...]}`.
fn list_schema(entity: MetaSchemaRef) -> MetaSchema {
    let count = MetaSchema {
        description: Some("Number of entities."),
        minimum: Some(0.0),
        ..MetaSchema::new("integer")
    };
    let docs = MetaSchema { description: Some("The entities."), ..set(entity) };
    MetaSchema {
        description: Some("Entities and their number."),
        required: vec!["count", "docs"],
        properties: vec![
            ("count", MetaSchemaRef::Inline(Box::new(count))),
            ("docs", MetaSchemaRef::Inline(Box::new(docs))),
        ],
        ..MetaSchema::new("object")
    }
}

/// Gives types that have a schema of their own the traits of poem-openapi.
macro_rules! openapi_type {
    ([$($parameter:ident)?] $name:ty, $schema_name:expr, $register:expr) => {
        impl$(<$parameter: Type + serde::Serialize>)? Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                $schema_name.into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Reference(Self::name().into_owned())
            }

            fn register(registry: &mut Registry) {
                registry.create_schema::<Self, _>(Self::name().into_owned(), $register);
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl$(<$parameter: Type + serde::Serialize>)? poem_openapi::types::ToJSON for $name {
            fn to_json(&self) -> Option<Value> {
                serde_json::to_value(self).ok()
            }

            fn to_json_string(&self) -> String {
                serde_json::to_string(self).unwrap_or_default()
            }
        }
    };
}

openapi_type!([T] EntityList<T>, format!("{}List", T::name()), |registry| {
    T::register(registry);
    list_schema(T::schema_ref())
});

openapi_type!([] EntityLists, "EntityLists", |registry| {
    EntityLists::register_lists(registry);
    MetaSchema {
        description: Some("Entities by kind; lists without entities are left out."),
        properties: EntityLists::list_schemas(),
        ..MetaSchema::new("object")
    }
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, STRUCTURES};
    use crate::openapi::register;

    #[test]
    fn everything_that_is_referred_to_is_registered() {
        let mut registry = Registry::new();
        EntityLists::register(&mut registry);
        crate::Entity::register(&mut registry);
        for structure in STRUCTURES {
            register(Kind::Structure(structure), &mut registry);
        }
        let text = serde_json::to_string(&registry.schemas).unwrap();
        for piece in text.split("\"#/components/schemas/").skip(1) {
            let name = piece.split('"').next().unwrap();
            assert!(registry.schemas.contains_key(name), "{name}");
        }
        assert!(registry.schemas["Sighting"].required.contains(&"observed_time"));
        assert_eq!(registry.schemas["EntityLists"].properties.len(), EntityLists::NAMES.len());
        assert!(registry.schemas.contains_key("SightingList"));
        assert_eq!(registry.schemas["FeedbackValue"].enum_items, [-1, 0, 1]);
    }

    /// The fields that Cisco XDR's schema of answers requires, besides the order.
    #[test]
    fn every_list_of_an_answer_has_a_schema_with_all_that_xdr_requires() {
        let mut registry = Registry::new();
        EntityLists::register(&mut registry);
        assert_eq!(EntityLists::NAMES.len(), 18);
        let schemas = serde_json::to_value(&registry.schemas).unwrap();
        for name in EntityLists::NAMES {
            let list = schemas["EntityLists"]["properties"][name]["$ref"].as_str().unwrap();
            let list = &schemas[list.rsplit('/').next().unwrap()];
            assert_eq!(list["required"], serde_json::json!(["count", "docs"]), "{name}");
            let entity = list["properties"]["docs"]["items"]["$ref"].as_str().unwrap();
            let entity = &schemas[entity.rsplit('/').next().unwrap()];
            let required: Vec<_> =
                entity["required"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
            let expected: &[&str] = match *name {
                "sightings" => &["type", "id", "schema_version", "count", "confidence", "observed_time"],
                "indicators" => &["type", "id", "schema_version", "producer", "valid_time"],
                "relationships" => {
                    &["type", "id", "schema_version", "source_ref", "target_ref", "relationship_type"]
                }
                "judgements" => &[
                    "type",
                    "id",
                    "schema_version",
                    "source",
                    "observable",
                    "disposition",
                    "disposition_name",
                    "priority",
                    "severity",
                    "confidence",
                    "valid_time",
                ],
                "verdicts" => &["type", "observable", "disposition", "valid_time"],
                _ => &["type", "id", "schema_version"],
            };
            assert!(expected.iter().all(|field| required.contains(field)), "{name}: {required:?}");
            if matches!(*name, "sightings" | "indicators" | "relationships" | "judgements" | "verdicts") {
                assert_eq!(required.len(), expected.len(), "{name}: {required:?}");
            }
            assert!(entity["properties"].as_object().unwrap().len() >= required.len(), "{name}");
        }
    }
}
