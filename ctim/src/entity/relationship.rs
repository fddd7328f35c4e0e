//! Relationship, its form for creation.

use crate::ExternalReference;
use crate::defined_relationships::{new_relationship_is_defined, relationship_is_defined};
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{RelationshipType, Tlp};

entity! {
    /// A directed link between two entities.
    pub struct Relationship is "Relationship", "relationship", created as NewRelationship is "NewRelationship"
        checked by relationship_is_defined, new_relationship_is_defined {
        /// What the link means. Required.
        required relationship_type: RelationshipType;
        /// The entity from which the link goes. Required.
        required source_ref: EntityId;
        /// The entity to which the link goes. Required.
        required target_ref: EntityId;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Who or what states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}
