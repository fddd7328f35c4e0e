//! The least that a relay must do, as a module: make the same calls, and answer something prepared.
//!
//! It runs in the same service as the relay and calls through the same HTTP client, with the same
//! settings. Whatever the relay takes more is the relay's own work: reading, matching, mapping,
//! remembering, and writing entities.

use std::process::ExitCode;
use std::sync::Arc;

use ctim::vocabulary::HighMedLow;
use ctim::{EntityId, EntityLists, ObservedTime, Sighting};
use futures_util::future::try_join_all;
use relay_server::{RelaySettings, SumoConfig, Tenant};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::IgnoredAny;
use sumo_client::{
    BodyBudget, Client, Credentials, Deployment, Limiters, Priority, RequestGroup, ReqwestTransport, query,
};
use tokio::time::Instant;
use xdr_module::auth::allow_list::AllowList;
use xdr_module::auth::{Claims, Refusal};
use xdr_module::contract::health::Health;
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reference_link::ReferenceLink;
use xdr_module::contract::reply::{ErrorItem, Reply};
use xdr_module::{About, Capability, Config, Context, Module};

use crate::Result;

/// The number of insights that a search asks for, as the relay's.
const INSIGHTS_LIMIT: u32 = 10;

/// The name in requests to Sumo Logic, as long as the relay's.
const USER_AGENT: &str = concat!("tr-05-sumo-logic-cloud-siem/", env!("CARGO_PKG_VERSION"));

/// The id of the prepared sighting.
const ID: &str = "sighting-6f0d8c53-4f3a-5f0e-9d3e-2f6f6f1c7a10";

/// The settings of a pass-through: those of the relay, and two of its own.
#[derive(clap::Args)]
pub(crate) struct PassThroughArgs {
    #[command(flatten)]
    settings: RelaySettings,

    /// Pass over each upstream body as JSON, instead of dropping its bytes
    #[arg(long)]
    reads: bool,

    /// The length of responses to observe and refer, in bytes
    #[arg(long, default_value_t = 0, value_name = "BYTES")]
    answer_bytes: usize,
}

/// Serves until the process is told to stop.
pub(crate) fn run(args: &PassThroughArgs) -> Result<ExitCode> {
    let sumo = SumoConfig::from_settings(&args.settings.sumo)?;
    let (reads, answer_bytes) = (args.reads, args.answer_bytes);
    let module = move |service: &Config| PassThrough::new(service, &sumo, reads, answer_bytes);
    xdr_module::serve(&args.settings.service, Vec::new(), module)?;
    Ok(ExitCode::SUCCESS)
}

struct PassThrough {
    hosts: AllowList,
    transport: Arc<ReqwestTransport>,
    limiters: Limiters,
    body_budget: BodyBudget,
    max_body_bytes: usize,
    reads: bool,
    entities: EntityLists,
    link: ReferenceLink,
}

impl PassThrough {
    fn new(service: &Config, sumo: &SumoConfig, reads: bool, answer_bytes: usize) -> Result<Self> {
        let http = sumo_client::http_client_builder().user_agent(USER_AGENT);
        let id = EntityId::transient(ID)?;
        Ok(Self {
            hosts: sumo.hosts.clone(),
            transport: Arc::new(ReqwestTransport::new(service.apply_to(http)?.build()?)),
            limiters: Limiters::new(sumo.rate_limit),
            body_budget: BodyBudget::new(sumo.body_budget_bytes),
            max_body_bytes: sumo.max_body_bytes,
            reads,
            entities: padded(answer_bytes, |description| entities(&id, description))?,
            link: padded(answer_bytes, link)?,
        })
    }

    /// Returns a client for one request, as the relay makes it.
    fn client(&self, tenant: &Tenant, priority: Priority) -> Result<Client> {
        let credentials =
            Credentials::new(tenant.access_id.expose_secret(), tenant.access_key.expose_secret());
        let client = Client::builder(Deployment::from_api_host(&tenant.host)?, credentials)
            .transport(self.transport.clone())
            .limiters(self.limiters.clone())
            .body_budget(self.body_budget.clone())
            .max_body_bytes(self.max_body_bytes)
            .user_agent(USER_AGENT)
            .build()?;
        Ok(client.with_group(RequestGroup::new(priority)))
    }

    async fn check_health(&self, context: &Context<Tenant>) -> Result<Health> {
        let client = self.client(context.tenant(), Priority::High)?;
        client.health_events().list().limit(1).deadline(context.deadline()).send_bytes().await?;
        Ok(Health::ok())
    }

    async fn search_all(&self, context: &Context<Tenant>, observables: &[Observable]) -> Result<EntityLists> {
        let client = self.client(context.tenant(), Priority::Normal)?;
        let (limit, deadline) = (context.tenant().entities_limit, context.deadline());
        let searches = observables.iter().map(|asked| self.search(&client, &asked.value, limit, deadline));
        tokio::try_join!(try_join_all(searches), self.judge(&client, observables, deadline))?;
        Ok(self.entities.clone())
    }

    /// Makes the three calls that judge all observables of a request.
    async fn judge(&self, client: &Client, observables: &[Observable], deadline: Instant) -> Result<()> {
        let values = || observables.iter().map(|asked| asked.value.as_str());
        let in_lists = query::list_items::VALUE.one_of(values());
        let items = client.match_list_items().list().q(in_lists.clone()).limit(1_000).deadline(deadline);
        let indicators = client.threat_intel_indicators().list().q(in_lists).limit(1_000).deadline(deadline);
        let of_entities = query::entities::VALUE.one_of(values());
        let entities = client.entities().list().q(of_entities).limit(50).deadline(deadline);
        let items = async { self.pass_over(&items.send_bytes().await?.into_body()) };
        let indicators = async { self.pass_over(&indicators.send_bytes().await?.into_body()) };
        let entities = async { self.pass_over(&entities.send_bytes().await?.into_body()) };
        tokio::try_join!(items, indicators, entities)?;
        Ok(())
    }

    /// Makes the two calls for a value.
    async fn search(&self, client: &Client, value: &str, limit: u32, deadline: Instant) -> Result<()> {
        let insights = client.insights().list().q(value).limit(INSIGHTS_LIMIT).deadline(deadline);
        let signals = client.signals().list().q(value).limit(limit).deadline(deadline);
        let insights = async { self.pass_over(&insights.send_bytes().await?.into_body()) };
        let signals = async { self.pass_over(&signals.send_bytes().await?.into_body()) };
        tokio::try_join!(insights, signals)?;
        Ok(())
    }

    fn pass_over(&self, body: &[u8]) -> Result<()> {
        if self.reads {
            serde_json::from_slice::<IgnoredAny>(body)?;
        }
        Ok(())
    }
}

impl Module for PassThrough {
    type Tenant = Tenant;

    fn about(&self) -> About {
        About::new("pass-through", env!("CARGO_PKG_VERSION"), "Pass-through")
    }

    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability::Observe, Capability::Refer]
    }

    fn tenant(&self, claims: &Claims) -> std::result::Result<Tenant, Refusal> {
        Tenant::from_claims(claims, &self.hosts)
    }

    async fn health(&self, context: &Context<Tenant>) -> Reply<Health> {
        reply(self.check_health(context).await)
    }

    async fn observe(&self, context: &Context<Tenant>, observables: &[Observable]) -> Reply<EntityLists> {
        reply(self.search_all(context, observables).await)
    }

    async fn refer(&self, _: &Context<Tenant>, _: &[Observable]) -> Reply<Vec<ReferenceLink>> {
        Reply::data(vec![self.link.clone()])
    }
}

fn reply<T>(result: Result<T>) -> Reply<T> {
    result.map_err(|error| ErrorItem::fatal("pass-through", error.to_string())).into()
}

/// Makes something whose reply has about so many bytes, by the description in it.
fn padded<T: Serialize>(bytes: usize, make: impl Fn(String) -> T) -> Result<T> {
    let least = Reply::data(make(String::new())).to_bytes()?.len();
    Ok(make("A long description. ".chars().cycle().take(bytes.saturating_sub(least)).collect()))
}

fn entities(id: &EntityId, description: String) -> EntityLists {
    let sighting = Sighting::builder()
        .id(id.clone())
        .confidence(HighMedLow::High)
        .count(1)
        .observed_time(ObservedTime::builder().start_time(chrono::DateTime::UNIX_EPOCH).build())
        .description(description)
        .build();
    EntityLists::default().with_sightings([sighting])
}

fn link(description: String) -> ReferenceLink {
    ReferenceLink::new("pass-through", "Search", "https://service.example.com/")
        .with_description(description)
        .with_categories(["Search"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_as_long_as_asked_for() {
        let id = EntityId::transient(ID).unwrap();
        let observed = |bytes| {
            let lists = padded(bytes, |description| entities(&id, description)).unwrap();
            Reply::data(lists).to_bytes().unwrap()
        };
        for bytes in [1_000, 67_000] {
            assert_eq!(observed(bytes).len(), bytes);
            // The link stands in a list.
            let referred = Reply::data(vec![padded(bytes, link).unwrap()]).to_bytes().unwrap();
            assert_eq!(referred.len(), bytes + 2);
        }
        assert!(observed(0).starts_with(br#"{"data":{"sightings":"#));
    }
}
