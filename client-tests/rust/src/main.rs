//! Talks to the running demo with the client that OpenAPI Generator made from the relay's document.

use relay_api_client::apis::configuration::Configuration;
use relay_api_client::apis::{pages_api, relay_api};
use relay_api_client::models::{HealthStatus, Observable};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let base_path = std::env::var("RELAY_URL")?;
    let token = std::env::var("RELAY_TOKEN")?;
    let caller = Configuration { base_path, bearer_access_token: Some(token), ..Configuration::new() };
    let stranger = Configuration { bearer_access_token: None, ..caller.clone() };
    let asked = vec![Observable::new("domain".to_owned(), "update-check.example.net".to_owned())];

    let health = relay_api::health(&caller).await?;
    assert_eq!(health.data.map(|data| data.status), Some(HealthStatus::Ok));
    let refused = relay_api::health(&stranger).await?.errors.unwrap_or_default();
    assert_eq!(refused.first().map(|error| error.code.as_str()), Some("authorization error"));

    let observed = relay_api::observe_observables(&caller, asked.clone()).await?;
    assert_eq!(observed.errors, None);
    let data = observed.data.ok_or("observe has no data")?;
    let sightings = data.sightings.ok_or("observe has no sightings")?;
    assert!(!sightings.docs.is_empty());

    let links = relay_api::refer_observables(&caller, asked).await?.data.unwrap_or_default();
    assert!(links.iter().all(|link| link.url.contains("/sec/search?q=update-check")) && links.len() == 1);

    let version = relay_api::version(&stranger).await?.version;
    let watched = relay_api::watchdog(&stranger, Some("hello")).await?;
    assert_eq!(watched.data.as_deref(), Some("hello"));
    let about = pages_api::about(&stranger).await?;
    assert_eq!(about.version, version);
    println!("The generated Rust client gets {} sightings from relay {version}.", sightings.docs.len());
    Ok(())
}
