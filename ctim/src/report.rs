//! What validation says: every problem with its place, its rule and how grave it is.

use std::fmt;

/// How grave a [`Violation`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Advice: the object is accepted, but it is likely not what was meant.
    Warning,
    /// The object is not valid CTIM; a service that checks it refuses it.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The rule that a [`Violation`] breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// A required field is missing.
    Required,
    /// The JSON value has another type than the model says.
    JsonType,
    /// `null` stands where the model wants the field to be left out.
    Null,
    /// The structure has no field of this name.
    UnknownField,
    /// A text is longer than its limit. Lengths are UTF-16 code units, as Cisco's service counts them.
    Length,
    /// A text does not have the form of its kind (URI, version, CVSS vector, CPE name, lower-case word).
    Pattern,
    /// An entity's own id is neither a long nor a transient id.
    Id,
    /// A reference is neither a long nor a transient id.
    Reference,
    /// A reference points to an entity of another type than the model allows here.
    ReferenceType,
    /// A field that has one fixed value has another.
    FixedValue,
    /// A value is not on its vocabulary's list. An error where the list is closed, a warning where it is open.
    Vocabulary,
    /// A number is out of its range.
    Range,
    /// A text cannot be read as a time.
    Time,
    /// A time lies outside 1970-01-01T00:00:00Z (inclusive) to 2525-01-01T00:01:00Z (exclusive).
    TimeRange,
    /// A span ends before it starts.
    TimeOrder,
    /// A set has the same element twice.
    Duplicate,
    /// The disposition's number and its word do not belong together.
    Disposition,
    /// A phase is not one of its kill chain's phases.
    KillChainPhase,
    /// A text that should say something is empty.
    Empty,
    /// The model defines no relationship of this type between these types of entity.
    UndefinedRelationship,
    /// A transient reference has no entity with that id in the same bundle or answer.
    DanglingReference,
    /// The `count` of a list is not the number of its entities.
    Count,
}

impl Rule {
    /// The rule's name in kebab case, fit for logs and for filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::JsonType => "json-type",
            Self::Null => "null",
            Self::UnknownField => "unknown-field",
            Self::Length => "length",
            Self::Pattern => "pattern",
            Self::Id => "id",
            Self::Reference => "reference",
            Self::ReferenceType => "reference-type",
            Self::FixedValue => "fixed-value",
            Self::Vocabulary => "vocabulary",
            Self::Range => "range",
            Self::Time => "time",
            Self::TimeRange => "time-range",
            Self::TimeOrder => "time-order",
            Self::Duplicate => "duplicate",
            Self::Disposition => "disposition",
            Self::KillChainPhase => "kill-chain-phase",
            Self::Empty => "empty",
            Self::UndefinedRelationship => "undefined-relationship",
            Self::DanglingReference => "dangling-reference",
            Self::Count => "count",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Violation {
    /// JSON pointer (RFC 6901) of the value, seen from the validated object; empty for the object itself.
    pub pointer: String,
    /// The rule that is broken.
    pub rule: Rule,
    /// What is wrong: the value's length, or the value itself cut to a bounded size.
    pub detail: String,
    /// Whether the object is invalid for it.
    pub level: Level,
}

impl Violation {
    pub(crate) fn new(pointer: String, level: Level, rule: Rule, detail: String) -> Self {
        Self { pointer, rule, detail, level }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the object itself" } else { &self.pointer };
        write!(f, "{} at {place}: {} ({})", self.level, self.detail, self.rule)
    }
}

/// All that validation found, in the order of the model's fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn add(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Whether there is no error. Warnings do not make an object invalid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors().next().is_none()
    }

    /// Whether there is neither error nor warning.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    /// Number of errors and warnings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.violations.len()
    }

    /// Errors and warnings.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.violations.iter()
    }

    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Violation> {
        self.of_level(Level::Error)
    }

    /// The warnings alone.
    pub fn warnings(&self) -> impl Iterator<Item = &Violation> {
        self.of_level(Level::Warning)
    }

    fn of_level(&self, level: Level) -> impl Iterator<Item = &Violation> {
        self.violations.iter().filter(move |violation| violation.level == level)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, violation) in self.violations.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{violation}")?;
        }
        Ok(())
    }
}

impl IntoIterator for Report {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.violations.into_iter()
    }
}

impl<'a> IntoIterator for &'a Report {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.violations.iter()
    }
}

impl Extend<Violation> for Report {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, violations: I) {
        self.violations.extend(violations);
    }
}
