//! A private key that signs tokens, for use without Cisco: in the demo and in tests.

use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::SecretString;
use serde::Serialize;

/// An RSA key with its `kid`.
///
/// ```
/// use xdr_module::auth::SigningKey;
///
/// assert!(SigningKey::from_pem("not a key", "my-key").is_err());
/// ```
pub struct SigningKey {
    key: EncodingKey,
    kid: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The reason why a key could not be used.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SigningError(jsonwebtoken::errors::Error);

impl SigningKey {
    /// The RSA private key in `pem` (PKCS#1 or PKCS#8), named `kid` in tokens and in the key set.
    ///
    /// # Errors
    /// Returns an error if the text is not an RSA private key.
    pub fn from_pem(pem: &str, kid: impl Into<String>) -> Result<Self, SigningError> {
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(SigningError)?;
        Ok(Self { key, kid: kid.into() })
    }

    /// A token with these claims, signed with RS256.
    ///
    /// # Errors
    /// Returns an error if the claims cannot be written as JSON, or the key cannot sign.
    pub fn sign(&self, claims: &impl Serialize) -> Result<SecretString, SigningError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map(SecretString::from).map_err(SigningError)
    }

    /// The JSON Web Key Set that holds the public half.
    ///
    /// # Errors
    /// Returns an error if the public half cannot be derived.
    pub fn key_set_json(&self) -> Result<String, SigningError> {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::RS256).map_err(SigningError)?;
        jwk.common.key_id = Some(self.kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_algorithm = Some(KeyAlgorithm::RS256);
        let set = JwkSet { keys: vec![jwk] };
        serde_json::to_string(&set).map_err(|error| SigningError(error.into()))
    }
}
