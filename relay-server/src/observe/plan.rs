//! The plan of the searches for a request.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use xdr_module::contract::observable::Observable;

/// The values to search, with the observables that each of them answers: observables that differ
/// in type only, or in the blanks around the value, ask Cloud SIEM the same.
pub(super) struct Plan<'a> {
    pub(super) values: Vec<Arc<str>>,
    /// The distinct observables in the order of the request, without those of a blank value: Cloud
    /// SIEM would answer with everything.
    pub(super) observables: Vec<Planned<'a>>,
}

/// An observable of the request.
pub(super) struct Planned<'a> {
    pub(super) observable: &'a Observable,
    /// The index of its value.
    pub(super) index: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(observables: &'a [Observable]) -> Self {
        let mut plan = Self { values: Vec::new(), observables: Vec::new() };
        let mut indexes = HashMap::new();
        let mut seen = HashSet::new();
        for observable in observables.iter().filter(|observable| seen.insert(*observable)) {
            let value = observable.value.trim();
            if value.is_empty() {
                continue;
            }
            let index = *indexes.entry(value).or_insert_with(|| {
                plan.values.push(Arc::from(value));
                plan.values.len() - 1
            });
            plan.observables.push(Planned { observable, index });
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
        let planned = |planned: &Planned<'_>| (planned.observable.kind.clone(), planned.index);
        let observables: Vec<_> = plan.observables.iter().map(planned).collect();
        let expected =
            [("ip", 0), ("domain", 1), ("hostname", 0)].map(|(kind, index)| (kind.to_owned(), index));
        assert_eq!(observables, expected);
    }

    #[test]
    fn blanks_around_a_value_and_blank_values_are_not_searched() {
        let asked = [" ", "\u{a0}\t", " a b\n", "a b"].map(|value| observable("file_name", value));
        let plan = Plan::new(&asked);
        assert_eq!(plan.values.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a b"]);
        let planned = plan.observables.iter().map(|planned| (&*planned.observable.value, planned.index));
        assert_eq!(planned.collect::<Vec<_>>(), [(" a b\n", 0), ("a b", 0)]);
    }
}
