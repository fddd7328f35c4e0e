//! Other viewers of the OpenAPI document: Redoc, RapiDoc and Scalar, each a feature of this crate.
//!
//! Their bundles come with poem-openapi, inside pages with inline script and fonts from elsewhere; only the bundles
//! are taken.

use poem::Route;
use poem_openapi::OpenApiService;

use crate::api::document::Apis;

/// Adds the viewers that are compiled in, each below its own name.
#[cfg_attr(
    not(any(feature = "redoc", feature = "rapidoc", feature = "scalar")),
    expect(unused_variables, reason = "no viewer asks for the document")
)]
pub(in crate::api) fn with_viewers(route: Route, service: &OpenApiService<Apis, ()>) -> Route {
    #[cfg(feature = "redoc")]
    let route = redoc::add(route, service);
    #[cfg(feature = "rapidoc")]
    let route = rapidoc::add(route, service);
    #[cfg(feature = "scalar")]
    let route = scalar::add(route, service);
    route
}

/// Styles are put into the page by script: all three make them from components.
#[cfg(any(feature = "redoc", feature = "rapidoc", feature = "scalar"))]
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                             font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                             frame-ancestors 'none'";

#[cfg(any(feature = "redoc", feature = "rapidoc", feature = "scalar"))]
fn viewer(page: &'static str, bundle: &str) -> Route {
    use super::{HTML, Page, SCRIPT, STYLE, between};
    use crate::api::methods::get;

    let script = between(bundle, "<script charset=\"UTF-8\">", "</script>\n").to_owned();
    Route::new()
        .at("/", get(Page::new(page, HTML, VIEWER_POLICY)))
        .at("/bundle.js", get(Page::new(script, SCRIPT, VIEWER_POLICY)))
        .at("/page.css", get(Page::new(include_str!("viewer.css"), STYLE, VIEWER_POLICY)))
}

#[cfg(feature = "redoc")]
mod redoc {
    use poem::Route;
    use poem_openapi::OpenApiService;

    use super::super::{Page, SCRIPT};
    use super::{VIEWER_POLICY, viewer};
    use crate::api::document::Apis;
    use crate::api::methods::get;

    pub(super) fn add(route: Route, service: &OpenApiService<Apis, ()>) -> Route {
        let start = Page::new(include_str!("redoc-start.js"), SCRIPT, VIEWER_POLICY);
        let pages = viewer(include_str!("redoc.html"), &service.redoc_html());
        route.nest("/redoc", pages.at("/start.js", get(start)))
    }
}

#[cfg(feature = "rapidoc")]
mod rapidoc {
    use poem::Route;
    use poem_openapi::OpenApiService;

    use super::viewer;
    use crate::api::document::Apis;

    pub(super) fn add(route: Route, service: &OpenApiService<Apis, ()>) -> Route {
        route.nest("/rapidoc", viewer(include_str!("rapidoc.html"), &service.rapidoc_html()))
    }
}

#[cfg(feature = "scalar")]
mod scalar {
    use poem::Route;
    use poem_openapi::OpenApiService;

    use super::viewer;
    use crate::api::document::Apis;

    pub(super) fn add(route: Route, service: &OpenApiService<Apis, ()>) -> Route {
        route.nest("/scalar", viewer(include_str!("scalar.html"), &service.scalar_html()))
    }
}
