//! The stand-in's time of day, and the forms of time that the API reads and writes.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// A time of day that follows the clock of tokio, so that it stands still when a test pauses that
/// clock, and that can be put forward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    started_at: DateTime<Utc>,
    /// The time by which it was put forward.
    ahead: Duration,
}

impl Clock {
    pub(super) fn starting_at(started_at: DateTime<Utc>) -> Self {
        Self { started: Instant::now(), started_at, ahead: Duration::ZERO }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        let elapsed = self.started.elapsed().saturating_add(self.ahead);
        let elapsed = TimeDelta::from_std(elapsed).unwrap_or(TimeDelta::MAX);
        self.started_at.checked_add_signed(elapsed).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.ahead = self.ahead.saturating_add(by);
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Reads the forms of time that the API sends and takes; those without a zone are UTC.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Some(time.and_utc());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    date.and_hms_opt(0, 0, 0).map(|time| time.and_utc())
}

/// The form of most times in answers: microseconds, no zone.
pub(super) fn with_micros(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// The form of the times of match lists: microseconds and the zone.
pub(super) fn with_micros_and_zone(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// The form of the times of list items: seconds, no zone.
pub(super) fn with_seconds(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_seen_forms_are_read_as_utc() {
        let cases = [
            ("2026-05-18T14:46:46.741955", "2026-05-18T14:46:46.741955"),
            ("2026-05-18T14:46:46", "2026-05-18T14:46:46.000000"),
            ("2026-05-18T14:46:46Z", "2026-05-18T14:46:46.000000"),
            ("2026-05-18T16:46:46+02:00", "2026-05-18T14:46:46.000000"),
            ("2026-05-18 14:46:46.500000", "2026-05-18T14:46:46.500000"),
            ("2026-05-18", "2026-05-18T00:00:00.000000"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).map(with_micros).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parse("yesterday"), None);
    }
}
