//! Campaign, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{CampaignStatus, HighMedLow, IntendedEffect, Tlp};
use crate::{ExternalReference, ValidTime};

entity! {
    /// A set of malicious activities with a common goal, usually run by an actor.
    pub struct Campaign is "Campaign", "campaign", created as NewCampaign is "NewCampaign" {
        /// Free text kind. Required; at most 1024 UTF-16 units.
        required campaign_type: String as ShortString;
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// One-line summary. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// Short display name. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// Span in which the object holds. Required, but not in the form for creation.
        defaulted valid_time: ValidTime;
        /// Dated activities. Optional.
        list activity: Activity;
        /// How sure the producer is. Optional.
        optional confidence: HighMedLow;
        /// What the attacker wants. Optional.
        list intended_effect: IntendedEffect;
        /// Other names. Optional; each at most 1024 UTF-16 units.
        list names: String as ShortString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Time status. Optional.
        optional status: CampaignStatus;
    }
}

structure! {
    /// A dated activity of a campaign.
    pub struct Activity is "Activity" {
        /// When it happened. Required.
        required date_time: Time;
        /// Long text. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
    }
}
