//! `POST /version`.

use http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::Tag;
use super::answer::{fault_responses, json_content, json_response};
use crate::envelope::HttpFault;

pub(super) struct VersionApi;

#[OpenApi]
impl VersionApi {
    /// The version of the relay
    ///
    /// Needs no token.
    #[oai(path = "/version", method = "post", operation_id = "version", tag = "Tag::Relay")]
    async fn version(&self) -> Version {
        Version::current()
    }
}

/// The version of the relay.
#[derive(Serialize, Object)]
pub(super) struct Version {
    /// A semantic version.
    version: String,
}

impl Version {
    pub(super) fn current() -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl IntoResponse for Version {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, serde_json::json!({"version": self.version}).to_string())
    }
}

impl ApiResponse for Version {
    fn meta() -> MetaResponses {
        let mut responses = vec![MetaResponse {
            description: "The version.",
            status: Some(200),
            status_range: None,
            content: vec![json_content(Self::schema_ref())],
            headers: vec![],
        }];
        responses.extend(fault_responses());
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        HttpFault::register(registry);
        <Self as Type>::register(registry);
    }
}
