//! Numbers that keep the form in which they were read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A finite JSON number, written back as it was read: `10` stays `10` and `10.0` stays `10.0`.
///
/// ```
/// use ctim::Number;
///
/// let score = Number::from_f64(7.5);
/// assert_eq!(score.map(|score| score.as_f64()), Some(7.5));
/// assert_eq!(Number::from_f64(f64::NAN), None);
/// assert_eq!(Number::from(10).to_string(), "10");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(serde_json::Number);

impl Number {
    /// Returns the number for a float; none for infinities and NaN, which JSON cannot write.
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        serde_json::Number::from_f64(number).map(Self)
    }

    /// Returns the nearest float.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.0.as_f64().unwrap_or(f64::NAN)
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Number {
            fn from(number: $integer) -> Self {
                Self(number.into())
            }
        })*
    };
}

from_integer!(u8, u16, u32, u64, i8, i16, i32, i64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
