//! The public keys that tokens are signed with: fetched once, shared, renewed when they change.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::Refusal;
use crate::trust::TrustedHosts;

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

/// Why a text is not a key set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// The text is not JSON.
    #[error("the key set is not JSON")]
    Json(#[from] serde_json::Error),
    /// The text has no list `keys`.
    #[error("the key set has no list \"keys\"")]
    NoKeys,
    /// No key of the list can be used.
    #[error("the key set has no RSA key with a \"kid\"")]
    NoUsableKey,
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
    /// When the text is not a key set, or no key of it can be used.
    pub fn from_json(bytes: &[u8]) -> Result<Self, KeySetError> {
        let document: Value = serde_json::from_slice(bytes)?;
        let list = document.get("keys").and_then(Value::as_array).ok_or(KeySetError::NoKeys)?;
        let keys: HashMap<_, _> = list.iter().filter_map(read_key).collect();
        if keys.is_empty() { Err(KeySetError::NoUsableKey) } else { Ok(Self { keys }) }
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

/// When fetched key sets are fetched again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeySetTimes {
    /// A set older than this is renewed at its next use.
    pub max_age: Duration,
    /// After an attempt to renew, the next one waits this long.
    pub min_interval: Duration,
}

impl Default for KeySetTimes {
    fn default() -> Self {
        Self { max_age: Duration::from_secs(3600), min_interval: Duration::from_secs(30) }
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
    Hosts { hosts: HashMap<String, HostKeys>, client: reqwest::Client, times: KeySetTimes },
}

impl KeySets {
    /// One set for every host, for use without Cisco.
    pub fn fixed(set: KeySet) -> Self {
        Self(Source::Fixed(set))
    }

    /// The sets that `hosts` publish under `https://{host}/.well-known/jwks`, fetched with `client`.
    pub fn of_hosts(hosts: &TrustedHosts, client: reqwest::Client, times: KeySetTimes) -> Self {
        let hosts = hosts.iter().map(|host| (host.to_owned(), HostKeys::default())).collect();
        Self(Source::Hosts { hosts, client, times })
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
            Source::Hosts { hosts, client, times } => {
                let keys = hosts.get(host).ok_or(Refusal::WrongJwksHost)?;
                keys.key(kid, *times, deadline, || fetch(client, host)).await
            }
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

/// What is known of one host's keys.
#[derive(Debug, Default)]
struct HostKeys {
    known: RwLock<Known>,
    /// Held by whoever fetches: one fetch at a time.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    set: Option<Arc<KeySet>>,
    fetched: Option<Instant>,
    /// The last attempt to renew a set that was there already: for its age or for an unknown `kid`.
    renewal_tried: Option<Instant>,
    /// When the last attempt failed, if it did.
    failed: Option<Instant>,
}

/// What is to be done for a `kid`.
enum Step {
    Use(Arc<DecodingKey>),
    Refuse,
    Fetch,
}

impl Known {
    fn step(&self, kid: &str, times: KeySetTimes, now: Instant) -> Step {
        let Some(set) = &self.set else { return Step::Fetch };
        let is_young = self.fetched.is_some_and(|fetched| now < fetched + times.max_age);
        let may_renew = self.renewal_tried.is_none_or(|tried| now >= tried + times.min_interval);
        match set.get(kid) {
            Some(key) if is_young || !may_renew => Step::Use(key),
            None if !may_renew => Step::Refuse,
            _ => Step::Fetch,
        }
    }
}

impl HostKeys {
    async fn key<F>(
        &self,
        kid: &str,
        times: KeySetTimes,
        deadline: Instant,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<DecodingKey>, Refusal>
    where
        F: Future<Output = Result<KeySet, KeySetError>>,
    {
        let asked = Instant::now();
        match self.known().step(kid, times, asked) {
            Step::Use(key) => return Ok(key),
            Step::Refuse => return Err(Refusal::KeyNotFound),
            Step::Fetch => {}
        }
        let Ok(_flight) = timeout_at(deadline, self.flight.lock()).await else { return self.stale(kid) };
        let known = self.known();
        match known.step(kid, times, Instant::now()) {
            Step::Use(key) => return Ok(key),
            Step::Refuse => return Err(Refusal::KeyNotFound),
            // Whoever waited for a fetch that failed shares its outcome instead of queueing for another.
            Step::Fetch if known.failed.is_some_and(|failed| failed > asked) => return self.stale(kid),
            Step::Fetch => {}
        }
        self.renew(deadline, fetch()).await;
        self.stale(kid)
    }

    async fn renew(&self, deadline: Instant, fetch: impl Future<Output = Result<KeySet, KeySetError>>) {
        let until = deadline.min(Instant::now() + FETCH_TIMEOUT);
        let outcome = timeout_at(until, fetch).await.unwrap_or(Err(KeySetError::Timeout));
        let now = Instant::now();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.set.is_some() {
            known.renewal_tried = Some(now);
        }
        match outcome {
            Ok(set) => {
                known.set = Some(Arc::new(set));
                known.fetched = Some(now);
                known.failed = None;
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no key set");
                known.failed = Some(now);
            }
        }
    }

    /// The key from whatever set is known, however old.
    fn stale(&self, kid: &str) -> Result<Arc<DecodingKey>, Refusal> {
        let set = self.known().set.ok_or(Refusal::WrongJwksHost)?;
        set.get(kid).ok_or(Refusal::KeyNotFound)
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    const TIMES: KeySetTimes =
        KeySetTimes { max_age: Duration::from_secs(100), min_interval: Duration::from_secs(10) };

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
        keys: HostKeys,
        fetches: AtomicUsize,
    }

    impl Host {
        async fn ask(&self, kid: &str, answer: Option<&[&str]>) -> Result<(), Refusal> {
            let fetch = || async {
                self.fetches.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(1)).await;
                answer.map(set_of).ok_or(KeySetError::NoKeys)
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
            let error = KeySet::from_json(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
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
        let keys = HostKeys::default();
        let started = Instant::now();
        let deadline = started + Duration::from_secs(2);
        let refusal = keys.key("a", TIMES, deadline, std::future::pending).await.err();
        assert_eq!(refusal, Some(Refusal::WrongJwksHost));
        assert_eq!(started.elapsed(), Duration::from_secs(2));
    }
}
