//! Campaign, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::{CampaignStatus, HighMedLow, IntendedEffect, Tlp};
use crate::{ExternalReference, ValidTime};

entity! {
    /// A set of malicious activities with a common aim, usually of one actor.
    pub struct Campaign is "Campaign", "campaign", created as NewCampaign is "NewCampaign" {
        /// Kind of campaign, in free words. Required; at most 1024 UTF-16 units.
        required campaign_type: String as ShortString;
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
        /// Summary in one line. Required; at most 2048 UTF-16 units.
        required short_description: String as MedString;
        /// Name to show, short. Required; at most 1024 UTF-16 units.
        required title: String as ShortString;
        /// The span in which the entity holds; may be empty. Required, but not in the form for
        /// creation.
        defaulted valid_time: ValidTime;
        /// Activities with their times. Optional.
        list activity: Activity;
        /// The confidence of the source. Optional.
        optional confidence: HighMedLow;
        /// The goals of the attacker. Optional.
        list intended_effect: IntendedEffect;
        /// Other names by which it is known. Optional; each at most 1024 UTF-16 units.
        list names: String as ShortString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// The status: over, under way or to come. Optional.
        optional status: CampaignStatus;
    }
}

structure! {
    /// Something that happened in a campaign.
    pub struct Activity is "Activity" {
        /// The time of the activity. Required.
        required date_time: Time;
        /// Text that explains it at length. Required; Markdown of at most 5000 UTF-16 units.
        required description: String as Markdown;
    }
}
