//! The public keys that tokens are signed with: fetched once, shared, renewed when they change.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ctim::PlainValue;
use jsonwebtoken::DecodingKey;
use parking_lot::RwLock;
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::allow_list::AllowList;
use super::refusal::Refusal;
use crate::telemetry::causes::Causes;
use crate::telemetry::metrics::Metrics;

/// The largest key set that is read, in bytes.
const MAX_KEY_SET_BYTES: usize = 1024 * 1024;

/// The longest that one fetch of a key set may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// The RSA keys of a JSON Web Key Set by their `kid`.
#[derive(Clone)]
pub struct KeySet {
    keys: HashMap<String, Arc<DecodingKey>>,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.keys.keys()).finish()
    }
}

/// The reason why a text is not a key set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// The text is not JSON.
    #[error("the key set is not JSON")]
    Json(#[from] serde_json::Error),
    /// The text has no list `keys`.
    #[error("the key set has no list \"keys\"")]
    NoKeys,
    /// The key set is larger than is read.
    #[error("the key set is larger than {MAX_KEY_SET_BYTES} bytes")]
    TooLarge,
    /// The key set could not be fetched.
    #[error("the key set could not be fetched")]
    Fetch(#[from] reqwest::Error),
    /// The key set did not arrive in time.
    #[error("the key set did not arrive in time")]
    Timeout,
}

impl KeySet {
    /// Reads `{"keys": […]}`; keys that are not RSA or have no `kid` are passed over.
    ///
    /// # Errors
    /// Returns an error if the text is not a key set.
    pub fn from_json(bytes: &[u8]) -> Result<Self, KeySetError> {
        let PlainValue(document) = serde_json::from_slice(bytes)?;
        let list = document.get("keys").and_then(Value::as_array).ok_or(KeySetError::NoKeys)?;
        Ok(Self { keys: list.iter().filter_map(read_key).collect() })
    }

    /// Returns true if the set has no key that can be used.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn get(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        self.keys.get(kid).cloned()
    }
}

fn read_key(key: &Value) -> Option<(String, Arc<DecodingKey>)> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let fits = text("kty") == Some("RSA")
        && text("use").is_none_or(|usage| usage == "sig")
        && text("alg").is_none_or(|algorithm| algorithm == "RS256");
    let decoding_key = DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()?;
    fits.then_some((text("kid")?.to_owned(), Arc::new(decoding_key)))
}

/// The times after which fetched key sets are fetched again.
///
/// ```
/// use std::time::Duration;
/// use xdr_module::auth::KeySetTimes;
///
/// let mut times = KeySetTimes::default();
/// times.max_stale = Duration::from_secs(4 * 3600);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeySetTimes {
    /// A set older than this is renewed in the background while it serves.
    pub renew_after: Duration,
    /// A set older than this serves only when its renewal fails.
    pub max_age: Duration,
    /// A set older than this does not serve any more.
    pub max_stale: Duration,
    /// After an attempt to renew, the next one waits this long.
    pub min_interval: Duration,
    /// After a failed fetch of a set that was not there before, the next one waits this long.
    pub failure_pause: Duration,
}

impl Default for KeySetTimes {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(3600);
        Self {
            renew_after: HOUR * 5 / 6,
            max_age: HOUR,
            max_stale: HOUR * 24,
            min_interval: Duration::from_secs(30),
            failure_pause: Duration::from_secs(2),
        }
    }
}

/// All key sets that the relay trusts.
#[derive(Debug)]
pub struct KeySets(Source);

#[derive(Debug)]
enum Source {
    /// One set given by the configuration, whatever host a token names.
    Fixed(KeySet),
    /// A set from each trusted host.
    Hosts {
        hosts: BTreeMap<String, Arc<HostKeys>>,
        client: reqwest::Client,
        times: KeySetTimes,
        metrics: Option<Arc<Metrics>>,
    },
}

impl KeySets {
    /// One set for every host, for use without Cisco.
    pub fn fixed(set: KeySet) -> Self {
        Self(Source::Fixed(set))
    }

    /// The sets that `hosts` publish under `https://{host}/.well-known/jwks`, fetched with
    /// `client`.
    pub fn of_hosts(hosts: &AllowList, client: reqwest::Client, times: KeySetTimes) -> Self {
        let hosts = hosts.iter().map(|host| (host.to_owned(), Arc::default())).collect();
        Self(Source::Hosts { hosts, client, times, metrics: None })
    }

    /// Returns the same with fetches that are counted.
    pub(crate) fn with_metrics(mut self, counted: &Metrics) -> Self {
        if let Source::Hosts { hosts, metrics, .. } = &mut self.0 {
            counted.prepare_key_hosts(hosts.keys().map(String::as_str));
            *metrics = Some(Arc::new(counted.clone()));
        }
        self
    }

    /// Fetches the set of every host, to see whether they can be had; gives the number of keys of
    /// each.
    pub async fn check(&self) -> Vec<(String, Result<usize, KeySetError>)> {
        let Source::Hosts { hosts, client, .. } = &self.0 else { return Vec::new() };
        let fetched = hosts.keys().map(|host| async move {
            let fetched = tokio::time::timeout(FETCH_TIMEOUT, fetch(client, host)).await;
            let count = fetched.unwrap_or(Err(KeySetError::Timeout)).map(|set| set.keys.len());
            (host.clone(), count)
        });
        futures_util::future::join_all(fetched).await
    }

    /// The key named `kid` that `host` publishes.
    pub(super) async fn key(
        &self,
        host: &str,
        kid: &str,
        deadline: Instant,
    ) -> Result<Arc<DecodingKey>, Refusal> {
        match &self.0 {
            Source::Fixed(set) => set.get(kid).ok_or(Refusal::KeyNotFound),
            Source::Hosts { hosts, client, times, metrics } => {
                let keys = hosts.get(host).ok_or(Refusal::WrongJwksHost)?;
                let (client, host, metrics) = (client.clone(), host.to_owned(), metrics.clone());
                keys.key(kid, *times, deadline, || async move {
                    counted_fetch(&client, &host, metrics.as_deref()).await
                })
                .await
            }
        }
    }
}

async fn counted_fetch(
    client: &reqwest::Client,
    host: &str,
    metrics: Option<&Metrics>,
) -> Result<KeySet, KeySetError> {
    // As a guard, since a fetch that takes too long is dropped.
    let mut attempt = Attempt { host, metrics, is_success: false };
    let fetched = fetch(client, host).await;
    attempt.is_success = fetched.as_ref().is_ok_and(|set| !set.is_empty());
    fetched
}

/// An attempt to fetch a key set; it is counted when it is dropped.
struct Attempt<'a> {
    host: &'a str,
    metrics: Option<&'a Metrics>,
    is_success: bool,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(metrics) = self.metrics {
            metrics.key_set_fetched(self.host, self.is_success);
        }
    }
}

async fn fetch(client: &reqwest::Client, host: &str) -> Result<KeySet, KeySetError> {
    let url = format!("https://{host}/.well-known/jwks");
    let mut response =
        client.get(url).header("accept", "application/json").send().await?.error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        append(&mut body, &chunk)?;
    }
    KeySet::from_json(&body)
}

fn append(body: &mut Vec<u8>, chunk: &[u8]) -> Result<(), KeySetError> {
    if body.len() + chunk.len() > MAX_KEY_SET_BYTES {
        return Err(KeySetError::TooLarge);
    }
    body.extend_from_slice(chunk);
    Ok(())
}

/// The keys of one host, as far as they are known.
#[derive(Debug, Default)]
struct HostKeys {
    known: RwLock<Known>,
    /// Held by the task that fetches: one fetch at a time.
    flight: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    set: Option<Arc<KeySet>>,
    fetched: Option<Instant>,
    /// The last attempt to renew a set that was there already: for its age or for an unknown `kid`.
    renewal_tried: Option<Instant>,
    /// The time of the last attempt, if that failed.
    failed: Option<Instant>,
}

/// The next thing to do for a `kid`.
enum Step {
    Use(Arc<DecodingKey>),
    /// To use the key, and to renew the set meanwhile.
    UseAndRenew(Arc<DecodingKey>),
    Refuse(Refusal),
    Fetch,
}

impl Known {
    fn step(&self, kid: &str, times: KeySetTimes, now: Instant) -> Step {
        let is_past = |since: Option<Instant>, pause: Duration| since.is_none_or(|at| now >= at + pause);
        let Some(set) = self.usable(times, now) else {
            let may_fetch = is_past(self.failed, times.failure_pause);
            return if may_fetch { Step::Fetch } else { Step::Refuse(Refusal::WrongJwksHost) };
        };
        let may_renew = is_past(self.renewal_tried, times.min_interval);
        match set.get(kid) {
            None if !may_renew => Step::Refuse(Refusal::KeyNotFound),
            None => Step::Fetch,
            Some(key) if !may_renew => Step::Use(key),
            Some(_) if is_past(self.fetched, times.max_age) => Step::Fetch,
            Some(key) if is_past(self.fetched, times.renew_after) => Step::UseAndRenew(key),
            Some(key) => Step::Use(key),
        }
    }

    /// Returns the set, unless it is older than any that serves.
    fn usable(&self, times: KeySetTimes, now: Instant) -> Option<&Arc<KeySet>> {
        let is_usable = self.fetched.is_some_and(|fetched| now < fetched + times.max_stale);
        self.set.as_ref().filter(|_| is_usable)
    }
}

impl HostKeys {
    async fn key<F>(
        self: &Arc<Self>,
        kid: &str,
        times: KeySetTimes,
        deadline: Instant,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<DecodingKey>, Refusal>
    where
        F: Future<Output = Result<KeySet, KeySetError>> + Send + 'static,
    {
        let asked = Instant::now();
        match self.known().step(kid, times, asked) {
            Step::Use(key) => return Ok(key),
            Step::UseAndRenew(key) => {
                self.renew_in_background(fetch());
                return Ok(key);
            }
            Step::Refuse(refusal) => return Err(refusal),
            Step::Fetch => {}
        }
        let Ok(flight) = timeout_at(deadline, self.flight.clone().lock_owned()).await else {
            return self.stale(kid, times);
        };
        let known = self.known();
        match known.step(kid, times, Instant::now()) {
            Step::Use(key) | Step::UseAndRenew(key) => return Ok(key),
            Step::Refuse(refusal) => return Err(refusal),
            // Whoever waited for a fetch that failed shares its outcome instead of queueing for
            // another.
            Step::Fetch if known.failed.is_some_and(|failed| failed > asked) => {
                return self.stale(kid, times);
            }
            Step::Fetch => {}
        }
        // At the deadline, or if the task ends otherwise, what is known by then counts.
        let _late = timeout_at(deadline, self.spawn_renewal(flight, fetch())).await;
        self.stale(kid, times)
    }

    /// Renews the set while the old one serves, unless that is under way.
    fn renew_in_background(
        self: &Arc<Self>,
        fetch: impl Future<Output = Result<KeySet, KeySetError>> + Send + 'static,
    ) {
        if let Ok(flight) = self.flight.clone().try_lock_owned() {
            self.spawn_renewal(flight, fetch);
        }
    }

    /// Renews the set in a task of its own: the attempt counts for all, even if the request that
    /// made it is given up, or has little time left.
    fn spawn_renewal(
        self: &Arc<Self>,
        flight: OwnedMutexGuard<()>,
        fetch: impl Future<Output = Result<KeySet, KeySetError>> + Send + 'static,
    ) -> JoinHandle<()> {
        let keys = self.clone();
        tokio::spawn(async move {
            keys.renew(fetch).await;
            drop(flight);
        })
    }

    async fn renew(&self, fetch: impl Future<Output = Result<KeySet, KeySetError>>) {
        let outcome = timeout(FETCH_TIMEOUT, fetch).await.unwrap_or(Err(KeySetError::Timeout));
        let now = Instant::now();
        let mut known = self.known.write();
        if known.set.is_some() {
            known.renewal_tried = Some(now);
        }
        match outcome {
            // A set without keys takes the place of none, but not of one that still serves.
            Ok(set) if set.is_empty() && known.set.is_some() => {
                tracing::warn!("the renewed key set has no usable key; the old one serves on");
                known.failed = Some(now);
            }
            Ok(set) => {
                known.set = Some(Arc::new(set));
                known.fetched = Some(now);
                known.failed = None;
            }
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "no key set");
                known.failed = Some(now);
            }
        }
    }

    /// The key from whatever set is known that may still serve.
    fn stale(&self, kid: &str, times: KeySetTimes) -> Result<Arc<DecodingKey>, Refusal> {
        let known = self.known();
        let set = known.usable(times, Instant::now()).ok_or(Refusal::WrongJwksHost)?;
        set.get(kid).ok_or(Refusal::KeyNotFound)
    }

    fn known(&self) -> Known {
        self.known.read().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    const TIMES: KeySetTimes = KeySetTimes {
        renew_after: Duration::from_secs(80),
        max_age: Duration::from_secs(100),
        max_stale: Duration::from_secs(1_000),
        min_interval: Duration::from_secs(10),
        failure_pause: Duration::from_secs(3),
    };

    fn set_of(kids: &[&str]) -> KeySet {
        let keys: Vec<Value> =
            kids.iter().map(|kid| json!({"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB"})).collect();
        KeySet::from_json(json!({"keys": keys}).to_string().as_bytes()).unwrap()
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(25)
    }

    /// A host whose answers are given, and that counts how often it was asked.
    #[derive(Default)]
    struct Host {
        keys: Arc<HostKeys>,
        fetches: Arc<AtomicUsize>,
    }

    impl Host {
        async fn ask(&self, kid: &str, answer: Option<&[&str]>) -> Result<(), Refusal> {
            let (fetches, answer) = (self.fetches.clone(), answer.map(set_of).ok_or(KeySetError::NoKeys));
            let fetch = || async move {
                fetches.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(1)).await;
                answer
            };
            self.keys.key(kid, TIMES, later(), fetch).await.map(|_| ())
        }

        fn fetches(&self) -> usize {
            self.fetches.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn a_key_set_needs_a_usable_key() {
        for (text, told) in [
            ("", "not JSON"),
            ("[]", "no list"),
            (r#"{"keys": {}}"#, "no list"),
            (r#"{"keys": []}"#, "no RSA key"),
            (r#"{"keys": [5, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}"#, "no RSA key"),
            (r#"{"keys": [{"kty": "EC", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#, "no RSA key"),
            (
                r#"{"keys": [{"kty": "RSA", "use": "enc", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#,
                "no RSA key",
            ),
            (
                r#"{"keys": [{"kty": "RSA", "alg": "RS512", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#,
                "no RSA key",
            ),
            (r#"{"keys": [{"kty": "RSA", "kid": "a", "n": "!", "e": "AQAB"}]}"#, "no RSA key"),
        ] {
            match KeySet::from_json(text.as_bytes()) {
                Ok(set) => assert!(set.is_empty() && told == "no RSA key", "{text}: {set:?}"),
                Err(error) => assert!(error.to_string().contains(told), "{text}: {error}"),
            }
        }
    }

    #[test]
    fn a_key_set_may_be_as_large_as_the_cap() {
        let mut body = Vec::new();
        for size in [1, 700_000, 1_048_576 - 700_001] {
            append(&mut body, &vec![b'x'; size]).unwrap();
        }
        assert!(matches!(append(&mut body, b"x"), Err(KeySetError::TooLarge)));
        append(&mut body, b"").unwrap();
        assert_eq!(body.len(), 1_048_576);
    }

    #[test]
    fn a_key_set_is_printed_by_the_names_of_its_keys() {
        assert_eq!(format!("{:?}", set_of(&["a"])), r#"{"a"}"#);
    }

    #[tokio::test(start_paused = true)]
    async fn many_askers_share_one_fetch() {
        let host = Host::default();
        let asks = (0..50).map(|_| host.ask("a", Some(&["a"])));
        assert!(futures_util::future::join_all(asks).await.into_iter().all(|answer| answer.is_ok()));
        assert_eq!(host.fetches(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn many_askers_share_one_failure() {
        let host = Host::default();
        let asks = (0..50).map(|_| host.ask("a", None));
        let answers = futures_util::future::join_all(asks).await;
        assert!(answers.into_iter().all(|answer| answer == Err(Refusal::WrongJwksHost)));
        assert_eq!(host.fetches(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_up_leaves_its_fetch_to_the_others() {
        let host = Host::default();
        for _ in 0..5 {
            let given_up = timeout(Duration::from_millis(100), host.ask("a", Some(&["a"]))).await;
            assert!(given_up.is_err());
        }
        assert_eq!(host.ask("a", None).await, Ok(()));
        assert_eq!(host.fetches(), 1);
        tokio::time::advance(TIMES.max_stale).await;
        for _ in 0..5 {
            let given_up = timeout(Duration::from_millis(500), host.ask("a", None)).await;
            assert!(given_up.is_err() || given_up == Ok(Err(Refusal::WrongJwksHost)));
        }
        assert_eq!(host.fetches(), 2, "a failure counts, too");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failed_first_fetch_there_is_a_pause() {
        let host = Host::default();
        for _ in 0..5 {
            assert_eq!(host.ask("a", None).await, Err(Refusal::WrongJwksHost));
        }
        assert_eq!(host.fetches(), 1);
        tokio::time::advance(TIMES.failure_pause).await;
        assert_eq!(host.ask("a", Some(&["a"])).await, Ok(()));
        assert_eq!(host.fetches(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_set_is_renewed_in_the_background_before_it_is_too_old() {
        let host = Host::default();
        assert_eq!(host.ask("a", Some(&["a"])).await, Ok(()));
        tokio::time::advance(TIMES.renew_after).await;
        let asked = Instant::now();
        for _ in 0..5 {
            assert_eq!(host.ask("a", Some(&["b"])).await, Ok(()));
        }
        assert_eq!(asked.elapsed(), Duration::ZERO, "nobody waits");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(host.fetches(), 2);
        assert_eq!(host.ask("b", None).await, Ok(()));
        assert_eq!(host.ask("a", None).await, Err(Refusal::KeyNotFound));
    }

    #[tokio::test(start_paused = true)]
    async fn a_set_that_cannot_be_renewed_serves_for_so_long() {
        let host = Host::default();
        assert_eq!(host.ask("a", Some(&["a"])).await, Ok(()));
        tokio::time::advance(TIMES.max_stale - Duration::from_secs(10)).await;
        assert_eq!(host.ask("a", None).await, Ok(()));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(host.ask("a", None).await, Err(Refusal::WrongJwksHost));
        tokio::time::advance(TIMES.failure_pause).await;
        assert_eq!(host.ask("a", Some(&["a"])).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_kid_renews_at_most_once_an_interval() {
        let host = Host::default();
        assert_eq!(host.ask("a", Some(&["a"])).await, Ok(()));
        assert_eq!(host.ask("b", Some(&["a", "b"])).await, Ok(()));
        assert_eq!(host.fetches(), 2);
        for _ in 0..5 {
            assert_eq!(host.ask("c", Some(&["c"])).await, Err(Refusal::KeyNotFound));
        }
        assert_eq!(host.fetches(), 2);
        tokio::time::advance(TIMES.min_interval).await;
        assert_eq!(host.ask("c", Some(&["c"])).await, Ok(()));
        assert_eq!(host.fetches(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_set_is_renewed_and_serves_on_when_that_fails() {
        let host = Host::default();
        assert_eq!(host.ask("a", Some(&["a"])).await, Ok(()));
        tokio::time::advance(TIMES.max_age).await;
        assert_eq!(host.ask("a", None).await, Ok(()));
        assert_eq!(host.ask("a", None).await, Ok(()));
        assert_eq!(host.fetches(), 2);
        tokio::time::advance(TIMES.min_interval).await;
        assert_eq!(host.ask("a", Some(&["b"])).await, Err(Refusal::KeyNotFound));
        assert_eq!(host.fetches(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_ends_with_the_deadline() {
        let keys = Arc::new(HostKeys::default());
        let started = Instant::now();
        let deadline = started + Duration::from_secs(2);
        let refusal = keys.key("a", TIMES, deadline, std::future::pending).await.err();
        assert_eq!(refusal, Some(Refusal::WrongJwksHost));
        assert_eq!(started.elapsed(), Duration::from_secs(2));
    }
}
