//! Bodies of all kinds of requests, read as they were when a tree was made of each of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::action::Trigger;
use super::fields::{self, INVALID_INPUT};
use super::observable::{self, Observable, ObservableLimits};
use super::tile::{Period, parse_tile_data_request, parse_tile_request};

/// The answers that a tree of the body gives.
mod by_tree {
    use super::*;

    fn field_error(field: &str, text: &str) -> String {
        fields::field_error(field, text.to_owned()).to_string()
    }

    fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(fields),
            _ => Err(INVALID_INPUT.to_owned()),
        }
    }

    fn text(fields: &mut Map<String, Value>, name: &str, limit: usize) -> Result<String, String> {
        match fields.remove(name) {
            None => Err(field_error(name, "Missing data for required field.")),
            Some(Value::Null) => Err(field_error(name, "Field may not be null.")),
            Some(Value::String(text)) if text.is_empty() => Err(field_error(name, "Field may not be blank.")),
            Some(Value::String(text)) if text.len() > limit => {
                Err(field_error(name, &format!("Longer than {limit} bytes ({}).", text.len())))
            }
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(field_error(name, "Not a valid string.")),
        }
    }

    fn message(errors: impl IntoIterator<Item = String>) -> String {
        format!("{{{}}}", errors.into_iter().collect::<Vec<_>>().join(", "))
    }

    pub(super) fn observables(body: &[u8], limits: ObservableLimits) -> Result<Vec<Observable>, String> {
        let Ok(Value::Array(items)) = serde_json::from_slice(body) else {
            return Err(INVALID_INPUT.to_owned());
        };
        if items.len() > limits.items {
            return Err(format!(
                "The request holds {} observables; at most {} are searched at once. Send them in several requests.",
                items.len(),
                limits.items
            ));
        }
        let (mut observables, mut errors) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            match observable(item, limits) {
                Ok(observable) => observables.push(observable),
                Err(fields) => errors.push(format!("{index}: {}", message(fields))),
            }
        }
        if errors.is_empty() { Ok(observables) } else { Err(message(errors)) }
    }

    fn observable(item: Value, limits: ObservableLimits) -> Result<Observable, Vec<String>> {
        let Value::Object(mut fields) = item else {
            return Err(vec![field_error("_schema", "Invalid input type.")]);
        };
        let kind = text(&mut fields, "type", limits.kind_bytes);
        let value = text(&mut fields, "value", limits.value_bytes);
        match (kind, value) {
            (Ok(kind), Ok(value)) if fields.is_empty() => Ok(Observable { kind, value }),
            (kind, value) => {
                let unknown = fields.keys().map(|name| field_error(name, "Unknown field."));
                Err(kind.err().into_iter().chain(value.err()).chain(unknown).collect())
            }
        }
    }

    pub(super) type Action = (String, Observable, BTreeMap<String, Value>);

    pub(super) fn trigger(body: &[u8], limits: ObservableLimits) -> Result<Action, String> {
        let mut fields = object(body)?;
        let action_id = text(&mut fields, "action-id", limits.kind_bytes);
        let kind = text(&mut fields, "observable_type", limits.kind_bytes);
        let value = text(&mut fields, "observable_value", limits.value_bytes);
        match (action_id, kind, value) {
            (Ok(id), Ok(kind), Ok(value)) => {
                Ok((id, Observable { kind, value }, fields.into_iter().collect()))
            }
            (id, kind, value) => Err(message([id.err(), kind.err(), value.err()].into_iter().flatten())),
        }
    }

    pub(super) fn tile(body: &[u8]) -> Result<String, String> {
        text(&mut object(body)?, "tile_id", 256).map_err(|error| message([error]))
    }

    pub(super) fn tile_data(body: &[u8]) -> Result<(String, Period), String> {
        let mut fields = object(body)?;
        let tile_id = text(&mut fields, "tile_id", 256);
        let period = text(&mut fields, "period", 256).and_then(|name| {
            Period::from_name(&name).ok_or_else(|| field_error("period", "Not a valid choice."))
        });
        match (tile_id, period) {
            (Ok(tile_id), Ok(period)) => Ok((tile_id, period)),
            (tile_id, period) => Err(message([tile_id.err(), period.err()].into_iter().flatten())),
        }
    }
}

const LIMITS: ObservableLimits = ObservableLimits { items: 4, value_bytes: 20, kind_bytes: 10 };

/// The parameters of an action, each as the tree has it. The text of a list or an object is its
/// JSON as sent, which the tree does not know.
fn by_kind(params: BTreeMap<String, String>, tree: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let value = |name: &str, text: String| match tree.get(name) {
        Some(Value::Array(_) | Value::Object(_)) => serde_json::from_str(&text).unwrap(),
        Some(Value::String(_)) | None => Value::String(text),
        Some(scalar) => {
            assert_eq!(text, scalar.to_string());
            scalar.clone()
        }
    };
    params.into_iter().map(|(name, text)| (name.clone(), value(&name, text))).collect()
}

fn assert_answers_are_those_of_a_tree(body: &str) {
    let bytes = body.as_bytes();
    assert_eq!(observable::parse(bytes, LIMITS), by_tree::observables(bytes, LIMITS), "{body}");
    assert_eq!(parse_tile_request(bytes), by_tree::tile(bytes), "{body}");
    assert_eq!(parse_tile_data_request(bytes), by_tree::tile_data(bytes), "{body}");
    let limits = ObservableLimits { items: 100, ..LIMITS };
    let tree = by_tree::trigger(bytes, limits);
    let none = BTreeMap::new();
    let params = tree.as_ref().map_or(&none, |(.., params)| params);
    let read = Trigger::parse(bytes, limits)
        .map(|trigger| (trigger.action_id, trigger.observable, by_kind(trigger.params, params)));
    assert_eq!(read, tree, "{body}");
}

/// Names of members, as written in a body.
const NAMES: &str = r#""type" "t\u0079pe" "value" "tile_id" "period" "action-id" "observable_type" "observable_value"
    "observable\u005fvalue" "z" "Z" "it's" "\"" "" "\n" "ä" "\u00e4" "\ud83d\ude00" "\ud800" type 1"#;

/// Values, as written in a body; most are those that make a good request.
const VALUES: &str = r#""ip" "ip" "ip" "a" "a" "a" "last_7_days" "last_hour" "" null true false 0 -0 1.0 1e2 1e999
    18446744073709551616 "\u0000" "\ud83d\ude00" "\ud800" "äääää" "ääääääääääää" "longer-than-20-bytes-" [] {}
    [1,{"b":2,"a":[null]}] {"b":1.50,"a":{"a":[],"a":{}}} ["a"] [1e999] {"a":nul} nope"#;

fn one_of(texts: &'static str) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts.split_whitespace().collect::<Vec<_>>())
}

/// An object of a few members.
fn object() -> impl Strategy<Value = String> {
    let member = (one_of(NAMES), one_of(VALUES)).prop_map(|(name, value)| format!("{name}:{value}"));
    prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// An object that holds all that some request needs, and perhaps more.
fn request() -> impl Strategy<Value = String> {
    let good = r#""type":"ip","value":"a"
        "tile_id":"a","period":"last_hour"
        "action-id":"a","observable_type":"ip","observable_value":"a""#;
    let more = object().prop_map(|object| object.trim_matches(['{', '}']).to_owned());
    (one_of(good), more).prop_map(|(good, more)| match more.is_empty() {
        true => format!("{{{good}}}"),
        false => format!("{{{good},{more}}}"),
    })
}

proptest! {
    #[test]
    fn bodies_are_answered_as_if_a_tree_were_made_of_them(
        requests in prop::collection::vec(prop_oneof![request(), object()], 0..6),
        value in one_of(VALUES),
    ) {
        for request in &requests {
            assert_answers_are_those_of_a_tree(request);
        }
        assert_answers_are_those_of_a_tree(value);
        assert_answers_are_those_of_a_tree(&format!("[{}]", requests.join(" ,\n")));
        assert_answers_are_those_of_a_tree(&format!("[{},{value}]", requests.join(",")));
    }
}

#[test]
fn each_odd_member_is_answered_as_if_a_tree_were_made_of_it() {
    for name in NAMES.split_whitespace() {
        for value in VALUES.split_whitespace() {
            for good in [
                r#""type":"ip","value":"a""#,
                r#""tile_id":"a","period":"last_hour""#,
                r#""action-id":"a","observable_type":"ip","observable_value":"a""#,
            ] {
                // The last of two members of a name counts.
                for body in [format!("{{{good},{name}:{value}}}"), format!("{{{name}:{value},{good}}}")] {
                    assert_answers_are_those_of_a_tree(&body);
                    assert_answers_are_those_of_a_tree(&format!("[{body}]"));
                }
            }
        }
    }
}

#[test]
fn depth_is_refused_where_a_tree_refuses_it() {
    for depth in (120..132).chain([100_000]) {
        for (open, close) in [("[", "]"), ("{\"z\":", "}")] {
            let deep = open.repeat(depth) + "0" + &close.repeat(depth);
            assert_answers_are_those_of_a_tree(&deep);
            let params = r#""action-id":"a","observable_type":"ip","observable_value":"a","tile_id":"a""#;
            assert_answers_are_those_of_a_tree(&format!("{{{params},\"p\":{deep}}}"));
            assert_answers_are_those_of_a_tree(&format!(r#"[{{"type":"ip","value":{deep}}}]"#));
        }
    }
}

/// serde_json's own values take this name for a sign that JSON in a text follows.
#[test]
fn a_name_that_serde_json_keeps_for_itself_is_a_name() {
    let odd = "$serde_json::private::RawValue";
    let inner = json!({"type": "ip", "value": "a", "tile_id": "a"}).to_string();
    let item = json!({ odd: inner });
    let missing = "['Missing data for required field.']";
    assert_eq!(
        observable::parse(json!([item]).to_string().as_bytes(), LIMITS),
        Err(format!("{{0: {{'type': {missing}, 'value': {missing}, '{odd}': ['Unknown field.']}}}}"))
    );
    assert_eq!(parse_tile_request(item.to_string().as_bytes()), Err(format!("{{'tile_id': {missing}}}")));
}
