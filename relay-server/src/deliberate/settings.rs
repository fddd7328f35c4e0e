//! A tenant's settings for judgements: the meaning of its match lists, and of its own threat
//! intelligence.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ctim::vocabulary::Disposition;
use serde_json::Value;
use xdr_module::auth::Claims;

/// The claim with the meaning of match lists: `name=word`, comma separated.
const LISTS_CLAIM: &str = "deliberate_lists";

/// The claim with the disposition of custom threat intelligence.
const THREAT_INTEL_CLAIM: &str = "deliberate_threat_intel";

/// The meaning of match lists where a tenant sets none: the standard lists of the vendor.
pub(crate) const DEFAULT_LISTS: &str =
    "verified_ips=Clean, verified_domains=Clean, verified_hostnames=Clean, threat=Malicious";

/// The setting that turns a kind of judgement off.
const OFF: &str = "-";

/// The most problems that are told, and the characters of a setting that one shows.
const MOST_PROBLEMS: usize = 5;
const SHOWN_CHARS: usize = 64;

/// The most match lists that a tenant may give a meaning.
const MOST_LISTS: usize = 100;

/// A tenant's settings for judgements.
///
/// A match list says nothing by itself: by custom most of them allow something. So a list judges
/// only what the tenant says it does.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub struct JudgingSettings {
    lists: BTreeMap<String, Disposition>,
    threat_intel: Option<Disposition>,
    problems: Vec<String>,
}

impl Default for JudgingSettings {
    fn default() -> Self {
        Self::from_texts(None, None)
    }
}

impl JudgingSettings {
    /// Reads the settings from the claims of a token. A part that cannot be read is left out and
    /// named in [`problems`](Self::problems).
    pub(crate) fn from_claims(claims: &Claims) -> Self {
        let text = |name: &str| {
            claims.get(name).map(|value| value.as_str().map_or_else(|| json(value), str::to_owned))
        };
        Self::from_texts(text(LISTS_CLAIM).as_deref(), text(THREAT_INTEL_CLAIM).as_deref())
    }

    /// Reads the settings as a tenant writes them: lists as `name=word, name=word`, or `-` for
    /// none; the disposition of custom threat intelligence as a word, or `-` to leave it out. A
    /// setting that is absent has its default.
    ///
    /// ```
    /// use relay_server::JudgingSettings;
    ///
    /// let lists = "blocked_ips = malicious, partners=Clean";
    /// let settings = JudgingSettings::from_texts(Some(lists), Some("Suspicious"));
    /// assert!(settings.problems().is_empty());
    /// assert_eq!(JudgingSettings::from_texts(Some("a=Bad"), None).problems().len(), 1);
    /// ```
    pub fn from_texts(lists: Option<&str>, threat_intel: Option<&str>) -> Self {
        let given =
            |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let mut problems = Vec::new();
        let lists = given(lists).unwrap_or_else(|| DEFAULT_LISTS.to_owned());
        let lists = if lists == OFF { BTreeMap::new() } else { read_lists(&lists, &mut problems) };
        let threat_intel = match given(threat_intel).as_deref() {
            None => Some(Disposition::Malicious),
            Some(OFF) => None,
            Some(word) => read_word(word).or_else(|| {
                problems.push(format!("custom_{THREAT_INTEL_CLAIM}: {:?} is not a disposition", shown(word)));
                Some(Disposition::Malicious)
            }),
        };
        problems.truncate(MOST_PROBLEMS);
        Self { lists, threat_intel, problems }
    }

    /// Returns what could not be read, for people.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Returns a number that tells these settings from others of the same tenant, for keys of
    /// caches.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Returns the meaning of the match list `name`; `None` for a list that says nothing.
    pub(crate) fn meaning_of(&self, name: &str) -> Option<Disposition> {
        self.lists.get(name).copied()
    }

    /// Returns true if any match list has a meaning.
    pub(crate) fn has_lists(&self) -> bool {
        !self.lists.is_empty()
    }

    /// Returns the disposition of custom threat intelligence; `None` when it is turned off.
    pub(crate) fn threat_intel(&self) -> Option<Disposition> {
        self.threat_intel
    }
}

/// A claim of another type as text, which then names itself in the problem.
fn json(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

fn read_lists(text: &str, problems: &mut Vec<String>) -> BTreeMap<String, Disposition> {
    let mut lists = BTreeMap::new();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    for part in parts {
        let meaning = part.rsplit_once('=').map(|(name, word)| (name.trim(), read_word(word)));
        match meaning {
            Some((name, Some(_))) if lists.len() >= MOST_LISTS => {
                problems.push(format!(
                    "custom_{LISTS_CLAIM}: {:?} is beyond the first {MOST_LISTS} lists",
                    shown(name)
                ));
            }
            Some((name, Some(word))) if !name.is_empty() => {
                lists.insert(name.to_owned(), word);
            }
            _ => problems
                .push(format!("custom_{LISTS_CLAIM}: {:?} is not a list and a disposition", shown(part))),
        }
    }
    lists
}

/// The beginning of a text that a customer wrote.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

fn read_word(word: &str) -> Option<Disposition> {
    let word = word.trim();
    Disposition::ALL.into_iter().find(|one| one.name().as_str().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of_claims(claims: &Value) -> JudgingSettings {
        JudgingSettings::from_claims(&Claims::from_json(claims))
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        for claims in [
            json!({}),
            json!({"deliberate_lists": "", "deliberate_threat_intel": " "}),
            json!({"deliberate_lists": null, "deliberate_threat_intel": null}),
        ] {
            let settings = of_claims(&claims);
            assert_eq!(settings, JudgingSettings::default(), "{claims}");
            assert!(settings.problems().is_empty());
        }
        let default = JudgingSettings::default();
        for (name, meaning) in [
            ("verified_ips", Some(Disposition::Clean)),
            ("verified_domains", Some(Disposition::Clean)),
            ("verified_hostnames", Some(Disposition::Clean)),
            ("threat", Some(Disposition::Malicious)),
            ("Threat", None),
            ("blocked_ips", None),
        ] {
            assert_eq!(default.meaning_of(name), meaning, "{name}");
        }
        assert_eq!(default.threat_intel(), Some(Disposition::Malicious));
    }

    #[test]
    fn a_tenant_gives_its_lists_a_meaning() {
        let settings = of_claims(&json!({
            "deliberate_lists": " block list =malicious,a=b=Clean,seen= COMMON ,odd=Unknown,",
            "deliberate_threat_intel": "suspicious",
        }));
        assert_eq!(settings.problems(), [] as [&str; 0]);
        assert_eq!(settings.meaning_of("block list"), Some(Disposition::Malicious));
        assert_eq!(settings.meaning_of("a=b"), Some(Disposition::Clean));
        assert_eq!(settings.meaning_of("seen"), Some(Disposition::Common));
        assert_eq!(settings.meaning_of("odd"), Some(Disposition::Unknown));
        assert_eq!(settings.meaning_of("threat"), None, "the default is replaced");
        assert_eq!(settings.threat_intel(), Some(Disposition::Suspicious));
        let off = of_claims(&json!({"deliberate_lists": "-", "deliberate_threat_intel": "-"}));
        assert!(!off.has_lists() && off.threat_intel().is_none() && off.problems().is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_counts() {
        let settings = of_claims(&json!({
            "deliberate_lists": "a=Clean, b, =Clean, c=Bad, d=",
            "deliberate_threat_intel": 7,
        }));
        assert_eq!(settings.meaning_of("a"), Some(Disposition::Clean));
        assert_eq!(settings.problems().len(), 5, "{:?}", settings.problems());
        assert_eq!(settings.threat_intel(), Some(Disposition::Malicious));
        let many: Vec<_> = (0..=MOST_LISTS).map(|n| format!("l{n}=Clean")).collect();
        let settings = JudgingSettings::from_texts(Some(&many.join(",")), None);
        assert_eq!((settings.lists.len(), settings.problems().len()), (MOST_LISTS, 1));
    }
}
