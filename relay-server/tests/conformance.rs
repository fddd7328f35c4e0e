//! The conformance suite against the relay, with two tenants that have a Cloud SIEM each.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::time::Duration;

use relay_server::module_type::module_type;
use serde_json::json;
use sumo_client::testing::{CloudSiem, DataSet, TestCa};
use xdr_module::module_type::Region;
use xdr_module::testing::{Conformance, ConformanceTenant, TestIssuer, TokenClaims};
use xdr_module::{Capability, Module};

use self::common::{Config, PUBLIC_URL, RunningRelay, config, data};

/// The value that both tenants know.
const KNOWN: &str = "192.0.2.1";

/// A deadline that the suite is ready to wait for.
const DEADLINE: Duration = Duration::from_secs(2);

/// Signals for the known value, each marked.
fn marked(mark: &str) -> DataSet {
    let signal = |n: usize| {
        let changes = json!({"name": format!("{mark} {n}"), "allRecords": [{"srcDevice_ip": KNOWN}]});
        data::signal(&format!("{mark}-{n}"), changes)
    };
    let list = json!({"id": "173", "name": "threat", "targetColumn": "Ip"});
    let item = json!({
        "id": "9001", "value": KNOWN, "active": true, "listName": "threat", "expiration": null,
        "meta": {"description": mark, "created": {"username": "a", "when": "2024-09-01T00:00:00"}, "updated": null},
    });
    DataSet::new()
        .signals((0..3).map(signal).collect::<Vec<_>>())
        .match_lists([list])
        .match_list_items([item])
}

async fn cloud_siem(ca: &TestCa, mark: &str) -> (CloudSiem, TokenClaims) {
    let tls = ca.server_config(&["127.0.0.1"]).unwrap();
    let siem = CloudSiem::builder().data(marked(mark)).credentials(mark, format!("key of {mark}"));
    let siem = siem.tls(tls).start().await.unwrap();
    let claims = TokenClaims::default()
        .with("host", siem.api_host())
        .with("access_id", mark)
        .with("access_key", format!("key of {mark}"));
    (siem, claims)
}

fn settings(ca: &TestCa, issuer: &TestIssuer, tenants: [&CloudSiem; 2]) -> Config {
    let mut config = config(ca, [], tenants.map(CloudSiem::api_host));
    issuer.apply_to(&mut config.service);
    config.service.requests.deadline = DEADLINE;
    config.service.requests.body_timeout = DEADLINE;
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_passes() {
    let (ca, issuer) = (TestCa::new().unwrap(), TestIssuer::start().unwrap());
    let ((alpha, alpha_claims), (omega, omega_claims)) =
        (cloud_siem(&ca, "alpha").await, cloud_siem(&ca, "omega").await);
    let config = settings(&ca, &issuer, [&alpha, &omega]);
    let relay = RunningRelay::start(&config);
    let unusable = |claim: &str, value: serde_json::Value| TokenClaims::default().with(claim, value);
    let report = Conformance::new(format!("http://{}", relay.address()), &issuer)
        .with_audience(PUBLIC_URL)
        .with_capabilities([
            Capability::Observe,
            Capability::Refer,
            Capability::Deliberate,
            Capability::Tiles,
        ])
        .with_observables([("ip", KNOWN)])
        .with_claims(alpha_claims.clone())
        .with_tenants([
            ConformanceTenant::new(alpha_claims, "alpha"),
            ConformanceTenant::new(omega_claims, "omega"),
        ])
        .with_refused_claims([
            unusable("access_id", json!(null)),
            unusable("access_key", json!(7)),
            unusable("host", json!("elsewhere.example.com")),
        ])
        .with_limits(config.service.requests)
        .with_module_type(module_type(&config.module().capabilities()).record(
            &config.module(),
            Region::Us,
            PUBLIC_URL,
        ))
        .run()
        .await;
    report.assert_passed();
    assert!(report.cases() > 1000, "{report}");
}
