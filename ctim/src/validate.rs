//! Strict validation, separate from tolerant reading.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::id::EntityId;
use crate::model::{Kind, StructureInfo, VocabularyInfo};
use crate::node::Node;
use crate::pointer::{Path, Step};
use crate::report::{Level, Report, Rule, Violation};
use crate::text;

/// Validation against the model's rules.
///
/// It covers what both layers of Cisco's own validation check (names of fields and closed vocabularies; lengths,
/// forms, ids, ranges and the order of times), and finds all violations at once.
///
/// ```
/// use ctim::{Rule, Validate, ValidTime};
///
/// let span = ValidTime::builder()
///     .start_time("2024-05-02T00:00:00Z".parse::<ctim::Time>()?)
///     .end_time("2024-05-01T00:00:00Z".parse::<ctim::Time>()?)
///     .build();
/// let report = span.validate();
/// assert!(!report.is_valid());
/// assert_eq!(report.errors().next().map(|violation| violation.rule), Some(Rule::TimeOrder));
/// # Ok::<(), ctim::TimeError>(())
/// ```
pub trait Validate {
    /// All that breaks the model's rules; nothing is changed.
    fn validate(&self) -> Report;
}

/// What to say of a reference that nothing answers.
pub(crate) fn dangling(reference: Reference<'_>) -> Violation {
    let id = text::excerpt(reference.id.as_str());
    let detail = format!("no entity here has the id {id}");
    Violation::new(reference.pointer, Level::Error, Rule::DanglingReference, detail)
}

/// The walk that checks values.
#[derive(Default)]
pub(crate) struct Walk<'a> {
    path: Path<'a>,
    report: Report,
    /// Collected only when asked for, because each costs a text.
    references: Option<Vec<Reference<'a>>>,
}

/// A reference to another entity, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reference<'a> {
    /// JSON pointer (RFC 6901) of the reference, seen from the entity that has it.
    pub pointer: String,
    /// The id of the other entity.
    pub id: &'a EntityId,
}

/// All references to other entities that stand in a value.
pub(crate) fn references<T: Node>(value: &T) -> Vec<Reference<'_>> {
    let mut walk = Walk { references: Some(Vec::new()), ..Walk::default() };
    value.check(T::KIND, &mut walk);
    walk.references.unwrap_or_default()
}

impl<'a> Walk<'a> {
    pub(crate) fn into_report(self) -> Report {
        self.report
    }

    pub(crate) fn note_reference(&mut self, id: &'a EntityId) {
        if let Some(references) = &mut self.references {
            references.push(Reference { pointer: self.path.pointer(), id });
        }
    }

    pub(crate) fn error(&mut self, rule: Rule, detail: String) {
        self.add(Level::Error, rule, detail);
    }

    pub(crate) fn warning(&mut self, rule: Rule, detail: String) {
        self.add(Level::Warning, rule, detail);
    }

    pub(crate) fn add(&mut self, level: Level, rule: Rule, detail: String) {
        self.report.add(Violation::new(self.path.pointer(), level, rule, detail));
    }

    /// Runs `check` one step further down.
    pub(crate) fn at(&mut self, step: Step<'a>, check: impl FnOnce(&mut Self)) {
        self.path.enter(step);
        check(self);
        self.path.leave();
    }

    pub(crate) fn one<T: Node>(&mut self, name: &'a str, value: &'a T, kind: Kind) {
        self.at(Step::Key(name), |walk| value.check(kind, walk));
    }

    pub(crate) fn optional<T: Node>(&mut self, name: &'a str, value: Option<&'a T>, kind: Kind) {
        if let Some(value) = value {
            self.one(name, value, kind);
        }
    }

    pub(crate) fn many<T: Node>(&mut self, name: &'a str, values: &'a [T], kind: Kind) {
        self.at(Step::Key(name), |walk| {
            for (index, value) in values.iter().enumerate() {
                walk.at(Step::Index(index), |walk| value.check(kind, walk));
            }
        });
    }

    /// Like [`Walk::many`], for a list that must not have an element twice.
    pub(crate) fn set<T: Node>(&mut self, name: &'a str, values: &'a [T], kind: Kind) {
        self.many(name, values, kind);
        if values.len() < 2 {
            return;
        }
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let Ok(text) = serde_json::to_string(value) else { continue };
            if let Some(first) = seen.get(&text) {
                let detail = format!("is the same as the element {first}");
                self.at(Step::Key(name), |walk| {
                    walk.at(Step::Index(index), |walk| walk.error(Rule::Duplicate, detail));
                });
            } else {
                seen.insert(text, index);
            }
        }
    }

    pub(crate) fn check_length(&mut self, text: &str, kind: Kind) {
        if let Some(limit) = kind.max_length().filter(|limit| text::is_longer(text, *limit)) {
            let length = text::utf16_length(text);
            self.error(Rule::Length, format!("{length} characters, at most {limit} are allowed"));
        }
    }

    /// Reports a text that is not on a vocabulary's list.
    pub(crate) fn unlisted_text(&mut self, text: &str, vocabulary: &'static VocabularyInfo) {
        if vocabulary.words_only {
            self.check_length(text, Kind::Vocabulary(vocabulary));
            if !text::is_open_vocab_word(text) {
                let text = text::excerpt(text);
                self.error(
                    Rule::Pattern,
                    format!("{text} is not of lower-case letters, digits, '_' and '-'"),
                );
            }
        }
        self.unlisted(&text::excerpt(text), vocabulary);
    }

    /// Reports a number that is not on a vocabulary's list.
    pub(crate) fn unlisted_integer(&mut self, number: i64, vocabulary: &VocabularyInfo) {
        self.unlisted(&number.to_string(), vocabulary);
    }

    fn unlisted(&mut self, value: &str, vocabulary: &VocabularyInfo) {
        let name = vocabulary.name;
        if vocabulary.is_open {
            self.warning(Rule::Vocabulary, format!("{value} is not on the open list {name}"));
        } else {
            self.error(Rule::Vocabulary, format!("{value} is not on the closed list {name}"));
        }
    }

    /// Reports what stands in the object besides its fields.
    pub(crate) fn extra(&mut self, extra: &'a Map<String, Value>, structure: &StructureInfo) {
        for (name, value) in extra {
            let is_known = structure.field(name).is_some();
            self.at(Step::Key(name), |walk| {
                if is_known && value.is_null() {
                    walk.error(Rule::Null, "null is not allowed; leave the field out".to_owned());
                } else {
                    walk.error(Rule::UnknownField, format!("{} has no such field", structure.name));
                }
            });
        }
    }
}
