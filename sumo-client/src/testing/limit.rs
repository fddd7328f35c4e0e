//! The limits of an access key: calls in any window of time, and calls in flight.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The limits that the stand-in holds each access key to. A call beyond one gets 429.
///
/// A call that is refused does not count towards the limits.
#[derive(Clone, Copy, Debug)]
pub struct EnforcedLimit {
    calls: usize,
    window: Duration,
    in_flight: usize,
    retry_after: Option<u64>,
}

impl EnforcedLimit {
    /// The limits that the vendor documents: 4 calls in any window of one second, 10 calls in
    /// flight.
    pub const DOCUMENTED: Self =
        Self { calls: 4, window: Duration::from_secs(1), in_flight: 10, retry_after: None };

    /// Limits to so many calls in any window of the given length, and to 10 calls in flight.
    pub const fn new(calls: usize, window: Duration) -> Self {
        Self { calls, window, ..Self::DOCUMENTED }
    }

    /// Sets how many calls may be in flight: from the arrival of a call until the last byte of its
    /// answer is handed to the connection.
    #[must_use]
    pub const fn in_flight(mut self, calls: usize) -> Self {
        self.in_flight = calls;
        self
    }

    /// Sends `Retry-After` with each 429; by default there is none.
    #[must_use]
    pub const fn retry_after_seconds(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(super) const fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }
}

/// Watches the use of all access keys.
#[derive(Debug, Default)]
pub(super) struct Gate {
    usage: Mutex<Usage>,
}

#[derive(Debug, Default)]
struct Usage {
    limit: Option<EnforcedLimit>,
    keys: HashMap<String, KeyUsage>,
    in_flight: usize,
    peak: usize,
}

#[derive(Debug, Default)]
struct KeyUsage {
    arrivals: VecDeque<Instant>,
    in_flight: usize,
}

/// A call in flight, until dropped.
#[derive(Debug)]
pub(super) struct Passage {
    gate: Arc<Gate>,
    key: String,
}

/// A call over the limit.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) retry_after: Option<u64>,
}

impl Gate {
    pub(super) fn new(limit: Option<EnforcedLimit>) -> Arc<Self> {
        Arc::new(Self { usage: Mutex::new(Usage { limit, ..Usage::default() }) })
    }

    pub(super) fn set_limit(&self, limit: Option<EnforcedLimit>) {
        self.usage.lock().limit = limit;
    }

    pub(super) fn is_limited(&self) -> bool {
        self.usage.lock().limit.is_some()
    }

    /// Lets a call of `key` in that arrives now, or refuses it.
    pub(super) fn enter(self: &Arc<Self>, key: &str) -> Result<Passage, Refused> {
        let now = Instant::now();
        let mut usage = self.usage.lock();
        let limit = usage.limit;
        let of_key = usage.keys.entry(key.to_owned()).or_default();
        if let Some(limit) = limit {
            let is_past = |arrival: &Instant| now.duration_since(*arrival) >= limit.window;
            while of_key.arrivals.front().is_some_and(is_past) {
                of_key.arrivals.pop_front();
            }
            if of_key.arrivals.len() >= limit.calls || of_key.in_flight >= limit.in_flight {
                return Err(Refused { retry_after: limit.retry_after() });
            }
            of_key.arrivals.push_back(now);
        }
        of_key.in_flight += 1;
        usage.in_flight += 1;
        usage.peak = usage.peak.max(usage.in_flight);
        Ok(Passage { gate: Arc::clone(self), key: key.to_owned() })
    }

    /// Returns the most calls that were in flight at once, all keys together.
    pub(super) fn peak(&self) -> usize {
        self.usage.lock().peak
    }

    pub(super) fn in_flight(&self) -> usize {
        self.usage.lock().in_flight
    }

    pub(super) fn reset_peak(&self) {
        let mut usage = self.usage.lock();
        usage.peak = usage.in_flight;
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let mut usage = self.gate.usage.lock();
        usage.in_flight = usage.in_flight.saturating_sub(1);
        if let Some(of_key) = usage.keys.get_mut(&self.key) {
            of_key.in_flight = of_key.in_flight.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn any_window_holds_no_more_than_the_limit() {
        let gate = Gate::new(Some(EnforcedLimit::DOCUMENTED));
        let enter_after = async |millis| {
            tokio::time::advance(Duration::from_millis(millis)).await;
            gate.enter("key").is_ok()
        };
        // Arrivals at 0, 300, 600 and 900 ms fill the window that ends at 999 ms.
        for (millis, expected) in
            [(0, true), (300, true), (300, true), (300, true), (99, false), (1, true), (1, false)]
        {
            assert_eq!(enter_after(millis).await, expected, "{millis} ms later");
        }
        // The refused ones did not count: 1300 ms is free again.
        assert!(enter_after(299).await);
        assert!(gate.enter("another key").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_in_flight_are_limited_for_each_key() {
        let gate = Gate::new(Some(EnforcedLimit::new(100, Duration::from_secs(1)).in_flight(2)));
        let first = gate.enter("key").unwrap();
        let _second = gate.enter("key").unwrap();
        assert!(gate.enter("key").is_err());
        let _other = gate.enter("other").unwrap();
        assert_eq!(gate.peak(), 3);
        drop(first);
        assert!(gate.enter("key").is_ok());
        assert_eq!((gate.in_flight(), gate.peak()), (2, 3));
        gate.reset_peak();
        assert_eq!(gate.peak(), 2);
    }
}
