//! The one error type of this crate.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::deployment::Deployment;
use crate::error_answer::ErrorAnswer;
use crate::transport::{TransportError, TransportErrorKind};

/// The reason why a call failed.
///
/// Ask the predicates ([`is_rate_limited`](Self::is_rate_limited), [`is_timeout`](Self::is_timeout)
/// …) what to do about it, and the accessors for the details. Retries are over when an error
/// reaches you: trying again at once is of no use. Credentials are never part of it, nor the query
/// of the URL.
///
/// `Display` is one line, `{:?}` adds the causes, as for an error that `main` returns, `{:#?}` has
/// every detail, and `source` leads to the cause.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: Kind,
    call: CallFacts,
    status: Option<StatusCode>,
    answer: ErrorAnswer,
    body: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    right_deployment: Option<Deployment>,
    reason: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The call and its progress.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallFacts {
    pub(crate) operation: Option<String>,
    pub(crate) method: Option<http::Method>,
    pub(crate) url: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    /// True if an attempt may have been carried out.
    pub(crate) may_be_done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Authentication,
    RememberedRefusal,
    WrongDeployment,
    Forbidden,
    NotFound,
    RateLimited,
    /// The server refused the request itself: 400, 405, 415 and the like.
    Rejected,
    Server,
    UnexpectedStatus,
    Timeout,
    /// The time for the whole call ran out.
    Deadline,
    Connect,
    Tls,
    Interrupted,
    Decode,
    TooLarge,
    RateLimitDeadline,
    BodyBudgetDeadline,
    CircuitOpen,
    InvalidRequest,
    /// The client could not be set up; never of a call.
    Configuration,
    Credentials,
    Listing,
}

/// The most of an error answer that is kept, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// The most of a message of the server that `Display` prints, in bytes.
const MAX_SHOWN: usize = 300;

impl Error {
    /// The words that [`CallReport::outcome`](crate::CallReport::outcome) has for failed and
    /// abandoned calls.
    pub const OUTCOMES: [&'static str; 22] = [
        "abandoned",
        Kind::Authentication.label(),
        Kind::RememberedRefusal.label(),
        Kind::WrongDeployment.label(),
        Kind::Forbidden.label(),
        Kind::NotFound.label(),
        Kind::RateLimited.label(),
        Kind::Rejected.label(),
        Kind::Server.label(),
        Kind::UnexpectedStatus.label(),
        Kind::Timeout.label(),
        Kind::Connect.label(),
        Kind::Tls.label(),
        Kind::Interrupted.label(),
        Kind::Decode.label(),
        Kind::TooLarge.label(),
        Kind::RateLimitDeadline.label(),
        Kind::BodyBudgetDeadline.label(),
        Kind::CircuitOpen.label(),
        Kind::InvalidRequest.label(),
        Kind::Credentials.label(),
        Kind::Listing.label(),
    ];

    fn new(kind: Kind) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                call: CallFacts::default(),
                status: None,
                answer: ErrorAnswer::default(),
                body: None,
                request_id: None,
                retry_after: None,
                right_deployment: None,
                reason: None,
                source: None,
            }),
        }
    }

    /// Creates the error that an answer with this status and body gives; for tests of your own
    /// code.
    ///
    /// ```
    /// use sumo_client::Error;
    ///
    /// let body = r#"{"status": 429, "code": "rate.limit.exceeded", "message": "slow"}"#;
    /// let error = Error::from_status(429, body);
    /// assert!(error.is_rate_limited());
    /// assert_eq!(error.code(), Some("rate.limit.exceeded"));
    /// ```
    pub fn from_status(status: u16, body: &str) -> Self {
        // A number that no status can have is treated as an unknown failure of the server.
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::from_answer(status, body.as_bytes())
    }

    pub(crate) fn from_answer(status: StatusCode, body: &[u8]) -> Self {
        let mut error = Self::new(kind_of_status(status));
        let answer = ErrorAnswer::parse(body);
        error.inner.status = Some(status);
        error.inner.request_id.clone_from(&answer.id);
        error.inner.answer = answer;
        error.inner.body = (!body.is_empty()).then(|| bounded_text(body));
        error
    }

    /// Creates the error of an answer that leads to another deployment; for tests of your own code.
    pub fn wrong_deployment(right: Deployment) -> Self {
        let mut error = Self::new(Kind::WrongDeployment);
        error.inner.status = Some(StatusCode::MOVED_PERMANENTLY);
        error.inner.right_deployment = Some(right);
        error
    }

    /// Creates the error of a transport that gave no whole answer; also for tests of your own code.
    pub fn from_transport(source: TransportError) -> Self {
        let mut error = Self::new(match source.kind() {
            TransportErrorKind::Connect => Kind::Connect,
            TransportErrorKind::Tls => Kind::Tls,
            TransportErrorKind::ConnectTimeout | TransportErrorKind::Timeout => Kind::Timeout,
            TransportErrorKind::Interrupted => Kind::Interrupted,
            TransportErrorKind::Misconfigured => Kind::InvalidRequest,
        });
        error.inner.reason = tls_reason(&source).or_else(|| Some(innermost(&source).to_string()));
        error.inner.source = Some(Box::new(source));
        error
    }

    /// Creates the error of a call that took too long, saying which limit it met; for tests of your
    /// own code. [`deadline`](Self::deadline) is that of the whole call's limit.
    pub fn timeout(limit: impl Into<String>) -> Self {
        Self::new(Kind::Timeout).reason(limit)
    }

    /// Creates the error of a call whose deadline passed, or whose time ran out; for calls that you
    /// give up yourself, and for tests of your own code.
    ///
    /// ```
    /// use sumo_client::Error;
    ///
    /// let error = Error::deadline();
    /// assert!(error.is_deadline() && error.is_timeout());
    /// assert!(!Error::timeout("no byte arrived").is_deadline());
    /// ```
    pub fn deadline() -> Self {
        Self::new(Kind::Deadline).reason("the time for the whole call ran out")
    }

    /// Creates the error of a call that was not sent since its credentials were refused moments
    /// ago; for tests of your own code. `left` is the time until they are sent again.
    pub fn remembered_refusal(left: Duration) -> Self {
        let mut error = Self::new(Kind::RememberedRefusal);
        error.inner.status = Some(StatusCode::UNAUTHORIZED);
        error.inner.retry_after = Some(left);
        error
    }

    /// Creates the error of a call whose turn at the limiter could not come before its deadline;
    /// for tests of your own code. `wait` is how long the wait would have been.
    pub fn rate_limit_deadline(wait: Duration) -> Self {
        let mut error = Self::new(Kind::RateLimitDeadline);
        error.inner.retry_after = Some(wait);
        error
    }

    /// Creates the error of a call for whose answer the [`BodyBudget`](crate::BodyBudget) had no
    /// room before its deadline; for tests of your own code. `waited` is how long it waited for
    /// room.
    pub fn body_budget_deadline(waited: Duration) -> Self {
        Self::new(Kind::BodyBudgetDeadline).reason(format!("waited {waited:.1?} for room in the body budget"))
    }

    /// Creates the error of a call to a deployment that failed to answer several times in a row;
    /// for tests of your own code. `retry_after` is the time after which it is tried again.
    pub fn circuit_open(retry_after: Duration) -> Self {
        let mut error = Self::new(Kind::CircuitOpen);
        error.inner.retry_after = Some(retry_after);
        error
    }

    /// Creates the error of an answer that could not be read as the requested type; for tests of
    /// your own code.
    pub fn decode(path: &str, excerpt: &str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source = source.into();
        let near = if excerpt.is_empty() { String::new() } else { format!(", near `{excerpt}`") };
        Self::unreadable(format!("at `{path}`{near}: {source}"), source)
    }

    /// Creates the error of an answer that could not be read for this reason.
    pub(crate) fn unreadable(
        reason: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::new(Kind::Decode).reason(reason).caused_by(source)
    }

    /// Creates the error of an answer longer than `limit` bytes; for tests of your own code.
    pub fn too_large(limit: usize) -> Self {
        Self::new(Kind::TooLarge).reason(format!("the limit is {limit} bytes after decompression"))
    }

    /// Creates the error of a request that cannot be sent as it is.
    pub(crate) fn invalid_request(reason: impl Into<String>) -> Self {
        Self::new(Kind::InvalidRequest).reason(reason)
    }

    /// Creates the error of a client that cannot be set up.
    pub(crate) fn configuration(reason: impl Into<String>) -> Self {
        Self::new(Kind::Configuration).reason(reason)
    }

    /// Creates the error of a write that a successful answer says was not carried out; for tests of
    /// your own code.
    pub fn not_carried_out() -> Self {
        Self::new(Kind::Rejected).reason("the server answered `ok: false`: it did not carry out the call")
    }

    /// Creates the error of a provider that gave no credentials.
    pub(crate) fn no_credentials(source: Box<dyn StdError + Send + Sync>) -> Self {
        let mut error = Self::new(Kind::Credentials);
        error.inner.source = Some(source);
        error
    }

    /// Creates the error of a listing that cannot go on.
    pub(crate) fn listing(reason: impl Into<String>) -> Self {
        Self::new(Kind::Listing).reason(reason)
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Returns the code and message of the server.
    pub(crate) fn answer(&self) -> &ErrorAnswer {
        &self.inner.answer
    }

    pub(crate) fn with_answer(mut self, answer: ErrorAnswer) -> Self {
        self.inner.answer = answer;
        self
    }

    /// Adds what a successful answer says in its `errors`, which are empty as a rule.
    pub(crate) fn with_errors_of(mut self, body: &[u8]) -> Self {
        self.inner.answer = ErrorAnswer::parse_errors(body);
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.inner.status = Some(status);
        self
    }

    /// Sets the time that the server asked to wait; for tests of your own code.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.inner.retry_after = retry_after;
        self
    }

    pub(crate) fn with_header_request_id(mut self, request_id: Option<&str>) -> Self {
        if self.inner.request_id.is_none() {
            self.inner.request_id = request_id.map(str::to_owned);
        }
        self
    }

    pub(crate) fn with_call(mut self, call: CallFacts) -> Self {
        self.inner.call = call;
        self
    }

    fn reason(mut self, reason: impl Into<String>) -> Self {
        self.inner.reason = Some(reason.into());
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Returns true if the credentials were refused (401), or the provider gave none. Check the
    /// access id and key; a burst of logins can also be answered with 401 although the key is
    /// right.
    pub fn is_authentication(&self) -> bool {
        matches!(self.inner.kind, Kind::Authentication | Kind::RememberedRefusal | Kind::Credentials)
    }

    /// Returns true if the credentials were refused moments ago, so the call was not sent.
    /// [`retry_after`](Self::retry_after) is the time until they will be sent again.
    /// [`is_authentication`](Self::is_authentication) holds too, and the status is that of the
    /// refusal, 401.
    pub fn is_remembered_refusal(&self) -> bool {
        self.inner.kind == Kind::RememberedRefusal
    }

    /// Returns true if the tenant lives on another deployment;
    /// [`right_deployment`](Self::right_deployment) names it.
    pub fn is_wrong_deployment(&self) -> bool {
        self.inner.kind == Kind::WrongDeployment
    }

    /// Returns true if the key is valid but its user lacks the right (403).
    pub fn is_forbidden(&self) -> bool {
        self.inner.kind == Kind::Forbidden
    }

    /// Returns true if the object or path does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.inner.kind == Kind::NotFound
    }

    /// Returns true if the server refused the request itself (400, 405, 409, 415 …); sending it
    /// again will not help.
    pub fn is_rejected(&self) -> bool {
        self.inner.kind == Kind::Rejected
    }

    /// Returns true if the server said that there were too many calls (429).
    pub fn is_rate_limited(&self) -> bool {
        self.inner.kind == Kind::RateLimited
    }

    /// Returns true if the client's own limiter could not give a turn before the call's deadline;
    /// nothing was sent. [`retry_after`](Self::retry_after) is the length of the wait that would
    /// have been needed.
    pub fn is_rate_limit_deadline(&self) -> bool {
        self.inner.kind == Kind::RateLimitDeadline
    }

    /// Returns true if the [`BodyBudget`](crate::BodyBudget) had no room for the answer before the
    /// call's deadline. The same call succeeds once other answers are dropped.
    pub fn is_body_budget_deadline(&self) -> bool {
        self.inner.kind == Kind::BodyBudgetDeadline
    }

    /// Returns true if the deployment failed to answer several times in a row, so the call was not
    /// sent, see [`CircuitBreakers`](crate::CircuitBreakers). [`retry_after`](Self::retry_after) is
    /// the time until one will be.
    pub fn is_circuit_open(&self) -> bool {
        self.inner.kind == Kind::CircuitOpen
    }

    /// Returns true if time ran out: connecting, waiting for bytes, the attempt, or the whole call
    /// with its deadline.
    pub fn is_timeout(&self) -> bool {
        matches!(self.inner.kind, Kind::Timeout | Kind::Deadline)
    }

    /// Returns true if the deadline of the call was the reason, be it while waiting for a turn, for
    /// the answer, or for room for it.
    pub fn is_deadline(&self) -> bool {
        matches!(self.inner.kind, Kind::Deadline | Kind::RateLimitDeadline | Kind::BodyBudgetDeadline)
    }

    /// Returns true if no connection was made: name not found, refused, no route, or not in time.
    pub fn is_connect(&self) -> bool {
        let kind = self.transport_kind();
        self.inner.kind == Kind::Connect || kind == Some(TransportErrorKind::ConnectTimeout)
    }

    /// Returns true if the TLS handshake failed; [`tls_reason`](Self::tls_reason) says why.
    pub fn is_tls(&self) -> bool {
        self.inner.kind == Kind::Tls
    }

    /// Returns true if the connection broke after the request may have been sent.
    pub fn is_interrupted(&self) -> bool {
        self.inner.kind == Kind::Interrupted
    }

    /// Returns true if the answer came but is not what the operation promises. Please report it
    /// with the text of the error.
    pub fn is_decode(&self) -> bool {
        self.inner.kind == Kind::Decode
    }

    /// Returns true if the answer is longer than the client was allowed to read.
    pub fn is_too_large(&self) -> bool {
        self.inner.kind == Kind::TooLarge
    }

    /// Returns true if the server failed (5xx).
    pub fn is_server(&self) -> bool {
        self.inner.kind == Kind::Server
    }

    /// Returns true if the request could not be built: an id that cannot be part of a path, a value
    /// that is not JSON.
    pub fn is_invalid_request(&self) -> bool {
        self.inner.kind == Kind::InvalidRequest
    }

    /// Returns true if the client could not be set up: a variable of the environment is missing or
    /// wrong, or settings are wrong or exclude each other. No call fails this way.
    pub fn is_configuration(&self) -> bool {
        self.inner.kind == Kind::Configuration
    }

    /// Returns true if a listing cannot go on: its token expired, or the server handed out the same
    /// token twice.
    pub fn is_listing(&self) -> bool {
        self.inner.kind == Kind::Listing
    }

    /// Returns true if the same call may succeed later, unchanged.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self.inner.kind,
            Kind::RateLimited
                | Kind::RateLimitDeadline
                | Kind::BodyBudgetDeadline
                | Kind::CircuitOpen
                | Kind::Server
                | Kind::Timeout
                | Kind::Deadline
                | Kind::Connect
                | Kind::Interrupted
        )
    }

    /// Returns the HTTP status, if an answer came.
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.status
    }

    /// Returns the server's code, such as `unauthorized` or `rate.limit.exceeded`.
    pub fn code(&self) -> Option<&str> {
        self.inner.answer.code.as_deref()
    }

    /// Returns the server's message, or the title of an HTML answer.
    pub fn message(&self) -> Option<&str> {
        self.inner.answer.message.as_deref()
    }

    /// Returns the body of the error answer as text, at most 4 KiB of it.
    pub fn body(&self) -> Option<&str> {
        self.inner.body.as_deref()
    }

    /// Returns the URL that was called, without its query.
    pub fn url(&self) -> Option<&str> {
        self.inner.call.url.as_deref()
    }

    /// Returns the id that the server gave the request; name it to the vendor's support.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// Returns the time that the server asked to wait, or that the wait for a turn would have
    /// taken.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Returns the number of attempts that were sent; 0 if none was.
    pub fn attempts(&self) -> u32 {
        self.inner.call.attempts
    }

    /// Returns true if the server may have done what the call asks for, at any of its attempts: the
    /// answer was lost or could not be read, or the server failed. A later attempt that could not
    /// connect or was refused says nothing of an earlier one.
    pub fn may_be_carried_out(&self) -> bool {
        self.inner.call.may_be_done
    }

    /// Returns true if an attempt that ended with this error may have been carried out.
    pub(crate) fn leaves_it_open(&self) -> bool {
        match self.inner.kind {
            Kind::Timeout => self.transport_kind() != Some(TransportErrorKind::ConnectTimeout),
            Kind::Deadline
            | Kind::Interrupted
            | Kind::Decode
            | Kind::TooLarge
            | Kind::BodyBudgetDeadline
            | Kind::Server => true,
            _ => false,
        }
    }

    /// Returns the operation, named as in the vendor's API description: `GetInsights`.
    pub fn operation(&self) -> Option<&str> {
        self.inner.call.operation.as_deref()
    }

    /// Returns the HTTP method of the call.
    pub fn method(&self) -> Option<&http::Method> {
        self.inner.call.method.as_ref()
    }

    /// Returns the time that the call took, all attempts and waits included.
    pub fn elapsed(&self) -> Duration {
        self.inner.call.elapsed
    }

    /// Returns the deployment that the tenant lives on, if the server named it.
    pub fn right_deployment(&self) -> Option<&Deployment> {
        self.inner.right_deployment.as_ref()
    }

    /// Returns the reason why the TLS handshake failed, in short:
    /// `invalid peer certificate: Expired`.
    pub fn tls_reason(&self) -> Option<&str> {
        if self.is_tls() { self.inner.reason.as_deref() } else { None }
    }

    pub(crate) fn transport_kind(&self) -> Option<TransportErrorKind> {
        let source = self.inner.source.as_deref()?;
        source.downcast_ref::<TransportError>().map(TransportError::kind)
    }
}

fn kind_of_status(status: StatusCode) -> Kind {
    match status.as_u16() {
        401 => Kind::Authentication,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        429 => Kind::RateLimited,
        400..=499 => Kind::Rejected,
        500..=599 => Kind::Server,
        _ => Kind::UnexpectedStatus,
    }
}

/// Returns the text of a body, cut at a character boundary.
fn bounded_text(body: &[u8]) -> String {
    let kept = body.get(..MAX_BODY).unwrap_or(body);
    let text = String::from_utf8_lossy(kept);
    let text = if kept.len() < body.len() { text.trim_end_matches('\u{FFFD}') } else { &text };
    cut(text, MAX_BODY).to_owned()
}

/// Returns at most `max` bytes of a text, cut at a character boundary.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

#[cfg(feature = "reqwest")]
fn tls_reason(error: &TransportError) -> Option<String> {
    crate::reqwest_transport::find_tls_error(error).map(ToString::to_string)
}

#[cfg(not(feature = "reqwest"))]
fn tls_reason(_error: &TransportError) -> Option<String> {
    None
}

fn innermost<'e>(error: &'e (dyn StdError + 'static)) -> &'e (dyn StdError + 'static) {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last
}

impl Kind {
    /// Returns a word for metrics.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::RememberedRefusal => "remembered_refusal",
            Self::WrongDeployment => "wrong_deployment",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
            Self::Rejected => "rejected",
            Self::Server => "server",
            Self::UnexpectedStatus => "unexpected_status",
            Self::Timeout | Self::Deadline => "timeout",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Interrupted => "interrupted",
            Self::Decode => "decode",
            Self::TooLarge => "too_large",
            Self::RateLimitDeadline => "rate_limit_deadline",
            Self::BodyBudgetDeadline => "body_budget_deadline",
            Self::CircuitOpen => "circuit_open",
            Self::InvalidRequest => "invalid_request",
            Self::Configuration => "configuration",
            Self::Credentials => "credentials",
            Self::Listing => "listing",
        }
    }

    /// Returns the words before the time of [`Error::retry_after`], where `Display` shows it.
    fn wait_for(self) -> Option<&'static str> {
        match self {
            Self::RateLimitDeadline => Some("the wait would have been"),
            Self::RememberedRefusal => Some("they are sent again in"),
            Self::CircuitOpen => Some("it is tried again in"),
            Self::RateLimited => Some("the server asks to wait for"),
            _ => None,
        }
    }

    fn what_happened(self) -> &'static str {
        match self {
            Self::Authentication => "the credentials were refused; check the access id and the access key",
            Self::RememberedRefusal => "the credentials were refused moments ago, so the call was not sent",
            Self::WrongDeployment => "the tenant lives on another deployment",
            Self::Forbidden => "the access key lacks the right for this",
            Self::NotFound => "not found",
            Self::RateLimited => "too many calls",
            Self::Rejected => "the request was refused",
            Self::Server => "the server failed",
            Self::UnexpectedStatus => "the server answered with an unexpected status",
            Self::Timeout | Self::Deadline => "timed out",
            Self::Connect => "could not connect",
            Self::Tls => "the TLS handshake failed",
            Self::Interrupted => "the connection broke",
            Self::Decode => "the answer could not be read",
            Self::TooLarge => "the answer is too large",
            Self::RateLimitDeadline => "the rate limit leaves no turn before the deadline",
            Self::BodyBudgetDeadline => "no memory for the answer was free before the deadline",
            Self::CircuitOpen => {
                "the deployment failed to answer several times in a row and is left alone for now"
            }
            Self::InvalidRequest => "the request cannot be sent",
            Self::Configuration => "the client cannot be set up",
            Self::Credentials => "no credentials",
            Self::Listing => "the listing cannot go on",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        if let Some(operation) = &inner.call.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(inner.kind.what_happened())?;
        if let Some(right) = &inner.right_deployment {
            write!(f, ", use {right}")?;
        }
        if let Some(status) = inner.status {
            write!(f, " (HTTP {})", status.as_u16())?;
        }
        if let Some(reason) = &inner.reason {
            write!(f, ": {}", OneLine(reason))?;
        }
        match (&inner.answer.code, &inner.answer.message) {
            (Some(code), Some(message)) => write!(f, ": {}: {}", OneLine(code), OneLine(message))?,
            (Some(text), None) | (None, Some(text)) => write!(f, ": {}", OneLine(text))?,
            (None, None) => {}
        }
        if let (Some(wait_for), Some(time)) = (inner.kind.wait_for(), inner.retry_after) {
            write!(f, ": {wait_for} {time:.1?}")?;
        }
        if let Some(url) = &inner.call.url {
            write!(f, " [{url}]")?;
        }
        if inner.call.attempts > 1 {
            write!(f, " after {} attempts", inner.call.attempts)?;
        }
        Ok(())
    }
}

/// Text of others on one line and not without end.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let shown = cut(self.0, MAX_SHOWN);
        for character in shown.chars() {
            f.write_char(if character.is_control() { ' ' } else { character })?;
        }
        if shown.len() < self.0.len() { f.write_char('…') } else { Ok(()) }
    }
}

/// Writes an error and its causes, each on a line of its own.
pub(crate) fn write_causes(f: &mut fmt::Formatter<'_>, error: &dyn StdError) -> fmt::Result {
    let mut shown = error.to_string();
    f.write_str(&shown)?;
    let mut head = "\n\nCaused by:";
    for cause in std::iter::successors(error.source(), |error| (*error).source()) {
        let cause = OneLine(&cause.to_string()).to_string();
        // Some errors tell their cause in their own text.
        if shown.contains(&cause) {
            continue;
        }
        write!(f, "{head}\n    {cause}")?;
        head = "";
        shown.push_str(&cause);
    }
    Ok(())
}

impl fmt::Debug for Error {
    /// Writes the message and its causes; with `{:#?}` every detail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return write_causes(f, self);
        }
        let inner = &*self.inner;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("call", &inner.call)
            .field("status", &inner.status)
            .field("answer", &inner.answer)
            .field("body", &inner.body)
            .field("request_id", &inner.request_id)
            .field("retry_after", &inner.retry_after)
            .field("right_deployment", &inner.right_deployment)
            .field("reason", &inner.reason)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_predicate() {
        type Predicate = fn(&Error) -> bool;
        let table: [(u16, Predicate); 10] = [
            (400, Error::is_rejected),
            (401, Error::is_authentication),
            (403, Error::is_forbidden),
            (404, Error::is_not_found),
            (405, Error::is_rejected),
            (415, Error::is_rejected),
            (429, Error::is_rate_limited),
            (500, Error::is_server),
            (503, Error::is_server),
            (1, Error::is_server),
        ];
        for (status, predicate) in table {
            assert!(predicate(&Error::from_status(status, "")), "{status}");
        }
    }

    #[test]
    fn a_deadline_is_a_timeout_whatever_its_text() {
        let (deadline, other) = (Error::deadline(), Error::timeout("the time for the whole call ran out"));
        assert!(deadline.is_timeout() && deadline.is_temporary() && deadline.is_deadline());
        assert!(deadline.leaves_it_open());
        assert!(other.is_timeout() && !other.is_deadline());
        assert_eq!(deadline.to_string(), "timed out: the time for the whole call ran out");
        assert_eq!(deadline.kind().label(), "timeout");
    }

    #[test]
    fn the_body_is_bounded_and_cut_between_characters() {
        let error = Error::from_status(500, &"é".repeat(5_000));
        assert_eq!(error.body().unwrap().len(), MAX_BODY);
        let error = Error::from_status(500, &format!("x{}", "é".repeat(5_000)));
        assert_eq!(error.body().unwrap().len(), MAX_BODY - 1);
        assert!(error.to_string().lines().count() == 1);
    }

    #[test]
    fn the_display_is_one_line_with_what_where_and_how_often() {
        let error = Error::from_status(503, r#"{"code": "service.unavailable", "message": "come\nback"}"#);
        let error = error.with_call(CallFacts {
            operation: Some("GetInsights".to_owned()),
            url: Some("https://api.sumologic.com/api/sec/v1/insights".to_owned()),
            attempts: 4,
            ..CallFacts::default()
        });
        assert_eq!(
            error.to_string(),
            "GetInsights: the server failed (HTTP 503): service.unavailable: come back \
             [https://api.sumologic.com/api/sec/v1/insights] after 4 attempts"
        );
    }

    #[test]
    fn texts_say_what_to_do_and_when() {
        for (error, text) in [
            (
                Error::from_status(401, r#"{"code": "unauthorized", "message": "Unauthorized"}"#),
                "the credentials were refused; check the access id and the access key (HTTP 401): \
                 unauthorized: Unauthorized",
            ),
            (
                Error::remembered_refusal(Duration::from_millis(9_500)),
                "the credentials were refused moments ago, so the call was not sent (HTTP 401): they are sent again in 9.5s",
            ),
            (
                Error::circuit_open(Duration::from_secs(3)),
                "the deployment failed to answer several times in a row and is left alone for now: it is tried \
                 again in 3.0s",
            ),
            (
                Error::from_status(429, "").with_retry_after(Some(Duration::from_secs(7))),
                "too many calls (HTTP 429): the server asks to wait for 7.0s",
            ),
            (
                Error::configuration("set the environment variable X"),
                "the client cannot be set up: set the environment variable X",
            ),
            (
                Error::decode("data.a", "", "it is odd"),
                "the answer could not be read: at `data.a`: it is odd",
            ),
            (
                Error::decode("data.a", "{x", "it is odd"),
                "the answer could not be read: at `data.a`, near `{x`: it is odd",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn the_debug_form_is_the_message_with_its_causes_and_the_other_one_has_every_detail() {
        let io = std::io::Error::other("connection\nrefused");
        let error = Error::from_transport(TransportError::new(TransportErrorKind::Connect, io));
        assert_eq!(format!("{error:?}"), "could not connect: connection refused");
        let error = Error::no_credentials(Box::new(Error::circuit_open(Duration::from_secs(3))));
        let shown = format!("{error:?}");
        assert!(shown.starts_with("no credentials\n\nCaused by:\n    the deployment failed"), "{shown}");
        let error = Error::from_status(404, "");
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(format!("{error:#?}").starts_with("Error {\n    kind: NotFound"), "{error:#?}");
    }

    #[test]
    fn the_error_is_small_and_can_cross_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
