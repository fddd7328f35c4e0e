//! IdentityAssertion, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{AssertionType, Tlp};
use crate::{ExternalReference, Observable, ValidTime};

entity! {
    /// Facts about the person or thing that a set of observables identifies.
    pub struct IdentityAssertion is "IdentityAssertion", "identity-assertion", created as NewIdentityAssertion is "NewIdentityAssertion" {
        /// The facts. Required.
        elements assertions: Assertion;
        /// The identity that the facts are about. Required.
        required identity: IdentityCoordinates;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// The span in which the entity holds; may be empty. Optional.
        optional valid_time: ValidTime;
    }
}

structure! {
    /// A fact about an identity.
    pub struct Assertion is "Assertion" {
        /// Name of the fact. Required.
        required name: AssertionType;
        /// Value of the fact. Required.
        required value: String;
    }
}

structure! {
    /// Observables that identify whom facts are about.
    pub struct IdentityCoordinates is "IdentityCoordinates" {
        /// Observables that identify it. Required.
        elements observables: Observable;
    }
}
