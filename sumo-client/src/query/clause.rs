//! Clauses, and the kinds of fields that they are made from.

use std::fmt::Display;
use std::ops::Not;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};

use crate::api::insight_severity::InsightSeverity;

/// A condition on one field. `!` turns it into its opposite.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clause(String);

impl Clause {
    fn new(field: &str, test: impl Display) -> Self {
        Self(format!("{field}:{test}"))
    }

    fn one_of(field: &str, values: impl Iterator<Item = String>) -> Self {
        // Without blanks, as the clients write it that are known to work.
        Self::new(field, format_args!("in({})", values.collect::<Vec<_>>().join(",")))
    }

    /// The clause as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Not for Clause {
    type Output = Self;

    fn not(self) -> Self {
        match self.0.strip_prefix('-') {
            Some(clause) => Self(clause.to_owned()),
            None => Self(format!("-{}", self.0)),
        }
    }
}

/// A value in quotes, in which nothing has a meaning of its own.
pub(super) fn quoted(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// A field that holds text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextField(pub(super) &'static str);

impl TextField {
    /// The field is this text.
    pub fn equals(self, value: impl AsRef<str>) -> Clause {
        Clause::new(self.0, quoted(value.as_ref()))
    }

    /// The field is one of these texts: `value:in("a","b")`.
    ///
    /// One call asks for many values this way. Keep to some hundred of them, since they travel in
    /// the URL. The language has no empty list: a clause without any text is refused by the server.
    ///
    /// ```
    /// use sumo_client::query::list_items;
    ///
    /// let clause = list_items::VALUE.one_of(["198.51.100.24", r#"a "quoted" \ value"#]);
    /// assert_eq!(clause.as_str(), r#"value:in("198.51.100.24","a \"quoted\" \\ value")"#);
    /// ```
    pub fn one_of(self, values: impl IntoIterator<Item = impl AsRef<str>>) -> Clause {
        Clause::one_of(self.0, values.into_iter().map(|value| quoted(value.as_ref())))
    }

    /// The field has this text in it.
    pub fn contains(self, part: impl AsRef<str>) -> Clause {
        Clause::new(self.0, format_args!("contains({})", quoted(part.as_ref())))
    }
}

/// A field that is true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlagField(pub(super) &'static str);

impl FlagField {
    /// The field has this value.
    pub fn is(self, value: bool) -> Clause {
        Clause::new(self.0, format_args!("\"{value}\""))
    }
}

/// A field that holds a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NumberField(pub(super) &'static str);

impl NumberField {
    /// The field is this number.
    pub fn equals(self, value: impl Into<f64>) -> Clause {
        Clause::new(self.0, value.into())
    }

    /// The field is one of these numbers.
    pub fn one_of(self, values: impl IntoIterator<Item = impl Into<f64>>) -> Clause {
        Clause::one_of(self.0, values.into_iter().map(|value| value.into().to_string()))
    }

    /// The field is greater than this number.
    pub fn above(self, bound: impl Into<f64>) -> Clause {
        Clause::new(self.0, format_args!(">{}", bound.into()))
    }

    /// The field is this number or greater.
    pub fn at_least(self, bound: impl Into<f64>) -> Clause {
        Clause::new(self.0, format_args!(">={}", bound.into()))
    }

    /// The field is less than this number.
    pub fn below(self, bound: impl Into<f64>) -> Clause {
        Clause::new(self.0, format_args!("<{}", bound.into()))
    }

    /// The field is this number or less.
    pub fn at_most(self, bound: impl Into<f64>) -> Clause {
        Clause::new(self.0, format_args!("<={}", bound.into()))
    }

    /// The field lies between these numbers, or is one of them.
    pub fn between(self, low: impl Into<f64>, high: impl Into<f64>) -> Clause {
        Clause::new(self.0, format_args!("{}..{}", low.into(), high.into()))
    }
}

/// A field that holds the severity of an insight, which has an order. Severities may be given as
/// text: `"HIGH"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeverityField(pub(super) &'static str);

impl SeverityField {
    /// The insight has this severity.
    pub fn equals(self, severity: impl Into<InsightSeverity>) -> Clause {
        Clause::new(self.0, quoted(severity.into().as_str()))
    }

    /// The insight has one of these severities.
    pub fn one_of(self, severities: impl IntoIterator<Item = impl Into<InsightSeverity>>) -> Clause {
        Clause::one_of(self.0, severities.into_iter().map(|severity| quoted(severity.into().as_str())))
    }

    /// The insight is graver than this.
    pub fn above(self, severity: impl Into<InsightSeverity>) -> Clause {
        Clause::new(self.0, format_args!(">{}", quoted(severity.into().as_str())))
    }

    /// The insight is as grave as this or graver.
    pub fn at_least(self, severity: impl Into<InsightSeverity>) -> Clause {
        Clause::new(self.0, format_args!(">={}", quoted(severity.into().as_str())))
    }

    /// The insight is less grave than this.
    pub fn below(self, severity: impl Into<InsightSeverity>) -> Clause {
        Clause::new(self.0, format_args!("<{}", quoted(severity.into().as_str())))
    }

    /// The insight is as grave as this or less.
    pub fn at_most(self, severity: impl Into<InsightSeverity>) -> Clause {
        Clause::new(self.0, format_args!("<={}", quoted(severity.into().as_str())))
    }
}

/// A field that holds a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeField(pub(super) &'static str);

impl TimeField {
    /// The time is later than this.
    pub fn after<Z: TimeZone>(self, time: DateTime<Z>) -> Clause {
        Clause::new(self.0, format_args!(">{}", literal(&time)))
    }

    /// The time is this or later.
    pub fn since<Z: TimeZone>(self, time: DateTime<Z>) -> Clause {
        Clause::new(self.0, format_args!(">={}", literal(&time)))
    }

    /// The time is earlier than this.
    pub fn before<Z: TimeZone>(self, time: DateTime<Z>) -> Clause {
        Clause::new(self.0, format_args!("<{}", literal(&time)))
    }

    /// The time is this or earlier.
    pub fn until<Z: TimeZone>(self, time: DateTime<Z>) -> Clause {
        Clause::new(self.0, format_args!("<={}", literal(&time)))
    }

    /// The time lies between these.
    pub fn between<Z: TimeZone>(self, start: DateTime<Z>, end: DateTime<Z>) -> Clause {
        Clause::new(self.0, format_args!("{}..{}", literal(&start), literal(&end)))
    }

    /// The time lies within the last days, hours or minutes.
    pub fn within_last(self, span: Span) -> Clause {
        let (number, unit) = match span {
            Span::Days(days) => (days, 'D'),
            Span::Hours(hours) => (hours, 'h'),
            Span::Minutes(minutes) => (minutes, 'm'),
        };
        Clause::new(self.0, format_args!("NOW-{number}{unit}..NOW"))
    }
}

/// A length of time as the language writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// So many days.
    Days(u32),
    /// So many hours.
    Hours(u32),
    /// So many minutes.
    Minutes(u32),
}

/// A time in UTC with `Z`: an offset would carry a `+`, which the server reads as something else.
fn literal<Z: TimeZone>(time: &DateTime<Z>) -> String {
    time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
