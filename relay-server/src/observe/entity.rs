//! Reads the thing that an insight or a signal is about.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::found::EntityFacts;
use super::lookout::{Lookout, PassBy};
use super::part::Part;

/// Reads an entity of any era, all of which passes by a lookout. What is no object is none.
#[derive(Clone, Copy)]
pub(super) struct EntitySeed<'l, 'n>(pub(super) &'l Lookout<'n>);

impl<'de> DeserializeSeed<'de> for EntitySeed<'_, '_> {
    type Value = Option<EntityFacts<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        MembersSeed(self.0).deserialize(deserializer).map(|members| members.map(EntityFacts::from))
    }
}

/// The members that tell what an entity is; of members of one name the last one counts.
#[derive(Default)]
struct Members<'de> {
    id: Option<Cow<'de, str>>,
    entity_type: Option<Cow<'de, str>>,
    name: Option<Cow<'de, str>>,
    value: Option<Cow<'de, str>>,
    username: Option<Cow<'de, str>>,
    hostname: Option<Cow<'de, str>>,
    /// Of the object that an address is.
    address: Option<Cow<'de, str>>,
    /// The address in the object `ip`.
    ip_address: Option<Cow<'de, str>>,
}

impl<'de> From<Members<'de>> for EntityFacts<'de> {
    /// Early entities have no type and value of their own, but an id that starts with the type, and a name.
    fn from(members: Members<'de>) -> Self {
        let Members { id, entity_type, name, value, username, hostname, ip_address, .. } = members;
        let kind_of_id = || {
            let (kind, _) = id.as_deref()?.strip_prefix('_')?.split_once('-')?;
            Some(format!("_{kind}").into())
        };
        Self {
            kind: entity_type.or_else(kind_of_id),
            value: value.or(name).or(username).or(hostname).or(ip_address),
        }
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Id,
    EntityType,
    Name,
    Value,
    Username,
    Hostname,
    Ip,
    Address,
    #[serde(other)]
    Other,
}

/// Reads the members of an object; of anything else there are none.
#[derive(Clone, Copy)]
struct MembersSeed<'l, 'n>(&'l Lookout<'n>);

impl<'l, 'n> MembersSeed<'l, 'n> {
    fn pass_by(self) -> PassBy<'l, 'n> {
        PassBy::new(self.0)
    }
}

impl<'de> DeserializeSeed<'de> for MembersSeed<'_, '_> {
    type Value = Option<Members<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MembersSeed<'_, '_> {
    type Value = Option<Members<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entity or any other JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        while let Some(member) = map.next_key()? {
            let slot = match member {
                Member::Id => &mut members.id,
                Member::EntityType => &mut members.entity_type,
                Member::Name => &mut members.name,
                Member::Value => &mut members.value,
                Member::Username => &mut members.username,
                Member::Hostname => &mut members.hostname,
                Member::Address => &mut members.address,
                Member::Ip => {
                    members.ip_address = map.next_value_seed(self)?.and_then(|ip| ip.address);
                    continue;
                }
                Member::Other => {
                    map.next_value_seed(self.pass_by())?;
                    continue;
                }
            };
            *slot = Part::next(&mut map, self.0)?.into_text();
        }
        Ok(Some(members))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.pass_by().visit_bool(value).map(|()| None)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.pass_by().visit_i64(number).map(|()| None)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.pass_by().visit_u64(number).map(|()| None)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        self.pass_by().visit_f64(number).map(|()| None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.pass_by().visit_unit().map(|()| None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.pass_by().visit_str(text).map(|()| None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        self.pass_by().visit_seq(seq).map(|()| None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::observe::needle::Needle;

    fn entity(document: &Value) -> Option<EntityFacts<'_>> {
        EntitySeed(&Lookout::new(None)).deserialize(document).unwrap()
    }

    #[test]
    fn entities_of_every_era_are_read() {
        for (document, kind, value) in [
            (json!({"entityType": "_ip", "value": "10.0.0.1", "name": "x"}), Some("_ip"), Some("10.0.0.1")),
            (
                json!({"id": "_hostname-a-b", "name": "a-b", "hostname": "a-b"}),
                Some("_hostname"),
                Some("a-b"),
            ),
            (json!({"id": "_ip-10.0.0.1", "ip": {"address": "10.0.0.1"}}), Some("_ip"), Some("10.0.0.1")),
            (json!({"id": "_username-joe", "username": "joe"}), Some("_username"), Some("joe")),
            (json!({"id": "custom", "value": null}), None, None),
            (json!({"id": "custom", "ip": "10.0.0.1", "value": {"address": "10.0.0.2"}}), None, None),
        ] {
            let entity = entity(&document).unwrap();
            assert_eq!((entity.kind.as_deref(), entity.value.as_deref()), (kind, value), "{document}");
        }
        for document in [json!(null), json!("web-01"), json!(["web-01"]), json!(5)] {
            assert!(entity(&document).is_none(), "{document}");
        }
    }

    #[test]
    fn all_of_an_entity_passes_by() {
        for document in [
            json!({"value": "evil.example"}),
            json!({"ip": {"geo": ["evil.example"]}}),
            json!({"hostname": ["evil.example"]}),
            json!({"inventory": [{"a": "evil.example"}]}),
            json!("evil.example"),
            json!([[{"ip": "evil.example"}]]),
        ] {
            let needle = Needle::new("evil.example");
            let lookout = Lookout::new(Some(&needle));
            let read = EntitySeed(&lookout).deserialize(&document);
            assert!(read.is_ok() && lookout.is_found(), "{document}");
        }
    }
}
