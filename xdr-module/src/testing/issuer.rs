//! A stand-in for Cisco XDR as the issuer of tokens.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::authority::TestAuthority;
use super::claims::TokenClaims;
use super::error::TestError;
use super::key_host::{KeyHost, KeyHostReply};
use super::test_key::TestKey;
use crate::auth::allow_list::AllowList;
use crate::settings::Config;

/// The delay of the key host that is slow: longer than any module should wait.
const SLOW: Duration = Duration::from_secs(3600);

/// Stands in for Cisco XDR: a signing key, a host that publishes it, and hosts that fail to.
///
/// Modules remember what a host published, so each failure has a host of its own. Start the module
/// with all of [`jwks_hosts`](Self::jwks_hosts) on its allow list, and [`root_pem`](Self::root_pem)
/// among its root certificates. Clones share everything.
#[derive(Clone, Debug)]
pub struct TestIssuer(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    authority: TestAuthority,
    key: TestKey,
    unpublished_key: TestKey,
    host: KeyHost,
    empty: KeyHost,
    slow: KeyHost,
    broken: Vec<(&'static str, KeyHost)>,
    /// Publishes the key, and is on no module's list.
    unlisted: KeyHost,
}

impl TestIssuer {
    /// Starts the key hosts. Call it inside of a runtime.
    ///
    /// # Errors
    /// Returns an error if keys or certificates cannot be made, or ports opened.
    pub fn start() -> Result<Self, TestError> {
        let authority = TestAuthority::new()?;
        let key = TestKey::generate("xdr-key-1")?;
        let set = key.key_set()?;
        let host = |reply| KeyHost::start(&authority, reply);
        let broken: Result<Vec<_>, TestError> =
            broken_replies(&set).into_iter().map(|(name, reply)| Ok((name, host(reply)?))).collect();
        Ok(Self(Arc::new(Parts {
            unpublished_key: TestKey::generate(key.kid())?,
            host: host(KeyHostReply::json(&set))?,
            empty: host(KeyHostReply::json(&json!({"keys": []})))?,
            slow: host(KeyHostReply::json(&set).after(SLOW))?,
            broken: broken?,
            unlisted: host(KeyHostReply::json(&set))?,
            key,
            authority,
        })))
    }

    /// Returns the authority that signed the certificates of the key hosts.
    pub fn authority(&self) -> &TestAuthority {
        &self.0.authority
    }

    /// Returns the key that signs tokens.
    pub fn key(&self) -> &TestKey {
        &self.0.key
    }

    /// Returns another key of the same name, which no host publishes.
    pub fn unpublished_key(&self) -> &TestKey {
        &self.0.unpublished_key
    }

    /// Returns the host that publishes the key.
    pub fn key_host(&self) -> &KeyHost {
        &self.0.host
    }

    /// Returns a host that publishes a key set without keys.
    pub fn empty_key_host(&self) -> &KeyHost {
        &self.0.empty
    }

    /// Returns a host that publishes the key only after an hour.
    pub fn slow_key_host(&self) -> &KeyHost {
        &self.0.slow
    }

    /// Returns hosts that do not publish a key set, with the name of the fault of each.
    pub fn broken_key_hosts(&self) -> impl Iterator<Item = (&'static str, &KeyHost)> {
        self.0.broken.iter().map(|(name, host)| (*name, host))
    }

    /// Returns a host that publishes the key and is not among [`jwks_hosts`](Self::jwks_hosts): no
    /// module may ask it.
    pub fn unlisted_key_host(&self) -> &KeyHost {
        &self.0.unlisted
    }

    /// Returns the hosts that the module must have on its allow list.
    pub fn jwks_hosts(&self) -> Vec<String> {
        let good = [&self.0.host, &self.0.empty, &self.0.slow].map(KeyHost::host);
        good.into_iter().chain(self.0.broken.iter().map(|(_, host)| host.host())).collect()
    }

    /// Returns the root certificate that the module must trust, in PEM.
    pub fn root_pem(&self) -> String {
        self.0.authority.pem()
    }

    /// Lets a module trust the issuer: its hosts, and its root certificate beside others; never
    /// through a proxy.
    pub fn apply_to(&self, config: &mut Config) {
        config.jwks_hosts = AllowList::known(self.jwks_hosts().iter().map(String::as_str));
        let mut roots = config.extra_roots.take().unwrap_or_default();
        roots.extend(self.root_pem().into_bytes());
        config.extra_roots = Some(roots);
        config.use_proxy = false;
    }

    /// Returns the claims that XDR sets for a module with this public URL. The configuration of the
    /// module is to be added.
    pub fn claims(&self, audience: &str) -> TokenClaims {
        [("iss", "Cisco XDR"), ("aud", audience)]
            .into_iter()
            .collect::<TokenClaims>()
            .with("jwks_host", self.0.host.host())
    }

    /// Returns a token with these claims.
    ///
    /// # Errors
    /// Returns an error if the key cannot sign.
    pub fn token(&self, claims: &TokenClaims) -> Result<String, TestError> {
        self.0.key.sign(claims)
    }
}

/// Replies that are not a key set, by the name of their fault.
fn broken_replies(set: &Value) -> [(&'static str, KeyHostReply); 9] {
    let text = |status, body: &str| KeyHostReply::new(status, body);
    let keys = set.get("keys").cloned().unwrap_or_default();
    let huge = json!({"keys": keys, "filler": "x".repeat(4 * 1024 * 1024)});
    [
        ("status 500", KeyHostReply::new(StatusCode::INTERNAL_SERVER_ERROR, set.to_string())),
        ("status 404", text(StatusCode::NOT_FOUND, "not found")),
        ("status 302", text(StatusCode::FOUND, "")),
        ("an empty body", text(StatusCode::OK, "")),
        ("HTML", text(StatusCode::OK, "<html></html>")),
        ("a list of keys alone", KeyHostReply::json(&keys)),
        ("no member keys", KeyHostReply::json(&json!({"data": []}))),
        ("keys that are not a list", KeyHostReply::json(&json!({"keys": {}}))),
        ("a body of 4 MiB", KeyHostReply::json(&huge)),
    ]
}
