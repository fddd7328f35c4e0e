//! Schemas of the model for poem-openapi.

use poem_openapi::registry::{MetaDiscriminatorObject, MetaSchema, MetaSchemaRef, Registry};
use serde_json::Value;

use crate::model::{Cardinality, FieldInfo, Kind, StructureInfo, Values, VocabularyInfo};

/// Returns the schema of a value: a reference to a named one, or the schema itself.
pub(crate) fn schema_ref(kind: Kind) -> MetaSchemaRef {
    match kind {
        Kind::Structure(structure) => MetaSchemaRef::Reference(structure.name.to_owned()),
        // Generators of clients name the type of an unnamed list after its field: `Feedback` in
        // `Feedback`.
        Kind::Vocabulary(vocabulary) if is_numeric(vocabulary) => {
            MetaSchemaRef::Reference(vocabulary.name.to_owned())
        }
        _ => MetaSchemaRef::Inline(Box::new(schema(kind))),
    }
}

fn is_numeric(vocabulary: &VocabularyInfo) -> bool {
    matches!(vocabulary.values, Values::Integers(_))
}

/// Registers the named schemas that a value uses.
pub(crate) fn register(kind: Kind, registry: &mut Registry) {
    match kind {
        Kind::Structure(structure) if !registry.schemas.contains_key(structure.name) => {
            registry.schemas.insert(structure.name.to_owned(), object(structure));
            for field in structure.fields {
                register(field.kind, registry);
            }
        }
        Kind::OneOf(structures) => {
            for structure in structures {
                register(Kind::Structure(structure), registry);
            }
        }
        Kind::Vocabulary(vocabulary) if is_numeric(vocabulary) => {
            registry.schemas.entry(vocabulary.name.to_owned()).or_insert_with(|| word(vocabulary));
        }
        _ => {}
    }
}

fn schema(kind: Kind) -> MetaSchema {
    let bound = |bound: Option<i64>| bound.and_then(|bound| i32::try_from(bound).ok()).map(f64::from);
    let (least, greatest) = kind.range();
    let plain = |ty| MetaSchema { minimum: bound(least), maximum: bound(greatest), ..MetaSchema::new(ty) };
    match kind {
        Kind::OneOf(structures) => one_of(structures),
        Kind::Vocabulary(vocabulary) => word(vocabulary),
        Kind::Fixed(text) => MetaSchema { enum_items: vec![Value::from(text)], ..MetaSchema::new("string") },
        Kind::Boolean => MetaSchema::new("boolean"),
        Kind::Integer | Kind::PosInt | Kind::Priority => {
            MetaSchema { format: Some("int64"), ..plain("integer") }
        }
        Kind::Number | Kind::CvssScore | Kind::IncidentScore => plain("number"),
        Kind::Row => array(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY))),
        Kind::Object | Kind::MetaData => MetaSchema {
            additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
            ..MetaSchema::new("object")
        },
        Kind::IncidentScores => MetaSchema {
            additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::new("number"))))),
            ..MetaSchema::new("object")
        },
        _ => text(kind),
    }
}

fn text(kind: Kind) -> MetaSchema {
    MetaSchema {
        format: kind.format(),
        min_length: kind.min_length(),
        max_length: kind.max_length(),
        pattern: kind.pattern().map(Into::into),
        ..MetaSchema::new("string")
    }
}

/// Returns the values of a closed list; for an open one, all values are allowed and the first one
/// is the example.
fn word(vocabulary: &'static VocabularyInfo) -> MetaSchema {
    let (schema, values): (MetaSchema, Vec<Value>) = match vocabulary.values {
        Values::Texts(values) => {
            (text(Kind::Vocabulary(vocabulary)), values.iter().map(|value| Value::from(*value)).collect())
        }
        Values::Integers(values) => {
            (MetaSchema::new("integer"), values.iter().map(|value| Value::from(*value)).collect())
        }
    };
    let description = Some(vocabulary.doc.trim());
    if vocabulary.is_open {
        MetaSchema { description, example: values.into_iter().next(), ..schema }
    } else {
        MetaSchema { description, enum_items: values, ..schema }
    }
}

/// Returns one of several structures, told apart by their constant `type`.
fn one_of(structures: &'static [&'static StructureInfo]) -> MetaSchema {
    let reference = |structure: &StructureInfo| MetaSchemaRef::Reference(structure.name.to_owned());
    let mapping = structures.iter().flat_map(|structure| {
        let tags = structure.constants.iter().filter(|(name, _)| *name == "type");
        tags.map(|(_, tag)| ((*tag).to_owned(), format!("#/components/schemas/{}", structure.name)))
    });
    MetaSchema {
        one_of: structures.iter().map(|structure| reference(structure)).collect(),
        discriminator: Some(MetaDiscriminatorObject { property_name: "type", mapping: mapping.collect() }),
        ..MetaSchema::new("object")
    }
}

fn array(items: MetaSchemaRef) -> MetaSchema {
    MetaSchema { items: Some(Box::new(items)), ..MetaSchema::new("array") }
}

/// Returns the schema of an array without equal items.
pub(crate) fn set(items: MetaSchemaRef) -> MetaSchema {
    MetaSchema { unique_items: Some(true), ..array(items) }
}

fn object(structure: &'static StructureInfo) -> MetaSchema {
    let constants = structure.constants.iter().map(|(name, text)| (*name, schema_ref(Kind::Fixed(text))));
    let fields = structure.fields.iter().map(|field| (field.name, field_schema(field)));
    let required_fields = structure.fields.iter().filter(|field| field.required).map(|field| field.name);
    MetaSchema {
        description: Some(structure.doc.trim()),
        required: structure.constants.iter().map(|(name, _)| *name).chain(required_fields).collect(),
        properties: constants.chain(fields).collect(),
        ..MetaSchema::new("object")
    }
}

/// Returns a field's schema with its description. A reference to a structure cannot carry one
/// beside it in OpenAPI 3.0.
fn field_schema(field: &'static FieldInfo) -> MetaSchemaRef {
    let value = schema_ref(field.kind);
    let with_list = match field.cardinality {
        Cardinality::One => value,
        Cardinality::List => MetaSchemaRef::Inline(Box::new(array(value))),
        Cardinality::Set => MetaSchemaRef::Inline(Box::new(set(value))),
    };
    match with_list {
        MetaSchemaRef::Inline(mut schema) => {
            schema.description = Some(field.doc.trim());
            MetaSchemaRef::Inline(schema)
        }
        reference @ MetaSchemaRef::Reference(_) => reference,
    }
}
