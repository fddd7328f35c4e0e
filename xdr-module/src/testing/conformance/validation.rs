//! Bodies that do not fit, and the printed form of their errors.

use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::subject::{Subject, refused, unknown_action};
use crate::contract::fields::INVALID_INPUT;
use crate::module::{Capability, Operation};
use crate::testing::caller::finish;

checks! {
    "validation.observables", "A body that is not a list of observables is refused, item by item.", observables;
    "validation.observables_bytes", "A body that is not UTF-8, or nested without end, is refused.", bytes;
    "validation.observables_accepted", "Any list of types and values is taken, the empty one too.", accepted;
    "validation.content_type", "Bodies are read as JSON whatever their content type says.", content_type;
    "validation.trigger", "A trigger needs an action and an observable, and may have more.", trigger;
    "validation.tile", "The body of tiles/tile names a tile that exists.", tile;
    "validation.tile_data", "The body of tiles/tile-data names a tile that exists, and a period.", tile_data;
}

const BLANK: &str = "Field may not be blank.";
const MISSING: &str = "Missing data for required field.";
const NOT_TEXT: &str = "Not a valid string.";
const NULL: &str = "Field may not be null.";
const UNKNOWN: &str = "Unknown field.";
const WRONG_CHOICE: &str = "Not a valid choice.";

/// The problem with a body: nothing of it fits, or these fields, of these items.
enum Problem {
    Body,
    Fields(&'static [(&'static str, &'static str)]),
    Items(&'static [(usize, &'static [(&'static str, &'static str)])]),
}

impl Problem {
    /// Returns the message in each order that fields may have: the printed form is that of a
    /// mapping.
    fn messages(&self) -> Vec<String> {
        match self {
            Self::Body => vec![INVALID_INPUT.to_owned()],
            Self::Fields(fields) => mappings(fields),
            Self::Items(items) => items
                .iter()
                .fold(vec![String::new()], |starts, (index, fields)| {
                    let ends: Vec<_> =
                        mappings(fields).iter().map(|fields| format!("{index}: {fields}")).collect();
                    join(&starts, &ends)
                })
                .iter()
                .map(|items| format!("{{{items}}}"))
                .collect(),
        }
    }
}

/// Returns each start with each end.
fn join(starts: &[String], ends: &[String]) -> Vec<String> {
    let one = |start: &String, end: &String| match start.as_str() {
        "" => end.clone(),
        start => format!("{start}, {end}"),
    };
    starts.iter().flat_map(|start| ends.iter().map(move |end| one(start, end))).collect()
}

/// Returns a mapping of fields to messages, in each order.
fn mappings(fields: &[(&str, &str)]) -> Vec<String> {
    let fields = fields.iter().map(|(name, text)| format!("{name}: ['{text}']")).collect();
    orders(fields).iter().map(|fields| format!("{{{fields}}}")).collect()
}

/// Returns the parts joined in each order.
fn orders(parts: Vec<String>) -> Vec<String> {
    if parts.len() < 2 {
        return parts;
    }
    let led_by = |index: usize| {
        let mut rest = parts.clone();
        let first = rest.remove(index);
        join(&[first], &orders(rest))
    };
    (0..parts.len()).flat_map(led_by).collect()
}

/// Compares a reply with that to an invalid body.
fn require(
    findings: &mut Findings,
    operation: Operation,
    case: &str,
    problem: &Problem,
    response: &crate::testing::HttpResponse,
) {
    let messages = problem.messages();
    let body = response.json();
    let is_fine = response.status == http::StatusCode::OK
        && messages.iter().any(|message| refused(operation, "invalid argument", message) == body);
    let expected = messages.first().map(|message| refused(operation, "invalid argument", message));
    let case = format!("{} {case}", operation.path());
    findings.require(is_fine, case, format_args!("200 {}", expected.unwrap_or_default()), seen(response));
}

const TYPE: &str = "'type'";
const VALUE: &str = "'value'";
const SCHEMA: &[(&str, &str)] = &[("'_schema'", "Invalid input type.")];

const OBSERVABLES: [(&str, Problem); 26] = [
    ("", Problem::Body),
    ("not JSON", Problem::Body),
    ("[", Problem::Body),
    ("[{}] []", Problem::Body),
    ("null", Problem::Body),
    ("{}", Problem::Body),
    (r#"{"type":"ip","value":"192.0.2.1"}"#, Problem::Body),
    (r#""text""#, Problem::Body),
    ("5", Problem::Body),
    ("true", Problem::Body),
    ("[1e999]", Problem::Body),
    (r#"[{"type":"ip","value":"\ud800"}]"#, Problem::Body),
    ("[1]", Problem::Items(&[(0, SCHEMA)])),
    ("[null]", Problem::Items(&[(0, SCHEMA)])),
    (r#"[["ip","192.0.2.1"]]"#, Problem::Items(&[(0, SCHEMA)])),
    ("[{}]", Problem::Items(&[(0, &[(TYPE, MISSING), (VALUE, MISSING)])])),
    (r#"[{"type":"ip"}]"#, Problem::Items(&[(0, &[(VALUE, MISSING)])])),
    (r#"[{"type":"ip","value":""}]"#, Problem::Items(&[(0, &[(VALUE, BLANK)])])),
    (r#"[{"type":"","value":"192.0.2.1"}]"#, Problem::Items(&[(0, &[(TYPE, BLANK)])])),
    (r#"[{"type":null,"value":"192.0.2.1"}]"#, Problem::Items(&[(0, &[(TYPE, NULL)])])),
    (r#"[{"type":"ip","value":5}]"#, Problem::Items(&[(0, &[(VALUE, NOT_TEXT)])])),
    (
        r#"[{"type":["ip"],"value":{"a":"b"}}]"#,
        Problem::Items(&[(0, &[(TYPE, NOT_TEXT), (VALUE, NOT_TEXT)])]),
    ),
    (r#"[{"type":"ip","value":"192.0.2.1","z":1}]"#, Problem::Items(&[(0, &[("'z'", UNKNOWN)])])),
    (
        r#"[{"type":"","value":true,"it's":{}}]"#,
        Problem::Items(&[(0, &[(TYPE, BLANK), (VALUE, NOT_TEXT), ("\"it's\"", UNKNOWN)])]),
    ),
    (
        r#"[{"type":"ip","value":"192.0.2.1"},{"value":null},{"type":"ip","value":"192.0.2.2"},7]"#,
        Problem::Items(&[(1, &[(TYPE, MISSING), (VALUE, NULL)]), (3, SCHEMA)]),
    ),
    (
        r#"[{"type":"ip","value":"192.0.2.1","it's \"odd\"":1,"\n":2}]"#,
        Problem::Items(&[(0, &[(r"'\n'", UNKNOWN), (r#"'it\'s "odd"'"#, UNKNOWN)])]),
    ),
];

async fn observables(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for operation in wanted(subject)? {
        for (body, problem) in &OBSERVABLES {
            let response = subject.post(operation.path(), *body).await?;
            require(findings, operation, body, problem, &response);
        }
    }
    Ok(())
}

/// Returns the operations that take observables; without one, there is nothing to check.
pub(super) fn wanted(subject: &Subject) -> Result<Vec<Operation>, CheckError> {
    match subject.observable_operations() {
        none if none.is_empty() => skip("no capability takes observables"),
        some => Ok(some),
    }
}

async fn bytes(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let bodies: [(&str, Bytes); 5] = [
        ("that is not UTF-8", Bytes::from_static(b"[{\"type\":\"ip\",\"value\":\"\xff\"}]")),
        ("with a raw NUL", Bytes::from_static(b"[{\"type\":\"ip\",\"value\":\"a\0b\"}]")),
        ("of lists in lists", "[".repeat(20_000).into()),
        ("of objects in objects", "{\"a\":".repeat(20_000).into()),
        ("of closed lists in lists", ("[".repeat(20_000) + &"]".repeat(20_000)).into()),
    ];
    for operation in wanted(subject)? {
        for (name, body) in &bodies {
            let response = subject.post(operation.path(), body.clone()).await?;
            require(findings, operation, name, &Problem::Body, &response);
        }
    }
    Ok(())
}

async fn accepted(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for operation in wanted(subject)? {
        for body in [
            json!([]),
            json!([{"type": "quantum_id", "value": "conformance"}]),
            json!([{"value": " ", "type": "x"}]),
            json!([{"type": "ip", "value": "\u{202e}\u{1b}[31m\" OR *:* ("}]),
        ] {
            let response = subject.post(operation.path(), body.to_string()).await?;
            let is_refused = response.errors().iter().any(|error| error["code"] == "invalid argument");
            let case = format!("{} {body}", operation.path());
            let is_fine = response.status == http::StatusCode::OK && !is_refused;
            findings.require(is_fine, case, "200 without invalid argument", seen(&response));
        }
    }
    Ok(())
}

async fn content_type(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let types = [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "nonsense",
        "",
    ];
    for operation in wanted(subject)? {
        for content_type in types {
            let request = Request::post(operation.path())
                .header(AUTHORIZATION, subject.bearer(&subject.claims())?)
                .header("content-type", content_type);
            let response = subject.caller.send(finish(request, "[1]")?).await?;
            require(findings, operation, content_type, &Problem::Items(&[(0, SCHEMA)]), &response);
        }
    }
    Ok(())
}

async fn trigger(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    if !subject.offers(Capability::Respond) {
        return skip("respond is not offered");
    }
    let (id, kind, value) = ("'action-id'", "'observable_type'", "'observable_value'");
    let all_missing = Problem::Fields(&[
        ("'action-id'", MISSING),
        ("'observable_type'", MISSING),
        ("'observable_value'", MISSING),
    ]);
    let wrong = Problem::Fields(&[
        ("'action-id'", NOT_TEXT),
        ("'observable_type'", NULL),
        ("'observable_value'", BLANK),
    ]);
    let mut cases: Vec<(String, Problem)> =
        ["", "not JSON", "[]", "5", "null", "\"text\""].map(|body| (body.to_owned(), Problem::Body)).into();
    cases.push(("{}".to_owned(), all_missing));
    cases.push((json!({"action-id": 1, "observable_type": null, "observable_value": ""}).to_string(), wrong));
    for (body, problem) in cases {
        let response = subject.post(Operation::Trigger.path(), body.clone()).await?;
        require(findings, Operation::Trigger, &body, &problem, &response);
    }
    // Each field alone, since order does not matter then.
    for name in [id, kind, value] {
        let mut body = unknown_action();
        if let Some(fields) = body.as_object_mut() {
            fields.remove(name.trim_matches('\''));
        }
        let response = subject.post(Operation::Trigger.path(), body.to_string()).await?;
        let message = format!("{{{name}: ['{MISSING}']}}");
        findings.reply(
            format_args!("without {name}"),
            &refused(Operation::Trigger, "invalid argument", &message),
            &response,
        );
    }
    Ok(())
}

async fn tile(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let missing = Problem::Fields(&[("'tile_id'", MISSING)]);
    let blank = Problem::Fields(&[("'tile_id'", BLANK)]);
    let null = Problem::Fields(&[("'tile_id'", NULL)]);
    let number = Problem::Fields(&[("'tile_id'", NOT_TEXT)]);
    let cases = [
        ("", Problem::Body),
        ("[]", Problem::Body),
        ("{}", missing),
        (r#"{"tile_id":""}"#, blank),
        (r#"{"tile_id":null}"#, null),
        (r#"{"tile_id":5}"#, number),
    ];
    tile_bodies(subject, findings, Operation::Tile, &cases).await
}

async fn tile_data(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let both = Problem::Fields(&[("'tile_id'", MISSING), ("'period'", MISSING)]);
    let choice = Problem::Fields(&[("'period'", WRONG_CHOICE)]);
    let mixed = Problem::Fields(&[("'tile_id'", NULL), ("'period'", WRONG_CHOICE)]);
    let blank = Problem::Fields(&[("'period'", BLANK)]);
    let cases = [
        ("", Problem::Body),
        ("null", Problem::Body),
        ("{}", both),
        (r#"{"tile_id":"a","period":"last_year"}"#, choice),
        (r#"{"tile_id":null,"period":"LAST_HOUR"}"#, mixed),
        (r#"{"tile_id":"a","period":""}"#, blank),
    ];
    tile_bodies(subject, findings, Operation::TileData, &cases).await
}

async fn tile_bodies(
    subject: &Subject,
    findings: &mut Findings,
    operation: Operation,
    cases: &[(&str, Problem)],
) -> Result<(), CheckError> {
    if !subject.offers(Capability::Tiles) {
        return skip("tiles are not offered");
    }
    for (body, problem) in cases {
        let response = subject.post(operation.path(), body.to_string()).await?;
        require(findings, operation, body, problem, &response);
    }
    let response = subject.post(operation.path(), subject.body(operation).to_string()).await?;
    let expected: Value = refused(operation, "invalid argument", "Unknown tile no-such-tile");
    findings.reply(format_args!("{} of a tile that does not exist", operation.path()), &expected, &response);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_in_each_order() {
        let two = Problem::Items(&[(1, &[("'a'", "x"), ("'b'", "y")]), (3, &[("'c'", "z")])]);
        assert_eq!(
            two.messages(),
            [
                "{1: {'a': ['x'], 'b': ['y']}, 3: {'c': ['z']}}",
                "{1: {'b': ['y'], 'a': ['x']}, 3: {'c': ['z']}}"
            ]
        );
        assert_eq!(Problem::Fields(&[("'a'", "x"), ("'b'", "y"), ("'c'", "z")]).messages().len(), 6);
        assert_eq!(Problem::Body.messages(), ["{'_schema': ['Invalid input type.']}"]);
    }
}
