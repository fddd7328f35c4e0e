//! `GET /`: a page for people, a short JSON for programs.

use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, VARY};
use http::{HeaderValue, StatusCode};
use poem::web::Html;
use poem::{IntoResponse, Request, Response};
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::Tag;
use super::answer::{fault_responses, json_content, json_response};
use crate::envelope::HttpFault;

/// Nothing may be fetched from anywhere but here, and nobody may frame the page.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("landing.html");

pub(super) struct LandingApi;

#[OpenApi]
impl LandingApi {
    /// What this server is
    ///
    /// A page for browsers, a few members for anything else. Needs no token.
    #[oai(path = "/", method = "get", operation_id = "about", tag = "Tag::Pages")]
    async fn about(&self, request: &Request) -> Landing {
        let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
        if accept.is_some_and(|accept| accept.contains("text/html")) { Landing::Page } else { Landing::About }
    }
}

/// The two forms of the same answer.
enum Landing {
    Page,
    About,
}

impl IntoResponse for Landing {
    fn into_response(self) -> Response {
        let mut response = match self {
            Self::Page => Html(PAGE.replace("{version}", env!("CARGO_PKG_VERSION")))
                .with_header(CONTENT_SECURITY_POLICY, CONTENT_POLICY)
                .into_response(),
            Self::About => json_response(StatusCode::OK, serde_json::to_vec(&about()).unwrap_or_default()),
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
        response
    }
}

/// What this server is, for programs.
#[derive(Serialize, Object)]
struct About {
    /// The name of the service.
    name: String,
    /// The version of the relay.
    version: String,
    /// The path of the OpenAPI document.
    openapi: String,
    /// The path of Swagger UI.
    swagger_ui: String,
}

impl ApiResponse for Landing {
    fn meta() -> MetaResponses {
        let page = MetaMediaType {
            content_type: "text/html; charset=utf-8",
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        };
        let mut responses = vec![MetaResponse {
            description: "What this server is, and where its document and Swagger UI are.",
            status: Some(200),
            status_range: None,
            content: vec![json_content(About::schema_ref()), page],
            headers: vec![],
        }];
        responses.extend(fault_responses());
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        HttpFault::register(registry);
        About::register(registry);
    }
}

fn about() -> About {
    About {
        name: "Sumo Logic Cloud SIEM relay for Cisco XDR".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        openapi: "/openapi.json".to_owned(),
        swagger_ui: "/swagger-ui".to_owned(),
    }
}
