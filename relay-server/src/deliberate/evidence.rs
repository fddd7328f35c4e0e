//! Maps the evidence of Cloud SIEM for or against an observable to CTIM: pure functions.
//!
//! | Evidence | Priority | Confidence | Valid |
//! |---|---|---|---|
//! | item of a match list that has a meaning | 95 | High | from its creation to its expiration |
//! | custom threat intelligence | 90 | Medium | from its creation to its expiration |
//! | indicator of the platform, in an enrichment | 85 | its own | as it says, else 30 days |
//! | reputation that no indicator explains | 80 | Medium | 7 days |
//!
//! Without an end the indicator of a hash is valid for ever.

use chrono::{DateTime, TimeDelta, Utc};
use ctim::vocabulary::{Disposition, HighMedLow, Severity, Tlp};
use ctim::{EntityId, EntityType, Indicator, Judgement, Time, Truncate, ValidTime};
use sumo_client::Timestamp;
use sumo_client::api::enrichments::{Enrichment, NormalizedIndicator, Reputation};
use sumo_client::api::entities::Entity;
use sumo_client::api::match_lists::ItemMeta;
use sumo_client::api::threat_intel_indicators::ThreatIntelIndicator;
use uuid::Uuid;

use super::subject::Subject;
use crate::console::Console;
use crate::mapping::SOURCE;

/// The longest link that CTIM takes.
const MAX_LINK: usize = 2048;

/// A judgement, and the collection that it stems from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) judgement: Judgement,
    pub(crate) collection: Option<Collection>,
}

/// A match list or a source of threat intelligence, which is an indicator in CTIM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Collection {
    id: EntityId,
    title: String,
    description: String,
}

/// The time since when something holds, and until when; an absent end is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
}

impl Span {
    /// The span of an item of a list or an indicator.
    pub(super) fn of_item(meta: Option<&ItemMeta>, expiration: Option<&Timestamp>) -> Self {
        let created = meta.and_then(|meta| meta.created.as_ref()).and_then(|created| created.when.as_ref());
        Self { since: created.and_then(Timestamp::utc), until: expiration.and_then(Timestamp::utc) }
    }

    /// The longer of two spans of the same thing: the later end, then the earlier start.
    pub(super) fn or_longer(self, other: Self) -> Self {
        if other.is_longer_than(self) { other } else { self }
    }

    fn is_longer_than(self, other: Self) -> bool {
        let end = |span: Self| span.until.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let start = |span: Self| span.since.unwrap_or(DateTime::<Utc>::MIN_UTC);
        (end(self), std::cmp::Reverse(start(self))) > (end(other), std::cmp::Reverse(start(other)))
    }
}

/// The observable that is judged, when, and where to look it up.
pub(super) struct Judge<'a> {
    pub(super) subject: &'a Subject,
    pub(super) console: &'a Console,
    pub(super) now: DateTime<Utc>,
}

/// All of a judgement that differs between the kinds of evidence.
struct Finding {
    /// The first part of the name that the id is made of.
    origin: String,
    external_id: Option<String>,
    disposition: Disposition,
    priority: i64,
    confidence: HighMedLow,
    span: Span,
    reason: String,
}

impl Judge<'_> {
    /// The evidence of a match list of which items cover the observable, for the longest time of
    /// one of them.
    pub(super) fn match_list(
        &self,
        list_id: &str,
        list_name: &str,
        meaning: Disposition,
        span: Span,
    ) -> Evidence {
        let judgement = self.judgement(Finding {
            origin: format!("match-list-{list_id}"),
            external_id: None,
            disposition: meaning,
            priority: 95,
            confidence: HighMedLow::High,
            span,
            reason: format!("On match list {list_name}"),
        });
        let collection =
            Collection::new("match-list", list_id, list_name, "Match list of Sumo Logic Cloud SIEM");
        Evidence { judgement, collection: Some(collection) }
    }

    /// The evidence of an indicator of a custom source, which is in force.
    pub(super) fn custom_indicator(
        &self,
        indicator: &ThreatIntelIndicator,
        disposition: Disposition,
    ) -> Evidence {
        let source = indicator.source.as_ref();
        let judgement = self.judgement(Finding {
            origin: format!("threat-intel-{}", indicator.id),
            external_id: Some(indicator.id.clone()),
            disposition,
            priority: 90,
            confidence: HighMedLow::Medium,
            span: Span::of_item(indicator.meta.as_ref(), indicator.expiration.as_ref()),
            reason: source_reason(source.map(|source| source.name.as_str())),
        });
        let collection = source.map(|source| {
            Collection::new(
                "threat-intel-source",
                &source.id,
                &source.name,
                "Threat intelligence of Sumo Logic Cloud SIEM",
            )
        });
        Evidence { judgement, collection }
    }

    /// The evidence of an entity with a bad reputation: its indicators, or else the reputation
    /// alone.
    pub(super) fn entity(&self, entity: &Entity, enrichments: &[Enrichment]) -> Vec<Evidence> {
        let indicators: Vec<_> =
            enrichments.iter().filter_map(|enrichment| self.platform_indicator(enrichment)).collect();
        if !indicators.is_empty() {
            return indicators;
        }
        self.reputation(entity).into_iter().collect()
    }

    fn platform_indicator(&self, enrichment: &Enrichment) -> Option<Evidence> {
        let is_over =
            enrichment.expires_at.as_ref().and_then(Timestamp::utc).is_some_and(|end| end <= self.now);
        let indicator = enrichment.normalized_indicator.as_ref().filter(|_| !is_over)?;
        let is_about_it = indicator.indicator.as_deref().is_none_or(|value| self.subject.is(value));
        if !is_about_it || !indicator.is_valid_at(self.now) {
            return None;
        }
        let id = indicator.id.as_deref().or(indicator.source.as_deref()).unwrap_or("unknown");
        let judgement = self.judgement(Finding {
            origin: format!("threat-intel-{id}"),
            external_id: indicator.id.clone(),
            disposition: disposition_of(indicator.reputation()?)?,
            priority: 85,
            confidence: confidence_of(indicator.confidence),
            span: self.span_of(indicator),
            reason: source_reason(indicator.source.as_deref()),
        });
        let collection = indicator.source.as_deref().map(|source| {
            Collection::new(
                "threat-intel-feed",
                source,
                source,
                "Threat intelligence of the Sumo Logic platform",
            )
        });
        Some(Evidence { judgement, collection })
    }

    fn span_of(&self, indicator: &NormalizedIndicator) -> Span {
        let time = |time: &Option<Timestamp>| time.as_ref().and_then(Timestamp::utc);
        let for_30_days = || (!self.subject.is_hash()).then(|| self.now + TimeDelta::days(30));
        Span { since: time(&indicator.valid_from), until: time(&indicator.valid_until).or_else(for_30_days) }
    }

    fn reputation(&self, entity: &Entity) -> Option<Evidence> {
        let disposition = disposition_of(entity.known_reputation()?)?;
        let judgement = self.judgement(Finding {
            origin: format!("entity-{}", entity.id),
            external_id: Some(entity.id.clone()),
            disposition,
            priority: 80,
            confidence: HighMedLow::Medium,
            span: Span {
                since: entity.last_seen.as_ref().and_then(Timestamp::utc),
                until: Some(self.now + TimeDelta::days(7)),
            },
            reason: format!("Reputation {} in Sumo Logic Cloud SIEM", disposition.name().as_str()),
        });
        Some(Evidence { judgement, collection: None })
    }

    fn judgement(&self, finding: Finding) -> Judgement {
        let asked = &self.subject.observable;
        let name = format!("judgement-Sumo Logic-{}-{}-{}", finding.origin, asked.kind, asked.value);
        let uri = Some(self.console.search(&asked.value)).filter(|uri| uri.len() <= MAX_LINK);
        let mut judgement = Judgement::builder()
            .id(EntityId::transient_v5(EntityType::Judgement, &Uuid::NAMESPACE_X500, &name))
            .source(SOURCE)
            .maybe_source_uri(uri)
            .observable(ctim::Observable::new(asked.kind.as_str(), asked.value.as_str()))
            .judged(finding.disposition)
            .priority(finding.priority)
            .confidence(finding.confidence)
            .severity(severity_of(finding.disposition))
            .valid_time(self.valid_time(finding.span))
            .reason(finding.reason)
            .tlp(Tlp::Amber)
            .external_ids(finding.external_id.into_iter().collect::<Vec<_>>())
            .build();
        judgement.truncate();
        judgement
    }

    /// The span as CTIM has it. Clocks differ: a thing that is there now began at the latest now.
    fn valid_time(&self, span: Span) -> ValidTime {
        let in_range = |time: DateTime<Utc>| Time::from(time).clamp(Time::MIN_VALID, Time::FOREVER);
        let start = span.since.map(|since| in_range(since.min(self.now)));
        let end = span.until.map_or(Time::FOREVER, in_range);
        ValidTime::builder().maybe_start_time(start).end_time(end).build()
    }
}

impl Collection {
    fn new(kind: &str, id: &str, title: &str, description: &str) -> Self {
        let name = format!("indicator-Sumo Logic-{kind}-{id}");
        Self {
            id: EntityId::transient_v5(EntityType::Indicator, &Uuid::NAMESPACE_X500, &name),
            title: title.to_owned(),
            description: description.to_owned(),
        }
    }

    pub(super) fn id(&self) -> &EntityId {
        &self.id
    }

    pub(super) fn indicator(&self) -> Indicator {
        let mut indicator = Indicator::builder()
            .id(self.id.clone())
            .producer("Sumo Logic")
            .source(SOURCE)
            .title(self.title.as_str())
            .short_description(self.description.as_str())
            .valid_time(ValidTime::default())
            .tlp(Tlp::Amber)
            .build();
        indicator.truncate();
        indicator
    }
}

fn source_reason(name: Option<&str>) -> String {
    name.map_or_else(|| "Threat intelligence".to_owned(), |name| format!("Threat intelligence source {name}"))
}

/// Not flagged is not clean: the vendor's "benign" only means harmless taken alone.
fn disposition_of(reputation: Reputation) -> Option<Disposition> {
    match reputation {
        Reputation::Malicious => Some(Disposition::Malicious),
        Reputation::Suspicious => Some(Disposition::Suspicious),
        _ => None,
    }
}

fn severity_of(disposition: Disposition) -> Severity {
    match disposition {
        Disposition::Clean | Disposition::Common => Severity::None,
        Disposition::Suspicious => Severity::Medium,
        Disposition::Malicious => Severity::High,
        Disposition::Unknown => Severity::Unknown,
    }
}

/// The vendor's bands of confidence, without gaps.
fn confidence_of(confidence: Option<i64>) -> HighMedLow {
    match confidence {
        None => HighMedLow::Unknown,
        Some(confidence) if confidence >= 75 => HighMedLow::High,
        Some(confidence) if confidence >= 50 => HighMedLow::Medium,
        Some(_) => HighMedLow::Low,
    }
}

#[cfg(test)]
mod tests {
    use ctim::Validate;
    use xdr_module::contract::observable::Observable;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2024-09-14T09:00:00Z".parse().unwrap()
    }

    fn with_judge<T>(kind: &str, value: &str, make: impl FnOnce(&Judge<'_>) -> T) -> T {
        let subject = Subject::new(&Observable { kind: kind.into(), value: value.into() }).unwrap();
        let console = Console::of_api_host("api.us2.sumologic.com");
        make(&Judge { subject: &subject, console: &console, now: now() })
    }

    fn entity(reputation: &str) -> Entity {
        let mut entity = Entity::default();
        entity.id = "_domain-bad.example".into();
        entity.reputation = Some(reputation.into());
        entity.last_seen = Some("2024-09-13T00:00:00".into());
        entity
    }

    fn enrichment(indicator: serde_json::Value) -> Enrichment {
        let mut enrichment = Enrichment::default();
        enrichment.normalized_indicator = Some(serde_json::from_value(indicator).unwrap());
        enrichment
    }

    /// All that is told of a judgement besides its observable: disposition, priority, confidence,
    /// severity, validity.
    fn facts(judgement: &Judgement) -> String {
        assert!(judgement.validate().is_empty(), "{:?}", judgement.validate());
        let time = |time: Option<Time>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        format!(
            "{} {} {} {} {} {}",
            judgement.disposition_name.as_str(),
            judgement.priority,
            judgement.confidence.as_str(),
            judgement.severity.as_str(),
            time(judgement.valid_time.start_time),
            time(judgement.valid_time.end_time),
        )
    }

    const FOREVER: &str = "2525-01-01T00:00:00.000Z";

    #[test]
    fn ids_are_those_of_the_test_vectors() {
        let span = Span::default();
        let list = with_judge("ip", "198.51.100.24", |judge| {
            judge.match_list("173", "threat", Disposition::Malicious, span)
        });
        assert_eq!(list.judgement.id.as_str(), "transient:judgement-c22176d1-5197-5bf8-89ef-2bdd9a5d3017");
        let mut custom = ThreatIntelIndicator::default();
        custom.id = "indicator--0001".into();
        let custom =
            with_judge("ip", "203.0.113.9", |judge| judge.custom_indicator(&custom, Disposition::Malicious));
        assert_eq!(custom.judgement.id.as_str(), "transient:judgement-f24214c9-3235-5912-b98b-444fec092e38");
        let platform = enrichment(serde_json::json!({"id": "indicator-abc123", "threatType": "compromised"}));
        let platform = with_judge("ip", "198.51.100.24", |judge| {
            judge.entity(&entity("malicious"), &[platform]).remove(0)
        });
        assert_eq!(
            platform.judgement.id.as_str(),
            "transient:judgement-14e8ddb9-0c7b-5a09-8195-48b1c6011f68"
        );
        let alone =
            with_judge("domain", "bad.example", |judge| judge.entity(&entity("malicious"), &[]).remove(0));
        assert_eq!(alone.judgement.id.as_str(), "transient:judgement-003f035e-c799-5216-8519-f43b28405130");
    }

    #[test]
    fn every_meaning_of_a_list_has_its_severity() {
        let created = Span { since: Some("2024-09-01T00:00:00Z".parse().unwrap()), until: None };
        for (meaning, severity) in [
            (Disposition::Clean, "None"),
            (Disposition::Malicious, "High"),
            (Disposition::Suspicious, "Medium"),
            (Disposition::Common, "None"),
            (Disposition::Unknown, "Unknown"),
        ] {
            let evidence =
                with_judge("ip", "192.0.2.1", |judge| judge.match_list("1", "l", meaning, created));
            let word = meaning.name();
            let expected = format!("{} 95 High {severity} 2024-09-01T00:00:00.000Z {FOREVER}", word.as_str());
            assert_eq!(facts(&evidence.judgement), expected);
            assert_eq!(evidence.judgement.reason.as_deref(), Some("On match list l"));
        }
    }

    #[test]
    fn items_of_one_list_make_one_judgement_that_holds_the_longest() {
        let span = |since: &str, until: Option<&str>| Span {
            since: Some(since.parse().unwrap()),
            until: until.map(|until| until.parse().unwrap()),
        };
        let spans = [
            span("2024-09-02T00:00:00Z", Some("2024-10-01T00:00:00Z")),
            span("2024-09-03T00:00:00Z", None),
            span("2024-09-01T00:00:00Z", None),
            span("2024-08-01T00:00:00Z", Some("2025-10-01T00:00:00Z")),
        ];
        let of = |spans: &[Span]| {
            let span = spans.iter().copied().reduce(Span::or_longer).unwrap();
            with_judge("ip", "192.0.2.1", |judge| {
                facts(&judge.match_list("1", "l", Disposition::Clean, span).judgement)
            })
        };
        let expected = format!("Clean 95 High None 2024-09-01T00:00:00.000Z {FOREVER}");
        assert_eq!(of(&spans), expected);
        assert_eq!(of(&[spans[2], spans[3], spans[0], spans[1]]), expected);
    }

    #[test]
    fn times_that_ctim_cannot_hold_are_cut() {
        let span = Span {
            since: Some("2024-09-14T09:00:05Z".parse().unwrap()),
            until: Some("9000-01-01T00:00:00Z".parse().unwrap()),
        };
        let evidence =
            with_judge("ip", "192.0.2.1", |judge| judge.match_list("1", "l", Disposition::Clean, span));
        let judgement = evidence.judgement;
        assert_eq!(facts(&judgement), format!("Clean 95 High None 2024-09-14T09:00:00.000Z {FOREVER}"));
        assert!(judgement.valid_time.contains(now().into()), "a clock that is ahead hides nothing");
    }

    #[test]
    fn indicators_of_the_platform_follow_the_vendors_map() {
        let thirty_days = "2024-10-14T09:00:00.000Z";
        for (value, threat_type, confidence, expected) in [
            ("1.2.3.4", "malicious-activity", "90", Some(format!("Malicious 85 High High - {thirty_days}"))),
            ("1.2.3.4", "malicious-activity", "75", Some(format!("Malicious 85 High High - {thirty_days}"))),
            (
                "1.2.3.4",
                "malicious-activity",
                "74",
                Some(format!("Malicious 85 Medium High - {thirty_days}")),
            ),
            (
                "1.2.3.4",
                "malicious-activity",
                "59",
                Some(format!("Suspicious 85 Medium Medium - {thirty_days}")),
            ),
            (
                "1.2.3.4",
                "malicious-activity",
                "40",
                Some(format!("Suspicious 85 Low Medium - {thirty_days}")),
            ),
            ("1.2.3.4", "compromised", "null", Some(format!("Malicious 85 Unknown High - {thirty_days}"))),
            ("1.2.3.4", "compromised", "-7", Some(format!("Suspicious 85 Low Medium - {thirty_days}"))),
            ("1.2.3.4", "anonymization", "1000", Some(format!("Suspicious 85 High Medium - {thirty_days}"))),
            ("1.2.3.4", "unheard-of", "50", Some(format!("Suspicious 85 Medium Medium - {thirty_days}"))),
            ("ab", "malicious-activity", "90", Some(format!("Malicious 85 High High - {FOREVER}"))),
            ("1.2.3.4", "benign", "100", None),
            ("1.2.3.4", "attribution", "100", None),
        ] {
            let kind = if value == "ab" { "sha256" } else { "ip" };
            let confidence: serde_json::Value = serde_json::from_str(confidence).unwrap();
            let indicator = enrichment(serde_json::json!({
                "id": "i", "source": "feed", "threatType": threat_type, "confidence": confidence, "indicator": value,
            }));
            let found = with_judge(kind, value, |judge| judge.entity(&entity("notflagged"), &[indicator]));
            let found = found.first().map(|evidence| facts(&evidence.judgement));
            assert_eq!(found, expected, "{value} {threat_type} {confidence}");
        }
    }

    #[test]
    fn indicators_that_do_not_count_leave_the_reputation() {
        let alone = "Malicious 80 Medium High 2024-09-13T00:00:00.000Z 2024-09-21T09:00:00.000Z";
        let of = |enrichments: &[Enrichment]| {
            let found =
                with_judge("domain", "bad.example", |judge| judge.entity(&entity("MALICIOUS"), enrichments));
            found.iter().map(|evidence| facts(&evidence.judgement)).collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), [alone]);
        for indicator in [
            serde_json::json!({"threatType": "compromised", "validUntil": "2024-09-14T09:00:00Z"}),
            serde_json::json!({"threatType": "compromised", "validFrom": "2024-09-14T09:00:01Z"}),
            serde_json::json!({"threatType": "compromised", "indicator": "other.example"}),
            serde_json::json!({"threatType": "benign"}),
        ] {
            assert_eq!(of(&[enrichment(indicator.clone())]), [alone], "{indicator}");
        }
        let mut expired = enrichment(serde_json::json!({"threatType": "compromised"}));
        expired.expires_at = Some("2024-09-14T08:00:00".into());
        assert_eq!(of(&[expired, Enrichment::default()]), [alone]);
    }

    #[test]
    fn a_reputation_is_evidence_only_when_it_is_bad() {
        for (word, disposition) in [
            ("malicious", Some("Malicious")),
            ("Suspicious", Some("Suspicious")),
            ("notflagged", None),
            ("Not Flagged", None),
            ("clean", None),
            ("watched", None),
            ("", None),
        ] {
            let found = with_judge("domain", "bad.example", |judge| judge.entity(&entity(word), &[]));
            let found = found.first().map(|evidence| evidence.judgement.disposition_name.as_str().to_owned());
            assert_eq!(found.as_deref(), disposition, "{word}");
        }
    }

    #[test]
    fn what_is_found_is_linked_and_long_texts_are_cut() {
        let value = format!("https://a.example/{}", "é".repeat(1_000));
        let name = "n".repeat(2_000);
        let evidence = with_judge("url", &value, |judge| {
            judge.match_list("1", &name, Disposition::Clean, Span::default())
        });
        assert!(evidence.judgement.validate().is_empty() && evidence.judgement.source_uri.is_none());
        assert!(evidence.collection.unwrap().indicator().validate().is_empty());
        let short = with_judge("ip", "192.0.2.1", |judge| {
            judge.match_list("1", "l", Disposition::Clean, Span::default())
        });
        let link = "https://service.us2.sumologic.com/sec/search?q=192.0.2.1";
        assert_eq!(short.judgement.source_uri.as_deref(), Some(link));
        assert_eq!(short.judgement.tlp.as_ref().map(Tlp::as_str), Some("amber"));
    }
}
