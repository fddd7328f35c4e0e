//! The rights of access keys, and the right that each operation needs.

use std::fmt;

use super::operation::Operation;

macro_rules! rights {
    ($($name:ident = $text:literal;)*) => {
        /// A right ("capability") of the role behind an access key, from the vendor's page "Role
        /// capabilities".
        ///
        /// The right that an operation needs is not documented for each of them; the stand-in's
        /// view is [`Operation::right`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Right {
            $(
                #[doc = concat!("`", $text, "`.")]
                $name,
            )*
        }

        impl Right {
            /// All rights.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name of the right, as the vendor writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

rights! {
    ViewCse = "viewCse";
    CommentOnInsights = "cseCommentOnInsights";
    ManageInsightStatus = "cseManageInsightStatus";
    ManageInsightAssignee = "cseManageInsightAssignee";
    ManageInsightTags = "cseManageInsightTags";
    ViewRules = "cseViewRules";
    ManageRules = "cseManageRules";
    ViewMatchLists = "cseViewMatchLists";
    ManageMatchLists = "cseManageMatchLists";
    ViewSuppressedEntities = "cseViewSuppressedEntities";
    ManageSuppressedEntities = "cseManageSuppressedEntities";
    ViewThreatIntelligence = "cseViewThreatIntelligence";
    ManageThreatIntelligence = "cseManageThreatIntelligence";
    ViewEntity = "cseViewEntity";
    ManageEntity = "cseManageEntity";
    ViewEntityCriticality = "cseViewEntityCriticality";
    ManageEntityCriticality = "cseManageEntityCriticality";
    ViewEnrichments = "cseViewEnrichments";
    ViewThreatIntelDataStore = "viewThreatIntelDataStore";
    ManageThreatIntelDataStore = "manageThreatIntelDataStore";
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Operation {
    /// The right that the stand-in asks for: `None` where any valid key will do. Every operation of
    /// Cloud SIEM needs [`Right::ViewCse`] besides.
    pub fn right(self) -> Option<Right> {
        use Operation as O;
        Some(match self {
            O::GetCollectors | O::ListHealthEvents | O::ListHealthEventsForResources => return None,
            O::AddInsightComment => Right::CommentOnInsights,
            O::UpdateInsightStatus => Right::ManageInsightStatus,
            O::UpdateInsightAssignee | O::RemoveInsightAssignee => Right::ManageInsightAssignee,
            O::AddTagToInsight | O::RemoveTagFromInsight => Right::ManageInsightTags,
            O::GetRules | O::GetRule => Right::ViewRules,
            O::DeleteRule | O::UpdateRuleEnabled => Right::ManageRules,
            O::GetMatchLists
            | O::GetMatchList
            | O::GetMatchListItems
            | O::GetAllMatchListItems
            | O::GetMatchListItem
            | O::GetCustomMatchListColumns => Right::ViewMatchLists,
            O::CreateMatchList
            | O::UpdateMatchList
            | O::DeleteMatchList
            | O::AddItemsToMatchList
            | O::BulkDeleteMatchListItems
            | O::UpdateMatchListItem
            | O::DeleteMatchListItem => Right::ManageMatchLists,
            O::GetSuppressLists | O::GetSuppressList | O::GetSuppressListItems | O::GetSuppressListItem => {
                Right::ViewSuppressedEntities
            }
            O::CreateSuppressList
            | O::UpdateSuppressList
            | O::DeleteSuppressList
            | O::AddItemsToSuppressList
            | O::UpdateSuppressListItem
            | O::DeleteSuppressListItem
            | O::UpdateEntitySuppressed
            | O::BulkUpdateEntityWhitelist => Right::ManageSuppressedEntities,
            O::GetThreatIntelligenceSources
            | O::GetThreatIntelSource
            | O::GetThreatIntelIndicators
            | O::GetAllThreatIntelIndicators
            | O::GetThreatIntelIndicator => Right::ViewThreatIntelligence,
            O::CreateThreatIntelSource
            | O::AddIndicatorToThreatIntelSource
            | O::UpdateThreatIntelIndicator
            | O::DeleteThreatIntelIndicator => Right::ManageThreatIntelligence,
            O::GetEntities
            | O::GetAllEntities
            | O::GetEntity
            | O::GetRelatedEntitiesById
            | O::GetEntityNotes => Right::ViewEntity,
            O::RemoveEntityTags
            | O::AddEntityTags
            | O::UpdateEntityTags
            | O::BulkAddEntityTags
            | O::BulkUpdateEntityTags
            | O::BulkRemoveEntityTags
            | O::UpdateEntityCriticality
            | O::BulkUpdateEntityCriticality
            | O::AddEntityNote
            | O::DeleteEntityNote
            | O::UpdateEntityNote => Right::ManageEntity,
            O::GetEntityCriticalityConfigs | O::GetEntityCriticalityConfig => Right::ViewEntityCriticality,
            O::CreateEntityCriticalityConfig
            | O::UpdateEntityCriticalityConfig
            | O::DeleteEntityCriticalityConfig => Right::ManageEntityCriticality,
            O::GetInsightEnrichments | O::GetSignalEnrichments | O::GetEntityEnrichments => {
                Right::ViewEnrichments
            }
            O::DatastoreGet | O::RetentionPeriod => Right::ViewThreatIntelDataStore,
            O::RemoveDatastore
            | O::SetRetentionPeriod
            | O::UploadNormalizedIndicators
            | O::RemoveIndicators => Right::ManageThreatIntelDataStore,
            _ => Right::ViewCse,
        })
    }
}
