//! JSON Schema of the model.

use serde_json::{Map, Value, json};

use crate::model::{Cardinality, FieldInfo, Kind, StructureInfo, Values, VocabularyInfo};

const DEFINITIONS: &str = "#/$defs/";

/// Returns the JSON Schema (2020-12) of a structure, with all the structures and vocabularies that
/// it uses under `$defs`.
///
/// It states what JSON Schema can state of the model. The order of times, lengths in UTF-16 code
/// units and the match of dispositions are left to [`Validate`](crate::Validate).
///
/// ```
/// use ctim::{Observable, Structure, json_schema};
///
/// let schema = json_schema(Observable::INFO);
/// assert_eq!(schema["$ref"], "#/$defs/Observable");
/// assert_eq!(schema["$defs"]["Observable"]["required"], serde_json::json!(["type", "value"]));
/// ```
#[must_use]
pub fn json_schema(structure: &'static StructureInfo) -> Value {
    let mut definitions = Map::new();
    define(Kind::Structure(structure), DEFINITIONS, &mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("{DEFINITIONS}{}", structure.name),
        "$defs": definitions,
    })
}

/// Returns the schema of a value, with references to what [`define`] defines.
fn schema(kind: Kind, path: &str) -> Value {
    match kind {
        Kind::Structure(structure) => json!({ "$ref": format!("{path}{}", structure.name) }),
        Kind::Vocabulary(vocabulary) => json!({ "$ref": format!("{path}{}", vocabulary.name) }),
        Kind::OneOf(structures) => {
            let choices = structures.iter().map(|structure| schema(Kind::Structure(structure), path));
            json!({ "oneOf": choices.collect::<Vec<_>>() })
        }
        Kind::Fixed(text) => json!({ "type": "string", "const": text }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Integer | Kind::PosInt | Kind::Priority => with_range(json!({ "type": "integer" }), kind),
        Kind::Number | Kind::CvssScore | Kind::IncidentScore => with_range(json!({ "type": "number" }), kind),
        Kind::Row => json!({ "type": "array", "items": {} }),
        Kind::Object => json!({ "type": "object" }),
        Kind::MetaData => {
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })
        }
        Kind::IncidentScores => json!({ "type": "object", "additionalProperties": { "type": "number" } }),
        _ => text_schema(kind),
    }
}

fn text_schema(kind: Kind) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("string"));
    let facts = [
        ("minLength", kind.min_length().map(Value::from)),
        ("maxLength", kind.max_length().map(Value::from)),
        ("pattern", kind.pattern().map(Value::from)),
        ("format", kind.format().map(Value::from)),
    ];
    for (name, fact) in facts {
        if let Some(fact) = fact {
            schema.insert(name.to_owned(), fact);
        }
    }
    Value::Object(schema)
}

fn with_range(mut schema: Value, kind: Kind) -> Value {
    let (least, greatest) = kind.range();
    if let Value::Object(schema) = &mut schema {
        let bounds = [("minimum", least), ("maximum", greatest)];
        schema.extend(bounds.into_iter().filter_map(|(name, bound)| Some((name.to_owned(), json!(bound?)))));
    }
    schema
}

/// Defines the structures and vocabularies that a kind uses.
fn define(kind: Kind, path: &str, definitions: &mut Map<String, Value>) {
    match kind {
        Kind::Structure(structure) if !definitions.contains_key(structure.name) => {
            definitions.insert(structure.name.to_owned(), object_schema(structure, path));
            for field in structure.fields {
                define(field.kind, path, definitions);
            }
        }
        Kind::Vocabulary(vocabulary) => {
            definitions.entry(vocabulary.name).or_insert_with(|| vocabulary_schema(vocabulary));
        }
        Kind::OneOf(structures) => {
            for structure in structures {
                define(Kind::Structure(structure), path, definitions);
            }
        }
        _ => {}
    }
}

fn object_schema(structure: &StructureInfo, path: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, text) in structure.constants {
        properties.insert((*name).to_owned(), schema(Kind::Fixed(text), path));
        required.push(*name);
    }
    for field in structure.fields {
        properties.insert(field.name.to_owned(), field_schema(field, path));
        if field.required {
            required.push(field.name);
        }
    }
    json!({
        "type": "object",
        "description": plain(structure.doc),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn field_schema(field: &FieldInfo, path: &str) -> Value {
    let value = schema(field.kind, path);
    let mut schema = match field.cardinality {
        Cardinality::One => value,
        Cardinality::List => json!({ "type": "array", "items": value }),
        Cardinality::Set => json!({ "type": "array", "items": value, "uniqueItems": true }),
    };
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(plain(field.doc)));
    }
    schema
}

/// Returns a vocabulary's schema: its values where the list is closed, examples of them where it is
/// open.
fn vocabulary_schema(vocabulary: &'static VocabularyInfo) -> Value {
    let (name, values) = match vocabulary.values {
        Values::Texts(values) => ("string", json!(values)),
        Values::Integers(values) => ("integer", json!(values)),
    };
    let mut schema =
        if name == "string" { text_schema(Kind::Vocabulary(vocabulary)) } else { json!({ "type": name }) };
    if let Value::Object(schema) = &mut schema {
        let list = if vocabulary.is_open { "examples" } else { "enum" };
        schema.insert(list.to_owned(), values);
        schema.insert("description".to_owned(), json!(plain(vocabulary.doc)));
    }
    schema
}

/// Returns a doc text on one line, without its links.
pub(crate) fn plain(doc: &str) -> String {
    let words: Vec<&str> = doc.split_whitespace().collect();
    words.join(" ").replace("[`", "`").replace("`]", "`")
}

/// Returns the schema of a value for schemars, with its definitions among the generator's.
#[cfg(feature = "schemars")]
pub(crate) fn for_schemars(kind: Kind, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let path = format!("#{}/", generator.settings().definitions_path);
    let mut definitions = Map::new();
    define(kind, &path, &mut definitions);
    let own_name = match kind {
        Kind::Structure(structure) => Some(structure.name),
        Kind::Vocabulary(vocabulary) => Some(vocabulary.name),
        _ => None,
    };
    // The generator adds the definition of the type itself under its own name.
    let own = own_name.and_then(|name| definitions.remove(name)).unwrap_or_else(|| schema(kind, &path));
    generator.definitions_mut().extend(definitions);
    schemars::Schema::try_from(own).unwrap_or_default()
}
