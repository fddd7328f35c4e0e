//! The two searches for each value, for insights and for signals: shared and remembered.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use sumo_client::api::insights::{Insight, InsightPart, ListInsights};
use sumo_client::api::signals::Signal;
use sumo_client::{Client, Error, Fingerprint, ItemwisePage, Page, RetryPolicy, Timeouts, Unreadable};
use tokio::time::Instant;

use crate::cache::{Cache, Fetch, Reuse};
use crate::json_length::json_length;
use crate::mapping::RecordFacts;
use crate::matching::Findings;
use crate::metrics::{Metrics, SearchKind, SearchSource};

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
    /// The time in which the records did not come, if they were left out for this reason.
    #[serde(skip)]
    pub(crate) late_after: Option<Duration>,
}

impl Found {
    /// The use of an outcome for a request with this deadline. Records that came too late may come
    /// in time for one that can wait longer, and for all at another time.
    fn reuse(&self, deadline: Instant) -> Reuse {
        match self.late_after {
            None => Reuse::Remembered,
            Some(time) if half_until(deadline) > time => Reuse::AskAgain,
            Some(_) => Reuse::Shared,
        }
    }
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
    /// The findings of further signals that name the value, and are not kept.
    pub(crate) signals_beyond: Vec<Findings>,
    /// The ids of its first signals, whether they name the value or not.
    pub(crate) signal_ids: Box<[IdHash]>,
    /// True if it came without the records of its signals, so that these were not looked at.
    pub(crate) lacks_records: bool,
    /// The number of all signals of the insight.
    pub(crate) signal_count: usize,
    /// The number of rules that gave those signals.
    pub(crate) rule_count: usize,
}

/// The hash of an id, which takes a tenth of its memory.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
pub(crate) struct IdHash(u64);

impl IdHash {
    /// Returns the hash of an id; none for an empty one, which tells nothing apart.
    pub(crate) fn of(id: &str) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        (!id.is_empty()).then(|| Self(hasher.finish()))
    }
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
    outcomes: Cache<Key, Found>,
    metrics: Metrics,
}

impl Searches {
    /// Searches whose outcomes are remembered for `memory`, if at all.
    pub(crate) fn new(memory: Duration, metrics: Metrics) -> Self {
        let is_remembered = !memory.is_zero();
        let weight = move |key: &Key, found: &Found| {
            let bytes = if is_remembered { json_length(found) } else { 0 };
            ENTRY_BYTES + key.value.len() + bytes
        };
        let outcomes = Cache::holding(CACHE_BYTES).weighing(weight).kept_for(memory).build();
        Self { outcomes, metrics }
    }

    /// Searches insights for `value`, and returns those that `keep` keeps.
    pub(crate) async fn insights(
        &self,
        value: &Arc<str>,
        scope: &Scope,
        keep: impl Keep<Insight>,
    ) -> Outcome {
        let search = || -> Search<'_> { Box::pin(scope.found_insights(value, keep.clone())) };
        self.shared(scope.key(SearchKind::Insights, value, scope.limits.insights), scope.deadline, &search)
            .await
    }

    /// Searches signals for `value`, and returns those that `keep` keeps.
    pub(crate) async fn signals(&self, value: &Arc<str>, scope: &Scope, keep: impl Keep<Signal>) -> Outcome {
        let search = || -> Search<'_> { Box::pin(scope.found_signals(value, keep.clone())) };
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
        let reuse = |found: &Found| found.reuse(deadline);
        self.outcomes.get_or_fetch_again(key, deadline, search, &asked, &reuse).await
    }
}

/// Selects the parts of a page to keep, where the page is decoded.
pub(crate) trait Keep<T>: Fn(Received<T>) -> Found + Clone + Send + Sync + 'static {}

impl<T, F: Fn(Received<T>) -> Found + Clone + Send + Sync + 'static> Keep<T> for F {}

/// A search to be made.
type Search<'s> = Fetch<'s, Found>;

impl Scope {
    fn key(&self, sought: SearchKind, value: &Arc<str>, limit: u32) -> Key {
        Key { sought, tenant: self.tenant, host: self.host.clone(), value: value.clone(), limit }
    }

    /// Searches insights with their records, or without them if the page is too large or too late
    /// with them.
    async fn found_insights(&self, value: &str, keep: impl Keep<Insight>) -> Result<Found, Error> {
        let mut time = half_until(self.deadline);
        let mut answer = self.insights_with_records(value, time, RetryPolicy::never(), keep.clone()).await;
        if let Some(pause) = answer.as_ref().err().and_then(pause_after)
            && pause < time
        {
            tokio::time::sleep(pause).await;
            let time_again = half_until(self.deadline);
            let again = self.insights_with_records(value, time_again, retries(), keep.clone()).await;
            // A circuit that this search helped to open says less than why it did.
            if !again.as_ref().is_err_and(Error::is_circuit_open) {
                (time, answer) = (time_again, again);
            }
        }
        match answer {
            Err(error) if error.is_too_large() || error.is_timeout() => {
                let late_after = error.is_timeout().then_some(time);
                let list = self.list_insights(value).exclude([InsightPart::SignalRecords]);
                let limit = self.limits.insights;
                let keep = move |answer| keep(Received::new(answer, limit, true));
                Ok(Found { late_after, ..list.map_itemwise(most(limit), keep).await? })
            }
            answer => answer,
        }
    }

    /// A page of insights with their records, none of which is waited for longer than `time`, so
    /// that one without them is possible afterwards.
    async fn insights_with_records(
        &self,
        value: &str,
        time: Duration,
        retry: RetryPolicy,
        keep: impl Keep<Insight>,
    ) -> Result<Found, Error> {
        let timeouts = Timeouts::default().attempt(time).read(time);
        let list = self.list_insights(value).timeouts(timeouts).retry(retry.max_total(time));
        let limit = self.limits.insights;
        list.map_itemwise(most(limit), move |answer| keep(Received::new(answer, limit, false))).await
    }

    fn list_insights(&self, value: &str) -> ListInsights {
        self.client.insights().list().q(value).limit(self.limits.insights).deadline(self.deadline)
    }

    async fn found_signals(&self, value: &str, keep: impl Keep<Signal>) -> Result<Found, Error> {
        let limit = self.limits.signals;
        let list = self.client.signals().list().q(value).limit(limit).deadline(self.deadline);
        list.map_itemwise(most(limit), move |answer| keep(Received::new(answer, limit, false))).await
    }
}

/// The most items of a page with this limit.
fn most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Half of the time that is left.
fn half_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()) / 2
}

/// The pause before a page is asked for again with its records, unless the server named one.
const PAUSE: Duration = Duration::from_millis(250);

/// The retries of a page with records whose first attempt failed at once: with that one, as many
/// attempts as other calls have.
fn retries() -> RetryPolicy {
    RetryPolicy::default().max_attempts(3)
}

/// The pause after which the same call may succeed, if the error is one that passes soon.
///
/// A page that is late is none of these: it is asked for without its records, since one that is
/// late again would leave no time for that.
fn pause_after(error: &Error) -> Option<Duration> {
    let is_gateway = matches!(error.status().map(|status| status.as_u16()), Some(502..=504));
    let passes = error.is_connect() || error.is_interrupted() || error.is_rate_limited() || is_gateway;
    passes.then(|| error.retry_after().unwrap_or(PAUSE))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;
    use sumo_client::Credentials;
    use sumo_client::testing::{CloudSiem, DataSet, Fault, Operation, When};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// A Cloud SIEM with one insight, and searches that are remembered.
    struct Bench {
        siem: CloudSiem,
        client: Client,
        searches: Searches,
    }

    impl Bench {
        /// Cloud SIEM fails in this way when it is first asked for insights.
        fn new(first: Fault) -> Self {
            let insight = json!({"id": "1", "signals": [{"id": "s", "allRecords": [{"uid": "r"}]}]});
            let siem = CloudSiem::builder().data(DataSet::new().insights([insight])).build().unwrap();
            siem.inject(When::operation(Operation::GetInsights).nth(1), first);
            let client = siem.client_builder().max_body_bytes(100_000).build().unwrap();
            Self { siem, client, searches: Searches::new(HOUR, Metrics::new()) }
        }

        /// Searches with so many seconds left.
        async fn search(&self, seconds: u64) -> Outcome {
            let scope = Scope {
                client: self.client.clone(),
                tenant: Credentials::new("i", "k").fingerprint(),
                host: "api.example.com".into(),
                limits: SearchLimits::of_tenant(10),
                deadline: Instant::now() + Duration::from_secs(seconds),
            };
            let keep = |page: Received<Insight>| {
                let found = |insight| FoundInsight { insight, ..FoundInsight::default() };
                let insights = page.objects.into_iter().map(found).collect();
                Found { insights, skipped: page.skipped, ..Found::default() }
            };
            self.searches.insights(&"".into(), &scope, keep).await
        }

        /// Searches, and returns true if the insight came with its records.
        async fn has_records(&self, seconds: u64) -> bool {
            let found = self.search(seconds).await.unwrap();
            assert_eq!(found.insights.len(), 1);
            !found.skipped.all_records
        }

        fn calls(&self) -> usize {
            self.siem.recorded_of(Operation::GetInsights).len()
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_with_records_has_half_of_the_time() {
        for (delay, has_records, calls) in [(6, true, 1), (11, true, 1), (13, false, 2)] {
            let bench = Bench::new(Fault::delay(seconds(delay)));
            assert_eq!((bench.has_records(24).await, bench.calls()), (has_records, calls), "after {delay} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn records_that_never_end_leave_time_for_a_page_without_them() {
        for first in [Fault::hang(), Fault::slow_drip(1, seconds(1)), Fault::delay(HOUR)] {
            for time in [2, 9, 24] {
                let (bench, started) = (Bench::new(first.clone()), Instant::now());
                assert_eq!((bench.has_records(time).await, bench.calls()), (false, 2), "{first:?}");
                assert!(started.elapsed() < seconds(time) * 6 / 10, "{first:?}: {:?}", started.elapsed());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_soon_is_asked_again_with_records() {
        for first in [
            Fault::status(StatusCode::SERVICE_UNAVAILABLE),
            Fault::html(StatusCode::BAD_GATEWAY),
            Fault::reset_before_headers(),
            Fault::rate_limited(None),
            Fault::rate_limited(Some(5)),
        ] {
            let bench = Bench::new(first.clone());
            assert_eq!((bench.has_records(24).await, bench.calls()), (true, 2), "{first:?}");
        }
        for (first, status) in
            [(Fault::status(StatusCode::INTERNAL_SERVER_ERROR), 500), (Fault::rate_limited(Some(3600)), 429)]
        {
            let bench = Bench::new(first);
            let error = bench.search(24).await.unwrap_err();
            assert_eq!((error.status().map(|status| status.as_u16()), bench.calls()), (Some(status), 1));
        }
        let bench = Bench::new(Fault::html(StatusCode::BAD_GATEWAY));
        bench.siem.inject(When::operation(Operation::GetInsights), Fault::html(StatusCode::BAD_GATEWAY));
        assert_eq!((bench.search(24).await.is_err(), bench.calls()), (true, 4), "as often as other calls");
    }

    #[tokio::test(start_paused = true)]
    async fn records_that_came_too_late_for_one_request_are_asked_for_by_the_next() {
        let bench = Bench::new(Fault::hang());
        assert!(!bench.has_records(9).await);
        assert!(bench.has_records(9).await, "not remembered");
        assert_eq!(bench.calls(), 3);
        assert!(bench.has_records(9).await, "remembered");
        assert_eq!(bench.calls(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_with_more_time_asks_again_for_records_that_came_too_late_for_another() {
        let bench = Bench::new(Fault::hang());
        let joined = tokio::join!(bench.has_records(9), bench.has_records(24), bench.has_records(24));
        assert_eq!((joined, bench.calls()), ((false, true, true), 3));
        let bench = Bench::new(Fault::hang());
        let joined = tokio::join!(bench.has_records(24), bench.has_records(24));
        assert_eq!((joined, bench.calls()), ((false, false), 2), "no more time, no more calls");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_is_too_large_with_records_is_remembered_without_them() {
        let bench = Bench::new(Fault::endless_body());
        assert!(!bench.has_records(9).await);
        assert!(!bench.has_records(24).await);
        assert_eq!(bench.calls(), 2);
    }
}
