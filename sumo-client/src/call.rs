//! One call: its request, and the loop of attempts that sends it.

use std::fmt::{self, Display};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::Utc;
use futures_util::StreamExt as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::Instrument as _;
use url::Url;

use crate::client::Client;
use crate::deployment::Deployment;
use crate::envelope::{self, DecodeError};
use crate::error::{CALL_LIMIT, CallFacts, Error, Kind};
use crate::error_answer::MAX_PARSED;
use crate::limit::Limiter;
use crate::observe::CallReport;
use crate::retry::{RetryPolicy, parse_retry_after};
use crate::timeout::Timeouts;
use crate::transport::{BodyStream, TransportErrorKind};

/// A call that is ready to be sent and answers with a `T`.
///
/// Nothing happens until [`send`](Self::send) or [`send_bytes`](Self::send_bytes).
#[must_use = "a call does nothing until it is sent"]
pub struct Call<T> {
    client: Client,
    operation: &'static str,
    method: Method,
    /// The path, or why there is none.
    path: Result<String, String>,
    query: Vec<(String, String)>,
    body: Option<Result<Bytes, String>>,
    decode: fn(&[u8]) -> Result<T, DecodeError>,
    limits: CallLimits,
}

#[derive(Clone, Copy)]
struct CallLimits {
    deadline: Option<Instant>,
    retry: RetryPolicy,
    timeouts: Timeouts,
    repeatable: bool,
}

/// The path under which Cloud SIEM lives.
const SIEM: &str = "/api/sec/v1";

/// The path under which the platform API lives.
const PLATFORM: &str = "/api/v1";

/// Everything but the unreserved characters of RFC 3986 is encoded, in paths and in queries.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The header in which a gateway may name the request.
const REQUEST_ID: &str = "x-request-id";

impl<T: DeserializeOwned> Call<T> {
    /// A call of Cloud SIEM that reads. `ids` fill the `{…}` of the path in order.
    pub(crate) fn get(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::GET, path, ids)
    }

    /// A call of Cloud SIEM that creates or carries out something.
    pub(crate) fn post(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::POST, path, ids)
    }

    /// A call of Cloud SIEM that sets something.
    pub(crate) fn put(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::PUT, path, ids)
    }

    /// A call of Cloud SIEM that removes something.
    pub(crate) fn delete(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::DELETE, path, ids)
    }

    /// A call of Cloud SIEM, whose answers stand in the envelope.
    fn siem(client: &Client, operation: &'static str, method: Method, path: &str, ids: &[&str]) -> Self {
        let path = fill(path, ids).map(|path| format!("{SIEM}{path}"));
        Self::new(client.clone(), operation, method, path, envelope::decode)
    }

    /// A call of the platform API, whose answers stand alone.
    pub(crate) fn platform(
        client: &Client,
        operation: &'static str,
        method: Method,
        path: &str,
        ids: &[&str],
    ) -> Self {
        let path = fill(path, ids).map(|path| format!("{PLATFORM}{path}"));
        Self::new(client.clone(), operation, method, path, envelope::decode_bare)
    }

    pub(crate) fn raw(client: Client, method: Method, path: String) -> Self {
        let path = if is_plain_path(&path) {
            Ok(path)
        } else {
            Err(format!("`{path}` is no path; start it with `/`, encode ids in it, and give the query apart"))
        };
        Self::new(client, "raw", method, path, envelope::decode)
    }

    /// Reads an answer that has no envelope around it. Only for raw calls; the others know what they get.
    pub fn bare(self) -> Self {
        Self { decode: envelope::decode_bare, ..self }
    }
}

impl<T> Call<T> {
    fn new(
        client: Client,
        operation: &'static str,
        method: Method,
        path: Result<String, String>,
        decode: fn(&[u8]) -> Result<T, DecodeError>,
    ) -> Self {
        let limits = CallLimits {
            deadline: None,
            retry: client.shared.retry,
            timeouts: client.shared.timeouts,
            repeatable: method == Method::GET || method == Method::HEAD,
        };
        Self { client, operation, method, path, query: Vec::new(), body: None, decode, limits }
    }

    pub(crate) fn decoded_by(self, decode: fn(&[u8]) -> Result<T, DecodeError>) -> Self {
        Self { decode, ..self }
    }

    /// Sets a query parameter; setting it again replaces it. Blanks are sent as `%20`.
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        self.query.retain(|(present, _)| present != name);
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets a query parameter to a list joined by commas; an empty list removes it.
    pub(crate) fn query_list(self, name: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        if values.is_empty() {
            return Self {
                query: self.query.into_iter().filter(|(present, _)| present != name).collect(),
                ..self
            };
        }
        self.query(name, values.join(","))
    }

    /// Sets a query parameter to a list sent as one parameter for each value.
    pub(crate) fn query_each(mut self, name: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        self.query.retain(|(present, _)| present != name);
        self.query.extend(values.into_iter().map(|value| (name.to_owned(), value.to_string())));
        self
    }

    /// The value of a query parameter that was set.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }

    /// Sends this as the JSON body.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(body).map(Bytes::from).map_err(|error| error.to_string());
        Self { body: Some(body), ..self }
    }

    /// Sends this as the JSON body, wrapped as `{"fields": …}` like most writes of Cloud SIEM.
    pub(crate) fn fields(self, fields: &(impl Serialize + ?Sized)) -> Self {
        #[derive(Serialize)]
        struct Wrapped<'a, F: ?Sized> {
            fields: &'a F,
        }
        self.json(&Wrapped { fields })
    }

    /// Gives the call up when this moment has come. A call whose turn at the limiter cannot come before it fails at
    /// once, see [`Error::is_rate_limit_deadline`].
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.limits.deadline = Some(deadline);
        self
    }

    /// Retries this call by a policy of its own.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.limits.retry = retry;
        self
    }

    /// Uses other time limits for this call.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.limits.timeouts = timeouts;
        self
    }

    /// Says whether sending the call twice does no harm, so that it may be retried even when the first attempt may
    /// have been carried out. Set for calls that only read.
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.limits.repeatable = repeatable;
        self
    }

    /// The operation, named as in the vendor's API description; `raw` for a raw call.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Sends the call and reads its answer.
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send(self) -> Result<T, Error> {
        self.send_response().await.map(Response::into_body)
    }

    /// Sends the call and gives the answer with its status and headers.
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send_response(self) -> Result<Response<T>, Error> {
        let decode = self.decode;
        self.run(|bytes| decode(&bytes)).await
    }

    /// Sends the call and gives the body of a successful answer as it is. Limits, retries, errors and the cap on the
    /// body are the same as for [`send`](Self::send); only the decoding is left to you, see
    /// [`envelope`](crate::envelope).
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send_bytes(self) -> Result<Response<Bytes>, Error> {
        self.run(Ok).await
    }

    async fn run<B>(
        self,
        decode: impl FnOnce(Bytes) -> Result<B, DecodeError>,
    ) -> Result<Response<B>, Error> {
        let span = tracing::debug_span!(
            "sumo_client.call",
            otel.name = self.operation,
            http.request.method = self.method.as_str(),
            server.address = self.client.shared.deployment.api_host(),
            http.response.status_code = tracing::field::Empty,
            attempts = tracing::field::Empty,
            outcome = tracing::field::Empty,
        );
        let observed = span.clone();
        async move {
            let mut progress = Progress::new();
            let outcome = match self.attempts(&mut progress).await {
                Ok(answer) => answer.decoded(decode),
                Err(error) => Err(error),
            };
            let outcome = outcome.map_err(|error| error.with_call(self.facts(&progress)));
            let report = progress.report(self.operation, &outcome);
            observed.record("attempts", report.attempts);
            observed.record("outcome", report.outcome());
            if let Some(status) = report.status {
                observed.record("http.response.status_code", status.as_u16());
            }
            if let Some(observer) = &self.client.shared.observer {
                observer.call_ended(&report);
            }
            outcome
        }
        .instrument(span)
        .await
    }

    /// Sends attempts until one succeeds or no other is allowed.
    async fn attempts(&self, progress: &mut Progress) -> Result<Response<Bytes>, Error> {
        let retry = self.limits.retry;
        let call_end = progress.started + self.limits.timeouts.call;
        let end = self.limits.deadline.map_or(call_end, |deadline| deadline.min(call_end));
        let retry_end = end.min(progress.started + retry.max_total);
        loop {
            let (limiter, error) = match self.attempt(end, progress).await {
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

    async fn attempt(&self, end: Instant, progress: &mut Progress) -> Result<Response<Bytes>, Failed> {
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
        match self.exchange(request, end, progress).await {
            Ok(answer) => {
                limiter.budget.refund();
                Ok(answer)
            }
            Err(error) => Err(Failed { limiter: Some(limiter), error }),
        }
    }

    /// Sends the request and reads the whole answer.
    async fn exchange(
        &self,
        request: http::Request<Bytes>,
        end: Instant,
        progress: &mut Progress,
    ) -> Result<Response<Bytes>, Error> {
        let clock = AttemptClock::start(self.limits.timeouts, end);
        let sent = clock.limit(self.client.shared.transport.send(request)).await?;
        let (head, body) = sent.map_err(Error::from_transport)?.into_parts();
        progress.status = Some(head.status);
        if head.status.is_success() {
            let body =
                self.read_body(&head.headers, body, clock).await.map_err(|e| e.with_status(head.status))?;
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

    async fn read_body(
        &self,
        headers: &HeaderMap,
        mut body: BodyStream,
        clock: AttemptClock,
    ) -> Result<Bytes, Error> {
        let cap = self.client.shared.max_body_bytes;
        let announced: Option<usize> =
            headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length| length > cap) {
            return Err(Error::too_large(cap));
        }
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        while let Some(chunk) = clock.limit(body.next()).await? {
            let chunk = chunk.map_err(Error::from_transport)?;
            if first.len() + whole.len() + chunk.len() > cap {
                return Err(Error::too_large(cap));
            }
            if first.is_empty() && whole.is_empty() {
                first = chunk;
                continue;
            }
            if whole.is_empty() {
                whole.reserve(announced.unwrap_or_default());
                whole.extend_from_slice(&std::mem::take(&mut first));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(if whole.is_empty() { first } else { whole.freeze() })
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

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            operation: self.operation,
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            body: self.body.clone(),
            decode: self.decode,
            limits: self.limits,
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A successful answer with what came around its body.
#[derive(Clone, Debug)]
pub struct Response<B> {
    status: StatusCode,
    headers: HeaderMap,
    body: B,
    attempts: u32,
}

impl<B> Response<B> {
    /// The status, always one of success.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &B {
        &self.body
    }

    /// The body alone.
    pub fn into_body(self) -> B {
        self.body
    }

    /// The id that a gateway gave the request, when it names one.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get(REQUEST_ID)?.to_str().ok()
    }

    /// How many attempts it took.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl Response<Bytes> {
    fn decoded<B>(self, decode: impl FnOnce(Bytes) -> Result<B, DecodeError>) -> Result<Response<B>, Error> {
        let Self { status, headers, body, attempts } = self;
        // Bytes are shared, not copied.
        match decode(body.clone()) {
            Ok(body) => Ok(Response { status, headers, body, attempts }),
            Err(error) => Err(undecodable(status, &body, error)),
        }
    }
}

/// A success whose body carries errors instead of data is reported with what these say.
fn undecodable(status: StatusCode, body: &[u8], error: DecodeError) -> Error {
    let (path, excerpt, source) = error.into_parts();
    Error::decode(&path, &excerpt, source).with_answer(body).with_status(status)
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

    fn report<'a, B>(&self, operation: &'a str, outcome: &'a Result<B, Error>) -> CallReport<'a> {
        CallReport {
            operation,
            status: self.status,
            error: outcome.as_ref().err(),
            attempts: self.attempts,
            limiter_wait: self.limiter_wait,
            duration: self.started.elapsed(),
        }
    }
}

/// A failed attempt; without a limiter it failed before anything was sent, and is not made again.
struct Failed {
    limiter: Option<std::sync::Arc<Limiter>>,
    error: Error,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { limiter: None, error }
    }
}

/// The time limits that hold within one attempt.
#[derive(Clone, Copy)]
struct AttemptClock {
    read: Duration,
    attempt_end: Instant,
    call_end: Instant,
}

impl AttemptClock {
    fn start(timeouts: Timeouts, call_end: Instant) -> Self {
        Self { read: timeouts.read, attempt_end: Instant::now() + timeouts.attempt, call_end }
    }

    /// Waits for the next thing to arrive, as long as every limit allows.
    async fn limit<O>(&self, arriving: impl Future<Output = O>) -> Result<O, Error> {
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

/// Puts ids into the `{…}` of a path, encoded.
fn fill(template: &str, ids: &[&str]) -> Result<String, String> {
    let mut path = String::with_capacity(template.len() + 40);
    let mut ids = ids.iter();
    for segment in template.split('/').skip(1) {
        path.push('/');
        if !segment.starts_with('{') {
            path.push_str(segment);
            continue;
        }
        let name = segment.trim_matches(['{', '}']);
        let id = ids.next().copied().unwrap_or_default();
        // These would lead to another path: URLs drop `.` and `..`, encoded or not.
        if matches!(id, "" | "." | "..") {
            return Err(format!("`{id}` cannot be the {name} in {template}"));
        }
        path.extend(utf8_percent_encode(id, RESERVED));
    }
    Ok(path)
}

fn is_plain_path(path: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'\\');
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(allowed)
        && !path
            .split('/')
            .any(|segment| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."))
}
