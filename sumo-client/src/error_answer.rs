//! The shapes in which the API reports an error: two of JSON, an HTML page, or nothing.

use serde_json::{Map, Value};

use crate::plain_value::PlainValue;

/// The parts of an error answer that could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorAnswer {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) id: Option<String>,
}

/// The most of an error answer that is looked at, in bytes.
pub(crate) const MAX_PARSED: usize = 64 * 1024;

impl ErrorAnswer {
    /// Reads any body; one that cannot be understood gives an empty answer.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let body = body.get(..MAX_PARSED).unwrap_or(body);
        match serde_json::from_slice(body) {
            Ok(PlainValue(Value::Object(members))) => Self::from_json(&members),
            Ok(_) => Self::default(),
            Err(_) => Self::from_html(&String::from_utf8_lossy(body)),
        }
    }

    /// Reads only the list `errors` of an answer that is short enough to hold little else.
    pub(crate) fn parse_errors(body: &[u8]) -> Self {
        if body.len() > MAX_PARSED {
            return Self::default();
        }
        match serde_json::from_slice(body) {
            Ok(PlainValue(Value::Object(members))) if members.contains_key("errors") => {
                Self::from_json(&members)
            }
            _ => Self::default(),
        }
    }

    /// The gateway has its members at the top; the main API and Cloud SIEM have a list `errors`.
    fn from_json(members: &Map<String, Value>) -> Self {
        let first = members.get("errors").and_then(Value::as_array).and_then(|errors| errors.first());
        let inner = match first {
            Some(Value::Object(error)) => error,
            Some(Value::String(message)) => {
                return Self { message: Some(message.clone()), id: text(members, "id"), code: None };
            }
            _ => members,
        };
        Self {
            code: text(inner, "code"),
            message: text(inner, "message").or_else(|| text(inner, "detail")),
            id: text(inner, "error_id").or_else(|| text(members, "id")),
        }
    }

    /// The front end answers with a page whose title holds the reason.
    fn from_html(page: &str) -> Self {
        let title = between(page, "<title>", "</title>").or_else(|| between(page, "<TITLE>", "</TITLE>"));
        Self { message: title.map(|title| title.trim().to_owned()), ..Self::default() }
    }
}

/// A member as text; a number counts as its digits.
fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    match members.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_read() {
        type Text = Option<&'static str>;
        let table: [(&str, Text, Text, Text); 11] = [
            (
                r#"{"status": 401, "id": "AAAAA-BBBBB-CCCCC", "code": "unauthorized", "message": "no"}"#,
                Some("unauthorized"),
                Some("no"),
                Some("AAAAA-BBBBB-CCCCC"),
            ),
            (
                r#"{"id": "X", "errors": [{"code": "api_not_enabled", "message": "off", "meta": {}}]}"#,
                Some("api_not_enabled"),
                Some("off"),
                Some("X"),
            ),
            (
                r#"{"data": null, "errors": [{"message": "bad q", "code": "c", "error_id": 7}, {"message": "2"}]}"#,
                Some("c"),
                Some("bad q"),
                Some("7"),
            ),
            (r#"{"errors": [{"detail": "only detail"}]}"#, None, Some("only detail"), None),
            (r#"{"errors": ["plain"]}"#, None, Some("plain"), None),
            (r#"{"errors": []}"#, None, None, None),
            ("<html><head><title>Error 401 No user</title>", None, Some("Error 401 No user"), None),
            ("", None, None, None),
            ("[1]", None, None, None),
            ("{\"code\": ", None, None, None),
            ("<title>never ends", None, None, None),
        ];
        for (body, code, message, id) in table {
            let answer = ErrorAnswer::parse(body.as_bytes());
            assert_eq!(
                (answer.code.as_deref(), answer.message.as_deref(), answer.id.as_deref()),
                (code, message, id),
                "{body}"
            );
        }
    }

    #[test]
    fn deep_nesting_and_broken_text_do_no_harm() {
        ErrorAnswer::parse("[".repeat(100_000).as_bytes());
        ErrorAnswer::parse(&[0xff; 1_000]);
    }
}
