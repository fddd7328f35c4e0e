#![no_main]
#![allow(dead_code, unused_imports, reason = "the bodies of all targets come along")]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/fuzz_bodies/mod.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = fuzz_bodies::request_body(input);
});
