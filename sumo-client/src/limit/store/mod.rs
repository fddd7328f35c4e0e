//! Stores through which several processes share the limits of an access key.

mod ledger;
mod members;
mod memory;
mod millis;
#[cfg(feature = "valkey")]
mod valkey;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use futures_core::future::BoxFuture;

pub use self::memory::MemoryStore;
#[cfg(feature = "valkey")]
pub use self::valkey::{ValkeyStore, ValkeyStoreBuilder};
use super::rate_limit::RateLimit;

/// The time after which the lease of a call in flight ends unless its process extends it.
pub(super) const LEASE: Duration = Duration::from_secs(15);

/// The time for which a process that found no room in flight keeps its place among those that wait.
const PATIENCE: Duration = Duration::from_millis(400);

/// The time after which a process that has not joined again is forgotten.
const MEMBER: Duration = Duration::from_secs(10);

/// A store through which several processes share the limits of access keys, such as
/// [`MemoryStore`] or, with the feature `valkey`, `ValkeyStore`.
///
/// It keeps for each [`BudgetKey`] the starts within the last window, the calls in flight as leases
/// that expire, and the silence after a 429. All times are those of the store's clock. Whatever it
/// keeps expires by itself.
///
/// The processes call it for every call and do not wait longer than 100 milliseconds for it, so an
/// implementation needs no time limit of its own.
pub trait BudgetStore: fmt::Debug + Send + Sync + 'static {
    /// Makes sure that there is a connection. Called in the background, with several seconds of
    /// time.
    fn connect(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Lets the next [`connect`](Self::connect) make a new connection, since this one does not
    /// answer.
    fn disconnect(&self) {}

    /// Counts this process among those that share the budget, until some seconds after its last
    /// call of this.
    fn join(&self, member: MemberId) -> BoxFuture<'_, Result<Joined, StoreError>>;

    /// Reserves the next start that the limit has free, with a lease from that start on. Each
    /// process has at most one reservation of a key outstanding, so the processes take turns.
    fn reserve(&self, key: BudgetKey, request: StartRequest)
    -> BoxFuture<'_, Result<StartReply, StoreError>>;

    /// Notes a change that nobody waits for.
    fn change(&self, key: BudgetKey, change: Change) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// Names the budget of an access id on a deployment: a keyed digest of both, from which neither can
/// be computed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BudgetKey([u8; 16]);

impl BudgetKey {
    /// The key with these bytes.
    pub fn new(digest: [u8; 16]) -> Self {
        Self(digest)
    }
}

impl fmt::Display for BudgetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BudgetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BudgetKey({self})")
    }
}

/// A process that shares the budget, named by a random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(u64);

impl MemberId {
    /// A new member, different from all others.
    pub fn random() -> Self {
        Self(fastrand::u64(..))
    }

    /// The number as such.
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A call in flight, or one that has a start reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct LeaseId {
    /// The process that makes the call.
    pub member: MemberId,
    /// Different for each call of the process.
    pub number: u64,
}

impl LeaseId {
    /// The lease of a process with this number.
    pub fn new(member: MemberId, number: u64) -> Self {
        Self { member, number }
    }
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:x}", self.member, self.number)
    }
}

/// A request for the next start of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartRequest {
    /// The lease of the call.
    pub lease: LeaseId,
    /// The limit to keep to.
    pub limit: RateLimit,
    /// True if the start keeps a distance from the one before: the window divided by the calls that
    /// it takes. Starts of different processes always do.
    pub is_spread: bool,
}

impl StartRequest {
    /// A request for a start that is not spread.
    pub fn new(lease: LeaseId, limit: RateLimit) -> Self {
        Self { lease, limit, is_spread: false }
    }

    /// Says if the start keeps a distance from the one before.
    #[must_use]
    pub fn spread(self, is_spread: bool) -> Self {
        Self { is_spread, ..self }
    }
}

/// The answer to a request for a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartReply {
    /// The start is reserved; it may happen after this time.
    Reserved(Duration),
    /// The allowed number of calls is in flight. Ask again soon: the place in the line is kept for
    /// 400 milliseconds.
    Full,
}

/// A change of the budget of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The call is over.
    Ended(LeaseId),
    /// The start that was reserved will not happen.
    Unused(LeaseId),
    /// The call goes on, or began while the store was away.
    Extended(LeaseId),
    /// The server asked for no call during this time from now on.
    Silence(Duration),
}

/// The place of a process among those that share the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Joined {
    /// The index of this process, from 0.
    pub index: u32,
    /// The number of processes, or more where some of them left lately.
    pub members: u32,
    /// The store's clock, since the Unix epoch.
    pub time: Duration,
}

impl Joined {
    /// The place `index` of so many members, at this time of the store's clock.
    pub fn new(index: u32, members: u32, time: Duration) -> Self {
        Self { index, members, time }
    }
}

/// A store cannot be used or did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    message: String,
    is_of_key: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// An error with this text.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_of_key: false, source: None }
    }

    /// An error with this text that concerns the key alone: the store works for other keys.
    ///
    /// After any other error of [`BudgetStore::reserve`] the process does without the store for all
    /// of its keys until it has joined again.
    pub fn of_key(message: impl Into<String>) -> Self {
        Self { is_of_key: true, ..Self::new(message) }
    }

    /// Returns true if the error concerns one key alone.
    pub fn is_of_key(&self) -> bool {
        self.is_of_key
    }

    /// The same error with its cause.
    #[must_use]
    pub fn caused_by(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }
}
