//! A tenant's settings for response actions, as a token carries them.

use std::hash::{Hash, Hasher};
use std::mem::{Discriminant, discriminant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sumo_client::{Credentials, Fingerprint};
use xdr_module::auth::Claims;

/// The days after which added items expire, unless the tenant chooses.
const DAYS: u32 = 30;

/// The most days that a tenant may choose.
const MAX_DAYS: u32 = 3_650;

/// The most lists of a kind that a tenant may name.
const MOST_LISTS: usize = 100;

/// Starts the name of a source of the platform's datastore.
const PLATFORM: &str = "platform:";

/// A tenant's settings for response actions. The default allows nothing.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub struct RespondSettings {
    /// True if the tenant switched response actions on.
    pub is_on: bool,
    /// The names of match lists that may be changed.
    pub match_lists: Vec<String>,
    /// The names of suppressed lists that may be changed.
    pub suppress_lists: Vec<String>,
    /// The source of threat intelligence that may be changed.
    pub threat_source: Option<ThreatSource>,
    /// True if insights may be changed.
    pub insights: bool,
    /// True if entities may be changed.
    pub entities: bool,
    /// The days after which added items expire; 0 is never.
    pub days: u32,
    /// The key for writes.
    pub write_key: WriteKey,
    /// The parts of the settings that are left out, for people.
    pub problems: Vec<String>,
}

/// The source of threat intelligence that a tenant lets XDR change.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub enum ThreatSource {
    /// A custom source of Cloud SIEM, by its name.
    CloudSiem(String),
    /// A source of the platform's threat intelligence datastore, by its name.
    Platform(String),
}

/// The key with which writes are sent.
#[derive(Clone, Debug)]
pub enum WriteKey {
    /// The key that reads.
    Same,
    /// A key of its own: access id and access key.
    Own(SecretString, SecretString),
    /// Half of a key, with which nothing may be written.
    Incomplete,
}

impl WriteKey {
    /// All that tells keys apart, without a secret.
    fn identity(&self) -> (Discriminant<Self>, Option<Fingerprint>) {
        let fingerprint = match self {
            Self::Own(id, key) => {
                Some(Credentials::new(id.expose_secret(), key.expose_secret()).fingerprint())
            }
            Self::Same | Self::Incomplete => None,
        };
        (discriminant(self), fingerprint)
    }
}

impl PartialEq for WriteKey {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for WriteKey {}

impl Hash for WriteKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl Default for RespondSettings {
    fn default() -> Self {
        Self {
            is_on: false,
            match_lists: Vec::new(),
            suppress_lists: Vec::new(),
            threat_source: None,
            insights: false,
            entities: false,
            days: DAYS,
            write_key: WriteKey::Same,
            problems: Vec::new(),
        }
    }
}

impl RespondSettings {
    /// Reads the settings from the claims of a token. What cannot be read allows nothing.
    pub(crate) fn from_claims(claims: &Claims) -> Self {
        let mut problems = Vec::new();
        Self {
            is_on: claims.flag("respond"),
            match_lists: names(claims, "respond_match_lists", &mut problems),
            suppress_lists: names(claims, "respond_suppress_lists", &mut problems),
            threat_source: claims.text("respond_threat_source").and_then(threat_source),
            insights: claims.flag("respond_insights"),
            entities: claims.flag("respond_entities"),
            days: claims.get("respond_days").and_then(days).unwrap_or(DAYS),
            write_key: write_key(claims),
            problems,
        }
    }

    /// Returns true if the tenant lets XDR change anything.
    pub(crate) fn allows_anything(&self) -> bool {
        let names_something = !self.match_lists.is_empty()
            || !self.suppress_lists.is_empty()
            || self.threat_source.is_some()
            || self.insights
            || self.entities;
        self.is_on && names_something && !matches!(self.write_key, WriteKey::Incomplete)
    }
}

/// The names of a comma separated list, the first [`MOST_LISTS`] of them.
fn names(claims: &Claims, claim: &str, problems: &mut Vec<String>) -> Vec<String> {
    let text = claims.text(claim).unwrap_or_default();
    let given = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut names: Vec<String> = given.take(MOST_LISTS + 1).map(str::to_owned).collect();
    if names.len() > MOST_LISTS {
        names.truncate(MOST_LISTS);
        problems.push(format!("custom_{claim}: only the first {MOST_LISTS} names are used"));
    }
    names
}

fn threat_source(text: &str) -> Option<ThreatSource> {
    let text = text.trim();
    let (name, source): (_, fn(String) -> ThreatSource) = match text.strip_prefix(PLATFORM) {
        Some(name) => (name.trim(), ThreatSource::Platform),
        None => (text, ThreatSource::CloudSiem),
    };
    (!name.is_empty()).then(|| source(name.to_owned()))
}

/// A whole number of days, as a number or as text.
fn days(claim: &Value) -> Option<u32> {
    let number = match claim {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Some(u32::try_from(number?).unwrap_or(MAX_DAYS).min(MAX_DAYS))
}

fn write_key(claims: &Claims) -> WriteKey {
    let is_given = |name| claims.get(name).is_some_and(|claim| !claim.is_null() && claim != "");
    match (claims.secret("respond_access_id"), claims.secret("respond_access_key")) {
        (Some(id), Some(key)) => WriteKey::Own(id, key),
        _ if is_given("respond_access_id") || is_given("respond_access_key") => WriteKey::Incomplete,
        _ => WriteKey::Same,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(claims: &Value) -> RespondSettings {
        RespondSettings::from_claims(&Claims::from_json(claims))
    }

    #[test]
    fn nothing_is_allowed_unless_switched_on_and_named() {
        for (claims, is_allowed) in [
            (json!({}), false),
            (json!({"respond": true}), false),
            (json!({"respond_match_lists": "a"}), false),
            (json!({"respond": "true", "respond_match_lists": "a"}), true),
            (json!({"respond": true, "respond_suppress_lists": " , "}), false),
            (json!({"respond": true, "respond_insights": true}), true),
            (json!({"respond": true, "respond_entities": "TRUE"}), true),
            (json!({"respond": true, "respond_threat_source": "platform:"}), false),
            (json!({"respond": true, "respond_threat_source": "feed"}), true),
            (json!({"respond": 1, "respond_insights": true}), false),
            (json!({"respond": true, "respond_insights": true, "respond_access_id": "i"}), false),
            (json!({"respond": true, "respond_insights": true, "respond_access_key": 5}), false),
            (json!({"respond": true, "respond_insights": true, "respond_access_id": ""}), true),
        ] {
            assert_eq!(settings(&claims).allows_anything(), is_allowed, "{claims}");
        }
    }

    #[test]
    fn names_sources_and_days_are_read_in_every_form() {
        let all = settings(&json!({
            "respond_match_lists": " a, b c ,,d", "respond_threat_source": "platform: mine", "respond_days": "7"
        }));
        assert_eq!(all.match_lists, ["a", "b c", "d"]);
        assert_eq!((all.threat_source, all.days), (Some(ThreatSource::Platform("mine".to_owned())), 7));
        for (claim, expected) in [
            (json!(0), 0),
            (json!("0"), 0),
            (json!(-1), DAYS),
            (json!("soon"), DAYS),
            (json!(1e9), DAYS),
            (json!(99_999), MAX_DAYS),
            (json!(null), DAYS),
        ] {
            assert_eq!(settings(&json!({"respond_days": claim})).days, expected, "{claim}");
        }
    }

    #[test]
    fn at_most_a_hundred_lists_are_named() {
        for (count, problems) in [
            (100, vec![]),
            (101, vec!["custom_respond_suppress_lists: only the first 100 names are used"]),
            (5_000, vec!["custom_respond_suppress_lists: only the first 100 names are used"]),
        ] {
            let all = settings(&json!({"respond_suppress_lists": "a,".repeat(count)}));
            assert_eq!(
                (all.suppress_lists.len(), all.problems),
                (100, problems.into_iter().map(str::to_owned).collect())
            );
        }
    }

    #[test]
    fn settings_are_equal_if_they_name_the_same_key() {
        let key = |key: &str| settings(&json!({"respond_access_id": "w-id", "respond_access_key": key}));
        assert_eq!(key("w-key"), key("w-key"));
        assert_ne!(key("w-key"), key("w-key-2"));
        assert_ne!(key("w-key"), settings(&json!({})));
        assert_ne!(settings(&json!({"respond_access_id": "w-id"})), settings(&json!({})));
    }

    #[test]
    fn the_write_key_is_not_printed() {
        let settings = settings(&json!({"respond_access_id": "w-id", "respond_access_key": "w-key"}));
        assert!(matches!(settings.write_key, WriteKey::Own(..)));
        let printed = format!("{settings:?}");
        assert!(!printed.contains("w-id") && !printed.contains("w-key"), "{printed}");
    }
}
