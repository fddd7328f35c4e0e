//! Answers: bytes that are written once, with the schema that the document shows for them.

use std::marker::PhantomData;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use serde::Serialize;

use super::fault;
use crate::envelope::{Envelope, ErrorItem, HttpFault, Outcome};

/// Data of an answer as the document shows it.
pub trait AnswerData: Send + 'static {
    /// The name of the answer's schema.
    const NAME: &'static str;

    /// The schema of the data.
    fn schema() -> MetaSchemaRef;

    /// Adds the schemas that the data refers to.
    fn register(registry: &mut Registry);
}

/// An answer of the contract: HTTP status 200, with an envelope of `D`.
pub struct Answer<D> {
    body: Result<Bytes, serde_json::Error>,
    outcome: Outcome,
    data: PhantomData<D>,
}

impl<D: AnswerData> Answer<D> {
    /// Writes the envelope.
    pub fn new<T: Serialize>(envelope: &Envelope<T>) -> Self {
        Self::with_room(envelope, 0)
    }

    /// Writes an envelope whose data takes about `data_bytes`.
    pub(super) fn with_room<T: Serialize>(envelope: &Envelope<T>, data_bytes: usize) -> Self {
        let body = envelope.to_bytes_with_room(data_bytes);
        Self { body, outcome: envelope.outcome(), data: PhantomData }
    }
}

impl<D: AnswerData> IntoResponse for Answer<D> {
    fn into_response(self) -> Response {
        match self.body {
            Ok(body) => {
                let mut response = json_response(StatusCode::OK, body);
                response.extensions_mut().insert(self.outcome);
                response
            }
            Err(error) => {
                tracing::error!(%error, "an answer could not be written");
                fault::internal().into_response()
            }
        }
    }
}

/// A JSON answer that nobody may keep: it belongs to one tenant and one moment.
pub(super) fn json_response(status: StatusCode, body: impl Into<Bytes>) -> Response {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json")
        .header(CACHE_CONTROL, "no-store")
        .body(body.into())
}

impl<D: AnswerData> ApiResponse for Answer<D> {
    fn meta() -> MetaResponses {
        let mut responses = vec![MetaResponse {
            description: "Every handled outcome: data, errors, or both.",
            status: Some(200),
            status_range: None,
            content: vec![json_content(MetaSchemaRef::Reference(D::NAME.to_owned()))],
            headers: vec![],
        }];
        responses.extend(fault_responses());
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        ErrorItem::register(registry);
        HttpFault::register(registry);
        D::register(registry);
        registry.create_schema::<Self, _>(D::NAME.to_owned(), |_| {
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

/// JSON content of a schema.
pub(super) fn json_content(schema: MetaSchemaRef) -> MetaMediaType {
    MetaMediaType { content_type: "application/json", schema }
}

/// What every endpoint may answer beside its own answers.
pub(super) fn fault_responses() -> impl Iterator<Item = MetaResponse> {
    let faults =
        [(500, "A defect of the relay."), (503, "The relay is busy; Retry-After tells when to ask again.")];
    faults.into_iter().map(|(status, description)| MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: vec![json_content(HttpFault::schema_ref())],
        headers: vec![],
    })
}
