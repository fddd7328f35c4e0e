//! Faults: what the stand-in does instead of answering well, and when.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, StatusCode};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::reply::Reply;

/// Something that goes wrong with an answer. Placed with
/// [`CloudSiem::inject`](super::CloudSiem::inject).
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) delay: Duration,
    pub(super) kind: FaultKind,
    /// True if the operation is carried out; unset: by the kind of fault.
    carried_out: Option<bool>,
    /// True if only the first half of the items of a write is carried out.
    is_half_done: bool,
}

#[derive(Clone, Debug)]
pub(super) enum FaultKind {
    /// The right answer.
    None,
    Respond(Reply),
    ResetBeforeHeaders,
    ResetAfterHeaders,
    Truncated,
    Endless,
    GzipBomb(u64),
    Drip {
        bytes: usize,
        every: Duration,
    },
    Hang,
}

impl Fault {
    fn of(kind: FaultKind) -> Self {
        Self { delay: Duration::ZERO, kind, carried_out: None, is_half_done: false }
    }

    /// Gives the right answer, late.
    pub fn delay(delay: Duration) -> Self {
        Self { delay, ..Self::of(FaultKind::None) }
    }

    /// Creates an answer of the gateway with this status: its JSON body carries the code string
    /// that belongs to the status.
    pub fn status(status: StatusCode) -> Self {
        Self::of(FaultKind::Respond(Reply::gateway_status(status)))
    }

    /// Creates an answer with this status, content type and body.
    pub fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::of(FaultKind::Respond(Reply::new(status, content_type, body)))
    }

    /// Creates a 429 of the gateway, with `Retry-After` in seconds if given.
    pub fn rate_limited(retry_after: Option<u64>) -> Self {
        Self::of(FaultKind::Respond(Reply::rate_limited(retry_after)))
    }

    /// Creates a 301 of the gateway that leads to `location`, as a key of another deployment gets
    /// it.
    pub fn redirect(location: &str) -> Self {
        Self::of(FaultKind::Respond(Reply::moved(location)))
    }

    /// Creates a page of HTML with this status, as front ends in between send it.
    pub fn html(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Error");
        let code = status.as_u16();
        let page = format!(
            "<html>\n<head><title>Error {code} {reason}</title></head>\n<body><h1>{code} {reason}</h1></body>\n</html>\n"
        );
        Self::respond(status, "text/html; charset=utf-8", page)
    }

    /// Creates a success without a body.
    pub fn empty() -> Self {
        Self::respond(StatusCode::OK, "application/json", Bytes::new())
    }

    /// Creates a success with this `data`, in the envelope of Cloud SIEM.
    pub fn data(data: &Value) -> Self {
        Self::of(FaultKind::Respond(Reply::data(data.clone())))
    }

    /// Creates a success that is none: `{"ok": false}` in the envelope.
    pub fn not_ok() -> Self {
        Self::data(&json!({"ok": false}))
    }

    /// Creates a success whose `data` is null.
    pub fn null_data() -> Self {
        Self::respond(StatusCode::OK, "application/json", r#"{"data": null, "errors": []}"#)
    }

    /// Creates a success whose `data` is of a type that no operation gives.
    pub fn wrong_type() -> Self {
        Self::respond(
            StatusCode::OK,
            "application/json",
            r#"{"data": {"id": 7, "objects": "none", "total": "many", "hasNextPage": 1}, "errors": []}"#,
        )
    }

    /// Creates a success whose body breaks off as JSON, though not as HTTP.
    pub fn invalid_json() -> Self {
        Self::respond(StatusCode::OK, "application/json", r#"{"data": {"objects": [{"id": "#)
    }

    /// Resets the connection before anything is answered.
    pub fn reset_before_headers() -> Self {
        Self::of(FaultKind::ResetBeforeHeaders)
    }

    /// Resets the connection within the body of the right answer.
    pub fn reset_after_headers() -> Self {
        Self::of(FaultKind::ResetAfterHeaders)
    }

    /// Gives the right answer with its end cut off: `Content-Length` says more than is sent.
    pub fn truncated_body() -> Self {
        Self::of(FaultKind::Truncated)
    }

    /// Creates a body that goes on until the caller gives up.
    pub fn endless_body() -> Self {
        Self::of(FaultKind::Endless)
    }

    /// Creates a small gzip body that inflates to about so many bytes of valid JSON.
    pub fn gzip_bomb(inflated_bytes: u64) -> Self {
        Self::of(FaultKind::GzipBomb(inflated_bytes))
    }

    /// Gives the right answer, so many bytes at a time with a pause after each.
    pub fn slow_drip(bytes: usize, every: Duration) -> Self {
        Self::of(FaultKind::Drip { bytes: bytes.max(1), every })
    }

    /// Accepts the call and never answers it.
    pub fn hang() -> Self {
        Self::of(FaultKind::Hang)
    }

    /// Sets whether the operation is carried out anyway.
    ///
    /// Unless set, an answer of its own stands in place of the operation, which then does not
    /// happen; all other faults hit the answer to an operation that was carried out. So a write
    /// followed by a broken connection is [`reset_before_headers`](Self::reset_before_headers), a
    /// write that never came to be `reset_before_headers().carried_out(false)`, and a write that an
    /// error was answered to `status(…).carried_out(true)`.
    #[must_use]
    pub fn carried_out(mut self, carried_out: bool) -> Self {
        self.carried_out = Some(carried_out);
        self
    }

    /// Carries out only the first half of the items of a write, as when a server stops in the
    /// middle of an add of many items. Combine it with a fault that hits the answer, such as
    /// [`reset_before_headers`](Self::reset_before_headers).
    #[must_use]
    pub fn half_done(mut self) -> Self {
        self.is_half_done = true;
        self
    }

    /// Returns the part of a body that is carried out.
    pub(super) fn done_part(&self, body: Bytes) -> Bytes {
        if self.is_half_done { half_of(&body).unwrap_or(body) } else { body }
    }

    pub(super) fn is_carried_out(&self) -> bool {
        self.carried_out.unwrap_or(!matches!(self.kind, FaultKind::Respond(_)))
    }

    /// Returns the same fault, after a pause.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Returns the same answer with a header more; changes only faults that are answers of their
    /// own. For the names and values of headers see [`http::HeaderName::from_static`].
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let FaultKind::Respond(reply) = &mut self.kind {
            reply.headers.insert(name, value);
        }
        self
    }

    /// Returns the same answer with another content type; changes only faults that are answers of
    /// their own.
    #[must_use]
    pub fn with_content_type(self, content_type: &'static str) -> Self {
        self.with_header(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }
}

/// Returns the body with the first half of each of its lists; none if it is not a JSON object.
fn half_of(body: &[u8]) -> Option<Bytes> {
    let mut members: Map<String, Value> = serde_json::from_slice(body).ok()?;
    for items in members.values_mut().filter_map(Value::as_array_mut) {
        items.truncate(items.len() / 2);
    }
    serde_json::to_vec(&members).ok().map(Bytes::from)
}

/// The calls that a [`Fault`] hits.
#[derive(Clone, Debug, Default)]
pub struct When {
    operation: Option<Operation>,
    method: Option<Method>,
    path_prefix: Option<String>,
    access_id: Option<String>,
    skip: u64,
    times: Option<u64>,
}

impl When {
    /// Every call.
    pub fn always() -> Self {
        Self::default()
    }

    /// Calls of an operation.
    pub fn operation(operation: Operation) -> Self {
        Self { operation: Some(operation), ..Self::default() }
    }

    /// Calls whose path, as it was sent, starts with `prefix`. The stand-in need not know the path.
    pub fn path(prefix: impl Into<String>) -> Self {
        Self { path_prefix: Some(prefix.into()), ..Self::default() }
    }

    /// Calls with the access key of this id, for example to answer one key with 401.
    pub fn access_id(access_id: impl Into<String>) -> Self {
        Self { access_id: Some(access_id.into()), ..Self::default() }
    }

    /// Only calls with the access key of this id.
    #[must_use]
    pub fn by(mut self, access_id: impl Into<String>) -> Self {
        self.access_id = Some(access_id.into());
        self
    }

    /// Only calls with this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Spares the first so many of these calls.
    #[must_use]
    pub fn skip(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// Hits only so many calls.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = Some(calls);
        self
    }

    /// Hits only the `n`th of these calls, counted from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        self.skip(n.saturating_sub(1)).times(1)
    }

    fn concerns(&self, target: &Target<'_>) -> bool {
        self.operation.is_none_or(|wanted| target.operation == Some(wanted))
            && self.method.as_ref().is_none_or(|wanted| wanted == target.method)
            && self.path_prefix.as_deref().is_none_or(|prefix| target.path.starts_with(prefix))
            && self.access_id.as_deref().is_none_or(|wanted| wanted == target.access_id)
    }
}

/// A call that a fault may hit.
pub(super) struct Target<'a> {
    pub(super) operation: Option<Operation>,
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) access_id: &'a str,
}

/// A placed fault, to [remove](super::CloudSiem::remove_fault) it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultId(u64);

/// A fault of every new connection, before any call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFault {
    /// Accepts the connection and never answers, not even a TLS handshake.
    Silence,
    /// Accepts the connection and resets it at once.
    Reset,
    /// Accepts the connection, answers with bytes that are neither HTTP nor TLS, and closes it.
    Garbage,
}

/// The faults in place.
#[derive(Debug, Default)]
pub(super) struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    placed: Vec<Placed>,
    connection: Option<ConnectionFault>,
}

#[derive(Debug)]
struct Placed {
    id: FaultId,
    when: When,
    seen: u64,
    fault: Fault,
}

impl Faults {
    pub(super) fn place(&self, when: When, fault: Fault) -> FaultId {
        let mut state = self.state.lock();
        let id = FaultId(state.next_id);
        state.next_id += 1;
        state.placed.push(Placed { id, when, seen: 0, fault });
        id
    }

    pub(super) fn remove(&self, id: FaultId) {
        self.state.lock().placed.retain(|placed| placed.id != id);
    }

    pub(super) fn clear(&self) {
        let mut state = self.state.lock();
        state.placed.clear();
        state.connection = None;
    }

    pub(super) fn set_connection_fault(&self, fault: Option<ConnectionFault>) {
        self.state.lock().connection = fault;
    }

    pub(super) fn connection_fault(&self) -> Option<ConnectionFault> {
        self.state.lock().connection
    }

    /// Returns the fault that hits a call. All faults that concern the call count it; the first
    /// that is due hits.
    pub(super) fn hit(&self, target: &Target<'_>) -> Option<Fault> {
        let mut hit = None;
        for placed in &mut self.state.lock().placed {
            if !placed.when.concerns(target) {
                continue;
            }
            let number = placed.seen;
            placed.seen += 1;
            let end = placed.when.times.map(|times| placed.when.skip.saturating_add(times));
            if number >= placed.when.skip && end.is_none_or(|end| number < end) && hit.is_none() {
                hit = Some(placed.fault.clone());
            }
        }
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(faults: &Faults, operation: Operation, calls: usize) -> Vec<Option<u64>> {
        let (method, path) = (operation.method(), operation.path());
        let target = Target { operation: Some(operation), method: &method, path, access_id: "id" };
        (0..calls)
            .map(|_| {
                let fault = faults.hit(&target)?;
                Some(fault.delay.as_secs())
            })
            .collect()
    }

    #[test]
    fn faults_hit_the_calls_they_are_placed_for() {
        let seconds = |seconds| Fault::delay(Duration::from_secs(seconds));
        let faults = Faults::default();
        faults.place(When::operation(Operation::GetInsights).nth(2), seconds(1));
        let rest =
            faults.place(When::path("/api/sec/v1/insights").method(Method::GET).skip(3).times(2), seconds(2));
        assert_eq!(delays(&faults, Operation::GetInsights, 6), [None, Some(1), None, Some(2), Some(2), None]);
        assert_eq!(delays(&faults, Operation::GetSignals, 1), [None]);
        assert_eq!(delays(&faults, Operation::CreateInsightFromSignals, 1), [None]);

        faults.place(When::access_id("another"), seconds(4));
        faults.place(When::operation(Operation::GetSignals).by("id").times(1), seconds(5));
        assert_eq!(delays(&faults, Operation::GetSignals, 2), [Some(5), None]);
        faults.place(When::always(), seconds(3));
        assert_eq!(delays(&faults, Operation::GetSignals, 2), [Some(3), Some(3)]);
        faults.remove(rest);
        faults.clear();
        assert_eq!(delays(&faults, Operation::GetSignals, 1), [None]);
    }
}
