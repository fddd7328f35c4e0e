//! Pages for browsers, each with its content-security policy.
//!
//! The files beside this module are served as they stand: no build step, nothing from elsewhere. Those below `vendor/`
//! are of others; `scripts/vendor_pages.py` brings and checks them.

pub(crate) mod dashboard;
pub(crate) mod landing;
#[cfg(feature = "redoc")]
pub(crate) mod redoc;
pub(crate) mod swagger_ui;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode};
use poem::{Endpoint, Request, Response, Result, Route};

use crate::http::compression::StaticBody;
use crate::http::methods::get;

/// The pages for people: landing page, explorer and Swagger UI.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pages {
    /// They are served.
    #[default]
    On,
    /// They are not; the OpenAPI document still is.
    Off,
}

impl From<bool> for Pages {
    fn from(are_on: bool) -> Self {
        if are_on { Self::On } else { Self::Off }
    }
}

/// Scripts, styles, images and requests from here alone, no script or style inside the page, no text that becomes
/// code; nobody may frame the page.
pub(crate) const OWN_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                                     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                                     require-trusted-types-for 'script'; trusted-types 'none'";

/// Media types of pages, the document, scripts, styles and pictures.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const JSON: &str = "application/json";
pub(crate) const SCRIPT: &str = "text/javascript; charset=utf-8";
pub(crate) const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

/// A file at an address with its version never changes; all others are asked for again each time.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Returns the scripts, styles and pictures of the module's own pages.
pub(crate) fn assets() -> impl Endpoint {
    let files = [
        ("/page.css", STYLE, include_str!("page.css")),
        ("/icon.svg", PICTURE, include_str!("icon.svg")),
        ("/landing.js", SCRIPT, include_str!("landing.js")),
        ("/explorer.css", STYLE, include_str!("explorer.css")),
        ("/explorer.js", SCRIPT, include_str!("explorer.js")),
        ("/actions.js", SCRIPT, include_str!("actions.js")),
        ("/answer.js", SCRIPT, include_str!("answer.js")),
        ("/visible.js", SCRIPT, include_str!("visible.js")),
        ("/graph.js", SCRIPT, include_str!("graph.js")),
        ("/layout.js", SCRIPT, include_str!("layout.js")),
        ("/viewport.js", SCRIPT, include_str!("viewport.js")),
        ("/details.js", SCRIPT, include_str!("details.js")),
        ("/table.js", SCRIPT, include_str!("table.js")),
        ("/filters.js", SCRIPT, include_str!("filters.js")),
        ("/glance.js", SCRIPT, include_str!("glance.js")),
        ("/tactics.js", SCRIPT, include_str!("tactics.js")),
        ("/timeline.js", SCRIPT, include_str!("timeline.js")),
        ("/extract.js", SCRIPT, include_str!("extract.js")),
        ("/outcome.js", SCRIPT, include_str!("outcome.js")),
        ("/paste.js", SCRIPT, include_str!("paste.js")),
        ("/export.js", SCRIPT, include_str!("export.js")),
        ("/picture.js", SCRIPT, include_str!("picture.js")),
        ("/bundle.js", SCRIPT, include_str!("bundle.js")),
        ("/stix.js", SCRIPT, include_str!("stix.js")),
        ("/stix-observables.js", SCRIPT, include_str!("stix-observables.js")),
        ("/uuid.js", SCRIPT, include_str!("uuid.js")),
        ("/element.js", SCRIPT, include_str!("element.js")),
        ("/dagre.esm.js", SCRIPT, include_str!("vendor/dagre/dagre.esm.js")),
        ("/dashboard.css", STYLE, include_str!("dashboard.css")),
        ("/dashboard.js", SCRIPT, include_str!("dashboard.js")),
        ("/charts.js", SCRIPT, include_str!("charts.js")),
        ("/markdown.js", SCRIPT, include_str!("markdown.js")),
        ("/tour.css", STYLE, include_str!("tour.css")),
        ("/tour.js", SCRIPT, include_str!("tour.js")),
    ];
    files.into_iter().fold(Route::new(), |route, (path, content_type, text)| {
        route.at(path, get(Page::new(text, content_type, OWN_POLICY)))
    })
}

/// Returns text for HTML, inside elements and attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A file that a browser loads. It is the same as long as the process runs.
///
/// It is made when it is first asked for: most modules run without anybody looking at their pages.
#[derive(Clone)]
pub(crate) struct Page {
    content: Arc<LazyLock<Content, Make>>,
    content_type: &'static str,
    policy: &'static str,
}

type Make = Box<dyn FnOnce() -> Content + Send>;

struct Content {
    body: StaticBody,
    /// A number that changes with the body.
    version: String,
    tag: HeaderValue,
}

impl Content {
    fn new(body: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let version = format!("{:016x}", hasher.finish());
        let tag = HeaderValue::from_str(&format!("W/\"{version}\""));
        // A hexadecimal number in quotes is always a header value.
        let tag = tag.unwrap_or_else(|_| HeaderValue::from_static("\"0\""));
        Self { body: StaticBody::new(body), version, tag }
    }
}

impl Page {
    /// Creates a file as it stands.
    pub(crate) fn new(text: &'static str, content_type: &'static str, policy: &'static str) -> Self {
        Self::made(move || text, content_type, policy)
    }

    /// Creates a file that has to be made.
    pub(crate) fn made<T: Into<Bytes>>(
        make: impl FnOnce() -> T + Send + 'static,
        content_type: &'static str,
        policy: &'static str,
    ) -> Self {
        let make: Make = Box::new(|| Content::new(make().into()));
        Self { content: Arc::new(LazyLock::new(make)), content_type, policy }
    }

    /// Returns the address at which browsers keep the file for good: `path`, with the version of
    /// the content.
    pub(crate) fn versioned(&self, path: &str) -> String {
        format!("{path}?v={}", self.content.version)
    }

    /// Returns the response to `request`: the file, or that the browser's copy is still right.
    pub(crate) fn respond(&self, request: &Request) -> Response {
        let Content { body, version, tag } = &**self.content;
        let known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| known == tag);
        let asked = request.uri().query().and_then(|query| query.strip_prefix("v="));
        let is_versioned = asked == Some(version);
        let response = Response::builder()
            .header(CONTENT_TYPE, self.content_type)
            .header(CONTENT_SECURITY_POLICY, self.policy)
            .header(CACHE_CONTROL, if is_versioned { FOR_GOOD } else { "no-cache" })
            .header(ETAG, tag)
            .header("x-content-type-options", "nosniff")
            .header("referrer-policy", "no-referrer")
            // For the server, which sends the compressed form to callers that accept it.
            .extension(body.clone());
        if known { response.status(StatusCode::NOT_MODIFIED).finish() } else { response.body(body.plain()) }
    }
}

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        Ok(self.respond(&request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_that_is_still_right_is_not_sent_again() {
        let page = Page::new("text", HTML, OWN_POLICY);
        let first = page.respond(&Request::default());
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[CONTENT_SECURITY_POLICY], OWN_POLICY);
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again = page.respond(&Request::builder().header(IF_NONE_MATCH, &tag).finish());
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(again.into_body().into_bytes().await.unwrap().is_empty());
        let other = Page::new("another text", HTML, OWN_POLICY);
        assert_eq!(
            other.respond(&Request::builder().header(IF_NONE_MATCH, &tag).finish()).status(),
            StatusCode::OK
        );
    }

    #[test]
    fn a_file_is_kept_for_good_at_the_address_of_its_version_alone() {
        let page = Page::new("text", HTML, OWN_POLICY);
        let address = page.versioned("/a.js");
        let kept = |address: &str| {
            let response = page.respond(&Request::builder().uri_str(address).finish());
            response.headers()[CACHE_CONTROL].to_str().unwrap().to_owned()
        };
        assert_eq!(kept(&address), FOR_GOOD);
        for other in ["/a.js", "/a.js?v=", "/a.js?v=0000000000000000"] {
            assert_eq!(kept(other), "no-cache", "{other}");
        }
        assert_ne!(address, Page::new("another text", HTML, OWN_POLICY).versioned("/a.js"));
    }

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escaped("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(escaped("plain é"), "plain é");
    }

    #[test]
    fn pages_hold_no_script_and_no_style_of_their_own() {
        for page in [
            include_str!("dashboard.html"),
            include_str!("landing.html"),
            include_str!("explorer.html"),
            include_str!("actions.html"),
            include_str!("tour.html"),
            include_str!("swagger-ui.html"),
        ] {
            for found in page.match_indices("<script").map(|(at, _)| page.get(at..).unwrap_or_default()) {
                assert!(found.contains("></script>") && found.starts_with("<script "), "{found}");
            }
            for forbidden in
                ["<style", " style=", " onclick=", " onload=", "javascript:", "src=\"http", "url(http"]
            {
                assert!(!page.contains(forbidden), "{forbidden}");
            }
        }
    }
}
