//! Limits of bodies and of time.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::authorization::LONGEST_WAIT;
use super::check::{Findings, checks, seen};
use super::check_error::{CheckError, skip};
use super::subject::{Subject, holds, question, refused};
use super::validation::wanted;
use crate::contract::observable::ObservableLimits;
use crate::contract::reply::ErrorItem;
use crate::module::Operation;

checks! {
    "limits.body_size", "A body that is too large is an invalid argument.", body_size;
    "limits.observables", "Too many observables, and too long ones, are an invalid argument.", observables;
    "limits.slow_body", "A body that does not arrive is an invalid argument.", slow_body;
    "limits.deadline", "A reply comes before the deadline, even when the module hangs.", deadline;
}

async fn body_size(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let max = subject.limits.max_body_bytes;
    let message = format!("The request body is larger than {max} bytes.");
    for operation in wanted(subject)? {
        let response = subject.post(operation.path(), " ".repeat(max + 1)).await?;
        findings.reply(operation.path(), &refused(operation, "invalid argument", &message), &response);
        let response = subject.post(operation.path(), " ".repeat(max - 2) + "[]").await?;
        let is_fine = response.json().get("data").is_some();
        findings.require(is_fine, format_args!("{} just within", operation.path()), "data", seen(&response));
    }
    Ok(())
}

async fn observables(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let most = subject.limits.max_observables;
    let ObservableLimits { value_bytes, kind_bytes, .. } = ObservableLimits::default();
    let count = most + 1;
    let too_many = format!(
        "The request holds {count} observables; at most {most} are searched at once. Send them in several requests."
    );
    let long_value =
        format!("{{0: {{'value': ['Longer than {value_bytes} bytes ({}).']}}}}", value_bytes + 1);
    let long_type = format!("{{0: {{'type': ['Longer than {kind_bytes} bytes ({}).']}}}}", kind_bytes + 1);
    let cases = [
        (format!("[{}]", vec!["0"; count].join(",")), too_many),
        (json!([{"type": "ip", "value": "x".repeat(value_bytes + 1)}]).to_string(), long_value),
        (json!([{"type": "t".repeat(kind_bytes + 1), "value": "x"}]).to_string(), long_type),
    ];
    for operation in wanted(subject)? {
        for (body, message) in &cases {
            let response = subject.post(operation.path(), body.clone()).await?;
            findings.reply(operation.path(), &refused(operation, "invalid argument", message), &response);
        }
    }
    Ok(())
}

async fn slow_body(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let Ok(host) = subject.caller.authority() else { return skip("only for plain HTTP") };
    let time = subject.body_time();
    if time > LONGEST_WAIT {
        return skip("the time for a body is longer than three seconds");
    }
    let authorization = subject.bearer(&subject.claims())?;
    let message = format!("The request body did not arrive within {} s.", time.as_secs_f64());
    for operation in wanted(subject)?.into_iter().take(1) {
        let mut stream = subject.caller.connect().await?;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\
             Content-Length: 1000\r\n\r\n[",
            operation.path()
        );
        stream.write_all(head.as_bytes()).await.map_err(crate::testing::CallError::from)?;
        let mut received = String::new();
        let read = timeout(time + LONGEST_WAIT * 4, stream.read_to_string(&mut received)).await;
        let expected = refused(operation, "invalid argument", &message);
        let is_fine = read.is_ok() && holds(&received, &expected);
        findings.require(is_fine, operation.path(), &expected, &received);
    }
    Ok(())
}

async fn deadline(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let Some(hanging) = &subject.hanging else {
        return skip("no observable was named that makes the module hang");
    };
    let deadline = subject.limits.deadline;
    if deadline > LONGEST_WAIT {
        return skip("the deadline of the module is longer than three seconds");
    }
    let body = question(std::slice::from_ref(hanging)).to_string();
    let ErrorItem { code, message, .. } = ErrorItem::timeout(deadline.as_secs_f64());
    let timed_out = |operation: Operation| refused(operation, &code, &message);
    for operation in wanted(subject)? {
        // The allowance is for a busy machine; a module that ignores its deadline takes far longer.
        match timeout(deadline + LONGEST_WAIT * 4, subject.post(operation.path(), body.clone())).await {
            Ok(response) => {
                let response = response?;
                let is_partial = response.json().get("data").is_some() && !response.errors().is_empty();
                let is_fine = response.json() == timed_out(operation) || is_partial;
                findings.require(is_fine, operation.path(), timed_out(operation), seen(&response));
            }
            Err(_elapsed) => {
                findings.require(false, operation.path(), timed_out(operation), "no reply");
            }
        }
    }
    Ok(())
}
