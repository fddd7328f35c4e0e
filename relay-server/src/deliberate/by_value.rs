//! An index of what a source holds, by the values that it is about.

use std::collections::{HashMap, HashSet};

use super::subject::Subject;

/// Things of a source by value, in the normal form of each type of observable that is asked for.
/// Each value is brought into that form once, and a subject finds its own without a look at all.
pub(super) struct ByValue<'s, T> {
    /// The first subject of each type, with the things by normal form.
    types: Vec<(&'s Subject, HashMap<String, T>)>,
}

impl<'s, T: Default> ByValue<'s, T> {
    /// Begins an index for the types of these subjects.
    pub(super) fn new(subjects: &'s [Subject]) -> Self {
        let mut seen = HashSet::new();
        let firsts = subjects.iter().filter(|subject| seen.insert(&subject.observable.kind));
        Self { types: firsts.map(|first| (first, HashMap::new())).collect() }
    }

    /// Changes the thing under `value`, for each type of which `is_of_type` is true. It is given a
    /// subject of the type, whose own value says nothing.
    pub(super) fn add(
        &mut self,
        value: &str,
        is_of_type: impl Fn(&Subject) -> bool,
        change: impl Fn(&mut T),
    ) {
        for (first, things) in self.types.iter_mut().filter(|(first, _)| is_of_type(first)) {
            change(things.entry(first.normal_form(value)).or_default());
        }
    }

    /// Returns the thing under the value of a subject, however either is written.
    pub(super) fn get(&self, subject: &Subject) -> Option<&T> {
        self.of_type(subject)?.get(subject.normal())
    }

    /// Returns the things under the value of a subject, and under the domains above it.
    pub(super) fn covering<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a T> {
        let things = self.of_type(subject);
        subject.covering_forms().filter_map(move |form| things?.get(form))
    }

    fn of_type(&self, subject: &Subject) -> Option<&HashMap<String, T>> {
        let mut types = self.types.iter();
        types.find(|(first, _)| first.observable.kind == subject.observable.kind).map(|(_, things)| things)
    }
}
