//! The two searches for each value, for insights and for signals: shared and remembered.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use serde::Serialize;
use sumo_client::api::insights::{Insight, InsightPart};
use sumo_client::api::signals::Signal;
use sumo_client::{Client, Error, Fingerprint, ItemwisePage, Page, RetryPolicy, Timeouts, Unreadable};
use tokio::time::Instant;

use crate::mapping::RecordFacts;
use crate::matching::Findings;
use crate::metrics::{Metrics, SearchKind, SearchSource};
use crate::single_flight::{Fetch, get_or_fetch};

/// The most insights that a search asks for.
const MAX_INSIGHTS: u32 = 10;

/// The number of insights and of signals that a search asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchLimits {
    pub(crate) insights: u32,
    pub(crate) signals: u32,
}

impl SearchLimits {
    /// The limits of a tenant that wants this many entities of a search (`CTR_ENTITIES_LIMIT`).
    pub(crate) fn of_tenant(entities: u32) -> Self {
        Self { insights: entities.min(MAX_INSIGHTS), signals: entities }
    }
}

/// The most bytes that remembered outcomes hold, as JSON.
const CACHE_BYTES: u64 = 4 * 1024 * 1024;

/// The bytes that an entry takes besides its content.
const ENTRY_BYTES: usize = 512;

/// All that one search found, without the records.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Found {
    /// The insights, if insights were searched for.
    pub(crate) insights: Vec<FoundInsight>,
    /// The signals, if signals were searched for.
    pub(crate) signals: Vec<FoundSignal>,
    /// True if Cloud SIEM holds more than were asked for.
    pub(crate) more: bool,
    #[serde(skip)]
    pub(crate) skipped: Skipped,
}

/// An insight with those of its signals that name the observable.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct FoundInsight {
    /// The insight; its signals are those below.
    pub(crate) insight: Insight,
    /// The findings in the insight and its signals.
    pub(crate) findings: Findings,
    /// The signals that name the value for some kind of it: themselves, in their records, or by the
    /// insight's entity if they do not have an entity.
    pub(crate) signals: Vec<FoundSignal>,
    /// The number of all signals of the insight.
    pub(crate) signal_count: usize,
    /// The number of rules that gave those signals.
    pub(crate) rule_count: usize,
}

/// A signal without its records.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct FoundSignal {
    pub(crate) signal: Signal,
    /// The findings in the signal.
    pub(crate) findings: Findings,
    /// The facts of its records, if it may be shown.
    pub(crate) facts: RecordFacts,
}

/// The parts of a page that were not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) insights: usize,
    pub(crate) signals: usize,
    /// Records that may hold the observable, but could not be read.
    pub(crate) records: usize,
    /// True if the page could be had only without the records of its signals.
    pub(crate) all_records: bool,
}

impl Skipped {
    /// The parts of either of two pages that were not looked at.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            insights: self.insights + other.insights,
            signals: self.signals + other.signals,
            records: self.records + other.records,
            all_records: self.all_records || other.all_records,
        }
    }
}

impl From<Unreadable> for Skipped {
    fn from(unreadable: Unreadable) -> Self {
        Self { insights: unreadable.insights, signals: unreadable.signals, ..Self::default() }
    }
}

/// A page of insights or signals as Cloud SIEM sent it.
pub(crate) struct Received<T> {
    pub(crate) objects: Vec<T>,
    pub(crate) more: bool,
    pub(crate) skipped: Skipped,
}

impl<T> Received<T> {
    pub(crate) fn new(answer: ItemwisePage<T>, limit: u32, all_records: bool) -> Self {
        let Page { objects, total, has_next_page, .. } = answer.page;
        let skipped = Skipped { all_records, ..answer.unreadable.into() };
        let held = total.max(objects.len() as u64);
        Self { objects, more: has_next_page || held > u64::from(limit), skipped }
    }
}

pub(crate) type Outcome = Result<Arc<Found>, Arc<Error>>;

/// All that decides what a search gives.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
struct Key {
    sought: SearchKind,
    tenant: Fingerprint,
    host: Arc<str>,
    value: Arc<str>,
    limit: u32,
}

/// The tenant that searches, the limits of its searches, and its deadline.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) client: Client,
    pub(crate) tenant: Fingerprint,
    pub(crate) host: Arc<str>,
    pub(crate) limits: SearchLimits,
    pub(crate) deadline: Instant,
}

/// Searches; equal ones that run at once share one call, and for a short time its outcome.
#[derive(Clone)]
pub(crate) struct Searches {
    outcomes: Cache<Key, Arc<Found>>,
    metrics: Metrics,
}

impl Searches {
    /// Searches whose outcomes are remembered for `memory`, if at all.
    pub(crate) fn new(memory: Duration, metrics: Metrics) -> Self {
        let is_remembered = !memory.is_zero();
        let weight = move |key: &Key, found: &Arc<Found>| {
            let bytes = if is_remembered { json_bytes(found) } else { 0 };
            u32::try_from(ENTRY_BYTES + key.value.len() + bytes).unwrap_or(u32::MAX)
        };
        let outcomes = Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(weight)
            .time_to_live(memory)
            // The latest question is the one that is asked again, within so short a time.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { outcomes, metrics }
    }

    /// Searches insights for `value`, and returns those that `keep` keeps.
    pub(crate) async fn insights(
        &self,
        value: &Arc<str>,
        scope: &Scope,
        keep: impl Fn(Received<Insight>) -> Found + Send + Sync,
    ) -> Outcome {
        let search = || -> Search<'_> { Box::pin(async { Ok(keep(scope.page_of_insights(value).await?)) }) };
        self.shared(scope.key(SearchKind::Insights, value, scope.limits.insights), scope.deadline, &search)
            .await
    }

    /// Searches signals for `value`, and returns those that `keep` keeps.
    pub(crate) async fn signals(
        &self,
        value: &Arc<str>,
        scope: &Scope,
        keep: impl Fn(Received<Signal>) -> Found + Send + Sync,
    ) -> Outcome {
        let search = || -> Search<'_> { Box::pin(async { Ok(keep(scope.page_of_signals(value).await?)) }) };
        self.shared(scope.key(SearchKind::Signals, value, scope.limits.signals), scope.deadline, &search)
            .await
    }

    /// The remembered outcome, that of an equal search under way, or that of `search`.
    async fn shared<'s>(
        &self,
        key: Key,
        deadline: Instant,
        search: &(dyn Fn() -> Search<'s> + Sync),
    ) -> Outcome {
        let kind = key.sought;
        let asked = |is_own| {
            self.metrics.searched(kind, if is_own { SearchSource::Call } else { SearchSource::Shared });
        };
        get_or_fetch(&self.outcomes, key, deadline, search, &asked).await
    }
}

/// A search to be made.
type Search<'s> = Fetch<'s, Found>;

/// The length of an outcome as JSON.
fn json_bytes(found: &Found) -> usize {
    serde_json::to_vec(found).map_or(usize::MAX / 2, |json| json.len())
}

impl Scope {
    fn key(&self, sought: SearchKind, value: &Arc<str>, limit: u32) -> Key {
        Key { sought, tenant: self.tenant, host: self.host.clone(), value: value.clone(), limit }
    }

    /// A page of insights with their records, or without them if it is too large or too late with
    /// them.
    async fn page_of_insights(&self, value: &str) -> Result<Received<Insight>, Error> {
        let limit = self.limits.insights;
        let list = || self.client.insights().list().q(value).limit(limit).deadline(self.deadline);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        // No attempt with records takes so long that none without them is possible afterwards.
        let half = self.deadline.saturating_duration_since(Instant::now()) / 2;
        let timeouts = Timeouts::default().attempt(half);
        let answer =
            list().timeouts(timeouts).retry(RetryPolicy::default().max_total(half)).send_itemwise(most).await;
        match answer {
            Ok(answer) => Ok(Received::new(answer, limit, false)),
            Err(error) if error.is_too_large() || error.is_timeout() => {
                let answer = list().exclude([InsightPart::SignalRecords]).send_itemwise(most).await?;
                Ok(Received::new(answer, limit, true))
            }
            Err(error) => Err(error),
        }
    }

    async fn page_of_signals(&self, value: &str) -> Result<Received<Signal>, Error> {
        let list = self.client.signals().list().q(value).limit(self.limits.signals).deadline(self.deadline);
        let most = usize::try_from(self.limits.signals).unwrap_or(usize::MAX);
        Ok(Received::new(list.send_itemwise(most).await?, self.limits.signals, false))
    }
}
