//! Short ways to make what programs make most often, and the conversions between them.
#![cfg(feature = "builders")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::HashSet;

use ctim::vocabulary::{Disposition, HighMedLow, RelationshipType, Severity};
use ctim::{
    Bundle, Entity, EntityId, EntityLists, EntityType, IncidentTime, Indicator, Judgement, NewJudgement,
    Observable, ObservedTime, Relationship, Sighting, Time, ValidTime, Validate, Verdict,
};
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::NAMESPACE_URL;

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn sighting(name: &str) -> Sighting {
    Sighting::builder()
        .id(EntityId::transient_v5(EntityType::Sighting, &NAMESPACE, name))
        .confidence(HighMedLow::High)
        .count(1)
        .observed_time(time("2024-05-01T10:15:30Z"))
        .build()
}

fn indicator(name: &str) -> Indicator {
    Indicator::builder()
        .id(EntityId::transient_v5(EntityType::Indicator, &NAMESPACE, name))
        .producer("test")
        .valid_time(ValidTime::default())
        .build()
}

#[test]
fn links_take_entities_and_ids_and_are_the_same_each_time() {
    let (sighting, indicator) = (sighting("s"), indicator("i"));
    let link = Relationship::between(&sighting, RelationshipType::SightingOf, &indicator, &NAMESPACE);
    assert!(link.validate().is_empty(), "{}", link.validate());
    assert_eq!(link, Relationship::between(&sighting.id, "sighting-of", &indicator.id, &NAMESPACE));
    let others = [
        Relationship::between(&indicator, RelationshipType::SightingOf, &sighting, &NAMESPACE),
        Relationship::between(&sighting, RelationshipType::MemberOf, &indicator, &NAMESPACE),
        Relationship::between(&sighting, RelationshipType::SightingOf, &indicator, &Uuid::NAMESPACE_OID),
    ];
    assert!(others.iter().all(|other| other.id != link.id));
}

#[test]
fn spans_of_time() {
    let (start, end) = (time("2024-05-01T10:15:30Z"), time("2024-05-02T00:00:00Z"));
    let cases = [
        (serde_json::to_value(ObservedTime::at(start)), r#"{"start_time":"2024-05-01T10:15:30.000Z"}"#),
        (
            serde_json::to_value(ObservedTime::between(start, end)),
            r#"{"start_time":"2024-05-01T10:15:30.000Z","end_time":"2024-05-02T00:00:00.000Z"}"#,
        ),
        (serde_json::to_value(ValidTime::default()), "{}"),
        (serde_json::to_value(ValidTime::since(start)), r#"{"start_time":"2024-05-01T10:15:30.000Z"}"#),
        (serde_json::to_value(ValidTime::until(end)), r#"{"end_time":"2024-05-02T00:00:00.000Z"}"#),
        (serde_json::to_value(IncidentTime::from(start)), r#"{"opened":"2024-05-01T10:15:30.000Z"}"#),
    ];
    for (found, expected) in cases {
        assert_eq!(found.unwrap(), serde_json::from_str::<serde_json::Value>(expected).unwrap());
    }
    assert_eq!(ValidTime::between(start, end).start_time, Some(start));
    assert_eq!(ObservedTime::from(start), ObservedTime::at(start));
    assert!(start < end && chrono::DateTime::from(start) < chrono::DateTime::from(end));
}

#[test]
fn number_and_word_of_a_disposition_go_together() {
    for disposition in Disposition::ALL {
        let verdict = Verdict::builder()
            .judged(disposition)
            .observable(Observable::new("ip", "198.51.100.7"))
            .valid_time(ValidTime::default())
            .build();
        assert!(verdict.validate().is_empty());
        assert_eq!(verdict.known_disposition(), Some(disposition));
        assert_eq!(verdict.disposition_name, Some(disposition.name()));
    }
    let form = NewJudgement::builder()
        .judged(Disposition::Clean)
        .observable(Observable::new("ip", "198.51.100.7"))
        .confidence(HighMedLow::High)
        .priority(95)
        .severity(Severity::None)
        .source("test")
        .build();
    assert!(form.validate().is_empty());
    let mut judgement = Judgement::builder()
        .id(EntityId::transient("j").unwrap())
        .judged(Disposition::Malicious)
        .observable(Observable::new("ip", "198.51.100.7"))
        .confidence(HighMedLow::High)
        .priority(95)
        .severity(Severity::None)
        .source("test")
        .valid_time(ValidTime::default())
        .build();
    judgement.set_disposition(Disposition::Common);
    assert!(judgement.validate().is_empty());
    assert_eq!(Disposition::from_number(6), None);
}

#[test]
fn bundles_and_answers_are_filled_and_checked_in_a_few_lines() {
    let (sighting, indicator) = (sighting("s"), indicator("i"));
    let link = Relationship::between(&sighting, RelationshipType::SightingOf, &indicator, &NAMESPACE);
    let mut bundle = Bundle::new("test");
    bundle.add_all([sighting.clone()]).unwrap();
    bundle.add_all([link.clone()]).unwrap();
    let report = bundle.check();
    assert!(bundle.validate().is_empty());
    assert_eq!(
        report.errors().map(|error| error.pointer.as_str()).collect::<Vec<_>>(),
        ["/relationships/0/target_ref"]
    );
    assert_eq!(report.errors().next().unwrap().entity_id(), Some(&link.id));
    bundle.add(indicator).unwrap();
    assert!(bundle.check().is_empty());
    assert_eq!(bundle.graph().edges().len(), 1);

    let mut lists = EntityLists::default();
    lists.add_all(bundle.into_entities()).unwrap();
    assert_eq!(lists.sightings.as_ref().unwrap().docs, [sighting]);
    assert_eq!(lists.entities().count(), 3);
    assert!(lists.check().is_empty());
}

#[test]
fn observables_and_ids_can_be_keys_and_entities_compared() {
    fn is_eq<T: Eq>() {}
    is_eq::<Entity>();
    is_eq::<Bundle>();
    is_eq::<EntityLists>();
    let observables: HashSet<Observable> =
        ["a", "b", "a"].map(|value| Observable::new("domain", value)).into();
    assert_eq!(observables.len(), 2);
    let ids: HashSet<EntityId> = ["a", "b", "a"].map(|name| EntityId::transient(name).unwrap()).into();
    assert_eq!(ids.len(), 2);
}
