//! Canned bodies: answers that cost next to nothing, to measure a caller with.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use url::form_urlencoded;

use super::operation::Operation;

/// An answer that stands in place of an operation, see
/// [`CloudSiemBuilder::canned`](super::CloudSiemBuilder::canned).
///
/// The body is sent as it is, as JSON with the status 200. So it brings its envelope:
///
/// ```
/// use bytes::Bytes;
/// use sumo_client::testing::Canned;
///
/// let body = r#"{"data": {"objects": [], "total": 0, "hasNextPage": false}, "errors": []}"#;
/// let empty = Canned::body(body);
/// let echo = Canned::made_by(|call| {
///     let asked = call.query_parameter("q").unwrap_or_default();
///     let data = serde_json::json!({"data": {"objects": [{"id": asked}]}, "errors": []});
///     Bytes::from(data.to_string())
/// });
/// # let _ = (empty, echo);
/// ```
#[derive(Clone)]
pub struct Canned {
    body: CannedBody,
    pub(super) has_length: bool,
}

#[derive(Clone)]
enum CannedBody {
    Fixed(Bytes),
    Made(Arc<dyn Fn(&CannedCall<'_>) -> Bytes + Send + Sync>),
}

impl fmt::Debug for Canned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = match &self.body {
            CannedBody::Fixed(bytes) => format!("{} bytes", bytes.len()),
            CannedBody::Made(_) => "made for each call".to_owned(),
        };
        f.debug_struct("Canned").field("body", &body).field("has_length", &self.has_length).finish()
    }
}

/// A call that a canned body is made for.
#[derive(Clone, Copy, Debug)]
pub struct CannedCall<'a> {
    pub(super) operation: Operation,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
}

impl CannedCall<'_> {
    /// The operation.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The path as it was sent, percent-encoded.
    pub fn path(&self) -> &str {
        self.path
    }

    /// The query as it was sent, percent-encoded, without its question mark; empty when there was
    /// none.
    pub fn raw_query(&self) -> &str {
        self.query
    }

    /// The value of a query parameter, decoded.
    pub fn query_parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }
}

impl Canned {
    /// The same body for every call.
    pub fn body(body: impl Into<Bytes>) -> Self {
        Self { body: CannedBody::Fixed(body.into()), has_length: true }
    }

    /// A body that is made for each call. Making it holds nothing up but the call itself.
    pub fn made_by(make: impl Fn(&CannedCall<'_>) -> Bytes + Send + Sync + 'static) -> Self {
        Self { body: CannedBody::Made(Arc::new(make)), has_length: true }
    }

    /// Sends the body in pieces of 64 KiB without announcing its length, as servers do that
    /// compress on the way.
    #[must_use]
    pub fn without_length(self) -> Self {
        Self { has_length: false, ..self }
    }

    pub(super) fn bytes(&self, call: &CannedCall<'_>) -> Bytes {
        match &self.body {
            CannedBody::Fixed(bytes) => bytes.clone(),
            CannedBody::Made(make) => make(call),
        }
    }
}
