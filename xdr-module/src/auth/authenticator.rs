//! Verification of tokens: from the `Authorization` header to a tenant.
//!
//! Cisco XDR signs a JWT for each module. Its claims hold the tenant's configuration, its header
//! names the key. What the claims name (key-set host, audience, API host) is compared with the
//! configured lists first; only then is a key fetched, and only then the signature checked. Nothing
//! of a token is used before its signature holds.

use std::fmt;

use jsonwebtoken::DecodingKey;
use tokio::time::Instant;

use super::allow_list::{AllowList, Audiences};
use super::claims::Claims;
use super::key_sets::KeySets;
use super::refusal::Refusal;
use super::token::UnverifiedToken;

/// The parts of a request that authorize it.
#[derive(Clone, Copy)]
pub struct RequestCredentials<'a> {
    /// The `Authorization` header, when it is there and is text.
    pub authorization: Option<&'a str>,
    /// The host that the request was sent to.
    pub host: Option<&'a str>,
}

impl fmt::Debug for RequestCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The header holds a token.
        f.debug_struct("RequestCredentials").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Verifies tokens.
#[derive(Debug)]
pub struct Authenticator {
    jwks_hosts: AllowList,
    audiences: Audiences,
    key_sets: KeySets,
}

impl Authenticator {
    /// Creates an authenticator that takes keys of `jwks_hosts` from `key_sets` and answers to
    /// `audiences`.
    pub fn new(jwks_hosts: AllowList, audiences: Audiences, key_sets: KeySets) -> Self {
        Self { jwks_hosts, audiences, key_sets }
    }

    /// Returns what `read` makes of the claims, once the token is verified; keys are fetched before
    /// `deadline` or not at all.
    ///
    /// `read` runs before any key is fetched, so that a token with useless claims causes no call,
    /// and again once the signature holds; only the second result is handed out. While a request
    /// waits for keys, it holds its token alone: claims and results of `read` can take a hundred
    /// times that memory.
    ///
    /// # Errors
    /// Returns the reason that the contract gives for a wrong header or token, or that of `read`.
    pub async fn authenticate<T>(
        &self,
        request: RequestCredentials<'_>,
        deadline: Instant,
        read: impl Fn(&Claims) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let token = bearer(request.authorization)?;
        let (jwks_host, kid) = self.key_of(token, request, &read)?;
        let key = self.key_sets.key(&jwks_host, &kid, deadline).await?;
        verify(token, &key)?;
        read(UnverifiedToken::read(token)?.claims())
    }

    /// Returns the host and the name of the key that should verify a token, if all else of it can
    /// be accepted.
    fn key_of<T>(
        &self,
        token: &str,
        request: RequestCredentials<'_>,
        read: impl Fn(&Claims) -> Result<T, Refusal>,
    ) -> Result<(String, String), Refusal> {
        let unverified = UnverifiedToken::read(token)?;
        let jwks_host = unverified.jwks_host()?.to_owned();
        if !self.jwks_hosts.contains(&jwks_host) {
            return Err(Refusal::WrongJwksHost);
        }
        let kid = unverified.kid().ok_or(Refusal::WrongJwksHost)?.to_owned();
        if !unverified.audiences().any(|audience| self.audiences.contains(audience, request.host)) {
            return Err(Refusal::WrongAudience);
        }
        unverified.check_times(jsonwebtoken::get_current_timestamp())?;
        read(unverified.claims())?;
        Ok((jwks_host, kid))
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
    use crate::auth::{KeySet, SigningKey};

    const RELAY: &str = "https://relay.example.com";
    const KEY_HOST: &str = "visibility.amp.cisco.com";

    fn signing_key() -> SigningKey {
        let pair =
            rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        SigningKey::from_pem(&pair.serialize_pem(), "the-kid").unwrap()
    }

    fn authenticator(key: &SigningKey) -> Authenticator {
        let set = KeySet::from_json(key.key_set_json().unwrap().as_bytes()).unwrap();
        let hosts = AllowList::new([KEY_HOST.parse().unwrap()]);
        Authenticator::new(hosts, Audiences::Configured([RELAY.to_owned()].into()), KeySets::fixed(set))
    }

    async fn claim_a(authenticator: &Authenticator, header: Option<&str>) -> Result<Value, Refusal> {
        let request = RequestCredentials { authorization: header, host: None };
        let deadline = Instant::now() + Duration::from_secs(1);
        let read = |claims: &Claims| claims.get("a").cloned().ok_or(Refusal::WrongPayload);
        authenticator.authenticate(request, deadline, read).await
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
    async fn nothing_made_of_claims_waits_for_keys() {
        // Accepts connections, and never answers.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = silent.local_addr().unwrap().to_string();
        let hosts = AllowList::new([host.parse().unwrap()]);
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let key_sets = KeySets::of_hosts(&hosts, client, crate::auth::KeySetTimes::default());
        let authenticator =
            Authenticator::new(hosts, Audiences::Configured([RELAY.to_owned()].into()), key_sets);
        let token = signing_key().sign(&json!({"aud": RELAY, "jwks_host": host})).unwrap();
        let header = format!("Bearer {}", token.expose_secret());
        let request = RequestCredentials { authorization: Some(&header), host: None };
        let (tenant, reads) = (std::sync::Arc::new(()), std::sync::atomic::AtomicU32::new(0));
        let read = |_: &Claims| {
            reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(tenant.clone())
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        tokio::select! {
            _ = authenticator.authenticate(request, deadline, read) => panic!("there are no keys"),
            connection = silent.accept() => assert!(connection.is_ok()),
        }
        assert_eq!(
            (reads.load(std::sync::atomic::Ordering::Relaxed), std::sync::Arc::strong_count(&tenant)),
            (1, 1)
        );
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
