//! A hook around calls, for metrics.

use std::time::Duration;

use http::StatusCode;

use crate::error::Error;

/// Told about each call when it ends; meant for counters and histograms.
///
/// Called on the task that made the call, so it must be quick. A call whose future is dropped is not told about.
pub trait CallObserver: Send + Sync + 'static {
    /// A call ended.
    fn call_ended(&self, call: &CallReport<'_>);
}

/// What a [`CallObserver`] is told. All texts but the error's are from closed sets and fit as labels.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallReport<'a> {
    /// The operation, named as in the vendor's API description: `GetInsights`; `raw` for a raw call.
    pub operation: &'a str,
    /// The status of the last answer, when one came.
    pub status: Option<StatusCode>,
    /// Why the call failed; `None` when it succeeded.
    pub error: Option<&'a Error>,
    /// How many attempts were sent.
    pub attempts: u32,
    /// The time spent waiting for turns at the limiter.
    pub limiter_wait: Duration,
    /// The time from the start of the call to its end.
    pub duration: Duration,
}

impl CallReport<'_> {
    /// A short word for the outcome: `ok`, or the kind of the error such as `rate_limited`.
    pub fn outcome(&self) -> &'static str {
        self.error.map_or("ok", |error| error.kind().label())
    }
}
