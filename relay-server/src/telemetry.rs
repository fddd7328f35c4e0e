//! Logs: lines for people or JSON for machines, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::config::LogFormat;

/// Changes what is logged while the server runs.
#[derive(Clone, Debug)]
pub struct LogLevel(reload::Handle<Targets, Registry>);

/// Why logs could not be set up or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The text is no filter.
    #[error(
        "{0:?} is no log filter: a level (error, warn, info, debug, trace) or target=level, comma separated"
    )]
    Filter(String),
    /// Traces cannot be sent.
    #[cfg(feature = "otlp")]
    #[error("RELAY_OTLP_ENDPOINT (--otlp-endpoint): {0}")]
    Traces(crate::otlp::TracesError),
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

/// How a process tells what it does.
#[derive(Clone, Copy, Debug)]
pub struct TelemetryOptions<'a> {
    /// What is logged, as `RELAY_LOG` says it.
    pub filter: &'a str,
    /// The shape of the lines.
    pub format: LogFormat,
    /// Where traces go: the address of an OpenTelemetry collector.
    #[cfg(feature = "otlp")]
    pub otlp_endpoint: Option<&'a str>,
}

/// The logs, and traces, of this process. Dropping it sends the traces that still wait.
#[derive(Debug)]
pub struct Telemetry {
    level: LogLevel,
    #[cfg(feature = "otlp")]
    _traces: Option<crate::otlp::Traces>,
}

impl Telemetry {
    /// What changes the log level.
    pub fn level(&self) -> LogLevel {
        self.level.clone()
    }
}

/// Sets up the logs, and traces, of this process. Call it before a runtime is entered.
///
/// # Errors
/// When the filter is no filter, logs were set up before, or the collector's address cannot be used.
pub fn init(options: TelemetryOptions<'_>) -> Result<Telemetry, LogError> {
    let (filter, handle) = reload::Layer::new(parse(options.filter)?);
    let level = LogLevel(handle);
    let registry = tracing_subscriber::registry().with(filter);
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines =
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal() && !no_color);
    let (json, text) = match options.format {
        LogFormat::Json => (Some(fmt::layer().with_writer(std::io::stderr).json().flatten_event(true)), None),
        LogFormat::Text => (None, Some(lines)),
    };
    let registry = registry.with(json).with(text);
    #[cfg(feature = "otlp")]
    let traces = options.otlp_endpoint.map(crate::otlp::Traces::to).transpose().map_err(LogError::Traces)?;
    #[cfg(feature = "otlp")]
    let registry = registry.with(traces.as_ref().map(crate::otlp::Traces::layer));
    registry.try_init().map_err(|_| LogError::AlreadySet)?;
    Ok(Telemetry {
        level,
        #[cfg(feature = "otlp")]
        _traces: traces,
    })
}

fn parse(filter: &str) -> Result<Targets, LogError> {
    filter.parse().map_err(|_| LogError::Filter(filter.to_owned()))
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
