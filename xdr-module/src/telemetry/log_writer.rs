//! Log lines on their way to standard error: written by a thread of their own, so that no request
//! waits for their reader.
//!
//! Standard error may be a pipe that nobody empties. Lines then wait up to a limit, and those
//! beyond it are dropped and counted.

use std::sync::OnceLock;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// The most lines that wait to be written: some 4 MB.
const WAITING_LINES: usize = 8 * 1024;

/// The count of dropped lines; logs belong to the process, and so does this.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Starts the thread that writes to standard error. Lines that still wait are written when the
/// guard is dropped, as far as somebody reads them.
pub(super) fn start() -> (NonBlocking, WorkerGuard) {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING_LINES)
        .thread_name("log-writer")
        .finish(std::io::stderr());
    // To set logs up twice is an error of `init`.
    let _ = DROPPED.set(writer.error_counter());
    (writer, guard)
}

/// Returns the number of dropped lines.
pub(super) fn dropped_lines() -> u64 {
    let dropped = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    u64::try_from(dropped).unwrap_or(u64::MAX)
}
