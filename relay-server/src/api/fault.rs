//! Answers outside of the contract, in the JSON shape that modules of this kind always had.

use http::StatusCode;
use http::header::{ALLOW, RETRY_AFTER};
use poem::error::NotFoundError;
use poem::{IntoResponse, Response};

use super::RETRY_AFTER as WAIT;
use super::answer::json_response;
use super::host::UnclearHost;
use super::methods::NotAllowed;
use crate::envelope::{HttpFault, Outcome};
use crate::scope;

impl IntoResponse for HttpFault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::json!({"code": self.code, "message": self.message, "reason": self.reason});
        let mut response = json_response(status, body.to_string());
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, WAIT.as_secs().into());
        }
        response.extensions_mut().insert(Outcome::Refused);
        response
    }
}

/// What an error of poem says to the caller.
pub(crate) fn from_error(error: &poem::Error) -> Response {
    let mut response = fault_of(error).into_response();
    if let Some(NotAllowed(known)) = error.downcast_ref() {
        response.headers_mut().insert(ALLOW, known.clone());
    }
    response
}

fn fault_of(error: &poem::Error) -> HttpFault {
    if error.is::<NotFoundError>() {
        return HttpFault::not_found();
    }
    if error.is::<UnclearHost>() {
        let message = "The request must name one host, in one header Host; this one names none, or more.";
        return HttpFault::new(StatusCode::BAD_REQUEST, "BadRequest", message);
    }
    match error.status() {
        StatusCode::METHOD_NOT_ALLOWED => HttpFault::method_not_allowed(),
        status if status.is_client_error() => {
            HttpFault::new(status, "BadRequest", "The request cannot be read; /openapi.json tells its form.")
        }
        _ => {
            tracing::error!(%error, "an endpoint failed");
            internal()
        }
    }
}

/// A defect, told under the id of the request at hand.
pub(super) fn internal() -> HttpFault {
    HttpFault::internal(&scope::current_request_id())
}
