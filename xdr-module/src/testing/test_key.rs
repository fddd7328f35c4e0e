//! Keys that sign tokens in tests, rightly and wrongly.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};

use super::error::TestError;
use crate::auth::SigningKey;

/// An RSA key of 2048 bits that is made for one test.
pub struct TestKey {
    kid: String,
    pem: String,
    key: SigningKey,
}

impl std::fmt::Debug for TestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl TestKey {
    /// Creates a key that is named `kid` in tokens and key sets.
    ///
    /// # Errors
    /// Returns an error if the cryptographic library fails.
    pub fn generate(kid: impl Into<String>) -> Result<Self, TestError> {
        let kid = kid.into();
        let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
        let pem = pair.map_err(TestError::new)?.serialize_pem();
        let key = SigningKey::from_pem(&pem, kid.as_str()).map_err(TestError::new)?;
        Ok(Self { kid, pem, key })
    }

    /// Returns the name of the key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Returns the private key in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns the key set that holds the public half alone.
    ///
    /// # Errors
    /// Returns an error if the public half cannot be derived.
    pub fn key_set(&self) -> Result<Value, TestError> {
        let text = self.key.key_set_json().map_err(TestError::new)?;
        serde_json::from_str(&text).map_err(TestError::new)
    }

    /// Returns a token with these claims, as XDR signs it.
    ///
    /// # Errors
    /// Returns an error if the claims cannot be written as JSON, or the key cannot sign.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, TestError> {
        let token = self.key.sign(claims).map_err(TestError::new)?;
        Ok(token.expose_secret().to_owned())
    }

    /// Returns a token that is signed with another RSA algorithm, or names another key, or none.
    ///
    /// # Errors
    /// Returns an error if the claims cannot be written as JSON, or `algorithm` is not one of RSA.
    pub(crate) fn sign_with(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        claims: &impl Serialize,
    ) -> Result<String, TestError> {
        let key = EncodingKey::from_rsa_pem(self.pem.as_bytes()).map_err(TestError::new)?;
        let mut header = Header::new(algorithm);
        header.kid = kid.map(str::to_owned);
        jsonwebtoken::encode(&header, claims, &key).map_err(TestError::new)
    }

    /// Returns a token of HMAC with SHA-256 under any secret, such as the text of a public key,
    /// that names this key.
    ///
    /// # Errors
    /// Returns an error if the claims cannot be written as JSON.
    pub fn sign_with_secret(&self, secret: &[u8], claims: &impl Serialize) -> Result<String, TestError> {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).map_err(TestError::new)
    }

    /// Returns a token without a signature whose header says `alg`.
    ///
    /// # Errors
    /// Returns an error if the claims cannot be written as JSON.
    pub fn unsigned(&self, alg: &str, claims: &impl Serialize) -> Result<String, TestError> {
        let header = json!({"alg": alg, "typ": "JWT", "kid": self.kid});
        let claims = serde_json::to_value(claims).map_err(TestError::new)?;
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        Ok(format!("{}.{}.", part(header), part(claims)))
    }
}
