//! Observables: the body of most requests, and why a body is refused.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::fields::{FieldError, INVALID_INPUT, ListMessage, field_error, text};
use super::json;

/// A value that an analyst asks about, with its type.
///
/// `kind` is any text: XDR knows types before CTIM lists them.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub struct Observable {
    /// The type, such as `ip`, `domain` or `sha256`.
    pub kind: String,
    /// The value as XDR sent it.
    pub value: String,
}

impl From<&Observable> for ctim::Observable {
    /// Returns the observable as entities name it.
    fn from(observable: &Observable) -> Self {
        Self::new(observable.kind.as_str(), observable.value.as_str())
    }
}

/// Bounds of a request body; all limit the size of an observable, none its meaning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ObservableLimits {
    /// Observables in a request.
    pub items: usize,
    /// Bytes of an observable's value in UTF-8.
    pub value_bytes: usize,
    /// Bytes of an observable's type in UTF-8.
    pub kind_bytes: usize,
}

impl Default for ObservableLimits {
    fn default() -> Self {
        Self { items: 500, value_bytes: 16 * 1024, kind_bytes: 256 }
    }
}

/// Reads the observables of a request body.
///
/// # Errors
/// A text that tells each failing item and field, in the printed form that scripts know from the
/// relay's predecessor, or which limit was passed. After 16 KiB, `...` stands for further fields
/// and items, and after 256 bytes for the rest of a field's name.
pub fn parse(body: &[u8], limits: ObservableLimits) -> Result<Vec<Observable>, String> {
    let not_a_list = || INVALID_INPUT.to_owned();
    let count = json::count_items(body).ok_or_else(not_a_list)?;
    if count > limits.items {
        return Err(format!(
            "The request holds {count} observables; at most {} are searched at once. Send them in several requests.",
            limits.items
        ));
    }
    let mut observables = Vec::with_capacity(count);
    let mut errors = ListMessage::default();
    for (index, item) in json::items(body).ok_or_else(not_a_list)?.into_iter().enumerate() {
        match read_item(item, limits) {
            Ok(observable) => observables.push(observable),
            Err(fields) => errors.add(index, fields.all()),
        }
    }
    errors.finish().map_or(Ok(observables), Err)
}

/// Reads one observable, or returns the errors about its fields.
fn read_item(item: &RawValue, limits: ObservableLimits) -> Result<Observable, ItemErrors<'_>> {
    let mut unknown = BTreeSet::new();
    let known = json::members(item, ["type", "value"], |name, _| {
        unknown.insert(name);
    });
    let Some([kind, value]) = known else {
        return Err(ItemErrors { known: vec![field_error("_schema", "Invalid input type.")], unknown });
    };
    let kind = text(kind, "type", limits.kind_bytes);
    let value = text(value, "value", limits.value_bytes);
    match (kind, value) {
        (Ok(kind), Ok(value)) if unknown.is_empty() => Ok(Observable { kind, value }),
        (kind, value) => {
            Err(ItemErrors { known: kind.err().into_iter().chain(value.err()).collect(), unknown })
        }
    }
}

/// The errors about an item: about the fields of the contract, and the names of all others.
struct ItemErrors<'a> {
    known: Vec<FieldError<'a>>,
    unknown: BTreeSet<Cow<'a, str>>,
}

impl<'a> ItemErrors<'a> {
    fn all(self) -> impl Iterator<Item = FieldError<'a>> {
        let unknown = self.unknown.into_iter().map(|name| field_error(name, "Unknown field."));
        self.known.into_iter().chain(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        parse(body.as_bytes(), ObservableLimits::default()).unwrap_err()
    }

    #[test]
    fn bodies_are_refused_in_the_words_scripts_know() {
        let not_a_list = "{'_schema': ['Invalid input type.']}";
        for (body, message) in [
            ("", not_a_list),
            ("nonsense", not_a_list),
            ("null", not_a_list),
            ("{}", not_a_list),
            ("{\"a\": [1]}", not_a_list),
            ("\"text\"", not_a_list),
            ("7", not_a_list),
            ("[] []", not_a_list),
            ("[1]", "{0: {'_schema': ['Invalid input type.']}}"),
            (
                "[null, [1], \"a\"]",
                "{0: {'_schema': ['Invalid input type.']}, 1: {'_schema': ['Invalid input \
              type.']}, 2: {'_schema': ['Invalid input type.']}}",
            ),
            (
                "[{}]",
                "{0: {'type': ['Missing data for required field.'], 'value': ['Missing data for required \
              field.']}}",
            ),
            (r#"[{"type":"ip","value":""}]"#, "{0: {'value': ['Field may not be blank.']}}"),
            (r#"[{"type":null,"value":"a"}]"#, "{0: {'type': ['Field may not be null.']}}"),
            (r#"[{"type":"ip","value":5}]"#, "{0: {'value': ['Not a valid string.']}}"),
            (r#"[{"type":"ip","value":["a"]}]"#, "{0: {'value': ['Not a valid string.']}}"),
            (r#"[{"type":"ip","value":{"a":1}}]"#, "{0: {'value': ['Not a valid string.']}}"),
            (r#"[{"type":"ip","value":"a","z":1}]"#, "{0: {'z': ['Unknown field.']}}"),
            (
                r#"[{"type":"ip","value":"a"},{"type":"","value":true,"it's":{}}]"#,
                "{1: {'type': ['Field may not be blank.'], 'value': ['Not a valid string.'], \"it's\": ['Unknown \
                 field.']}}",
            ),
        ] {
            assert_eq!(refused(body), message, "{body}");
        }
    }

    #[test]
    fn a_message_is_short_however_long_the_names_and_lists_of_a_body_are() {
        let escaped = "\u{7f}".repeat(1_000_000);
        let names: Vec<_> = (0..100_000).map(|name| format!("\"{name}\":0")).collect();
        let members = names.join(",");
        let items = vec![r#"{"\u007f":1,"type":5}"#; 500].join(",");
        for body in [
            format!(r#"[{{"type":"ip","value":"a","{escaped}":0}}]"#),
            format!("[{{{members}}}]"),
            format!("[{items}]"),
        ] {
            let reply = serde_json::to_string(&refused(&body)).unwrap();
            assert!(reply.len() < 20 * 1024, "{} bytes", reply.len());
        }
    }

    #[test]
    fn a_list_may_be_empty_and_a_type_new() {
        assert_eq!(parse(b" [] ", ObservableLimits::default()), Ok(vec![]));
        let body = r#"[{"value":" ","type":"quantum_id"}]"#;
        let observable = Observable { kind: "quantum_id".into(), value: " ".into() };
        assert_eq!(parse(body.as_bytes(), ObservableLimits::default()), Ok(vec![observable]));
    }

    #[test]
    fn limits_are_named() {
        let limits = ObservableLimits { items: 1, value_bytes: 3, kind_bytes: 2 };
        let told = |body: &str| parse(body.as_bytes(), limits).unwrap_err();
        assert!(
            told(r#"[{"type":"ip","value":"a"},{"type":"ip","value":"b"}]"#)
                .contains("2 observables; at most 1")
        );
        assert_eq!(told(r#"[{"type":"ip","value":"abcd"}]"#), "{0: {'value': ['Longer than 3 bytes (4).']}}");
        assert_eq!(told(r#"[{"type":"ipv","value":"abc"}]"#), "{0: {'type': ['Longer than 2 bytes (3).']}}");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body: Vec<u8>) {
            let _ = parse(&body, ObservableLimits::default());
        }

        #[test]
        fn what_is_well_formed_is_kept(kind in "\\PC{1,20}", value in "\\PC{1,40}") {
            let body = serde_json::json!([{"type": kind, "value": value}]).to_string();
            let limits = ObservableLimits::default();
            proptest::prop_assert_eq!(parse(body.as_bytes(), limits), Ok(vec![Observable { kind, value }]));
        }
    }
}
