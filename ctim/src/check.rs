//! Checking of JSON that may not even be readable as the structure that it should be.

use serde_json::Value;

use crate::any_entity::{Entity, structure_of};
use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::model::{Cardinality, FieldInfo, Kind, StructureInfo, Values, VocabularyInfo};
use crate::node::Node;
use crate::number::Number;
use crate::pointer::{Path, Step};
use crate::report::{Level, Report, Rule, Violation};
use crate::structure::Structure;
use crate::time::Time;
use crate::validate::Walk;
use crate::{MetaData, Object, Row};

/// Checks JSON as the structure `T`, and reports everything at once: what cannot be read (missing required fields,
/// wrong JSON types, wrong constants, texts that are no times) and what
/// [`Validate`](crate::Validate) finds.
///
/// ```
/// use ctim::{Observable, Rule, check_json};
///
/// let report = check_json::<Observable>(&serde_json::json!({"type": 5, "color": "red"}));
/// let found: Vec<_> = report.iter().map(|violation| (violation.pointer.as_str(), violation.rule)).collect();
/// assert_eq!(found, [("/type", Rule::JsonType), ("/value", Rule::Required), ("/color", Rule::UnknownField)]);
/// ```
#[must_use]
pub fn check_json<T: Structure>(value: &Value) -> Report {
    let mut checker = Checker::default();
    checker.structure(value, T::INFO);
    checker.report
}

impl Entity {
    /// Checks JSON as the entity that its `type` names, as [`check_json`] does.
    #[must_use]
    pub fn check_json(value: &Value) -> Report {
        let mut checker = Checker::default();
        let Value::Object(object) = value else {
            checker.wrong_type("an object", value);
            return checker.report;
        };
        let tag = object.get("type");
        match tag.and_then(Value::as_str).map(str::parse::<EntityType>) {
            Some(Ok(entity_type)) => checker.structure(value, structure_of(entity_type)),
            unknown => checker.at(Step::Key("type"), |checker| match (tag, unknown) {
                (_, Some(Err(error))) => checker.error(Rule::FixedValue, error.to_string()),
                (Some(tag), _) => checker.wrong_type("a text", tag),
                (None, _) => checker.error(Rule::Required, "the type of the entity is missing".to_owned()),
            }),
        }
        checker.report
    }
}

/// Reads a structure and validates it; none if it cannot be read.
pub(crate) fn read_and_validate<T: Structure>(value: &Value) -> Option<Report> {
    T::deserialize(value).ok().map(|structure| structure.validate())
}

/// The walk over JSON by the description of the model.
#[derive(Default)]
struct Checker<'a> {
    path: Path<'a>,
    report: Report,
}

impl<'a> Checker<'a> {
    fn error(&mut self, rule: Rule, detail: String) {
        self.report.add(Violation::new(self.path.pointer(), Level::Error, rule, detail));
    }

    fn wrong_type(&mut self, expected: &str, found: &Value) {
        let found = match found {
            Value::Null => {
                return self.error(Rule::Null, "null is not allowed; leave the field out".to_owned());
            }
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.error(Rule::JsonType, format!("{expected} is expected, {found} was found"));
    }

    fn at(&mut self, step: Step<'a>, check: impl FnOnce(&mut Self)) {
        self.path.enter(step);
        check(self);
        self.path.leave();
    }

    /// Adds what was found from the current place on.
    fn adopt(&mut self, report: Report) {
        let place = self.path.pointer();
        self.report.extend(report.into_iter().map(|mut violation| {
            violation.pointer.insert_str(0, &place);
            violation
        }));
    }

    /// Validates a structure as a whole if it can be read, and field by field if not.
    fn structure(&mut self, value: &'a Value, structure: &'static StructureInfo) {
        if let Some(report) = (structure.read_and_validate)(value) {
            return self.adopt(report);
        }
        let Value::Object(object) = value else { return self.wrong_type("an object", value) };
        for (name, expected) in structure.constants {
            self.at(Step::Key(name), |checker| checker.constant(object.get(*name), expected));
        }
        for field in structure.fields {
            self.at(Step::Key(field.name), |checker| checker.field(object.get(field.name), field));
        }
        for name in object.keys() {
            let is_constant = structure.constants.iter().any(|(constant, _)| constant == name);
            if !is_constant && structure.field(name).is_none() {
                self.at(Step::Key(name), |checker| {
                    checker.error(Rule::UnknownField, format!("{} has no such field", structure.name));
                });
            }
        }
    }

    fn constant(&mut self, value: Option<&'a Value>, expected: &str) {
        match value {
            None => self.error(Rule::Required, format!("required field is missing; it must be {expected:?}")),
            Some(Value::String(text)) if text == expected => {}
            Some(Value::String(text)) => {
                let found = crate::text::excerpt(text);
                self.error(Rule::FixedValue, format!("must be {expected:?}, is {found}"));
            }
            Some(other) => self.wrong_type("a text", other),
        }
    }

    fn field(&mut self, value: Option<&'a Value>, field: &'static FieldInfo) {
        match (value, field.cardinality) {
            (None, _) if field.required => self.error(Rule::Required, "required field is missing".to_owned()),
            (None, _) => {}
            (Some(value), Cardinality::One) => self.value(value, field.kind),
            (Some(Value::Array(elements)), _) => {
                for (index, element) in elements.iter().enumerate() {
                    self.at(Step::Index(index), |checker| checker.value(element, field.kind));
                }
            }
            (Some(other), _) => self.wrong_type("a list", other),
        }
    }

    fn value(&mut self, value: &'a Value, kind: Kind) {
        match kind {
            Kind::Structure(structure) => self.structure(value, structure),
            Kind::OneOf(structures) => self.one_of(value, structures),
            Kind::Vocabulary(vocabulary) => self.vocabulary(value, vocabulary),
            Kind::Time => self.time(value),
            Kind::Id | Kind::Reference | Kind::ReferenceTo(_) => {
                self.typed::<EntityId>(value, kind, "a text")
            }
            Kind::Boolean => self.typed::<bool>(value, kind, "true or false"),
            Kind::Integer | Kind::PosInt | Kind::Priority => self.typed::<i64>(value, kind, "an integer"),
            Kind::Number | Kind::CvssScore | Kind::IncidentScore => {
                self.typed::<Number>(value, kind, "a number");
            }
            Kind::Row => self.typed::<Row>(value, kind, "a list of cells"),
            Kind::Object => self.typed::<Object>(value, kind, "an object"),
            Kind::MetaData => self.typed::<MetaData>(value, kind, "an object"),
            Kind::IncidentScores => self.scores(value),
            _ => self.typed::<String>(value, kind, "a text"),
        }
    }

    /// Reads a value as `T` and checks it by the rules of its kind.
    fn typed<T: Node>(&mut self, value: &Value, kind: Kind, expected: &str) {
        match T::read(value) {
            Ok(read) => {
                let mut walk = Walk::default();
                read.check(kind, &mut walk);
                self.adopt(walk.into_report());
            }
            Err(_) => self.wrong_type(expected, value),
        }
    }

    fn time(&mut self, value: &Value) {
        match value.as_str().map(str::parse::<Time>) {
            Some(Err(error)) => self.error(Rule::Time, error.to_string()),
            _ => self.typed::<Time>(value, Kind::Time, "a text with a time"),
        }
    }

    fn scores(&mut self, value: &'a Value) {
        let Value::Object(scores) = value else { return self.wrong_type("an object", value) };
        for (name, score) in scores {
            self.at(Step::Key(name), |checker| checker.value(score, Kind::IncidentScore));
        }
    }

    fn one_of(&mut self, value: &'a Value, structures: &'static [&'static StructureInfo]) {
        let tag = value.get("type").and_then(Value::as_str);
        let is_tagged = |structure: &&&StructureInfo| {
            structure.constants.iter().any(|(name, text)| *name == "type" && Some(*text) == tag)
        };
        if let Some(structure) = structures.iter().find(is_tagged) {
            return self.structure(value, structure);
        }
        if !value.is_object() {
            return self.wrong_type("an object", value);
        }
        let tags = structures.iter().flat_map(|structure| structure.constants.iter().map(|(_, text)| *text));
        let detail = format!("must be one of {}", tags.collect::<Vec<_>>().join(", "));
        self.at(Step::Key("type"), |checker| checker.error(Rule::FixedValue, detail));
    }

    fn vocabulary(&mut self, value: &Value, vocabulary: &'static VocabularyInfo) {
        let mut walk = Walk::default();
        match (vocabulary.values, value) {
            (Values::Texts(values), Value::String(text)) => {
                if !values.contains(&text.as_str()) {
                    walk.unlisted_text(text, vocabulary);
                }
            }
            (Values::Integers(values), Value::Number(number)) if number.is_i64() => {
                let number = number.as_i64().unwrap_or_default();
                if !values.contains(&number) {
                    walk.unlisted_integer(number, vocabulary);
                }
            }
            (Values::Texts(_), other) => return self.wrong_type("a text", other),
            (Values::Integers(_), other) => return self.wrong_type("an integer", other),
        }
        self.adopt(walk.into_report());
    }
}
