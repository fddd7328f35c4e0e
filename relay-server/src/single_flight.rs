//! Calls that are made once for all who ask at the same time, and whose outcomes are remembered.

use std::hash::Hash;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use moka::future::Cache;
use sumo_client::Error;
use tokio::time::Instant;

/// A call to be made, boxed since the cache moves it about.
pub(crate) type Fetch<'f, V> = BoxFuture<'f, Result<V, Error>>;

/// The use of an outcome for requests that did not make the call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reuse {
    /// It is remembered.
    Remembered,
    /// Only those have it that wait for it.
    Shared,
    /// A request that waited for it can do better with a call of its own.
    AskAgain,
}

/// Returns the remembered outcome, that of an equal call under way, or that of `fetch`.
///
/// `asked` is called for each try, with true if the call was made for this request.
pub(crate) async fn get_or_fetch<'f, K, V>(
    cache: &Cache<K, Arc<V>>,
    key: K,
    deadline: Instant,
    fetch: &(dyn Fn() -> Fetch<'f, V> + Sync),
    asked: &(dyn Fn(bool) + Sync),
) -> Result<Arc<V>, Arc<Error>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    get_or_fetch_again(cache, key, deadline, fetch, asked, &|_| Reuse::Remembered).await
}

/// Does the same as [`get_or_fetch`], with outcomes that are not of use for every request.
pub(crate) async fn get_or_fetch_again<'f, K, V>(
    cache: &Cache<K, Arc<V>>,
    key: K,
    deadline: Instant,
    fetch: &(dyn Fn() -> Fetch<'f, V> + Sync),
    asked: &(dyn Fn(bool) + Sync),
    reuse: &(dyn Fn(&V) -> Reuse + Sync),
) -> Result<Arc<V>, Arc<Error>>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    loop {
        let mut is_own = false;
        let own = async {
            is_own = true;
            fetch().await.map(Arc::new)
        };
        let outcome = tokio::time::timeout_at(deadline, cache.try_get_with(key.clone(), own)).await;
        asked(is_own);
        match outcome {
            Ok(Ok(found)) => {
                let reuse = reuse(&found);
                if reuse != Reuse::Remembered {
                    forget(cache, &key, &found).await;
                }
                if is_own || reuse != Reuse::AskAgain {
                    return Ok(found);
                }
            }
            // The call under way belonged to a request with less time left than this one.
            Ok(Err(error)) if !is_own && (error.is_deadline() || error.is_rate_limit_deadline()) => {}
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(Arc::new(Error::timeout("the deadline of the request"))),
        }
    }
}

/// Forgets an outcome, but not that of a later call.
async fn forget<K, V>(cache: &Cache<K, Arc<V>>, key: &K, found: &Arc<V>)
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    if cache.get(key).await.is_some_and(|held| Arc::ptr_eq(&held, found)) {
        cache.invalidate(key).await;
    }
}
