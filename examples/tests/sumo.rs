//! Runs the examples of `sumo-client` against a stand-in.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test helpers")]

use std::process::{Command, Output};

use serde_json::{Value, json};
use sumo_client::testing::{CloudSiem, DataSet};

async fn stand_in() -> CloudSiem {
    let signal = json!({
        "id": "signal-1", "name": "Brute Force Attempt", "severity": 4, "recordCount": 1,
        "allRecords": [{"user_username": "root", "bro_dns_answers": []}],
        "entity": {"id": "_ip-192.0.2.1", "entityType": "_ip", "name": "192.0.2.1", "value": "192.0.2.1"},
        "recordSearchDetails": {"query": "_index=sec_record_*"}
    });
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    let insight = |number: u32, status: &str| {
        json!({
            "id": format!("insight-{number}"), "readableId": format!("INSIGHT-{number}"), "name": "=Initial Access",
            "severity": "HIGH", "status": {"name": status, "displayName": status}, "created": now, "signals": [signal]
        })
    };
    let data = DataSet::new()
        .insights([insight(1, "new"), insight(2, "closed"), insight(3, "inprogress")])
        .signals([signal.clone()]);
    let data = data.match_lists([json!({"id": "7", "name": "blocked", "targetColumn": "Ip"})]);
    CloudSiem::builder().data(data).credentials("id", "key").start().await.unwrap()
}

/// Runs an example and returns its output; fails if it fails.
async fn run(siem: &CloudSiem, program: &'static str, arguments: &'static [&'static str]) -> String {
    let host = siem.api_host();
    let run = move || -> Output {
        Command::new(program)
            .args(arguments)
            .envs([("SUMO_API_HOST", host.as_str()), ("SUMO_ALLOW_HTTP", "1")])
            .envs([("SUMO_ACCESS_ID", "id"), ("SUMO_ACCESS_KEY", "key")])
            .output()
            .unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn open_insights_are_listed_as_a_table() {
    let siem = stand_in().await;
    let table = run(&siem, env!("CARGO_BIN_EXE_sumo-open-insights"), &[]).await;
    assert!(
        table.contains("INSIGHT-1") && table.contains("INSIGHT-3") && !table.contains("INSIGHT-2"),
        "{table}"
    );
}

#[tokio::test]
async fn a_signal_leads_to_its_records() {
    let siem = stand_in().await;
    let records = run(&siem, env!("CARGO_BIN_EXE_sumo-signal-records"), &["signal-1"]).await;
    assert!(records.contains("user_username: \"root\"") && !records.contains("bro_dns"), "{records}");
}

#[tokio::test]
async fn an_indicator_lands_in_a_list() {
    let siem = stand_in().await;
    let arguments = &["scanners", "192.0.2.7", "a scanner"];
    for _ in 0..2 {
        let said = run(&siem, env!("CARGO_BIN_EXE_sumo-add-indicator"), arguments).await;
        assert!(said.starts_with("added"), "{said}");
    }
    let created =
        siem.recorded().iter().filter(|call| call.method == "POST" && call.path.ends_with("lists")).count();
    assert_eq!(created, 1, "the list was created once");
}

#[tokio::test]
async fn a_blocklist_is_kept_in_step() {
    let siem = stand_in().await;
    let file = std::env::temp_dir().join(format!("blocklist-{}.txt", std::process::id()));
    let lines: String =
        (0..5_000).map(|number| format!("10.{}.{}.1\n", number / 250, number % 250)).collect();
    std::fs::write(&file, format!("# bad\n\n{lines}")).unwrap();
    let file: &'static str = file.to_str().unwrap().to_owned().leak();
    let sync = env!("CARGO_BIN_EXE_sumo-sync-blocklist");
    for (arguments, said) in [
        (&["blocked", file, "--dry-run"][..], "5000 added, 0 updated, 0 removed, 0 unchanged\n"),
        (&["blocked", file], "5000 added, 0 updated, 0 removed, 0 unchanged\n"),
        (&["blocked", file], "0 added, 0 updated, 0 removed, 5000 unchanged\n"),
    ] {
        assert_eq!(run(&siem, sync, arguments.to_vec().leak()).await, said);
        siem.advance(sumo_client::api::match_lists::APPEARANCE_DELAY);
    }
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn the_insights_of_the_last_day_become_rows() {
    let siem = stand_in().await;
    let file = std::env::temp_dir().join(format!("insights-{}.csv", std::process::id()));
    let file: &'static str = file.to_str().unwrap().to_owned().leak();
    run(&siem, env!("CARGO_BIN_EXE_sumo-export-csv"), vec![file].leak()).await;
    let rows = std::fs::read_to_string(file).unwrap();
    std::fs::remove_file(file).unwrap();
    assert!(rows.starts_with("id,created,severity,status,entity,signals,name\n"), "{rows}");
    assert_eq!(
        rows.lines().filter(|row| row.contains(",HIGH,") && row.ends_with(",1,'=Initial Access")).count(),
        3
    );
}

#[tokio::test]
async fn an_insight_is_closed_with_a_comment() {
    let siem = stand_in().await;
    let arguments = &["insight-1", "False Positive", "A planned test."];
    let said = run(&siem, env!("CARGO_BIN_EXE_sumo-close-insight"), arguments).await;
    assert!(said.contains("closed") && said.contains("False Positive"), "{said}");
}

#[tokio::test]
async fn insights_become_valid_incidents() {
    let siem = stand_in().await;
    let lines = run(&siem, env!("CARGO_BIN_EXE_sumo-export-ctim"), &[]).await;
    let incidents: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(incidents.len(), 3);
    assert!(incidents.iter().all(|incident| incident["type"] == "incident"), "{lines}");
}
