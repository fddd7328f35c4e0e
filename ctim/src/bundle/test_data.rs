//! Small bundles for the tests of this folder.

use crate::vocabulary::{HighMedLow, RelationshipType};
use crate::{
    Bundle, EntityId, EntityView, Feedback, Indicator, Judgement, ObservedTime, Relationship, Sighting, Time,
    ValidTime, Verdict,
};

pub(super) fn id(name: &str) -> EntityId {
    EntityId::transient(name).unwrap()
}

pub(super) fn bundle() -> Bundle {
    Bundle::builder().id(id("bundle")).source("test").valid_time(ValidTime::builder().build()).build()
}

pub(super) fn sighting(name: &str) -> Sighting {
    Sighting::builder()
        .id(id(name))
        .confidence(HighMedLow::High)
        .count(1)
        .observed_time(ObservedTime::builder().start_time(Time::MIN_VALID).build())
        .build()
}

pub(super) fn indicator(name: &str) -> Indicator {
    Indicator::builder()
        .id(id(name))
        .producer("test")
        .valid_time(ValidTime::builder().build())
        .external_ids([name])
        .build()
}

pub(super) fn link(name: &str, source: &str, target: &str) -> Relationship {
    Relationship::builder()
        .id(id(name))
        .source_ref(id(source))
        .target_ref(id(target))
        .relationship_type(RelationshipType::SightingOf)
        .build()
}

pub(super) fn names(bundle: &Bundle) -> Vec<&str> {
    let ids = bundle.entities().filter_map(EntityView::id);
    ids.map(|id| id.as_str().trim_start_matches("transient:")).collect()
}

/// So many sightings of so many indicators, each sighting linked to its indicator in turn.
pub(super) fn linked(sightings: usize, indicators: usize) -> Bundle {
    let mut bundle = bundle();
    for number in 0..indicators {
        bundle.indicators.push(indicator(&format!("i{number}")));
    }
    for number in 0..sightings {
        let (name, target) = (format!("s{number}"), format!("i{}", number % indicators));
        bundle.sightings.push(sighting(&name));
        bundle.relationships.push(link(&format!("r{number}"), &name, &target));
    }
    bundle
}

pub(super) fn judgement(name: &str) -> Judgement {
    Judgement::builder()
        .id(id(name))
        .source("test")
        .observable(crate::Observable::new("ip", "198.51.100.7"))
        .disposition(1)
        .disposition_name("Clean")
        .priority(1)
        .confidence("High")
        .severity("High")
        .valid_time(ValidTime::builder().build())
        .build()
}

pub(super) fn verdict_of(judgement: &Judgement) -> Verdict {
    Verdict::from_judgements(&judgement.observable, [judgement], Time::MIN_VALID).unwrap()
}

pub(super) fn feedback(name: &str, on: &str) -> Feedback {
    Feedback::builder().id(id(name)).entity_id(id(on)).feedback(1).reason("test").build()
}

/// An indicator with so many judgements, each with a verdict.
pub(super) fn judged(count: usize) -> Bundle {
    let mut bundle = bundle();
    bundle.indicators.push(indicator("feed"));
    for number in 0..count {
        let name = format!("j{number}");
        bundle.relationships.push(link(&format!("r{number}"), &name, "feed"));
        bundle.judgements.push(judgement(&name));
        bundle.verdicts.push(verdict_of(&judgement(&name)));
    }
    bundle
}
