//! The schemas that the feature `schemars` gives accept exactly the documents that the crate calls
//! valid.
#![cfg(feature = "schemars")]
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod common;

use common::{Fill, Generator};
use ctim::{Entity, EntityList, EntityLists, List, Sighting};
use serde_json::{Value, json};

fn validator<T: schemars::JsonSchema>() -> jsonschema::Validator {
    let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn sighting() -> Value {
    Generator::new(4, Fill::Maximal).object(common::structure("Sighting"))
}

#[test]
fn an_entity_alone_and_in_lists() {
    let mut wrong = sighting();
    wrong["count"] = json!(-1);
    for (valid, sighting) in [(true, sighting()), (false, wrong)] {
        let list = json!({ "count": 1, "docs": [sighting] });
        assert_eq!(validator::<Sighting>().is_valid(&sighting), valid);
        assert_eq!(validator::<Entity>().is_valid(&sighting), valid);
        assert_eq!(validator::<List<Sighting>>().is_valid(&json!([sighting])), valid);
        assert_eq!(validator::<EntityList<Sighting>>().is_valid(&list), valid);
        assert_eq!(validator::<EntityLists>().is_valid(&json!({ "sightings": list })), valid);
    }
}

#[test]
fn every_entity_is_one_of_the_entities() {
    let validator = validator::<Entity>();
    for structure in common::top_level().filter(|structure| !structure.name.starts_with("New")) {
        let object = Generator::new(6, Fill::Maximal).object(structure);
        assert!(validator.is_valid(&object), "{}", structure.name);
    }
}
