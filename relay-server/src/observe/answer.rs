//! What is made of the outcomes of all searches.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sumo_client::Error;

use super::collect::{Collector, LIST_LIMIT, ObserveData};
use super::plan::Plan;
use super::search::Outcome;
use super::unfinished::Unfinished;
use crate::console::Console;
use crate::envelope::{Envelope, ErrorItem};
use crate::mapping::Context;
use crate::metrics::Metrics;

/// Makes an answer while outcomes come in. Its order is that of the request, whatever theirs is.
///
/// What was found is held no longer than until it is in the lists, since all that is found for a long request can be many
/// times what its answer holds.
pub(super) struct AnswerBuilder<'a> {
    plan: &'a Plan<'a>,
    console: Console,
    asked: DateTime<Utc>,
    collector: Collector,
    /// How many observables of the plan the lists are done with.
    done: usize,
    /// Outcomes by the place of their value, until the last observable that they answer is done.
    waiting: Vec<Option<ValueOutcome>>,
    /// How the searches for each value ended, as far as they did.
    ended: Vec<Option<SearchesEnded>>,
}

impl<'a> AnswerBuilder<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, console: Console) -> Self {
        let values = plan.values.len();
        Self {
            plan,
            console,
            asked: Utc::now(),
            collector: Collector::default(),
            done: 0,
            waiting: std::iter::repeat_with(|| None).take(values).collect(),
            ended: vec![None; values],
        }
    }

    /// Adds what was found for the value at `place`, as soon as all before it is added.
    pub(super) fn add(&mut self, place: usize, outcome: ValueOutcome) {
        if let (Some(ended), Some(waiting)) = (self.ended.get_mut(place), self.waiting.get_mut(place)) {
            *ended = Some(outcome.ended());
            *waiting = Some(outcome);
        }
        while self.plan.observables.get(self.done).is_some_and(|next| self.is_there(next.place)) {
            self.collect_next();
        }
    }

    fn is_there(&self, place: usize) -> bool {
        self.waiting.get(place).is_some_and(Option::is_some)
    }

    /// Takes what was found for the next observable, if anything was, into the lists.
    fn collect_next(&mut self) {
        let Some(next) = self.plan.observables.get(self.done) else { return };
        self.done += 1;
        let Some(waiting) = self.waiting.get_mut(next.place) else { return };
        if let Some(outcome) = waiting {
            let context = Context::new(next.observable, &self.console, self.asked);
            for insight in outcome.insights.iter().flat_map(|found| &found.insights) {
                self.collector.add_insight(insight, &context);
            }
            for signal in outcome.signals.iter().flat_map(|found| &found.signals) {
                self.collector.add_signal(signal, &context);
            }
        }
        if next.is_last_of_value {
            *waiting = None;
        }
    }

    /// The lists, then what is to be said beside them. Values that were not searched were `refused`.
    pub(super) fn build(
        mut self,
        refused: Option<&Arc<Error>>,
        host: &str,
        metrics: &Metrics,
    ) -> Envelope<ObserveData> {
        while self.done < self.plan.observables.len() {
            self.collect_next();
        }
        let not_searched = refused.map(SearchesEnded::not_searched);
        let ended: Vec<_> =
            self.ended.into_iter().filter_map(|ended| ended.or_else(|| not_searched.clone())).collect();
        let mut errors = Vec::new();
        for (value, ended) in self.plan.values.iter().zip(&ended) {
            if matches!(ended.insights, Ok(More(true))) {
                errors.push(ErrorItem::more_insights(value));
            }
            if matches!(ended.signals, Ok(More(true))) {
                errors.push(ErrorItem::more_signals(value));
            }
        }
        let cut = self.collector.cut_lists();
        cut.iter().for_each(|list| metrics.list_cut(list));
        if !cut.is_empty() {
            errors.push(ErrorItem::lists_cut(cut.join(", "), LIST_LIMIT));
        }
        self.collector.lengths().into_iter().for_each(|(list, length)| metrics.list_sent(list, length));
        let data = self.collector.into_data();
        errors.extend(Unfinished::of(self.plan.values.iter().zip(&ended)).into_errors(host));
        Envelope { data, errors }
    }
}

/// What the two searches for a value gave.
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
    outcome.as_ref().map(|found| More(found.more)).map_err(Arc::clone)
}

/// How the two searches for a value ended, without what they found.
#[derive(Clone)]
pub(super) struct SearchesEnded {
    pub(super) insights: Ended,
    pub(super) signals: Ended,
}

pub(super) type Ended = Result<More, Arc<Error>>;

/// Whether Cloud SIEM holds more than were asked for.
#[derive(Clone, Copy)]
pub(super) struct More(pub(super) bool);

impl SearchesEnded {
    fn not_searched(refused: &Arc<Error>) -> Self {
        Self { insights: Err(refused.clone()), signals: Err(refused.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::{InsightFacts, SignalFacts};
    use super::super::search::Found;
    use super::*;
    use crate::observable::Observable;

    fn observable(kind: &str, value: &str) -> Observable {
        Observable { kind: kind.into(), value: value.into() }
    }

    /// An outcome with one signal of this id, and one insight unless there is an error.
    fn outcome(id: &str, error: Option<Error>) -> ValueOutcome {
        let signal = SignalFacts { id: Some(id.into()), ..SignalFacts::default() }.into();
        let insight = InsightFacts { id: Some(id.into()), ..InsightFacts::default() }.into();
        ValueOutcome {
            insights: match error {
                Some(error) => Err(Arc::new(error)),
                None => Ok(Arc::new(Found { insights: vec![insight], signals: Vec::new(), more: false })),
            },
            signals: Ok(Arc::new(Found { insights: Vec::new(), signals: vec![signal], more: true })),
        }
    }

    /// The observables of the sightings, the ids of what they were seen in, and the codes of the errors.
    fn summary(envelope: &Envelope<ObserveData>) -> (Vec<String>, Vec<&str>) {
        let lists = envelope.data.iter().filter_map(|data| data.sightings.as_ref());
        let sightings = lists.flat_map(|list| &list.docs).map(|sighting| {
            let observable = &sighting.observables[0];
            format!("{}:{} in {}", observable.r#type, observable.value, sighting.external_ids[0])
        });
        (sightings.collect(), envelope.errors.iter().map(|error| error.code.as_str()).collect())
    }

    #[test]
    fn the_answer_is_in_the_order_of_the_request_and_holds_nothing_longer_than_it_must() {
        let asked =
            [observable("ip", "a"), observable("ip", "b"), observable("domain", "a"), observable("ip", "c")];
        let plan = Plan::new(&asked);
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut answer = AnswerBuilder::new(&plan, Console::of_api_host("api.sumologic.com"));
            for place in order {
                let error = (place == 1).then(|| Error::timeout("x"));
                answer.add(place, outcome(&format!("i{place}"), error));
            }
            assert!(answer.waiting.iter().all(Option::is_none), "{order:?}");
            let envelope = answer.build(None, "api.sumologic.com", &Metrics::new());
            let (sightings, errors) = summary(&envelope);
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
            let more = "too-many-messages-warning";
            assert_eq!(errors, [more, more, more, "search job did not finish"], "{order:?}");
        }
    }

    #[test]
    fn what_was_found_before_a_refusal_is_sent() {
        let asked = [observable("ip", "a"), observable("ip", "b"), observable("ip", "c")];
        let plan = Plan::new(&asked);
        let mut answer = AnswerBuilder::new(&plan, Console::of_api_host("api.sumologic.com"));
        answer.add(2, outcome("i2", None));
        assert!(answer.is_there(2), "it waits for those before it");
        let refused = Arc::new(Error::from_status(401, ""));
        let envelope = answer.build(Some(&refused), "api.sumologic.com", &Metrics::new());
        let (sightings, errors) = summary(&envelope);
        assert_eq!(sightings, ["ip:c in i2", "ip:c in i2"]);
        assert_eq!(errors, ["too-many-messages-warning", "search job did not finish"]);
        assert!(envelope.errors[1].message.contains("a (not searched"), "{:?}", envelope.errors);
    }
}
