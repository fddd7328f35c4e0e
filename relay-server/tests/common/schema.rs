//! Checks answers against the model and its JSON Schema.

use ctim::{EntityLists, Validate, Violation};
use serde_json::Value;

use super::Answer;

/// Fails unless the data of an observe answer reads as CTIM, is valid, and is written back the
/// same.
#[track_caller]
pub(crate) fn assert_is_ctim(answer: &Answer) {
    assert_holds_ctim(&answer.json());
}

/// The same for the body of an answer.
#[track_caller]
pub(crate) fn assert_holds_ctim(answer: &Value) {
    assert_holds_ctim_but(answer, |_| false);
}

/// The same, with leave for some violations.
#[track_caller]
pub(crate) fn assert_holds_ctim_but(answer: &Value, is_fine: impl Fn(&Violation) -> bool) {
    let Some(data) = answer.get("data") else { return };
    let lists: EntityLists =
        serde_json::from_value(data.clone()).unwrap_or_else(|error| panic!("{error}: {data:#}"));
    let report = lists.validate();
    let errors: Vec<_> = report.errors().filter(|error| !is_fine(error)).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(serde_json::to_value(&lists).unwrap(), *data);
}

/// A schema that describes one kind of answer, with formats checked.
pub(crate) struct AnswerSchema(jsonschema::Validator);

impl AnswerSchema {
    /// The definition `name` of the reference schema.
    pub(crate) fn new(schema: &Value, name: &str) -> Self {
        Self::of(&serde_json::json!({
            "$schema": schema["$schema"],
            "$defs": schema["$defs"],
            "$ref": format!("#/$defs/{name}"),
        }))
    }

    /// Returns the schema of the relay's own document for answers of `POST {path}` with status 200.
    pub(crate) fn documented(path: &str) -> Self {
        let document: Value = serde_json::from_str(&crate::common::document()).unwrap();
        let content = &document["paths"][path]["post"]["responses"]["200"]["content"];
        let mut schema = content["application/json"]["schema"].clone();
        schema["components"] = document["components"].clone();
        Self::of(&schema)
    }

    fn of(schema: &Value) -> Self {
        Self(jsonschema::options().should_validate_formats(true).build(schema).unwrap())
    }

    #[track_caller]
    pub(crate) fn assert_holds(&self, answer: &Value) {
        let problems: Vec<String> =
            self.0.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{problems:#?}\n{answer:#}");
    }
}
