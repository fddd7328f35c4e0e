//! The hook around calls, for metrics and logs.

use std::time::Duration;

use http::StatusCode;

use crate::error::Error;

/// Told about each call when it ends; meant for counters and histograms.
///
/// Called on the task that made the call, so it must be quick. A call whose future is dropped
/// before its end is reported as abandoned.
pub trait Instrumentation: Send + Sync + 'static {
    /// A call ended.
    fn call_ended(&self, call: &CallReport<'_>);
}

/// A report to [`Instrumentation`]. All texts but the error's are from closed sets and fit as
/// labels.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallReport<'a> {
    /// The operation, named as in the vendor's API description: `GetInsights`; `raw` for a raw
    /// call.
    pub operation: &'a str,
    /// The status of the last answer, when one came.
    pub status: Option<StatusCode>,
    /// The reason why the call failed; `None` when it succeeded or was
    /// abandoned.
    pub error: Option<&'a Error>,
    /// The number of attempts that were sent.
    pub attempts: u32,
    /// The time spent waiting for turns at the limiter.
    pub limiter_wait: Duration,
    /// The time from the start of the call to its end.
    pub duration: Duration,
    /// True if the caller dropped the call before its end.
    pub is_abandoned: bool,
}

impl CallReport<'_> {
    /// A short word for the outcome: `ok`, `abandoned`, or the kind of the error such as
    /// `rate_limited`.
    pub fn outcome(&self) -> &'static str {
        if self.is_abandoned {
            return "abandoned";
        }
        self.error.map_or("ok", |error| error.kind().label())
    }
}
