//! Response actions and triggers.

use serde_json::Value;

use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::shape;
use super::subject::{Subject, unknown_action};
use crate::module::{Capability, Operation};

checks! {
    "respond.actions", "Actions have an id for an address, texts, and parameters that lead back to the observable.", actions;
    "respond.unknown_action", "A trigger of an unknown action fails, and says why.", unknown;
    "respond.strange_ids", "Triggers with an id that was not offered fail, and the errors say why.", strange_ids;
    "respond.trigger", "A trigger succeeds, and repeating it does, too.", trigger;
    "respond.at_once", "Equal triggers at once get one answer.", at_once;
}

fn wanted(subject: &Subject) -> Result<(), CheckError> {
    if subject.offers(Capability::Respond) { Ok(()) } else { skip("respond is not offered") }
}

async fn actions(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject)?;
    let asked = subject.question();
    let response = subject.post(Operation::Actions.path(), asked.to_string()).await?;
    let reply = response.json();
    let Some(actions) = reply.get("data").and_then(Value::as_array) else {
        findings.require(false, "actions", "a list", seen(&response));
        return Ok(());
    };
    let ids: Vec<Value> = actions
        .iter()
        .map(|action| serde_json::json!([action.get("id"), action.get("query-params")]))
        .collect();
    shape::unique(findings, "actions, by id and parameters", &ids);
    for action in actions {
        self::action(findings, &asked, action);
    }
    let empty = subject.post(Operation::Actions.path(), "[]").await?;
    findings.reply("no observables", &serde_json::json!({"data": []}), &empty);
    Ok(())
}

fn action(findings: &mut Findings, asked: &Value, action: &Value) {
    let required = &["id", "title", "description", "query-params"];
    let Some(action) = shape::closed(findings, "an action", action, required, &["categories"]) else {
        return;
    };
    shape::texts(findings, "an action", action, &["id", "title", "description"]);
    let id = action.get("id").and_then(Value::as_str).unwrap_or_default();
    findings.require(shape::is_plain_id(id), "an id", "letters, digits, - and _", id);
    if action.contains_key("categories") {
        shape::list_of_texts(findings, "categories", action.get("categories"));
    }
    let params = action.get("query-params").and_then(Value::as_object).cloned().unwrap_or_default();
    let seen = Value::Object(params.clone());
    let is_text = |value: &Value| value.is_string();
    findings.require(params.values().all(is_text), "query-params", "texts", &seen);
    let observable = serde_json::json!({
        "type": params.get("observable_type"), "value": params.get("observable_value")
    });
    let was_asked = asked.as_array().is_some_and(|asked| asked.contains(&observable));
    findings.require(was_asked, "the observable of query-params", "one that was asked about", seen);
}

async fn unknown(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject)?;
    let response = subject.post(Operation::Trigger.path(), unknown_action().to_string()).await?;
    status(findings, "an unknown action", &response.json(), "failure");
    findings.require(
        !response.errors().is_empty(),
        "an unknown action",
        "errors that say why",
        seen(&response),
    );
    Ok(())
}

/// Ids that are not a segment of an address, or reach beyond one.
const STRANGE_IDS: [&str; 8] =
    ["../trigger", "a/b", "a%2Fb", "..", "a b", "a\u{0}b", "a?b=c#d", "\u{ff41}\u{ff42}"];

async fn strange_ids(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject)?;
    let offered = subject.post(Operation::Actions.path(), subject.question().to_string()).await?.json();
    let offered = offered.pointer("/data/0/id").and_then(Value::as_str).unwrap_or("x").to_owned();
    let tampered = STRANGE_IDS.iter().map(|strange| format!("{offered}{strange}"));
    let long = "a".repeat(subject.limits.max_type_bytes);
    for id in STRANGE_IDS.map(str::to_owned).into_iter().chain(tampered).chain([long]) {
        let mut body = unknown_action();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("action-id".to_owned(), Value::from(id.as_str()));
        }
        let response = subject.post(Operation::Trigger.path(), body.to_string()).await?;
        status(findings, &id, &response.json(), "failure");
        findings.require(!response.errors().is_empty(), &id, "errors that say why", seen(&response));
    }
    Ok(())
}

/// The number of equal triggers that are sent at once.
const AT_ONCE: usize = 4;

async fn at_once(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject)?;
    let Some(body) = &subject.trigger else { return skip("no action was named that may be triggered") };
    let triggers = (0..AT_ONCE).map(|_| subject.post(Operation::Trigger.path(), body.to_string()));
    for response in futures_util::future::try_join_all(triggers).await? {
        status(findings, "at once", &response.json(), "success");
    }
    Ok(())
}

async fn trigger(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    wanted(subject)?;
    let Some(body) = &subject.trigger else { return skip("no action was named that may be triggered") };
    for case in ["once", "again"] {
        let response = subject.post(Operation::Trigger.path(), body.to_string()).await?;
        status(findings, case, &response.json(), "success");
    }
    Ok(())
}

fn status(findings: &mut Findings, case: &str, reply: &Value, expected: &str) {
    let data = reply.get("data").unwrap_or(&Value::Null);
    findings.equal(case, serde_json::json!({"status": expected}), data);
}
