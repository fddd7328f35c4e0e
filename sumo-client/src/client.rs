//! The client and how it is set up.

use std::fmt;
use std::sync::{Arc, LazyLock};

use http::{HeaderValue, Method};
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::credentials::CredentialsSource;
use crate::deployment::Deployment;
use crate::error::Error;
use crate::limit::Limiters;
use crate::observe::CallObserver;
use crate::retry::RetryPolicy;
use crate::timeout::Timeouts;
use crate::transport::{ReqwestTransport, Transport, http_client_builder};

/// A client for the Cloud SIEM of one tenant. Cloning is cheap and shares everything.
///
/// The calls are grouped as the API groups them: [`insights`](Self::insights), [`signals`](Self::signals) and so
/// on. [`raw`](Self::raw) makes any other call.
///
/// ```no_run
/// # async fn run() -> Result<(), sumo_client::Error> {
/// use sumo_client::{Client, Credentials, Deployment};
///
/// let client = Client::builder(Deployment::US2, Credentials::new("suAbCdEf", "the-access-key")).build()?;
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
}

pub(crate) struct Shared {
    pub(crate) deployment: Deployment,
    pub(crate) base_url: String,
    pub(crate) credentials: CredentialsSource,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) limiters: Limiters,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_body_bytes: usize,
    pub(crate) observer: Option<Arc<dyn CallObserver>>,
    pub(crate) user_agent: HeaderValue,
}

/// The limiters of all clients that are not given others: one for each access key of the process.
static PROCESS_LIMITERS: LazyLock<Limiters> = LazyLock::new(Limiters::default);

/// The most bytes of an answer that are read unless the builder says otherwise.
const DEFAULT_MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

const DEFAULT_USER_AGENT: &str = concat!("sumo-client/", env!("CARGO_PKG_VERSION"));

impl Client {
    /// Starts to set up a client for the tenant with these credentials on this deployment.
    pub fn builder(deployment: Deployment, credentials: impl Into<CredentialsSource>) -> ClientBuilder {
        ClientBuilder {
            deployment,
            credentials: credentials.into(),
            http: Http::Own { proxies: Vec::new(), root_certificates: Vec::new() },
            limiters: None,
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
            observer: None,
            user_agent: None,
            allow_http: false,
        }
    }

    /// The deployment that this client calls.
    pub fn deployment(&self) -> &Deployment {
        &self.shared.deployment
    }

    /// The deployment that the tenant really lives on, as the deployment of this client tells it.
    ///
    /// US1 knows every key; see [`Deployment::discover`].
    ///
    /// # Errors
    /// When the call fails for another reason than being sent to the wrong deployment.
    pub async fn discover_deployment(&self) -> Result<Deployment, Error> {
        let call = Call::<()>::platform(self, "discoverDeployment", Method::HEAD, "/collectors", &[]);
        match call.send_bytes().await {
            Ok(_) => Ok(self.shared.deployment.clone()),
            // The key is known here, whatever it may do.
            Err(error) if error.is_forbidden() || error.is_not_found() || error.is_rejected() => {
                Ok(self.shared.deployment.clone())
            }
            Err(error) => error.right_deployment().cloned().ok_or(error),
        }
    }

    /// A call of any method and path, for operations that this crate does not know.
    ///
    /// The path starts with `/` and is sent as given, so encode ids in it. The answer is read out of the envelope
    /// of Cloud SIEM; [`Call::bare`] reads an answer without one. Only `GET` and `HEAD` are retried after
    /// failures that may have reached the server, see [`Call::repeatable`].
    ///
    /// ```no_run
    /// # async fn run(client: sumo_client::Client) -> Result<(), sumo_client::Error> {
    /// let collectors: serde_json::Value =
    ///     client.raw(http::Method::GET, "/api/v1/collectors").query("limit", 5).bare().send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw<T: DeserializeOwned>(&self, method: Method, path: impl Into<String>) -> Call<T> {
        Call::raw(self.clone(), method, path.into())
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
    limiters: Option<Limiters>,
    retry: RetryPolicy,
    timeouts: Timeouts,
    max_body_bytes: usize,
    observer: Option<Arc<dyn CallObserver>>,
    user_agent: Option<String>,
    allow_http: bool,
}

/// What carries the requests: a client of our own making, or what the user brought.
enum Http {
    Own { proxies: Vec<reqwest::Proxy>, root_certificates: Vec<Vec<u8>> },
    Given(Arc<dyn Transport>),
}

impl ClientBuilder {
    /// Uses this HTTP client, so that many clients can share one pool of connections. Build it from
    /// [`http_client_builder`]. Proxies and certificates given to this builder have no effect then.
    pub fn http_client(self, client: reqwest::Client) -> Self {
        self.transport(Arc::new(ReqwestTransport::new(client)))
    }

    /// Uses another transport than reqwest.
    pub fn transport(self, transport: Arc<dyn Transport>) -> Self {
        Self { http: Http::Given(transport), ..self }
    }

    /// Sends the requests through a proxy. Without one, the environment's proxy settings count.
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        if let Http::Own { proxies, .. } = &mut self.http {
            proxies.push(proxy);
        }
        self
    }

    /// Trusts the certificates of this PEM bundle besides those of the system.
    pub fn extra_root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        if let Http::Own { root_certificates, .. } = &mut self.http {
            root_certificates.push(pem.into());
        }
        self
    }

    /// Takes turns from these limiters. Without this, all clients of the process share one registry with the
    /// published limits.
    pub fn limiters(self, limiters: Limiters) -> Self {
        Self { limiters: Some(limiters), ..self }
    }

    /// Retries by this policy.
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// Uses these time limits.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Refuses answers longer than this after decompression: 64 MiB unless set.
    pub fn max_body_bytes(self, max_body_bytes: usize) -> Self {
        Self { max_body_bytes, ..self }
    }

    /// Tells this observer about each call.
    pub fn observer(self, observer: Arc<dyn CallObserver>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Sends this as `User-Agent` instead of `sumo-client/<version>`.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: Some(user_agent.into()), ..self }
    }

    /// Speaks plain HTTP instead of HTTPS when `true`, for stand-ins in tests. The public deployments are called
    /// by HTTPS whatever is set here, so that no access key crosses the network in the clear.
    pub fn allow_http(self, allow_http: bool) -> Self {
        Self { allow_http, ..self }
    }

    /// Builds the client.
    ///
    /// # Errors
    /// When a certificate is not PEM, the user agent is no header value, or TLS cannot be set up;
    /// [`Error::is_invalid_request`] holds.
    pub fn build(self) -> Result<Client, Error> {
        let plain = self.allow_http && !self.deployment.is_public();
        let base_url = match plain {
            true => format!("http://{}", self.deployment.api_host()),
            false => self.deployment.base_url(),
        };
        let user_agent = match self.user_agent {
            Some(text) => HeaderValue::try_from(text).map_err(|error| {
                Error::invalid_request("the user agent is no header value").caused_by(error)
            })?,
            None => HeaderValue::from_static(DEFAULT_USER_AGENT),
        };
        let transport = match self.http {
            Http::Given(transport) => transport,
            Http::Own { proxies, root_certificates } => {
                let http = own_http_client(proxies, &root_certificates, self.timeouts, plain)?;
                Arc::new(ReqwestTransport::new(http))
            }
        };
        let shared = Shared {
            deployment: self.deployment,
            base_url,
            credentials: self.credentials,
            transport,
            limiters: self.limiters.unwrap_or_else(|| PROCESS_LIMITERS.clone()),
            retry: self.retry,
            timeouts: self.timeouts,
            max_body_bytes: self.max_body_bytes,
            observer: self.observer,
            user_agent,
        };
        Ok(Client { shared: Arc::new(shared) })
    }
}

fn own_http_client(
    proxies: Vec<reqwest::Proxy>,
    root_certificates: &[Vec<u8>],
    timeouts: Timeouts,
    plain: bool,
) -> Result<reqwest::Client, Error> {
    let mut builder = http_client_builder().https_only(!plain).connect_timeout(timeouts.connect);
    for proxy in proxies {
        builder = builder.proxy(proxy);
    }
    for pem in root_certificates {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            Error::invalid_request("the root certificates are no PEM bundle").caused_by(error)
        })?;
        if certificates.is_empty() {
            return Err(Error::invalid_request("the PEM bundle of root certificates holds no certificate"));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder
        .build()
        .map_err(|error| Error::invalid_request("the HTTP client cannot be set up").caused_by(error))
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}
