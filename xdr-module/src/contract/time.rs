//! Times as XDR reads them: UTC with milliseconds and `Z`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;

/// Returns a time as it is written.
pub(super) fn text(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Writes a time.
pub(super) fn required<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(time))
}

/// Writes a time that may be absent.
pub(super) fn optional<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => required(time, serializer),
        None => serializer.serialize_none(),
    }
}
