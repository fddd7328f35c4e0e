//! The OpenAPI document: its contents, and that replies match it.

use http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::subject::{Subject, refused};
use crate::module::Operation;

checks! {
    "document.paths", "The OpenAPI document names the paths that are offered, and no others.", paths;
    "document.replies", "Replies are valid for the schemas of the OpenAPI document.", replies;
    "document.examples", "The examples of the OpenAPI document are valid for its schemas.", examples;
}

async fn document(subject: &Subject) -> Result<Value, CheckError> {
    let response = subject.caller.request(Method::GET, "/openapi.json").await?;
    match response.json() {
        document if document.get("paths").is_some() => Ok(document),
        _ => skip("there is no OpenAPI document"),
    }
}

async fn paths(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let response = subject.caller.request(Method::GET, "/openapi.json").await?;
    let document = response.json();
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        findings.require(false, "/openapi.json", "an OpenAPI document with paths", seen(&response));
        return Ok(());
    };
    let offered: Vec<_> = subject.operations().iter().map(|operation| operation.path()).collect();
    for operation in Operation::ALL {
        let path = operation.path();
        let expected = offered.contains(&path);
        let is_named = paths.get(path).is_some_and(|methods| methods.get("post").is_some());
        findings.equal(format_args!("{path} in the document"), expected, is_named);
    }
    for (path, method) in [("/version", "post"), ("/watchdog", "get")] {
        let is_named = paths.get(path).is_some_and(|methods| methods.get(method).is_some());
        findings.require(is_named, path, "in the document", "it is not");
    }
    // What is named is there.
    for (path, methods) in paths {
        for method in methods.as_object().into_iter().flat_map(|methods| methods.keys()) {
            let Ok(name) = method.to_uppercase().parse::<Method>() else { continue };
            let response = subject.caller.request(name, path).await?;
            findings.equal(format_args!("{method} {path}"), 200, response.status.as_u16());
        }
    }
    Ok(())
}

/// Returns the schema of the replies of a path with status 200, with all that it refers to.
fn validator(document: &Value, path: &str, method: &str) -> Result<Validator, String> {
    let responses = document.get("paths").and_then(|paths| paths.get(path)).and_then(|path| path.get(method));
    let schema =
        responses.and_then(|operation| operation.pointer("/responses/200/content/application~1json/schema"));
    let Some(schema) = schema else { return Err("no schema of replies with status 200".to_owned()) };
    let whole = json!({"allOf": [schema], "components": document.get("components")});
    jsonschema::options().should_validate_formats(true).build(&whole).map_err(|error| error.to_string())
}

fn valid(findings: &mut Findings, case: &str, validator: &Result<Validator, String>, reply: &Value) {
    let problems = match validator {
        Ok(validator) => {
            let text = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
            validator.iter_errors(reply).map(text).collect::<Vec<_>>().join("; ")
        }
        Err(problem) => problem.clone(),
    };
    findings.require(
        problems.is_empty(),
        case,
        "valid for the schema",
        format_args!("{problems} in {reply}"),
    );
}

async fn replies(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let document = document(subject).await?;
    for operation in subject.operations() {
        let path = operation.path();
        let validator = validator(&document, path, "post");
        for body in bodies(subject, operation).await? {
            let reply = subject.post(path, body.clone()).await?.json();
            valid(findings, &format!("{path} {body:.80}"), &validator, &reply);
        }
        let reply = subject.caller.post(path, None, "").await?.json();
        valid(findings, &format!("{path} without a token"), &validator, &reply);
        if let Ok(validator) = &validator {
            let wrong = json!({"errors": [{"type": "fatal", "code": 5}]});
            findings.require(
                !validator.is_valid(&wrong),
                path,
                "a schema that refuses an odd error",
                "it does not",
            );
        }
    }
    let version = subject.caller.post("/version", None, "").await?.json();
    valid(findings, "/version", &validator(&document, "/version", "post"), &version);
    let watchdog = refused(Operation::Health, "health check failed", "Invalid Health Check");
    valid(findings, "/watchdog", &validator(&document, "/watchdog", "get"), &watchdog);
    Ok(())
}

/// Returns bodies for an operation that are answered with all sorts of data.
async fn bodies(subject: &Subject, operation: Operation) -> Result<Vec<String>, CheckError> {
    let mut bodies = vec![subject.body(operation).to_string(), "not JSON".to_owned()];
    if matches!(operation, Operation::Tile | Operation::TileData) {
        let tiles = subject.post(Operation::Tiles.path(), "").await?.json();
        let tiles = tiles.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        let body = |tile: &Value| match operation {
            Operation::Tile => json!({"tile_id": tile.get("id")}).to_string(),
            _ => json!({"tile_id": tile.get("id"), "period": "last_7_days"}).to_string(),
        };
        bodies.extend(tiles.iter().map(body));
    }
    if let (Operation::Trigger, Some(trigger)) = (operation, &subject.trigger) {
        bodies.push(trigger.to_string());
    }
    Ok(bodies)
}

async fn examples(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let document = document(subject).await?;
    for operation in subject.operations() {
        let path = operation.path();
        let validator = validator(&document, path, "post");
        let operation =
            document.get("paths").and_then(|paths| paths.get(path)).and_then(|path| path.get("post"));
        let examples = operation
            .and_then(|operation| operation.pointer("/responses/200/content/application~1json/examples"))
            .and_then(Value::as_object);
        for (name, example) in examples.into_iter().flatten() {
            let value = example.get("value").unwrap_or(&Value::Null);
            valid(findings, &format!("{path}, example {name}"), &validator, value);
        }
    }
    match findings.is_empty() {
        true => skip("the document has no examples"),
        false => Ok(()),
    }
}
