//! External ids by CTIM's recipe.

use std::fmt::Write as _;

use crate::entity_type::EntityType;

/// Makes an external id by the recipe of CTIM's tutorial "How to build an excellent external id":
/// the prefix, the entity's type, and the SHA-256 hash (upper-case hexadecimal) of prefix, type and
/// `parts` joined with `|`.
///
/// `prefix` is a short word for the producer that nobody else is likely to use; it gets a hyphen at
/// its end unless it has one. `parts` are what makes the entity that one and no other, such as a
/// title and a date. Take only what can be known again later: never random numbers, and never the
/// time at which the entity is made. Equal input gives the same id, by which Cisco's service
/// recognises known entities on import. As the recipe has it, parts are not quoted: a part that
/// contains `|` can read like two.
///
/// ```
/// use ctim::{EntityType, external_id};
///
/// let id = external_id(
///     "my-prefix",
///     EntityType::Sighting,
///     ["some.really.bad.domain.name.online", "2020-03-13"],
/// );
/// assert_eq!(
///     id,
///     "my-prefix-sighting-94341C82436C8D717C1D51CF13514D2F333987B1EC62B3D23693028DAA71C908",
/// );
/// ```
#[must_use]
pub fn external_id<P: AsRef<str>>(
    prefix: &str,
    entity_type: EntityType,
    parts: impl IntoIterator<Item = P>,
) -> String {
    let hyphen = if prefix.ends_with('-') { "" } else { "-" };
    let mut hashed = format!("{prefix}{hyphen}|{entity_type}");
    for part in parts {
        hashed.push('|');
        hashed.push_str(part.as_ref());
    }
    let mut id = format!("{prefix}{hyphen}{entity_type}-");
    for byte in hmac_sha256::Hash::hash(hashed.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02X}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_gets_one_hyphen() {
        let id = |prefix| external_id(prefix, EntityType::Indicator, ["a"]);
        assert_eq!(id("org"), id("org-"));
        assert!(id("org").starts_with("org-indicator-"));
    }

    #[test]
    fn type_and_parts_tell_ids_apart() {
        let ids = [
            external_id("org", EntityType::Indicator, ["a", "b"]),
            external_id("org", EntityType::Sighting, ["a", "b"]),
            external_id("org", EntityType::Indicator, ["b", "a"]),
            external_id("org", EntityType::Indicator, ["ab"]),
            external_id::<&str>("org", EntityType::Indicator, []),
            external_id("orc", EntityType::Indicator, ["a", "b"]),
        ];
        for (place, id) in ids.iter().enumerate() {
            assert!(ids.iter().skip(place + 1).all(|other| other != id), "{id}");
        }
    }
}
