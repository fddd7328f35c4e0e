//! `POST /version`.

use http::StatusCode;
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::response::{json_content, success};
use super::state::State;
use super::tag::Tag;
use crate::http::fault::json_response;

pub(super) struct VersionApi;

#[OpenApi]
impl VersionApi {
    /// The version of the relay
    ///
    /// The version of the running program. Needs no token.
    #[oai(path = "/version", method = "post", operation_id = "version", tag = "Tag::Relay")]
    async fn version(&self, state: Data<&State>) -> Version {
        Version { version: state.version.to_string() }
    }
}

/// The version of the relay.
#[derive(Serialize, Object)]
pub(super) struct Version {
    /// A semantic version.
    pub(super) version: String,
}

impl IntoResponse for Version {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, serde_json::to_vec(&self).unwrap_or_default())
    }
}

impl ApiResponse for Version {
    fn meta() -> MetaResponses {
        success("The version.", vec![json_content(Self::schema_ref())])
    }

    fn register(registry: &mut Registry) {
        <Self as Type>::register(registry);
    }
}
