//! Values of the model: how each kind is read leniently, checked, and shortened.

use serde::de::DeserializeOwned;
use serde::{Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::entity_type::EntityType;
use crate::id::{EntityId, MAX_ID_LENGTH, long_id_type};
use crate::model::Kind;
use crate::number::Number;
use crate::report::Rule;
use crate::text;
use crate::time::Time;
use crate::truncate::Scissors;
use crate::validate::Walk;

/// A value that can stand in a field of a structure.
pub(crate) trait Node: Serialize + DeserializeOwned {
    /// The kind that a field of this type has unless the field names a narrower one.
    const KIND: Kind;

    /// Reads the value, taking every form that Cisco's service takes.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    /// Reports what breaks the rules of `kind`.
    fn check<'a>(&'a self, kind: Kind, walk: &mut Walk<'a>);

    /// Shortens texts that are over the limit of `kind`.
    fn shorten(&mut self, _kind: Kind, _scissors: &mut Scissors) {}
}

impl Node for String {
    const KIND: Kind = Kind::Text;

    fn check<'a>(&'a self, kind: Kind, walk: &mut Walk<'a>) {
        walk.check_length(self, kind);
        let (is_right, form): (bool, &str) = match kind {
            Kind::Uri => (text::is_uri(self), "a URI"),
            Kind::SchemaVersion => (text::is_schema_version(self), "a version such as 1.3.29"),
            Kind::CvssV2Vector => (text::is_cvss_v2_vector(self), "a CVSS 2 base vector"),
            Kind::CvssV2TemporalVector => {
                (text::is_cvss_v2_temporal_vector(self), "a CVSS 2 temporal vector")
            }
            Kind::CvssV2EnvironmentalVector => {
                (text::is_cvss_v2_environmental_vector(self), "a CVSS 2 environmental vector")
            }
            Kind::CvssV3Vector => (text::is_cvss_v3_vector(self), "a CVSS 3.0 or 3.1 vector"),
            Kind::FormattedCpe23 => (text::is_cpe23(self), "a CPE 2.3 formatted string"),
            Kind::Fixed(expected) => {
                if self != expected {
                    walk.error(Rule::FixedValue, format!("must be {expected:?}, is {}", text::excerpt(self)));
                }
                return;
            }
            _ => return,
        };
        if !is_right {
            walk.error(Rule::Pattern, format!("{} is not {form}", text::excerpt(self)));
        }
    }

    fn shorten(&mut self, kind: Kind, scissors: &mut Scissors) {
        scissors.shorten(self, kind);
    }
}

impl Node for EntityId {
    const KIND: Kind = Kind::Reference;

    fn check<'a>(&'a self, kind: Kind, walk: &mut Walk<'a>) {
        match kind {
            Kind::ReferenceTo(entity_type) => check_reference_to(self, entity_type, walk),
            Kind::Id => check_id(self, Rule::Id, walk),
            _ => {
                walk.note_reference(self);
                check_id(self, Rule::Reference, walk);
            }
        }
    }
}

fn check_id(id: &EntityId, rule: Rule, walk: &mut Walk<'_>) {
    let length = text::utf16_length(id.as_str());
    if length > MAX_ID_LENGTH {
        walk.error(Rule::Length, format!("{length} characters, at most {MAX_ID_LENGTH} are allowed"));
    } else if !id.is_referable() {
        let id = text::excerpt(id.as_str());
        walk.error(rule, format!("{id} is neither a long id nor a transient id"));
    }
}

fn check_reference_to(id: &EntityId, expected: EntityType, walk: &mut Walk<'_>) {
    let excerpt = text::excerpt(id.as_str());
    match long_id_type(id.as_str()) {
        None => {
            walk.error(Rule::Reference, format!("{excerpt} is not a long id; no other form is allowed here"))
        }
        Some(found) if found != expected.as_str() => {
            walk.error(
                Rule::ReferenceType,
                format!("{excerpt} does not point to an entity of type {expected}"),
            );
        }
        Some(_) => {}
    }
}

impl Node for Time {
    const KIND: Kind = Kind::Time;

    fn check<'a>(&'a self, _kind: Kind, walk: &mut Walk<'a>) {
        if !self.is_in_range() {
            walk.error(Rule::TimeRange, format!("{self} is not between 1970-01-01 and 2525-01-01"));
        }
    }
}

impl Node for bool {
    const KIND: Kind = Kind::Boolean;

    fn check<'a>(&'a self, _kind: Kind, _walk: &mut Walk<'a>) {}
}

impl Node for i64 {
    const KIND: Kind = Kind::Integer;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(crate::read::Integer)
    }

    fn check<'a>(&'a self, kind: Kind, walk: &mut Walk<'a>) {
        match kind {
            Kind::PosInt if *self < 0 => walk.error(Rule::Range, format!("{self} is below 0")),
            Kind::Priority if !(0..=100).contains(self) => {
                walk.warning(Rule::Range, format!("{self} is not between 0 and 100"));
            }
            _ => {}
        }
    }
}

impl Node for Number {
    const KIND: Kind = Kind::Number;

    fn check<'a>(&'a self, kind: Kind, walk: &mut Walk<'a>) {
        let number = self.as_f64();
        match kind {
            Kind::CvssScore if !(0.0..=10.0).contains(&number) => {
                walk.error(Rule::Range, format!("{self} is not between 0 and 10"));
            }
            Kind::IncidentScore if number < 0.0 => {
                walk.warning(Rule::Range, format!("{self} is below 0"));
            }
            _ => {}
        }
    }
}

/// A row of a table: one JSON value a column. Cells may be null.
pub type Row = Vec<Value>;

impl Node for Row {
    const KIND: Kind = Kind::Row;

    fn check<'a>(&'a self, _kind: Kind, _walk: &mut Walk<'a>) {}
}

/// An object with any fields.
pub type Object = Map<String, Value>;

impl Node for Object {
    const KIND: Kind = Kind::Object;

    fn check<'a>(&'a self, _kind: Kind, _walk: &mut Walk<'a>) {}
}
