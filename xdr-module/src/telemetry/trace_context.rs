//! The trace that a request belongs to, as the header `traceparent` tells it (W3C Trace Context).

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that carries the trace of a request, in and out.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// A trace and the place of a request in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

impl TraceContext {
    /// Returns the trace that `headers` name, if they name one well.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        Self::parse(headers.get(TRACEPARENT)?.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace_id, span_id, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        // Version 00 has these four parts; a later one may have more. ff is no version.
        let is_known = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        let context = Self {
            trace_id: is_hex(trace_id, 32).then(|| u128::from_str_radix(trace_id, 16).ok())??,
            span_id: is_hex(span_id, 16).then(|| u64::from_str_radix(span_id, 16).ok())??,
            flags: is_hex(flags, 2).then(|| u8::from_str_radix(flags, 16).ok())??,
        };
        (is_known && context.trace_id != 0 && context.span_id != 0).then_some(context)
    }

    /// Returns the trace context of a request: the caller's trace with a place of its own in it, or
    /// a new trace, which is not sampled.
    pub(crate) fn of_request(caller: Option<Self>) -> Self {
        let (trace_id, flags) =
            caller.map_or_else(|| (Uuid::new_v4().as_u128(), 0), |caller| (caller.trace_id, caller.flags));
        let (span_id, _) = Uuid::new_v4().as_u64_pair();
        Self { trace_id, span_id, flags }
    }

    /// Creates a context of the ids that a tracer gave.
    #[cfg(feature = "otlp")]
    pub(crate) fn of_span(trace_id: [u8; 16], span_id: [u8; 8], flags: u8) -> Self {
        Self { trace_id: u128::from_be_bytes(trace_id), span_id: u64::from_be_bytes(span_id), flags }
    }

    /// Returns the parts as a tracer takes them.
    #[cfg(feature = "otlp")]
    pub(crate) fn parts(self) -> ([u8; 16], [u8; 8], u8) {
        (self.trace_id.to_be_bytes(), self.span_id.to_be_bytes(), self.flags)
    }

    /// Returns the trace context of the request that the current task works on.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// Runs a future as work on the request with this context.
    pub(crate) async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Returns the id of the trace as 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// Returns the value of the header `traceparent` for a request that is sent on.
    pub fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.to_string()).ok()
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_good_header_comes_back_as_it_was() {
        assert_eq!(TraceContext::parse(GOOD).unwrap().to_string(), GOOD);
        let later = format!("{}-more", GOOD.replacen("00", "cc", 1));
        assert_eq!(TraceContext::parse(&later).unwrap().to_string(), GOOD);
    }

    #[test]
    fn other_texts_are_no_trace() {
        for bad in [
            "".to_owned(),
            "00-1-2-01".to_owned(),
            GOOD.to_uppercase(),
            GOOD.replacen("00", "ff", 1),
            format!("{GOOD}-more"),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            GOOD.replace("4bf9", "+bf9"),
        ] {
            assert_eq!(TraceContext::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_request_has_its_own_place_in_the_callers_trace() {
        let caller = TraceContext::parse(GOOD).unwrap();
        let own = TraceContext::of_request(Some(caller));
        assert_eq!((own.trace_id(), own.flags), (caller.trace_id(), 1));
        assert_ne!(own.span_id, caller.span_id);
        assert_ne!(TraceContext::of_request(None).trace_id(), TraceContext::of_request(None).trace_id());
    }
}
