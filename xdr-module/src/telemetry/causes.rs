//! Errors with their causes, as one text for one field of a log line.

use std::error::Error;
use std::fmt;

/// Displays an error and all its causes: `no connection: connect failed: connection refused`.
///
/// ```
/// use xdr_module::telemetry::causes::Causes;
///
/// let error = std::io::Error::other("the disk is full");
/// assert_eq!(Causes(&error).to_string(), "the disk is full");
/// ```
#[derive(Debug)]
pub struct Causes<'a>(pub &'a (dyn Error + 'a));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.to_string();
        f.write_str(&shown)?;
        for cause in std::iter::successors(self.0.source(), |error| (*error).source()) {
            let cause = cause.to_string();
            // Some errors repeat their cause in their own text, at its end or before an address.
            if !shown.contains(&cause) {
                write!(f, ": {cause}")?;
                shown.push_str(&cause);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no key set")]
    struct Outer(#[source] std::io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("no key set: {0}")]
    struct Repeating(#[source] std::io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("no key set: {0} [https://example.com]")]
    struct WithAddress(#[source] std::io::Error);

    #[test]
    fn each_cause_is_named_once() {
        let cause = || std::io::Error::other("connection refused");
        assert_eq!(Causes(&Outer(cause())).to_string(), "no key set: connection refused");
        assert_eq!(Causes(&Repeating(cause())).to_string(), "no key set: connection refused");
        let told = Causes(&WithAddress(cause())).to_string();
        assert_eq!(told, "no key set: connection refused [https://example.com]");
    }
}
