//! Ids that are equal for equal things: those that production has always shown, made CTIM by their prefix.
//!
//! An id is `transient:`, the type, and a version 5 UUID in the X.500 namespace over a name made of the thing's facts.

use aws_lc_rs::digest;
use ctim::vocabulary::RelationshipType;
use ctim::{EntityId, EntityType};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::observable::Observable;
use crate::observe::found::{FoundInsight, FoundSignal};
use crate::python::Repr;

use super::Context;
use super::sighting::{INSIGHT_TITLE, SIGNAL_TITLE};

/// The id of the sighting of the observable in an insight.
pub(crate) fn insight_sighting_id(insight: &FoundInsight, context: &Context<'_>) -> EntityId {
    sighting_id(INSIGHT_TITLE, insight.created(), context, insight.id())
}

/// The id of the sighting of the observable in a signal.
pub(crate) fn signal_sighting_id(signal: &FoundSignal, context: &Context<'_>) -> EntityId {
    sighting_id(SIGNAL_TITLE, signal.created(), context, signal.id())
}

fn sighting_id(title: &str, created: Option<&str>, context: &Context<'_>, id: Option<&str>) -> EntityId {
    let (created, id) = (created.unwrap_or("None"), id.unwrap_or("None"));
    let name = ["sighting-", title, "-", created, "-", &context.observable_in_names, "-", id];
    transient(EntityType::Sighting, &name)
}

/// An observable as it stands in the names of sightings.
pub(super) fn in_names(observable: &Observable) -> String {
    format!("{{'value': {}, 'type': {}}}", Repr(&observable.value), Repr(&observable.kind))
}

/// The id of the indicator that stands for a rule.
pub(crate) fn indicator_id(rule_id: &str) -> EntityId {
    transient(EntityType::Indicator, &["indicator-Sumo Logic-", rule_id])
}

pub(super) fn relationship_id(source: &EntityId, kind: &RelationshipType, target: &EntityId) -> EntityId {
    let name = ["relationship-", kind.as_str(), "-", source.as_str(), "-", target.as_str()];
    transient(EntityType::Relationship, &name)
}

/// The id of a version 5 UUID over a name in parts. Ids are a good part of an answer's work, so the hash is the processor's own
/// where it has one; it keeps no secret, and is the one that RFC 9562 (section 5.5) asks for.
fn transient(entity_type: EntityType, name: &[&str]) -> EntityId {
    let mut hashed = SmallVec::<[u8; NAME_BYTES]>::from_slice(Uuid::NAMESPACE_X500.as_bytes());
    name.iter().for_each(|part| hashed.extend_from_slice(part.as_bytes()));
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &hashed);
    let mut start = uuid::Bytes::default();
    start.iter_mut().zip(hash.as_ref()).for_each(|(byte, hashed)| *byte = *hashed);
    EntityId::transient_uuid(entity_type, uuid::Builder::from_sha1_bytes(start).into_uuid())
}

/// Room for the usual name of a thing, so that it needs no memory of its own.
const NAME_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::found::{InsightFacts, SignalFacts};

    /// The id of a sighting of an observable, as `id_of` makes it.
    fn of(kind: &str, value: &str, id_of: impl FnOnce(&Context<'_>) -> EntityId) -> String {
        let observable = Observable { kind: kind.into(), value: value.into() };
        let console = crate::console::Console::of_api_host("api.sumologic.com");
        id_of(&Context::new(&observable, &console, chrono::DateTime::UNIX_EPOCH)).to_string()
    }

    #[test]
    fn ids_are_those_of_production() {
        assert_eq!(
            indicator_id("MATCH-U00001").as_str(),
            "transient:indicator-9692a26b-2f2c-5deb-8178-4e359a1fe1fd"
        );
        assert_eq!(
            indicator_id("MATCH-S00518").as_str(),
            "transient:indicator-e1cd3308-76e7-5193-83cb-0662e2cf8a3d"
        );
        let insight = InsightFacts {
            id: Some("5894b5c4-cb1b-4164-839e-433fb9b06780".into()),
            created: Some("2021-10-05T21:01:17.404626".into()),
            ..InsightFacts::default()
        }
        .into();
        assert_eq!(
            of("domain", "ad.lan.cyberthre.at", |context| insight_sighting_id(&insight, context)),
            "transient:sighting-e0b75997-268f-5584-b565-495cbd493072"
        );
        let id = "0a7e76c2-cc59-5600-83d3-ebdabcc38267";
        let signal = SignalFacts { id: Some(id.into()), ..SignalFacts::default() }.into();
        let hash = "b630e72639cc7340620adb0cfc26332ec52fe8867b769695f2d25718d68b1b40";
        assert_eq!(
            of("sha256", hash, |context| signal_sighting_id(&signal, context)),
            "transient:sighting-84325385-afe6-5c99-86a6-9f73faf8c457"
        );
    }

    #[test]
    fn ids_are_those_that_the_model_makes_of_names() {
        for name in ["", "a", &"é".repeat(300)] {
            assert_eq!(
                transient(EntityType::Sighting, &["", name]),
                EntityId::transient_v5(EntityType::Sighting, &Uuid::NAMESPACE_X500, name)
            );
        }
    }

    #[test]
    fn relationships_of_equal_ends_and_kind_have_one_id() {
        let (a, b) = (indicator_id("a"), indicator_id("b"));
        let id = |source, kind, target| relationship_id(source, &kind, target);
        assert_eq!(id(&a, RelationshipType::BasedOn, &b), id(&a, RelationshipType::BasedOn, &b));
        assert_ne!(id(&a, RelationshipType::BasedOn, &b), id(&b, RelationshipType::BasedOn, &a));
        assert_ne!(id(&a, RelationshipType::BasedOn, &b), id(&a, RelationshipType::SightingOf, &b));
    }
}
