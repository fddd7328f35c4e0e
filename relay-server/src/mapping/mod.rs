//! From what Cloud SIEM found to CTIM: pure functions, no I/O.
//!
//! An insight becomes a sighting, a signal becomes a sighting, the rule of a signal becomes an indicator. The
//! page "Mapping" of the documentation tells for each CTIM field where it comes from.

mod ids;
mod indicator;
mod severity;
mod sighting;
mod target;

use chrono::{DateTime, Utc};
use ctim::vocabulary::RelationshipType;
use ctim::{EntityId, Relationship, Truncate};

pub(crate) use self::ids::{indicator_id, insight_sighting_id, signal_sighting_id};
pub(crate) use self::indicator::indicator;
pub(crate) use self::sighting::{insight_sighting, signal_sighting};
use crate::console::Console;
use crate::observable::Observable;

/// Who made the sightings and indicators.
pub(crate) const SOURCE: &str = "Sumo Logic Cloud SIEM Enterprise";

/// What every mapping needs beside the found thing itself.
pub(crate) struct Context<'a> {
    observable: &'a Observable,
    /// The observable as it stands in the names that ids of sightings are made of.
    observable_in_names: String,
    console: &'a Console,
    asked: DateTime<Utc>,
}

impl<'a> Context<'a> {
    /// The context of all that was found for `observable`. `asked` is when the question was asked: the time of a thing whose
    /// own time cannot be read.
    pub(crate) fn new(observable: &'a Observable, console: &'a Console, asked: DateTime<Utc>) -> Self {
        Self { observable, observable_in_names: ids::in_names(observable), console, asked }
    }
}

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

/// A time as Cloud SIEM writes it, when CTIM can hold it.
fn time(text: Option<&str>) -> Option<ctim::Time> {
    text?.parse().ok().filter(|time: &ctim::Time| time.is_in_range())
}

/// When a signal's rule first fired, as far as this signal tells.
pub(crate) fn signal_start(signal: &crate::observe::found::FoundSignal) -> Option<ctim::Time> {
    time(signal.timestamp())
}
