//! From observables to the entities that Cloud SIEM holds about them.
//!
//! Each distinct value is searched twice, for insights and for signals. All searches run in parallel under the
//! tenant's limits and until shortly before the deadline; what was found by then is the answer, and one warning names
//! what was not searched.

pub(crate) mod collect;
pub(crate) mod found;
mod lookout;
pub(crate) mod needle;
mod part;
mod search;
mod unfinished;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

pub use self::collect::ObserveData;
use self::collect::{Collector, LIST_LIMIT};
use self::found::{FoundInsight, FoundSignal};
use self::needle::Needle;
use self::search::{Outcome, Scope, Searches};
use self::unfinished::Unfinished;
use crate::auth::Tenant;
use crate::console::Console;
use crate::envelope::{Envelope, ErrorItem};
use crate::mapping::Context;
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
            host: tenant.host.clone(),
            limit: tenant.entities_limit,
            deadline,
        };
        let plan = Plan::new(observables);
        let outcomes = self.search(&plan.values, &scope, progress).await;
        self.answer(&plan, &outcomes, &tenant.host)
    }

    /// Searches all values at once; credentials that are refused once are refused for all.
    async fn search(
        &self,
        values: &[Arc<str>],
        scope: &Scope,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Vec<ValueOutcome> {
        let searches = values.iter().enumerate().map(|(index, value)| async move {
            let needle = Arc::new(Needle::new(value));
            let (insights, signals) = tokio::join!(
                self.searches.insights(value, &needle, scope),
                self.searches.signals(value, scope)
            );
            (index, ValueOutcome { insights, signals })
        });
        let mut running: FuturesUnordered<_> = searches.collect();
        let mut outcomes: Vec<Option<ValueOutcome>> = values.iter().map(|_| None).collect();
        let mut refused = None;
        while let Some((index, outcome)) = running.next().await {
            refused = outcome.errors().find(|error| error.is_authentication()).cloned();
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = Some(outcome);
            }
            progress(values.len() - running.len(), values.len());
            if refused.is_some() {
                break;
            }
        }
        let not_searched = |error: &Arc<sumo_client::Error>| ValueOutcome {
            insights: Err(error.clone()),
            signals: Err(error.clone()),
        };
        outcomes
            .into_iter()
            .filter_map(|outcome| outcome.or_else(|| refused.as_ref().map(not_searched)))
            .collect()
    }

    /// Makes the answer: entities for what was found, then what is to be said beside them.
    fn answer(&self, plan: &Plan<'_>, outcomes: &[ValueOutcome], host: &str) -> Envelope<ObserveData> {
        let console = self.siem.console(host);
        let asked = Utc::now();
        let mut collector = Collector::default();
        for (observable, place) in &plan.observables {
            let Some(outcome) = outcomes.get(*place) else { continue };
            let context = Context::new(observable, &console, asked);
            for insight in outcome.insights.iter().flat_map(|found| &found.items) {
                collector.add_insight(insight, &context);
            }
            for signal in outcome.signals.iter().flat_map(|found| &found.items) {
                collector.add_signal(signal, &context);
            }
        }
        let mut errors = Vec::new();
        for (value, outcome) in plan.values.iter().zip(outcomes) {
            if outcome.insights.as_ref().is_ok_and(|found| found.more) {
                errors.push(ErrorItem::more_insights(value));
            }
            if outcome.signals.as_ref().is_ok_and(|found| found.more) {
                errors.push(ErrorItem::more_signals(value));
            }
        }
        let cut = collector.cut_lists();
        cut.iter().for_each(|list| self.metrics.list_cut(list));
        if !cut.is_empty() {
            errors.push(ErrorItem::lists_cut(cut.join(", "), LIST_LIMIT));
        }
        collector.lengths().into_iter().for_each(|(list, length)| self.metrics.list_sent(list, length));
        let data = collector.into_data();
        errors.extend(Unfinished::of(plan.values.iter().zip(outcomes)).into_errors(host));
        Envelope { data, errors }
    }
}

/// What the two searches for a value gave.
struct ValueOutcome {
    insights: Outcome<FoundInsight>,
    signals: Outcome<FoundSignal>,
}

impl ValueOutcome {
    fn errors(&self) -> impl Iterator<Item = &Arc<sumo_client::Error>> {
        self.insights.as_ref().err().into_iter().chain(self.signals.as_ref().err())
    }
}

/// Which values are searched, and which observables each of them answers: observables that differ in type only
/// ask Cloud SIEM the same.
struct Plan<'a> {
    values: Vec<Arc<str>>,
    /// The distinct observables in the order of the request, each with the place of its value.
    observables: Vec<(&'a Observable, usize)>,
}

impl<'a> Plan<'a> {
    fn new(observables: &'a [Observable]) -> Self {
        let mut plan = Self { values: Vec::new(), observables: Vec::new() };
        let mut places = HashMap::new();
        let mut seen = std::collections::HashSet::new();
        for observable in observables.iter().filter(|observable| seen.insert(*observable)) {
            let place = *places.entry(observable.value.as_str()).or_insert_with(|| {
                plan.values.push(Arc::from(observable.value.as_str()));
                plan.values.len() - 1
            });
            plan.observables.push((observable, place));
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observable(kind: &str, value: &str) -> Observable {
        Observable { kind: kind.into(), value: value.into() }
    }

    #[test]
    fn equal_values_are_searched_once() {
        let asked = [
            observable("ip", "a"),
            observable("domain", "b"),
            observable("ip", "a"),
            observable("hostname", "a"),
        ];
        let plan = Plan::new(&asked);
        assert_eq!(plan.values.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
        let places: Vec<_> =
            plan.observables.iter().map(|(observable, place)| (observable.kind.as_str(), *place)).collect();
        assert_eq!(places, [("ip", 0), ("domain", 1), ("hostname", 0)]);
    }
}
