//! Relationship, its form for creation.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{RelationshipType, Tlp};

entity! {
    /// Directed, typed edge between two entities.
    pub struct Relationship is "Relationship", "relationship", created as NewRelationship is "NewRelationship" {
        /// Edge type. Required.
        required relationship_type: RelationshipType;
        /// Edge start. Required.
        required source_ref: EntityId;
        /// Edge end. Required.
        required target_ref: EntityId;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}
