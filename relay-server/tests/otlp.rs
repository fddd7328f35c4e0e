//! Traces reach a collector, and hold nothing that is secret.
#![cfg(all(feature = "otlp", feature = "cli", unix))]
#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

/// A collector that takes one batch of spans and gives its bytes.
fn collect(listener: &TcpListener) -> std::io::Result<Vec<u8>> {
    let (stream, _) = listener.accept()?;
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    Ok(body)
}

#[test]
fn a_request_is_a_span_at_the_collector() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", collector.local_addr().unwrap());
    let mut server = Command::new(env!("CARGO_BIN_EXE_relay-server"))
        .args(["serve", "--listen=127.0.0.1:0", "--log-format=json", "--drain-delay-seconds=0"])
        .env("RELAY_OTLP_ENDPOINT", endpoint)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let started: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let mut stream = TcpStream::connect(started["address"].as_str().unwrap()).unwrap();
    let request = "POST /version HTTP/1.1\r\nhost: a\r\nauthorization: Bearer hidden\r\nx-request-id: r-77\r\n\
                   connection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    let stopped = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let spans = String::from_utf8_lossy(&collect(&collector).unwrap()).into_owned();
    assert!(server.wait().unwrap().success());
    for told in ["relay-server", "/version", "r-77"] {
        assert!(spans.contains(told), "{told} is not in {spans}");
    }
    assert!(!spans.contains("hidden"), "{spans}");
}

#[test]
fn an_address_that_is_not_a_collectors_is_refused() {
    for endpoint in ["collector:4318", "grpc://127.0.0.1:4317", "http://127.0.0.1:4318", "nowhere"] {
        let output = Command::new(env!("CARGO_BIN_EXE_relay-server"))
            .args(["serve", "--listen=127.0.0.1:0"])
            .env("RELAY_OTLP_ENDPOINT", endpoint)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{endpoint}: {stderr}");
        assert!(stderr.starts_with("error: RELAY_OTLP_ENDPOINT (--otlp-endpoint): "), "{endpoint}: {stderr}");
    }
}

/// The response to a GET, whole.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn spans_that_the_collector_does_not_take_are_counted() {
    // Nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_relay-server"))
        .args(["serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--log-format=json"])
        .args(["--drain-delay-seconds=0"])
        .env("RELAY_OTLP_ENDPOINT", format!("http://{nobody}/v1/traces"))
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let started: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    get(started["address"].as_str().unwrap(), "/");
    let admin = started["admin_address"].as_str().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let metrics = get(admin, "/metrics");
        if metrics.contains("\nrelay_spans_dropped_total 1\n") {
            assert!(!metrics.contains("\nrelay_span_export_failures_total 0\n"), "{metrics}");
            break;
        }
        assert!(std::time::Instant::now() < until, "{metrics}");
    }
    Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(server.wait().unwrap().success());
}
