//! Answers of the API: the envelope, and the shapes of errors.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::operation::Operation;

/// A whole answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A refusal by an operation.
#[derive(Debug)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// The id that error bodies carry.
const ERROR_ID: &str = "STAND-IN000-00001";

impl Reply {
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into() }
    }

    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// A success of a Cloud SIEM operation.
    pub(super) fn data(data: Value) -> Self {
        let mut body = json!({"errors": []});
        if let Some(members) = body.as_object_mut() {
            members.insert("data".to_owned(), data);
        }
        Self::json(StatusCode::OK, &body)
    }

    /// An error of the gateway in front of all APIs.
    pub(super) fn gateway(status: StatusCode, code: &str, message: &str) -> Self {
        let body = json!({"status": status.as_u16(), "id": ERROR_ID, "code": code, "message": message});
        Self::json(status, &body)
    }

    /// The gateway's answer of a status, with the code string that belongs to it.
    pub(super) fn gateway_status(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            301 => "moved",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "notfound",
            405 => "method.unsupported",
            413 => "content.too.large",
            415 => "contenttype.invalid",
            429 => "rate.limit.exceeded",
            500 => "internal.error",
            503 => "service.unavailable",
            _ => "error",
        };
        let message = status.canonical_reason().unwrap_or("error");
        Self::gateway(status, code, message)
    }

    pub(super) fn rate_limited(retry_after: Option<u64>) -> Self {
        let reply = Self::gateway_status(StatusCode::TOO_MANY_REQUESTS);
        match retry_after {
            Some(seconds) => reply.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
            None => reply,
        }
    }

    pub(super) fn moved(location: &str) -> Self {
        let reply = Self::gateway_status(StatusCode::MOVED_PERMANENTLY);
        match HeaderValue::from_str(location) {
            Ok(location) => reply.with_header(LOCATION, location),
            Err(_) => reply,
        }
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl ApiError {
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "bad_request", message: message.into() }
    }

    pub(super) fn not_found(what: &str, id: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: "not_found",
            message: format!("{what} with the id {id:?} not found"),
        }
    }

    /// The error in the shape of the API that the operation belongs to.
    pub(super) fn reply(&self, operation: Operation) -> Reply {
        let error = json!({"code": self.code, "message": self.message});
        let body = if operation.is_main_api() {
            json!({"id": ERROR_ID, "errors": [error]})
        } else {
            json!({"errors": [error]})
        };
        Reply::json(self.status, &body)
    }
}
