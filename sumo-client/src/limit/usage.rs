//! The count of calls of one access id within the running minute.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::RateLimit;

/// The calls that an access id made within the running minute of the clock, see
/// [`Limiters::usage`](super::Limiters::usage).
///
/// Only calls of this process count: other programs that use the same access key are not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The start of the minute.
    pub start: DateTime<Utc>,
    /// The calls that started within it, each attempt for one.
    pub calls: u64,
    /// The calls that a minute allows; `None` when the rate is not limited.
    pub limit: Option<u64>,
}

impl Usage {
    /// Returns the end of the minute.
    pub fn end(&self) -> DateTime<Utc> {
        self.start + MINUTE
    }

    /// Returns true if the minute has no room for another call.
    pub fn is_limit_reached(&self) -> bool {
        self.limit.is_some_and(|limit| self.calls >= limit)
    }
}

const MINUTE: TimeDelta = TimeDelta::minutes(1);

impl RateLimit {
    /// The calls that a minute allows.
    pub(super) fn calls_per_minute(&self) -> Option<u64> {
        let calls = u128::from(self.calls_per_window) * 60_000;
        let calls = calls.checked_div(self.window.as_millis()).filter(|calls| *calls > 0)?;
        u64::try_from(calls).ok()
    }
}

/// Counts calls by the minute; a new minute starts at zero.
#[derive(Debug, Default)]
pub(super) struct UsageCounter {
    start: DateTime<Utc>,
    calls: u64,
}

impl UsageCounter {
    pub(super) fn count(&mut self, now: DateTime<Utc>) {
        self.turn_to(now);
        self.calls = self.calls.saturating_add(1);
    }

    pub(super) fn at(&mut self, now: DateTime<Utc>, limit: Option<u64>) -> Usage {
        self.turn_to(now);
        Usage { start: self.start, calls: self.calls, limit }
    }

    fn turn_to(&mut self, now: DateTime<Utc>) {
        let start = now.duration_trunc(MINUTE).unwrap_or(now);
        if start != self.start {
            *self = Self { start, calls: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn each_minute_starts_at_zero() {
        let mut counter = UsageCounter::default();
        let limit = RateLimit::default().calls_per_minute();
        for second in ["00.2", "01", "59.999"] {
            counter.count(time(&format!("2024-09-14T09:00:{second}Z")));
        }
        let usage = counter.at(time("2024-09-14T09:00:59.9995Z"), limit);
        assert_eq!((usage.calls, usage.limit), (3, Some(240)));
        assert_eq!((usage.start, usage.end()), (time("2024-09-14T09:00:00Z"), time("2024-09-14T09:01:00Z")));
        assert!(!usage.is_limit_reached());
        assert_eq!(counter.at(time("2024-09-14T09:01:00Z"), limit).calls, 0);
        // A clock that was set back starts anew, too.
        counter.count(time("2024-09-14T08:00:00Z"));
        assert_eq!(counter.at(time("2024-09-14T08:00:30Z"), Some(1)).calls, 1);
        assert!(counter.at(time("2024-09-14T08:00:30Z"), Some(1)).is_limit_reached());
    }

    #[test]
    fn the_limit_of_a_minute_follows_from_the_window() {
        let limit = |calls_per_window, window| RateLimit { calls_per_window, window, concurrency: 0 };
        for (limit, calls) in [
            (RateLimit::default(), Some(240)),
            (RateLimit::UNLIMITED, None),
            (limit(0, Duration::from_secs(1)), None),
            (limit(10, Duration::from_secs(60)), Some(10)),
            (limit(u32::MAX, Duration::from_millis(1)), Some(u64::from(u32::MAX) * 60_000)),
        ] {
            assert_eq!(limit.calls_per_minute(), calls, "{limit:?}");
        }
    }
}
