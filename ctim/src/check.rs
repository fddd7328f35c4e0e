//! Checking of JSON that may not even be readable as the structure that it should be.

use std::collections::HashMap;

use serde::Deserialize as _;
use serde_json::Value;

use crate::any_entity::{Entity, structure_of};
use crate::duplicate::duplicate_members;
use crate::entity_list::EntityLists;
use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::model::{Cardinality, FieldInfo, Kind, StructureInfo, Values, VocabularyInfo};
use crate::node::Node;
use crate::number::Number;
use crate::plain_value::PlainValue;
use crate::pointer::{Path, Step};
use crate::report::{Level, Report, Rule, Violation};
use crate::structure::Structure;
use crate::time::{Time, form_problem};
use crate::validator::{CurrentEntity, Validator};
use crate::{MetaData, Object, Row};

/// Checks JSON as the structure `T`, and reports everything at once: values that cannot be read
/// (missing required fields, wrong JSON types, wrong constants, texts that are not times), the
/// findings of [`Validate`](crate::Validate), and values that reading corrects silently: times that
/// are not written as RFC 3339 with a zone.
///
/// JSON that has no error here can be read as `T`, and JSON that cannot be read has an error here.
///
/// ```
/// use ctim::validation::check_json;
/// use ctim::{Observable, Rule};
///
/// let report = check_json::<Observable>(&serde_json::json!({"type": 5, "color": "red"}));
/// let found: Vec<_> =
///     report.iter().map(|violation| (violation.pointer.as_str(), violation.rule)).collect();
/// assert_eq!(
///     found,
///     [("/type", Rule::JsonType), ("/value", Rule::Required), ("/color", Rule::UnknownField)]
/// );
/// ```
#[must_use]
pub fn check_json<T: Structure>(value: &Value) -> Report {
    let mut checker = Checker::default();
    checker.structure(value, T::INFO);
    checker.report
}

impl Entity {
    /// Checks JSON text as the entity that its `type` names: as [`Entity::check_json`] does, and
    /// for what a [`Value`] no longer shows, that is text that is not JSON, and objects that have
    /// two members of the same name.
    ///
    /// Text that has no error here can be read by [`Entity::from_json`], and text that cannot be
    /// read has an error here. At most 100 members that come twice are named.
    ///
    /// ```
    /// use ctim::{Entity, Rule};
    ///
    /// let report = Entity::check_text(r#"{
    ///     "type": "casebook", "id": "transient:1", "schema_version": "1.3.29",
    ///     "title": "One", "title": "Two", "timestamp": "2024-05-01 10:15:30"
    /// }"#);
    /// let found: Vec<_> =
    ///     report.errors().map(|error| (error.pointer.as_str(), error.rule)).collect();
    /// assert_eq!(found, [("/title", Rule::DuplicateMember), ("/timestamp", Rule::TimeForm)]);
    /// ```
    #[must_use]
    pub fn check_text(text: &str) -> Report {
        let mut report = Report::default();
        for pointer in duplicate_members(text) {
            let detail = "the member comes twice; reading keeps the last one".to_owned();
            report.add(Violation::new(pointer, Level::Error, Rule::DuplicateMember, detail));
        }
        match serde_json::from_str(text) {
            Ok(PlainValue(value)) => report.extend(Self::check_json(&value)),
            Err(error) => {
                let detail = format!("the text is not JSON: {error}");
                report.add(Violation::new(String::new(), Level::Error, Rule::Json, detail));
            }
        }
        report
    }

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

impl EntityLists {
    /// Checks JSON as the `data` of an answer of a Cisco XDR module, as [`check_json`] does: each
    /// entity, the counts, the names of the lists, that no list has an entity twice, and that each
    /// transient reference has its entity.
    ///
    /// ```
    /// use ctim::{EntityLists, Rule};
    ///
    /// let report = EntityLists::check_json(&serde_json::json!({
    ///     "verdicts": {"count": 1, "docs": []}, "sighting": {"count": 0, "docs": []}
    /// }));
    /// let found: Vec<_> =
    ///     report.iter().map(|violation| (violation.pointer.as_str(), violation.rule)).collect();
    /// assert_eq!(found, [("/sighting", Rule::UnknownField), ("/verdicts/count", Rule::Count)]);
    /// ```
    #[must_use]
    pub fn check_json(value: &Value) -> Report {
        let mut checker = Checker::default();
        let Value::Object(lists) = value else {
            checker.wrong_type("an object", value);
            return checker.report;
        };
        for (name, list) in lists {
            let structure = Self::STRUCTURES.iter().find(|(known, _)| known == name);
            checker.at(Step::Key(name), |checker| match structure {
                Some((_, structure)) => checker.entity_list(list, structure),
                None => checker.error(Rule::UnknownField, "answers have no such list".to_owned()),
            });
        }
        if let Ok(lists) = Self::deserialize(value) {
            checker.report.extend(lists.check_references());
        }
        checker.report
    }
}

/// Returns the structure whose constant `type` the object has.
fn tagged(object: &Object, structures: &'static [&'static StructureInfo]) -> Option<&'static StructureInfo> {
    let tag = object.get("type").and_then(Value::as_str);
    let is_tagged = |structure: &&&StructureInfo| {
        structure.constants.iter().any(|(name, text)| *name == "type" && Some(*text) == tag)
    };
    structures.iter().find(is_tagged).copied()
}

/// Checks JSON by the description of the model, and collects the violations.
#[derive(Default)]
struct Checker<'a> {
    path: Path<'a>,
    report: Report,
    entity: CurrentEntity<'a>,
}

impl<'a> Checker<'a> {
    fn error(&mut self, rule: Rule, detail: String) {
        let violation = Violation::new(self.path.pointer(), Level::Error, rule, detail);
        self.report.add(violation.within(self.entity.shared_id()));
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

    /// Adds the violations found from the current place on.
    fn adopt(&mut self, report: Report) {
        if report.is_empty() {
            return;
        }
        let place = self.path.pointer();
        let entity_id = self.entity.shared_id();
        // The forms of times are judged as they are written, not as they were read.
        let found = report.into_iter().filter(|violation| violation.rule != Rule::TimeForm);
        self.report.extend(found.map(|mut violation| {
            violation.pointer.insert_str(0, &place);
            violation.within(entity_id.clone())
        }));
    }

    /// Validates a structure as a whole if it can be read, and field by field if not.
    fn structure(&mut self, value: &'a Value, structure: &'static StructureInfo) {
        let Value::Object(object) = value else { return self.wrong_type("an object", value) };
        let outer = self.enter_entity(object, structure);
        match (structure.read_and_validate)(value) {
            Some(report) => {
                self.adopt(report);
                self.times(object, structure);
            }
            None => self.fields(object, structure),
        }
        self.entity = outer;
    }

    /// Checks `{"count": n, "docs": [...]}`.
    fn entity_list(&mut self, value: &'a Value, structure: &'static StructureInfo) {
        let Value::Object(list) = value else { return self.wrong_type("an object", value) };
        for name in list.keys().filter(|name| !matches!(name.as_str(), "count" | "docs")) {
            self.at(Step::Key(name), |checker| {
                checker.error(Rule::UnknownField, "a list has no such field".to_owned());
            });
        }
        let docs = list.get("docs");
        self.at(Step::Key("count"), |checker| checker.count(list.get("count"), docs));
        self.at(Step::Key("docs"), |checker| match docs {
            Some(Value::Array(docs)) => checker.docs(docs, structure),
            Some(other) => checker.wrong_type("a list", other),
            None => checker.error(Rule::Required, "required field is missing".to_owned()),
        });
    }

    fn count(&mut self, count: Option<&Value>, docs: Option<&Value>) {
        let length = docs.and_then(Value::as_array).map(|docs| docs.len() as u64);
        match count.map(|count| (count, count.as_u64())) {
            None => self.error(Rule::Required, "required field is missing".to_owned()),
            Some((count, None)) => self.wrong_type("an integer from 0", count),
            Some((_, Some(count))) => {
                if let Some(length) = length.filter(|length| *length != count) {
                    self.error(Rule::Count, format!("{count} is not the number of entities, {length}"));
                }
            }
        }
    }

    fn docs(&mut self, docs: &'a [Value], structure: &'static StructureInfo) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (index, doc) in docs.iter().enumerate() {
            self.at(Step::Index(index), |checker| {
                checker.structure(doc, structure);
                let first = *seen.entry(doc.to_string()).or_insert(index);
                if first != index {
                    checker.error(Rule::Duplicate, format!("is the same as the element {first}"));
                }
            });
        }
    }

    /// Notes the id if the structure is an entity, and returns the entity around it.
    fn enter_entity(&mut self, object: &'a Object, structure: &StructureInfo) -> CurrentEntity<'a> {
        let outer = self.entity.clone();
        let is_entity = structure.field("id").is_some_and(|field| matches!(field.kind, Kind::Id));
        if let Some(id) = object.get("id").and_then(Value::as_str).filter(|_| is_entity) {
            self.entity = CurrentEntity::new(id);
        }
        outer
    }

    /// Judges the form of all times in a structure that can be read.
    fn times(&mut self, object: &'a Object, structure: &'static StructureInfo) {
        for field in structure.fields {
            let Some(value) = object.get(field.name) else { continue };
            self.at(Step::Key(field.name), |checker| match value {
                Value::Array(elements) if field.cardinality != Cardinality::One => {
                    for (index, element) in elements.iter().enumerate() {
                        checker.at(Step::Index(index), |checker| checker.times_in(element, field.kind));
                    }
                }
                value => checker.times_in(value, field.kind),
            });
        }
    }

    fn times_in(&mut self, value: &'a Value, kind: Kind) {
        match (kind, value) {
            (Kind::Time, Value::String(text)) => self.time_form(text),
            (Kind::Structure(structure), Value::Object(object)) => {
                let outer = self.enter_entity(object, structure);
                self.times(object, structure);
                self.entity = outer;
            }
            (Kind::OneOf(structures), Value::Object(object)) => {
                if let Some(structure) = tagged(object, structures) {
                    self.times(object, structure);
                }
            }
            _ => {}
        }
    }

    fn time_form(&mut self, text: &str) {
        if let Some(problem) = form_problem(text) {
            let excerpt = crate::text_form::excerpt(text);
            self.error(
                Rule::TimeForm,
                format!("{excerpt} {problem}; write RFC 3339 with a zone, like \"2016-02-11T00:40:48.212Z\""),
            );
            // None for a time outside of the model's range: no form of it is right.
            let suggestion = text.parse::<Time>().ok().map(|time| time.to_string());
            if let Some(suggestion) = suggestion.filter(|suggestion| form_problem(suggestion).is_none()) {
                self.report.suggest(suggestion);
            }
        }
    }

    fn fields(&mut self, object: &'a Object, structure: &'static StructureInfo) {
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
                let found = crate::text_form::excerpt(text);
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
                let mut validator = Validator::default();
                read.check(kind, &mut validator);
                self.adopt(validator.into_report());
            }
            Err(_) => self.wrong_type(expected, value),
        }
    }

    fn time(&mut self, value: &'a Value) {
        match value.as_str().map(str::parse::<Time>) {
            Some(Err(error)) => self.error(Rule::Time, error.to_string()),
            _ => {
                self.typed::<Time>(value, Kind::Time, "a text with a time");
                self.times_in(value, Kind::Time);
            }
        }
    }

    fn scores(&mut self, value: &'a Value) {
        let Value::Object(scores) = value else { return self.wrong_type("an object", value) };
        for (name, score) in scores {
            self.at(Step::Key(name), |checker| checker.value(score, Kind::IncidentScore));
        }
    }

    fn one_of(&mut self, value: &'a Value, structures: &'static [&'static StructureInfo]) {
        let Value::Object(object) = value else { return self.wrong_type("an object", value) };
        if let Some(structure) = tagged(object, structures) {
            return self.structure(value, structure);
        }
        let tags = structures.iter().flat_map(|structure| structure.constants.iter().map(|(_, text)| *text));
        let detail = format!("must be one of {}", tags.collect::<Vec<_>>().join(", "));
        self.at(Step::Key("type"), |checker| checker.error(Rule::FixedValue, detail));
    }

    fn vocabulary(&mut self, value: &Value, vocabulary: &'static VocabularyInfo) {
        let mut validator = Validator::default();
        match (vocabulary.values, value) {
            (Values::Texts(values), Value::String(text)) => {
                if !values.contains(&text.as_str()) {
                    validator.unlisted_text(text, vocabulary);
                }
            }
            (Values::Integers(values), Value::Number(number)) if number.is_i64() => {
                let number = number.as_i64().unwrap_or_default();
                if !values.contains(&number) {
                    validator.unlisted_integer(number, vocabulary);
                }
            }
            (Values::Texts(_), other) => return self.wrong_type("a text", other),
            (Values::Integers(_), other) => return self.wrong_type("an integer", other),
        }
        self.adopt(validator.into_report());
    }
}
