//! The listener for operators, off the public network: live, ready, metrics, log level.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use poem::web::Data;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Route, handler};

use crate::api::fault;
use crate::api::methods::{self, get};
use crate::metrics::Metrics;
use crate::telemetry::LogLevel;

/// Whether the server takes requests: open once its port is, closed as soon as it is told to stop.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Takes requests, or no more.
    pub fn set(&self, is_ready: bool) {
        self.0.store(is_ready, Ordering::Release);
    }

    /// Whether requests are taken.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// `GET /live`, `/ready`, `/metrics`, and `GET` and `PUT /log-level`.
pub(crate) fn site(
    metrics: Metrics,
    readiness: Readiness,
    log_level: Option<LogLevel>,
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
        .catch_all_error(|error: poem::Error| async move { fault::from_error(&error) })
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
fn show_metrics(metrics: Data<&Metrics>) -> Response {
    Response::builder()
        .header(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.to_text())
}

#[handler]
fn show_log_level(log_level: Data<&Option<LogLevel>>) -> Response {
    match log_level.as_ref() {
        Some(level) => format!("{}\n", level.get()).into_response(),
        None => "logs are set up outside of the relay\n".with_status(StatusCode::NOT_FOUND).into_response(),
    }
}

/// Takes a filter as `RELAY_LOG` does.
#[handler]
fn set_log_level(log_level: Data<&Option<LogLevel>>, filter: String) -> Response {
    let Some(level) = log_level.as_ref() else {
        return "logs are set up outside of the relay\n".with_status(StatusCode::NOT_FOUND).into_response();
    };
    match level.set(filter.trim()) {
        Ok(()) => {
            tracing::info!(filter = filter.trim(), "the log level was changed");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => format!("{error}\n").with_status(StatusCode::BAD_REQUEST).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use poem::Request;
    use poem::http::Uri;

    use super::*;

    async fn status(
        site: &impl Endpoint<Output = impl IntoResponse>,
        method: Method,
        path: &'static str,
    ) -> StatusCode {
        let request = Request::builder().method(method).uri(Uri::from_static(path)).finish();
        site.get_response(request).await.status()
    }

    #[tokio::test]
    async fn readiness_is_apart_from_life() {
        let readiness = Readiness::default();
        let site = site(Metrics::new(), readiness.clone(), None);
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
        let site = site(Metrics::new(), Readiness::default(), None);
        for (path, known) in [
            ("/live", "GET, HEAD"),
            ("/ready", "GET, HEAD"),
            ("/metrics", "GET, HEAD"),
            ("/log-level", "GET, HEAD, PUT"),
        ] {
            let request = Request::builder().method(Method::DELETE).uri(Uri::from_static(path)).finish();
            let response = site.get_response(request).await;
            assert_eq!(response.status(), 405);
            assert_eq!(response.headers()["allow"], known);
        }
    }
}
