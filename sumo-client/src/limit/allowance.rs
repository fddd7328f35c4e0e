//! The starts and the calls in flight that one access id may have.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::lease::Lease;
use super::rate_limit::RateLimit;

/// All that the callers of one access id share: the starts in any window, the calls in flight, and
/// the silence that the server asked for. Who of the waiting callers is next is not decided here.
///
/// [`LocalAllowance`] holds for one process, [`SharedAllowance`](super::shared::SharedAllowance)
/// for several that share a store.
pub(super) trait Allowance: fmt::Debug + Send + Sync {
    /// Waits until one more call may start, and takes that start. If it `is_spread`, it keeps a
    /// distance from the start before, so that the starts of a window stand evenly in it. Takes
    /// nothing when it is dropped before.
    fn acquire(self: Arc<Self>, is_spread: bool) -> BoxFuture<'static, Lease>;

    /// Returns the earliest moment at which a call with so many others before it could start, as
    /// far as it is known here.
    fn earliest_start(&self, now: Instant, ahead: usize) -> Instant;

    /// Lets no call start before `until`, which the server asked for at `now`.
    fn silence(self: Arc<Self>, now: Instant, until: Instant);

    /// Counts a start as one of `now`: its call went on later than it got its turn.
    fn begins_late(&self, start: Instant, now: Instant);

    /// Counts a start and those after it as ones of `now`: only now there is a connection for their
    /// calls. Some of them may have had one, which costs a part of their window.
    fn connected(&self, start: Instant, now: Instant);

    /// Returns true if nothing that happened so far can hold a call back.
    fn is_idle(&self, now: Instant) -> bool;
}

/// The allowance of an access id that only this process uses.
#[derive(Debug)]
pub(super) struct LocalAllowance {
    calls_per_window: usize,
    window: Duration,
    /// The distance of starts that are spread.
    gap: Duration,
    in_flight: Option<Arc<Semaphore>>,
    past: Mutex<Past>,
}

impl LocalAllowance {
    /// Keeps to `limit` with windows of this length.
    pub(super) fn new(limit: RateLimit, window: Duration) -> Self {
        let permits =
            |concurrency: u32| Arc::new(Semaphore::new(to_usize(concurrency).min(Semaphore::MAX_PERMITS)));
        Self {
            calls_per_window: to_usize(limit.calls_per_window),
            window,
            gap: RateLimit { window, ..limit }.gap(),
            in_flight: (limit.concurrency > 0).then(|| permits(limit.concurrency)),
            past: Mutex::default(),
        }
    }

    /// Records a start now, or returns the moment of the next one.
    fn try_start(&self, now: Instant, is_spread: bool) -> Result<(), Instant> {
        let mut past = self.past.lock();
        let free_at = past.free_at(now, self.calls_per_window, self.window);
        let last = past.starts.back().copied().filter(|_| is_spread);
        let free_at = last.map_or(free_at, |last| free_at.max(last + self.gap));
        if free_at > now {
            return Err(free_at);
        }
        past.record(now, self.calls_per_window);
        Ok(())
    }

    /// Notes a start that was allowed elsewhere.
    pub(super) fn record(&self, start: Instant) {
        self.past.lock().record(start, self.calls_per_window);
    }

    /// Returns the earliest moment, not before `now`, at which one more start keeps to so many
    /// calls.
    pub(super) fn next_start(&self, now: Instant, calls_per_window: u32) -> Instant {
        self.past.lock().free_at(now, to_usize(calls_per_window), self.window)
    }

    /// Returns the end of the silence that was asked for, or `now`.
    pub(super) fn silent_until(&self, now: Instant) -> Instant {
        self.past.lock().silence.map_or(now, |silence| silence.until.max(now))
    }

    /// Lets no call start before `until`, which the server asked for at `now`.
    pub(super) fn set_silence(&self, now: Instant, until: Instant) {
        let mut past = self.past.lock();
        past.forget_other_clocks(now);
        let later = past.silence.map_or(until, |earlier| earlier.until.max(until));
        past.silence = Some(Silence { since: now, until: later });
    }

    async fn start(&self, is_spread: bool) -> Lease {
        let in_flight = match &self.in_flight {
            // The semaphore is never closed; were it, the rate still holds.
            Some(semaphore) => Arc::clone(semaphore).acquire_owned().await.ok(),
            None => None,
        };
        loop {
            let now = Instant::now();
            match self.try_start(now, is_spread) {
                Ok(()) => return Lease::local(now, in_flight),
                Err(free_at) => sleep_until(free_at).await,
            }
        }
    }
}

impl Allowance for LocalAllowance {
    fn acquire(self: Arc<Self>, is_spread: bool) -> BoxFuture<'static, Lease> {
        Box::pin(async move { self.start(is_spread).await })
    }

    fn earliest_start(&self, now: Instant, ahead: usize) -> Instant {
        let mut past = self.past.lock();
        let first = past.free_at(now, self.calls_per_window, self.window);
        if self.calls_per_window == 0 || ahead == 0 {
            return first;
        }
        // Whole windows pass at once; only the rest of the queue is played through.
        let windows = ahead.checked_div(self.calls_per_window).unwrap_or(0);
        let mut played = past.clone();
        drop(past);
        let mut at = first;
        for _ in 0..ahead.checked_rem(self.calls_per_window).unwrap_or(0) {
            played.record(at, self.calls_per_window);
            at = played.free_at(at, self.calls_per_window, self.window);
        }
        at + self.window.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX))
    }

    fn silence(self: Arc<Self>, now: Instant, until: Instant) {
        self.set_silence(now, until);
    }

    fn begins_late(&self, start: Instant, now: Instant) {
        self.past.lock().postpone(now, |counted| counted == start);
    }

    fn connected(&self, start: Instant, now: Instant) {
        self.past.lock().postpone(now, |counted| counted >= start);
    }

    fn is_idle(&self, now: Instant) -> bool {
        let mut past = self.past.lock();
        past.forget_other_clocks(now);
        let starts_over = past.starts.back().is_none_or(|last| *last + self.window <= now);
        starts_over && past.silence.is_none_or(|silence| silence.until <= now)
    }
}

/// A moment further ahead than this was noted by another clock.
const OTHER_CLOCK: Duration = Duration::from_secs(1);

/// The starts that still count, and the silence that the server asked for.
#[derive(Clone, Debug, Default)]
struct Past {
    starts: VecDeque<Instant>,
    silence: Option<Silence>,
}

#[derive(Clone, Copy, Debug)]
struct Silence {
    since: Instant,
    until: Instant,
}

impl Past {
    /// Returns the earliest moment, not before `now`, at which one more start keeps to the limit.
    fn free_at(&mut self, now: Instant, calls_per_window: usize, window: Duration) -> Instant {
        self.forget_other_clocks(now);
        let after_silence = self.silence.map_or(now, |silence| silence.until.max(now));
        let holds_back = self.starts.len().checked_sub(calls_per_window).filter(|_| calls_per_window > 0);
        let start = holds_back.and_then(|index| self.starts.get(index));
        start.map_or(after_silence, |start| after_silence.max(*start + window))
    }

    /// Keeps the last `calls_per_window` starts; older ones can hold nobody back.
    fn record(&mut self, start: Instant, calls_per_window: usize) {
        if calls_per_window == 0 {
            return;
        }
        while self.starts.len() >= calls_per_window {
            self.starts.pop_front();
        }
        self.starts.push_back(start);
    }

    /// Puts `now` in the place of those earlier starts that are late.
    fn postpone(&mut self, now: Instant, is_late: impl Fn(Instant) -> bool) {
        self.starts.iter_mut().filter(|start| is_late(**start)).for_each(|start| *start = now.max(*start));
        self.starts.make_contiguous().sort_unstable();
    }

    /// Drops all that happens in the future: it comes from a runtime whose clock was paused and
    /// moved on, and would hold back the calls of all others.
    fn forget_other_clocks(&mut self, now: Instant) {
        // `now` may be a little older than what another thread has noted meanwhile.
        let future = now + OTHER_CLOCK;
        self.starts.retain(|start| *start <= future);
        self.silence = self.silence.filter(|silence| silence.since <= future);
    }
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn instants_of_another_runtime_hold_nobody_back() {
        let allowance = Arc::new(LocalAllowance::new(RateLimit::default(), SECOND));
        let ahead = Instant::now() + 1_000 * SECOND;
        for _ in 0..4 {
            allowance.try_start(ahead, false).unwrap();
        }
        Arc::clone(&allowance).silence(ahead, ahead + 60 * SECOND);
        assert!(!allowance.is_idle(ahead));
        let now = Instant::now();
        assert_eq!(allowance.earliest_start(now, 0), now);
        drop(Arc::clone(&allowance).acquire(false).await);
        assert_eq!(Instant::now(), now);
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_thread_has_just_noted_counts() {
        let allowance = Arc::new(LocalAllowance::new(RateLimit::default(), SECOND));
        let now = Instant::now();
        let just_now = now + Duration::from_millis(1);
        for _ in 0..4 {
            allowance.try_start(just_now, false).unwrap();
        }
        assert_eq!(allowance.earliest_start(now, 0), just_now + SECOND);
        Arc::clone(&allowance).silence(just_now, just_now + 20 * SECOND);
        assert_eq!(allowance.earliest_start(now, 0), just_now + 20 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn starts_that_are_spread_stand_evenly_in_the_window() {
        let allowance = Arc::new(LocalAllowance::new(RateLimit::default(), SECOND));
        let began = Instant::now();
        for (is_spread, millis) in
            [(false, 0), (false, 0), (true, 250), (true, 500), (true, 1_000), (false, 1_000), (true, 1_250)]
        {
            drop(Arc::clone(&allowance).acquire(is_spread).await);
            assert_eq!(began.elapsed(), Duration::from_millis(millis));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_count_from_their_connection_on() {
        let allowance = Arc::new(LocalAllowance::new(RateLimit::default(), SECOND));
        let began = Instant::now();
        drop(Arc::clone(&allowance).acquire(false).await);
        tokio::time::advance(SECOND / 10).await;
        let second = Arc::clone(&allowance).acquire(false).await.start;
        // The third goes over the connection that is opened for the second.
        drop(Arc::clone(&allowance).acquire(false).await);
        tokio::time::advance(SECOND / 10).await;
        allowance.connected(second, Instant::now());
        for millis in [200, 1_000, 1_200, 1_200, 1_200, 2_000] {
            drop(Arc::clone(&allowance).acquire(false).await);
            assert_eq!(began.elapsed(), Duration::from_millis(millis));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_begins_late_counts_from_then_on() {
        let allowance = Arc::new(LocalAllowance::new(RateLimit::default(), SECOND));
        let began = Instant::now();
        let first = Arc::clone(&allowance).acquire(false).await.start;
        tokio::time::advance(SECOND / 10).await;
        for _ in 0..3 {
            drop(Arc::clone(&allowance).acquire(false).await);
        }
        tokio::time::advance(SECOND / 10).await;
        allowance.begins_late(first, Instant::now());
        // The second call is the earliest to have begun, and then the one that was late.
        for millis in [1_100, 1_100, 1_100, 1_200, 2_100] {
            drop(Arc::clone(&allowance).acquire(false).await);
            assert_eq!(began.elapsed(), Duration::from_millis(millis));
        }
        // A start that no longer counts changes nothing.
        allowance.begins_late(first, Instant::now());
        assert_eq!(allowance.earliest_start(Instant::now(), 0), Instant::now());
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_that_nobody_waits_for_is_not_taken() {
        let limit = RateLimit { concurrency: 1, ..RateLimit::default() };
        let allowance = Arc::new(LocalAllowance::new(limit, SECOND));
        let held = Arc::clone(&allowance).acquire(false).await;
        let dropped = tokio::time::timeout(SECOND, Arc::clone(&allowance).acquire(false)).await;
        assert!(dropped.is_err());
        drop(held);
        assert_eq!(allowance.past.lock().starts.len(), 1);
        drop(Arc::clone(&allowance).acquire(false).await);
    }
}
