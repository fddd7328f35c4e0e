//! TargetRecord, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{Sensor, Tlp};
use crate::{ExternalReference, Observable, ObservedTime};

entity! {
    /// Observables seen together as one or more targets, without any threat attached.
    pub struct TargetRecord is "TargetRecord", "target-record", created as NewTargetRecord is "NewTargetRecord" {
        /// Where the intelligence came from. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The targets. Required.
        elements targets: Target;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// A target in a TargetRecord: IdentitySpecification plus four optional fields.
    pub struct Target is "Target" {
        /// Observables. Required.
        elements observables: Observable;
        /// When seen. Required.
        required observed_time: ObservedTime;
        /// Device kind; open list. Required.
        required r#type = "type": Sensor;
        /// True if seen by the organisation's own tools. Optional.
        optional internal: bool;
        /// Operating system name. Optional.
        optional os: String;
        /// Kind of device that reports. Optional.
        optional sensor: String;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}
