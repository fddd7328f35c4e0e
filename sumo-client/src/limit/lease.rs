//! The right to have one call in flight.

use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use super::count::Counted;

/// The time that a call may start after the moment for which its start was reserved, or after the
/// beginning of its slot. Later, it would stand too close before the next starts and is void. The
/// margin of the window covers it.
pub(super) const START_TOLERANCE: Duration = Duration::from_millis(12);

/// The right to have one call in flight, given back when dropped.
#[derive(Debug)]
pub(super) struct Lease {
    /// The moment of the start.
    pub(super) start: Instant,
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Unlimited,
    Local { _permit: OwnedSemaphorePermit },
    Shared { _lease: SharedLease },
}

impl Lease {
    /// Creates a lease of this process alone; without a permit the number in flight is not limited.
    pub(super) fn local(start: Instant, permit: Option<OwnedSemaphorePermit>) -> Self {
        let place = permit.map_or(Place::Unlimited, |permit| Place::Local { _permit: permit });
        Self { start, _place: place }
    }

    /// Creates a lease that a store knows of.
    pub(super) fn shared(start: Instant, lease: SharedLease) -> Self {
        Self { start, _place: Place::Shared { _lease: lease } }
    }
}

/// The way in which a lease ended, with the count that its call has in the process.
#[derive(Debug)]
pub(super) enum End {
    /// The call was made.
    Used(Counted),
    /// The start was reserved, or may have been, and no call was made.
    Unused(Counted),
    /// Nothing was reserved.
    NeverWas,
}

/// A call in flight as the store knows it; the store learns of its end when it is dropped.
#[derive(Debug)]
pub(super) struct SharedLease {
    over: Option<(oneshot::Sender<End>, End)>,
}

impl SharedLease {
    /// Creates a lease with this end unless said otherwise, of which `over` is told.
    pub(super) fn new(over: oneshot::Sender<End>, end: End) -> Self {
        Self { over: Some((over, end)) }
    }

    /// Returns the same lease with another end.
    pub(super) fn ending(mut self, end: End) -> Self {
        self.over = self.over.take().map(|(over, _)| (over, end));
        self
    }
}

impl Drop for SharedLease {
    fn drop(&mut self) {
        if let Some((over, end)) = self.over.take() {
            // The task ends before only when its runtime does; then the count ends here.
            let _gone = over.send(end);
        }
    }
}
