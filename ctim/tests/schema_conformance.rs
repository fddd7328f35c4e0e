//! Compares the crate's description of the model with a machine-readable description of CTIM, both
//! ways. The description is `ctim-schema.json` in the folder that the environment variable
//! `REFERENCE_DIR` names.
#![allow(
    clippy::print_stdout,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::{BTreeMap, BTreeSet};

use ctim::EntityType;
use ctim::model::{Cardinality, FieldInfo, Kind, STRUCTURES, StructureInfo, Values, VocabularyInfo};
use ctim::vocabulary;
use serde_json::{Map, Value, json};

/// Structures of the description that the crate leaves out or has in another form, each with the
/// reason.
const NO_STRUCTURE: &[(&str, &str)] = &[
    ("MetaData", "an open dictionary: the type MetaData, Kind::MetaData"),
    ("IncidentScores", "an open dictionary: the type IncidentScores, Kind::IncidentScores"),
];

/// Fields that the crate has besides those of the description, each with the reason.
const MORE_FIELDS: &[(&str, &str)] = &[
    ("Incident.detection_status", "schema version 1.3.30 has it"),
    ("Incident.short_id", "schema version 1.3.30 has it"),
    ("NewIncident.detection_status", "schema version 1.3.30 has it"),
    ("NewIncident.short_id", "schema version 1.3.30 has it"),
];

/// Vocabularies that the crate has besides those of the description, each with the reason.
const MORE_VOCABULARIES: &[(&str, &str)] = &[("DetectionStatus", "schema version 1.3.30 has it")];

fn schema() -> Option<Value> {
    let Some(dir) = std::env::var_os("REFERENCE_DIR") else {
        println!("skipped: REFERENCE_DIR is not set");
        return None;
    };
    let path = std::path::PathBuf::from(dir).join("ctim-schema.json");
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

fn is_listed(list: &[(&str, &str)], name: &str) -> bool {
    list.iter().any(|(listed, _)| *listed == name)
}

#[test]
fn the_schema_version_is_the_same() {
    let Some(schema) = schema() else { return };
    assert_eq!(schema["schema_version"], ctim::SCHEMA_VERSION);
}

#[test]
fn structures_are_the_same() {
    let Some(schema) = schema() else { return };
    let expected: BTreeMap<&str, &Value> = schema["structures"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, structure)| (name.as_str(), structure))
        .filter(|(name, structure)| {
            // Structures that no entity uses are left out.
            structure["reachable"] != json!(false) && !is_listed(NO_STRUCTURE, name)
        })
        .collect();
    let found: BTreeMap<&str, &StructureInfo> = STRUCTURES.iter().map(|info| (info.name, *info)).collect();
    assert_eq!(found.len(), STRUCTURES.len(), "a structure is listed twice");
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, structure) in expected {
        compare_structure(structure, found[name], &schema);
    }
}

fn compare_structure(expected: &Value, found: &StructureInfo, schema: &Value) {
    let name = found.name;
    let mut names = BTreeSet::new();
    for field in expected["fields"].as_array().unwrap() {
        let field_name = field["name"].as_str().unwrap();
        names.insert(field_name);
        let place = format!("{name}.{field_name}");
        if let Some((_, text)) = found.constants.iter().find(|(constant, _)| *constant == field_name) {
            assert_eq!(field["fixed"], *text, "{place}");
            assert_eq!(field["required"], true, "{place}");
            continue;
        }
        let info = found.field(field_name).unwrap_or_else(|| panic!("{place} is missing"));
        assert_eq!(field["required"], info.required, "{place}: required");
        compare_cardinality(field, info, &place);
        compare_kind(field, info.kind, &place, schema);
        assert!(!info.doc.trim().is_empty(), "{place} has no documentation");
    }
    for field in found.fields {
        let place = format!("{name}.{}", field.name);
        assert!(
            names.contains(field.name) || is_listed(MORE_FIELDS, &place),
            "{place} is not in the description"
        );
    }
    for (constant, _) in found.constants {
        assert!(names.contains(constant), "{name}.{constant} is not in the description");
    }
}

fn compare_cardinality(expected: &Value, found: &FieldInfo, place: &str) {
    let cardinality = match (expected["array"] == json!(true), expected["unique"] == json!(true)) {
        (false, _) => Cardinality::One,
        (true, false) => Cardinality::List,
        (true, true) => Cardinality::Set,
    };
    assert_eq!(cardinality, found.cardinality, "{place}: cardinality");
}

/// The description's words for a kind.
fn compare_kind(field: &Value, kind: Kind, place: &str, schema: &Value) {
    let text = |key: &str| field.get(key).and_then(Value::as_str);
    let is_string = |name: &str| text("string") == Some(name);
    let is_number = |name: &str| text("number") == Some(name);
    let is_plain = |name: &str| {
        field["type"] == name
            && ["string", "number", "vocabulary", "ref", "fixed", "one_of", "open_object"]
                .iter()
                .all(|key| field.get(*key).is_none())
    };
    let agrees = match kind {
        Kind::Text => is_plain("string"),
        Kind::ShortString => is_string("ShortString"),
        Kind::MedString => is_string("MedString"),
        Kind::LongString => is_string("LongString"),
        Kind::Markdown => is_string("Markdown"),
        Kind::Uri => is_string("URI"),
        Kind::SchemaVersion => is_string("SchemaVersion"),
        Kind::CvssV2Vector => is_string("CVSSv2VectorString"),
        Kind::CvssV2TemporalVector => is_string("CVSSv2TemporalVectorString"),
        Kind::CvssV2EnvironmentalVector => is_string("CVSSv2EnvironmentalVectorString"),
        Kind::CvssV3Vector => is_string("CVSSv3VectorString"),
        Kind::FormattedCpe23 => is_string("FormattedCPE23String"),
        Kind::CpeVersion => is_string("CPEVersion"),
        Kind::Fixed(fixed) => text("fixed") == Some(fixed),
        Kind::Id => is_string("ID"),
        Kind::Reference => is_string("Reference"),
        Kind::ReferenceTo(entity_type) => {
            let string = &schema["strings"][text("string").unwrap_or_default()];
            string["entity_type"] == entity_type.as_str()
        }
        Kind::Time => field["type"] == "time" && is_string("Time"),
        Kind::Boolean => is_plain("boolean"),
        Kind::Integer => is_plain("integer"),
        Kind::PosInt => is_number("PosInt"),
        Kind::Priority => is_number("Priority"),
        Kind::Number => is_plain("number"),
        Kind::CvssScore => is_number("CVSSScore"),
        Kind::Row => field["type"] == "any" && field["array_depth"] == 2,
        Kind::Object => field["open_object"] == true,
        Kind::MetaData => text("ref") == Some("MetaData"),
        Kind::IncidentScores => text("ref") == Some("IncidentScores"),
        Kind::Vocabulary(vocabulary) => {
            text("vocabulary") == Some(vocabulary.name) && vocabulary.words_only == is_string("OpenVocab")
                || is_listed(MORE_VOCABULARIES, vocabulary.name)
        }
        Kind::Structure(structure) => text("ref") == Some(structure.name),
        Kind::OneOf(structures) => {
            let names: Vec<&str> = structures.iter().map(|structure| structure.name).collect();
            field["one_of"] == json!(names)
        }
        other => panic!("{place}: kind {other:?} is not known to the test"),
    };
    assert!(agrees, "{place}: {kind:?} against {field}");
    if let Some(limit) = field.get("max_length") {
        assert_eq!(*limit, json!(kind.max_length()), "{place}: limit");
    }
    if field.get("max_length").is_none() && text("string").is_none() {
        assert_eq!(kind.max_length(), None, "{place}: the description has no limit");
    }
}

#[test]
fn vocabularies_are_the_same() {
    let Some(schema) = schema() else { return };
    let expected: &Map<String, Value> = schema["vocabularies"].as_object().unwrap();
    let found: BTreeMap<&str, &VocabularyInfo> =
        vocabulary::ALL.iter().map(|info| (info.name, *info)).collect();
    assert_eq!(found.len(), vocabulary::ALL.len(), "a vocabulary is listed twice");
    for (name, vocabulary) in expected {
        // The types of entities are an enum of their own.
        if name == "EntityType" {
            let types: Vec<&str> = EntityType::ALL.iter().map(|entity_type| entity_type.as_str()).collect();
            assert_eq!(vocabulary["values"], json!(types));
            continue;
        }
        let info = found.get(name.as_str()).unwrap_or_else(|| panic!("{name} is missing"));
        let values = match info.values {
            Values::Texts(values) => json!(values),
            Values::Integers(values) => json!(values),
        };
        assert_eq!(vocabulary["values"], values, "{name}");
        assert_eq!(vocabulary["open"], info.is_open, "{name}");
    }
    for name in found.keys() {
        assert!(
            expected.contains_key(*name) || is_listed(MORE_VOCABULARIES, name),
            "{name} is not in the description"
        );
    }
}

#[test]
fn the_lists_of_answers_are_the_same() {
    let Some(schema) = schema() else { return };
    let mut names = ctim::EntityLists::NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(schema["relay"]["observe_lists"], json!(names));
}

#[test]
fn the_lists_of_bundles_are_the_same() {
    let Some(schema) = schema() else { return };
    let lists: BTreeSet<&str> =
        schema["bundle_lists"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(lists, ctim::Bundle::LISTS.iter().copied().collect::<BTreeSet<_>>());
}

#[test]
fn the_defined_relationships_are_the_same() {
    let Some(schema) = schema() else { return };
    let expected: Vec<String> = schema["relationships"]["defined"]
        .as_array()
        .unwrap()
        .iter()
        .map(|defined| {
            format!("{} {} {}", defined["source"], defined["type"], defined["target"]).replace('"', "")
        })
        .collect();
    let found: Vec<String> = ctim::relationships::DEFINED_RELATIONSHIPS
        .iter()
        .map(|defined| format!("{} {} {}", defined.source, defined.relationship_type, defined.target))
        .collect();
    assert_eq!(found, expected);
    let common: BTreeSet<&str> =
        ctim::relationships::COMMON_RELATIONSHIPS.iter().map(|common| common.as_str()).collect();
    let expected = schema["relationships"]["common"].as_array().unwrap();
    let expected: BTreeSet<&str> = expected.iter().map(|common| common["type"].as_str().unwrap()).collect();
    assert_eq!(common, expected);
}
