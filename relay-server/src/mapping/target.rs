//! The entity of an insight or signal as the target of a sighting.

use std::net::Ipv6Addr;

use ctim::vocabulary::ObservableTypeIdentifier as Type;
use ctim::{IdentitySpecification, Observable, ObservedTime, Time};

use sumo_client::api::entities::EntityRef;

/// The most targets of a sighting.
const MAX_TARGETS: usize = 20;

/// The targets: one for each entity whose type CTIM knows as a type of observable, then one for
/// each device of the records that is not among them.
pub(super) fn targets<'a>(
    entities: impl IntoIterator<Item = &'a EntityRef>,
    devices: &[Vec<Observable>],
    seen: Time,
) -> Vec<IdentitySpecification> {
    let entities = entities.into_iter().filter_map(|entity| Some(vec![observable(entity)?]));
    let mut targets: Vec<Vec<Observable>> = Vec::new();
    for observables in entities.chain(devices.iter().cloned()) {
        let is_known =
            observables.iter().all(|one| targets.iter().flatten().any(|known| is_equal(known, one)));
        if !is_known && targets.len() < MAX_TARGETS {
            targets.push(observables);
        }
    }
    targets.into_iter().map(|observables| target(observables, seen)).collect()
}

/// Names of hosts and users differ in case from one place to another.
fn is_equal(one: &Observable, other: &Observable) -> bool {
    one.r#type == other.r#type && one.value.to_lowercase() == other.value.to_lowercase()
}

fn target(observables: Vec<Observable>, seen: Time) -> IdentitySpecification {
    let observed_time = ObservedTime::builder().start_time(seen).build();
    IdentitySpecification::builder()
        .r#type("Entity")
        .observables(observables)
        .observed_time(observed_time)
        .build()
}

fn observable(entity: &EntityRef) -> Option<Observable> {
    let value = entity.text().filter(|value| !value.is_empty())?;
    let kind = observable_type(entity.kind()?.as_str(), value)?;
    Some(Observable::builder().r#type(kind).value(value).build())
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
        for (kind, value, is_target) in [
            (Some("_ip"), None, false),
            (Some("_ip"), Some(""), false),
            (None, Some("10.0.0.1"), false),
            (Some("_ip"), Some("10.0.0.1"), true),
        ] {
            let mut entity = EntityRef::default();
            entity.entity_type = kind.map(Into::into);
            entity.value = value.map(Into::into);
            assert_eq!(targets([&entity], &[], seen).len(), usize::from(is_target), "{kind:?} {value:?}");
        }
    }

    #[test]
    fn devices_that_are_not_known_are_targets_too() {
        let seen = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut entity = EntityRef::default();
        entity.entity_type = Some("_hostname".into());
        entity.value = Some("WEB-01".into());
        let of = |kind: Type, value: &str| Observable::builder().r#type(kind).value(value).build();
        let known = vec![of(Type::Hostname, "web-01")];
        let more = vec![of(Type::Hostname, "web-01"), of(Type::Ip, "10.0.0.1")];
        let part = vec![of(Type::Ip, "10.0.0.1")];
        let all = targets([&entity, &entity], &[known, more, part], seen);
        let values: Vec<Vec<_>> =
            all.iter().map(|one| one.observables.iter().map(|one| one.value.as_str()).collect()).collect();
        assert_eq!(values, [vec!["WEB-01"], vec!["web-01", "10.0.0.1"]]);
        let many: Vec<_> = (0..50).map(|n| vec![of(Type::Ip, &format!("10.0.0.{n}"))]).collect();
        assert_eq!(targets([], &many, seen).len(), MAX_TARGETS);
    }
}
