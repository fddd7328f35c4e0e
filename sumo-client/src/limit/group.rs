//! Calls that belong together, and how urgent they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The calls that one incoming request makes, so that the requests of a tenant take turns at the
/// limiter.
///
/// Each request gets one start after the other, in rounds: a request with a hundred calls does not
/// hold back one with two. The first turn of a request takes up to four of its calls, unless it is
/// known to have more. Within a round, the request with the fewest calls left is served first.
/// Calls of [`Priority::High`] are served before all others. Calls without a group belong to the
/// group of their client, which its clones share.
///
/// ```no_run
/// # async fn run(client: sumo_client::Client) -> Result<(), sumo_client::Error> {
/// use sumo_client::{Priority, RequestGroup};
///
/// let group = RequestGroup::new(Priority::Normal).planned_calls(2);
/// let insights = client.insights().list().q("198.51.100.7").group(&group).send().await?;
/// let signals = client.signals().list().q("198.51.100.7").group(&group).send().await?;
///
/// // All calls of a client can belong to a group.
/// let health_check = client.with_group(RequestGroup::new(Priority::High));
/// health_check.insights().list().limit(1).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a group does nothing until calls are counted to it"]
pub struct RequestGroup {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    id: GroupId,
    priority: Priority,
    /// Calls that are planned and have not started.
    planned: AtomicUsize,
    /// Calls that wait for their turn.
    waiting: AtomicUsize,
}

/// The urgency of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Served before all others, for example a health check. Meant for few calls: they can starve
    /// the others.
    High,
    /// Served in turns.
    #[default]
    Normal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupId(u64);

impl RequestGroup {
    /// Creates a group, different from all others.
    pub fn new(priority: Priority) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = GroupId(NEXT.fetch_add(1, Ordering::Relaxed));
        let (planned, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { shared: Arc::new(Shared { id, priority, planned, waiting }) }
    }

    /// Says how many calls the request is going to make, or at most. Without it, the calls that
    /// wait for their turn count.
    pub fn planned_calls(self, calls: usize) -> Self {
        self.shared.planned.store(calls, Ordering::Relaxed);
        self
    }

    /// Returns the number of calls that have not started yet, as far as it is known.
    pub fn calls_left(&self) -> usize {
        let planned = self.shared.planned.load(Ordering::Relaxed);
        planned.max(self.shared.waiting.load(Ordering::Relaxed))
    }

    /// Returns the urgency of the calls.
    pub fn priority(&self) -> Priority {
        self.shared.priority
    }

    pub(super) fn id(&self) -> GroupId {
        self.shared.id
    }

    pub(super) fn call_waits(&self) {
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn call_gave_up(&self) {
        self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn call_starts(&self) {
        self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
        let less = |planned: usize| planned.checked_sub(1);
        let _none_planned = self.shared.planned.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

impl Default for RequestGroup {
    fn default() -> Self {
        Self::new(Priority::default())
    }
}
