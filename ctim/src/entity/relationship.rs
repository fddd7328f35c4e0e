//! Relationship, its form for creation.

use serde_json::Map;
use uuid::Uuid;

use crate::ExternalReference;
use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::list::List;
use crate::relationships::warn_if_undefined;
use crate::time::Time;
use crate::validator::Validator;
use crate::vocabulary::{RelationshipType, Tlp};

entity! {
    /// A directed link between two entities.
    pub struct Relationship is "Relationship", "relationship", created as NewRelationship is "NewRelationship"
        checked by relationship_is_defined, new_relationship_is_defined {
        /// The meaning of the link. Required.
        required relationship_type: RelationshipType;
        /// The entity from which the link goes. Required.
        required source_ref: EntityId;
        /// The entity to which the link goes. Required.
        required target_ref: EntityId;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

impl Relationship {
    /// Returns the link from one entity to another, with an id that depends on `namespace`, both
    /// ends and the type alone ([`EntityId::transient_from_parts`]), so that the same link gets the
    /// same id again.
    ///
    /// `source` and `target` are entities or ids. `namespace` is any UUID of the producer's own.
    ///
    /// ```
    /// use ctim::vocabulary::{HighMedLow, RelationshipType};
    /// use ctim::{EntityId, EntityType, Relationship, Sighting, Time};
    /// use uuid::Uuid;
    ///
    /// let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"example.com");
    /// let sighting = Sighting::builder()
    ///     .id(EntityId::transient_v5(EntityType::Sighting, &namespace, "alert-1"))
    ///     .confidence(HighMedLow::High)
    ///     .count(1)
    ///     .observed_time(Time::MIN_VALID)
    ///     .build();
    /// let indicator = EntityId::transient_v5(EntityType::Indicator, &namespace, "rule-1");
    /// let link =
    ///     Relationship::between(&sighting, RelationshipType::SightingOf, &indicator, &namespace);
    /// assert_eq!((&link.source_ref, &link.target_ref), (&sighting.id, &indicator));
    /// assert_eq!(link, Relationship::between(&sighting, "sighting-of", &indicator, &namespace));
    /// ```
    #[must_use]
    pub fn between(
        source: &impl AsRef<EntityId>,
        relationship_type: impl Into<RelationshipType>,
        target: &impl AsRef<EntityId>,
        namespace: &Uuid,
    ) -> Self {
        let (source, target, relationship_type) =
            (source.as_ref(), target.as_ref(), relationship_type.into());
        let parts = [source.as_str(), relationship_type.as_str(), target.as_str()];
        Self {
            id: EntityId::transient_from_parts(EntityType::Relationship, namespace, parts),
            schema_version: crate::SCHEMA_VERSION.to_owned(),
            source_ref: source.clone(),
            target_ref: target.clone(),
            relationship_type,
            description: None,
            short_description: None,
            source: None,
            source_uri: None,
            title: None,
            revision: None,
            external_ids: List::absent(),
            external_references: List::absent(),
            timestamp: None,
            language: None,
            tlp: None,
            extra: Map::new(),
        }
    }
}

/// Warns if the ids name the types that they link and the model does not define such a link.
fn relationship_is_defined(relationship: &Relationship, validator: &mut Validator<'_>) {
    let ends = (relationship.source_ref.entity_type(), relationship.target_ref.entity_type());
    if let (Some(source), Some(target)) = ends {
        warn_if_undefined(source, &relationship.relationship_type, target, validator);
    }
}

/// Does the same for the form for creation.
fn new_relationship_is_defined(relationship: &NewRelationship, validator: &mut Validator<'_>) {
    let ends = (relationship.source_ref.entity_type(), relationship.target_ref.entity_type());
    if let (Some(source), Some(target)) = ends {
        warn_if_undefined(source, &relationship.relationship_type, target, validator);
    }
}
