//! The conformance suite on modules that keep the contract.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use xdr_module::Capability;
use xdr_module::testing::{CheckOutcome, Conformance, TestIssuer};

use self::common::{Sample, start, suite};

#[tokio::test(flavor = "multi_thread")]
async fn a_module_with_every_capability_passes() {
    let issuer = TestIssuer::start().unwrap();
    let service = start(Sample::default(), &issuer);
    let report = suite(&service.url(), &issuer, &Sample::default()).run().await;
    report.assert_passed();
    let skipped: Vec<_> =
        report.results.iter().filter(|result| matches!(result.outcome, CheckOutcome::Skipped(_))).collect();
    let names: Vec<_> = skipped.iter().map(|result| result.name).collect();
    assert_eq!(names, ["routing.not_offered"], "{report}");
    assert!(report.cases() > 3000, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_with_one_capability_passes() {
    for capability in Capability::ALL {
        let issuer = TestIssuer::start().unwrap();
        let sample = || Sample { offered: vec![capability] };
        let service = start(sample(), &issuer);
        let checks =
            ["routing", "document", "module_type", "validation", "envelope", "authorization.before_body"];
        let report = suite(&service.url(), &issuer, &sample()).only(checks).run().await;
        report.assert_passed();
        let not_offered = report.result("routing.not_offered").unwrap();
        assert_eq!(not_offered.outcome, CheckOutcome::Passed, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_without_capabilities_passes() {
    let issuer = TestIssuer::start().unwrap();
    let sample = || Sample { offered: Vec::new() };
    let service = start(sample(), &issuer);
    suite(&service.url(), &issuer, &sample()).run().await.assert_passed();
}

#[tokio::test]
async fn a_module_that_does_not_run_fails_every_check_and_nothing_panics() {
    let issuer = TestIssuer::start().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let report = suite(&format!("http://{closed}"), &issuer, &Sample::default()).run().await;
    let passed: Vec<_> =
        report.results.iter().filter(|result| result.outcome == CheckOutcome::Passed).collect();
    // This one compares a record with capabilities, without a call.
    let names: Vec<_> = passed.iter().map(|result| result.name).collect();
    assert_eq!(names, ["module_type.offered"], "{report}");
    assert!(report.failures().count() > 50, "{report}");
}

#[test]
fn checks_have_names_of_their_own() {
    let checks = Conformance::checks();
    let names: std::collections::HashSet<_> = checks.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), checks.len());
    assert!(checks.iter().all(|(name, rule)| name.contains('.') && rule.ends_with('.')));
}
