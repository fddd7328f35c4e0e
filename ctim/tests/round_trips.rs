//! Reading and writing again: the kept values, the normalized values, and the way that changes
//! nothing else.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use ctim::{Entity, Rule};
use serde_json::{Value, json};

fn written_again(text: &str) -> String {
    serde_json::to_string(&Entity::from_json(text).unwrap()).unwrap()
}

#[test]
fn what_the_model_knows_and_what_it_does_not_is_kept() {
    let cases = [
        // Unknown fields, words that are not listed, null, and lists that are present but empty.
        r#"{"type":"casebook","id":"anything","schema_version":"x","texts":[],"tlp":"purple","new":{"a":[1.50,null]}}"#,
        r#"{"type":"casebook","id":"transient:1","schema_version":"1.3.29","title":null}"#,
        r#"{"type":"data-table","id":"transient:1","schema_version":"1.3.29","valid_time":{},"columns":null,"rows":null}"#,
        // Numbers of fields that may have a fraction.
        r#"{"type":"incident","id":"transient:1","schema_version":"1.3.29","confidence":"High","incident_time":{"opened":"2024-05-01T10:15:30.000Z"},"status":"Open","scores":{"asset":5,"ttp":5.0}}"#,
    ];
    for text in cases {
        assert_eq!(
            serde_json::from_str::<Value>(&written_again(text)).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
    }
}

#[test]
fn what_is_normalized_is_what_the_documentation_says() {
    let sighting = |time: &str, count: &str| {
        format!(
            r#"{{"type":"sighting","id":"transient:1","schema_version":"1.3.29","confidence":"High","count":{count},"observed_time":{{"start_time":"{time}"}}}}"#
        )
    };
    let canonical = sighting("2024-05-01T10:15:30.123Z", "1");
    let same = [
        sighting("2024-05-01T10:15:30.123456Z", "1"),
        sighting("2024-05-01T12:15:30.123+02:00", "1"),
        sighting("2024-05-01T10:15:30.123", "1.0"),
        // The order of members; members that come twice.
        canonical
            .replace(r#""type":"sighting","id":"transient:1""#, r#""id":"transient:1","type":"sighting""#),
        canonical.replace(r#""id":"transient:1""#, r#""id":"transient:0","id":"transient:1""#),
    ];
    for text in same {
        assert_eq!(written_again(&text), canonical, "{text}");
    }
    assert_eq!(written_again(&canonical), canonical);
}

#[test]
fn patching_the_json_by_the_pointers_of_a_report_changes_nothing_else() {
    let mut json = json!({
        "owner": {"z": 1, "a": 2}, "type": "sighting", "id": "transient:1", "schema_version": "1.3.29",
        "confidence": "high", "count": 1.0,
        "observed_time": {"start_time": "2024-05-01T10:15:30.123456Z", "end_time": "2024-05-01 10:15:30.2"}
    });
    let before = json.clone();
    for violation in Entity::check_json(&json) {
        let place = json.pointer_mut(&violation.pointer).unwrap();
        match violation.rule {
            Rule::Vocabulary => *place = json!("High"),
            Rule::TimeForm => {
                let time: ctim::Time = place.as_str().unwrap().parse().unwrap();
                *place = json!(time);
            }
            _ => {}
        }
    }
    let mut expected = before;
    expected["confidence"] = json!("High");
    expected["observed_time"]["end_time"] = json!("2024-05-01T10:15:30.200Z");
    assert_eq!(json.to_string(), expected.to_string());
    let left: Vec<_> = Entity::check_json(&json).into_iter().map(|violation| violation.rule).collect();
    assert_eq!(left, [Rule::UnknownField]);
}

#[test]
fn a_required_list_that_was_null_is_written_with_its_elements_once_it_has_some() {
    let text = r#"{"type":"data-table","id":"transient:1","schema_version":"1.3.29","valid_time":{},"columns":[],"rows":null}"#;
    let mut table = ctim::DataTable::try_from(Entity::from_json(text).unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&table).unwrap()["rows"], json!(null));
    table.rows.push(vec![json!(1)]);
    assert_eq!(serde_json::to_value(&table).unwrap()["rows"], json!([[1]]));
}
