//! The validation of values: collects the violations of the model's rules, with their places.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::id::{EntityId, MAX_ID_LENGTH};
use crate::model::{Kind, StructureInfo, VocabularyInfo};
use crate::pointer::{Path, Step};
use crate::reference::Reference;
use crate::report::{Level, Report, Rule, Violation};
use crate::suggest::Suggestions;
use crate::text_form;

/// Checks values, and collects the violations.
#[derive(Default)]
pub(crate) struct Validator<'a> {
    path: Path<'a>,
    report: Report,
    entity: CurrentEntity<'a>,
    suggestions: Suggestions,
    /// Collected only when asked for, because each costs a text.
    references: Option<Vec<Reference<'a>>>,
}

/// The entity whose parts are being checked.
#[derive(Default, Clone)]
pub(crate) struct CurrentEntity<'a> {
    id: Option<&'a str>,
    /// Made for the first violation only.
    shared: Option<Arc<EntityId>>,
}

impl<'a> CurrentEntity<'a> {
    /// Returns the entity with this id. One that is longer than any id may be is left out of
    /// reports.
    pub(crate) fn new(id: &'a str) -> Self {
        let is_short = !text_form::is_longer(id, MAX_ID_LENGTH);
        Self { id: is_short.then_some(id), shared: None }
    }

    /// Returns the id for a violation.
    pub(crate) fn shared_id(&mut self) -> Option<Arc<EntityId>> {
        if self.shared.is_none() {
            self.shared = self.id.map(|id| Arc::new(EntityId::unchecked(id)));
        }
        self.shared.clone()
    }
}

impl<'a> Validator<'a> {
    /// Returns a validator that collects the references to other entities, too.
    pub(crate) fn with_references() -> Self {
        Self { references: Some(Vec::new()), ..Self::default() }
    }

    pub(crate) fn into_references(self) -> Vec<Reference<'a>> {
        self.references.unwrap_or_default()
    }

    pub(crate) fn into_report(self) -> Report {
        self.report
    }

    pub(crate) fn note_reference(&mut self, id: &'a EntityId) {
        if let Some(references) = &mut self.references {
            let (pointer, holder) = (self.path.pointer(), self.entity.shared_id());
            references.push(Reference { pointer, id, holder });
        }
    }

    pub(crate) fn error(&mut self, rule: Rule, detail: String) {
        self.add(Level::Error, rule, detail);
    }

    pub(crate) fn warning(&mut self, rule: Rule, detail: String) {
        self.add(Level::Warning, rule, detail);
    }

    pub(crate) fn add(&mut self, level: Level, rule: Rule, detail: String) {
        let violation = Violation::new(self.path.pointer(), level, rule, detail);
        self.report.add(violation.within(self.entity.shared_id()));
    }

    /// Begins a structure: an id that is set with [`Validator::set_entity`] holds to its end.
    /// Returns the entity to which [`Validator::leave_structure`] goes back.
    pub(crate) fn enter_structure(&mut self) -> CurrentEntity<'a> {
        self.entity.clone()
    }

    /// Ends a structure.
    pub(crate) fn leave_structure(&mut self, outer: CurrentEntity<'a>) {
        self.entity = outer;
    }

    /// Notes that the current structure is the entity with this id.
    pub(crate) fn set_entity(&mut self, id: &'a EntityId) {
        self.entity = CurrentEntity::new(id.as_str());
    }

    /// Runs `check` one step further down.
    pub(crate) fn at(&mut self, step: Step<'a>, check: impl FnOnce(&mut Self)) {
        self.path.enter(step);
        check(self);
        self.path.leave();
    }

    pub(crate) fn check_length(&mut self, text: &str, kind: Kind) {
        if let Some(limit) = kind.max_length().filter(|limit| text_form::is_longer(text, *limit)) {
            let length = text_form::utf16_length(text);
            self.error(Rule::Length, format!("{length} characters, at most {limit} are allowed"));
        }
    }

    /// Reports a text that is not on a vocabulary's list.
    pub(crate) fn unlisted_text(&mut self, text: &str, vocabulary: &'static VocabularyInfo) {
        if vocabulary.words_only {
            self.check_length(text, Kind::Vocabulary(vocabulary));
            if !text_form::is_open_vocab_word(text) {
                let text = text_form::excerpt(text);
                self.error(
                    Rule::Pattern,
                    format!("{text} is not of lower-case letters, digits, '_' and '-'"),
                );
            }
        }
        let nearest = self.suggestions.nearest(text, vocabulary);
        let hint = nearest.map_or_else(String::new, |word| format!("; did you mean {word:?}?"));
        self.unlisted(&text_form::excerpt(text), &hint, vocabulary);
        if let Some(word) = nearest {
            self.report.suggest(word.to_owned());
        }
    }

    /// Reports a number that is not on a vocabulary's list.
    pub(crate) fn unlisted_integer(&mut self, number: i64, vocabulary: &VocabularyInfo) {
        self.unlisted(&number.to_string(), "", vocabulary);
    }

    fn unlisted(&mut self, value: &str, hint: &str, vocabulary: &VocabularyInfo) {
        let name = vocabulary.name;
        if vocabulary.is_open {
            self.warning(Rule::Vocabulary, format!("{value} is not on the open list {name}{hint}"));
        } else {
            self.error(Rule::Vocabulary, format!("{value} is not on the closed list {name}{hint}"));
        }
    }

    /// Reports what stands in the object besides its fields.
    pub(crate) fn extra(&mut self, extra: &'a Map<String, Value>, structure: &StructureInfo) {
        for (name, value) in extra {
            let is_known = structure.field(name).is_some();
            self.at(Step::Key(name), |validator| {
                if is_known && value.is_null() {
                    validator.error(Rule::Null, "null is not allowed; leave the field out".to_owned());
                } else {
                    validator.error(Rule::UnknownField, format!("{} has no such field", structure.name));
                }
            });
        }
    }
}
