//! The right to have one call in flight.

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

/// The right to have one call in flight, given back when dropped.
#[derive(Debug)]
pub(super) struct Lease {
    /// The moment of the start.
    pub(super) start: Instant,
    _in_flight: InFlight,
}

#[derive(Debug)]
enum InFlight {
    Unlimited,
    Local { _permit: OwnedSemaphorePermit },
    Shared { _lease: SharedLease },
}

impl Lease {
    /// A lease of this process alone; without a permit the number in flight is not limited.
    pub(super) fn local(start: Instant, permit: Option<OwnedSemaphorePermit>) -> Self {
        let in_flight = permit.map_or(InFlight::Unlimited, |permit| InFlight::Local { _permit: permit });
        Self { start, _in_flight: in_flight }
    }

    /// A lease that a store knows of.
    pub(super) fn shared(start: Instant, lease: SharedLease) -> Self {
        Self { start, _in_flight: InFlight::Shared { _lease: lease } }
    }
}

/// The way in which a lease ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// The call was made.
    Used,
    /// The start was reserved, or may have been, and no call was made.
    Unused,
    /// Nothing was reserved.
    NeverWas,
}

/// A call in flight as the store knows it; the store learns of its end when it is dropped.
#[derive(Debug)]
pub(super) struct SharedLease {
    over: Option<oneshot::Sender<End>>,
    end: End,
}

impl SharedLease {
    /// A lease that is not used unless said otherwise; `over` is told of its end.
    pub(super) fn new(over: oneshot::Sender<End>) -> Self {
        Self { over: Some(over), end: End::Unused }
    }

    pub(super) fn used(self) -> Self {
        self.ending(End::Used)
    }

    pub(super) fn never_was(self) {
        drop(self.ending(End::NeverWas));
    }

    fn ending(mut self, end: End) -> Self {
        self.end = end;
        self
    }
}

impl Drop for SharedLease {
    fn drop(&mut self) {
        if let Some(over) = self.over.take() {
            // The task ends before only when its runtime does.
            let _gone = over.send(self.end);
        }
    }
}
