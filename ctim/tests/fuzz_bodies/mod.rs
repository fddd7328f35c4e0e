//! What the fuzz targets do with their input; the plain tests do the same with the corpus.

use ctim::{Bundle, Entity, Graph, Truncate, Validate};
use serde_json::Value;

/// Reads any entity in every way and expects the ways to agree.
pub fn entity(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let fast = Entity::from_json(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(fast.is_err(), "read as an entity, but it is no JSON");
        return;
    };
    let report = Entity::check_json(&value);
    match fast {
        Err(_) => assert!(!report.is_valid(), "unreadable, but without an error"),
        Ok(mut entity) => {
            let written = serde_json::to_string(&entity).unwrap_or_default();
            let again = Entity::from_json(&written);
            assert_eq!(again.as_ref(), Ok(&entity), "not the same after being written and read");
            assert_eq!(serde_json::to_string(&again.ok()).unwrap_or_default(), written);
            let _ = entity.validate().to_string();
            entity.truncate();
            assert!(entity.truncate().is_empty(), "a second cut found more to cut");
        }
    }
}

/// Reads a bundle and does with it all that bundles can.
pub fn bundle(data: &[u8]) {
    let Ok(mut bundle) = serde_json::from_slice::<Bundle>(data) else { return };
    let graph = Graph::new(&bundle);
    let _ = (graph.to_mermaid(), graph.to_dot(), graph.connected_parts());
    let _ = bundle.check_references();
    bundle.merge(bundle.clone());
    bundle.dedupe();
    assert!(bundle.dedupe().is_empty(), "a second run found more duplicates");
    bundle.cap_lists(8);
    let count = bundle.len();
    let split = bundle.split_for_import(3);
    let parts: usize = split.bundles.iter().map(Bundle::len).sum();
    assert!(parts + split.left_out.len() >= count, "an entity was lost");
    assert!(split.bundles.iter().all(|part| part.len() <= 3), "a part is too large");
}
