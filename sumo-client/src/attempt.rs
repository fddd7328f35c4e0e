//! The loop of attempts that sends a call.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use futures_util::StreamExt as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{Instrument as _, Span};
use url::Url;

use crate::body::{ArrivingBody, Receive};
use crate::call::Response;
use crate::client::Client;
use crate::deployment::Deployment;
use crate::error::{CALL_LIMIT, CallFacts, Error, Kind};
use crate::error_answer::MAX_PARSED;
use crate::limit::Limiter;
use crate::observe::CallReport;
use crate::retry::{RetryPolicy, parse_retry_after};
use crate::timeout::Timeouts;
use crate::transport::{BodyStream, TransportErrorKind};

/// What a call sends and how; apart from the type of its answer, so that the loop of attempts is compiled once.
#[derive(Clone)]
pub(crate) struct CallRequest {
    pub(crate) client: Client,
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// The path, or why there is none.
    pub(crate) path: Result<String, String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Result<Bytes, String>>,
    pub(crate) limits: CallLimits,
}

#[derive(Clone, Copy)]
pub(crate) struct CallLimits {
    pub(crate) deadline: Option<Instant>,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeouts: Timeouts,
    pub(crate) repeatable: bool,
}

/// Everything but the unreserved characters of RFC 3986 is encoded, in paths and in queries.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The header in which a gateway may name the request.
pub(crate) const REQUEST_ID: &str = "x-request-id";

impl CallRequest {
    /// Sends the call, has its answer received, makes something of that with `finish`, and tells who wants to know.
    pub(crate) async fn send<R: Receive, B>(
        self,
        receive: R,
        finish: impl FnOnce(R::Output) -> Result<B, Error>,
    ) -> Result<Response<B>, Error> {
        let span = self.span();
        let mut progress = Progress::new();
        let outcome = self.attempts(&receive, &mut progress).instrument(span.clone()).await;
        let outcome = outcome.and_then(|answer| answer.try_map(finish));
        let outcome = outcome.map_err(|error| error.with_call(self.facts(&progress)));
        self.report(&progress, outcome.as_ref().err(), &span);
        outcome
    }

    fn span(&self) -> Span {
        tracing::debug_span!(
            "sumo_client.call",
            otel.name = self.operation,
            http.request.method = self.method.as_str(),
            server.address = self.client.shared.deployment.api_host(),
            http.response.status_code = tracing::field::Empty,
            attempts = tracing::field::Empty,
            outcome = tracing::field::Empty,
        )
    }

    fn report(&self, progress: &Progress, error: Option<&Error>, span: &Span) {
        let report = CallReport {
            operation: self.operation,
            status: progress.status,
            error,
            attempts: progress.attempts,
            limiter_wait: progress.limiter_wait,
            duration: progress.started.elapsed(),
        };
        span.record("attempts", report.attempts);
        span.record("outcome", report.outcome());
        if let Some(status) = report.status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(observer) = &self.client.shared.observer {
            observer.call_ended(&report);
        }
    }

    /// Sends attempts until one succeeds or no other is allowed.
    async fn attempts<R: Receive>(
        &self,
        receive: &R,
        progress: &mut Progress,
    ) -> Result<Response<R::Output>, Error> {
        let retry = self.limits.retry;
        let call_end = progress.started + self.limits.timeouts.call;
        let end = self.limits.deadline.map_or(call_end, |deadline| deadline.min(call_end));
        let retry_end = end.min(progress.started + retry.max_total);
        loop {
            let (limiter, error) = match self.attempt(receive, end, progress).await {
                Ok(answer) => return Ok(answer),
                Err(Failed { limiter, error }) => (limiter, error),
            };
            let Some(limiter) = limiter else { return Err(error) };
            if error.is_rate_limited() {
                let asked = error.retry_after().map_or(limiter.window(), |asked| retry.capped(asked));
                limiter.silence_until(Instant::now() + asked);
            }
            if progress.attempts >= retry.max_attempts || !may_send_again(&error, self.limits.repeatable) {
                return Err(error);
            }
            let next = Instant::now() + retry.pause(progress.attempts, error.retry_after());
            if next >= retry_end || !limiter.budget.withdraw() {
                return Err(error);
            }
            tracing::debug!(%error, attempt = progress.attempts, "trying again");
            sleep_until(next).await;
        }
    }

    async fn attempt<R: Receive>(
        &self,
        receive: &R,
        end: Instant,
        progress: &mut Progress,
    ) -> Result<Response<R::Output>, Failed> {
        let shared = &self.client.shared;
        let credentials = match timeout_at(end, shared.credentials.credentials()).await {
            Ok(Ok(credentials)) => credentials,
            Ok(Err(error)) => return Err(Error::no_credentials(error).into()),
            Err(_elapsed) => return Err(Error::timeout(CALL_LIMIT).into()),
        };
        let request = self.request(credentials.authorization())?;
        let limiter = shared.limiters.limiter(&shared.deployment, &credentials);
        let asked = Instant::now();
        if asked >= end {
            return Err(Error::timeout(CALL_LIMIT).into());
        }
        let turn = limiter.turn(end).await;
        progress.limiter_wait += asked.elapsed();
        let _turn = turn.map_err(|late| {
            Error::rate_limit_deadline(late.earliest.saturating_duration_since(Instant::now()))
        })?;
        progress.attempts += 1;
        match self.exchange(request, receive, &limiter, end, progress).await {
            Ok(answer) => {
                limiter.budget.refund();
                Ok(answer)
            }
            Err(error) => Err(Failed { limiter: Some(limiter), error }),
        }
    }

    /// Sends the request and reads the whole answer.
    async fn exchange<R: Receive>(
        &self,
        request: http::Request<Bytes>,
        receive: &R,
        limiter: &Limiter,
        end: Instant,
        progress: &mut Progress,
    ) -> Result<Response<R::Output>, Error> {
        let clock = AttemptClock::start(self.limits.timeouts, end);
        let sent = clock.limit(self.client.shared.transport.send(request)).await?;
        let (head, body) = sent.map_err(Error::from_transport)?.into_parts();
        limiter.answered(Instant::now());
        progress.status = Some(head.status);
        if head.status.is_success() {
            let arriving = ArrivingBody::new(&head.headers, body, clock, self.client.shared.max_body_bytes);
            let received = match arriving {
                Ok(body) => receive.receive(body).await,
                Err(error) => Err(error),
            };
            let body = received.map_err(|error| error.with_status(head.status))?;
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
                request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                body.clone()
            }
            Some(Err(reason)) => {
                return Err(Error::invalid_request(format!("its body is no JSON: {reason}")));
            }
        };
        request.body(body).map_err(|error| Error::invalid_request("its address is invalid").caused_by(error))
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

    /// The other host that a redirect leads to.
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
        }
    }
}

/// How far a call has got.
struct Progress {
    started: Instant,
    attempts: u32,
    limiter_wait: Duration,
    status: Option<StatusCode>,
}

impl Progress {
    fn new() -> Self {
        Self { started: Instant::now(), attempts: 0, limiter_wait: Duration::ZERO, status: None }
    }
}

/// A failed attempt; without a limiter it failed before anything was sent, and is not made again.
struct Failed {
    limiter: Option<Arc<Limiter>>,
    error: Error,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { limiter: None, error }
    }
}

/// The time limits that hold within one attempt.
#[derive(Clone, Copy)]
pub(crate) struct AttemptClock {
    read: Duration,
    attempt_end: Instant,
    call_end: Instant,
}

impl AttemptClock {
    pub(crate) fn start(timeouts: Timeouts, call_end: Instant) -> Self {
        Self { read: timeouts.read, attempt_end: Instant::now() + timeouts.attempt, call_end }
    }

    /// Waits for the next thing to arrive, as long as every limit allows.
    pub(crate) async fn limit<O>(&self, arriving: impl Future<Output = O>) -> Result<O, Error> {
        let read_end = Instant::now() + self.read;
        let end = read_end.min(self.attempt_end).min(self.call_end);
        timeout_at(end, arriving).await.map_err(|_elapsed| {
            Error::timeout(if end == self.call_end {
                CALL_LIMIT
            } else if end == self.attempt_end {
                "the time for one attempt ran out"
            } else {
                "the server sent nothing for too long"
            })
        })
    }
}

/// The start of an error answer; whatever goes wrong while reading it, what came so far is of use.
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

/// Whether the same request may go out again after this error.
fn may_send_again(error: &Error, repeatable: bool) -> bool {
    match error.kind() {
        // Nothing was carried out: no connection, or refused at the door.
        Kind::Connect | Kind::RateLimited => true,
        Kind::Timeout if error.transport_kind() == Some(TransportErrorKind::ConnectTimeout) => true,
        Kind::Timeout => repeatable && !error.is_deadline(),
        Kind::Interrupted => repeatable,
        Kind::Server => repeatable && matches!(error.status().map(|s| s.as_u16()), Some(502..=504)),
        _ => false,
    }
}

/// The deployment that a `Location` leads to.
pub(crate) fn location_host(base_url: &str, headers: &HeaderMap) -> Option<Deployment> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let url = Url::parse(base_url).ok()?.join(location).ok()?;
    let host = url.host_str()?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Deployment::from_api_host(&host).ok()
}
