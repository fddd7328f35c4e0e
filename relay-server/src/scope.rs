//! What surrounds every request: its id, its line in the log, the cap on work, and a net under panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Method};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use crate::api::{Arrived, ROUTES};
use crate::envelope::{HttpFault, Outcome};
use crate::metrics::Metrics;

/// The header that carries the id of a request, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a caller.
const MAX_ID_BYTES: usize = 128;

tokio::task_local! {
    static CURRENT_ID: Arc<str>;
}

/// The id of the request that the current task works on.
pub(crate) fn current_request_id() -> String {
    CURRENT_ID.try_with(|id| id.to_string()).unwrap_or_default()
}

/// Wraps an endpoint in what surrounds every request.
pub struct RequestScope {
    places: Arc<Semaphore>,
    metrics: Metrics,
}

impl RequestScope {
    /// A scope in which at most `max_in_flight` requests are worked on at once; more are answered with 503 at once.
    pub fn new(max_in_flight: usize, metrics: Metrics) -> Self {
        Self { places: Arc::new(Semaphore::new(max_in_flight)), metrics }
    }
}

impl<E: Endpoint> Middleware<E> for RequestScope {
    type Output = ScopedEndpoint<E>;

    fn transform(&self, inner: E) -> ScopedEndpoint<E> {
        ScopedEndpoint { inner, places: self.places.clone(), metrics: self.metrics.clone() }
    }
}

/// An endpoint inside its scope.
pub struct ScopedEndpoint<E> {
    inner: E,
    places: Arc<Semaphore>,
    metrics: Metrics,
}

impl<E: Endpoint> Endpoint for ScopedEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let arrived = Instant::now();
        let id = request_id(&request);
        let facts = Facts { method: request.method().clone(), route: route(request.uri().path()), arrived };
        request.extensions_mut().insert(Arrived(arrived));
        let span = tracing::info_span!("request", id = &*id);
        let running = self.metrics.request_started();
        let mut response = CURRENT_ID.scope(id.clone(), self.answer(request).instrument(span.clone())).await;
        drop(running);
        facts.count(&self.metrics, &response);
        span.in_scope(|| facts.log(&response));
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        Ok(response)
    }
}

impl<E: Endpoint> ScopedEndpoint<E> {
    async fn answer(&self, request: Request) -> Response {
        let Ok(_place) = self.places.try_acquire() else {
            return HttpFault::overloaded().into_response();
        };
        // The endpoint shares nothing that a panic could leave half changed: all state is behind locks that heal.
        match AssertUnwindSafe(self.inner.get_response(request)).catch_unwind().await {
            Ok(response) => response,
            Err(panic) => {
                tracing::error!(panic = panic_text(&*panic), "a request ended in a panic");
                HttpFault::internal(&current_request_id()).into_response()
            }
        }
    }
}

/// What the log line says about the request. Never the path as sent: it may hold anything.
struct Facts {
    method: Method,
    route: &'static str,
    arrived: Instant,
}

impl Facts {
    fn count(&self, metrics: &Metrics, response: &Response) {
        metrics.request_ended(self.route, outcome(response), self.arrived.elapsed());
    }

    fn log(&self, response: &Response) {
        let outcome = outcome(response);
        tracing::info!(
            method = %self.method,
            route = self.route,
            status = response.status().as_u16(),
            outcome = outcome.as_str(),
            duration_ms = self.arrived.elapsed().as_secs_f64() * 1e3,
            "answered"
        );
    }
}

fn outcome(response: &Response) -> Outcome {
    response.extensions().get::<Outcome>().copied().unwrap_or(Outcome::Success)
}

fn route(path: &str) -> &'static str {
    let path = path.trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    ROUTES.iter().find(|route| **route == path).copied().unwrap_or("other")
}

/// The caller's id when it is short and plain, else a new one.
fn request_id(request: &Request) -> Arc<str> {
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let is_plain = |id: &&str| {
        (1..=MAX_ID_BYTES).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
    };
    given.filter(is_plain).map_or_else(|| Uuid::new_v4().to_string().into(), Arc::from)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make_sync;
    use poem::{EndpointExt, Request};

    use super::*;

    fn request(id: Option<&str>) -> Request {
        let mut builder = Request::builder();
        if let Some(id) = id {
            builder = builder.header(REQUEST_ID, id);
        }
        builder.finish()
    }

    #[tokio::test]
    async fn an_id_comes_back_when_it_is_plain() {
        let endpoint = make_sync(|_| "a").with(RequestScope::new(1, Metrics::new()));
        let id_of = |response: &Response| response.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        assert_eq!(id_of(&endpoint.get_response(request(Some("a-1_2.3:4"))).await), "a-1_2.3:4");
        for odd in [None, Some(""), Some("a b"), Some("ä"), Some("{}"), Some("x".repeat(129).as_str())] {
            let id = id_of(&endpoint.get_response(request(odd)).await);
            assert!(Uuid::parse_str(&id).is_ok(), "{odd:?} gave {id}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_names_the_request() {
        let endpoint = make_sync(|_| -> &'static str { panic!("secret detail") })
            .with(RequestScope::new(1, Metrics::new()));
        let response = endpoint.get_response(request(Some("r1"))).await;
        assert_eq!(response.status(), 500);
        let body: serde_json::Value =
            serde_json::from_slice(&response.into_body().into_bytes().await.unwrap()).unwrap();
        assert_eq!(body["reason"], "relay_server.InternalServerError");
        assert!(body["message"].as_str().unwrap().contains("r1"));
        assert!(!body.to_string().contains("secret detail"));
    }

    #[tokio::test]
    async fn more_than_the_cap_is_refused_at_once() {
        let endpoint = make_sync(|_| "a").with(RequestScope::new(0, Metrics::new()));
        let response = endpoint.get_response(request(None)).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
