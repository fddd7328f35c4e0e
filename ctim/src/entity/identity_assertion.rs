//! IdentityAssertion, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AssertionType, Tlp};
use crate::{ExternalReference, Observable, ValidTime};

entity! {
    /// Named facts asserted about whatever is identified by a set of observables.
    pub struct IdentityAssertion is "IdentityAssertion", "identity-assertion", created as NewIdentityAssertion is "NewIdentityAssertion" {
        /// The facts. Required.
        elements assertions: Assertion;
        /// Observables the facts are about. Required.
        required identity: IdentityCoordinates;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Span in which the object holds. Optional.
        optional valid_time: ValidTime;
    }
}

structure! {
    /// One name/value fact.
    pub struct Assertion is "Assertion" {
        /// Fact name; open list. Required.
        required name: AssertionType;
        /// Fact value. Required.
        required value: String;
    }
}

structure! {
    /// Observables that identify the subject of an assertion.
    pub struct IdentityCoordinates is "IdentityCoordinates" {
        /// Observables. Required.
        elements observables: Observable;
    }
}
