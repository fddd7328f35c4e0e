//! The answer from the outcomes of all searches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ctim::EntityLists;
use sumo_client::Error;
use tokio::task::yield_now;

use super::lists::{Candidates, Groups, LIST_LIMIT, LeftOut, Lists, PerKind};
use super::notice::{Notice, Unfinished};
use super::plan::Plan;
use crate::console::Console;
use crate::mapping::Context;
use crate::matching::Kind;
use crate::metrics::{Completeness, FoundKind, LeftOutReason, Metrics};
use crate::search::{Outcome, SearchLimits, Skipped};

/// Objects of Cloud SIEM about observables, with the notices about them.
#[derive(Debug)]
pub(crate) struct Observed {
    /// The lists; none if nothing was found.
    pub(crate) data: Option<EntityLists>,
    /// Warnings, then failures, in the order of the request.
    pub(crate) notices: Vec<Notice>,
}

/// Makes an answer out of the outcomes of all searches. Its order is that of the request, whatever
/// theirs is.
pub(super) struct AnswerBuilder<'a> {
    plan: &'a Plan<'a>,
    console: Console,
    asked: DateTime<Utc>,
    /// Outcomes by the index of their value, as far as they arrived.
    outcomes: Vec<Option<ValueOutcome>>,
}

impl<'a> AnswerBuilder<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, console: Console) -> Self {
        let outcomes = std::iter::repeat_with(|| None).take(plan.values.len()).collect();
        Self { plan, console, asked: Utc::now(), outcomes }
    }

    /// Adds the findings for the value at `index`.
    pub(super) fn add(&mut self, index: usize, outcome: ValueOutcome) {
        if let Some(place) = self.outcomes.get_mut(index) {
            *place = Some(outcome);
        }
    }

    /// The lists, then the notices about them. Values that were not searched were `refused`.
    pub(super) async fn build(
        self,
        refused: Option<&Arc<Error>>,
        limits: SearchLimits,
        metrics: &Metrics,
    ) -> Observed {
        let not_searched = refused.map(SearchesEnded::not_searched);
        let ended = self.outcomes.iter().map(|outcome| outcome.as_ref().map(ValueOutcome::ended));
        let ended = ended.filter_map(|ended| ended.or_else(|| not_searched.clone()));
        let ended: Vec<_> = self.plan.values.iter().zip(ended).collect();
        let mut notices: Vec<_> = ended.iter().flat_map(|(value, ended)| ended.more(value, limits)).collect();
        let mut candidates = self.candidates().await;
        let mut lists = Lists::default();
        lists.fill(&mut candidates);
        lists.cut_lists().into_iter().for_each(|list| metrics.list_cut(list));
        candidates.iter().for_each(|candidates| count_left_out(metrics, candidates.left_out()));
        notices.extend(self.lists_cut(&candidates));
        notices.extend(self.not_shown(&candidates));
        lists.lengths().into_iter().for_each(|(list, length)| metrics.list_sent(list, length));
        notices.extend(unfinished(&ended, &self.console));
        metrics.answered(completeness(&notices));
        Observed { data: lists.into_data(), notices }
    }

    /// All that was found, by the observables of the plan. Those of one value and kind share it: a
    /// value may be asked for with hundreds of types.
    ///
    /// Other requests have their turn after each value and kind.
    async fn candidates(&self) -> Vec<Candidates<'_>> {
        let mut known: HashMap<(usize, Kind), Arc<Groups<'_>>> = HashMap::new();
        let mut candidates = Vec::with_capacity(self.plan.observables.len());
        for planned in &self.plan.observables {
            let value = planned.observable.value.trim();
            let kind = Kind::of(&planned.observable.kind, value);
            let groups = match known.entry((planned.index, kind)) {
                Entry::Occupied(known) => Arc::clone(known.get()),
                Entry::Vacant(new) => {
                    yield_now().await;
                    Arc::clone(new.insert(Arc::new(self.groups(planned.index, kind, value))))
                }
            };
            let context = Context::new(planned.observable, &self.console, self.asked);
            candidates.push(Candidates::new(context, groups));
        }
        candidates
    }

    fn groups(&self, index: usize, kind: Kind, value: &str) -> Groups<'_> {
        let outcome = self.outcomes.get(index).and_then(Option::as_ref);
        let insights = outcome.and_then(|outcome| outcome.insights.as_ref().ok());
        let signals = outcome.and_then(|outcome| outcome.signals.as_ref().ok());
        let insights = insights.into_iter().flat_map(|found| &found.insights);
        Groups::new(kind, value, insights, signals.into_iter().flat_map(|found| &found.signals))
    }

    /// Names the observables of which not all is in the lists.
    fn lists_cut(&self, candidates: &[Candidates<'_>]) -> Option<Notice> {
        let counts = self.plan.observables.iter().zip(candidates.iter().map(Candidates::counts));
        let cut = counts.filter(|(_, counts)| !counts.is_complete());
        let cut: Vec<_> = cut.map(|(planned, counts)| (planned.observable.clone(), counts)).collect();
        let link = self.console.search_for(cut.iter().map(|(observable, _)| observable.value.as_str()));
        (!cut.is_empty()).then_some(Notice::ListsCut { observables: cut, limit: LIST_LIMIT, link })
    }

    /// Names the observables for which Cloud SIEM found what does not show them.
    fn not_shown(&self, candidates: &[Candidates<'_>]) -> Option<Notice> {
        let counts = self.plan.observables.iter().zip(candidates.iter().map(|of| of.left_out().query));
        let not_shown = counts.filter(|(_, count)| *count != PerKind::default());
        let not_shown: Vec<_> =
            not_shown.map(|(planned, count)| (planned.observable.clone(), count)).collect();
        let link = self.console.search_for(not_shown.iter().map(|(observable, _)| observable.value.as_str()));
        (!not_shown.is_empty()).then_some(Notice::NotShown { observables: not_shown, link })
    }
}

fn count_left_out(metrics: &Metrics, left_out: LeftOut) {
    let reasons = [
        (LeftOutReason::Inside, left_out.inside),
        (LeftOutReason::Query, left_out.query),
        (LeftOutReason::Unread, left_out.unread),
    ];
    for (reason, per_kind) in reasons {
        metrics.left_out(FoundKind::Insight, reason, per_kind.insights);
        metrics.left_out(FoundKind::Signal, reason, per_kind.signals);
    }
}

/// The worst that the notices tell.
fn completeness(notices: &[Notice]) -> Completeness {
    let of_one = |notice: &Notice| match notice {
        Notice::MoreInsights { .. }
        | Notice::MoreSignals { .. }
        | Notice::ListsCut { .. }
        | Notice::NotShown { .. } => Completeness::MoreFound,
        Notice::Unfinished { .. } => Completeness::Incomplete,
        Notice::Failed(_) => Completeness::Failed,
    };
    notices.iter().map(of_one).max().unwrap_or(Completeness::Complete)
}

/// The failures when no search at all succeeded, else one notice that names the values that were
/// not searched.
fn unfinished(ended: &[(&Arc<str>, SearchesEnded)], console: &Console) -> Vec<Notice> {
    let failures = ended.iter().filter_map(|(_, ended)| ended.failure());
    if !ended.is_empty()
        && failures.clone().all(|failure| failure.0 == NOT_SEARCHED)
        && failures.clone().count() == ended.len()
    {
        return failures.map(|(_, error)| Notice::Failed(error.clone())).collect();
    }
    let mut unfinished = Unfinished::default();
    for (value, ended) in ended {
        if let Some((searches, error)) = ended.failure() {
            unfinished.add_failed(value, searches, error);
        }
        unfinished.add_skipped(value, ended.skipped());
    }
    if unfinished.is_empty() {
        return Vec::new();
    }
    let link = console.search_for(unfinished.values());
    vec![Notice::Unfinished { unfinished, link }]
}

const NOT_SEARCHED: &str = "not searched";

/// The results of the two searches for a value.
pub(super) struct ValueOutcome {
    pub(super) insights: Outcome,
    pub(super) signals: Outcome,
}

impl ValueOutcome {
    pub(super) fn errors(&self) -> impl Iterator<Item = &Arc<Error>> {
        self.insights.as_ref().err().into_iter().chain(self.signals.as_ref().err())
    }

    fn ended(&self) -> SearchesEnded {
        SearchesEnded { insights: ended(&self.insights), signals: ended(&self.signals) }
    }
}

fn ended(outcome: &Outcome) -> Ended {
    outcome.as_ref().map(|found| Done { more: found.more, skipped: found.skipped }).map_err(Arc::clone)
}

/// The ends of the two searches for a value, without their findings.
#[derive(Clone)]
struct SearchesEnded {
    insights: Ended,
    signals: Ended,
}

type Ended = Result<Done, Arc<Error>>;

/// A search that gave a page.
#[derive(Clone, Copy, Default)]
struct Done {
    /// True if Cloud SIEM holds more than were asked for.
    more: bool,
    skipped: Skipped,
}

impl SearchesEnded {
    fn not_searched(refused: &Arc<Error>) -> Self {
        Self { insights: Err(refused.clone()), signals: Err(refused.clone()) }
    }

    fn more(&self, value: &Arc<str>, limits: SearchLimits) -> impl Iterator<Item = Notice> + use<> {
        let more = |ended: &Ended| ended.as_ref().is_ok_and(|done| done.more);
        let insights = more(&self.insights)
            .then(|| Notice::MoreInsights { value: value.clone(), limit: limits.insights });
        let signals = more(&self.signals).then(|| Notice::MoreSignals { value: value.clone() });
        insights.into_iter().chain(signals)
    }

    /// The searches that failed, and an error of theirs.
    fn failure(&self) -> Option<(&'static str, &Arc<Error>)> {
        match (&self.insights, &self.signals) {
            (Err(error), Err(_)) => Some((NOT_SEARCHED, error)),
            (Err(error), Ok(_)) => Some(("insights not searched", error)),
            (Ok(_), Err(error)) => Some(("signals not searched", error)),
            (Ok(_), Ok(_)) => None,
        }
    }

    fn skipped(&self) -> Skipped {
        let of = |ended: &Ended| ended.as_ref().map(|done| done.skipped).unwrap_or_default();
        of(&self.insights).and(of(&self.signals))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sumo_client::api::signals::Signal;

    use super::*;
    use crate::matching::Findings;
    use crate::search::{Found, FoundInsight, FoundSignal};
    use xdr_module::contract::observable::Observable;

    fn observable(kind: &str, value: &str) -> Observable {
        Observable { kind: kind.into(), value: value.into() }
    }

    /// An outcome with one signal of this id, and one insight unless there is an error.
    fn outcome(id: &str, error: Option<Error>) -> ValueOutcome {
        let findings = Findings::named_for_all();
        let (mut signal, mut insight) = (Signal::default(), FoundInsight::default());
        signal.id = id.into();
        insight.insight.id = id.into();
        insight.findings = findings;
        let signal = FoundSignal { signal, findings, ..FoundSignal::default() };
        ValueOutcome {
            insights: match error {
                Some(error) => Err(Arc::new(error)),
                None => Ok(Arc::new(Found { insights: vec![insight], ..Found::default() })),
            },
            signals: Ok(Arc::new(Found { signals: vec![signal], more: true, ..Found::default() })),
        }
    }

    /// The observables of the sightings, the ids of the objects in which they were seen, and the
    /// notices.
    fn summary(observed: &Observed) -> (Vec<String>, Vec<String>) {
        let lists = observed.data.iter().filter_map(|data| data.sightings.as_ref());
        let sightings = lists.flat_map(|list| &list.docs).map(|sighting| {
            let observable = &sighting.observables[0];
            format!("{}:{} in {}", observable.r#type, observable.value, sighting.external_ids[0])
        });
        let notices = observed.notices.iter().map(|notice| match notice {
            Notice::MoreInsights { value, limit } => format!("more than {limit} insights: {value}"),
            Notice::MoreSignals { value } => format!("more signals: {value}"),
            Notice::ListsCut { observables, .. } => format!("cut: {observables:?}"),
            Notice::NotShown { observables, .. } => format!("not shown: {observables:?}"),
            Notice::Unfinished { unfinished, .. } => unfinished.to_string(),
            Notice::Failed(error) => format!("failed: {error}"),
        });
        (sightings.collect(), notices.collect())
    }

    #[tokio::test]
    async fn the_answer_is_in_the_order_of_the_request() {
        let asked =
            [observable("ip", "a"), observable("ip", "b"), observable("domain", "a"), observable("ip", "c")];
        let plan = Plan::new(&asked);
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut answer = AnswerBuilder::new(&plan, Console::of_api_host("api.sumologic.com"));
            for place in order {
                let error = (place == 1).then(|| Error::timeout("x"));
                answer.add(place, outcome(&format!("i{place}"), error));
            }
            let observed = answer.build(None, SearchLimits::of_tenant(100), &Metrics::new()).await;
            let (sightings, notices) = summary(&observed);
            let expected = [
                "ip:a in i0",
                "ip:a in i0",
                "ip:b in i1",
                "domain:a in i0",
                "domain:a in i0",
                "ip:c in i2",
                "ip:c in i2",
            ];
            assert_eq!(sightings, expected, "{order:?}");
            let failed = "b (insights not searched: no answer in time)";
            let expected = ["more signals: a", "more signals: b", "more signals: c", failed];
            assert_eq!(notices, expected, "{order:?}");
        }
    }

    #[tokio::test]
    async fn what_was_found_before_a_refusal_is_sent() {
        let asked = [observable("ip", "a"), observable("ip", "b"), observable("ip", "c")];
        let plan = Plan::new(&asked);
        let mut answer = AnswerBuilder::new(&plan, Console::of_api_host("api.sumologic.com"));
        answer.add(2, outcome("i2", None));
        let refused = Arc::new(Error::from_status(401, ""));
        let observed = answer.build(Some(&refused), SearchLimits::of_tenant(100), &Metrics::new()).await;
        let (sightings, notices) = summary(&observed);
        assert_eq!(sightings, ["ip:c in i2", "ip:c in i2"]);
        assert_eq!(notices[0], "more signals: c");
        assert!(notices[1].starts_with("a (not searched: "), "{notices:?}");
    }

    #[tokio::test]
    async fn when_no_search_succeeded_each_failure_is_told() {
        let asked = [observable("ip", "a"), observable("ip", "b")];
        let plan = Plan::new(&asked);
        let answer = AnswerBuilder::new(&plan, Console::of_api_host("api.sumologic.com"));
        let refused = Arc::new(Error::from_status(401, ""));
        let observed = answer.build(Some(&refused), SearchLimits::of_tenant(100), &Metrics::new()).await;
        assert!(observed.data.is_none());
        assert!(matches!(observed.notices[..], [Notice::Failed(_), Notice::Failed(_)]));
        let nothing = Plan::new(&[]);
        let answer = AnswerBuilder::new(&nothing, Console::of_api_host("api.sumologic.com"));
        assert!(answer.build(None, SearchLimits::of_tenant(100), &Metrics::new()).await.notices.is_empty());
    }

    #[tokio::test]
    async fn observables_of_one_value_and_kind_share_what_was_found() {
        let asked: Vec<_> = (0..498).map(|n| observable(&format!("t{n}"), "a")).collect();
        let asked = [asked, vec![observable("domain", "a"), observable("ip", "b")]].concat();
        let plan = Plan::new(&asked);
        let mut answer = AnswerBuilder::new(&plan, Console::of_api_host("api.sumologic.com"));
        (0..2).for_each(|index| answer.add(index, outcome(&format!("i{index}"), None)));
        let candidates = answer.candidates().await;
        let groups: HashSet<_> = candidates.iter().map(Candidates::groups).map(Arc::as_ptr).collect();
        assert_eq!((candidates.len(), groups.len()), (500, 3));
    }
}
