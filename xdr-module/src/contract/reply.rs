//! The envelope of every reply to Cisco XDR: data, errors, or both, always at HTTP status 200.
//!
//! A module answers `{"data": …}` when all went well, `{"errors": […]}` when nothing could be
//! answered, and both when there is something to show beside a warning.
//!
//! ```
//! use xdr_module::contract::reply::{ErrorItem, Reply};
//!
//! let warning = ErrorItem::warning("too-many-messages-warning", "More was found.");
//! let reply = Reply::partial("found", [warning]);
//! assert!(reply.to_bytes()?.starts_with(br#"{"data":"found","errors":[{"type":"warning""#));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;

use bytes::Bytes;
use poem_openapi::{Enum, Object};
use serde::{Serialize, Serializer};

/// The weight of an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ErrorLevel {
    /// The request could not be answered.
    Fatal,
    /// A part failed. XDR knows this level; most modules use the other two only.
    Error,
    /// The answer stands, but it is not complete.
    Warning,
}

/// One entry of `errors` in a reply; XDR shows `message` to the analyst.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Serialize, Object)]
#[non_exhaustive]
pub struct ErrorItem {
    /// `fatal` when the request could not be answered; `error` or `warning` when a part of the
    /// answer is missing.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    pub level: ErrorLevel,
    /// A stable text that programs may compare, such as `authorization error`.
    pub code: String,
    /// The description for people.
    pub message: String,
}

impl ErrorItem {
    /// Creates an error that leaves the request unanswered.
    pub fn fatal(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: ErrorLevel::Fatal, code: code.into(), message: message.into() }
    }

    /// Creates an error that stands beside data and names the missing part.
    pub fn warning(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: ErrorLevel::Warning, code: code.into(), message: message.into() }
    }

    /// Creates the error for a token that was refused.
    pub fn authorization(reason: impl fmt::Display) -> Self {
        Self::fatal("authorization error", format!("Authorization failed: {reason}"))
    }

    /// Creates the error for a body that was refused.
    pub fn invalid_argument(reason: impl Into<String>) -> Self {
        Self::fatal("invalid argument", reason)
    }

    /// Creates the error for `/watchdog` without its header.
    pub fn health_check_failed() -> Self {
        Self::fatal("health check failed", "Invalid Health Check")
    }

    /// Creates the error for work that was not done when the deadline came.
    pub fn timeout(seconds: f64) -> Self {
        Self::fatal("timeout", format!("The request was not answered within {seconds} s."))
    }
}

/// A reply to XDR: data, errors, or both.
///
/// Written as the envelope: errors without data leave `data` out, and neither gives `{"data":{}}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply<T> {
    /// The requested data, when there is any.
    pub data: Option<T>,
    /// Errors, in the order in which they happened.
    pub errors: Vec<ErrorItem>,
}

impl<T> Reply<T> {
    /// Creates a reply with data alone.
    pub fn data(data: T) -> Self {
        Self { data: Some(data), errors: Vec::new() }
    }

    /// Creates a reply with neither data nor errors: nothing is known.
    pub fn nothing() -> Self {
        Self { data: None, errors: Vec::new() }
    }

    /// Creates a reply with one error alone.
    pub fn error(error: ErrorItem) -> Self {
        Self { data: None, errors: vec![error] }
    }

    /// Creates a reply with data and the errors about its missing parts.
    pub fn partial(data: T, errors: impl IntoIterator<Item = ErrorItem>) -> Self {
        Self { data: Some(data), errors: errors.into_iter().collect() }
    }

    /// Returns the same reply with other data.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Reply<U> {
        Reply { data: self.data.map(map), errors: self.errors }
    }

    /// Returns the error that explains the outcome: the first that is fatal, or else the first.
    pub fn first_error(&self) -> Option<&ErrorItem> {
        self.errors.iter().find(|error| error.level == ErrorLevel::Fatal).or_else(|| self.errors.first())
    }

    /// Returns the outcome of the request as logs and metrics name it.
    pub fn outcome(&self) -> RequestOutcome {
        if self.errors.iter().any(|error| error.level == ErrorLevel::Fatal) {
            return RequestOutcome::Fatal;
        }
        if self.errors.is_empty() { RequestOutcome::Success } else { RequestOutcome::Warning }
    }
}

impl<T> From<ErrorItem> for Reply<T> {
    fn from(error: ErrorItem) -> Self {
        Self::error(error)
    }
}

impl<T> From<Result<T, ErrorItem>> for Reply<T> {
    fn from(result: Result<T, ErrorItem>) -> Self {
        result.map_or_else(Self::error, Self::data)
    }
}

impl<E: Into<ctim::Entity>> FromIterator<E> for Reply<ctim::EntityLists> {
    /// Puts each entity into its list. Entities that no list of a reply may hold are left out, with
    /// a warning in the log.
    fn from_iter<I: IntoIterator<Item = E>>(entities: I) -> Self {
        let mut lists = ctim::EntityLists::default();
        for entity in entities {
            if let Err(error) = lists.add(entity) {
                tracing::warn!(%error, "an entity has no place in a reply");
            }
        }
        Self::data(lists)
    }
}

impl<T> FromIterator<T> for Reply<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::data(items.into_iter().collect())
    }
}

impl<T: Serialize> Reply<T> {
    /// Returns the JSON text of the reply.
    ///
    /// # Errors
    /// Returns an error if `T` cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }
}

impl<T: Serialize> Serialize for Reply<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;

        let mut map = serializer.serialize_map(None)?;
        match &self.data {
            Some(data) => map.serialize_entry("data", data)?,
            None if self.errors.is_empty() => map.serialize_entry("data", &Empty {})?,
            None => {}
        }
        if !self.errors.is_empty() {
            map.serialize_entry("errors", &self.errors)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Empty {}

/// The outcome of a request as logs and metrics name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum RequestOutcome {
    /// Data without errors.
    Success,
    /// Data, or nothing found, beside warnings.
    Warning,
    /// The request was not answered.
    Fatal,
    /// The token was refused.
    Unauthorized,
    /// The request itself was refused with an HTTP error status.
    Refused,
    /// The request was turned away since too many others were worked on.
    Overloaded,
    /// A defect of the module.
    Defect,
    /// The caller went away before the reply.
    Abandoned,
    /// The request did not end in time when the server was told to stop.
    Cut,
}

impl RequestOutcome {
    /// All outcomes.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::Warning,
        Self::Fatal,
        Self::Unauthorized,
        Self::Refused,
        Self::Overloaded,
        Self::Defect,
        Self::Abandoned,
        Self::Cut,
    ];

    /// Returns true if a request that was well made has no answer.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Success | Self::Warning | Self::Unauthorized | Self::Refused)
    }

    /// Returns the name of the outcome in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Fatal => "fatal",
            Self::Unauthorized => "unauthorized",
            Self::Refused => "refused",
            Self::Overloaded => "overloaded",
            Self::Defect => "defect",
            Self::Abandoned => "abandoned",
            Self::Cut => "cut",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T: Serialize>(reply: &Reply<T>) -> String {
        String::from_utf8(reply.to_bytes().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn data_and_errors_stand_as_the_contract_says() {
        let error = ErrorItem::health_check_failed();
        let json = r#"{"type":"fatal","code":"health check failed","message":"Invalid Health Check"}"#;
        assert_eq!(written(&Reply::data(1)), r#"{"data":1}"#);
        assert_eq!(written(&Reply::<u8>::error(error.clone())), format!(r#"{{"errors":[{json}]}}"#));
        assert_eq!(written(&Reply::partial(1, [error])), format!(r#"{{"data":1,"errors":[{json}]}}"#));
        assert_eq!(written(&Reply::<u8>::nothing()), r#"{"data":{}}"#);
    }

    #[test]
    fn the_worst_error_names_the_outcome() {
        let warning = ErrorItem::warning("too-many-messages-warning", "more");
        let fatal = ErrorItem::health_check_failed();
        assert_eq!(Reply::data(1).outcome(), RequestOutcome::Success);
        assert_eq!(Reply::partial(1, [warning.clone()]).outcome(), RequestOutcome::Warning);
        assert_eq!(Reply::<u8> { data: None, errors: vec![warning, fatal] }.outcome(), RequestOutcome::Fatal);
    }

    #[test]
    fn results_become_replies() {
        let fatal = ErrorItem::health_check_failed();
        assert_eq!(Reply::from(Ok(1)), Reply::data(1));
        assert_eq!(Reply::<u8>::from(Err(fatal.clone())), Reply::error(fatal));
    }
}
