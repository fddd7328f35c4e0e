//! The responses of the document that are not HTTP 200, and the headers of all responses.

use http::StatusCode;
use poem_openapi::types::Type;
use serde_json::{Value, json};

use super::ordered::Ordered;
use crate::contract::fault::HttpFault;
use crate::module::Operation;

/// The request id that stands in examples.
const EXAMPLE_ID: &str = "5255c2b2-e41b-4788-a8b7-a6d4445b5cf8";

/// A response with an HTTP status of its own.
struct Fault {
    name: &'static str,
    status: StatusCode,
    description: &'static str,
    example: fn(&str) -> HttpFault,
    /// A header that comes with it, beside the id of the request.
    header: Option<(&'static str, &'static str)>,
}

const FAULTS: [Fault; 5] = [
    Fault {
        name: "BadRequest",
        status: StatusCode::BAD_REQUEST,
        description: "The request names no host or more than one, or cannot be read. A body that does not validate is \
                      answered with HTTP status 200 and `invalid argument` instead.",
        example: HttpFault::unclear_host,
        header: None,
    },
    Fault {
        name: "NotFound",
        status: StatusCode::NOT_FOUND,
        description: "This relay does not offer the endpoint: its operator has switched it off, or the path is wrong.",
        example: HttpFault::not_found,
        header: None,
    },
    Fault {
        name: "MethodNotAllowed",
        status: StatusCode::METHOD_NOT_ALLOWED,
        description: "The endpoint does not support the method.",
        example: HttpFault::method_not_allowed,
        header: Some(("Allow", "Allow")),
    },
    Fault {
        name: "InternalServerError",
        status: StatusCode::INTERNAL_SERVER_ERROR,
        description: "A defect of the relay. Its log tells more under the id of the request.",
        example: |service| HttpFault::internal(service, EXAMPLE_ID),
        header: None,
    },
    Fault {
        name: "ServiceUnavailable",
        status: StatusCode::SERVICE_UNAVAILABLE,
        description: "The relay works on as many requests as it may. Try again after the time in `Retry-After`.",
        example: HttpFault::overloaded,
        header: Some(("Retry-After", "RetryAfter")),
    },
];

/// Returns the responses that the operation with this id may give beside its own, by status.
pub(super) fn of(operation_id: &str) -> impl Iterator<Item = (String, Ordered)> {
    // Every relay offers the others.
    let can_be_off = Operation::ALL.iter().any(|one| one.id() == operation_id && *one != Operation::Health);
    FAULTS.iter().filter(move |fault| can_be_off || fault.status != StatusCode::NOT_FOUND).map(|fault| {
        (fault.status.as_str().to_owned(), Ordered::reference(&format!("responses/{}", fault.name)))
    })
}

/// Returns these responses of the service `service`.
pub(super) fn responses(service: &str) -> Ordered {
    Ordered::object(FAULTS.iter().map(|fault| (fault.name, fault.response(service))))
}

impl Fault {
    fn response(&self, service: &str) -> Ordered {
        let headers = self.header.into_iter().map(|(name, component)| (name, header(component)));
        let content = Ordered::object([
            ("schema", Ordered::reference(&format!("schemas/{}", HttpFault::name()))),
            ("example", Ordered::of(&(self.example)(service))),
        ]);
        Ordered::object([
            ("description", Ordered::of(&self.description)),
            ("headers", Ordered::object(request_id().into_iter().chain(headers))),
            ("content", Ordered::object([("application/json", content)])),
        ])
    }
}

/// Returns the headers that every response has.
pub(super) fn request_id() -> [(&'static str, Ordered); 1] {
    [("x-request-id", header("RequestId"))]
}

fn header(component: &str) -> Ordered {
    Ordered::reference(&format!("headers/{component}"))
}

/// Returns the headers that responses refer to.
pub(super) fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "The id of the request, under which the log of the relay names it: the `x-request-id` of the \
                            request when that has at most 128 plain characters, else a new one.",
            "required": true,
            "schema": {"type": "string", "example": EXAMPLE_ID},
        },
        "Allow": {
            "description": "The methods that the endpoint supports.",
            "required": true,
            "schema": {"type": "string", "example": "POST"},
        },
        "RetryAfter": {
            "description": "The time to wait before the next try, in seconds.",
            "required": true,
            "schema": {"type": "integer", "minimum": 0, "example": 1},
        },
    })
}
