//! The whole service: a module behind its port, and the listener for operators.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use poem::endpoint::BoxEndpoint;
use poem::middleware::{CatchPanic, NormalizePath, TrailingSlash};
use poem::{Endpoint, EndpointExt, Request, Response, Route};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::auth::allow_list::{AllowList, Audiences};
use crate::dispatch::{Dispatch, Dispatcher, Overloads};
use crate::endpoints::state::State;
use crate::endpoints::{document, routes};
use crate::http::admin::{self, Readiness};
use crate::http::compression;
use crate::http::methods::{self, get};
use crate::http::middleware::RequestMiddleware;
use crate::http::page_handler::{self, PageHandler};
use crate::http::server::{Server, ServerLimits};
use crate::http::{fault, host};
use crate::module::{About, Capability, Module, Operation};
use crate::pages::landing::{self, DemoPages};
use crate::pages::{JSON, OWN_POLICY, Page, Pages, assets, dashboard, swagger_ui};
use crate::reload::Reloader;
use crate::settings::{Config, flag};
use crate::telemetry::forwarded::TrustedProxies;
use crate::telemetry::logs::LogLevel;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::request_record::RequestLog;

/// The bounds of the admin listener: of its own, so that it answers when the public port has used
/// its share. It closes after the public port, so it waits for nobody for long.
const ADMIN_LIMITS: ServerLimits =
    ServerLimits { max_connections: 64, shutdown: Duration::from_secs(2), ..ServerLimits::DEFAULT };

/// A module whose ports are open.
pub struct Service {
    server: Server,
    admin: Option<Server>,
    site: Site,
    metrics: Metrics,
    readiness: Readiness,
    log_level: Option<LogLevel>,
    admin_hosts: AllowList,
    drain_delay: Duration,
    shutdown: Duration,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Service");
        debug.field("server", &self.server).field("admin", &self.admin).finish_non_exhaustive()
    }
}

/// The error of a service that could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The HTTP client for key sets could not be made, such as without root certificates on the
    /// platform.
    #[error("the HTTP client cannot be set up")]
    HttpClient(#[source] reqwest::Error),
    /// A port could not be opened.
    #[error("{variable} (--{}): cannot listen on {address}{}", flag(variable), listen_hint(source))]
    Listen {
        /// The environment variable of the setting with the address.
        variable: &'static str,
        /// The address of the port.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
}

/// Returns the reason and the next step for the errors of addresses that users can do something
/// about.
fn listen_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => ", which another program has; end it, or choose another port",
        io::ErrorKind::AddrNotAvailable => ", which is not an address of this machine",
        _ => "",
    }
}

/// The open ports of a service that has no module yet.
#[derive(Debug)]
pub struct Ports {
    server: Server,
    admin: Option<Server>,
}

impl Ports {
    /// Opens the ports.
    ///
    /// # Errors
    /// Returns an error if a port cannot be opened, such as when another program has it.
    pub fn open(config: &Config) -> Result<Self, StartError> {
        let mut server = bind("RELAY_LISTEN", config.listen, config.server)?;
        if let Some(tls) = &config.tls {
            server = server.with_tls(tls.server_config());
        }
        let admin = config.admin_listen.map(|address| bind("RELAY_ADMIN_LISTEN", address, ADMIN_LIMITS));
        let admin = admin.transpose()?;
        Ok(Self { server, admin })
    }

    /// Returns the address that is listened on.
    ///
    /// # Errors
    /// Returns an error if the system does not report it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.server.local_addr()
    }

    /// Puts a module behind the ports. Requests are answered once [`Service::run`] is called.
    ///
    /// # Errors
    /// Returns an error if the HTTP client for key sets cannot be set up.
    pub fn with_module<M: Module>(self, module: M, config: &Config) -> Result<Service, StartError> {
        self.with_reloading_module(module, config).map(|(service, _)| service)
    }

    /// Puts a module behind the ports, and gives what replaces it, and what the files hold, while
    /// it runs.
    ///
    /// # Errors
    /// Returns an error if the HTTP client for key sets cannot be set up.
    pub fn with_reloading_module<M: Module>(
        self,
        module: M,
        config: &Config,
    ) -> Result<(Service, Reloader<M>), StartError> {
        let Self { server, admin } = self;
        let about = module.about();
        tracing::info!(
            version = about.version,
            address = server.local_addr().ok().map(tracing::field::display),
            admin_address =
                admin.as_ref().and_then(|admin| admin.local_addr().ok()).map(tracing::field::display),
            tls = config.tls.is_some(),
            "{} listens",
            about.name
        );
        if config.audiences == Audiences::RequestHost {
            tracing::warn!(
                "RELAY_PUBLIC_URLS is not set: tokens for whatever host a request names are accepted. Set it to the \
                 public URL of this service before you put it on a network."
            );
        }
        let overloads = Overloads::default();
        let metrics = Metrics::with_module(&about.version, |registry| {
            overloads.register(registry);
            module.register_metrics(registry);
        });
        let reloader = Reloader::new(module, config, &server, &metrics).map_err(StartError::HttpClient)?;
        let server = server.with_metrics(metrics.clone());
        let site = Site::new(&reloader, config, overloads, server.cut());
        let (drain_delay, shutdown) = (config.server.drain_delay, config.server.shutdown);
        let admin_hosts = config.admin_hosts.clone();
        let service = Service {
            server,
            admin,
            site,
            metrics,
            readiness: Readiness::default(),
            log_level: None,
            admin_hosts,
            drain_delay,
            shutdown,
        };
        Ok((service, reloader))
    }
}

impl Service {
    /// Opens the ports of a module. Requests are answered once [`run`](Self::run) is called.
    ///
    /// # Errors
    /// Returns an error if the HTTP client cannot be set up, or a port cannot be opened.
    pub fn start<M: Module>(module: M, config: &Config) -> Result<Self, StartError> {
        Ports::open(config)?.with_module(module, config)
    }

    /// Returns the same with pages that ask with a token: for demonstrations with made-up data
    /// only.
    #[must_use]
    pub fn with_demo(mut self, demo: DemoPages) -> Self {
        self.site.demo = Some(demo);
        self
    }

    /// Returns the same with pages below `path`, such as `/sec`.
    #[must_use]
    pub fn with_pages(mut self, path: &'static str, handler: PageHandler) -> Self {
        self.site.pages.push((path, handler));
        self
    }

    /// Returns the same with a log level that the admin listener changes.
    #[must_use]
    pub fn with_log_level(mut self, log_level: LogLevel) -> Self {
        self.log_level = Some(log_level);
        self
    }

    /// Returns the address that is listened on.
    ///
    /// # Errors
    /// Returns an error if the system does not report it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.server.local_addr()
    }

    /// Returns the address of the admin listener, when there is one.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref()?.local_addr().ok()
    }

    /// Returns the metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns the service without its ports, for calls within the process, such as in tests.
    pub fn into_handler(self) -> Handler {
        Handler(self.site.into_endpoint(self.metrics))
    }

    /// Answers until `stop` is cancelled and the requests that ran then have ended, with the work
    /// that goes on for requests that are gone.
    ///
    /// Readiness closes first; connections are accepted on for the drain delay, so that a load
    /// balancer that follows readiness sends nothing into a closed port.
    pub async fn run(self, stop: CancellationToken) {
        let (name, service) = (self.site.about.name.clone(), self.site.about.service());
        let (admin_stop, listener_stop) = (CancellationToken::new(), CancellationToken::new());
        let dispatch = self.site.dispatch.clone();
        // Before anybody can ask for metrics, so that they have all series.
        let endpoint = self.site.into_endpoint(self.metrics.clone());
        let admin = self.admin.map(|admin| {
            let (metrics, hosts) = (self.metrics.clone(), self.admin_hosts);
            let site = admin::site(metrics, self.readiness.clone(), self.log_level, service, hosts);
            tokio::spawn(admin.run(site, admin_stop.clone()))
        });
        self.readiness.set(true);
        let closing = Closing {
            readiness: self.readiness,
            metrics: self.metrics.clone(),
            draining: self.server.draining(),
            delay: self.drain_delay,
            listener_stop: listener_stop.clone(),
        };
        tokio::spawn(closing.close_after(stop));
        let stopping = async {
            listener_stop.cancelled().await;
            Instant::now()
        };
        let (stopped, ()) = tokio::join!(stopping, self.server.run(endpoint, listener_stop.clone()));
        if timeout_at(stopped + self.shutdown, dispatch.ended()).await.is_err() {
            tracing::warn!("work of requests that are gone did not end in time");
        }
        admin_stop.cancel();
        if let Some(admin) = admin {
            // The task has no result, and a panic in it is logged where it happens.
            let _ = admin.await;
        }
        tracing::info!("{name} stopped");
    }
}

/// A service that is called within the process; see [`Service::into_handler`].
pub struct Handler(BoxEndpoint<'static, Response>);

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").finish_non_exhaustive()
    }
}

impl Handler {
    /// Answers a request.
    pub async fn call(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        let (head, body) = request.into_parts();
        let builder = Request::builder().method(head.method).uri(head.uri).version(head.version);
        let mut request = builder.body(body);
        *request.headers_mut() = head.headers;
        let response = self.0.get_response(request).await;
        let (head, body) = response.into_parts();
        let mut response = http::Response::new(body.into_bytes().await.unwrap_or_default());
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        response
    }
}

/// The steps from serving to a closed port.
struct Closing {
    readiness: Readiness,
    metrics: Metrics,
    draining: CancellationToken,
    delay: Duration,
    listener_stop: CancellationToken,
}

impl Closing {
    async fn close_after(self, stop: CancellationToken) {
        stop.cancelled().await;
        self.readiness.set(false);
        self.metrics.set_draining();
        self.draining.cancel();
        let seconds = self.delay.as_secs_f64();
        tracing::info!(seconds, "connections are accepted for the drain delay, then requests end");
        tokio::time::sleep(self.delay).await;
        self.listener_stop.cancel();
    }
}

fn bind(variable: &'static str, address: SocketAddr, limits: ServerLimits) -> Result<Server, StartError> {
    Server::bind(address, limits).map_err(|source| StartError::Listen { variable, address, source })
}

/// Returns the OpenAPI document of a module, as JSON text.
pub fn openapi_document<M: Module>(module: &M) -> String {
    let examples = |operation: Operation| module.examples(operation);
    document::document(&module.about(), &module.capabilities(), &examples)
}

/// All that a module serves on its public port.
struct Site {
    about: About,
    capabilities: Vec<Capability>,
    dispatch: Arc<dyn Dispatch>,
    document: Box<dyn FnOnce() -> String + Send + Sync>,
    demo: Option<DemoPages>,
    /// True if there are pages for people: landing page, explorer, Swagger UI.
    has_pages: bool,
    pages: Vec<(&'static str, PageHandler)>,
    trusted_proxies: TrustedProxies,
    cut: CancellationToken,
}

impl Site {
    fn new<M: Module>(
        reloader: &Reloader<M>,
        config: &Config,
        overloads: Overloads,
        cut: CancellationToken,
    ) -> Self {
        let (module, metrics) = (reloader.module.load_full(), reloader.metrics.clone());
        let dispatcher = Dispatcher::new(
            reloader.module.clone(),
            reloader.authenticator.clone(),
            config.requests,
            metrics,
            overloads,
        );
        Self {
            about: module.about(),
            capabilities: module.capabilities(),
            dispatch: Arc::new(dispatcher),
            document: Box::new(move || openapi_document(&*module)),
            demo: None,
            has_pages: config.pages == Pages::On,
            pages: Vec::new(),
            trusted_proxies: config.trusted_proxies.clone(),
            cut,
        }
    }

    fn into_endpoint(self, metrics: Metrics) -> BoxEndpoint<'static, Response> {
        let service: Arc<str> = self.about.service().into();
        let log = RequestLog::new(metrics, route_names(&self.capabilities))
            .with_trusted_proxies(self.trusted_proxies)
            .with_cut(self.cut);
        let state = State {
            name: service.clone(),
            title: self.about.title.as_str().into(),
            version: self.about.version.as_str().into(),
            dispatch: self.dispatch,
            landing: self
                .has_pages
                .then(|| landing::page(self.about.clone(), self.capabilities.clone(), self.demo.clone())),
        };
        let has_tiles = self.capabilities.contains(&Capability::Tiles);
        let dashboard =
            self.demo.as_ref().filter(|_| has_tiles).map(|demo| dashboard::page(&self.about.title, demo));
        let token = self.demo.map(|demo| demo.token);
        let document = Page::made(self.document, JSON, OWN_POLICY);
        let mut route = Route::new().at("/openapi.json", get(document));
        if self.has_pages {
            route = route
                .nest("/swagger-ui", swagger_ui::pages(&self.about.title, token))
                .nest("/assets", assets());
            route = dashboard.into_iter().fold(route, |route, page| route.at("/dashboard", get(page)));
            #[cfg(feature = "redoc")]
            {
                route = route.nest("/redoc", crate::pages::redoc::pages(&self.about.title));
            }
        }
        let route = self
            .pages
            .into_iter()
            .fold(route, |route, (path, handler)| route.nest_no_strip(path, page_handler::endpoint(handler)));
        let (on_error, on_panic) = (service.clone(), service);
        routes::add(route, &self.capabilities)
            .data(state)
            .before(methods::head_as_get)
            .before(host::check)
            .with(NormalizePath::new(TrailingSlash::Trim))
            .catch_all_error(move |error| {
                let response = fault::from_error(&on_error, &error);
                async move { response }
            })
            .with(CatchPanic::new().with_handler(move |panic: Box<dyn std::any::Any + Send>| {
                fault::from_panic(&on_panic, &*panic)
            }))
            .map_to_response()
            // Before the middleware, which lets every response hold something.
            .map(compression::mark_held)
            .with(RequestMiddleware::new(log))
            .boxed()
    }
}

/// Returns the paths that exist, as logs and metrics name them.
fn route_names(capabilities: &[Capability]) -> Vec<&'static str> {
    let operations = capabilities.iter().flat_map(|capability| capability.operations());
    let public = ["/", Operation::Health.path(), "/version", "/watchdog", "/openapi.json", "/swagger-ui"];
    public.into_iter().chain(operations.map(|operation| operation.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::causes::Causes;

    #[tokio::test]
    async fn a_port_that_cannot_be_opened_is_named_by_its_setting() {
        let free: SocketAddr = ([127, 0, 0, 1], 0).into();
        let listener = std::net::TcpListener::bind(free).unwrap();
        let taken = listener.local_addr().unwrap();
        // Of the block for documentation.
        let foreign: SocketAddr = ([192, 0, 2, 1], 9090).into();
        for (listen, admin_listen, told) in [
            (
                taken,
                None,
                format!("RELAY_LISTEN (--listen): cannot listen on {taken}, which another program"),
            ),
            (
                free,
                Some(taken),
                format!("RELAY_ADMIN_LISTEN (--admin-listen): cannot listen on {taken}, which"),
            ),
            (foreign, None, format!("cannot listen on {foreign}, which is not an address of this machine: ")),
        ] {
            let config = Config { listen, admin_listen, ..Config::default() };
            let error = Ports::open(&config).unwrap_err();
            assert!(Causes(&error).to_string().contains(&told), "{}", Causes(&error));
        }
    }
}
