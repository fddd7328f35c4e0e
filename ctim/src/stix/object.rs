//! Objects of STIX and their ids.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::id::EntityId;
use crate::list::List;
use crate::shared::ExternalReference;
use crate::time::Time;
use crate::vocabulary::{HighMedLow, Severity, Tlp};

/// An object of STIX.
pub(super) type Object = Map<String, Value>;

/// The namespace that the standard (section 2.9) sets for ids of cyber-observable objects.
const OBSERVABLE_NAMESPACE: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);

/// Returns the id of a cyber-observable object: it depends on the properties that contribute to it
/// alone.
pub(super) fn observable_id(stix_type: &str, contributing: &BTreeMap<&str, Value>) -> String {
    // Sorted members, no blanks, and the escapes of JSON alone: for texts this is the canonical
    // form of RFC 8785.
    let name = serde_json::to_string(contributing).unwrap_or_default();
    format!("{stix_type}--{}", Uuid::new_v5(&OBSERVABLE_NAMESPACE, name.as_bytes()))
}

/// Returns the id of any other object: it depends on the type and on `parts`, in their order.
pub(super) fn id(stix_type: &str, parts: &[&str]) -> String {
    // The standard reserves its own namespace for cyber-observable objects.
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"ctim stix");
    let name: String = parts.iter().map(|part| format!("{}:{part}|", part.len())).collect();
    format!("{stix_type}--{}", Uuid::new_v5(&namespace, format!("{stix_type}|{name}").as_bytes()))
}

/// Returns an object with the properties that all but cyber-observable objects have.
pub(super) fn object(stix_type: &str, id: &str, created: Time) -> Object {
    let mut object = Object::new();
    for (name, value) in [("type", stix_type), ("spec_version", "2.1"), ("id", id)] {
        object.insert(name.to_owned(), json!(value));
    }
    object.insert("created".to_owned(), json!(created));
    object.insert("modified".to_owned(), json!(created));
    object
}

/// Sets a property unless there is nothing to set: no value, an empty text, an empty list.
pub(super) fn set(object: &mut Object, name: &str, value: impl Into<Option<Value>>) {
    let value = value.into();
    let is_empty = match &value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(_) => false,
    };
    if let Some(value) = value.filter(|_| !is_empty) {
        object.insert(name.to_owned(), value);
    }
}

/// The objects of a bundle, each id once.
pub(super) struct Objects {
    list: Vec<Object>,
    ids: HashSet<String>,
    now: Time,
}

impl Objects {
    /// Begins without objects; `now` is the time of creation of objects without one.
    pub(super) fn new(now: Time) -> Self {
        Self { list: Vec::new(), ids: HashSet::new(), now }
    }

    /// Adds an object unless there is one with its id, which is returned.
    pub(super) fn add(&mut self, object: Object) -> String {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.ids.insert(id.clone()) {
            self.list.push(object);
        }
        id
    }

    /// Returns the id of the identity with this name.
    pub(super) fn identity(&mut self, name: &str) -> String {
        let mut identity = object("identity", &id("identity", &[name]), self.now);
        identity.insert("name".to_owned(), json!(name));
        self.add(identity)
    }

    /// Returns the id of the marking for a color of the traffic light protocol.
    pub(super) fn marking(&mut self, tlp: &Tlp) -> Option<String> {
        marking(tlp).map(|marking| self.add(marking))
    }

    pub(super) fn into_list(self) -> Vec<Object> {
        self.list
    }
}

/// Returns the marking definition that the standard (section 7.2.1.4) has for a color of the
/// traffic light protocol.
fn marking(tlp: &Tlp) -> Option<Object> {
    let uuid = match tlp {
        Tlp::White => "613f2e26-407d-48c7-9eca-b8e91df99dc9",
        Tlp::Green => "34098fce-860f-48ae-8e50-ebd3cc5e41da",
        Tlp::Amber => "f88d31f6-486f-44da-b317-01333bde0b82",
        Tlp::Red => "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
        Tlp::Unlisted(_) => return None,
    };
    let marking = json!({
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": format!("marking-definition--{uuid}"),
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": format!("TLP:{}", tlp.as_str().to_uppercase()),
        "definition": { "tlp": tlp.as_str() },
    });
    marking.as_object().cloned()
}

/// Returns the number for a confidence, by the scale "None / Low / Med / High" of the standard
/// (appendix A).
pub(super) fn confidence(confidence: &HighMedLow) -> Option<Value> {
    match confidence {
        HighMedLow::High => Some(json!(85)),
        HighMedLow::Medium => Some(json!(50)),
        HighMedLow::Low => Some(json!(15)),
        HighMedLow::None => Some(json!(0)),
        HighMedLow::Info | HighMedLow::Unknown | HighMedLow::Unlisted(_) => None,
    }
}

/// Returns the label for a severity, such as `severity:high`.
pub(super) fn severity_label(severity: &Severity) -> String {
    format!("severity:{}", severity.as_str().to_lowercase())
}

/// Returns a text of lower-case letters, digits and hyphens, as types of relationships must be;
/// none if nothing is left.
pub(super) fn hyphenated(word: &str) -> Option<String> {
    let word: String = word
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    let word = word.trim_matches('-');
    (!word.is_empty()).then(|| word.to_owned())
}

/// Returns the pointers out of an entity: its own id, its ids elsewhere, its references, and the
/// link to its source.
pub(super) fn external_references(
    entity_id: &EntityId,
    external_ids: &List<String>,
    references: &List<ExternalReference>,
    source: &str,
    source_uri: Option<&str>,
) -> Value {
    let own = json!({ "source_name": "ctim", "external_id": entity_id.as_str() });
    let ids = external_ids.iter().map(|id| json!({ "source_name": source, "external_id": id }));
    let link = source_uri.map(|uri| json!({ "source_name": source, "url": uri }));
    let others = references.iter().filter_map(|reference| {
        let mut object = Object::new();
        set(&mut object, "description", reference.description.as_deref().map(Value::from));
        set(&mut object, "url", reference.url.as_deref().map(Value::from));
        set(&mut object, "external_id", reference.external_id.as_deref().map(Value::from));
        // One of these must be there.
        (!object.is_empty()).then(|| {
            object.insert("source_name".to_owned(), json!(reference.source_name));
            Value::Object(object)
        })
    });
    std::iter::once(own).chain(ids).chain(link).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relationship_types_are_made_of_what_stix_allows() {
        for (word, expected) in [
            ("Connected_To", Some("connected-to")),
            ("Sub-domain_Of", Some("sub-domain-of")),
            ("sighting-of", Some("sighting-of")),
            ("__", None),
            ("", None),
        ] {
            assert_eq!(hyphenated(word).as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn parts_of_ids_do_not_run_together() {
        assert_ne!(id("note", &["ab", "c"]), id("note", &["a", "bc"]));
        assert_ne!(id("note", &["a"]), id("note", &["a", ""]));
        assert_eq!(id("note", &["a"]), id("note", &["a"]));
    }
}
