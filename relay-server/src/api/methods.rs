//! The methods that a path knows. An answer with status 405 names them in `Allow` (RFC 9110, section 15.5.6), and
//! whatever can be got can be asked about with `HEAD` (section 9.1).
//!
//! poem's routes answer 405 without telling what they know, and do not let themselves be asked. [`Methods`] keeps the
//! methods beside the route that is made of them; for the endpoints of the document, their description tells them.

use std::collections::HashMap;

use http::{HeaderValue, Method, StatusCode};
use poem::error::{MethodNotAllowedError, ResponseError};
use poem::{Endpoint, IntoEndpoint, Request, Response, Result, RouteMethod};
use poem_openapi::OpenApi;

/// The path is there, but not for this method; it knows those that stand here as `Allow` takes them.
#[derive(Debug, thiserror::Error)]
#[error("the endpoint knows only {0:?}")]
pub(crate) struct NotAllowed(pub(super) HeaderValue);

impl ResponseError for NotAllowed {
    fn status(&self) -> StatusCode {
        StatusCode::METHOD_NOT_ALLOWED
    }
}

/// The value of `Allow` for a path with routes for `methods`: whatever can be got, `HEAD` asks about, too.
fn allow<'a>(methods: impl IntoIterator<Item = &'a Method>) -> HeaderValue {
    let mut names = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if method == Method::GET {
            names.push("HEAD");
        }
    }
    names.sort_unstable();
    names.dedup();
    // Names of methods are tokens, and a list of them is a header value.
    HeaderValue::from_str(&names.join(", ")).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Puts `known` into an answer of poem's that the method is not known.
fn name_methods(error: poem::Error, known: Option<HeaderValue>) -> poem::Error {
    match known {
        Some(known) if error.is::<MethodNotAllowedError>() => NotAllowed(known).into(),
        _ => error,
    }
}

/// Lets `HEAD` be answered as `GET` is: the same headers, and a body of which the server sends the length alone.
///
/// poem does so, too, but takes the body away while nobody has written its length down.
pub(crate) async fn head_as_get(mut request: Request) -> Result<Request> {
    if request.method() == Method::HEAD {
        request.set_method(Method::GET);
    }
    Ok(request)
}

/// An endpoint for each of some methods of one path.
#[derive(Default)]
pub(crate) struct Methods {
    route: RouteMethod,
    known: Vec<Method>,
}

/// An endpoint for `GET`, and thereby for `HEAD`.
pub(crate) fn get<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    Methods::default().with(Method::GET, endpoint)
}

impl Methods {
    /// The same, with an endpoint for `method`.
    pub(crate) fn with<E>(mut self, method: Method, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.route = self.route.method(method.clone(), endpoint);
        self.known.push(method);
        self
    }
}

impl Endpoint for Methods {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let answer = self.route.call(request).await;
        answer.map_err(|error| name_methods(error, Some(allow(&self.known))))
    }
}

/// Endpoints whose methods their description tells.
pub(super) struct Documented<E> {
    inner: E,
    /// `Allow` for each path.
    known: HashMap<String, HeaderValue>,
}

impl<E> Documented<E> {
    /// The endpoints `inner`, which were made of `A`.
    pub(super) fn new<A: OpenApi>(inner: E) -> Self {
        let paths = A::meta().into_iter().flat_map(|api| api.paths);
        let known = paths.map(|path| {
            let methods = path.operations.iter().map(|operation| &operation.method);
            (path.path, allow(methods))
        });
        Self { inner, known: known.collect() }
    }
}

impl<E: Endpoint> Endpoint for Documented<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> Result<E::Output> {
        let known = self.known.get(request.uri().path()).cloned();
        self.inner.call(request).await.map_err(|error| name_methods(error, known))
    }
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make_sync;

    use super::*;

    #[test]
    fn what_can_be_got_can_be_asked_about() {
        assert_eq!(allow(&[Method::GET]), "GET, HEAD");
        assert_eq!(allow(&[Method::PUT, Method::HEAD, Method::GET]), "GET, HEAD, PUT");
        assert_eq!(allow(&[Method::POST]), "POST");
    }

    #[tokio::test]
    async fn a_path_tells_the_methods_it_was_made_of() {
        let path = get(make_sync(|_| "got")).with(Method::PUT, make_sync(|_| "put"));
        let ask = async |method: Method| path.call(Request::builder().method(method).finish()).await;
        for method in [Method::GET, Method::HEAD, Method::PUT] {
            assert_eq!(ask(method.clone()).await.unwrap().status(), 200, "{method}");
        }
        let error = ask(Method::POST).await.unwrap_err();
        assert_eq!(error.downcast_ref::<NotAllowed>().unwrap().0, "GET, HEAD, PUT");
    }
}
