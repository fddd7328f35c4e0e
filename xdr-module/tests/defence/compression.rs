//! Compressed answers, which cost those nothing who ask without a token.

use std::io::Read;

use http::Method;
use reqwest::Response;

use super::site::{LONG, Site, ask};

async fn send(site: &Site, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let client = reqwest::Client::builder().no_proxy().no_gzip().no_brotli().no_zstd().no_deflate();
    let client = client.tls_certs_only([]).build().unwrap();
    let request = client.request(method, format!("http://{}{path}", site.address));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
    response.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn static_content_inflates_to_what_others_get() {
    let site = Site::start(|_| {});
    let (html, gzip) = (("accept", "text/html"), ("accept-encoding", "br, gzip"));
    for path in ["/", "/openapi.json", "/swagger-ui", "/swagger-ui/swagger-ui-bundle.js", "/assets/graph.js"]
    {
        let plain = send(&site, Method::GET, path, &[html]).await;
        let small = send(&site, Method::GET, path, &[html, gzip]).await;
        let refused = send(&site, Method::GET, path, &[html, ("accept-encoding", "gzip;q=0")]).await;
        assert!(header(&plain, "content-encoding").is_empty(), "{path}");
        assert!(header(&refused, "content-encoding").is_empty(), "{path}");
        if path == "/swagger-ui" {
            assert!(header(&small, "content-encoding").is_empty(), "too small");
            continue;
        }
        assert_eq!(header(&small, "content-encoding"), ["gzip"], "{path}");
        for response in [&plain, &small, &refused] {
            assert!(header(response, "vary").contains(&"accept-encoding"), "{path}");
            assert_eq!(header(response, "etag"), header(&plain, "etag"), "{path}");
            assert_eq!(header(response, "content-type"), header(&plain, "content-type"), "{path}");
        }
        let tag = header(&small, "etag").concat();
        let known = send(&site, Method::GET, path, &[html, gzip, ("if-none-match", &tag)]).await;
        assert_eq!((known.status().as_u16(), header(&known, "content-encoding")), (304, vec![]), "{path}");
        assert!(known.bytes().await.unwrap().is_empty(), "{path}");
        let head = send(&site, Method::HEAD, path, &[html, gzip]).await;
        let small_length = header(&small, "content-length").concat();
        assert_eq!(header(&head, "content-length"), [small_length.as_str()], "{path}");
        assert_eq!(header(&head, "content-encoding"), ["gzip"], "{path}");
        let (plain, small) = (plain.bytes().await.unwrap(), small.bytes().await.unwrap());
        assert!(small.len() * 2 < plain.len(), "{path}: {} of {}", small.len(), plain.len());
        let mut inflated = Vec::new();
        flate2::read::GzDecoder::new(&*small).read_to_end(&mut inflated).unwrap();
        assert!(inflated == plain, "{path}");
    }
}

#[tokio::test]
async fn only_answers_that_hold_a_place_are_compressed_for_a_caller() {
    let site = Site::start(|_| {});
    let gzip = ("accept-encoding", "gzip");
    let echo = send(&site, Method::GET, "/watchdog", &[gzip, ("health-check", &"\"".repeat(1024))]).await;
    assert!(header(&echo, "content-encoding").is_empty());
    assert!(echo.bytes().await.unwrap().len() > 2048);
    let client = reqwest::Client::builder().no_proxy().no_gzip().tls_certs_only([]).build().unwrap();
    let request = client.post(format!("http://{}/refer/observables", site.address)).body(ask(LONG));
    let authorization = site.authorization("a", "us");
    let reply = request.header("authorization", authorization).header(gzip.0, gzip.1).send().await.unwrap();
    assert_eq!(header(&reply, "content-encoding"), ["gzip"]);
    let mut inflated = String::new();
    let small = reply.bytes().await.unwrap();
    flate2::read::GzDecoder::new(&*small).read_to_string(&mut inflated).unwrap();
    assert!(small.len() < 2048 && inflated.len() > 8 * 1024 && inflated.starts_with(r#"{"data":"#));
}
