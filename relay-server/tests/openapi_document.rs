//! The checked-in OpenAPI document is the one that this build makes.

use std::path::{Path, PathBuf};

use relay_server::api;

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi").join(name)
}

#[test]
fn the_checked_in_document_is_that_of_this_build() {
    let advice =
        "print it anew: cargo run -p relay-server -- openapi > openapi/relay.json (and --format yaml)";
    for (name, made) in [("relay.json", api::document_json()), ("relay.yaml", api::document_yaml())] {
        let text = std::fs::read_to_string(kept(name)).unwrap();
        assert!(text == made, "openapi/{name} is out of date; {advice}");
    }
}
