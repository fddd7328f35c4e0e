//! The relay's own pages: what browsers load, and under which content-security policy.
//!
//! The files beside this module are served as they stand: no build step, nothing from elsewhere.

mod viewers;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode};
use poem::{Endpoint, Request, Response, Result, Route};

pub(super) use self::viewers::with_viewers;
use super::methods::get;

/// Scripts, styles, images and requests from here alone, no script or style inside the page, no text that becomes
/// code; nobody may frame the page.
pub(super) const OWN_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                                     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                                     require-trusted-types-for 'script'; trusted-types 'none'";

/// Forms of pages, scripts, styles and pictures.
pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const SCRIPT: &str = "text/javascript; charset=utf-8";
pub(super) const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

/// Scripts, styles and pictures of the relay's own pages.
pub(super) fn assets() -> impl Endpoint {
    let files = [
        ("/page.css", STYLE, include_str!("page.css")),
        ("/icon.svg", PICTURE, include_str!("icon.svg")),
        ("/landing.js", SCRIPT, include_str!("landing.js")),
        ("/explorer.js", SCRIPT, include_str!("explorer.js")),
        ("/answer.js", SCRIPT, include_str!("answer.js")),
        ("/graph.js", SCRIPT, include_str!("graph.js")),
        ("/element.js", SCRIPT, include_str!("element.js")),
    ];
    files.into_iter().fold(Route::new(), |route, (path, content_type, text)| {
        route.at(path, get(Page::new(text, content_type, OWN_POLICY)))
    })
}

/// Text for `text` in HTML, inside elements and attributes.
pub(super) fn escaped(text: &str) -> String {
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

/// What stands in `text` between `start` and the next `end`.
pub(super) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let after = text.split_once(start).map_or("", |(_, after)| after);
    after.split_once(end).map_or("", |(inside, _)| inside)
}

/// The script in a page of poem-openapi's that holds all it needs.
pub(super) fn bundled_script(page: &str) -> String {
    between(page, "<script charset=\"UTF-8\">", "</script>\n").to_owned()
}

/// A file that a browser loads. It is the same as long as the process runs.
///
/// It is made when it is first asked for: most relays run without anybody looking at their pages.
#[derive(Clone)]
pub(super) struct Page {
    content: Arc<LazyLock<Content, Make>>,
    content_type: &'static str,
    policy: &'static str,
}

type Make = Box<dyn FnOnce() -> Content + Send>;

struct Content {
    body: Bytes,
    tag: HeaderValue,
}

impl Content {
    fn new(body: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let tag = HeaderValue::from_str(&format!("\"{:016x}\"", hasher.finish()));
        // A hexadecimal number in quotes is always a header value.
        let tag = tag.unwrap_or_else(|_| HeaderValue::from_static("\"0\""));
        Self { body, tag }
    }
}

impl Page {
    /// A file as it stands.
    pub(super) fn new(text: &'static str, content_type: &'static str, policy: &'static str) -> Self {
        Self::made(move || text, content_type, policy)
    }

    /// A file that has to be made.
    pub(super) fn made<T: Into<Bytes>>(
        make: impl FnOnce() -> T + Send + 'static,
        content_type: &'static str,
        policy: &'static str,
    ) -> Self {
        let make: Make = Box::new(|| Content::new(make().into()));
        Self { content: Arc::new(LazyLock::new(make)), content_type, policy }
    }

    /// The answer to `request`: the file, or that the browser's copy is still right.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let Content { body, tag } = &**self.content;
        let known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| known == tag);
        let response = Response::builder()
            .header(CONTENT_TYPE, self.content_type)
            .header(CONTENT_SECURITY_POLICY, self.policy)
            .header(CACHE_CONTROL, "no-cache")
            .header(ETAG, tag)
            .header("x-content-type-options", "nosniff")
            .header("referrer-policy", "no-referrer");
        if known { response.status(StatusCode::NOT_MODIFIED).finish() } else { response.body(body.clone()) }
    }
}

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        Ok(self.answer(&request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_that_is_still_right_is_not_sent_again() {
        let page = Page::new("text", HTML, OWN_POLICY);
        let first = page.answer(&Request::default());
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[CONTENT_SECURITY_POLICY], OWN_POLICY);
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again = page.answer(&Request::builder().header(IF_NONE_MATCH, &tag).finish());
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(again.into_body().into_bytes().await.unwrap().is_empty());
        let other = Page::new("another text", HTML, OWN_POLICY);
        assert_eq!(
            other.answer(&Request::builder().header(IF_NONE_MATCH, &tag).finish()).status(),
            StatusCode::OK
        );
    }

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escaped("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(escaped("plain é"), "plain é");
    }

    #[test]
    fn pages_hold_no_script_and_no_style_of_their_own() {
        for page in
            [include_str!("landing.html"), include_str!("explorer.html"), include_str!("swagger-ui.html")]
        {
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
