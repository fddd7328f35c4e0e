//! Logs: lines for people or JSON for machines, on standard error.

use std::io::IsTerminal;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use super::fingerprint::FingerprintKey;
use super::log_filter::{FilterError, parse_filter};
use super::log_writer;
#[cfg(feature = "cli")]
use crate::setting_values as values;

/// Changes the log filter while the server runs.
#[derive(Clone, Debug)]
pub struct LogLevel(reload::Handle<Targets, Registry>);

/// The error of logs that could not be set up or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The text is not a filter.
    #[error("{0}")]
    Filter(#[from] FilterError),
    /// Traces cannot be sent.
    #[cfg(feature = "otlp")]
    #[error("RELAY_OTLP_ENDPOINT (--otlp-endpoint): {0}")]
    Traces(super::traces::TracesError),
    /// Logs were set up before, in this process.
    #[error("logs are set up already")]
    AlreadySet,
}

impl LogLevel {
    /// Returns a handle to a filter of no log.
    #[cfg(test)]
    pub(crate) fn detached() -> Self {
        Self(reload::Layer::new(Targets::new()).1)
    }

    /// Returns the filter at work.
    pub fn get(&self) -> String {
        self.0.with_current(ToString::to_string).unwrap_or_default()
    }

    /// Changes the filter.
    ///
    /// # Errors
    /// Returns an error if `filter` is not a filter.
    pub fn set(&self, filter: &str) -> Result<(), LogError> {
        self.0.reload(parse_filter(filter)?.0).map_err(|_| LogError::AlreadySet)
    }
}

/// The settings of logs and traces.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[non_exhaustive]
pub struct TelemetrySettings {
    /// The log filter: a level (error, warn, info, debug, trace) or a list such as
    /// `info,xdr_module=debug`.
    #[cfg_attr(feature = "cli", arg(
        long = "log",
        env = "RELAY_LOG",
        default_value = Self::FILTER,
        value_parser = values::log_filter,
        value_name = "FILTER",
    ))]
    pub filter: String,

    /// A secret that the fingerprints of tenants in the log depend on. Services with the same
    /// secret log the same fingerprint for a tenant; without it each process makes up its own.
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_FINGERPRINT_KEY",
        hide_env_values = true,
        value_parser = values::fingerprint_key,
        value_name = "SECRET",
    ))]
    pub fingerprint_key: Option<FingerprintKey>,

    /// The form of log lines.
    #[cfg_attr(feature = "cli", arg(
        long = "log-format",
        env = "RELAY_LOG_FORMAT",
        default_value_t = Self::FORMAT,
        value_enum,
        value_name = "FORMAT",
    ))]
    pub format: LogFormat,

    /// Address of an OpenTelemetry collector to send traces to, such as
    /// `http://127.0.0.1:4318/v1/traces`.
    #[cfg(feature = "otlp")]
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_OTLP_ENDPOINT", value_name = "URL"))]
    pub otlp_endpoint: Option<String>,
}

impl TelemetrySettings {
    const FILTER: &str = "info";
    const FORMAT: LogFormat = LogFormat::Text;
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            filter: Self::FILTER.to_owned(),
            fingerprint_key: None,
            format: Self::FORMAT,
            #[cfg(feature = "otlp")]
            otlp_endpoint: None,
        }
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// The logs, and traces, of this process. Dropping it sends the traces that still wait.
#[derive(Debug)]
pub struct Telemetry {
    level: LogLevel,
    _lines: WorkerGuard,
    #[cfg(feature = "otlp")]
    _traces: Option<super::traces::Traces>,
}

impl Telemetry {
    /// Returns the handle that changes the log level.
    pub fn level(&self) -> LogLevel {
        self.level.clone()
    }
}

/// Sets up the logs, and traces, of this process; traces name `service`. Call it before a runtime
/// is entered.
///
/// # Errors
/// Returns an error if the filter is not a filter, logs were set up before, or the collector's
/// address cannot be used.
pub fn init(settings: &TelemetrySettings, service: &str) -> Result<Telemetry, LogError> {
    let (filter, handle) = reload::Layer::new(parse_filter(&settings.filter)?.0);
    let level = LogLevel(handle);
    let registry = tracing_subscriber::registry().with(filter);
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let (writer, guard) = log_writer::start();
    let lines =
        fmt::layer().with_writer(writer.clone()).with_ansi(std::io::stderr().is_terminal() && !no_color);
    let (json, text) = match settings.format {
        LogFormat::Json => (Some(fmt::layer().with_writer(writer).json().flatten_event(true)), None),
        LogFormat::Text => (None, Some(lines)),
    };
    let registry = registry.with(json).with(text);
    #[cfg(feature = "otlp")]
    let endpoint = settings.otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty());
    #[cfg(feature = "otlp")]
    let traces = endpoint.map(|endpoint| super::traces::Traces::to(endpoint, service)).transpose();
    #[cfg(feature = "otlp")]
    let traces = traces.map_err(LogError::Traces)?;
    #[cfg(not(feature = "otlp"))]
    let _ = service;
    #[cfg(feature = "otlp")]
    let registry = registry.with(traces.as_ref().map(super::traces::Traces::layer));
    registry.try_init().map_err(|_| LogError::AlreadySet)?;
    Ok(Telemetry {
        level,
        _lines: guard,
        #[cfg(feature = "otlp")]
        _traces: traces,
    })
}
