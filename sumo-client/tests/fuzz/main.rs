//! Runs the bodies of the fuzz targets over their corpora.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "test helpers"
)]

mod bodies;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

/// Runs a body over every file of a corpus, every start of it, and the file with each of its bytes
/// turned.
fn run(target: &str, body: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut files = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let input = fs::read(entry.unwrap().path()).unwrap();
        files += 1;
        body(&input);
        for length in 0..input.len() {
            body(&input[..length]);
            let mut turned = input.clone();
            turned[length] ^= 0x55;
            body(&turned);
        }
    }
    assert!(files > 0);
}

#[test]
fn envelope() {
    run("envelope", bodies::envelope);
}

#[test]
fn error_answer() {
    run("error_answer", bodies::error_answer);
}

#[test]
fn query() {
    run("query", bodies::query);
    run("query", bodies::free_text);
}

proptest! {
    #[test]
    fn query_with_any_values(input in any::<Vec<u8>>(), text in r#"[\\\\"():+ .a-]{0,8}"#) {
        bodies::query(&input);
        bodies::query(text.as_bytes());
        bodies::free_text(&input);
        bodies::free_text(text.as_bytes());
    }

    #[test]
    fn error_answer_of_any_bytes(input in any::<Vec<u8>>()) {
        bodies::error_answer(&input);
    }
}
