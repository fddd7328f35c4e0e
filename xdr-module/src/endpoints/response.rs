//! Replies as HTTP responses: written once, with the schema that the document shows for them.

use std::marker::PhantomData;

use http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use serde::Serialize;

use crate::contract::fault::HttpFault;
use crate::contract::reply::{ErrorItem, Reply};
use crate::contract::schema::ReplyData;
use crate::dispatch::{Dispatched, ReplyShares};
use crate::http::fault::{self, json_response};
use crate::http::held_body::HeldUntilSent;
use crate::telemetry::request_facts::RequestFacts;

/// A reply of the contract, with data of type `D`.
pub(crate) struct ReplyResponse<D> {
    response: Response,
    data: PhantomData<fn() -> D>,
}

impl<D: ReplyData + Serialize> ReplyResponse<D> {
    /// Writes the outcome of a request.
    pub(crate) fn new(service: &str, dispatched: Dispatched<D>) -> Self {
        let response = match dispatched {
            Dispatched::Reply(reply, shares) => write(service, &reply, shares),
            Dispatched::Overloaded => HttpFault::overloaded(service).into_response(),
        };
        Self { response, data: PhantomData }
    }

    /// Writes a reply that needed no place, and is small.
    pub(crate) fn of_reply(service: &str, reply: Reply<D>) -> Self {
        Self::new(service, Dispatched::Reply(reply, None))
    }
}

fn write<D: Serialize>(service: &str, reply: &Reply<D>, shares: Option<ReplyShares>) -> Response {
    if let Some(error) = reply.first_error() {
        RequestFacts::current().set_code(&error.code);
    }
    let body = match reply.to_bytes() {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a reply could not be written");
            return fault::internal(service).into_response();
        }
    };
    let length = body.len();
    let mut response = json_response(StatusCode::OK, body);
    response.extensions_mut().insert(reply.outcome());
    if let Some(mut shares) = shares {
        if !shares.take_memory(length) {
            return HttpFault::overloaded(service).into_response();
        }
        HeldUntilSent::hold(response.extensions_mut(), shares);
    }
    response
}

impl<D> IntoResponse for ReplyResponse<D> {
    fn into_response(self) -> Response {
        self.response
    }
}

impl<D: ReplyData> ApiResponse for ReplyResponse<D> {
    fn meta() -> MetaResponses {
        let description = "Every handled outcome: data, errors, or both.";
        success(description, vec![json_content(MetaSchemaRef::Reference(D::REPLY.to_owned()))])
    }

    fn register(registry: &mut Registry) {
        ErrorItem::register(registry);
        D::register(registry);
        registry.create_schema::<Self, _>(D::REPLY.to_owned(), |_| {
            let errors = MetaSchema {
                description: Some("What went wrong. Beside data: what is missing from it."),
                items: Some(Box::new(ErrorItem::schema_ref())),
                min_items: Some(1),
                ..MetaSchema::new("array")
            };
            MetaSchema {
                description: Some("Data, errors, or both; errors alone when there is nothing to show."),
                properties: vec![("data", D::schema()), ("errors", MetaSchemaRef::Inline(Box::new(errors)))],
                ..MetaSchema::new("object")
            }
        });
    }
}

/// Returns JSON content of a schema.
pub(crate) fn json_content(schema: MetaSchemaRef) -> MetaMediaType {
    MetaMediaType { content_type: "application/json", schema }
}

/// Returns the response of an endpoint that handled the request. The document adds those that all
/// endpoints share.
pub(crate) fn success(description: &'static str, content: Vec<MetaMediaType>) -> MetaResponses {
    let response =
        MetaResponse { description, status: Some(200), status_range: None, content, headers: Vec::new() };
    MetaResponses { responses: vec![response] }
}
