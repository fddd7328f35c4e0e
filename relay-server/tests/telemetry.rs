//! Telemetry of requests for operators: one line in the log for each, whatever its outcome, and the
//! metrics.
//!
//! The expected lines are in `telemetry/request-lines.json`; `UPDATE_GOLDEN=1` writes them anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sumo_client::testing::{Fault, Operation, When};

use self::common::program::texts;
use self::common::served::{JWKS_HOST, Scenery, Served};
use self::common::{Claims, bearer, data, eventually};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/telemetry/request-lines.json");

/// The trace that callers name.
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The settings of a relay that works on two requests at a time, all of it logged. With a single
/// place, a request could come before the one before it has left.
fn settings(scenery: &Scenery) -> Vec<(&'static str, String)> {
    let mut settings = scenery.settings();
    settings.extend([
        ("RELAY_LOG", "debug,hyper=info,rustls=info,hyper_util=info,reqwest=info,h2=info".to_owned()),
        ("RELAY_CACHE_SECONDS", "60".to_owned()),
        ("RELAY_ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
        ("RELAY_MAX_IN_FLIGHT", "2".to_owned()),
        ("RELAY_TENANT_SHARE", "100".to_owned()),
        ("RELAY_DEPLOYMENT_SHARE", "100".to_owned()),
        ("RELAY_SHUTDOWN_SECONDS", "0.2".to_owned()),
        ("RELAY_TRUSTED_PROXIES", "127.0.0.0/8".to_owned()),
        ("RELAY_DEADLINE_SECONDS", "300".to_owned()),
    ]);
    settings
}

/// A request of this id, as a proxy forwards it.
fn request(served: &Served, id: &str, path: &str) -> reqwest::RequestBuilder {
    let request = served.caller.request(http::Method::POST, path);
    request
        .header("x-request-id", id)
        .header("x-forwarded-for", "6.6.6.6, 203.0.113.7")
        .header("traceparent", format!("00-{TRACE_ID}-00f067aa0ba902b7-01"))
}

fn observe(served: &Served, id: &str, token: &str, value: &str) -> reqwest::RequestBuilder {
    let request = request(served, id, "/observe/observables").header("authorization", bearer(token));
    request.body(data::ask("domain", value).to_string())
}

/// The line about a request, without what differs from run to run.
fn line_of(line: &str) -> (String, Value) {
    let mut line: Value = serde_json::from_str(line).unwrap();
    let fields = line.as_object_mut().unwrap();
    for name in ["timestamp", "span", "spans", "target", "duration_ms"] {
        assert!(fields.remove(name).is_some(), "{name} is missing: {fields:?}");
    }
    for name in ["api_host", "tenant"] {
        if let Some(value) = fields.get_mut(name) {
            assert!(!value.as_str().unwrap().is_empty());
            *value = json!(format!("<{name}>"));
        }
    }
    // Answers name the stand-in, whose port differs.
    if let Some(bytes) = fields.get_mut("response_bytes") {
        assert!(bytes.as_u64().unwrap() > 0);
        *bytes = json!("<bytes>");
    }
    if fields["trace_id"] != TRACE_ID {
        assert_eq!(fields["trace_id"].as_str().unwrap().len(), 32);
        fields["trace_id"] = json!("<new>");
    }
    (fields["request_id"].as_str().unwrap().to_owned(), line)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_is_told_in_one_line_whatever_its_outcome() {
    let scenery = Scenery::of(data::company()).await;
    let mut served = Served::start(&settings(&scenery), &[]);
    let token = scenery.token();
    let own_host = scenery.siem.api_host();
    let signed = |change: fn(Claims) -> Claims| change(Claims::new(JWKS_HOST, &own_host)).signed();

    for (id, request) in [
        ("success", request(&served, "success", "/health").header("authorization", bearer(&token))),
        ("found", observe(&served, "found", &token, data::DOMAIN)),
        ("remembered", observe(&served, "remembered", &token, data::DOMAIN)),
        ("refused-header", request(&served, "refused-header", "/health")),
        (
            "refused-audience",
            request(&served, "refused-audience", "/health").header(
                "authorization",
                bearer(&signed(|claims| claims.with("aud", "https://other.example"))),
            ),
        ),
        (
            "refused-expired",
            request(&served, "refused-expired", "/health")
                .header("authorization", bearer(&signed(|claims| claims.with("exp", 1)))),
        ),
        (
            "invalid",
            request(&served, "invalid", "/observe/observables")
                .header("authorization", bearer(&token))
                .body("no JSON"),
        ),
        ("no-such-path", request(&served, "no-such-path", "/.env?secret=1")),
        ("probe", served.caller.request(http::Method::GET, "/watchdog").header("x-request-id", "probe")),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["x-request-id"], id);
        response.bytes().await.unwrap();
    }
    scenery.siem.inject(When::always(), Fault::status(http::StatusCode::FORBIDDEN));
    observe(&served, "fatal", &token, "upstream-fails.example").send().await.unwrap().bytes().await.unwrap();
    scenery.siem.clear_faults();
    scenery.siem.inject(When::operation(Operation::GetInsights), Fault::status(http::StatusCode::FORBIDDEN));
    observe(&served, "warning", &token, "half.example").send().await.unwrap().bytes().await.unwrap();
    scenery.siem.clear_faults();

    // Two that hang take all places; their callers give up; another one is cut at the end.
    scenery.siem.set_latency(Duration::from_secs(3600));
    let hanging = tokio::spawn(observe(&served, "abandoned", &token, "hangs.example").send());
    eventually("the search runs", || scenery.siem.in_flight() == 4).await;
    let judging = request(&served, "abandoned-verdict", "/deliberate/observables");
    let judging = judging.header("authorization", bearer(&token));
    let judging = tokio::spawn(judging.body(data::ask("domain", "hangs-as-well.example").to_string()).send());
    eventually("both run", || scenery.siem.in_flight() == 6).await;
    let turned_away = observe(&served, "overloaded", &token, data::DOMAIN).send().await.unwrap();
    assert_eq!(turned_away.status(), 503);
    hanging.abort();
    let mut lines = vec![served.program.stderr_line(r#""request_id":"abandoned""#)];
    judging.abort();
    lines.push(served.program.stderr_line(r#""request_id":"abandoned-verdict""#));
    let calls = scenery.siem.counts().calls;
    let cut = tokio::spawn(observe(&served, "cut", &token, "hangs-too.example").send());
    eventually("the next search runs", || scenery.siem.counts().calls > calls).await;
    served.program.signal("TERM");
    assert!(cut.await.unwrap().is_err());
    let output = served.program.output();
    let (_, log) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{log}");
    lines.extend(log.lines().filter(|line| line.contains(r#""message":"request""#)).map(str::to_owned));
    lines.sort();
    lines.dedup();

    let told: BTreeMap<String, Value> = lines.iter().map(|line| line_of(line)).collect();
    assert_eq!(told.len(), lines.len(), "each request has one line: {lines:#?}");
    assert!(!log.contains(".env") && !log.contains(data::DOMAIN), "neither paths nor observables are logged");
    let text = serde_json::to_string_pretty(&told).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &text).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert_eq!(text, golden, "UPDATE_GOLDEN=1 writes the file anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_id_is_on_every_line_about_a_request_at_any_level() {
    let scenery = Scenery::of(data::company()).await;
    let mut settings = scenery.settings();
    settings.push(("RELAY_LOG", "warn".to_owned()));
    let mut served = Served::start_silent(&settings).await;
    scenery.siem.inject(When::always(), Fault::status(http::StatusCode::FORBIDDEN));
    observe(&served, "quiet-1", &scenery.token(), data::DOMAIN).send().await.unwrap();
    let line: Value = serde_json::from_str(&served.program.stderr_line("Cloud SIEM call failed")).unwrap();
    assert_eq!((&line["span"]["id"], &line["level"]), (&json!("quiet-1"), &json!("WARN")), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_causes_of_an_error_are_one_field() {
    // Nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let scenery = Scenery::of(data::company()).await;
    let mut settings: Vec<_> =
        scenery.settings().into_iter().filter(|(name, _)| *name != "RELAY_JWKS_FILE").collect();
    settings.push(("RELAY_JWKS_HOSTS", free.to_string()));
    let mut served = Served::start(&settings, &[]);
    let token = Claims::new(&free.to_string(), &scenery.siem.api_host()).signed();
    served.post("/health", &token, "").await;
    let line: Value = serde_json::from_str(&served.program.stderr_line("no key set")).unwrap();
    let error = line["error"].as_str().unwrap();
    for part in ["the key set could not be fetched: ", "onnect", "refused"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trace_goes_on_to_cloud_siem() {
    let scenery = Scenery::of(data::company()).await;
    let served = Served::start(&scenery.settings(), &[]);
    observe(&served, "traced", &scenery.token(), data::DOMAIN).send().await.unwrap();
    let calls = scenery.siem.recorded_of(Operation::GetSignals);
    let header = calls[0].headers["traceparent"].to_str().unwrap();
    let parts: Vec<&str> = header.split('-').collect();
    assert_eq!((parts[0], parts[1], parts[3]), ("00", TRACE_ID, "01"));
    assert_ne!(parts[2], "00f067aa0ba902b7", "the relay has a place of its own in the trace");
    let log = served.stop();
    assert!(log.contains(&format!(r#""trace_id":"{TRACE_ID}""#)), "{log}");
}

/// Checks metrics with the tool of Prometheus; false when it is not installed.
fn promtool_accepts(metrics: &str) -> bool {
    let tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut tool) = tool else { return false };
    tool.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", texts(&output));
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_exist_from_the_start_and_count_what_happens() {
    let scenery = Scenery::of(data::company()).await;
    let served = Served::start(&settings(&scenery), &[]);
    let admin = served.admin();
    let at_start = admin.get("/metrics").await;
    assert!(at_start.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    for line in [
        r#"relay_requests_total{route="/observe/observables",outcome="abandoned"} 0"#,
        r#"relay_requests_total{route="/observe/observables",outcome="overloaded"} 0"#,
        r#"relay_refusals_total{reason="expired"} 0"#,
        r#"relay_answers_total{completeness="incomplete"} 0"#,
        r#"relay_answers_total{completeness="more_found"} 0"#,
        r#"relay_upstream_responses_total{status="429"} 0"#,
        r#"relay_upstream_calls_total{operation="GetSignals",outcome="timeout"} 0"#,
        r#"relay_searches_total{kind="insights",source="shared"} 0"#,
        "relay_connections_limit 1024",
        "relay_requests_in_flight_limit 2",
        "relay_tls_handshake_failures_total 0",
        "relay_limiter_waiting_calls 0",
        "relay_limiter_longest_hold_seconds 0",
        "relay_retry_budget_ratio 1",
        "relay_log_lines_dropped_total 0",
        "relay_spans_dropped_total 0",
        "relay_tls_certificate_expiry_timestamp_seconds 0",
        "relay_draining 0",
        "process_max_fds",
        "process_resident_memory_bytes",
        "relay_config_hash",
    ] {
        assert!(at_start.body.contains(line), "{line} is not in\n{}", at_start.body);
    }
    observe(&served, "a", &scenery.token(), data::DOMAIN).send().await.unwrap().bytes().await.unwrap();
    served.post("/health", "no-token", "").await;
    let metrics = admin.get("/metrics").await.body;
    for line in [
        r#"relay_requests_total{route="/observe/observables",outcome="success"} 1"#,
        r#"relay_refusals_total{reason="wrong_structure"} 1"#,
        r#"relay_upstream_responses_total{status="200"} 5"#,
        r#"relay_request_observables_bucket{le="1.0"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let is_checked = promtool_accepts(&metrics);
    assert!(is_checked || std::env::var_os("CI").is_none(), "promtool is not installed");
    let open = admin.request(http::Method::GET, "/metrics").header("accept", "application/openmetrics-text");
    let open = open.send().await.unwrap();
    assert!(open.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    assert!(open.text().await.unwrap().ends_with("# EOF\n"));
    served.stop();
}

/// The names of metrics in a text, without the endings of histograms.
fn metrics_in(text: &str) -> std::collections::BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words =
        text.split(|c| !is_name(c)).filter(|word| word.starts_with("relay_") || word.starts_with("process_"));
    words.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_and_dashboard_read_metrics_that_a_relay_has_from_the_start() {
    let scenery = Scenery::of(data::company()).await;
    // Keys are fetched, as in production.
    let mut settings = settings(&scenery);
    settings.retain(|(name, _)| *name != "RELAY_JWKS_FILE");
    let served = Served::start(&settings, &[]);
    let metrics = served.admin().get("/metrics").await.body;
    let known = metrics_in(&metrics);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/deploy");
    for file in ["grafana/relay.json", "helm/relay/files/alerts.yaml"] {
        let Ok(text) = std::fs::read_to_string(folder.join(file)) else { continue };
        let read = metrics_in(&text);
        assert!(read.len() > 10, "{file}: {read:?}");
        let unknown: Vec<_> = read.difference(&known).collect();
        assert!(unknown.is_empty(), "{file} reads {unknown:?}, which are not in\n{metrics}");
    }
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_level_takes_only_filters() {
    let scenery = Scenery::of(data::company()).await;
    let served = Served::start(&settings(&scenery), &[]);
    let admin = served.admin();
    for (filter, status) in [
        ("warn", 204),
        (" info,relay_server=debug\n", 204),
        ("", 400),
        ("loud", 400),
        ("relay-server=debug", 400),
        ("info,", 400),
    ] {
        let answer = admin.request(http::Method::PUT, "/log-level").body(filter).send().await.unwrap();
        assert_eq!(answer.status(), status, "{filter:?}");
    }
    assert!(admin.get("/log-level").await.body.contains("relay_server=debug"));
    served.stop();
}
