//! Breaks every rule at every place of every structure, and expects validation to name the place
//! and the rule.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod common;

use common::{Fill, Generator, UUID};
use ctim::model::{Cardinality, FieldInfo, Kind, StructureInfo};
use ctim::{Level, Rule};
use serde_json::{Value, json};

/// One way to break an object: where it shows, as which rule, how gravely.
struct Mutation {
    pointer: String,
    rule: Rule,
    level: Level,
    object: Value,
}

/// Replaces the value at a pointer, or removes it if there is none to put there.
fn with(root: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut root = root.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match root.pointer_mut(parent).unwrap() {
        Value::Object(object) => match value {
            Some(value) => drop(object.insert(key.to_owned(), value)),
            None => drop(object.remove(key)),
        },
        Value::Array(elements) => elements[key.parse::<usize>().unwrap()] = value.unwrap(),
        other => panic!("{other}"),
    }
    root
}

struct Mutations<'a> {
    root: &'a Value,
    found: Vec<Mutation>,
}

impl Mutations<'_> {
    fn add(&mut self, pointer: &str, rule: Rule, level: Level, value: Option<Value>) {
        let object = with(self.root, pointer, value);
        self.found.push(Mutation { pointer: pointer.to_owned(), rule, level, object });
    }

    fn error(&mut self, pointer: &str, rule: Rule, value: impl Into<Value>) {
        self.add(pointer, rule, Level::Error, Some(value.into()));
    }

    fn structure(&mut self, place: &str, structure: &StructureInfo) {
        for (name, _) in structure.constants {
            let pointer = format!("{place}/{name}");
            self.error(&pointer, Rule::FixedValue, "wrong");
            self.error(&pointer, Rule::JsonType, 5);
            self.add(&pointer, Rule::Required, Level::Error, None);
        }
        self.error(&format!("{place}/unheard_of"), Rule::UnknownField, "x");
        for field in structure.fields {
            self.field(&format!("{place}/{}", field.name), field);
        }
        if matches!(structure.name, "ValidTime" | "ObservedTime") {
            let span =
                json!({ "start_time": "2024-01-02T00:00:00.000Z", "end_time": "2024-01-01T00:00:00.000Z" });
            self.error(place, Rule::TimeOrder, span);
        }
    }

    fn field(&mut self, pointer: &str, field: &FieldInfo) {
        if field.required {
            self.add(pointer, Rule::Required, Level::Error, None);
        }
        if field.cardinality == Cardinality::One {
            self.error(pointer, Rule::Null, Value::Null);
            return self.value(pointer, field.kind);
        }
        self.error(pointer, Rule::Null, Value::Null);
        self.error(pointer, Rule::JsonType, "no list");
        self.error(&format!("{pointer}/0"), Rule::Null, Value::Null);
        self.value(&format!("{pointer}/0"), field.kind);
    }

    fn value(&mut self, pointer: &str, kind: Kind) {
        if let Some(limit) = kind.max_length() {
            self.error(pointer, Rule::Length, "x".repeat(limit + 1));
            self.error(pointer, Rule::Length, "\u{1F600}".repeat(limit / 2 + 1));
        }
        match kind {
            Kind::Structure(structure) => {
                self.error(pointer, Rule::JsonType, "no object");
                self.structure(pointer, structure);
            }
            Kind::OneOf(_) => {
                self.error(pointer, Rule::JsonType, 1);
                self.error(&format!("{pointer}/type"), Rule::FixedValue, "Nothing");
            }
            Kind::Vocabulary(vocabulary) => {
                self.error(pointer, Rule::JsonType, true);
                let level = if vocabulary.is_open { Level::Warning } else { Level::Error };
                let unlisted = if pointer.ends_with("/disposition") || pointer.ends_with("/feedback") {
                    json!(99)
                } else {
                    json!("no-such-word")
                };
                self.add(pointer, Rule::Vocabulary, level, Some(unlisted));
                if vocabulary.words_only {
                    self.error(pointer, Rule::Pattern, "Upper Case");
                }
            }
            Kind::Id => {
                self.error(pointer, Rule::Id, format!("actor-{UUID}"));
                self.error(pointer, Rule::JsonType, 1);
            }
            Kind::Reference => self.error(pointer, Rule::Reference, "nowhere"),
            Kind::ReferenceTo(entity_type) => {
                self.error(pointer, Rule::Reference, format!("transient:{entity_type}-{UUID}"));
                self.error(
                    pointer,
                    Rule::ReferenceType,
                    format!("https://example.com/ctia/nothing/{entity_type}-{UUID}"),
                );
            }
            Kind::Time => {
                self.error(pointer, Rule::Time, "yesterday");
                for form in
                    ["2024-05-01", "2024-05-01T10:15:30", "2024-05-01 10:15:30Z", "2024-05-01T10:15:30+01"]
                {
                    self.error(pointer, Rule::TimeForm, form);
                }
                self.error(pointer, Rule::TimeRange, "1969-12-31T23:59:59.999Z");
                self.error(pointer, Rule::TimeRange, "2525-01-01T00:01:00.000Z");
                self.error(pointer, Rule::JsonType, 1_700_000_000);
            }
            Kind::Boolean => self.error(pointer, Rule::JsonType, "true"),
            Kind::PosInt => self.error(pointer, Rule::Range, -1),
            Kind::Integer => self.error(pointer, Rule::JsonType, 1.5),
            Kind::Priority => {
                self.add(pointer, Rule::Range, Level::Warning, Some(json!(101)));
                self.error(pointer, Rule::JsonType, "high");
            }
            Kind::CvssScore => self.error(pointer, Rule::Range, json!(10.1)),
            Kind::Fixed(_) => self.error(pointer, Rule::FixedValue, "wrong"),
            Kind::Row | Kind::Object => self.error(pointer, Rule::JsonType, "x"),
            Kind::MetaData => {
                self.error(&format!("{pointer}/deep"), Rule::JsonType, json!({}));
                self.error(&format!("{pointer}/nothing"), Rule::Null, Value::Null);
            }
            Kind::IncidentScores => {
                self.error(&format!("{pointer}/asset"), Rule::JsonType, "high");
                self.add(&format!("{pointer}/asset"), Rule::Range, Level::Warning, Some(json!(-1)));
            }
            Kind::Text
            | Kind::ShortString
            | Kind::MedString
            | Kind::LongString
            | Kind::Markdown
            | Kind::CpeVersion => {
                self.error(pointer, Rule::JsonType, 7);
            }
            _ => self.error(pointer, Rule::Pattern, "\n"),
        }
    }
}

#[test]
fn generated_objects_are_valid_and_equal_after_a_round_trip() {
    for structure in common::top_level() {
        for fill in [Fill::Minimal, Fill::Maximal] {
            let object = Generator::new(1, fill).object(structure);
            let report = common::check(structure, &object);
            assert!(report.is_valid(), "{}: {report}\n{object}", structure.name);
            if !structure.name.starts_with("New") {
                let entity: ctim::Entity = serde_json::from_value(object.clone()).unwrap();
                assert_eq!(serde_json::to_value(&entity).unwrap(), object);
            }
        }
    }
}

#[test]
fn every_broken_rule_is_named_with_its_place() {
    let mut count = 0;
    // The lists of bundles and casebooks hold entities that are broken by themselves already.
    for structure in
        common::top_level().filter(|structure| !matches!(structure.name, "Casebook" | "NewCasebook"))
    {
        if structure.name.ends_with("Bundle") {
            continue;
        }
        let object = Generator::new(2, Fill::Maximal).object(structure);
        let mut mutations = Mutations { root: &object, found: Vec::new() };
        mutations.structure("", structure);
        for mutation in mutations.found {
            count += 1;
            let report = common::check(structure, &mutation.object);
            let is_named = report.iter().any(|violation| {
                violation.pointer == mutation.pointer
                    && violation.rule == mutation.rule
                    && violation.level == mutation.level
            });
            assert!(
                is_named,
                "{}: {} at {} was not found, but:\n{report}",
                structure.name, mutation.rule, mutation.pointer
            );
        }
    }
    assert!(count > 5000, "only {count} mutations");
}

#[test]
fn the_places_of_a_bundle_are_named_through_its_lists() {
    let bundle = common::structure("Bundle");
    let mut object = Generator::new(3, Fill::Maximal).object(bundle);
    object["sightings"][1]["count"] = json!(-1);
    object["sighting_refs"][0] = json!(format!("https://example.com/ctia/actor/actor-{UUID}"));
    object["verdicts"][1] = object["verdicts"][0].clone();
    let report = ctim::Entity::check_json(&object);
    let found: Vec<_> = report.errors().map(|error| (error.pointer.as_str(), error.rule)).collect();
    assert_eq!(
        found,
        [
            ("/sighting_refs/0", Rule::ReferenceType),
            ("/sightings/1/count", Rule::Range),
            ("/verdicts/1", Rule::Duplicate),
        ]
    );
}
