//! TargetRecord, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{Sensor, Tlp};
use crate::{ExternalReference, Observable, ObservedTime};

entity! {
    /// A record of machines or users, without any threat.
    pub struct TargetRecord is "TargetRecord", "target-record", created as NewTargetRecord is "NewTargetRecord" {
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The machines or users. Required.
        elements targets: Target;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// A machine or user in a target record.
    pub struct Target is "Target" {
        /// Observables that identify it. Required.
        elements observables: Observable;
        /// The time at which it was seen. Required.
        required observed_time: ObservedTime;
        /// Kind of machine or user. Required.
        required r#type = "type": Sensor;
        /// True if the organisation's own tools saw it. Optional.
        optional internal: bool;
        /// Name of the operating system. Optional.
        optional os: String;
        /// Kind of device that reports, in free words. Optional.
        optional sensor: String;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}
