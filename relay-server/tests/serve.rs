//! `relay-server serve`, as an operator runs it.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::net::TcpListener;
use std::time::Duration;

use clap::Args;
use sumo_client::testing::{DataSet, Operation};

use self::common::program::{command, output, texts};
use self::common::schema::assert_is_ctim;
use self::common::served::{JWKS_HOST, Scenery, Served};
use self::common::{Answer, Caller, Claims, bearer, data, stand_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_settings_make_a_relay() {
    let scenery = Scenery::of(data::company()).await;
    let served = Served::start(&scenery.settings(), &[]);
    let token = scenery.token();
    served.post("/health", &token, "").await.assert_is_healthy("health");
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
    served.post("/health", &token, "").await.assert_is_healthy("the request's host");
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
    served.post("/health", &token, "").await.assert_is_healthy("the audience of the flag");
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
    answer.assert_is_healthy("over TLS");
    let admin = Caller::new(&format!("http://{}", served.start["admin_address"].as_str().unwrap()));
    assert_eq!(admin.get("/live").await.status, 200);
    assert_eq!(admin.get("/ready").await.status, 200);
    let metrics = admin.get("/metrics").await;
    assert!(metrics.status == 200 && metrics.body.contains("relay_build_info"), "{}", metrics.body);
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
    let (_, log) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{log}");
    assert!(log.contains("requests did not end in time"), "{log}");
    assert!(log.contains(r#""outcome":"cut""#), "{log}");
    assert!(log.ends_with("error: 1 requests were cut, since they did not end in time"), "{log}");
    assert!(running.await.unwrap().is_err(), "the connection is closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once() {
    let Busy { mut served, running, scenery: _scenery } = Busy::start(Duration::from_secs(3600), &[]).await;
    served.program.signal("TERM");
    served.program.stderr_line("stopping");
    served.program.signal("INT");
    let output = served.program.output();
    assert_eq!(output.status.code(), Some(130));
    assert!(texts(&output).1.contains("ending at once"), "the last line of the log");
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
    assert_eq!(refer.headers["connection"], "close", "callers are told to leave");
    assert!(admin.get("/metrics").await.body.contains("\nrelay_draining 1\n"));
    running.await.unwrap().unwrap();
    assert_eq!(served.program.output().status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_health_check_knows_the_flags_of_serve_and_holds_under_overload() {
    let more = [("RELAY_MAX_IN_FLIGHT", "1"), ("RELAY_ADMIN_LISTEN", "127.0.0.1:0")];
    let Busy { served, running, scenery } = Busy::start(Duration::from_secs(3600), &more).await;
    let overloaded = served.post("/health", &scenery.token(), "").await;
    assert_eq!(overloaded.status, 503, "the relay is busy");
    let check = |arguments: &[String]| {
        let words: Vec<&str> = ["health"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let output = output(&mut command(&words));
        (output.status.code(), texts(&output))
    };
    for (name, address) in [("--listen", "address"), ("--admin-listen", "admin_address")] {
        let flag = format!("{name}={}", served.start[address].as_str().unwrap());
        let (status, texts) = check(&[flag]);
        assert_eq!(status, Some(0), "{name}: {texts:?}");
    }
    running.abort();

    // The address stands in the flags of the process alone, and in its configuration file.
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let certificate = scenery.folder.file("cert.pem", &certificate.pem());
    let key = scenery.folder.file("key.pem", &key.serialize_pem());
    let file = scenery.folder.file("relay.toml", &format!("tls-key-file = \"{key}\"\n"));
    let (plain, tls) = (free(), free());
    let mut settings = scenery.settings();
    settings.retain(|(name, _)| *name != "RELAY_LISTEN");
    for flags in [
        vec![format!("--listen={plain}")],
        vec![
            format!("--listen={tls}"),
            format!("--tls-cert-file={certificate}"),
            format!("--config-file={file}"),
        ],
    ] {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let served = Served::start(&settings, &flags);
        let (status, texts) = check(&["--pid".to_owned(), served.program.id().to_string()]);
        assert_eq!(status, Some(0), "{flags:?}: {texts:?}");
        served.stop();
    }
    let (status, _) = check(&[format!("--listen={}", free())]);
    assert_eq!(status, Some(1), "nobody listens there");
}

/// systemd learns from the relay itself when it is ready, and when it stops.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_is_told_when_the_relay_is_ready_and_when_it_stops() {
    let scenery = Scenery::of(DataSet::new()).await;
    let path = scenery.folder.0.join("notify.sock");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut settings = scenery.settings();
    settings.push(("NOTIFY_SOCKET", path.to_str().unwrap().to_owned()));
    let served = Served::start(&settings, &[]);
    let told = || {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    };
    assert_eq!(told(), "READY=1");
    let answer = served.post("/health", &scenery.token(), "").await;
    answer.assert_is_healthy("ready means ready");
    served.program.signal("TERM");
    assert_eq!(told(), "STOPPING=1");
    assert_eq!(served.program.output().status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_by_http_2_are_told_to_leave_during_the_drain() {
    use http_body_util::Empty;
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let scenery = Scenery::of(DataSet::new()).await;
    let mut settings = scenery.settings();
    settings.retain(|(name, _)| *name != "RELAY_DRAIN_DELAY_SECONDS");
    let mut served = Served::start(&settings, &["--drain-delay-seconds=300"]);
    let address = served.start["address"].as_str().unwrap().to_owned();
    let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::post(format!("http://{address}/version"));
    let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
    served.program.signal("TERM");
    served.program.stderr_line("stopping");
    // GOAWAY ends the connection long before the port closes.
    connection.await.unwrap().unwrap();
    served.post("/version", "", "").await;
    served.program.signal("TERM");
    assert_eq!(served.program.output().status.code(), Some(130));
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
    let settings = relay_server::RelaySettings::augment_args(clap::Command::new("serve"));
    let variables: Vec<&str> =
        settings.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
    assert!(variables.len() > 15, "{variables:?}");
    for variable in variables {
        let is_named = [format!("[env: {variable}=]"), format!("[env: {variable}]")];
        assert!(is_named.iter().any(|name| stdout.contains(name)), "{variable}");
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
