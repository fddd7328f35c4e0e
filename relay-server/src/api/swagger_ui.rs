//! Swagger UI, served whole by the relay.
//!
//! poem-openapi carries Swagger UI inside one page with inline script, which no sound content-security policy lets
//! run. Its script and style are taken out of that page and served as files of their own.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use poem::endpoint::make_sync;
use poem::{Endpoint, Response, Route, get};

/// Styles are set by script on elements, and icons are data URLs; scripts come from here alone.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                              img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                              frame-ancestors 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Swagger UI: Sumo Logic Cloud SIEM relay</title>
<link rel="stylesheet" href="/swagger-ui/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/swagger-ui/start.js"></script>
</body>
</html>
"#;

const START: &str = include_str!("swagger_ui_start.js");

/// The page and its assets; `bundle` is the page that poem-openapi makes.
pub(super) fn pages(bundle: &str, demo_token: Option<&str>) -> impl Endpoint + use<> {
    let script = between(bundle, "<script charset=\"UTF-8\">", "</script>\n");
    let style = between(bundle, "<style charset=\"UTF-8\">", "</style>");
    let token = serde_json::Value::from(demo_token).to_string();
    let start = START.replace("\"{demo token}\"", &token);
    Route::new()
        .at("/", get(asset(PAGE, "text/html; charset=utf-8")))
        .at("/swagger-ui-bundle.js", get(asset(script, "text/javascript; charset=utf-8")))
        .at("/swagger-ui.css", get(asset(style, "text/css; charset=utf-8")))
        .at("/start.js", get(asset(&start, "text/javascript; charset=utf-8")))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let after = text.split_once(start).map_or("", |(_, after)| after);
    after.split_once(end).map_or("", |(inside, _)| inside)
}

fn asset(text: &str, content_type: &'static str) -> impl Endpoint + use<> {
    let text = Bytes::copy_from_slice(text.as_bytes());
    make_sync(move |_| {
        Response::builder()
            .header(CONTENT_TYPE, content_type)
            .header(CONTENT_SECURITY_POLICY, CONTENT_POLICY)
            .header(CACHE_CONTROL, "no-cache")
            .header("x-content-type-options", "nosniff")
            .body(text.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::between;
    use crate::api::document;

    #[test]
    fn script_and_style_are_found_in_the_page() {
        let page = document::service().swagger_ui_html();
        let script = between(&page, "<script charset=\"UTF-8\">", "</script>\n");
        let style = between(&page, "<style charset=\"UTF-8\">", "</style>");
        assert!(script.len() > 500_000 && script.contains("SwaggerUIBundle"), "{}", script.len());
        assert!(style.len() > 50_000 && style.contains(".swagger-ui"), "{}", style.len());
    }
}
