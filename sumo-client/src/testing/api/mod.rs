//! The operations, a file for each group of the API.

mod counts;
mod enrichments;
mod entities;
mod health_events;
mod insight_settings;
mod insights;
mod match_lists;
mod page;
mod rules;
mod signals;

use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::reply::{ApiError, Reply};
use super::store::Store;

/// Who changes things: the owner of every access key.
const USER: &str = "stand-in@example.com";

/// What an operation gives: the `data` of the answer, or a refusal.
type Answer = Result<Value, ApiError>;

/// A call of an operation, decoded.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) operation: Operation,
    /// The parameters of the path, decoded, in order.
    pub(super) path: Vec<String>,
    /// The parameters of the query, decoded, in order.
    pub(super) query: Vec<(String, String)>,
    /// The JSON body, if one was sent.
    pub(super) body: Option<Value>,
}

impl Call {
    fn path_parameter(&self, index: usize) -> &str {
        self.path.get(index).map(String::as_str).unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.path_parameter(0)
    }

    fn query_parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A list, whether its items are joined by commas or its name is repeated.
    fn query_list(&self, name: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(found, _)| found == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }

    /// Like [`Call::query_list`], for a list whose items come from a fixed set.
    fn query_choices(&self, name: &str, choices: &[&str]) -> Result<Vec<&str>, ApiError> {
        let items = self.query_list(name);
        match items.iter().find(|item| !choices.contains(item)) {
            Some(item) => {
                Err(ApiError::bad_request(format!("{name} cannot be {item:?}, only one of {choices:?}")))
            }
            None => Ok(items),
        }
    }

    fn query_number(&self, name: &str) -> Result<Option<usize>, ApiError> {
        let Some(text) = self.query_parameter(name) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| ApiError::bad_request(format!("{name} must be a whole number from 0, not {text:?}")))
    }

    fn body(&self) -> Result<&Map<String, Value>, ApiError> {
        self.body
            .as_ref()
            .and_then(Value::as_object)
            .ok_or_else(|| ApiError::bad_request("the body must be a JSON object"))
    }

    /// The members of a body that is wrapped in `wrapper`.
    fn wrapped(&self, wrapper: &str) -> Result<&Map<String, Value>, ApiError> {
        self.body()?
            .get(wrapper)
            .and_then(Value::as_object)
            .ok_or_else(|| ApiError::bad_request(format!("the body must wrap its members in {wrapper:?}")))
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, ApiError> {
    members
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| ApiError::bad_request(format!("the body must have a text {name:?}")))
}

fn flag(members: &Map<String, Value>, name: &str) -> Result<bool, ApiError> {
    members
        .get(name)
        .and_then(Value::as_bool)
        .ok_or_else(|| ApiError::bad_request(format!("the body must have a true or false {name:?}")))
}

fn texts(members: &Map<String, Value>, name: &str) -> Result<Vec<String>, ApiError> {
    let problem = || ApiError::bad_request(format!("the body must have a list of texts {name:?}"));
    let list = members.get(name).and_then(Value::as_array).ok_or_else(problem)?;
    list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(problem)).collect()
}

/// A text or null; `None` when the member is neither sent nor of these types.
fn optional_text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::bad_request(format!("{name:?} must be a text"))),
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The result of what removes or adds something.
fn done() -> Value {
    json!({"ok": true})
}

/// The member `tags` after a change of it.
fn changed_tags(object: &Value, change: TagChange, tags: &[String]) -> Value {
    let present = object.get("tags").and_then(Value::as_array).into_iter().flatten();
    let present = present.filter_map(Value::as_str).map(str::to_owned);
    let mut result: Vec<String> = match change {
        TagChange::Replace => Vec::new(),
        TagChange::Remove => present.filter(|tag| !tags.contains(tag)).collect(),
        TagChange::Add => present.collect(),
    };
    if change != TagChange::Remove {
        for tag in tags {
            if !result.contains(tag) {
                result.push(tag.clone());
            }
        }
    }
    json!(result)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TagChange {
    Add,
    Replace,
    Remove,
}

/// Answers a call.
pub(super) fn answer(store: &mut Store, call: &Call) -> Reply {
    use Operation as O;
    let answer = match call.operation {
        O::GetCollectors | O::ListHealthEvents | O::ListHealthEventsForResources => {
            return health_events::answer(store, call);
        }
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
        O::GetMatchLists => match_lists::list(store, call),
        O::CreateMatchList => match_lists::create(store, call),
        O::GetMatchList => match_lists::get(store, call),
        O::UpdateMatchList => match_lists::update(store, call),
        O::DeleteMatchList => match_lists::delete(store, call),
        O::AddItemsToMatchList => match_lists::add_items(store, call),
        O::GetMatchListItems => match_lists::items(store, call),
        O::GetAllMatchListItems => match_lists::all_items(store, call),
        O::BulkDeleteMatchListItems => match_lists::bulk_delete_items(store, call),
        O::GetMatchListItem => match_lists::item(store, call),
        O::UpdateMatchListItem => match_lists::update_item(store, call),
        O::DeleteMatchListItem => match_lists::delete_item(store, call),
    };
    match answer {
        Ok(data) => Reply::data(data),
        Err(error) => error.reply(call.operation),
    }
}
