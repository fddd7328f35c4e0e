//! Programs that misuse the crate do not compile, and the compiler says why.

// The optional features change nothing about builders, and building their dependencies once more
// takes minutes.
#[cfg(all(feature = "builders", not(any(feature = "schemars", feature = "openapi"))))]
#[test]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile/all_required.rs");
    for name in ["missing_*", "wrong_*", "set_twice", "disposition_twice", "unlisted_word_made_by_hand"] {
        cases.compile_fail(format!("tests/compile/{name}.rs"));
    }
    // Traits that only this crate implements, and structures that may grow.
    for name in ["sealed_*", "non_exhaustive_*"] {
        cases.compile_fail(format!("tests/compile/{name}.rs"));
    }
}
