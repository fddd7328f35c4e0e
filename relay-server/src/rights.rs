//! The rights of access keys ("capabilities" of the role behind them) that calls to Cloud SIEM
//! need.

/// Returns the right that an operation needs, as the vendor's page "Role capabilities" names it;
/// none if no source tells.
pub(crate) fn right_for(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "GetInsights" | "GetAllInsights" | "GetInsight" | "GetInsightCounts" | "GetInsightStatuses"
        | "GetSignals" | "GetAllSignals" | "GetSignal" | "GetSignalCounts" | "GetRecordCounts"
        | "GetInsightComments" => "viewCse",
        "AddInsightComment" => "cseCommentOnInsights",
        "UpdateInsightStatus" => "cseManageInsightStatus",
        "UpdateInsightAssignee" | "RemoveInsightAssignee" => "cseManageInsightAssignee",
        "AddTagToInsight" | "RemoveTagFromInsight" => "cseManageInsightTags",
        "GetEntities" | "GetAllEntities" | "GetEntity" => "cseViewEntity",
        "GetInsightEnrichments" | "GetSignalEnrichments" | "GetEntityEnrichments" => "cseViewEnrichments",
        "GetMatchLists"
        | "GetMatchList"
        | "GetMatchListItems"
        | "GetAllMatchListItems"
        | "GetMatchListItem" => "cseViewMatchLists",
        "AddItemsToMatchList"
        | "UpdateMatchListItem"
        | "DeleteMatchListItem"
        | "BulkDeleteMatchListItems" => "cseManageMatchLists",
        "GetSuppressLists" | "GetSuppressList" | "GetSuppressListItems" | "GetSuppressListItem" => {
            "cseViewSuppressedEntities"
        }
        "AddItemsToSuppressList"
        | "UpdateSuppressListItem"
        | "DeleteSuppressListItem"
        | "UpdateEntitySuppressed" => "cseManageSuppressedEntities",
        "GetThreatIntelligenceSources"
        | "GetThreatIntelSource"
        | "GetThreatIntelIndicators"
        | "GetAllThreatIntelIndicators"
        | "GetThreatIntelIndicator" => "cseViewThreatIntelligence",
        "AddIndicatorToThreatIntelSource" | "UpdateThreatIntelIndicator" | "DeleteThreatIntelIndicator" => {
            "cseManageThreatIntelligence"
        }
        "uploadNormalizedIndicators" | "removeIndicators" => "manageThreatIntelDataStore",
        "AddEntityTags" | "RemoveEntityTags" | "UpdateEntityTags" | "AddEntityNote" => "cseManageEntity",
        "UpdateEntityCriticality" => "cseManageEntity or cseManageEntityCriticality",
        "GetEntityCriticalityConfigs" => "cseViewEntityCriticality",
        "GetRules" | "GetRule" => "cseViewRules",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use sumo_client::testing::{Operation, Right};

    use super::right_for;

    #[test]
    fn rights_are_those_that_the_stand_in_asks_for() {
        let mut named = 0;
        for operation in Operation::ALL {
            let Some(right) = right_for(operation.id()) else { continue };
            named += 1;
            let wanted = operation.right().map(Right::as_str);
            assert!(right.split(" or ").any(|one| Some(one) == wanted), "{}", operation.id());
        }
        assert!(named > 40, "{named}");
    }
}
