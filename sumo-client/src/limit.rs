//! The client side of the API's limits: how often a call may start, and how many may be in flight.
//!
//! Sumo Logic allows four calls a second and ten in flight for an access key and answers 429 beyond that
//! (vendor page "API Authentication, Endpoints, and Security", rate limiting). [`Limiters`] keeps one limiter
//! for each key, so that every client of the process that uses the key stays within the same allowance.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::credentials::{Credentials, Fingerprint};
use crate::deployment::Deployment;
use crate::retry::RetryBudget;

/// How much of the API a single access key may use.
///
/// The default is the published limit: 4 calls in any window of one second, 10 in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many calls may start within any window; 0 means that the rate is not limited.
    pub calls_per_window: u32,
    /// The length of the window.
    pub window: Duration,
    /// How many calls may be in flight at a time; 0 means that their number is not limited.
    pub concurrency: u32,
}

impl RateLimit {
    /// No limit at all, for stand-ins that have none.
    pub const UNLIMITED: Self = Self { calls_per_window: 0, window: Duration::ZERO, concurrency: 0 };
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { calls_per_window: 4, window: Duration::from_secs(1), concurrency: 10 }
    }
}

/// One limiter for each access key, shared by every client that is given a clone of this registry.
///
/// A key is told apart by API host and access id. Limiters that nobody uses are dropped, so a process that
/// serves many tenants holds only those that were active lately.
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
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Key, Arc<Limiter>>,
    /// How many entries may be held before the idle ones are looked for again.
    sweep_at: usize,
}

type Key = (Deployment, Fingerprint);

/// Below this many entries no time is spent on finding idle ones.
const SWEEP_FLOOR: usize = 64;

impl Limiters {
    /// A registry whose limiters allow `limit`, with a margin of 20 milliseconds on the window.
    ///
    /// The margin is there because the server counts arrivals while we count departures.
    pub fn new(limit: RateLimit) -> Self {
        Self::with_margin(limit, Duration::from_millis(20))
    }

    /// A registry whose windows are longer than those of `limit` by `margin`.
    pub fn with_margin(limit: RateLimit, margin: Duration) -> Self {
        Self { shared: Arc::new(Registry { limit, margin, entries: Mutex::default() }) }
    }

    /// How many limiters are held at the moment.
    pub fn len(&self) -> usize {
        lock(&self.shared.entries).by_key.len()
    }

    /// Whether no limiter is held at the moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn limiter(&self, deployment: &Deployment, credentials: &Credentials) -> Arc<Limiter> {
        let key = (deployment.clone(), credentials.id_fingerprint());
        let mut entries = lock(&self.shared.entries);
        if let Some(limiter) = entries.by_key.get(&key) {
            return Arc::clone(limiter);
        }
        if entries.by_key.len() >= entries.sweep_at.max(SWEEP_FLOOR) {
            entries.by_key.retain(|_, limiter| !is_idle(limiter));
            entries.sweep_at = entries.by_key.len() * 2;
        }
        let limiter = Arc::new(Limiter::new(self.shared.limit, self.shared.margin));
        entries.by_key.insert(key, Arc::clone(&limiter));
        limiter
    }
}

impl Default for Limiters {
    fn default() -> Self {
        Self::new(RateLimit::default())
    }
}

/// Idle means that nobody holds it and that its past can no longer hold anyone back.
fn is_idle(limiter: &Arc<Limiter>) -> bool {
    Arc::strong_count(limiter) == 1 && lock(&limiter.past).is_over(Instant::now(), limiter.window)
}

/// The limiter of one access key. Turns are given in the order in which they were asked for.
#[derive(Debug)]
pub(crate) struct Limiter {
    calls_per_window: usize,
    window: Duration,
    in_flight: Option<Arc<Semaphore>>,
    /// Held by the caller whose turn is next; the others wait for it in order.
    next: tokio::sync::Mutex<()>,
    past: Mutex<Past>,
    waiting: AtomicUsize,
    pub(crate) budget: RetryBudget,
}

/// The starts that still count, and until when the server asked for silence.
#[derive(Debug, Default)]
struct Past {
    starts: VecDeque<Instant>,
    silent_until: Option<Instant>,
    /// Whether calls have started after a long silence and none has been answered yet.
    is_cold: bool,
}

/// After this long without a call no connection may be left, so that the next calls wait for one to be made.
const COLD_AFTER: Duration = Duration::from_secs(30);

/// The right to run one attempt; it lasts until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _in_flight: Option<OwnedSemaphorePermit>,
}

/// The turn of a caller would come after its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLate {
    /// The earliest moment at which the turn could have come.
    pub(crate) earliest: Instant,
}

impl Limiter {
    fn new(limit: RateLimit, margin: Duration) -> Self {
        let window =
            if limit.window.is_zero() { Duration::ZERO } else { limit.window.saturating_add(margin) };
        let permits =
            |concurrency: u32| Arc::new(Semaphore::new(to_usize(concurrency).min(Semaphore::MAX_PERMITS)));
        Self {
            calls_per_window: to_usize(limit.calls_per_window),
            window,
            in_flight: (limit.concurrency > 0).then(|| permits(limit.concurrency)),
            next: tokio::sync::Mutex::new(()),
            past: Mutex::default(),
            waiting: AtomicUsize::new(0),
            budget: RetryBudget::default(),
        }
    }

    /// Waits for a turn. Says at once when the turn cannot come before `deadline`.
    ///
    /// Dropping the future gives up the place without using a start.
    pub(crate) async fn turn(&self, deadline: Instant) -> Result<Turn, TooLate> {
        let asked = Instant::now();
        let place = Place::take(&self.waiting);
        let earliest = self.earliest_start(asked, place.ahead);
        if earliest >= deadline {
            return Err(TooLate { earliest });
        }
        match timeout_at(deadline, self.queue()).await {
            Ok(in_flight) => Ok(Turn { _in_flight: in_flight }),
            Err(_elapsed) => Err(TooLate { earliest: self.earliest_start(Instant::now(), place.ahead) }),
        }
    }

    async fn queue(&self) -> Option<OwnedSemaphorePermit> {
        let _next = self.next.lock().await;
        let in_flight = match &self.in_flight {
            // The semaphore is never closed; were it, the rate still holds.
            Some(semaphore) => Arc::clone(semaphore).acquire_owned().await.ok(),
            None => None,
        };
        loop {
            match self.try_start(Instant::now()) {
                Ok(()) => return in_flight,
                Err(free_at) => sleep_until(free_at).await,
            }
        }
    }

    /// Records a start now, or tells when the next one may be.
    fn try_start(&self, now: Instant) -> Result<(), Instant> {
        let mut past = lock(&self.past);
        let free_at = past.free_at(now, self.calls_per_window, self.window);
        if free_at > now {
            return Err(free_at);
        }
        past.record(now, self.calls_per_window);
        Ok(())
    }

    /// When the caller with `ahead` others before it could start, as far as the rate decides it.
    fn earliest_start(&self, now: Instant, ahead: usize) -> Instant {
        let past = lock(&self.past);
        let first = past.free_at(now, self.calls_per_window, self.window);
        if self.calls_per_window == 0 || ahead == 0 {
            return first;
        }
        // Whole windows pass at once; only the rest of the queue is played through.
        let windows = ahead.checked_div(self.calls_per_window).unwrap_or(0);
        let (starts, silent_until) = (past.starts.clone(), past.silent_until);
        let mut played = Past { starts, silent_until, is_cold: false };
        let mut at = first;
        for _ in 0..ahead.checked_rem(self.calls_per_window).unwrap_or(0) {
            played.record(at, self.calls_per_window);
            at = played.free_at(at, self.calls_per_window, self.window);
        }
        at + self.window.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX))
    }

    /// Tells that a call was answered.
    ///
    /// The first calls after a long silence reach the server only once a connection is made, later ones at once: counted
    /// from their own starts, both could meet in one window of the server. So the first ones count from here on.
    pub(crate) fn answered(&self, now: Instant) {
        let mut past = lock(&self.past);
        if std::mem::take(&mut past.is_cold) {
            past.starts.iter_mut().for_each(|start| *start = now.max(*start));
        }
    }

    /// Lets no call start before `until`: the server said that there were too many.
    pub(crate) fn silence_until(&self, until: Instant) {
        let mut past = lock(&self.past);
        past.silent_until = Some(past.silent_until.map_or(until, |earlier| earlier.max(until)));
    }

    /// The shortest useful pause after a 429 that names none.
    pub(crate) fn window(&self) -> Duration {
        self.window
    }
}

impl Past {
    /// The earliest moment, not before `now`, at which one more start keeps to the limit.
    fn free_at(&self, now: Instant, calls_per_window: usize, window: Duration) -> Instant {
        let after_silence = self.silent_until.map_or(now, |until| until.max(now));
        if calls_per_window == 0 || self.starts.len() < calls_per_window {
            return after_silence;
        }
        match self.starts.front() {
            Some(oldest) => after_silence.max(*oldest + window),
            None => after_silence,
        }
    }

    /// Keeps the last `calls_per_window` starts; older ones can hold nobody back.
    fn record(&mut self, start: Instant, calls_per_window: usize) {
        if calls_per_window == 0 {
            return;
        }
        self.is_cold |= self.starts.back().is_none_or(|last| *last + COLD_AFTER <= start);
        while self.starts.len() >= calls_per_window {
            self.starts.pop_front();
        }
        self.starts.push_back(start);
    }

    fn is_over(&self, now: Instant, window: Duration) -> bool {
        let starts_over = self.starts.back().is_none_or(|last| *last + window <= now);
        starts_over && self.silent_until.is_none_or(|until| until <= now)
    }
}

/// A place in the queue; dropping it gives the place back.
struct Place<'a> {
    waiting: &'a AtomicUsize,
    ahead: usize,
}

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Self {
        Self { waiting, ahead: waiting.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A panic while the lock was held leaves nothing half done here, so a poisoned lock is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limiter(calls_per_window: u32, concurrency: u32) -> Arc<Limiter> {
        let limit = RateLimit { calls_per_window, window: SECOND, concurrency };
        Arc::new(Limiter::new(limit, Duration::ZERO))
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(86_400)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_calls_count_from_the_first_answer() {
        let limiter = limiter(2, 10);
        // What a handshake takes, at the start and after a silence.
        let handshake = Duration::from_millis(300);
        for pause in [Duration::ZERO, COLD_AFTER] {
            tokio::time::sleep(pause).await;
            let start = Instant::now();
            for _ in 0..2 {
                drop(limiter.turn(far()).await.unwrap());
            }
            assert_eq!(start.elapsed(), Duration::ZERO);
            tokio::time::sleep(handshake).await;
            limiter.answered(Instant::now());
            drop(limiter.turn(far()).await.unwrap());
            assert_eq!(start.elapsed(), handshake + SECOND);
            // From now on connections are there.
            limiter.answered(Instant::now() + handshake);
            drop(limiter.turn(far()).await.unwrap());
            drop(limiter.turn(far()).await.unwrap());
            assert_eq!(start.elapsed(), handshake + SECOND * 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_of_a_second_sees_more_than_four_starts() {
        let limiter = limiter(4, 10);
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

    #[tokio::test(start_paused = true)]
    async fn turns_are_given_in_order() {
        let limiter = limiter(2, 3);
        let order = Arc::new(Mutex::new(Vec::new()));
        let calls: Vec<_> = (0..20)
            .map(|call| {
                let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
                tokio::spawn(async move {
                    let _turn = limiter.turn(far()).await.unwrap();
                    order.lock().unwrap().push(call);
                    tokio::time::sleep(Duration::from_millis(2_300)).await;
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
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
        assert_eq!(refused.earliest, began + 3 * SECOND);
        assert_eq!(Instant::now(), began, "the refusal had to wait");
        assert!(limiter.turn(began + Duration::from_millis(3_001)).await.is_ok());
        assert_eq!(Instant::now(), began + 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_gives_up_uses_no_start() {
        let limiter = limiter(1, 0);
        drop(limiter.turn(far()).await.unwrap());
        let began = Instant::now();
        for _ in 0..5 {
            let gave_up = tokio::time::timeout(Duration::from_millis(10), limiter.turn(far())).await;
            assert!(gave_up.is_err());
        }
        drop(limiter.turn(far()).await.unwrap());
        assert_eq!(Instant::now(), began + SECOND);
        assert_eq!(limiter.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_allowed_number_is_in_flight() {
        let limiter = limiter(0, 2);
        let first = limiter.turn(far()).await.unwrap();
        let _second = limiter.turn(far()).await.unwrap();
        let third = limiter.turn(Instant::now() + SECOND).await;
        assert!(third.is_err());
        drop(first);
        assert!(limiter.turn(Instant::now() + SECOND).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn silence_holds_everyone_back() {
        let limiter = limiter(4, 0);
        let until = Instant::now() + 5 * SECOND;
        limiter.silence_until(until);
        assert!(limiter.turn(until - SECOND).await.is_err());
        drop(limiter.turn(far()).await.unwrap());
        assert_eq!(Instant::now(), until);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_zero_means_unlimited() {
        let limiters = Limiters::new(RateLimit::UNLIMITED);
        let limiter = limiters.limiter(&Deployment::US1, &Credentials::new("id", "key"));
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
        drop(one.turn(far()).await.unwrap());
        drop(one);
        for tenant in 0..10_000 {
            drop(limiters.limiter(&Deployment::US1, &id(&tenant.to_string())));
            assert!(limiters.len() <= SWEEP_FLOOR + 1);
        }
        // The one that was used has a past, so it outlives every sweep within its window.
        let kept = limiters.limiter(&Deployment::US1, &id("a"));
        assert_eq!(lock(&kept.past).starts.len(), 1);
    }
}
