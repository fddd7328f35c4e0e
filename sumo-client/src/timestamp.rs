//! Points in time in the many spellings of the API.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Visitor};

/// A point in time as the API sends it.
///
/// Most times of Cloud SIEM carry no zone and mean UTC; some carry an offset, some a blank instead
/// of the `T`, some are numbers. All are read; a text that is not a time is kept, so that it never
/// spoils an answer. Writing a time again gives the original text.
///
/// Times are compared as they were written, and [`utc`](Self::utc) reads them anew each time: sort
/// with `sort_by_cached_key`.
///
/// ```
/// use sumo_client::Timestamp;
///
/// let time: Timestamp = serde_json::from_str("\"2021-05-18T14:46:46.741955\"")?;
/// assert_eq!(time.utc().unwrap().to_rfc3339(), "2021-05-18T14:46:46.741955+00:00");
/// assert_eq!(time.to_string(), "2021-05-18T14:46:46.741955");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(Written);

#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
enum Written {
    Text(Box<str>),
    /// Seconds or milliseconds since 1970.
    Number(i64),
}

/// Numbers from here on are milliseconds; as seconds they would lie beyond the year 5100.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;

impl Timestamp {
    /// Returns the point in time, or `None` if a text was received that is not a time.
    pub fn utc(&self) -> Option<DateTime<Utc>> {
        match &self.0 {
            Written::Text(text) => parse_text(text.trim()),
            Written::Number(number) if number.unsigned_abs() >= FIRST_MILLISECONDS => {
                DateTime::from_timestamp_millis(*number)
            }
            Written::Number(number) => DateTime::from_timestamp_secs(*number),
        }
    }
}

/// Parses a time. Without a zone, which is how most come, it is UTC.
fn parse_text(text: &str) -> Option<DateTime<Utc>> {
    let without_zone = text
        .parse()
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .map(|time| time.and_utc());
    without_zone.ok().or_else(|| parse_with_zone(text))
}

fn parse_with_zone(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %#z"))
        .map(|time| time.to_utc())
        .ok()
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(Written::Text(text.into()))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Writes as `2021-05-18T14:46:46Z`, the form that requests send; fractions of a second are
    /// kept as they are.
    fn from(time: DateTime<Utc>) -> Self {
        Self(Written::Text(time.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Written::Text(text) => f.write_str(text),
            Written::Number(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimestampVisitor)
    }
}

struct TimestampVisitor;

impl Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as text or as a number")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Ok(Timestamp::from(text))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(Written::Number(number)))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Timestamp, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Timestamp, E> {
        // A fraction of a second or millisecond is dropped; a float beyond the range saturates.
        #[expect(clippy::cast_possible_truncation, reason = "saturates, which is wanted")]
        let whole = number as i64;
        self.visit_i64(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(json: &str) -> (Option<String>, String) {
        let time: Timestamp = serde_json::from_str(json).unwrap();
        (time.utc().map(|utc| utc.to_rfc3339()), serde_json::to_string(&time).unwrap())
    }

    #[test]
    fn every_spelling_is_read_and_written_back() {
        let table = [
            ("\"2021-05-18T14:46:46.741955\"", Some("2021-05-18T14:46:46.741955+00:00")),
            ("\"2021-05-17T20:02:03\"", Some("2021-05-17T20:02:03+00:00")),
            ("\"2021-02-22T16:24:07.126000\"", Some("2021-02-22T16:24:07.126+00:00")),
            ("\"2021-04-22T16:52:29.633903+00:00\"", Some("2021-04-22T16:52:29.633903+00:00")),
            ("\"2021-04-22T16:52:29+05:30\"", Some("2021-04-22T11:22:29+00:00")),
            ("\"2021-04-22T16:52:29-05:30\"", Some("2021-04-22T22:22:29+00:00")),
            ("\"2021-05-21 17:12:35.219000\"", Some("2021-05-21T17:12:35.219+00:00")),
            ("\"2024-09-14T09:10:00Z\"", Some("2024-09-14T09:10:00+00:00")),
            ("\"2024-09-14T09:10:00+0000\"", Some("2024-09-14T09:10:00+00:00")),
            ("\"2024-09-14 09:10:00.5+02:00\"", Some("2024-09-14T07:10:00.500+00:00")),
            ("\"Sat, 14 Sep 2024 09:10:00 GMT\"", Some("2024-09-14T09:10:00+00:00")),
            ("\"2024-09-14 09:10:00 Z\"", Some("2024-09-14T09:10:00+00:00")),
            ("1726304439000", Some("2024-09-14T09:00:39+00:00")),
            ("1726304439", Some("2024-09-14T09:00:39+00:00")),
            ("-1", Some("1969-12-31T23:59:59+00:00")),
            ("\"\"", None),
            ("\"yesterday\"", None),
            ("\"2021-13-40T99:00:00\"", None),
            ("\"2021-05-18T14:46:46.\"", None),
            // Digits beyond nanoseconds are dropped.
            ("\"2021-05-18T14:46:46.1234567890\"", Some("2021-05-18T14:46:46.123456789+00:00")),
            ("9223372036854775807", None),
            ("\"2021-05-18\\u00e914:46:46\"", None),
        ];
        for (json, utc) in table {
            let (read, written) = round_trip(json);
            assert_eq!(read.as_deref(), utc, "{json}");
            let expected: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), expected);
        }
    }

    #[test]
    fn a_time_is_written_with_no_more_digits_than_it_needs() {
        let table = [
            (0, "2021-05-18T14:46:46Z"),
            (120_000_000, "2021-05-18T14:46:46.120Z"),
            (741_955_000, "2021-05-18T14:46:46.741955Z"),
            (1, "2021-05-18T14:46:46.000000001Z"),
        ];
        for (nanoseconds, written) in table {
            let time = DateTime::from_timestamp(1_621_349_206, nanoseconds).unwrap();
            assert_eq!(Timestamp::from(time).to_string(), written);
            assert_eq!(Timestamp::from(time).utc(), Some(time));
        }
    }

    #[test]
    fn the_time_is_small() {
        assert!(size_of::<Option<Timestamp>>() <= 3 * size_of::<usize>());
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives(text in ".*") {
            let time = Timestamp::from(text.as_str());
            proptest::prop_assert_eq!(time.to_string(), text);
        }

        #[test]
        fn anything_like_a_time_survives(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,10})?(Z|[+-][0-9]{2}:[0-9]{2})?") {
            let time = Timestamp::from(text.as_str());
            proptest::prop_assert_eq!(time.to_string(), text);
        }
    }
}
