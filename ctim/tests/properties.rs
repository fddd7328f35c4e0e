//! Properties that hold for all inputs.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::collections::BTreeSet;

use common::{Fill, Generator};
use ctim::{
    Bundle, Entity, EntityId, EntityLists, Report, Rule, Sighting, Time, Truncate, Validate, Violation,
    validation::check_json,
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The violations besides the written forms of times, which reading mends.
fn but_forms(report: Report) -> Vec<Violation> {
    report.into_iter().filter(|violation| violation.rule != Rule::TimeForm).collect()
}

/// JSON text with members that come twice: each object's members are written in turn with others
/// put between.
fn with_repeated_members(value: &Value, others: &mut impl Iterator<Item = Value>) -> String {
    match value {
        Value::Array(elements) => {
            let elements: Vec<_> =
                elements.iter().map(|element| with_repeated_members(element, others)).collect();
            format!("[{}]", elements.join(","))
        }
        Value::Object(members) => {
            let mut written = Vec::new();
            for (name, member) in members {
                let name = Value::from(name.as_str()).to_string();
                if let Some(other) = others.next() {
                    written.push(format!("{name}:{other}"));
                }
                written.push(format!("{name}:{}", with_repeated_members(member, others)));
            }
            format!("{{{}}}", written.join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(Value::from("2024-05-01T10:15:30.000Z")),
    ];
    // Real names lead further into the structures than random ones.
    let name = prop::sample::select(vec![
        "type",
        "id",
        "schema_version",
        "observed_time",
        "start_time",
        "count",
        "confidence",
        "observables",
        "value",
        "targets",
        "rows",
        "columns",
        "context",
        "specification",
        "scores",
        "meta",
        "x",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| {
                let named = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(named.collect::<Map<_, _>>())
            }),
        ]
    })
}

/// A bundle of so many sightings, feedbacks on what the first numbers say, and relationships
/// between what the others say. They name each other by numbers in this order, as in a circle.
fn linked(sightings: usize, feedbacks: &[usize], links: &[(usize, usize)]) -> Bundle {
    let count = sightings + feedbacks.len() + links.len();
    let id = |number: usize| format!("transient:{}", number % count.max(1));
    let of_type = |kind: &str, number: usize| {
        let start = json!({"start_time": "2024-05-01T10:15:30.000Z"});
        json!({
            "type": kind, "id": id(number), "schema_version": ctim::SCHEMA_VERSION,
            "count": 1, "confidence": "High", "observed_time": start, "feedback": 1, "reason": "test",
        })
    };
    let feedback = |(number, on): (usize, &usize)| {
        let mut feedback = of_type("feedback", sightings + number);
        feedback["entity_id"] = id(*on).into();
        feedback
    };
    let link = |(number, (source, target)): (usize, &(usize, usize))| {
        let mut link = of_type("relationship", sightings + feedbacks.len() + number);
        link["source_ref"] = id(*source).into();
        link["target_ref"] = id(*target).into();
        link["relationship_type"] = "related-to".into();
        link
    };
    let entities = (0..sightings)
        .map(|number| of_type("sighting", number))
        .chain(feedbacks.iter().enumerate().map(feedback))
        .chain(links.iter().enumerate().map(link));
    let mut bundle = Bundle::new("test");
    bundle.add_all(entities.map(|entity| Entity::deserialize(&entity).unwrap())).unwrap();
    bundle
}

fn any_linked() -> impl Strategy<Value = Bundle> {
    let feedbacks = prop::collection::vec(0..60usize, 0..20);
    let links = prop::collection::vec((0..60usize, 0..60usize), 0..20);
    (0..20usize, feedbacks, links)
        .prop_map(|(sightings, feedbacks, links)| linked(sightings, &feedbacks, &links))
}

/// The ids that a bundle names and does not have.
fn missing(bundle: &Bundle) -> BTreeSet<EntityId> {
    let found: Vec<_> = bundle.entities().flat_map(|entity| entity.references()).collect();
    found.iter().filter(|found| bundle.get(found.id).is_none()).map(|found| found.id.clone()).collect()
}

proptest! {
    #[test]
    fn a_split_loses_nothing_and_tells_what_dangles(
        whole in any_linked(),
        most in 3..20usize,
    ) {
        let mut ids: Vec<_> = whole.entities().filter_map(|entity| entity.id().cloned()).collect();
        let split = whole.split_for_import(most);
        prop_assert!(split.bundles.iter().all(|part| part.len() <= most));
        let placed = split.bundles.iter().flat_map(Bundle::entities).filter_map(|entity| entity.id().cloned());
        let mut found: Vec<_> = placed.chain(split.left_out.iter().map(|link| link.id.clone())).collect();
        ids.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, ids);
        let dangling: BTreeSet<_> = split.bundles.iter().flat_map(missing).collect();
        prop_assert_eq!(dangling, split.dangling.into_iter().collect());
        let of_links = split.bundles.iter().flat_map(|part| {
            part.relationships.iter().flat_map(|link| [&link.source_ref, &link.target_ref].map(|id| part.get(id)))
        });
        prop_assert!(of_links.into_iter().all(|end| end.is_some()));
    }

    #[test]
    fn capping_leaves_no_loose_relationship_and_tells_what_dangles(
        mut bundle in any_linked(),
        most in 0..20usize,
    ) {
        let mut lists = EntityLists::default();
        lists.add_all(bundle.clone().into_entities()).unwrap();
        let left_out = bundle.cap_lists(most);
        prop_assert_eq!(lists.cap_lists(most).dangling, left_out.dangling.clone());
        prop_assert_eq!(missing(&bundle), left_out.dangling.into_iter().collect());
        let mut ends = bundle.relationships.iter().flat_map(|link| [&link.source_ref, &link.target_ref]);
        prop_assert!(ends.all(|end| bundle.get(end).is_some()));
    }

    #[test]
    fn entities_are_equal_after_being_written_and_read(seed: u64, percent in 0..100u64, index in 0..25usize) {
        let structures: Vec<_> = common::top_level().filter(|structure| !structure.name.starts_with("New")).collect();
        let fill = Fill::Percent(if structures[index].name == "Bundle" { percent / 8 } else { percent });
        let object = Generator::new(seed, fill).object(structures[index]);
        let entity = Entity::from_json(&object.to_string()).unwrap();
        let written = serde_json::to_string(&entity).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), object);
        prop_assert_eq!(&Entity::from_json(&written).unwrap(), &entity);
        prop_assert_eq!(serde_json::from_str::<Entity>(&written).unwrap(), entity);
    }

    #[test]
    fn reading_and_checking_any_json_never_panics(mut value in any_json(), index in 0..25usize) {
        if let Value::Object(object) = &mut value {
            let types = ctim::EntityType::ALL;
            object.insert("type".to_owned(), types[index].as_str().into());
        }
        let report = Entity::check_json(&value);
        if let Ok(entity) = serde_json::from_value::<Entity>(value.clone()) {
            prop_assert_eq!(but_forms(entity.validate()), but_forms(report));
        } else {
            prop_assert!(!report.is_valid(), "unreadable, but no error: {}", value);
        }
    }

    #[test]
    fn repeated_members_are_errors_and_the_last_ones_are_read(
        seed: u64, faults in 0..40u64, index in 0..25usize, others in prop::collection::vec(any_json(), 0..6)
    ) {
        let structures: Vec<_> = common::top_level().filter(|structure| !structure.name.starts_with("New")).collect();
        let fill = if structures[index].name == "Bundle" { Fill::Percent(3) } else { Fill::Percent(40) };
        let value = Generator::new(seed, fill).with_faults(faults).object(structures[index]);
        let count = others.len();
        let text = with_repeated_members(&value, &mut others.into_iter());
        prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), &value);
        let read = Entity::from_json(&text);
        let read_from_value = Entity::deserialize(&value);
        prop_assert_eq!(read.as_ref().ok(), read_from_value.as_ref().ok());
        let report = Entity::check_text(&text);
        prop_assert!(read.is_ok() || !report.is_valid(), "{}", text);
        let repeated = report.iter().filter(|found| found.rule == Rule::DuplicateMember).count();
        prop_assert_eq!(repeated > 0, count > 0, "{}", text);
        let judged: Vec<_> = report.into_iter().filter(|found| found.rule != Rule::DuplicateMember).collect();
        prop_assert_eq!(judged, Entity::check_json(&value).into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn any_text_that_cannot_be_read_has_an_error(text in ".{0,40}|[\\[\\]{}\":,0-9a-z ]{0,40}") {
        prop_assert!(Entity::from_json(&text).is_ok() || !Entity::check_text(&text).is_valid());
    }

    #[test]
    fn what_is_unreadable_has_an_error_and_what_has_none_is_readable(seed: u64, faults in 0..60u64) {
        let structure = common::structure("Sighting");
        let object = Generator::new(seed, Fill::Percent(50)).with_faults(faults).object(structure);
        let read = serde_json::from_value::<Sighting>(object.clone());
        let report = check_json::<Sighting>(&object);
        match read {
            Ok(sighting) => prop_assert_eq!(but_forms(sighting.validate()), but_forms(report)),
            Err(error) => {
                prop_assert!(error.to_string().starts_with('/'), "{}", error);
                let text = error.to_string();
                let pointer = text.split(": ").next().unwrap();
                prop_assert!(report.errors().any(|found| found.pointer == pointer), "{error}\n{report}");
            }
        }
    }

    #[test]
    fn cutting_repairs_all_lengths_of_texts_for_people(title in ".{0,3000}", description in "[a-z😀é]{4900,5100}") {
        let object = Generator::new(1, Fill::Minimal).object(common::structure("Sighting"));
        let mut sighting: Sighting = serde_json::from_value(object).unwrap();
        sighting.title = Some(title.clone());
        sighting.description = Some(description);
        let before = sighting.validate();
        let cuts = sighting.truncate();
        prop_assert_eq!(before.errors().count(), cuts.len());
        prop_assert!(sighting.validate().is_valid());
        prop_assert!(title.starts_with(sighting.title.as_deref().unwrap()));
        prop_assert!(sighting.truncate().is_empty());
    }

    #[test]
    fn times_are_equal_after_being_written_and_read(millis in -62_167_219_200_000i64..=253_402_300_799_999) {
        let time = Time::from_unix_millis(millis).unwrap();
        prop_assert_eq!(time.to_string().parse::<Time>().unwrap(), time);
        prop_assert_eq!(time.unix_millis(), millis);
    }

    #[test]
    fn any_text_is_read_as_a_time_or_refused(text in "[-0-9TZW:.,+ ]{0,30}|.{0,20}") {
        if let Ok(time) = text.parse::<Time>() {
            prop_assert_eq!(time.to_string().parse::<Time>().unwrap(), time);
        }
    }

    #[test]
    fn different_seed_parts_give_different_ids(one in prop::collection::vec(".{0,6}", 0..4), two in prop::collection::vec(".{0,6}", 0..4)) {
        let id = |parts: &[String]| EntityId::transient_from_parts(ctim::EntityType::Sighting, &uuid::Uuid::NAMESPACE_OID, parts);
        prop_assert_eq!(id(&one) == id(&two), one == two);
    }
}
