//! A caller of a module, over real sockets.

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest that one call may take; far more than any should.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The error of a call without a response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The base URL cannot be called.
    #[error("{0} cannot be called: expected http://host:port")]
    Url(String),
    /// The call failed, such as when nothing listens.
    #[error("no response")]
    Http(#[from] reqwest::Error),
    /// The connection failed.
    #[error("the connection failed")]
    Connection(#[from] std::io::Error),
    /// No whole response came in time.
    #[error("no response within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The request cannot be written.
    #[error("the request cannot be written: {0}")]
    Request(String),
}

/// An HTTP client of one module.
#[derive(Clone, Debug)]
pub struct Caller {
    base_url: String,
    client: reqwest::Client,
}

impl Caller {
    /// Creates a client of the module at `base_url`, such as `http://127.0.0.1:9090`.
    ///
    /// # Errors
    /// Returns an error if the URL is not one of plain HTTP, or the client cannot be set up.
    pub fn new(base_url: impl Into<String>) -> Result<Self, CallError> {
        Self::build(base_url.into(), reqwest::Client::builder())
    }

    /// Creates a client that speaks HTTP/2 from the first byte on.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn http2(base_url: impl Into<String>) -> Result<Self, CallError> {
        Self::build(base_url.into(), reqwest::Client::builder().http2_prior_knowledge())
    }

    fn build(base_url: String, builder: reqwest::ClientBuilder) -> Result<Self, CallError> {
        // Reading the platform's root certificates would take longer than most tests.
        let client = builder.no_proxy().tls_certs_only([]).redirect(reqwest::redirect::Policy::none());
        let caller = Self { base_url, client: client.timeout(TIMEOUT).build()? };
        caller.authority().map(|_| caller)
    }

    /// Sends a request, whose URI is a path, and reads the whole response.
    ///
    /// # Errors
    /// Returns an error if no whole response comes.
    pub async fn send(&self, request: Request<Bytes>) -> Result<HttpResponse, CallError> {
        let (parts, body) = request.into_parts();
        let url = format!("{}{}", self.base_url, parts.uri);
        let response =
            self.client.request(parts.method, url).headers(parts.headers).body(body).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(HttpResponse { status, headers, body: response.bytes().await? })
    }

    /// Sends a `POST` with an `Authorization` header, or without.
    ///
    /// # Errors
    /// Returns an error if no whole response comes.
    pub async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: impl Into<Bytes>,
    ) -> Result<HttpResponse, CallError> {
        let mut request = Request::post(path);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        self.send(finish(request, body)?).await
    }

    /// Sends a request without body and token.
    ///
    /// # Errors
    /// Returns an error if no whole response comes.
    pub async fn request(&self, method: Method, path: &str) -> Result<HttpResponse, CallError> {
        self.send(finish(Request::builder().method(method).uri(path), Bytes::new())?).await
    }

    /// Sends these bytes over a connection of their own and returns all that comes back until the
    /// module closes it.
    ///
    /// # Errors
    /// Returns an error if the module cannot be reached, or keeps the connection open for a minute.
    pub async fn send_raw(&self, bytes: &[u8]) -> Result<Vec<u8>, CallError> {
        let (mut reading, mut writing) = self.connect().await?.into_split();
        let mut received = Vec::new();
        let send = async {
            // A module may well refuse a request before it has read all of it.
            let _ = writing.write_all(bytes).await;
        };
        let receive = async {
            // A reset is an end, too.
            let _ = reading.read_to_end(&mut received).await;
        };
        let both = async { tokio::join!(send, receive) };
        timeout(TIMEOUT, both).await.map_err(|_| CallError::Timeout(TIMEOUT))?;
        Ok(received)
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// Returns an error if the module cannot be reached.
    pub async fn connect(&self) -> Result<TcpStream, CallError> {
        Ok(TcpStream::connect(self.authority()?).await?)
    }

    /// Returns the host and port that are called.
    ///
    /// # Errors
    /// Returns an error if the base URL is not one of plain HTTP.
    pub fn authority(&self) -> Result<String, CallError> {
        let uri: Option<Uri> = self.base_url.parse().ok();
        let uri = uri.filter(|uri| uri.scheme_str() == Some("http"));
        let authority = uri.as_ref().and_then(Uri::authority);
        authority.map(ToString::to_string).ok_or_else(|| CallError::Url(self.base_url.clone()))
    }
}

pub(super) fn finish(
    request: http::request::Builder,
    body: impl Into<Bytes>,
) -> Result<Request<Bytes>, CallError> {
    request.body(body.into()).map_err(|error| CallError::Request(error.to_string()))
}

/// A whole response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl HttpResponse {
    /// Returns the body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON; null when it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns a header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the entities of a list of the data; none when the list is left out.
    pub fn docs(&self, list: &str) -> Vec<Value> {
        let json = self.json();
        let docs = json.get("data").and_then(|data| data.get(list)).and_then(|list| list.get("docs"));
        docs.and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// Returns the errors; none when there are none.
    pub fn errors(&self) -> Vec<Value> {
        self.json().get("errors").and_then(Value::as_array).cloned().unwrap_or_default()
    }
}
