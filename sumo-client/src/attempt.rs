//! The loop of attempts that sends a call.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use futures_util::StreamExt as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::{Instrument as _, Span};
use url::Url;

use crate::attempt_clock::AttemptClock;
use crate::body::ArrivingBody;
use crate::circuit::{self, CircuitOpen};
use crate::client::Client;
use crate::connection::{Connection, OnConnection};
use crate::credentials::Fingerprint;
use crate::deployment::Deployment;
use crate::error::{CallFacts, Error, Kind};
use crate::error_answer::MAX_PARSED;
use crate::instrumentation::CallReport;
use crate::limit::{Limiter, NoTurn, RequestGroup, Turn};
use crate::response::{REQUEST_ID, Response};
use crate::retry::{RetryPolicy, parse_retry_after};
use crate::timeout::{Timeouts, after};
use crate::transport::{BodyStream, CallAttempt, TransportErrorKind};

/// The content of a call, apart from the type of its answer, so that the loop of attempts is
/// compiled once.
#[derive(Clone)]
pub(crate) struct CallRequest {
    pub(crate) client: Client,
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// The path, or why there is none.
    pub(crate) path: Result<String, String>,
    pub(crate) query: Vec<(String, String)>,
    /// Headers beside those of every call, or why one cannot be sent.
    pub(crate) headers: Result<HeaderMap, String>,
    pub(crate) body: Option<Result<Body, String>>,
    pub(crate) group: RequestGroup,
    pub(crate) limits: CallLimits,
}

/// The body of a request.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: HeaderValue,
}

#[derive(Clone, Copy)]
pub(crate) struct CallLimits {
    pub(crate) deadline: Option<Instant>,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeouts: Timeouts,
    pub(crate) repeatable: bool,
}

/// The share of the time that is left that one attempt may take, so that a lost answer is asked for
/// again in time.
const ATTEMPT_SHARE: f64 = 0.4;

/// The least time of an attempt that another one may follow.
const MIN_ATTEMPT: Duration = Duration::from_secs(5);

/// The time for which an attempt that was given up still counts as in flight, since the server
/// learns of it a little later.
const UNTIL_NOTICED: Duration = Duration::from_millis(100);

/// Everything but the unreserved characters of RFC 3986 is encoded, in paths and in queries.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl CallRequest {
    /// Sends the call, makes something of the body with `finish`, and reports how it went.
    pub(crate) async fn send<B, F>(self, finish: impl FnOnce(Bytes) -> F) -> Result<Response<B>, Error>
    where
        F: Future<Output = Result<B, Error>>,
    {
        let span = self.span();
        let mut running =
            RunningCall { request: &self, progress: Progress::new(), span: span.clone(), is_over: false };
        let outcome = match self.attempts(&mut running.progress).instrument(span).await {
            Ok(answer) => {
                let outcome = answer.try_map(finish).await;
                running.progress.may_be_done |= outcome.as_ref().is_err_and(Error::leaves_it_open);
                outcome
            }
            Err(error) => Err(error),
        };
        let outcome = outcome.map_err(|error| error.with_call(self.facts(&running.progress)));
        running.end(outcome.as_ref().err());
        outcome
    }

    fn span(&self) -> Span {
        tracing::info_span!(
            "sumo_client.call",
            otel.kind = "client",
            otel.name = self.operation,
            http.request.method = self.method.as_str(),
            server.address = self.client.shared.deployment.api_host(),
            http.response.status_code = tracing::field::Empty,
            attempts = tracing::field::Empty,
            outcome = tracing::field::Empty,
        )
    }

    fn report(&self, progress: &Progress, error: Option<&Error>, is_abandoned: bool, span: &Span) {
        let report = CallReport {
            operation: self.operation,
            status: progress.status,
            error,
            attempts: progress.attempts,
            limiter_wait: progress.limiter_wait,
            duration: progress.started.elapsed(),
            is_abandoned,
        };
        span.record("attempts", report.attempts);
        span.record("outcome", report.outcome());
        if let Some(status) = report.status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(instrumentation) = &self.client.shared.instrumentation {
            instrumentation.call_ended(&report);
        }
    }

    /// Sends attempts until one succeeds or no other is allowed.
    async fn attempts(&self, progress: &mut Progress) -> Result<Response<Bytes>, Error> {
        let retry = self.limits.retry;
        let call_end = after(progress.started, self.limits.timeouts.call);
        let end = self.limits.deadline.map_or(call_end, |deadline| deadline.min(call_end));
        let retry_end = self.retry_end(end, progress);
        let mut last = None;
        loop {
            let Failed { limiter, error, may_pass } = match self.attempt(end, progress).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let Some(limiter) = limiter else {
                // That no other attempt was sent says less than why the last one failed.
                let is_unsent = error.is_circuit_open() || error.is_rate_limit_deadline();
                return Err(last.filter(|_| is_unsent).unwrap_or(error));
            };
            progress.may_be_done |= error.leaves_it_open();
            if error.is_rate_limited() {
                let asked = error.retry_after().map_or(limiter.window(), |asked| retry.capped(asked));
                limiter.silence_until(after(Instant::now(), asked));
            }
            let is_final = !may_pass && !may_send_again(&error, self.limits.repeatable);
            if progress.attempts >= retry.max_attempts || is_final {
                return Err(error);
            }
            let next = after(Instant::now(), retry.pause(progress.attempts, error.retry_after()));
            if next >= retry_end || !limiter.budget.withdraw() {
                return Err(error);
            }
            tracing::debug!(%error, attempt = progress.attempts, "trying again");
            last = Some(error);
            sleep_until(next).await;
        }
    }

    async fn attempt(&self, end: Instant, progress: &mut Progress) -> Result<Response<Bytes>, Failed> {
        let shared = &self.client.shared;
        let credentials = match timeout_at(end, shared.credentials.credentials()).await {
            Ok(Ok(credentials)) => credentials,
            Ok(Err(error)) => return Err(Error::no_credentials(error).into()),
            Err(_elapsed) => return Err(Error::deadline().into()),
        };
        let mut request = self.request(credentials.authorization())?;
        let limiter = shared.limiters.limiter(&shared.deployment, &credentials);
        let asked = Instant::now();
        if asked >= end {
            return Err(Error::deadline().into());
        }
        shared.circuit_breakers.check(&shared.deployment).map_err(circuit_open)?;
        let pair = credentials.fingerprint();
        let turn_end = if progress.attempts == 0 { end } else { self.retry_end(end, progress) };
        let turn = limiter.turn(pair, &self.group, turn_end).await;
        progress.limiter_wait += asked.elapsed();
        let turn = Arc::new(turn.map_err(no_turn)?);
        let circuit = shared.circuit_breakers.attempt(&shared.deployment).map_err(circuit_open)?;
        progress.attempts += 1;
        let extensions = request.extensions_mut();
        extensions.insert(CallAttempt { operation: self.operation, attempt: progress.attempts });
        let (told, connection) = watch::channel(None);
        extensions.insert(on_connection(&turn, told));
        let in_flight = InFlight(Some(turn));
        let outcome = self.exchange(request, connection, circuit, end, progress).await;
        if !outcome.as_ref().is_err_and(is_given_up) {
            in_flight.end();
        }
        let may_pass = note_credentials(&limiter, pair, &outcome, progress.attempts);
        match outcome {
            Ok(answer) => {
                limiter.budget.refund();
                Ok(answer)
            }
            Err(error) => Err(Failed { limiter: Some(limiter), error, may_pass }),
        }
    }

    /// Sends the request and reads the whole answer.
    async fn exchange(
        &self,
        request: http::Request<Bytes>,
        connection: watch::Receiver<Option<Connection>>,
        circuit: circuit::Attempt,
        end: Instant,
        progress: &mut Progress,
    ) -> Result<Response<Bytes>, Error> {
        let clock = AttemptClock::start(self.limits.timeouts, self.attempt_time(end, progress), end);
        let began = Instant::now();
        let sent = clock.limit_sending(self.client.shared.transport.send(request), connection).await;
        let sent = sent.and_then(|sent| sent.map_err(Error::from_transport));
        note_circuit(circuit, sent.as_ref().err(), began.elapsed());
        let (head, body) = sent?.into_parts();
        progress.status = Some(head.status);
        if head.status.is_success() {
            let shared = &self.client.shared;
            let (cap, budget) = (shared.max_body_bytes, shared.body_budget.as_ref());
            let read = match ArrivingBody::new(&head.headers, body, clock, cap, budget) {
                Ok(body) => body.read().await,
                Err(error) => Err(error),
            };
            let body = read.map_err(|error| error.with_status(head.status))?;
            return Ok(Response {
                status: head.status,
                headers: head.headers,
                body,
                attempts: progress.attempts,
            });
        }
        if let Some(right) = self.other_deployment(head.status, &head.headers) {
            return Err(Error::wrong_deployment(right).with_status(head.status));
        }
        let body = read_start(body, clock).await;
        let header = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let retry_after = header(RETRY_AFTER.as_str()).and_then(|value| parse_retry_after(value, Utc::now()));
        Err(Error::from_answer(head.status, &body)
            .with_retry_after(retry_after)
            .with_header_request_id(header(REQUEST_ID)))
    }

    /// Returns the moment until which an attempt after the first may begin.
    fn retry_end(&self, end: Instant, progress: &Progress) -> Instant {
        end.min(after(progress.started, self.limits.retry.max_total))
    }

    /// Returns the time that one attempt may take: a share of the time that is left while another
    /// attempt can follow a lost one.
    fn attempt_time(&self, end: Instant, progress: &Progress) -> Duration {
        let limits = &self.limits;
        let left = self.retry_end(end, progress).saturating_duration_since(Instant::now());
        let is_last = !limits.repeatable || progress.attempts >= limits.retry.max_attempts;
        if is_last || left <= MIN_ATTEMPT {
            return limits.timeouts.attempt;
        }
        limits.timeouts.attempt.min(left.mul_f64(ATTEMPT_SHARE).max(MIN_ATTEMPT))
    }

    fn request(&self, authorization: HeaderValue) -> Result<http::Request<Bytes>, Error> {
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(self.url()?)
            .header(AUTHORIZATION, authorization)
            .header(USER_AGENT, &self.client.shared.user_agent)
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        let body = match &self.body {
            None => Bytes::new(),
            Some(Ok(body)) => {
                request = request.header(CONTENT_TYPE, &body.content_type);
                body.bytes.clone()
            }
            Some(Err(reason)) => return Err(Error::invalid_request(reason.clone())),
        };
        let request = request.body(body);
        let mut request =
            request.map_err(|error| Error::invalid_request("its address is invalid").caused_by(error))?;
        let headers = self.headers.as_ref().map_err(|reason| Error::invalid_request(reason.clone()))?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value.clone());
        }
        Ok(request)
    }

    fn url(&self) -> Result<String, Error> {
        let path = self.path.as_ref().map_err(|reason| Error::invalid_request(reason.clone()))?;
        let mut url = format!("{}{path}", self.client.shared.base_url);
        let mut separator = '?';
        for (name, value) in &self.query {
            url.push(separator);
            url.extend(utf8_percent_encode(name, RESERVED));
            url.push('=');
            url.extend(utf8_percent_encode(value, RESERVED));
            separator = '&';
        }
        Ok(url)
    }

    /// Returns the other host that a redirect leads to.
    fn other_deployment(&self, status: StatusCode, headers: &HeaderMap) -> Option<Deployment> {
        if !status.is_redirection() {
            return None;
        }
        let right = location_host(&self.client.shared.base_url, headers)?;
        (right != self.client.shared.deployment).then_some(right)
    }

    fn facts(&self, progress: &Progress) -> CallFacts {
        CallFacts {
            operation: Some(self.operation.to_owned()),
            method: Some(self.method.clone()),
            url: self.path.as_ref().ok().map(|path| format!("{}{path}", self.client.shared.base_url)),
            attempts: progress.attempts,
            elapsed: progress.started.elapsed(),
            may_be_done: progress.may_be_done,
        }
    }
}

/// The place in flight of an attempt. Unless it ends, the attempt was given up, by this crate or by
/// a caller that dropped its future, and keeps its place for [`UNTIL_NOTICED`].
struct InFlight(Option<Arc<Turn>>);

impl InFlight {
    fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(turn) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                sleep(UNTIL_NOTICED).await;
                drop(turn);
            });
        }
    }
}

/// Returns true if the server may still be at work on an attempt that failed like this.
fn is_given_up(error: &Error) -> bool {
    matches!(error.kind(), Kind::Timeout | Kind::Deadline | Kind::TooLarge | Kind::BodyBudgetDeadline)
}

/// Tells the attempt of its connection, and the limiter when it is open, unless the attempt is over
/// by then.
fn on_connection(turn: &Arc<Turn>, told: watch::Sender<Option<Connection>>) -> OnConnection {
    let turn = Arc::downgrade(turn);
    OnConnection::new(move |connection| {
        told.send_replace(Some(connection));
        if connection == Connection::Open {
            turn.upgrade().inspect(|turn| turn.connected());
        }
    })
}

fn no_turn(reason: NoTurn) -> Error {
    match reason {
        NoTurn::TooLate { earliest } => {
            Error::rate_limit_deadline(earliest.saturating_duration_since(Instant::now()))
        }
        NoTurn::Refused(refusal) => {
            Error::remembered_refusal(refusal.until.saturating_duration_since(Instant::now()))
                .with_answer(refusal.answer)
        }
    }
}

fn circuit_open(open: CircuitOpen) -> Error {
    Error::circuit_open(open.retry_after)
}

/// Tells the circuit breaker how the attempt went.
fn note_circuit(circuit: circuit::Attempt, error: Option<&Error>, took: Duration) {
    match error.map(Error::kind) {
        None => circuit.answered(),
        // A deadline that was too short says nothing of the deployment.
        Some(Kind::Deadline) if took < MIN_ATTEMPT => {}
        Some(Kind::Connect | Kind::Timeout | Kind::Deadline | Kind::Interrupted) => circuit.failed(),
        Some(_) => {}
    }
}

/// Tells the limiter what an answer says of the credentials. Gateways may answer 429, 5xx, and
/// 4xx of requests that they do not like, without a look at them.
///
/// Returns true if the credentials were refused at the first attempt, and may be valid.
fn note_credentials(
    limiter: &Limiter,
    credentials: Fingerprint,
    outcome: &Result<Response<Bytes>, Error>,
    attempts: u32,
) -> bool {
    let status = match outcome {
        Ok(answer) => Some(answer.status),
        Err(error) => error.status(),
    };
    match (status, outcome) {
        (Some(StatusCode::UNAUTHORIZED), Err(_)) if attempts == 1 && limiter.doubted(credentials) => {
            return true;
        }
        (Some(StatusCode::UNAUTHORIZED), Err(error)) => limiter.refused(credentials, error.answer().clone()),
        (Some(status), _) if status.is_success() || status == StatusCode::FORBIDDEN => {
            limiter.accepted(credentials);
        }
        _ => {}
    }
    false
}

/// The progress of a call.
struct Progress {
    started: Instant,
    attempts: u32,
    limiter_wait: Duration,
    status: Option<StatusCode>,
    /// True if an attempt may have been carried out.
    may_be_done: bool,
}

impl Progress {
    fn new() -> Self {
        let (limiter_wait, status) = (Duration::ZERO, None);
        Self { started: Instant::now(), attempts: 0, limiter_wait, status, may_be_done: false }
    }
}

/// A call that is reported once: when it ends, or when it is dropped before.
struct RunningCall<'a> {
    request: &'a CallRequest,
    progress: Progress,
    span: Span,
    is_over: bool,
}

impl RunningCall<'_> {
    fn end(mut self, error: Option<&Error>) {
        self.is_over = true;
        self.request.report(&self.progress, error, false, &self.span);
    }
}

impl Drop for RunningCall<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.request.report(&self.progress, None, true, &self.span);
        }
    }
}

/// A failed attempt; without a limiter it failed before anything was sent, and is not made again.
struct Failed {
    limiter: Option<Arc<Limiter>>,
    error: Error,
    /// True for a refusal of credentials that may be valid.
    may_pass: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { limiter: None, error, may_pass: false }
    }
}

/// Reads the start of an error answer; whatever goes wrong while reading it, what came so far is of
/// use.
async fn read_start(mut body: BodyStream, clock: AttemptClock) -> Vec<u8> {
    let mut start = Vec::new();
    while start.len() < MAX_PARSED {
        match clock.limit(body.next()).await {
            Ok(Some(Ok(chunk))) => start.extend_from_slice(&chunk),
            Ok(Some(Err(_)) | None) | Err(_) => break,
        }
    }
    start.truncate(MAX_PARSED);
    start
}

/// Returns true if the same request may go out again after this error.
fn may_send_again(error: &Error, repeatable: bool) -> bool {
    match error.kind() {
        // Nothing was carried out: no connection, or refused at the door.
        Kind::Connect | Kind::RateLimited => true,
        Kind::Timeout if error.transport_kind() == Some(TransportErrorKind::ConnectTimeout) => true,
        Kind::Timeout | Kind::Interrupted => repeatable,
        Kind::Server => repeatable && matches!(error.status().map(|s| s.as_u16()), Some(502..=504)),
        _ => false,
    }
}

/// Returns the deployment that a `Location` leads to.
pub(crate) fn location_host(base_url: &str, headers: &HeaderMap) -> Option<Deployment> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let url = Url::parse(base_url).ok()?.join(location).ok()?;
    let host = url.host_str()?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Deployment::from_api_host(&host).ok()
}

#[cfg(test)]
#[cfg(feature = "reqwest")]
mod tests {
    use super::*;
    use crate::credentials::Credentials;
    use crate::transport::{SendFuture, Transport, TransportError};

    const SECOND: Duration = Duration::from_secs(1);

    /// Takes 11 seconds to open a connection or to fail, and never answers.
    struct SlowToConnect {
        opens: bool,
    }

    impl Transport for SlowToConnect {
        fn send(
            &self,
            request: http::Request<Bytes>,
        ) -> SendFuture<'_, Result<http::Response<BodyStream>, TransportError>> {
            Box::pin(async move {
                let on_connection: &OnConnection = request.extensions().get().unwrap();
                on_connection.tell(Connection::Opening);
                sleep(11 * SECOND).await;
                if self.opens {
                    on_connection.tell(Connection::Open);
                    return std::future::pending().await;
                }
                Err(TransportError::new(TransportErrorKind::ConnectTimeout, "too slow"))
            })
        }
    }

    async fn comment_on(transport: SlowToConnect) -> Error {
        let builder = Client::builder(Deployment::US1, Credentials::new("id", "key"));
        let client = builder.transport(Arc::new(transport)).build().unwrap();
        let comment = client.insights().add_comment("x", "text");
        comment.timeouts(Timeouts::default().connect(20 * SECOND)).send().await.unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_to_connect_is_not_one_without_an_answer() {
        let error = comment_on(SlowToConnect { opens: false }).await;
        assert!(error.is_connect() && error.attempts() > 1, "{error}");
        // It may have been carried out, and is not sent again.
        let began = Instant::now();
        let error = comment_on(SlowToConnect { opens: true }).await;
        assert!(error.is_timeout() && !error.is_connect() && error.attempts() == 1, "{error}");
        assert_eq!(began.elapsed(), 21 * SECOND);
    }
}
