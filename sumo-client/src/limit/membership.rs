//! The membership of this process among those that share a store, and the state of the store.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::store::{BudgetStore, Joined, MemberId, StoreError};

/// The longest time that a call waits for the store.
pub(super) const STORE_WAIT: Duration = Duration::from_millis(100);

/// The pause between two signs of life while the store answers.
const JOIN_EVERY: Duration = Duration::from_secs(2);

/// The pause between two attempts to reach the store while it does not answer.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// The longest time for a connection, which no call waits for.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// The time after the return of the store in which this process keeps to its part of the limit: the
/// others may not have noticed yet.
const SETTLE: Duration = Duration::from_secs(3);

/// The way in which starts are found at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The store has not answered yet.
    Joining,
    /// The store decides.
    Shared,
    /// The store does not answer; each process keeps to its part of the limit.
    Alone {
        /// The moment at which this was noticed.
        since: Instant,
    },
    /// The store is back. It notes the starts, and each process keeps to its part until then.
    Returning {
        /// The moment from which the store decides.
        until: Instant,
    },
}

impl Mode {
    /// Returns true if the store answered when it was last asked.
    pub(super) fn is_reachable(&self) -> bool {
        matches!(self, Self::Shared | Self::Returning { .. })
    }
}

/// Told true when the store answers, and false when it does not.
pub(super) type OnChange = Arc<dyn Fn(bool) + Send + Sync>;

/// The state of the store as this process sees it.
pub(super) struct Membership {
    own: Weak<Self>,
    pub(super) store: Arc<dyn BudgetStore>,
    pub(super) id: MemberId,
    /// The number of processes that share the limit while the store is away.
    expected: u32,
    on_change: Option<OnChange>,
    mode: watch::Sender<Mode>,
    assignment: Mutex<Assignment>,
    /// Joins again and again, and finds out when the store is away or back.
    heartbeat: Mutex<Option<JoinHandle<()>>>,
}

/// The place among the processes, and a clock that all of them share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assignment {
    pub(super) index: u32,
    pub(super) members: u32,
    /// True once the store has given the index.
    pub(super) is_given: bool,
    at: Instant,
    time: Duration,
}

impl Assignment {
    /// Returns the time of the shared clock.
    pub(super) fn time(&self, now: Instant) -> Duration {
        self.time + now.saturating_duration_since(self.at)
    }
}

impl Membership {
    pub(super) fn new(store: Arc<dyn BudgetStore>, expected: u32, on_change: Option<OnChange>) -> Arc<Self> {
        let id = MemberId::random();
        let expected = expected.max(1);
        let index = u32::try_from(id.as_u64() % u64::from(expected)).unwrap_or_default();
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let assignment = Assignment { index, members: expected, is_given: false, at: Instant::now(), time };
        let (mode, _) = watch::channel(Mode::Joining);
        Arc::new_cyclic(|own| Self {
            own: own.clone(),
            store,
            id,
            expected,
            on_change,
            mode,
            assignment: Mutex::new(assignment),
            heartbeat: Mutex::default(),
        })
    }

    /// Says how starts are found now. The first caller of all waits for the store, at most 100
    /// milliseconds.
    pub(super) async fn mode(&self) -> Mode {
        self.ensure_heartbeat();
        let mode = self.present();
        if mode != Mode::Joining {
            return mode;
        }
        let mut modes = self.mode.subscribe();
        // What it gives holds a lock, and must be gone before the mode changes.
        let is_late = timeout(STORE_WAIT, modes.wait_for(|mode| *mode != Mode::Joining)).await.is_err();
        if is_late {
            self.lost(&StoreError::new("the store did not answer in time"));
        }
        self.present()
    }

    /// Tells of each change of the mode.
    pub(super) fn changes(&self) -> watch::Receiver<Mode> {
        self.mode.subscribe()
    }

    /// Returns true if the store answered when it was last asked.
    pub(super) fn is_reachable(&self) -> bool {
        self.mode.borrow().is_reachable()
    }

    pub(super) fn assignment(&self) -> Assignment {
        *self.assignment.lock()
    }

    /// Asks the store, and notes when it does not answer in time. An error of one key says nothing
    /// of the store.
    pub(super) async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let outcome = timeout(STORE_WAIT, asked).await;
        let outcome =
            outcome.unwrap_or_else(|_elapsed| Err(StoreError::new("the store did not answer in time")));
        match &outcome {
            Ok(_) => {}
            Err(error) if error.is_of_key() => {
                let error = error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    "the store of the shared budget fails for one access key; keeping to a part of its limit"
                );
            }
            Err(error) => self.lost(error),
        }
        outcome
    }

    /// Connects and joins once.
    pub(super) async fn join(&self) -> Result<(), StoreError> {
        let outcome = self.try_join().await;
        match &outcome {
            Ok(()) => self.found(),
            Err(error) => {
                self.store.disconnect();
                self.lost(error);
            }
        }
        outcome
    }

    async fn try_join(&self) -> Result<(), StoreError> {
        let late = |_elapsed| StoreError::new("the store did not answer in time");
        timeout(CONNECT_WAIT, self.store.connect()).await.map_err(late)??;
        let asked = Instant::now();
        let joined = timeout(STORE_WAIT, self.store.join(self.id)).await.map_err(late)??;
        let Joined { index, members, time } = joined;
        // The answer is half as old as the round trip took.
        let time = time + asked.elapsed() / 2;
        let members = members.max(self.expected);
        let is_settled = matches!(*self.mode.borrow(), Mode::Joining | Mode::Shared);
        let mut assignment = self.assignment.lock();
        // Others may still keep to the places that a store gave which has forgotten them since.
        if is_settled || !assignment.is_given {
            *assignment = Assignment { index, members, is_given: true, at: Instant::now(), time };
        }
        Ok(())
    }

    /// Returns the mode now; a return that is over has become the usual state.
    fn present(&self) -> Mode {
        let now = Instant::now();
        self.mode.send_if_modified(|mode| match mode {
            Mode::Returning { until } if *until <= now => {
                *mode = Mode::Shared;
                true
            }
            _ => false,
        });
        *self.mode.borrow()
    }

    fn lost(&self, error: &StoreError) {
        let since = Instant::now();
        let is_new = self.mode.send_if_modified(|mode| {
            let is_new = !matches!(mode, Mode::Alone { .. });
            if is_new {
                *mode = Mode::Alone { since };
            }
            is_new
        });
        if is_new {
            let parts = self.assignment().members;
            let error = error as &dyn std::error::Error;
            tracing::warn!(
                error,
                parts,
                "the store of the shared budget is away; keeping to a part of the limit"
            );
            self.tell(false);
        }
    }

    fn found(&self) {
        let until = Instant::now() + SETTLE;
        let mut was_lost = false;
        let is_new = self.mode.send_if_modified(|mode| match mode {
            Mode::Joining => {
                *mode = Mode::Shared;
                true
            }
            Mode::Alone { .. } => {
                was_lost = true;
                *mode = Mode::Returning { until };
                true
            }
            Mode::Shared | Mode::Returning { .. } => false,
        });
        if was_lost {
            tracing::info!("the store of the shared budget answers again");
        }
        if is_new {
            self.tell(true);
        }
    }

    fn tell(&self, is_reachable: bool) {
        if let Some(on_change) = &self.on_change {
            on_change(is_reachable);
        }
    }

    /// Starts the heartbeat unless it runs. It ends with its runtime, or when nobody needs it.
    fn ensure_heartbeat(&self) {
        let mut heartbeat = self.heartbeat.lock();
        if heartbeat.as_ref().is_none_or(JoinHandle::is_finished) {
            *heartbeat = Some(tokio::spawn(run_heartbeat(self.own.clone())));
        }
    }
}

async fn run_heartbeat(membership: Weak<Membership>) {
    while let Some(membership) = membership.upgrade() {
        let pause = if membership.join().await.is_ok() { JOIN_EVERY } else { TRY_EVERY };
        drop(membership);
        sleep(pause).await;
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if let Some(heartbeat) = self.heartbeat.lock().take() {
            heartbeat.abort();
        }
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Membership")
            .field("store", &self.store)
            .field("id", &self.id)
            .field("mode", &*self.mode.borrow())
            .finish_non_exhaustive()
    }
}
