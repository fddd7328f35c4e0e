//! Judgements and verdicts on observables, from match lists, threat intelligence and entities.
//!
//! Twenty-five observables cost three calls: for items of match lists, for custom threat
//! intelligence, and for entities with a reputation; and one more for each entity whose reputation
//! is bad. Match lists and the CIDR blocks in them are read once and remembered. Evidence is
//! remembered as long as searches are, so that observe, which follows deliberate in an
//! investigation, asks nothing again. Requests of a tenant that observe few observables at the same
//! time ask together.

mod by_value;
mod evidence;
mod gathering;
mod judged;
mod lists;
mod question;
mod settings;
mod sources;
mod subject;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::BoxFuture;
use xdr_module::contract::observable::Observable;

use self::evidence::Evidence;
use self::gathering::{Asked, Gathering};
pub(crate) use self::judged::{Judged, Unshown};
use self::lists::ListMemory;
pub(crate) use self::question::Question;
use self::question::TenantKey;
pub(crate) use self::settings::DEFAULT_LISTS;
pub use self::settings::JudgingSettings;
use self::sources::Found;
pub(crate) use self::sources::{Cause, Failure, Source};
use self::subject::Subject;
use crate::cache::Cache;

/// The most bytes that remembered evidence takes, about.
const MEMORY_BYTES: u64 = 8 * 1024 * 1024;

/// The bytes of a judgement beside the value that it is on, about.
const JUDGEMENT_BYTES: usize = 2_048;

/// Judges observables, and remembers the evidence for a short time.
#[derive(Clone)]
pub(crate) struct Judgements {
    lists: ListMemory,
    evidence: Cache<Key, Vec<Evidence>>,
    gathering: Gathering,
}

type Key = (TenantKey, Observable);

impl Judgements {
    /// Creates judgements whose evidence is remembered for `memory`, if at all.
    pub(crate) fn new(memory: Duration) -> Self {
        let weight = |(_, observable): &Key, evidence: &Vec<Evidence>| {
            (JUDGEMENT_BYTES + 4 * observable.value.len()) * (evidence.len() + 1)
        };
        let evidence = Cache::holding(MEMORY_BYTES).weighing(weight).kept_for(memory).build();
        Self { lists: ListMemory::new(), evidence, gathering: Gathering::new() }
    }

    /// Judges observables, each once.
    pub(crate) async fn judge(&self, question: &Question, observables: &[Observable]) -> Judged {
        let now = Utc::now();
        let mut seen = HashSet::new();
        let mut judged = Vec::new();
        for observable in observables.iter().filter(|observable| seen.insert(*observable)) {
            judged.push((observable.clone(), self.evidence.get(&key(question, observable)).await));
        }
        let unknown = judged.iter().filter(|(_, known)| known.is_none());
        let subjects: Vec<_> = unknown.filter_map(|(observable, _)| Subject::new(observable)).collect();
        let ask = |subjects: Vec<Subject>| -> BoxFuture<'_, Asked> {
            Box::pin(async move { self.ask(question, &subjects, now).await })
        };
        let asked = subjects.clone();
        let Asked(found) = if asked.is_empty() {
            Asked::default()
        } else if question.is_gathered && asked.len() <= gathering::FEW {
            let has_blocks = || -> BoxFuture<'_, bool> { Box::pin(self.lists.has_blocks(question)) };
            self.gathering.ask(question.tenant_key(), asked, question.deadline, &ask, &has_blocks).await
        } else {
            ask(asked).await
        };
        let failures = failures_of(&found);
        let is_unasked = !subjects.is_empty() && is_nothing_asked(question, &subjects, &failures);
        let mut found = subjects.into_iter().zip(found).peekable();
        let mut observables = Vec::with_capacity(judged.len());
        for (observable, known) in judged {
            let evidence = match known {
                Some(known) => known,
                None => {
                    let own = found.next_if(|(subject, _)| subject.observable == observable);
                    let own = own.map(|(_, found)| found).unwrap_or_default();
                    let evidence = Arc::new(own.evidence);
                    if own.failures.is_empty() {
                        self.evidence.insert(key(question, &observable), evidence.clone()).await;
                    }
                    evidence
                }
            };
            observables.push((observable, evidence));
        }
        Judged { observables, failures, is_unasked, now: now.into() }
    }

    /// Asks all sources at once.
    async fn ask(&self, question: &Question, subjects: &[Subject], now: chrono::DateTime<Utc>) -> Asked {
        let (lists, threat_intel, entities) = tokio::join!(
            sources::match_lists(question, &self.lists, subjects, now),
            sources::threat_intel(question, subjects, now),
            sources::entities(question, subjects, now),
        );
        let mut all: Vec<Found> = subjects.iter().map(|_| Found::default()).collect();
        for found in [lists, threat_intel, entities] {
            all.iter_mut().zip(found).for_each(|(all, found)| all.add(found));
        }
        all.iter_mut().for_each(|found| without_duplicates(&mut found.evidence));
        Asked(all)
    }
}

fn key(question: &Question, observable: &Observable) -> Key {
    (question.tenant_key(), observable.clone())
}

/// Returns the failures in the order of their sources, each once: many subjects share many of them.
fn failures_of(found: &[Found]) -> Vec<Failure> {
    let mut seen = HashSet::new();
    let all = found.iter().flat_map(|found| &found.failures);
    let mut failures: Vec<_> = all.filter(|failure| seen.insert(failure.identity())).cloned().collect();
    failures.sort_by_key(|failure| failure.source);
    failures
}

/// Keeps the first of judgements with the same id, such as of one indicator in two enrichments.
fn without_duplicates(evidence: &mut Vec<Evidence>) {
    let mut seen = HashSet::new();
    evidence.retain(|one| seen.insert(one.judgement.id.clone()));
}

/// Returns true if each source that had to be asked failed.
fn is_nothing_asked(question: &Question, subjects: &[Subject], failures: &[Failure]) -> bool {
    let has_failed = |source| {
        failures.iter().any(|failure| failure.source == source && matches!(failure.cause, Cause::Call(_)))
    };
    let lists = question.settings.has_lists() && subjects.iter().any(Subject::is_in_lists);
    let intel =
        question.settings.threat_intel().is_some() && subjects.iter().any(Subject::is_in_threat_intel);
    (!lists || has_failed(Source::MatchLists))
        && (!intel || has_failed(Source::ThreatIntel))
        && has_failed(Source::Entities)
}

#[cfg(test)]
mod tests {
    use sumo_client::Error;

    use super::*;

    #[test]
    fn failures_that_subjects_share_are_told_once() {
        let call = |error: &Arc<Error>| Failure {
            source: Source::Enrichments,
            cause: Cause::Call(Arc::clone(error)),
        };
        let (one, other) = (Arc::new(Error::deadline()), Arc::new(Error::deadline()));
        let too_many = Failure { source: Source::MatchLists, cause: Cause::TooMany };
        let failures = vec![call(&one), too_many, call(&other)];
        let found = vec![Found { evidence: Vec::new(), failures }; 500];
        let sources: Vec<_> = failures_of(&found).iter().map(|failure| failure.source).collect();
        assert_eq!(sources, [Source::MatchLists, Source::Enrichments, Source::Enrichments]);
    }
}
