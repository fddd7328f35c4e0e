//! What Cisco XDR reads: data, errors, or both, always at HTTP status 200.
//!
//! A module answers `{"data": …}` when all went well, `{"errors": […]}` when nothing could be
//! answered, and both when there is something to show beside a warning. See "Errors" in the README.
//!
//! ```
//! use relay_server::envelope::{Envelope, ErrorItem};
//!
//! let answer = Envelope { data: Some("found"), errors: vec![ErrorItem::more_insights("203.0.113.66")] };
//! assert!(answer.to_bytes()?.starts_with(br#"{"data":"found","errors":[{"type":"warning""#));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use poem_openapi::{Enum, Object};
use serde::{Serialize, Serializer};

/// How much an [`ErrorItem`] takes away from the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum ErrorLevel {
    /// The question could not be answered.
    Fatal,
    /// Something failed; XDR knows this level, the relay does not send it.
    Error,
    /// The answer stands, but it is not the whole truth.
    Warning,
}

/// One line of trouble in an answer; XDR shows `message` to the analyst.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Serialize, Object)]
pub struct ErrorItem {
    /// `fatal`, `error` or `warning`.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    pub level: ErrorLevel,
    /// A stable text that programs may compare: one of the codes in the README's table of errors.
    pub code: String,
    /// What happened, for people.
    pub message: String,
}

impl ErrorItem {
    fn fatal(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: ErrorLevel::Fatal, code: code.into(), message: message.into() }
    }

    fn warning(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: ErrorLevel::Warning, code: code.into(), message: message.into() }
    }

    /// The request's token was not accepted, for `reason`.
    pub fn authorization(reason: impl fmt::Display) -> Self {
        Self::fatal("authorization error", format!("Authorization failed: {reason}"))
    }

    /// The request's body was not accepted, for `reason`.
    pub fn invalid_argument(reason: impl Into<String>) -> Self {
        Self::fatal("invalid argument", reason)
    }

    /// The Cloud SIEM API at `url` could not be reached.
    pub fn connection(url: impl fmt::Display) -> Self {
        Self::fatal(
            "connection error",
            format!(
                "Unable to connect to Sumo Logic Cloud SIEM, validate the configured API endpoint: {url}"
            ),
        )
    }

    /// The certificate of the Cloud SIEM API was not accepted, for `reason`.
    pub fn certificate(reason: impl fmt::Display) -> Self {
        Self::fatal("unknown", format!("Unable to verify SSL certificate: {reason}"))
    }

    /// The Cloud SIEM API answered with an error status; `text` says more.
    pub fn upstream_status(status: StatusCode, text: impl fmt::Display) -> Self {
        let phrase = status.canonical_reason().unwrap_or("unknown");
        Self::fatal(phrase, format!("Unexpected response from Sumo Logic Cloud SIEM: {text}"))
    }

    /// The Cloud SIEM API answered with success, but not with what it documents.
    pub fn upstream_answer(text: impl fmt::Display) -> Self {
        Self::fatal("unknown", format!("Unexpected response from Sumo Logic Cloud SIEM: {text}"))
    }

    /// `/watchdog` was called without its header.
    pub fn health_check_failed() -> Self {
        Self::fatal("health check failed", "Invalid Health Check")
    }

    /// Cloud SIEM holds more insights for `value` than are searched.
    pub fn more_insights(value: &str) -> Self {
        Self::warning(
            TOO_MANY,
            format!(
                "More than 10 Insights found in Sumo Logic Cloud SIEM Enterprise for {value}. Log in to the Sumo \
                 Logic Cloud SIEM Enterprise console to see all Insights"
            ),
        )
    }

    /// Cloud SIEM holds more signals for `value` than are searched.
    pub fn more_signals(value: &str) -> Self {
        Self::warning(
            TOO_MANY,
            format!(
                "More Signals found in Sumo Logic Cloud SIEM Enterprise for {value} than can be rendered. Log in to \
                 the Sumo Logic Cloud SIEM Enterprise console to see all Signals"
            ),
        )
    }

    /// Lists of the answer were cut: `lists` names each with what was left out.
    pub fn lists_cut(lists: impl fmt::Display, limit: usize) -> Self {
        Self::warning(
            TOO_MANY,
            format!(
                "More was found in Sumo Logic Cloud SIEM Enterprise than an answer may hold ({limit} entities a \
                 list); left out: {lists}. Log in to the Sumo Logic Cloud SIEM Enterprise console to see all"
            ),
        )
    }

    /// Observables that were not searched, or only in part; `observables` names each with the reason.
    pub fn search_unfinished(observables: impl fmt::Display) -> Self {
        Self::warning(
            "search job did not finish",
            format!("The search in Sumo Logic Cloud SIEM Enterprise did not finish for: {observables}"),
        )
    }
}

const TOO_MANY: &str = "too-many-messages-warning";

/// An answer to XDR: data, errors, or both.
///
/// Errors without data leave `data` out; neither gives `{"data":{}}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Envelope<T> {
    /// What was asked for, when there is any.
    pub data: Option<T>,
    /// What went wrong, in the order in which it happened.
    pub errors: Vec<ErrorItem>,
}

impl<T> Envelope<T> {
    /// An answer with data alone.
    pub fn data(data: T) -> Self {
        Self { data: Some(data), errors: Vec::new() }
    }

    /// An answer with one error alone.
    pub fn error(error: ErrorItem) -> Self {
        Self { data: None, errors: vec![error] }
    }

    /// What the request log says about this answer.
    pub fn outcome(&self) -> Outcome {
        if self.errors.iter().any(|error| error.level == ErrorLevel::Fatal) {
            return Outcome::Fatal;
        }
        if self.errors.is_empty() { Outcome::Success } else { Outcome::Warning }
    }
}

impl<T> From<ErrorItem> for Envelope<T> {
    fn from(error: ErrorItem) -> Self {
        Self::error(error)
    }
}

/// Room for an answer without entities, in bytes.
const USUAL_BYTES: usize = 1024;

impl<T: Serialize> Envelope<T> {
    /// The bytes of the answer.
    ///
    /// # Errors
    /// When `T` cannot be written as JSON, which none of the relay's own types does.
    pub fn to_bytes(&self) -> Result<Bytes, serde_json::Error> {
        self.to_bytes_with_room(0)
    }

    /// The bytes of the answer, with room for data of about `data_bytes` made beforehand, so that writing it seldom moves
    /// what is written already.
    pub(crate) fn to_bytes_with_room(&self, data_bytes: usize) -> Result<Bytes, serde_json::Error> {
        let mut bytes = Vec::with_capacity(USUAL_BYTES + data_bytes);
        serde_json::to_writer(&mut bytes, self)?;
        Ok(bytes.into())
    }
}

impl<T: Serialize> Serialize for Envelope<T> {
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
pub enum Outcome {
    /// Data without trouble.
    Success,
    /// Data, or nothing found, beside warnings.
    Warning,
    /// The question was not answered.
    Fatal,
    /// The request itself was refused with an HTTP error status.
    Refused,
}

impl Outcome {
    /// The name of the outcome in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Fatal => "fatal",
            Self::Refused => "refused",
        }
    }
}

/// The body of an answer outside of the contract: no such path, wrong method, overload, a defect.
///
/// These keep their HTTP status, and the shape that modules of this kind always had.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Object)]
pub struct HttpFault {
    /// The HTTP status.
    pub code: u16,
    /// What happened, for people.
    pub message: String,
    /// A stable name that programs may compare, such as `relay_server.NotFound`.
    pub reason: String,
}

impl HttpFault {
    /// A fault named `name`; `message` says what happened and what to do.
    pub fn new(status: StatusCode, name: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: status.as_u16(),
            message: message.into().into_owned(),
            reason: format!("relay_server.{name}"),
        }
    }

    /// No endpoint has this path.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NotFound",
            "The relay has no such endpoint; /openapi.json lists those it has.",
        )
    }

    /// The endpoint does not know this method.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The endpoint does not know this method; /openapi.json lists those it knows.",
        )
    }

    /// A defect of the relay; `request_id` finds it in the log.
    pub fn internal(request_id: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            format!("Something went wrong in the relay. Its log tells more under request id {request_id}."),
        )
    }

    /// The relay has as much to do as it takes on at once.
    pub fn overloaded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The relay is busy. Try again after the time in the Retry-After header.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T: Serialize>(envelope: &Envelope<T>) -> String {
        String::from_utf8(envelope.to_bytes().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn data_and_errors_stand_as_the_contract_says() {
        let error = ErrorItem::health_check_failed();
        let json = r#"{"type":"fatal","code":"health check failed","message":"Invalid Health Check"}"#;
        assert_eq!(written(&Envelope::data(1)), r#"{"data":1}"#);
        assert_eq!(written(&Envelope::<u8>::error(error.clone())), format!(r#"{{"errors":[{json}]}}"#));
        assert_eq!(
            written(&Envelope { data: Some(1), errors: vec![error] }),
            format!(r#"{{"data":1,"errors":[{json}]}}"#)
        );
        assert_eq!(written(&Envelope::<u8> { data: None, errors: vec![] }), r#"{"data":{}}"#);
    }

    #[test]
    fn texts_are_those_xdr_users_know() {
        assert_eq!(
            ErrorItem::more_insights("a").message,
            "More than 10 Insights found in Sumo Logic Cloud SIEM Enterprise for a. Log in to the Sumo Logic Cloud \
             SIEM Enterprise console to see all Insights"
        );
        assert_eq!(
            ErrorItem::more_signals("a").message,
            "More Signals found in Sumo Logic Cloud SIEM Enterprise for a than can be rendered. Log in to the Sumo \
             Logic Cloud SIEM Enterprise console to see all Signals"
        );
        let unauthorized =
            ErrorItem::upstream_status(StatusCode::UNAUTHORIZED, "wrong access_id or access_key");
        assert_eq!(unauthorized.code, "Unauthorized");
    }

    #[test]
    fn the_worst_error_names_the_outcome() {
        let warning = ErrorItem::more_signals("a");
        let fatal = ErrorItem::health_check_failed();
        assert_eq!(Envelope::data(1).outcome(), Outcome::Success);
        assert_eq!(Envelope { data: Some(1), errors: vec![warning.clone()] }.outcome(), Outcome::Warning);
        assert_eq!(Envelope::<u8> { data: None, errors: vec![warning, fatal] }.outcome(), Outcome::Fatal);
    }
}
