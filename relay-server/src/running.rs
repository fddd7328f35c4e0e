//! Tasks that go on when their callers leave: equal ones that run at the same time are one.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tracing::Instrument;

/// The tasks that run, by their keys. Clones share them.
pub(crate) struct Running<K, V>(Arc<Mutex<HashMap<K, Outcome<V>>>>);

/// The outcome of a task that runs; none if it broke off.
pub(crate) type Outcome<V> = Shared<BoxFuture<'static, Option<V>>>;

impl<K, V> Running<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Returns the outcome of the task that runs under `key`, or begins `task`; none if
    /// `may_begin`, which is given the keys of all that run, forbids that.
    ///
    /// The outcome has to be waited for at once: the first one who does that spawns the task.
    pub(crate) fn join_or_begin<T: Future<Output = V> + Send + 'static>(
        &self,
        key: &K,
        may_begin: impl FnOnce(&mut dyn Iterator<Item = &K>) -> bool,
        task: impl FnOnce() -> T,
    ) -> Option<Outcome<V>> {
        let mut running = lock(&self.0);
        if let Some(known) = running.get(key) {
            return Some(known.clone());
        }
        if !may_begin(&mut running.keys()) {
            return None;
        }
        let (at_end, task) = (RemoveOnDrop { running: self.clone(), key: key.clone() }, task());
        let task = async move {
            let _at_end = at_end;
            task.await
        };
        let task = task.in_current_span();
        // Not spawned here, under the lock: a runtime that stops drops a task at once.
        let outcome: BoxFuture<'static, _> = Box::pin(async { tokio::spawn(task).await.ok() });
        let outcome = outcome.shared();
        running.insert(key.clone(), outcome.clone());
        Some(outcome)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.0).len()
    }
}

impl<K, V> Clone for Running<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Running<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> fmt::Debug for Running<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

/// Takes a task off the running ones when it ends, however it ends.
struct RemoveOnDrop<K: Eq + Hash, V> {
    running: Running<K, V>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for RemoveOnDrop<K, V> {
    fn drop(&mut self) {
        lock(&self.running.0).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
