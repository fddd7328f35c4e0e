//! Signals: at the first SIGTERM or SIGINT the server drains, at the second it ends; at SIGHUP it
//! reads its files again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Returns a token that is cancelled at the first SIGTERM or SIGINT. A second one ends the process
/// at once.
///
/// # Errors
/// Returns an error if the system does not let signals be watched.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let mut signals = Signals::watch()?;
    let stop = CancellationToken::new();
    let first = stop.clone();
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!(signal = name, "stopping; another signal ends it at once");
        first.cancel();
        let name = signals.next().await;
        tracing::warn!(signal = name, "ending at once");
        // The line is written by another thread.
        std::thread::sleep(TIME_FOR_LOG);
        std::process::exit(EXIT_CUT_SHORT);
    });
    Ok(stop)
}

/// The time in which the last line of the log is written.
const TIME_FOR_LOG: Duration = Duration::from_millis(100);

/// The exit status after a second signal.
const EXIT_CUT_SHORT: i32 = 130;

/// The SIGHUPs that ask a program to read its files again; none on systems without them.
#[derive(Debug)]
pub struct Hangups {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangups {
    /// Watches SIGHUP, which does not end the process from now on.
    ///
    /// # Errors
    /// Returns an error if the system does not let signals be watched.
    pub fn watch() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn watch() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn watch() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
