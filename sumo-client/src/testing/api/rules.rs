//! Rules: list, details, switching on and off, deletion.

use serde_json::{Value, json};

use super::super::data::text_member;
use super::super::fields::RULES;
use super::super::reply::ApiError;
use super::super::store::Store;
use super::{Answer, Call, done, flag, page, set};

const IDS: &[&str] = &["id"];
const DEFAULT_LIMIT: usize = 50;
const EXPANDABLE: &[&str] = &["tuningExpressions"];

pub(super) fn list(store: &mut Store, call: &Call) -> Answer {
    let query = page::query(store, call, RULES)?;
    let expanded = call.query_choices("expand", EXPANDABLE)?;
    page::by_offset(call, &store.rules.search(&query), DEFAULT_LIMIT, |rule| view(rule, &expanded))
}

pub(super) fn get(store: &mut Store, call: &Call) -> Answer {
    let expanded = call.query_choices("expand", EXPANDABLE)?;
    let rule = store.rules.find(IDS, call.id()).ok_or_else(|| not_found(call))?;
    Ok(view(rule, &expanded))
}

fn view(rule: &Value, expanded: &[&str]) -> Value {
    let mut rule = rule.clone();
    if !expanded.contains(&"tuningExpressions")
        && let Some(members) = rule.as_object_mut()
    {
        members.remove("tuningExpressions");
    }
    rule
}

fn not_found(call: &Call) -> ApiError {
    ApiError::not_found("rule", call.id())
}

pub(super) fn set_enabled(store: &mut Store, call: &Call) -> Answer {
    let enabled = flag(call.body()?, "enabled")?;
    let changed = store.rules.change(IDS, call.id(), |rule| {
        set(rule, "enabled", json!(enabled));
        Ok::<_, ApiError>(())
    });
    changed.ok_or_else(|| not_found(call))??;
    Ok(done(store))
}

pub(super) fn delete(store: &mut Store, call: &Call) -> Answer {
    match store.rules.remove(|rule| text_member(rule, "id") == Some(call.id())) {
        0 => Err(not_found(call)),
        _ => Ok(done(store)),
    }
}
