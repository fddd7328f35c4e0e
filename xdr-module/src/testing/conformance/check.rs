//! Checks, and their findings.

use std::fmt::Display;

use futures_util::future::BoxFuture;
use http::StatusCode;
use serde_json::Value;

use super::check_error::CheckError;
use super::report::{CheckOutcome, CheckResult, Mismatch};
use super::subject::Subject;
use crate::telemetry::causes::Causes;
use crate::testing::caller::HttpResponse;

/// One check of the suite.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) rule: &'static str,
    pub(super) run: Run,
}

type Run =
    Box<dyn for<'a> Fn(&'a Subject, &'a mut Findings) -> BoxFuture<'a, Result<(), CheckError>> + Send + Sync>;

/// Makes a table of checks: name, rule, function.
macro_rules! checks {
    ($($name:literal, $rule:literal, $function:path;)+) => {
        /// Returns the checks of this file.
        pub(super) fn checks() -> Vec<$crate::testing::conformance::check::Check> {
            vec![$($crate::testing::conformance::check::Check {
                name: $name,
                rule: $rule,
                run: Box::new(|subject, findings| Box::pin($function(subject, findings))),
            }),+]
        }
    };
}

pub(super) use checks;

impl Check {
    /// Runs the check; what goes wrong in it is a mismatch, too.
    pub(super) async fn result(&self, subject: &Subject) -> CheckResult {
        let mut findings = Findings::default();
        let outcome = match (self.run)(subject, &mut findings).await {
            Err(CheckError::Skip(reason)) if findings.mismatches.is_empty() => CheckOutcome::Skipped(reason),
            Ok(()) | Err(CheckError::Skip(_)) => findings.outcome(),
            Err(error) => {
                findings.mismatch("the check itself", "a response to every request", Causes(&error));
                findings.outcome()
            }
        };
        CheckResult { name: self.name, rule: self.rule, cases: findings.cases, outcome }
    }
}

/// The longest text that a mismatch shows, in characters.
const MAX_TEXT: usize = 600;

/// The cases of a check, and those that were not as expected.
#[derive(Default)]
pub(super) struct Findings {
    cases: usize,
    mismatches: Vec<Mismatch>,
}

impl Findings {
    /// Notes a case that was as expected or not.
    pub(super) fn require(
        &mut self,
        is_fine: bool,
        case: impl Display,
        expected: impl Display,
        seen: impl Display,
    ) -> bool {
        self.cases += 1;
        if !is_fine {
            self.mismatch(case, expected, seen);
        }
        is_fine
    }

    /// Notes a case whose two texts should be equal.
    pub(super) fn equal(&mut self, case: impl Display, expected: impl Display, seen: impl Display) -> bool {
        let (expected, seen) = (expected.to_string(), seen.to_string());
        self.require(expected == seen, case, expected, seen)
    }

    /// Notes a response that should be this body, at status 200 and as JSON.
    pub(super) fn reply(&mut self, case: impl Display, expected: &Value, response: &HttpResponse) {
        let is_fine = response.status == StatusCode::OK
            && response.header("content-type") == "application/json"
            && response.json() == *expected;
        self.require(is_fine, case, format_args!("200 application/json {expected}"), seen(response));
    }

    /// Returns true if no case was run yet.
    pub(super) fn is_empty(&self) -> bool {
        self.cases == 0
    }

    fn mismatch(&mut self, case: impl Display, expected: impl Display, seen: impl Display) {
        let short = |text: String| match text.char_indices().nth(MAX_TEXT) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        let (case, expected, seen) = (case.to_string(), expected.to_string(), seen.to_string());
        self.mismatches.push(Mismatch { case: short(case), expected: short(expected), seen: short(seen) });
    }

    fn outcome(&mut self) -> CheckOutcome {
        if self.cases == 0 && self.mismatches.is_empty() {
            self.mismatch("the check itself", "at least one case", "none: there was nothing to look at");
        }
        match std::mem::take(&mut self.mismatches) {
            none if none.is_empty() => CheckOutcome::Passed,
            some => CheckOutcome::Failed(some),
        }
    }
}

/// Returns status, content type and body of a response in one line.
pub(super) fn seen(response: &HttpResponse) -> String {
    format!("{} {} {}", response.status.as_u16(), response.header("content-type"), response.text())
}
