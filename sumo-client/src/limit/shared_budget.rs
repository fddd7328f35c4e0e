//! A budget that several processes share.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::membership::OnChange;
use super::store::{BudgetKey, BudgetStore};
use crate::credentials::Fingerprint;
use crate::deployment::Deployment;

/// The limits of access keys, shared with other processes by a store; see
/// [`Limiters::shared`](crate::Limiters::shared).
///
/// No call waits longer than 100 milliseconds for the store. When it does not answer in time, each
/// process keeps to its part of the limits: the processes start their calls by turns, on the
/// store's clock as it was, or each has its part of the calls where it never reached the store.
/// That is logged once. When the store is back, the processes keep to their parts until all have
/// noticed, which avoids a burst.
///
/// ```
/// use std::sync::Arc;
/// use sumo_client::{Limiters, MemoryStore, RateLimit, SharedBudget};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let budget = SharedBudget::new(Arc::new(MemoryStore::new())).processes(3);
/// let limiters = Limiters::shared(RateLimit::default(), budget);
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct SharedBudget {
    pub(super) store: Arc<dyn BudgetStore>,
    pub(super) processes: u32,
    pub(super) secret: SecretString,
    pub(super) on_change: Option<OnChange>,
}

impl SharedBudget {
    /// A budget that is shared by this store.
    pub fn new(store: Arc<dyn BudgetStore>) -> Self {
        Self { store, processes: 1, secret: SecretString::default(), on_change: None }
    }

    /// The number of processes that divide the limits while the store cannot be reached: 1. More
    /// count once the store has seen more.
    pub fn processes(self, processes: u32) -> Self {
        Self { processes: processes.max(1), ..self }
    }

    /// The secret of the digests under which budgets are kept, the same for all processes, such as
    /// the password of the store. Without one, somebody who reads the store and guesses an access
    /// id can check the guess.
    pub fn secret(self, secret: impl Into<String>) -> Self {
        Self { secret: SecretString::from(secret.into()), ..self }
    }

    /// Calls this with true when the store answers, first or again, and with false when it stops
    /// to.
    pub fn on_change(self, on_change: impl Fn(bool) + Send + Sync + 'static) -> Self {
        Self { on_change: Some(Arc::new(on_change)), ..self }
    }
}

impl fmt::Debug for SharedBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedBudget")
            .field("store", &self.store)
            .field("processes", &self.processes)
            .finish_non_exhaustive()
    }
}

/// The name of the budget of an access id on a deployment.
pub(super) fn budget_key(secret: &SecretString, deployment: &Deployment, id: &Fingerprint) -> BudgetKey {
    let mut digest = hmac_sha256::HMAC::new(format!("sumo-budget {}", secret.expose_secret()));
    digest.update(id.as_bytes());
    digest.update(deployment.api_host());
    let mut key = [0; 16];
    key.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    BudgetKey::new(key)
}
