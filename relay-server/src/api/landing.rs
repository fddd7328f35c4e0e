//! `GET /`: a page for people, a short JSON for programs.

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, VARY};
use poem::web::Html;
use poem::{IntoResponse, Request, Response, handler};

use super::answer::json_response;

/// Nothing may be fetched from anywhere but here, and nobody may frame the page.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("landing.html");

/// Tells a browser what this is, and anything else in a few members.
#[handler]
pub(super) fn page(request: &Request) -> Response {
    let is_browser = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let mut response = if is_browser.is_some_and(|accept| accept.contains("text/html")) {
        Html(PAGE.replace("{version}", env!("CARGO_PKG_VERSION")))
            .with_header(CONTENT_SECURITY_POLICY, CONTENT_POLICY)
            .into_response()
    } else {
        json_response(StatusCode::OK, about().to_string())
    };
    response.headers_mut().insert(VARY, http::HeaderValue::from_static("accept"));
    response
}

fn about() -> serde_json::Value {
    serde_json::json!({
        "name": "Sumo Logic Cloud SIEM relay for Cisco XDR",
        "version": env!("CARGO_PKG_VERSION"),
        "openapi": "/openapi.json",
        "swagger_ui": "/swagger-ui",
    })
}
