//! Ids of entities, and references to them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::entity_type::EntityType;
use crate::text_form::{excerpt, utf16_length};

/// Longest id, in UTF-16 code units.
pub const MAX_ID_LENGTH: usize = 2048;

const TRANSIENT: &str = "transient:";

/// The forms of a well-formed [`EntityId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// `<type>-<uuid>`: used inside one server only; never valid as an entity's id or as a
    /// reference.
    Short,
    /// `https://<host>/ctia/<type>/<type>-<uuid>`: a stored entity.
    Long,
    /// `transient:<anything>`: an entity that is stored nowhere, such as one in a relay's answer or
    /// in a bundle to import. It means something only inside that answer or bundle.
    Transient,
}

/// The id of an entity, its own or one that refers to it.
///
/// All constructors but [`EntityId::unchecked`] give well-formed ids. Reading an entity keeps
/// whatever text stands in an id's place, so that nothing is lost; validation judges it.
///
/// ```
/// use ctim::id::IdKind;
/// use ctim::{EntityId, EntityType};
/// use uuid::Uuid;
///
/// // The same seed gives the same id, so equal things meet in one answer.
/// let namespace = Uuid::NAMESPACE_X500;
/// let id = EntityId::transient_v5(EntityType::Sighting, &namespace, "INSIGHT-42");
/// assert_eq!(id, EntityId::transient_v5(EntityType::Sighting, &namespace, "INSIGHT-42"));
/// assert_eq!(id.kind(), Some(IdKind::Transient));
/// assert_eq!(id.entity_type(), Some(EntityType::Sighting));
///
/// let long: EntityId =
///     "https://example.com/ctia/actor/actor-5023697b-3857-4652-9b53-ccda297f9c3e".parse()?;
/// assert_eq!(long.kind(), Some(IdKind::Long));
/// assert!("actor 1".parse::<EntityId>().is_err());
/// # Ok::<(), ctim::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(String);

impl EntityId {
    /// Checks a text and takes it as an id.
    ///
    /// # Errors
    /// If the text is none of the three forms of [`IdKind`], or longer than [`MAX_ID_LENGTH`].
    pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        let id = Self(text);
        if id.kind().is_some() { Ok(id) } else { Err(IdError { excerpt: excerpt(&id.0) }) }
    }

    /// Takes any text as an id, as reading JSON does. Validation of the entity checks that it is
    /// well-formed.
    #[must_use]
    pub fn unchecked(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns a transient id; the prefix `transient:` is added unless the text has it already.
    ///
    /// # Errors
    /// If the text contains a line break or the id gets longer than [`MAX_ID_LENGTH`].
    pub fn transient(text: &str) -> Result<Self, IdError> {
        if text.starts_with(TRANSIENT) {
            Self::parse(text)
        } else {
            Self::parse(format!("{TRANSIENT}{text}"))
        }
    }

    /// Returns the transient id `transient:<type>-<uuid>`.
    #[must_use]
    pub fn transient_uuid(entity_type: EntityType, uuid: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        let uuid = uuid.hyphenated().encode_lower(&mut buffer);
        Self([TRANSIENT, entity_type.as_str(), "-", uuid].concat())
    }

    /// Returns a transient id that depends on `namespace` and `name` alone (a version 5 UUID, RFC
    /// 9562).
    ///
    /// To make one from several parts, use [`EntityId::transient_from_parts`], which keeps the
    /// parts apart.
    #[must_use]
    pub fn transient_v5(entity_type: EntityType, namespace: &Uuid, name: &str) -> Self {
        Self::transient_uuid(entity_type, Uuid::new_v5(namespace, name.as_bytes()))
    }

    /// Returns a transient id that depends on `namespace`, the type and the seed `parts`, in their
    /// order.
    ///
    /// Equal parts give equal ids; different lists of parts give different names to hash, because
    /// each part is written with its length in front: `["ab", "c"]` and `["a", "bc"]` do not meet.
    #[must_use]
    pub fn transient_from_parts<P: AsRef<str>>(
        entity_type: EntityType,
        namespace: &Uuid,
        parts: impl IntoIterator<Item = P>,
    ) -> Self {
        let mut name = entity_type.as_str().to_owned();
        for part in parts {
            let part = part.as_ref();
            name.push_str(&format!("|{}:{part}", part.len()));
        }
        Self::transient_v5(entity_type, namespace, &name)
    }

    /// Returns the short id `<type>-<uuid>`.
    #[must_use]
    pub fn short(entity_type: EntityType, uuid: Uuid) -> Self {
        Self(format!("{}-{}", entity_type.as_str(), uuid.hyphenated()))
    }

    /// Returns the long id of an entity that is stored at `service`, such as
    /// `https://private.intel.amp.cisco.com`; a path may follow the host.
    ///
    /// # Errors
    /// If `service` is not `http://` or `https://`, a host, and if need be a port and a plain path.
    pub fn long(service: &str, entity_type: EntityType, uuid: Uuid) -> Result<Self, IdError> {
        let service = service.trim_end_matches('/');
        let kind = entity_type.as_str();
        Self::parse(format!("{service}/ctia/{kind}/{kind}-{}", uuid.hyphenated()))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the form of the id; none if it is not well-formed.
    #[must_use]
    pub fn kind(&self) -> Option<IdKind> {
        if utf16_length(&self.0) > MAX_ID_LENGTH {
            return None;
        }
        if let Some(rest) = self.0.strip_prefix(TRANSIENT) {
            return (!rest.contains(is_line_break)).then_some(IdKind::Transient);
        }
        if long_id_type(&self.0).is_some() {
            return Some(IdKind::Long);
        }
        is_short_id(&self.0).then_some(IdKind::Short)
    }

    /// Returns true if the id may stand in an entity: a long or a transient id.
    #[must_use]
    pub fn is_referable(&self) -> bool {
        matches!(self.kind(), Some(IdKind::Long | IdKind::Transient))
    }

    /// Returns true if the id begins with `transient:`.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.starts_with(TRANSIENT)
    }

    /// Returns the type of entity that the id names: by the path of a long id, by the part before
    /// the UUID of the others. None if the id does not say it.
    #[must_use]
    pub fn entity_type(&self) -> Option<EntityType> {
        let name = match self.kind()? {
            IdKind::Long => long_id_type(&self.0)?,
            IdKind::Short => short_id_prefix(&self.0)?,
            IdKind::Transient => short_id_prefix(self.0.strip_prefix(TRANSIENT)?)?,
        };
        name.parse().ok()
    }
}

impl AsRef<str> for EntityId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<Self> for EntityId {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for EntityId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for EntityId {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for EntityId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl From<EntityId> for String {
    fn from(id: EntityId) -> Self {
        id.0
    }
}

impl From<&EntityId> for EntityId {
    fn from(id: &EntityId) -> Self {
        id.clone()
    }
}

impl Serialize for EntityId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntityId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    excerpt: String,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not a CTIM id; use transient:<text> on one line, https://<host>/ctia/<type>/<type>-<uuid>, or \
             <type>-<uuid>, of at most {MAX_ID_LENGTH} characters",
            self.excerpt
        )
    }
}

impl std::error::Error for IdError {}

fn is_line_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns true if the text is of the form of a type name, `[a-z][-a-z]+`.
fn is_type_name(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())
}

/// Returns true if the text is a lower-case UUID with hyphens.
fn is_uuid(text: &str) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| {
            if HYPHENS.contains(&place) { byte == b'-' } else { matches!(byte, b'0'..=b'9' | b'a'..=b'f') }
        })
}

/// Returns the part before the UUID of `<type>-<uuid>`.
fn short_id_prefix(text: &str) -> Option<&str> {
    let (front, uuid) = text.split_at_checked(text.len().checked_sub(36)?)?;
    let prefix = front.strip_suffix('-')?;
    (is_uuid(uuid) && is_type_name(prefix)).then_some(prefix)
}

fn is_short_id(text: &str) -> bool {
    short_id_prefix(text).is_some()
}

/// Returns the type that the path of a long id names; none if the text is not a long id.
pub(crate) fn long_id_type(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let (rest, short_id) = rest.rsplit_once('/')?;
    let (rest, entity_type) = rest.rsplit_once('/')?;
    let rest = rest.strip_suffix("/ctia")?;
    let mut parts = rest.split('/');
    let host = parts.next()?;
    let well_formed = is_short_id(short_id)
        && is_type_name(entity_type)
        && is_host_and_port(host)
        && parts.all(is_path_segment);
    well_formed.then_some(entity_type)
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_host_byte = |byte: u8| byte == b'-' || byte.is_ascii_alphanumeric();
    let host_is_right = host.bytes().next().is_some_and(is_host_byte)
        && host.bytes().all(|byte| byte == b'.' || is_host_byte(byte));
    host_is_right
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_path_segment(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| matches!(byte, b'-' | b'_' | b'.') || byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "5023697b-3857-4652-9b53-ccda297f9c3e";

    #[test]
    fn kinds() {
        let long_prefix = "https://example.com";
        let cases = [
            (format!("sighting-{UUID}"), Some(IdKind::Short)),
            (format!("attack-pattern-{UUID}"), Some(IdKind::Short)),
            (format!("a-{UUID}"), None),
            (format!("-a-{UUID}"), None),
            (format!("Sighting-{UUID}"), None),
            (format!("sighting-{}", UUID.to_uppercase()), None),
            (UUID.to_owned(), None),
            ("transient:".to_owned(), Some(IdKind::Transient)),
            ("transient:anything goes/here ü".to_owned(), Some(IdKind::Transient)),
            ("transient:two\nlines".to_owned(), None),
            ("transient:two\u{2028}lines".to_owned(), None),
            ("Transient:x".to_owned(), None),
            (format!("{long_prefix}/ctia/actor/actor-{UUID}"), Some(IdKind::Long)),
            (format!("http://h:80/a/b.c_d/ctia/actor/tool-{UUID}"), Some(IdKind::Long)),
            (format!("http://h/ctia/ctia/actor/tool-{UUID}"), Some(IdKind::Long)),
            (format!("http://h:/ctia/actor/actor-{UUID}"), None),
            (format!("http://h:8a/ctia/actor/actor-{UUID}"), None),
            (format!("http:///ctia/actor/actor-{UUID}"), None),
            (format!("http://h//ctia/actor/actor-{UUID}"), None),
            (format!("http://h/ctia/actor/{UUID}"), None),
            (format!("ftp://h/ctia/actor/actor-{UUID}"), None),
            (format!("{long_prefix}/actor/actor-{UUID}"), None),
            (format!("{long_prefix}/ctia/actor/actor-{UUID}?x"), None),
            (String::new(), None),
            (format!("transient:{}", "x".repeat(2038)), Some(IdKind::Transient)),
            (format!("transient:{}", "x".repeat(2039)), None),
            (format!("transient:{}", "\u{1F600}".repeat(1020)), None),
        ];
        for (text, expected) in cases {
            assert_eq!(EntityId::unchecked(text.clone()).kind(), expected, "{text}");
            assert_eq!(EntityId::parse(text.clone()).is_ok(), expected.is_some(), "{text}");
        }
    }

    #[test]
    fn types_are_read_from_ids() {
        let cases = [
            (format!("https://h/ctia/actor/tool-{UUID}"), Some(EntityType::Actor)),
            (format!("data-table-{UUID}"), Some(EntityType::DataTable)),
            (format!("transient:sighting-{UUID}"), Some(EntityType::Sighting)),
            (format!("transient:my-thing-{UUID}"), None),
            ("transient:x".to_owned(), None),
            ("nonsense".to_owned(), None),
        ];
        for (text, expected) in cases {
            assert_eq!(EntityId::unchecked(text.clone()).entity_type(), expected, "{text}");
        }
    }

    #[test]
    fn transient_ids_get_the_prefix_once() {
        let id = EntityId::transient("sighting-1").unwrap();
        assert_eq!(id.as_str(), "transient:sighting-1");
        assert_eq!(EntityId::transient(id.as_str()).unwrap(), id);
        assert!(EntityId::transient("a\rb").is_err());
    }

    #[test]
    fn name_based_ids_are_the_published_ones() {
        // uuid5(NAMESPACE_X500, "x"), as Python's uuid module gives it.
        let id = EntityId::transient_v5(EntityType::Indicator, &Uuid::NAMESPACE_X500, "x");
        assert_eq!(id.as_str(), "transient:indicator-456e503f-63e3-56c1-b807-4cd79bf8cc22");
    }

    #[test]
    fn parts_do_not_run_together() {
        let id = |parts: &[&str]| {
            EntityId::transient_from_parts(EntityType::Sighting, &Uuid::NAMESPACE_OID, parts)
        };
        assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
        let different =
            [id(&["ab", "c"]), id(&["a", "bc"]), id(&["abc"]), id(&["a|1:b"]), id(&["a", "b"]), id(&[])];
        for (place, one) in different.iter().enumerate() {
            for other in different.iter().skip(place + 1) {
                assert_ne!(one, other);
            }
        }
    }

    #[test]
    fn long_ids_are_built_from_a_service() {
        let uuid = Uuid::parse_str(UUID).unwrap();
        let id = EntityId::long("https://example.com/", EntityType::Coa, uuid).unwrap();
        assert_eq!(id.as_str(), format!("https://example.com/ctia/coa/coa-{UUID}"));
        assert!(EntityId::long("example.com", EntityType::Coa, uuid).is_err());
    }
}
