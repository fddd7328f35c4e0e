//! The activity on one connection, and the moment at which a time limit of it has passed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The time limits of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionTimeouts {
    /// From the opening of the connection to its first byte.
    pub(super) first_byte: Duration,
    /// From the first byte of a head to the last.
    pub(super) head: Duration,
    /// Between requests.
    pub(super) idle: Duration,
    /// Without progress in sending a response.
    pub(super) stall: Duration,
}

/// The reason for which a connection is to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CloseReason {
    /// Nothing came, or a head did not come in time.
    NoHead,
    /// No request came for as long as a connection is kept.
    Idle,
    /// The caller does not read a response.
    Stalled,
}

/// The activity on a connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    opened: Instant,
    /// The end of the last exchange, once there was one.
    idle_since: Option<Instant>,
    /// The arrival of the first byte of a head that is not whole yet.
    head_since: Option<Instant>,
    is_http2: bool,
    /// The exchanges under way, each with the last progress of its response once that is being
    /// sent.
    exchanges: HashMap<u64, Option<Instant>>,
    next_id: u64,
}

impl Activity {
    /// Begins with a connection that was opened now.
    pub(super) fn new() -> Self {
        let state = State {
            opened: Instant::now(),
            idle_since: None,
            head_since: None,
            is_http2: false,
            exchanges: HashMap::new(),
            next_id: 0,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Takes note of bytes from the caller.
    pub(super) fn bytes_arrived(&self) {
        let mut state = self.state.lock();
        // Frames of HTTP/2 come between requests, too; its heads are bounded by their size.
        let is_known_http2 = state.is_http2 && state.idle_since.is_some();
        if state.exchanges.is_empty() && state.head_since.is_none() && !is_known_http2 {
            state.head_since = Some(Instant::now());
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Begins an exchange: a request whose head is whole, and its response.
    pub(super) fn begin(self: &Arc<Self>, is_http2: bool) -> Exchange {
        let mut state = self.state.lock();
        state.is_http2 = is_http2;
        state.head_since = None;
        let (id, is_only) = (state.next_id, state.exchanges.is_empty());
        state.next_id += 1;
        state.exchanges.insert(id, None);
        Exchange { activity: self.clone(), id, is_only }
    }

    /// Returns true if the last request came over HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        self.state.lock().is_http2
    }

    /// Waits until a time limit has passed.
    pub(super) async fn timed_out(&self, timeouts: ConnectionTimeouts) -> CloseReason {
        loop {
            let Some((at, reason)) = self.state.lock().closes_at(timeouts) else {
                self.changed.notified().await;
                continue;
            };
            tokio::select! {
                () = sleep_until(at) => {}
                () = self.changed.notified() => continue,
            }
            if self.state.lock().closes_at(timeouts).is_some_and(|(at, _)| at <= Instant::now()) {
                return reason;
            }
        }
    }

    /// Waits until no response makes progress any more, and no request is worked on.
    pub(super) async fn only_stalled(&self, timeouts: ConnectionTimeouts) {
        loop {
            let next = self.state.lock().next_stall(timeouts);
            match next {
                Some(at) if at > Instant::now() => sleep_until(at).await,
                Some(_) => self.changed.notified().await,
                None => return,
            }
        }
    }
}

impl State {
    /// Returns the moment at which a time limit will have passed, unless something happens.
    fn closes_at(&self, timeouts: ConnectionTimeouts) -> Option<(Instant, CloseReason)> {
        if !self.exchanges.is_empty() {
            let oldest = self.exchanges.values().flatten().min()?;
            return Some((*oldest + timeouts.stall, CloseReason::Stalled));
        }
        Some(match (self.head_since, self.idle_since) {
            (Some(since), _) => (since + timeouts.head, CloseReason::NoHead),
            (None, Some(since)) => (since + timeouts.idle, CloseReason::Idle),
            (None, None) => (self.opened + timeouts.first_byte, CloseReason::NoHead),
        })
    }

    /// Returns the moment at which the next response will have stalled that has not yet; the past
    /// while a request is worked on, and none when all responses have stalled.
    fn next_stall(&self, timeouts: ConnectionTimeouts) -> Option<Instant> {
        let now = Instant::now();
        let is_live = |progress: &Option<Instant>| progress.is_none_or(|at| at + timeouts.stall > now);
        let live = self.exchanges.values().filter(|progress| is_live(progress));
        live.map(|progress| progress.map_or(now, |at| at + timeouts.stall)).max()
    }
}

/// A request and its response, under way until dropped.
#[derive(Debug)]
pub(super) struct Exchange {
    activity: Arc<Activity>,
    id: u64,
    is_only: bool,
}

impl Exchange {
    /// Returns true if no other exchange was under way on the connection when this one began.
    pub(super) fn is_only(&self) -> bool {
        self.is_only
    }

    /// Takes note of progress in sending the response; the first one is its start.
    pub(super) fn progressed(&self) {
        let last = self.activity.state.lock().exchanges.insert(self.id, Some(Instant::now()));
        if last.flatten().is_none() {
            self.activity.changed.notify_one();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut state = self.activity.state.lock();
        state.exchanges.remove(&self.id);
        if state.exchanges.is_empty() {
            state.idle_since = Some(Instant::now());
        }
        drop(state);
        self.activity.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: ConnectionTimeouts = ConnectionTimeouts {
        first_byte: Duration::from_secs(10),
        head: Duration::from_secs(30),
        idle: Duration::from_secs(75),
        stall: Duration::from_secs(20),
    };

    /// Returns the reason for which the connection ends, and after how many seconds.
    async fn close_reason(activity: &Activity) -> (CloseReason, u64) {
        let start = Instant::now();
        let reason = activity.timed_out(TIMEOUTS).await;
        (reason, start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_has_a_time_limit_of_its_own() {
        let activity = Arc::new(Activity::new());
        assert_eq!(close_reason(&activity).await, (CloseReason::NoHead, 10));
        activity.bytes_arrived();
        assert_eq!(close_reason(&activity).await, (CloseReason::NoHead, 30));
        drop(activity.begin(false));
        assert_eq!(close_reason(&activity).await, (CloseReason::Idle, 75));
        activity.bytes_arrived();
        assert_eq!(close_reason(&activity).await, (CloseReason::NoHead, 30));
        drop(activity.begin(true));
        activity.bytes_arrived();
        assert_eq!(
            close_reason(&activity).await,
            (CloseReason::Idle, 75),
            "HTTP/2 sends frames between requests"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn work_is_waited_for_and_a_response_has_to_progress() {
        let activity = Arc::new(Activity::new());
        let (first, second) = (activity.begin(true), activity.begin(true));
        assert!(first.is_only() && !second.is_only());
        let works = tokio::time::timeout(Duration::from_secs(1_000), activity.timed_out(TIMEOUTS)).await;
        assert!(works.is_err(), "the deadline ends the work, not the connection");
        first.progressed();
        assert_eq!(close_reason(&activity).await, (CloseReason::Stalled, 20));
        let waits = tokio::time::timeout(Duration::from_secs(1_000), activity.only_stalled(TIMEOUTS)).await;
        assert!(waits.is_err(), "another request is worked on");
        second.progressed();
        let start = Instant::now();
        activity.only_stalled(TIMEOUTS).await;
        assert_eq!(start.elapsed().as_secs(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn progress_is_seen_while_it_is_waited_for() {
        let activity = Arc::new(Activity::new());
        let exchange = activity.begin(false);
        exchange.progressed();
        let reading = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(15)).await;
                exchange.progressed();
            }
        };
        let (ended, ()) = tokio::join!(close_reason(&activity), reading);
        assert_eq!(ended, (CloseReason::Stalled, 95));
    }
}
