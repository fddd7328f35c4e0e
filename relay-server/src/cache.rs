//! Values that are remembered for a time, and made once for all who ask at the same time.
//!
//! To the compiler, all caches are one: keys and values are behind pointers. Compiled once for each
//! type of value, they took two megabytes of the program, which counts as idle memory.

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use moka::Expiry;
use moka::policy::EvictionPolicy;
use sumo_client::Error;
use tokio::time::timeout_at;

type AnyValue = Arc<dyn Any + Send + Sync>;
type AnyKey = Arc<dyn ErasedKey>;
type Entries = moka::future::Cache<AnyKey, AnyValue>;
type EntriesBuilder = moka::future::CacheBuilder<AnyKey, AnyValue, Entries>;

/// Values of one type by keys of one type. Clones share their entries.
pub(crate) struct Cache<K, V> {
    entries: Entries,
    types: PhantomData<fn(K) -> V>,
}

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

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), types: PhantomData }
    }
}

impl<K, V> std::fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("entries", &self.entries.entry_count()).finish_non_exhaustive()
    }
}

impl<K, V> Cache<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Begins a cache that holds this many entries, or as much weight. Those that nobody asked for
    /// the longest are forgotten first.
    pub(crate) fn holding(most: u64) -> CacheBuilder<K, V> {
        let builder = Entries::builder().max_capacity(most).eviction_policy(EvictionPolicy::lru());
        CacheBuilder { builder, types: PhantomData }
    }

    /// Returns the remembered value.
    pub(crate) async fn get(&self, key: &K) -> Option<Arc<V>> {
        self.entries.get(erased(key)).await.map(typed)
    }

    /// Returns true if a value is remembered, without counting as asking for it.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(erased(key))
    }

    /// Remembers a value.
    pub(crate) async fn insert(&self, key: K, value: Arc<V>) {
        self.entries.insert(Arc::new(key), value).await;
    }

    /// Returns the remembered value, or begins with an empty one.
    pub(crate) async fn get_or_default(&self, key: K) -> Arc<V>
    where
        V: Default,
    {
        let empty: BoxFuture<'_, AnyValue> = Box::pin(async { Arc::new(V::default()) as AnyValue });
        typed(self.entries.get_with(Arc::new(key), empty).await)
    }

    /// Returns the remembered value, that of an equal call under way, or that of `fetch`. An error
    /// is shared, but not remembered.
    pub(crate) async fn get_or_try(
        &self,
        key: K,
        fetch: impl Future<Output = Result<V, Error>> + Send,
    ) -> Result<Arc<V>, Arc<Error>> {
        let fetch: BoxFuture<'_, Result<AnyValue, Error>> =
            Box::pin(async { fetch.await.map(|value| Arc::new(value) as AnyValue) });
        self.entries.try_get_with(Arc::new(key), fetch).await.map(typed)
    }

    /// Does the same as [`get_or_try`](Self::get_or_try) until a deadline. What failed because
    /// another request had less time is asked for again.
    pub(crate) async fn get_or_fetch<'f>(
        &self,
        key: K,
        deadline: tokio::time::Instant,
        fetch: &(dyn Fn() -> Fetch<'f, V> + Sync),
    ) -> Result<Arc<V>, Arc<Error>> {
        self.get_or_fetch_again(key, deadline, fetch, &|_| {}, &|_| Reuse::Remembered).await
    }

    /// Does the same as [`get_or_fetch`](Self::get_or_fetch), with outcomes that are not of use for
    /// every request.
    ///
    /// `asked` is called for each try, with true if the call was made for this request.
    pub(crate) async fn get_or_fetch_again<'f>(
        &self,
        key: K,
        deadline: tokio::time::Instant,
        fetch: &(dyn Fn() -> Fetch<'f, V> + Sync),
        asked: &(dyn Fn(bool) + Sync),
        reuse: &(dyn Fn(&V) -> Reuse + Sync),
    ) -> Result<Arc<V>, Arc<Error>> {
        loop {
            let mut is_own = false;
            let own = async {
                is_own = true;
                fetch().await
            };
            let outcome = timeout_at(deadline, self.get_or_try(key.clone(), own)).await;
            asked(is_own);
            match outcome {
                Ok(Ok(found)) => {
                    let reuse = reuse(&found);
                    if reuse != Reuse::Remembered {
                        self.forget(&key, &found).await;
                    }
                    if is_own || reuse != Reuse::AskAgain {
                        return Ok(found);
                    }
                }
                // The call under way belonged to a request with less time left than this one.
                Ok(Err(error)) if !is_own && error.is_deadline() => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(Arc::new(Error::deadline())),
            }
        }
    }

    /// Forgets an outcome, but not that of a later call.
    async fn forget(&self, key: &K, found: &Arc<V>) {
        if self.get(key).await.is_some_and(|held| Arc::ptr_eq(&held, found)) {
            self.entries.invalidate(erased(key)).await;
        }
    }
}

/// A cache that is about to be made.
pub(crate) struct CacheBuilder<K, V> {
    builder: EntriesBuilder,
    types: PhantomData<fn(K) -> V>,
}

impl<K, V> CacheBuilder<K, V>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Gives each entry a weight; without one, each weighs 1.
    pub(crate) fn weighing(self, weight: impl Fn(&K, &V) -> usize + Send + Sync + 'static) -> Self {
        self.with(|builder| {
            builder.weigher(move |key: &AnyKey, value: &AnyValue| {
                let (key, value) = ((&**key as &dyn Any).downcast_ref(), value.downcast_ref());
                let weight = key.zip(value).map_or(usize::MAX, |(key, value)| weight(key, value));
                u32::try_from(weight).unwrap_or(u32::MAX)
            })
        })
    }

    /// Forgets each entry this long after it was made.
    pub(crate) fn kept_for(self, time: Duration) -> Self {
        self.with(|builder| builder.time_to_live(time))
    }

    /// Forgets each entry that was not asked for in this time.
    pub(crate) fn kept_unused_for(self, time: Duration) -> Self {
        self.with(|builder| builder.time_to_idle(time))
    }

    /// Forgets each entry after a time of its own.
    pub(crate) fn each_kept_for(self, time: fn(&V) -> Duration) -> Self {
        self.with(|builder| builder.expire_after(KeptFor(time)))
    }

    /// Makes the cache.
    pub(crate) fn build(self) -> Cache<K, V> {
        Cache { entries: self.builder.build(), types: PhantomData }
    }

    fn with(self, change: impl FnOnce(EntriesBuilder) -> EntriesBuilder) -> Self {
        Self { builder: change(self.builder), types: PhantomData }
    }
}

/// The time for which each value is kept.
struct KeptFor<V>(fn(&V) -> Duration);

impl<V: 'static> Expiry<AnyKey, AnyValue> for KeptFor<V> {
    fn expire_after_create(&self, _: &AnyKey, value: &AnyValue, _: Instant) -> Option<Duration> {
        value.downcast_ref().map(self.0)
    }
}

/// A key of any type.
trait ErasedKey: Any + Send + Sync {
    fn is_equal(&self, other: &dyn ErasedKey) -> bool;
    fn hash_into(&self, hasher: &mut dyn Hasher);
}

impl<K: Eq + Hash + Send + Sync + 'static> ErasedKey for K {
    fn is_equal(&self, other: &dyn ErasedKey) -> bool {
        (other as &dyn Any).downcast_ref::<K>() == Some(self)
    }

    fn hash_into(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }
}

impl PartialEq for dyn ErasedKey {
    fn eq(&self, other: &Self) -> bool {
        self.is_equal(other)
    }
}

impl Eq for dyn ErasedKey {}

impl Hash for dyn ErasedKey {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.hash_into(hasher);
    }
}

fn erased<K: Eq + Hash + Send + Sync + 'static>(key: &K) -> &dyn ErasedKey {
    key
}

fn typed<V: Send + Sync + 'static>(value: AnyValue) -> Arc<V> {
    value.downcast().unwrap_or_else(|_| unreachable!("all values of a cache have one type"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_value_is_found_under_an_equal_key_only() {
        let cache = Cache::<(String, u8), u64>::holding(10).kept_for(MINUTE).build();
        cache.insert(("a".to_owned(), 1), Arc::new(11)).await;
        for (key, value) in [(("a", 1), Some(11)), (("a", 2), None), (("b", 1), None)] {
            let key = (key.0.to_owned(), key.1);
            assert_eq!(cache.get(&key).await.as_deref(), value.as_ref());
            assert_eq!(cache.contains(&key), value.is_some());
        }
    }

    #[tokio::test]
    async fn a_default_is_made_once_and_shared() {
        let cache = Cache::<u8, std::sync::Mutex<u64>>::holding(10).build();
        *cache.get_or_default(1).await.lock().unwrap() = 7;
        assert_eq!(*cache.get_or_default(1).await.lock().unwrap(), 7);
        assert_eq!(*cache.get_or_default(2).await.lock().unwrap(), 0);
    }

    #[tokio::test]
    async fn what_is_too_heavy_is_not_kept() {
        let cache = Cache::<u8, String>::holding(10).weighing(|_, value| value.len()).build();
        for (key, length, is_kept) in [(1, 10, true), (2, 11, false)] {
            cache.insert(key, Arc::new("a".repeat(length))).await;
            cache.entries.run_pending_tasks().await;
            assert_eq!(cache.contains(&key), is_kept, "{length}");
        }
    }

    #[tokio::test]
    async fn the_newest_entries_are_kept() {
        let cache = Cache::<u8, u8>::holding(2).build();
        for key in 1..=3 {
            cache.insert(key, Arc::new(key)).await;
            cache.entries.run_pending_tasks().await;
        }
        assert_eq!([1, 2, 3].map(|key| cache.contains(&key)), [false, true, true]);
    }

    #[tokio::test]
    async fn an_entry_is_kept_for_its_own_time() {
        let cache = Cache::<u8, Duration>::holding(10).each_kept_for(|kept| *kept).build();
        for (key, kept) in [(1, Duration::ZERO), (2, MINUTE)] {
            cache.insert(key, Arc::new(kept)).await;
        }
        assert_eq!([1, 2].map(|key| cache.contains(&key)), [false, true]);
    }

    /// Asks for what takes 3 s, and counts the calls.
    async fn ask(
        cache: &Cache<u8, u32>,
        calls: &AtomicU32,
        deadline: tokio::time::Instant,
    ) -> Result<Arc<u32>, Arc<Error>> {
        let fetch = || -> Fetch<'_, u32> {
            Box::pin(async move {
                let call = calls.fetch_add(1, Ordering::Relaxed);
                timeout_at(deadline, sleep(3 * SECOND)).await.map_err(|_elapsed| Error::deadline())?;
                Ok(call)
            })
        };
        cache.get_or_fetch(1, deadline, &fetch).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_asks_again_once_when_the_time_of_another_one_ran_out() {
        let (cache, calls) = (Cache::holding(10).build(), AtomicU32::new(0));
        let began = tokio::time::Instant::now();
        let (short, long, alike) = tokio::join!(
            ask(&cache, &calls, began + 2 * SECOND),
            ask(&cache, &calls, began + 10 * SECOND),
            ask(&cache, &calls, began + 2 * SECOND),
        );
        assert!(short.unwrap_err().is_deadline());
        assert!(alike.unwrap_err().is_deadline());
        assert_eq!((*long.unwrap(), began.elapsed()), (1, 5 * SECOND));
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_whose_time_is_over_do_not_ask_each_other_for_ever() {
        let (cache, calls) = (Cache::holding(10).build(), AtomicU32::new(0));
        let began = tokio::time::Instant::now();
        let all = (0..5).map(|_| ask(&cache, &calls, began + 2 * SECOND));
        for outcome in futures_util::future::join_all(all).await {
            assert!(outcome.unwrap_err().is_deadline());
        }
        assert_eq!(began.elapsed(), 2 * SECOND);
        assert!(calls.load(Ordering::Relaxed) <= 5);
    }

    #[tokio::test]
    async fn an_error_is_not_remembered() {
        let cache = Cache::<u8, u8>::holding(10).kept_for(MINUTE).build();
        let failed = cache.get_or_try(1, async { Err(Error::timeout("a")) }).await;
        assert!(failed.unwrap_err().is_timeout());
        assert_eq!(*cache.get_or_try(1, async { Ok(2) }).await.unwrap(), 2);
        assert_eq!(*cache.get_or_try(1, async { Ok(3) }).await.unwrap(), 2, "remembered");
    }
}
