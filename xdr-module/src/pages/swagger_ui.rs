//! Swagger UI, served whole by the module.

use poem::{Endpoint, Route};

use super::{HTML, Page, SCRIPT, STYLE, escaped};
use crate::http::methods::get;

/// Icons are data URLs; all else comes from here.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                              connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns the page and its assets; a token is offered for authorization with one click.
pub(crate) fn pages(title: &str, demo_token: Option<String>) -> impl Endpoint + use<> {
    let bundle = Page::new(include_str!("vendor/swagger-ui/swagger-ui-bundle.js"), SCRIPT, CONTENT_POLICY);
    let style = Page::new(include_str!("vendor/swagger-ui/swagger-ui.css"), STYLE, CONTENT_POLICY);
    let title = escaped(title);
    let page = {
        let (bundle, style) = (bundle.clone(), style.clone());
        move || {
            include_str!("swagger-ui.html")
                .replace("{title}", &title)
                .replace("{bundle}", &bundle.versioned("/swagger-ui/swagger-ui-bundle.js"))
                .replace("{style}", &style.versioned("/swagger-ui/swagger-ui.css"))
        }
    };
    let start = move || {
        let token = serde_json::Value::from(demo_token).to_string();
        include_str!("swagger-ui-start.js").replace("\"{demo token}\"", &token)
    };
    let asset = |text, content_type| get(Page::new(text, content_type, CONTENT_POLICY));
    Route::new()
        .at("/", get(Page::made(page, HTML, CONTENT_POLICY)))
        .at("/swagger-ui-bundle.js", get(bundle))
        .at("/swagger-ui.css", get(style))
        .at("/page.css", asset(include_str!("swagger-ui-page.css"), STYLE))
        .at("/start.js", get(Page::made(start, SCRIPT, CONTENT_POLICY)))
}
