//! Shares: no tenant, and no deployment of a product, has all of what a service has to give.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The names under which the requests of a tenant share what a service has to give.
///
/// A name is any text that tells one from another, such as a digest of credentials. Without a name
/// the tenant may have all of that kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ShareKeys {
    /// The name of the tenant.
    pub tenant: Option<Arc<str>>,
    /// The name of the product's deployment that answers the tenant, which may be shared with
    /// others.
    pub deployment: Option<Arc<str>>,
}

impl ShareKeys {
    /// Creates the names of a tenant and of its deployment.
    pub fn new(tenant: impl Into<Arc<str>>, deployment: impl Into<Arc<str>>) -> Self {
        Self { tenant: Some(tenant.into()), deployment: Some(deployment.into()) }
    }
}

/// The most that one tenant, and one deployment, may have, in percent of all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SharePercents {
    pub(crate) tenant: usize,
    pub(crate) deployment: usize,
}

/// The share that a request was refused for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ShareExceeded {
    Tenant,
    Deployment,
    All,
}

impl ShareExceeded {
    /// All shares.
    pub(crate) const ALL: [Self; 3] = [Self::Tenant, Self::Deployment, Self::All];

    /// Returns the name in metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Deployment => "deployment",
            Self::All => "all",
        }
    }
}

/// An amount of something, such as places, that tenants and deployments have shares of. Clones
/// share the counts.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    all: usize,
    tenant: usize,
    deployment: usize,
    taken: Arc<Mutex<Taken>>,
    /// Told when nothing is taken any more.
    freed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    tenants: HashMap<Arc<str>, usize>,
    deployments: HashMap<Arc<str>, usize>,
}

impl Shares {
    /// Divides up `all`. No share is so small that a single request could not be served.
    pub(crate) fn new(all: usize, least: usize, percents: SharePercents) -> Self {
        let part = |percent: usize| (all.saturating_mul(percent) / 100).max(least).min(all);
        Self {
            all,
            tenant: part(percents.tenant),
            deployment: part(percents.deployment),
            taken: Arc::default(),
            freed: Arc::default(),
        }
    }

    /// Waits until nothing is taken.
    pub(crate) async fn all_free(&self) {
        loop {
            // Before the look, so that no change between the two is missed.
            let freed = self.freed.notified();
            if self.taken.lock().all == 0 {
                return;
            }
            freed.await;
        }
    }

    /// Begins to take for the requests of `keys`; nothing is taken yet.
    pub(crate) fn none_of(&self, keys: ShareKeys) -> Share {
        Share { shares: self.clone(), keys, amount: 0 }
    }
}

/// A part that is taken until dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Shares,
    keys: ShareKeys,
    amount: usize,
}

impl Share {
    /// Takes `amount` more, or nothing.
    pub(crate) fn take(&mut self, amount: usize) -> Result<(), ShareExceeded> {
        let mut taken = self.shares.taken.lock();
        let of = |counts: &HashMap<Arc<str>, usize>, key: &Option<Arc<str>>| {
            key.as_ref().and_then(|key| counts.get(key)).copied().unwrap_or_default()
        };
        let fits = |key: &Option<Arc<str>>, taken: usize, most: usize| {
            key.is_none() || taken.saturating_add(amount) <= most
        };
        if !fits(&self.keys.tenant, of(&taken.tenants, &self.keys.tenant), self.shares.tenant) {
            return Err(ShareExceeded::Tenant);
        }
        if !fits(&self.keys.deployment, of(&taken.deployments, &self.keys.deployment), self.shares.deployment)
        {
            return Err(ShareExceeded::Deployment);
        }
        if taken.all.saturating_add(amount) > self.shares.all {
            return Err(ShareExceeded::All);
        }
        taken.all += amount;
        if let Some(tenant) = &self.keys.tenant {
            *taken.tenants.entry(tenant.clone()).or_default() += amount;
        }
        if let Some(deployment) = &self.keys.deployment {
            *taken.deployments.entry(deployment.clone()).or_default() += amount;
        }
        drop(taken);
        self.amount += amount;
        Ok(())
    }

    /// Takes `amount` more, or nothing. An amount that no one may have counts as the most that one
    /// may have, so that it fits once nothing else is taken.
    pub(crate) fn take_at_most(&mut self, amount: usize) -> Result<(), ShareExceeded> {
        self.take(amount.min(self.shares.tenant).min(self.shares.deployment))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.taken.lock();
        taken.all -= self.amount;
        give_back(&mut taken.tenants, self.keys.tenant.as_ref(), self.amount);
        give_back(&mut taken.deployments, self.keys.deployment.as_ref(), self.amount);
        if taken.all == 0 {
            self.shares.freed.notify_waiters();
        }
    }
}

/// Counts less for `key`, and forgets it when nothing is left: keys come from tokens.
fn give_back(counts: &mut HashMap<Arc<str>, usize>, key: Option<&Arc<str>>, amount: usize) {
    let Some(key) = key else { return };
    if let Some(count) = counts.get_mut(key) {
        *count -= amount;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// The place of a request among all that are worked on, and among those of its tenant.
///
/// It is taken as long as a clone of it exists: work that goes on when its request has ended keeps
/// one, so that callers who leave cannot have more work done than those who stay, and a service
/// that stops waits for the work. The default takes no place.
#[derive(Clone, Debug, Default)]
pub struct Place(#[expect(dead_code, reason = "held until dropped")] Option<Arc<Share>>);

impl From<Share> for Place {
    fn from(share: Share) -> Self {
        Self(Some(Arc::new(share)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERCENTS: SharePercents = SharePercents { tenant: 25, deployment: 50 };

    fn take(shares: &Shares, keys: &ShareKeys) -> Result<Share, ShareExceeded> {
        let mut share = shares.none_of(keys.clone());
        share.take(1).map(|()| share)
    }

    #[test]
    fn a_tenant_has_a_quarter_and_a_deployment_half() {
        let shares = Shares::new(8, 1, PERCENTS);
        let keys = |tenant: &str, deployment: &str| ShareKeys::new(tenant, deployment);
        let all =
            |keys: &ShareKeys| -> Vec<Share> { std::iter::from_fn(|| take(&shares, keys).ok()).collect() };
        let first = all(&keys("a", "us"));
        assert_eq!((first.len(), take(&shares, &keys("a", "us")).unwrap_err()), (2, ShareExceeded::Tenant));
        let second = all(&keys("b", "us"));
        let refused = take(&shares, &keys("c", "us")).unwrap_err();
        assert_eq!((second.len(), refused), (2, ShareExceeded::Deployment));
        let others = [all(&keys("d", "eu")), all(&keys("e", "eu"))];
        assert_eq!(others.iter().map(Vec::len).sum::<usize>(), 4);
        assert_eq!(take(&shares, &keys("f", "jp")).unwrap_err(), ShareExceeded::All);
        drop((first, second, others));
        let taken = shares.taken.lock();
        assert!(taken.all == 0 && taken.tenants.is_empty() && taken.deployments.is_empty(), "{taken:?}");
    }

    #[tokio::test]
    async fn the_last_share_that_ends_is_waited_for() {
        let shares = Shares::new(3, 1, PERCENTS);
        shares.all_free().await;
        let (one, other) = (take(&shares, &ShareKeys::default()), take(&shares, &ShareKeys::default()));
        let mut waiting = std::pin::pin!(shares.all_free());
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        drop(one);
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        drop(other);
        waiting.await;
    }

    #[test]
    fn without_names_there_are_no_shares() {
        let shares = Shares::new(3, 1, PERCENTS);
        let all: Vec<_> = std::iter::from_fn(|| take(&shares, &ShareKeys::default()).ok()).collect();
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn a_share_serves_a_request_at_least() {
        let one = Shares::new(1, 1, PERCENTS);
        assert!(take(&one, &ShareKeys::new("a", "us")).is_ok());
        let bytes = Shares::new(100, 60, PERCENTS);
        let mut share = bytes.none_of(ShareKeys::new("a", "us"));
        assert_eq!((share.take(60), share.take(1)), (Ok(()), Err(ShareExceeded::Tenant)));
    }

    #[test]
    fn an_amount_beyond_all_shares_takes_a_whole_one() {
        let shares = Shares::new(100, 1, PERCENTS);
        let mut share = shares.none_of(ShareKeys::new("a", "us"));
        assert_eq!((share.take_at_most(1_000), share.amount), (Ok(()), 25));
        assert_eq!(share.take_at_most(1), Err(ShareExceeded::Tenant));
    }
}
