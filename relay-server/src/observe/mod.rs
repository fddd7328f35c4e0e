//! From observables to the entities that Cloud SIEM holds about them.
//!
//! Each distinct value is searched twice, for insights and for signals. All searches run in parallel under the
//! tenant's limits and until shortly before the deadline; what was found by then is the answer, and one warning names
//! what was not searched.

mod answer;
pub(crate) mod collect;
pub(crate) mod decode;
mod entity;
pub(crate) mod found;
mod lookout;
pub(crate) mod needle;
mod part;
mod plan;
mod search;
mod texts;
mod unfinished;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use sumo_client::Error;
use tokio::time::Instant;

use self::answer::{AnswerBuilder, ValueOutcome};
pub use self::collect::ObserveData;
use self::needle::Needle;
use self::plan::Plan;
use self::search::{Scope, Searches};
use crate::auth::Tenant;
use crate::console::Console;
use crate::envelope::Envelope;
use crate::metrics::Metrics;
use crate::observable::Observable;
use crate::upstream::CloudSiem;

/// The API that is searched, below the host.
pub(crate) const SIEM_API: &str = "api/sec/v1";

/// Observes for all tenants.
pub(crate) struct Observer {
    siem: CloudSiem,
    searches: Searches,
    metrics: Metrics,
}

impl Observer {
    /// An observer that remembers what searches gave for `memory`.
    pub(crate) fn new(siem: CloudSiem, memory: Duration, metrics: Metrics) -> Self {
        Self { siem, searches: Searches::new(memory, metrics.clone()), metrics }
    }

    /// The same with one console for all tenants.
    pub(crate) fn with_console(self, console: Console) -> Self {
        Self { siem: self.siem.with_console(console), ..self }
    }

    /// What Cloud SIEM holds about `observables`, given before `deadline`.
    pub(crate) async fn observe(
        &self,
        tenant: &Tenant,
        observables: &[Observable],
        deadline: Instant,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Envelope<ObserveData> {
        let client = match self.siem.client(tenant) {
            Ok(client) => client,
            Err(error) => return Envelope::error(error),
        };
        let scope = Scope {
            client,
            tenant: tenant.credentials().fingerprint(),
            host: tenant.host.as_str().into(),
            limit: tenant.entities_limit,
            deadline,
        };
        let plan = Plan::new(observables);
        let mut answer = AnswerBuilder::new(&plan, self.siem.console(&tenant.host));
        let refused = self.search(&plan.values, &scope, &mut answer, progress).await;
        answer.build(refused.as_ref(), &tenant.host, &self.metrics)
    }

    /// Searches all values at once; gives the error when credentials are refused, which ends the search for all.
    async fn search(
        &self,
        values: &[Arc<str>],
        scope: &Scope,
        answer: &mut AnswerBuilder<'_>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Option<Arc<Error>> {
        let searches = values.iter().enumerate().map(|(place, value)| async move {
            let needle = Arc::new(Needle::new(value));
            let (insights, signals) = tokio::join!(
                self.searches.insights(value, &needle, scope),
                self.searches.signals(value, scope)
            );
            (place, ValueOutcome { insights, signals })
        });
        let mut running: FuturesUnordered<_> = searches.collect();
        while let Some((place, outcome)) = running.next().await {
            let refused = outcome.errors().find(|error| error.is_authentication()).cloned();
            answer.add(place, outcome);
            progress(values.len() - running.len(), values.len());
            if refused.is_some() {
                return refused;
            }
        }
        None
    }
}
