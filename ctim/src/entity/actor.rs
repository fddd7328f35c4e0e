//! Actor, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{HighMedLow, IntendedEffect, Motivation, Sophistication, ThreatActorType, Tlp};
use crate::{ExternalReference, ValidTime};

entity! {
    /// A person or group behind attacks. Unlike most entities it requires a source and all three
    /// descriptive texts.
    pub struct Actor is "Actor", "actor", created as NewActor is "NewActor" {
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Summary in one line. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Name to show, short. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// The span in which the entity holds; may be empty. Required, but not in the form for
        /// creation.
        defaulted valid_time: ValidTime;
        /// Kinds of actor it belongs to. Optional.
        list actor_types: ThreatActorType;
        /// Other names by which it is known. Optional; each at most 1024 UTF-16 units.
        list aliases: String as ShortString;
        /// The confidence of the source. Optional.
        optional confidence: HighMedLow;
        /// The identity of the actor. Optional.
        optional identity: Identity;
        /// The goals of the attacker. Optional.
        optional intended_effect: IntendedEffect;
        /// The motivation of the actor. Optional.
        optional motivation: Motivation;
        /// Resources and abilities of the actor. Optional; at most 5000 UTF-16 units.
        optional planning_and_operational_support: String as LongString;
        /// The skills of the actor. Optional.
        optional sophistication: Sophistication;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

structure! {
    /// A description of a person or an organisation.
    pub struct Identity is "Identity" {
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Links to other identities. Required.
        elements related_identities: RelatedIdentity;
    }
}

structure! {
    /// A link to another identity.
    pub struct RelatedIdentity is "RelatedIdentity" {
        /// The other identity. Required; a URI of at most 2048 UTF-16 units.
        required identity: String as Uri;
        /// The confidence of the source. Optional.
        optional confidence: HighMedLow;
        /// The person or system that states the link. Optional.
        optional information_source: String;
        /// The relation of the two, in free words. Optional.
        optional relationship: String;
    }
}
