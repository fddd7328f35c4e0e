//! The host that a request is for.
//!
//! A proxy may read one of two host names and the module the other; so a request that names no host
//! where it must, or more than one, is refused (RFC 9112, section 3.2; RFC 9113, section 8.3.1).

use http::header::HOST;
use http::uri::Authority;
use http::{StatusCode, Version};
use poem::error::ResponseError;
use poem::{Request, Result};

/// The error of a request that does not name one host.
#[derive(Debug, thiserror::Error)]
#[error("the request does not name one host")]
pub(crate) struct UnclearHost;

impl ResponseError for UnclearHost {
    fn status(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

/// Returns the host that a request names: in its target, or else in the header `Host`.
pub(crate) fn of(request: &Request) -> Option<String> {
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let header = || request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default().to_owned());
    authority.or_else(header)
}

/// Refuses requests that do not name one host.
pub(crate) async fn check(request: Request) -> Result<Request> {
    if is_clear(&request) { Ok(request) } else { Err(UnclearHost.into()) }
}

fn is_clear(request: &Request) -> bool {
    let authority = request.uri().authority().map(Authority::as_str);
    let mut headers = request.headers().get_all(HOST).iter();
    let (header, another) = (headers.next(), headers.next());
    if another.is_some() || authority.is_some_and(|authority| !is_host(authority)) {
        return false;
    }
    let Some(header) = header else { return request.version() != Version::HTTP_11 };
    let Ok(header) = header.to_str() else { return false };
    // HTTP/1.1 ignores the header when the target names the host; HTTP/2 does not let them differ.
    let may_differ = request.version() < Version::HTTP_2;
    let agrees = authority.is_none_or(|authority| may_differ || authority.eq_ignore_ascii_case(header));
    agrees && (header.is_empty() || is_host(header))
}

fn is_host(text: &str) -> bool {
    !text.contains('@') && text.parse::<Authority>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, uri: &str, hosts: &[&str]) -> Request {
        let builder = Request::builder().version(version).uri_str(uri);
        hosts.iter().fold(builder, |builder, host| builder.header(HOST, *host)).finish()
    }

    #[test]
    fn a_request_names_one_host() {
        let (one, two) = (Version::HTTP_11, Version::HTTP_2);
        for (version, uri, hosts, is_fine) in [
            (one, "/", &["a"] as &[_], true),
            (one, "/", &["a.example:8443"], true),
            (one, "/", &["[::1]:80"], true),
            (one, "/", &[""], true),
            (one, "/", &[], false),
            (Version::HTTP_10, "/", &[], true),
            (one, "/", &["a", "a"], false),
            (one, "/", &["a", "b"], false),
            (one, "/", &["a b"], false),
            (one, "/", &["a/"], false),
            (one, "/", &["u@a"], false),
            (one, "/", &["a, b"], false),
            (one, "/", &["\u{e4}"], false),
            (one, "http://a/", &["b"], true),
            (one, "http://u@a/", &["a"], false),
            (two, "http://a/", &[], true),
            (two, "http://a/", &["A"], true),
            (two, "http://a/", &["b"], false),
            (two, "/", &["a"], true),
        ] {
            assert_eq!(is_clear(&request(version, uri, hosts)), is_fine, "{version:?} {uri} {hosts:?}");
        }
    }

    #[test]
    fn the_target_counts_more_than_the_header() {
        assert_eq!(of(&request(Version::HTTP_11, "http://a/", &["b"])).as_deref(), Some("a"));
        assert_eq!(of(&request(Version::HTTP_11, "/", &["b"])).as_deref(), Some("b"));
        assert_eq!(of(&request(Version::HTTP_10, "/", &[])), None);
    }
}
