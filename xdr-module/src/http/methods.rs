//! The methods that a path supports. A response with status 405 names them in `Allow` (RFC 9110,
//! section 15.5.6), and a path with `GET` supports `HEAD` (section 9.1).
//!
//! poem's routes answer 405 without naming their methods, and cannot be asked for them. [`Methods`]
//! keeps the methods beside the route that is made of them.

use http::{HeaderValue, Method, StatusCode};
use poem::error::{MethodNotAllowedError, ResponseError};
use poem::{Endpoint, IntoEndpoint, Request, Response, Result, RouteMethod};

/// The error of a path that does not support a method; it holds the value of `Allow`.
#[derive(Debug, thiserror::Error)]
#[error("the endpoint supports only {0:?}")]
pub(crate) struct NotAllowed(pub(super) HeaderValue);

impl ResponseError for NotAllowed {
    fn status(&self) -> StatusCode {
        StatusCode::METHOD_NOT_ALLOWED
    }
}

/// Returns the value of `Allow` for a path with routes for `methods`; `GET` implies `HEAD`.
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

/// Turns `HEAD` into `GET`: the same headers, and a body of which the server sends the length
/// alone.
///
/// poem does so, too, but drops the body before its length is known.
pub(crate) async fn head_as_get(mut request: Request) -> Result<Request> {
    if request.method() == Method::HEAD {
        request.set_method(Method::GET);
    }
    Ok(request)
}

/// The endpoints of one path by method.
#[derive(Default)]
pub(crate) struct Methods {
    route: RouteMethod,
    methods: Vec<Method>,
}

/// Returns an endpoint for `GET`, and thereby for `HEAD`.
pub(crate) fn get<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    Methods::default().with(Method::GET, endpoint)
}

impl Methods {
    /// Returns the same with an endpoint for `method`.
    pub(crate) fn with<E>(mut self, method: Method, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.route = self.route.method(method.clone(), endpoint);
        self.methods.push(method);
        self
    }
}

impl Endpoint for Methods {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let response = self.route.call(request).await;
        response.map_err(|error| match error.is::<MethodNotAllowedError>() {
            true => NotAllowed(allow(&self.methods)).into(),
            false => error,
        })
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
