//! Fails calls fast to a deployment that does not answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::deployment::Deployment;

/// One circuit breaker for each deployment, shared by every client that is given a clone of this
/// registry.
///
/// A deployment that failed to answer several times in a row (no connection, no answer in time, a
/// connection that broke) is left alone for some seconds: its circuit is open, and calls fail at
/// once with [`Error::is_circuit_open`](crate::Error::is_circuit_open). Then single calls try
/// whether it is back; the first answer of any status closes the circuit. Other deployments are not
/// concerned.
///
/// The default opens a circuit for 5 seconds after 5 failures in a row.
///
/// ```
/// use std::time::Duration;
/// use sumo_client::CircuitBreakers;
///
/// let breakers = CircuitBreakers::new(3, Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
pub struct CircuitBreakers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    failures: u32,
    open_for: Duration,
    /// Only deployments whose last call failed.
    circuits: Mutex<HashMap<Deployment, Circuit>>,
}

#[derive(Clone, Copy, Debug)]
struct Circuit {
    failures: u32,
    last_failure: Instant,
    /// The start of the call that was let through to try an open circuit, until it ends.
    probe: Option<Instant>,
}

impl Circuit {
    /// Returns true if the last failure still counts. An instant of the future comes from a runtime
    /// whose clock was moved on.
    fn is_recent(&self, now: Instant) -> bool {
        self.last_failure <= now && self.last_failure + FORGOTTEN_AFTER > now
    }
}

/// The circuit is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CircuitOpen {
    /// The time after which a call may try again.
    pub(crate) retry_after: Duration,
}

/// A failure this long ago does not count any more.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// The longest time that other calls wait for the outcome of one that tries.
const PROBE_TIME: Duration = Duration::from_secs(10);

impl CircuitBreakers {
    /// Circuits that open for `open_for` after so many failures in a row; never with 0 failures.
    pub fn new(failures: u32, open_for: Duration) -> Self {
        Self { shared: Arc::new(Shared { failures, open_for, circuits: Mutex::default() }) }
    }

    /// Circuits that never open.
    pub fn never() -> Self {
        Self::new(0, Duration::ZERO)
    }

    /// Says so when an attempt would not be let through now.
    pub(crate) fn check(&self, deployment: &Deployment) -> Result<(), CircuitOpen> {
        let circuit = self.shared.circuits.lock().get(deployment).copied();
        circuit.map_or(Ok(()), |mut circuit| self.let_through(&mut circuit, Instant::now()))
    }

    /// Lets an attempt through, or says that the circuit is open.
    pub(crate) fn attempt(&self, deployment: &Deployment) -> Result<Attempt, CircuitOpen> {
        if let Some(circuit) = self.shared.circuits.lock().get_mut(deployment) {
            self.let_through(circuit, Instant::now())?;
        }
        Ok(Attempt { breakers: self.clone(), deployment: deployment.clone(), is_over: false })
    }

    fn let_through(&self, circuit: &mut Circuit, now: Instant) -> Result<(), CircuitOpen> {
        let is_closed = circuit.failures < self.shared.failures || !circuit.is_recent(now);
        if self.shared.failures == 0 || is_closed {
            return Ok(());
        }
        let closed_until = circuit.last_failure + self.shared.open_for;
        let probe_until = circuit.probe.filter(|since| *since <= now).map(|since| since + PROBE_TIME);
        let retry_at = probe_until.map_or(closed_until, |until| until.max(closed_until));
        if retry_at > now {
            return Err(CircuitOpen { retry_after: closed_until.saturating_duration_since(now) });
        }
        circuit.probe = Some(now);
        Ok(())
    }
}

impl Default for CircuitBreakers {
    fn default() -> Self {
        Self::new(5, Duration::from_secs(5))
    }
}

/// An attempt that was let through. Dropped without an outcome, it lets the next one try.
#[derive(Debug)]
pub(crate) struct Attempt {
    breakers: CircuitBreakers,
    deployment: Deployment,
    is_over: bool,
}

impl Attempt {
    /// Notes that the deployment answered, whatever it said.
    pub(crate) fn answered(mut self) {
        self.is_over = true;
        self.breakers.shared.circuits.lock().remove(&self.deployment);
    }

    /// Notes that the deployment did not answer.
    pub(crate) fn failed(mut self) {
        self.is_over = true;
        let mut circuits = self.breakers.shared.circuits.lock();
        // Not before, or a failure that another thread notes meanwhile would be one of the future.
        let now = Instant::now();
        circuits.retain(|_, circuit| circuit.is_recent(now));
        let none = Circuit { failures: 0, last_failure: now, probe: None };
        let circuit = circuits.entry(self.deployment.clone()).or_insert(none);
        circuit.failures = circuit.failures.saturating_add(1);
        circuit.last_failure = now;
        circuit.probe = None;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Some(circuit) = self.breakers.shared.circuits.lock().get_mut(&self.deployment) {
            circuit.probe = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_circuit_opens_after_failures_in_a_row_and_closes_with_an_answer() {
        let breakers = CircuitBreakers::new(3, 5 * SECOND);
        let attempt = || breakers.attempt(&Deployment::US1);
        attempt().unwrap().failed();
        attempt().unwrap().failed();
        attempt().unwrap().answered();
        for _ in 0..3 {
            attempt().unwrap().failed();
        }
        assert_eq!(attempt().unwrap_err().retry_after, 5 * SECOND);
        breakers.attempt(&Deployment::US2).unwrap().answered();

        sleep(5 * SECOND).await;
        let probe = attempt().unwrap();
        assert!(attempt().is_err(), "only one tries");
        probe.failed();
        assert_eq!(attempt().unwrap_err().retry_after, 5 * SECOND);

        sleep(5 * SECOND).await;
        drop(attempt().unwrap());
        let probe = attempt().expect("one that was given up leaves the try to the next");
        probe.answered();
        attempt().unwrap().answered();
        assert!(breakers.shared.circuits.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn old_failures_and_those_of_other_clocks_do_not_count() {
        let breakers = CircuitBreakers::new(2, 5 * SECOND);
        breakers.attempt(&Deployment::US1).unwrap().failed();
        sleep(FORGOTTEN_AFTER).await;
        breakers.attempt(&Deployment::US1).unwrap().failed();
        assert!(breakers.attempt(&Deployment::US1).is_ok());
        for circuit in breakers.shared.circuits.lock().values_mut() {
            circuit.failures = 2;
            circuit.last_failure = Instant::now() + 1_000 * SECOND;
        }
        assert!(breakers.attempt(&Deployment::US1).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn breakers_can_be_switched_off() {
        let breakers = CircuitBreakers::never();
        for _ in 0..100 {
            breakers.attempt(&Deployment::US1).unwrap().failed();
        }
        assert!(breakers.attempt(&Deployment::US1).is_ok());
    }
}
