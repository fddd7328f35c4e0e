//! Sumo Logic Cloud SIEM as a module of Cisco XDR.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ctim::EntityLists;
use secrecy::ExposeSecret;
use sumo_client::{Priority, RequestGroup, StoreError};
use tokio::time::Instant;
use xdr_module::auth::{Claims, Refusal};
use xdr_module::contract::action::{Action, Trigger, TriggerResult};
use xdr_module::contract::health::Health;
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reference_link::ReferenceLink;
use xdr_module::contract::reply::{ErrorItem, ErrorLevel, Reply};
use xdr_module::contract::tile::{Period, Tile, TileData};
use xdr_module::prometheus_client::registry::Registry;
use xdr_module::telemetry::fingerprint::FingerprintKey;
use xdr_module::telemetry::request_facts::RequestFacts;
use xdr_module::{About, Capability, Config, Context, Examples, Module, Operation, ShareKeys};

use crate::clock::Clock;
use crate::console::Console;
use crate::deliberate::{Judgements, Question};
use crate::error_items;
use crate::examples;
use crate::health::HealthChecks;
use crate::limiter_metrics::LimiterMetrics;
use crate::metrics::{ListName, Metrics};
use crate::observe;
use crate::refer;
use crate::respond::Responder;
use crate::respond::session::Session;
use crate::respond::settings::WriteKey;
use crate::search::{Scope, SearchLimits, Searches};
use crate::settings::{AccessIds, SumoConfig};
use crate::tenant::Tenant;
use crate::tiles::{self, Tiles};
use crate::upstream::CloudSiem;
use xdr_module::auth::allow_list::AllowList;

/// The relay: Cloud SIEM behind the endpoints of a module.
pub struct CloudSiemModule {
    hosts: AllowList,
    access_ids: AccessIds,
    siem: CloudSiem,
    searches: Searches,
    judgements: Judgements,
    health_checks: HealthChecks,
    tiles: Tiles,
    clock: Clock,
    metrics: Metrics,
    /// Carries out response actions, if the operator switched them on for the start.
    responder: Option<Responder>,
    limiter_metrics: LimiterMetrics,
    fingerprint_key: FingerprintKey,
    sumo: SumoConfig,
}

/// The error of a module that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct ModuleError(#[source] reqwest::Error);

impl CloudSiemModule {
    /// Creates the module.
    ///
    /// # Errors
    /// Returns an error if the HTTP client cannot be made, such as without root certificates on the
    /// platform.
    pub fn new(service: &Config, sumo: &SumoConfig) -> Result<Self, ModuleError> {
        let metrics = Metrics::new();
        let siem = CloudSiem::new(service, sumo, metrics.clone()).map_err(ModuleError)?;
        let searches = Searches::new(sumo.cache, metrics.clone());
        let responder = || Responder::new(sumo.respond, searches.clone(), metrics.clone());
        Ok(Self {
            hosts: sumo.hosts.clone(),
            access_ids: sumo.access_ids.clone(),
            responder: sumo.respond.is_on.then(responder),
            limiter_metrics: LimiterMetrics::new(siem.limiters(), sumo.rate_limit),
            siem,
            searches,
            judgements: Judgements::new(sumo.cache),
            health_checks: HealthChecks::new(sumo.health_cache),
            tiles: Tiles::new(),
            clock: Arc::new(Utc::now),
            metrics,
            fingerprint_key: service.fingerprint_key.clone(),
            sumo: sumo.clone(),
        })
    }

    /// Creates the module that takes over from this one with other settings. Metrics go on; so do
    /// limits and remembered searches whose settings are the same. The settings of the shared
    /// budget stay those of the start, since the calls of an access key would be counted twice for
    /// a while; [`waiting_for_restart`](Self::waiting_for_restart) names what differs.
    ///
    /// # Errors
    /// As for [`CloudSiemModule::new`].
    pub fn renewed(&self, service: &Config, sumo: &SumoConfig) -> Result<Self, ModuleError> {
        let sumo = &SumoConfig {
            budget: self.sumo.budget.clone(),
            budget_source: self.sumo.budget_source.clone(),
            ..sumo.clone()
        };
        let mut siem = CloudSiem::new(service, sumo, self.metrics.clone()).map_err(ModuleError)?;
        if sumo.rate_limit == self.sumo.rate_limit {
            siem = siem.with_limiters_of(&self.siem);
        }
        let same_memory = sumo.cache == self.sumo.cache;
        let searches =
            if same_memory { self.searches.clone() } else { Searches::new(sumo.cache, self.metrics.clone()) };
        self.limiter_metrics.replace(siem.limiters(), sumo.rate_limit);
        let judgements = if same_memory { self.judgements.clone() } else { Judgements::new(sumo.cache) };
        let health_checks = match sumo.health_cache == self.sumo.health_cache {
            true => self.health_checks.clone(),
            false => HealthChecks::new(sumo.health_cache),
        };
        Ok(Self {
            hosts: sumo.hosts.clone(),
            access_ids: sumo.access_ids.clone(),
            // It remembers what was written, also while it is switched off.
            responder: self.responder.clone().map(|responder| responder.with_searches(searches.clone())),
            siem,
            searches,
            judgements,
            health_checks,
            tiles: self.tiles.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            limiter_metrics: self.limiter_metrics.clone(),
            fingerprint_key: service.fingerprint_key.clone(),
            sumo: sumo.clone(),
        })
    }

    /// Returns the variables of settings that differ, but come into force only with the next start.
    pub fn waiting_for_restart(&self, sumo: &SumoConfig) -> Vec<&'static str> {
        // Without routes for it from the start, nobody can ask it.
        let respond = (sumo.respond.is_on && self.responder.is_none()).then_some("RELAY_RESPOND");
        self.sumo.budget_source.differences(&sumo.budget_source).chain(respond).collect()
    }

    /// Returns what carries out response actions, while they are switched on.
    fn responder(&self) -> Option<&Responder> {
        self.responder.as_ref().filter(|_| self.sumo.respond.is_on)
    }

    /// Asks the store through which several relays share Sumo Logic's limits, if one is set.
    ///
    /// # Errors
    /// Returns an error if it cannot be reached. Requests go on without it, with this relay's part
    /// of the limits.
    pub async fn check_budget(&self) -> Result<(), StoreError> {
        self.siem.check_budget().await
    }

    /// Returns the same with links that lead to a console on the relay's own port, whatever the
    /// tenant's API host: for a stand-in of Cloud SIEM. `base_url` (scheme, host and port) is for
    /// callers that name no host; for others, links begin with the host that they named.
    #[must_use]
    pub fn with_own_console(self, base_url: &str) -> Self {
        Self { siem: self.siem.with_own_console(Console::at(base_url)), ..self }
    }

    /// Returns the same with another clock, for the periods of tiles and for expirations: for
    /// tests.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Returns the tiles that the relay offers.
    pub fn tile_list() -> Vec<Tile> {
        tiles::list()
    }

    /// Returns the data of a tile for a tenant that needs no token.
    pub async fn tile_data_as(
        &self,
        tenant: &Tenant,
        tile_id: &str,
        period: Period,
        time: Duration,
    ) -> Reply<TileData> {
        self.draw(tenant, self.siem.console(&tenant.host, None), tile_id, period, Instant::now() + time).await
    }

    async fn draw(
        &self,
        tenant: &Tenant,
        console: Console,
        tile_id: &str,
        period: Period,
        deadline: Instant,
    ) -> Reply<TileData> {
        let client = match self.siem.client(tenant, RequestGroup::new(Priority::Normal)) {
            Ok(client) => client,
            Err(error) => return Reply::error(error),
        };
        let scope = tiles::Scope {
            client,
            tenant: tenant.credentials().fingerprint(),
            host: tenant.host.as_str().into(),
            console,
            deadline,
            now: (self.clock)(),
        };
        self.tiles.data(&scope, tile_id, period).await
    }

    /// Observes for a tenant that needs no token. `progress` is called with the number of values
    /// that were searched, and of all.
    pub async fn observe_as(
        &self,
        tenant: &Tenant,
        observables: &[Observable],
        time: Duration,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Reply<EntityLists> {
        let console = self.siem.console(&tenant.host, None);
        self.search(tenant, console, observables, Instant::now() + time, progress).await
    }

    /// Judges observables for a tenant that needs no token.
    pub async fn deliberate_as(
        &self,
        tenant: &Tenant,
        observables: &[Observable],
        time: Duration,
    ) -> Reply<EntityLists> {
        self.judge(tenant, self.siem.console(&tenant.host, None), observables, Instant::now() + time).await
    }

    async fn search(
        &self,
        tenant: &Tenant,
        console: Console,
        observables: &[Observable],
        deadline: Instant,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Reply<EntityLists> {
        let searches =
            RequestGroup::new(Priority::Normal).planned_calls(observables.len() * observe::CALLS_PER_VALUE);
        let client = match self.siem.client(tenant, searches) {
            Ok(client) => client,
            Err(error) => return Reply::error(error),
        };
        let scope = Scope {
            client,
            tenant: tenant.credentials().fingerprint(),
            host: tenant.host.as_str().into(),
            limits: SearchLimits::of_tenant(tenant.entities_limit),
            deadline,
        };
        // A group of its own: its few calls do not wait behind all searches.
        let question = match self.question(tenant, console.clone(), Priority::Normal, deadline) {
            Ok(question) => question,
            Err(error) => return Reply::error(error),
        };
        // The few calls that judge come first, however many searches follow.
        let (judged, observed) = tokio::join!(
            self.judgements.judge(&question, observables),
            observe::observe(&self.searches, &scope, console, observables, &self.metrics, progress),
        );
        let mut errors = error_items::of_notices(&observed.notices, &tenant.host);
        let (data, unshown) = judged.add_to(observed.data);
        // When nothing could be searched, that is what there is to say.
        if errors.iter().all(|error| error.level != ErrorLevel::Fatal) {
            errors.extend(error_items::of_judged(&judged));
            errors.extend(error_items::of_unshown(unshown));
        }
        Reply { data: self.counted(data), errors }
    }

    /// Returns a client for a tenant that needs no token.
    ///
    /// # Errors
    /// Returns an error if the tenant's host is not a host.
    pub fn client(&self, tenant: &Tenant) -> Result<sumo_client::Client, ErrorItem> {
        self.siem.client(tenant, RequestGroup::new(Priority::Normal))
    }

    /// Returns the session of a request that has to do with actions.
    fn session(&self, context: &Context<Tenant>) -> Result<Session, ErrorItem> {
        let tenant = context.tenant();
        let group = RequestGroup::new(Priority::Normal);
        Ok(Session {
            reader: self.siem.client(tenant, group.clone())?,
            writer: self.siem.writer(tenant, group)?,
            tenant: tenant.credentials().fingerprint(),
            writing_key: tenant.write_credentials().fingerprint(),
            host: tenant.host.as_str().into(),
            settings: Arc::new(tenant.respond.clone()),
            entities_limit: tenant.entities_limit,
            deadline: context.deadline(),
            request_id: context.request_id().into(),
            now: self.clock.clone(),
            _place: context.place().clone(),
        })
    }

    async fn judge(
        &self,
        tenant: &Tenant,
        console: Console,
        observables: &[Observable],
        deadline: Instant,
    ) -> Reply<EntityLists> {
        // XDR asks this first, and with few calls: they go before those of running searches.
        let question = match self.question(tenant, console, Priority::High, deadline) {
            Ok(question) => question,
            Err(error) => return Reply::error(error),
        };
        let judged = self.judgements.judge(&question, observables).await;
        let errors = match judged.is_unasked {
            true => error_items::of_unasked(&judged, &tenant.host),
            false => error_items::of_judged(&judged),
        };
        Reply { data: self.counted(judged.to_verdicts()), errors }
    }

    /// Returns the same lists, those of judgements counted.
    fn counted(&self, lists: Option<EntityLists>) -> Option<EntityLists> {
        let lengths = lists.as_ref().map(|lists| {
            let verdicts = lists.verdicts.as_ref().map_or(0, |list| list.count);
            [
                (ListName::Judgements, lists.judgements.as_ref().map_or(0, |list| list.count)),
                (ListName::Verdicts, verdicts),
            ]
        });
        lengths.into_iter().flatten().for_each(|(list, length)| self.metrics.list_sent(list, length));
        lists
    }

    fn question(
        &self,
        tenant: &Tenant,
        console: Console,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Question, ErrorItem> {
        Ok(Question {
            client: self.siem.client(tenant, RequestGroup::new(priority))?,
            tenant: tenant.credentials().fingerprint(),
            console,
            settings: tenant.judging.clone(),
            deadline,
            is_gathered: priority == Priority::Normal,
        })
    }

    fn console(&self, context: &Context<Tenant>) -> Console {
        self.siem.console(&context.tenant().host, context.host())
    }

    async fn check_health(&self, context: &Context<Tenant>) -> Result<Reply<Health>, ErrorItem> {
        let tenant = context.tenant();
        let client = self.siem.client(tenant, RequestGroup::new(Priority::High))?;
        let usage = || self.siem.usage(tenant);
        let may_respond = self.responder().is_some();
        Ok(self.health_checks.check(&client, tenant, may_respond, context.deadline(), usage).await)
    }
}

impl Module for CloudSiemModule {
    type Tenant = Tenant;

    fn about(&self) -> About {
        about()
    }

    fn capabilities(&self) -> Vec<Capability> {
        let mut capabilities =
            vec![Capability::Observe, Capability::Refer, Capability::Deliberate, Capability::Tiles];
        capabilities.extend(self.responder().is_some().then_some(Capability::Respond));
        capabilities
    }

    fn tenant(&self, claims: &Claims) -> Result<Tenant, Refusal> {
        Tenant::from_claims(claims, &self.hosts)
    }

    fn admit(&self, tenant: &Tenant) -> Result<ShareKeys, Refusal> {
        // Only now the token is verified: nothing of another one is logged.
        let fingerprint = self.fingerprint_key.of(&[&tenant.host, tenant.access_id.expose_secret()]);
        RequestFacts::current().set_tenant(fingerprint, tenant.host.as_str());
        let writer = match &tenant.respond.write_key {
            WriteKey::Own(id, _) => id,
            WriteKey::Same | WriteKey::Incomplete => &tenant.access_id,
        };
        if ![&tenant.access_id, writer].iter().all(|id| self.access_ids.allows(id.expose_secret())) {
            return Err(Refusal::TenantNotAllowed);
        }
        let fingerprint = tenant.credentials().fingerprint();
        Ok(ShareKeys::new(fingerprint.to_string(), tenant.host.as_str()))
    }

    async fn health(&self, context: &Context<Tenant>) -> Reply<Health> {
        self.check_health(context).await.unwrap_or_else(Reply::error)
    }

    async fn observe(&self, context: &Context<Tenant>, observables: &[Observable]) -> Reply<EntityLists> {
        let console = self.console(context);
        self.search(context.tenant(), console, observables, context.deadline(), &|_, _| {}).await
    }

    async fn deliberate(&self, context: &Context<Tenant>, observables: &[Observable]) -> Reply<EntityLists> {
        self.judge(context.tenant(), self.console(context), observables, context.deadline()).await
    }

    async fn refer(
        &self,
        context: &Context<Tenant>,
        observables: &[Observable],
    ) -> Reply<Vec<ReferenceLink>> {
        let console = self.console(context);
        Reply::data(observables.iter().map(|observable| refer::search_link(observable, &console)).collect())
    }

    async fn tiles(&self, _: &Context<Tenant>) -> Reply<Vec<Tile>> {
        Reply::data(tiles::list())
    }

    async fn tile_data(&self, context: &Context<Tenant>, tile: &Tile, period: Period) -> Reply<TileData> {
        self.draw(context.tenant(), self.console(context), &tile.id, period, context.deadline()).await
    }

    async fn actions(&self, context: &Context<Tenant>, observables: &[Observable]) -> Reply<Vec<Action>> {
        let Some(responder) = self.responder() else { return Reply::data(Vec::new()) };
        match self.session(context) {
            Ok(session) => responder.actions(observables, session).await,
            Err(error) => Reply::error(error),
        }
    }

    async fn trigger(&self, context: &Context<Tenant>, trigger: &Trigger) -> Reply<TriggerResult> {
        let Some(responder) = self.responder() else {
            let text = "Response actions are not switched on for this relay";
            return Reply::error(ErrorItem::fatal("action not allowed", text));
        };
        match self.session(context) {
            Ok(session) => responder.trigger(trigger, session).await,
            Err(error) => Reply::error(error),
        }
    }

    fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
        registry.register_collector(Box::new(self.limiter_metrics.clone()));
    }

    fn examples(&self, operation: Operation) -> Examples {
        examples::of(operation)
    }
}

/// Returns the name, version and description of the relay.
fn about() -> About {
    let title = "Sumo Logic Cloud SIEM relay for Cisco XDR";
    About::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), title)
        .with_description(
            "Cisco XDR posts observables with a JWT that carries a tenant's Sumo Logic credentials. The relay asks \
             Cloud SIEM for insights and signals that hold them and answers with CTIM sightings, indicators and \
             relationships.\n\nEvery handled outcome has HTTP status 200; what went wrong stands in `errors`, and \
             partial data beside it. Programs compare the `code` of an error:\n\n\
             | `code` | Cause |\n|---|---|\n\
             | `authorization error` | The token is missing or not accepted; `message` has the reason. |\n\
             | `invalid argument` | The body does not validate; `message` names the fields. |\n\
             | `connection error` | Sumo Logic cannot be reached. |\n\
             | `Unauthorized`, `Forbidden`, `Not Found`, `Too Many Requests` and other statuses | Sumo Logic answered \
             with this HTTP status. |\n\
             | `search job did not finish` | The values that `message` names were not searched. |\n\
             | `too-many-messages-warning` | More exists than the answer holds. |\n\
             | `tile incomplete` | The numbers of a tile lack a part. |\n\
             | `action not allowed` | The operator or the tenant does not allow the action. |\n\
             | `timeout` | The request was not answered before its deadline. |\n\
             | `unknown` | Anything else, such as a certificate that is not accepted. |",
        )
        .with_homepage(env!("CARGO_PKG_REPOSITORY"))
        .with_license("MIT OR Apache-2.0")
}
