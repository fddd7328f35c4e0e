//! Judges generated objects by the crate and by a JSON Schema of CTIM: what the crate calls valid,
//! the schema must too. The schema is `ctim.schema.json` in the folder that the environment
//! variable `REFERENCE_DIR` names.
#![allow(
    clippy::print_stdout,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod common;

use std::collections::BTreeMap;

use common::{Fill, Generator};
use ctim::model::StructureInfo;
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// Fields that the schema, being of version 1.3.29, does not know.
const NEWER_FIELDS: [&str; 2] = ["detection_status", "short_id"];

fn validators() -> Option<BTreeMap<&'static str, Validator>> {
    let Some(dir) = std::env::var_os("REFERENCE_DIR") else {
        println!("skipped: REFERENCE_DIR is not set");
        return None;
    };
    let path = std::path::PathBuf::from(dir).join("ctim.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = |structure: &StructureInfo| {
        let root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/$defs/{}", structure.name),
            "$defs": schema["$defs"],
        });
        jsonschema::options().should_validate_formats(true).build(&root).unwrap()
    };
    Some(common::top_level().map(|structure| (structure.name, validator(structure))).collect())
}

fn drop_newer_fields(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("type") == Some(&json!("incident")) || object.contains_key("incident_time") {
                object.retain(|name, _| !NEWER_FIELDS.contains(&name.as_str()));
            }
            object.values_mut().for_each(drop_newer_fields);
        }
        Value::Array(elements) => elements.iter_mut().for_each(drop_newer_fields),
        _ => {}
    }
}

/// Counts how the two judges agree.
#[derive(Debug, Default)]
struct Tally {
    both_valid: usize,
    both_invalid: usize,
    stricter_than_schema: usize,
}

#[test]
fn what_is_valid_here_is_valid_by_the_schema() {
    let Some(validators) = validators() else { return };
    let structures: Vec<_> = common::top_level().collect();
    let tally = std::cell::RefCell::new(Tally::default());
    let mut runner = TestRunner::new(Config { cases: 2000, failure_persistence: None, ..Config::default() });
    let inputs = (0..structures.len(), any::<u64>(), 0..70u64, 0..25u64);
    runner
        .run(&inputs, |(index, seed, percent, faults)| {
            let structure = structures[index];
            let percent = if structure.name.contains("Bundle") { percent / 8 } else { percent };
            let mut object =
                Generator::new(seed, Fill::Percent(percent)).with_faults(faults).object(structure);
            drop_newer_fields(&mut object);
            let report = common::check(structure, &object);
            let schema_says = validators[structure.name].is_valid(&object);
            prop_assert!(!report.is_valid() || schema_says, "{} {object}", structure.name);
            let mut tally = tally.borrow_mut();
            match (report.is_valid(), schema_says) {
                (true, _) => tally.both_valid += 1,
                (false, false) => tally.both_invalid += 1,
                (false, true) => {
                    tally.stricter_than_schema += 1;
                    // Only rules that JSON Schema cannot state may make the difference.
                    for error in report.errors() {
                        use ctim::Rule::{Disposition, Length, TimeOrder, TimeRange};
                        prop_assert!(
                            matches!(error.rule, Disposition | Length | TimeOrder | TimeRange),
                            "{error}\n{object}"
                        );
                    }
                }
            }
            Ok(())
        })
        .unwrap();
    let tally = tally.into_inner();
    assert!(tally.both_valid > 300 && tally.both_invalid > 300, "{tally:?}");
}

#[test]
fn texts_of_every_form_are_judged_as_by_the_schema() {
    let Some(validators) = validators() else { return };
    let validator = &validators["Sighting"];
    let mut sighting = Generator::new(1, Fill::Minimal).object(common::structure("Sighting"));
    let alphabet = "[-a-zA-Z0-9:/?#%.@\\[\\] <>\"\\\\^`{}|_~!$&'()*+,;=äü\u{a0}\u{2028}\n]{0,12}";
    let fields = ["source_uri", "id", "schema_version"];
    let prefix = prop_oneof![
        Just(""),
        Just("http://"),
        Just("transient:"),
        Just("https://h/ctia/a"),
        Just("1.3"),
        Just("x:"),
        Just("%4"),
        Just("https://h:8/p/ctia/sighting/sighting-5023697b-3857-4652-9b53-ccda297f9c3e"),
    ];
    let mut runner = TestRunner::new(Config { cases: 3000, failure_persistence: None, ..Config::default() });
    runner
        .run(&(0..fields.len(), prefix, alphabet), |(index, prefix, rest)| {
            let mut object = sighting.clone();
            object[fields[index]] = json!(format!("{prefix}{rest}"));
            let report = ctim::Entity::check_json(&object);
            prop_assert_eq!(
                report.is_valid(),
                validator.is_valid(&object),
                "{} {}",
                object[fields[index]],
                report
            );
            Ok(())
        })
        .unwrap();
    sighting["source_uri"] = json!("https://example.com");
    assert!(validator.is_valid(&sighting));
}

#[test]
fn cpe_and_cvss_texts_are_judged_as_by_the_schema() {
    let Some(validators) = validators() else { return };
    let validator = &validators["Vulnerability"];
    let vulnerability = Generator::new(1, Fill::Maximal).object(common::structure("Vulnerability"));
    let places = [
        ("/configurations/nodes/0/cpe_match/0/cpe23Uri", "cpe:2.3:a:b:c:d:e:f:en-US:g:h:i:j"),
        ("/impact/cvss_v2/vector_string", "AV:N/AC:L/Au:N/C:C/I:C/A:C"),
        ("/impact/cvss_v2/temporal_vector_string", "E:POC/RL:OF/RC:UC"),
        ("/impact/cvss_v2/environmental_vector_string", "CDP:LM/TD:ND/CR:L/IR:M/AR:H"),
        ("/impact/cvss_v3/vector_string", "CVSS:3.1/AV:N/MAC:X/RC:C/E:F"),
    ];
    let mut runner = TestRunner::new(Config { cases: 3000, failure_persistence: None, ..Config::default() });
    let edit = "[-a-zA-Z0-9:/?*\\\\.!~ ND]{0,3}";
    runner
        .run(&(0..places.len(), 0..60usize, 0..3usize, edit), |(index, at, removed, inserted)| {
            let (place, text) = places[index];
            let mut text: Vec<char> = text.chars().collect();
            let start = at.min(text.len());
            let end = (start + removed).min(text.len());
            text.splice(start..end, inserted.chars());
            let text: String = text.into_iter().collect();
            let mut object = vulnerability.clone();
            *object.pointer_mut(place).unwrap() = json!(text);
            let report = ctim::Entity::check_json(&object);
            prop_assert_eq!(report.is_valid(), validator.is_valid(&object), "{} {}", text, report);
            Ok(())
        })
        .unwrap();
}
