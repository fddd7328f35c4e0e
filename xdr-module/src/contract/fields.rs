//! Fields of request bodies, and the printed form of their errors.

use serde_json::{Map, Value};

use super::python_literal::PythonLiteral;

/// The text for a body that is not of the expected JSON type.
pub(crate) const INVALID_INPUT: &str = "{'_schema': ['Invalid input type.']}";

/// Takes a required text out of the fields of a body, or returns its error.
pub(super) fn text(fields: &mut Map<String, Value>, name: &str, limit: usize) -> Result<String, String> {
    match fields.remove(name) {
        None => Err(complaint(name, "Missing data for required field.")),
        Some(Value::Null) => Err(complaint(name, "Field may not be null.")),
        Some(Value::String(text)) if text.is_empty() => Err(complaint(name, "Field may not be blank.")),
        Some(Value::String(text)) if text.len() > limit => {
            Err(complaint(name, &format!("Longer than {limit} bytes ({}).", text.len())))
        }
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(complaint(name, "Not a valid string.")),
    }
}

/// Returns the error of a field.
pub(super) fn complaint(field: &str, text: &str) -> String {
    format!("{}: ['{text}']", PythonLiteral(field))
}

/// Returns the message for a body with these complaints.
pub(super) fn message(complaints: impl IntoIterator<Item = String>) -> String {
    format!("{{{}}}", complaints.into_iter().collect::<Vec<_>>().join(", "))
}
