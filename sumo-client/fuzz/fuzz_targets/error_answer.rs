//! Run with `cargo +nightly fuzz run error_answer tests/fuzz/corpus/error_answer` in the folder
//! `sumo-client`.

#![no_main]
#![allow(dead_code, reason = "the bodies of all targets come along")]

#[path = "../../tests/fuzz/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|input: &[u8]| bodies::error_answer(input));
