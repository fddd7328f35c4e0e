//! Settings as an operator gives them: every wrong form is refused with its name, its flag and the
//! reason, and nothing starts.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::net::TcpListener;

use sumo_client::testing::DataSet;

use self::common::program::{command, output, texts};
use self::common::served::{Folder, Scenery, Served};

/// Each variable, a wrong value, and a part of the reason that is told.
const WRONG: [(&str, &str, &str); 88] = [
    ("RELAY_LISTEN", "nowhere", "use an address and a port"),
    ("RELAY_LISTEN", "127.0.0.1", "use an address and a port"),
    ("RELAY_LISTEN", "127.0.0.1:99999", "use an address and a port"),
    ("RELAY_LISTEN", "", ""),
    ("RELAY_ADMIN_LISTEN", "9091", "use an address and a port"),
    ("RELAY_ADMIN_LISTEN", "127.0.0.1:9091 ", "use an address and a port"),
    ("RELAY_PUBLIC_URLS", "relay.example.com", "write https://relay.example.com"),
    ("RELAY_PUBLIC_URLS", "ftp://b.example", "is not an http or https URL"),
    ("RELAY_PUBLIC_URLS", "https://a.example,ftp://b.example", "is not an http or https URL"),
    ("RELAY_PUBLIC_URLS", "https://a.example;https://b.example", "separated by commas"),
    ("RELAY_PUBLIC_URLS", "https://a.example https://b.example", "separated by commas"),
    ("RELAY_PUBLIC_URLS", "https://a.example:443", "tokens have it as \"https://a.example\""),
    ("RELAY_PUBLIC_URLS", "http://a.example:80", "tokens have it as \"http://a.example\""),
    ("RELAY_PUBLIC_URLS", "https://A.example", "tokens have it as \"https://a.example\""),
    ("RELAY_PUBLIC_URLS", "HTTPS://a.example", "tokens have it as \"https://a.example\""),
    ("RELAY_PUBLIC_URLS", "https://a.example/x/../y", "tokens have it as \"https://a.example/y\""),
    ("RELAY_PUBLIC_URLS", "https://user:pass@a.example", "more than scheme, host, port and path"),
    ("RELAY_PUBLIC_URLS", "https://a.example/?x", "more than scheme, host, port and path"),
    ("RELAY_PUBLIC_URLS", "https://a.example/#x", "more than scheme, host, port and path"),
    ("RELAY_JWKS_HOSTS", "https://visibility.amp.cisco.com", "is not host or host:port"),
    ("RELAY_JWKS_HOSTS", "a b", "is not host or host:port"),
    ("RELAY_JWKS_HOSTS", "a;b", "is not host or host:port"),
    ("RELAY_JWKS_HOSTS", "visibility.amp.cisco.com:443", "can never match"),
    ("RELAY_SUMO_HOSTS", "api.sumologic.com/", "is not host or host:port"),
    ("RELAY_SUMO_HOSTS", "us2", "`us2` is not an API host"),
    ("RELAY_SUMO_HOSTS", "api.sumologic.com:0", "is not host or host:port"),
    ("RELAY_SUMO_HOSTS", "api.sumologic.com:443", "can never match"),
    ("RELAY_TRUSTED_PROXIES", "proxy.example", "is not an IP address or a network"),
    ("RELAY_TRUSTED_PROXIES", "10.0.0.0/40", "is not an IP address or a network"),
    ("RELAY_JWKS_FILE", "MISSING", "cannot read"),
    ("RELAY_JWKS_FILE", "TEXT", "is not JSON"),
    ("RELAY_JWKS_FILE", "NO_KEYS", "has no RSA key"),
    ("RELAY_EXTRA_CA_FILE", "MISSING", "cannot read"),
    ("RELAY_EXTRA_CA_FILE", "TEXT", "holds no PEM certificate"),
    ("RELAY_CONFIG_FILE", "MISSING", "cannot be read"),
    ("RELAY_CONFIG_FILE", "TEXT", "is not TOML"),
    ("RELAY_TLS_CERT_FILE", "TEXT", "is needed beside RELAY_TLS_CERT_FILE"),
    ("RELAY_TLS_KEY_FILE", "TEXT", "is needed beside RELAY_TLS_KEY_FILE"),
    ("RELAY_DEADLINE_SECONDS", "0", "is not from 0.1 to 300"),
    ("RELAY_DEADLINE_SECONDS", "-1", "is not from 0.1 to 300"),
    ("RELAY_DEADLINE_SECONDS", "soon", "expected a number of seconds"),
    ("RELAY_DEADLINE_SECONDS", "NaN", "is not from 0.1 to 300"),
    ("RELAY_DEADLINE_SECONDS", "1e9", "is not from 0.1 to 300"),
    ("RELAY_DEADLINE_SECONDS", "25s", "expected a number of seconds"),
    ("RELAY_SUMO_RATE", "-1", "expected a whole number from 0 to 1000"),
    ("RELAY_SUMO_RATE", "many", "expected a whole number"),
    ("RELAY_SUMO_RATE", "1.5", "expected a whole number"),
    ("RELAY_SUMO_RATE", "4000000000", "is not from 0 to 1000"),
    ("RELAY_SUMO_CONCURRENCY", "0", "is not from 1 to 10000"),
    ("RELAY_SUMO_BODY_MIB", "0", "is not from 1 to 1024"),
    ("RELAY_SUMO_BODY_MIB", "17", "four times RELAY_SUMO_BODY_MIB"),
    ("RELAY_SUMO_MEMORY_MIB", "3", "is not from 4 to 4096"),
    ("RELAY_CACHE_SECONDS", "-0.5", "is not from 0 to 3600"),
    ("RELAY_CACHE_SECONDS", "inf", "is not from 0 to 3600"),
    ("RELAY_CACHE_SECONDS", "", "expected a number of seconds"),
    ("RELAY_LOG", "loud", "is not a log level"),
    ("RELAY_LOG", "relay_server=loud", "is not a log level"),
    ("RELAY_LOG", "relay-server=debug", "such as relay_server"),
    ("RELAY_LOG", "", "is empty"),
    ("RELAY_LOG", " ", "is empty"),
    ("RELAY_LOG", "info,,debug", "is empty"),
    ("RELAY_LOG_FORMAT", "xml", "expected one of text, json"),
    ("RELAY_LOG_FORMAT", "JSON", "expected one of text, json"),
    ("RELAY_FINGERPRINT_KEY", "too short", "at least 16 characters"),
    ("RELAY_MAX_BODY_KIB", "0", "is not from 1 to 65536"),
    ("RELAY_MAX_BODY_KIB", "1 MiB", "expected a whole number"),
    ("RELAY_MAX_OBSERVABLES", "0", "is not from 1 to 100000"),
    ("RELAY_MAX_CONNECTIONS", "0", "is not from 1 to 1000000"),
    ("RELAY_MAX_IN_FLIGHT", "0", "is not from 1 to 1000000"),
    ("RELAY_MAX_IN_FLIGHT", "1_000", "expected a whole number"),
    ("RELAY_DRAIN_DELAY_SECONDS", "-1", "is not from 0 to 300"),
    ("RELAY_DRAIN_DELAY_SECONDS", "5s", "expected a number of seconds"),
    ("RELAY_SHUTDOWN_SECONDS", "1000000", "is not from 0 to 600"),
    ("RELAY_SHUTDOWN_SECONDS", "never", "expected a number of seconds"),
    ("RELAY_RELOAD_SECONDS", "-1", "is not from 0 to 3600"),
    ("RELAY_RELOAD_SECONDS", "often", "expected a number of seconds"),
    ("RELAY_ADMIN_HOSTS", "a b", "host"),
    ("RELAY_PAGES", "some", "expected on or off"),
    ("RELAY_RESPOND", "perhaps", "expected on or off"),
    ("RELAY_BUDGET_URL", "http://store.example", "redis"),
    ("RELAY_REPLICAS", "0", "is not from 1 to 1000"),
    ("RELAY_MAX_PEER_CONNECTIONS", "-1", "expected a whole number"),
    ("RELAY_TENANT_SHARE", "0", "is not from 1 to 100"),
    ("RELAY_DEPLOYMENT_SHARE", "101", "is not from 1 to 100"),
    ("RELAY_BODY_MEMORY_MIB", "0", "is not from 1 to 4096"),
    ("RELAY_BODY_SECONDS", "0", "is not from 0.1 to 300"),
    ("RELAY_HEADER_SECONDS", "0", "is not from 0.1 to 300"),
    ("RELAY_IDLE_SECONDS", "0", "is not from 1 to 3600"),
];

/// The setting that is told when another than the one that was given is at fault.
fn told(variable: &str, value: &str) -> String {
    match (variable, value) {
        // With half a pair of TLS files it is the other half that is missed.
        ("RELAY_TLS_CERT_FILE", _) => "RELAY_TLS_KEY_FILE".to_owned(),
        ("RELAY_TLS_KEY_FILE", _) => "RELAY_TLS_CERT_FILE".to_owned(),
        ("RELAY_SUMO_BODY_MIB", "17") => "RELAY_SUMO_MEMORY_MIB".to_owned(),
        _ => variable.to_owned(),
    }
}

fn flag_of(variable: &str) -> String {
    format!("--{}", variable.trim_start_matches("RELAY_").to_lowercase().replace('_', "-"))
}

#[test]
fn wrong_settings_end_with_status_2_and_are_named_before_a_port_opens() {
    let folder = Folder::new();
    let text = folder.file("text.txt", "neither PEM nor JSON");
    let no_keys = folder.file("empty.json", r#"{"keys":[]}"#);
    let missing = folder.0.join("missing").to_str().unwrap().to_owned();
    // The port is taken: whoever tried to open it would say so, with status 1.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    for (variable, value, reason) in WRONG {
        let value = match value {
            "MISSING" => &missing,
            "TEXT" => &text,
            "NO_KEYS" => &no_keys,
            value => value,
        };
        let output = output(command(&["serve"]).env("RELAY_LISTEN", &listen).env(variable, value));
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{variable}={value}: {stderr}");
        let told = told(variable, value);
        let start = format!("error: {told} ({}): ", flag_of(&told));
        assert!(stderr.starts_with(&start), "{variable}={value}: {stderr}");
        assert!(stderr.contains(reason), "{variable}={value}: {reason:?} is not in {stderr}");
    }
}

#[test]
fn the_url_of_the_module_type_is_checked_as_the_setting_is() {
    let run = |url: &str| {
        let output = output(&mut command(&["module-type", "--url", url]));
        (output.status.code(), texts(&output))
    };
    for (url, told) in [
        ("relay.example.com", "write https://relay.example.com"),
        ("ftp://relay.example.com", "is not an http or https URL"),
    ] {
        let (status, (stdout, stderr)) = run(url);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
    }
    for (url, warning) in
        [("https://relay.example.com/", ""), ("http://relay.example.com", "warning: XDR calls https")]
    {
        let (status, (stdout, stderr)) = run(url);
        let told = format!("\"url\": \"{}\"", url.trim_end_matches('/'));
        assert!(status == Some(0) && stdout.contains(&told), "{stdout}");
        assert!(stderr.starts_with(warning) && stderr.is_empty() == warning.is_empty(), "{stderr}");
    }
}

#[test]
fn every_setting_has_a_wrong_form_in_the_table() {
    let settings = <relay_server::RelaySettings as clap::Args>::augment_args(clap::Command::new("serve"));
    let variables = settings.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    for variable in variables {
        let is_tried = WRONG.iter().any(|(tried, ..)| *tried == variable);
        // One is tried where it is built in, of one every text is good, and two matter beside a
        // URL.
        let is_exempt = matches!(
            variable,
            "RELAY_OTLP_ENDPOINT"
                | "RELAY_ACCESS_IDS"
                | "RELAY_BUDGET_PASSWORD_FILE"
                | "RELAY_BUDGET_CA_FILE"
        );
        assert!(is_tried || is_exempt, "{variable}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_come_from_the_flag_then_the_variable_then_the_file() {
    let scenery = Scenery::of(DataSet::new()).await;
    let file = "max-observables = 1\nmax-in-flight = 2\nmax_connections = 3\n";
    let mut settings = scenery.settings();
    settings.push(("RELAY_CONFIG_FILE", scenery.folder.file("relay.toml", file)));
    settings.push(("RELAY_MAX_IN_FLIGHT", "20".to_owned()));
    settings.push(("RELAY_MAX_CONNECTIONS", "30".to_owned()));
    let mut served = Served::start(&settings, &["--max-connections=300"]);
    let line = served.program.stderr_line("settings in force");
    for told in [
        "RELAY_MAX_OBSERVABLES=1 (file)",
        "RELAY_MAX_IN_FLIGHT=20 (variable)",
        "RELAY_MAX_CONNECTIONS=300 (flag)",
        "RELAY_FINGERPRINT_KEY=*** (variable)",
        "RELAY_SHUTDOWN_SECONDS=30 ",
    ] {
        assert!(line.contains(told), "{told} is not in {line}");
    }
    assert!(!line.contains("a key for tests alone"), "{line}");
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_tries_all_that_a_start_needs_and_serves_nothing() {
    let scenery = Scenery::of(DataSet::new()).await;
    let run = |settings: Vec<(&'static str, String)>| async {
        let checked =
            tokio::task::spawn_blocking(move || output(command(&["serve", "--check"]).envs(settings)));
        let checked = checked.await.unwrap();
        (checked.status.code(), texts(&checked))
    };
    let (status, (stdout, stderr)) = run(scenery.settings()).await;
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    for told in ["can be used", "can be opened", "has keys", "answers over TLS", &scenery.siem.api_host()] {
        assert!(stdout.contains(told), "{told} is not in\n{stdout}");
    }
    assert!(!stderr.contains("listens"), "{stderr}");

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut settings: Vec<_> =
        scenery.settings().into_iter().filter(|(name, _)| *name != "RELAY_JWKS_FILE").collect();
    settings.push(("RELAY_SUMO_HOSTS", format!("{},{nobody}", scenery.siem.api_host())));
    settings.push(("RELAY_JWKS_HOSTS", nobody.clone()));
    let (status, (stdout, stderr)) = run(settings).await;
    assert_eq!(status, Some(2), "{stdout}{stderr}");
    assert!(stderr.contains("2 of 5 checks failed"), "{stdout}{stderr}");
    assert!(stdout.contains("FAILED") && stdout.contains("refused"), "{stdout}");

    let mut settings = scenery.settings();
    settings.retain(|(name, _)| *name != "RELAY_PUBLIC_URLS");
    settings.push(("RELAY_MAX_OBSERVABLE", "1".to_owned()));
    let (status, (stdout, stderr)) = run(settings).await;
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    for told in ["warning", "RELAY_MAX_OBSERVABLE", "RELAY_PUBLIC_URLS", "tokens for whatever host"] {
        assert!(stdout.contains(told), "{told} is not in\n{stdout}");
    }

    let mut settings = scenery.settings();
    settings.push(("RELAY_LOG", "loud".to_owned()));
    assert_eq!(run(settings).await.0, Some(2));
}

/// Threads cannot be made: the stacks of so many do not fit into the memory that the process may
/// use.
#[cfg(target_os = "linux")]
#[test]
fn a_start_without_threads_ends_with_an_error() {
    let script = "ulimit -v 2000000; exec \"$0\" serve --listen 127.0.0.1:0";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_relay-server")]);
    shell.env("TOKIO_WORKER_THREADS", "3000").env("NO_COLOR", "1");
    shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let output = output(&mut shell);
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: cannot start threads"), "{stderr}");
}
