//! The listener for operators, off the public network: live, ready, metrics, log level.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::uri::Authority;
use http::{Method, StatusCode, Version};
use poem::error::ResponseError;
use poem::web::{Data, RemoteAddr};
use poem::{Addr, Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Route, handler};
use tokio::time::timeout;

use super::methods::{self, get};
use super::{fault, host};
use crate::auth::allow_list::AllowList;
use crate::telemetry::logs::LogLevel;
use crate::telemetry::metrics::{Metrics, TextFormat};

/// The readiness of a server: open once its port is, closed as soon as it is told to stop.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Opens or closes it.
    pub fn set(&self, is_ready: bool) {
        self.0.store(is_ready, Ordering::Release);
    }

    /// Returns true if requests are taken.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// `GET /live`, `/ready`, `/metrics`, and `GET` and `PUT /log-level`.
pub(crate) fn site(
    metrics: Metrics,
    readiness: Readiness,
    log_level: Option<LogLevel>,
    service: String,
    hosts: AllowList,
) -> impl Endpoint + 'static {
    Route::new()
        .at("/live", get(live))
        .at("/ready", get(ready))
        .at("/metrics", get(show_metrics))
        .at("/log-level", get(show_log_level).with(Method::PUT, set_log_level))
        .data(metrics)
        .data(readiness)
        .data(log_level)
        .before(methods::head_as_get)
        .before(move |request| {
            let is_own = is_own_host(&request, &hosts);
            async move { if is_own { Ok(request) } else { Err(ForeignHost.into()) } }
        })
        .catch_all_error(move |error: poem::Error| {
            let response = fault::from_error(&service, &error);
            async move { response }
        })
}

/// The error of a request that names a host which may not be that of operators.
#[derive(Debug, thiserror::Error)]
#[error("the request names a host that is not that of the admin listener")]
struct ForeignHost;

impl ResponseError for ForeignHost {
    fn status(&self) -> StatusCode {
        StatusCode::MISDIRECTED_REQUEST
    }
}

/// The ends of names that no public zone holds, so that no stranger can let them lead here.
const PRIVATE_ZONES: [&str; 4] = [".svc", ".svc.cluster.local", ".internal", ".localhost"];

/// Returns true if a request names an address, a private name, or one of `hosts`.
///
/// A page of a stranger in an operator's browser can let a name of its own lead to the admin
/// listener (DNS rebinding), but the request names that host.
fn is_own_host(request: &Request, hosts: &AllowList) -> bool {
    let Some(host) = host::of(request) else { return request.version() != Version::HTTP_11 };
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let is_private = !name.contains('.') || PRIVATE_ZONES.iter().any(|zone| name.ends_with(zone));
    is_address || is_private || hosts.contains(&name)
}

/// The process runs and answers.
#[handler]
fn live() -> &'static str {
    "live\n"
}

#[handler]
fn ready(readiness: Data<&Readiness>) -> Response {
    if readiness.is_ready() {
        return "ready\n".into_response();
    }
    "not ready\n".with_status(StatusCode::SERVICE_UNAVAILABLE).into_response()
}

#[handler]
fn show_metrics(metrics: Data<&Metrics>, request: &Request) -> Response {
    let format = TextFormat::of_accept(request.header(ACCEPT).unwrap_or_default());
    Response::builder().header(CONTENT_TYPE, format.content_type()).body(metrics.to_format(format))
}

#[handler]
fn show_log_level(log_level: Data<&Option<LogLevel>>) -> Response {
    match log_level.as_ref() {
        Some(level) => format!("{}\n", level.get()).into_response(),
        None => "logs are set up outside of the service\n".with_status(StatusCode::NOT_FOUND).into_response(),
    }
}

/// The longest filter that is taken, in bytes.
const MAX_FILTER_BYTES: usize = 4 * 1024;

/// The longest time for a filter to arrive.
const FILTER_TIME: Duration = Duration::from_secs(10);

/// Takes a filter as `RELAY_LOG` does, from this machine alone: more logs may tell more than others
/// are to know.
#[handler]
async fn set_log_level(request: &Request, log_level: Data<&Option<LogLevel>>, body: Body) -> Response {
    let Some(level) = log_level.as_ref() else {
        return "logs are set up outside of the service\n".with_status(StatusCode::NOT_FOUND).into_response();
    };
    if !is_local(request.remote_addr()) {
        let text = "the log level can be changed from the same machine alone\n";
        return text.with_status(StatusCode::FORBIDDEN).into_response();
    }
    let body = timeout(FILTER_TIME, body.into_bytes_limit(MAX_FILTER_BYTES)).await;
    let filter = match body {
        Ok(Ok(filter)) => String::from_utf8_lossy(&filter).into_owned(),
        Ok(Err(error)) => {
            return "the filter cannot be read\n".with_status(error.status()).into_response();
        }
        Err(_elapsed) => {
            let text = "the filter did not arrive in time\n";
            return text.with_status(StatusCode::REQUEST_TIMEOUT).into_response();
        }
    };
    match level.set(filter.trim()) {
        Ok(()) => {
            tracing::info!(filter = filter.trim(), "the log level was changed");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => format!("{error}\n").with_status(StatusCode::BAD_REQUEST).into_response(),
    }
}

fn is_local(peer: &RemoteAddr) -> bool {
    matches!(&peer.0, Addr::SocketAddr(address) if address.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use poem::http::Uri;

    use super::*;

    fn site_of(readiness: Readiness) -> impl Endpoint<Output = impl IntoResponse> {
        site(Metrics::new("1"), readiness, None, "module".to_owned(), AllowList::known(["ops.example.com"]))
    }

    fn request(method: Method, path: &'static str) -> poem::RequestBuilder {
        Request::builder().method(method).uri(Uri::from_static(path)).header("host", "127.0.0.1:9091")
    }

    async fn status(
        site: &impl Endpoint<Output = impl IntoResponse>,
        method: Method,
        path: &'static str,
    ) -> StatusCode {
        site.get_response(request(method, path).finish()).await.status()
    }

    #[tokio::test]
    async fn names_that_a_stranger_may_own_are_refused() {
        let site = site_of(Readiness::default());
        for (host, status) in [
            ("127.0.0.1:9091", 200),
            ("[::1]:9091", 200),
            ("localhost", 200),
            ("relay:9091", 200),
            ("relay.monitoring.svc.cluster.local:9091", 200),
            ("ops.example.com:9091", 200),
            ("OPS.example.com", 200),
            ("evil.example.com:9091", 421),
            ("127.0.0.1.evil.example", 421),
            ("svc.evil.example", 421),
        ] {
            let request = Request::builder().uri(Uri::from_static("/live")).header("host", host);
            assert_eq!(site.get_response(request.finish()).await.status(), status, "{host}");
        }
    }

    #[test]
    fn only_callers_on_this_machine_may_change_the_log_level() {
        for (peer, expected) in [
            ("127.0.0.1:1", true),
            ("127.8.9.10:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("10.0.0.1:1", false),
            ("[::ffff:10.0.0.1]:1", false),
            ("[fe80::1]:1", false),
            ("0.0.0.0:1", false),
        ] {
            let address = RemoteAddr(Addr::SocketAddr(peer.parse().unwrap()));
            assert_eq!(is_local(&address), expected, "{peer}");
        }
        assert!(!is_local(&RemoteAddr(Addr::custom("unix", "peer"))));
    }

    #[tokio::test]
    async fn readiness_is_apart_from_life() {
        let readiness = Readiness::default();
        let site = site_of(readiness.clone());
        assert_eq!(status(&site, Method::GET, "/live").await, 200);
        assert_eq!(status(&site, Method::GET, "/ready").await, 503);
        readiness.set(true);
        assert_eq!(status(&site, Method::GET, "/ready").await, 200);
        assert_eq!(status(&site, Method::GET, "/metrics").await, 200);
        assert_eq!(status(&site, Method::GET, "/log-level").await, 404);
        assert_eq!(status(&site, Method::POST, "/live").await, 405);
        assert_eq!(status(&site, Method::GET, "/nothing").await, 404);
    }

    #[tokio::test]
    async fn a_wrong_method_is_told_the_right_ones() {
        let site = site_of(Readiness::default());
        for (path, known) in [
            ("/live", "GET, HEAD"),
            ("/ready", "GET, HEAD"),
            ("/metrics", "GET, HEAD"),
            ("/log-level", "GET, HEAD, PUT"),
        ] {
            let request = request(Method::DELETE, path).finish();
            let response = site.get_response(request).await;
            assert_eq!(response.status(), 405);
            assert_eq!(response.headers()["allow"], known);
        }
    }
}
