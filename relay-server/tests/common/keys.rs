//! Signing keys, made once for each test program.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use xdr_module::auth::SigningKey;

/// The `kid` of the key that stands for XDR's.
pub(crate) const KID: &str = "xdr-key-1";

/// An RSA key pair with a `kid`.
pub(crate) struct RsaKey {
    pub(crate) kid: &'static str,
    pem: String,
}

static XDR: LazyLock<RsaKey> = LazyLock::new(|| RsaKey::generate(KID));
static STRANGER: LazyLock<RsaKey> = LazyLock::new(|| RsaKey::generate(KID));
static NEXT: LazyLock<RsaKey> = LazyLock::new(|| RsaKey::generate("xdr-key-2"));

impl RsaKey {
    fn generate(kid: &'static str) -> Self {
        let pair =
            rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        Self { kid, pem: pair.serialize_pem() }
    }

    /// The key that XDR signs with.
    pub(crate) fn xdr() -> &'static Self {
        &XDR
    }

    /// Another key that claims to be XDR's.
    pub(crate) fn stranger() -> &'static Self {
        &STRANGER
    }

    /// The key that XDR signs with after a change of keys.
    pub(crate) fn next() -> &'static Self {
        &NEXT
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::from_pem(&self.pem, self.kid).unwrap()
    }

    /// A token as XDR signs it.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        self.signing_key().sign(claims).unwrap().expose_secret().to_owned()
    }

    /// A token with any header that the library can write.
    pub(crate) fn sign_with(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        claims: &impl Serialize,
    ) -> String {
        let mut header = Header::new(algorithm);
        header.kid = kid.map(str::to_owned);
        let key = EncodingKey::from_rsa_pem(self.pem.as_bytes()).unwrap();
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }

    /// The signature of a JWS over these bytes.
    pub(crate) fn signature(&self, algorithm: Algorithm, signed: &[u8]) -> String {
        let key = EncodingKey::from_rsa_pem(self.pem.as_bytes()).unwrap();
        jsonwebtoken::crypto::sign(signed, &key, algorithm).unwrap()
    }

    /// The key set that holds this key alone.
    pub(crate) fn key_set(&self) -> Value {
        serde_json::from_str(&self.signing_key().key_set_json().unwrap()).unwrap()
    }

    /// The public half as it is published.
    pub(crate) fn jwk(&self) -> Value {
        self.key_set()["keys"][0].clone()
    }
}

/// A token of HMAC with SHA-256 under `secret`.
pub(crate) fn hs256(secret: &[u8], claims: &impl Serialize) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(KID.to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

/// The signature of HMAC with SHA-256 under `secret` over these bytes.
pub(crate) fn hs256_signature(secret: &[u8], signed: &[u8]) -> String {
    jsonwebtoken::crypto::sign(signed, &EncodingKey::from_secret(secret), Algorithm::HS256).unwrap()
}

/// A token that is not signed at all, with this `alg`.
pub(crate) fn unsigned(alg: &str, claims: &impl Serialize) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": alg, "typ": "JWT", "kid": KID});
    format!("{}.{}.", part(&header), part(&serde_json::to_value(claims).unwrap()))
}
