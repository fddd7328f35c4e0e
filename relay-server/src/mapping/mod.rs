//! Maps what Cloud SIEM found to CTIM: pure functions, no I/O.
//!
//! An insight becomes a sighting, a signal becomes a sighting, the rule of a signal becomes an
//! indicator. The page "Mapping" of the documentation tells for each CTIM field where it comes
//! from.

mod context;
mod ids;
mod indicator;
mod record;
mod relationship;
mod severity;
mod sighting;
mod target;
mod technique;

pub(crate) use self::context::{Context, SOURCE, signal_start};
pub(crate) use self::ids::{indicator_id, insight_sighting_id, signal_sighting_id};
pub(crate) use self::indicator::{TACTIC_TAG, indicator, tactic_name};
pub(crate) use self::record::RecordFacts;
pub(crate) use self::relationship::relationship;
pub(crate) use self::sighting::{SeenSignal, SignalCounts, insight_sighting, signal_sighting, signal_time};
