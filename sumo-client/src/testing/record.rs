//! The calls that the stand-in received.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use parking_lot::Mutex;

use super::operation::Operation;

/// The number of calls that are kept; the oldest goes first.
const CALLS_KEPT: usize = 10_000;
/// The number of bytes of bodies that are kept in all; further bodies are recorded as empty.
const BODY_BYTES_KEPT: usize = 16 * 1024 * 1024;

/// A received call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The operation, if the method and the path are one's.
    pub operation: Option<Operation>,
    /// The method.
    pub method: Method,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The query as it was sent, percent-encoded, without its question mark; empty when there was
    /// none.
    pub raw_query: String,
    /// The parameters of the query, decoded as HTML forms are: a `+` is a blank, `%2B` is a plus.
    pub query: Vec<(String, String)>,
    /// The headers, except `Authorization`.
    pub headers: HeaderMap,
    /// The access id that the call named, if it came with Basic credentials.
    pub access_id: Option<String>,
    /// The body; empty when there was none, or when too much is recorded already.
    pub body: Bytes,
    /// The status of the answer; `None` while it is not known, and when a fault kept it from being
    /// sent.
    pub status: Option<StatusCode>,
    /// The time at which the call came in, since the start of the stand-in.
    pub at: Duration,
    number: u64,
}

impl RecordedCall {
    /// Returns the value of a query parameter, decoded.
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the body is not JSON.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::from_slice(&self.body)
    }
}

/// The counters of the stand-in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// All calls.
    pub calls: u64,
    /// Calls by operation; those that never came are absent.
    pub by_operation: BTreeMap<Operation, u64>,
    /// Answers by status code.
    pub by_status: BTreeMap<u16, u64>,
    /// Calls that a limit refused. Those that a [`Fault`](super::Fault) answered with 429 are only
    /// in `by_status`.
    pub rate_limited: u64,
    /// Connections accepted.
    pub connections: u64,
    /// TLS handshakes that succeeded.
    pub tls_handshakes: u64,
    /// TLS handshakes that failed.
    pub failed_tls_handshakes: u64,
    /// The most calls that were in flight at once.
    pub peak_in_flight: usize,
    /// Calls that are not in [`recorded`](super::CloudSiem::recorded): there were too many, or they
    /// got [canned](super::Canned) answers.
    pub unrecorded: u64,
}

impl Counts {
    /// Returns the number of calls of an operation.
    pub fn of(&self, operation: Operation) -> u64 {
        self.by_operation.get(&operation).copied().unwrap_or(0)
    }
}

/// Events of connections, which are counted apart from calls.
#[derive(Clone, Copy, Debug)]
pub(super) enum ConnectionEvent {
    Accepted,
    #[cfg(feature = "testing-tls")]
    TlsHandshake,
    #[cfg(feature = "testing-tls")]
    FailedTlsHandshake,
}

/// Keeps the calls and the counts.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    state: Mutex<State>,
    next: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    calls: VecDeque<RecordedCall>,
    body_bytes: usize,
    counts: Counts,
}

/// The number of a recorded call, by which its status is added.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallNumber(u64);

/// The facts about a call that are known when it comes in.
pub(super) struct Arrival {
    pub(super) operation: Option<Operation>,
    pub(super) parts: http::request::Parts,
    pub(super) query: Vec<(String, String)>,
    pub(super) access_id: Option<String>,
    pub(super) body: Bytes,
    pub(super) at: Duration,
}

impl Recorder {
    pub(super) fn begin(&self, arrival: Arrival) -> CallNumber {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut headers = arrival.parts.headers;
        headers.remove(http::header::AUTHORIZATION);
        let mut state = self.state.lock();
        state.counts.calls += 1;
        if let Some(operation) = arrival.operation {
            *state.counts.by_operation.entry(operation).or_default() += 1;
        }
        if state.calls.len() >= CALLS_KEPT
            && let Some(oldest) = state.calls.pop_front()
        {
            state.body_bytes -= oldest.body.len();
            state.counts.unrecorded += 1;
        }
        let fits = state.body_bytes + arrival.body.len() <= BODY_BYTES_KEPT;
        let body = if fits { arrival.body } else { Bytes::new() };
        state.body_bytes += body.len();
        state.calls.push_back(RecordedCall {
            operation: arrival.operation,
            method: arrival.parts.method,
            path: arrival.parts.uri.path().to_owned(),
            raw_query: arrival.parts.uri.query().unwrap_or_default().to_owned(),
            query: arrival.query,
            headers,
            access_id: arrival.access_id,
            body,
            status: None,
            at: arrival.at,
            number,
        });
        CallNumber(number)
    }

    /// Counts a call without keeping it.
    pub(super) fn count(&self, operation: Operation) {
        let counts = &mut self.state.lock().counts;
        counts.calls += 1;
        counts.unrecorded += 1;
        *counts.by_operation.entry(operation).or_default() += 1;
    }

    /// Counts an answer, and adds its status to the call if that is kept.
    pub(super) fn answered(&self, call: Option<CallNumber>, status: StatusCode) {
        let mut state = self.state.lock();
        *state.counts.by_status.entry(status.as_u16()).or_default() += 1;
        let Some(call) = call else { return };
        if let Some(recorded) = state.calls.iter_mut().rev().find(|recorded| recorded.number == call.0) {
            recorded.status = Some(status);
        }
    }

    pub(super) fn rate_limited(&self) {
        self.state.lock().counts.rate_limited += 1;
    }

    pub(super) fn connection(&self, event: ConnectionEvent) {
        let counts = &mut self.state.lock().counts;
        match event {
            ConnectionEvent::Accepted => counts.connections += 1,
            #[cfg(feature = "testing-tls")]
            ConnectionEvent::TlsHandshake => counts.tls_handshakes += 1,
            #[cfg(feature = "testing-tls")]
            ConnectionEvent::FailedTlsHandshake => counts.failed_tls_handshakes += 1,
        }
    }

    pub(super) fn recorded(&self) -> Vec<RecordedCall> {
        self.state.lock().calls.iter().cloned().collect()
    }

    pub(super) fn counts(&self) -> Counts {
        self.state.lock().counts.clone()
    }

    pub(super) fn reset(&self) {
        *self.state.lock() = State::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(body: Bytes) -> Arrival {
        let (parts, ()) = http::Request::new(()).into_parts();
        Arrival { operation: None, parts, query: Vec::new(), access_id: None, body, at: Duration::ZERO }
    }

    #[test]
    fn the_oldest_calls_go_when_there_are_too_many() {
        let recorder = Recorder::default();
        let first = recorder.begin(arrival(Bytes::from_static(b"first")));
        for _ in 0..CALLS_KEPT {
            recorder.begin(arrival(Bytes::new()));
        }
        // The status of a call that is gone is still counted.
        recorder.answered(Some(first), StatusCode::OK);
        let (calls, counts) = (recorder.recorded(), recorder.counts());
        assert_eq!((calls.len(), counts.unrecorded), (CALLS_KEPT, 1));
        assert!(calls.iter().all(|call| call.body.is_empty() && call.status.is_none()));
        assert_eq!(counts.by_status, BTreeMap::from([(200, 1)]));
    }

    #[test]
    fn bodies_are_kept_up_to_a_sum() {
        let recorder = Recorder::default();
        let half = Bytes::from(vec![b' '; BODY_BYTES_KEPT / 2 + 1]);
        for body in [half.clone(), half, Bytes::from_static(b"small")] {
            recorder.begin(arrival(body));
        }
        let lengths: Vec<usize> = recorder.recorded().iter().map(|call| call.body.len()).collect();
        assert_eq!(lengths, [BODY_BYTES_KEPT / 2 + 1, 0, 5]);
    }
}
