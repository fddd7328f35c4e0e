//! The outcome of the conformance suite.

use std::fmt;

/// The results of all checks, in the order in which they ran.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct ConformanceReport {
    /// One result for each check.
    pub results: Vec<CheckResult>,
}

impl ConformanceReport {
    /// Returns true if no check failed.
    pub fn is_passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// Returns the checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &CheckResult> {
        self.results.iter().filter(|result| matches!(result.outcome, CheckOutcome::Failed(_)))
    }

    /// Returns the result of the check with this name.
    pub fn result(&self, name: &str) -> Option<&CheckResult> {
        self.results.iter().find(|result| result.name == name)
    }

    /// Returns the number of cases in all checks.
    pub fn cases(&self) -> usize {
        self.results.iter().map(|result| result.cases).sum()
    }

    /// Does nothing when no check failed.
    ///
    /// # Panics
    /// Panics if a check failed, with the whole report.
    #[track_caller]
    #[allow(clippy::panic, reason = "an assertion for tests")]
    pub fn assert_passed(&self) {
        assert!(self.is_passed(), "the module does not keep the contract\n{self}");
    }
}

impl From<CheckResult> for ConformanceReport {
    fn from(result: CheckResult) -> Self {
        Self { results: vec![result] }
    }
}

impl fmt::Display for ConformanceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.results.iter().map(|result| result.name.len()).max().unwrap_or_default();
        for result in &self.results {
            writeln!(f, "{:<width$}  {:>5}  {}", result.name, result.cases, result.outcome)?;
        }
        let count =
            |is: fn(&CheckOutcome) -> bool| self.results.iter().filter(|result| is(&result.outcome)).count();
        let passed = count(|outcome| matches!(outcome, CheckOutcome::Passed));
        let failed = count(|outcome| matches!(outcome, CheckOutcome::Failed(_)));
        let skipped = count(|outcome| matches!(outcome, CheckOutcome::Skipped(_)));
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped, {} cases", self.cases())
    }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CheckResult {
    /// The name, such as `authorization.expired`.
    pub name: &'static str,
    /// The rule that is checked, in a sentence.
    pub rule: &'static str,
    /// The number of comparisons.
    pub cases: usize,
    /// The outcome.
    pub outcome: CheckOutcome,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CheckOutcome {
    /// Every case was as expected.
    Passed,
    /// Some cases were not.
    Failed(Vec<Mismatch>),
    /// The check does not apply; the reason.
    Skipped(String),
}

/// The most mismatches of a check that are written out.
const MAX_SHOWN: usize = 5;

impl fmt::Display for CheckOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::Failed(mismatches) => {
                write!(f, "FAILED in {} cases", mismatches.len())?;
                mismatches.iter().take(MAX_SHOWN).try_for_each(|mismatch| write!(f, "\n{mismatch}"))
            }
        }
    }
}

/// A case that was not as expected.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The case.
    pub case: String,
    /// The expected behaviour.
    pub expected: String,
    /// The behaviour of the module.
    pub seen: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "    {}\n      expected: {}\n      seen:     {}", self.case, self.expected, self.seen)
    }
}
