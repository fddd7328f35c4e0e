//! JSON objects whose members are known.

use serde_json::{Map, Value};

use super::check::Findings;

/// Requires an object that has all `required` members and no others than these and the `optional`
/// ones.
pub(super) fn closed<'a>(
    findings: &mut Findings,
    case: &str,
    value: &'a Value,
    required: &[&str],
    optional: &[&str],
) -> Option<&'a Map<String, Value>> {
    let names = |names: &[&str]| names.join(", ");
    let expected = format!("an object with {} and perhaps {}", names(required), names(optional));
    let Some(object) = value.as_object() else {
        findings.require(false, case, expected, value);
        return None;
    };
    let is_known = |name: &String| required.contains(&name.as_str()) || optional.contains(&name.as_str());
    let is_fine = object.keys().all(is_known) && required.iter().all(|name| object.contains_key(*name));
    findings.require(is_fine, case, expected, value).then_some(object)
}

/// Requires texts that are not empty.
pub(super) fn texts(findings: &mut Findings, case: &str, object: &Map<String, Value>, names: &[&str]) {
    for name in names {
        let value = object.get(*name).unwrap_or(&Value::Null);
        let is_fine = value.as_str().is_some_and(|text| !text.is_empty());
        findings.require(is_fine, format_args!("{case}, {name}"), "a text that is not empty", value);
    }
}

/// Requires a list of texts.
pub(super) fn list_of_texts(findings: &mut Findings, case: &str, value: Option<&Value>) {
    let value = value.unwrap_or(&Value::Null);
    let is_fine = value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    findings.require(is_fine, case, "a list of texts", value);
}

/// Requires that no value of a list comes twice.
pub(super) fn unique(findings: &mut Findings, case: &str, values: &[Value]) {
    let twice =
        values.iter().enumerate().find(|(index, value)| values.iter().take(*index).any(|one| one == *value));
    let seen = twice.map(|(_, value)| value.to_string()).unwrap_or_default();
    findings.require(twice.is_none(), case, "nothing twice", seen);
}

/// Returns true if a text may be a segment of an address: letters, digits, `-` and `_`.
pub(super) fn is_plain_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
