//! From observables to the entities that Cloud SIEM holds about them.
//!
//! Each distinct value is searched twice, for insights and for signals. All searches run in
//! parallel under the tenant's limits and until shortly before the deadline; all that was found by
//! then is the answer, and one warning names the values that were not searched.

mod answer;
pub(crate) mod lists;
pub(crate) mod named;
pub(crate) mod notice;
mod plan;

use std::sync::{Arc, LazyLock};

use futures_util::stream::{FuturesUnordered, StreamExt};
use sumo_client::Error;

pub(crate) use self::answer::Observed;
use self::answer::{AnswerBuilder, ValueOutcome};
pub use self::lists::to_bundle;
pub(crate) use self::notice::Notice;
use self::plan::Plan;
use crate::console::Console;
use crate::matching::Matcher;
use crate::metrics::Metrics;
use crate::search::{Scope, Searches};
use xdr_module::contract::observable::Observable;

/// The calls that search one value: for insights and for signals.
pub(crate) const CALLS_PER_VALUE: usize = 2;

/// Searches Cloud SIEM for `observables` until the deadline of `scope`. `progress` is called with
/// the number of values that were searched, and of all.
pub(crate) async fn observe(
    searches: &Searches,
    scope: &Scope,
    console: Console,
    observables: &[Observable],
    metrics: &Metrics,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Observed {
    let plan = Plan::new(observables);
    let mut answer = AnswerBuilder::new(&plan, console);
    let refused = search(searches, &plan.values, scope, &mut answer, progress).await;
    answer.build(refused.as_ref(), scope.limits, metrics).await
}

/// Searches all values at once; gives the error when credentials are refused, which ends the search
/// for all.
async fn search(
    searches: &Searches,
    values: &[Arc<str>],
    scope: &Scope,
    answer: &mut AnswerBuilder<'_>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Option<Arc<Error>> {
    let searches = values.iter().enumerate().map(|(index, value)| async move {
        // Made when a page has come: many values may wait for their calls, and a matcher is larger
        // than its value.
        let value_sought = Arc::clone(value);
        let matcher = Arc::new(LazyLock::new(move || Matcher::new(&value_sought)));
        let of_signals = Arc::clone(&matcher);
        let (insights, signals) = tokio::join!(
            searches.insights(value, scope, move |page| named::insights(page, &matcher)),
            searches.signals(value, scope, move |page| named::signals(page, &of_signals)),
        );
        (index, ValueOutcome { insights, signals })
    });
    let mut running: FuturesUnordered<_> = searches.collect();
    while let Some((index, outcome)) = running.next().await {
        let refused = outcome.errors().find(|error| error.is_authentication()).cloned();
        answer.add(index, outcome);
        progress(values.len() - running.len(), values.len());
        if refused.is_some() {
            return refused;
        }
    }
    None
}
