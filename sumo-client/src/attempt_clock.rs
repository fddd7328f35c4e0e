//! The time limits within an attempt.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::connection::Connection;
use crate::error::Error;
use crate::timeout::{Timeouts, after};

/// The time limits that hold within one attempt.
#[derive(Clone, Copy)]
pub(crate) struct AttemptClock {
    connect: Duration,
    read: Duration,
    attempt_end: Instant,
    call_end: Instant,
}

impl AttemptClock {
    pub(crate) fn start(timeouts: Timeouts, attempt: Duration, call_end: Instant) -> Self {
        let Timeouts { connect, read, .. } = timeouts;
        Self { connect, read, attempt_end: after(Instant::now(), attempt), call_end }
    }

    /// Returns the end of the whole call.
    pub(crate) fn call_end(&self) -> Instant {
        self.call_end
    }

    /// Does not count so much time to the attempt.
    pub(crate) fn pause(&mut self, time: Duration) {
        self.attempt_end += time;
    }

    /// Waits for the head of the answer. While a connection is opened for the request, the server
    /// has nothing to answer yet.
    pub(crate) async fn limit_sending<O>(
        &self,
        sending: impl Future<Output = O>,
        mut connection: watch::Receiver<Option<Connection>>,
    ) -> Result<O, Error> {
        let mut sending = pin!(sending);
        loop {
            let state = *connection.borrow_and_update();
            let wait = match state {
                Some(Connection::Opening) => self.connect.saturating_add(self.read),
                Some(Connection::Open) | None => self.read,
            };
            tokio::select! {
                biased;
                outcome = self.limit_to(wait, sending.as_mut()) => return outcome,
                Ok(()) = connection.changed() => {}
            }
        }
    }

    /// Waits for the next thing to arrive, as long as every limit allows.
    pub(crate) async fn limit<O>(&self, arriving: impl Future<Output = O>) -> Result<O, Error> {
        self.limit_to(self.read, arriving).await
    }

    async fn limit_to<O>(&self, read: Duration, arriving: impl Future<Output = O>) -> Result<O, Error> {
        let read_end = after(Instant::now(), read);
        let end = read_end.min(self.attempt_end).min(self.call_end);
        timeout_at(end, arriving).await.map_err(|_elapsed| {
            if end == self.call_end {
                Error::deadline()
            } else if end == self.attempt_end {
                Error::timeout("the time for one attempt ran out")
            } else {
                Error::timeout("the server sent nothing for too long")
            }
        })
    }
}
