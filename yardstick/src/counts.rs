//! Counts of the stand-in.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Counts of a stand-in since it was told its plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Calls of Cloud SIEM that were answered.
    pub(crate) calls: u64,
    /// Calls that were over a limit and got 429.
    pub(crate) refused: u64,
    /// TLS handshakes with Cloud SIEM.
    pub(crate) handshakes: u64,
    /// Fetches of the key set.
    pub(crate) key_sets: u64,
    /// TLS handshakes with the key host.
    pub(crate) key_handshakes: u64,
    /// The most calls in flight at a time.
    pub(crate) most_in_flight: usize,
    /// From the first answered call to the start of the last one, in seconds.
    pub(crate) span_seconds: f64,
}

/// Counts what the stand-in of the client does not, for all connections.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    first_call: Option<Instant>,
    values: Option<HashSet<String>>,
}

impl Counter {
    /// Starts at nothing; values are kept from now on or not.
    pub(crate) fn reset(&self, keeps_values: bool) {
        self.with(|state| *state = State { values: keeps_values.then(HashSet::new), ..State::default() });
    }

    pub(crate) fn counts(&self) -> Counts {
        self.with(|state| state.counts)
    }

    /// The values that were asked for, when they are kept.
    pub(crate) fn values(&self) -> Vec<String> {
        self.with(|state| state.values.iter().flatten().cloned().collect())
    }

    pub(crate) fn key_handshake(&self) {
        self.with(|state| state.counts.key_handshakes += 1);
    }

    pub(crate) fn key_set(&self) {
        self.with(|state| state.counts.key_sets += 1);
    }

    /// Counts a call that is answered, with the value that it searches for.
    pub(crate) fn call(&self, value: Option<String>) {
        let now = Instant::now();
        self.with(|state| {
            let first = *state.first_call.get_or_insert(now);
            state.counts.calls += 1;
            state.counts.span_seconds = now.duration_since(first).as_secs_f64();
            if let Some(values) = &mut state.values {
                values.extend(value);
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // Each change is whole, so a lock that a panic left is as good as any.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_from_the_last_reset_on() {
        let counter = Counter::default();
        counter.call(Some("a".to_owned()));
        assert!(counter.values().is_empty());
        counter.reset(true);
        assert_eq!(counter.counts(), Counts::default());
        counter.call(Some("a".to_owned()));
        counter.call(None);
        counter.key_set();
        let counts = counter.counts();
        assert_eq!((counts.calls, counts.key_sets), (2, 1));
        assert_eq!(counter.values(), ["a"]);
    }
}
