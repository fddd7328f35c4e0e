//! The time limits of a call.

use std::time::Duration;

use tokio::time::Instant;

/// Stands for all times that are too long for a clock.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// Returns the moment so long after `start`, however long that is.
pub(crate) fn after(start: Instant, time: Duration) -> Instant {
    start.checked_add(time).unwrap_or_else(|| start + FOREVER)
}

/// The four time limits of a call. The shortest one that applies wins; a call's own deadline counts
/// too.
///
/// ```
/// use std::time::Duration;
/// use sumo_client::Timeouts;
///
/// let timeouts =
///     Timeouts::default().attempt(Duration::from_secs(20)).call(Duration::from_secs(45));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "time limits do nothing until they are given to a client or a call"]
pub struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
}

impl Timeouts {
    /// Sets the limit to connect, TLS included: 10 seconds. Only for the HTTP client that the crate
    /// builds itself; one given to `ClientBuilder::http_client` keeps its own.
    pub fn connect(self, connect: Duration) -> Self {
        Self { connect, ..self }
    }

    /// Sets the limit of the time without any byte, while waiting for an answer or within its body:
    /// 10 seconds.
    ///
    /// While a connection is opened for the request, [`connect`](Self::connect) limits the wait;
    /// that for the answer begins when it is open. A transport of your own, and an HTTP client that
    /// is not from `http_client_builder`, do not tell, so the wait begins when the request is sent.
    pub fn read(self, read: Duration) -> Self {
        Self { read, ..self }
    }

    /// Sets the limit of one attempt from sending to the end of the body, without the wait for the
    /// limiter: 90 seconds.
    ///
    /// An attempt that may be followed by another one takes at most 40 % of the time that is left
    /// for retries (but at least 5 seconds), so that a lost answer is asked for again before the
    /// deadline of the call.
    pub fn attempt(self, attempt: Duration) -> Self {
        Self { attempt, ..self }
    }

    /// Sets the limit of the whole call with all attempts, pauses and waits for the limiter: 5
    /// minutes.
    pub fn call(self, call: Duration) -> Self {
        Self { call, ..self }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(10),
            attempt: Duration::from_secs(90),
            call: Duration::from_secs(300),
        }
    }
}
