//! Fields of request bodies, and the printed form of their errors.

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde_json::value::RawValue;

use super::python_literal::PythonLiteral;

/// The text for a body that is not of the expected JSON type.
pub(crate) const INVALID_INPUT: &str = "{'_schema': ['Invalid input type.']}";

/// The length of a message after which no error is added, in bytes.
const MESSAGE_BYTES: usize = 16 * 1024;

/// The most bytes of the name of a field that a message repeats.
const NAME_BYTES: usize = 256;

/// The sign for what a message leaves out.
const LEFT_OUT: &str = "...";

/// The error of a field.
pub(super) struct FieldError<'a> {
    field: Cow<'a, str>,
    text: Cow<'static, str>,
}

impl fmt::Display for FieldError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ['{}']", PythonLiteral(&shortened(&self.field)), self.text)
    }
}

/// Returns a name that is not too long, or the start of one that is.
fn shortened(name: &str) -> Cow<'_, str> {
    if name.len() <= NAME_BYTES {
        return name.into();
    }
    let end = (0..=NAME_BYTES).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{LEFT_OUT}", name.get(..end).unwrap_or_default()).into()
}

/// Reads a required text among the fields of a body, or returns its error.
pub(super) fn text<'n>(
    field: Option<&RawValue>,
    name: &'n str,
    limit: usize,
) -> Result<String, FieldError<'n>> {
    let Some(field) = field else { return Err(field_error(name, "Missing data for required field.")) };
    match serde_json::from_str::<Option<String>>(field.get()) {
        Ok(None) => Err(field_error(name, "Field may not be null.")),
        Ok(Some(text)) if text.is_empty() => Err(field_error(name, "Field may not be blank.")),
        Ok(Some(text)) if text.len() > limit => {
            Err(field_error(name, format!("Longer than {limit} bytes ({}).", text.len())))
        }
        Ok(Some(text)) => Ok(text),
        Err(_other_type) => Err(field_error(name, "Not a valid string.")),
    }
}

/// Returns the error of a field.
pub(super) fn field_error<'a>(
    field: impl Into<Cow<'a, str>>,
    text: impl Into<Cow<'static, str>>,
) -> FieldError<'a> {
    FieldError { field: field.into(), text: text.into() }
}

/// Returns the message for a body with these errors.
pub(super) fn message<'a>(errors: impl IntoIterator<Item = FieldError<'a>>) -> String {
    let mut message = String::new();
    write_list(&mut message, errors);
    message
}

/// The message for a list of which some items have errors.
///
/// Errors are written as they come, and only as many as are of use: a body may be the reason
/// for a hundred thousand of them.
#[derive(Default)]
pub(super) struct ListMessage {
    text: String,
    is_full: bool,
}

impl ListMessage {
    /// Adds the errors about an item, or a sign that there are more when the message is long.
    pub(super) fn add<'a>(&mut self, index: usize, errors: impl IntoIterator<Item = FieldError<'a>>) {
        if self.is_full {
            return;
        }
        self.text.push_str(if self.text.is_empty() { "{" } else { ", " });
        self.is_full = self.text.len() >= MESSAGE_BYTES;
        if self.is_full {
            return self.text.push_str(LEFT_OUT);
        }
        // A text takes all that is written to it.
        let _ = write!(self.text, "{index}: ");
        write_list(&mut self.text, errors);
    }

    /// Returns the message, if there was any error.
    pub(super) fn finish(mut self) -> Option<String> {
        if self.text.is_empty() {
            return None;
        }
        self.text.push('}');
        Some(self.text)
    }
}

fn write_list<'a>(message: &mut String, errors: impl IntoIterator<Item = FieldError<'a>>) {
    let mut start = "{";
    for error in errors {
        message.push_str(start);
        if message.len() >= MESSAGE_BYTES {
            message.push_str(LEFT_OUT);
            break;
        }
        let _ = write!(message, "{error}");
        start = ", ";
    }
    message.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(name: &str) -> FieldError<'_> {
        field_error(name, "Unknown field.")
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let (whole, long) = ("n".repeat(NAME_BYTES), "é".repeat(NAME_BYTES));
        assert_eq!(unknown(&whole).to_string(), format!("'{whole}': ['Unknown field.']"));
        let start = "é".repeat(NAME_BYTES / 2);
        assert_eq!(unknown(&long).to_string(), format!("'{start}...': ['Unknown field.']"));
        let odd = format!("a{long}");
        assert!(unknown(&odd).to_string().starts_with("'aé") && unknown(&odd).to_string().contains("é...'"));
    }

    #[test]
    fn errors_about_an_item_end_when_the_message_is_long() {
        let names: Vec<_> = (0..100_000).map(|name| name.to_string()).collect();
        let message = message(names.iter().map(|name| unknown(name)));
        assert!(message.starts_with("{'0': ['Unknown field.'], '1': "));
        assert!(message.ends_with("['Unknown field.'], ...}") && message.len() < MESSAGE_BYTES + 100);
    }

    #[test]
    fn errors_about_items_end_when_the_message_is_long() {
        let mut list = ListMessage::default();
        (0..100_000).for_each(|index| list.add(index, [unknown("a")]));
        let message = list.finish().unwrap();
        assert!(message.starts_with("{0: {'a': ['Unknown field.']}, 1: {'a': "));
        assert!(message.ends_with("['Unknown field.']}, ...}") && message.len() < MESSAGE_BYTES + 100);
    }
}
