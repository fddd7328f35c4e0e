//! `GET /`: a page for people, a short JSON for programs.

use http::header::{ACCEPT, VARY};
use http::{HeaderValue, StatusCode};
use poem::web::Data;
use poem::{IntoResponse, Request, Response};
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Serialize;

use super::Tag;
use super::answer::{fault_responses, json_content, json_response};
use super::pages::{HTML, OWN_POLICY, Page, escaped};
use crate::envelope::HttpFault;

const PAGE: &str = include_str!("pages/landing.html");
const EXPLORER: &str = include_str!("pages/explorer.html");

/// The page for people.
#[derive(Clone)]
pub(super) struct LandingPage(Page);

impl LandingPage {
    /// The page; with a token, which only the demo has, also the explorer that asks with it.
    pub(super) fn new(demo_token: Option<String>) -> Self {
        let text = move || {
            let explorer = demo_token.map(|token| EXPLORER.replace("{demo token}", &escaped(&token)));
            let page = PAGE.replace("{version}", env!("CARGO_PKG_VERSION"));
            page.replace("{explorer}", &explorer.unwrap_or_default())
        };
        Self(Page::made(text, HTML, OWN_POLICY))
    }
}

pub(super) struct LandingApi;

#[OpenApi]
impl LandingApi {
    /// What this server is
    ///
    /// A page for browsers, a few members for anything else. Needs no token.
    #[oai(path = "/", method = "get", operation_id = "about", tag = "Tag::Pages")]
    async fn about(&self, request: &Request, page: Data<&LandingPage>) -> Landing {
        let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
        let mut response = if accept.is_some_and(|accept| accept.contains("text/html")) {
            page.0.0.answer(request)
        } else {
            json_response(StatusCode::OK, serde_json::to_vec(&about()).unwrap_or_default())
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
        Landing(response)
    }
}

/// One of the two forms of the same answer.
struct Landing(Response);

impl IntoResponse for Landing {
    fn into_response(self) -> Response {
        self.0
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
            content_type: HTML,
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn text_of(page: &LandingPage) -> String {
        page.0.answer(&Request::default()).into_body().into_string().await.unwrap()
    }

    #[tokio::test]
    async fn only_the_demo_has_an_explorer() {
        let plain = text_of(&LandingPage::new(None)).await;
        let demo = text_of(&LandingPage::new(Some("a.b\"c".to_owned()))).await;
        assert!(!plain.contains("explorer") && !plain.contains("{"), "{plain}");
        assert!(demo.contains("data-token=\"a.b&quot;c\"") && !demo.contains("{"), "{demo}");
    }

    #[cfg(feature = "demo")]
    #[test]
    fn the_explorer_offers_what_the_demo_knows() {
        let table = include_str!("../demo/data.rs");
        let attribute = |line: &str, name: &str| {
            let (_, after) = line.split_once(&format!("{name}=\"")).unwrap();
            after.split_once('"').unwrap().0.to_owned()
        };
        let buttons: Vec<&str> = EXPLORER.lines().filter(|line| line.contains("data-value")).collect();
        assert!(buttons.len() >= 10);
        for button in buttons {
            let (kind, value) = (attribute(button, "data-type"), attribute(button, "data-value"));
            assert!(table.contains(&format!("| `{kind}` | `{value}` |")), "{kind} {value}");
        }
    }
}
