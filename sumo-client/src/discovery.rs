//! The deployment of a tenant, found by its credentials.

use http::Method;

use crate::call::Call;
use crate::client::{Client, ClientBuilder};
use crate::credentials::Credentials;
use crate::deployment::{Deployment, InvalidHost};
use crate::error::Error;

impl Deployment {
    /// Finds the deployment that the tenant with these credentials lives on, by asking US1, which
    /// answers a key of another deployment with the right host.
    ///
    /// # Errors
    /// Returns an error if the credentials are refused, or US1 cannot be reached.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), sumo_client::Error> {
    /// use sumo_client::{Client, Credentials, Deployment};
    ///
    /// let credentials = Credentials::new("suAbCdEf", "the-access-key");
    /// let deployment = Deployment::discover(credentials.clone()).await?;
    /// let client = Client::builder(deployment, credentials).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn discover(credentials: Credentials) -> Result<Self, Error> {
        Client::builder(Self::US1, credentials).build()?.discover_deployment().await
    }
}

impl Client {
    /// A client for the tenant that the environment names: `SUMO_ACCESS_ID`, `SUMO_ACCESS_KEY`, and
    /// `SUMO_API_HOST`, such as `api.us2.sumologic.com` or `us2`. Without the host, the deployment
    /// is found by [`Deployment::discover`].
    ///
    /// `SUMO_ALLOW_HTTP=1` allows plain HTTP to a host that is not a public deployment, such as a
    /// stand-in; see [`ClientBuilder::allow_http`](crate::ClientBuilder::allow_http).
    ///
    /// # Errors
    /// Returns an error if a variable is missing or the host is not one
    /// ([`Error::is_configuration`] holds), or the deployment cannot be found.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), sumo_client::Error> {
    /// let client = sumo_client::Client::from_env().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_env() -> Result<Self, Error> {
        Self::builder_from_env().await?.build()
    }

    /// Starts to set up a client for the tenant that the environment names, see
    /// [`from_env`](Self::from_env).
    ///
    /// # Errors
    /// As for [`from_env`](Self::from_env).
    pub async fn builder_from_env() -> Result<ClientBuilder, Error> {
        let credentials = Credentials::new(variable("SUMO_ACCESS_ID")?, variable("SUMO_ACCESS_KEY")?);
        let deployment = match std::env::var("SUMO_API_HOST") {
            Ok(host) => host.parse().map_err(|error: InvalidHost| {
                Error::configuration(format!("SUMO_API_HOST: {error}")).caused_by(error)
            })?,
            Err(_) => Deployment::discover(credentials.clone()).await?,
        };
        let allow_http = std::env::var("SUMO_ALLOW_HTTP").is_ok_and(|value| value == "1");
        Ok(Self::builder(deployment, credentials).allow_http(allow_http))
    }

    /// The deployment that the tenant really lives on, as the deployment of this client tells it.
    ///
    /// US1 knows every key; see [`Deployment::discover`].
    ///
    /// # Errors
    /// Returns an error if the call fails for another reason than being sent to the wrong
    /// deployment.
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
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|error| {
        Error::configuration(format!("set the environment variable {name}")).caused_by(error)
    })
}
