//! The order in which the waiting calls of one access id start.

use std::cell::LazyCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::group::{Priority, RequestGroup};
use super::rounds::Rounds;
use crate::credentials::Fingerprint;
use crate::error_answer::ErrorAnswer;

/// The time for which credentials count as accepted after Sumo Logic accepted them.
const ACCEPTED_FOR: Duration = Duration::from_secs(3600);

/// The time for which credentials that Sumo Logic refused are not sent again.
pub(super) const REFUSED_FOR: Duration = Duration::from_secs(10);

/// The shortest time between two starts with credentials that are not known to be accepted, while
/// accepted ones wait.
const UNKNOWN_EVERY: Duration = Duration::from_secs(1);

/// The waiting calls of one access id. `T` is given to the call whose turn has come.
///
/// Anybody can send a known access id with a wrong key. So credentials (id and key) that Sumo Logic
/// has accepted come first: while they have work, all others together have at most one call in
/// flight and one start a second.
#[derive(Debug)]
pub(super) struct Turns<T> {
    waiting: Vec<Waiting<T>>,
    credentials: BTreeMap<Fingerprint, Standing>,
    /// Those of urgent calls, which are served before the others and do not end their rounds.
    urgent_rounds: Rounds,
    rounds: Rounds,
    next_ticket: u64,
    last_unknown_start: Option<Instant>,
}

/// Names a waiting call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Waiting<T> {
    ticket: Ticket,
    credentials: Fingerprint,
    group: RequestGroup,
    round: u64,
    reply: T,
}

/// The knowledge of an access id with one key.
#[derive(Debug, Default)]
struct Standing {
    accepted: Option<Instant>,
    refused: Option<Refusal>,
    in_flight: usize,
}

/// Credentials were refused with 401, and are not sent again for a while.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) answer: ErrorAnswer,
    pub(crate) at: Instant,
    pub(crate) until: Instant,
}

/// The reason why no waiting call may start.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoStart {
    /// None before this moment, unless something changes.
    Before(Instant),
    /// None before something changes.
    UntilChange,
}

/// The calls that have work at the moment, summed up.
struct Work {
    accepted: bool,
    several: bool,
    unknown_in_flight: usize,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            credentials: BTreeMap::new(),
            urgent_rounds: Rounds::default(),
            rounds: Rounds::default(),
            next_ticket: 0,
            last_unknown_start: None,
        }
    }
}

impl<T> Turns<T> {
    /// Queues a call.
    pub(super) fn enter(&mut self, credentials: Fingerprint, group: &RequestGroup, reply: T) -> Ticket {
        let round = self.rounds(group).enter(group);
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        group.call_waits();
        self.waiting.push(Waiting { ticket, credentials, group: group.clone(), round, reply });
        ticket
    }

    /// Takes a call out of the queue that gave up.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        let Some(index) = self.waiting.iter().position(|waiting| waiting.ticket == ticket) else { return };
        let waiting = self.waiting.swap_remove(index);
        self.give_up(waiting);
    }

    /// The number of calls that are served before this one, as it looks now.
    pub(super) fn ahead_of(&self, ticket: Ticket, now: Instant) -> usize {
        let Some(own) = self.waiting.iter().find(|waiting| waiting.ticket == ticket) else { return 0 };
        let order = self.order(own, now);
        // However many calls wait with other credentials, few of them are served before this one.
        let counts = |other: &&Waiting<T>| other.credentials == own.credentials;
        self.waiting.iter().filter(counts).filter(|other| self.order(other, now) < order).count()
    }

    /// Says that a call may start, or why none may.
    pub(super) fn check(&self, now: Instant) -> Result<(), NoStart> {
        self.next(now).map(|_index| ())
    }

    /// Takes out the call whose turn it is and counts it as in flight until [`end`](Self::end).
    pub(super) fn start(&mut self, now: Instant) -> Option<(Fingerprint, T)> {
        let index = self.next(now).ok()?;
        let Waiting { credentials, group, round, reply, .. } = self.waiting.swap_remove(index);
        group.call_starts();
        if !self.is_accepted(&credentials, now) {
            self.last_unknown_start = Some(now);
        }
        self.credentials.entry(credentials).or_default().in_flight += 1;
        self.rounds(&group).serve(round);
        if self.waiting.is_empty() {
            self.urgent_rounds.clear();
            self.rounds.clear();
        }
        Some((credentials, reply))
    }

    /// Notes that a call that was started is over.
    pub(super) fn end(&mut self, credentials: &Fingerprint, now: Instant) {
        if let Some(standing) = self.credentials.get_mut(credentials) {
            standing.in_flight = standing.in_flight.saturating_sub(1);
        }
        self.credentials.retain(|_, standing| standing.is_of_use(now));
    }

    /// Notes that Sumo Logic accepted these credentials.
    pub(super) fn accept(&mut self, credentials: Fingerprint, now: Instant) {
        let standing = self.credentials.entry(credentials).or_default();
        standing.accepted = Some(now);
        standing.refused = None;
    }

    /// Notes a first 401 for credentials that count as accepted, and from now on do not; returns
    /// false if they did not before.
    pub(super) fn doubt(&mut self, credentials: &Fingerprint, now: Instant) -> bool {
        let standing = self.credentials.get_mut(credentials).filter(|standing| standing.is_accepted(now));
        standing.is_some_and(|standing| standing.accepted.take().is_some())
    }

    /// Notes that Sumo Logic refused these credentials; gives back the calls that waited to send
    /// them.
    pub(super) fn refuse(&mut self, credentials: Fingerprint, refusal: Refusal) -> Vec<T> {
        let standing = self.credentials.entry(credentials).or_default();
        standing.accepted = None;
        standing.refused = Some(refusal);
        let is_refused = |waiting: &mut Waiting<T>| waiting.credentials == credentials;
        let refused: Vec<_> = self.waiting.extract_if(.., is_refused).collect();
        refused.into_iter().map(|waiting| self.give_up(waiting)).collect()
    }

    /// Frees the round of a call that was taken out of the queue without a start.
    fn give_up(&mut self, waiting: Waiting<T>) -> T {
        waiting.group.call_gave_up();
        self.rounds(&waiting.group).leave(&waiting.group);
        waiting.reply
    }

    /// The refusal of these credentials that is not over yet.
    pub(super) fn refusal(&self, credentials: &Fingerprint, now: Instant) -> Option<&Refusal> {
        self.credentials.get(credentials)?.refusal(now)
    }

    /// True when no call waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The number of calls that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// True when nothing waits or is in flight, and nothing is remembered.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.waiting.is_empty() && !self.credentials.values().any(|standing| standing.is_of_use(now))
    }

    fn rounds(&mut self, group: &RequestGroup) -> &mut Rounds {
        match group.priority() {
            Priority::High => &mut self.urgent_rounds,
            Priority::Normal => &mut self.rounds,
        }
    }

    fn is_accepted(&self, credentials: &Fingerprint, now: Instant) -> bool {
        self.credentials.get(credentials).is_some_and(|standing| standing.is_accepted(now))
    }

    /// The index of the waiting call whose turn it is.
    fn next(&self, now: Instant) -> Result<usize, NoStart> {
        let work = LazyCell::new(|| self.work(now));
        let mut none = NoStart::UntilChange;
        let ready = self.waiting.iter().enumerate().filter(|(_, waiting)| {
            let may_start = self.may_start(waiting, &work, now);
            if let Err(NoStart::Before(at)) = may_start {
                none = NoStart::Before(at);
            }
            may_start.is_ok()
        });
        let first = ready.min_by_key(|(_, waiting)| self.order(waiting, now));
        first.map(|(index, _)| index).ok_or(none)
    }

    /// `work` is looked at only if the credentials are not known to be accepted.
    fn may_start(
        &self,
        waiting: &Waiting<T>,
        work: &LazyCell<Work, impl FnOnce() -> Work>,
        now: Instant,
    ) -> Result<(), NoStart> {
        let standing = self.credentials.get(&waiting.credentials);
        if standing.is_some_and(|standing| standing.is_accepted(now)) || !work.several {
            return Ok(());
        }
        if !work.accepted {
            // Nobody is known: each tries with one call.
            let in_flight = standing.map_or(0, |standing| standing.in_flight);
            return if in_flight == 0 { Ok(()) } else { Err(NoStart::UntilChange) };
        }
        if work.unknown_in_flight > 0 {
            return Err(NoStart::UntilChange);
        }
        match self.last_unknown_start.map(|last| last + UNKNOWN_EVERY) {
            Some(at) if at > now && at <= now + UNKNOWN_EVERY => Err(NoStart::Before(at)),
            _ => Ok(()),
        }
    }

    fn work(&self, now: Instant) -> Work {
        let in_flight = self.credentials.iter().filter(|(_, standing)| standing.in_flight > 0);
        let mut active: BTreeSet<&Fingerprint> = in_flight.map(|(credentials, _)| credentials).collect();
        active.extend(self.waiting.iter().map(|waiting| &waiting.credentials));
        let unknown = self.credentials.values().filter(|standing| !standing.is_accepted(now));
        Work {
            accepted: active.iter().any(|credentials| self.is_accepted(credentials, now)),
            several: active.len() > 1,
            unknown_in_flight: unknown.map(|standing| standing.in_flight).sum(),
        }
    }

    /// The smaller one is served first. Unknown credentials have so little that they may have it at
    /// once.
    fn order(&self, waiting: &Waiting<T>, now: Instant) -> impl Ord + use<T> {
        let is_accepted = self.is_accepted(&waiting.credentials, now);
        let is_urgent = waiting.group.priority() == Priority::High;
        let class = (Reverse(is_accepted && is_urgent), is_accepted, Reverse(is_urgent));
        (class, waiting.round, waiting.group.calls_left(), waiting.ticket)
    }
}

impl Standing {
    fn is_accepted(&self, now: Instant) -> bool {
        self.accepted.is_some_and(|at| now.saturating_duration_since(at) < ACCEPTED_FOR)
    }

    /// A refusal of the future comes from a runtime whose clock was moved on.
    fn refusal(&self, now: Instant) -> Option<&Refusal> {
        self.refused.as_ref().filter(|refusal| refusal.at <= now && now < refusal.until)
    }

    fn is_of_use(&self, now: Instant) -> bool {
        self.in_flight > 0 || self.is_accepted(now) || self.refusal(now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rounds::FIRST_TURN;
    use super::*;
    use crate::credentials::Credentials;

    fn key(key: &str) -> Fingerprint {
        Credentials::new("id", key).fingerprint()
    }

    #[test]
    fn the_request_with_the_fewest_calls_left_is_first_in_its_round() {
        let (now, right) = (Instant::now(), key("right"));
        let mut turns = Turns::default();
        let groups = [3, 1, 2].map(|calls| RequestGroup::default().planned_calls(calls));
        for (name, group) in ["three", "one", "two"].into_iter().zip(&groups) {
            for _ in 0..group.calls_left() {
                turns.enter(right, group, name);
            }
        }
        let order: Vec<_> = std::iter::from_fn(|| turns.start(now)).map(|(_key, name)| name).collect();
        assert_eq!(order, ["one", "two", "two", "three", "three", "three"]);
        assert!(turns.rounds.is_empty());
    }

    #[test]
    fn a_small_request_waits_for_one_call_of_a_large_one() {
        let (now, right) = (Instant::now(), key("right"));
        let mut turns = Turns::default();
        let enter = |turns: &mut Turns<_>, name, calls| {
            let group = RequestGroup::default();
            (0..calls).for_each(|_| {
                turns.enter(right, &group, name);
            });
        };
        enter(&mut turns, "large", 20);
        let next = |turns: &mut Turns<_>| turns.start(now).map(|(_key, name)| name).unwrap();
        assert!((0..10).all(|_| next(&mut turns) == "large"));
        enter(&mut turns, "search", 2);
        enter(&mut turns, "judge", 3);
        let order: Vec<_> = (0..6).map(|_| next(&mut turns)).collect();
        assert_eq!(order, ["search", "search", "judge", "judge", "judge", "large"]);
    }

    #[test]
    fn a_request_known_to_be_large_takes_one_call_a_round() {
        let (now, right) = (Instant::now(), key("right"));
        let mut turns = Turns::default();
        let (large, small) = (RequestGroup::default().planned_calls(20), RequestGroup::default());
        for _ in 0..20 {
            turns.enter(right, &large, "large");
        }
        let next = |turns: &mut Turns<_>| turns.start(now).map(|(_key, name)| name).unwrap();
        assert_eq!(next(&mut turns), "large");
        for _ in 0..3 {
            turns.enter(right, &small, "small");
        }
        let order: Vec<_> = (0..5).map(|_| next(&mut turns)).collect();
        assert_eq!(order, ["small", "small", "small", "large", "large"]);
    }

    #[test]
    fn urgent_calls_do_not_end_a_round_of_the_others() {
        let (now, right) = (Instant::now(), key("right"));
        let mut turns = Turns::default();
        turns.accept(right, now);
        let large = RequestGroup::default().planned_calls(20);
        for _ in 0..20 {
            turns.enter(right, &large, "large");
        }
        let next = |turns: &mut Turns<_>| turns.start(now).map(|(_key, name)| name).unwrap();
        for _ in 0..3 {
            turns.enter(right, &RequestGroup::new(Priority::High), "urgent");
            assert_eq!(next(&mut turns), "urgent");
        }
        turns.enter(right, &RequestGroup::default(), "small");
        assert_eq!([(); 3].map(|()| next(&mut turns)), ["small", "large", "large"]);
    }

    #[test]
    fn many_new_requests_do_not_starve_an_old_one() {
        let (now, right) = (Instant::now(), key("right"));
        let mut turns = Turns::default();
        let old = RequestGroup::default().planned_calls(10);
        for _ in 0..10 {
            turns.enter(right, &old, true);
        }
        let mut served = 0;
        for _ in 0..40 {
            turns.enter(right, &RequestGroup::default(), false);
            turns.enter(right, &RequestGroup::default(), false);
            served += usize::from(turns.start(now).is_some_and(|(_key, is_old)| is_old));
        }
        assert!(served >= 3, "{served} of 40");
        while turns.start(now).is_some() {}
        assert!(turns.rounds.is_empty());
    }

    #[test]
    fn urgent_calls_come_first_and_unknown_credentials_get_one_start_a_second() {
        let (now, right) = (Instant::now(), key("right"));
        let mut turns = Turns::default();
        turns.accept(right, now);
        let (normal, high) = (RequestGroup::default(), RequestGroup::new(Priority::High));
        for _ in 0..4 {
            turns.enter(right, &normal, "normal");
        }
        turns.enter(key("a"), &high, "unknown");
        turns.enter(key("b"), &high, "unknown");
        turns.enter(right, &high, "high");
        let mut names = |at| turns.start(at).map(|(_key, name)| name);
        assert_eq!([(); 3].map(|()| names(now).unwrap()), ["high", "unknown", "normal"]);
        // The unknown one is in flight; when it is over, a second has to pass.
        assert_eq!(names(now + UNKNOWN_EVERY), Some("normal"));
        turns.end(&key("a"), now);
        turns.end(&key("b"), now);
        assert_eq!(turns.start(now + UNKNOWN_EVERY / 2).unwrap().1, "normal");
        assert_eq!(turns.start(now + UNKNOWN_EVERY).unwrap().1, "unknown");
        assert_eq!(turns.check(now + UNKNOWN_EVERY), Ok(()));
    }

    #[test]
    fn a_group_whose_calls_were_refused_is_not_behind_the_others() {
        let (now, wrong, right) = (Instant::now(), key("wrong"), key("right"));
        for priority in [Priority::Normal, Priority::High] {
            let (refused, other) = (RequestGroup::new(priority), RequestGroup::new(priority));
            let mut turns = Turns::default();
            for _ in 0..2 {
                turns.enter(right, &other, "other");
            }
            for _ in 0..10 {
                turns.enter(wrong, &refused, "refused");
            }
            let until = now + REFUSED_FOR;
            let refusal = Refusal { answer: ErrorAnswer::default(), at: now, until };
            assert_eq!(turns.refuse(wrong, refusal).len(), 10);
            turns.enter(right, &refused, "mended");
            let order: Vec<_> = std::iter::from_fn(|| turns.start(now)).map(|(_key, name)| name).collect();
            assert_eq!(order, ["mended", "other", "other"]);
        }
    }

    #[test]
    fn what_is_no_longer_of_use_is_forgotten() {
        let now = Instant::now();
        let mut turns = Turns::<()>::default();
        let until = now + REFUSED_FOR;
        for number in 0..100 {
            let refusal = Refusal { answer: ErrorAnswer::default(), at: now, until };
            turns.refuse(key(&number.to_string()), refusal);
        }
        assert!(!turns.is_idle(now) && turns.is_idle(until));
        turns.end(&key("any"), until);
        assert!(turns.credentials.is_empty());
    }

    proptest! {
        #[test]
        fn requests_are_served_in_turns(entries in prop::collection::vec(0_usize..5, 1..60), given_up in any::<usize>()) {
            let (now, right) = (Instant::now(), key("right"));
            let groups: Vec<_> = (0..5).map(|_| RequestGroup::default()).collect();
            let mut turns = Turns::default();
            let mut left = [0_usize; 5];
            let tickets: Vec<_> = entries.iter().map(|group| {
                left[*group] += 1;
                turns.enter(right, &groups[*group], *group)
            }).collect();
            let gone = given_up % entries.len();
            turns.leave(tickets[gone]);
            left[entries[gone]] -= 1;
            let mut served = [0_i64; 5];
            while let Some((_key, group)) = turns.start(now) {
                served[group] += 1;
                left[group] -= 1;
                for other in 0..5 {
                    // The first turn takes several; the one that gave up may leave a gap.
                    prop_assert!(left[other] == 0 || served[group] - served[other] <= FIRST_TURN as i64 + 1);
                }
            }
            prop_assert_eq!(left, [0; 5]);
            prop_assert!(groups.iter().all(|group| group.calls_left() == 0));
        }
    }
}
