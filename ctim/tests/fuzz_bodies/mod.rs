//! The bodies of the fuzz targets; the plain tests run them over the corpus.

use ctim::{Bundle, Entity, EntityLists, Graph, Report, Rule, Truncate, Validate, Violation};
use serde_json::Value;

/// Reads and judges any entity in every way, and expects the ways to agree.
pub fn entity(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let fast = Entity::from_json(text);
    let report = Entity::check_text(text);
    assert!(fast.is_ok() || !report.is_valid(), "unreadable, but without an error: {fast:?}");
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(fast.is_err(), "read as an entity, but it is no JSON");
        return;
    };
    let buffered = serde_json::from_value::<Entity>(value.clone());
    assert_eq!(buffered.as_ref().ok(), fast.as_ref().ok(), "text and value are read differently");
    let is_readable = serde_json::from_value::<EntityLists>(value.clone()).is_ok();
    assert!(
        is_readable || !EntityLists::check_json(&value).is_valid(),
        "an unreadable answer without an error"
    );
    let judged = Entity::check_json(&value);
    assert!(judged.iter().all(|violation| report.iter().any(|other| other == violation)));
    match fast {
        Err(error) => {
            // Judging may name a place further inside, such as one of several scores.
            let is_named = judged.errors().any(|violation| violation.pointer.starts_with(error.pointer()));
            assert!(is_named, "{error}, but judged:\n{judged}");
        }
        Ok(mut entity) => {
            assert_eq!(but_forms(&entity.validate()), but_forms(&judged), "validated and judged differently");
            let written = serde_json::to_string(&entity).unwrap_or_default();
            let again = Entity::from_json(&written);
            assert_eq!(again.as_ref(), Ok(&entity), "not the same after being written and read");
            assert_eq!(serde_json::to_string(&again.ok()).unwrap_or_default(), written);
            assert!(written_forms(&written).is_empty(), "written in a form that is refused: {written}");
            entity.truncate();
            assert!(entity.truncate().is_empty(), "a second cut found more to cut");
        }
    }
}

/// The violations besides the written forms of times, which reading mends.
fn but_forms(report: &Report) -> Vec<&Violation> {
    report.iter().filter(|violation| violation.rule != Rule::TimeForm).collect()
}

/// The times that the crate itself wrote wrongly. Those outside of the model's years are wrong
/// anyway.
fn written_forms(written: &str) -> Vec<Violation> {
    let report = Entity::check_text(written);
    let out_of_range: Vec<String> = report
        .iter()
        .filter(|violation| violation.rule == Rule::TimeRange)
        .map(|violation| violation.pointer.clone())
        .collect();
    let is_wrong = |violation: &Violation| {
        matches!(violation.rule, Rule::TimeForm | Rule::DuplicateMember | Rule::Json)
            && !out_of_range.contains(&violation.pointer)
    };
    report.into_iter().filter(is_wrong).collect()
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
    let was_whole = bundle.check_references().is_valid();
    let left_out = bundle.cap_lists(8);
    let is_whole = bundle.check_references().is_valid();
    assert!(!was_whole || is_whole == left_out.dangling.is_empty(), "what dangles is not told");
    let count = bundle.len();
    let split = bundle.split_for_import(3);
    let are_whole = split.bundles.iter().all(|part| part.check_references().is_valid());
    assert!(!is_whole || are_whole == split.dangling.is_empty(), "what dangles is not told");
    let parts: usize = split.bundles.iter().map(Bundle::len).sum();
    assert!(parts + split.left_out.len() >= count, "an entity was lost");
    assert!(split.bundles.iter().all(|part| part.len() <= 3), "a part is too large");
}
