//! Pages of others behind the ports of a service.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use poem::endpoint::make;
use poem::{Endpoint, Request, Response};

/// Answers requests below a path of its own; sees whole paths and no bodies.
pub type PageHandler =
    Arc<dyn Fn(http::Request<()>) -> BoxFuture<'static, http::Response<Bytes>> + Send + Sync>;

/// Returns the endpoint of a handler.
pub(crate) fn endpoint(handler: PageHandler) -> impl Endpoint<Output = Response> + 'static {
    make(move |request| respond(handler.clone(), request))
}

async fn respond(handler: PageHandler, request: Request) -> Response {
    let mut asked = http::Request::new(());
    *asked.method_mut() = request.method().clone();
    *asked.uri_mut() = request.original_uri().clone();
    *asked.headers_mut() = request.headers().clone();
    let (parts, body) = handler(asked).await.into_parts();
    let mut response = Response::builder().status(parts.status).body(body);
    *response.headers_mut() = parts.headers;
    response
}
