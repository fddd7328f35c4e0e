//! The bundles that the explorer makes of an answer in the browser are those of the crates.
//!
//! `browser-tests/bundles.test.mjs` compares the page's scripts with the same files. After a
//! change of the mapping: `UPDATE_FIXTURES=1 cargo test -p relay-server --test page_exports`.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test helpers")]

use std::fs;
use std::path::PathBuf;

use ctim::{EntityLists, Time};
use serde_json::{Value, json};

/// The time of creation in the kept bundle.
const NOW: &str = "2026-11-29T12:00:00.000Z";

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/page_exports").join(name)
}

fn answer() -> Value {
    serde_json::from_slice(&fs::read(fixture("answer.json")).unwrap()).unwrap()
}

fn lists() -> EntityLists {
    serde_json::from_value(answer()["data"].clone()).unwrap()
}

#[test]
fn the_stix_that_the_page_is_held_to_is_that_of_the_crate() {
    let now: Time = NOW.parse().unwrap();
    let stix = relay_server::to_bundle(&lists()).to_stix(now);
    let left_out: Vec<Value> = stix
        .left_out()
        .iter()
        .map(|one| json!({ "id": one.id.as_ref().map(|id| id.as_str()), "reason": one.reason }))
        .collect();
    let made = json!({ "now": NOW, "bundle": stix, "left_out": left_out });
    let path = fixture("stix.json");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let kept: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept, made, "see the head of this file");
}

#[test]
fn the_bundle_that_the_page_is_held_to_is_that_of_the_relay() {
    let made = serde_json::to_value(relay_server::to_bundle(&lists())).unwrap();
    let mut expected = json!({
        "type": "bundle",
        "id": "transient:bundle-ea8b2efc-3e09-521d-a72f-47e471862b14",
        "schema_version": ctim::SCHEMA_VERSION,
        "source": "Sumo Logic Cloud SIEM Enterprise",
        "valid_time": {},
    });
    for (list, entities) in answer()["data"].as_object().unwrap() {
        expected[list] = entities["docs"].clone();
    }
    assert_eq!(made, expected);
}
