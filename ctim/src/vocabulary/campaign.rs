//! Vocabularies of campaigns.

vocabulary! {
    /// The status of a campaign: over, under way or to come.
    closed CampaignStatus is "CampaignStatus" {
        Future = "Future",
        Historic = "Historic",
        Ongoing = "Ongoing",
    }
}
