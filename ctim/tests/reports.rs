//! Reports as results, as errors, as JSON, and their texts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use ctim::{Entity, EntityLists, Report, Rule, Validate};
use serde_json::json;

fn bundle() -> serde_json::Value {
    json!({
        "type": "bundle", "id": "transient:b", "schema_version": "1.3.29", "source": "test", "valid_time": {},
        "sightings": [{
            "type": "sighting", "id": "transient:s", "schema_version": "1.3.29", "confidence": "high", "count": 1,
            "observed_time": {"start_time": "2024-05-01T10:15:30"},
            "observables": [{"type": "IPv6", "value": ""}]
        }],
        "verdicts": [{
            "type": "verdict", "disposition": 9, "valid_time": {},
            "observable": {"type": "ip", "value": "198.51.100.7"}
        }],
        "indicators": [{"type": "indicator", "id": "transient:i", "schema_version": "1.3.29", "valid_time": {}}],
        "unheard_of": 1
    })
}

fn found(report: &Report) -> Vec<(String, String, Option<String>)> {
    let line = |violation: &ctim::Violation| {
        let id = violation.entity_id().map(ToString::to_string);
        (format!("{} {}", violation.level, violation.rule), violation.pointer.clone(), id)
    };
    report.iter().map(line).collect()
}

fn expected(lines: &[(&str, &str, &str)]) -> Vec<(String, String, Option<String>)> {
    let line = |(rule, pointer, id): &(&str, &str, &str)| {
        ((*rule).to_owned(), (*pointer).to_owned(), Some((*id).to_owned()))
    };
    lines.iter().map(line).collect()
}

#[test]
fn each_violation_names_the_entity_that_it_is_in() {
    let mut readable = bundle();
    readable["indicators"][0]["producer"] = json!("test");
    let entity: Entity = serde_json::from_value(readable).unwrap();
    assert_eq!(
        found(&entity.validate()),
        expected(&[
            ("error vocabulary", "/sightings/0/confidence", "transient:s"),
            ("warning time-form", "/sightings/0/observed_time/start_time", "transient:s"),
            ("error vocabulary", "/sightings/0/observables/0/type", "transient:s"),
            ("warning empty", "/sightings/0/observables/0", "transient:s"),
            ("error vocabulary", "/verdicts/0/disposition", "transient:b"),
            ("error unknown-field", "/unheard_of", "transient:b"),
        ])
    );
}

#[test]
fn so_does_each_of_json_that_cannot_be_read() {
    assert_eq!(
        found(&Entity::check_json(&bundle())),
        expected(&[
            ("error required", "/indicators/0/producer", "transient:i"),
            ("error vocabulary", "/sightings/0/confidence", "transient:s"),
            ("error vocabulary", "/sightings/0/observables/0/type", "transient:s"),
            ("warning empty", "/sightings/0/observables/0", "transient:s"),
            ("error time-form", "/sightings/0/observed_time/start_time", "transient:s"),
            ("error vocabulary", "/verdicts/0/disposition", "transient:b"),
            ("error unknown-field", "/unheard_of", "transient:b"),
        ])
    );
}

#[test]
fn ids_that_are_too_long_are_not_repeated() {
    let mut casebook = json!({"type": "casebook", "id": format!("transient:{}", "x".repeat(3000)), "a": 1});
    let report = Entity::check_json(&casebook);
    assert!(report.len() > 2 && report.iter().all(|violation| violation.entity_id().is_none()));
    casebook["schema_version"] = json!("1.3.29");
    assert!(Entity::check_json(&casebook).iter().all(|violation| violation.entity_id().is_none()));
}

#[test]
fn words_that_are_nearly_listed_come_with_the_listed_one() {
    let report = Entity::check_json(&bundle());
    let details: Vec<_> = report.errors().map(|error| error.detail.as_str()).collect();
    assert!(
        details.contains(&"\"high\" is not on the closed list HighMedLow; did you mean \"High\"?"),
        "{details:?}"
    );
    assert!(
        details
            .contains(&"\"IPv6\" is not on the closed list ObservableTypeIdentifier; did you mean \"ipv6\"?"),
        "{details:?}"
    );
}

#[test]
fn a_violation_suggests_what_could_stand_there() {
    let mut json = bundle();
    let mended = Entity::check_json(&json).mend(&mut json);
    assert!(mended.len() == 3 && mended.iter().all(|violation| violation.suggestion().is_some()), "{mended}");
    let left = Entity::check_json(&json);
    let mut in_sighting = left.iter().filter(|violation| violation.pointer.starts_with("/sightings"));
    assert!(in_sighting.all(|violation| violation.rule == Rule::Empty), "{left}");

    let casebook = json!({
        "type": "casebook", "id": "transient:1", "schema_version": "1.3.29", "tlp": "blue", "timestamp": "soon"
    });
    let report = Entity::check_json(&casebook);
    assert_eq!(report.len(), 2, "{report}");
    assert!(report.iter().all(|violation| violation.suggestion().is_none()), "{report}");
    // A time outside of the model's range is as wrong in any other form.
    for time in ["1960-01-01T00:00:00Z", "1960-01-01", "2525-01-02T00:00:00.000Z"] {
        let mut casebook = json!({
            "type": "casebook", "id": "transient:1", "schema_version": "1.3.29", "timestamp": time
        });
        let before = Entity::check_json(&casebook);
        assert!(!before.is_valid());
        assert_eq!(before.clone().mend(&mut casebook).len(), 0, "{before}");
        assert_eq!(casebook["timestamp"], time);
    }
    let written = serde_json::to_value(Entity::check_json(&bundle())).unwrap();
    assert!(
        written.as_array().unwrap().iter().any(|violation| violation["suggestion"] == "High"),
        "{written}"
    );
}

#[test]
fn a_report_is_a_result_an_error_and_json() {
    let error: Box<dyn std::error::Error> = Entity::check_json(&bundle()).into_result().unwrap_err().into();
    assert_eq!(error.to_string().lines().count(), 7);

    let warnings = Entity::check_json(&json!({
        "type": "verdict", "disposition": 1, "valid_time": {}, "observable": {"type": "ip", "value": ""}
    }));
    let warnings = warnings.into_result().unwrap();
    assert_eq!(
        serde_json::to_value(&warnings).unwrap(),
        json!([{
            "level": "warning", "rule": "empty", "pointer": "/observable",
            "detail": "the observable has an empty value"
        }])
    );
}

#[test]
fn ranges_that_are_only_documented_are_warnings() {
    let judgement = |priority: i64| {
        json!({
            "type": "judgement", "id": "transient:j", "schema_version": "1.3.29", "source": "test",
            "confidence": "High", "severity": "High", "disposition": 1, "disposition_name": "Clean",
            "priority": priority, "valid_time": {}, "observable": {"type": "ip", "value": "198.51.100.7"}
        })
    };
    for (priority, count) in [(-1, 1), (0, 0), (100, 0), (101, 1)] {
        let report = Entity::check_json(&judgement(priority));
        assert!(report.is_valid());
        assert_eq!(report.warnings().count(), count, "{priority}");
    }
    let incident = |scores: serde_json::Value| {
        json!({
            "type": "incident", "id": "transient:i", "schema_version": "1.3.29", "confidence": "High",
            "status": "Open", "incident_time": {"opened": "2024-05-01T10:15:30Z"}, "scores": scores
        })
    };
    let report =
        Entity::check_json(&incident(json!({"asset": 11, "ttp": 100, "global": 1000.5, "own": 5000})));
    let places: Vec<_> = report.warnings().map(|warning| warning.pointer.as_str()).collect();
    assert!(report.is_valid());
    assert_eq!(places, ["/scores/asset", "/scores/global"]);
}

#[test]
fn answers_are_judged_as_they_are_written() {
    let verdict = json!({
        "type": "verdict", "disposition": 1, "valid_time": {"start_time": "2024-05-01"},
        "observable": {"type": "ip", "value": "198.51.100.7"}
    });
    let mut other = verdict.clone();
    other["valid_time"] = json!({});
    let relationship = json!({
        "type": "relationship", "id": "transient:r", "schema_version": "1.3.29", "source_ref": "transient:r",
        "target_ref": "transient:x", "relationship_type": "related-to"
    });
    let report = EntityLists::check_json(&json!({
        "verdicts": {"count": 3, "docs": [verdict, other, other], "more": 1},
        "relationships": {"count": 2, "docs": [relationship]},
        "sightings": null,
        "casebooks": {"count": 0, "docs": []},
    }));
    let mut places: Vec<_> =
        report.iter().map(|violation| (violation.pointer.as_str(), violation.rule.as_str())).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            ("/casebooks", "unknown-field"),
            ("/relationships/count", "count"),
            ("/relationships/docs/0/target_ref", "dangling-reference"),
            ("/sightings", "null"),
            ("/verdicts/docs/0/valid_time/start_time", "time-form"),
            ("/verdicts/docs/2", "duplicate"),
            ("/verdicts/more", "unknown-field"),
        ]
    );
    // JSON that cannot be read has an error.
    for unreadable in [
        json!(1),
        json!({"sightings": 1}),
        json!({"sightings": {"count": 0}}),
        json!({"sightings": {"docs": []}}),
        json!({"sightings": {"count": -1, "docs": []}}),
        json!({"sightings": {"count": 1.0, "docs": []}}),
        json!({"sightings": {"count": 0, "docs": {}}}),
        json!({"sightings": {"count": 1, "docs": [{}]}}),
    ] {
        assert!(serde_json::from_value::<EntityLists>(unreadable.clone()).is_err());
        assert!(!EntityLists::check_json(&unreadable).is_valid(), "{unreadable}");
    }
    assert!(EntityLists::check_json(&json!({})).is_empty());
}

/// Found by a fuzzer: the first members cannot be read, and the last ones count.
#[test]
fn reading_and_judging_agree_on_members_that_come_twice() {
    let text = r#"{"type":"verlict","type":"casebook","id":"a","id":"transient:b","schema_version":"0.3.29","title":null,"title":"t"}"#;
    let Ok(Entity::Casebook(casebook)) = Entity::from_json(text) else { panic!("cannot be read") };
    assert_eq!(casebook.title.as_deref(), Some("t"));
    assert_eq!(serde_json::from_str::<Entity>(text).unwrap(), casebook.into());

    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert!(Entity::check_json(&value).is_empty());
    let report = Entity::check_text(text);
    let places: Vec<_> = report.iter().map(|violation| violation.pointer.as_str()).collect();
    assert_eq!(places, ["/type", "/id", "/title"]);
    assert!(report.iter().all(|violation| violation.rule == Rule::DuplicateMember));
}
