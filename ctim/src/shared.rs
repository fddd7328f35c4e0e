//! Parts that several entities share.

use std::hash::{Hash, Hasher};

use serde_json::Map;

use crate::report::Rule;
use crate::time::Time;
use crate::validator::Validator;
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
        /// True if cells must not be null; true by convention. Optional.
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
        /// Hashes of the content at the link. Optional.
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
    /// A typed value by which things are recognised: an address, a name, a hash. It is a part of
    /// entities, never one itself.
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
    /// The span in which something holds; without an end on a side it is open there. Equal ends are
    /// fine.
    pub struct ValidTime is "ValidTime" checked by valid_time_in_order {
        /// End of the span; not before its start. Optional.
        optional end_time: Time;
        /// Start of the span. Optional.
        optional start_time: Time;
    }
}

impl Observable {
    /// Returns the observable with this type and value.
    ///
    /// ```
    /// use ctim::{Observable, vocabulary::ObservableTypeIdentifier};
    ///
    /// let observable = Observable::new(ObservableTypeIdentifier::Ip, "198.51.100.7");
    /// assert_eq!(observable, Observable::new("ip", "198.51.100.7"));
    /// ```
    #[must_use]
    pub fn new(r#type: impl Into<ObservableTypeIdentifier>, value: impl Into<String>) -> Self {
        Self { r#type: r#type.into(), value: value.into(), extra: Map::new() }
    }
}

impl Hash for Observable {
    /// Hashes what identifies the observable.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.r#type.hash(state);
        self.value.hash(state);
    }
}

impl ObservedTime {
    /// Returns the span from `start` to `end`.
    ///
    /// ```
    /// use ctim::{ObservedTime, Time, Validate};
    ///
    /// let start: Time = "2024-05-01T10:15:30Z".parse()?;
    /// let end: Time = "2024-05-01T10:17:00Z".parse()?;
    /// assert!(ObservedTime::between(start, end).validate().is_empty());
    /// assert_eq!(ObservedTime::at(start), ObservedTime::from(start));
    /// # Ok::<(), ctim::TimeError>(())
    /// ```
    #[must_use]
    pub fn between(start: impl Into<Time>, end: impl Into<Time>) -> Self {
        Self { end_time: Some(end.into()), ..Self::at(start) }
    }

    /// Returns one point in time: a span with a start alone.
    #[must_use]
    pub fn at(time: impl Into<Time>) -> Self {
        Self { start_time: time.into(), end_time: None, extra: Map::new() }
    }
}

impl From<Time> for ObservedTime {
    /// Returns the one point in time, as [`ObservedTime::at`].
    fn from(time: Time) -> Self {
        Self::at(time)
    }
}

impl Default for ValidTime {
    /// Returns the span that is open on both sides, which is written as `{}`.
    fn default() -> Self {
        Self { start_time: None, end_time: None, extra: Map::new() }
    }
}

impl ValidTime {
    /// Returns the span from `start` to `end`.
    ///
    /// ```
    /// use ctim::{Time, ValidTime};
    ///
    /// let always = ValidTime::default();
    /// let since = ValidTime::since(Time::MIN_VALID);
    /// let between = ValidTime::between(Time::MIN_VALID, Time::FOREVER);
    /// assert!([always, since, between].iter().all(|span| span.contains(Time::MIN_VALID)));
    /// ```
    #[must_use]
    pub fn between(start: impl Into<Time>, end: impl Into<Time>) -> Self {
        Self { end_time: Some(end.into()), ..Self::since(start) }
    }

    /// Returns the span from `start` on, without an end.
    #[must_use]
    pub fn since(start: impl Into<Time>) -> Self {
        Self { start_time: Some(start.into()), ..Self::default() }
    }

    /// Returns the span up to `end`, without a start.
    #[must_use]
    pub fn until(end: impl Into<Time>) -> Self {
        Self { end_time: Some(end.into()), ..Self::default() }
    }
}

fn valid_time_in_order(span: &ValidTime, validator: &mut Validator<'_>) {
    in_order(span.start_time, span.end_time, validator);
}

fn observed_time_in_order(span: &ObservedTime, validator: &mut Validator<'_>) {
    in_order(Some(span.start_time), span.end_time, validator);
}

/// Reports a span that ends before it starts; equal ends are fine.
fn in_order(start: Option<Time>, end: Option<Time>, validator: &mut Validator<'_>) {
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        validator.error(Rule::TimeOrder, format!("ends at {end}, before it starts at {start}"));
    }
}

fn phase_of_chain(phase: &KillChainPhase, validator: &mut Validator<'_>) {
    if phase.kill_chain_name == KillChainName::LockheedMartinCyberKillChain && !phase.phase_name.is_known() {
        let name = crate::text_form::excerpt(phase.phase_name.as_str());
        validator
            .error(Rule::KillChainPhase, format!("{name} is not a phase of the Lockheed Martin kill chain"));
    }
}

fn value_not_empty(observable: &Observable, validator: &mut Validator<'_>) {
    if observable.value.is_empty() {
        validator.warning(Rule::Empty, "the observable has an empty value".to_owned());
    }
}
