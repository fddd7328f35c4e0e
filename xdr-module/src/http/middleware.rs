//! The surroundings of every request: its id, its span and line in the log, its trace, and its
//! place in the metrics.

use http::HeaderValue;
use http_body_util::combinators::BoxBody;
use hyper::body::Body;
use poem::http::Extensions;
use poem::web::RemoteAddr;
use poem::{Addr, Endpoint, Middleware, Request, Response, Result};
use tokio::time::Instant;
use tracing::Instrument;

use super::held_body::HeldUntilSent;
use super::request_id::{self, REQUEST_ID};
use crate::contract::reply::RequestOutcome;
use crate::telemetry::request_record::{Answered, RequestLine, RequestLog};
use crate::telemetry::trace_context::TraceContext;
#[cfg(feature = "otlp")]
use crate::telemetry::traces;

/// The moment at which a request arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived(pub(crate) Instant);

/// Gives every request an id, a span, a line in the log and its place in the metrics.
#[derive(Clone)]
pub(crate) struct RequestMiddleware(RequestLog);

impl RequestMiddleware {
    /// Creates the middleware.
    pub(crate) fn new(log: RequestLog) -> Self {
        Self(log)
    }
}

impl<E: Endpoint<Output = Response>> Middleware<E> for RequestMiddleware {
    type Output = InstrumentedEndpoint<E>;

    fn transform(&self, inner: E) -> InstrumentedEndpoint<E> {
        InstrumentedEndpoint { inner, log: self.0.clone() }
    }
}

/// An endpoint inside of [`RequestMiddleware`].
pub(crate) struct InstrumentedEndpoint<E> {
    inner: E,
    log: RequestLog,
}

impl<E: Endpoint<Output = Response>> Endpoint for InstrumentedEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = request_id::of(request.headers());
        let caller = TraceContext::from_headers(request.headers());
        // Of the highest level, so that every line about a request has its id whatever is logged.
        let span = tracing::error_span!(
            "request",
            id = &*id,
            "otel.kind" = "server",
            "otel.name" = self.log.route(request.uri().path()),
        );
        #[cfg(feature = "otlp")]
        let trace = traces::join(&span, caller);
        #[cfg(not(feature = "otlp"))]
        let trace = TraceContext::of_request(caller);
        let line = RequestLine {
            method: request.method(),
            path: request.uri().path(),
            headers: request.headers(),
            peer: peer(request.remote_addr()),
        };
        let record = self.log.begin(line, id.clone(), trace, span.clone());
        request.extensions_mut().insert(Arrived(record.arrived()));
        let work = self.inner.get_response(request).instrument(span);
        let work = record.facts().scope(trace.scope(request_id::scope(id.clone(), work)));
        let (mut response, bytes) = measured(work.await);
        let outcome = outcome(response.extensions());
        let in_flight = record.write(Answered { status: response.status().as_u16(), outcome, bytes });
        // A response that is not read is in flight until it was sent or dropped.
        HeldUntilSent::hold(response.extensions_mut(), in_flight);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        Ok(response)
    }
}

fn peer(remote: &RemoteAddr) -> Option<std::net::IpAddr> {
    match &remote.0 {
        Addr::SocketAddr(address) => Some(address.ip()),
        _ => None,
    }
}

fn outcome(extensions: &Extensions) -> RequestOutcome {
    extensions.get().copied().unwrap_or(RequestOutcome::Success)
}

/// Returns a response and the length of its body, when that is known.
fn measured(mut response: Response) -> (Response, Option<u64>) {
    let body: BoxBody<_, _> = response.take_body().into();
    let bytes = body.size_hint().exact();
    response.set_body(body);
    (response, bytes)
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make_sync;
    use poem::middleware::CatchPanic;
    use poem::{EndpointExt, IntoResponse};
    use uuid::Uuid;

    use super::*;
    use crate::http::fault;
    use crate::telemetry::metrics::Metrics;

    fn request(id: Option<&str>) -> Request {
        let mut builder = Request::builder();
        if let Some(id) = id {
            builder = builder.header(REQUEST_ID, id);
        }
        builder.finish()
    }

    fn middleware(metrics: &Metrics) -> RequestMiddleware {
        RequestMiddleware::new(RequestLog::new(metrics.clone(), ["/"]))
    }

    #[tokio::test]
    async fn an_id_comes_back_when_it_is_plain() {
        let endpoint = make_sync(|_| "a".into_response()).with(middleware(&Metrics::new("1")));
        let id_of = |response: &Response| response.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        for plain in [
            "a-1_2.3:4",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "Root=1-67891233-abcdef012345678912345678",
            "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678",
            "7F000001:8296_7F00001E:1F90_4F7B0A69_0003:790",
            "q83vEjRWeJA/+zQ=",
        ] {
            assert_eq!(id_of(&endpoint.get_response(request(Some(plain))).await), plain);
        }
        let amazon = Request::builder().header("x-amzn-trace-id", "Root=1-6-a").finish();
        assert_eq!(id_of(&endpoint.get_response(amazon).await), "Root=1-6-a");
        for odd in [None, Some(""), Some("a b"), Some("ä"), Some("{}"), Some("x".repeat(129).as_str())] {
            let id = id_of(&endpoint.get_response(request(odd)).await);
            assert!(Uuid::parse_str(&id).is_ok(), "{odd:?} gave {id}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_names_the_request() {
        let endpoint = make_sync(|_| -> Response { panic!("secret detail") })
            .with(CatchPanic::new().with_handler(|panic: Box<dyn std::any::Any + Send>| {
                fault::from_panic("relay_server", &*panic)
            }))
            .map_to_response()
            .with(middleware(&Metrics::new("1")));
        let response = endpoint.get_response(request(Some("r1"))).await;
        assert_eq!(response.status(), 500);
        let body: serde_json::Value =
            serde_json::from_slice(&response.into_body().into_bytes().await.unwrap()).unwrap();
        assert_eq!(body["reason"], "relay_server.InternalServerError");
        assert!(body["message"].as_str().unwrap().contains("r1"));
        assert!(!body.to_string().contains("secret detail"));
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_is_counted() {
        let metrics = Metrics::new("1");
        let endpoint =
            poem::endpoint::make(|_| std::future::pending::<Response>()).with(middleware(&metrics));
        let waiting = endpoint.get_response(request(None));
        assert!(tokio::time::timeout(std::time::Duration::ZERO, waiting).await.is_err());
        let text = metrics.to_text();
        assert!(text.contains(r#"relay_requests_total{route="/",outcome="abandoned"} 1"#), "{text}");
        assert!(text.contains("relay_requests_in_flight 0"), "{text}");
    }
}
