//! The outcome of commands: their output and their end.

use std::fmt;
use std::io::{ErrorKind, Write};

use xdr_module::telemetry::causes::Causes;

/// The exit statuses, and their meanings.
pub(super) const EXIT_STATUSES: [(&str, &str); 5] = [
    ("0", "done"),
    ("1", "failed"),
    ("2", "wrong usage or configuration"),
    ("3", "done in part: not everything was searched, or requests were cut at the stop"),
    ("130", "ended by a second signal"),
];

/// The reason for which a command ended without success.
pub(super) enum Failure {
    /// The settings cannot be used.
    Usage(String),
    /// The settings can be used, but it did not work.
    Failed(String),
    /// The relay was stopped, and requests did not end in time.
    Cut(String),
    /// It did not work, and the reason was said already.
    Told,
    /// It worked in part, and the missing parts were named already.
    Partly,
}

impl Failure {
    pub(super) fn usage(problem: impl fmt::Display) -> Self {
        Self::Usage(problem.to_string())
    }

    pub(super) fn failed(what: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Failed(format!("{what}: {}", Causes(error)))
    }
}

/// Writes a line to standard error. Nothing is left to be done when that is closed.
pub(super) fn complain(level: &str, text: &str) {
    let _ = writeln!(std::io::stderr(), "{level}: {text}");
}

/// Writes to standard output. A reader that has gone away, such as `head`, has all that it wants.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed("cannot write to standard output", &error))
        }
        _ => Ok(()),
    }
}

/// Returns the runtime of a command.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::failed("cannot start threads", &error))
}
