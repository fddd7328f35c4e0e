//! The allowance of an access id that several processes use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_core::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::allowance::{Allowance, LocalAllowance};
use super::count::{Count, Counted};
use super::lease::{End, Lease, START_TOLERANCE, SharedLease};
use super::membership::{Assignment, Membership, Mode, STORE_WAIT};
use super::rate_limit::RateLimit;
use super::store::{BudgetKey, Change, LEASE, LeaseId, StartReply, StartRequest};

/// The pause before the store is asked again when the allowed number of calls is in flight.
const FULL_PAUSE: Duration = Duration::from_millis(50);

/// The allowance of one access id, by a store; without the store, a part of it.
///
/// While the store answers it reserves the starts, one after the other for each process, so that
/// the processes take turns. Without it the processes divide the limit: the time is cut into slots
/// of a fourth of the window (for four calls), and each process may start a call at the beginning
/// of each slot that is its own, on the clock of the store that was.
#[derive(Debug)]
pub(super) struct SharedAllowance {
    membership: Arc<Membership>,
    key: BudgetKey,
    /// The limit with the window that is kept to.
    limit: RateLimit,
    /// The starts of this process, and the silence that it knows of.
    own: LocalAllowance,
    /// Calls of this process that are in flight.
    in_flight: Count,
    /// Reservations that are asked for or waited for, or are being given back.
    reserving: Count,
    next_lease: AtomicU64,
    last_slot: Mutex<Option<u128>>,
}

impl SharedAllowance {
    pub(super) fn new(
        membership: Arc<Membership>,
        key: BudgetKey,
        limit: RateLimit,
        window: Duration,
    ) -> Self {
        Self {
            membership,
            key,
            limit: RateLimit { window, ..limit },
            own: LocalAllowance::new(RateLimit { concurrency: 0, ..limit }, window),
            in_flight: Count::default(),
            reserving: Count::default(),
            next_lease: AtomicU64::new(0),
            last_slot: Mutex::default(),
        }
    }

    async fn start(self: Arc<Self>, is_spread: bool) -> Lease {
        loop {
            let start = match self.membership.mode().await {
                Mode::Shared => self.start_by_store(is_spread).await,
                _ if !self.may_start_alone().await => None,
                // The store learns of it, and may still say that it is too early.
                Mode::Returning { .. } => self.start_by_store(is_spread).await,
                Mode::Joining | Mode::Alone { .. } => Some(self.lease_alone()),
            };
            if let Some(lease) = start {
                let now = Instant::now();
                self.own.record(now);
                return Lease::shared(now, lease);
            }
        }
    }

    /// Reserves a start at the store and waits for it. `None` if that has to be tried again.
    async fn start_by_store(self: &Arc<Self>, is_spread: bool) -> Option<SharedLease> {
        // A start that was given up is free again before another one is asked for, unless the
        // runtime that gives it back has stopped.
        let _stuck = timeout(STORE_WAIT * 2, self.until_given_back()).await;
        // The store does not know which calls of this process had to wait for a connection.
        sleep_until(self.own.next_start(Instant::now(), self.limit.calls_per_window)).await;
        let (lease, id) = self.new_lease(End::Unused(self.reserving.one()));
        let asked_at = Instant::now();
        let request = StartRequest::new(id, self.limit).spread(is_spread);
        let asked = self.membership.store.reserve(self.key, request);
        match self.membership.ask(asked).await {
            // The answer came, and nobody was there to take it.
            Ok(StartReply::Reserved(_)) if asked_at.elapsed() > STORE_WAIT => None,
            Ok(StartReply::Reserved(wait)) => {
                let start = Instant::now() + wait;
                sleep_until(start).await;
                // It is void when the server asked for silence meanwhile, or nobody could use it.
                if self.own.silent_until(start) > start || start.elapsed() > START_TOLERANCE {
                    return None;
                }
                Some(lease.ending(End::Used(self.in_flight.one())))
            }
            Ok(StartReply::Full) => {
                drop(lease.ending(End::NeverWas));
                let _ended = timeout(FULL_PAUSE, self.in_flight.falls()).await;
                None
            }
            Err(error) if error.is_of_key() => {
                drop(lease);
                self.may_start_alone().await.then(|| self.lease_alone())
            }
            Err(_noted) => None,
        }
    }

    fn lease_alone(self: &Arc<Self>) -> SharedLease {
        self.new_lease(End::Used(self.in_flight.one())).0
    }

    async fn until_given_back(&self) {
        while self.reserving.number() > 0 {
            self.reserving.falls().await;
        }
    }

    /// Waits for a start within the part of this process. Returns false if the store came back or
    /// went away meanwhile.
    async fn may_start_alone(&self) -> bool {
        let mut changes = self.membership.changes();
        let began = *changes.borrow_and_update();
        let waited = async {
            loop {
                self.room_in_flight().await;
                let now = Instant::now();
                let at = self.part_start(now, began);
                if at <= now {
                    self.take_slot(now);
                    return;
                }
                sleep_until(at).await;
            }
        };
        let began = std::mem::discriminant(&began);
        let other = changes.wait_for(|mode| std::mem::discriminant(mode) != began);
        tokio::select! {
            biased;
            _ = other => false,
            () = waited => true,
        }
    }

    /// Waits until fewer calls than the part of this process are in flight.
    async fn room_in_flight(&self) {
        if self.limit.concurrency == 0 {
            return;
        }
        let members = self.membership.assignment().members.max(1);
        let part = self.limit.concurrency.checked_div(members).unwrap_or(1).max(1);
        while self.in_flight.number() >= part {
            self.in_flight.falls().await;
        }
    }

    /// Returns the next moment, not before `now`, at which this process may start a call without
    /// the store.
    fn part_start(&self, now: Instant, mode: Mode) -> Instant {
        let assignment = self.membership.assignment();
        let calls = self.limit.calls_per_window;
        let alone = assignment.members <= 1;
        let earliest = match mode {
            // Until all starts are over that the others had by the store.
            Mode::Alone { since } if !alone => now.max(since + self.limit.window),
            _ => now,
        };
        let earliest = self.own.silent_until(earliest);
        if calls == 0 || alone {
            return self.own.next_start(earliest, calls);
        }
        match calls.checked_div(assignment.members).filter(|part| *part > 0 && !assignment.is_given) {
            Some(part) => self.own.next_start(earliest, part),
            None => self.slot_start(&assignment, earliest),
        }
    }

    /// Returns the next moment, not before `earliest`, at which a slot of this process begins.
    fn slot_start(&self, assignment: &Assignment, earliest: Instant) -> Instant {
        let (slot, time) = (self.slot_micros(), assignment.time(earliest).as_micros());
        let number = time.checked_div(slot).unwrap_or_default();
        let into = time.saturating_sub(number * slot);
        let (members, index) = (u128::from(assignment.members.max(1)), u128::from(assignment.index));
        let turn = number.checked_rem(members).unwrap_or_default();
        let is_free = self.last_slot.lock().is_none_or(|last| last < number);
        if turn == index && is_free && into <= START_TOLERANCE.as_micros() {
            return earliest;
        }
        let ahead = if index > turn { index - turn } else { index + members - turn };
        let wait = ((number + ahead) * slot).saturating_sub(time);
        // One microsecond more, since the division may have cut off less than one.
        earliest + Duration::from_micros(u64::try_from(wait + 1).unwrap_or(u64::MAX))
    }

    /// Notes that the present slot has had its start.
    fn take_slot(&self, now: Instant) {
        let time = self.membership.assignment().time(now).as_micros();
        *self.last_slot.lock() = time.checked_div(self.slot_micros());
    }

    fn slot_micros(&self) -> u128 {
        self.limit.gap().as_micros().max(1)
    }

    fn new_lease(self: &Arc<Self>, end: End) -> (SharedLease, LeaseId) {
        let id = LeaseId::new(self.membership.id, self.next_lease.fetch_add(1, Ordering::Relaxed));
        let (over, is_over) = oneshot::channel();
        tokio::spawn(Arc::clone(self).keep(id, is_over));
        (SharedLease::new(over, end), id)
    }

    /// Extends a lease while its call lasts, and tells the store of its end.
    async fn keep(self: Arc<Self>, lease: LeaseId, mut is_over: oneshot::Receiver<End>) {
        let mut changes = self.membership.changes();
        let end = loop {
            tokio::select! {
                end = &mut is_over => break end.unwrap_or(End::NeverWas),
                () = sleep(LEASE / 3) => {}
                // The store may have come back without its memory.
                changed = changes.changed() => if changed.is_err() { break End::NeverWas },
            }
            self.tell(Change::Extended(lease)).await;
        };
        match end {
            End::Used(in_flight) => self.tell_end(Change::Ended(lease), in_flight).await,
            End::Unused(reserving) => self.tell_end(Change::Unused(lease), reserving).await,
            End::NeverWas => {}
        }
    }

    /// Tells the store of the end of a lease, and again as long as it is away. `count` is dropped
    /// when the store has been told, or cannot be told at once.
    async fn tell_end(&self, end: Change, count: Counted) {
        if self.tell(end).await {
            return;
        }
        drop(count);
        let mut changes = self.membership.changes();
        let told_later = async {
            loop {
                sleep(STORE_WAIT).await;
                if changes.wait_for(Mode::is_reachable).await.is_err() || self.tell(end).await {
                    return;
                }
            }
        };
        // By then the lease has ended by itself.
        let _told = timeout(LEASE, told_later).await;
    }

    /// Tells the store of a change, if it can be reached. Returns true if the store has noted it.
    async fn tell(&self, change: Change) -> bool {
        if !self.membership.is_reachable() {
            return false;
        }
        // The next call finds out when the store does not answer.
        let told = timeout(STORE_WAIT, self.membership.store.change(self.key, change)).await;
        matches!(told, Ok(Ok(())))
    }
}

impl Allowance for SharedAllowance {
    fn acquire(self: Arc<Self>, is_spread: bool) -> BoxFuture<'static, Lease> {
        Box::pin(self.start(is_spread))
    }

    fn earliest_start(&self, now: Instant, ahead: usize) -> Instant {
        self.own.earliest_start(now, ahead)
    }

    fn silence(self: Arc<Self>, now: Instant, until: Instant) {
        self.own.set_silence(now, until);
        let time = until.saturating_duration_since(now);
        tokio::spawn(async move { self.tell(Change::Silence(time)).await });
    }

    fn begins_late(&self, start: Instant, now: Instant) {
        self.own.begins_late(start, now);
    }

    fn connected(&self, start: Instant, now: Instant) {
        self.own.connected(start, now);
    }

    fn is_idle(&self, now: Instant) -> bool {
        self.in_flight.number() == 0 && self.own.is_idle(now)
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::super::store::MemoryStore;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn paused_runtime() -> Runtime {
        Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
    }

    #[test]
    fn a_start_reserved_on_a_runtime_that_stops_holds_nobody_back() {
        for is_dropped in [false, true] {
            let store = Arc::new(MemoryStore::new());
            let allowance = || {
                let membership = Membership::new(Arc::clone(&store) as _, 1, None);
                let limit = RateLimit { calls_per_window: 1, ..RateLimit::default() };
                Arc::new(SharedAllowance::new(membership, BudgetKey::new([0; 16]), limit, SECOND))
            };
            let (own, other) = (allowance(), allowance());
            let (first, second) = (paused_runtime(), paused_runtime());
            let mut start = Arc::clone(&own).acquire(false);
            first.block_on(async {
                drop(other.acquire(false).await);
                assert!(timeout(SECOND / 2, &mut start).await.is_err());
            });
            assert_eq!(own.reserving.number(), 1);
            let first = (!is_dropped).then_some(first);
            drop(start);
            let next = second.block_on(async { timeout(5 * SECOND, Arc::clone(&own).acquire(false)).await });
            assert!(next.is_ok());
            drop(next);
            if first.is_none() {
                assert_eq!(own.reserving.number(), 0);
            }
        }
    }
}
