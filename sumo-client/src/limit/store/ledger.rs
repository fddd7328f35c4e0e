//! The budget of one access key as a store keeps it.

use std::collections::BTreeMap;

use super::millis::{duration, millis};
use super::{Change, LEASE, LeaseId, MemberId, PATIENCE, StartReply, StartRequest};

/// The starts, leases and silence of one key, in milliseconds of the store's clock.
///
/// `valkey.lua` does the same inside of a server.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The clock at the last call.
    seen: u64,
    silence: u64,
    /// The starts of the last window and those that are reserved, the earliest first.
    starts: Vec<(u64, LeaseId)>,
    /// The end of each lease.
    leases: BTreeMap<LeaseId, u64>,
    /// The processes that found no room in flight: since when they wait, and when they last asked.
    waiting: BTreeMap<MemberId, (u64, u64)>,
}

impl Ledger {
    pub(super) fn reserve(&mut self, now: u64, request: StartRequest) -> StartReply {
        let StartRequest { lease, limit, .. } = request;
        self.set_clock(now);
        let window = millis(limit.window);
        self.starts.retain(|(start, _)| *start + window > now);
        if !self.has_room(now, lease.member, limit.concurrency) {
            return StartReply::Full;
        }
        let at = self.next_start(now, window, &request);
        if limit.calls_per_window > 0 {
            self.starts.push((at, lease));
        }
        self.leases.insert(lease, at + millis(LEASE));
        StartReply::Reserved(duration(at.saturating_sub(now)))
    }

    pub(super) fn change(&mut self, now: u64, change: Change) {
        self.set_clock(now);
        match change {
            Change::Ended(lease) => {
                self.leases.remove(&lease);
            }
            Change::Unused(lease) => {
                self.leases.remove(&lease);
                self.starts.retain(|(_, reserved)| *reserved != lease);
            }
            Change::Extended(lease) => {
                self.leases.insert(lease, now + millis(LEASE));
            }
            Change::Silence(time) => self.silence = self.silence.max(now + millis(time)),
        }
    }

    /// Returns true when nothing is kept that could hold a call back.
    pub(super) fn is_idle(&self, now: u64) -> bool {
        let over = |time: u64| time.saturating_add(millis(LEASE)) <= now;
        self.leases.values().all(|end| *end <= now)
            && over(self.silence)
            && self.starts.iter().all(|(start, _)| over(*start))
    }

    /// Takes note of the time. When the clock was set back, all that is kept moves with it.
    fn set_clock(&mut self, now: u64) {
        let back = self.seen.saturating_sub(now);
        if back > 0 {
            let times = self.starts.iter_mut().map(|(start, _)| start).chain(self.leases.values_mut());
            times.chain([&mut self.silence]).for_each(|time| *time = time.saturating_sub(back));
            self.waiting.clear();
        }
        self.seen = now;
        self.leases.retain(|_, end| *end > now);
    }

    /// Returns true if one more call may be in flight, and it is the turn of this process.
    fn has_room(&mut self, now: u64, member: MemberId, concurrency: u32) -> bool {
        if concurrency == 0 {
            return true;
        }
        self.waiting.retain(|_, (_, asked)| *asked + millis(PATIENCE) > now);
        let since = self.waiting.get(&member).map_or(now, |(since, _)| *since);
        let is_ahead = |(other, (first, _)): &(&MemberId, &(u64, u64))| (*first, **other) < (since, member);
        let ahead = self.waiting.iter().filter(is_ahead).count();
        let room = usize::try_from(concurrency).unwrap_or(usize::MAX).saturating_sub(self.leases.len());
        if ahead < room {
            self.waiting.remove(&member);
            return true;
        }
        self.waiting.insert(member, (since, now));
        false
    }

    /// The earliest moment at which one more start keeps to the limit. Starts of different
    /// processes are spread over the window, so that each gets the same share.
    fn next_start(&self, now: u64, window: u64, request: &StartRequest) -> u64 {
        let calls = request.limit.calls_per_window;
        let gap = window.checked_div(calls.into()).unwrap_or_default();
        let is_apart = |last: &LeaseId| request.is_spread || last.member != request.lease.member;
        let spread =
            self.starts.last().filter(|(_, last)| is_apart(last)).map_or(0, |(start, _)| start + gap);
        let earliest = now.max(self.silence).max(spread);
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        let holds_back = self.starts.len().checked_sub(calls).filter(|_| calls > 0);
        let start = holds_back.and_then(|index| self.starts.get(index));
        start.map_or(earliest, |(start, _)| earliest.max(start + window))
    }
}
