//! Programs that misuse the builders do not compile, and the compiler says what is missing.

// The optional features change nothing about builders, and building their dependencies once more takes minutes.
#[cfg(not(any(feature = "schemars", feature = "openapi")))]
#[test]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/builders/all_required.rs");
    cases.compile_fail("tests/builders/missing_*.rs");
    cases.compile_fail("tests/builders/wrong_*.rs");
    cases.compile_fail("tests/builders/set_twice.rs");
    cases.compile_fail("tests/builders/unlisted_word_made_by_hand.rs");
}
