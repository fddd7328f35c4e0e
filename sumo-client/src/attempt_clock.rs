//! The time limits within an attempt.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::{CALL_LIMIT, Error};
use crate::timeout::{Timeouts, after};

/// The time limits that hold within one attempt.
#[derive(Clone, Copy)]
pub(crate) struct AttemptClock {
    read: Duration,
    attempt_end: Instant,
    call_end: Instant,
}

impl AttemptClock {
    pub(crate) fn start(timeouts: Timeouts, attempt: Duration, call_end: Instant) -> Self {
        Self { read: timeouts.read, attempt_end: after(Instant::now(), attempt), call_end }
    }

    /// The end of the whole call.
    pub(crate) fn call_end(&self) -> Instant {
        self.call_end
    }

    /// Does not count so much time to the attempt.
    pub(crate) fn pause(&mut self, time: Duration) {
        self.attempt_end += time;
    }

    /// Waits for the next thing to arrive, as long as every limit allows.
    pub(crate) async fn limit<O>(&self, arriving: impl Future<Output = O>) -> Result<O, Error> {
        let read_end = after(Instant::now(), self.read);
        let end = read_end.min(self.attempt_end).min(self.call_end);
        timeout_at(end, arriving).await.map_err(|_elapsed| {
            Error::timeout(if end == self.call_end {
                CALL_LIMIT
            } else if end == self.attempt_end {
                "the time for one attempt ran out"
            } else {
                "the server sent nothing for too long"
            })
        })
    }
}
