//! The endpoints, as poem serves them and as the OpenAPI document tells them.

mod answer;
mod compression;
mod document;
mod examples;
mod extract;
pub(crate) mod fault;
mod health;
mod host;
mod landing;
pub(crate) mod methods;
mod observe;
mod pages;
mod refer;
mod swagger_ui;
mod version;
mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::{DynEndpoint, ToDynEndpoint};
use poem::middleware::{NormalizePath, TrailingSlash};
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response, Route};
use poem_openapi::Tags;

pub use self::answer::{Answer, AnswerData};
use self::compression::Compressed;
pub use self::document::{document_json, document_yaml};
pub(crate) use self::extract::Arrived;
pub use self::extract::{BodyPolicy, Caller, ObservablesBody};
use self::methods::{Documented, get};
use crate::metrics::Metrics;
use crate::relay::Relay;
use crate::scope::RequestScope;

/// The groups in which the document lists endpoints.
#[derive(Tags)]
enum Tag {
    /// What Cisco XDR calls.
    Relay,
    /// For people who look around.
    Pages,
}

/// The paths that exist, as logs and metrics name them.
pub(crate) const ROUTES: [&str; 9] = [
    "/",
    "/health",
    "/observe/observables",
    "/refer/observables",
    "/version",
    "/watchdog",
    "/openapi.json",
    "/openapi.yaml",
    "/swagger-ui",
];

/// How the relay's pages and endpoints behave beyond what the relay answers.
#[derive(Clone, Debug)]
pub struct SiteOptions {
    /// How request bodies are read.
    pub body: BodyPolicy,
    /// Requests worked on at once.
    pub max_in_flight: usize,
    /// Offered for one-click authorization in Swagger UI; only the demo has one.
    pub demo_token: Option<String>,
    /// Served below `/sec/`; only the demo has them.
    pub console: Option<ConsolePages>,
}

/// Pages where the links of answers lead.
#[derive(Clone)]
pub struct ConsolePages(Arc<dyn DynEndpoint<Output = Response>>);

impl ConsolePages {
    /// The pages that `endpoint` answers with; it sees whole paths.
    pub fn new<E>(endpoint: E) -> Self
    where
        E: Endpoint<Output = Response> + 'static,
    {
        Self(Arc::new(ToDynEndpoint(endpoint)))
    }
}

impl std::fmt::Debug for ConsolePages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConsolePages")
    }
}

impl Endpoint for ConsolePages {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        self.0.call(request).await
    }
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self { body: BodyPolicy::default(), max_in_flight: 256, demo_token: None, console: None }
    }
}

/// All that the relay serves: endpoints, document, Swagger UI, landing page.
pub fn site(relay: Arc<Relay>, metrics: Metrics, options: SiteOptions) -> impl Endpoint<Output = Response> {
    let landing_page = landing::LandingPage::new(options.demo_token.clone());
    let route = Route::new()
        .at("/openapi.json", get(document::endpoint(document_json, "application/json")))
        .at("/openapi.yaml", get(document::endpoint(document_yaml, "application/yaml")))
        .nest("/swagger-ui", swagger_ui::pages(options.demo_token))
        .nest("/assets", pages::assets());
    let route = match options.console {
        Some(pages) => route.nest_no_strip("/sec", pages),
        None => route,
    };
    pages::with_viewers(route)
        .nest("/", Compressed(Documented::new::<document::Apis>(document::service().into_endpoint())))
        .data(landing_page)
        .data(relay)
        .data(options.body)
        .before(methods::head_as_get)
        .before(host::check)
        .with(NormalizePath::new(TrailingSlash::Trim))
        .catch_all_error(|error| async move { fault::from_error(&error) })
        .with(RequestScope::new(options.max_in_flight, metrics))
        .map_to_response()
}

/// The wait that a busy relay asks for.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);
