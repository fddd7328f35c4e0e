//! Numbers of things that are counted as long as they live.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;

/// A number of things, each counted by a [`Counted`].
#[derive(Clone, Debug, Default)]
pub(super) struct Count(Arc<Counter>);

#[derive(Debug, Default)]
struct Counter {
    number: AtomicU32,
    /// Told when the number falls.
    falls: Notify,
}

impl Count {
    /// Counts one more.
    pub(super) fn one(&self) -> Counted {
        self.0.number.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&self.0))
    }

    pub(super) fn number(&self) -> u32 {
        self.0.number.load(Ordering::Relaxed)
    }

    /// Waits until one is not counted any more.
    pub(super) async fn falls(&self) {
        self.0.falls.notified().await;
    }
}

/// One of the things that are counted, until it is dropped.
#[derive(Debug)]
pub(super) struct Counted(Arc<Counter>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.number.fetch_sub(1, Ordering::Relaxed);
        self.0.falls.notify_one();
    }
}
