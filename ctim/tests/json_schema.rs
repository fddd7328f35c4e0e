//! The JSON Schema that the crate gives judges as the crate does.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod common;

use common::{Fill, Generator};
use ctim::{Rule, json_schema};
use jsonschema::Validator;
use proptest::prelude::*;

fn validator(structure: &'static ctim::model::StructureInfo) -> Validator {
    jsonschema::options().should_validate_formats(true).build(&json_schema(structure)).unwrap()
}

#[test]
fn names_of_structures_and_vocabularies_do_not_meet() {
    for structure in ctim::model::STRUCTURES {
        assert!(
            ctim::vocabulary::ALL.iter().all(|vocabulary| vocabulary.name != structure.name),
            "{}",
            structure.name
        );
    }
}

#[test]
fn generated_objects_are_valid_by_the_schema() {
    for structure in common::top_level() {
        let validator = validator(structure);
        for fill in [Fill::Minimal, Fill::Maximal] {
            let object = Generator::new(5, fill).object(structure);
            let errors: Vec<_> = validator.iter_errors(&object).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}\n{object}", structure.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn schema_and_validation_agree_but_for_what_schemas_cannot_say(seed: u64, faults in 0..40u64) {
        let structure = common::structure("Sighting");
        let object = Generator::new(seed, Fill::Percent(40)).with_faults(faults).object(structure);
        let report = common::check(structure, &object);
        let schema_says = validator(structure).is_valid(&object);
        if schema_says {
            for error in report.errors() {
                prop_assert!(
                    matches!(error.rule, Rule::TimeOrder | Rule::TimeRange | Rule::TimeForm | Rule::Length | Rule::Disposition),
                    "{}", error
                );
            }
        } else {
            prop_assert!(!report.is_valid(), "{}", object);
        }
    }
}
