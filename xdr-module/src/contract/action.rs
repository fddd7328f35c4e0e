//! Response actions: the data of `respond/observables`, and the body and data of `respond/trigger`.

use std::collections::BTreeMap;
use std::fmt;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{Enum, Object};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::fields::{INVALID_INPUT, message, text};
use super::json;
use super::observable::{Observable, ObservableLimits};

/// The id of an action: letters, digits, `-` and `_`, since XDR makes it a segment of an address.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Ord, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct ActionId(String);

impl ActionId {
    /// Returns the id, unless the text is empty, longer than 256 bytes or has other characters.
    ///
    /// ```
    /// use xdr_module::contract::action::ActionId;
    ///
    /// assert!(ActionId::new("match-list-add-173").is_some());
    /// assert!(ActionId::new("add/../173").is_none());
    /// ```
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        ((1..=256).contains(&text.len()) && text.bytes().all(is_plain)).then_some(Self(text))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An action that XDR offers beside an observable.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Action {
    /// The id, which comes back when the action is triggered.
    pub id: ActionId,
    /// The text that the analyst chooses; it names what the action changes.
    pub title: String,
    /// The effect in a sentence.
    pub description: String,
    /// The groups under which XDR shows it, product first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The parameters that come back when the action is triggered.
    #[serde(rename = "query-params")]
    pub query_params: BTreeMap<String, String>,
}

impl Action {
    /// Creates an action on `observable`.
    pub fn new(
        id: ActionId,
        title: impl Into<String>,
        description: impl Into<String>,
        observable: &Observable,
    ) -> Self {
        let params = [(TYPE, &observable.kind), (VALUE, &observable.value)];
        Self {
            id,
            title: title.into(),
            description: description.into(),
            categories: Vec::new(),
            query_params: params.map(|(name, value)| (name.to_owned(), value.clone())).into(),
        }
    }

    /// Returns the same in these groups.
    #[must_use]
    pub fn with_categories(mut self, categories: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.categories = categories.into_iter().map(Into::into).collect();
        self
    }
}

const ID: &str = "action-id";
const TYPE: &str = "observable_type";
const VALUE: &str = "observable_value";

impl Type for Action {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> std::borrow::Cow<'static, str> {
        "Action".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference("Action".to_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>("Action".to_owned(), |_| {
            let text = |description| {
                let schema = MetaSchema { description: Some(description), ..MetaSchema::new("string") };
                MetaSchemaRef::Inline(Box::new(schema))
            };
            let texts =
                MetaSchema { items: Some(Box::new(String::schema_ref())), ..MetaSchema::new("array") };
            let params = MetaSchema {
                description: Some("The parameters that come back when the action is triggered."),
                additional_properties: Some(Box::new(String::schema_ref())),
                ..MetaSchema::new("object")
            };
            MetaSchema {
                description: Some("An action that XDR offers beside an observable."),
                required: vec!["id", "title", "description", "query-params"],
                properties: vec![
                    ("id", text("The id: letters, digits, `-` and `_`.")),
                    ("title", text("The text that the analyst chooses.")),
                    ("description", text("The effect in a sentence.")),
                    ("categories", MetaSchemaRef::Inline(Box::new(texts))),
                    ("query-params", MetaSchemaRef::Inline(Box::new(params))),
                ],
                ..MetaSchema::new("object")
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

/// The body of `respond/trigger`: an action that an analyst chose.
///
/// Nothing in it is signed: anyone who may call XDR's trigger can send any id, value and parameter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Trigger {
    /// The id of the action, as received.
    pub action_id: String,
    /// The observable.
    pub observable: Observable,
    /// All other parameters, as texts; at most as many as a request may hold observables. XDR may
    /// send numbers and booleans as texts or as they are. A list or an object is its JSON as sent.
    pub params: BTreeMap<String, String>,
}

impl Trigger {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// A text that names each failing field, in the printed form that modules of XDR always had.
    pub fn parse(body: &[u8], limits: ObservableLimits) -> Result<Self, String> {
        let mut params = BTreeMap::new();
        let mut has_too_many = false;
        let known = json::value(body).and_then(|body| {
            json::members(body, [ID, TYPE, VALUE], |name, value| {
                if params.len() < limits.items || params.contains_key(&name) {
                    params.insert(name, value);
                } else {
                    has_too_many = true;
                }
            })
        });
        let [action_id, kind, value] = known.ok_or_else(|| INVALID_INPUT.to_owned())?;
        let action_id = text(action_id, ID, limits.kind_bytes);
        let kind = text(kind, TYPE, limits.kind_bytes);
        let value = text(value, VALUE, limits.value_bytes);
        match (action_id, kind, value) {
            (Ok(_), Ok(_), Ok(_)) if has_too_many => Err(format!(
                "The request holds more than {} parameters of an action. Send those that the action was offered with.",
                limits.items
            )),
            (Ok(action_id), Ok(kind), Ok(value)) => Ok(Self {
                action_id,
                observable: Observable { kind, value },
                params: params
                    .into_iter()
                    .map(|(name, value)| (name.into_owned(), parameter(value)))
                    .collect(),
            }),
            (action_id, kind, value) => {
                Err(message([action_id.err(), kind.err(), value.err()].into_iter().flatten()))
            }
        }
    }
}

fn parameter(value: &RawValue) -> String {
    let sent = value.get();
    if sent.starts_with(['[', '{']) {
        return sent.to_owned();
    }
    match serde_json::from_str(sent) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => sent.to_owned(),
    }
}

/// The data of `respond/trigger`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Object)]
#[non_exhaustive]
pub struct TriggerResult {
    /// Success or failure of the action.
    pub status: TriggerStatus,
}

impl TriggerResult {
    /// The action was carried out, or its effect was there already.
    pub const SUCCESS: Self = Self { status: TriggerStatus::Success };

    /// The action was not carried out.
    pub const FAILURE: Self = Self { status: TriggerStatus::Failure };
}

/// Success or failure of an action.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum TriggerStatus {
    /// The action was carried out, or its effect was there already.
    Success,
    /// The action was not carried out; `errors` has the reason.
    Failure,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_written_as_xdr_reads_them() {
        let observable = Observable { kind: "ip".to_owned(), value: "198.51.100.24".to_owned() };
        let id = ActionId::new("match-list-add-173").unwrap();
        let action = Action::new(id, "Add to list", "Adds this IP.", &observable).with_categories(["A", "B"]);
        let expected = concat!(
            r#"{"id":"match-list-add-173","title":"Add to list","description":"Adds this IP.","categories":["A","B"],"#,
            r#""query-params":{"observable_type":"ip","observable_value":"198.51.100.24"}}"#
        );
        assert_eq!(serde_json::to_string(&action).unwrap(), expected);
        assert_eq!(serde_json::to_string(&TriggerResult::FAILURE).unwrap(), r#"{"status":"failure"}"#);
    }

    #[test]
    fn ids_fit_into_an_address() {
        for (text, is_good) in [
            ("a", true),
            ("A_1-b", true),
            ("", false),
            ("a/b", false),
            ("a b", false),
            ("ä", false),
            ("..", false),
        ] {
            assert_eq!(ActionId::new(text).is_some(), is_good, "{text}");
        }
        assert!(ActionId::new("a".repeat(256)).is_some() && ActionId::new("a".repeat(257)).is_none());
    }

    #[test]
    fn bodies_of_triggers_are_checked() {
        let parse = |body: &str| Trigger::parse(body.as_bytes(), ObservableLimits::default());
        let good = parse(
            r#"{"action-id":"a","observable_type":"ip","observable_value":"v","n":1,"b":true,"t":"x"}"#,
        );
        let good = good.unwrap();
        assert_eq!((good.action_id.as_str(), good.observable.kind.as_str()), ("a", "ip"));
        let params: Vec<_> =
            good.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(params, [("b", "true"), ("n", "1"), ("t", "x")]);
        let missing = "['Missing data for required field.']";
        for (body, expected) in [
            (
                "{}",
                format!(
                    "{{'action-id': {missing}, 'observable_type': {missing}, 'observable_value': {missing}}}"
                ),
            ),
            ("[]", "{'_schema': ['Invalid input type.']}".to_owned()),
            ("", "{'_schema': ['Invalid input type.']}".to_owned()),
            (
                r#"{"action-id":1,"observable_type":null,"observable_value":""}"#,
                "{'action-id': ['Not a valid string.'], 'observable_type': ['Field may not be null.'], \
                 'observable_value': ['Field may not be blank.']}"
                    .to_owned(),
            ),
        ] {
            assert_eq!(parse(body).unwrap_err(), expected, "{body}");
        }
    }

    #[test]
    fn parameters_are_texts_and_not_without_number() {
        let limits = ObservableLimits { items: 2, ..ObservableLimits::default() };
        let parse = |more: &str| {
            let good = r#""action-id":"a","observable_type":"ip","observable_value":"v""#;
            Trigger::parse(format!("{{{good}{more}}}").as_bytes(), limits).map(|trigger| trigger.params)
        };
        for (sent, text) in [
            (r#""\u00e4""#, "ä"),
            ("null", "null"),
            ("1.0", "1.0"),
            ("1e2", "100.0"),
            (r#"{"b": [1.50], "a":1}"#, r#"{"b": [1.50], "a":1}"#),
        ] {
            let params = parse(&format!(r#","a":[],"b":0,"a": {sent} "#)).unwrap();
            assert_eq!(
                params,
                [("a", text), ("b", "0")].map(|(name, text)| (name.into(), text.into())).into()
            );
        }
        assert_eq!(
            parse(r#","a":0,"b":0,"c":0"#).unwrap_err(),
            "The request holds more than 2 parameters of an action. Send those that the action was offered with."
        );
        let invalid = parse(r#","a":0,"b":0,"c":0,"action-id":"""#).unwrap_err();
        assert_eq!(invalid, "{'action-id': ['Field may not be blank.']}");
    }
}
