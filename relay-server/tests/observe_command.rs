//! `relay-server observe` and `relay-server deliberate`, as a person runs them: the exit status and
//! the words of each outcome, in each format.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use http::StatusCode;
use serde_json::Value;
use sumo_client::testing::{CloudSiem, ConnectionFault, Fault, Operation, TestCa, When};

use self::common::data::{DOMAIN, company, insights};
use self::common::program::{Program, command, output, texts};
use self::common::{ACCESS_ID, ACCESS_KEY, stand_in};

/// The formats other than `json`, which holds the errors itself.
const FORMATS: [&str; 8] = ["table", "tree", "jsonl", "csv", "ctim", "stix", "mermaid", "dot"];

/// The words that only a whole search may say.
const NOTHING: &str = "Cloud SIEM holds nothing about it.";

/// A Cloud SIEM, and a file with the root of its certificate.
struct Tenant {
    siem: CloudSiem,
    roots: std::path::PathBuf,
}

struct Done {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Tenant {
    async fn start(data: sumo_client::testing::DataSet) -> Self {
        let ca = TestCa::new().unwrap();
        let siem = stand_in(data).tls(ca.server_config(&["127.0.0.1"]).unwrap()).start().await.unwrap();
        let roots = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "observe-{}-{}.pem",
            std::process::id(),
            siem.addr().port()
        ));
        std::fs::write(&roots, ca.pem()).unwrap();
        Self { siem, roots }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command
            .env("SUMO_API_HOST", self.siem.api_host())
            .env("SUMO_ACCESS_ID", ACCESS_ID)
            .env("SUMO_ACCESS_KEY", ACCESS_KEY)
            .env("RELAY_EXTRA_CA_FILE", &self.roots);
        command
    }

    async fn run(&self, arguments: &[&str]) -> Done {
        run(self.command(arguments)).await
    }

    async fn observe(&self, arguments: &[&str], format: &str) -> Done {
        self.run(&[&["observe", "--format", format], arguments].concat()).await
    }

    /// Fails unless `observe` fails in each format, without a claim.
    async fn assert_fails(&self, case: &str, said: &str) {
        for format in FORMATS {
            let done = self.observe(&["domain", DOMAIN], format).await;
            assert_eq!((done.status, done.out.as_str()), (Some(1), ""), "{case}, {format}: {}", done.err);
            assert!(
                done.err.starts_with("error: ") && done.err.contains(said),
                "{case}, {format}: {}",
                done.err
            );
        }
        let done = self.observe(&["domain", DOMAIN], "json").await;
        let json: Value = serde_json::from_str(&done.out).unwrap();
        assert_eq!((done.status, &json["errors"][0]["type"]), (Some(1), &"fatal".into()), "{case}");
        let done = self.run(&["deliberate", "domain", DOMAIN, "--lists", "listed=Malicious"]).await;
        assert_eq!((done.status, done.out.as_str()), (Some(1), ""), "{case}, deliberate: {}", done.err);
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // A file that is left in the folder for such files does no harm.
        let _ = std::fs::remove_file(&self.roots);
    }
}

/// Runs a command while the stand-in answers on this runtime.
async fn run(mut command: Command) -> Done {
    let done = tokio::task::spawn_blocking(move || output(&mut command)).await.unwrap();
    let (out, err) = texts(&done);
    Done { status: done.status.code(), out, err }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn found_and_truly_nothing_end_with_success_in_each_format() {
    let tenant = Tenant::start(company()).await;
    for format in FORMATS.into_iter().chain(["json"]) {
        let found = tenant.observe(&["domain", DOMAIN], format).await;
        assert_eq!(found.status, Some(0), "{format}");
        let is_noted = found.err.lines().all(|line| line.starts_with("note: not in the STIX bundle: "));
        assert!(if format == "stix" { is_noted } else { found.err.is_empty() }, "{format}: {}", found.err);
        assert!(found.out.contains("Proxy to evil.example"), "{format}: {}", found.out);
        let nothing = tenant.observe(&["domain", "quiet.example"], format).await;
        assert_eq!((nothing.status, nothing.err.as_str()), (Some(0), ""), "{format}");
        assert_eq!(nothing.out.contains(NOTHING), ["table", "tree"].contains(&format), "{}", nothing.out);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_claims_nothing_in_any_format() {
    let tenant = Tenant::start(company()).await;
    tenant.siem.inject(When::always(), Fault::status(StatusCode::FORBIDDEN));
    tenant.assert_fails("forbidden", "lacks").await;
    tenant.siem.clear_faults();
    assert!(tenant.siem.revoke_key(ACCESS_ID));
    tenant.assert_fails("credentials", "wrong access_id or access_key").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_not_there_or_not_trusted_claims_nothing() {
    let tenant = Tenant::start(company()).await;
    let mut untrusted = tenant.command(&["observe", "domain", DOMAIN]);
    untrusted.env_remove("RELAY_EXTRA_CA_FILE");
    let done = run(untrusted).await;
    assert_eq!((done.status, done.out.as_str()), (Some(1), ""));
    assert!(done.err.contains("Unable to verify SSL certificate"), "{}", done.err);
    for format in ["table", "json", "dot", "mermaid"] {
        let closed = ["--host", "127.0.0.1:1", "--deadline-seconds", "5"];
        let done = tenant.observe(&[&["domain", DOMAIN], &closed[..]].concat(), format).await;
        assert_eq!(done.status, Some(1), "{format}: {}", done.err);
        assert_eq!(done.out.is_empty(), format != "json", "{format}: {}", done.out);
        assert!(done.err.contains("Unable to connect"), "{format}: {}", done.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_searched_in_part_has_a_status_of_its_own() {
    let tenant = Tenant::start(company()).await;
    tenant.siem.inject(When::operation(Operation::GetInsights), Fault::status(StatusCode::FORBIDDEN));
    for format in FORMATS.into_iter().chain(["json"]) {
        let found = tenant.observe(&["domain", DOMAIN], format).await;
        assert_eq!(found.status, Some(3), "{format}: {}", found.err);
        assert!(found.out.contains("Proxy to evil.example"), "{format}: {}", found.out);
        assert!(found.err.contains("did not finish"), "{format}: {}", found.err);
        let nothing = tenant.observe(&["domain", "quiet.example"], format).await;
        assert_eq!(nothing.status, Some(3), "{format}: {}", nothing.err);
        assert!(!nothing.out.contains(NOTHING), "{format}: {}", nothing.out);
        if ["table", "tree", "mermaid", "dot"].contains(&format) {
            assert!(nothing.out.contains("Not everything was searched."), "{format}: {}", nothing.out);
        }
    }
    let judged = tenant.run(&["deliberate", "domain", DOMAIN]).await;
    assert_eq!(judged.status, Some(0), "{}", judged.err);
    tenant.siem.clear_faults();
    tenant.siem.inject(When::operation(Operation::GetMatchLists), Fault::status(StatusCode::FORBIDDEN));
    for format in ["table", "json"] {
        let lists = ["--lists", "listed=Malicious", "--format", format];
        let done = tenant.run(&[&["deliberate", "domain", DOMAIN], &lists[..]].concat()).await;
        assert_eq!(done.status, Some(3), "{format}: {} {}", done.out, done.err);
        assert!(!done.out.contains("none"), "{}", done.out);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_that_is_not_answered_in_time_claims_nothing() {
    let tenant = Tenant::start(company()).await;
    tenant.siem.set_connection_fault(Some(ConnectionFault::Silence));
    for format in ["table", "json"] {
        let done = tenant.observe(&["domain", DOMAIN, "--deadline-seconds", "2"], format).await;
        assert!(matches!(done.status, Some(1 | 3)), "{format}: {:?} {}", done.status, done.err);
        assert!(!done.out.contains(NOTHING) && !done.err.is_empty(), "{format}: {}", done.out);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cut_is_found_and_told() {
    let tenant = Tenant::start(insights(12)).await;
    for format in ["table", "json", "dot"] {
        let done = tenant.observe(&["domain", DOMAIN], format).await;
        assert_eq!(done.status, Some(0), "{format}: {}", done.err);
        assert!(done.err.contains("More than 10 Insights found"), "{format}: {}", done.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_come_from_arguments_files_and_standard_input() {
    let tenant = Tenant::start(company()).await;
    let file = tenant.roots.with_extension("txt");
    std::fs::write(&file, "Seen in mail: hxxp://evil[.]example/a from 192.0.2[.]10, and 192.0.2.10 again.\n")
        .unwrap();
    let path = file.to_str().unwrap();
    let done = tenant.observe(&["evil[.]example", "--file", path], "tree").await;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(done.status, Some(0), "{}", done.err);
    let heads: Vec<_> = done.out.lines().filter(|line| !line.starts_with(['├', '└', '│', ' '])).collect();
    assert_eq!(heads, ["domain evil.example", "url http://evil.example/a", "ip 192.0.2.10"], "{}", done.out);

    let mut piped = tenant.command(&["observe", "--format", "csv", "-"]);
    let input = tokio::task::spawn_blocking(move || {
        let mut child = piped.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"src=10.9.9.9 host=evil.example").unwrap();
        child.wait_with_output().unwrap()
    });
    let (out, err) = texts(&input.await.unwrap());
    assert!(out.starts_with("type,value,what,severity,time,text,link,id\r\n"), "{out}");
    assert!(out.contains("domain,evil.example,insight,"), "{out}");
    assert!(err.contains("note: ip 10.9.9.9") && err.contains("note: domain evil.example"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tree_goes_from_insights_to_signals_to_rules() {
    let tenant = Tenant::start(company()).await;
    let done = tenant.observe(&["domain", DOMAIN], "tree").await;
    let depths: Vec<_> = done
        .out
        .lines()
        .map(|line| line.chars().position(|sign| "├└".contains(sign)).map_or(0, |at| at / 3 + 1))
        .collect();
    assert_eq!(depths.first(), Some(&0), "{}", done.out);
    assert_eq!(depths.iter().max(), Some(&3), "{}", done.out);
    assert!(!done.out.contains('\u{1b}'), "no colours in a pipe: {}", done.out);
    let jsonl = tenant.observe(&["domain", DOMAIN], "jsonl").await;
    let types: Vec<_> =
        jsonl.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].clone()).collect();
    for kind in ["sighting", "indicator", "relationship"] {
        assert!(types.iter().any(|one| one == kind), "{kind} in {types:?}");
    }
}

#[test]
fn what_cannot_be_asked_is_wrong_usage() {
    for (arguments, said) in [
        (&["observe"][..], "no observable was given"),
        (&["observe", "tom"], "the type of \"tom\" cannot be detected; give it with --type"),
        (&["observe", "ip", " "], "must not be blank"),
        (&["deliberate", "--file", "/nowhere/at/all"], "/nowhere/at/all: "),
    ] {
        let mut command = command(arguments);
        command.env("SUMO_ACCESS_ID", "a").env("SUMO_ACCESS_KEY", "b");
        let done = output(&mut command);
        let (out, err) = texts(&done);
        assert_eq!((done.status.code(), out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
}

/// Runs a command whose reader goes away at once, or after the first line.
fn run_for(mut command: Command, wants_a_line: bool) -> Done {
    let mut child = command.spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    if wants_a_line {
        reader.read_line(&mut String::new()).unwrap();
    }
    drop(reader);
    let done = child.wait_with_output().unwrap();
    Done { status: done.status.code(), out: String::new(), err: texts(&done).1 }
}

#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    for arguments in [
        &["openapi"][..],
        &["tiles"],
        &["tiles", "--format", "json"],
        &["man", "serve"],
        &["completions", "bash"],
        &["serve", "--help"],
        &["module-type", "--url", "https://relay.example.com"],
    ] {
        for wants_a_line in [false, true] {
            let done = run_for(command(arguments), wants_a_line);
            assert_eq!((done.status, done.err.as_str()), (Some(0), ""), "{arguments:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_stays_the_same_when_the_reader_goes_away() {
    let tenant = Tenant::start(company()).await;
    for (fault, status) in
        [(None, 0), (Some(When::operation(Operation::GetInsights)), 3), (Some(When::always()), 1)]
    {
        tenant.siem.clear_faults();
        if let Some(when) = fault {
            tenant.siem.inject(when, Fault::status(StatusCode::FORBIDDEN));
        }
        for format in FORMATS.into_iter().chain(["json"]) {
            let observe = tenant.command(&["observe", "--format", format, "domain", DOMAIN]);
            let done = tokio::task::spawn_blocking(move || run_for(observe, false)).await.unwrap();
            assert_eq!(done.status, Some(status), "{format}: {}", done.err);
            let is_about_pipes =
                ["pipe", "panicked", "standard output"].iter().any(|word| done.err.contains(word));
            assert!(!is_about_pipes, "{format}: {}", done.err);
        }
    }
}

#[test]
fn addresses_to_listen_on_may_be_names_or_ports_alone() {
    for (listen, shown) in [("localhost:0", "127.0.0.1:"), ("127.0.0.1:0", "127.0.0.1:")] {
        let mut demo = Program::spawn(&mut command(&[
            "serve",
            "--listen",
            listen,
            "--log",
            "info",
            "--log-format",
            "text",
        ]));
        assert!(demo.stderr_line("relay-server listens").contains(shown), "{listen}");
    }
    for listen in ["9090", "nowhere.invalid:1", ":http"] {
        let done = output(&mut command(&["serve", "--listen", listen]));
        let (_, err) = texts(&done);
        assert!(done.status.code() == Some(2) && err.contains("localhost:9090 or :9090"), "{listen}: {err}");
    }
}

#[test]
fn health_takes_the_same_addresses() {
    let listen = ["serve", "--listen", "localhost:0", "--log", "info", "--log-format", "json"];
    let mut relay = Program::spawn(&mut command(&listen));
    let line: Value = serde_json::from_str(&relay.stderr_line("relay-server listens")).unwrap();
    let port = line["address"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    for address in [format!("localhost:{port}"), format!(":{port}")] {
        let done = output(command(&["health"]).env("RELAY_LISTEN", &address));
        assert_eq!(done.status.code(), Some(0), "{address}: {}", texts(&done).1);
    }
    relay.signal("KILL");
    drop(relay);
    let done = output(command(&["health"]).env("RELAY_LISTEN", format!("localhost:{port}")));
    assert_eq!(done.status.code(), Some(1), "{}", texts(&done).1);
}

/// The demo shows its token to everybody who reaches it.
#[cfg(feature = "demo")]
#[test]
fn the_demo_listens_on_loopback_unless_told_otherwise() {
    // Where something else listens there already, that will do.
    let _taken = std::net::TcpListener::bind("127.0.0.1:9090");
    let (_, err) = texts(&output(&mut command(&["demo"])));
    assert!(err.contains("127.0.0.1:9090"), "{err}");
    let mut demo = Program::spawn(command(&["demo"]).env("RELAY_DEMO_LISTEN", "0.0.0.0:0"));
    assert!(demo.stdout_line("Relay").contains("http://localhost:"));
    let mut demo = command(&["demo"]);
    let mut demo =
        Program::spawn(demo.env("RELAY_DEMO_LISTEN", "192.0.2.1:1").env("RELAY_LISTEN", "localhost:0"));
    assert!(demo.stdout_line("Relay").contains("http://localhost:"));
}

#[test]
fn an_address_in_use_comes_with_the_next_step() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command_name in ["serve", "demo"] {
        let done = output(&mut command(&[command_name, "--listen", &address]));
        let (_, err) = texts(&done);
        assert_eq!(done.status.code(), Some(1), "{command_name}: {err}");
        assert!(err.contains("RELAY_LISTEN (--listen): cannot listen on"), "{command_name}: {err}");
        assert!(err.contains("choose another port"), "{command_name}: {err}");
    }
}
