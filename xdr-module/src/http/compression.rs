//! Compressed responses, for callers that take gzip.
//!
//! An encoder takes some 400 kB until its response is sent, so only responses that hold a place
//! have one. Content that never changes is compressed once, and kept.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version};
use poem::Response;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use super::held_body::HeldUntilSent;

/// Shorter bodies are sent as they are, in bytes: they fit into one packet anyway.
const MIN_BYTES: u16 = 1400;

/// A body that never changes; an extension of its responses. Clones share the compressed form,
/// which is made when it is first asked for.
#[derive(Clone)]
pub(crate) struct StaticBody(Arc<Forms>);

struct Forms {
    plain: Bytes,
    /// None if the body could not be compressed.
    gzip: OnceLock<Option<Bytes>>,
}

impl StaticBody {
    /// Creates a body that is not compressed yet.
    pub(crate) fn new(plain: Bytes) -> Self {
        Self(Arc::new(Forms { plain, gzip: OnceLock::new() }))
    }

    /// Returns the body as it is.
    pub(crate) fn plain(&self) -> Bytes {
        self.0.plain.clone()
    }

    fn is_worth_it(&self) -> bool {
        self.0.plain.len() >= usize::from(MIN_BYTES)
    }

    fn gzip(&self) -> Option<Bytes> {
        self.0.gzip.get_or_init(|| gzip(&self.0.plain).ok()).clone()
    }
}

fn gzip(plain: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain)?;
    let mut compressed = encoder.finish()?;
    // It is kept for good.
    compressed.shrink_to_fit();
    Ok(compressed.into())
}

/// Replaces a [`StaticBody`] by its compressed form if the caller takes gzip. Adds `Vary` in any
/// case.
pub(super) fn encode_static(mut response: Response, takes_gzip: bool) -> Response {
    let body = response.extensions_mut().remove::<StaticBody>();
    let Some(body) = body.filter(StaticBody::is_worth_it) else { return response };
    response.headers_mut().append(VARY, HeaderValue::from(ACCEPT_ENCODING));
    if takes_gzip
        && response.status() == StatusCode::OK
        && let Some(gzip) = body.gzip()
    {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.set_body(gzip);
    }
    response
}

/// Returns true if a request with these headers takes gzip: it names it, and not with `q=0` (RFC
/// 9110, section 12.5.3).
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused(parameters)
    })
}

fn is_refused(parameters: &str) -> bool {
    let weight = parameters.split_once('=').map(|(_, weight)| weight.trim());
    weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
}

/// The mark of a response that holds a place.
#[derive(Clone, Copy)]
struct HoldsPlace;

/// Marks a response that holds something until it is sent, which below the middleware is its place.
pub(crate) async fn mark_held(mut response: Response) -> Response {
    if response.extensions().get::<HeldUntilSent>().is_some() {
        response.extensions_mut().insert(HoldsPlace);
    }
    response
}

/// Returns the layer that compresses responses which hold a place.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    let holds_place = |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
        extensions.get::<HoldsPlace>().is_some()
    };
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(MIN_BYTES).and(holds_place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_by_those_who_name_it() {
        for (accepted, takes) in [
            ("gzip", true),
            ("br, GZIP", true),
            ("br;q=1.0 , gzip;q=0.5", true),
            ("gzip; q=0", false),
            ("gzip;q=0.000, br", false),
            ("br", false),
            ("xgzip", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
            assert_eq!(takes_gzip(&headers), takes, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_body_is_compressed_once_and_only_for_those_who_take_it() {
        let body = StaticBody::new("text ".repeat(1_000).into());
        let respond = |takes_gzip| {
            let response = Response::builder().extension(body.clone()).body(body.plain());
            encode_static(response, takes_gzip)
        };
        let plain = respond(false);
        assert_eq!(
            (&plain.headers()[VARY], plain.headers().get(CONTENT_ENCODING)),
            (&"accept-encoding".parse().unwrap(), None)
        );
        assert!(body.0.gzip.get().is_none());
        assert_eq!(respond(true).headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(body.gzip().unwrap().as_ptr(), body.gzip().unwrap().as_ptr());
        let short = StaticBody::new("text".into());
        let response = Response::builder().extension(short.clone()).body(short.plain());
        assert!(encode_static(response, true).headers().is_empty());
    }
}
