//! Ids that are equal for equal things: those that production has always shown, made CTIM by their
//! prefix.
//!
//! An id is `transient:`, the type, and a version 5 UUID in the X.500 namespace over a name made of
//! the thing's facts.

use ctim::vocabulary::RelationshipType;
use ctim::{EntityId, EntityType};
use sumo_client::Timestamp;
use sumo_client::api::insights::Insight;
use sumo_client::api::signals::Signal;
use uuid::Uuid;

use super::context::{Context, given};
use super::sighting::{INSIGHT_TITLE, SIGNAL_TITLE};

/// The id of the sighting of the observable in an insight.
pub(crate) fn insight_sighting_id(insight: &Insight, context: &Context<'_>) -> EntityId {
    sighting_id(INSIGHT_TITLE, insight.created.as_ref(), context, &insight.id)
}

/// The id of the sighting of the observable in a signal.
pub(crate) fn signal_sighting_id(signal: &Signal, context: &Context<'_>) -> EntityId {
    sighting_id(SIGNAL_TITLE, signal.created.as_ref(), context, &signal.id)
}

fn sighting_id(title: &str, created: Option<&Timestamp>, context: &Context<'_>, id: &str) -> EntityId {
    let created = created.map_or_else(|| "None".to_owned(), Timestamp::to_string);
    let (observable, id) = (&context.observable_in_names, given(id).unwrap_or("None"));
    transient(EntityType::Sighting, &format!("sighting-{title}-{created}-{observable}-{id}"))
}

/// The id of the indicator that stands for a rule.
pub(crate) fn indicator_id(rule_id: &str) -> EntityId {
    transient(EntityType::Indicator, &format!("indicator-Sumo Logic-{rule_id}"))
}

pub(super) fn relationship_id(source: &EntityId, kind: &RelationshipType, target: &EntityId) -> EntityId {
    transient(EntityType::Relationship, &format!("relationship-{kind}-{source}-{target}"))
}

fn transient(entity_type: EntityType, name: &str) -> EntityId {
    EntityId::transient_v5(entity_type, &Uuid::NAMESPACE_X500, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xdr_module::contract::observable::Observable;

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
        let mut insight = Insight::default();
        insight.id = "5894b5c4-cb1b-4164-839e-433fb9b06780".into();
        insight.created = Some("2021-10-05T21:01:17.404626".into());
        assert_eq!(
            of("domain", "ad.lan.cyberthre.at", |context| insight_sighting_id(&insight, context)),
            "transient:sighting-e0b75997-268f-5584-b565-495cbd493072"
        );
        let mut signal = Signal::default();
        signal.id = "0a7e76c2-cc59-5600-83d3-ebdabcc38267".into();
        let hash = "b630e72639cc7340620adb0cfc26332ec52fe8867b769695f2d25718d68b1b40";
        assert_eq!(
            of("sha256", hash, |context| signal_sighting_id(&signal, context)),
            "transient:sighting-84325385-afe6-5c99-86a6-9f73faf8c457"
        );
    }

    #[test]
    fn things_without_id_and_time_have_an_id_all_the_same() {
        let id = of("ip", "10.0.0.1", |context| signal_sighting_id(&Signal::default(), context));
        let name = format!("sighting-{SIGNAL_TITLE}-None-{{'value': '10.0.0.1', 'type': 'ip'}}-None");
        assert_eq!(id, transient(EntityType::Sighting, &name).to_string());
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
