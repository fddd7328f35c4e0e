//! The limits of Cloud SIEM, as the stand-in enforces them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The window in which calls are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// Lets calls in within the limits; a call that is refused does not count.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls_a_second: usize,
    most_in_flight: usize,
    arrivals: VecDeque<Instant>,
    in_flight: usize,
}

/// A call in flight, until dropped.
#[derive(Debug)]
pub(crate) struct Passage {
    gate: Arc<Gate>,
    /// How many are in flight with this one.
    pub(crate) in_flight: usize,
}

impl Gate {
    /// Enforces these limits from now on; 0 is no limit.
    pub(crate) fn set(&self, calls_a_second: usize, most_in_flight: usize) {
        self.with(|state| {
            (state.calls_a_second, state.most_in_flight) = (calls_a_second, most_in_flight);
            state.arrivals.clear();
        });
    }

    /// Lets a call in that arrives now, or refuses it.
    pub(crate) fn enter(self: &Arc<Self>, now: Instant) -> Option<Passage> {
        let in_flight = self.with(|state| state.enter(now))?;
        Some(Passage { gate: self.clone(), in_flight })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn enter(&mut self, now: Instant) -> Option<usize> {
        if self.most_in_flight > 0 && self.in_flight >= self.most_in_flight {
            return None;
        }
        if self.calls_a_second > 0 {
            let is_past = |arrival: &Instant| now.duration_since(*arrival) >= WINDOW;
            while self.arrivals.front().is_some_and(is_past) {
                self.arrivals.pop_front();
            }
            if self.arrivals.len() >= self.calls_a_second {
                return None;
            }
            self.arrivals.push_back(now);
        }
        self.in_flight += 1;
        Some(self.in_flight)
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.gate.with(|state| state.in_flight = state.in_flight.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_has_more_calls_than_allowed() {
        let gate = Arc::new(Gate::default());
        gate.set(2, 0);
        let start = Instant::now();
        let enters = |millis| gate.enter(start + Duration::from_millis(millis)).is_some();
        assert_eq!([0, 500, 600, 999].map(enters), [true, true, false, false]);
        assert_eq!([1_000, 1_001, 1_500].map(enters), [true, false, true]);
    }

    #[test]
    fn a_place_is_free_again_when_its_call_ends() {
        let gate = Arc::new(Gate::default());
        gate.set(0, 2);
        let first = gate.enter(Instant::now()).unwrap();
        let second = gate.enter(Instant::now()).unwrap();
        assert_eq!((first.in_flight, second.in_flight), (1, 2));
        assert!(gate.enter(Instant::now()).is_none());
        drop(first);
        assert!(gate.enter(Instant::now()).is_some());
    }
}
