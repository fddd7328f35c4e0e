//! Vocabularies of campaigns.

vocabulary! {
    /// Whether a campaign is over, under way or to come.
    closed CampaignStatus is "CampaignStatus" {
        Future = "Future",
        Historic = "Historic",
        Ongoing = "Ongoing",
    }
}
