//! The data of `health`.

use serde_json::Value;

use super::check::{Findings, checks};
use super::check_error::CheckError;
use super::shape;
use super::subject::Subject;

checks! {
    "health.shape", "Health is a status and perhaps quotas, and nothing else.", health;
    "health.body", "Health ignores its body.", body;
}

const QUOTA_VALUES: [&str; 7] = [
    "bucket_unit",
    "bucket_limit",
    "current_bucket_consumption",
    "current_bucket_start_time",
    "current_bucket_end_time",
    "current_bucket_limit_reached",
    "current_bucket_limit_reached_at",
];

async fn health(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let reply = subject.post("/health", "").await?.json();
    let data = reply.get("data").unwrap_or(&Value::Null);
    let Some(health) = shape::closed(findings, "health", data, &["status"], &["quotas"]) else {
        return Ok(());
    };
    let status = health.get("status").and_then(Value::as_str).unwrap_or_default();
    findings.require(matches!(status, "ok" | "error" | "unknown"), "status", "ok, error or unknown", status);
    for (name, quota) in health.get("quotas").and_then(Value::as_object).into_iter().flatten() {
        let case = format!("quota {name}");
        let Some(quota) = shape::closed(findings, &case, quota, &["description", "values"], &[]) else {
            continue;
        };
        shape::texts(findings, &case, quota, &["description"]);
        shape::closed(findings, &case, quota.get("values").unwrap_or(&Value::Null), &[], &QUOTA_VALUES);
    }
    Ok(())
}

async fn body(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for body in ["", "{}", "[]", "not JSON", r#"[{"type":"ip","value":"192.0.2.1"}]"#] {
        let response = subject.post("/health", body).await?;
        let status = response.json().pointer("/data/status").cloned().unwrap_or_default();
        findings.equal(format!("{body:?}"), "\"ok\"", status);
    }
    Ok(())
}
