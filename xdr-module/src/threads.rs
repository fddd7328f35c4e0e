//! The threads that a program needs.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, JoinHandle};

use parking_lot::Mutex;

/// The variable by which tokio is told how many threads to use.
const WORKERS: &str = "TOKIO_WORKER_THREADS";

/// Tries whether the system gives as many threads as the runtime starts, and one more. The runtime
/// itself would panic or wait for ever for threads that cannot be made.
pub(crate) fn probe() -> io::Result<()> {
    let (hold, released) = channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let mut threads = Vec::new();
    let mut outcome = Ok(());
    for _ in 0..=workers() {
        match waiting_thread(&released) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    drop(hold);
    for thread in threads {
        // They do nothing that could panic.
        let _ = thread.join();
    }
    outcome
}

fn waiting_thread(released: &Arc<Mutex<Receiver<()>>>) -> io::Result<JoinHandle<()>> {
    let released = released.clone();
    let (ready, is_ready) = channel::<()>();
    let thread = Builder::new().name("probe".to_owned()).spawn(move || {
        let _ = ready.send(());
        // All of them end once the sender is dropped.
        let _ = released.lock().recv();
    })?;
    // A thread needs memory of its own once it runs: the next one must not take that.
    let _ = is_ready.recv();
    Ok(thread)
}

fn workers() -> usize {
    let told = std::env::var(WORKERS).ok().and_then(|count| count.parse().ok());
    told.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    #[test]
    fn threads_are_to_be_had_here() {
        assert!(super::probe().is_ok());
    }
}
