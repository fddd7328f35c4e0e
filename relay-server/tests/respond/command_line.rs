//! `relay-server respond list` and `relay-server respond undo`.

use std::path::PathBuf;

use serde_json::json;
use sumo_client::testing::Operation;

use crate::common::program::{command, output, texts};
use crate::common::{ACCESS_ID, ACCESS_KEY};
use crate::{Desk, IP, assert_success, everything};

/// Runs `relay-server respond` against the stand-in: status, standard output, standard error.
async fn respond(desk: &Desk, arguments: &[&str]) -> (Option<i32>, String, String) {
    let ca = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("respond-{}.pem", desk.world.siem.addr().port()));
    std::fs::write(&ca, desk.world.ca.pem()).unwrap();
    let mut command = command(&[&["respond"], arguments].concat());
    command.env("SUMO_API_HOST", desk.world.siem.api_host()).env("SUMO_ACCESS_ID", ACCESS_ID);
    command.env("SUMO_ACCESS_KEY", ACCESS_KEY).env("RELAY_EXTRA_CA_FILE", &ca);
    let output = tokio::task::spawn_blocking(move || output(&mut command)).await.unwrap();
    std::fs::remove_file(&ca).unwrap();
    let (out, err) = texts(&output);
    (output.status.code(), out, err)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_added_is_listed_and_undone_and_nothing_else() {
    let by_hand = json!({"id": "1", "listName": "blocked_ips", "value": "192.0.2.77", "active": true, "expiration": null,
        "meta": {"description": "Added by hand", "created": null, "updated": null}});
    let desk = Desk::of(everything().match_list_items([by_hand])).await;
    for act in ["match-list-add-173", "suppress-list-add-9", "threat-intel-add", on_entity!("entity-tag")] {
        assert_success(&desk.trigger(act, "ip", IP).await, act);
    }
    assert_success(&desk.trigger("match-list-add-173", "ip", "192.0.2.1").await, "another value");
    let (status, out, err) = respond(&desk, &["list"]).await;
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    for shown in ["blocked_ips", "noisy", "soc", "xdr:investigated", IP, "192.0.2.1", "2024-10-14T09:00:00"] {
        assert!(out.contains(shown), "{shown} in\n{out}");
    }
    assert!(!out.contains("192.0.2.77"), "{out}");

    let before = desk.writes().len();
    let (status, out, _) = respond(&desk, &["undo", "--dry-run", "--value", IP]).await;
    assert!(status == Some(0) && out.contains("4 would be removed."), "{out}");
    let (status, _, err) = respond(&desk, &["undo"]).await;
    assert!(status == Some(2) && err.contains("--all"), "{err}");
    assert_eq!(desk.writes().len(), before, "a dry run changes nothing");

    let (status, out, err) = respond(&desk, &["undo", "--value", IP]).await;
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("4 removed."), "{out}");
    let (_, out, _) = respond(&desk, &["undo", "--all"]).await;
    assert!(out.contains("1 removed.") && out.contains("192.0.2.1"), "{out}");
    let (_, out, _) = respond(&desk, &["list"]).await;
    assert!(out.contains("Nothing"), "{out}");
    let client = desk.client();
    let left = client.match_list_items().list().send().await.unwrap().objects;
    assert_eq!(left.iter().map(|item| item.value.as_str()).collect::<Vec<_>>(), ["192.0.2.77"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_cannot_be_seen_are_told() {
    let desk = Desk::open().await;
    let fault = sumo_client::testing::Fault::status(http::StatusCode::FORBIDDEN);
    desk.world.siem.inject(sumo_client::testing::When::operation(Operation::GetSuppressListItems), fault);
    for arguments in [&["list"][..], &["undo", "--all", "--dry-run"], &["undo", "--all"]] {
        let (status, out, err) = respond(&desk, arguments).await;
        assert!(status == Some(3) && err.contains("suppressed list item"), "{arguments:?}: {err}");
        assert!(out.starts_with("Not everything was searched. Nothing was found in the rest."), "{out}");
    }
    let fault = sumo_client::testing::Fault::status(http::StatusCode::FORBIDDEN);
    desk.world.siem.inject(sumo_client::testing::When::always(), fault);
    for arguments in [&["list"][..], &["undo", "--all", "--dry-run"]] {
        let (status, out, err) = respond(&desk, arguments).await;
        assert_eq!((status, out.as_str()), (Some(1), ""), "{arguments:?}: {err}");
    }
}
