//! Relationships between the entities of an answer.

use ctim::vocabulary::RelationshipType;
use ctim::{EntityId, Relationship, Truncate};

use super::ids;

/// The directed edge from `source` to `target`.
pub(crate) fn relationship(source: &EntityId, kind: RelationshipType, target: &EntityId) -> Relationship {
    let id = ids::relationship_id(source, &kind, target);
    let mut relationship = Relationship::builder()
        .id(id)
        .source_ref(source.clone())
        .target_ref(target.clone())
        .relationship_type(kind)
        .build();
    relationship.truncate();
    relationship
}
