//! Locks that a panic does not break.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A panic while the lock was held leaves nothing half done here, so a poisoned lock is as good as
/// any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
