//! Filters of logs: which lines are written.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// The level of targets that a filter does not name.
const DEFAULT_LEVEL: LevelFilter = LevelFilter::INFO;

/// A filter of log lines that was read from a text.
#[derive(Clone, Debug)]
pub struct LogFilter(pub(super) Targets);

/// The error of a text that is not a log filter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The filter, or a part of it, is empty.
    #[error("the log filter, or a part of it, is empty: expected {EXPECTED}")]
    Empty,
    /// A part is not a level.
    #[error("{0:?} is not a log level: expected {EXPECTED}")]
    Level(String),
    /// A part names a target that no line can have.
    #[error("{0:?} is not a target of log lines: targets are Rust paths, such as {1}")]
    Target(String, String),
}

const EXPECTED: &str =
    "error, warn, info, debug, trace or off, or such a level for a target, as in info,xdr_module=debug";

/// Reads a filter: a level for all lines, levels for targets, or both, separated by commas. Targets
/// that it does not name are logged at level info, unless it gives a level for all.
///
/// # Errors
/// Returns an error if a part is not a level or can match no line; a filter that says nothing would
/// silence the log.
pub fn parse_filter(text: &str) -> Result<LogFilter, FilterError> {
    let mut targets = Targets::new().with_default(DEFAULT_LEVEL);
    for part in text.split(',').map(str::trim) {
        targets = match part.split_once('=') {
            _ if part.is_empty() => return Err(FilterError::Empty),
            None => targets.with_default(level(part)?),
            Some((target, level_name)) => {
                targets.with_target(self::target(target.trim())?, level(level_name.trim())?)
            }
        };
    }
    Ok(LogFilter(targets))
}

/// Returns the level with this name; numbers, which `tracing` takes as well, are not names.
fn level(name: &str) -> Result<LevelFilter, FilterError> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphabetic()) && !name.is_empty();
    let level = is_name.then(|| name.parse().ok()).flatten();
    level.ok_or_else(|| FilterError::Level(name.to_owned()))
}

fn target(name: &str) -> Result<&str, FilterError> {
    let is_segment = |segment: &str| {
        segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && segment.bytes().next().is_some_and(|first| !first.is_ascii_digit())
    };
    if name.split("::").all(is_segment) {
        return Ok(name);
    }
    let suggestion = name.replace('-', "_");
    let is_better = suggestion.split("::").all(is_segment);
    Err(FilterError::Target(name.to_owned(), if is_better { suggestion } else { "xdr_module".to_owned() }))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn filters_are_levels_or_targets() {
        for (text, line, is_logged) in [
            ("info", ("any", Level::INFO), true),
            (" info ", ("any", Level::DEBUG), false),
            ("OFF", ("any", Level::ERROR), false),
            ("warn,relay_server=debug", ("relay_server::search", Level::DEBUG), true),
            ("warn, relay_server = debug", ("any", Level::INFO), false),
            ("relay_server=debug", ("xdr_module", Level::INFO), true),
        ] {
            assert_eq!(parse_filter(text).unwrap().0.would_enable(line.0, &line.1), is_logged, "{text}");
        }
    }

    #[test]
    fn a_filter_that_would_silence_the_log_is_refused_with_the_reason() {
        for (text, told) in [
            ("", "is empty"),
            (" ", "is empty"),
            ("info,", "is empty"),
            ("loud", "\"loud\" is not a log level"),
            ("3", "\"3\" is not a log level"),
            ("relay_server", "is not a log level"),
            ("relay_server=loud", "\"loud\" is not a log level"),
            ("relay_server=", "is not a log level"),
            ("relay-server=debug", "such as relay_server"),
            ("=debug", "such as xdr_module"),
            ("info;relay_server=debug", "is not a target"),
            ("a=b=c", "is not a log level"),
            ("relay_server[span]=debug", "is not a target"),
        ] {
            let error = parse_filter(text).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
