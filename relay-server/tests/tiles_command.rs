//! `relay-server tiles`, as a person runs it.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test helpers")]

mod common;

use std::process::Command;

use serde_json::{Value, json};
use sumo_client::testing::{CloudSiem, TestCa};

use self::common::program::{command, output, texts};
use self::common::{ACCESS_ID, ACCESS_KEY, data, stand_in};

/// A Cloud SIEM, and a file with the root of its certificate.
struct Tenant {
    siem: CloudSiem,
    roots: std::path::PathBuf,
}

impl Tenant {
    async fn start(name: &str) -> Self {
        let ca = TestCa::new().unwrap();
        let created =
            (chrono::Utc::now() - chrono::TimeDelta::hours(2)).format("%Y-%m-%dT%H:%M:%S").to_string();
        let data =
            sumo_client::testing::DataSet::new().insights([data::insight("7", json!({"created": created}))]);
        let siem = stand_in(data).tls(ca.server_config(&["127.0.0.1"]).unwrap()).start().await.unwrap();
        let roots = std::env::temp_dir().join(format!("tiles-{name}-{}.pem", std::process::id()));
        std::fs::write(&roots, ca.pem()).unwrap();
        Self { siem, roots }
    }

    fn tiles(&self, arguments: &[&str]) -> Command {
        let mut command = command(&[&["tiles"][..], arguments].concat());
        command
            .env("SUMO_API_HOST", self.siem.api_host())
            .env("SUMO_ACCESS_ID", ACCESS_ID)
            .env("SUMO_ACCESS_KEY", ACCESS_KEY)
            .env("RELAY_EXTRA_CA_FILE", &self.roots);
        command
    }

    async fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = self.tiles(arguments);
        // The stand-in answers on this runtime meanwhile.
        let done = tokio::task::spawn_blocking(move || output(&mut command)).await.unwrap();
        let (stdout, stderr) = texts(&done);
        (done.status.code(), stdout, stderr)
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // A file that is left in the folder for such files does no harm.
        let _ = std::fs::remove_file(&self.roots);
    }
}

fn without_credentials(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command(&[&["tiles"][..], arguments].concat());
    command.env_remove("SUMO_ACCESS_ID").env_remove("SUMO_ACCESS_KEY").env_remove("SUMO_API_HOST");
    let done = output(&mut command);
    let (stdout, stderr) = texts(&done);
    (done.status.code(), stdout, stderr)
}

#[test]
fn tiles_are_listed_without_credentials() {
    let (status, table, _) = without_credentials(&[]);
    assert_eq!(status, Some(0));
    let (_, json, _) = without_credentials(&["--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let tiles = json["data"].as_array().unwrap();
    assert_eq!(tiles.len(), 10);
    for tile in tiles {
        assert!(table.contains(tile["id"].as_str().unwrap()), "{table}");
    }
}

#[test]
fn what_cannot_be_drawn_is_wrong_usage() {
    let (status, stdout, stderr) = without_credentials(&["nope"]);
    assert_eq!((status, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("unknown tile nope; the tiles are: insights-summary, "), "{stderr}");
    let (status, _, stderr) = without_credentials(&["funnel"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("SUMO_ACCESS_ID"), "{stderr}");
    let (status, _, stderr) = without_credentials(&["funnel", "--period", "last_year"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("last_90_days"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tile_is_drawn_as_a_table_and_as_json() {
    let tenant = Tenant::start("drawn").await;
    for (tile, shown) in [
        ("insights-summary", "Open now"),
        ("insight-times", "Mean time to detect"),
        ("insights-by-severity", "High"),
        ("insights-over-time", "Critical"),
        ("signals-over-time", "Time (UTC)"),
        ("funnel", "Records"),
        ("tactics", "Nothing to show."),
        ("newest-insights", "INSIGHT-7"),
        ("active-entities", "Nothing to show."),
        ("sumo-health", "No unresolved health events."),
    ] {
        let (status, table, stderr) = tenant.run(&[tile, "--period", "last_24_hours"]).await;
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{tile}");
        assert!(table.contains(shown) && table.contains(" UTC\n"), "{table}");
    }
    let (status, json, _) = tenant.run(&["newest-insights", "--format", "json"]).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((status, &json["data"]["tile_id"]), (Some(0), &json!("newest-insights")));
    assert_eq!(json["data"]["period"], "last_7_days", "the period that the tile shows first");
    assert_eq!(json["data"]["data"]["rows"][0]["id"], "INSIGHT-7");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_go_to_standard_error() {
    let tenant = Tenant::start("refused").await;
    assert!(tenant.siem.revoke_key(ACCESS_ID));
    let (status, stdout, stderr) = tenant.run(&["funnel"]).await;
    assert_eq!((status, stdout.as_str()), (Some(1), ""));
    assert!(stderr.starts_with("error: ") && stderr.contains("wrong access_id or access_key"), "{stderr}");
}
