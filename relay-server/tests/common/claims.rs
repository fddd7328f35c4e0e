//! The claims of tokens.

use serde_json::{Map, Value, json};

use super::{ACCESS_ID, ACCESS_KEY, PUBLIC_URL, RsaKey};

/// Claims as XDR sends them, to be changed.
#[derive(Clone, Debug)]
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn new(jwks_host: &str, host: &str) -> Self {
        let claims = json!({
            "iss": "Cisco XDR",
            "aud": PUBLIC_URL,
            "jwks_host": jwks_host,
            "host": host,
            "access_id": ACCESS_ID,
            "access_key": ACCESS_KEY,
        });
        Self(claims.as_object().unwrap().clone())
    }

    pub(crate) fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.0.insert(claim.to_owned(), value.into());
        self
    }

    pub(crate) fn without(mut self, claim: &str) -> Self {
        self.0.remove(claim);
        self
    }

    /// A token with these claims, signed by XDR's key.
    pub(crate) fn signed(&self) -> String {
        self.signed_by(RsaKey::xdr())
    }

    pub(crate) fn signed_by(&self, key: &RsaKey) -> String {
        key.sign(&self.0)
    }

    pub(crate) fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}
