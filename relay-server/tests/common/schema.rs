//! Whether answers are what the model and its JSON Schema demand.

use ctim::{EntityLists, Validate};
use serde_json::Value;

use super::Answer;

/// Fails unless the data of an observe answer reads as CTIM, is valid, and is written back the same.
#[track_caller]
pub(crate) fn assert_is_ctim(answer: &Answer) {
    let answer = answer.json();
    let Some(data) = answer.get("data") else { return };
    let lists: EntityLists =
        serde_json::from_value(data.clone()).unwrap_or_else(|error| panic!("{error}: {data:#}"));
    let report = lists.validate();
    assert!(report.is_valid(), "{:#?}", report.errors().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(serde_json::to_value(&lists).unwrap(), *data);
}

/// The part of the reference schema that describes one kind of answer, with formats checked.
pub(crate) struct AnswerSchema(jsonschema::Validator);

impl AnswerSchema {
    /// The definition `name` of `schema`.
    pub(crate) fn new(schema: &Value, name: &str) -> Self {
        let schema = serde_json::json!({
            "$schema": schema["$schema"],
            "$defs": schema["$defs"],
            "$ref": format!("#/$defs/{name}"),
        });
        Self(jsonschema::options().should_validate_formats(true).build(&schema).unwrap())
    }

    #[track_caller]
    pub(crate) fn assert_holds(&self, answer: &Value) {
        let problems: Vec<String> =
            self.0.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{problems:#?}\n{answer:#}");
    }
}
