//! Runs what the fuzz targets do over their corpora, and over mutations of them: the same ones each
//! time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]
#![allow(unreachable_pub, reason = "the fuzz targets share the bodies")]

mod common;
mod fuzz_bodies;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngSeed, TestRunner};

/// The inputs of a corpus by the names of their files.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let inputs: BTreeMap<_, _> = files
        .map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()))
        .collect();
    assert!(inputs.len() > 5, "the corpus of {target} has only {} files", inputs.len());
    inputs
}

/// One change of an input. Places are anywhere in it, however long it is by then.
#[derive(Clone, Debug)]
enum Change {
    FlipBit(Index, u8),
    Put(Index, Vec<u8>),
    Cut(Index, Index),
    Repeat(Index, Index),
    /// The rest is that of another input.
    Splice(Index, Index, Index),
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>, inputs: &[Vec<u8>]) {
        let at = |index: &Index, input: &[u8]| index.index(input.len() + 1);
        let range = |one: &Index, other: &Index, input: &[u8]| {
            let (one, other) = (at(one, input), at(other, input));
            one.min(other)..one.max(other)
        };
        match self {
            Self::FlipBit(place, bit) => {
                let place = at(place, input);
                if let Some(byte) = input.get_mut(place) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Put(place, bytes) => {
                let place = at(place, input);
                input.splice(place..place, bytes.iter().copied());
            }
            Self::Cut(one, other) => drop(input.drain(range(one, other, input))),
            Self::Repeat(one, other) => {
                let range = range(one, other, input);
                let again = input[range.clone()].to_vec();
                input.splice(range.end..range.end, again);
            }
            Self::Splice(place, other, start) => {
                let other = other.get(inputs);
                input.truncate(at(place, input));
                input.extend_from_slice(&other[at(start, other)..]);
            }
        }
    }
}

/// Pieces that mean something to the readers of headers and JSON.
const PIECES: [&[u8]; 24] = [
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"\"\"",
    b"{}",
    b"[]",
    b"[[[[[[[[",
    b"\\ud800",
    b"\\u0000",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x92\xa9",
    b",",
    b":",
    b"\"",
    b"{\"a\":",
    b"<",
    b">",
    b".",
    b"=",
    b" ",
    b"\n---\n",
];

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    prop_oneof![
        (place(), 0..8_u8).prop_map(|(place, bit)| Change::FlipBit(place, bit)),
        (place(), proptest::sample::select(PIECES.as_slice()))
            .prop_map(|(place, piece)| Change::Put(place, piece.to_vec())),
        (place(), proptest::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(place, bytes)| Change::Put(place, bytes)),
        (place(), place()).prop_map(|(one, other)| Change::Cut(one, other)),
        (place(), place()).prop_map(|(one, other)| Change::Repeat(one, other)),
        (place(), place(), place()).prop_map(|(place, other, start)| Change::Splice(place, other, start)),
    ]
}

/// Runs `body` over the corpus, and over so many mutations of it.
fn run<T: Debug>(target: &str, cases: u32, body: fn(&[u8]) -> T) {
    let inputs: Vec<Vec<u8>> = corpus(target).into_values().collect();
    for input in &inputs {
        body(input);
    }
    let config = ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x5eed),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mutations = (any::<Index>(), proptest::collection::vec(change(), 1..5));
    let outcome = TestRunner::new(config).run(&mutations, |(start, changes)| {
        let mut input = start.get(&inputs).clone();
        for change in changes {
            change.apply(&mut input, &inputs);
        }
        // Long enough for anything that has a meaning, short enough to be tried often.
        input.truncate(32 * 1024);
        body(&input);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn request_body() {
    run("request_body", 400, fuzz_bodies::request_body);
}

#[test]
fn upstream_page() {
    run("upstream_page", 600, fuzz_bodies::upstream_page);
}

#[test]
fn token() {
    run("token", 1500, fuzz_bodies::token);
}

#[test]
fn good_inputs_lead_to_sightings() {
    for (target, body) in [
        ("request_body", fuzz_bodies::request_body as fn(&[u8]) -> serde_json::Value),
        ("upstream_page", fuzz_bodies::upstream_page),
    ] {
        let answer = body(&corpus(target)["good"]);
        let sightings = answer["data"]["sightings"]["docs"].as_array().map(Vec::len);
        assert_eq!((sightings, answer.get("errors")), (Some(3), None), "{target}: {answer:#}");
    }
}

/// The names of the files state the response of a relay that has a public URL.
#[test]
fn tokens_are_accepted_or_refused_for_the_reason_that_the_file_names() {
    let mut told = std::collections::HashSet::new();
    for (name, input) in corpus("token") {
        let (expected, _) = name.split_once('.').unwrap();
        let said = match fuzz_bodies::token(&input).first() {
            None => "no-header".to_owned(),
            Some(None) => "accepted".to_owned(),
            Some(Some(refusal)) => kebab(&format!("{refusal:?}")),
        };
        assert_eq!(said, expected, "{name}");
        told.insert(said);
    }
    assert_eq!(told.len(), fuzz_bodies::REFUSALS.len() + 2, "{told:?}");
}

/// `WrongType` as `wrong-type`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for sign in name.chars() {
        if sign.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(sign.to_ascii_lowercase());
    }
    text
}
