//! Requests written byte by byte: those that two readers could read in two ways, floods, and
//! several in a row.

use std::fmt::Write;

use super::check::{Findings, checks};
use super::check_error::{CheckError, skip};
use super::subject::{Subject, holds, refused};

checks! {
    "sockets.ambiguous", "Requests that can be read in two ways are refused.", ambiguous;
    "sockets.smuggled", "Nothing that is smuggled behind a body is taken for a request.", smuggled;
    "sockets.hosts", "A request of HTTP/1.1 names one host.", hosts;
    "sockets.headers", "More headers than can be meant are refused.", headers;
    "sockets.continue", "A caller that waits for leave to send its body gets it.", expect_continue;
    "sockets.pipeline", "Requests in a row are answered in their order.", pipeline;
    "sockets.ended_early", "A body that ends early is an invalid argument.", ended_early;
}

/// Returns the host that is called; raw requests are for plain HTTP.
fn host(subject: &Subject) -> Result<String, CheckError> {
    subject.caller.authority().or_else(|_| skip("only for plain HTTP"))
}

/// Returns the statuses of the responses of HTTP/1.1 in `received`.
fn statuses(received: &[u8]) -> String {
    let text = String::from_utf8_lossy(received);
    let responses = text.split("HTTP/1.").skip(1);
    let status = |response: &str| response.split(' ').nth(1).unwrap_or_default().to_owned();
    responses.map(status).collect::<Vec<_>>().join(" ")
}

/// Returns a request for health with a token that is accepted and these further lines.
fn request(subject: &Subject, lines: &str, body: &str) -> Result<String, CheckError> {
    let authorization = subject.bearer(&subject.claims())?;
    Ok(format!(
        "POST /health HTTP/1.1\r\nAuthorization: {authorization}\r\nConnection: close\r\n{lines}\r\n\r\n{body}"
    ))
}

async fn ambiguous(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = host(subject)?;
    let chunked = "2\r\n[]\r\n0\r\n\r\n";
    for (lines, body, status) in [
        ("Content-Length: 2", "[]", "200"),
        ("Transfer-Encoding: chunked", chunked, "200"),
        ("Content-Length: 2\r\nContent-Length: 5", "[]", "400"),
        ("Content-Length: 2, 2", "[]", "400"),
        ("Content-Length: +2", "[]", "400"),
        ("Content-Length: -1", "[]", "400"),
        ("Content-Length: 99999999999999999999999", "[]", "400"),
        ("Transfer-Encoding: xchunked", chunked, "400"),
        ("Transfer-Encoding: chunked, identity", chunked, "400"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", chunked, "400"),
        ("Content-Length: 2\r\nTransfer-Encoding : chunked", "[]", "400"),
        ("Content-Length: 2\r\nX-A: a\r\n b", "[]", "400"),
        ("Content-Length: 2\r\nX-A: a\rb", "[]", "400"),
        ("Content-Length: 2\r\nX-A: a\0b", "[]", "400"),
    ] {
        let sent = request(subject, &format!("Host: {host}\r\n{lines}"), body)?;
        let received = subject.caller.send_raw(sent.as_bytes()).await?;
        findings.equal(format_args!("{lines:?}"), status, statuses(&received));
    }
    Ok(())
}

async fn smuggled(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = host(subject)?;
    let lines = format!("Host: {host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked");
    let behind = format!("0\r\n\r\nPOST /version HTTP/1.1\r\nHost: {host}\r\n\r\n");
    // Kept open by the caller, and closed nevertheless: nobody can say where the next request
    // starts.
    let sent = request(subject, &lines, &behind)?.replace("Connection: close\r\n", "");
    let received = subject.caller.send_raw(sent.as_bytes()).await?;
    let text = String::from_utf8_lossy(&received);
    let is_fine = statuses(&received).split(' ').count() == 1 && !text.contains("\"version\"");
    findings.require(is_fine, "two lengths of a body", "one response, and then the end", &text);
    Ok(())
}

async fn hosts(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = host(subject)?;
    for (lines, status) in [
        (format!("Host: {host}\r\n"), "200"),
        (String::new(), "400"),
        (format!("Host: {host}\r\nHost: evil.example\r\n"), "400"),
        (format!("Host: {host}, evil.example\r\n"), "400"),
        (format!("Host: evil.example@{host}\r\n"), "400"),
        (format!("Host: {host}/\r\n"), "400"),
    ] {
        let sent = request(subject, &format!("{lines}Content-Length: 0"), "")?;
        let received = subject.caller.send_raw(sent.as_bytes()).await?;
        findings.equal(format_args!("{lines:?}"), status, statuses(&received));
    }
    Ok(())
}

async fn headers(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = host(subject)?;
    let many = |count: usize| {
        (0..count).fold(String::new(), |mut lines, n| {
            let _ = write!(lines, "X-{n}: a\r\n");
            lines
        })
    };
    for (lines, status) in
        [(many(50), "200"), (many(200), "431"), (format!("X-A: {}\r\n", "a".repeat(1_000_000)), "431")]
    {
        let sent = request(subject, &format!("{lines}Host: {host}\r\nContent-Length: 0"), "")?;
        let received = subject.caller.send_raw(sent.as_bytes()).await?;
        let seen = statuses(&received);
        // A module may close the connection before all of a flood is sent, and the response is lost
        // with it.
        let is_fine = seen == status || (status == "431" && seen.is_empty());
        findings.require(is_fine, format_args!("{} bytes of headers", lines.len()), status, seen);
    }
    Ok(())
}

async fn expect_continue(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = host(subject)?;
    let path = subject.observable_operations().first().map_or("/version", |operation| operation.path());
    let lines = format!("Host: {host}\r\nExpect: 100-continue\r\nContent-Length: 2");
    let sent = request(subject, &lines, "[]")?.replacen("/health", path, 1);
    let received = subject.caller.send_raw(sent.as_bytes()).await?;
    let expected = if path == "/version" { "200" } else { "100 200" };
    findings.equal(path, expected, statuses(&received));
    Ok(())
}

async fn pipeline(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = host(subject)?;
    let request = |n: usize| {
        let close = if n == 49 { "Connection: close\r\n" } else { "" };
        format!(
            "POST /version HTTP/1.1\r\nHost: {host}\r\nX-Request-Id: n-{n}\r\n{close}Content-Length: 3\r\n\r\nabc"
        )
    };
    let sent: String = (0..50).map(request).collect();
    let received = subject.caller.send_raw(sent.as_bytes()).await?;
    let text = String::from_utf8_lossy(&received);
    let ids =
        text.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect::<Vec<_>>().join(" ");
    let expected = (0..50).map(|n| format!("n-{n}")).collect::<Vec<_>>().join(" ");
    findings.equal("fifty requests", expected, ids);
    Ok(())
}

async fn ended_early(subject: &Subject, findings: &mut Findings) -> Result<(), CheckError> {
    let host = host(subject)?;
    let Some(operation) = subject.observable_operations().first().copied() else {
        return skip("no capability takes observables");
    };
    let expected = refused(operation, "invalid argument", "The request body ended early.");
    for chunks in ["zz\r\n[]\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n[]\r\n0\r\n\r\n"] {
        let lines = format!("Host: {host}\r\nTransfer-Encoding: chunked");
        let sent = request(subject, &lines, chunks)?.replacen("/health", operation.path(), 1);
        let received = subject.caller.send_raw(sent.as_bytes()).await?;
        let text = String::from_utf8_lossy(&received).into_owned();
        let is_fine = holds(&text, &expected);
        findings.require(is_fine, format_args!("{chunks:?}"), &expected, text);
    }
    Ok(())
}
