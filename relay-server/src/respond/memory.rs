//! The recent writes of this process, so that none is sent twice: Cloud SIEM shows items late.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use sumo_client::Fingerprint;
use tokio::time::Instant;
use tracing::Instrument;
use xdr_module::contract::action::TriggerResult;
use xdr_module::contract::reply::Reply;

use super::settings::RespondSettings;
use crate::cache::Cache;

/// The time for which a write is remembered.
pub(crate) const MEMORY: Duration = Duration::from_secs(60);

/// The time for which unused facts of a target are kept; longer than [`MEMORY`].
const KEPT: Duration = Duration::from_secs(180);

/// The most targets that are remembered.
const MAX_TARGETS: u64 = 100_000;

/// The object of a change, with the tenant and the value.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub(crate) struct TargetKey {
    pub(crate) tenant: Fingerprint,
    pub(crate) host: Arc<str>,
    pub(crate) target: String,
    pub(crate) value: String,
}

/// A target of writes: one at a time, with the facts of those before.
#[derive(Debug, Default)]
pub(crate) struct Target {
    /// Held while a write is prepared and sent.
    pub(crate) turn: tokio::sync::Mutex<()>,
    facts: Mutex<Facts>,
}

/// The recent writes to a target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    added: Option<Instant>,
    unknown: Option<Instant>,
    removed: Option<Instant>,
    removed_ids: HashSet<String>,
}

fn is_recent(moment: Option<Instant>) -> bool {
    moment.is_some_and(|moment| moment.elapsed() < MEMORY)
}

impl Facts {
    /// Returns true if the value was added moments ago, and not removed since.
    pub(crate) fn is_added(&self) -> bool {
        is_recent(self.added)
    }

    /// Returns true if an add was sent moments ago whose outcome is not known.
    pub(crate) fn is_unknown(&self) -> bool {
        is_recent(self.unknown)
    }

    /// Returns true if the value was removed moments ago, and not added since.
    pub(crate) fn is_removed(&self) -> bool {
        is_recent(self.removed)
    }

    /// Returns true if an object with this id was removed by this process.
    pub(crate) fn has_removed(&self, id: &str) -> bool {
        self.removed_ids.contains(id)
    }

    /// Returns the moment of the last add that may not be shown yet.
    pub(crate) fn last_add(&self) -> Option<Instant> {
        self.added.max(self.unknown)
    }
}

impl Target {
    /// Returns the facts as they are now.
    pub(crate) fn facts(&self) -> Facts {
        self.lock().clone()
    }

    /// Notes that the value was added.
    pub(crate) fn note_added(&self) {
        let mut facts = self.lock();
        *facts = Facts {
            added: Some(Instant::now()),
            removed_ids: std::mem::take(&mut facts.removed_ids),
            ..Facts::default()
        };
    }

    /// Notes that an add was sent whose outcome is not known.
    pub(crate) fn note_unknown(&self) {
        let mut facts = self.lock();
        facts.unknown = Some(Instant::now());
        facts.removed = None;
    }

    /// Notes that a removal is sent: whatever comes of it, the value is not known to be there.
    pub(crate) fn note_removing(&self) {
        self.lock().added = None;
    }

    /// Notes that the object with this id was removed.
    pub(crate) fn note_removed_id(&self, id: &str) {
        self.lock().removed_ids.insert(id.to_owned());
    }

    /// Notes that the value is gone.
    pub(crate) fn note_gone(&self) {
        let mut facts = self.lock();
        *facts = Facts {
            removed: Some(Instant::now()),
            removed_ids: std::mem::take(&mut facts.removed_ids),
            ..Facts::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The targets of recent writes, and the triggers that run.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    targets: Cache<TargetKey, Target>,
    running: Arc<RunningTriggers>,
    started: Instant,
}

impl Memory {
    /// Creates a memory that begins now.
    pub(crate) fn new() -> Self {
        let targets = Cache::holding(MAX_TARGETS).kept_unused_for(KEPT).build();
        Self { targets, running: Arc::default(), started: Instant::now() }
    }

    /// Returns the moment since which every write is known.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Returns a target to write to.
    pub(crate) async fn target(&self, key: TargetKey) -> Arc<Target> {
        self.targets.get_or_default(key).await
    }

    /// Returns the facts of a target, without remembering that somebody asked.
    pub(crate) async fn facts(&self, key: &TargetKey) -> Facts {
        self.targets.get(key).await.map(|target| target.facts()).unwrap_or_default()
    }

    /// Runs a trigger, or joins the same one that runs already.
    ///
    /// The trigger goes on when the caller goes away: a write that was begun is seen to its end.
    pub(crate) fn run(
        &self,
        key: TriggerKey,
        work: impl Future<Output = Reply<TriggerResult>> + Send + 'static,
    ) -> RunningTrigger {
        let mut running = self.running.lock();
        if let Some(trigger) = running.get(&key) {
            return trigger.clone();
        }
        let at_end = RemoveOnDrop { running: Arc::clone(&self.running), key: key.clone() };
        let work = async move {
            let _at_end = at_end;
            work.await
        };
        let task = tokio::spawn(work.in_current_span());
        let trigger: RunningTrigger = async move { task.await.ok() }.boxed().shared();
        running.insert(key, trigger.clone());
        trigger
    }
}

/// The id of an action with its target: equal triggers run once.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub(crate) struct TriggerKey {
    pub(crate) action: String,
    pub(crate) target: TargetKey,
    /// The key that writes: one that may not write must not answer for one that may.
    pub(crate) writer: Fingerprint,
    pub(crate) settings: Arc<RespondSettings>,
}

/// The answer of a trigger that runs; none if it broke off.
pub(crate) type RunningTrigger = Shared<BoxFuture<'static, Option<Reply<TriggerResult>>>>;

#[derive(Default)]
struct RunningTriggers(Mutex<HashMap<TriggerKey, RunningTrigger>>);

impl RunningTriggers {
    fn lock(&self) -> MutexGuard<'_, HashMap<TriggerKey, RunningTrigger>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for RunningTriggers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningTriggers").finish_non_exhaustive()
    }
}

/// Takes a trigger off the running ones when it ends, however it ends.
struct RemoveOnDrop {
    running: Arc<RunningTriggers>,
    key: TriggerKey,
}

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        self.running.lock().remove(&self.key);
    }
}
