//! Milliseconds, in which the stores count.

use std::time::Duration;

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn duration(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
