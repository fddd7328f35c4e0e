//! `relay-server demo`, as a newcomer runs it.

#![cfg(all(feature = "cli", feature = "demo"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::collections::BTreeMap;

use serde_json::json;

use self::common::program::{Program, command, texts};
use self::common::schema::assert_is_ctim;
use self::common::{Answer, Caller, bearer, data};

/// A running demo, and its output.
struct Demo {
    program: Program,
    url: String,
    token: String,
    /// The addresses by their names.
    addresses: BTreeMap<String, String>,
    /// The lines to copy, ready to be run.
    curls: Vec<Vec<String>>,
}

impl Demo {
    fn start() -> Self {
        let mut program = Program::spawn(command(&["demo"]).env("RELAY_LISTEN", "127.0.0.1:0"));
        let first = program.stdout_line("DEMO");
        assert!(first.contains("all data is made up"), "{first}");
        let mut addresses = BTreeMap::new();
        for name in ["Relay", "Dashboard", "Swagger UI", "Document", "Cloud SIEM", "Key set"] {
            let line = program.stdout_line(name);
            let address = line.split_whitespace().find(|word| word.contains("://"));
            addresses.insert(name.to_owned(), address.unwrap_or_else(|| panic!("{line}")).to_owned());
        }
        let line = program.stdout_line("export ");
        let exported: Vec<_> = words(&line);
        let [_, relay, token] = exported.as_slice() else { panic!("{line}") };
        assert_eq!(relay.strip_prefix("RELAY=").unwrap(), addresses["Relay"]);
        let token = token.strip_prefix("TOKEN=").unwrap().to_owned();
        let mut curls = Vec::new();
        loop {
            let line = program.stdout_line("");
            if line.starts_with("curl ") {
                curls.push(words(&line.replace("$TOKEN", &token).replace("$RELAY", &addresses["Relay"])));
            } else if line.contains("Ctrl-C") {
                break;
            }
        }
        let url = addresses["Relay"].clone();
        Self { program, url, token, addresses, curls }
    }

    fn caller(&self) -> Caller {
        Caller::new(&self.url)
    }

    async fn observe(&self, kind: &str, value: &str) -> Answer {
        let body = data::ask(kind, value).to_string();
        self.caller().post("/observe/observables", Some(&bearer(&self.token)), body).await
    }
}

/// The words of a command line with quotes, as a shell takes them.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (_, c) => word.push(c),
        }
    }
    words.push(word);
    words
}

/// Does what a printed `curl` line does.
async fn run_curl(words: &[String]) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (mut method, mut url, mut body, mut headers) = (http::Method::GET, None, None, Vec::new());
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let mut value = || rest.next().unwrap().clone();
        match word.as_str() {
            "-s" => {}
            "-X" => method = value().parse().unwrap(),
            "-H" => headers.push(value()),
            "-d" => body = Some(value()),
            word => url = Some(word.to_owned()),
        }
    }
    let mut request = client.request(method, url.unwrap());
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    if let Some(body) = body {
        // What curl sends with -d.
        request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    }
    Answer::of(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_endpoints_answer_to_the_printed_token() {
    let demo = Demo::start();
    let (caller, token) = (demo.caller(), bearer(&demo.token));
    caller.post("/health", Some(&token), "").await.assert_is_healthy("health");

    let found = demo.observe("domain", "update-check.example.net").await;
    assert_is_ctim(&found);
    assert_eq!(found.json().get("errors"), None, "{}", found.body);
    for list in ["sightings", "indicators", "relationships"] {
        assert!(!found.docs(list).is_empty(), "{list}");
    }
    demo.observe("domain", "quiet.example.org").await.assert_is(r#"{"data":{}}"#, "nothing");
    let asked = json!([
        {"type": "domain", "value": "update-check.example.net"}, {"type": "ip", "value": "198.51.100.77"},
        {"type": "email", "value": "billing@invoices.example.org"}, {"type": "ip", "value": "10.20.1.27"},
    ]);
    let judged = caller.post("/deliberate/observables", Some(&token), asked.to_string()).await;
    let words: Vec<_> =
        judged.docs("verdicts").iter().map(|verdict| verdict["disposition_name"].clone()).collect();
    assert_eq!(words, ["Malicious", "Clean", "Suspicious"]);
    assert_eq!(found.docs("verdicts")[0]["disposition_name"], "Malicious");
    let busy = demo.observe("ip", "203.0.113.66").await;
    assert_is_ctim(&busy);
    // Equal signals of an insight are one sighting, so that not all of the room is needed.
    let lists = ["sightings", "indicators", "relationships"].map(|list| busy.docs(list).len());
    assert_eq!(lists, [20, 2, 31]);
    let count = |sighting: &serde_json::Value| sighting["count"].as_u64().unwrap();
    assert!(busy.docs("sightings").iter().map(count).sum::<u64>() >= 100, "{}", busy.body);
    let messages: Vec<String> =
        busy.errors().iter().map(|error| error["message"].as_str().unwrap().to_owned()).collect();
    assert!(messages[0].starts_with("More than 10 Insights found"), "{messages:?}");
    assert!(messages[1].starts_with("More Signals found"), "{messages:?}");

    let refer =
        caller.post("/refer/observables", Some(&token), data::ask("ip", "203.0.113.66").to_string()).await;
    assert_eq!(refer.json()["data"][0]["id"], "ref-sumo-logic-search-cse-ip-203.0.113.66");
    let version = json!({"version": env!("CARGO_PKG_VERSION")});
    assert_eq!(caller.post("/version", None, "").await.json(), version);
    let watchdog = caller.request(http::Method::GET, "/watchdog").header("Health-Check", "hello");
    Answer::of(watchdog).await.assert_is(r#"{"data":"hello"}"#, "watchdog");
    assert_eq!(caller.get("/openapi.json").await.body, crate::common::whole_document());
    let start = caller.get("/swagger-ui/start.js").await;
    assert!(start.body.contains(&demo.token), "Swagger UI offers the token");

    demo.program.signal("TERM");
    let output = demo.program.output();
    assert_eq!(output.status.code(), Some(0), "{:?}", texts(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_printed_lines_work_as_they_are() {
    let demo = Demo::start();
    assert!(demo.curls.len() >= 5, "{:?}", demo.curls);
    let mut paths = Vec::new();
    for curl in &demo.curls {
        let answer = run_curl(curl).await;
        let fatal = answer.errors().iter().any(|error| error["type"] == "fatal");
        assert!(answer.status == 200 && !fatal, "{curl:?}: {}", answer.body);
        let path = curl.iter().find_map(|word| word.strip_prefix(&demo.url)).unwrap();
        paths.push(path.to_owned());
    }
    for path in [
        "/health",
        "/observe/observables",
        "/refer/observables",
        "/respond/observables",
        "/tiles",
        "/tiles/tile",
        "/tiles/tile-data",
        "/version",
        "/watchdog",
    ] {
        assert!(paths.iter().any(|printed| printed == path), "{path} in {paths:?}");
    }
    for name in ["Dashboard", "Swagger UI", "Document"] {
        let path = demo.addresses[name].strip_prefix(&demo.url).unwrap();
        assert_eq!(demo.caller().get(path).await.status, 200, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_one_demo_is_of_no_use_at_another() {
    let (one, other) = (Demo::start(), Demo::start());
    let answer = other.caller().post("/health", Some(&bearer(&one.token)), "").await;
    assert_eq!(answer.errors()[0]["code"], "authorization error", "{}", answer.body);
    for demo in [one, other] {
        demo.program.signal("INT");
        let output = demo.program.output();
        assert_eq!(output.status.code(), Some(0), "{:?}", texts(&output));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_lead_to_pages_of_the_demo_itself() {
    let demo = Demo::start();
    let found = demo.observe("domain", "update-check.example.net").await;
    let (caller, token, body) = (demo.caller(), bearer(&demo.token), data::ask("ip", "203.0.113.66"));
    let refer = caller.post("/refer/observables", Some(&token), body.to_string()).await;
    let mut links = vec![refer.json()["data"][0]["url"].as_str().unwrap().to_owned()];
    for list in ["sightings", "indicators", "judgements"] {
        // Match lists and sources of threat intelligence have no page of their own.
        let uris = found.docs(list);
        let uris: Vec<_> = uris.iter().filter_map(|entity| entity["source_uri"].as_str()).collect();
        assert!(!uris.is_empty(), "{list}");
        links.extend(uris.into_iter().map(str::to_owned));
    }
    for link in links {
        let path = link.strip_prefix(&demo.url).unwrap_or_else(|| panic!("{link} leads elsewhere"));
        let page = demo.caller().get(path).await;
        assert_eq!(page.status, 200, "{link}");
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8", "{link}");
        let id = path.rsplit(['/', '=']).next().unwrap();
        assert!(page.body.contains(id), "{link}: {}", page.body);
    }
    for path in [
        "/sec",
        "/sec/",
        "/sec/../api/sec/v1/insights",
        "/sec/insight/none",
        "/sec/%2e%2e/api/sec/v1/insights",
    ] {
        assert_eq!(demo.caller().get(path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_begin_with_the_host_that_was_asked() {
    let demo = Demo::start();
    let token = bearer(&demo.token);
    let ask = async |host: &str, path: &str, body: serde_json::Value| {
        let caller = demo.caller();
        let request = caller.request(http::Method::POST, path).header("host", host);
        Answer::of(request.header("authorization", &token).body(body.to_string())).await.body
    };
    // The same questions in turn, so that what is remembered for one host is asked for by the
    // other.
    for host in ["soc.example.com:18080", "192.0.2.9", "soc.example.com:18080"] {
        for (path, body) in [
            ("/observe/observables", data::ask("domain", "update-check.example.net")),
            ("/refer/observables", data::ask("ip", "203.0.113.66")),
            ("/tiles/tile-data", json!({"tile_id": "newest-insights", "period": "last_30_days"})),
            ("/tiles/tile-data", json!({"tile_id": "insights-summary", "period": "last_7_days"})),
        ] {
            let answer = ask(host, path, body).await;
            let links: Vec<_> =
                answer.split("http://").skip(1).filter(|rest| rest.contains("/sec/")).collect();
            assert!(!links.is_empty(), "{path}: {answer}");
            for link in links {
                assert!(link.starts_with(&format!("{host}/sec/")), "{host} {path}: {link:.80}");
            }
        }
    }
}

#[test]
fn a_demo_that_is_stopped_says_so_and_ends() {
    let demo = Demo::start();
    demo.program.signal("INT");
    let output = demo.program.output();
    assert_eq!(output.status.code(), Some(0));
    assert!(texts(&output).1.contains("note: stopping; press Ctrl-C again"), "{output:?}");
}
