//! The conformance suite on modules that keep the contract.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use xdr_module::Capability;
use xdr_module::testing::{CheckOutcome, Conformance, TestIssuer, TokenClaims};

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

/// Returns the text of the only result of a suite that could not begin.
async fn preflight(suite: Conformance) -> String {
    let report = suite.run().await;
    let names: Vec<_> = report.failures().map(|result| result.name).collect();
    assert_eq!((names.as_slice(), report.results.len()), (&["preflight"][..], 1), "{report}");
    report.to_string()
}

#[tokio::test]
async fn a_module_that_does_not_answer_is_told_once() {
    let issuer = TestIssuer::start().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, told) in [
        (format!("http://{closed}"), "start it"),
        (closed.to_string(), "expected http://host:port"),
        ("localhost".to_owned(), "expected http://host:port"),
    ] {
        let report = preflight(suite(&url, &issuer, &Sample::default())).await;
        assert!(report.contains(told), "{url}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_told_once_with_the_next_step() {
    let (issuer, stranger) = (TestIssuer::start().unwrap(), TestIssuer::start().unwrap());
    let service = start(Sample::default(), &issuer);
    let suite = |issuer| suite(&service.url(), issuer, &Sample::default());
    for (suite, told) in [
        (suite(&issuer).with_claims(TokenClaims::default()), "`with_claims`"),
        (suite(&issuer).with_audience("https://other.example.com"), "`with_audience`"),
        (suite(&stranger), "`TestIssuer::apply_to`"),
    ] {
        let report = preflight(suite).await;
        assert!(report.contains(told) && report.contains("authorization error"), "{report}");
    }
}

#[test]
fn checks_have_names_of_their_own() {
    let checks = Conformance::checks();
    let names: std::collections::HashSet<_> = checks.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), checks.len());
    assert!(checks.iter().all(|(name, rule)| name.contains('.') && rule.ends_with('.')));
}
