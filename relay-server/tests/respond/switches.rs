//! The three switches: the operator's, the tenant's, and the names of what may be changed.

use serde_json::{Value, json};
use xdr_module::module_type::Region;
use xdr_module::{Capability, Module};

use crate::common::{Config, PUBLIC_URL, data, document};
use crate::{Desk, IP, assert_failure, everything};
use relay_server::module_type::module_type;

const ALL: [&str; 8] = [
    "match-list-add-173",
    "match-list-remove-173",
    "suppress-list-add-9",
    "threat-intel-add",
    "threat-intel-add-platform",
    on_entity!("entity-tag"),
    "insight-comment-i-1",
    "insight-progress-i-1",
];

#[tokio::test]
async fn with_the_operator_off_there_are_no_routes_and_no_record() {
    let desk = Desk::with(everything(), |siem| siem, |config| config.sumo.respond.is_on = false).await;
    for path in ["/respond/observables", "/respond/trigger"] {
        assert_eq!(desk.post(path, &data::ask("ip", IP)).await.status, 404, "{path}");
    }
    let off = Config::default();
    let off = off.module();
    let record = module_type(&off.capabilities()).record(&off, Region::Us, PUBLIC_URL).to_string();
    assert!(!record.contains("respond") && !record.contains("cseManage"), "{record}");
    assert!(!document().contains("/respond/"));
}

#[test]
fn with_the_operator_on_the_record_shows_what_is_served() {
    let mut on = Config::default();
    on.sumo.respond.is_on = true;
    let on = on.module();
    let record = module_type(&on.capabilities()).record(&on, Region::Us, PUBLIC_URL);
    let apis = record["properties"]["supported-apis"].as_array().unwrap();
    for api in ["respond/observables", "respond/trigger"] {
        assert!(apis.contains(&json!(api)), "{record}");
    }
    let capabilities: Vec<&Value> =
        record["capabilities"].as_array().unwrap().iter().map(|capability| &capability["id"]).collect();
    assert!(capabilities.contains(&&json!(Capability::Respond.as_str())), "{record}");
    let fields: Vec<&str> = record["configuration_spec"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|field| field["key"].as_str()?.strip_prefix("custom_respond"))
        .collect();
    let expected = [
        "",
        "_match_lists",
        "_suppress_lists",
        "_threat_source",
        "_insights",
        "_entities",
        "_days",
        "_access_id",
        "_access_key",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn the_operator_switches_them_off_and_on_again_while_the_relay_runs() {
    let (off, mut on) = (Config::default(), Config::default());
    on.sumo.respond.is_on = true;
    let may_respond =
        |module: &relay_server::CloudSiemModule| module.capabilities().contains(&Capability::Respond);
    let started_on = on.module();
    let switched_off = started_on.renewed(&off.service, &off.sumo).unwrap();
    assert!(may_respond(&started_on) && !may_respond(&switched_off));
    assert!(may_respond(&switched_off.renewed(&on.service, &on.sumo).unwrap()));
    // Without routes from the start.
    assert!(!may_respond(&off.module().renewed(&on.service, &on.sumo).unwrap()));
}

#[tokio::test]
async fn with_the_tenant_off_nothing_is_offered_or_asked() {
    let mut desk = Desk::open().await;
    for claim in [json!(false), json!("no"), json!(1), json!(null)] {
        desk = desk.allowing("respond", claim.clone());
        desk.post("/respond/observables", &data::ask("ip", IP))
            .await
            .assert_is(r#"{"data":[]}"#, "observables");
        for act in ALL {
            assert_failure(&desk.trigger(act, "ip", IP).await, "action not allowed", act);
        }
    }
    assert_eq!(desk.calls(), 0);
}

#[tokio::test]
async fn what_is_not_named_is_not_offered_or_changed() {
    let mut desk = Desk::open().await;
    desk.claims = desk.world.claims().with("respond", true);
    desk.post("/respond/observables", &data::ask("ip", IP))
        .await
        .assert_is(r#"{"data":[]}"#, "nothing named");
    for act in ALL {
        assert_failure(&desk.trigger(act, "ip", IP).await, "action not allowed", act);
    }
    assert_eq!(desk.calls(), 0);
    desk = desk.allowing("respond_match_lists", "not_ours,*");
    assert_eq!(desk.ids("ip", IP).await, ["match-list-add-174"]);
    assert_failure(&desk.trigger("match-list-add-173", "ip", IP).await, "action not allowed", "another list");
    assert!(desk.writes().is_empty());
}

#[tokio::test]
async fn days_decide_when_items_end() {
    for (days, expiration, text) in [
        (json!(7), json!("2024-09-21T09:00:00"), "for 7 days"),
        (json!("1"), json!("2024-09-15T09:00:00"), "for 1 day"),
        (json!(0), Value::Null, "without an end"),
    ] {
        let desk = Desk::open().await.allowing("respond_days", days);
        let actions = desk.offered("ip", IP).await;
        let add = actions.iter().find(|action| action["id"] == "sumo-cse-match-list-add-173").unwrap();
        assert!(add["description"].as_str().unwrap().ends_with(text), "{add}");
        crate::assert_success(&desk.trigger("match-list-add-173", "ip", IP).await, text);
        let sent: Value = serde_json::from_slice(&desk.writes()[0].body).unwrap();
        assert_eq!(sent["items"][0].get("expiration").cloned().unwrap_or_default(), expiration);
    }
}
