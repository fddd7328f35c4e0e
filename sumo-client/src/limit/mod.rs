//! The client side of the API's limits: how often a call may start, and how many may be in flight.
//!
//! Sumo Logic allows four calls a second and ten in flight for an access key and answers 429 beyond
//! that (vendor page "API Authentication, Endpoints, and Security", rate limiting). [`Limiters`]
//! keeps one limiter for each access id, so that every client of the process that uses it stays
//! within the same allowance.
//!
//! A limiter has two parts: the [`Allowance`] says when one more call may start, and [`Turns`] says
//! which one. The allowance is that of this process, or one that several processes share by a
//! [`BudgetStore`].

mod allowance;
mod count;
mod group;
mod lease;
mod membership;
mod rate_limit;
mod rounds;
mod shared;
mod shared_budget;
#[cfg(test)]
mod shared_tests;
mod store;
mod turns;
mod usage;

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_core::future::BoxFuture;
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::runtime::{self, Handle};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout_at};

use self::allowance::{Allowance, LocalAllowance};
pub use self::group::{Priority, RequestGroup};
use self::lease::{Lease, START_TOLERANCE};
use self::membership::Membership;
pub use self::rate_limit::RateLimit;
use self::shared::SharedAllowance;
pub use self::shared_budget::SharedBudget;
pub use self::store::{
    BudgetKey, BudgetStore, Change, Joined, LeaseId, MemberId, MemoryStore, StartReply, StartRequest,
    StoreError,
};
#[cfg(feature = "valkey")]
pub use self::store::{ValkeyStore, ValkeyStoreBuilder};
pub(crate) use self::turns::Refusal;
use self::turns::{NoStart, Ticket, Turns};
pub use self::usage::Usage;
use self::usage::UsageCounter;
use crate::credentials::{Credentials, Fingerprint};
use crate::deployment::Deployment;
use crate::error_answer::ErrorAnswer;
use crate::retry::RetryBudget;

/// One limiter for each access id, shared by every client that is given a clone of this registry.
///
/// Access ids are told apart by deployment. Limiters that nobody uses are dropped, so a process
/// that serves many tenants holds only those that were active lately.
///
/// Calls of one access id take turns by their [`RequestGroup`]. An access id with a key that Sumo
/// Logic has accepted within the last hour comes first: while it has work, the same id with other
/// keys has at most one call in flight and one start a second, so that a wrong key cannot use up
/// the allowance of the right one. A pair of id and key that was answered with 401 (twice, if it
/// was accepted before) is not sent again for 10 seconds; calls with it fail at once, see
/// [`Error::is_remembered_refusal`](crate::Error::is_remembered_refusal).
///
/// ```
/// use sumo_client::{Limiters, RateLimit};
///
/// let limiters = Limiters::new(RateLimit::default());
/// ```
#[derive(Clone, Debug)]
pub struct Limiters {
    shared: Arc<Registry>,
}

#[derive(Debug)]
struct Registry {
    limit: RateLimit,
    margin: Duration,
    /// The processes that share the limits with this one.
    shared: Option<Sharing>,
    entries: Mutex<Entries>,
}

#[derive(Debug)]
struct Sharing {
    membership: Arc<Membership>,
    secret: SecretString,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Key, Arc<Limiter>>,
    /// The number of entries at which the idle ones are looked for again.
    sweep_at: usize,
}

type Key = (Deployment, Fingerprint);

/// The time by which windows are longer than those of the server.
///
/// The server counts arrivals while the client counts departures.
const WINDOW_MARGIN: Duration = Duration::from_millis(20);

/// Below this many entries no time is spent on finding idle ones.
const SWEEP_FLOOR: usize = 64;

impl Limiters {
    /// Creates a registry whose limiters allow `limit`, with a margin of 20 milliseconds on the
    /// window.
    ///
    /// The margin is there because the server counts arrivals while we count departures. A call
    /// over `ReqwestTransport` that has to open a connection counts from the moment at which it is
    /// open; processes that share the limits do not learn of it from each other.
    pub fn new(limit: RateLimit) -> Self {
        Self::with_margin(limit, WINDOW_MARGIN)
    }

    /// Creates a registry whose windows are longer than those of `limit` by `margin`.
    pub fn with_margin(limit: RateLimit, margin: Duration) -> Self {
        Self::over(limit, margin, None)
    }

    /// Creates a registry that shares `limit` with those of other processes by a store, with a
    /// margin of 20 milliseconds on the window.
    pub fn shared(limit: RateLimit, budget: SharedBudget) -> Self {
        let SharedBudget { store, processes, secret, on_change } = budget;
        let membership = Membership::new(store, processes, on_change);
        let shared = Some(Sharing { membership, secret });
        Self::over(limit, WINDOW_MARGIN, shared)
    }

    fn over(limit: RateLimit, margin: Duration, shared: Option<Sharing>) -> Self {
        Self { shared: Arc::new(Registry { limit, margin, shared, entries: Mutex::default() }) }
    }

    /// Connects to the store of the shared budget and joins those who use it. Calls do it by
    /// themselves; this says why it fails. Does nothing without a store.
    ///
    /// # Errors
    /// Returns an error if the store cannot be reached, or does not answer within 100 milliseconds
    /// once it is.
    pub async fn join_store(&self) -> Result<(), StoreError> {
        match &self.shared.shared {
            Some(sharing) => sharing.membership.join().await,
            None => Ok(()),
        }
    }

    /// Returns the number of limiters that are held at the moment.
    pub fn len(&self) -> usize {
        self.shared.entries.lock().by_key.len()
    }

    /// Returns true if the registry is empty at the moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the calls that an access id made within the running minute, and how many it may
    /// make.
    ///
    /// The count is lost when the limiter was dropped because nobody used it.
    ///
    /// ```
    /// use sumo_client::{Credentials, Deployment, Limiters};
    ///
    /// let usage = Limiters::default().usage(&Deployment::US1, &Credentials::new("id", "key"));
    /// assert_eq!((usage.calls, usage.limit), (0, Some(240)));
    /// ```
    pub fn usage(&self, deployment: &Deployment, credentials: &Credentials) -> Usage {
        let limiter = self.limiter(deployment, credentials);
        limiter.usage.lock().at(Utc::now(), self.shared.limit.calls_per_minute())
    }

    /// Returns the state of all limiters at the moment, summed up for metrics.
    pub fn load(&self) -> LimiterLoad {
        let limiters: Vec<_> = self.shared.entries.lock().by_key.values().cloned().collect();
        let now = Instant::now();
        let mut load = LimiterLoad { keys: limiters.len(), ..LimiterLoad::default() };
        for limiter in &limiters {
            load.waiting += limiter.turns.lock().waiting();
            let hold = limiter.allowance.earliest_start(now, 0).saturating_duration_since(now);
            load.longest_hold = load.longest_hold.max(hold);
            load.least_retry_budget = load.least_retry_budget.min(limiter.budget.left());
        }
        load
    }

    pub(crate) fn limiter(&self, deployment: &Deployment, credentials: &Credentials) -> Arc<Limiter> {
        let key = (deployment.clone(), credentials.id_fingerprint());
        let mut entries = self.shared.entries.lock();
        if let Some(limiter) = entries.by_key.get(&key) {
            return Arc::clone(limiter);
        }
        if entries.by_key.len() >= entries.sweep_at.max(SWEEP_FLOOR) {
            entries.by_key.retain(|_, limiter| !is_idle(limiter));
            entries.sweep_at = entries.by_key.len() * 2;
        }
        let limiter = Arc::new(self.shared.limiter(deployment, &key.1));
        entries.by_key.insert(key, Arc::clone(&limiter));
        limiter
    }
}

impl Registry {
    fn limiter(&self, deployment: &Deployment, id: &Fingerprint) -> Limiter {
        let limit = self.limit;
        let window =
            if limit.window.is_zero() { Duration::ZERO } else { limit.window.saturating_add(self.margin) };
        match &self.shared {
            None => Limiter::new(Arc::new(LocalAllowance::new(limit, window)), RateLimit { window, ..limit }),
            Some(Sharing { membership, secret }) => {
                let key = shared_budget::budget_key(secret, deployment, id);
                let shared = SharedAllowance::new(Arc::clone(membership), key, limit, window);
                Limiter::new(Arc::new(shared), RateLimit { window, ..limit })
            }
        }
    }
}

/// The state of all limiters of a [`Limiters`] registry.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LimiterLoad {
    /// The number of access keys with a limiter.
    pub keys: usize,
    /// The number of calls that wait for their turn.
    pub waiting: usize,
    /// The longest time that a limiter holds back its next call: under its rate, or for the silence
    /// that Sumo Logic asked for.
    pub longest_hold: Duration,
    /// The smallest share of a retry budget that is left, from 0 to 1.
    pub least_retry_budget: f64,
}

impl Default for LimiterLoad {
    fn default() -> Self {
        Self { keys: 0, waiting: 0, longest_hold: Duration::ZERO, least_retry_budget: 1.0 }
    }
}

impl Default for Limiters {
    fn default() -> Self {
        Self::new(RateLimit::default())
    }
}

/// Idle means that nobody holds it and that its past can no longer hold anyone back.
fn is_idle(limiter: &Arc<Limiter>) -> bool {
    let now = Instant::now();
    Arc::strong_count(limiter) == 1 && limiter.allowance.is_idle(now) && limiter.turns.lock().is_idle(now)
}

/// The limiter of one access id.
#[derive(Debug)]
pub(crate) struct Limiter {
    allowance: Arc<dyn Allowance>,
    turns: Mutex<Turns<Reply>>,
    /// Told when another call may have become the next one.
    changed: Notify,
    /// Held by the waiting call that takes starts out of the allowance and hands them out.
    serving: tokio::sync::Mutex<NextStart>,
    /// The limit with the window that is kept to.
    limit: RateLimit,
    usage: Mutex<UsageCounter>,
    pub(crate) budget: RetryBudget,
}

/// The start that is waited for. It outlives the call that began to wait, so that the next one goes
/// on waiting for it, if it is of the same runtime: the timers of another one may have stopped.
#[derive(Default)]
struct NextStart(Option<(runtime::Id, BoxFuture<'static, Lease>)>);

impl NextStart {
    async fn get(&mut self, acquire: impl FnOnce() -> BoxFuture<'static, Lease>) -> Lease {
        let present = Handle::current().id();
        // Nothing is lost: a start that is not waited for to its end is not taken.
        let own = self.0.take().filter(|(runtime, _)| *runtime == present);
        let (_, start) = self.0.insert(own.unwrap_or_else(|| (present, acquire())));
        let lease = start.await;
        self.0 = None;
        lease
    }
}

impl fmt::Debug for NextStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NextStart(awaited: {})", self.0.is_some())
    }
}

type Reply = oneshot::Sender<Result<Turn, Refusal>>;

/// The right to run one attempt; it lasts until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    limiter: Arc<Limiter>,
    credentials: Fingerprint,
    start: Instant,
    lease: Option<Lease>,
}

/// The reason why a call does not get a turn.
#[derive(Clone, Debug)]
pub(crate) enum NoTurn {
    /// It would come after the deadline.
    TooLate {
        /// The earliest moment at which the turn could have come.
        earliest: Instant,
    },
    /// Sumo Logic refused these credentials lately.
    Refused(Refusal),
}

impl Limiter {
    fn new(allowance: Arc<dyn Allowance>, limit: RateLimit) -> Self {
        Self {
            allowance,
            turns: Mutex::default(),
            changed: Notify::new(),
            serving: tokio::sync::Mutex::default(),
            limit,
            usage: Mutex::default(),
            budget: RetryBudget::default(),
        }
    }

    /// Waits for a turn. Says at once when the turn cannot come before `deadline`, or the
    /// credentials were refused.
    ///
    /// Dropping the future leaves the queue without using a start.
    pub(crate) async fn turn(
        self: &Arc<Self>,
        credentials: Fingerprint,
        group: &RequestGroup,
        deadline: Instant,
    ) -> Result<Turn, NoTurn> {
        let mut waiting = self.enter(credentials, group)?;
        let earliest = waiting.earliest_start();
        if earliest >= deadline {
            return Err(NoTurn::TooLate { earliest });
        }
        let reply = async {
            tokio::select! {
                // What was handed out counts before anything else is.
                biased;
                reply = &mut waiting.reply => reply,
                never = self.serve() => match never {},
            }
        };
        match timeout_at(deadline, reply).await {
            Ok(Ok(reply)) => reply.map(Turn::begin).map_err(NoTurn::Refused),
            // The sender is never dropped before it was used; were it, the call is only late.
            Ok(Err(_)) | Err(_) => Err(NoTurn::TooLate { earliest: waiting.earliest_start() }),
        }
    }

    fn enter(&self, credentials: Fingerprint, group: &RequestGroup) -> Result<InQueue<'_>, NoTurn> {
        let (sender, reply) = oneshot::channel();
        let mut turns = self.turns.lock();
        if let Some(refusal) = turns.refusal(&credentials, Instant::now()) {
            return Err(NoTurn::Refused(refusal.clone()));
        }
        let ticket = turns.enter(credentials, group, sender);
        drop(turns);
        self.changed.notify_one();
        Ok(InQueue { limiter: self, ticket, reply })
    }

    /// Takes starts and hands them to the calls whose turn it is, as long as it is polled. One
    /// caller does it for all.
    async fn serve(self: &Arc<Self>) -> Infallible {
        let _end = UnwantedStart(self);
        let mut next = self.serving.lock().await;
        let mut spare = None;
        loop {
            let began = Instant::now();
            self.until_one_may_start().await;
            // A start that nobody could use at once would stand too close before the next ones.
            let lease = match spare.take().filter(|_| began.elapsed() <= START_TOLERANCE) {
                Some(lease) => lease,
                None => {
                    let acquire = || Arc::clone(&self.allowance).acquire(self.is_crowded());
                    next.get(acquire).await
                }
            };
            spare = self.hand_out(lease);
        }
    }

    /// Returns true if more calls wait than two windows take. Their starts are spread over the
    /// window instead of all standing at its beginning, so that a small request which comes
    /// meanwhile waits for a part of the window, not for all of it.
    fn is_crowded(&self) -> bool {
        let calls = usize::try_from(self.limit.calls_per_window).unwrap_or(usize::MAX);
        self.turns.lock().waiting() > calls.saturating_mul(2)
    }

    /// Gives up the start that is waited for if no call waits.
    fn give_up_unwanted_start(&self) {
        // Whoever holds the lock looks again at its end.
        if self.turns.lock().is_empty()
            && let Ok(mut next) = self.serving.try_lock()
        {
            next.0 = None;
        }
    }

    async fn until_one_may_start(&self) {
        loop {
            let now = Instant::now();
            let state = self.turns.lock().check(now);
            match state {
                Ok(()) => return,
                Err(NoStart::UntilChange) => self.changed.notified().await,
                Err(NoStart::Before(at)) => {
                    let _elapsed = timeout_at(at, self.changed.notified()).await;
                }
            }
        }
    }

    /// Gives the start to the call whose turn it is; gives it back when there is none.
    fn hand_out(self: &Arc<Self>, mut lease: Lease) -> Option<Lease> {
        loop {
            let Some((credentials, reply)) = self.turns.lock().start(Instant::now()) else {
                return Some(lease);
            };
            let start = lease.start;
            let turn = Turn { limiter: Arc::clone(self), credentials, start, lease: Some(lease) };
            match reply.send(Ok(turn)) {
                // The caller gave up in this moment.
                Err(Ok(mut turn)) => lease = turn.lease.take()?,
                Ok(()) => {
                    self.usage.lock().count(Utc::now());
                    return None;
                }
                Err(Err(_)) => return None,
            }
        }
    }

    /// Notes that Sumo Logic accepted the credentials.
    pub(crate) fn accepted(&self, credentials: Fingerprint) {
        self.turns.lock().accept(credentials, Instant::now());
        self.changed.notify_one();
    }

    /// Notes a 401 for credentials that were accepted within the last hour: they may be sent once
    /// more. Returns false for others, and from the second 401 on.
    pub(crate) fn doubted(&self, credentials: Fingerprint) -> bool {
        self.turns.lock().doubt(&credentials, Instant::now())
    }

    /// Notes that Sumo Logic refused the credentials; they are not sent again for 10 seconds.
    pub(crate) fn refused(&self, credentials: Fingerprint, answer: ErrorAnswer) {
        let at = Instant::now();
        let refusal = Refusal { answer, at, until: at + turns::REFUSED_FOR };
        let waiting = self.turns.lock().refuse(credentials, refusal.clone());
        for reply in waiting {
            // One that gave up need not know.
            let _gave_up = reply.send(Err(refusal.clone()));
        }
        self.changed.notify_one();
    }

    /// Lets no call start before `until`: the server said that there were too many.
    pub(crate) fn silence_until(&self, until: Instant) {
        Arc::clone(&self.allowance).silence(Instant::now(), until);
    }

    /// Returns the shortest useful pause after a 429 that names none.
    pub(crate) fn window(&self) -> Duration {
        self.limit.window
    }
}

impl Turn {
    /// Counts the start of the attempt from now on: a busy program may take a while to go on with a
    /// call that got its turn.
    fn begin(mut self) -> Self {
        let now = Instant::now();
        self.limiter.allowance.begins_late(self.start, now);
        self.start = now;
        self
    }

    /// Counts the start of the attempt from now on, and those after it: only now there is a
    /// connection, and the server counts arrivals. Calls that come together before it is open may
    /// all go over it.
    pub(crate) fn connected(&self) {
        self.limiter.allowance.connected(self.start, Instant::now());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.limiter.turns.lock().end(&self.credentials, Instant::now());
        // The room in flight is free before others are told.
        drop(self.lease.take());
        self.limiter.changed.notify_one();
    }
}

/// A call in the queue; dropping it leaves the queue.
struct InQueue<'a> {
    limiter: &'a Limiter,
    ticket: Ticket,
    reply: oneshot::Receiver<Result<Turn, Refusal>>,
}

impl InQueue<'_> {
    /// Returns the moment at which it could start, as far as the rate and those before it decide
    /// that.
    fn earliest_start(&self) -> Instant {
        let now = Instant::now();
        let ahead = self.limiter.turns.lock().ahead_of(self.ticket, now);
        self.limiter.allowance.earliest_start(now, ahead)
    }
}

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        let mut turns = self.limiter.turns.lock();
        turns.leave(self.ticket);
        drop(turns);
        self.limiter.give_up_unwanted_start();
        self.limiter.changed.notify_one();
    }
}

/// Gives up the start that is waited for, when dropped after the lock on it and no call waits.
struct UnwantedStart<'a>(&'a Limiter);

impl Drop for UnwantedStart<'_> {
    fn drop(&mut self) {
        self.0.give_up_unwanted_start();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A limiter with one caller.
    struct Single {
        limiter: Arc<Limiter>,
        group: RequestGroup,
    }

    impl Single {
        async fn turn(&self, deadline: Instant) -> Result<Turn, NoTurn> {
            self.limiter.turn(key("right"), &self.group, deadline).await
        }
    }

    fn key(key: &str) -> Fingerprint {
        Credentials::new("id", key).fingerprint()
    }

    fn new_limiter(calls_per_window: u32, concurrency: u32) -> Arc<Limiter> {
        let limit = RateLimit { calls_per_window, window: SECOND, concurrency };
        Arc::new(Limiter::new(Arc::new(LocalAllowance::new(limit, SECOND)), limit))
    }

    fn limiter(calls_per_window: u32, concurrency: u32) -> Arc<Single> {
        let (limiter, group) = (new_limiter(calls_per_window, concurrency), RequestGroup::default());
        Arc::new(Single { limiter, group })
    }

    /// Creates a limiter that shares its budget by a store.
    fn sharing_limiter(calls_per_window: u32, concurrency: u32) -> Arc<Limiter> {
        let limit = RateLimit { calls_per_window, window: SECOND, concurrency };
        let membership = Membership::new(Arc::new(MemoryStore::new()), 1, None);
        let allowance = SharedAllowance::new(membership, BudgetKey::new([0; 16]), limit, SECOND);
        Arc::new(Limiter::new(Arc::new(allowance), limit))
    }

    /// Creates a limiter of this process alone, and one that shares its budget.
    fn limiters(calls_per_window: u32, concurrency: u32) -> [Arc<Single>; 2] {
        let (limiter, group) = (sharing_limiter(calls_per_window, concurrency), RequestGroup::default());
        [self::limiter(calls_per_window, concurrency), Arc::new(Single { limiter, group })]
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(86_400)
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_of_a_second_sees_more_than_four_starts() {
        for limiter in limiters(4, 10) {
            let mut starts = Vec::new();
            for call in 0..100 {
                drop(limiter.turn(far()).await.unwrap());
                starts.push(Instant::now());
                // An uneven load, so that the starts do not fall on whole seconds.
                tokio::time::sleep(Duration::from_millis(call * 37 % 400)).await;
            }
            for (first, fifth) in starts.iter().zip(&starts[4..]) {
                assert!(*fifth - *first >= SECOND);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_given_in_order() {
        for limiter in limiters(2, 3) {
            let order = Arc::new(Mutex::new(Vec::new()));
            let calls: Vec<_> = (0..20)
                .map(|call| {
                    let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
                    tokio::spawn(async move {
                        let _turn = limiter.turn(far()).await.unwrap();
                        order.lock().push((call, Instant::now()));
                        tokio::time::sleep(Duration::from_millis(2_300)).await;
                    })
                })
                .collect();
            for call in calls {
                call.await.unwrap();
            }
            let mut order = std::mem::take(&mut *order.lock());
            order.sort_unstable();
            assert!(order.is_sorted_by_key(|(_call, start)| *start), "{order:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_cannot_come_in_time_is_refused_at_once() {
        let limiter = limiter(4, 0);
        let mut waiters = Vec::new();
        for _ in 0..12 {
            let limiter = Arc::clone(&limiter);
            waiters.push(tokio::spawn(async move { limiter.turn(far()).await.map(drop) }));
        }
        tokio::task::yield_now().await;
        let began = Instant::now();
        // Four have started, eight wait: the next starts after two more windows and a bit.
        let refused = limiter.turn(began + Duration::from_millis(2_999)).await.unwrap_err();
        let NoTurn::TooLate { earliest } = refused else { panic!("{refused:?}") };
        assert_eq!(earliest, began + 3 * SECOND);
        assert_eq!(Instant::now(), began, "the refusal had to wait");
        assert!(limiter.turn(began + Duration::from_millis(3_001)).await.is_ok());
        assert_eq!(Instant::now(), began + 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_gives_up_uses_no_start() {
        for limiter in limiters(1, 0) {
            drop(limiter.turn(far()).await.unwrap());
            let began = Instant::now();
            for _ in 0..5 {
                let gave_up = tokio::time::timeout(Duration::from_millis(10), limiter.turn(far())).await;
                assert!(gave_up.is_err());
            }
            drop(limiter.turn(far()).await.unwrap());
            assert_eq!(Instant::now(), began + SECOND);
            assert_eq!(limiter.group.calls_left(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_allowed_number_is_in_flight() {
        for limiter in limiters(0, 2) {
            let first = limiter.turn(far()).await.unwrap();
            let _second = limiter.turn(far()).await.unwrap();
            let third = limiter.turn(Instant::now() + SECOND).await;
            assert!(third.is_err());
            drop(first);
            assert!(limiter.turn(Instant::now() + SECOND).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_holds_everyone_back() {
        for limiter in limiters(4, 0) {
            let until = Instant::now() + 5 * SECOND;
            limiter.limiter.silence_until(until);
            assert!(limiter.turn(until - SECOND).await.is_err());
            drop(limiter.turn(far()).await.unwrap());
            assert_eq!(Instant::now(), until);
        }
    }

    #[test]
    fn a_clock_that_was_moved_on_in_another_runtime_holds_nobody_back() {
        let (limiter, group) = (new_limiter(4, 10), RequestGroup::default());
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let ahead = builder.enable_time().start_paused(true).build().unwrap();
        ahead.block_on(async {
            for _ in 0..400 {
                drop(limiter.turn(key("right"), &group, far()).await.unwrap());
            }
            limiter.silence_until(Instant::now() + 3600 * SECOND);
            limiter.refused(key("right"), ErrorAnswer::default());
        });
        let present = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        present.block_on(async {
            let at_once = Instant::now() + SECOND / 2;
            limiter.turn(key("right"), &group, at_once).await.unwrap();
        });
    }

    fn paused_runtime() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap()
    }

    #[test]
    fn a_runtime_that_stops_does_not_hold_back_the_calls_of_another() {
        for is_dropped in [false, true] {
            for limiter in [new_limiter(1, 10), sharing_limiter(1, 10)] {
                let group = RequestGroup::default();
                let turn = || Box::pin(limiter.turn(key("right"), &group, far()));
                let (first, second) = (paused_runtime(), paused_runtime());
                drop(first.block_on(turn()).unwrap());
                let (mut served, mut waiting) = (turn(), turn());
                assert!(first.block_on(async { timeout_at(Instant::now(), &mut served).await }).is_err());
                assert!(second.block_on(async { timeout_at(Instant::now(), &mut waiting).await }).is_err());
                drop(first.block_on(served).unwrap());
                let first = (!is_dropped).then_some(first);
                let waited = second.block_on(async {
                    // The other clock has moved on by as much.
                    tokio::time::advance(SECOND).await;
                    let began = Instant::now();
                    drop(waiting.await.unwrap());
                    began.elapsed()
                });
                assert!(waited <= SECOND + START_TOLERANCE, "{waited:?}");
                drop(first);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_zero_means_unlimited() {
        let limiters = Limiters::new(RateLimit::UNLIMITED);
        let limiter = limiters.limiter(&Deployment::US1, &Credentials::new("id", "right"));
        let limiter = Single { limiter, group: RequestGroup::default() };
        let began = Instant::now();
        let turns = (0..1_000).map(|_| limiter.turn(far()));
        futures_util::future::join_all(turns).await;
        assert_eq!(Instant::now(), began);
    }

    #[tokio::test(start_paused = true)]
    async fn clients_of_one_key_share_a_limiter_and_idle_ones_are_dropped() {
        let limiters = Limiters::default();
        let id = |id: &str| Credentials::new(id, "key");
        let one = limiters.limiter(&Deployment::US1, &id("a"));
        assert!(Arc::ptr_eq(&one, &limiters.clone().limiter(&Deployment::US1, &id("a"))));
        assert!(!Arc::ptr_eq(&one, &limiters.limiter(&Deployment::US2, &id("a"))));
        drop(one.turn(key("right"), &RequestGroup::default(), far()).await.unwrap());
        let used = Arc::as_ptr(&one);
        drop(one);
        for tenant in 0..10_000 {
            drop(limiters.limiter(&Deployment::US1, &id(&tenant.to_string())));
            assert!(limiters.len() <= SWEEP_FLOOR + 1);
        }
        // The one that was used has a past, so it outlives every sweep within its window.
        let kept = limiters.limiter(&Deployment::US1, &id("a"));
        assert!(std::ptr::eq(used, Arc::as_ptr(&kept)));
    }

    /// Makes the calls of a request, all at once, each in flight for `latency`; returns how long
    /// all of them took.
    async fn request(
        limiter: &Arc<Limiter>,
        credentials: Fingerprint,
        group: RequestGroup,
        calls: usize,
        latency: Duration,
    ) -> Duration {
        let began = Instant::now();
        let calls = (0..calls).map(|_| async {
            let turn = limiter.turn(credentials, &group, began + 24 * SECOND).await;
            tokio::time::sleep(latency).await;
            turn.map(|_turn| limiter.accepted(credentials))
        });
        for call in futures_util::future::join_all(calls).await {
            call.unwrap();
        }
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_request_does_not_hold_back_a_small_one() {
        let limiter = new_limiter(4, 10);
        let latency = Duration::from_millis(200);
        let normal = || RequestGroup::new(Priority::Normal);
        let large = request(&limiter, key("right"), normal(), 60, latency);
        let others = async {
            for _ in 0..5 {
                tokio::time::sleep(2 * SECOND).await;
                let health = request(&limiter, key("right"), RequestGroup::new(Priority::High), 1, latency);
                let search = request(&limiter, key("right"), normal(), 2, latency);
                let judge = request(&limiter, key("right"), normal(), 3, latency);
                let (health, search, judge) = tokio::join!(health, search, judge);
                assert!(health <= SECOND / 4 + latency, "the health check took {health:?}");
                // A call of the large request and the health check come before.
                let single = search.max(judge);
                assert!(single <= 7 * SECOND / 4 + latency, "the single observable took {single:?}");
            }
        };
        tokio::join!(large, others);
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_request_does_not_wait_for_the_first_turn_of_a_large_one() {
        let limiter = new_limiter(4, 10);
        let latency = SECOND / 10;
        let normal = || RequestGroup::new(Priority::Normal);
        let judge_all = request(&limiter, key("right"), normal(), 4, latency);
        let search_all = request(&limiter, key("right"), normal().planned_calls(60), 60, latency);
        let others = async {
            tokio::time::sleep(SECOND).await;
            let health = request(&limiter, key("right"), RequestGroup::new(Priority::High), 4, latency).await;
            assert!(health <= SECOND + latency, "the health check took {health:?}");
            let search = request(&limiter, key("right"), normal().planned_calls(2), 2, latency);
            let judge = request(&limiter, key("right"), normal(), 3, latency);
            let (search, judge) = tokio::join!(search, judge);
            let single = search.max(judge);
            assert!(single <= 7 * SECOND / 4 + latency, "the single observable took {single:?}");
        };
        tokio::join!(judge_all, search_all, others);
    }

    #[tokio::test(start_paused = true)]
    async fn forty_small_requests_are_all_served() {
        let limiter = new_limiter(4, 10);
        let requests = (0..40).map(|_| {
            let group = RequestGroup::new(Priority::Normal).planned_calls(2);
            request(&limiter, key("right"), group, 2, Duration::from_millis(300))
        });
        let health = async {
            tokio::time::sleep(10 * SECOND).await;
            request(&limiter, key("right"), RequestGroup::new(Priority::High), 1, SECOND).await
        };
        let (all, health) = tokio::join!(futures_util::future::join_all(requests), health);
        assert!(health <= 2 * SECOND, "{health:?}");
        assert!(all.iter().all(|took| *took < 22 * SECOND), "{all:?}");
        assert!(limiter.turns.lock().is_idle(Instant::now() + 7200 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_keys_take_little_from_the_right_one() {
        let limiter = new_limiter(4, 10);
        limiter.accepted(key("right"));
        let latency = Duration::from_millis(200);
        let end = Instant::now() + 20 * SECOND;
        // A new wrong key for each call, since a refused one is not sent again.
        let attack = futures_util::future::join_all((0..200).map(|number| {
            let limiter = Arc::clone(&limiter);
            async move {
                let wrong = key(&format!("wrong {number}"));
                if let Ok(_turn) = limiter.turn(wrong, &RequestGroup::default(), end).await {
                    tokio::time::sleep(latency).await;
                    limiter.refused(wrong, ErrorAnswer::default());
                }
            }
        }));
        let honest = request(&limiter, key("right"), RequestGroup::default(), 54, latency);
        let (_, took) = tokio::join!(attack, honest);
        // 3 of 4 starts a second are left.
        assert!(took <= 19 * SECOND, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_wrong_key_cannot_keep_the_right_one_from_its_first_call() {
        let limiter = new_limiter(4, 10);
        let flood = request(&limiter, key("wrong"), RequestGroup::default(), 0, SECOND);
        let flood_turns = futures_util::future::join_all((0..100).map(|_| async {
            let group = RequestGroup::default();
            let turn = limiter.turn(key("wrong"), &group, far()).await;
            tokio::time::sleep(SECOND / 2).await;
            limiter.refused(key("wrong"), ErrorAnswer::default());
            drop(turn);
        }));
        let honest = request(&limiter, key("right"), RequestGroup::default(), 2, SECOND / 2);
        let (_, _, took) = tokio::join!(flood, flood_turns, honest);
        assert!(took <= 2 * SECOND, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_remembered_for_ten_seconds_and_ends_the_wait_of_others() {
        let limiter = limiter(1, 0);
        let first = limiter.turn(far()).await.unwrap();
        let waiting = tokio::spawn({
            let limiter = Arc::clone(&limiter);
            async move { limiter.turn(far()).await.map(drop) }
        });
        tokio::task::yield_now().await;
        let answer = ErrorAnswer { code: Some("unauthorized".to_owned()), ..ErrorAnswer::default() };
        limiter.limiter.refused(key("right"), answer);
        drop(first);
        let Err(NoTurn::Refused(refusal)) = waiting.await.unwrap() else { panic!("the call was sent") };
        assert_eq!(refusal.answer.code.as_deref(), Some("unauthorized"));
        let began = Instant::now();
        assert!(matches!(limiter.turn(far()).await, Err(NoTurn::Refused(_))));
        // Another key of the same access id is not concerned.
        drop(limiter.limiter.turn(key("other"), &limiter.group, far()).await.unwrap());
        tokio::time::sleep_until(began + 10 * SECOND).await;
        drop(limiter.turn(far()).await.unwrap());
    }

    /// A call of the property below, times in milliseconds.
    #[derive(Clone, Debug)]
    struct SomeCall {
        arrival: u64,
        latency: u64,
        caller: usize,
        patience: Option<u64>,
    }

    fn some_call() -> impl Strategy<Value = SomeCall> {
        let times = (0_u64..3_000, 0_u64..2_000, prop::option::weighted(0.3, 0_u64..1_500));
        (times, 0_usize..4).prop_map(|((arrival, latency, patience), caller)| SomeCall {
            arrival,
            latency,
            caller,
            patience,
        })
    }

    /// Makes the calls and returns when they started and how many were in flight then.
    async fn start_all(limiter: &Arc<Limiter>, calls: &[SomeCall]) -> Vec<(Instant, usize)> {
        // Two requests with the right key, and two callers whose key is not known.
        let groups = [(); 4].map(|()| RequestGroup::default());
        let keys = ["right", "right", "unknown a", "unknown b"].map(key);
        let (starts, in_flight) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
        let calls = calls.iter().map(|call| async {
            tokio::time::sleep(Duration::from_millis(call.arrival)).await;
            let patience = call.patience.map_or(3_600 * SECOND, Duration::from_millis);
            let turn = limiter.turn(keys[call.caller], &groups[call.caller], far());
            let Ok(turn) = tokio::time::timeout(patience, turn).await else {
                assert!(call.patience.is_some(), "a call was never served");
                return;
            };
            let now_in_flight = in_flight.fetch_add(1, Ordering::Relaxed) + 1;
            starts.lock().push((Instant::now(), now_in_flight));
            tokio::time::sleep(Duration::from_millis(call.latency)).await;
            if call.caller < 2 {
                limiter.accepted(keys[call.caller]);
            }
            in_flight.fetch_sub(1, Ordering::Relaxed);
            drop(turn.unwrap());
        });
        futures_util::future::join_all(calls).await;
        let started = std::mem::take(&mut *starts.lock());
        assert!(groups.iter().all(|group| group.calls_left() == 0));
        started
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn limits_hold_and_every_patient_call_is_served(
            calls in prop::collection::vec(some_call(), 1..60),
        ) {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_time().start_paused(true).build().unwrap();
            // The margin of the window covers a reserved start that is a little late.
            type Make = fn(u32, u32) -> Arc<Limiter>;
            let kinds: [(Make, Duration); 2] = [(new_limiter, Duration::ZERO), (sharing_limiter, START_TOLERANCE)];
            for (limiter, late) in kinds {
                let starts = runtime.block_on(async { start_all(&limiter(4, 3), &calls).await });
                prop_assert!(starts.iter().all(|(_, in_flight)| *in_flight <= 3));
                for ((first, _), (fifth, _)) in starts.iter().zip(starts.iter().skip(4)) {
                    prop_assert!(*fifth - *first + late >= SECOND);
                }
            }
        }
    }
}
