//! Actor, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{HighMedLow, IntendedEffect, Motivation, Sophistication, ThreatActorType, Tlp};
use crate::{ExternalReference, ValidTime};

entity! {
    /// A threat actor: person or group behind attacks. Needs a source and all three descriptive texts.
    pub struct Actor is "Actor", "actor", created as NewActor is "NewActor" {
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// One-line summary. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// Where the intelligence came from. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Short display name. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// Span in which the object holds. Required, but not in the form for creation.
        defaulted valid_time: ValidTime;
        /// Kinds of actor. Optional.
        list actor_types: ThreatActorType;
        /// Other names. Optional; each at most 1024 UTF-16 units.
        list aliases: String as ShortString;
        /// How sure the producer is. Optional.
        optional confidence: HighMedLow;
        /// Who the actor is. Optional.
        optional identity: Identity;
        /// What the attacker wants. Optional.
        optional intended_effect: IntendedEffect;
        /// Why the actor attacks. Optional.
        optional motivation: Motivation;
        /// Resources and abilities. Optional; at most 5000 UTF-16 units.
        optional planning_and_operational_support: String as LongString;
        /// Skill of the actor. Optional.
        optional sophistication: Sophistication;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
    }
}

structure! {
    /// Description of a person or organisation.
    pub struct Identity is "Identity" {
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Linked identities. Required.
        elements related_identities: RelatedIdentity;
    }
}

structure! {
    /// Link from an identity to another.
    pub struct RelatedIdentity is "RelatedIdentity" {
        /// URI of the other identity. Required; a URI of at most 2048 UTF-16 units.
        required identity: String as Uri;
        /// How sure the producer is. Optional.
        optional confidence: HighMedLow;
        /// Source of the link. Optional.
        optional information_source: String;
        /// Free text relation. Optional.
        optional relationship: String;
    }
}
