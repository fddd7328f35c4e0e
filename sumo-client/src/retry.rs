//! The policy and the budget of retries.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// The rules by which a failed call is tried again.
///
/// Tried again are: failures to connect; 429; once, a 401 for credentials that were accepted within
/// the last hour, since Sumo Logic refuses valid ones now and then; and, for calls that only read,
/// 502, 503, 504, attempts that ran out of time and connections that broke. A call that changes
/// something is never sent twice unless the first attempt cannot have been carried out. Pauses grow
/// from try to try and are random over their whole length ("full jitter"); `Retry-After` of the
/// answer is kept to up to a cap. All calls of an access key draw on one budget of retries, so an
/// outage is not made worse by them.
///
/// ```
/// use std::time::Duration;
/// use sumo_client::RetryPolicy;
///
/// let policy = RetryPolicy::default().max_attempts(6).max_total(Duration::from_secs(90));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a policy does nothing until it is given to a client or a call"]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) max_total: Duration,
    base: Duration,
    max_pause: Duration,
    max_retry_after: Duration,
}

impl RetryPolicy {
    /// Creates a policy that never tries again.
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the most attempts of a call, the first included: 4. Zero counts as one.
    pub fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts: max_attempts.max(1), ..self }
    }

    /// Sets the time after the start of the call in which an attempt after the first may begin: 60
    /// seconds. When its turn at the limiter would come later, the call ends with the error of the
    /// attempt before.
    pub fn max_total(self, max_total: Duration) -> Self {
        Self { max_total, ..self }
    }

    /// Sets the upper end of the first pause, doubled for each later one: 500 milliseconds.
    pub fn base(self, base: Duration) -> Self {
        Self { base, ..self }
    }

    /// Sets the upper end that no pause exceeds: 15 seconds.
    pub fn max_pause(self, max_pause: Duration) -> Self {
        Self { max_pause, ..self }
    }

    /// Sets the longest `Retry-After` that is kept to; a longer one counts as this: 60 seconds.
    pub fn max_retry_after(self, max_retry_after: Duration) -> Self {
        Self { max_retry_after, ..self }
    }

    /// Returns the pause after the given attempt (1 for the first), never shorter than what the
    /// server asked for.
    pub(crate) fn pause(&self, attempt: u32, retry_after: Option<Duration>) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let upper = self.base.saturating_mul(1 << doublings).min(self.max_pause);
        let jittered = upper.mul_f64(fastrand::f64());
        retry_after.map_or(jittered, |asked| asked.min(self.max_retry_after).max(jittered))
    }

    /// Returns the pause that the server asked for, cut to what this policy keeps to.
    pub(crate) fn capped(&self, retry_after: Duration) -> Duration {
        retry_after.min(self.max_retry_after)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            max_total: Duration::from_secs(60),
            base: Duration::from_millis(500),
            max_pause: Duration::from_secs(15),
            max_retry_after: Duration::from_secs(60),
        }
    }
}

/// The retries that all calls of an access key may still make: each costs, each success gives a
/// part back.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    tokens: AtomicU32,
}

const BUDGET: u32 = 60;
const RETRY_COST: u32 = 2;
const SUCCESS_REFUND: u32 = 1;

impl RetryBudget {
    /// Takes one retry out of the budget, or says that it is used up.
    pub(crate) fn withdraw(&self) -> bool {
        let take = |tokens: u32| tokens.checked_sub(RETRY_COST);
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Returns the share that is left, from 0 to 1.
    pub(crate) fn left(&self) -> f64 {
        f64::from(self.tokens.load(Ordering::Relaxed)) / f64::from(BUDGET)
    }

    /// Notes a success.
    pub(crate) fn refund(&self) {
        let give = |tokens: u32| (tokens < BUDGET).then(|| tokens.saturating_add(SUCCESS_REFUND).min(BUDGET));
        let _full = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { tokens: AtomicU32::new(BUDGET) }
    }
}

/// Reads a `Retry-After` header: whole seconds, or an HTTP date, which `now` turns into a pause.
pub(crate) fn parse_retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some(date.to_utc().signed_duration_since(now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-03-01T12:00:00Z").unwrap().to_utc();
        let seconds = |value| parse_retry_after(value, now).map(|pause| pause.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 01 Mar 2026 12:00:30 GMT"), Some(30));
        assert_eq!(seconds("Sun, 01 Mar 2026 11:00:00 GMT"), Some(0));
        for bad in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn pauses_grow_to_a_cap_and_respect_the_server() {
        let policy = RetryPolicy::default();
        for attempt in 1..200 {
            assert!(policy.pause(attempt, None) <= policy.max_pause);
            assert!(policy.pause(attempt, None) <= policy.base * 2_u32.pow((attempt - 1).min(16)));
        }
        let asked = Duration::from_secs(20);
        assert!(policy.pause(1, Some(asked)) >= asked);
        assert_eq!(policy.pause(1, Some(Duration::from_secs(86_400))), policy.max_retry_after);
    }

    #[test]
    fn the_budget_runs_out_and_comes_back() {
        let budget = RetryBudget::default();
        let granted = std::iter::repeat_with(|| budget.withdraw()).take_while(|granted| *granted).count();
        assert_eq!(granted, 30);
        budget.refund();
        assert!(!budget.withdraw());
        budget.refund();
        assert!(budget.withdraw());
        (0..1_000).for_each(|_| budget.refund());
        assert_eq!(budget.tokens.load(Ordering::Relaxed), BUDGET);
    }
}
