//! The checked-in OpenAPI document is the one that this build makes.

use std::path::Path;

use relay_server::{CloudSiemModule, SumoConfig};
use xdr_module::{Config, openapi_document};

#[test]
fn the_checked_in_document_is_that_of_this_build() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    if crate_folder.join(".cargo_vcs_info.json").exists() {
        println!("skipped: a package does not have the document beside it");
        return;
    }
    // With everything switched on.
    let mut sumo = SumoConfig::default();
    sumo.respond.is_on = true;
    let module = CloudSiemModule::new(&Config::default(), &sumo).unwrap();
    let kept = crate_folder.join("../openapi/relay.json");
    let kept = std::fs::read_to_string(kept).unwrap();
    let advice = "print it anew: cargo run -p relay-server -- openapi > openapi/relay.json";
    assert!(kept == openapi_document(&module), "openapi/relay.json is out of date; {advice}");
}
