//! Other viewers of the OpenAPI document: Redoc, RapiDoc and Scalar, each a feature of this crate.
//!
//! Their bundles come with poem-openapi, inside pages with inline script and fonts from elsewhere; only the bundles
//! are taken.

use poem::Route;
#[cfg(any(feature = "redoc", feature = "rapidoc", feature = "scalar"))]
use {crate::api::document::Apis, poem_openapi::OpenApiService};

/// Adds the viewers that are compiled in, each below its own name.
pub(in crate::api) fn with_viewers(route: Route) -> Route {
    #[cfg(feature = "redoc")]
    let route = redoc::add(route);
    #[cfg(feature = "rapidoc")]
    let route = rapidoc::add(route);
    #[cfg(feature = "scalar")]
    let route = scalar::add(route);
    route
}

/// Styles are put into the page by script: all three make them from components.
#[cfg(any(feature = "redoc", feature = "rapidoc", feature = "scalar"))]
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                             font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                             frame-ancestors 'none'";

#[cfg(any(feature = "redoc", feature = "rapidoc", feature = "scalar"))]
fn viewer(page: &'static str, bundle: fn(&OpenApiService<Apis, ()>) -> String) -> Route {
    use super::{HTML, Page, SCRIPT, STYLE, bundled_script};
    use crate::api::document;
    use crate::api::methods::get;

    let script = move || bundled_script(&bundle(&document::service()));
    Route::new()
        .at("/", get(Page::new(page, HTML, VIEWER_POLICY)))
        .at("/bundle.js", get(Page::made(script, SCRIPT, VIEWER_POLICY)))
        .at("/page.css", get(Page::new(include_str!("viewer.css"), STYLE, VIEWER_POLICY)))
}

#[cfg(feature = "redoc")]
mod redoc {
    use poem::Route;

    use super::super::{Page, SCRIPT};
    use super::{VIEWER_POLICY, viewer};
    use crate::api::methods::get;

    pub(super) fn add(route: Route) -> Route {
        let start = Page::new(include_str!("redoc-start.js"), SCRIPT, VIEWER_POLICY);
        let pages = viewer(include_str!("redoc.html"), |service| service.redoc_html());
        route.nest("/redoc", pages.at("/start.js", get(start)))
    }
}

#[cfg(feature = "rapidoc")]
mod rapidoc {
    use poem::Route;

    use super::viewer;

    pub(super) fn add(route: Route) -> Route {
        route.nest("/rapidoc", viewer(include_str!("rapidoc.html"), |service| service.rapidoc_html()))
    }
}

#[cfg(feature = "scalar")]
mod scalar {
    use poem::Route;

    use super::viewer;

    pub(super) fn add(route: Route) -> Route {
        route.nest("/scalar", viewer(include_str!("scalar.html"), |service| service.scalar_html()))
    }
}
