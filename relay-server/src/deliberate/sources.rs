//! The sources of judgements: match lists, custom threat intelligence, entities with their
//! enrichments.
//!
//! Each asks for the values of all subjects in one call, as far as a URL holds them, and compares
//! again by our own rule: it is not documented whether the parameter `value` compares or contains,
//! nor in what case.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use sumo_client::Error;
use sumo_client::api::enrichments::{Enrichment, Reputation};
use sumo_client::api::entities::Entity;
use sumo_client::api::match_lists::ListItem;
use sumo_client::api::threat_intel_indicators::{IndicatorPart, ThreatIntelIndicator};
use sumo_client::query::{self, Query};

use super::evidence::{Evidence, Judge, Span};
use super::lists::{Blocks, JudgedList, ListMemory, is_of, is_over, span_in_force};
use super::question::{Question, batches, read_all};
use super::subject::Subject;

/// The items that one call asks for; 1,000 is known to work.
const ITEMS_PER_PAGE: u32 = 1_000;

/// The indicators that one call asks for.
const INDICATORS_PER_PAGE: u32 = 1_000;

/// The entities that one call asks for, which is also the most that was seen.
const ENTITIES_PER_PAGE: u32 = 50;

/// A source of judgements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    MatchLists,
    /// The CIDR blocks in match lists, which are read apart.
    Blocks,
    ThreatIntel,
    Entities,
    Enrichments,
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MatchLists => "match lists",
            Self::Blocks => "address blocks in match lists",
            Self::ThreatIntel => "threat intelligence",
            Self::Entities => "reputations of entities",
            Self::Enrichments => "enrichments of entities",
        }
    }

    fn is_asked_about(self, subject: &Subject) -> bool {
        match self {
            Self::MatchLists => subject.is_in_lists(),
            Self::Blocks => subject.is_address(),
            Self::ThreatIntel => subject.is_in_threat_intel(),
            Self::Entities | Self::Enrichments => true,
        }
    }
}

/// A source that could not be asked, or not in full.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) source: Source,
    pub(crate) cause: Cause,
}

/// The reason for which a source was not asked in full.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    Call(Arc<Error>),
    /// The source holds more items than are read.
    TooMany,
}

/// The evidence on one subject, and what could not be asked about it.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) evidence: Vec<Evidence>,
    pub(super) failures: Vec<Failure>,
}

impl Found {
    /// Adds that of another source.
    pub(super) fn add(&mut self, other: Self) {
        self.evidence.extend(other.evidence);
        self.failures.extend(other.failures);
    }
}

impl Failure {
    fn call(source: Source, error: impl Into<Arc<Error>>) -> Self {
        Self { source, cause: Cause::Call(error.into()) }
    }
}

/// The evidence of a source by subject, each with the failures of those calls that concern it.
fn by_subject(
    subjects: &[Subject],
    failures: &[Failure],
    evidence: impl Fn(&Subject) -> Vec<Evidence>,
) -> Vec<Found> {
    let concerning = |subject: &Subject| {
        failures.iter().filter(|failure| failure.source.is_asked_about(subject)).cloned().collect()
    };
    let found = |subject| Found { evidence: evidence(subject), failures: concerning(subject) };
    subjects.iter().map(found).collect()
}

fn judge<'a>(question: &'a Question, subject: &'a Subject, now: DateTime<Utc>) -> Judge<'a> {
    Judge { subject, console: &question.console, now }
}

/// The evidence of match lists that have a meaning.
pub(super) async fn match_lists(
    question: &Question,
    memory: &ListMemory,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Vec<Found> {
    if !question.settings.has_lists() || !subjects.iter().any(Subject::is_in_lists) {
        return Vec::new();
    }
    let lists = match memory.lists(question).await {
        Ok(lists) => lists,
        Err(error) => {
            return by_subject(subjects, &[Failure::call(Source::MatchLists, error)], |_| Vec::new());
        }
    };
    let is_address_asked = subjects.iter().any(Subject::is_address);
    let blocks =
        async { if is_address_asked { memory.blocks(question, &lists).await } else { Ok(Arc::default()) } };
    let ((items, error), blocks) = tokio::join!(list_items(question, &lists, subjects), blocks);
    let mut failures = Vec::from_iter(error.map(|error| Failure::call(Source::MatchLists, error)));
    let blocks = blocks.unwrap_or_else(|error| {
        failures.push(Failure::call(Source::Blocks, error));
        Arc::default()
    });
    if blocks.is_cut {
        failures.push(Failure { source: Source::Blocks, cause: Cause::TooMany });
    }
    by_subject(subjects, &failures, |subject| {
        of_lists(&judge(question, subject, now), &lists, &items, &blocks)
    })
}

async fn list_items(
    question: &Question,
    lists: &[Arc<JudgedList>],
    subjects: &[Subject],
) -> (Vec<ListItem>, Option<Error>) {
    let is_asked = |subject: &Subject| lists.iter().any(|list| subject.fits(&list.column));
    let ids: Vec<_> = lists.iter().map(|list| list.id.clone()).collect();
    let listings = batches(subjects, is_asked, Subject::item_values).into_iter().map(|values| {
        let list = question.client.match_list_items().list().q(query::list_items::VALUE.one_of(values));
        list.list_ids(ids.clone()).limit(ITEMS_PER_PAGE).deadline(question.deadline).listing()
    });
    read_all(listings).await
}

/// The evidence of the lists against one subject: one piece for each list.
fn of_lists(
    judge: &Judge<'_>,
    lists: &[Arc<JudgedList>],
    items: &[ListItem],
    blocks: &Blocks,
) -> Vec<Evidence> {
    let mut spans: BTreeMap<&str, (&JudgedList, Vec<Span>)> = BTreeMap::new();
    for list in lists {
        let is_covering = |item: &&ListItem| {
            is_of(item, list, lists.len()) && judge.subject.is_covered_by(&list.column, &item.value)
        };
        let covering = items.iter().filter(is_covering).filter_map(|item| span_in_force(item, judge.now));
        covering.for_each(|span| add(&mut spans, list, span));
    }
    let covering = blocks.blocks.iter().filter(|block| judge.subject.is_in(&block.net));
    for block in covering.filter(|block| !is_over(block.span, judge.now)) {
        blocks.list_of(block).into_iter().for_each(|list| add(&mut spans, list, block.span));
    }
    let evidence = spans.into_values();
    evidence.filter_map(|(list, spans)| judge.match_list(&list.id, &list.name, list.meaning, spans)).collect()
}

fn add<'a>(spans: &mut BTreeMap<&'a str, (&'a JudgedList, Vec<Span>)>, list: &'a JudgedList, span: Span) {
    spans.entry(&list.id).or_insert((list, Vec::new())).1.push(span);
}

/// The evidence of custom threat intelligence.
pub(super) async fn threat_intel(
    question: &Question,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Vec<Found> {
    let Some(disposition) = question.settings.threat_intel() else { return Vec::new() };
    let listings = batches(subjects, Subject::is_in_threat_intel, Subject::forms).into_iter().map(|values| {
        let list =
            question.client.threat_intel_indicators().list().q(query::list_items::VALUE.one_of(values));
        list.expand([IndicatorPart::Source]).limit(INDICATORS_PER_PAGE).deadline(question.deadline).listing()
    });
    let (indicators, error) = read_all(listings).await;
    let failures = Vec::from_iter(error.map(|error| Failure::call(Source::ThreatIntel, error)));
    by_subject(subjects, &failures, |subject| {
        let counts = |indicator: &&ThreatIntelIndicator| {
            subject.is_in_threat_intel() && indicator.is_in_force(now) && subject.is(&indicator.value)
        };
        let judge = judge(question, subject, now);
        let indicators = indicators.iter().filter(counts);
        indicators.map(|indicator| judge.custom_indicator(indicator, disposition)).collect()
    })
}

/// The evidence of entities: of the indicators behind their reputation, or of the reputation alone.
pub(super) async fn entities(question: &Question, subjects: &[Subject], now: DateTime<Utc>) -> Vec<Found> {
    let listings = batches(subjects, |_| true, Subject::forms).into_iter().map(|values| {
        let list = question.client.entities().list().q(Query::from(query::entities::VALUE.one_of(values)));
        list.limit(ENTITIES_PER_PAGE).deadline(question.deadline).listing()
    });
    let (entities, error) = read_all(listings).await;
    let failures = Vec::from_iter(error.map(|error| Failure::call(Source::Entities, error)));
    let is_asked =
        |entity: &&Entity| is_flagged(entity) && subjects.iter().any(|subject| is_about(entity, subject));
    let flagged: Vec<_> = entities.iter().filter(is_asked).collect();
    let read = join_all(flagged.into_iter().map(|entity| enriched(question, entity))).await;
    let mut found = by_subject(subjects, &failures, |subject| {
        let judge = judge(question, subject, now);
        let about = read.iter().filter(|read| is_about(read.entity, subject));
        about.flat_map(|read| judge.entity(read.entity, &read.enrichments)).collect()
    });
    for (subject, found) in subjects.iter().zip(&mut found) {
        let about = read.iter().filter(|read| is_about(read.entity, subject));
        found.failures.extend(about.filter_map(|read| read.failure.clone()));
    }
    found
}

/// An entity with its enrichments, as far as they could be asked for.
struct Enriched<'e> {
    entity: &'e Entity,
    enrichments: Vec<Enrichment>,
    failure: Option<Failure>,
}

async fn enriched<'e>(question: &Question, entity: &'e Entity) -> Enriched<'e> {
    let call = question.client.entities().enrichments(&entity.id).deadline(question.deadline);
    match call.send().await {
        Ok(enrichments) => Enriched { entity, enrichments, failure: None },
        Err(error) => {
            let failure = Some(Failure::call(Source::Enrichments, error));
            Enriched { entity, enrichments: Vec::new(), failure }
        }
    }
}

/// Returns true if something speaks against an entity.
fn is_flagged(entity: &Entity) -> bool {
    matches!(entity.known_reputation(), Some(Reputation::Malicious | Reputation::Suspicious))
}

fn is_about(entity: &Entity, subject: &Subject) -> bool {
    entity.kind().is_some_and(|kind| subject.is_of_type(&kind)) && subject.is(entity.text())
}

#[cfg(test)]
mod tests {
    use xdr_module::contract::observable::Observable;

    use super::*;

    #[test]
    fn failures_concern_the_subjects_that_the_source_can_hold() {
        let subjects = [("ip", "192.0.2.1"), ("domain", "a.example"), ("mac_address", "00:00:5e:00:53:af")];
        let subject = |(kind, value): (&str, &str)| {
            Subject::new(&Observable { kind: kind.to_owned(), value: value.to_owned() }).unwrap()
        };
        let all = [Source::MatchLists, Source::Blocks, Source::ThreatIntel, Source::Entities];
        let failures = all.map(|source| Failure { source, cause: Cause::TooMany });
        let found = by_subject(&subjects.map(subject), &failures, |_| Vec::new());
        let failed = |found: &Found| found.failures.iter().map(|failure| failure.source).collect::<Vec<_>>();
        assert_eq!(failed(&found[0]), all);
        assert_eq!(failed(&found[1]), [Source::MatchLists, Source::ThreatIntel, Source::Entities]);
        assert_eq!(failed(&found[2]), [Source::Entities]);
    }
}
