//! Traces reach a collector, and hold nothing that is secret.
#![cfg(all(feature = "otlp", feature = "cli", unix))]

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
        .args(["serve", "--listen=127.0.0.1:0", "--log-format=json"])
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
    assert!(spans.contains("relay-server") && spans.contains("request") && spans.contains("r-77"), "{spans}");
    assert!(!spans.contains("hidden"), "{spans}");
}
