//! Insights: lists, details and changes.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::clock;
use super::super::data::{inside_insight, text_member};
use super::super::fields::{INSIGHTS, at_path};
use super::super::reply::ApiError;
use super::super::store::{Attachment, Store};
use super::page::Part;
use super::{Answer, Call, TagChange, USER, changed_tags, optional_text, page, set, text, texts};

/// Insights are found by either id.
const IDS: &[&str] = &["id", "readableId"];
const DEFAULT_LIMIT: usize = 10;
const EXCLUDABLE: &[&str] = &["artifacts", "entity", "signals", "signals.allRecords"];
const EXPANDABLE: &[&str] = &["artifacts", "entity", "signals"];
const SEVERITIES: &[&str] = &["LOW", "MEDIUM", "HIGH", "CRITICAL"];

pub(super) fn list(store: &mut Store, call: &Call) -> Answer {
    let query = page::query(store, call, INSIGHTS)?;
    let excluded = call.query_choices("exclude", EXCLUDABLE)?;
    let summary = call.query_list("recordSummaryFields");
    page::by_offset(call, &store.insights.search(&query), DEFAULT_LIMIT, |insight| {
        without(with_summary(insight, &summary), &excluded)
    })
}

pub(super) fn list_all(store: &mut Store, call: &Call) -> Answer {
    page::by_token(store, call, |store, call, range| {
        let query = page::query(store, call, INSIGHTS)?;
        let expanded = call.query_choices("expand", EXPANDABLE)?;
        let excluded: Vec<&str> =
            EXPANDABLE.iter().copied().filter(|name| !expanded.contains(name)).collect();
        let summary = call.query_list("recordSummaryFields");
        let view = |insight: &Value| without(with_summary(insight, &summary), &excluded);
        Ok(Part::of(store.insights.search(&query), range, view))
    })
}

pub(super) fn get(store: &mut Store, call: &Call) -> Answer {
    let excluded = call.query_choices("exclude", EXCLUDABLE)?;
    let summary = call.query_list("recordSummaryFields");
    Ok(without(with_summary(find(store, call)?, &summary), &excluded))
}

fn find<'a>(store: &'a Store, call: &Call) -> Result<&'a Value, ApiError> {
    store.insights.find(IDS, call.id()).ok_or_else(|| ApiError::not_found("insight", call.id()))
}

/// The insight's id, whichever of its ids the call names.
fn id_of(store: &Store, call: &Call) -> Result<String, ApiError> {
    Ok(text_member(find(store, call)?, "id").unwrap_or_default().to_owned())
}

fn without(mut insight: Value, excluded: &[&str]) -> Value {
    for name in excluded {
        if let Some(members) = insight.as_object_mut() {
            members.remove(*name);
        }
        if *name == "signals.allRecords" {
            for signal in super::super::data::members_mut(&mut insight, "signals") {
                if let Some(members) = signal.as_object_mut() {
                    members.remove("allRecords");
                }
            }
        }
    }
    insight
}

/// The insight with how often each value of the asked record fields occurs.
fn with_summary(insight: &Value, fields: &[&str]) -> Value {
    let records = at_path(insight, "signals.allRecords");
    let mut summary = Vec::new();
    for field in fields {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for value in records.iter().flat_map(|record| at_path(record, field)) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            *counts.entry(text).or_default() += 1;
        }
        summary.extend(
            counts
                .into_iter()
                .map(|(value, count)| json!({"fieldName": field, "fieldValue": value, "recordCount": count})),
        );
    }
    let mut insight = insight.clone();
    set(&mut insight, "recordSummaryFields", json!(summary));
    insight
}

/// Changes an insight, notes it in the history, and gives the insight as changes show it.
fn change(
    store: &mut Store,
    call: &Call,
    what: &str,
    change: impl FnOnce(&mut Value, DateTime<Utc>) -> Result<(), ApiError>,
) -> Answer {
    let now = store.clock.now();
    let changed = store
        .insights
        .change(IDS, call.id(), |insight| {
            change(insight, now)?;
            set(insight, "lastUpdated", json!(clock::with_micros(now)));
            set(insight, "lastUpdatedBy", json!(USER));
            Ok(())
        })
        .ok_or_else(|| ApiError::not_found("insight", call.id()))??;
    let mut insight = changed.clone();
    if let Some(members) = insight.as_object_mut() {
        members.remove("recordSummaryFields");
    }
    let id = text_member(&insight, "id").unwrap_or_default().to_owned();
    store.attachments(Attachment::History, &id).push(json!({
        "user": {"username": USER}, "description": what, "timestamp": clock::with_micros(now),
    }));
    Ok(insight)
}

pub(super) fn create(store: &mut Store, call: &Call) -> Answer {
    let ids = texts(call.body()?, "signalIds")?;
    let signals = inner_signals(store, &ids)?;
    let Some(first) = signals.first() else {
        return Err(ApiError::bad_request("signalIds must name a signal"));
    };
    let now = clock::with_micros(store.clock.now());
    let newest = signals.iter().filter_map(|signal| text_member(signal, "timestamp")).max();
    let number = store.next_number();
    let insight = json!({
        "id": format!("00000000-0000-4000-8000-{number:012x}"),
        "readableId": format!("INSIGHT-{}", next_readable_number(store)),
        "name": first.get("stage").cloned().unwrap_or_else(|| json!("Unknown/Other")),
        "description": first.get("stage").cloned().unwrap_or_else(|| json!("Unknown/Other")),
        "timestamp": newest.unwrap_or(now.as_str()),
        "source": "USER",
        "assignedTo": null, "teamAssignedTo": null, "assignee": null,
        "created": now, "closed": null, "closedBy": null,
        "severity": "HIGH", "confidence": null,
        "status": {"name": "new", "displayName": "New"},
        "resolution": null, "subResolution": null,
        "entity": first.get("entity").cloned().unwrap_or_default(),
        "involvedEntities": [], "artifacts": [],
        "lastUpdated": now, "lastUpdatedBy": null,
        "timeToDetection": null, "timeToResponse": null, "timeToRemediation": null,
        "tags": [],
        "signals": signals,
    });
    store.insights.push_front(insight.clone());
    Ok(insight)
}

fn next_readable_number(store: &Store) -> u64 {
    let numbers = store.insights.iter().filter_map(|insight| {
        text_member(insight, "readableId")?.strip_prefix("INSIGHT-")?.parse::<u64>().ok()
    });
    numbers.max().unwrap_or(0) + 1
}

fn inner_signals(store: &Store, ids: &[String]) -> Result<Vec<Value>, ApiError> {
    ids.iter()
        .map(|id| {
            let signal = store.signals.find(&["id"], id).ok_or_else(|| ApiError::not_found("signal", id))?;
            Ok(inside_insight(signal.clone()))
        })
        .collect()
}

pub(super) fn add_signals(store: &mut Store, call: &Call) -> Answer {
    let added = inner_signals(store, &texts(call.body()?, "signalIds")?)?;
    change(store, call, "Signals added", |insight, _| {
        let mut signals = insight.get("signals").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_new = |signal: &Value| !signals.iter().any(|known| known.get("id") == signal.get("id"));
        let new: Vec<Value> = added.into_iter().filter(is_new).collect();
        signals.extend(new);
        set(insight, "signals", Value::Array(signals));
        Ok(())
    })
}

pub(super) fn remove_signals(store: &mut Store, call: &Call) -> Answer {
    let removed = texts(call.body()?, "signalIds")?;
    change(store, call, "Signals removed", |insight, _| {
        if let Some(signals) = insight.get_mut("signals").and_then(Value::as_array_mut) {
            signals.retain(|signal| {
                text_member(signal, "id").is_none_or(|id| !removed.iter().any(|removed| removed == id))
            });
        }
        Ok(())
    })
}

pub(super) fn history(store: &mut Store, call: &Call) -> Answer {
    let created = find(store, call)?.get("created").cloned().unwrap_or_default();
    let mut history = vec![json!({"user": null, "description": "Insight created", "timestamp": created})];
    let id = id_of(store, call)?;
    history.extend(store.attachments(Attachment::History, &id).iter().cloned());
    Ok(json!({"history": history}))
}

pub(super) fn comments(store: &mut Store, call: &Call) -> Answer {
    let id = id_of(store, call)?;
    Ok(json!({"comments": store.attachments(Attachment::Comment, &id)}))
}

pub(super) fn add_comment(store: &mut Store, call: &Call) -> Answer {
    let body = text(call.body()?, "body")?;
    let id = id_of(store, call)?;
    let comment = json!({
        "id": store.next_number().to_string(),
        "author": {"username": USER},
        "timestamp": clock::with_micros(store.clock.now()),
        "body": body,
    });
    store.attachments(Attachment::Comment, &id).push(comment.clone());
    Ok(comment)
}

pub(super) fn involved_entities(store: &mut Store, call: &Call) -> Answer {
    let insight = find(store, call)?;
    let mut entities: Vec<Value> = Vec::new();
    let named = at_path(insight, "involvedEntities").into_iter().chain(at_path(insight, "entity"));
    for entity in named.chain(at_path(insight, "signals.entity")) {
        let is_new = entity.is_object() && !entities.iter().any(|known| known.get("id") == entity.get("id"));
        if is_new {
            let member = |name: &str| entity.get(name).cloned().unwrap_or_default();
            entities.push(json!({
                "id": member("id"), "entityType": member("entityType"),
                "value": member("value"), "sensorZone": member("sensorZone"),
            }));
        }
    }
    Ok(json!({"involvedEntities": entities}))
}

pub(super) fn set_assignee(store: &mut Store, call: &Call) -> Answer {
    let assignee = call
        .body()?
        .get("assignee")
        .and_then(Value::as_object)
        .ok_or_else(|| ApiError::bad_request("the body must have an \"assignee\""))?;
    let value = text(assignee, "value")?;
    let (user, team, assignee) = match text(assignee, "type")? {
        "USER" => (json!(value), Value::Null, json!({"username": value, "displayName": value})),
        "TEAM" => (Value::Null, json!(value), json!({"name": value})),
        other => {
            return Err(ApiError::bad_request(format!(
                "the type of an assignee cannot be {other:?}, only USER or TEAM"
            )));
        }
    };
    change(store, call, "Assignee changed", |insight, _| {
        set(insight, "assignedTo", user);
        set(insight, "teamAssignedTo", team);
        set(insight, "assignee", assignee);
        Ok(())
    })
}

pub(super) fn remove_assignee(store: &mut Store, call: &Call) -> Answer {
    change(store, call, "Assignee removed", |insight, _| {
        for name in ["assignedTo", "teamAssignedTo", "assignee"] {
            set(insight, name, Value::Null);
        }
        Ok(())
    })
}

pub(super) fn set_status(store: &mut Store, call: &Call) -> Answer {
    let name = text(call.body()?, "status")?;
    let status = store
        .insight_statuses
        .find(&["name"], name)
        .ok_or_else(|| ApiError::bad_request(format!("there is no status {name:?}")))?;
    let status = json!({"name": name, "displayName": status.get("displayName")});
    let resolution = match optional_text(call.body()?, "resolution")? {
        Some(resolution) => Some(resolution_of(store, &resolution)?),
        None => None,
    };
    let is_closing = name == "closed";
    change(store, call, "Status changed", |insight, now| {
        // The first step away from new is the response.
        let is_response = name != "new" && insight.get("timeToResponse").is_none_or(Value::is_null);
        if is_response {
            set(insight, "timeToResponse", age(insight, now));
        }
        set(insight, "status", status);
        let (resolution, sub_resolution) = resolution.filter(|_| is_closing).unwrap_or_default();
        set(insight, "resolution", resolution);
        set(insight, "subResolution", sub_resolution);
        let closed = if is_closing { json!(clock::with_micros(now)) } else { Value::Null };
        let closed_by = if is_closing { json!(USER) } else { Value::Null };
        set(insight, "closed", closed);
        set(insight, "closedBy", closed_by);
        set(insight, "timeToRemediation", if is_closing { age(insight, now) } else { Value::Null });
        Ok(())
    })
}

/// Seconds since the insight was made.
fn age(insight: &Value, now: DateTime<Utc>) -> Value {
    let created = text_member(insight, "created").and_then(clock::parse);
    let micros = created.map(|created| now - created).as_ref().and_then(TimeDelta::num_microseconds);
    // Whole microseconds of any real insight are exact in a double.
    #[allow(clippy::cast_precision_loss)]
    let seconds = micros.map(|micros| micros as f64 / 1_000_000.0);
    json!(seconds)
}

/// The built-in resolution and the custom one that a name stands for.
fn resolution_of(store: &Store, name: &str) -> Result<(Value, Value), ApiError> {
    let known = store.insight_resolutions.iter().find(|known| text_member(known, "name") == Some(name));
    let known = known.ok_or_else(|| ApiError::bad_request(format!("there is no resolution {name:?}")))?;
    match known.get("parent").and_then(|parent| parent.get("name")) {
        Some(parent) => Ok((parent.clone(), json!(name))),
        None => Ok((json!(name), Value::Null)),
    }
}

pub(super) fn set_severity(store: &mut Store, call: &Call) -> Answer {
    let severity = text(call.body()?, "severity")?;
    if !SEVERITIES.contains(&severity) {
        return Err(ApiError::bad_request(format!(
            "severity cannot be {severity:?}, only one of {SEVERITIES:?}"
        )));
    }
    change(store, call, "Severity changed", |insight, _| {
        set(insight, "severity", json!(severity));
        Ok(())
    })
}

pub(super) fn add_tag(store: &mut Store, call: &Call) -> Answer {
    let tag = text(call.body()?, "tagName")?.to_owned();
    change(store, call, "Tag added", |insight, _| {
        let tags = changed_tags(insight, TagChange::Add, &[tag]);
        set(insight, "tags", tags);
        Ok(())
    })
}

pub(super) fn remove_tag(store: &mut Store, call: &Call) -> Answer {
    let tag = call.path_parameter(1).to_owned();
    change(store, call, "Tag removed", |insight, _| {
        let tags = changed_tags(insight, TagChange::Remove, &[tag]);
        set(insight, "tags", tags);
        Ok(())
    })
}
