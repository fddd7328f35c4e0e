//! Faults as HTTP responses, in the JSON shape that modules of this kind always had.

use std::time::Duration;

use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use poem::error::NotFoundError;
use poem::{IntoResponse, Response};

use super::host::UnclearHost;
use super::methods::NotAllowed;
use super::request_id;
use crate::contract::fault::HttpFault;
use crate::contract::reply::RequestOutcome;

/// The wait that a busy module asks for.
const WAIT: Duration = Duration::from_secs(1);

/// Returns a JSON response that nobody may keep: it is for one tenant and one moment.
pub(crate) fn json_response(status: StatusCode, body: impl Into<bytes::Bytes>) -> Response {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json")
        .header(CACHE_CONTROL, "no-store")
        .body(body.into())
}

impl IntoResponse for HttpFault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json_response(status, serde_json::to_vec(&self).unwrap_or_default());
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, WAIT.as_secs().into());
        }
        response.extensions_mut().insert(match status {
            StatusCode::SERVICE_UNAVAILABLE => RequestOutcome::Overloaded,
            status if status.is_server_error() => RequestOutcome::Defect,
            _ => RequestOutcome::Refused,
        });
        response
    }
}

/// Returns the response to an error of poem.
pub(crate) fn from_error(service: &str, error: &poem::Error) -> Response {
    let mut response = fault_of(service, error).into_response();
    if let Some(NotAllowed(allowed)) = error.downcast_ref() {
        response.headers_mut().insert(ALLOW, allowed.clone());
    }
    response
}

fn fault_of(service: &str, error: &poem::Error) -> HttpFault {
    if error.is::<NotFoundError>() {
        return HttpFault::not_found(service);
    }
    if error.is::<UnclearHost>() {
        return HttpFault::unclear_host(service);
    }
    match error.status() {
        StatusCode::METHOD_NOT_ALLOWED => HttpFault::method_not_allowed(service),
        status if status.is_client_error() => {
            let message = "The request cannot be read; /openapi.json tells its form.";
            HttpFault::bad_request(service, status, message)
        }
        _ => {
            tracing::error!(%error, "an endpoint failed");
            internal(service)
        }
    }
}

/// Returns the response to a panic, which is logged.
pub(crate) fn from_panic(service: &str, panic: &(dyn std::any::Any + Send)) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("no text"), "a request ended in a panic");
    internal(service).into_response()
}

/// Returns a defect, with the id of the current request.
pub(crate) fn internal(service: &str) -> HttpFault {
    HttpFault::internal(service, &request_id::current())
}
