//! Notices beside the lists of an answer: values that were not searched, not shown or not
//! readable, and why.

use std::fmt;
use std::sync::Arc;

use sumo_client::Error;

use super::lists::{Counts, PerKind};
use crate::rights::right_for;
use crate::search::Skipped;
use xdr_module::contract::observable::Observable;

/// The maximum length of a value in a notice, in characters.
const SHOWN_CHARS: usize = 128;

/// The value, cut if it is long.
pub(crate) fn shortened(value: &str) -> String {
    let shown: String = value.chars().take(SHOWN_CHARS).collect();
    let dots = if shown.len() < value.len() { "…" } else { "" };
    shown + dots
}

/// Something to be said beside the lists.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Cloud SIEM holds more insights for the value than this limit.
    MoreInsights { value: Arc<str>, limit: u32 },
    /// Cloud SIEM holds more signals for the value than are searched.
    MoreSignals { value: Arc<str> },
    /// Not everything that was found for these observables is in the lists, which hold at most this
    /// many entities. `link` leads to a page that shows all.
    ListsCut { observables: Vec<(Observable, Counts)>, limit: usize, link: String },
    /// Cloud SIEM found this many insights and signals for these observables, and sent nothing that
    /// shows them: it may have read them as a query. `link` leads to a page that shows all.
    NotShown { observables: Vec<(Observable, PerKind)>, link: String },
    /// Values that were not searched, or only in part; `link` leads to a page where they can be.
    Unfinished { unfinished: Unfinished, link: String },
    /// The reason why one search failed, when all failed.
    Failed(Arc<Error>),
}

/// The values that were not searched, or only in part, each with the reason.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(Vec<(Arc<str>, String)>);

impl Unfinished {
    fn add(&mut self, value: &Arc<str>, text: String) {
        self.0.push((value.clone(), text));
    }

    pub(super) fn add_failed(&mut self, value: &Arc<str>, searches: &str, error: &Error) {
        self.add(value, format!("{searches}: {}", reason(error)));
    }

    /// Adds the parts of the pages found for `value` that were not looked at, if there are any.
    pub(super) fn add_skipped(&mut self, value: &Arc<str>, skipped: Skipped) {
        let counts =
            [("insight", skipped.insights), ("signal", skipped.signals), ("record", skipped.records)];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {name}{plural} could not be read")
        });
        let records = skipped.all_records.then(|| "the records of the insights were not searched".to_owned());
        let texts: Vec<_> = counts.chain(records).collect();
        if !texts.is_empty() {
            self.add(value, texts.join(", "));
        }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(value, _)| value.as_ref())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (value, text)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{} ({text})", shortened(value))?;
        }
        Ok(())
    }
}

/// The most of Sumo Logic's own message that is shown, in characters.
const MESSAGE_CHARS: usize = 200;

/// Sumo Logic's own message in one line and bounded.
pub(crate) fn message(error: &Error) -> Option<String> {
    let message = error.message().or(error.body())?;
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = line.chars().filter(|c| !c.is_control()).take(MESSAGE_CHARS).collect();
    let dots = if line.chars().count() > MESSAGE_CHARS { "…" } else { "" };
    (!shown.is_empty()).then_some(shown + dots)
}

/// The right that the access key lacks, if that is what the error is about.
pub(crate) fn missing_right(error: &Error) -> Option<&'static str> {
    error.operation().filter(|_| error.is_forbidden()).and_then(right_for)
}

/// Returns the reason why a search failed, in a few words.
pub(crate) fn reason(error: &Error) -> String {
    match error.status() {
        Some(status) if error.is_rate_limited() => {
            format!("rate limit of Sumo Logic, HTTP {}", status.as_u16())
        }
        Some(status) if !status.is_success() => {
            let right = missing_right(error).map(|right| format!("; the access key lacks the right {right}"));
            let said = message(error).map(|message| format!(": {message}"));
            let [said, right] = [said, right].map(Option::unwrap_or_default);
            format!("Sumo Logic answered HTTP {}{said}{right}", status.as_u16())
        }
        _ if error.is_rate_limit_deadline() => "its turn under the rate limit came too late".to_owned(),
        _ if error.is_circuit_open() => "Sumo Logic did not answer several times in a row".to_owned(),
        _ if error.is_body_budget_deadline() => "no memory was free for the answer in time".to_owned(),
        _ if error.is_timeout() || error.is_deadline() => "no answer in time".to_owned(),
        _ if error.is_tls() => "the certificate of Sumo Logic was not accepted".to_owned(),
        _ if error.is_too_large() => "the answer of Sumo Logic was too large".to_owned(),
        _ if error.is_decode() => "the answer of Sumo Logic could not be read".to_owned(),
        _ => "no connection to Sumo Logic".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_named_with_the_reason() {
        let mut unfinished = Unfinished::default();
        let [first, second, third] = ["v1", "v2", "v3"].map(Arc::from);
        unfinished.add_failed(&first, "signals not searched", &Error::from_status(500, ""));
        unfinished.add_failed(&second, "not searched", &Error::timeout("x"));
        unfinished.add_skipped(&third, Skipped::default());
        let text =
            "v1 (signals not searched: Sumo Logic answered HTTP 500), v2 (not searched: no answer in time)";
        assert_eq!(unfinished.to_string(), text);
        let skipped = Skipped { insights: 1, signals: 2, records: 3, all_records: true };
        unfinished.add_skipped(&third, skipped);
        let text = "v3 (1 insight could not be read, 2 signals could not be read, 3 records could not be read, \
                    the records of the insights were not searched)";
        assert!(unfinished.to_string().ends_with(text), "{unfinished}");
    }

    #[test]
    fn the_message_of_sumo_logic_is_one_bounded_line() {
        for (body, told) in [
            (r#"{"message": "bad\n  query\u0007"}"#, "HTTP 400: bad query"),
            (r#"{"message": " "}"#, "HTTP 400"),
            ("", "HTTP 400"),
        ] {
            let text = reason(&Error::from_status(400, body));
            assert_eq!(text, format!("Sumo Logic answered {told}"), "{body}");
        }
        let long = format!(r#"{{"message": "{}"}}"#, "é".repeat(5000));
        let text = reason(&Error::from_status(500, &long));
        assert!(text.chars().count() < 250 && text.ends_with('…'), "{text}");
    }

    #[test]
    fn long_values_are_shortened() {
        let mut unfinished = Unfinished::default();
        unfinished.add_failed(&"ä".repeat(1000).into(), "not searched", &Error::from_status(500, ""));
        let text = unfinished.to_string();
        assert!(text.contains('…') && text.len() < 400);
    }
}
