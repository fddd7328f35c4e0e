//! Parsers of values of settings: their text, their range, and their errors.
//!
//! They fit `value_parser` of `clap`, for the settings of a module's own.

use std::num::{ParseFloatError, ParseIntError};
use std::time::Duration;

use crate::telemetry::fingerprint::FingerprintKey;
use crate::telemetry::log_filter::{FilterError, parse_filter};

/// The fewest characters of a secret.
const MIN_SECRET: usize = 16;

/// The error of a value that a setting does not take.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The value is not a number of seconds.
    #[error("expected a number of seconds from {least} to {most}")]
    Seconds {
        /// The smallest value that is taken.
        least: f64,
        /// The largest value that is taken.
        most: f64,
        /// The error of the number.
        source: ParseFloatError,
    },
    /// The number of seconds is too small or too large.
    #[error("{value} is not from {least} to {most}")]
    SecondsOutOfRange {
        /// The number.
        value: f64,
        /// The smallest value that is taken.
        least: f64,
        /// The largest value that is taken.
        most: f64,
    },
    /// The value is not a whole number.
    #[error("expected a whole number from {least} to {most}")]
    Count {
        /// The smallest value that is taken.
        least: usize,
        /// The largest value that is taken.
        most: usize,
        /// The error of the number.
        source: ParseIntError,
    },
    /// The whole number is too small or too large.
    #[error("{value} is not from {least} to {most}")]
    CountOutOfRange {
        /// The number.
        value: usize,
        /// The smallest value that is taken.
        least: usize,
        /// The largest value that is taken.
        most: usize,
    },
    /// The value is not that of a switch.
    #[error("expected on or off; true, yes and 1, false, no and 0 are taken, too")]
    Switch,
    /// The secret is so short that it can be guessed.
    #[error("expected a secret of at least {least} characters")]
    ShortSecret {
        /// The fewest characters that are taken.
        least: usize,
    },
}

/// Takes a log filter.
///
/// # Errors
/// Returns an error if the text is not a filter.
pub fn log_filter(text: &str) -> Result<String, FilterError> {
    parse_filter(text).map(|_| text.trim().to_owned())
}

/// Takes the key of fingerprints.
///
/// # Errors
/// Returns an error if the secret is so short that it can be guessed; the text does not repeat it.
pub fn fingerprint_key(secret: &str) -> Result<FingerprintKey, ValueError> {
    if secret.trim().chars().count() < MIN_SECRET {
        return Err(ValueError::ShortSecret { least: MIN_SECRET });
    }
    Ok(FingerprintKey::new(secret.trim()))
}

/// Takes the value of a switch: true for `on`, `true`, `yes` and `1`, false for `off`, `false`,
/// `no` and `0`, in any case.
///
/// # Errors
/// Returns an error for all other texts.
pub fn switch(text: &str) -> Result<bool, ValueError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err(ValueError::Switch),
    }
}

/// Returns a parser of seconds from `least` to `most`.
pub fn seconds(least: f64, most: f64) -> impl Fn(&str) -> Result<Duration, ValueError> + Clone {
    move |text| match text.trim().parse::<f64>() {
        Ok(seconds) if (least..=most).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Ok(value) => Err(ValueError::SecondsOutOfRange { value, least, most }),
        Err(source) => Err(ValueError::Seconds { least, most, source }),
    }
}

/// Returns a duration as a setting takes it.
pub fn seconds_text(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

/// Returns a parser of whole numbers from 1 to `most`.
pub fn count(most: usize) -> impl Fn(&str) -> Result<usize, ValueError> + Clone {
    count_from(1, most)
}

/// Returns a parser of whole numbers from `least` to `most`.
pub fn count_from(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, ValueError> + Clone {
    move |text| match text.trim().parse::<usize>() {
        Ok(count) if (least..=most).contains(&count) => Ok(count),
        Ok(value) => Err(ValueError::CountOutOfRange { value, least, most }),
        Err(source) => Err(ValueError::Count { least, most, source }),
    }
}

/// Returns a parser of whole numbers from `least` to `most`, for settings of 32 bits.
pub fn count_u32(least: u16, most: u16) -> impl Fn(&str) -> Result<u32, ValueError> + Clone {
    let count = count_from(least.into(), most.into());
    move |text| count(text).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// Returns a parser of sizes that are given in units of `unit` bytes, from 1 to `most` units; it
/// gives bytes.
pub fn size(unit: usize, most: usize) -> impl Fn(&str) -> Result<usize, ValueError> + Clone {
    let units = count(most);
    move |text| units(text).map(|units| units.saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn values_out_of_range_are_refused_with_the_range() {
        assert_eq!(seconds(0.1, 300.0)(" 2.5 "), Ok(Duration::from_millis(2500)));
        for text in ["0", "301", "-1", "NaN", "inf"] {
            let error = seconds(0.1, 300.0)(text).unwrap_err().to_string();
            assert!(error.ends_with(" is not from 0.1 to 300"), "{text}: {error}");
        }
        let error = seconds(0.0, 1.0)("soon").unwrap_err();
        assert_eq!(error.to_string(), "expected a number of seconds from 0 to 1");
        assert_eq!(error.source().unwrap().to_string(), "invalid float literal");
        assert_eq!(count(10)("10"), Ok(10));
        for (text, told) in [
            ("11", "11 is not from 1 to 10"),
            ("0", "0 is not from 1 to 10"),
            ("-1", "expected a whole number from 1 to 10"),
        ] {
            assert_eq!(count(10)(text).unwrap_err().to_string(), told);
        }
        assert_eq!(count_u32(0, 10)("0"), Ok(0));
        assert_eq!(count_u32(0, 10)("11").unwrap_err().to_string(), "11 is not from 0 to 10");
        assert_eq!(size(1024, 10)("2"), Ok(2048));
        assert_eq!(seconds_text(Duration::from_millis(500)), "0.5");
        assert_eq!(seconds_text(Duration::from_secs(25)), "25");
    }

    #[test]
    fn switches_take_the_usual_words() {
        for text in ["on", "true", "yes", "1", "ON", " True "] {
            assert_eq!(switch(text), Ok(true), "{text}");
        }
        for text in ["off", "false", "no", "0", "Off"] {
            assert_eq!(switch(text), Ok(false), "{text}");
        }
        for text in ["", "maybe", "2"] {
            let error = switch(text).unwrap_err().to_string();
            let told = ["on", "off", "true", "false", "yes", "no", "1", "0"];
            assert!(told.iter().all(|word| error.contains(word)), "{error}");
        }
    }
}
