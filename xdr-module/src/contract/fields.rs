//! Fields of request bodies, and the printed form of their errors.

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde_json::value::RawValue;

use super::python_literal::PythonLiteral;

/// The text for a body that is not of the expected JSON type.
pub(crate) const INVALID_INPUT: &str = "{'_schema': ['Invalid input type.']}";

/// The error of a field.
pub(super) struct Complaint<'a> {
    field: Cow<'a, str>,
    text: Cow<'static, str>,
}

impl fmt::Display for Complaint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ['{}']", PythonLiteral(&self.field), self.text)
    }
}

/// Reads a required text among the fields of a body, or returns its error.
pub(super) fn text<'n>(
    field: Option<&RawValue>,
    name: &'n str,
    limit: usize,
) -> Result<String, Complaint<'n>> {
    let Some(field) = field else { return Err(complaint(name, "Missing data for required field.")) };
    match serde_json::from_str::<Option<String>>(field.get()) {
        Ok(None) => Err(complaint(name, "Field may not be null.")),
        Ok(Some(text)) if text.is_empty() => Err(complaint(name, "Field may not be blank.")),
        Ok(Some(text)) if text.len() > limit => {
            Err(complaint(name, format!("Longer than {limit} bytes ({}).", text.len())))
        }
        Ok(Some(text)) => Ok(text),
        Err(_other_type) => Err(complaint(name, "Not a valid string.")),
    }
}

/// Returns the error of a field.
pub(super) fn complaint<'a>(
    field: impl Into<Cow<'a, str>>,
    text: impl Into<Cow<'static, str>>,
) -> Complaint<'a> {
    Complaint { field: field.into(), text: text.into() }
}

/// Returns the message for a body with these complaints.
pub(super) fn message<'a>(complaints: impl IntoIterator<Item = Complaint<'a>>) -> String {
    let mut message = String::new();
    write_list(&mut message, complaints);
    message
}

/// The message for a list of which some items have complaints.
///
/// Complaints are written as they come: a body may be the reason for a hundred thousand of them.
#[derive(Default)]
pub(super) struct ListMessage(String);

impl ListMessage {
    /// Adds the complaints about an item.
    pub(super) fn add<'a>(&mut self, index: usize, complaints: impl IntoIterator<Item = Complaint<'a>>) {
        let start = if self.0.is_empty() { "{" } else { ", " };
        // A text takes all that is written to it.
        let _ = write!(self.0, "{start}{index}: ");
        write_list(&mut self.0, complaints);
    }

    /// Returns the message, if there was any complaint.
    pub(super) fn finish(mut self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push('}');
        Some(self.0)
    }
}

fn write_list<'a>(message: &mut String, complaints: impl IntoIterator<Item = Complaint<'a>>) {
    let mut start = "{";
    for complaint in complaints {
        let _ = write!(message, "{start}{complaint}");
        start = ", ";
    }
    message.push('}');
}
