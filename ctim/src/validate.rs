//! Strict validation, separate from tolerant reading.

use crate::report::Report;
use crate::sealed::Sealed;

/// Validation against the model's rules.
///
/// It covers what both layers of Cisco's own validation check (names of fields and closed
/// vocabularies; lengths, forms, ids, ranges and the order of times), and finds all violations at
/// once.
///
/// It looks at each value by itself. Two things it does not see: whether an entity with the id of a
/// reference exists ([`Bundle::check`](crate::Bundle::check) and
/// [`EntityLists::check`](crate::EntityLists::check) do), and how values were written before they
/// were read ([`Entity::check_text`](crate::Entity::check_text) does).
///
/// ```
/// use ctim::{Rule, Validate, ValidTime};
///
/// let span = ValidTime::builder()
///     .start_time("2024-05-02T00:00:00Z".parse::<ctim::Time>()?)
///     .end_time("2024-05-01T00:00:00Z".parse::<ctim::Time>()?)
///     .build();
/// let report = span.validate();
/// assert!(!report.is_valid());
/// assert_eq!(report.errors().next().map(|violation| violation.rule), Some(Rule::TimeOrder));
/// # Ok::<(), ctim::TimeError>(())
/// ```
///
/// It is implemented by this crate's types alone.
pub trait Validate: Sealed {
    /// Returns all that breaks the model's rules; nothing is changed.
    fn validate(&self) -> Report;
}
