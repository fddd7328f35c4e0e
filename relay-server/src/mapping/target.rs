//! The entity of an insight or signal as the target of a sighting.

use std::net::Ipv6Addr;

use ctim::vocabulary::ObservableTypeIdentifier as Type;
use ctim::{IdentitySpecification, Observable, ObservedTime, Time};

use crate::observe::found::FoundEntity;

/// The target, when the type of the entity is one that CTIM knows as a type of observable.
pub(super) fn target(entity: FoundEntity<'_>, seen: Time) -> Option<IdentitySpecification> {
    let value = entity.value.filter(|value| !value.is_empty())?;
    let kind = observable_type(entity.kind?, value)?;
    let observable = Observable::builder().r#type(kind).value(value).build();
    let observed_time = ObservedTime::builder().start_time(seen).build();
    Some(
        IdentitySpecification::builder()
            .r#type("Entity")
            .observables([observable])
            .observed_time(observed_time)
            .build(),
    )
}

fn observable_type(entity_type: &str, value: &str) -> Option<Type> {
    Some(match entity_type {
        "_hostname" => Type::Hostname,
        "_ip" if value.parse::<Ipv6Addr>().is_ok() => Type::Ipv6,
        "_ip" => Type::Ip,
        "_username" => Type::User,
        "_mac" => Type::MacAddress,
        "_hash" => hash_type(value)?,
        "_domain" => Type::Domain,
        "_url" => Type::Url,
        "_email" => Type::Email,
        "_file" => Type::FileName,
        "_process" => Type::ProcessName,
        "_useragent" => Type::UserAgent,
        _ => return None,
    })
}

fn hash_type(value: &str) -> Option<Type> {
    let is_hex = value.bytes().all(|b| b.is_ascii_hexdigit());
    match value.len() {
        32 if is_hex => Some(Type::Md5),
        40 if is_hex => Some(Type::Sha1),
        64 if is_hex => Some(Type::Sha256),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_entity_types_have_their_observable() {
        let hash = |length: usize| "a".repeat(length);
        for (entity_type, value, observable) in [
            ("_hostname", "web-01".to_owned(), Some(Type::Hostname)),
            ("_ip", "10.0.0.1".to_owned(), Some(Type::Ip)),
            ("_ip", "2001:db8::1".to_owned(), Some(Type::Ipv6)),
            ("_username", "joe".to_owned(), Some(Type::User)),
            ("_mac", "00:00:5e:00:53:01".to_owned(), Some(Type::MacAddress)),
            ("_hash", hash(32), Some(Type::Md5)),
            ("_hash", hash(40), Some(Type::Sha1)),
            ("_hash", hash(64), Some(Type::Sha256)),
            ("_hash", hash(5), None),
            ("_hash", "z".repeat(32), None),
            ("_hash", "z".repeat(40), None),
            ("_hash", "z".repeat(64), None),
            ("_domain", "example.com".to_owned(), Some(Type::Domain)),
            ("_url", "https://example.com/".to_owned(), Some(Type::Url)),
            ("_email", "a@example.com".to_owned(), Some(Type::Email)),
            ("_file", "a.exe".to_owned(), Some(Type::FileName)),
            ("_process", "a.exe".to_owned(), Some(Type::ProcessName)),
            ("_useragent", "curl/8".to_owned(), Some(Type::UserAgent)),
            ("_command", "rm".to_owned(), None),
            ("custom", "x".to_owned(), None),
        ] {
            assert_eq!(observable_type(entity_type, &value), observable, "{entity_type} {value}");
        }
    }

    #[test]
    fn an_entity_without_a_value_is_no_target() {
        let seen = "2026-01-02T03:04:05Z".parse().unwrap();
        assert!(target(FoundEntity { kind: Some("_ip"), value: None }, seen).is_none());
        assert!(target(FoundEntity { kind: Some("_ip"), value: Some("") }, seen).is_none());
        assert!(target(FoundEntity { kind: None, value: Some("10.0.0.1") }, seen).is_none());
        assert!(target(FoundEntity { kind: Some("_ip"), value: Some("10.0.0.1") }, seen).is_some());
    }
}
