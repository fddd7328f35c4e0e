//! Paths and methods: those that exist, and the responses to others.

use http::{Method, StatusCode};
use serde_json::Value;

use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::shape;
use super::subject::Subject;
use crate::module::{Capability, Operation};
use crate::testing::HttpResponse;

checks! {
    "routing.trailing_slashes", "Paths with trailing slashes lead to the same endpoints.", trailing_slashes;
    "routing.unknown_paths", "Other paths are 404 in the shape of the contract.", unknown_paths;
    "routing.wrong_methods", "Wrong methods are 405, and Allow names the right ones.", wrong_methods;
    "routing.head", "HEAD is answered like GET, without a body.", head;
    "routing.not_offered", "Capabilities that are not offered have no route.", not_offered;
    "module_type.offered", "The module type record names what is offered, and nothing else.", module_type;
}

async fn trailing_slashes(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for operation in subject.operations() {
        let (path, body) = (operation.path(), subject.body(operation).to_string());
        for slashes in ["/", "//"] {
            let response = subject.post(&format!("{path}{slashes}"), body.clone()).await?;
            let has_envelope = ["data", "errors"].iter().any(|name| response.json().get(name).is_some());
            let is_fine = response.status == StatusCode::OK && has_envelope;
            findings.require(
                is_fine,
                format_args!("{path}{slashes}"),
                "the envelope with status 200",
                seen(&response),
            );
        }
    }
    let response = subject.caller.post("/version/", None, "").await?;
    findings.require(response.json().get("version").is_some(), "/version/", "the version", seen(&response));
    Ok(())
}

/// Requires the shape of replies that are outside of the contract.
fn fault(findings: &mut Findings, case: &str, status: StatusCode, response: &HttpResponse) {
    let expected = format!("{} application/json", status.as_u16());
    let seen_status = format!("{} {}", response.status.as_u16(), response.header("content-type"));
    findings.equal(case, expected, seen_status);
    let body = response.json();
    let Some(fault) = shape::closed(findings, case, &body, &["code", "message", "reason"], &[]) else {
        return;
    };
    shape::texts(findings, case, fault, &["message", "reason"]);
    findings.equal(format_args!("{case}, code"), status.as_u16(), fault.get("code").unwrap_or(&Value::Null));
}

async fn unknown_paths(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for path in ["/nothing", "/observe", "/observe/observables/x", "/health.json", "/%00", "/HEALTH"] {
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let response = subject.caller.request(method.clone(), path).await?;
            fault(findings, &format!("{method} {path}"), StatusCode::NOT_FOUND, &response);
        }
    }
    Ok(())
}

/// Returns the paths that every module has, and those of the offered operations, with their method.
fn paths(subject: &Subject) -> Vec<(&'static str, Method)> {
    let operations = subject.operations().into_iter().map(|operation| (operation.path(), Method::POST));
    operations
        .chain([("/version", Method::POST), ("/watchdog", Method::GET), ("/openapi.json", Method::GET)])
        .collect()
}

async fn wrong_methods(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for (path, right) in paths(subject) {
        let allowed = if right == Method::GET { "GET, HEAD" } else { "POST" };
        for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"] {
            if allowed.split(", ").any(|allowed| allowed == name) {
                continue;
            }
            let method: Method = name.parse().unwrap_or_default();
            let response = subject.caller.request(method, path).await?;
            let case = format!("{name} {path}");
            findings.equal(format_args!("{case}, Allow"), allowed, response.header("allow"));
            match name {
                "HEAD" => {
                    findings.equal(case, 405, response.status.as_u16());
                }
                _ => fault(findings, &case, StatusCode::METHOD_NOT_ALLOWED, &response),
            }
        }
    }
    Ok(())
}

async fn head(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    for path in ["/watchdog", "/openapi.json", "/", "/nothing"] {
        let whole = subject.caller.request(Method::GET, path).await?;
        let head = subject.caller.request(Method::HEAD, path).await?;
        let facts = |response: &HttpResponse| {
            format!("{} {}", response.status.as_u16(), response.header("content-type"))
        };
        findings.equal(path, facts(&whole), facts(&head));
        findings.equal(format_args!("{path}, body"), 0, head.body.len());
    }
    Ok(())
}

fn others(subject: &Subject) -> impl Iterator<Item = Operation> {
    let others = Capability::ALL.into_iter().filter(|capability| !subject.offers(*capability));
    others.flat_map(|capability| capability.operations()).copied()
}

async fn not_offered(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    if others(subject).next().is_none() {
        return skip("everything is offered");
    }
    for operation in others(subject) {
        let response = subject.post(operation.path(), subject.body(operation).to_string()).await?;
        fault(findings, operation.path(), StatusCode::NOT_FOUND, &response);
    }
    Ok(())
}

async fn module_type(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let Some(record) = &subject.module_type else { return skip("no module type record was given") };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names.join(", ")
    };
    let texts = |list: Option<&Value>| -> Vec<String> {
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let apis = texts(record.pointer("/properties/supported-apis"));
    let paths =
        subject.operations().iter().map(|one| one.path().trim_start_matches('/').to_owned()).collect();
    findings.equal("supported-apis", sorted(paths), sorted(apis));
    let ids: Vec<String> = record
        .get("capabilities")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|capability| capability.get("id").and_then(Value::as_str).map(str::to_owned))
        .collect();
    let offered = subject.capabilities.iter().map(|one| one.as_str().to_owned());
    findings.equal("capabilities", sorted(offered.chain(["health".to_owned()]).collect()), sorted(ids));
    for (name, expected) in [("auth-type", "configuration-token"), ("configuration-token-alg", "RS256")] {
        let value =
            record.get("properties").and_then(|properties| properties.get(name)).and_then(Value::as_str);
        findings.equal(name, expected, value.unwrap_or_default());
    }
    Ok(())
}
