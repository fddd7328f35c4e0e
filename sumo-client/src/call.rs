//! One call: its request and its answer.

use std::fmt::{self, Display};
use std::future::ready;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::attempt::{Body, CallLimits, CallRequest, RESERVED};
use crate::body::{self, BodyBudget};
use crate::client::Client;
use crate::envelope::{self, DecodeError, Itemwise};
use crate::error::Error;
use crate::limit::RequestGroup;
use crate::page::{ItemwisePage, ItemwiseTokenPage};
use crate::response::Response;
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

impl Client {
    /// Creates a call of any method and path, for operations that this crate does not know.
    ///
    /// The path starts with `/` and is sent as given, so encode ids in it. The answer is read out
    /// of the envelope of Cloud SIEM; [`Call::bare`] reads an answer without one. Only `GET` and
    /// `HEAD` are retried after failures that may have reached the server, see
    /// [`Call::repeatable`]. Read JSON of any form as a [`PlainValue`](crate::PlainValue).
    ///
    /// ```no_run
    /// # async fn run(client: sumo_client::Client) -> Result<(), sumo_client::Error> {
    /// use http::Method;
    /// use sumo_client::PlainValue;
    ///
    /// let PlainValue(collectors) =
    ///     client.raw(Method::GET, "/api/v1/collectors").query("limit", 5).bare().send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw<T: DeserializeOwned>(&self, method: Method, path: impl Into<String>) -> Call<T> {
        Call::raw(self.clone(), method, path.into())
    }
}

/// The path under which Cloud SIEM lives.
const SIEM: &str = "/api/sec/v1";

/// The path under which the platform API lives.
const PLATFORM: &str = "/api/v1";

impl<T: DeserializeOwned> Call<T> {
    /// Creates a call of Cloud SIEM that reads. `ids` fill the `{…}` of the path in order.
    pub(crate) fn get(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::GET, path, ids)
    }

    /// Creates a call of Cloud SIEM that creates or carries out something.
    pub(crate) fn post(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::POST, path, ids)
    }

    /// Creates a call of Cloud SIEM that sets something.
    pub(crate) fn put(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::PUT, path, ids)
    }

    /// Creates a call of Cloud SIEM that removes something.
    pub(crate) fn delete(client: &Client, operation: &'static str, path: &str, ids: &[&str]) -> Self {
        Self::siem(client, operation, Method::DELETE, path, ids)
    }

    /// Creates a call of Cloud SIEM, whose answers stand in the envelope.
    fn siem(client: &Client, operation: &'static str, method: Method, path: &str, ids: &[&str]) -> Self {
        let path = fill(path, ids).map(|path| format!("{SIEM}{path}"));
        Self::new(client.clone(), operation, method, path, envelope::decode)
    }

    /// Creates a call of the platform API, whose answers stand alone.
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
            Err(format!(
                "`{path}` is not a path; start it with `/`, encode ids in it, and give the query apart"
            ))
        };
        Self::new(client, "raw", method, path, envelope::decode)
    }

    /// Reads an answer that has no envelope around it. Only for raw calls; the others know the type
    /// of their answer.
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
        let group = client.group.clone();
        let request = CallRequest {
            client,
            operation,
            method,
            path,
            query: Vec::new(),
            headers: Ok(HeaderMap::new()),
            body: None,
            group,
            limits,
        };
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

    /// Returns the value of a query parameter that was set.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.request.query.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }

    /// Sends this as the JSON body.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        let json = HeaderValue::from_static("application/json");
        let body = serde_json::to_vec(body)
            .map(|bytes| Body { bytes: Bytes::from(bytes), content_type: json })
            .map_err(|error| format!("its body is not valid JSON: {error}"));
        Self { request: CallRequest { body: Some(body), ..self.request }, ..self }
    }

    /// Sends these bytes as the body, with this content type: `text/csv`.
    pub fn body(self, body: impl Into<Bytes>, content_type: &str) -> Self {
        let content_type = HeaderValue::try_from(content_type);
        let body = content_type
            .map(|content_type| Body { bytes: body.into(), content_type })
            .map_err(|_| "its content type is not a header value".to_owned());
        Self { request: CallRequest { body: Some(body), ..self.request }, ..self }
    }

    /// Sends a header; setting it again replaces it. The call fails as an invalid request when the
    /// name or the value is not allowed in HTTP, or the header is one that the client itself sets:
    /// credentials, host and framing.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let added = self.request.headers.and_then(|mut headers| {
            let (name, value) = plain_header(name, value)?;
            headers.insert(name, value);
            Ok(headers)
        });
        self.request.headers = added;
        self
    }

    /// Sends this as the JSON body, wrapped as `{"fields": …}` like most writes of Cloud SIEM.
    pub(crate) fn fields(self, fields: &(impl Serialize + ?Sized)) -> Self {
        #[derive(Serialize)]
        struct Wrapped<'a, F: ?Sized> {
            fields: &'a F,
        }
        self.json(&Wrapped { fields })
    }

    /// Gives the call up when this moment has come. A call whose turn at the limiter cannot come
    /// before it fails at once, see [`Error::is_rate_limit_deadline`].
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.request.limits.deadline = Some(deadline);
        self
    }

    /// Counts this call to a group, which decides when it gets its turn. Without one, it counts to
    /// the group of the client.
    pub fn group(mut self, group: &RequestGroup) -> Self {
        self.request.group = group.clone();
        self
    }

    /// Retries this call by a policy of its own.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.request.limits.retry = retry;
        self
    }

    /// Limits the time of the whole call with all attempts, pauses and waits for the limiter, see
    /// [`Timeouts::call`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request.limits.timeouts = self.request.limits.timeouts.call(timeout);
        self
    }

    /// Uses other time limits for this call.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.request.limits.timeouts = timeouts;
        self
    }

    /// Says whether sending the call twice does no harm, so that it may be retried even when the
    /// first attempt may have been carried out. Set for calls that only read.
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.request.limits.repeatable = repeatable;
        self
    }

    /// Returns the operation, named as in the vendor's API description; `raw` for a raw call.
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
        let finish = move |body: Bytes| ready(decode(&body).map_err(|error| body::undecodable(&body, error)));
        self.request.send(finish).await
    }

    /// Sends the call and gives the body of a successful answer as it is. Limits, retries, errors
    /// and the cap on the body are the same as for [`send`](Self::send); only the decoding is left
    /// to you, see [`envelope`](crate::envelope).
    ///
    /// # Errors
    /// See [`Error`] and its predicates.
    pub async fn send_bytes(self) -> Result<Response<Bytes>, Error> {
        self.request.send(|body| ready(Ok(body))).await
    }

    /// Sends the call, and makes something of a page of which objects may be unreadable.
    pub(crate) async fn map_itemwise<I: Itemwise, R: Send + 'static>(
        self,
        most: usize,
        map: impl FnOnce(ItemwisePage<I>) -> R + Send + 'static,
    ) -> Result<R, Error> {
        let budget = self.body_budget();
        let finish = move |body| body::read_itemwise(body, most, budget, map);
        self.request.send(finish).await.map(Response::into_body)
    }

    /// Sends the call, and reads a page by token of which objects may be unreadable.
    pub(crate) async fn send_itemwise<I: Itemwise + Send + 'static>(
        self,
    ) -> Result<ItemwiseTokenPage<I>, Error> {
        let budget = self.body_budget();
        let finish = move |body| body::read_itemwise_token_page(body, budget);
        self.request.send(finish).await.map(Response::into_body)
    }

    fn body_budget(&self) -> Option<BodyBudget> {
        self.request.client.shared.body_budget.clone()
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

/// Checks a header that a caller may set.
fn plain_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let valid_name = HeaderName::try_from(name).map_err(|_| format!("`{name}` is not a header name"))?;
    let own = [AUTHORIZATION, HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION];
    if own.contains(&valid_name) {
        return Err(format!("the header `{name}` is set by the client itself"));
    }
    let value = HeaderValue::try_from(value)
        .map_err(|_| format!("the header `{name}` has a value that HTTP does not allow"))?;
    Ok((valid_name, value))
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
