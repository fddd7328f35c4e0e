//! Points in time as CTIM writes them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text_form::excerpt;

/// A point in time: UTC, whole milliseconds, years 0 to 9999.
///
/// It reads ISO 8601 in the forms that producers really send: with or without a zone (none means
/// UTC), a date alone, with any number of fraction digits (finer ones than milliseconds are cut),
/// in the extended or the basic form. It writes one form only, `YYYY-MM-DDTHH:MM:SS.mmmZ`.
///
/// ```
/// use ctim::Time;
///
/// let time: Time = "2021-10-05T21:01:17.404626".parse()?;
/// assert_eq!(time.to_string(), "2021-10-05T21:01:17.404Z");
/// let time: Time = "2021-10-05T23:01:17+02:00".parse()?;
/// assert_eq!(time.to_string(), "2021-10-05T21:01:17.000Z");
/// # Ok::<(), ctim::TimeError>(())
/// ```
///
/// It converts from and to chrono's `DateTime<Utc>` and [`SystemTime`].
#[derive(Clone, Copy)]
pub struct Time {
    instant: DateTime<Utc>,
    /// No part of the value: a note for validation.
    zone_assumed: bool,
}

impl Time {
    /// The end of "for ever": `2525-01-01T00:00:00.000Z`, which Cisco's service fills in where a
    /// span has no end.
    pub const FOREVER: Self = Self::at_unix_millis(17_514_144_000_000);

    /// The first instant that CTIM accepts: `1970-01-01T00:00:00.000Z`.
    pub const MIN_VALID: Self = Self::at_unix_millis(0);

    /// The instant before which all times that CTIM accepts lie: `2525-01-01T00:01:00.000Z`.
    pub const END_VALID: Self = Self::at_unix_millis(17_514_144_060_000);

    const fn at_unix_millis(millis: i64) -> Self {
        match DateTime::from_timestamp_millis(millis) {
            Some(time) => Self::exact(time),
            None => Self::exact(DateTime::UNIX_EPOCH),
        }
    }

    const fn exact(instant: DateTime<Utc>) -> Self {
        Self { instant, zone_assumed: false }
    }

    /// Returns the nearest time in the years that can be written.
    fn clamped(millis: i64) -> Self {
        /// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
        const BOUNDS: (i64, i64) = (-62_167_219_200_000, 253_402_300_799_999);
        Self::at_unix_millis(millis.clamp(BOUNDS.0, BOUNDS.1))
    }

    /// Returns the time so many milliseconds after 1970-01-01T00:00:00Z; none if that is outside
    /// the years 0 to 9999.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        DateTime::from_timestamp_millis(millis).filter(in_year_range).map(Self::exact)
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        self.instant.timestamp_millis()
    }

    /// Returns the same instant as a chrono value.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        self.instant
    }

    /// Returns true if the time was read from JSON that gave no zone, so that UTC was assumed.
    /// Validation warns of it. It makes no difference to comparisons and is gone once the time has
    /// been written.
    #[must_use]
    pub fn is_zone_assumed(self) -> bool {
        self.zone_assumed
    }

    /// Returns true if CTIM accepts the time: from 1970-01-01T00:00:00Z to before
    /// 2525-01-01T00:01:00Z.
    #[must_use]
    pub fn is_in_range(self) -> bool {
        (Self::MIN_VALID..Self::END_VALID).contains(&self)
    }

    /// Returns the canonical text, on the stack.
    fn write(self) -> [u8; 24] {
        let (date, time) = (self.instant.date_naive(), self.instant.time());
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let millis = time.nanosecond() / 1_000_000;
        let parts = [
            (0, 4, date.year().unsigned_abs()),
            (5, 2, date.month()),
            (8, 2, date.day()),
            (11, 2, time.hour()),
            (14, 2, time.minute()),
            (17, 2, time.second()),
            (20, 3, millis),
        ];
        for (start, width, number) in parts {
            write_digits(&mut text, start, width, number);
        }
        text
    }
}

/// Writes `number` with `width` digits from the byte `start` on.
fn write_digits(text: &mut [u8; 24], start: usize, width: usize, mut number: u32) {
    for digit in text.iter_mut().skip(start).take(width).rev() {
        *digit = b"0123456789".get((number % 10) as usize).copied().unwrap_or(b'0');
        number /= 10;
    }
}

fn in_year_range(time: &DateTime<Utc>) -> bool {
    (0..=9999).contains(&time.year())
}

impl From<DateTime<Utc>> for Time {
    /// Cuts off digits beyond milliseconds. A time outside the years 0 to 9999 becomes the nearest
    /// one inside.
    fn from(time: DateTime<Utc>) -> Self {
        Self::clamped(time.timestamp_millis())
    }
}

impl From<Time> for DateTime<Utc> {
    fn from(time: Time) -> Self {
        time.instant
    }
}

impl From<SystemTime> for Time {
    /// Cuts off digits beyond milliseconds. A time outside the years 0 to 9999 becomes the nearest
    /// one inside.
    fn from(time: SystemTime) -> Self {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let since_epoch = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => millis(after),
            // Rounds down, as for times after the epoch.
            Err(before) => -millis(before.duration() + Duration::from_nanos(999_999)),
        };
        Self::clamped(since_epoch)
    }
}

impl From<Time> for SystemTime {
    fn from(time: Time) -> Self {
        time.instant.into()
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl Eq for Time {}

impl Hash for Time {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.instant.hash(state);
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant.cmp(&other.instant)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Time({self})")
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.write()).unwrap_or_default())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.write()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;
        impl de::Visitor<'_> for TimeVisitor {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as \"2016-02-11T00:40:48.212Z\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                let time: Time = text.parse().map_err(E::custom)?;
                Ok(Time { zone_assumed: !has_zone(text), ..time })
            }
        }
        deserializer.deserialize_str(TimeVisitor)
    }
}

/// Returns true if a readable time names its zone: `Z`, or an offset behind the time of day.
fn has_zone(text: &str) -> bool {
    let time_of_day = text.split_once(['T', 't', ' ']).map_or("", |(_, time_of_day)| time_of_day);
    text.ends_with(['Z', 'z']) || time_of_day.contains(['+', '-'])
}

/// Describes how a readable time differs from the form that CTIM's published schema asks for: RFC
/// 3339 with `T`, a zone and a year from 1970 to 2524, or the first minute of 2525. None if it has
/// that form.
pub(crate) fn form_problem(text: &str) -> Option<&'static str> {
    const SHAPE: &[u8; 19] = b"0000-00-00T00:00:00";
    let Some((front, rest)) = text.as_bytes().split_at_checked(SHAPE.len()) else {
        return Some(if has_zone(text) {
            "is not complete to the second"
        } else {
            "has no time of day with a zone"
        });
    };
    let fits = |(byte, shape): (&u8, &u8)| byte == shape || (*shape == b'0' && byte.is_ascii_digit());
    if !front.iter().zip(SHAPE).all(fits) {
        return Some("is not of the form 2016-02-11T00:40:48Z");
    }
    let fraction_and_zone = rest.strip_prefix(b".").map_or(rest, |fraction| {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        fraction.get(digits..).unwrap_or_default()
    });
    match fraction_and_zone {
        b"Z" => {}
        [b'+' | b'-', _, _, b':', _, _] => {}
        b"" => return Some("has no zone"),
        _ => return Some("has a zone of another form than Z or +02:00"),
    }
    let year_is_right = matches!(front, [b'1', b'9', b'7'..=b'9', ..] | [b'2', b'0'..=b'4', ..])
        || matches!(front, [b'2', b'5', b'0' | b'1', ..] | [b'2', b'5', b'2', b'0'..=b'4', ..])
        || front.starts_with(b"2525-01-01T00:00:");
    (!year_is_right).then_some("is written with a year before 1970 or after 2524")
}

/// A text that cannot be read as a [`Time`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeError {
    excerpt: String,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {} as a time; write it like \"2016-02-11T00:40:48.212Z\"", self.excerpt)
    }
}

impl std::error::Error for TimeError {}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Scanner { rest: text.as_bytes() }.time().ok_or_else(|| TimeError { excerpt: excerpt(text) })
    }
}

/// Reads ISO 8601 from left to right.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl Scanner<'_> {
    /// Reads a whole text as a time.
    fn time(mut self) -> Option<Time> {
        let date = self.date()?;
        let time = if self.skip(b"Tt ") { self.time_of_day()? } else { NaiveTime::MIN };
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return None;
        }
        let utc = NaiveDateTime::new(date, time).checked_sub_signed(offset)?.and_utc();
        in_year_range(&utc).then(|| Time::from(utc))
    }

    /// Reads a calendar, week or ordinal date; month and day may be left out.
    fn date(&mut self) -> Option<NaiveDate> {
        let year = i32::try_from(self.digits(4)?).ok()?;
        let extended = self.skip(b"-");
        if self.skip(b"W") {
            return self.week_date(year, extended);
        }
        match self.digits_ahead() {
            0 if !extended => NaiveDate::from_ymd_opt(year, 1, 1),
            3 => NaiveDate::from_yo_opt(year, self.digits(3)?),
            _ => self.month_and_day(year, extended),
        }
    }

    fn month_and_day(&mut self, year: i32, extended: bool) -> Option<NaiveDate> {
        let month = self.digits(2)?;
        let has_day = if extended { self.skip(b"-") } else { true };
        let day = if has_day { self.digits(2)? } else { 1 };
        NaiveDate::from_ymd_opt(year, month, day)
    }

    fn week_date(&mut self, year: i32, extended: bool) -> Option<NaiveDate> {
        let week = self.digits(2)?;
        let has_day = if extended { self.skip(b"-") } else { self.digits_ahead() > 0 };
        let weekday = if has_day { self.digits(1)? } else { 1 };
        let weekday = Weekday::try_from(u8::try_from(weekday.checked_sub(1)?).ok()?).ok()?;
        NaiveDate::from_isoywd_opt(year, week, weekday)
    }

    /// Reads the hour, and if given minute, second and fraction of the second.
    fn time_of_day(&mut self) -> Option<NaiveTime> {
        let hour = self.digits(2)?;
        let (mut minute, mut second, mut millis) = (0, 0, 0);
        if self.skip(b":") || self.digits_ahead() >= 2 {
            minute = self.digits(2)?;
            if self.skip(b":") || self.digits_ahead() >= 2 {
                second = self.digits(2)?;
                if self.skip(b".,") {
                    millis = self.millis()?;
                }
            }
        }
        NaiveTime::from_hms_milli_opt(hour, minute, second, millis)
    }

    /// Reads one digit or more of a fraction, cut to milliseconds.
    fn millis(&mut self) -> Option<u32> {
        let digits = self.digits_ahead();
        if digits == 0 {
            return None;
        }
        let (fraction, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        let digit = |place: usize| fraction.get(place).map_or(0, |byte| u32::from(byte - b'0'));
        Some(digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// Reads the distance from UTC; none given means UTC.
    fn offset(&mut self) -> Option<TimeDelta> {
        if self.rest.is_empty() || self.skip(b"Zz") {
            return Some(TimeDelta::zero());
        }
        let west = match self.rest.first()? {
            b'-' => true,
            b'+' => false,
            _ => return None,
        };
        self.skip(b"+-");
        let hours = self.digits(2)?;
        let minutes = if self.skip(b":") || !self.rest.is_empty() { self.digits(2)? } else { 0 };
        if hours > 23 || minutes > 59 {
            return None;
        }
        let offset = TimeDelta::minutes(i64::from(hours * 60 + minutes));
        Some(if west { -offset } else { offset })
    }

    /// Skips the next byte if it is one of `accepted`.
    fn skip(&mut self, accepted: &[u8]) -> bool {
        match self.rest.split_first() {
            Some((byte, rest)) if accepted.contains(byte) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn digits_ahead(&self) -> usize {
        self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Reads exactly `count` digits as a number.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        let mut number = 0;
        for byte in digits {
            if !byte.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u32::from(byte - b'0');
        }
        self.rest = rest;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_producers_send() {
        let cases = [
            ("2016-02-11T00:40:48.212Z", "2016-02-11T00:40:48.212Z"),
            ("2016-02-11T00:40:48Z", "2016-02-11T00:40:48.000Z"),
            ("2016-02-11t00:40:48z", "2016-02-11T00:40:48.000Z"),
            ("2016-02-11 00:40:48", "2016-02-11T00:40:48.000Z"),
            ("2016-02-11T00:40:48.2126789", "2016-02-11T00:40:48.212Z"),
            ("2016-02-11T00:40:48,5Z", "2016-02-11T00:40:48.500Z"),
            ("2016-02-11T00:40:48.212+02:00", "2016-02-10T22:40:48.212Z"),
            ("2016-02-11T00:40:48.212-0230", "2016-02-11T03:10:48.212Z"),
            ("2016-02-11T00:40:48+01", "2016-02-10T23:40:48.000Z"),
            ("2016-02-11T00:40", "2016-02-11T00:40:00.000Z"),
            ("2016-02-11T07", "2016-02-11T07:00:00.000Z"),
            ("2016-02-11", "2016-02-11T00:00:00.000Z"),
            ("2016-02", "2016-02-01T00:00:00.000Z"),
            ("2016", "2016-01-01T00:00:00.000Z"),
            ("20160211", "2016-02-11T00:00:00.000Z"),
            ("20160211T004048Z", "2016-02-11T00:40:48.000Z"),
            ("20160211T004048.25Z", "2016-02-11T00:40:48.250Z"),
            ("2016-042", "2016-02-11T00:00:00.000Z"),
            ("2016-W06-4", "2016-02-11T00:00:00.000Z"),
            ("2016W064", "2016-02-11T00:00:00.000Z"),
            ("2525-01-01T00:00:00.000Z", "2525-01-01T00:00:00.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
        ];
        for (text, expected) in cases {
            let time: Time = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(time.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        let cases = [
            "",
            "now",
            "2016-13-01",
            "2016-02-30",
            "2016-02-11T24:00:00Z",
            "2016-02-11T00:60:00Z",
            "2016-02-11T00:40:48.Z",
            "2016-02-11T00:40:48X",
            "2016-02-11T00:40:48Zx",
            "2016-02-11T",
            "1455151248",
            "+2016-02-11",
            "2016-02-11T00:40:48+24:00",
            "2016-02-11T00:40:48+0",
            "12016-02-11",
            "9999-12-31T23:59:59-01:00",
            "2016-W54-1",
            "2016-W06-0",
            "2016-W06-8",
            "2016-000",
            "201",
            "２０１６-02-11",
        ];
        for text in cases {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }

    #[test]
    fn zones_that_were_assumed_are_noted_and_make_no_difference() {
        let read = |text: &str| serde_json::from_value::<Time>(serde_json::json!(text)).unwrap();
        for text in
            ["2016-02-11T00:40:48", "2016-02-11 00:40", "2016-02-11", "20160211T004048", "2016-042", "2016"]
        {
            assert!(read(text).is_zone_assumed(), "{text}");
        }
        for text in ["2016-02-11T00:40:48Z", "20160211T004048z", "2016-02-11 00:40+01", "2016-02-11T07-0230"]
        {
            assert!(!read(text).is_zone_assumed(), "{text}");
        }
        let (assumed, given) = (read("2016-02-11T00:40:48"), read("2016-02-11T00:40:48Z"));
        assert_eq!(assumed, given);
        assert_eq!(assumed.cmp(&given), Ordering::Equal);
        assert!(!"2016-02-11".parse::<Time>().unwrap().is_zone_assumed());
    }

    #[test]
    fn forms_that_the_schema_refuses_are_named() {
        let right = [
            "2016-02-11T00:40:48Z",
            "2016-02-11T00:40:48.2126789Z",
            "2016-02-11T00:40:48.2-02:30",
            "1970-01-01T00:00:00+05:00",
            "2525-01-01T00:00:59.9Z",
        ];
        for text in right {
            assert_eq!(form_problem(text), None, "{text}");
        }
        let wrong = [
            ("2016-02-11T00:40:48", "has no zone"),
            ("2016-02-11T00:40:48.5", "has no zone"),
            ("2016-02-11", "has no time of day with a zone"),
            ("2016", "has no time of day with a zone"),
            ("2016-02-11T00:40Z", "is not complete to the second"),
            ("2016-02-11 00:40:48Z", "is not of the form 2016-02-11T00:40:48Z"),
            ("2016-02-11t00:40:48Z", "is not of the form 2016-02-11T00:40:48Z"),
            ("20160211T004048.2500Z", "is not of the form 2016-02-11T00:40:48Z"),
            ("2016-02-11T00:40:48z", "has a zone of another form than Z or +02:00"),
            ("2016-02-11T00:40:48+02", "has a zone of another form than Z or +02:00"),
            ("2016-02-11T00:40:48+0230", "has a zone of another form than Z or +02:00"),
            ("2016-02-11T00:40:48,5Z", "has a zone of another form than Z or +02:00"),
            ("1969-12-31T23:00:00-05:00", "is written with a year before 1970 or after 2524"),
            ("2525-01-01T05:00:00+05:00", "is written with a year before 1970 or after 2524"),
        ];
        for (text, expected) in wrong {
            assert!(text.parse::<Time>().is_ok(), "{text}");
            assert_eq!(form_problem(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn system_times_are_cut_like_others() {
        let system = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_999_999_999);
        assert_eq!(Time::from(system).to_string(), "1970-01-01T00:00:01.999Z");
        assert_eq!(
            SystemTime::from(Time::from(system)),
            SystemTime::UNIX_EPOCH + Duration::from_millis(1_999)
        );
        let before = SystemTime::UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(Time::from(before).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn the_range_is_the_models() {
        assert_eq!(Time::FOREVER.to_string(), "2525-01-01T00:00:00.000Z");
        assert_eq!(Time::END_VALID.to_string(), "2525-01-01T00:01:00.000Z");
        let in_range = |text: &str| text.parse::<Time>().unwrap().is_in_range();
        assert!(in_range("1970-01-01"));
        assert!(in_range("2525-01-01T00:00:59.999Z"));
        assert!(!in_range("1969-12-31T23:59:59.999Z"));
        assert!(!in_range("2525-01-01T00:01:00Z"));
    }

    #[test]
    fn chrono_times_are_cut_and_kept_in_the_years_that_can_be_written() {
        let fine = DateTime::from_timestamp(1, 999_999_999).unwrap();
        assert_eq!(Time::from(fine).to_string(), "1970-01-01T00:00:01.999Z");
        assert_eq!(Time::from(DateTime::<Utc>::MAX_UTC).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Time::from(DateTime::<Utc>::MIN_UTC).to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Time::from_unix_millis(i64::MAX), None);
    }
}
