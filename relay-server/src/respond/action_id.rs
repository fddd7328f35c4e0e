//! The ids of actions: all that a trigger needs besides the observable.

use std::fmt;

use xdr_module::contract::action::ActionId;

use crate::metrics::ActionKind;

/// Starts the id of every action.
const PREFIX: &str = "sumo-cse-";

/// The most characters of an id of Cloud SIEM in the id of an action.
const MAX_ID: usize = 64;

/// The kinds of lists whose items may be changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) enum ListKind {
    /// Match lists, which rules look values up in.
    Match,
    /// Suppressed lists, which hide signals.
    Suppress,
}

/// An action, as its id names it.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub(crate) enum Act {
    /// Adds the value to the list with this id.
    AddItem(ListKind, String),
    /// Removes the value from the list with this id.
    RemoveItem(ListKind, String),
    /// Adds the value to the tenant's source of threat intelligence.
    AddIndicator,
    /// Removes the value from the tenant's source of threat intelligence.
    RemoveIndicator,
    /// Adds the value to the tenant's source in the platform's datastore.
    UploadIndicator,
    /// Removes the value from the tenant's source in the platform's datastore.
    RemoveUploaded,
    /// Comments on the insight with this id.
    Comment(String),
    /// Sets the insight with this id to In Progress.
    Progress(String),
    /// Changes this entity of the observable.
    Entity(EntityChange, EntityKey),
}

/// A change of an entity.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub(crate) enum EntityChange {
    /// Adds the tag of the relay.
    Tag,
    /// Removes the tag of the relay.
    Untag,
    /// Sets the criticality whose name has this [key](plain_key).
    SetCriticality(String),
    /// Takes the criticality away.
    ClearCriticality,
    /// Suppresses the signals of the entity.
    Suppress,
    /// Stops suppressing them.
    Unsuppress,
}

/// An entity as ids carry it: sixteen digits of the hash of its id. Entities of one observable may
/// differ in their sensor zone, or in upper and lower case alone.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub(crate) struct EntityKey(String);

/// Starts the key of an entity in an id.
const ENTITY: &str = "-e";

impl EntityKey {
    /// Returns the key of the entity with this id.
    pub(crate) fn of(entity_id: &str) -> Self {
        Self(hash(entity_id, 16))
    }

    fn parse(text: &str) -> Option<Self> {
        let hash = text.strip_prefix(ENTITY).filter(|hash| hash.len() == 16 && is_hex(hash))?;
        Some(Self(hash.to_owned()))
    }
}

impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ENTITY}{}", self.0)
    }
}

/// Returns the first hexadecimal digits of the SHA-256 hash of a text.
pub(crate) fn hash(text: &str, digits: usize) -> String {
    let hash = hmac_sha256::Hash::hash(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(digits).collect()
}

/// Returns a name as ids carry it: itself if it has letters, digits and `_` alone, else a hash.
pub(crate) fn plain_key(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if (1..=MAX_ID).contains(&name.len()) && name.bytes().all(is_plain) {
        return name.to_owned();
    }
    format!("x{}", hash(name, 16))
}

/// The acts whose ids end behind the prefix.
const WHOLE: [(&str, Act); 4] = [
    ("threat-intel-add", Act::AddIndicator),
    ("threat-intel-remove", Act::RemoveIndicator),
    ("threat-intel-add-platform", Act::UploadIndicator),
    ("threat-intel-remove-platform", Act::RemoveUploaded),
];

impl Act {
    /// Reads the id of an action; none if no action has such an id.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let name = id.strip_prefix(PREFIX)?;
        if let Some((_, act)) = WHOLE.iter().find(|(whole, _)| *whole == name) {
            return Some(act.clone());
        }
        if let Some(rest) = name.strip_prefix("entity-") {
            return parse_entity_change(rest);
        }
        let list = |prefix: &str| name.strip_prefix(prefix).filter(|id| is_list_id(id)).map(str::to_owned);
        let insight =
            |prefix: &str| name.strip_prefix(prefix).filter(|id| is_plain_id(id)).map(str::to_owned);
        list("match-list-add-")
            .map(|id| Self::AddItem(ListKind::Match, id))
            .or_else(|| list("match-list-remove-").map(|id| Self::RemoveItem(ListKind::Match, id)))
            .or_else(|| list("suppress-list-add-").map(|id| Self::AddItem(ListKind::Suppress, id)))
            .or_else(|| list("suppress-list-remove-").map(|id| Self::RemoveItem(ListKind::Suppress, id)))
            .or_else(|| insight("insight-comment-").map(Self::Comment))
            .or_else(|| insight("insight-progress-").map(Self::Progress))
    }

    /// Returns the id of the action; none if an id of Cloud SIEM does not fit into one.
    pub(crate) fn id(&self) -> Option<ActionId> {
        let name = self.kind().as_str();
        let id = match self {
            Self::AddItem(_, id) | Self::RemoveItem(_, id) => format!("{PREFIX}{name}-{id}"),
            Self::Comment(id) | Self::Progress(id) => format!("{PREFIX}{name}-{id}"),
            Self::Entity(EntityChange::SetCriticality(key), entity) => {
                format!("{PREFIX}{name}-{key}{entity}")
            }
            Self::Entity(_, entity) => format!("{PREFIX}{name}{entity}"),
            _ => format!("{PREFIX}{name}"),
        };
        (Self::parse(&id).as_ref() == Some(self)).then(|| ActionId::new(id)).flatten()
    }

    /// Returns the kind of action.
    pub(crate) fn kind(&self) -> ActionKind {
        match self {
            Self::AddItem(ListKind::Match, _) => ActionKind::MatchListAdd,
            Self::RemoveItem(ListKind::Match, _) => ActionKind::MatchListRemove,
            Self::AddItem(ListKind::Suppress, _) => ActionKind::SuppressListAdd,
            Self::RemoveItem(ListKind::Suppress, _) => ActionKind::SuppressListRemove,
            Self::AddIndicator => ActionKind::ThreatIntelAdd,
            Self::RemoveIndicator => ActionKind::ThreatIntelRemove,
            Self::UploadIndicator => ActionKind::ThreatIntelAddPlatform,
            Self::RemoveUploaded => ActionKind::ThreatIntelRemovePlatform,
            Self::Comment(_) => ActionKind::InsightComment,
            Self::Progress(_) => ActionKind::InsightProgress,
            Self::Entity(EntityChange::Tag, _) => ActionKind::EntityTag,
            Self::Entity(EntityChange::Untag, _) => ActionKind::EntityUntag,
            Self::Entity(EntityChange::SetCriticality(_), _) => ActionKind::EntityCriticality,
            Self::Entity(EntityChange::ClearCriticality, _) => ActionKind::EntityNoCriticality,
            Self::Entity(EntityChange::Suppress, _) => ActionKind::EntitySuppress,
            Self::Entity(EntityChange::Unsuppress, _) => ActionKind::EntityUnsuppress,
        }
    }

    /// Returns the object that the action changes, the same for an action and its reverse.
    pub(crate) fn target(&self) -> String {
        match self {
            Self::AddItem(ListKind::Match, id) | Self::RemoveItem(ListKind::Match, id) => {
                format!("match list {id}")
            }
            Self::AddItem(ListKind::Suppress, id) | Self::RemoveItem(ListKind::Suppress, id) => {
                format!("suppressed list {id}")
            }
            Self::AddIndicator | Self::RemoveIndicator => "threat intelligence".to_owned(),
            Self::UploadIndicator | Self::RemoveUploaded => "platform".to_owned(),
            Self::Comment(id) => format!("comments {id}"),
            Self::Progress(id) => format!("status {id}"),
            Self::Entity(_, entity) => format!("entity{entity}"),
        }
    }
}

fn parse_entity_change(rest: &str) -> Option<Act> {
    let plain = [
        ("tag", EntityChange::Tag),
        ("untag", EntityChange::Untag),
        ("no-criticality", EntityChange::ClearCriticality),
        ("suppress", EntityChange::Suppress),
        ("unsuppress", EntityChange::Unsuppress),
    ];
    for (name, change) in plain {
        if let Some(entity) = rest.strip_prefix(name).and_then(EntityKey::parse) {
            return Some(Act::Entity(change, entity));
        }
    }
    let rest = rest.strip_prefix("criticality-")?;
    let (key, entity) = rest.split_at(rest.find('-').unwrap_or(rest.len()));
    let is_key = plain_key(key) == key;
    is_key
        .then(|| EntityKey::parse(entity))
        .flatten()
        .map(|entity| Act::Entity(EntityChange::SetCriticality(key.to_owned()), entity))
}

fn is_list_id(id: &str) -> bool {
    (1..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_plain_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Act> {
        let entities = ["_username-JDOE", "_username-jdoe"].map(EntityKey::of);
        let changes = [
            EntityChange::Tag,
            EntityChange::Untag,
            EntityChange::SetCriticality(plain_key("High")),
            EntityChange::SetCriticality(plain_key("Crown Jewels")),
            EntityChange::ClearCriticality,
            EntityChange::Suppress,
            EntityChange::Unsuppress,
        ];
        let entities = entities
            .iter()
            .flat_map(|entity| changes.iter().map(|change| Act::Entity(change.clone(), entity.clone())));
        let lists = [ListKind::Match, ListKind::Suppress]
            .into_iter()
            .flat_map(|kind| [Act::AddItem(kind, "173".to_owned()), Act::RemoveItem(kind, "173".to_owned())]);
        let insight = "5894b5c4-cb1b-4164-839e-433fb9b06780".to_owned();
        let others = [
            Act::AddIndicator,
            Act::RemoveIndicator,
            Act::UploadIndicator,
            Act::RemoveUploaded,
            Act::Comment(insight.clone()),
            Act::Progress(insight),
        ];
        entities.chain(lists).chain(others).collect()
    }

    #[test]
    fn ids_fit_into_an_address_and_lead_back() {
        let mut seen = std::collections::HashSet::new();
        for act in all() {
            let id = act.id().unwrap();
            assert_eq!(Act::parse(id.as_str()), Some(act), "{id}");
            assert!(seen.insert(id.clone()), "{id}");
        }
        assert_eq!(
            Act::AddItem(ListKind::Match, "173".to_owned()).id().unwrap().as_str(),
            "sumo-cse-match-list-add-173"
        );
        let tag = Act::Entity(EntityChange::Tag, EntityKey::of("_username-JDOE"));
        assert_eq!(tag.id().unwrap().as_str(), "sumo-cse-entity-tag-e5ceeb69a2f29366a");
    }

    #[test]
    fn other_ids_are_no_actions() {
        for id in [
            "",
            "sumo-cse-",
            "match-list-add-173",
            "sumo-cse-match-list-add-",
            "sumo-cse-match-list-add-..",
            "sumo-cse-match-list-add-173/../174",
            "sumo-cse-match-list-add-%2e%2e",
            "sumo-cse-match-list-add- 173",
            "sumo-cse-match-list-add-１７３",
            "sumo-cse-match-list-add-123456789012345678901",
            "SUMO-CSE-match-list-add-173",
            "sumo-cse-insight-close-1",
            "sumo-cse-insight-comment-a.b",
            "sumo-cse-insight-comment-",
            "sumo-cse-entity-tag",
            "sumo-cse-entity-tag-z0123abcd",
            "sumo-cse-entity-tag-e0123456789ABCDEF",
            "sumo-cse-entity-tag-e0123",
            "sumo-cse-entity-criticality-High",
            "sumo-cse-entity-criticality-",
            "sumo-cse-entity-criticality-a b",
            "sumo-cse-threat-intel-add-",
            "sumo-cse-threat-intel-add-platform-x",
        ] {
            assert_eq!(Act::parse(id), None, "{id}");
        }
        assert_eq!(Act::AddItem(ListKind::Match, "a/b".to_owned()).id(), None);
    }

    #[test]
    fn an_action_and_its_reverse_have_one_target() {
        let both = |one: Act, other: Act| assert_eq!(one.target(), other.target());
        both(Act::AddItem(ListKind::Match, "1".into()), Act::RemoveItem(ListKind::Match, "1".into()));
        both(Act::AddIndicator, Act::RemoveIndicator);
        assert_ne!(
            Act::AddItem(ListKind::Match, "1".into()).target(),
            Act::AddItem(ListKind::Suppress, "1".into()).target()
        );
    }
}
