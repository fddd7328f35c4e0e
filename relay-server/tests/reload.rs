//! Files that change while the relay runs: certificate, keys, settings.

#![cfg(all(feature = "cli", unix))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sumo_client::testing::DataSet;

use self::common::served::{Scenery, Served};
use self::common::{Answer, Claims, RsaKey, bearer, eventually};

/// A certificate for the loopback address, until this year.
struct Certificate {
    pem: String,
    key: String,
}

impl Certificate {
    fn until(year: i32) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { pem, key: key.serialize_pem() }
    }

    /// A client that trusts this certificate alone, and opens a connection for each request.
    fn client(&self) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.pem.as_bytes()).unwrap();
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([root]);
        builder.pool_max_idle_per_host(0).build().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_is_served_without_a_lost_request() {
    let scenery = Scenery::of(DataSet::new()).await;
    let (old, new) = (Certificate::until(2099), Certificate::until(2100));
    let mut settings = scenery.settings();
    settings.push(("RELAY_TLS_CERT_FILE", scenery.folder.file("cert.pem", &old.pem)));
    settings.push(("RELAY_TLS_KEY_FILE", scenery.folder.file("key.pem", &old.key)));
    settings.push(("RELAY_ADMIN_LISTEN", "127.0.0.1:0".to_owned()));
    settings.push(("RELAY_RELOAD_SECONDS", "0".to_owned()));
    let mut served = Served::start(&settings, &[]);
    let admin = served.admin();
    let expiry = async || {
        let metrics = admin.get("/metrics").await.body;
        let line =
            metrics.lines().find(|line| line.starts_with("relay_tls_certificate_expiry_timestamp_seconds "));
        line.unwrap().rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    let before = expiry().await;
    let url = format!("https://{}/health", served.start["address"].as_str().unwrap());

    // Callers all the while, over a connection that stays open and over new ones.
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let roots = [&old, &new].map(|one| reqwest::Certificate::from_pem(one.pem.as_bytes()).unwrap());
    let trusting = || reqwest::Client::builder().no_proxy().tls_certs_only(roots.clone());
    let clients = [trusting().build().unwrap(), trusting().pool_max_idle_per_host(0).build().unwrap()];
    let callers: Vec<_> = clients
        .into_iter()
        .map(|client| {
            let (stop, answered, url) = (stop.clone(), answered.clone(), url.clone());
            let authorization = bearer(&scenery.token());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let answer = Answer::of(client.post(&url).header("authorization", &authorization)).await;
                    answer.assert_is_healthy("while the certificate changes");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let more_answers = async || {
        let so_far = answered.load(Ordering::Relaxed);
        let answered = answered.clone();
        eventually("requests are answered", move || answered.load(Ordering::Relaxed) > so_far + 5).await;
    };
    more_answers().await;

    // A bad file: the old certificate stays, and the log tells.
    scenery.folder.file("cert.pem", "not a certificate");
    served.program.signal("HUP");
    let line = served.program.stderr_line("those from before stay in force");
    assert!(line.contains("RELAY_TLS_CERT_FILE (--tls-cert-file)") && line.contains("SIGHUP"), "{line}");
    more_answers().await;
    assert!(old.client().post(&url).send().await.is_ok(), "the old certificate is served");

    scenery.folder.file("cert.pem", &new.pem);
    scenery.folder.file("key.pem", &new.key);
    served.program.signal("HUP");
    served.program.stderr_line("settings and files were read again");
    more_answers().await;
    assert!(new.client().post(&url).send().await.is_ok(), "the new certificate is served");
    assert!(old.client().post(&url).send().await.is_err(), "the old one is not");
    assert!(expiry().await > before);
    let metrics = admin.get("/metrics").await.body;
    for line in [
        r#"relay_config_reloads_total{outcome="success"} 1"#,
        r#"relay_config_reloads_total{outcome="failure"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_expires_soon_is_told_at_the_start() {
    let scenery = Scenery::of(DataSet::new()).await;
    let expired = Certificate::until(2001);
    let mut settings = scenery.settings();
    settings.push(("RELAY_TLS_CERT_FILE", scenery.folder.file("cert.pem", &expired.pem)));
    settings.push(("RELAY_TLS_KEY_FILE", scenery.folder.file("key.pem", &expired.key)));
    let mut served = Served::start(&settings, &[]);
    let line = served.program.stderr_line("has expired");
    assert!(line.contains(r#""level":"ERROR""#), "{line}");
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_settings_are_read_again_when_their_files_change() {
    let scenery = Scenery::of(DataSet::new()).await;
    let mut settings = scenery.settings();
    let file = "public-urls = [\"https://old.example\"]\n";
    settings.retain(|(name, _)| *name != "RELAY_PUBLIC_URLS");
    settings.push(("RELAY_CONFIG_FILE", scenery.folder.file("relay.toml", file)));
    settings.push(("RELAY_RELOAD_SECONDS", "0.05".to_owned()));
    let mut served = Served::start(&settings, &[]);
    let claims = |audience: &str| {
        Claims::new(common::served::JWKS_HOST, &scenery.siem.api_host()).with("aud", audience).signed()
    };
    served.post("/health", &claims("https://old.example"), "").await.assert_is_healthy("the old URL");

    let changed = "public-urls = [\"https://new.example\"]\nmax-in-flight = 7\ntenant-share = 3\nidle-seconds = 9\n\
         body-memory-mib = 9\nlog = \"info,relay_server=debug\"\n";
    scenery.folder.file("relay.toml", changed);
    let line = served.program.stderr_line("settings and files were read again");
    assert!(line.contains("a file has changed") && line.contains("RELAY_MAX_IN_FLIGHT=7 (file)"), "{line}");
    assert_waits_for_restart(&mut served);
    served.post("/health", &claims("https://new.example"), "").await.assert_is_healthy("the new URL");
    let refused = served.post("/health", &claims("https://old.example"), "").await;
    assert_eq!(refused.errors()[0]["code"], "authorization error");

    scenery.folder.file("jwks.json", &RsaKey::stranger().key_set().to_string());
    served.program.stderr_line("settings and files were read again");
    // They are told until they are in force.
    assert_waits_for_restart(&mut served);
    let refused = served.post("/health", &claims("https://new.example"), "").await;
    assert_eq!(refused.errors()[0]["code"], "authorization error", "the key is no longer published");

    scenery.folder.file("relay.toml", "public-urls = [\"nonsense\"]\n");
    let line = served.program.stderr_line("those from before stay in force");
    assert!(line.contains("RELAY_PUBLIC_URLS (--public-urls)"), "{line}");
    served.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_the_budget_and_of_actions_wait_for_the_next_start() {
    let scenery = Scenery::of(DataSet::new()).await;
    // Nobody listens there: the relay keeps to its part of the limits.
    let password = scenery.folder.file("password", "first");
    let file = format!("budget-url = \"redis://127.0.0.1:9\"\nbudget-password-file = \"{password}\"\n");
    let mut settings = scenery.settings();
    settings.push(("RELAY_CONFIG_FILE", scenery.folder.file("relay.toml", &file)));
    settings.push(("RELAY_RELOAD_SECONDS", "0".to_owned()));
    let mut served = Served::start(&settings, &[]);
    let mut assert_waits = |variables: &str| {
        served.program.signal("HUP");
        let line = served.program.stderr_line("come into force with the next start");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["settings"], variables, "{line}");
    };

    scenery.folder.file("password", "second");
    scenery.folder.file("relay.toml", &format!("{file}replicas = 3\nrespond = true\n"));
    assert_waits("RELAY_BUDGET_PASSWORD_FILE, RELAY_REPLICAS, RELAY_RESPOND");
    let file = file.replace(":9", ":7");
    scenery.folder.file("relay.toml", &format!("{file}replicas = 3\n"));
    assert_waits("RELAY_BUDGET_URL, RELAY_BUDGET_PASSWORD_FILE, RELAY_REPLICAS");
    served.stop();
}

/// Fails unless the log says which of the changed settings need a restart.
fn assert_waits_for_restart(served: &mut Served) {
    let waiting = served.program.stderr_line("come into force with the next start");
    let variables =
        ["RELAY_IDLE_SECONDS", "RELAY_MAX_IN_FLIGHT", "RELAY_TENANT_SHARE", "RELAY_BODY_MEMORY_MIB"]
            .join(", ");
    assert!(waiting.contains(&variables), "{waiting}");
}
