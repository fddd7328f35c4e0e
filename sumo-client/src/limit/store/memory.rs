//! A store in the memory of one process.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_core::future::BoxFuture;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::ledger::Ledger;
use super::members::Members;
use super::millis::millis;
use super::{BudgetKey, BudgetStore, Change, Joined, MemberId, StartReply, StartRequest, StoreError};

/// A store in the memory of this process, for several registries of limiters in it: in tests, in
/// simulations, or for parts of a program that must not share a registry. Clones share it.
///
/// Its clock is that of the runtime, so a paused one moves it.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    began: Instant,
    /// The time of `began` since the Unix epoch.
    epoch: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ledgers: HashMap<BudgetKey, Ledger>,
    members: Members,
    /// The number of keys at which the idle ones are looked for again.
    sweep_at: usize,
}

/// Below this many keys no time is spent on finding idle ones.
const SWEEP_FLOOR: usize = 64;

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { shared: Arc::new(Shared { began: Instant::now(), epoch, state: Mutex::default() }) }
    }

    /// Returns the number of keys that are kept at the moment.
    pub fn len(&self) -> usize {
        self.shared.state.lock().ledgers.len()
    }

    /// Returns true if the store is empty at the moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, as a server without a disk does when it is started again.
    pub fn clear(&self) {
        *self.shared.state.lock() = State::default();
    }

    fn now(&self) -> u64 {
        millis(self.shared.epoch + self.shared.began.elapsed())
    }

    fn with_ledger<O>(&self, key: BudgetKey, act: impl FnOnce(&mut Ledger, u64) -> O) -> O {
        let now = self.now();
        let mut state = self.shared.state.lock();
        if state.ledgers.len() >= state.sweep_at.max(SWEEP_FLOOR) {
            state.ledgers.retain(|_, ledger| !ledger.is_idle(now));
            state.sweep_at = state.ledgers.len() * 2;
        }
        act(state.ledgers.entry(key).or_default(), now)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl BudgetStore for MemoryStore {
    fn connect(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn join(&self, member: MemberId) -> BoxFuture<'_, Result<Joined, StoreError>> {
        Box::pin(async move { Ok(self.shared.state.lock().members.join(self.now(), member)) })
    }

    fn reserve(
        &self,
        key: BudgetKey,
        request: StartRequest,
    ) -> BoxFuture<'_, Result<StartReply, StoreError>> {
        Box::pin(async move { Ok(self.with_ledger(key, |ledger, now| ledger.reserve(now, request))) })
    }

    fn change(&self, key: BudgetKey, change: Change) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.with_ledger(key, |ledger, now| ledger.change(now, change));
            Ok(())
        })
    }
}
