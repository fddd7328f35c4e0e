//! Parsers of values of settings: their text, their range, and their errors.
//!
//! They fit `value_parser` of `clap`, for the settings of a module's own.

use std::time::Duration;

use crate::telemetry::fingerprint::FingerprintKey;
use crate::telemetry::log_filter::parse_filter;

/// The fewest characters of a secret.
const MIN_SECRET: usize = 16;

/// Takes a log filter.
///
/// # Errors
/// Returns an error if the text is not a filter.
pub fn log_filter(text: &str) -> Result<String, String> {
    parse_filter(text).map(|_| text.trim().to_owned()).map_err(|error| error.to_string())
}

/// Takes the key of fingerprints.
///
/// # Errors
/// Returns an error if the secret is so short that it can be guessed; the text does not repeat it.
pub fn fingerprint_key(secret: &str) -> Result<FingerprintKey, String> {
    if secret.trim().chars().count() < MIN_SECRET {
        return Err(format!("expected a secret of at least {MIN_SECRET} characters"));
    }
    Ok(FingerprintKey::new(secret.trim()))
}

/// Returns a parser of seconds from `least` to `most`.
pub fn seconds(least: f64, most: f64) -> impl Fn(&str) -> Result<Duration, String> + Clone {
    move |text| match text.trim().parse::<f64>() {
        Ok(seconds) if (least..=most).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Ok(seconds) => Err(format!("{seconds} is not from {least} to {most}")),
        Err(_) => Err(format!("expected a number of seconds from {least} to {most}")),
    }
}

/// Returns a duration as a setting takes it.
pub fn seconds_text(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

/// Returns a parser of whole numbers from 1 to `most`.
pub fn count(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    count_from(1, most)
}

/// Returns a parser of whole numbers from `least` to `most`.
pub fn count_from(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| match text.trim().parse::<usize>() {
        Ok(count) if (least..=most).contains(&count) => Ok(count),
        Ok(count) => Err(format!("{count} is not from {least} to {most}")),
        Err(_) => Err(format!("expected a whole number from {least} to {most}")),
    }
}

/// Returns a parser of sizes that are given in units of `unit` bytes, from 1 to `most` units; it
/// gives bytes.
pub fn size(unit: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    let units = count(most);
    move |text| units(text).map(|units| units.saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_refused_with_the_range() {
        assert_eq!(seconds(0.1, 300.0)(" 2.5 "), Ok(Duration::from_millis(2500)));
        for text in ["0", "301", "-1", "NaN", "inf"] {
            assert_eq!(seconds(0.1, 300.0)(text).unwrap_err().split(' ').next_back(), Some("300"), "{text}");
        }
        assert_eq!(seconds(0.0, 1.0)("soon").unwrap_err(), "expected a number of seconds from 0 to 1");
        assert_eq!(count(10)("10"), Ok(10));
        assert_eq!(count(10)("11").unwrap_err(), "11 is not from 1 to 10");
        assert_eq!(count(10)("0").unwrap_err(), "0 is not from 1 to 10");
        assert_eq!(size(1024, 10)("2"), Ok(2048));
        assert_eq!(seconds_text(Duration::from_millis(500)), "0.5");
        assert_eq!(seconds_text(Duration::from_secs(25)), "25");
    }
}
