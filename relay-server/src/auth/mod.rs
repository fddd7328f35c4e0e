//! Who asks: from the `Authorization` header to a tenant's Sumo Logic credentials.
//!
//! Cisco XDR signs a JWT for each module. Its claims hold the tenant's configuration, its header names
//! the key. What the claims name (key-set host, audience, API host) is compared with the configured
//! lists first; only then is a key fetched, and only then the signature checked. Nothing of a token is
//! used before its signature holds.

mod key_sets;
mod signing_key;
mod tenant;
mod token;

use jsonwebtoken::DecodingKey;
use tokio::time::Instant;

pub use self::key_sets::{KeySet, KeySetError, KeySetTimes, KeySets};
pub use self::signing_key::{SigningError, SigningKey};
pub use self::tenant::{ENTITIES_LIMIT, Tenant};
pub use self::token::Claims;
use self::token::UnverifiedToken;
use crate::trust::{Audiences, TrustedHosts};

/// Why a request is not authorized; the text is the contract's, word by word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The request has no `Authorization` header.
    #[error("Authorization header is missing")]
    HeaderMissing,
    /// The header is not `Bearer` and one token.
    #[error("Wrong authorization type")]
    WrongType,
    /// The token is not a JWT signed with RS256.
    #[error("Wrong JWT structure")]
    WrongStructure,
    /// The claims name no key-set host.
    #[error(
        "jwks_host is missing in JWT payload. Make sure custom_jwks_host field is present in module_type"
    )]
    JwksHostMissing,
    /// The key-set host is not on the list, cannot be had, or does not answer with keys.
    #[error(
        "Wrong jwks_host in JWT payload. Make sure domain follows the visibility.<region>.cisco.com structure"
    )]
    WrongJwksHost,
    /// The key set has no key of the token's `kid`.
    #[error("kid from JWT header not found in API response")]
    KeyNotFound,
    /// The signature does not hold.
    #[error(
        "Failed to decode JWT with provided key. Make sure domain in custom_jwks_host corresponds to your SecureX \
         instance region."
    )]
    WrongKey,
    /// The token is made for another relay, or for none.
    #[error("Wrong configuration-token-audience")]
    WrongAudience,
    /// The claims hold no API host, access id or access key, or an API host that is not on the list.
    #[error("Wrong JWT payload structure")]
    WrongPayload,
    /// The token's `exp` is past.
    #[error("JWT has expired")]
    Expired,
    /// The token's `nbf` is still to come.
    #[error("JWT is not yet valid")]
    NotYetValid,
}

/// What a request shows for itself.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The `Authorization` header, when it is there and is text.
    pub authorization: Option<&'a str>,
    /// The host that the request was sent to.
    pub host: Option<&'a str>,
}

/// Verifies tokens.
///
/// It knows nothing of Sumo Logic: a module for another product reads its own claims from the same tokens.
#[derive(Debug)]
pub struct Authenticator {
    jwks_hosts: TrustedHosts,
    audiences: Audiences,
    key_sets: KeySets,
}

impl Authenticator {
    /// An authenticator that takes keys of `jwks_hosts` from `key_sets` and answers to `audiences`.
    pub fn new(jwks_hosts: TrustedHosts, audiences: Audiences, key_sets: KeySets) -> Self {
        Self { jwks_hosts, audiences, key_sets }
    }

    /// What `read` makes of the claims, once the token is verified; keys are had before `deadline` or not at all.
    ///
    /// `read` runs before any key is fetched, so that a token with useless claims causes no call; what it gave is
    /// handed out only when the signature holds.
    ///
    /// # Errors
    /// The reason that the contract gives for what is wrong with the header or the token, or that of `read`.
    pub async fn authenticate<T>(
        &self,
        presented: Presented<'_>,
        deadline: Instant,
        read: impl FnOnce(&Claims) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let token = bearer(presented.authorization)?;
        let unverified = UnverifiedToken::read(token)?;
        let jwks_host = unverified.jwks_host()?;
        if !self.jwks_hosts.contains(jwks_host) {
            return Err(Refusal::WrongJwksHost);
        }
        let kid = unverified.kid().ok_or(Refusal::WrongJwksHost)?;
        if !unverified.audiences().any(|audience| self.audiences.contains(audience, presented.host)) {
            return Err(Refusal::WrongAudience);
        }
        unverified.check_times(jsonwebtoken::get_current_timestamp())?;
        let outcome = read(unverified.claims())?;
        let key = self.key_sets.key(jwks_host, kid, deadline).await?;
        verify(token, &key)?;
        Ok(outcome)
    }
}

/// The token of a header that is `Bearer`, in any case, and one word.
fn bearer(authorization: Option<&str>) -> Result<&str, Refusal> {
    let mut words = authorization.ok_or(Refusal::HeaderMissing)?.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
        _ => Err(Refusal::WrongType),
    }
}

/// Checks the signature alone: times and audience were checked on the same bytes before.
fn verify(token: &str, key: &DecodingKey) -> Result<(), Refusal> {
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<serde::de::IgnoredAny>(token, key, &validation)
        .map(|_| ())
        .map_err(|_| Refusal::WrongKey)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::ExposeSecret;
    use serde_json::{Value, json};

    use super::*;

    const RELAY: &str = "https://relay.example.com";
    const KEY_HOST: &str = "visibility.amp.cisco.com";

    fn signing_key() -> SigningKey {
        let pair =
            rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        SigningKey::from_pem(&pair.serialize_pem(), "the-kid").unwrap()
    }

    fn authenticator(key: &SigningKey) -> Authenticator {
        let set = KeySet::from_json(key.key_set_json().unwrap().as_bytes()).unwrap();
        let hosts = TrustedHosts::new([KEY_HOST.parse().unwrap()]);
        Authenticator::new(hosts, Audiences::Configured([RELAY.to_owned()].into()), KeySets::fixed(set))
    }

    async fn claim_a(authenticator: &Authenticator, header: Option<&str>) -> Result<Value, Refusal> {
        let presented = Presented { authorization: header, host: None };
        let deadline = Instant::now() + Duration::from_secs(1);
        let read = |claims: &Claims| claims.get("a").cloned().ok_or(Refusal::WrongPayload);
        authenticator.authenticate(presented, deadline, read).await
    }

    #[tokio::test]
    async fn only_what_the_key_signed_for_this_relay_is_read() {
        let key = signing_key();
        let authenticator = authenticator(&key);
        let signed = |claims: Value| key.sign(&claims).unwrap().expose_secret().to_owned();
        let good = signed(json!({"aud": RELAY, "jwks_host": KEY_HOST, "a": 1}));
        let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, "c2ln".repeat(86));
        let bearer = |token: &str| Some(format!("Bearer {token}"));
        for (header, expected) in [
            (bearer(&good), Ok(json!(1))),
            (Some(format!(" bEARER\t{good} ")), Ok(json!(1))),
            (None, Err(Refusal::HeaderMissing)),
            (Some(String::new()), Err(Refusal::WrongType)),
            (Some("Bearer".to_owned()), Err(Refusal::WrongType)),
            (Some(format!("Basic {good}")), Err(Refusal::WrongType)),
            (Some(good.clone()), Err(Refusal::WrongType)),
            (Some(format!("Bearer {good} {good}")), Err(Refusal::WrongType)),
            (bearer(&forged), Err(Refusal::WrongKey)),
            (bearer("a.b.c"), Err(Refusal::WrongStructure)),
            (
                bearer(&signed(json!({"aud": RELAY, "jwks_host": "other.example", "a": 1}))),
                Err(Refusal::WrongJwksHost),
            ),
            (
                bearer(&signed(json!({"aud": "other", "jwks_host": KEY_HOST, "a": 1}))),
                Err(Refusal::WrongAudience),
            ),
            (
                bearer(&signed(json!({"aud": RELAY, "jwks_host": KEY_HOST, "exp": 1, "a": 1}))),
                Err(Refusal::Expired),
            ),
            (bearer(&signed(json!({"aud": RELAY, "jwks_host": KEY_HOST}))), Err(Refusal::WrongPayload)),
        ] {
            assert_eq!(claim_a(&authenticator, header.as_deref()).await, expected, "{header:?}");
        }
    }

    #[tokio::test]
    async fn a_key_of_another_name_is_not_found() {
        let (key, other) = (signing_key(), signing_key());
        let renamed = other.key_set_json().unwrap().replace("the-kid", "another");
        let set = KeySet::from_json(renamed.as_bytes()).unwrap();
        let authenticator = Authenticator { key_sets: KeySets::fixed(set), ..authenticator(&key) };
        let token = key.sign(&json!({"aud": RELAY, "jwks_host": KEY_HOST, "a": 1})).unwrap();
        let header = format!("Bearer {}", token.expose_secret());
        assert_eq!(claim_a(&authenticator, Some(&header)).await, Err(Refusal::KeyNotFound));
        assert_eq!(format!("{key:?}"), r#"SigningKey { kid: "the-kid", .. }"#);
    }
}
