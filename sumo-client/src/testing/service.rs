//! From a request to its answer: the checks of the gateway, faults, operations, and the record of it all.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use url::form_urlencoded;

use super::api::{self, Call};
use super::body::{AnswerBody, ResetSwitch, reset_error};
use super::console;
use super::fault::{Fault, FaultKind, Faults};
use super::limit::{Gate, Passage, Refused};
use super::operation::{Operation, Route, route};
use super::record::{Arrival, CallNumber, Recorder};
use super::reply::{ApiError, Reply};
use super::store::Store;

/// Whose key it is that a call came with.
#[derive(Clone, Debug)]
pub(super) enum KeyHolder {
    /// A user of this deployment.
    Here,
    /// A user of the deployment with this base URL.
    Elsewhere(String),
}

/// The access keys that are known, by access id.
#[derive(Default)]
pub(super) struct Keys {
    known: HashMap<String, (String, KeyHolder)>,
}

/// The ids only: the keys are secret even here, for tests may run with real ones.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.known.keys()).finish()
    }
}

impl Keys {
    pub(super) fn insert(&mut self, access_id: String, access_key: String, holder: KeyHolder) {
        self.known.insert(access_id, (access_key, holder));
    }

    fn holder(&self, access_id: &str, access_key: &str) -> Option<&KeyHolder> {
        let (key, holder) = self.known.get(access_id)?;
        (key == access_key).then_some(holder)
    }
}

/// All of the stand-in except its sockets.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) keys: Keys,
    pub(super) gate: Arc<Gate>,
    pub(super) faults: Faults,
    pub(super) recorder: Recorder,
    pub(super) store: Mutex<Store>,
    pub(super) latency: Duration,
    pub(super) body_limit: usize,
}

/// A call that is recorded and let in, or refused.
struct Received {
    number: CallNumber,
    operation: Option<Operation>,
    /// The answer so far.
    reply: Reply,
    /// Faults hit only calls that came through the gateway.
    fault: Option<Fault>,
    passage: Option<Passage>,
}

impl Service {
    /// Answers a request. An error means that the connection breaks before anything is answered.
    pub(super) async fn answer<B>(
        &self,
        request: Request<B>,
        reset: ResetSwitch,
    ) -> io::Result<Response<AnswerBody>>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let page = console::page(&self.store(), request.method(), request.uri());
        if let Some(page) = page {
            return respond(page, FaultKind::None, reset).await;
        }
        let received = self.receive(request).await;
        let fault = received.fault.unwrap_or_else(|| Fault::delay(Duration::ZERO));
        let delay = self.latency.saturating_add(fault.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let response = respond(received.reply, fault.kind, reset).await?;
        self.recorder.answered(received.number, response.status());
        tracing::trace!(operation = ?received.operation, status = %response.status(), "stand-in answers");
        Ok(response.map(|body| body.with_passage(received.passage)))
    }

    async fn receive<B>(&self, request: Request<B>) -> Received
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let at = self.store().clock.elapsed();
        let (parts, body) = request.into_parts();
        let route = route(&parts.method, parts.uri.path());
        let operation = match route {
            Route::Operation(operation, _) => Some(operation),
            Route::WrongMethod | Route::Unknown => None,
        };
        let credentials = basic_credentials(&parts.headers);
        let admission = self.admit(credentials.as_ref(), &parts);
        let body = read_body(body, self.body_limit).await;
        let query = decoded_query(parts.uri.query());
        let number = self.recorder.begin(Arrival {
            operation,
            parts: parts.clone(),
            query: query.clone(),
            access_id: credentials.map(|(access_id, _)| access_id),
            body: body.clone().unwrap_or_default(),
            at,
        });
        let passage = match admission {
            Ok(passage) => passage,
            Err(reply) => return Received { number, operation, reply: *reply, fault: None, passage: None },
        };
        let fault = self.faults.hit(operation, &parts.method, parts.uri.path());
        let reply = match &fault {
            // A fault that is an answer of its own stands in place of the operation, which then does not happen.
            Some(Fault { kind: FaultKind::Respond(reply), .. }) => reply.clone(),
            _ => self.reply(route, &parts, query, body),
        };
        Received { number, operation, reply, fault, passage: Some(passage) }
    }

    /// Checks credentials and limits, in that order.
    fn admit(
        &self,
        credentials: Option<&(String, String)>,
        parts: &request::Parts,
    ) -> Result<Passage, Box<Reply>> {
        let unauthorized = || Box::new(Reply::gateway_status(StatusCode::UNAUTHORIZED));
        let (access_id, access_key) = credentials.ok_or_else(unauthorized)?;
        if let KeyHolder::Elsewhere(base) =
            self.keys.holder(access_id, access_key).ok_or_else(unauthorized)?
        {
            let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            return Err(Box::new(Reply::moved(&format!("{base}{path}"))));
        }
        self.gate.enter(access_id).map_err(|Refused { retry_after }| {
            self.recorder.rate_limited();
            Box::new(Reply::rate_limited(retry_after))
        })
    }

    fn reply(
        &self,
        route: Route,
        parts: &request::Parts,
        query: Vec<(String, String)>,
        body: Result<Bytes, StatusCode>,
    ) -> Reply {
        let (operation, path) = match route {
            Route::Operation(operation, path) => (operation, path),
            Route::WrongMethod => return Reply::gateway_status(StatusCode::METHOD_NOT_ALLOWED),
            Route::Unknown => return Reply::gateway_status(StatusCode::NOT_FOUND),
        };
        let body = match body {
            Ok(body) => body,
            Err(status) => return Reply::gateway_status(status),
        };
        let body = if body.is_empty() {
            None
        } else if !is_json(&parts.headers) {
            return Reply::gateway_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        } else {
            match serde_json::from_slice(&body) {
                Ok(body) => Some(body),
                Err(error) => {
                    return ApiError::bad_request(format!("the body is not JSON: {error}")).reply(operation);
                }
            }
        };
        api::answer(&mut self.store(), &Call { operation, path, query, body })
    }

    pub(super) fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn respond(reply: Reply, fault: FaultKind, reset: ResetSwitch) -> io::Result<Response<AnswerBody>> {
    let Reply { status, mut headers, body: bytes } = reply;
    let body = match fault {
        FaultKind::None | FaultKind::Respond(_) => AnswerBody::whole(bytes),
        FaultKind::ResetBeforeHeaders => {
            reset.pull();
            return Err(reset_error());
        }
        FaultKind::ResetAfterHeaders => AnswerBody::reset(&bytes, reset),
        FaultKind::Truncated => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            AnswerBody::truncated(&bytes)
        }
        FaultKind::Endless => AnswerBody::endless(),
        FaultKind::GzipBomb(inflated) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            AnswerBody::gzip_bomb(inflated)?
        }
        FaultKind::Drip { bytes: size, every } => AnswerBody::dripping(bytes, size, every),
        FaultKind::Hang => std::future::pending().await,
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (access_id, access_key) = decoded.split_once(':')?;
    Some((access_id.to_owned(), access_key.to_owned()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

pub(super) fn decoded_query(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The whole body, or the status that says why it cannot be had.
async fn read_body<B>(body: B, limit: usize) -> Result<Bytes, StatusCode>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let body = pin!(Limited::new(body, limit));
    match body.collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}
