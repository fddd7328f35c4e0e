//! Data sets whose times are moved, so that a story told once can end today.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike};
use serde_json::Value;

use super::data::DataSet;

/// Members that hold times as numbers: seconds or milliseconds since 1970.
const NUMBERS: &[&str] = &["timestamp", "metadata_parseTime", "metadata_receiptTime"];
/// Numbers from here on are milliseconds.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

impl DataSet {
    /// Moves all times of all objects by `by`, later or earlier; fractions of a second of it are
    /// dropped.
    ///
    /// Times are the texts that are times as a whole, in any form that the API writes them, which
    /// they keep; the numbers of records (`timestamp`, `metadata_parseTime`,
    /// `metadata_receiptTime`); and the `year`, `month`, `day` and `hour` beside a number
    /// `timestamp`. Dates without a time of day, and times inside of longer texts, stay. So does a
    /// time that would leave the calendar.
    ///
    /// ```
    /// use chrono::TimeDelta;
    /// use serde_json::json;
    /// use sumo_client::testing::DataSet;
    ///
    /// let insight = json!({"id": "i", "created": "2026-11-19T10:00:00.250000"});
    /// let told = DataSet::new().insights([insight]);
    /// let today = told.shifted(TimeDelta::days(100));
    /// # let _ = today;
    /// ```
    #[must_use]
    pub fn shifted(mut self, by: TimeDelta) -> Self {
        let by = TimeDelta::try_seconds(by.num_seconds()).unwrap_or_default();
        for objects in self.lists_mut() {
            objects.iter_mut().for_each(|object| shift(object, by));
        }
        self
    }
}

fn shift(value: &mut Value, by: TimeDelta) {
    match value {
        Value::String(text) => {
            if let Some(shifted) = shifted_text(text, by) {
                *text = shifted;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member.as_i64().filter(|_| NUMBERS.contains(&name.as_str())) {
                    Some(number) => *member = shifted_number(number, by).into(),
                    None => shift(member, by),
                }
            }
            set_calendar(members);
        }
        _ => {}
    }
}

/// A time in the form that it had; `None` for a text that is not a time.
fn shifted_text(text: &str, by: TimeDelta) -> Option<String> {
    let (whole, rest) = text.split_at_checked("2026-11-20T00:00:00".len())?;
    let separator = whole.chars().nth("2026-11-20".len()).filter(|sign| matches!(sign, 'T' | ' '))?;
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, zone) = rest.split_at_checked(if digits == 0 { 0 } else { digits + 1 })?;
    if !is_zone(zone) {
        return None;
    }
    let form = format!("%Y-%m-%d{separator}%H:%M:%S");
    let local = NaiveDateTime::parse_from_str(whole, &form).ok()?.checked_add_signed(by)?;
    Some(format!("{}{fraction}{zone}", local.format(&form)))
}

fn is_zone(text: &str) -> bool {
    let is_offset = |offset: &str| {
        offset.split_once(':').is_some_and(|(hours, minutes)| {
            [hours, minutes]
                .iter()
                .all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    matches!(text, "" | "Z") || text.strip_prefix(['+', '-']).is_some_and(is_offset)
}

fn shifted_number(number: i64, by: TimeDelta) -> i64 {
    let by = if number.abs() >= FIRST_MILLISECONDS { by.num_milliseconds() } else { by.num_seconds() };
    number.saturating_add(by)
}

/// Sets the parts of a record's date that it has beside its time.
fn set_calendar(members: &mut serde_json::Map<String, Value>) {
    let time = members.get("timestamp").and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
    let Some(time) = time else { return };
    let parts = [
        ("year", i64::from(time.year())),
        ("month", i64::from(time.month())),
        ("day", i64::from(time.day())),
        ("hour", i64::from(time.hour())),
    ];
    for (name, part) in parts {
        if let Some(member) = members.get_mut(name).filter(|member| member.is_i64()) {
            *member = part.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_keep_their_form() {
        let day = TimeDelta::days(1) + TimeDelta::milliseconds(7);
        for (text, expected) in [
            ("2026-11-19T10:00:00.250001", Some("2026-11-20T10:00:00.250001")),
            ("2026-11-30T10:00:00", Some("2026-12-01T10:00:00")),
            ("2026-11-19 10:00:00.120000", Some("2026-11-20 10:00:00.120000")),
            ("2026-11-19T10:00:00.000000+00:00", Some("2026-11-20T10:00:00.000000+00:00")),
            ("2026-11-19T10:00:00-05:30", Some("2026-11-20T10:00:00-05:30")),
            ("2026-11-19T10:00:00Z", Some("2026-11-20T10:00:00Z")),
            ("2026-11-19", None),
            ("2026-11-19T10:00:00 and more", None),
            ("2026-11-19T10:00:00.", None),
            ("2026-13-19T10:00:00", None),
            ("ünïcode ünïcode ünïcode", None),
        ] {
            let by = TimeDelta::seconds(day.num_seconds());
            assert_eq!(shifted_text(text, by).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_records_move_with_their_calendar() {
        let mut record = json!({
            "timestamp": 1_795_132_799_000_i64, "metadata_parseTime": 1_795_132_800_123_i64,
            "metadata_receiptTime": 1_795_132_800, "srcDevice_ip_ipv4IntValue": 3_325_256_748_u32,
            "year": 2026, "month": 11, "day": 19, "hour": 23, "dayName": "x",
        });
        shift(&mut record, TimeDelta::days(42));
        assert_eq!(
            record,
            json!({
                "timestamp": 1_798_761_599_000_i64, "metadata_parseTime": 1_798_761_600_123_i64,
                "metadata_receiptTime": 1_798_761_600, "srcDevice_ip_ipv4IntValue": 3_325_256_748_u32,
                "year": 2026, "month": 12, "day": 31, "hour": 23, "dayName": "x",
            })
        );
    }

    proptest::proptest! {
        #[test]
        fn there_and_back_is_where_it_was(seconds in -4_000_000_000_i64..4_000_000_000, text in "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+]0[0-9]:30)?") {
            let by = TimeDelta::seconds(seconds);
            let there = shifted_text(&text, by);
            // Years of five digits or below zero are written in other forms.
            proptest::prop_assume!(there.as_ref().is_some_and(|there| there.len() == text.len()));
            let back = there.and_then(|there| shifted_text(&there, -by));
            proptest::prop_assert_eq!(back, Some(text));
        }
    }
}
