//! Sighting, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::node::{Object, Row};
use crate::time::Time;
use crate::vocabulary::{HighMedLow, ObservableRelationType, Resolution, Sensor, Severity, Tlp};
use crate::{ColumnDefinition, Context, ExternalReference, Observable, ObservedTime};

entity! {
    /// Record that something was seen in an environment, a given number of times in a time span.
    pub struct Sighting is "Sighting", "sighting", created as NewSighting is "NewSighting" {
        /// How sure the producer is. Required, but not in the form for creation.
        defaulted confidence: HighMedLow;
        /// How many times seen. Required, but not in the form for creation; zero or more.
        defaulted count: i64 as PosInt;
        /// When seen. Required.
        required observed_time: ObservedTime;
        /// When the malicious activity took place. Optional.
        optional activity_interval: ObservedTime;
        /// Event details. Optional.
        optional context: Context;
        /// Embedded table. Optional.
        optional data: SightingDataTable;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// When the source detected it. Optional.
        optional detection_interval: ObservedTime;
        /// True if seen by the organisation's own tools. Optional.
        optional internal: bool;
        /// When the record was made or changed at its source. Optional.
        optional modification_interval: ObservedTime;
        /// Observables. Optional.
        list observables: Observable;
        /// Relations between observables. Optional.
        list relations: ObservedRelation;
        /// What the sensor already did. Optional.
        optional resolution: Resolution;
        /// Kind of device that reports. Optional.
        optional sensor: Sensor;
        /// The reporting device (one object, not a list). Optional.
        optional sensor_coordinates: SensorCoordinates;
        /// How bad it is. Optional.
        optional severity: Severity;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Devices or users on which it was seen. Optional.
        list targets: IdentitySpecification;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// A target of a sighting, with the observables that identify it and when it was seen.
    pub struct IdentitySpecification is "IdentitySpecification" {
        /// Observables. Required.
        elements observables: Observable;
        /// When seen. Required.
        required observed_time: ObservedTime;
        /// Device kind; open list. Required.
        required r#type = "type": Sensor;
        /// Operating system name. Optional.
        optional os: String;
    }
}

structure! {
    /// Relation between two observables, inside a sighting.
    pub struct ObservedRelation is "ObservedRelation" {
        /// Who states the relation. Required.
        required origin: String;
        /// The other observable. Required.
        required related: Observable;
        /// Relation word. Required.
        required relation: ObservableRelationType;
        /// The main observable. Required.
        required source: Observable;
        /// Link to that origin. Optional; a URI of at most 2048 UTF-16 units.
        optional origin_uri: String as Uri;
        /// Free dictionary about the relation. Optional.
        optional relation_info: Object;
    }
}

structure! {
    /// The device that did the detecting, with the observables that identify it.
    pub struct SensorCoordinates is "SensorCoordinates" {
        /// Observables. Required.
        elements observables: Observable;
        /// Device kind; open list. Required.
        required r#type = "type": Sensor;
        /// Operating system name. Optional.
        optional os: String;
    }
}

structure! {
    /// Table embedded in a sighting (same shape as DataTable's own part).
    pub struct SightingDataTable is "SightingDataTable" {
        /// Column definitions, in order. Required.
        elements columns: ColumnDefinition;
        /// Rows of cells, in order. Required.
        elements rows: Row;
        /// Number of rows. Optional.
        optional row_count: i64;
    }
}
