//! The validation table: bodies that do not fit, and the printed form of their errors.

use serde_json::json;

use crate::common::caller::fatal;
use crate::common::{World, data};

const NOT_A_LIST: &str = "{'_schema': ['Invalid input type.']}";

/// A body and its error.
const TABLE: [(&str, &str); 24] = [
    ("", NOT_A_LIST),
    ("not JSON", NOT_A_LIST),
    ("[", NOT_A_LIST),
    ("[{}] []", NOT_A_LIST),
    ("null", NOT_A_LIST),
    ("{}", NOT_A_LIST),
    (r#"{"type":"ip","value":"192.0.2.1"}"#, NOT_A_LIST),
    (r#""text""#, NOT_A_LIST),
    ("5", NOT_A_LIST),
    ("true", NOT_A_LIST),
    ("[1]", "{0: {'_schema': ['Invalid input type.']}}"),
    ("[null]", "{0: {'_schema': ['Invalid input type.']}}"),
    (r#"[["ip","192.0.2.1"]]"#, "{0: {'_schema': ['Invalid input type.']}}"),
    (
        "[{}]",
        "{0: {'type': ['Missing data for required field.'], 'value': ['Missing data for required field.']}}",
    ),
    (r#"[{"type":"ip"}]"#, "{0: {'value': ['Missing data for required field.']}}"),
    (r#"[{"type":"ip","value":""}]"#, "{0: {'value': ['Field may not be blank.']}}"),
    (r#"[{"type":"","value":"192.0.2.1"}]"#, "{0: {'type': ['Field may not be blank.']}}"),
    (r#"[{"type":null,"value":"192.0.2.1"}]"#, "{0: {'type': ['Field may not be null.']}}"),
    (r#"[{"type":"ip","value":5}]"#, "{0: {'value': ['Not a valid string.']}}"),
    (r#"[{"type":"ip","value":true}]"#, "{0: {'value': ['Not a valid string.']}}"),
    (
        r#"[{"type":["ip"],"value":{"a":"b"}}]"#,
        "{0: {'type': ['Not a valid string.'], 'value': ['Not a valid string.']}}",
    ),
    (r#"[{"type":"ip","value":"192.0.2.1","z":1}]"#, "{0: {'z': ['Unknown field.']}}"),
    (
        r#"[{"type":"ip","value":"192.0.2.1"},{"value":null},{"type":"ip","value":"192.0.2.2"},7]"#,
        "{1: {'type': ['Missing data for required field.'], 'value': ['Field may not be null.']}, 3: {'_schema': ['Invalid input type.']}}",
    ),
    (
        r#"[{"type":"ip","value":"192.0.2.1","it's \"odd\"":1,"\n":2}]"#,
        r#"{0: {'\n': ['Unknown field.'], 'it\'s "odd"': ['Unknown field.']}}"#,
    ),
];

#[tokio::test]
async fn a_body_that_does_not_fit_is_told_item_by_item() {
    let world = World::of(data::company()).await;
    for (body, message) in TABLE {
        let expected = fatal("invalid argument", message);
        for path in ["/observe/observables", "/refer/observables"] {
            world.post(path, body).await.assert_is(&expected, &format!("{path} {body}"));
        }
    }
    assert_eq!(world.siem.counts().calls, 0, "nothing is searched for a body that does not fit");
}

#[tokio::test]
async fn bytes_that_are_no_text_do_not_fit() {
    let world = World::of(data::company()).await;
    let request = world
        .relay
        .caller()
        .request(http::Method::POST, "/observe/observables")
        .header("authorization", crate::common::bearer(&world.token()))
        .body(b"[{\"type\":\"ip\",\"value\":\"\xff\"}]".to_vec());
    let answer = crate::common::Answer::of(request).await;
    answer.assert_is(&fatal("invalid argument", NOT_A_LIST), "not UTF-8");
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let world = World::of(data::company()).await;
    let body = "[".repeat(100_000);
    world.post("/observe/observables", body).await.assert_is(&fatal("invalid argument", NOT_A_LIST), "deep");
}

#[tokio::test]
async fn limits_of_a_body_are_told() {
    let world = World::with(data::company(), |config| {
        config.service.requests.max_body_bytes = 4096;
        config.service.requests.max_observables = 2;
        config.service.requests.max_value_bytes = 100;
        config.service.requests.max_type_bytes = 20;
    })
    .await;
    let item = json!({"type": "ip", "value": "192.0.2.1"});
    let too_many = json!([item, item, item]).to_string();
    let long_value = json!([{"type": "ip", "value": "x".repeat(101)}]).to_string();
    let long_type = json!([{"type": "t".repeat(21), "value": "x"}]).to_string();
    for (body, message) in [
        (
            too_many,
            "The request holds 3 observables; at most 2 are searched at once. Send them in several requests.",
        ),
        (long_value, "{0: {'value': ['Longer than 100 bytes (101).']}}"),
        (long_type, "{0: {'type': ['Longer than 20 bytes (21).']}}"),
        ("x".repeat(4097), "The request body is larger than 4096 bytes."),
    ] {
        world
            .post("/observe/observables", body)
            .await
            .assert_is(&fatal("invalid argument", message), message);
    }
    assert_eq!(world.siem.counts().calls, 0);
    let most =
        json!([{"type": "t".repeat(20), "value": "x".repeat(100)}, {"type": "ip", "value": "203.0.113.9"}]);
    world.observe(&most).await.assert_is(r#"{"data":{}}"#, "just within the limits");
}

#[tokio::test]
async fn the_token_is_looked_at_before_the_body() {
    let world = World::of(data::company()).await;
    for path in ["/observe/observables", "/refer/observables"] {
        let answer = world.relay.caller().post(path, None, "not JSON").await;
        answer.assert_is(&crate::common::caller::unauthorized("Authorization header is missing"), path);
    }
}
