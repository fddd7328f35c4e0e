//! Parts that several entities share.

use crate::report::Rule;
use crate::time::Time;
use crate::validate::Walk;
use crate::vocabulary::{ColumnType, KillChainName, KillChainPhaseName, ObservableTypeIdentifier};

structure! {
    /// A column of a table.
    pub struct ColumnDefinition is "ColumnDefinition" {
        /// Name of the column. Required.
        required name: String;
        /// Type of the cells. Required.
        required r#type = "type": ColumnType;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Whether cells must not be null; true by convention. Optional.
        optional required: bool;
        /// Summary in one line. Optional.
        optional short_description: String;
    }
}

structure! {
    /// A pointer to information outside CTIM.
    pub struct ExternalReference is "ExternalReference" {
        /// Name of the place that has the information. Required; at most 2048 UTF-16 units.
        required source_name: String as MedString;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Id of the information at its place. Optional.
        optional external_id: String;
        /// Hashes of what is at the link. Optional.
        list hashes: String;
        /// Link to the information. Optional; a URI of at most 2048 UTF-16 units.
        optional url: String as Uri;
    }
}

structure! {
    /// A phase of a kill chain. In the Lockheed Martin chain it must be one of its seven phases.
    pub struct KillChainPhase is "KillChainPhase" checked by phase_of_chain {
        /// The kill chain. Required.
        required kill_chain_name: KillChainName;
        /// The phase. Required.
        required phase_name: KillChainPhaseName;
    }
}

structure! {
    /// A typed value by which things are recognised: an address, a name, a hash. It is a part of entities, never
    /// one itself.
    pub struct Observable is "Observable" checked by value_not_empty {
        /// Type of the value. Required.
        required r#type = "type": ObservableTypeIdentifier;
        /// The value; not empty by convention. Required.
        required value: String;
    }
}

structure! {
    /// The span in which something was seen. Equal ends are fine.
    pub struct ObservedTime is "ObservedTime" checked by observed_time_in_order {
        /// Start of the span. Required.
        required start_time: Time;
        /// End of the span; not before its start. Optional.
        optional end_time: Time;
    }
}

structure! {
    /// The span in which something holds; without an end on a side it is open there. Equal ends are fine.
    pub struct ValidTime is "ValidTime" checked by valid_time_in_order {
        /// End of the span; not before its start. Optional.
        optional end_time: Time;
        /// Start of the span. Optional.
        optional start_time: Time;
    }
}

impl Observable {
    /// The observable with this type and value.
    ///
    /// ```
    /// use ctim::{Observable, vocabulary::ObservableTypeIdentifier};
    ///
    /// let observable = Observable::new(ObservableTypeIdentifier::Ip, "198.51.100.7");
    /// assert_eq!(observable, Observable::new("ip", "198.51.100.7"));
    /// ```
    #[must_use]
    pub fn new(r#type: impl Into<ObservableTypeIdentifier>, value: impl Into<String>) -> Self {
        Self::builder().r#type(r#type).value(value).build()
    }
}

fn valid_time_in_order(span: &ValidTime, walk: &mut Walk<'_>) {
    in_order(span.start_time, span.end_time, walk);
}

fn observed_time_in_order(span: &ObservedTime, walk: &mut Walk<'_>) {
    in_order(Some(span.start_time), span.end_time, walk);
}

/// Equal ends are fine.
fn in_order(start: Option<Time>, end: Option<Time>, walk: &mut Walk<'_>) {
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        walk.error(Rule::TimeOrder, format!("ends at {end}, before it starts at {start}"));
    }
}

fn phase_of_chain(phase: &KillChainPhase, walk: &mut Walk<'_>) {
    if phase.kill_chain_name == KillChainName::LockheedMartinCyberKillChain && !phase.phase_name.is_known() {
        let name = crate::text::excerpt(phase.phase_name.as_str());
        walk.error(Rule::KillChainPhase, format!("{name} is no phase of the Lockheed Martin kill chain"));
    }
}

fn value_not_empty(observable: &Observable, walk: &mut Walk<'_>) {
    if observable.value.is_empty() {
        walk.warning(Rule::Empty, "the observable has an empty value".to_owned());
    }
}
