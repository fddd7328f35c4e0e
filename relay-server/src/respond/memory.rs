//! The recent writes of this process, so that none is sent twice: Cloud SIEM shows items late.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sumo_client::Fingerprint;
use tokio::time::Instant;
use xdr_module::contract::action::TriggerResult;
use xdr_module::contract::reply::Reply;

use super::settings::RespondSettings;
use crate::cache::Cache;
use crate::running::Running;

/// The time for which a write is remembered.
pub(crate) const MEMORY: Duration = Duration::from_secs(60);

/// The time for which unused facts of a target are kept; longer than [`MEMORY`].
const KEPT: Duration = Duration::from_secs(180);

/// The bytes that the facts of all targets take together, about: those of 65,536 targets. Each took
/// calls that Sumo Logic accepted, at most 4 a second for each access key, so that nobody fills it
/// within [`MEMORY`].
const FACTS_BYTES: u64 = 16 * 1024 * 1024;

/// The object of a change, with the tenant and the value, as a digest: strangers choose the value
/// and its length.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) struct TargetKey([u8; 32]);

impl TargetKey {
    /// Creates the key of an object of a tenant on a host, and of a value.
    pub(crate) fn new(tenant: Fingerprint, host: &str, object: &str, value: &str) -> Self {
        let mut digest = hmac_sha256::Hash::new();
        digest.update(tenant.as_bytes());
        for part in [host, object, value] {
            // With its length, so that no part runs into the next.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize())
    }
}

/// A target of writes that a job works on.
#[derive(Debug)]
pub(crate) struct Target {
    key: TargetKey,
    remembered: Cache<TargetKey, Facts>,
    turn: Arc<tokio::sync::Mutex<()>>,
    facts: Mutex<Facts>,
}

/// The recent writes to a target.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
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
    /// Waits for the turn of this job among those of the target, and reads the facts that the one
    /// before has left.
    pub(crate) async fn take_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        let turn = self.turn.lock().await;
        let known = self.remembered.get(&self.key).await;
        *self.lock() = known.map(|facts| Facts::clone(&facts)).unwrap_or_default();
        turn
    }

    /// Remembers the facts for later jobs, as long as the turn is held. A target to which nothing
    /// was written is not remembered.
    pub(crate) async fn remember(&self) {
        let facts = self.facts();
        if facts != Facts::default() || self.remembered.contains(&self.key) {
            self.remembered.insert(self.key, Arc::new(facts)).await;
        }
    }

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

/// The locks of the targets that jobs work on; those of other targets are gone.
type Turns = HashMap<TargetKey, Weak<tokio::sync::Mutex<()>>>;

/// The facts of recent writes, and the triggers that run.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    remembered: Cache<TargetKey, Facts>,
    turns: Arc<Mutex<Turns>>,
    running: Running<TriggerKey, Reply<TriggerResult>>,
    started: Instant,
}

impl Memory {
    /// Creates a memory that begins now.
    pub(crate) fn new() -> Self {
        let weight = |_: &TargetKey, facts: &Facts| {
            256 + facts.removed_ids.iter().map(|id| 64 + id.len()).sum::<usize>()
        };
        let remembered = Cache::holding(FACTS_BYTES).weighing(weight).kept_unused_for(KEPT).build();
        Self { remembered, turns: Arc::default(), running: Running::default(), started: Instant::now() }
    }

    /// Returns the moment since which every write is known.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Returns a target to write to.
    pub(crate) fn target(&self, key: TargetKey) -> Target {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // As many are left as jobs run.
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = turns.get(&key).and_then(Weak::upgrade).unwrap_or_default();
        turns.insert(key, Arc::downgrade(&turn));
        Target { key, remembered: self.remembered.clone(), turn, facts: Mutex::default() }
    }

    /// Returns the facts of a target, without remembering that somebody asked.
    pub(crate) async fn facts(&self, key: &TargetKey) -> Facts {
        self.remembered.get(key).await.map(|facts| Facts::clone(&facts)).unwrap_or_default()
    }

    /// Runs a trigger, or joins the same one that runs already.
    ///
    /// The trigger goes on when the caller goes away: a write that was begun is seen to its end.
    pub(crate) async fn run(
        &self,
        key: TriggerKey,
        work: impl Future<Output = Reply<TriggerResult>> + Send + 'static,
    ) -> Option<Reply<TriggerResult>> {
        self.running.join_or_begin(&key, |_| true, || work)?.await
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

#[cfg(test)]
mod tests {
    use sumo_client::Credentials;

    use super::*;

    fn key(value: &str) -> TargetKey {
        TargetKey::new(Credentials::new("i", "k").fingerprint(), "h", "match list 1", value)
    }

    #[tokio::test]
    async fn targets_without_a_write_are_forgotten_at_once() {
        let memory = Memory::new();
        for n in 0..1_000 {
            let target = memory.target(key(&n.to_string()));
            let _turn = target.take_turn().await;
            target.remember().await;
            assert!(!memory.remembered.contains(&target.key));
        }
        assert!(memory.turns.lock().unwrap().len() <= 1);
    }

    #[tokio::test]
    async fn the_facts_of_a_write_are_there_for_the_next_job() {
        let memory = Memory::new();
        let (first, second) = (memory.target(key("a")), memory.target(key("a")));
        let turn = first.take_turn().await;
        assert!(second.turn.try_lock().is_err(), "one at a time");
        first.note_added();
        first.remember().await;
        drop(turn);
        drop(first);
        let _turn = second.take_turn().await;
        assert!(second.facts().is_added() && memory.facts(&key("a")).await.is_added());
        assert!(!memory.facts(&key("b")).await.is_added());
        // What is not known any more is remembered, too.
        second.note_removing();
        second.remember().await;
        assert!(!memory.facts(&key("a")).await.is_added());
    }

    #[test]
    fn each_part_of_a_key_counts() {
        let tenant = |id: &str| Credentials::new(id, "k").fingerprint();
        let keys = [
            TargetKey::new(tenant("i"), "h", "ab", "c"),
            TargetKey::new(tenant("i"), "h", "a", "bc"),
            TargetKey::new(tenant("i"), "ha", "b", "c"),
            TargetKey::new(tenant("j"), "h", "ab", "c"),
        ];
        assert_eq!(keys.into_iter().collect::<HashSet<_>>().len(), keys.len());
    }
}
