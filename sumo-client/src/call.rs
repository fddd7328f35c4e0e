//! One call: its request and its answer.

use std::fmt::{self, Display};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use tokio::time::Instant;

use crate::attempt::{CallLimits, CallRequest, REQUEST_ID, RESERVED};
use crate::body::{self, Seeded, Whole};
use crate::client::Client;
use crate::envelope::{self, DecodeError};
use crate::error::Error;
use crate::record;
use crate::retry::RetryPolicy;
use crate::timeout::Timeouts;

/// A call that is ready to be sent and answers with a `T`.
///
/// Nothing happens until [`send`](Self::send) or [`send_bytes`](Self::send_bytes).
#[must_use = "a call does nothing until it is sent"]
pub struct Call<T> {
    request: CallRequest,
    decode: fn(&[u8]) -> Result<T, DecodeError>,
}

/// The path under which Cloud SIEM lives.
const SIEM: &str = "/api/sec/v1";

/// The path under which the platform API lives.
const PLATFORM: &str = "/api/v1";

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
        let request = CallRequest { client, operation, method, path, query: Vec::new(), body: None, limits };
        Self { request, decode }
    }

    pub(crate) fn decoded_by(self, decode: fn(&[u8]) -> Result<T, DecodeError>) -> Self {
        Self { decode, ..self }
    }

    /// Sets a query parameter; setting it again replaces it. Blanks are sent as `%20`.
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        self.request.query.retain(|(present, _)| present != name);
        self.request.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets a query parameter to a list joined by commas; an empty list removes it.
    pub(crate) fn query_list(mut self, name: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        if values.is_empty() {
            self.request.query.retain(|(present, _)| present != name);
            return self;
        }
        self.query(name, values.join(","))
    }

    /// Sets a query parameter to a list sent as one parameter for each value.
    pub(crate) fn query_each(mut self, name: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        self.request.query.retain(|(present, _)| present != name);
        self.request.query.extend(values.into_iter().map(|value| (name.to_owned(), value.to_string())));
        self
    }

    /// The value of a query parameter that was set.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.request.query.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }

    /// Sends this as the JSON body.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(body).map(Bytes::from).map_err(|error| error.to_string());
        Self { request: CallRequest { body: Some(body), ..self.request }, ..self }
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
        self.request.limits.deadline = Some(deadline);
        self
    }

    /// Retries this call by a policy of its own.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.request.limits.retry = retry;
        self
    }

    /// Uses other time limits for this call.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.request.limits.timeouts = timeouts;
        self
    }

    /// Says whether sending the call twice does no harm, so that it may be retried even when the first attempt may
    /// have been carried out. Set for calls that only read.
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.request.limits.repeatable = repeatable;
        self
    }

    /// The operation, named as in the vendor's API description; `raw` for a raw call.
    pub fn operation(&self) -> &'static str {
        self.request.operation
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
        let finish = move |body: Bytes| {
            record::sharing(&body, decode).map_err(|error| body::undecodable(&body, error))
        };
        self.request.send(Whole, finish).await
    }

    /// Sends the call and gives the body of a successful answer as it is. Limits, retries, errors and the cap on the
    /// body are the same as for [`send`](Self::send); only the decoding is left to you, see
    /// [`envelope`](crate::envelope).
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send_bytes(self) -> Result<Response<Bytes>, Error> {
        self.request.send(Whole, Ok).await
    }

    /// Sends the call and gives what `seed` makes of the `data` of the answer: for answers of which you keep little,
    /// read in one pass without building the rest, see [`envelope::page_seed`].
    ///
    /// A body above 2 MiB is decoded while it arrives and never held whole, on a thread that may block. Limits, retries, errors and the cap on the body are the same as for [`send`](Self::send); `seed` is cloned
    /// for each attempt. A seed must not ask for borrowed data, which a body that still arrives cannot give.
    ///
    /// # Errors
    /// See [`Error`] and its predicates; [`Error::is_decode`] when the seed refuses the data.
    pub async fn send_seed<S, V>(self, seed: S) -> Result<Response<V>, Error>
    where
        S: for<'de> DeserializeSeed<'de, Value = V> + Clone + Send + Sync + 'static,
        V: Send + 'static,
    {
        self.request.send(Seeded(seed), Ok).await
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self { request: self.request.clone(), decode: self.decode }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.request.operation)
            .field("method", &self.request.method)
            .field("path", &self.request.path)
            .finish_non_exhaustive()
    }
}

/// A successful answer with what came around its body.
#[derive(Clone, Debug)]
pub struct Response<B> {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: B,
    pub(crate) attempts: u32,
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

    pub(crate) fn try_map<T>(self, map: impl FnOnce(B) -> Result<T, Error>) -> Result<Response<T>, Error> {
        let Self { status, headers, body, attempts } = self;
        let body = map(body).map_err(|error| error.with_status(status))?;
        Ok(Response { status, headers, body, attempts })
    }

    /// How many attempts it took.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
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
