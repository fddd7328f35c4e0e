//! The two searches for each value, shared and remembered.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use sumo_client::envelope::{PageSeed, page_seed};
use sumo_client::{Client, Error, Fingerprint, Page, Response};
use tokio::time::Instant;

use super::found::{FoundInsight, FoundSignal, InsightSeed, SignalSeed};
use super::needle::Needle;
use crate::metrics::{Metrics, SearchSource};

/// How many insights a search asks for, whatever the tenant's limit of signals.
pub(crate) const INSIGHTS_LIMIT: u32 = 10;

/// How many bytes remembered outcomes of each kind of search may hold.
const CACHE_BYTES: u64 = 2 * 1024 * 1024;

/// What one search gave.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) items: Vec<T>,
    /// Whether Cloud SIEM holds more than were asked for.
    pub(crate) more: bool,
}

pub(crate) type Outcome<T> = Result<Arc<Found<T>>, Arc<Error>>;

/// All that decides what a search gives.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
struct Key {
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
    insights: Cache<Key, Arc<Found<FoundInsight>>>,
    signals: Cache<Key, Arc<Found<FoundSignal>>>,
    metrics: Metrics,
}

impl Searches {
    /// Searches whose outcomes are remembered for `memory`, if at all.
    pub(crate) fn new(memory: Duration, metrics: Metrics) -> Self {
        Self {
            insights: cache(memory, FoundInsight::bytes),
            signals: cache(memory, FoundSignal::bytes),
            metrics,
        }
    }

    /// The insights that hold `value`, each with its signals that name it.
    pub(crate) async fn insights(
        &self,
        value: &Arc<str>,
        needle: &Arc<Needle>,
        scope: &Scope,
    ) -> Outcome<FoundInsight> {
        let limit = INSIGHTS_LIMIT;
        let search = || {
            let (client, value, needle) = (scope.client.clone(), value.clone(), needle.clone());
            let deadline = scope.deadline;
            async move {
                let call = client.insights().list().q(value.as_ref()).limit(limit).deadline(deadline);
                Ok(found(call.send_seed(page_of(InsightSeed(needle), limit)).await?, limit))
            }
        };
        self.shared(&self.insights, scope.key(value, limit), scope.deadline, search).await
    }

    /// The signals that hold `value`.
    pub(crate) async fn signals(&self, value: &Arc<str>, scope: &Scope) -> Outcome<FoundSignal> {
        let limit = scope.limit;
        let search = || {
            let (client, value, deadline) = (scope.client.clone(), value.clone(), scope.deadline);
            async move {
                let call = client.signals().list().q(value.as_ref()).limit(limit).deadline(deadline);
                Ok(found(call.send_seed(page_of(SignalSeed, limit)).await?, limit))
            }
        };
        self.shared(&self.signals, scope.key(value, limit), scope.deadline, search).await
    }

    /// The remembered outcome, that of an equal search under way, or that of `search`.
    async fn shared<T, F>(
        &self,
        cache: &Cache<Key, Arc<Found<T>>>,
        key: Key,
        deadline: Instant,
        search: impl Fn() -> F,
    ) -> Outcome<T>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<Found<T>, Error>>,
    {
        loop {
            let mut is_own = false;
            // Boxed, since the cache moves it about, and a call is some kilobytes.
            let own = Box::pin(async {
                is_own = true;
                search().await.map(Arc::new)
            });
            let outcome = tokio::time::timeout_at(deadline, cache.try_get_with(key.clone(), own)).await;
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

impl Scope {
    fn key(&self, value: &Arc<str>, limit: u32) -> Key {
        Key { tenant: self.tenant, host: self.host.clone(), value: value.clone(), limit }
    }
}

fn cache<T: Send + Sync + 'static>(memory: Duration, bytes: fn(&T) -> usize) -> Cache<Key, Arc<Found<T>>> {
    let weigh = move |key: &Key, found: &Arc<Found<T>>| {
        let items: usize = found.items.iter().map(bytes).sum();
        u32::try_from(ENTRY_BYTES + key.value.len() + items).unwrap_or(u32::MAX)
    };
    Cache::builder()
        .max_capacity(CACHE_BYTES)
        .weigher(weigh)
        .time_to_live(memory)
        // What was asked last is what is asked again, within so short a time.
        .eviction_policy(EvictionPolicy::lru())
        .build()
}

/// About what an entry takes beside what it remembers, in bytes.
const ENTRY_BYTES: usize = 512;

/// A page of at most as many things as were asked for.
fn page_of<S: Clone>(item: S, limit: u32) -> PageSeed<S> {
    page_seed(item).at_most(usize::try_from(limit).unwrap_or(usize::MAX))
}

fn found<T>(answer: Response<Page<T>>, limit: u32) -> Found<T> {
    let page = answer.into_body();
    let held = page.total.max(page.objects.len() as u64);
    Found { items: page.objects, more: held > u64::from(limit) }
}
