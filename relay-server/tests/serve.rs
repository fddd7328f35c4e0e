//! `relay-server serve`, as an operator runs it.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sumo_client::testing::{CloudSiem, CloudSiemBuilder, DataSet, Operation, TestCa};

use self::common::program::{Program, command, output, texts};
use self::common::schema::assert_is_ctim;
use self::common::{Answer, Caller, Claims, PUBLIC_URL, RsaKey, bearer, data, stand_in};

/// A folder that is removed with its files.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("relay-server-test-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Leftovers in the folder for temporary files do no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A Cloud SIEM of one's own, and the files that make the relay trust it.
struct Scenery {
    siem: CloudSiem,
    folder: Folder,
    ca_file: String,
    jwks_file: String,
}

/// The host that tokens name; its keys are in the file.
const JWKS_HOST: &str = "visibility.amp.cisco.com";

impl Scenery {
    async fn of(data: DataSet) -> Self {
        Self::behind(stand_in(data)).await
    }

    async fn behind(siem: CloudSiemBuilder) -> Self {
        let ca = TestCa::new().unwrap();
        let siem = siem.tls(ca.server_config(&["127.0.0.1"]).unwrap()).start().await.unwrap();
        let folder = Folder::new();
        let ca_file = folder.file("ca.pem", &ca.pem());
        let jwks_file = folder.file("jwks.json", &RsaKey::xdr().key_set().to_string());
        Self { siem, folder, ca_file, jwks_file }
    }

    /// The settings that an operator gives for a test without Cisco and Sumo Logic.
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RELAY_LISTEN", "127.0.0.1:0".to_owned()),
            ("RELAY_PUBLIC_URLS", format!("{PUBLIC_URL}/")),
            ("RELAY_JWKS_FILE", self.jwks_file.clone()),
            ("RELAY_EXTRA_CA_FILE", self.ca_file.clone()),
            ("RELAY_SUMO_HOSTS", self.siem.api_host()),
            ("RELAY_SUMO_RATE", "0".to_owned()),
            ("RELAY_CACHE_SECONDS", "0".to_owned()),
            ("RELAY_LOG_FORMAT", "json".to_owned()),
        ]
    }

    fn token(&self) -> String {
        Claims::new(JWKS_HOST, &self.siem.api_host()).signed()
    }
}

/// A relay that runs as a program of its own.
struct Served {
    program: Program,
    caller: Caller,
    start: serde_json::Value,
}

impl Served {
    fn start(settings: &[(&'static str, String)], flags: &[&str]) -> Self {
        let arguments: Vec<&str> = ["serve"].iter().chain(flags).copied().collect();
        let settings = settings.iter().map(|(name, value)| (name, value));
        let mut program = Program::spawn(command(&arguments).envs(settings));
        let line = program.stderr_line("relay-server listens");
        let start: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = start["address"].as_str().unwrap_or_else(|| panic!("{line}"));
        Self { program, caller: Caller::new(&format!("http://{address}")), start }
    }

    async fn post(&self, path: &str, token: &str, body: &str) -> Answer {
        self.caller.post(path, Some(&bearer(token)), body).await
    }

    /// Stops it with SIGTERM; gives what it logged.
    fn stop(self) -> String {
        self.program.signal("TERM");
        let output = self.program.output();
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(0), ""), "{stderr}");
        stderr
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_settings_make_a_relay() {
    let scenery = Scenery::of(data::company()).await;
    let served = Served::start(&scenery.settings(), &[]);
    let token = scenery.token();
    served.post("/health", &token, "").await.assert_is(r#"{"data":{"status":"ok"}}"#, "health");
    let question = data::ask("domain", data::DOMAIN).to_string();
    for times in 1..=5 {
        let answer = served.post("/observe/observables", &token, &question).await;
        assert_is_ctim(&answer);
        assert_eq!((answer.docs("sightings").len(), answer.errors().len()), (3, 0), "{}", answer.body);
        assert_eq!(scenery.siem.counts().of(Operation::GetSignals), times, "nothing is remembered");
    }
    let foreign = Claims::new(JWKS_HOST, "api.sumologic.com").signed();
    let expected = common::caller::unauthorized("Wrong JWT payload structure");
    served.post("/health", &foreign, "").await.assert_is(&expected, "the list of hosts replaces the default");
    let log = served.stop();
    assert!(!log.contains("RELAY_PUBLIC_URLS is not set"), "{log}");
    assert!(log.contains("relay-server stopped"), "{log}");
    for line in log.lines() {
        let _: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_public_urls_a_warning_is_logged_at_the_start() {
    let scenery = Scenery::of(DataSet::new()).await;
    let settings: Vec<_> =
        scenery.settings().into_iter().filter(|(name, _)| *name != "RELAY_PUBLIC_URLS").collect();
    let mut served = Served::start(&settings, &[]);
    let warning = served.program.stderr_line("RELAY_PUBLIC_URLS is not set");
    assert!(warning.contains(r#""level":"WARN""#), "{warning}");
    let address = served.start["address"].as_str().unwrap().to_owned();
    let token =
        Claims::new(JWKS_HOST, &scenery.siem.api_host()).with("aud", format!("http://{address}")).signed();
    served.post("/health", &token, "").await.assert_is(r#"{"data":{"status":"ok"}}"#, "the request's host");
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_win_over_the_environment() {
    let scenery = Scenery::of(DataSet::new()).await;
    let served =
        Served::start(&scenery.settings(), &["--public-urls", "https://flag.example", "--max-observables=1"]);
    let token = scenery.token();
    let expected = common::caller::unauthorized("Wrong configuration-token-audience");
    served.post("/health", &token, "").await.assert_is(&expected, "the audience of the environment");
    let token = Claims::new(JWKS_HOST, &scenery.siem.api_host()).with("aud", "https://flag.example").signed();
    served
        .post("/health", &token, "")
        .await
        .assert_is(r#"{"data":{"status":"ok"}}"#, "the audience of the flag");
    let two = r#"[{"type":"ip","value":"192.0.2.1"},{"type":"ip","value":"192.0.2.2"}]"#;
    let answer = served.post("/observe/observables", &token, two).await;
    assert_eq!(answer.errors()[0]["code"], "invalid argument", "{}", answer.body);
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_and_the_admin_listener_are_served_when_asked_for() {
    let scenery = Scenery::of(DataSet::new()).await;
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let mut settings = scenery.settings();
    settings.push(("RELAY_TLS_CERT_FILE", scenery.folder.file("cert.pem", &certificate.pem())));
    settings.push(("RELAY_TLS_KEY_FILE", scenery.folder.file("key.pem", &key.serialize_pem())));
    settings.push(("RELAY_ADMIN_LISTEN", "127.0.0.1:0".to_owned()));
    let served = Served::start(&settings, &[]);
    let root = reqwest::Certificate::from_pem(certificate.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().unwrap();
    let url = format!("https://{}/health", served.start["address"].as_str().unwrap());
    let answer = Answer::of(client.post(url).header("authorization", bearer(&scenery.token()))).await;
    answer.assert_is(r#"{"data":{"status":"ok"}}"#, "over TLS");
    let admin = Caller::new(&format!("http://{}", served.start["admin_address"].as_str().unwrap()));
    assert_eq!(admin.get("/live").await.status, 200);
    assert_eq!(admin.get("/ready").await.status, 200);
    let metrics = admin.get("/metrics").await;
    assert!(metrics.status == 200 && metrics.body.ends_with("# EOF\n"), "{}", metrics.body);
    served.stop();
}

/// A relay on which a search runs that takes so long.
struct Busy {
    served: Served,
    scenery: Scenery,
    running: tokio::task::JoinHandle<Result<(), reqwest::Error>>,
}

impl Busy {
    async fn start(latency: Duration, more: &[(&'static str, &str)]) -> Self {
        let scenery = Scenery::behind(stand_in(data::company()).latency(latency)).await;
        let mut settings = scenery.settings();
        settings.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let served = Served::start(&settings, &[]);
        let request = served.caller.request(http::Method::POST, "/observe/observables");
        let request = request.header("authorization", bearer(&scenery.token()));
        let request = request.body(data::ask("domain", data::DOMAIN).to_string());
        let running = tokio::spawn(async move {
            let answer: serde_json::Value =
                serde_json::from_slice(&request.send().await?.bytes().await?).unwrap();
            assert_eq!(answer["data"]["sightings"]["count"], 3, "{answer}");
            Ok(())
        });
        common::eventually("the search runs", || scenery.siem.in_flight() > 0).await;
        Self { served, scenery, running }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_runs_ends_well_after_sigterm() {
    let Busy { mut served, running, scenery: _scenery } = Busy::start(Duration::from_secs(1), &[]).await;
    served.program.signal("TERM");
    served.program.stderr_line("stopping");
    running.await.unwrap().unwrap();
    assert_eq!(served.program.output().status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_runs_too_long_is_cut_off() {
    let settings = [("RELAY_SHUTDOWN_SECONDS", "0.2")];
    let Busy { served, running, scenery: _scenery } = Busy::start(Duration::from_secs(3600), &settings).await;
    served.program.signal("TERM");
    let output = served.program.output();
    assert_eq!(output.status.code(), Some(0));
    assert!(texts(&output).1.contains("requests did not end in time"), "{:?}", texts(&output));
    assert!(running.await.unwrap().is_err(), "the connection is closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once() {
    let Busy { mut served, running, scenery: _scenery } = Busy::start(Duration::from_secs(3600), &[]).await;
    served.program.signal("TERM");
    served.program.stderr_line("stopping");
    served.program.signal("INT");
    assert_eq!(served.program.output().status.code(), Some(130));
    assert!(running.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_closes_before_the_port_does() {
    let settings = [("RELAY_DRAIN_DELAY_SECONDS", "3"), ("RELAY_ADMIN_LISTEN", "127.0.0.1:0")];
    let Busy { mut served, running, scenery } = Busy::start(Duration::from_secs(1), &settings).await;
    let admin = Caller::new(&format!("http://{}", served.start["admin_address"].as_str().unwrap()));
    assert_eq!(admin.get("/ready").await.status, 200);
    served.program.signal("TERM");
    served.program.stderr_line("stopping");
    assert_eq!((admin.get("/ready").await.status, admin.get("/live").await.status), (503, 200));
    let refer = served.post("/refer/observables", &scenery.token(), "[]").await;
    refer.assert_is(r#"{"data":[]}"#, "requests that come in the meantime are answered");
    running.await.unwrap().unwrap();
    assert_eq!(served.program.output().status.code(), Some(0));
}

/// Each wrong setting, and the flag that goes with it.
#[test]
fn wrong_settings_end_with_status_2_and_are_named_before_a_port_opens() {
    let folder = Folder::new();
    let text = folder.file("text.txt", "neither PEM nor JSON");
    let no_keys = folder.file("empty.json", r#"{"keys":[]}"#);
    let missing = folder.0.join("missing").to_str().unwrap().to_owned();
    // The port is taken: whoever tried to open it would say so, with status 1.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    for (name, value) in [
        ("RELAY_LISTEN", "nowhere"),
        ("RELAY_LISTEN", "127.0.0.1"),
        ("RELAY_LISTEN", "127.0.0.1:99999"),
        ("RELAY_PUBLIC_URLS", "relay.example.com"),
        ("RELAY_PUBLIC_URLS", "https://a.example,ftp://b.example"),
        ("RELAY_JWKS_HOSTS", "https://visibility.amp.cisco.com"),
        ("RELAY_JWKS_HOSTS", "a b"),
        ("RELAY_SUMO_HOSTS", "api.sumologic.com/"),
        ("RELAY_SUMO_HOSTS", "api.sumologic.com:0"),
        ("RELAY_JWKS_FILE", &missing),
        ("RELAY_JWKS_FILE", &text),
        ("RELAY_JWKS_FILE", &no_keys),
        ("RELAY_EXTRA_CA_FILE", &missing),
        ("RELAY_EXTRA_CA_FILE", &text),
        ("RELAY_DEADLINE_SECONDS", "0"),
        ("RELAY_DEADLINE_SECONDS", "-1"),
        ("RELAY_DEADLINE_SECONDS", "soon"),
        ("RELAY_DEADLINE_SECONDS", "NaN"),
        ("RELAY_DEADLINE_SECONDS", "1e9"),
        ("RELAY_SUMO_RATE", "-1"),
        ("RELAY_SUMO_RATE", "many"),
        ("RELAY_SUMO_CONCURRENCY", "0"),
        ("RELAY_SUMO_BODY_MIB", "0"),
        ("RELAY_CACHE_SECONDS", "-0.5"),
        ("RELAY_CACHE_SECONDS", "inf"),
        ("RELAY_LOG", "relay_server=loud"),
        ("RELAY_LOG_FORMAT", "xml"),
        ("RELAY_ADMIN_LISTEN", "9091"),
        ("RELAY_TLS_CERT_FILE", &missing),
        ("RELAY_TLS_KEY_FILE", &missing),
        ("RELAY_MAX_BODY_KIB", "0"),
        ("RELAY_MAX_OBSERVABLES", "0"),
        ("RELAY_MAX_CONNECTIONS", "0"),
        ("RELAY_MAX_IN_FLIGHT", "0"),
        ("RELAY_DRAIN_DELAY_SECONDS", "-1"),
        ("RELAY_SHUTDOWN_SECONDS", "1000000"),
    ] {
        let output = output(command(&["serve"]).env("RELAY_LISTEN", &listen).env(name, value));
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{name}={value}: {stderr}");
        let flag = format!("--{}", name.trim_start_matches("RELAY_").to_lowercase().replace('_', "-"));
        // With half a pair of TLS files it is the other half that is missed.
        let is_named = stderr.contains(name) || stderr.contains(&flag);
        assert!(is_named, "{name}={value}: {stderr}");
        assert!(stderr.starts_with("error: "), "{name}={value}: {stderr}");
    }
}

#[test]
fn a_port_that_is_taken_ends_with_status_1_and_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = output(command(&["serve"]).env("RELAY_LISTEN", &address));
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(&format!("cannot listen on {address}")), "{stderr}");
}

#[test]
fn help_names_every_variable() {
    let output = output(&mut command(&["serve", "--help"]));
    let (stdout, stderr) = texts(&output);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    let settings = relay_server::config::ServeArgs::augment_args(clap::Command::new("serve"));
    let variables: Vec<&str> =
        settings.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
    assert!(variables.len() > 15, "{variables:?}");
    for variable in variables {
        assert!(stdout.contains(&format!("[env: {variable}=]")), "{variable}");
        let flag = format!("--{} ", variable.trim_start_matches("RELAY_").to_lowercase().replace('_', "-"));
        assert!(stdout.contains(&flag), "{flag}");
    }
    for fixed in [
        "RELAY_LISTEN",
        "RELAY_PUBLIC_URLS",
        "RELAY_JWKS_HOSTS",
        "RELAY_SUMO_HOSTS",
        "RELAY_JWKS_FILE",
        "RELAY_EXTRA_CA_FILE",
        "RELAY_DEADLINE_SECONDS",
        "RELAY_SUMO_RATE",
        "RELAY_SUMO_CONCURRENCY",
        "RELAY_CACHE_SECONDS",
        "RELAY_LOG",
        "RELAY_LOG_FORMAT",
        "RELAY_ADMIN_LISTEN",
    ] {
        assert!(stdout.contains(fixed), "{fixed}");
    }
}

#[test]
fn unknown_commands_and_flags_end_with_status_2() {
    for arguments in [&["observed"][..], &["serve", "--unknown"], &["serve", "surplus"], &[]] {
        let output = output(&mut command(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {:?}", texts(&output));
    }
}
