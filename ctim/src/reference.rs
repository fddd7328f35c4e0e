//! References of entities to others.

use std::sync::Arc;

use crate::id::EntityId;
use crate::report::{Level, Rule, Violation};
use crate::text_form;

/// A reference to another entity, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reference<'a> {
    /// JSON pointer (RFC 6901) of the reference, seen from the entity that has it.
    pub pointer: String,
    /// The id of the other entity.
    pub id: &'a EntityId,
    /// The id of the entity that has the reference.
    pub(crate) holder: Option<Arc<EntityId>>,
}

/// Returns the violation of a reference whose target is missing.
pub(crate) fn dangling(reference: Reference<'_>) -> Violation {
    let id = text_form::excerpt(reference.id.as_str());
    let detail = format!("no entity here has the id {id}");
    Violation::new(reference.pointer, Level::Error, Rule::DanglingReference, detail).within(reference.holder)
}
