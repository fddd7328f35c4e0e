//! The least that a relay must do: check the token, make the same calls, and answer something.
//!
//! Asked to, it does what any relay would do besides: it has the JSON library pass over what it received, and answers as
//! much as the relay does, though nothing of sense.
//!
//! It stands on the relay's own server loop, token check and HTTP client, with the same settings, so that what the
//! relay takes more is the relay's own work: decoding, matching, mapping, writing, remembering, counting, logging.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join_all;
use http::StatusCode;
use http::header::{AUTHORIZATION, HOST};
use poem::endpoint::make;
use poem::{Endpoint, Request, Response};
use relay_server::auth::{Authenticator, KeySetTimes, KeySets, Presented, Tenant};
use relay_server::config::Config;
use relay_server::server::{Server, ServerLimits};
use relay_server::trust::{Audiences, HostPort, TrustedHosts};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sumo_client::{Client, Credentials, Deployment, Limiters, RateLimit, ReqwestTransport};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Result;
use crate::stand_in::{PUBLIC_URL, until_input_ends};

/// The answer to everything, but for its length.
const ANSWER: &str = r#"{"data":{}}"#;

/// What a request may ask for.
#[derive(Deserialize)]
struct Manner {
    /// That bodies are read as JSON, and how long the answer is then, in bytes.
    reading_for: Option<usize>,
}

/// Insights asked for in a search, as the relay does.
const INSIGHTS_LIMIT: u32 = 10;

/// How the relay names itself; the length matters little, but shall be the same.
const USER_AGENT: &str = concat!("tr-05-sumo-logic-cloud-siem/", env!("CARGO_PKG_VERSION"));

/// The settings of a pass-through, named as the relay's.
#[derive(clap::Args)]
pub(crate) struct PassThroughArgs {
    #[arg(long)]
    listen: SocketAddr,
    #[arg(long)]
    jwks_hosts: HostPort,
    #[arg(long)]
    sumo_hosts: HostPort,
    #[arg(long)]
    extra_ca_file: PathBuf,
}

/// Serves until standard input ends.
pub(crate) async fn run(args: &PassThroughArgs) -> Result<ExitCode> {
    let pass_through = Arc::new(PassThrough::new(args)?);
    let server = Server::bind(args.listen, ServerLimits::default())?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server.run(site(pass_through), stop.clone()));
    until_input_ends().await;
    stop.cancel();
    serving.await?;
    Ok(ExitCode::SUCCESS)
}

struct PassThrough {
    authenticator: Authenticator,
    sumo_hosts: TrustedHosts,
    transport: Arc<ReqwestTransport>,
    limiters: Limiters,
    settings: Config,
}

/// An observable, as far as it is of use.
#[derive(Deserialize)]
struct Asked {
    value: String,
}

impl PassThrough {
    fn new(args: &PassThroughArgs) -> Result<Self> {
        let settings = Config::default();
        let roots = reqwest::Certificate::from_pem_bundle(&std::fs::read(&args.extra_ca_file)?)?;
        let http =
            sumo_client::http_client_builder().user_agent(USER_AGENT).tls_certs_merge(roots).build()?;
        let jwks_hosts = TrustedHosts::new([args.jwks_hosts.clone()]);
        let key_sets = KeySets::of_hosts(&jwks_hosts, http.clone(), KeySetTimes::default());
        let audiences = Audiences::Configured([PUBLIC_URL.to_owned()].into());
        let limit =
            RateLimit { calls_per_window: 0, concurrency: settings.sumo_concurrency, ..RateLimit::default() };
        Ok(Self {
            authenticator: Authenticator::new(jwks_hosts, audiences, key_sets),
            sumo_hosts: TrustedHosts::new([args.sumo_hosts.clone()]),
            transport: Arc::new(ReqwestTransport::new(http)),
            limiters: Limiters::new(limit),
            settings,
        })
    }

    async fn answer(&self, request: &mut Request) -> Result<String> {
        let length = request.params::<Manner>()?.reading_for;
        if request.uri().path() != "/version" {
            self.work(request, length.is_some()).await?;
        }
        let blanks = length.unwrap_or_default().saturating_sub(ANSWER.len());
        Ok(ANSWER.to_owned() + &" ".repeat(blanks))
    }

    async fn work(&self, request: &mut Request, reads: bool) -> Result<()> {
        let deadline = Instant::now() + self.settings.deadline - Duration::from_secs(1);
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let presented = Presented { authorization: text(AUTHORIZATION), host: text(HOST) };
        let read = |claims: &_| Tenant::from_claims(claims, &self.sumo_hosts);
        let tenant = self.authenticator.authenticate(presented, deadline, read).await?;
        match request.uri().path() {
            "/health" => {
                let call = self.client(&tenant)?.health_events().list().limit(1).deadline(deadline);
                drop(call.send_bytes().await?);
            }
            "/observe/observables" => {
                let asked: Vec<Asked> = serde_json::from_slice(&request.take_body().into_bytes().await?)?;
                let client = self.client(&tenant)?;
                let limit = tenant.entities_limit;
                let searches =
                    asked.iter().map(|asked| search(&client, &asked.value, limit, deadline, reads));
                try_join_all(searches).await?;
            }
            _ => drop(serde_json::from_slice::<Vec<Asked>>(&request.take_body().into_bytes().await?)?),
        }
        Ok(())
    }

    /// A client made for the request, as the relay does.
    fn client(&self, tenant: &Tenant) -> Result<Client> {
        let deployment = Deployment::from_api_host(&tenant.host)?;
        let credentials =
            Credentials::new(tenant.access_id.expose_secret(), tenant.access_key.expose_secret());
        let client = Client::builder(deployment, credentials)
            .transport(self.transport.clone())
            .limiters(self.limiters.clone())
            .max_body_bytes(self.settings.sumo_body_bytes)
            .user_agent(USER_AGENT)
            .build()?;
        Ok(client)
    }
}

/// The two calls for a value; what comes back is read, as JSON when it is to be, and dropped.
async fn search(client: &Client, value: &str, limit: u32, deadline: Instant, reads: bool) -> Result<()> {
    let insights = client.insights().list().q(value).limit(INSIGHTS_LIMIT).deadline(deadline);
    let signals = client.signals().list().q(value).limit(limit).deadline(deadline);
    let both =
        tokio::try_join!(drop_answer(insights.send_bytes(), reads), drop_answer(signals.send_bytes(), reads));
    both.map(|_| ())
}

async fn drop_answer(
    answer: impl Future<Output = std::result::Result<sumo_client::Response<Bytes>, sumo_client::Error>>,
    reads: bool,
) -> Result<()> {
    let answer = answer.await?;
    if reads {
        serde_json::from_slice::<IgnoredAny>(&answer.into_body())?;
    }
    Ok(())
}

fn site(pass_through: Arc<PassThrough>) -> impl Endpoint<Output = Response> {
    make(move |mut request: Request| {
        let pass_through = pass_through.clone();
        async move {
            match pass_through.answer(&mut request).await {
                Ok(answer) => Response::builder().content_type("application/json").body(answer),
                Err(error) => Response::builder().status(StatusCode::BAD_GATEWAY).body(error.to_string()),
            }
        }
    })
}
