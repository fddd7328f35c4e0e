//! Parts that several entities share.

use crate::report::Rule;
use crate::time::Time;
use crate::validate::Walk;
use crate::vocabulary::{ColumnType, KillChainName, KillChainPhaseName, ObservableTypeIdentifier};

structure! {
    /// Name and type of a table column.
    pub struct ColumnDefinition is "ColumnDefinition" {
        /// Column name. Required.
        required name: String;
        /// Cell type. Required.
        required r#type = "type": ColumnType;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Whether cells may not be null (documented default true). Optional.
        optional required: bool;
        /// One-line summary. Optional.
        optional short_description: String;
    }
}

structure! {
    /// Pointer to information outside CTIM. Only source_name is required.
    pub struct ExternalReference is "ExternalReference" {
        /// Name of the outside source. Required; at most 2048 UTF-16 units.
        required source_name: String as MedString;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Identifier in that source. Optional.
        optional external_id: String;
        /// Hashes of the referenced content (list of strings). Optional.
        list hashes: String;
        /// Link. Optional; a URI of at most 2048 UTF-16 units.
        optional url: String as Uri;
    }
}

structure! {
    /// Phase of a kill chain. If the chain is the Lockheed-Martin one, the phase must be one of its seven.
    pub struct KillChainPhase is "KillChainPhase" checked by phase_of_chain {
        /// Name of the kill chain. Required.
        required kill_chain_name: KillChainName;
        /// Name of the phase. Required.
        required phase_name: KillChainPhaseName;
    }
}

structure! {
    /// Typed atomic value such as an address, name or hash. Inline only; never an entity.
    pub struct Observable is "Observable" checked by value_not_empty {
        /// Observable type; closed list. Required.
        required r#type = "type": ObservableTypeIdentifier;
        /// The value; documentation asks for a non-empty string. Required.
        required value: String;
    }
}

structure! {
    /// Time of an observation; start required, end optional and not before start.
    pub struct ObservedTime is "ObservedTime" checked by observed_time_in_order {
        /// Start of the span. Required.
        required start_time: Time;
        /// End of the span. Optional.
        optional end_time: Time;
    }
}

structure! {
    /// Time span of validity; both ends optional, end not before start. {} is valid.
    pub struct ValidTime is "ValidTime" checked by valid_time_in_order {
        /// End of the span. Optional.
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
