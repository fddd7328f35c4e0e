//! The operations that the stand-in answers, and the way from a request line to one of them.

use std::fmt;

use http::Method;
use percent_encoding::percent_decode_str;

macro_rules! operations {
    ($($name:ident, $method:ident, $path:literal;)*) => {
        /// An operation that the stand-in answers, by its operation id in the vendor's API
        /// description.
        ///
        /// Used to place a [`Fault`](super::Fault) and to read [`Counts`](super::Counts). Calls of
        /// other paths answer 404, unless a fault placed with [`When::path`](super::When::path)
        /// answers them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Operation {
            $(
                #[doc = concat!("`", stringify!($method), " ", $path, "`")]
                $name,
            )*
        }

        impl Operation {
            /// All operations that the stand-in answers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The operation id, as the vendor's API description writes it.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The HTTP method. `HEAD` is answered wherever `GET` is.
            pub fn method(self) -> Method {
                match self { $(Self::$name => Method::$method),* }
            }

            /// The path, with its parameters in braces.
            pub fn path(self) -> &'static str {
                match self { $(Self::$name => $path),* }
            }
        }
    };
}

// Fixed segments come before parameters in the same place, for the first match wins.
operations! {
    GetInsights, GET, "/api/sec/v1/insights";
    CreateInsightFromSignals, POST, "/api/sec/v1/insights";
    GetAllInsights, GET, "/api/sec/v1/insights/all";
    GetInsightCounts, GET, "/api/sec/v1/insights/counts";
    GetInsight, GET, "/api/sec/v1/insights/{id}";
    GetInsightHistory, GET, "/api/sec/v1/insights/{id}/history";
    GetInsightComments, GET, "/api/sec/v1/insights/{id}/comments";
    AddInsightComment, POST, "/api/sec/v1/insights/{id}/comments";
    GetInsightRelatedEntities, GET, "/api/sec/v1/insights/{id}/involved-entities";
    RemoveInsightAssignee, DELETE, "/api/sec/v1/insights/{id}/assignee";
    UpdateInsightAssignee, PUT, "/api/sec/v1/insights/{id}/assignee";
    RemoveSignalsFromInsight, DELETE, "/api/sec/v1/insights/{insightId}/signals";
    AddSignalsToInsight, PUT, "/api/sec/v1/insights/{insightId}/signals";
    UpdateInsightStatus, PUT, "/api/sec/v1/insights/{id}/status";
    UpdateInsightSeverity, PUT, "/api/sec/v1/insights/{id}/severity";
    AddTagToInsight, POST, "/api/sec/v1/insights/{id}/tags";
    RemoveTagFromInsight, DELETE, "/api/sec/v1/insights/{id}/tags/{tagName}";
    GetInsightEnrichments, GET, "/api/sec/v1/insights/{id}/enrichments";
    SaveInsightEnrichment, PUT, "/api/sec/v1/insights/{id}/enrichments/{enrichmentType}";
    GetInsightsConfiguration, GET, "/api/sec/v1/insights-configuration";
    GetInsightResolutions, GET, "/api/sec/v1/insight-resolutions";
    GetInsightResolution, GET, "/api/sec/v1/insight-resolutions/{id}";
    GetInsightStatuses, GET, "/api/sec/v1/insight-status";
    CreateInsightStatusOption, POST, "/api/sec/v1/insight-status";
    GetInsightStatus, GET, "/api/sec/v1/insight-status/{id}";
    UpdateInsightStatusOption, PUT, "/api/sec/v1/insight-status/{id}";
    DeleteInsightStatusOption, DELETE, "/api/sec/v1/insight-status/{id}";
    GetSignals, GET, "/api/sec/v1/signals";
    GetAllSignals, GET, "/api/sec/v1/signals/all";
    GetSignalCounts, GET, "/api/sec/v1/signals/counts";
    GetSignal, GET, "/api/sec/v1/signals/{id}";
    GetSignalEnrichments, GET, "/api/sec/v1/signals/{id}/enrichments";
    SaveSignalEnrichment, PUT, "/api/sec/v1/signals/{id}/enrichments/{enrichmentType}";
    GetRecordCounts, GET, "/api/sec/v1/records/counts";
    GetEntities, GET, "/api/sec/v1/entities";
    GetAllEntities, GET, "/api/sec/v1/entities/all";
    BulkUpdateEntityWhitelist, POST, "/api/sec/v1/entities/bulk-update-suppressed";
    BulkUpdateEntityCriticality, POST, "/api/sec/v1/entities/bulk-update-criticality";
    BulkAddEntityTags, POST, "/api/sec/v1/entities/bulk-add-tags";
    BulkUpdateEntityTags, POST, "/api/sec/v1/entities/bulk-update-tags";
    BulkRemoveEntityTags, POST, "/api/sec/v1/entities/bulk-remove-tags";
    GetEntity, GET, "/api/sec/v1/entities/{id}";
    GetRelatedEntitiesById, GET, "/api/sec/v1/entities/{id}/related-entities";
    UpdateEntityCriticality, PUT, "/api/sec/v1/entities/{entityId}/criticality";
    UpdateEntitySuppressed, PUT, "/api/sec/v1/entities/{entityId}/suppressed";
    RemoveEntityTags, DELETE, "/api/sec/v1/entities/{entityId}/tags";
    AddEntityTags, POST, "/api/sec/v1/entities/{entityId}/tags";
    UpdateEntityTags, PUT, "/api/sec/v1/entities/{entityId}/tags";
    GetEntityNotes, GET, "/api/sec/v1/entities/{entityId}/notes";
    AddEntityNote, POST, "/api/sec/v1/entities/{entityId}/notes";
    DeleteEntityNote, DELETE, "/api/sec/v1/entities/{entityId}/notes/{entityNoteId}";
    UpdateEntityNote, PUT, "/api/sec/v1/entities/{entityId}/notes/{entityNoteId}";
    GetEntityEnrichments, GET, "/api/sec/v1/entities/{id}/enrichments";
    SaveEntityEnrichment, PUT, "/api/sec/v1/entities/{id}/enrichments/{enrichmentType}";
    GetEntityCriticalityConfigs, GET, "/api/sec/v1/entity-criticality-configs";
    CreateEntityCriticalityConfig, POST, "/api/sec/v1/entity-criticality-configs";
    GetEntityCriticalityConfig, GET, "/api/sec/v1/entity-criticality-configs/{id}";
    UpdateEntityCriticalityConfig, PUT, "/api/sec/v1/entity-criticality-configs/{id}";
    DeleteEntityCriticalityConfig, DELETE, "/api/sec/v1/entity-criticality-configs/{id}";
    GetRules, GET, "/api/sec/v1/rules";
    GetRule, GET, "/api/sec/v1/rules/{id}";
    DeleteRule, DELETE, "/api/sec/v1/rules/{id}";
    UpdateRuleEnabled, PUT, "/api/sec/v1/rules/{id}/enabled";
    GetMatchLists, GET, "/api/sec/v1/match-lists";
    CreateMatchList, POST, "/api/sec/v1/match-lists";
    GetMatchList, GET, "/api/sec/v1/match-lists/{id}";
    UpdateMatchList, PUT, "/api/sec/v1/match-lists/{id}";
    DeleteMatchList, DELETE, "/api/sec/v1/match-lists/{id}";
    AddItemsToMatchList, POST, "/api/sec/v1/match-lists/{id}/items";
    GetMatchListItems, GET, "/api/sec/v1/match-list-items";
    GetAllMatchListItems, GET, "/api/sec/v1/match-list-items/all";
    BulkDeleteMatchListItems, POST, "/api/sec/v1/match-list-items/bulk-delete";
    GetMatchListItem, GET, "/api/sec/v1/match-list-items/{id}";
    UpdateMatchListItem, PUT, "/api/sec/v1/match-list-items/{id}";
    DeleteMatchListItem, DELETE, "/api/sec/v1/match-list-items/{id}";
    GetCustomMatchListColumns, GET, "/api/sec/v1/custom-match-list-columns";
    GetSuppressLists, GET, "/api/sec/v1/suppress-lists";
    CreateSuppressList, POST, "/api/sec/v1/suppress-lists";
    GetSuppressList, GET, "/api/sec/v1/suppress-lists/{id}";
    UpdateSuppressList, PUT, "/api/sec/v1/suppress-lists/{id}";
    DeleteSuppressList, DELETE, "/api/sec/v1/suppress-lists/{id}";
    AddItemsToSuppressList, POST, "/api/sec/v1/suppress-lists/{id}/items";
    GetSuppressListItems, GET, "/api/sec/v1/suppress-list-items";
    GetSuppressListItem, GET, "/api/sec/v1/suppress-list-items/{id}";
    UpdateSuppressListItem, PUT, "/api/sec/v1/suppress-list-items/{id}";
    DeleteSuppressListItem, DELETE, "/api/sec/v1/suppress-list-items/{id}";
    GetThreatIntelligenceSources, GET, "/api/sec/v1/threat-intel-sources";
    CreateThreatIntelSource, POST, "/api/sec/v1/threat-intel-sources";
    GetThreatIntelSource, GET, "/api/sec/v1/threat-intel-sources/{id}";
    AddIndicatorToThreatIntelSource, POST, "/api/sec/v1/threat-intel-sources/{threatIntelSourceId}/items";
    GetThreatIntelIndicators, GET, "/api/sec/v1/threat-intel-indicators";
    GetAllThreatIntelIndicators, GET, "/api/sec/v1/threat-intel-indicators/all";
    GetThreatIntelIndicator, GET, "/api/sec/v1/threat-intel-indicators/{id}";
    UpdateThreatIntelIndicator, PUT, "/api/sec/v1/threat-intel-indicators/{id}";
    DeleteThreatIntelIndicator, DELETE, "/api/sec/v1/threat-intel-indicators/{id}";
    DatastoreGet, GET, "/api/v1/threatIntel/datastore/db";
    RemoveDatastore, DELETE, "/api/v1/threatIntel/datastore/db";
    RetentionPeriod, GET, "/api/v1/threatIntel/datastore/retentionPeriod";
    SetRetentionPeriod, POST, "/api/v1/threatIntel/datastore/retentionPeriod";
    UploadNormalizedIndicators, POST, "/api/v1/threatIntel/datastore/indicators/normalized";
    RemoveIndicators, DELETE, "/api/v1/threatIntel/datastore/indicators";
    GetCollectors, GET, "/api/v1/collectors";
    ListHealthEvents, GET, "/api/v1/healthEvents";
    ListHealthEventsForResources, POST, "/api/v1/healthEvents/resources";
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Operation {
    /// True for the operations of the main API, whose errors and lists have shapes of their own.
    pub(super) fn is_main_api(self) -> bool {
        self.path().starts_with("/api/v1/")
    }
}

/// The route of a request line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// An operation, with its decoded path parameters in order.
    Operation(Operation, Vec<String>),
    /// The path exists, the method does not.
    WrongMethod,
    /// No such path.
    Unknown,
}

/// Finds the operation of a method and a path as it was sent (still percent-encoded).
pub(super) fn route(method: &Method, path: &str) -> Route {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let mut path_exists = false;
    for operation in Operation::ALL {
        let Some(parameters) = match_path(operation.path(), path) else { continue };
        if operation.method() == *method {
            return Route::Operation(*operation, parameters);
        }
        path_exists = true;
    }
    if path_exists { Route::WrongMethod } else { Route::Unknown }
}

fn match_path(template: &str, path: &str) -> Option<Vec<String>> {
    let mut parameters = Vec::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let actual = segments.next()?;
        // What is not encoded is by far the most frequent.
        if actual == expected && !expected.starts_with('{') {
            continue;
        }
        let decoded = percent_decode_str(actual).decode_utf8().ok()?;
        if expected.starts_with('{') {
            if decoded.is_empty() {
                return None;
            }
            parameters.push(decoded.into_owned());
        } else if decoded != expected {
            return None;
        }
    }
    segments.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_lead_to_operations() {
        let cases = [
            ("GET", "/api/sec/v1/insights", Route::Operation(Operation::GetInsights, vec![])),
            ("HEAD", "/api/v1/collectors", Route::Operation(Operation::GetCollectors, vec![])),
            ("GET", "/api/sec/v1/insights/all", Route::Operation(Operation::GetAllInsights, vec![])),
            (
                "GET",
                "/api/sec/v1/insights/INSIGHT-1",
                Route::Operation(Operation::GetInsight, vec!["INSIGHT-1".into()]),
            ),
            (
                "DELETE",
                "/api/sec/v1/insights/a/tags/k%3Av%2Fw",
                Route::Operation(Operation::RemoveTagFromInsight, vec!["a".into(), "k:v/w".into()]),
            ),
            ("POST", "/api/sec/v1/signals", Route::WrongMethod),
            ("GET", "/api/sec/v1/insights/", Route::Unknown),
            ("GET", "/api/sec/v1/insights/a/b/c/d", Route::Unknown),
            ("GET", "/api/sec/v2/insights", Route::Unknown),
            ("GET", "/", Route::Unknown),
            ("GET", "/api/sec/v1/insights/%FF", Route::Unknown),
        ];
        for (method, path, expected) in cases {
            let method = method.parse().unwrap();
            assert_eq!(route(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn every_operation_is_reached_by_its_own_path() {
        for operation in Operation::ALL {
            let path = operation.path().replace(['{', '}'], "");
            match route(&operation.method(), &path) {
                Route::Operation(found, _) => assert_eq!(found, *operation),
                other => panic!("{operation} is not reached: {other:?}"),
            }
        }
    }
}
