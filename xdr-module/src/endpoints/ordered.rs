//! JSON whose members keep their order: viewers show a document as it is written.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A JSON value with members in order, where [`Value`] sorts them by name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Ordered {
    Object(IndexMap<String, Ordered>),
    List(Vec<Ordered>),
    Scalar(Value),
}

impl Ordered {
    /// Returns `value` with its members in the order in which it writes them.
    pub(super) fn of(value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value);
        let ordered = text.and_then(|text| serde_json::from_str(&text));
        // The values are of this crate and of poem-openapi, and have texts as keys.
        ordered.unwrap_or(Self::Scalar(Value::Null))
    }

    /// Creates an object of these members.
    pub(super) fn object<N: Into<String>>(members: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Creates a reference to another part of the document, such as `headers/RequestId`.
    pub(super) fn reference(component: &str) -> Self {
        Self::object([("$ref", Self::of(&format!("#/components/{component}")))])
    }

    /// Returns the member that is reached through these names.
    pub(super) fn at(&mut self, names: &[&str]) -> Option<&mut Self> {
        names.iter().try_fold(self, |at, name| match at {
            Self::Object(members) => members.get_mut(*name),
            _ => None,
        })
    }

    /// Adds a member to an object, or replaces it.
    pub(super) fn insert(&mut self, name: &str, value: Self) {
        if let Self::Object(members) = self {
            members.insert(name.to_owned(), value);
        }
    }

    /// Calls `change` with each text that is a member of this name, at any depth.
    pub(super) fn change_texts(&mut self, name: &str, change: &impl Fn(&str) -> String) {
        match self {
            Self::Object(members) => {
                for (member, value) in members {
                    match value {
                        Self::Scalar(Value::String(text)) if member == name => *text = change(text),
                        value => value.change_texts(name, change),
                    }
                }
            }
            Self::List(items) => items.iter_mut().for_each(|item| item.change_texts(name, change)),
            Self::Scalar(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(text: &str) -> Ordered {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn members_keep_their_order() {
        let text = r#"{"z":[1,{"y":-2.5,"x":null}],"a":{"c":"é","b":true}}"#;
        assert_eq!(serde_json::to_string(&ordered(text)).unwrap(), text);
    }

    #[test]
    fn members_are_found_added_and_changed() {
        let mut value = ordered(r#"{"z":{"text":"a"},"text":["b"]}"#);
        value.at(&["z"]).unwrap().insert("more", Ordered::reference("headers/One"));
        value.insert("text", Ordered::of(&"c"));
        value.change_texts("text", &|text| text.to_uppercase());
        let expected = r##"{"z":{"text":"A","more":{"$ref":"#/components/headers/One"}},"text":"C"}"##;
        assert_eq!(serde_json::to_string(&value).unwrap(), expected);
        assert!(value.at(&["z", "none"]).is_none() && value.at(&["text", "none"]).is_none());
    }
}
