//! Swagger UI, served whole by the relay.
//!
//! poem-openapi carries Swagger UI inside one page with inline script, which no sound content-security policy lets
//! run. Its script and style are taken out of that page and served as files of their own.

use poem::{Endpoint, Route};

use super::document;
use super::methods::get;
use super::pages::{HTML, Page, SCRIPT, STYLE, between, bundled_script};

/// Icons are data URLs; all else comes from here.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                              connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page and its assets.
pub(super) fn pages(demo_token: Option<String>) -> impl Endpoint {
    let start = move || {
        let token = serde_json::Value::from(demo_token).to_string();
        include_str!("pages/swagger-ui-start.js").replace("\"{demo token}\"", &token)
    };
    let page_style = include_str!("pages/swagger-ui-page.css");
    Route::new()
        .at("/", get(Page::new(include_str!("pages/swagger-ui.html"), HTML, CONTENT_POLICY)))
        .at("/swagger-ui-bundle.js", get(Page::made(script, SCRIPT, CONTENT_POLICY)))
        .at("/swagger-ui.css", get(Page::made(style, STYLE, CONTENT_POLICY)))
        .at("/page.css", get(Page::new(page_style, STYLE, CONTENT_POLICY)))
        .at("/start.js", get(Page::made(start, SCRIPT, CONTENT_POLICY)))
}

fn script() -> String {
    bundled_script(&document::service().swagger_ui_html())
}

fn style() -> String {
    between(&document::service().swagger_ui_html(), "<style charset=\"UTF-8\">", "</style>").to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn script_and_style_are_found_in_the_page() {
        let (script, style) = (super::script(), super::style());
        assert!(script.len() > 500_000 && script.contains("SwaggerUIBundle"), "{}", script.len());
        assert!(style.len() > 50_000 && style.contains(".swagger-ui"), "{}", style.len());
    }
}
