//! Judged observables, in the forms in which deliberate and observe answer.

use std::collections::HashSet;
use std::sync::Arc;

use ctim::vocabulary::RelationshipType;
use ctim::{EntityId, EntityLists, Judgement, Time, Verdict};
use xdr_module::contract::observable::Observable;

use super::evidence::Evidence;
use super::sources::Failure;
use crate::mapping;
use crate::observe::lists::LIST_LIMIT;

/// The evidence on each observable, each once and in the order of the request, and what could not
/// be asked.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) observables: Vec<(Observable, Arc<Vec<Evidence>>)>,
    pub(crate) failures: Vec<Failure>,
    /// True if nothing at all could be asked that had to be.
    pub(crate) is_unasked: bool,
    pub(crate) now: Time,
}

/// The judgements for which the lists of an answer have no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unshown {
    pub(crate) judgements: usize,
    /// Those that are shown without the list or source that they stem from.
    pub(crate) collections: usize,
}

impl Judged {
    /// The verdicts, at most one for each observable, with the evidence of that observable.
    fn verdicts(&self) -> impl Iterator<Item = (Verdict, &[Evidence])> {
        let verdict = |(asked, evidence): &'_ (Observable, Arc<Vec<Evidence>>)| {
            let observable = ctim::Observable::new(asked.kind.as_str(), asked.value.as_str());
            let judgements = evidence.iter().map(|evidence| &evidence.judgement);
            Verdict::from_judgements(&observable, judgements, self.now)
        };
        let all = self.observables.iter().filter_map(move |one| Some((verdict(one)?, one.1.as_slice())));
        all.take(LIST_LIMIT)
    }

    /// The number of observables whose verdict has no room in a list.
    pub(crate) fn left_out(&self) -> usize {
        let judged = self.observables.iter().filter(|(_, evidence)| !evidence.is_empty()).count();
        judged.saturating_sub(LIST_LIMIT)
    }

    /// Returns the answer of deliberate: verdicts alone.
    pub(crate) fn to_verdicts(&self) -> Option<EntityLists> {
        let alone = |(mut verdict, _): (Verdict, _)| {
            // The judgement does not stand beside it.
            verdict.judgement_id = None;
            verdict
        };
        let verdicts: Vec<_> = self.verdicts().map(alone).collect();
        (!verdicts.is_empty()).then(|| EntityLists::default().with_verdicts(verdicts))
    }

    /// Returns the answer of observe: the lists that were found, and the same verdicts with their
    /// judgements, as far as there is room.
    pub(crate) fn add_to(&self, found: Option<EntityLists>) -> (Option<EntityLists>, Unshown) {
        let verdicts: Vec<_> = self.verdicts().collect();
        if verdicts.is_empty() {
            return (found, Unshown::default());
        }
        let all: usize = verdicts.iter().map(|(_, evidence)| evidence.len()).sum();
        let shown = in_room(&verdicts);
        let (lists, collections) = with_collections(found.unwrap_or_default(), &shown);
        let unshown = Unshown { judgements: all.saturating_sub(shown.len()), collections };
        let judgements = shown.into_iter().map(|evidence| evidence.judgement.clone());
        let verdicts = verdicts.into_iter().map(|(verdict, _)| verdict);
        (Some(lists.with_judgements(judgements).with_verdicts(verdicts)), unshown)
    }
}

/// The judgements that a list has room for: first those that verdicts name.
fn in_room<'a>(verdicts: &[(Verdict, &'a [Evidence])]) -> Vec<&'a Evidence> {
    let is_deciding =
        |verdict: &Verdict, judgement: &Judgement| verdict.judgement_id.as_ref() == Some(&judgement.id);
    let further: usize = LIST_LIMIT.saturating_sub(verdicts.len());
    let mut room = further;
    let mut chosen = Vec::new();
    for (verdict, evidence) in verdicts {
        for one in *evidence {
            if is_deciding(verdict, &one.judgement) {
                chosen.push(one);
            } else if room > 0 {
                room -= 1;
                chosen.push(one);
            }
        }
    }
    chosen
}

/// Adds the lists and sources that judgements stem from as indicators, as far as there is room
/// beside the rules. Gives the number of judgements without room for theirs, too.
fn with_collections(mut lists: EntityLists, judgements: &[&Evidence]) -> (EntityLists, usize) {
    let mut known: HashSet<EntityId> = HashSet::new();
    let mut unshown = 0;
    for evidence in judgements {
        let Some(collection) = &evidence.collection else { continue };
        let (indicators, relationships) =
            (lists.indicators.get_or_insert_default(), lists.relationships.get_or_insert_default());
        let is_new = !known.contains(collection.id());
        if relationships.count >= LIST_LIMIT || (is_new && indicators.count >= LIST_LIMIT) {
            unshown += 1;
            continue;
        }
        if is_new {
            known.insert(collection.id().clone());
            indicators.push(collection.indicator());
        }
        let judgement = &evidence.judgement.id;
        relationships.push(mapping::relationship(judgement, RelationshipType::ElementOf, collection.id()));
    }
    (lists, unshown)
}

#[cfg(test)]
mod tests {
    use ctim::vocabulary::Disposition;
    use ctim::{EntityLists, Sighting};

    use super::super::evidence::{Judge, Span};
    use super::super::subject::Subject;
    use super::*;
    use crate::console::Console;

    fn observable(value: &str) -> Observable {
        Observable { kind: "ip".into(), value: value.into() }
    }

    /// Evidence of so many lists on one address.
    fn evidence(value: &str, lists: usize) -> Arc<Vec<Evidence>> {
        let subject = Subject::new(&observable(value)).unwrap();
        let console = Console::of_api_host("api.sumologic.com");
        let judge = Judge { subject: &subject, console: &console, now: chrono::DateTime::UNIX_EPOCH };
        let of = |list: usize| {
            let meaning = if list == 0 { Disposition::Malicious } else { Disposition::Clean };
            judge.match_list(&list.to_string(), &format!("list {list}"), meaning, Span::default())
        };
        Arc::new((0..lists).map(of).collect())
    }

    fn judged(observables: usize, lists: usize) -> Judged {
        let values = (0..observables).map(|n| format!("10.0.{}.{}", n / 250, n % 250));
        Judged {
            observables: values.map(|value| (observable(&value), evidence(&value, lists))).collect(),
            failures: Vec::new(),
            is_unasked: false,
            now: Time::MIN_VALID,
        }
    }

    /// Observable and disposition of each verdict.
    fn dispositions(lists: &EntityLists) -> Vec<(String, Disposition)> {
        let verdicts = lists.verdicts.iter().flatten();
        verdicts
            .map(|verdict| (verdict.observable.value.clone(), verdict.known_disposition().unwrap()))
            .collect()
    }

    #[test]
    fn both_endpoints_give_the_same_verdicts_whatever_their_number() {
        for (observables, lists) in [(0, 3), (1, 0), (1, 1), (3, 2), (25, 3), (60, 4), (100, 2), (130, 3)] {
            let judged = judged(observables, lists);
            let (deliberated, (observed, unshown)) = (judged.to_verdicts(), judged.add_to(None));
            let shown = observables.min(LIST_LIMIT);
            assert_eq!(judged.left_out(), if lists == 0 { 0 } else { observables - shown });
            let (Some(deliberated), Some(observed)) = (deliberated, observed) else {
                assert!(observables == 0 || lists == 0);
                continue;
            };
            assert_eq!(dispositions(&deliberated), dispositions(&observed));
            assert_eq!(dispositions(&deliberated).len(), shown);
            assert!(deliberated.verdicts.iter().flatten().all(|verdict| verdict.judgement_id.is_none()));
            let judgements = observed.judgements.as_ref().map_or(0, |list| list.count);
            assert_eq!(unshown, Unshown { judgements: shown * lists - judgements, collections: 0 });
            assert!(observed.check().is_empty(), "{:?}", observed.check());
            assert!(observed.check_references().is_valid());
            for list in [
                observed.judgements.as_ref().map(|list| list.count),
                observed.relationships.map(|list| list.count),
            ] {
                assert!(list.is_some_and(|count| count > 0 && count <= LIST_LIMIT), "{list:?}");
            }
        }
    }

    #[test]
    fn what_was_found_stays_and_full_lists_get_no_more() {
        let judged = judged(2, 2);
        let mut found = EntityLists::default();
        found.sightings = Some(Vec::<Sighting>::new().into());
        let collection = evidence("10.0.0.1", 1).first().and_then(|one| one.collection.clone()).unwrap();
        found.indicators = Some(vec![collection.indicator(); LIST_LIMIT].into());
        let (both, unshown) = judged.add_to(Some(found));
        let both = both.unwrap();
        assert_eq!(unshown, Unshown { judgements: 0, collections: 4 });
        assert_eq!(both.indicators.unwrap().count, LIST_LIMIT);
        assert!(both.relationships.is_none_or(|list| list.is_empty()));
        assert_eq!(both.judgements.unwrap().count, 4);
    }

    #[test]
    fn nothing_known_is_no_verdict() {
        let judged = judged(3, 0);
        assert!(judged.to_verdicts().is_none() && judged.add_to(None).0.is_none());
        let found = EntityLists::default();
        assert_eq!(judged.add_to(Some(found.clone())), (Some(found), Unshown::default()));
    }
}
