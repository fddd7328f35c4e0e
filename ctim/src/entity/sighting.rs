//! Sighting, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::node::{Object, Row};
use crate::time::Time;
use crate::vocabulary::{HighMedLow, ObservableRelationType, Resolution, Sensor, Severity, Tlp};
use crate::{ColumnDefinition, Context, ExternalReference, Observable, ObservedTime};

entity! {
    /// A record that something was seen, how often and when.
    pub struct Sighting is "Sighting", "sighting", created as NewSighting is "NewSighting" {
        /// The certainty of the source. Required, but not in the form for creation.
        defaulted confidence: HighMedLow;
        /// The number of times that it was seen. Required, but not in the form for creation; zero
        /// or more.
        defaulted count: i64 as PosInt;
        /// The time at which it was seen. Required.
        required observed_time: ObservedTime;
        /// The time of the malicious activity. Optional.
        optional activity_interval: ObservedTime;
        /// Details of the events. Optional.
        optional context: Context;
        /// A small table of facts. Optional.
        optional data: SightingDataTable;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// The time of detection by the source. Optional.
        optional detection_interval: ObservedTime;
        /// True if the organisation's own tools saw it. Optional.
        optional internal: bool;
        /// The time at which the record was made or changed at its source. Optional.
        optional modification_interval: ObservedTime;
        /// The observables of interest. Optional.
        list observables: Observable;
        /// Relations between the observables. Optional.
        list relations: ObservedRelation;
        /// The resolution. Optional.
        optional resolution: Resolution;
        /// Kind of device that reports. Optional.
        optional sensor: Sensor;
        /// The device that reports. Optional.
        optional sensor_coordinates: SensorCoordinates;
        /// The severity. Optional.
        optional severity: Severity;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Machines or users on which it was seen. Optional.
        list targets: IdentitySpecification;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// A machine or user on which something was seen.
    pub struct IdentitySpecification is "IdentitySpecification" {
        /// Observables that identify it. Required.
        elements observables: Observable;
        /// The time at which it was seen there. Required.
        required observed_time: ObservedTime;
        /// Kind of machine or user. Required.
        required r#type = "type": Sensor;
        /// Name of the operating system. Optional.
        optional os: String;
    }
}

structure! {
    /// A relation between two observables of a sighting.
    pub struct ObservedRelation is "ObservedRelation" {
        /// The person or system that states the relation. Required.
        required origin: String;
        /// The observable to which it has the relation. Required.
        required related: Observable;
        /// The relation. Required.
        required relation: ObservableRelationType;
        /// The observable that has the relation. Required.
        required source: Observable;
        /// Link to who states it. Optional; a URI of at most 2048 UTF-16 units.
        optional origin_uri: String as Uri;
        /// Further facts, free in form. Optional.
        optional relation_info: Object;
    }
}

structure! {
    /// The device that reports a sighting.
    pub struct SensorCoordinates is "SensorCoordinates" {
        /// Observables that identify it. Required.
        elements observables: Observable;
        /// Kind of device. Required.
        required r#type = "type": Sensor;
        /// Name of the operating system. Optional.
        optional os: String;
    }
}

structure! {
    /// A small table in a sighting.
    pub struct SightingDataTable is "SightingDataTable" {
        /// The columns, in order. Required.
        elements columns: ColumnDefinition;
        /// The rows, in order, each with one cell a column. Required.
        elements rows: Row;
        /// Number of rows. Optional.
        optional row_count: i64;
    }
}
