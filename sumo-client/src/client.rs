//! The client and how it is set up.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::HeaderValue;

use crate::body::BodyBudget;
use crate::circuit::CircuitBreakers;
use crate::credentials::{Credentials, CredentialsSource};
use crate::deployment::Deployment;
use crate::error::Error;
use crate::instrumentation::Instrumentation;
use crate::limit::{Limiters, RateLimit, RequestGroup};
#[cfg(feature = "reqwest")]
use crate::reqwest_transport::{ReqwestTransport, http_client_builder};
use crate::retry::RetryPolicy;
use crate::timeout::Timeouts;
use crate::transport::Transport;

/// A client for the Cloud SIEM of one tenant. Cloning is cheap and shares everything.
///
/// The calls are grouped as the API groups them: [`insights`](Self::insights),
/// [`signals`](Self::signals) and so on. [`raw`](Self::raw) makes any other call.
///
/// ```no_run
/// # async fn run() -> Result<(), sumo_client::Error> {
/// use sumo_client::{Client, Credentials, Deployment};
///
/// let credentials = Credentials::new("suAbCdEf", "the-access-key");
/// let client = Client::builder(Deployment::US2, credentials).build()?;
/// let page = client.insights().list().q(r#"-status:"closed""#).limit(20).send().await?;
/// for insight in page.objects {
///     println!("{} {}", insight.readable_id, insight.name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) group: RequestGroup,
}

pub(crate) struct Shared {
    pub(crate) deployment: Deployment,
    pub(crate) base_url: String,
    pub(crate) credentials: CredentialsSource,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) limiters: Limiters,
    pub(crate) circuit_breakers: CircuitBreakers,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_body_bytes: usize,
    pub(crate) body_budget: Option<BodyBudget>,
    pub(crate) instrumentation: Option<Arc<dyn Instrumentation>>,
    pub(crate) user_agent: HeaderValue,
}

/// The limiters of all clients that are not given others: one for each access key of the process.
static PROCESS_LIMITERS: LazyLock<Limiters> = LazyLock::new(Limiters::default);

/// The circuit breakers of all clients that are not given others.
static PROCESS_CIRCUIT_BREAKERS: LazyLock<CircuitBreakers> = LazyLock::new(CircuitBreakers::default);

/// The most bytes of an answer that are read unless the builder says otherwise.
const DEFAULT_MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

const DEFAULT_USER_AGENT: &str = concat!("sumo-client/", env!("CARGO_PKG_VERSION"));

impl Client {
    /// Starts to set up a client for the tenant with these credentials on this deployment.
    pub fn builder(deployment: Deployment, credentials: impl Into<CredentialsSource>) -> ClientBuilder {
        ClientBuilder {
            deployment,
            credentials: credentials.into(),
            http: Http::default(),
            layers: Vec::new(),
            limiters: None,
            circuit_breakers: None,
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
            body_budget: None,
            instrumentation: None,
            user_agent: None,
            allow_http: false,
        }
    }

    /// Creates a client for tests of your own code: it sends its calls to `transport`, as US1 with
    /// invented credentials, without limits, circuit breakers or pauses between retries, and shares
    /// nothing with other clients.
    ///
    /// ```
    /// use sumo_client::{Client, FakeTransport, http};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sumo_client::Error> {
    /// let answer = r#"{"data": {"objects": [], "total": 0}}"#;
    /// let client = Client::for_test(FakeTransport::new(move |_| http::Response::new(answer)));
    /// assert!(client.insights().list().send().await?.objects.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_test(transport: impl Transport) -> Self {
        let shared = Shared {
            deployment: Deployment::US1,
            base_url: Deployment::US1.base_url(),
            credentials: Credentials::new("test-access-id", "test-access-key").into(),
            transport: Arc::new(transport),
            limiters: Limiters::new(RateLimit::UNLIMITED),
            circuit_breakers: CircuitBreakers::never(),
            retry: RetryPolicy::default().base(Duration::ZERO),
            timeouts: Timeouts::default(),
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
            body_budget: None,
            instrumentation: None,
            user_agent: HeaderValue::from_static(DEFAULT_USER_AGENT),
        };
        Self { shared: Arc::new(shared), group: RequestGroup::default() }
    }

    /// Returns the deployment that this client calls.
    pub fn deployment(&self) -> &Deployment {
        &self.shared.deployment
    }

    /// Returns the same client, whose calls count to this group.
    #[must_use]
    pub fn with_group(&self, group: RequestGroup) -> Self {
        Self { shared: Arc::clone(&self.shared), group }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("deployment", &self.shared.deployment).finish_non_exhaustive()
    }
}

/// Sets up a [`Client`]; see [`Client::builder`].
#[must_use]
pub struct ClientBuilder {
    deployment: Deployment,
    credentials: CredentialsSource,
    http: Http,
    layers: Vec<TransportLayer>,
    limiters: Option<Limiters>,
    circuit_breakers: Option<CircuitBreakers>,
    retry: RetryPolicy,
    timeouts: Timeouts,
    max_body_bytes: usize,
    body_budget: Option<BodyBudget>,
    instrumentation: Option<Arc<dyn Instrumentation>>,
    user_agent: Option<String>,
    allow_http: bool,
}

/// Wraps a transport into another one.
type TransportLayer = Box<dyn FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync>;

/// All that was said about the transport.
#[derive(Default)]
struct Http {
    transport: Option<Arc<dyn Transport>>,
    #[cfg(feature = "reqwest")]
    client: Option<reqwest::Client>,
    #[cfg(feature = "reqwest")]
    proxies: Vec<reqwest::Proxy>,
    #[cfg(feature = "reqwest")]
    root_certificates: Vec<Vec<u8>>,
}

impl ClientBuilder {
    /// Uses this HTTP client, so that many clients can share one pool of connections. Build it from
    /// [`http_client_builder`](crate::http_client_builder), and set proxies and certificates there.
    #[cfg(feature = "reqwest")]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http.client = Some(client);
        self
    }

    /// Uses another transport than the default one.
    ///
    /// Unless the transport [leads to the network](Transport::shares_process_limits) like the
    /// default one, the client has limiters and circuit breakers of its own, so that it is not
    /// coupled to other clients of the process.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.http.transport = Some(transport);
        self
    }

    /// Wraps the transport into a layer of `tower`; the layer that is added last sees a request
    /// first. It is passed once for each attempt, below the limiter, the retries and the timeouts.
    #[cfg(feature = "tower")]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: tower_layer::Layer<crate::TransportService> + Send + Sync + 'static,
        crate::ServiceTransport<L::Service>: Transport,
    {
        self.layers.push(Box::new(move |transport| {
            Arc::new(crate::ServiceTransport::new(layer.layer(crate::TransportService(transport))))
        }));
        self
    }

    /// Sends the requests through a proxy. Without one, the environment's proxy settings count.
    #[cfg(feature = "reqwest")]
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.http.proxies.push(proxy);
        self
    }

    /// Trusts the certificates of this PEM bundle besides those of the system.
    #[cfg(feature = "reqwest")]
    pub fn extra_root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// Takes turns from these limiters. Without this, all clients of the process share one registry
    /// with the published limits.
    pub fn limiters(self, limiters: Limiters) -> Self {
        Self { limiters: Some(limiters), ..self }
    }

    /// Fails fast by these circuit breakers. Without this, all clients of the process share one
    /// registry.
    pub fn circuit_breakers(self, circuit_breakers: CircuitBreakers) -> Self {
        Self { circuit_breakers: Some(circuit_breakers), ..self }
    }

    /// Retries by this policy.
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// Uses these time limits.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Refuses answers longer than this after decompression: 16 MiB unless set.
    pub fn max_body_bytes(self, max_body_bytes: usize) -> Self {
        Self { max_body_bytes, ..self }
    }

    /// Bounds the memory of all bodies that the clients with this budget hold together. Without
    /// one, only the size of each body is bounded.
    pub fn body_budget(self, budget: BodyBudget) -> Self {
        Self { body_budget: Some(budget), ..self }
    }

    /// Reports each call to this instrumentation.
    pub fn instrumentation(self, instrumentation: Arc<dyn Instrumentation>) -> Self {
        Self { instrumentation: Some(instrumentation), ..self }
    }

    /// Sends this as `User-Agent` instead of `sumo-client/<version>`.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: Some(user_agent.into()), ..self }
    }

    /// Speaks plain HTTP instead of HTTPS when `true`, for stand-ins in tests. The public
    /// deployments are called by HTTPS whatever is set here, so that no access key crosses the
    /// network in the clear.
    pub fn allow_http(self, allow_http: bool) -> Self {
        Self { allow_http, ..self }
    }

    /// Builds the client.
    ///
    /// # Errors
    /// Returns an error if settings exclude each other (a proxy or a root certificate beside an
    /// HTTP client or a transport, or both of these), a certificate is not PEM, the user agent is
    /// not a header value, `max_body_bytes` is more than a quarter of the body budget, or TLS
    /// cannot be set up; [`Error::is_configuration`] holds.
    pub fn build(self) -> Result<Client, Error> {
        if let Some(budget) = self.body_budget.as_ref().filter(|it| it.max_body_bytes() < self.max_body_bytes)
        {
            return Err(Error::configuration(format!(
                "max_body_bytes is {}, but the body budget holds bodies of at most {} bytes; allow a budget of at \
                 least four times max_body_bytes",
                self.max_body_bytes,
                budget.max_body_bytes(),
            )));
        }
        let plain = self.allow_http && !self.deployment.is_public();
        let base_url = match plain {
            true => format!("http://{}", self.deployment.api_host()),
            false => self.deployment.base_url(),
        };
        let user_agent = match self.user_agent {
            Some(text) => HeaderValue::try_from(text).map_err(|error| {
                Error::configuration("the user agent is not a header value").caused_by(error)
            })?,
            None => HeaderValue::from_static(DEFAULT_USER_AGENT),
        };
        let transport = self.http.into_transport(self.timeouts, plain)?;
        let shares_limits = transport.shares_process_limits();
        let transport = self.layers.into_iter().fold(transport, |transport, layer| layer(transport));
        let limiters = self.limiters.unwrap_or_else(|| match shares_limits {
            true => PROCESS_LIMITERS.clone(),
            false => Limiters::default(),
        });
        let circuit_breakers = self.circuit_breakers.unwrap_or_else(|| match shares_limits {
            true => PROCESS_CIRCUIT_BREAKERS.clone(),
            false => CircuitBreakers::default(),
        });
        let shared = Shared {
            deployment: self.deployment,
            base_url,
            credentials: self.credentials,
            transport,
            limiters,
            circuit_breakers,
            retry: self.retry,
            timeouts: self.timeouts,
            max_body_bytes: self.max_body_bytes,
            body_budget: self.body_budget,
            instrumentation: self.instrumentation,
            user_agent,
        };
        Ok(Client { shared: Arc::new(shared), group: RequestGroup::default() })
    }
}

impl Http {
    /// Returns the one transport that was asked for.
    #[cfg(feature = "reqwest")]
    fn into_transport(self, timeouts: Timeouts, plain: bool) -> Result<Arc<dyn Transport>, Error> {
        let conflict = |text: &str| Err(Error::configuration(text));
        let is_given = self.client.is_some() || self.transport.is_some();
        let is_configured = !self.proxies.is_empty() || !self.root_certificates.is_empty();
        if is_given && is_configured {
            return conflict(
                "a proxy or a root certificate has no effect beside an HTTP client or a transport; set it there, on \
                 sumo_client::http_client_builder",
            );
        }
        match (self.transport, self.client) {
            (Some(_), Some(_)) => conflict("an HTTP client and a transport are given; give one of them"),
            (Some(transport), None) => Ok(transport),
            (None, Some(client)) => Ok(Arc::new(ReqwestTransport::new(client))),
            (None, None) if !has_cryptography() => conflict(
                "TLS has no cryptography; enable the feature `aws-lc` or `ring` of sumo-client, or install a \
                 default provider of rustls",
            ),
            (None, None) => {
                let certificates = parse_certificates(&self.root_certificates)?;
                let proxies = self.proxies;
                let transport = ReqwestTransport::renewing(move || {
                    let http = http_client_builder().https_only(!plain).connect_timeout(timeouts.connect);
                    let http = proxies.iter().cloned().fold(http, reqwest::ClientBuilder::proxy);
                    http.tls_certs_merge(certificates.iter().cloned()).build()
                });
                let failed = "the HTTP client cannot be set up";
                Ok(Arc::new(transport.map_err(|error| Error::configuration(failed).caused_by(error))?))
            }
        }
    }

    #[cfg(not(feature = "reqwest"))]
    fn into_transport(self, _timeouts: Timeouts, _plain: bool) -> Result<Arc<dyn Transport>, Error> {
        self.transport.ok_or_else(|| {
            Error::configuration("a transport is missing; give one, or enable the feature `reqwest`")
        })
    }
}

/// Returns false if reqwest would find no cryptography for TLS.
#[cfg(feature = "reqwest")]
fn has_cryptography() -> bool {
    cfg!(any(feature = "aws-lc", feature = "ring")) || rustls::crypto::CryptoProvider::get_default().is_some()
}

#[cfg(feature = "reqwest")]
fn parse_certificates(bundles: &[Vec<u8>]) -> Result<Vec<reqwest::Certificate>, Error> {
    let mut all = Vec::new();
    for pem in bundles {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            Error::configuration("the root certificates are not a PEM bundle").caused_by(error)
        })?;
        if certificates.is_empty() {
            return Err(Error::configuration("the PEM bundle of root certificates holds no certificate"));
        }
        all.extend(certificates);
    }
    Ok(all)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}
