//! The two searches for each value, shared and remembered.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use sumo_client::envelope::{PageSeed, page_seed};
use sumo_client::{Client, Error, Fingerprint, Page, Response};
use tokio::time::Instant;

use super::decode::{InsightSeed, SignalSeed};
use super::found::{FoundInsight, FoundSignal};
use super::needle::Needle;
use crate::metrics::{Metrics, SearchSource};

/// How many insights a search asks for, whatever the tenant's limit of signals.
pub(crate) const INSIGHTS_LIMIT: u32 = 10;

/// How many bytes remembered outcomes may hold.
const CACHE_BYTES: u64 = 4 * 1024 * 1024;

/// What one search gave.
#[derive(Debug)]
pub(crate) struct Found {
    /// Those found, when insights were searched for.
    pub(crate) insights: Vec<FoundInsight>,
    /// Those found, when signals were searched for.
    pub(crate) signals: Vec<FoundSignal>,
    /// Whether Cloud SIEM holds more than were asked for.
    pub(crate) more: bool,
}

impl Found {
    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        let insights: usize = self.insights.iter().map(FoundInsight::bytes).sum();
        insights + self.signals.iter().map(FoundSignal::bytes).sum::<usize>()
    }
}

pub(crate) type Outcome = Result<Arc<Found>, Arc<Error>>;

/// What is searched for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
enum Sought {
    Insights,
    Signals,
}

/// All that decides what a search gives.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
struct Key {
    sought: Sought,
    tenant: Fingerprint,
    host: Arc<str>,
    value: Arc<str>,
    limit: u32,
}

/// Who searches, for how many, until when.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) client: Client,
    pub(crate) tenant: Fingerprint,
    pub(crate) host: Arc<str>,
    /// The most signals of one search.
    pub(crate) limit: u32,
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
        let bytes = |key: &Key, found: &Arc<Found>| {
            u32::try_from(ENTRY_BYTES + key.value.len() + found.bytes()).unwrap_or(u32::MAX)
        };
        let outcomes = Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(bytes)
            .time_to_live(memory)
            // What was asked last is what is asked again, within so short a time.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { outcomes, metrics }
    }

    /// The insights that hold `value`, each with its signals that name it.
    pub(crate) async fn insights(&self, value: &Arc<str>, needle: &Arc<Needle>, scope: &Scope) -> Outcome {
        let limit = INSIGHTS_LIMIT;
        let search = || -> Search<'_> {
            Box::pin(async move {
                let call =
                    scope.client.insights().list().q(value.as_ref()).limit(limit).deadline(scope.deadline);
                let answer = call.send_seed(page_of(InsightSeed(needle.clone()), limit)).await?;
                let (insights, more) = found(answer, limit);
                Ok(Found { insights, signals: Vec::new(), more })
            })
        };
        self.shared(scope.key(Sought::Insights, value, limit), scope.deadline, &search).await
    }

    /// The signals that hold `value`.
    pub(crate) async fn signals(&self, value: &Arc<str>, scope: &Scope) -> Outcome {
        let limit = scope.limit;
        let search = || -> Search<'_> {
            Box::pin(async move {
                let call =
                    scope.client.signals().list().q(value.as_ref()).limit(limit).deadline(scope.deadline);
                let (signals, more) = found(call.send_seed(page_of(SignalSeed, limit)).await?, limit);
                Ok(Found { insights: Vec::new(), signals, more })
            })
        };
        self.shared(scope.key(Sought::Signals, value, limit), scope.deadline, &search).await
    }

    /// The remembered outcome, that of an equal search under way, or that of `search`.
    async fn shared<'s>(
        &self,
        key: Key,
        deadline: Instant,
        search: &(dyn Fn() -> Search<'s> + Sync),
    ) -> Outcome {
        loop {
            let mut is_own = false;
            let own = async {
                is_own = true;
                search().await.map(Arc::new)
            };
            let outcome =
                tokio::time::timeout_at(deadline, self.outcomes.try_get_with(key.clone(), own)).await;
            self.metrics.searched(if is_own { SearchSource::Call } else { SearchSource::Shared });
            match outcome {
                Ok(Ok(found)) => return Ok(found),
                // The search under way belonged to a request with less time left than this one.
                Ok(Err(error)) if !is_own && (error.is_deadline() || error.is_rate_limit_deadline()) => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(Arc::new(Error::timeout("the deadline of the request"))),
            }
        }
    }
}

/// A search to be made. It is some kilobytes, and boxed since the cache moves it about.
type Search<'s> = BoxFuture<'s, Result<Found, Error>>;

impl Scope {
    fn key(&self, sought: Sought, value: &Arc<str>, limit: u32) -> Key {
        Key { sought, tenant: self.tenant, host: self.host.clone(), value: value.clone(), limit }
    }
}

/// About what an entry takes beside what it remembers, in bytes.
const ENTRY_BYTES: usize = 512;

/// A page of at most as many things as were asked for.
fn page_of<S: Clone>(item: S, limit: u32) -> PageSeed<S> {
    page_seed(item).at_most(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// What a page holds, and whether there is more.
fn found<T>(answer: Response<Page<T>>, limit: u32) -> (Vec<T>, bool) {
    let page = answer.into_body();
    let held = page.total.max(page.objects.len() as u64);
    (page.objects, held > u64::from(limit))
}
