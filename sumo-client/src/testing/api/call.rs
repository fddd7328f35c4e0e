//! A call of an operation, and what the operations share to answer it.

use serde_json::{Map, Value, json};

use super::super::operation::Operation;
use super::super::reply::ApiError;
use super::super::store::Store;

/// The user who changes things: the owner of every access key.
pub(super) const USER: &str = "stand-in@example.com";

/// The result of an operation: the `data` of the answer, or a refusal.
pub(super) type Answer = Result<Value, ApiError>;

/// A call of an operation, decoded.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The parameters of the path, decoded, in order.
    pub(crate) path: Vec<String>,
    /// The parameters of the query, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The JSON body, if one was sent.
    pub(crate) body: Option<Value>,
}

impl Call {
    pub(super) fn path_parameter(&self, index: usize) -> &str {
        self.path.get(index).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        self.path_parameter(0)
    }

    pub(super) fn query_parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A list, whether its items are joined by commas or its name is repeated.
    pub(super) fn query_list(&self, name: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(found, _)| found == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }

    /// Like [`Call::query_list`], for a list whose items come from a fixed set.
    pub(super) fn query_choices(&self, name: &str, choices: &[&str]) -> Result<Vec<&str>, ApiError> {
        let items = self.query_list(name);
        match items.iter().find(|item| !choices.contains(item)) {
            Some(item) => {
                Err(ApiError::bad_request(format!("{name} cannot be {item:?}, only one of {choices:?}")))
            }
            None => Ok(items),
        }
    }

    pub(super) fn query_number(&self, name: &str) -> Result<Option<usize>, ApiError> {
        let Some(text) = self.query_parameter(name) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| ApiError::bad_request(format!("{name} must be a whole number from 0, not {text:?}")))
    }

    pub(super) fn body(&self) -> Result<&Map<String, Value>, ApiError> {
        self.body
            .as_ref()
            .and_then(Value::as_object)
            .ok_or_else(|| ApiError::bad_request("the body must be a JSON object"))
    }

    /// The members of a body that is wrapped in `wrapper`.
    pub(super) fn wrapped(&self, wrapper: &str) -> Result<&Map<String, Value>, ApiError> {
        self.body()?
            .get(wrapper)
            .and_then(Value::as_object)
            .ok_or_else(|| ApiError::bad_request(format!("the body must wrap its members in {wrapper:?}")))
    }
}

pub(super) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, ApiError> {
    members
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| ApiError::bad_request(format!("the body must have a text {name:?}")))
}

pub(super) fn flag(members: &Map<String, Value>, name: &str) -> Result<bool, ApiError> {
    members
        .get(name)
        .and_then(Value::as_bool)
        .ok_or_else(|| ApiError::bad_request(format!("the body must have a true or false {name:?}")))
}

pub(super) fn texts(members: &Map<String, Value>, name: &str) -> Result<Vec<String>, ApiError> {
    let problem = || ApiError::bad_request(format!("the body must have a list of texts {name:?}"));
    let list = members.get(name).and_then(Value::as_array).ok_or_else(problem)?;
    list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(problem)).collect()
}

/// A text or null; `None` when the member is neither sent nor of these types.
pub(super) fn optional_text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::bad_request(format!("{name:?} must be a text"))),
    }
}

pub(super) fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The result of what removes or adds something.
pub(super) fn done(store: &Store) -> Value {
    if store.behaviour.plain_acknowledgements { json!(true) } else { json!({"ok": true}) }
}

/// The member `tags` after a change of it.
pub(super) fn changed_tags(object: &Value, change: TagChange, tags: &[String]) -> Value {
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
pub(super) enum TagChange {
    Add,
    Replace,
    Remove,
}
