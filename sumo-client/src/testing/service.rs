//! From a request to its answer: the checks of the gateway, faults, operations, and the record of
//! it all.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use parking_lot::{Mutex, RwLock};
use serde_json::Value;

use super::api::{self, Call};
use super::body::{AnswerBody, ResetSwitch, reset_error};
use super::canned::{Canned, CannedCall};
use super::console::{self, HomeLink};
use super::fault::{Fault, FaultKind, Faults, Target};
use super::limit::{Gate, Passage, Refused};
use super::operation::{Operation, Route, route};
use super::record::{Arrival, CallNumber, Recorder};
use super::reply::{ApiError, Reply};
use super::rights::Right;
use super::store::Store;
use super::uri::decoded_query;

/// The holder of the key that a call came with.
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
    known: HashMap<String, Key>,
}

struct Key {
    secret: String,
    holder: KeyHolder,
    /// The rights of its owner, if not all.
    rights: Option<BTreeSet<Right>>,
    is_revoked: bool,
}

/// The ids only: the keys are secret even here, for tests may run with real ones.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.known.keys()).finish()
    }
}

impl Keys {
    pub(super) fn insert(&mut self, access_id: String, secret: String, holder: KeyHolder) {
        self.known.insert(access_id, Key { secret, holder, rights: None, is_revoked: false });
    }

    fn holder(&self, access_id: &str, access_key: &str) -> Option<&KeyHolder> {
        let key = self.known.get(access_id)?;
        (key.secret == access_key && !key.is_revoked).then_some(&key.holder)
    }

    /// Sets the rights of a key, and says whether it is known.
    pub(super) fn set_rights(&mut self, access_id: &str, rights: BTreeSet<Right>) -> bool {
        self.known.get_mut(access_id).map(|key| key.rights = Some(rights)).is_some()
    }

    /// Sets whether a key is revoked, and says whether it is known.
    pub(super) fn set_revoked(&mut self, access_id: &str, is_revoked: bool) -> bool {
        self.known.get_mut(access_id).map(|key| key.is_revoked = is_revoked).is_some()
    }

    /// Returns true if the owner of a key may do an operation.
    fn may(&self, access_id: &str, operation: Operation) -> bool {
        let rights = self.known.get(access_id).and_then(|key| key.rights.as_ref());
        let Some(rights) = rights else { return true };
        let is_siem = !operation.is_main_api();
        operation.right().is_none_or(|right| rights.contains(&right))
            && (!is_siem || rights.contains(&Right::ViewCse))
    }
}

/// All of the stand-in except its sockets.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) keys: Mutex<Keys>,
    pub(super) gate: Arc<Gate>,
    pub(super) faults: Faults,
    pub(super) recorder: Recorder,
    pub(super) store: Mutex<Store>,
    pub(super) canned: RwLock<HashMap<Operation, Canned>>,
    pub(super) latency: Mutex<Duration>,
    pub(super) body_limit: usize,
    pub(super) console_home: Option<HomeLink>,
}

/// A call that is recorded and let in, or refused.
struct Received {
    /// `None` when the call is only counted.
    number: Option<CallNumber>,
    operation: Option<Operation>,
    /// The answer so far.
    reply: Reply,
    /// Faults hit only calls that came through the gateway.
    fault: Option<Fault>,
    passage: Option<Passage>,
    has_length: bool,
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
        if console::is_page(request.uri()) {
            let page = console::page(
                &self.store.lock(),
                request.method(),
                request.uri(),
                self.console_home.as_ref(),
            );
            return respond(page, FaultKind::None, true, reset).await;
        }
        let received = match self.receive_canned(&request) {
            Some(received) => received,
            None => self.receive(request).await,
        };
        let fault = received.fault.unwrap_or_else(|| Fault::delay(Duration::ZERO));
        let delay = self.latency.lock().saturating_add(fault.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let response = respond(received.reply, fault.kind, received.has_length, reset).await?;
        self.recorder.answered(received.number, response.status());
        tracing::trace!(operation = ?received.operation, status = %response.status(), "stand-in answers");
        Ok(response.map(|body| body.with_passage(received.passage)))
    }

    /// Receives a call whose operation has a canned answer: nothing is read, decoded or kept.
    fn receive_canned<B>(&self, request: &Request<B>) -> Option<Received> {
        let uri = request.uri();
        let (operation, canned) = self.canned_of(request.method(), uri.path())?;
        let credentials = basic_credentials(request.headers());
        self.recorder.count(operation);
        let refused = |reply: Reply| Received {
            number: None,
            operation: Some(operation),
            reply,
            fault: None,
            passage: None,
            has_length: true,
        };
        let passage = match self.admit(credentials.as_ref(), uri) {
            Ok(passage) => passage,
            Err(reply) => return Some(refused(*reply)),
        };
        let access_id = credentials.as_ref().map_or("", |(access_id, _)| access_id);
        let target =
            Target { operation: Some(operation), method: request.method(), path: uri.path(), access_id };
        let fault = self.faults.hit(&target);
        let reply = match &fault {
            Some(Fault { kind: FaultKind::Respond(reply), .. }) => reply.clone(),
            _ if !self.keys.lock().may(access_id, operation) => Reply::gateway_status(StatusCode::FORBIDDEN),
            _ => {
                let query = uri.query().unwrap_or_default();
                let call = CannedCall { operation, path: uri.path(), query };
                Reply::new(StatusCode::OK, "application/json", canned.bytes(&call))
            }
        };
        Some(Received { fault, passage: Some(passage), has_length: canned.has_length, ..refused(reply) })
    }

    fn canned_of(&self, method: &Method, path: &str) -> Option<(Operation, Canned)> {
        let all = self.canned.read();
        if all.is_empty() {
            return None;
        }
        match route(method, path) {
            Route::Operation(operation, _) => Some((operation, all.get(&operation)?.clone())),
            Route::WrongMethod | Route::Unknown => None,
        }
    }

    async fn receive<B>(&self, request: Request<B>) -> Received
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let at = self.store.lock().clock.elapsed();
        let (parts, body) = request.into_parts();
        let route = route(&parts.method, parts.uri.path());
        let operation = match route {
            Route::Operation(operation, _) => Some(operation),
            Route::WrongMethod | Route::Unknown => None,
        };
        let credentials = basic_credentials(&parts.headers);
        let admission = self.admit(credentials.as_ref(), &parts.uri);
        let body = read_body(body, self.body_limit).await;
        let query = decoded_query(parts.uri.query());
        let number = self.recorder.begin(Arrival {
            operation,
            parts: parts.clone(),
            query: query.clone(),
            access_id: credentials.as_ref().map(|(access_id, _)| access_id.clone()),
            body: body.clone().unwrap_or_default(),
            at,
        });
        let number = Some(number);
        let passage = match admission {
            Ok(passage) => passage,
            Err(reply) => {
                let reply = *reply;
                return Received { number, operation, reply, fault: None, passage: None, has_length: true };
            }
        };
        let access_id = credentials.as_ref().map_or("", |(access_id, _)| access_id);
        let target = Target { operation, method: &parts.method, path: parts.uri.path(), access_id };
        let fault = self.faults.hit(&target);
        let body = match &fault {
            Some(fault) => body.map(|body| fault.done_part(body)),
            None => body,
        };
        let reply = if fault.as_ref().is_none_or(Fault::is_carried_out) {
            self.reply(route, &parts, access_id, query, body)
        } else {
            Reply::data(Value::Null)
        };
        let reply = match &fault {
            Some(Fault { kind: FaultKind::Respond(reply), .. }) => reply.clone(),
            _ => reply,
        };
        Received { number, operation, reply, fault, passage: Some(passage), has_length: true }
    }

    /// Checks credentials and limits, in that order.
    fn admit(&self, credentials: Option<&(String, String)>, uri: &Uri) -> Result<Passage, Box<Reply>> {
        let unauthorized = || Box::new(Reply::gateway_status(StatusCode::UNAUTHORIZED));
        let (access_id, access_key) = credentials.ok_or_else(unauthorized)?;
        let holder = self.keys.lock().holder(access_id, access_key).cloned().ok_or_else(unauthorized)?;
        if let KeyHolder::Elsewhere(base) = holder {
            let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
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
        access_id: &str,
        query: Vec<(String, String)>,
        body: Result<Bytes, StatusCode>,
    ) -> Reply {
        let (operation, path) = match route {
            Route::Operation(operation, path) => (operation, path),
            Route::WrongMethod => return Reply::gateway_status(StatusCode::METHOD_NOT_ALLOWED),
            Route::Unknown => return Reply::gateway_status(StatusCode::NOT_FOUND),
        };
        if !self.keys.lock().may(access_id, operation) {
            return Reply::gateway_status(StatusCode::FORBIDDEN);
        }
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
        api::answer(&mut self.store.lock(), &Call { operation, path, query, body })
    }

    pub(super) fn set_canned(&self, operation: Operation, canned: Option<Canned>) {
        let mut all = self.canned.write();
        match canned {
            Some(canned) => all.insert(operation, canned),
            None => all.remove(&operation),
        };
    }
}

async fn respond(
    reply: Reply,
    fault: FaultKind,
    has_length: bool,
    reset: ResetSwitch,
) -> io::Result<Response<AnswerBody>> {
    let Reply { status, mut headers, body: bytes } = reply;
    let body = match fault {
        FaultKind::None if !has_length => AnswerBody::unannounced(bytes),
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

/// Reads the whole body, or returns the status that says why it cannot be had.
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
