//! A helper that the examples share.

use std::error::Error;

/// The argument at this place of the command line.
///
/// # Errors
/// Returns an error if it is missing, with `meaning` in the text.
pub fn argument(place: usize, meaning: &str) -> Result<String, Box<dyn Error>> {
    std::env::args().nth(place).ok_or_else(|| format!("argument {place} is missing: {meaning}").into())
}
