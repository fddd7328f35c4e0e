//! `GET /`: a page for people, a short JSON for programs.

use http::header::{ACCEPT, VARY};
use http::{HeaderValue, StatusCode};
use poem::web::Data;
use poem::{IntoResponse, Request, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::response::{json_content, success};
use super::state::State;
use super::tag::Tag;
use crate::http::fault::json_response;
use crate::pages::HTML;

pub(super) struct LandingApi;

#[OpenApi]
impl LandingApi {
    /// Name and version of the server
    ///
    /// A page for browsers (`Accept: text/html`), JSON for programs. Needs no token.
    #[oai(path = "/", method = "get", operation_id = "about", tag = "Tag::Pages")]
    async fn about(&self, request: &Request, state: Data<&State>) -> Landing {
        let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
        let wants_page = accept.is_some_and(|accept| accept.contains("text/html"));
        let mut response = match &state.landing {
            Some(page) if wants_page => page.respond(request),
            _ => json_response(StatusCode::OK, serde_json::to_vec(&About::of(&state)).unwrap_or_default()),
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
        Landing(response)
    }
}

/// One of the two forms of the landing page.
struct Landing(Response);

impl IntoResponse for Landing {
    fn into_response(self) -> Response {
        self.0
    }
}

/// The server, described for programs.
#[derive(Serialize, Object)]
struct About {
    /// The name of the service.
    name: String,
    /// The version of the relay.
    version: String,
    /// The path of the OpenAPI document.
    openapi: String,
    /// The path of Swagger UI, unless pages are switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[oai(skip_serializing_if_is_none)]
    swagger_ui: Option<String>,
}

impl About {
    fn of(state: &State) -> Self {
        Self {
            name: state.title.to_string(),
            version: state.version.to_string(),
            openapi: "/openapi.json".to_owned(),
            swagger_ui: state.landing.is_some().then(|| "/swagger-ui".to_owned()),
        }
    }
}

impl ApiResponse for Landing {
    fn meta() -> MetaResponses {
        let page = MetaMediaType {
            content_type: HTML,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        };
        let description =
            "The name and version of the server, and the paths of its document and of Swagger UI.";
        success(description, vec![json_content(About::schema_ref()), page])
    }

    fn register(registry: &mut Registry) {
        About::register(registry);
    }
}
