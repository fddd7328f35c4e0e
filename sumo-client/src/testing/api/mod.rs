//! The operations, a file for each group of the API.

mod call;
mod counts;
mod datastore;
mod enrichments;
mod entities;
mod entity_criticalities;
mod health_events;
mod insight_settings;
mod insights;
mod item_lists;
mod page;
mod rules;
mod signals;

pub(super) use call::Call;
use call::{Answer, TagChange, USER, changed_tags, done, flag, optional_text, set, text, texts};

use super::operation::Operation;
use super::reply::Reply;
use super::store::Store;

/// Answers a call.
pub(super) fn answer(store: &mut Store, call: &Call) -> Reply {
    use Operation as O;
    let lists = item_lists::kind_of(call.operation);
    let answer = match call.operation {
        O::GetCollectors | O::ListHealthEvents | O::ListHealthEventsForResources => {
            return health_events::answer(store, call);
        }
        O::DatastoreGet
        | O::RemoveDatastore
        | O::RetentionPeriod
        | O::SetRetentionPeriod
        | O::UploadNormalizedIndicators
        | O::RemoveIndicators => return datastore::answer(store, call),
        O::GetInsights => insights::list(store, call),
        O::GetAllInsights => insights::list_all(store, call),
        O::CreateInsightFromSignals => insights::create(store, call),
        O::GetInsight => insights::get(store, call),
        O::GetInsightHistory => insights::history(store, call),
        O::GetInsightComments => insights::comments(store, call),
        O::AddInsightComment => insights::add_comment(store, call),
        O::GetInsightRelatedEntities => insights::involved_entities(store, call),
        O::RemoveInsightAssignee => insights::remove_assignee(store, call),
        O::UpdateInsightAssignee => insights::set_assignee(store, call),
        O::AddSignalsToInsight => insights::add_signals(store, call),
        O::RemoveSignalsFromInsight => insights::remove_signals(store, call),
        O::UpdateInsightStatus => insights::set_status(store, call),
        O::UpdateInsightSeverity => insights::set_severity(store, call),
        O::AddTagToInsight => insights::add_tag(store, call),
        O::RemoveTagFromInsight => insights::remove_tag(store, call),
        O::GetInsightsConfiguration => insight_settings::configuration(),
        O::GetInsightResolutions => insight_settings::resolutions(store, call),
        O::GetInsightResolution => insight_settings::resolution(store, call),
        O::GetInsightStatuses => insight_settings::statuses(store),
        O::GetInsightStatus => insight_settings::status(store, call),
        O::CreateInsightStatusOption => insight_settings::create_status(store, call),
        O::UpdateInsightStatusOption => insight_settings::update_status(store, call),
        O::DeleteInsightStatusOption => insight_settings::delete_status(store, call),
        O::GetSignals => signals::list(store, call),
        O::GetAllSignals => signals::list_all(store, call),
        O::GetSignal => signals::get(store, call),
        O::GetInsightCounts | O::GetSignalCounts | O::GetRecordCounts => counts::answer(store, call),
        O::GetInsightEnrichments | O::GetSignalEnrichments | O::GetEntityEnrichments => {
            enrichments::list(store, call)
        }
        O::SaveInsightEnrichment | O::SaveSignalEnrichment | O::SaveEntityEnrichment => {
            enrichments::save(store, call)
        }
        O::GetEntities => entities::list(store, call),
        O::GetAllEntities => entities::list_all(store, call),
        O::GetEntity => entities::get(store, call),
        O::GetRelatedEntitiesById => entities::related(store, call),
        O::UpdateEntityCriticality => entities::set_criticality(store, call),
        O::UpdateEntitySuppressed => entities::set_suppressed(store, call),
        O::AddEntityTags => entities::change_tags(store, call, TagChange::Add),
        O::UpdateEntityTags => entities::change_tags(store, call, TagChange::Replace),
        O::RemoveEntityTags => entities::change_tags(store, call, TagChange::Remove),
        O::BulkUpdateEntityWhitelist => entities::bulk_suppress(store, call),
        O::BulkUpdateEntityCriticality => entities::bulk_criticality(store, call),
        O::BulkAddEntityTags => entities::bulk_tags(store, call, TagChange::Add),
        O::BulkUpdateEntityTags => entities::bulk_tags(store, call, TagChange::Replace),
        O::BulkRemoveEntityTags => entities::bulk_tags(store, call, TagChange::Remove),
        O::GetEntityNotes => entities::notes(store, call),
        O::AddEntityNote => entities::add_note(store, call),
        O::UpdateEntityNote => entities::update_note(store, call),
        O::DeleteEntityNote => entities::delete_note(store, call),
        O::GetRules => rules::list(store, call),
        O::GetRule => rules::get(store, call),
        O::DeleteRule => rules::delete(store, call),
        O::UpdateRuleEnabled => rules::set_enabled(store, call),
        O::GetEntityCriticalityConfigs => entity_criticalities::list(store, call),
        O::CreateEntityCriticalityConfig => entity_criticalities::create(store, call),
        O::GetEntityCriticalityConfig => entity_criticalities::get(store, call),
        O::UpdateEntityCriticalityConfig => entity_criticalities::update(store, call),
        O::DeleteEntityCriticalityConfig => entity_criticalities::delete(store, call),
        O::GetMatchLists | O::GetSuppressLists | O::GetThreatIntelligenceSources => {
            item_lists::list(lists, store, call)
        }
        O::CreateMatchList | O::CreateSuppressList => item_lists::create(lists, store, call),
        O::CreateThreatIntelSource => item_lists::create_source(),
        O::GetMatchList | O::GetSuppressList | O::GetThreatIntelSource => item_lists::get(lists, store, call),
        O::UpdateMatchList | O::UpdateSuppressList => item_lists::update(lists, store, call),
        O::DeleteMatchList | O::DeleteSuppressList => item_lists::delete(lists, store, call),
        O::AddItemsToMatchList | O::AddItemsToSuppressList | O::AddIndicatorToThreatIntelSource => {
            item_lists::add_items(lists, store, call)
        }
        O::GetMatchListItems | O::GetSuppressListItems | O::GetThreatIntelIndicators => {
            item_lists::items(lists, store, call)
        }
        O::GetAllMatchListItems | O::GetAllThreatIntelIndicators => item_lists::all_items(lists, store, call),
        O::BulkDeleteMatchListItems => item_lists::bulk_delete_items(store, call),
        O::GetMatchListItem | O::GetSuppressListItem | O::GetThreatIntelIndicator => {
            item_lists::item(lists, store, call)
        }
        O::UpdateMatchListItem | O::UpdateSuppressListItem | O::UpdateThreatIntelIndicator => {
            item_lists::update_item(lists, store, call)
        }
        O::DeleteMatchListItem | O::DeleteSuppressListItem | O::DeleteThreatIntelIndicator => {
            item_lists::delete_item(lists, store, call)
        }
        O::GetCustomMatchListColumns => item_lists::custom_columns(store),
    };
    match answer {
        Ok(data) => Reply::data(data),
        Err(error) => error.reply(call.operation),
    }
}
