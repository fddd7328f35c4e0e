//! The filter language of the parameter `q`.
//!
//! A [`Query`] is built of clauses that must all hold. The clauses come from the fields of a
//! resource, one module each: [`insights`], [`signals`], [`entities`] and so on. What a field can
//! be compared with, and how, follows from its kind: [`TextField`], [`NumberField`], [`TimeField`],
//! [`FlagField`], [`SeverityField`]. Values are quoted and escaped, so no value can reach beyond
//! its clause.
//!
//! ```
//! use sumo_client::api::insights::InsightSeverity;
//! use sumo_client::query::{Query, Span, insights};
//!
//! let query = Query::new()
//!     .and(!insights::STATUS.equals("closed"))
//!     .and(insights::SEVERITY.at_least(InsightSeverity::High))
//!     .and(insights::CREATED.within_last(Span::Days(7)))
//!     .and(insights::NAME.contains(r#"the "odd" one"#))
//!     .text("192.0.2.1");
//! assert_eq!(
//!     query.as_str(),
//!     [
//!         r#"-status:"closed" severity:>="HIGH" created:NOW-7D..NOW"#,
//!         r#"name:contains("the \"odd\" one") 192.0.2.1"#,
//!     ]
//!     .join(" ")
//! );
//! ```
//!
//! The language has no way to say "or" across fields, and none to search for absent values; use
//! [`one_of`](TextField::one_of), or filter what comes.

mod clause;
mod fields;

pub use clause::{Clause, FlagField, NumberField, SeverityField, Span, TextField, TimeField};
pub use fields::{entities, insights, list_items, log_mappings, rules, signals};

use std::fmt;

/// A filter for lists: clauses that must all hold, or a text in the language of the API.
///
/// See the [module](self) for how to build one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    text: String,
}

impl Query {
    /// A filter that everything passes.
    pub fn new() -> Self {
        Self::default()
    }

    /// A filter as text, sent as it is. Do not put values of others into it without care: this is
    /// the one place where a value can become a clause.
    ///
    /// ```
    /// use sumo_client::Query;
    ///
    /// let query = Query::raw(r#"-status:"closed" severity:"HIGH""#);
    /// ```
    pub fn raw(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// Adds a clause that must hold, too.
    #[must_use]
    pub fn and(self, clause: Clause) -> Self {
        self.push(clause.as_str())
    }

    /// Adds a text that must be found anywhere in the object. An empty text adds nothing.
    ///
    /// A plain word is sent as it is. A value that could be read as something else, such as a URL
    /// or one with blanks, is sent in quotes.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        if text.is_empty() {
            self
        } else if is_plain_word(text) {
            self.push(text)
        } else {
            self.push(&clause::quoted(text))
        }
    }

    /// The filter as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn push(mut self, part: &str) -> Self {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(part);
        self
    }
}

/// Returns true if a text is one word that cannot be taken for a clause, a negation or a quote.
fn is_plain_word(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b'@');
    text.bytes().all(is_plain) && !text.starts_with('-')
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for Query {
    fn from(text: &str) -> Self {
        Self::raw(text)
    }
}

impl From<String> for Query {
    fn from(text: String) -> Self {
        Self::raw(text)
    }
}

impl From<&Query> for Query {
    fn from(query: &Query) -> Self {
        query.clone()
    }
}

impl From<Clause> for Query {
    fn from(clause: Clause) -> Self {
        Self::new().and(clause)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::api::insights::InsightSeverity;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn every_comparison_is_written_as_the_language_wants_it() {
        let noon = time("2026-03-01T12:00:00Z");
        let table: Vec<(Clause, &str)> = vec![
            (insights::ID.equals("a"), r#"id:"a""#),
            (!insights::STATUS.equals("closed"), r#"-status:"closed""#),
            (!!insights::STATUS.equals("closed"), r#"status:"closed""#),
            (insights::STATUS.one_of(["new", "closed"]), r#"status:in("new","closed")"#),
            (insights::NAME.contains("a b"), r#"name:contains("a b")"#),
            (insights::SEVERITY.equals(InsightSeverity::Low), r#"severity:"LOW""#),
            (insights::SEVERITY.equals("HIGH"), r#"severity:"HIGH""#),
            (insights::SEVERITY.one_of(["LOW", "HIGH"]), r#"severity:in("LOW","HIGH")"#),
            (insights::SEVERITY.above(InsightSeverity::Low), r#"severity:>"LOW""#),
            (insights::SEVERITY.at_most(InsightSeverity::High), r#"severity:<="HIGH""#),
            (insights::SEVERITY.one_of([InsightSeverity::High]), r#"severity:in("HIGH")"#),
            (signals::SEVERITY.equals(5), "severity:5"),
            (signals::SEVERITY.one_of([4, 5]), "severity:in(4,5)"),
            (signals::SEVERITY.above(5), "severity:>5"),
            (signals::SEVERITY.at_least(5), "severity:>=5"),
            (signals::SEVERITY.below(5), "severity:<5"),
            (signals::SEVERITY.at_most(5), "severity:<=5"),
            (signals::SEVERITY.between(5, 10), "severity:5..10"),
            (insights::CONFIDENCE.at_least(0.5), "confidence:>=0.5"),
            (signals::SUPPRESSED.is(false), r#"suppressed:"false""#),
            (insights::CREATED.since(noon), "created:>=2026-03-01T12:00:00Z"),
            (insights::CREATED.after(noon), "created:>2026-03-01T12:00:00Z"),
            (insights::CREATED.until(noon), "created:<=2026-03-01T12:00:00Z"),
            (insights::CREATED.before(noon), "created:<2026-03-01T12:00:00Z"),
            (insights::CREATED.between(noon, noon), "created:2026-03-01T12:00:00Z..2026-03-01T12:00:00Z"),
            (insights::CREATED.within_last(Span::Hours(24)), "created:NOW-24h..NOW"),
            (insights::CREATED.within_last(Span::Minutes(15)), "created:NOW-15m..NOW"),
        ];
        for (clause, text) in table {
            assert_eq!(clause.as_str(), text);
        }
    }

    #[test]
    fn a_time_carries_no_plus() {
        let offset = DateTime::parse_from_rfc3339("2026-03-01T14:00:00.5+02:00").unwrap();
        assert_eq!(insights::CREATED.since(offset).as_str(), "created:>=2026-03-01T12:00:00.500Z");
    }

    #[test]
    fn free_text_is_quoted_where_it_could_mean_something() {
        for (text, query) in [
            ("192.0.2.1", "192.0.2.1"),
            ("web-01.example.com", "web-01.example.com"),
            ("-web", r#""-web""#),
            ("http://a/b?c", r#""http://a/b?c""#),
            ("2001:db8::1", r#""2001:db8::1""#),
            ("two words", r#""two words""#),
            ("a+b", r#""a+b""#),
            ("", ""),
        ] {
            assert_eq!(Query::new().text(text).as_str(), query);
        }
    }
}
