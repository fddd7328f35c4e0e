//! Points in time in the many spellings of the API.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A point in time as the API sends it.
///
/// Most times of Cloud SIEM carry no zone and mean UTC; some carry an offset, some a blank instead
/// of the `T`, some are numbers. All are read; a text that is not a time is kept, so that it never
/// spoils an answer. Writing a time again gives the original text.
///
/// ```
/// use sumo_client::Timestamp;
///
/// let time: Timestamp = serde_json::from_str("\"2021-05-18T14:46:46.741955\"")?;
/// assert_eq!(time.utc().unwrap().to_rfc3339(), "2021-05-18T14:46:46.741955+00:00");
/// assert_eq!(time.to_string(), "2021-05-18T14:46:46.741955");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Timestamp(Form);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    /// `2021-05-18T14:46:46.741955+00:00`, with everything that writing it again needs.
    Usual { local: NaiveDateTime, separator: u8, digits: u8, zone: Zone },
    /// Seconds or milliseconds since 1970.
    Number { time: DateTime<Utc>, number: i64 },
    /// Any other text, with its time if it is one.
    Other { time: Option<DateTime<Utc>>, text: Box<str> },
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Zone {
    Unnamed,
    Zulu,
    /// Minutes east of Greenwich.
    Offset(i16),
}

/// Numbers from here on are milliseconds; as seconds they would lie beyond the year 5100.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;

impl Timestamp {
    /// The point in time, unless a text was received that is not a time.
    pub fn utc(&self) -> Option<DateTime<Utc>> {
        match &self.0 {
            Form::Usual { local, zone: Zone::Offset(minutes), .. } => {
                local.checked_sub_signed(TimeDelta::minutes(i64::from(*minutes))).map(|time| time.and_utc())
            }
            Form::Usual { local, .. } => Some(local.and_utc()),
            Form::Number { time, .. } => Some(*time),
            Form::Other { time, .. } => *time,
        }
    }

    fn from_number(number: i64) -> Self {
        let time = if number.unsigned_abs() >= FIRST_MILLISECONDS {
            DateTime::from_timestamp_millis(number)
        } else {
            DateTime::from_timestamp_secs(number)
        };
        match time {
            Some(time) => Self(Form::Number { time, number }),
            None => Self(Form::Other { time: None, text: number.to_string().into() }),
        }
    }
}

/// Reads a time of the usual form; anything unusual is left to the slower parsers.
fn parse_usual(text: &str) -> Option<Form> {
    let mut rest = Rest(text.as_bytes());
    let year = i32::try_from(rest.number(4)?).ok()?;
    let month = rest.byte(b"-").and_then(|_| rest.number(2))?;
    let day = rest.byte(b"-").and_then(|_| rest.number(2))?;
    let separator = rest.byte(b"T ")?;
    let hour = rest.number(2)?;
    let minute = rest.byte(b":").and_then(|_| rest.number(2))?;
    let second = rest.byte(b":").and_then(|_| rest.number(2))?;
    let (digits, nanoseconds) = match rest.byte(b".") {
        Some(_) => rest.fraction()?,
        None => (0, 0),
    };
    let zone = rest.zone()?;
    let local =
        NaiveDate::from_ymd_opt(year, month, day)?.and_hms_nano_opt(hour, minute, second, nanoseconds)?;
    Some(Form::Usual { local, separator, digits, zone })
}

/// The rest of a text that is read.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// One of the given bytes.
    fn byte(&mut self, any_of: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        any_of.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// A number of exactly this many digits.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |value, byte| match byte {
            b'0'..=b'9' => Some(value * 10 + u32::from(byte - b'0')),
            _ => None,
        })
    }

    /// One to nine digits: how many there are, and the nanoseconds they mean.
    fn fraction(&mut self) -> Option<(u8, u32)> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let scale = 10_u32.checked_pow(u32::try_from(9_usize.checked_sub(digits)?).ok()?)?;
        let value = self.number(digits)?;
        (digits > 0).then_some((u8::try_from(digits).ok()?, value * scale))
    }

    /// The zone, which must be all that is left.
    fn zone(&mut self) -> Option<Zone> {
        if self.0.is_empty() {
            return Some(Zone::Unnamed);
        }
        let sign = self.byte(b"Z+-")?;
        let zone = if sign == b'Z' { Zone::Zulu } else { self.offset(sign)? };
        self.0.is_empty().then_some(zone)
    }

    fn offset(&mut self, sign: u8) -> Option<Zone> {
        let hours = i16::try_from(self.number(2)?).ok()?;
        let minutes = i16::try_from(self.byte(b":").and_then(|_| self.number(2))?).ok()?;
        let is_usual = hours < 24 && minutes < 60 && !(sign == b'-' && hours == 0 && minutes == 0);
        let east = hours * 60 + minutes;
        is_usual.then_some(Zone::Offset(if sign == b'-' { -east } else { east }))
    }
}

fn parse_unusual(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %#z"))
        .map(|time| time.to_utc())
        .ok()
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(
            parse_usual(text).unwrap_or_else(|| Form::Other { time: parse_unusual(text), text: text.into() }),
        )
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Writes as `2021-05-18T14:46:46Z`, the form that requests send; fractions of a second are
    /// kept as they are.
    fn from(time: DateTime<Utc>) -> Self {
        let digits = match time.timestamp_subsec_nanos() {
            0 => 0,
            nanoseconds if nanoseconds % 1_000_000 == 0 => 3,
            nanoseconds if nanoseconds % 1_000 == 0 => 6,
            _ => 9,
        };
        Self(Form::Usual { local: time.naive_utc(), separator: b'T', digits, zone: Zone::Zulu })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, separator, digits, zone) = match &self.0 {
            Form::Usual { local, separator, digits, zone } => (local, *separator, *digits, zone),
            Form::Number { number, .. } => return number.fmt(f),
            Form::Other { text, .. } => return f.write_str(text),
        };
        write!(f, "{}{}", local.date(), char::from(separator))?;
        write!(f, "{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())?;
        if digits > 0 {
            let scale = 10_u32.pow(9_u32.saturating_sub(u32::from(digits)));
            let fraction = local.and_utc().timestamp_subsec_nanos() / scale;
            write!(f, ".{fraction:0width$}", width = usize::from(digits))?;
        }
        match zone {
            Zone::Unnamed => Ok(()),
            Zone::Zulu => f.write_str("Z"),
            Zone::Offset(minutes) => {
                let sign = if *minutes < 0 { '-' } else { '+' };
                let minutes = minutes.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Number { number, .. } => serializer.serialize_i64(*number),
            _ => serializer.collect_str(self),
        }
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
        Ok(Timestamp::from_number(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Timestamp, E> {
        // A fraction of a second or millisecond is dropped; a float beyond the range saturates.
        #[expect(clippy::cast_possible_truncation, reason = "saturates, which is wanted")]
        let whole = number as i64;
        Ok(Timestamp::from_number(whole))
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
            ("\"2024-09-14 09:10:00 Z\"", Some("2024-09-14T09:10:00+00:00")),
            ("1726304439000", Some("2024-09-14T09:00:39+00:00")),
            ("1726304439", Some("2024-09-14T09:00:39+00:00")),
            ("-1", Some("1969-12-31T23:59:59+00:00")),
            ("\"\"", None),
            ("\"yesterday\"", None),
            ("\"2021-13-40T99:00:00\"", None),
            ("\"2021-05-18T14:46:46.\"", None),
            ("\"2021-05-18T14:46:46.1234567890\"", None),
            ("\"2021-05-18\\u00e914:46:46\"", None),
        ];
        for (json, utc) in table {
            let (read, written) = round_trip(json);
            assert_eq!(read.as_deref(), utc, "{json}");
            let expected: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), expected);
        }
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
