//! Endpoints without a token: `version` and `watchdog`.

use http::Request;
use serde_json::{Value, json};

use super::check::{Findings, checks, seen};
use super::check_error::CheckError;
use super::shape;
use super::subject::Subject;
use crate::contract::reply::{ErrorItem, Reply};
use crate::testing::HttpResponse;
use crate::testing::caller::finish;

checks! {
    "version.shape", "The version stands outside of data, and needs no token.", version;
    "watchdog.echo", "The watchdog echoes its header, and needs no token.", echo;
    "watchdog.limit", "The watchdog echoes no more than 1024 bytes.", limit;
    "watchdog.missing", "The watchdog without its header is an error.", missing;
}

async fn version(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for body in ["", "{}", "not JSON"] {
        let response = subject.caller.post("/version", None, body).await?;
        let json = response.json();
        findings.equal(
            "status and content type",
            "200 application/json",
            format_args!("{} {}", response.status.as_u16(), response.header("content-type")),
        );
        let Some(version) = shape::closed(findings, "the version", &json, &["version"], &[]) else {
            continue;
        };
        shape::texts(findings, "the version", version, &["version"]);
    }
    Ok(())
}

async fn watchdog(subject: &Subject, text: &[u8]) -> Result<HttpResponse, CheckError> {
    let request = Request::get("/watchdog").header("Health-Check", text);
    Ok(subject.caller.send(finish(request, "")?).await?)
}

async fn echo(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for text in ["hello", "a \"quoted\" \\ text", "", "h\u{e9}llo", "<script>"] {
        let response = watchdog(subject, text.as_bytes()).await?;
        findings.reply(format_args!("{text:?}"), &json!({"data": text}), &response);
    }
    let response = watchdog(subject, b"h\xe9llo").await?;
    findings.reply("a header that is not UTF-8", &json!({"data": "h\u{fffd}llo"}), &response);
    Ok(())
}

async fn limit(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for length in [1024, 1025, 8000] {
        let response = watchdog(subject, "a".repeat(length).as_bytes()).await?;
        let json = response.json();
        let echoed = json.get("data").and_then(Value::as_str).unwrap_or_default();
        findings.equal(format_args!("bytes of {length} that come back"), 1024, echoed.len());
    }
    Ok(())
}

async fn missing(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let response = subject.caller.request(http::Method::GET, "/watchdog").await?;
    let expected = json!(Reply::<()>::error(ErrorItem::health_check_failed()));
    findings.reply("no header", &expected, &response);
    findings.require(response.status == http::StatusCode::OK, "no header", "status 200", seen(&response));
    Ok(())
}
