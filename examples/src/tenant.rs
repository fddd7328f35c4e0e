//! The tenant that an example talks to, taken from the environment.

use std::error::Error;

use sumo_client::{Client, Credentials, Deployment};

/// Builds a client from `SUMO_API_HOST` (found by asking when unset), `SUMO_ACCESS_ID` and `SUMO_ACCESS_KEY`.
///
/// `SUMO_ALLOW_HTTP=1` allows plain HTTP, for a stand-in.
///
/// # Errors
/// When a variable is missing, the host is none, or the deployment cannot be found.
pub async fn client_from_environment() -> Result<Client, Box<dyn Error>> {
    let credentials = Credentials::new(variable("SUMO_ACCESS_ID")?, variable("SUMO_ACCESS_KEY")?);
    let deployment = match std::env::var("SUMO_API_HOST") {
        Ok(host) => Deployment::from_api_host(&host)?,
        Err(_) => Deployment::discover(credentials.clone()).await?,
    };
    let allow_http = std::env::var("SUMO_ALLOW_HTTP").is_ok_and(|value| value == "1");
    Ok(Client::builder(deployment, credentials).allow_http(allow_http).build()?)
}

/// The argument at this place of the command line.
///
/// # Errors
/// When it is missing; the text then says what it should be.
pub fn argument(place: usize, meaning: &str) -> Result<String, Box<dyn Error>> {
    std::env::args().nth(place).ok_or_else(|| format!("argument {place} is missing: {meaning}").into())
}

fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    std::env::var(name).map_err(|_| format!("set the environment variable {name}").into())
}
