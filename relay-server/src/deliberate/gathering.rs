//! Questions about few observables that a tenant asks at once, gathered into one.
//!
//! XDR observes the observables of a page in a request each, all at the same time. The calls that
//! judge one of them can judge all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::question::TenantKey;
use super::sources::{Cause, Failure, Found};
use super::subject::Subject;
use crate::cache::Cache;

/// The most observables of a question that waits for others. Larger ones fill calls of their own.
pub(super) const FEW: usize = 3;

/// The most tenants whose questions are gathered at a time; further ones ask by themselves.
const MOST_TENANTS: u64 = 10_000;

/// The time for which a tenant without questions is kept.
const IDLE: Duration = Duration::from_secs(60);

/// The longest wait for the question that is under way: with a slow source, it takes all the time
/// that a request has.
const PATIENCE: Duration = Duration::from_secs(2);

/// All that was found on some subjects, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked(pub(super) Vec<Found>);

impl Asked {
    /// Returns true if a source was not asked because the time of the request that asked was over.
    fn is_late(&self) -> bool {
        let is_late = |failure: &Failure| match &failure.cause {
            Cause::Call(error) => error.is_timeout() || error.is_deadline(),
            Cause::TooMany => false,
        };
        self.failures().any(is_late)
    }

    fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.0.iter().flat_map(|found| &found.failures)
    }

    /// Returns the earlier one if it has no more failures than this one.
    fn or_earlier(self, earlier: Option<Self>) -> Self {
        match earlier {
            Some(earlier) if earlier.failures().count() <= self.failures().count() => earlier,
            _ => self,
        }
    }
}

/// Asks all sources about some subjects.
pub(super) type Ask<'a> = &'a (dyn Fn(Vec<Subject>) -> BoxFuture<'a, Asked> + Sync);

/// Says whether the blocks in match lists need not be read first, which can take minutes.
pub(super) type HasBlocks<'a> = &'a (dyn Fn() -> BoxFuture<'a, bool> + Sync);

/// Gathers the questions that come while one of the same tenant is under way; the next one asks for
/// all of them: when that one has ended, or beside it when it takes long.
#[derive(Clone)]
pub(super) struct Gathering {
    tenants: Cache<TenantKey, Gathered>,
}

/// The questions of a tenant.
#[derive(Default)]
struct Gathered {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by the request that asks.
    asking: tokio::sync::Mutex<()>,
}

struct Waiting {
    subjects: Arc<[Subject]>,
    reply: oneshot::Sender<Asked>,
}

impl Gathering {
    pub(super) fn new() -> Self {
        Self { tenants: Cache::holding(MOST_TENANTS).kept_unused_for(IDLE).build() }
    }

    /// Asks about `subjects` by itself or together with others.
    pub(super) async fn ask(
        &self,
        tenant: TenantKey,
        subjects: Vec<Subject>,
        deadline: Instant,
        ask: Ask<'_>,
        has_blocks: HasBlocks<'_>,
    ) -> Asked {
        let gathered = self.tenants.get_or_default(tenant).await;
        let subjects: Arc<[Subject]> = subjects.into();
        let mut late: Option<Asked> = None;
        loop {
            match gathered.wait(&subjects, deadline, ask, has_blocks).await {
                // The request that asked had less time left than this one.
                WaitEnd::Answered(asked) if asked.is_late() && Instant::now() < deadline => {
                    late = Some(asked.or_earlier(late));
                }
                WaitEnd::Asked(asked) | WaitEnd::Answered(asked) => return asked.or_earlier(late),
                WaitEnd::Abandoned => {}
                WaitEnd::TimedOut => match late {
                    Some(late) => return late,
                    // Without time left it says so for each source.
                    None => return ask(subjects.to_vec()).await,
                },
            }
        }
    }
}

/// The end of a wait for an answer.
enum WaitEnd {
    /// This request asked.
    Asked(Asked),
    /// Another one did.
    Answered(Asked),
    /// The caller of the request that asked left.
    Abandoned,
    /// The time of this request is over.
    TimedOut,
}

impl WaitEnd {
    fn of(reply: Result<Asked, oneshot::error::RecvError>) -> Self {
        reply.map_or(Self::Abandoned, Self::Answered)
    }
}

impl Gathered {
    /// Waits until another request has asked about `own`, or asks when it is its turn.
    async fn wait(
        &self,
        own: &Arc<[Subject]>,
        deadline: Instant,
        ask: Ask<'_>,
        has_blocks: HasBlocks<'_>,
    ) -> WaitEnd {
        let mut reply = self.enter(own);
        let patience = deadline.min(Instant::now() + PATIENCE);
        let turn = tokio::select! {
            biased;
            asked = &mut reply => return WaitEnd::of(asked),
            turn = timeout_at(patience, self.asking.lock()) => turn,
        };
        let taken = match &turn {
            Ok(_) if has_blocks().await => self.take_all(own),
            Err(_) if Instant::now() >= deadline => Vec::new(),
            Ok(_) | Err(_) => self.take_alike(own),
        };
        if !taken.is_empty() {
            answer(taken, ask).await;
            if let Ok(asked) = reply.try_recv() {
                return WaitEnd::Asked(asked);
            }
        }
        // Somebody else asks for it.
        drop(turn);
        timeout_at(deadline, reply).await.map_or(WaitEnd::TimedOut, WaitEnd::of)
    }

    fn enter(&self, subjects: &Arc<[Subject]>) -> oneshot::Receiver<Asked> {
        let (reply, receiver) = oneshot::channel();
        self.waiting().push(Waiting { subjects: Arc::clone(subjects), reply });
        receiver
    }

    /// Takes all that wait, unless `own` was taken before.
    fn take_all(&self, own: &Arc<[Subject]>) -> Vec<Waiting> {
        self.take(own, |_| true)
    }

    /// Takes those that wait and need the blocks in match lists, or need them not, as `own` does,
    /// unless that was taken before.
    fn take_alike(&self, own: &Arc<[Subject]>) -> Vec<Waiting> {
        let needs_blocks = |subjects: &[Subject]| subjects.iter().any(Subject::is_address);
        let is_wanted = needs_blocks(own);
        self.take(own, |subjects| needs_blocks(subjects) == is_wanted)
    }

    fn take(&self, own: &Arc<[Subject]>, is_taken: impl Fn(&[Subject]) -> bool) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        waiting.retain(|waiting| !waiting.reply.is_closed());
        if !waiting.iter().any(|waiting| Arc::ptr_eq(&waiting.subjects, own)) {
            return Vec::new();
        }
        waiting.extract_if(.., |waiting| is_taken(&waiting.subjects)).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for some that waited, and gives each its part.
async fn answer(all: Vec<Waiting>, ask: Ask<'_>) {
    let subjects = all.iter().flat_map(|waiting| waiting.subjects.iter().cloned()).collect();
    let Asked(found) = ask(subjects).await;
    let mut found = found.into_iter();
    for Waiting { subjects, reply } in all {
        let own = found.by_ref().take(subjects.len()).collect();
        // One that gave up need not know.
        let _gave_up = reply.send(Asked(own));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use sumo_client::{Credentials, Error};
    use xdr_module::contract::observable::Observable;

    use super::super::sources::Source;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn tenant(id: &str) -> TenantKey {
        (Credentials::new(id, "key").fingerprint(), Arc::from("api.example"), 0)
    }

    fn subject(value: &str) -> Subject {
        let kind = if value.parse::<std::net::IpAddr>().is_ok() { "ip" } else { "domain" };
        Subject::new(&Observable { kind: kind.into(), value: value.into() }).unwrap()
    }

    fn refused() -> Failure {
        Failure { source: Source::Enrichments, cause: Cause::TooMany }
    }

    /// The subjects of each question that was asked, in a second each.
    #[derive(Default)]
    struct Sources {
        asked: Mutex<Vec<Vec<String>>>,
        late: AtomicUsize,
        /// Questions about this value take all the time that they have.
        slow: Option<&'static str>,
        /// Of this value alone, a source says nothing.
        refused: Option<&'static str>,
        has_no_blocks: bool,
    }

    impl Sources {
        async fn answer(&self, subjects: Vec<Subject>, deadline: Instant) -> Asked {
            let values: Vec<_> = subjects.iter().map(|subject| subject.observable.value.clone()).collect();
            let is_slow = self.slow.is_some_and(|slow| values.iter().any(|value| value == slow));
            self.asked.lock().unwrap().push(values);
            let has_time = Instant::now() + SECOND <= deadline;
            tokio::time::sleep_until(if is_slow { deadline } else { Instant::now() + SECOND }).await;
            let is_late =
                self.late.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok();
            // The other sources do not need all the time.
            let mut late = vec![Source::Entities, Source::ThreatIntel, Source::MatchLists];
            late.truncate(if !has_time { 3 } else { usize::from(is_slow || is_late) });
            let failure = |source| Failure { source, cause: Cause::Call(Arc::new(Error::deadline())) };
            let failures: Vec<_> = late.into_iter().map(failure).collect();
            let found = |subject: &Subject| match self.refused == Some(subject.observable.value.as_str()) {
                true => Found { evidence: Vec::new(), failures: vec![refused()] },
                false => Found { evidence: Vec::new(), failures: failures.clone() },
            };
            Asked(subjects.iter().map(found).collect())
        }

        async fn ask(&self, gathering: &Gathering, id: &str, value: &str) -> Asked {
            let deadline = Instant::now() + 24 * SECOND;
            let ask = |subjects: Vec<Subject>| -> BoxFuture<'_, Asked> {
                Box::pin(self.answer(subjects, deadline))
            };
            let has_blocks = || -> BoxFuture<'_, bool> { Box::pin(async { !self.has_no_blocks }) };
            gathering.ask(tenant(id), vec![subject(value)], deadline, &ask, &has_blocks).await
        }

        /// Asks after some time; gives the time that it took, and the number of failures.
        async fn ask_after(&self, delay: Duration, gathering: &Gathering, value: &str) -> (Duration, usize) {
            tokio::time::sleep(delay).await;
            let began = Instant::now();
            let asked = self.ask(gathering, "a", value).await;
            assert_eq!(asked.0.len(), 1);
            (began.elapsed(), asked.failures().count())
        }

        fn sizes(&self) -> Vec<usize> {
            self.asked.lock().unwrap().iter().map(Vec::len).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn questions_that_come_together_are_asked_in_two_parts() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let began = Instant::now();
        let values: Vec<_> = (0..40).map(|n| format!("host-{n}.example")).collect();
        let all = join_all(values.iter().map(|value| sources.ask(&gathering, "a", value))).await;
        assert!(all.iter().all(|asked| asked.0.len() == 1 && asked.failures().count() == 0));
        assert_eq!(sources.sizes(), [1, 39]);
        assert_eq!(began.elapsed(), 2 * SECOND);
        // Nobody waits for nobody.
        sources.ask(&gathering, "a", "late.example").await;
        assert_eq!(sources.sizes(), [1, 39, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_of_one_request_is_not_that_of_those_asked_with_it() {
        let (gathering, sources) =
            (Gathering::new(), Sources { refused: Some("y.example"), ..Sources::default() });
        let values = ["x.example", "y.example", "z.example"];
        let all = join_all(values.map(|value| sources.ask(&gathering, "a", value))).await;
        let failed: Vec<_> = all.iter().map(|asked| asked.failures().count()).collect();
        assert_eq!((failed, sources.sizes()), (vec![0, 1, 0], vec![1, 2]));
    }

    #[tokio::test(start_paused = true)]
    async fn tenants_do_not_wait_for_each_other() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let began = Instant::now();
        tokio::join!(sources.ask(&gathering, "a", "x.example"), sources.ask(&gathering, "b", "x.example"));
        assert_eq!((began.elapsed(), sources.sizes()), (SECOND, vec![1, 1]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_dropped_while_it_asks_costs_the_others_nothing() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let dropped = tokio::time::timeout(SECOND / 2, sources.ask(&gathering, "a", "x.example"));
        let others = join_all(["y.example", "z.example"].map(|value| sources.ask(&gathering, "a", value)));
        let (dropped, others) = tokio::join!(dropped, others);
        assert!(dropped.is_err());
        assert!(others.iter().all(|asked| asked.0.len() == 1));
        assert_eq!(*sources.asked.lock().unwrap(), [vec!["x.example"], vec!["y.example", "z.example"]]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_one_request_is_not_that_of_the_others() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let values = ["x.example", "y.example", "z.example"];
        sources.late.store(2, Ordering::Relaxed);
        let all = join_all(values.map(|value| sources.ask(&gathering, "a", value))).await;
        // Only the requests that asked are late themselves.
        let failed: Vec<_> = all.iter().map(|asked| asked.failures().count()).collect();
        assert_eq!((failed, sources.sizes()), (vec![1, 1, 0], vec![1, 2, 1]));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_no_time_left_does_not_wait() {
        let (gathering, sources) = (Gathering::new(), Sources::default());
        let soon = Instant::now() + SECOND / 2;
        let ask =
            |subjects: Vec<Subject>| -> BoxFuture<'_, Asked> { Box::pin(sources.answer(subjects, soon)) };
        let has_blocks = || -> BoxFuture<'_, bool> { Box::pin(async { true }) };
        let short = gathering.ask(tenant("a"), vec![subject("y.example")], soon, &ask, &has_blocks);
        let began = Instant::now();
        let (_, short) = tokio::join!(sources.ask(&gathering, "a", "x.example"), short);
        assert_eq!((short.0.len(), began.elapsed()), (1, 3 * SECOND / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_source_of_one_request_takes_two_seconds_of_the_others() {
        let (gathering, sources) =
            (Gathering::new(), Sources { slow: Some("x.example"), ..Sources::default() });
        let values = ["y.example", "z.example"];
        let others = join_all(values.map(|value| sources.ask_after(SECOND / 10, &gathering, value)));
        let (slow, others) = tokio::join!(sources.ask_after(Duration::ZERO, &gathering, "x.example"), others);
        assert_eq!((slow, others), ((24 * SECOND, 1), vec![(3 * SECOND, 0); 2]));
        assert_eq!(*sources.asked.lock().unwrap(), [vec!["x.example"], values.to_vec()]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_later_waits_no_longer_either() {
        let (gathering, sources) =
            (Gathering::new(), Sources { slow: Some("x.example"), ..Sources::default() });
        let (_, first, second) = tokio::join!(
            sources.ask_after(Duration::ZERO, &gathering, "x.example"),
            sources.ask_after(SECOND, &gathering, "y.example"),
            sources.ask_after(7 * SECOND / 2, &gathering, "z.example"),
        );
        assert_eq!([first, second], [(3 * SECOND, 0); 2]);
        assert_eq!(sources.sizes(), [1, 1, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn questions_about_addresses_hold_up_addresses_alone() {
        let (gathering, sources) =
            (Gathering::new(), Sources { slow: Some("192.0.2.2"), ..Sources::default() });
        let values = ["192.0.2.2", "192.0.2.2", "192.0.2.3", "x.example", "y.example"];
        let all = values.map(|value| sources.ask_after(Duration::ZERO, &gathering, value));
        let all = join_all(all).await;
        let slow = (24 * SECOND, 1);
        assert_eq!(all, [slow, slow, slow, (3 * SECOND, 0), (3 * SECOND, 0)]);
        assert_eq!(sources.sizes(), [1, 2, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn until_blocks_are_read_addresses_are_asked_for_apart() {
        let values = ["w.example", "192.0.2.2", "x.example", "192.0.2.3", "y.example"];
        for (has_no_blocks, sizes, longest) in [(true, vec![1, 2, 2], 3), (false, vec![1, 4], 24)] {
            let (gathering, sources) =
                (Gathering::new(), Sources { slow: Some("192.0.2.2"), has_no_blocks, ..Sources::default() });
            let all =
                join_all(values.map(|value| sources.ask_after(Duration::ZERO, &gathering, value))).await;
            assert_eq!(sources.sizes(), sizes);
            let longest_of_names = all.into_iter().step_by(2).map(|(took, _)| took).max();
            assert_eq!(longest_of_names, Some(longest * SECOND));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_late_is_kept_when_there_is_no_time_to_ask_again() {
        let (gathering, sources) =
            (Gathering::new(), Sources { slow: Some("x.example"), ..Sources::default() });
        // The second question about it is asked for by the request before, which ends earlier.
        let (_, first, second) = tokio::join!(
            sources.ask_after(Duration::ZERO, &gathering, "w.example"),
            sources.ask_after(SECOND / 10, &gathering, "x.example"),
            sources.ask_after(SECOND / 5, &gathering, "y.example"),
        );
        assert_eq!((first.1, second.1), (1, 1), "one source of three");
        assert!(second.0 <= 25 * SECOND, "{second:?}");
        assert_eq!(sources.sizes(), [1, 2, 1]);
    }
}
