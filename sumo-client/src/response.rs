//! A successful answer.

use http::{HeaderMap, StatusCode};

use crate::error::Error;

/// The header in which a gateway may name the request.
pub(crate) const REQUEST_ID: &str = "x-request-id";

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

    pub(crate) async fn try_map<T, F>(self, map: impl FnOnce(B) -> F) -> Result<Response<T>, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let Self { status, headers, body, attempts } = self;
        let body = map(body).await.map_err(|error| error.with_status(status))?;
        Ok(Response { status, headers, body, attempts })
    }

    /// The number of attempts that it took.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}
