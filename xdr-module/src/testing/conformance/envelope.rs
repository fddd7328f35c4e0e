//! The envelope of replies, and the headers around it.

use http::StatusCode;
use serde_json::Value;

use super::check::{Findings, checks, seen};
use super::check_error::CheckError;
use super::shape;
use super::subject::Subject;
use crate::module::Operation;
use crate::testing::HttpResponse;

checks! {
    "envelope.shape", "A reply is data, errors, or both; without both it is empty data.", shape;
    "envelope.status", "Every handled outcome has status 200.", status;
    "envelope.headers", "Replies are JSON that nobody may keep.", headers;
    "envelope.request_id", "A request id that is plain comes back, and every other request gets one.", request_id;
}

/// Returns replies of all sorts: good ones, refused tokens and refused bodies.
async fn replies(subject: &Subject) -> Result<Vec<(String, HttpResponse)>, CheckError> {
    let mut replies = Vec::new();
    for operation in subject.operations() {
        let path = operation.path();
        let body = subject.body(operation).to_string();
        replies.push((format!("{path} as it should be"), subject.post(path, body.clone()).await?));
        replies.push((format!("{path} without a token"), subject.caller.post(path, None, body).await?));
        if !matches!(operation, Operation::Health | Operation::Tiles) {
            replies.push((format!("{path} without a body"), subject.post(path, "").await?));
        }
    }
    Ok(replies)
}

async fn shape(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for (case, response) in replies(subject).await? {
        let body = response.json();
        let Some(envelope) = shape::closed(findings, &case, &body, &[], &["data", "errors"]) else {
            continue;
        };
        findings.require(!envelope.is_empty(), &case, "data, errors, or both", &body);
        let is_data = |data: &Value| data.is_object() || data.is_array();
        findings.require(envelope.get("data").is_none_or(is_data), &case, "data that is not null", &body);
        let Some(errors) = envelope.get("errors") else { continue };
        let errors = errors.as_array().map(Vec::as_slice).unwrap_or_default();
        findings.require(!errors.is_empty(), &case, "errors that are a list with an entry", &body);
        for error in errors {
            let members = &["type", "code", "message"];
            let Some(error) = shape::closed(findings, &case, error, members, &[]) else { continue };
            shape::texts(findings, &case, error, members);
            let level = error.get("type").and_then(Value::as_str).unwrap_or_default();
            findings.require(
                matches!(level, "fatal" | "error" | "warning"),
                &case,
                "fatal, error or warning",
                level,
            );
        }
    }
    Ok(())
}

async fn status(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for (case, response) in replies(subject).await? {
        findings.require(response.status == StatusCode::OK, case, "status 200", seen(&response));
    }
    Ok(())
}

async fn headers(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for (case, response) in replies(subject).await? {
        for (name, expected) in [("content-type", "application/json"), ("cache-control", "no-store")] {
            findings.equal(format_args!("{case}, {name}"), expected, response.header(name));
        }
    }
    Ok(())
}

async fn request_id(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    const NAME: &str = "x-request-id";
    for operation in subject.operations() {
        let (path, body) = (operation.path(), subject.body(operation).to_string());
        let response = subject.post_with(path, (NAME, "from-xdr_1.2:3"), body.clone()).await?;
        findings.equal(path, "from-xdr_1.2:3", response.header(NAME));
        let response = subject.post(path, body).await?;
        let id = response.header(NAME);
        findings.require(!id.is_empty(), format_args!("{path} without an id"), "an id", id);
    }
    for odd in ["a b", "{}", "<script>", &"x".repeat(4000)] {
        let response = subject.post_with("/health", (NAME, odd), "").await?;
        let id = response.header(NAME);
        findings.require(
            !id.is_empty() && id != odd,
            format_args!("{odd:.20}"),
            "an id of the module's own",
            id,
        );
    }
    Ok(())
}
