//! Replies outside of the contract: no such path, wrong method, overload, a defect.

use std::borrow::Cow;

use http::StatusCode;
use poem_openapi::Object;
use serde::Serialize;

/// The body of a reply that keeps its HTTP status instead of using the envelope.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct HttpFault {
    /// The HTTP status.
    pub code: u16,
    /// The description for people.
    pub message: String,
    /// A stable name that programs may compare, such as `relay_server.NotFound`.
    pub reason: String,
}

impl HttpFault {
    /// Creates a fault of the service `service`, such as `relay_server`; `name` is the last part of
    /// its reason.
    pub fn new(service: &str, status: StatusCode, name: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: status.as_u16(),
            message: message.into().into_owned(),
            reason: format!("{service}.{name}"),
        }
    }

    /// Returns the fault for a path without an endpoint.
    pub fn not_found(service: &str) -> Self {
        Self::new(
            service,
            StatusCode::NOT_FOUND,
            "NotFound",
            "The relay has no such endpoint; /openapi.json lists those it has.",
        )
    }

    /// Returns the fault for an endpoint that does not support the method.
    pub fn method_not_allowed(service: &str) -> Self {
        Self::new(
            service,
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The endpoint does not know this method; /openapi.json lists those it knows.",
        )
    }

    /// Returns the fault for a request that does not name exactly one host.
    pub fn unclear_host(service: &str) -> Self {
        Self::bad_request(
            service,
            StatusCode::BAD_REQUEST,
            "The request must name one host, in one header Host; this one names none, or more.",
        )
    }

    /// Returns the fault for a request that cannot be read.
    pub fn bad_request(service: &str, status: StatusCode, message: &'static str) -> Self {
        Self::new(service, status, "BadRequest", message)
    }

    /// Returns the fault for a defect of the module; `request_id` finds it in the log.
    pub fn internal(service: &str, request_id: &str) -> Self {
        Self::new(
            service,
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            format!("Something went wrong in the relay. Its log tells more under request id {request_id}."),
        )
    }

    /// Returns the fault for a request that comes while the module works on as many as it may.
    pub fn overloaded(service: &str) -> Self {
        Self::new(
            service,
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The relay is busy. Try again after the time in the Retry-After header.",
        )
    }
}
