//! Attacks, byte by byte over real sockets: requests that two readers could read in two ways,
//! floods, and bodies made to break a reader. Each is answered or cut off, and the next caller is
//! served.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use serde_json::{Value, json};
use sumo_client::testing::DataSet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use xdr_module::auth::allow_list::Audiences;

use self::common::caller::{fatal, unauthorized};
use self::common::{World, bearer, data};

/// All that comes back until the relay closes the connection.
async fn exchange(world: &World, sent: &[u8]) -> Vec<u8> {
    let (mut reading, mut writing) = TcpStream::connect(world.relay.address()).await.unwrap().into_split();
    let sent = sent.to_vec();
    // Apart, since a flood may be cut off while it is sent.
    let sender = tokio::spawn(async move {
        let _ = writing.write_all(&sent).await;
        writing
    });
    let mut got = Vec::new();
    let _ = reading.read_to_end(&mut got).await;
    let _ = sender.await;
    got
}

/// The statuses of the answers of HTTP/1.1 in `got`.
fn statuses(got: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(got);
    let heads = text.match_indices("HTTP/1.");
    heads.map(|(at, _)| text.get(at + 9..at + 12).unwrap().parse().unwrap()).collect()
}

/// The body of the only answer in `got`.
fn body(got: &[u8]) -> String {
    let text = String::from_utf8_lossy(got);
    text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}")).1.to_owned()
}

/// A request with a token that is accepted and these further lines; the connection is to be closed
/// after it.
fn request(world: &World, path: &str, lines: &str, body: &str) -> String {
    let token = world.token();
    format!(
        "POST {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{lines}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn requests_that_can_be_read_in_two_ways_are_refused() {
    let world = World::of(DataSet::new()).await;
    let chunked = "2\r\n[]\r\n0\r\n\r\n";
    for (lines, sent, status) in [
        ("Content-Length: 2", "[]", 200),
        ("Transfer-Encoding: chunked", chunked, 200),
        ("Content-Length: 2\r\nContent-Length: 5", "[]", 400),
        ("Content-Length: 2, 2", "[]", 400),
        ("Content-Length: +2", "[]", 400),
        ("Content-Length: -1", "[]", 400),
        ("Content-Length: 99999999999999999999999", "[]", 400),
        ("Transfer-Encoding: xchunked", chunked, 400),
        ("Transfer-Encoding: chunked, identity", chunked, 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", chunked, 400),
        ("Content-Length: 2\r\nTransfer-Encoding : chunked", "[]", 400),
        ("Content-Length: 2\r\nX-A: a\r\n b", "[]", 400),
        ("Content-Length: 2\r\nX-A: a\rb", "[]", 400),
        ("Content-Length: 2\r\nX-A: a\0b", "[]", 400),
    ] {
        let got = exchange(
            &world,
            request(&world, "/refer/observables", &format!("Host: a\r\n{lines}"), sent).as_bytes(),
        )
        .await;
        assert_eq!(statuses(&got), [status], "{lines:?}");
    }
}

#[tokio::test]
async fn what_is_smuggled_behind_a_body_is_no_request() {
    let world = World::of(DataSet::new()).await;
    let smuggled = "0\r\n\r\nPOST /version HTTP/1.1\r\nHost: a\r\n\r\n";
    let lines = "Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked";
    // Kept open by the caller, and closed nevertheless: nobody can say where the next request
    // starts.
    let sent = request(&world, "/refer/observables", lines, smuggled).replace("Connection: close\r\n", "");
    let got = exchange(&world, sent.as_bytes()).await;
    assert_eq!(statuses(&got), [200]);
    assert!(!String::from_utf8_lossy(&got).contains("\"version\""));
}

#[tokio::test]
async fn chunks_that_cannot_be_read_end_the_body() {
    let world = World::of(DataSet::new()).await;
    let ended = fatal("invalid argument", "The request body ended early.");
    for chunks in [
        "zz\r\n[]\r\n0\r\n\r\n".to_owned(),
        "FFFFFFFFFFFFFFFFF\r\n[]\r\n0\r\n\r\n".to_owned(),
        format!("2;{}\r\n[]\r\n0\r\n\r\n", "a".repeat(100_000)),
        format!("2\r\n[]\r\n0\r\nX: {}\r\n\r\n", "a".repeat(500_000)),
    ] {
        let lines = "Host: a\r\nTransfer-Encoding: chunked";
        let got = exchange(&world, request(&world, "/refer/observables", lines, &chunks).as_bytes()).await;
        assert_eq!((statuses(&got), body(&got)), (vec![200], ended.clone()), "{chunks:.40}");
    }
}

#[tokio::test]
async fn a_request_names_one_host() {
    let world = World::with(DataSet::new(), |config| config.service.audiences = Audiences::RequestHost).await;
    let token = world.claims().with("aud", "https://relay.example.com").signed();
    let refused = r#"{"code":400,"message":"The request must name one host, in one header Host; this one names none, or more.","reason":"relay_server.BadRequest"}"#;
    let wrong = unauthorized("Wrong configuration-token-audience");
    let right = r#"{"data":[]}"#;
    for (target, hosts, status, expected) in [
        ("", "Host: relay.example.com\r\n", 200, right),
        ("", "Host: evil.example\r\n", 200, wrong.as_str()),
        ("", "", 400, refused),
        ("", "Host: relay.example.com\r\nHost: evil.example\r\n", 400, refused),
        ("", "Host: evil.example\r\nHost: relay.example.com\r\n", 400, refused),
        ("", "Host: relay.example.com, evil.example\r\n", 400, refused),
        ("", "Host: evil.example@relay.example.com\r\n", 400, refused),
        ("", "Host: relay.example.com/\r\n", 400, refused),
        ("", "X-Forwarded-Host: relay.example.com\r\nHost: evil.example\r\n", 200, wrong.as_str()),
        ("http://relay.example.com", "Host: evil.example\r\n", 200, right),
        ("http://evil.example", "Host: relay.example.com\r\n", 200, wrong.as_str()),
    ] {
        let sent = format!(
            "POST {target}/refer/observables HTTP/1.1\r\n{hosts}Authorization: Bearer {token}\r\nConnection: \
             close\r\nContent-Length: 2\r\n\r\n[]"
        );
        let got = exchange(&world, sent.as_bytes()).await;
        assert_eq!((statuses(&got), body(&got).as_str()), (vec![status], expected), "{target:?} {hosts:?}");
    }
    assert_eq!(world.siem.counts().calls, 0);
}

#[tokio::test]
async fn two_tokens_are_none() {
    let world = World::of(DataSet::new()).await;
    for other in ["Bearer x", "Basic eDp5", &bearer(&world.token())] {
        for order in ["after", "before"] {
            let request = request(&world, "/health", "Host: a\r\nContent-Length: 0", "");
            let line = format!("Authorization: {other}\r\n");
            let sent = match order {
                "after" => request.replace("Connection: close\r\n", &format!("Connection: close\r\n{line}")),
                _ => request.replacen("Authorization", &format!("{line}Authorization"), 1),
            };
            let got = exchange(&world, sent.as_bytes()).await;
            assert_eq!(body(&got), unauthorized("Wrong authorization type"), "{other:.10} {order}");
        }
    }
    world.assert_nothing_fetched("two tokens");
}

#[tokio::test]
async fn targets_that_are_no_paths_are_answered() {
    let world = World::of(DataSet::new()).await;
    for (target, status) in [
        ("OPTIONS *", 404),
        ("GET *", 404),
        ("CONNECT evil.example:443", 404),
        ("CONNECT /health", 405),
        ("GET //evil.example/", 404),
        ("GET /swagger-ui/../health", 404),
        ("GET /swagger-ui/%2e%2e/health", 404),
        ("GET /assets/..%2f..%2f..%2fetc/passwd", 404),
        ("POST /%68ealth", 404),
        ("GET /%00", 404),
        ("GET http://evil.example//swagger-ui//", 200),
        ("POST http://evil.example", 405),
        ("GET ?", 400),
        ("GET http://", 400),
        ("G@T /", 400),
    ] {
        let sent = format!("{target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&exchange(&world, sent.as_bytes()).await), [status], "{target}");
    }
}

#[tokio::test]
async fn more_headers_than_can_be_meant_are_refused() {
    let world = World::of(DataSet::new()).await;
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: a\r\n")).collect::<String>();
    let long = |bytes: usize| format!("X-A: {}\r\n", "a".repeat(bytes));
    for (lines, status) in [(many(90), 200), (many(200), 431), (long(60_000), 200), (long(100_000), 431)] {
        let lines = format!("{lines}Host: a\r\nContent-Length: 2");
        let got = exchange(&world, request(&world, "/refer/observables", &lines, "[]").as_bytes()).await;
        assert_eq!(statuses(&got), [status], "{} bytes", lines.len());
    }
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_their_order() {
    let world = World::of(DataSet::new()).await;
    let ask = |id: usize, close: &str| {
        format!(
            "POST /version HTTP/1.1\r\nHost: a\r\nX-Request-Id: n-{id}\r\n{close}Content-Length: 3\r\n\r\nabc"
        )
    };
    let sent: String =
        (0..50).map(|id| ask(id, if id == 49 { "Connection: close\r\n" } else { "" })).collect();
    let got = String::from_utf8(exchange(&world, sent.as_bytes()).await).unwrap();
    let ids: Vec<&str> = got.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
    assert_eq!(ids, (0..50).map(|id| format!("n-{id}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_caller_that_waits_for_leave_to_send_its_body_gets_it() {
    let world = World::of(DataSet::new()).await;
    let lines = "Host: a\r\nExpect: 100-continue\r\nContent-Length: 2";
    let got = exchange(&world, request(&world, "/refer/observables", lines, "[]").as_bytes()).await;
    assert_eq!(statuses(&got), [100, 200]);
}

#[tokio::test]
async fn bodies_made_to_break_a_reader_are_refused_in_the_words_of_the_contract() {
    let world = World::of(data::company()).await;
    let no_list = "{'_schema': ['Invalid input type.']}";
    let many = "The request holds 300000 observables; at most 500 are searched at once. Send them in several requests.";
    for (name, body, message) in [
        ("lists in lists", "[".repeat(100_000), no_list),
        ("objects in objects", "{\"a\":".repeat(100_000), no_list),
        ("closed lists in lists", "[".repeat(100_000) + &"]".repeat(100_000), no_list),
        ("a number without end", format!("[{{\"type\":\"ip\",\"value\":{}}}]", "9".repeat(500_000)), no_list),
        ("a number without bounds", "[1e999]".to_owned(), no_list),
        ("half a character", r#"[{"type":"ip","value":"\ud800"}]"#.to_owned(), no_list),
        ("a raw NUL", "[{\"type\":\"ip\",\"value\":\"a\0b\"}]".to_owned(), no_list),
        ("many items", format!("[{}0]", "0,".repeat(299_999)), many),
        ("too many bytes", " ".repeat(2_000_000), "The request body is larger than 1048576 bytes."),
    ] {
        for path in ["/observe/observables", "/refer/observables"] {
            let expected = fatal("invalid argument", message);
            world.post(path, body.clone()).await.assert_is(&expected, name);
        }
    }
    assert_eq!(world.siem.counts().calls, 0);
}

#[tokio::test]
async fn odd_values_are_searched_as_they_are() {
    let world = World::of(data::company()).await;
    for value in ["a\0b", "\u{202e}\u{1b}[31m", "\" OR *:* (", "\u{1f4a9}"] {
        world.observe(&data::ask("domain", value)).await.assert_is(r#"{"data":{}}"#, value);
    }
    // The last of two members counts, as in most readers.
    let twice = r#"[{"type":"ip","value":"a","type":"domain","value":"evil.example"}]"#;
    let answer = world.post("/observe/observables", twice).await;
    assert_eq!(
        answer.docs("sightings")[0]["observables"],
        json!([{"type": "domain", "value": data::DOMAIN}])
    );
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const HEADERS: u8 = 1;
const RESET: u8 = 3;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
/// No body follows, no header follows.
const WHOLE: u8 = 5;

/// Returns the bytes that open an HTTP/2 connection.
fn preface() -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(4, 0, 0, &[])].concat()
}

/// `GET /` of the host `a` (RFC 7541: members of the static table, and a literal), with further
/// headers.
fn get(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = vec![0x82, 0x84, 0x86, 0x41, 1, b'a'];
    for (name, value) in headers {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// The frames of an answer: kind and payload.
fn frames(mut got: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = got.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let Some((payload, after)) = rest.split_at_checked(length) else { break };
        frames.push((head[3], payload.to_vec()));
        got = after;
    }
    frames
}

#[tokio::test]
async fn floods_of_http2_frames_are_cut_off() {
    let world = World::of(DataSet::new()).await;
    let streams = || (0..20_000_u32).map(|n| 2 * n + 1);
    let resets: Vec<u8> = streams()
        .flat_map(|id| [frame(HEADERS, WHOLE, id, &get(&[])), frame(RESET, 0, id, &[0, 0, 0, 8])].concat())
        .collect();
    let continuations =
        [frame(HEADERS, 1, 1, &get(&[])), frame(CONTINUATION, 0, 1, &[]).repeat(100_000)].concat();
    let data_frames = [frame(HEADERS, 4, 1, &get(&[])), frame(0, 0, 1, &[]).repeat(100_000)].concat();
    for (name, flood) in [("resets", resets), ("continuations", continuations), ("empty data", data_frames)] {
        let got = exchange(&world, &[preface(), flood].concat()).await;
        let frames = frames(&got);
        // ENHANCE_YOUR_CALM, unless the connection was reset before that could be read.
        let goodbye = frames.iter().find(|(kind, _)| *kind == GOAWAY);
        assert!(goodbye.is_none_or(|(_, payload)| payload[4..8] == [0, 0, 0, 11]), "{name}: {goodbye:?}");
        assert!(frames.iter().filter(|(kind, _)| *kind == HEADERS).count() < 2_000, "{name}");
        assert_eq!(world.relay.caller().get("/").await.status, 200, "after {name}");
    }
}

#[tokio::test]
async fn http2_names_one_host_too() {
    let world = World::of(DataSet::new()).await;
    for (headers, status) in [
        // Members of the static table stand for `:status: 200` and `:status: 400`.
        (&[] as &[_], 0x88),
        (&[("host", "a")], 0x88),
        (&[("host", "evil.example")], 0x8c),
    ] {
        // The relay closes the connection after the goodbye of the caller.
        let sent =
            [preface(), frame(HEADERS, WHOLE, 1, &get(headers)), frame(GOAWAY, 0, 0, &[0; 8])].concat();
        let frames = frames(&exchange(&world, &sent).await);
        let head = frames.iter().find(|(kind, _)| *kind == HEADERS).unwrap();
        assert_eq!(head.1[0], status, "{headers:?}");
    }
}

#[tokio::test]
async fn ids_of_requests_are_taken_when_they_are_plain() {
    let world = World::of(DataSet::new()).await;
    for (given, is_taken) in [("a-1", true), ("a b", false), ("{\"a\":1}", false), ("a%0d%0aX: y", false)] {
        let lines = format!("Host: a\r\nContent-Length: 0\r\nX-Request-Id: {given}");
        let got = exchange(&world, request(&world, "/version", &lines, "").as_bytes()).await;
        let text = String::from_utf8(got).unwrap();
        assert_eq!(text.contains(&format!("x-request-id: {given}\r\n")), is_taken, "{text}");
        let said: Value = serde_json::from_str(&body(text.as_bytes())).unwrap();
        assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
    }
}
