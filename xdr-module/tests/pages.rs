//! Static files over HTTP: compressed where the caller takes that, and kept by browsers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;

use std::collections::HashMap;

use xdr_module::testing::{Caller, RunningService, TestIssuer};

use self::common::{Sample, start};

/// A response whose body is as it was sent.
struct Sent {
    status: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Sent {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

fn service() -> RunningService {
    start(Sample::default(), &TestIssuer::start().unwrap())
}

async fn get(service: &RunningService, path: &str, header: &str) -> Sent {
    let caller = Caller::new(service.url()).unwrap();
    let host = caller.authority().unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\nConnection: close\r\n\r\n");
    let bytes = caller.send_raw(request.as_bytes()).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes.iter().take(end).copied().collect()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().to_owned();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Sent { status, headers, body: bytes.into_iter().skip(end + 4).collect() }
}

/// The addresses of scripts and styles that a page names.
async fn assets_of(service: &RunningService, page: &str) -> Vec<String> {
    let text = String::from_utf8(get(service, page, "Accept: text/html").await.body).unwrap();
    let addresses = ["src=\"", "href=\""].map(|start| {
        let found = text.split(start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        found.filter(|address| address.contains(".js") || address.contains(".css")).collect::<Vec<_>>()
    });
    addresses.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_big_files_are_compressed_and_kept_for_good() {
    let service = service();
    let mut kept = 0;
    for address in assets_of(&service, "/swagger-ui").await {
        let whole = get(&service, &address, "Accept: */*").await;
        let small = get(&service, &address, "Accept-Encoding: br, gzip").await;
        assert!(whole.status.contains("200") && small.status.contains("200"), "{address}");
        assert_eq!(whole.header("content-encoding"), "", "{address}");
        if address.contains("?v=") {
            kept += 1;
            assert_eq!(small.header("content-encoding"), "gzip", "{address}");
            assert!(small.header("vary").to_lowercase().contains("accept-encoding"), "{address}");
            let (small_length, length) = (small.body.len(), whole.body.len());
            assert!(small_length * 2 < length, "{address}: {small_length} of {length}");
            assert!(small.header("cache-control").contains("immutable"), "{address}");
            let plain = address.split('?').next().unwrap();
            let unversioned = get(&service, plain, "Accept: */*").await;
            assert_eq!(unversioned.header("cache-control"), "no-cache", "{plain}");
        }
    }
    assert_eq!(kept, 2, "the bundle of Swagger UI and its style");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_files_and_the_document_are_sent_again_only_when_they_changed() {
    let service = service();
    let mut addresses = assets_of(&service, "/").await;
    assert!(addresses.len() > 1, "{addresses:?}");
    addresses.extend(["/openapi.json", "/swagger-ui", "/assets/explorer.js"].map(str::to_owned));
    for address in addresses {
        let first = get(&service, &address, "Accept-Encoding: gzip").await;
        assert_eq!(first.header("cache-control"), "no-cache", "{address}");
        let tag = first.header("etag");
        let again = get(&service, &address, &format!("Accept-Encoding: gzip\r\nIf-None-Match: {tag}")).await;
        assert!(again.status.contains("304") && again.body.is_empty(), "{address}: {}", again.status);
        let other = get(&service, &address, "If-None-Match: W/\"0\"").await;
        assert!(other.status.contains("200") && !other.body.is_empty(), "{address}");
    }
}
