//! Logs: lines for people or JSON for machines, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::config::LogFormat;

/// Changes what is logged while the server runs.
#[derive(Clone, Debug)]
pub struct LogLevel(reload::Handle<EnvFilter, Registry>);

/// Why logs could not be set up or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The text is no filter.
    #[error(
        "{0:?} is no log filter: a level (error, warn, info, debug, trace) or target=level, comma separated"
    )]
    Filter(String),
    /// Logs were set up before, in this process.
    #[error("logs are set up already")]
    AlreadySet,
}

impl LogLevel {
    /// What is logged at the moment.
    pub fn get(&self) -> String {
        self.0.with_current(ToString::to_string).unwrap_or_default()
    }

    /// Logs what `filter` says from now on.
    ///
    /// # Errors
    /// When `filter` is no filter.
    pub fn set(&self, filter: &str) -> Result<(), LogError> {
        self.0.reload(parse(filter)?).map_err(|_| LogError::AlreadySet)
    }
}

/// Sets up the logs of this process.
///
/// # Errors
/// When `filter` is no filter, or logs were set up before.
pub fn init(filter: &str, format: LogFormat) -> Result<LogLevel, LogError> {
    let (filter, handle) = reload::Layer::new(parse(filter)?);
    let registry = tracing_subscriber::registry().with(filter);
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines =
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal() && !no_color);
    let outcome = match format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    outcome.map(|()| LogLevel(handle)).map_err(|_| LogError::AlreadySet)
}

fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::builder().parse(filter).map_err(|_| LogError::Filter(filter.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn filters_are_levels_or_targets() {
        for good in ["info", "warn,relay_server=debug", "off", ""] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in ["relay_server=loud", "info,=debug=", "a=b=c"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
