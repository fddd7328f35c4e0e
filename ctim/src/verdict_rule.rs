//! The derivation of a verdict from judgements.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::time::Time;
use crate::{Judgement, Observable, ValidTime, Verdict};

impl ValidTime {
    /// Returns true if something with this span holds at `time`: from its start on, and before its
    /// end.
    ///
    /// ```
    /// use ctim::{Time, ValidTime};
    ///
    /// let span = ValidTime::builder().end_time(Time::FOREVER).build();
    /// assert!(span.contains(Time::MIN_VALID));
    /// assert!(!span.contains(Time::FOREVER));
    /// ```
    #[must_use]
    pub fn contains(&self, time: Time) -> bool {
        self.start_time.is_none_or(|start| start <= time) && self.end_time.is_none_or(|end| time < end)
    }
}

impl Verdict {
    /// Returns the verdict that judgements come to at a time, by the rule of Cisco's service; none
    /// if no judgement on the observable holds then.
    ///
    /// Of the judgements on the same observable that hold at `time`, the one with the highest
    /// priority decides; among equal priorities the one with the lowest disposition number (so
    /// Clean comes before Malicious); then the one that holds since the earliest time, where no
    /// start is earliest of all; and then the first one.
    ///
    /// ```
    /// use ctim::vocabulary::{DispositionNumber, HighMedLow, Severity};
    /// use ctim::{EntityId, Judgement, Observable, Time, ValidTime, Verdict};
    ///
    /// let observable = Observable::new("ip", "198.51.100.7");
    /// let judgement = Judgement::builder()
    ///     .id(EntityId::transient("judgement-1")?)
    ///     .source("watch list")
    ///     .observable(observable.clone())
    ///     .disposition(DispositionNumber::Malicious)
    ///     .disposition_name("Malicious")
    ///     .priority(90)
    ///     .confidence(HighMedLow::High)
    ///     .severity(Severity::High)
    ///     .valid_time(ValidTime::builder().build())
    ///     .build();
    /// let verdict = Verdict::from_judgements(&observable, [&judgement], Time::MIN_VALID);
    /// assert_eq!(verdict.map(|verdict| verdict.disposition), Some(DispositionNumber::Malicious));
    /// # Ok::<(), ctim::IdError>(())
    /// ```
    #[must_use]
    pub fn from_judgements<'a>(
        observable: &Observable,
        judgements: impl IntoIterator<Item = &'a Judgement>,
        time: Time,
    ) -> Option<Self> {
        judgements
            .into_iter()
            .filter(|judgement| {
                identity(&judgement.observable) == identity(observable) && judgement.valid_time.contains(time)
            })
            .min_by_key(|judgement| {
                let start = judgement.valid_time.start_time;
                (Reverse(judgement.priority), judgement.disposition.number(), start)
            })
            .map(Self::from_judgement)
    }

    /// Returns the verdict to which this one judgement comes.
    fn from_judgement(judgement: &Judgement) -> Self {
        Self {
            disposition: judgement.disposition,
            disposition_name: judgement.disposition.name(),
            observable: judgement.observable.clone(),
            judgement_id: Some(judgement.id.clone()),
            valid_time: judgement.valid_time.clone(),
            extra: serde_json::Map::new(),
        }
    }

    /// Returns the verdicts that judgements come to at a time: one for each observable on which a
    /// judgement holds then, by the rule of [`Verdict::from_judgements`], in the order in which the
    /// observables come first.
    ///
    /// ```
    /// use ctim::vocabulary::{Disposition, HighMedLow, Severity};
    /// use ctim::{EntityId, Judgement, Observable, Time, Verdict};
    ///
    /// let judgement = |name: &str, value: &str, disposition: Disposition, priority: i64| {
    ///     Judgement::builder()
    ///         .id(EntityId::unchecked(name))
    ///         .source("watch list")
    ///         .observable(Observable::new("ip", value))
    ///         .judged(disposition)
    ///         .priority(priority)
    ///         .confidence(HighMedLow::High)
    ///         .severity(Severity::High)
    ///         .valid_time(ctim::ValidTime::default())
    ///         .build()
    /// };
    /// let judgements = [
    ///     judgement("transient:1", "198.51.100.7", Disposition::Malicious, 90),
    ///     judgement("transient:2", "198.51.100.8", Disposition::Suspicious, 90),
    ///     judgement("transient:3", "198.51.100.7", Disposition::Clean, 95),
    /// ];
    /// let verdicts = Verdict::of_each_observable(&judgements, Time::MIN_VALID);
    /// let found: Vec<_> = verdicts.iter().map(|verdict| verdict.known_disposition()).collect();
    /// assert_eq!(found, [Some(Disposition::Clean), Some(Disposition::Suspicious)]);
    /// ```
    #[must_use]
    pub fn of_each_observable<'a>(
        judgements: impl IntoIterator<Item = &'a Judgement>,
        time: Time,
    ) -> Vec<Self> {
        let mut places = HashMap::new();
        let mut groups: Vec<Vec<&Judgement>> = Vec::new();
        for judgement in judgements {
            let place = *places.entry(identity(&judgement.observable)).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.push(judgement),
                None => groups.push(vec![judgement]),
            }
        }
        let verdict = |group: Vec<&Judgement>| {
            let observable = &group.first()?.observable;
            Self::from_judgements(observable, group.iter().copied(), time)
        };
        groups.into_iter().filter_map(verdict).collect()
    }
}

/// Returns all that identifies an observable.
fn identity(observable: &Observable) -> (&str, &str) {
    (observable.r#type.as_str(), &observable.value)
}

#[cfg(test)]
#[cfg(feature = "builders")]
mod tests {
    use super::*;
    use crate::vocabulary::{DispositionNumber, HighMedLow, Severity};
    use crate::{EntityId, Validate};

    fn judgement(
        name: &str,
        priority: i64,
        disposition: i64,
        start: Option<i64>,
        end: Option<i64>,
    ) -> Judgement {
        let disposition = DispositionNumber::from(disposition);
        let time = |millis| Time::from_unix_millis(millis).unwrap();
        Judgement::builder()
            .id(EntityId::transient(name).unwrap())
            .source("test")
            .observable(Observable::new("domain", "example.com"))
            .disposition(disposition)
            .disposition_name(disposition.name().unwrap())
            .priority(priority)
            .confidence(HighMedLow::High)
            .severity(Severity::High)
            .valid_time(
                ValidTime::builder().maybe_start_time(start.map(time)).maybe_end_time(end.map(time)).build(),
            )
            .build()
    }

    fn winner(judgements: &[Judgement], millis: i64) -> Option<String> {
        let observable = Observable::new("domain", "example.com");
        let verdict =
            Verdict::from_judgements(&observable, judgements, Time::from_unix_millis(millis).unwrap())?;
        assert!(verdict.validate().is_empty());
        verdict.judgement_id.map(|id| id.as_str().trim_start_matches("transient:").to_owned())
    }

    #[test]
    fn priority_then_disposition_then_start_then_order_decide() {
        let cases: [(&str, &[Judgement]); 6] = [
            ("b", &[judgement("a", 90, 1, None, None), judgement("b", 95, 5, None, None)]),
            ("b", &[judgement("a", 90, 2, None, None), judgement("b", 90, 1, Some(5), None)]),
            ("b", &[judgement("a", 90, 2, Some(2), None), judgement("b", 90, 2, Some(1), None)]),
            ("b", &[judgement("a", 90, 2, Some(0), None), judgement("b", 90, 2, None, None)]),
            ("a", &[judgement("a", 90, 2, Some(1), None), judgement("b", 90, 2, Some(1), None)]),
            ("a", &[judgement("a", -5, 3, None, None), judgement("b", -5, 4, None, None)]),
        ];
        for (expected, judgements) in cases {
            assert_eq!(winner(judgements, 10).as_deref(), Some(expected), "{judgements:#?}");
        }
    }

    #[test]
    fn only_judgements_that_hold_at_the_time_count() {
        let judgements =
            [judgement("short", 95, 2, Some(10), Some(20)), judgement("long", 50, 1, None, None)];
        for (millis, expected) in [(9, "long"), (10, "short"), (19, "short"), (20, "long")] {
            assert_eq!(winner(&judgements, millis).as_deref(), Some(expected), "{millis}");
        }
        assert_eq!(winner(&judgements[..1], 20), None);
    }

    #[test]
    fn each_observable_gets_the_verdict_of_its_own_judgements() {
        let on = |value: &str, mut judgement: Judgement| {
            judgement.observable.value = value.to_owned();
            judgement
        };
        let judgements = [
            on("b.example", judgement("1", 50, 2, None, None)),
            on("a.example", judgement("2", 50, 2, None, None)),
            on("gone.example", judgement("3", 50, 2, None, Some(5))),
            on("b.example", judgement("4", 60, 1, None, None)),
        ];
        let verdicts = Verdict::of_each_observable(&judgements, Time::from_unix_millis(10).unwrap());
        let found: Vec<_> = verdicts
            .iter()
            .map(|verdict| {
                (verdict.observable.value.as_str(), verdict.judgement_id.as_ref().unwrap().as_str())
            })
            .collect();
        assert_eq!(found, [("b.example", "transient:4"), ("a.example", "transient:2")]);
        assert!(Verdict::of_each_observable([], Time::MIN_VALID).is_empty());
    }

    #[test]
    fn judgements_on_other_observables_do_not_count() {
        let mut other = judgement("a", 100, 1, None, None);
        other.observable.value = "example.net".to_owned();
        assert_eq!(winner(&[other], 10), None);
        assert_eq!(winner(&[], 10), None);
    }
}
