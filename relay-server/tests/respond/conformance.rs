//! The conformance suite against a relay with response actions.

use relay_server::module_type::module_type;
use serde_json::json;
use sumo_client::testing::TestCa;
use xdr_module::module_type::Region;
use xdr_module::testing::{Conformance, TestIssuer, TokenClaims};
use xdr_module::{Capability, Module};

use crate::common::{ACCESS_ID, ACCESS_KEY, PUBLIC_URL, RunningRelay, config, stand_in};
use crate::{IP, everything};

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_passes_with_response_actions() {
    let (ca, issuer) = (TestCa::new().unwrap(), TestIssuer::start().unwrap());
    let tls = ca.server_config(&["127.0.0.1"]).unwrap();
    let siem =
        stand_in(everything()).appearance_delay(std::time::Duration::ZERO).tls(tls).start().await.unwrap();
    let mut config = config(&ca, [], [siem.api_host()]);
    issuer.apply_to(&mut config.service);
    config.sumo.respond.is_on = true;
    config.sumo.respond.appearance_delay = std::time::Duration::ZERO;
    let relay = RunningRelay::start(&config);
    let claims = TokenClaims::default()
        .with("host", siem.api_host())
        .with("access_id", ACCESS_ID)
        .with("access_key", ACCESS_KEY)
        .with("respond", true)
        .with("respond_match_lists", "blocked_ips")
        .with("respond_suppress_lists", "noisy")
        .with("respond_threat_source", "soc")
        .with("respond_insights", true)
        .with("respond_entities", true);
    let offered = config.module().capabilities();
    assert!(offered.contains(&Capability::Respond));
    let report = Conformance::new(format!("http://{}", relay.address()), &issuer)
        .with_audience(PUBLIC_URL)
        .with_capabilities(offered.clone())
        .with_observables([("ip", IP)])
        .with_claims(claims)
        .with_trigger(json!({
            "action-id": "sumo-cse-match-list-add-173", "observable_type": "ip", "observable_value": IP
        }))
        .with_limits(config.service.requests)
        .with_module_type(module_type(&offered).record(&config.module(), Region::Us, PUBLIC_URL))
        .only(["respond", "validation.trigger", "module_type", "document", "routing", "authorization"])
        .run()
        .await;
    report.assert_passed();
    let writes = siem.recorded().iter().filter(|call| call.method == http::Method::POST).count();
    assert_eq!(writes, 1, "all triggers of the suite are one write");
}
