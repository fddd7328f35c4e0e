//! Redoc, another viewer of the OpenAPI document, served whole by the module.

use poem::{Endpoint, Route};

use super::{HTML, Page, SCRIPT, STYLE, escaped};
use crate::http::methods::get;

/// Styles are put into the page by script: Redoc makes them from components.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                              img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                              form-action 'none'; frame-ancestors 'none'";

const BUNDLE: &str = include_str!("vendor/redoc/redoc.standalone.js");

/// The picture that the bundle loads from its makers' host. The policy of the page forbids that, so
/// that each visit would leave an error in the browser's console.
const OUTSIDE_LOGO: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const EMPTY_PICTURE: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";

/// Returns the page and its assets.
pub(crate) fn pages(title: &str) -> impl Endpoint + use<> {
    let bundle = Page::made(bundle, SCRIPT, CONTENT_POLICY);
    let title = escaped(title);
    let page = {
        let bundle = bundle.clone();
        move || {
            let address = bundle.versioned("/redoc/bundle.js");
            include_str!("redoc.html").replace("{title}", &title).replace("{bundle}", &address)
        }
    };
    let asset = |text, content_type| get(Page::new(text, content_type, CONTENT_POLICY));
    Route::new()
        .at("/", get(Page::made(page, HTML, CONTENT_POLICY)))
        .at("/bundle.js", get(bundle))
        .at("/page.css", asset(include_str!("viewer.css"), STYLE))
        .at("/start.js", asset(include_str!("redoc-start.js"), SCRIPT))
}

fn bundle() -> String {
    BUNDLE.replace(OUTSIDE_LOGO, EMPTY_PICTURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_loads_no_picture_from_elsewhere() {
        assert_eq!(BUNDLE.matches(OUTSIDE_LOGO).count(), 1, "the bundle still names its picture so");
        assert!(!bundle().contains("cdn.redoc"));
        assert!(bundle().contains(&format!("\"{EMPTY_PICTURE}\"")), "it stays a text in quotes");
    }
}
