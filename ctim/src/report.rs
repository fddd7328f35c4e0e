//! The result of validation: every problem with its place, its rule and its level.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::id::EntityId;

/// The level of a [`Violation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Advice: the object is accepted, but it is likely a mistake.
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
    /// The text is not JSON.
    Json,
    /// An object has two members of the same name, of which reading keeps the last one.
    DuplicateMember,
    /// A required field is missing.
    Required,
    /// The JSON value has another type than the model says.
    JsonType,
    /// `null` stands where the model wants the field to be left out.
    Null,
    /// The structure has no field of this name.
    UnknownField,
    /// A text is longer than its limit. Lengths are UTF-16 code units, as Cisco's service counts
    /// them.
    Length,
    /// A text does not have the form of its kind (URI, version, CVSS vector, CPE name, lower-case
    /// word).
    Pattern,
    /// An entity's own id is neither a long nor a transient id.
    Id,
    /// A reference is neither a long nor a transient id.
    Reference,
    /// A reference points to an entity of another type than the model allows here.
    ReferenceType,
    /// A field that has one fixed value has another.
    FixedValue,
    /// A value is not on its vocabulary's list. An error where the list is closed, a warning where
    /// it is open.
    Vocabulary,
    /// A number is out of its range.
    Range,
    /// A text cannot be read as a time.
    Time,
    /// A time can be read, but is not written as RFC 3339 with a zone (`2016-02-11T00:40:48.212Z`).
    /// Cisco's service takes other forms of ISO 8601 too; the published schema refuses them.
    TimeForm,
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
    /// Returns the rule's name in kebab case, fit for logs and for filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::DuplicateMember => "duplicate-member",
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
            Self::TimeForm => "time-form",
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

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One broken rule at one place.
///
/// As JSON: `{"level": "error", "rule": "length", "pointer": "/title", "entity_id": "transient:1",
/// "detail": "…"}`, with a `"suggestion"` where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Violation {
    /// JSON pointer (RFC 6901) of the value, seen from the validated object; empty for the object
    /// itself.
    pub pointer: String,
    /// The rule that is broken.
    pub rule: Rule,
    /// The problem: the value's length, or the value itself cut to a bounded size.
    pub detail: String,
    /// True if the object is invalid for it.
    pub level: Level,
    /// Shared by all violations of an entity, so that many of them cost little.
    entity_id: Option<Arc<EntityId>>,
    suggestion: Option<String>,
}

impl Violation {
    pub(crate) fn new(pointer: String, level: Level, rule: Rule, detail: String) -> Self {
        Self { pointer, rule, detail, level, entity_id: None, suggestion: None }
    }

    /// Returns the id of the innermost entity in which the value stands, such as that of one
    /// sighting of a bundle; none if the entity has no id, or one that is longer than the model
    /// allows.
    #[must_use]
    pub fn entity_id(&self) -> Option<&EntityId> {
        self.entity_id.as_deref()
    }

    /// Returns the text that could stand in the place of the value: the listed word that differs
    /// from it by a slip or two of the keyboard, or by the name that other products have for it
    /// (`ipv4` is `ip`), or the same time in the form of the model, in UTC if it has no zone. None
    /// if that is not plain.
    ///
    /// ```
    /// let json = serde_json::json!({
    ///     "type": "casebook", "id": "transient:1", "schema_version": "1.3.29", "tlp": "Ambre"
    /// });
    /// let report = ctim::Entity::check_json(&json);
    /// assert_eq!(report.errors().next().and_then(|error| error.suggestion()), Some("amber"));
    /// ```
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// Names the entity, unless a more precise one is named already.
    pub(crate) fn within(mut self, entity_id: Option<Arc<EntityId>>) -> Self {
        self.entity_id = self.entity_id.or(entity_id);
        self
    }
}

impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut object = serializer.serialize_struct("Violation", 6)?;
        object.serialize_field("level", &self.level)?;
        object.serialize_field("rule", &self.rule)?;
        object.serialize_field("pointer", &self.pointer)?;
        match self.entity_id() {
            Some(id) => object.serialize_field("entity_id", id)?,
            None => object.skip_field("entity_id")?,
        }
        object.serialize_field("detail", &self.detail)?;
        match self.suggestion() {
            Some(suggestion) => object.serialize_field("suggestion", suggestion)?,
            None => object.skip_field("suggestion")?,
        }
        object.end()
    }
}

impl std::error::Error for Violation {}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the object itself" } else { &self.pointer };
        write!(f, "{} at {place}: {} ({})", self.level, self.detail, self.rule)
    }
}

/// All that validation found.
///
/// It is written as a list of violations, and it is an error by itself, so that `?` can hand it on:
///
/// ```
/// use ctim::{Entity, Report};
///
/// fn check(text: &str) -> Result<Report, Report> {
///     let warnings = Entity::check_text(text).into_result()?;
///     Ok(warnings)
/// }
///
/// let error = check(r#"{"type": "casebook", "id": "transient:1"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "error at /schema_version: required field is missing (required)");
/// assert_eq!(serde_json::to_value(&error)?[0]["entity_id"], "transient:1");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Report {
    violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn add(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Says what could stand in the place of the value that was reported last.
    pub(crate) fn suggest(&mut self, suggestion: String) {
        if let Some(last) = self.violations.last_mut() {
            last.suggestion = Some(suggestion);
        }
    }

    /// Returns true if nothing found is an error. Warnings do not make an object invalid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors().next().is_none()
    }

    /// Returns true if there is neither error nor warning.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    /// Returns the number of errors and warnings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.violations.len()
    }

    /// Errors and warnings.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.violations.iter()
    }

    /// Returns the errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Violation> {
        self.of_level(Level::Error)
    }

    /// Returns the warnings alone.
    pub fn warnings(&self) -> impl Iterator<Item = &Violation> {
        self.of_level(Level::Warning)
    }

    /// Returns the report as a result: the warnings if nothing is an error, and everything
    /// otherwise.
    ///
    /// # Errors
    /// If the report has an error.
    ///
    /// ```
    /// use ctim::{Observable, Validate};
    ///
    /// let warnings = Observable::new("ip", "").validate().into_result()?;
    /// assert_eq!(warnings.len(), 1);
    /// # Ok::<(), ctim::Report>(())
    /// ```
    pub fn into_result(self) -> Result<Self, Self> {
        if self.is_valid() { Ok(self) } else { Err(self) }
    }

    /// Puts the [suggestion](Violation::suggestion) of each violation in its place in the JSON that
    /// was judged, and returns the violations that are mended by it. Nothing else changes.
    ///
    /// ```
    /// let mut json = serde_json::json!({
    ///     "type": "casebook", "id": "transient:1", "schema_version": "1.3.29", "tlp": "Ambre"
    /// });
    /// let mended = ctim::Entity::check_json(&json).mend(&mut json);
    /// assert_eq!(mended.iter().next().map(|it| it.pointer.as_str()), Some("/tlp"));
    /// assert_eq!(json["tlp"], "amber");
    /// ```
    pub fn mend(self, json: &mut Value) -> Self {
        let mut is_mended = |violation: &Violation| {
            let Some(text) = violation.suggestion() else { return false };
            let Some(value) = json.pointer_mut(&violation.pointer) else { return false };
            *value = text.into();
            true
        };
        self.into_iter().filter(|violation| is_mended(violation)).collect()
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

impl std::error::Error for Report {}

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

impl FromIterator<Violation> for Report {
    fn from_iter<I: IntoIterator<Item = Violation>>(violations: I) -> Self {
        Self { violations: Vec::from_iter(violations) }
    }
}

impl Extend<Violation> for Report {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, violations: I) {
        self.violations.extend(violations);
    }
}
