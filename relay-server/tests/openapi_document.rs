//! The checked-in OpenAPI document is the one that this build makes.

use std::path::Path;

use relay_server::api;

fn kept(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_checked_in_document_is_that_of_this_build() {
    let advice =
        "print it anew: cargo run -p relay-server -- openapi > openapi/relay.json (and --format yaml)";
    assert!(kept("relay.json") == api::document_json(), "openapi/relay.json is out of date; {advice}");
    assert!(kept("relay.yaml") == api::document_yaml(), "openapi/relay.yaml is out of date; {advice}");
}
