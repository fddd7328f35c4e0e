//! What was not searched, or only in part, and why.

use std::fmt;
use std::sync::Arc;

use sumo_client::Error;

use super::SIEM_API;
use super::answer::SearchesEnded;
use crate::envelope::ErrorItem;
use crate::upstream;

/// How much of a value a warning shows, in characters.
const SHOWN_CHARS: usize = 128;

/// The values whose searches failed, in the order of the request.
pub(super) struct Unfinished<'a> {
    failures: Vec<Failure<'a>>,
    is_all: bool,
}

struct Failure<'a> {
    value: &'a str,
    searches: &'static str,
    error: &'a Arc<Error>,
}

impl<'a> Unfinished<'a> {
    pub(super) fn of(outcomes: impl Iterator<Item = (&'a Arc<str>, &'a SearchesEnded)>) -> Self {
        let mut unfinished = Self { failures: Vec::new(), is_all: true };
        for (value, ended) in outcomes {
            let (searches, error) = match (&ended.insights, &ended.signals) {
                (Err(error), Err(_)) => ("not searched", error),
                (Err(error), Ok(_)) => ("insights not searched", error),
                (Ok(_), Err(error)) => ("signals not searched", error),
                (Ok(_), Ok(_)) => {
                    unfinished.is_all = false;
                    continue;
                }
            };
            unfinished.is_all &= searches == "not searched";
            unfinished.failures.push(Failure { value, searches, error });
        }
        unfinished
    }

    /// The contract's errors when no search at all succeeded, else one warning that names what failed.
    pub(super) fn into_errors(self, host: &str) -> Vec<ErrorItem> {
        if self.failures.is_empty() {
            return Vec::new();
        }
        if !self.is_all {
            return vec![ErrorItem::search_unfinished(self)];
        }
        let mut errors: Vec<ErrorItem> = Vec::new();
        for failure in &self.failures {
            let error = upstream::error_item(failure.error, host, SIEM_API);
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        errors
    }
}

impl fmt::Display for Unfinished<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.failures.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let shown: String = failure.value.chars().take(SHOWN_CHARS).collect();
            let dots = if shown.len() < failure.value.len() { "…" } else { "" };
            write!(f, "{separator}{shown}{dots} ({}: {})", failure.searches, reason(failure.error))?;
        }
        Ok(())
    }
}

/// Why a search failed, in a few words.
fn reason(error: &Error) -> String {
    match error.status() {
        Some(status) if error.is_rate_limited() => {
            format!("rate limit of Sumo Logic, HTTP {}", status.as_u16())
        }
        Some(status) if !status.is_success() => format!("Sumo Logic answered HTTP {}", status.as_u16()),
        _ if error.is_rate_limit_deadline() => "its turn under the rate limit came too late".to_owned(),
        _ if error.is_timeout() || error.is_deadline() => "no answer in time".to_owned(),
        _ if error.is_tls() => "the certificate of Sumo Logic was not accepted".to_owned(),
        _ if error.is_too_large() => "the answer of Sumo Logic was too large".to_owned(),
        _ if error.is_decode() => "the answer of Sumo Logic could not be read".to_owned(),
        _ => "no connection to Sumo Logic".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::{Ended, More};
    use super::*;

    fn good() -> Ended {
        Ok(More(false))
    }

    fn bad(error: Error) -> Ended {
        Err(Arc::new(error))
    }

    fn errors(outcomes: Vec<SearchesEnded>) -> Vec<ErrorItem> {
        let values: Vec<Arc<str>> = (0..outcomes.len()).map(|n| Arc::from(format!("v{n}"))).collect();
        Unfinished::of(values.iter().zip(&outcomes)).into_errors("api.sumologic.com")
    }

    #[test]
    fn what_failed_is_named_with_the_reason() {
        let told = errors(vec![
            SearchesEnded { insights: good(), signals: good() },
            SearchesEnded { insights: good(), signals: bad(Error::from_status(500, "")) },
            SearchesEnded { insights: bad(Error::timeout("x")), signals: bad(Error::timeout("x")) },
        ]);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].code, "search job did not finish");
        let text =
            "v1 (signals not searched: Sumo Logic answered HTTP 500), v2 (not searched: no answer in time)";
        assert!(told[0].message.ends_with(text), "{}", told[0].message);
    }

    #[test]
    fn when_all_failed_the_errors_are_the_contracts() {
        let refused = || SearchesEnded {
            insights: bad(Error::from_status(401, "")),
            signals: bad(Error::from_status(401, "")),
        };
        let told = errors(vec![refused(), refused()]);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].code, "Unauthorized");
        assert!(errors(vec![SearchesEnded { insights: good(), signals: good() }]).is_empty());
    }

    #[test]
    fn long_values_are_shortened() {
        let failed = SearchesEnded { insights: good(), signals: bad(Error::from_status(500, "")) };
        let value: Arc<str> = Arc::from("ä".repeat(1000));
        let told = Unfinished::of(std::iter::once((&value, &failed))).to_string();
        assert!(told.contains('…') && told.len() < 400);
    }
}
