//! Runs the examples that make, mend and draw bundles.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::process::{Command, Output};

use ctim::{Bundle, Entity};
use serde_json::{Value, json};

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

/// Returns the output of a program; fails if it fails.
fn printed(program: &str, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a program on a file with this text.
fn with_file(name: &str, text: &str, test: impl FnOnce(&str)) {
    let file = std::env::temp_dir().join(format!("ctim-bundles-{}-{name}.json", std::process::id()));
    std::fs::write(&file, text).unwrap();
    test(file.to_str().unwrap());
    std::fs::remove_file(file).unwrap();
}

fn bundle(text: &str) -> Bundle {
    Bundle::try_from(Entity::from_json(text).unwrap()).unwrap()
}

#[test]
fn a_phishing_case_is_a_whole_bundle_that_can_be_drawn() {
    let text = printed(env!("CARGO_BIN_EXE_ctim-phishing-case"), &[]);
    let case = bundle(&text);
    assert!(case.check().is_empty(), "{}", case.check());
    assert_eq!(case.len(), 9);
    assert_eq!(case.graph().connected_parts().len(), 1, "a part of the drawing hangs loose");
    with_file("draw", &text, |file| {
        let drawn = printed(env!("CARGO_BIN_EXE_ctim-draw-bundle"), &[file]);
        assert!(drawn.starts_with("flowchart LR") && drawn.contains("forged invoice"), "{drawn}");
    });
}

#[test]
fn what_is_nearly_right_is_mended_and_nothing_else_changes() {
    let mut json = json!({
        "type": "bundle", "id": "transient:b", "schema_version": "1.3.29", "source": "test", "valid_time": {},
        "sightings": [{
            "type": "sighting", "id": "transient:s", "schema_version": "1.3.29", "confidence": "high", "count": 1,
            "observed_time": {"start_time": "2024-05-01 10:15:30Z", "end_time": "2024-05-02T00:00:00.123456Z"}
        }]
    });
    let mend = env!("CARGO_BIN_EXE_ctim-mend-bundle");
    with_file("mend", &json.to_string(), |file| {
        let mended: Value = serde_json::from_str(&printed(mend, &[file])).unwrap();
        json["sightings"][0]["confidence"] = json!("High");
        json["sightings"][0]["observed_time"]["start_time"] = json!("2024-05-01T10:15:30.000Z");
        assert_eq!(mended, json);
    });
    json["sightings"][0]["count"] = json!("one");
    with_file("not-mended", &json.to_string(), |file| {
        let output = run(mend, &[file]);
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(String::from_utf8(output.stderr).unwrap().contains("/sightings/0/count"));
    });
}

#[test]
fn the_other_bundle_and_the_sighting_are_valid() {
    let made = printed(env!("CARGO_BIN_EXE_ctim-make-bundle"), &[]);
    assert!(bundle(&made).check().is_empty());
    let built = printed(env!("CARGO_BIN_EXE_ctim-build-sighting"), &[]);
    assert!(built.contains("0 errors, 0 warnings"), "{built}");
}
