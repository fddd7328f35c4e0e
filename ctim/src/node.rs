//! Values of the model: how each kind is read leniently, checked, and shortened.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::entity_type::EntityType;
use crate::id::{EntityId, MAX_ID_LENGTH, long_id_type};
use crate::model::Kind;
use crate::number::Number;
use crate::plain_value::{PlainValue, members};
use crate::pointer::Step;
use crate::reference::Reference;
use crate::report::Rule;
use crate::text::Shortener;
use crate::text_form;
use crate::time::Time;
use crate::validator::Validator;

/// A value that can stand in a field of a structure.
pub(crate) trait Node: Serialize + DeserializeOwned {
    /// The kind that a field of this type has unless the field names a narrower one.
    const KIND: Kind;

    /// Reads the value, taking every form that Cisco's service takes.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    /// Reports what breaks the rules of `kind`.
    fn check<'a>(&'a self, kind: Kind, validator: &mut Validator<'a>);

    /// Shortens texts that are over the limit of `kind`.
    fn shorten(&mut self, _kind: Kind, _shortener: &mut Shortener) {}
}

/// Returns all references to other entities that stand in a value.
pub(crate) fn references<T: Node>(value: &T) -> Vec<Reference<'_>> {
    let mut validator = Validator::with_references();
    value.check(T::KIND, &mut validator);
    validator.into_references()
}

impl<'a> Validator<'a> {
    pub(crate) fn one<T: Node>(&mut self, name: &'a str, value: &'a T, kind: Kind) {
        self.at(Step::Key(name), |validator| value.check(kind, validator));
    }

    pub(crate) fn optional<T: Node>(&mut self, name: &'a str, value: Option<&'a T>, kind: Kind) {
        if let Some(value) = value {
            self.one(name, value, kind);
        }
    }

    pub(crate) fn many<T: Node>(&mut self, name: &'a str, values: &'a [T], kind: Kind) {
        self.at(Step::Key(name), |validator| {
            for (index, value) in values.iter().enumerate() {
                validator.at(Step::Index(index), |validator| value.check(kind, validator));
            }
        });
    }

    /// Does the same as [`Validator::many`], for a list that must not have an element twice.
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
                self.at(Step::Key(name), |validator| {
                    validator.at(Step::Index(index), |validator| validator.error(Rule::Duplicate, detail));
                });
            } else {
                seen.insert(text, index);
            }
        }
    }
}

impl Shortener {
    pub(crate) fn one<T: Node>(&mut self, name: &'static str, value: &mut T, kind: Kind) {
        self.at(Step::Key(name), |shortener| value.shorten(kind, shortener));
    }

    pub(crate) fn optional<T: Node>(&mut self, name: &'static str, value: &mut Option<T>, kind: Kind) {
        if let Some(value) = value {
            self.one(name, value, kind);
        }
    }

    pub(crate) fn many<T: Node>(&mut self, name: &'static str, values: &mut [T], kind: Kind) {
        self.at(Step::Key(name), |shortener| {
            for (index, value) in values.iter_mut().enumerate() {
                shortener.at(Step::Index(index), |shortener| value.shorten(kind, shortener));
            }
        });
    }
}

impl Node for String {
    const KIND: Kind = Kind::Text;

    fn check<'a>(&'a self, kind: Kind, validator: &mut Validator<'a>) {
        validator.check_length(self, kind);
        let (is_right, form): (bool, &str) = match kind {
            Kind::Uri => (text_form::is_uri(self), "a URI"),
            Kind::SchemaVersion => (text_form::is_schema_version(self), "a version such as 1.3.29"),
            Kind::CvssV2Vector => (text_form::is_cvss_v2_vector(self), "a CVSS 2 base vector"),
            Kind::CvssV2TemporalVector => {
                (text_form::is_cvss_v2_temporal_vector(self), "a CVSS 2 temporal vector")
            }
            Kind::CvssV2EnvironmentalVector => {
                (text_form::is_cvss_v2_environmental_vector(self), "a CVSS 2 environmental vector")
            }
            Kind::CvssV3Vector => (text_form::is_cvss_v3_vector(self), "a CVSS 3.0 or 3.1 vector"),
            Kind::FormattedCpe23 => (text_form::is_cpe23(self), "a CPE 2.3 formatted string"),
            Kind::Fixed(expected) => {
                if self != expected {
                    validator.error(
                        Rule::FixedValue,
                        format!("must be {expected:?}, is {}", text_form::excerpt(self)),
                    );
                }
                return;
            }
            _ => return,
        };
        if !is_right {
            validator.error(Rule::Pattern, format!("{} is not {form}", text_form::excerpt(self)));
        }
    }

    fn shorten(&mut self, kind: Kind, shortener: &mut Shortener) {
        shortener.shorten(self, kind);
    }
}

impl Node for EntityId {
    const KIND: Kind = Kind::Reference;

    fn check<'a>(&'a self, kind: Kind, validator: &mut Validator<'a>) {
        match kind {
            Kind::ReferenceTo(entity_type) => check_reference_to(self, entity_type, validator),
            Kind::Id => {
                // The id is an entity's first field, so that all that follows is reported with it.
                validator.set_entity(self);
                check_id(self, Rule::Id, validator);
            }
            _ => {
                validator.note_reference(self);
                check_id(self, Rule::Reference, validator);
            }
        }
    }
}

fn check_id(id: &EntityId, rule: Rule, validator: &mut Validator<'_>) {
    let length = text_form::utf16_length(id.as_str());
    if length > MAX_ID_LENGTH {
        validator.error(Rule::Length, format!("{length} characters, at most {MAX_ID_LENGTH} are allowed"));
    } else if !id.is_referable() {
        let id = text_form::excerpt(id.as_str());
        validator.error(rule, format!("{id} is neither a long id nor a transient id"));
    }
}

fn check_reference_to(id: &EntityId, expected: EntityType, validator: &mut Validator<'_>) {
    let excerpt = text_form::excerpt(id.as_str());
    match long_id_type(id.as_str()) {
        None => validator
            .error(Rule::Reference, format!("{excerpt} is not a long id; no other form is allowed here")),
        Some(found) if found != expected.as_str() => {
            validator.error(
                Rule::ReferenceType,
                format!("{excerpt} does not point to an entity of type {expected}"),
            );
        }
        Some(_) => {}
    }
}

impl Node for Time {
    const KIND: Kind = Kind::Time;

    fn check<'a>(&'a self, _kind: Kind, validator: &mut Validator<'a>) {
        if !self.is_in_range() {
            validator.error(Rule::TimeRange, format!("{self} is not between 1970-01-01 and 2525-01-01"));
        }
        if self.is_zone_assumed() {
            validator.warning(Rule::TimeForm, format!("read without a zone, taken as UTC: {self}"));
        }
    }
}

impl Node for bool {
    const KIND: Kind = Kind::Boolean;

    fn check<'a>(&'a self, _kind: Kind, _walk: &mut Validator<'a>) {}
}

impl Node for i64 {
    const KIND: Kind = Kind::Integer;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(crate::read::Integer)
    }

    fn check<'a>(&'a self, kind: Kind, validator: &mut Validator<'a>) {
        match kind {
            Kind::PosInt if *self < 0 => validator.error(Rule::Range, format!("{self} is below 0")),
            Kind::Priority if !(0..=100).contains(self) => {
                validator.warning(Rule::Range, format!("{self} is not between 0 and 100"));
            }
            _ => {}
        }
    }
}

impl Node for Number {
    const KIND: Kind = Kind::Number;

    fn check<'a>(&'a self, kind: Kind, validator: &mut Validator<'a>) {
        let number = self.as_f64();
        match kind {
            Kind::CvssScore if !(0.0..=10.0).contains(&number) => {
                validator.error(Rule::Range, format!("{self} is not between 0 and 10"));
            }
            Kind::IncidentScore if number < 0.0 => {
                validator.warning(Rule::Range, format!("{self} is below 0"));
            }
            _ => {}
        }
    }
}

/// A row of a table: one JSON value a column. Cells may be null.
pub type Row = Vec<Value>;

impl Node for Row {
    const KIND: Kind = Kind::Row;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let cells = Vec::<PlainValue>::deserialize(deserializer)?;
        Ok(cells.into_iter().map(|PlainValue(cell)| cell).collect())
    }

    fn check<'a>(&'a self, _kind: Kind, _walk: &mut Validator<'a>) {}
}

/// An object with any fields.
pub type Object = Map<String, Value>;

impl Node for Object {
    const KIND: Kind = Kind::Object;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members(deserializer)
    }

    fn check<'a>(&'a self, _kind: Kind, _walk: &mut Validator<'a>) {}
}

described!(EntityId, "EntityId", Kind::Reference);
described!(Number, "Number", Kind::Number);
described!(Time, "Time", Kind::Time);
