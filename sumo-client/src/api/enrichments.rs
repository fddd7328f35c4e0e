//! Enrichments: what outside services know about an insight, a signal or an entity.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::api::{model, request_body};
use crate::envelope::{self, DecodeError};
use crate::model::open_enum;
use crate::timestamp::Timestamp;

/// The enrichments of an object stand in a member of their own.
pub(crate) fn decode_list(body: &[u8]) -> Result<Vec<Enrichment>, DecodeError> {
    #[derive(Deserialize)]
    struct Enrichments {
        enrichments: Vec<Enrichment>,
    }
    envelope::decode(body).map(|answer: Enrichments| answer.enrichments)
}

model! {
    /// Data of an outside service about an object.
    Enrichment {
        [
            /// The data, in the service's own form.
            #[serde(default, deserialize_with = "crate::plain_value::members_or_none")]
            detail: Map<String, Value>,
        ]
        /// The label under which it was saved.
        #[serde(rename = "type")]
        enrichment_type: String,
        /// A page about it.
        external_url: Option<String>,
        /// The verdict, see [`Reputation::read`].
        reputation: Option<String>,
        /// The time at which it expires.
        expires_at: Option<Timestamp>,
        /// The threat intelligence indicator behind it.
        normalized_indicator: Option<NormalizedIndicator>,
    }
}

model! {
    /// The threat intelligence indicator behind an enrichment.
    NormalizedIndicator {
        /// The id.
        id: Option<String>,
        /// The value.
        indicator: Option<String>,
        /// The kind of value.
        #[serde(rename = "type")]
        indicator_type: Option<String>,
        /// The source.
        source: Option<String>,
        /// The time of the import.
        imported: Option<Timestamp>,
        /// The time from which it is valid.
        valid_from: Option<Timestamp>,
        /// Until when it is valid.
        valid_until: Option<Timestamp>,
        /// The confidence of its source, 0 to 100.
        confidence: Option<i64>,
        /// The kind of threat.
        threat_type: Option<ThreatType>,
        /// More of it, as text.
        fields: Option<String>,
    }
}

impl NormalizedIndicator {
    /// The reputation that Cloud SIEM derives from the kind of threat and the confidence; `None`
    /// for attributions, which say nothing about a value.
    ///
    /// As the vendor's page "Threat indicators in Cloud SIEM" has it: malicious activity and
    /// compromise are malicious, though only suspicious below a confidence of 60; benign is not
    /// flagged; all else is suspicious.
    pub fn reputation(&self) -> Option<Reputation> {
        match self.threat_type {
            Some(ThreatType::Attribution) => None,
            Some(ThreatType::Benign) => Some(Reputation::NotFlagged),
            Some(ThreatType::MaliciousActivity | ThreatType::Compromised)
                if self.confidence.is_none_or(|confidence| confidence >= MALICIOUS_CONFIDENCE) =>
            {
                Some(Reputation::Malicious)
            }
            _ => Some(Reputation::Suspicious),
        }
    }

    /// Returns true if the indicator is valid at `now`. Ends that are missing or not times are
    /// open.
    pub fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        let time = |end: &Option<Timestamp>| end.as_ref().and_then(Timestamp::utc);
        time(&self.valid_from).is_none_or(|start| start <= now)
            && time(&self.valid_until).is_none_or(|end| now < end)
    }
}

/// Malicious indicators of less confidence are only suspicious.
const MALICIOUS_CONFIDENCE: i64 = 60;

open_enum! {
    /// The kind of threat of an indicator, as in STIX 2.1.
    ThreatType {
        /// Unusual activity, not surely a threat.
        AnomalousActivity = "anomalous-activity",
        /// A service that hides its users.
        Anonymization = "anonymization",
        /// Harmless, taken alone.
        Benign = "benign",
        /// Something in the hands of an attacker.
        Compromised = "compromised",
        /// An attack.
        MaliciousActivity = "malicious-activity",
        /// A hint at who is behind an attack.
        Attribution = "attribution",
        /// Unknown.
        UnknownThreat = "unknown",
    }
}

/// The verdict that Cloud SIEM has of an entity, the worst of its enrichments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reputation {
    /// Not flagged, which is not the same as clean.
    NotFlagged,
    /// Something may be wrong with it.
    Suspicious,
    /// Known to be malicious.
    Malicious,
}

impl Reputation {
    /// Reads a reputation. The spelling on the wire is not documented, so that case, blanks, `_`
    /// and `-` do not count. `None` for any other word.
    ///
    /// ```
    /// use sumo_client::api::enrichments::Reputation;
    ///
    /// assert_eq!(Reputation::read("Not Flagged"), Some(Reputation::NotFlagged));
    /// assert_eq!(Reputation::read("MALICIOUS"), Some(Reputation::Malicious));
    /// assert_eq!(Reputation::read("unheard-of"), None);
    /// ```
    pub fn read(text: &str) -> Option<Self> {
        let letters = |sign: &char| !matches!(sign, ' ' | '_' | '-');
        let word: String = text.chars().filter(letters).flat_map(char::to_lowercase).collect();
        match word.as_str() {
            "notflagged" => Some(Self::NotFlagged),
            "suspicious" => Some(Self::Suspicious),
            "malicious" => Some(Self::Malicious),
            _ => None,
        }
    }
}

request_body! {
    /// An enrichment to be saved.
    NewEnrichment {
        [
            /// The data, in a form of your own.
            detail: Map<String, Value>,
        ]
        /// The text that the service gave.
        raw: String,
        /// The time at which it expires.
        expires_at: Timestamp,
        /// The verdict.
        reputation: String,
        /// A page about it.
        external_url: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indicator(json: &str) -> NormalizedIndicator {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn reputations_follow_the_vendors_map() {
        for (threat_type, confidence, reputation) in [
            (r#""malicious-activity""#, "60", Some(Reputation::Malicious)),
            (r#""malicious-activity""#, "59", Some(Reputation::Suspicious)),
            (r#""compromised""#, "null", Some(Reputation::Malicious)),
            (r#""compromised""#, "40", Some(Reputation::Suspicious)),
            (r#""anomalous-activity""#, "100", Some(Reputation::Suspicious)),
            (r#""anonymization""#, "100", Some(Reputation::Suspicious)),
            (r#""unknown""#, "100", Some(Reputation::Suspicious)),
            (r#""unheard-of""#, "100", Some(Reputation::Suspicious)),
            ("null", "100", Some(Reputation::Suspicious)),
            (r#""benign""#, "100", Some(Reputation::NotFlagged)),
            (r#""attribution""#, "100", None),
        ] {
            let json = format!(r#"{{"threatType": {threat_type}, "confidence": {confidence}}}"#);
            assert_eq!(indicator(&json).reputation(), reputation, "{json}");
        }
    }

    #[test]
    fn indicators_are_valid_between_their_ends() {
        let now: DateTime<Utc> = "2026-11-20T00:00:00Z".parse().unwrap();
        for (json, expected) in [
            ("{}", true),
            (r#"{"validFrom": "2026-11-20T00:00:00", "validUntil": "2026-11-20T00:00:01Z"}"#, true),
            (r#"{"validFrom": "2026-11-20T00:00:01Z"}"#, false),
            (r#"{"validUntil": "2026-11-20T00:00:00Z"}"#, false),
            (r#"{"validFrom": "soon", "validUntil": null}"#, true),
        ] {
            assert_eq!(indicator(json).is_valid_at(now), expected, "{json}");
        }
    }
}
