//! Answers as gzip, for callers that take it (RFC 9110, section 12.5.3).
//!
//! poem's own middleware is not used: it takes `q=0` for a wish, and unpacks request bodies of any size.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

/// Shorter bodies are sent as they are, in bytes: they fit into one packet anyway.
const MIN_BYTES: usize = 1400;

/// Endpoints whose JSON answers are held whole, and are compressed where the caller takes that.
pub(super) struct Compressed<E>(pub(super) E);

impl<E: Endpoint> Endpoint for Compressed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let takes_gzip = takes_gzip(request.headers());
        let mut response = self.0.call(request).await?.into_response();
        // Pages have a tag for the one form in which they are sent.
        let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|form| form == "application/json");
        if is_json {
            response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if is_json && takes_gzip {
            compress(&mut response).await;
        }
        Ok(response)
    }
}

async fn compress(response: &mut Response) {
    // An answer is in memory already; were one to fail, nothing of it would be left to send.
    let body = response.take_body().into_bytes().await.unwrap_or_default();
    match gzip(&body) {
        Some(compressed) => {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response.set_body(compressed);
        }
        None => response.set_body(body),
    }
}

/// The body compressed at the level that costs least, when that is worth it.
fn gzip(body: &Bytes) -> Option<Bytes> {
    if body.len() < MIN_BYTES {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from).filter(|compressed| compressed.len() < body.len())
}

/// Whether the caller takes gzip: named, or meant by `*`, with any weight but 0.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|list| list.to_str().ok());
    let codings = lists.flat_map(|list| list.split(',')).map(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
        (name.trim(), weight.is_ok_and(|weight| weight > 0.0))
    });
    let mut others = false;
    for (name, is_wanted) in codings {
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return is_wanted;
        }
        others |= name == "*" && is_wanted;
    }
    others
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use poem::endpoint::make_sync;

    use super::*;

    fn takes(lists: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_str(list).unwrap());
        }
        takes_gzip(&headers)
    }

    #[test]
    fn callers_say_whether_they_take_gzip() {
        for (lists, expected) in [
            (&[][..], false),
            (&[""], false),
            (&["identity"], false),
            (&["br, deflate"], false),
            (&["gzip"], true),
            (&["GZIP;q=0.5, br"], true),
            (&["br", "x-gzip"], true),
            (&["gzip; q=0"], false),
            (&["gzip;q=0.000, *"], false),
            (&["*"], true),
            (&["*;q=0"], false),
            (&["*;q=0, gzip"], true),
            (&["gzip;q=much"], false),
        ] {
            assert_eq!(takes(lists), expected, "{lists:?}");
        }
    }

    #[tokio::test]
    async fn what_is_worth_it_is_compressed() {
        let long = "abc".repeat(MIN_BYTES);
        for (body, accept, is_compressed) in
            [(long.as_str(), "gzip", true), (&long, "br", false), ("short", "gzip", false)]
        {
            let text = body.to_owned();
            let answer = make_sync(move |_| {
                Response::builder().header(CONTENT_TYPE, "application/json").body(text.clone())
            });
            let endpoint = Compressed(answer);
            let request = Request::builder().header(ACCEPT_ENCODING, accept).finish();
            let response = endpoint.call(request).await.unwrap();
            assert_eq!(response.headers()[VARY], "accept-encoding");
            assert_eq!(response.headers().get(CONTENT_ENCODING).is_some(), is_compressed, "{accept}");
            let sent = response.into_body().into_bytes().await.unwrap();
            let mut read = String::new();
            if is_compressed {
                assert!(sent.len() < body.len());
                flate2::read::GzDecoder::new(&sent[..]).read_to_string(&mut read).unwrap();
            } else {
                read = String::from_utf8(sent.to_vec()).unwrap();
            }
            assert_eq!(read, body);
        }
    }
}
