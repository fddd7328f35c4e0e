//! The way to Cloud SIEM: one connection pool and one set of limits for all tenants.

use std::sync::Arc;

use sumo_client::{
    BodyBudget, CircuitBreakers, Client, Credentials, Deployment, Instrumentation, Limiters, RequestGroup,
    ReqwestTransport, StoreError, Transport, Usage,
};
use xdr_module::Config;
use xdr_module::contract::reply::ErrorItem;

use crate::console::Console;
use crate::error_items;
use crate::metrics::Metrics;
use crate::settings::SumoConfig;
use crate::tenant::Tenant;
use crate::trace_header::TracedTransport;

/// The name of the relay in requests to Sumo Logic.
const USER_AGENT: &str = concat!("tr-05-sumo-logic-cloud-siem/", env!("CARGO_PKG_VERSION"));

/// The parts that all calls to Cloud SIEM share.
#[derive(Clone)]
pub(crate) struct CloudSiem {
    transport: Arc<dyn Transport>,
    limiters: Limiters,
    circuit_breakers: CircuitBreakers,
    body_budget: BodyBudget,
    max_body_bytes: usize,
    instrumentation: Arc<dyn Instrumentation>,
    /// The console on the relay's own port, when it is not the one that belongs to the API host.
    own_console: Option<Console>,
}

impl CloudSiem {
    pub(crate) fn new(service: &Config, sumo: &SumoConfig, metrics: Metrics) -> Result<Self, reqwest::Error> {
        let service = service.clone();
        let http =
            move || service.apply_to(sumo_client::http_client_builder().user_agent(USER_AGENT))?.build();
        Ok(Self {
            transport: Arc::new(TracedTransport(Arc::new(ReqwestTransport::renewing(http)?))),
            limiters: limiters(sumo, &metrics),
            circuit_breakers: sumo.circuit_breakers.clone(),
            body_budget: BodyBudget::new(sumo.body_budget_bytes),
            max_body_bytes: sumo.max_body_bytes,
            instrumentation: Arc::new(metrics),
            own_console: None,
        })
    }

    /// Asks the store of the shared budget, if there is one.
    ///
    /// # Errors
    /// Returns an error if it cannot be reached.
    pub(crate) async fn check_budget(&self) -> Result<(), StoreError> {
        self.limiters.join_store().await
    }

    /// Returns the same with the limiters of another, so that no limit begins anew.
    pub(crate) fn with_limiters_of(self, other: &Self) -> Self {
        Self { limiters: other.limiters.clone(), ..self }
    }

    /// Returns the limiters of all tenants.
    pub(crate) fn limiters(&self) -> Limiters {
        self.limiters.clone()
    }

    /// Returns the same with one console for all tenants, on the relay's own port.
    pub(crate) fn with_own_console(self, console: Console) -> Self {
        Self { own_console: Some(console), ..self }
    }

    /// Returns the console that belongs to an API host. One on the relay's own port is where the
    /// request went: the caller may know this machine by another name, and the port by another
    /// number.
    pub(crate) fn console(&self, api_host: &str, asked_host: Option<&str>) -> Console {
        match (&self.own_console, asked_host) {
            (None, _) => Console::of_api_host(api_host),
            (Some(_), Some(host)) => Console::at(format!("http://{host}")),
            (Some(console), None) => console.clone(),
        }
    }

    /// Returns the calls that the tenant's access id made within the running minute.
    pub(crate) fn usage(&self, tenant: &Tenant) -> Option<Usage> {
        let deployment = Deployment::from_api_host(&tenant.host).ok()?;
        Some(self.limiters.usage(&deployment, &tenant.credentials()))
    }

    /// Returns a client that calls for `tenant`; its calls take turns with those of other groups.
    ///
    /// # Errors
    /// Returns an error if the tenant's host is not a host, which the allow list rules out.
    pub(crate) fn client(&self, tenant: &Tenant, group: RequestGroup) -> Result<Client, ErrorItem> {
        self.client_with(tenant, tenant.credentials(), group)
    }

    /// Returns a client that writes for `tenant`.
    ///
    /// # Errors
    /// Returns an error if the tenant's host is not a host, which the allow list rules out.
    pub(crate) fn writer(&self, tenant: &Tenant, group: RequestGroup) -> Result<Client, ErrorItem> {
        self.client_with(tenant, tenant.write_credentials(), group)
    }

    fn client_with(
        &self,
        tenant: &Tenant,
        credentials: Credentials,
        group: RequestGroup,
    ) -> Result<Client, ErrorItem> {
        let url = || error_items::connection(format_args!("https://{}", tenant.host));
        let deployment = Deployment::from_api_host(&tenant.host).map_err(|_| url())?;
        Client::builder(deployment, credentials)
            .transport(self.transport.clone())
            .limiters(self.limiters.clone())
            .circuit_breakers(self.circuit_breakers.clone())
            .body_budget(self.body_budget.clone())
            .max_body_bytes(self.max_body_bytes)
            .instrumentation(self.instrumentation.clone())
            .user_agent(USER_AGENT)
            .build()
            .map(|client| client.with_group(group))
            .map_err(|_| url())
    }
}

/// Returns the limiters of this relay alone, or those that it shares with others.
fn limiters(sumo: &SumoConfig, metrics: &Metrics) -> Limiters {
    let Some(budget) = sumo.budget.clone() else { return Limiters::new(sumo.rate_limit) };
    let metrics = metrics.clone();
    Limiters::shared(
        sumo.rate_limit,
        budget.on_change(move |is_reachable| metrics.budget_store(is_reachable)),
    )
}
