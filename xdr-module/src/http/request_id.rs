//! The id of a request: taken from the caller or made, and known to all that works on the request.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that carries the id of a request, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header in which Amazon's load balancers put theirs.
const AMAZON_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The longest id that is taken from a caller, in bytes.
const MAX_BYTES: usize = 128;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// Runs a future as the work on the request with this id.
pub(crate) async fn scope<F: Future>(id: Arc<str>, work: F) -> F::Output {
    CURRENT.scope(id, work).await
}

/// Returns the id of the request that the current task works on; empty outside of requests.
pub(crate) fn current() -> Arc<str> {
    CURRENT.try_with(Arc::clone).unwrap_or_else(|_| "".into())
}

/// Returns the caller's id when it is short and plain, else that of the load balancer, else a new
/// one.
pub(crate) fn of(headers: &HeaderMap) -> Arc<str> {
    let plain = |name: HeaderName| {
        headers.get(name).and_then(|id: &HeaderValue| id.to_str().ok()).filter(|id| is_plain(id))
    };
    let given = plain(REQUEST_ID).or_else(|| plain(AMAZON_TRACE_ID));
    given.map_or_else(|| Uuid::new_v4().to_string().into(), Arc::from)
}

/// Returns true for the forms that proxies make: UUIDs, hexadecimal digits, base64,
/// `Root=1-67891233-abcdef` of Amazon, `7F000001:8296_7F00001E:1F90_4F7B0A69_0003:790` of haproxy.
fn is_plain(id: &str) -> bool {
    let is_plain_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=/+;,@~".contains(&byte);
    (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(is_plain_byte)
}
