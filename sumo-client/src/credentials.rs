//! Access id and access key, and where they come from.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::transport::SendFuture;

/// An access id with its access key, sent as HTTP Basic authentication.
///
/// Neither part is ever printed; both are wiped from memory when the last clone is dropped. Cloning
/// is cheap.
///
/// ```
/// let credentials = sumo_client::Credentials::new("suAbCdEf", "the-access-key");
/// assert!(!format!("{credentials:?}").contains("key"));
/// ```
#[derive(Clone)]
pub struct Credentials {
    inner: Arc<Inner>,
}

struct Inner {
    access_id: SecretString,
    access_key: SecretString,
}

impl Credentials {
    /// Creates credentials of an access id and the key that belongs to it.
    pub fn new(access_id: impl Into<String>, access_key: impl Into<String>) -> Self {
        let inner = Inner {
            access_id: SecretString::from(access_id.into()),
            access_key: SecretString::from(access_key.into()),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns a digest of id and key: equal for equal credentials, and of no use to its readers.
    ///
    /// Meant as a key of caches. It stays the same across processes and releases: SHA-256 over the
    /// length of the id as eight big-endian bytes, the id, and the key.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = hmac_sha256::Hash::new();
        let id = self.inner.access_id.expose_secret().as_bytes();
        digest.update((id.len() as u64).to_be_bytes());
        digest.update(id);
        digest.update(self.inner.access_key.expose_secret().as_bytes());
        Fingerprint(digest.finalize())
    }

    /// Returns a digest of the access id alone: the limits of the API hold for the id, whatever key
    /// was sent with it.
    pub(crate) fn id_fingerprint(&self) -> Fingerprint {
        let id = self.inner.access_id.expose_secret();
        Fingerprint(hmac_sha256::Hash::hash(id.as_bytes()))
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        let pair = SecretString::from(format!(
            "{}:{}",
            self.inner.access_id.expose_secret(),
            self.inner.access_key.expose_secret()
        ));
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair.expose_secret());
        // Base64 is always a valid header value; the fallback sends no credentials at all.
        let mut value =
            HeaderValue::try_from(format!("Basic {encoded}")).unwrap_or(HeaderValue::from_static("Basic"));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// A SHA-256 digest that stands for credentials, see [`Credentials::fingerprint`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the digest as bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Gives the credentials for a call, so that they can change while a client lives.
///
/// Asked once for every attempt. Keep what you fetched and hand out clones: a slow provider slows
/// every call.
///
/// ```
/// use std::error::Error;
///
/// use sumo_client::{Credentials, ProvideCredentials, SendFuture};
///
/// struct FromVault;
///
/// impl ProvideCredentials for FromVault {
///     fn credentials(
///         &self,
///     ) -> SendFuture<'_, Result<Credentials, Box<dyn Error + Send + Sync>>> {
///         Box::pin(async { Ok(Credentials::new("suAbCdEf", "read-from-the-vault")) })
///     }
/// }
/// ```
pub trait ProvideCredentials: Send + Sync + 'static {
    /// Returns the credentials to use now.
    fn credentials(&self) -> SendFuture<'_, Result<Credentials, Box<dyn StdError + Send + Sync>>>;
}

/// The source of a client's credentials: fixed ones, or a provider.
#[derive(Clone)]
pub struct CredentialsSource(Source);

#[derive(Clone)]
enum Source {
    Fixed(Credentials),
    Provider(Arc<dyn ProvideCredentials>),
}

impl CredentialsSource {
    pub(crate) async fn credentials(&self) -> Result<Credentials, Box<dyn StdError + Send + Sync>> {
        match &self.0 {
            Source::Fixed(credentials) => Ok(credentials.clone()),
            Source::Provider(provider) => provider.credentials().await,
        }
    }
}

impl From<Credentials> for CredentialsSource {
    fn from(credentials: Credentials) -> Self {
        Self(Source::Fixed(credentials))
    }
}

impl<P: ProvideCredentials> From<Arc<P>> for CredentialsSource {
    fn from(provider: Arc<P>) -> Self {
        Self(Source::Provider(provider))
    }
}

impl From<Arc<dyn ProvideCredentials>> for CredentialsSource {
    fn from(provider: Arc<dyn ProvideCredentials>) -> Self {
        Self(Source::Provider(provider))
    }
}

impl fmt::Debug for CredentialsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Fixed(_) => "CredentialsSource(fixed)",
            Source::Provider(_) => "CredentialsSource(provider)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_credentials_is_printed() {
        let credentials = Credentials::new("secret-id", "secret-key");
        let source = CredentialsSource::from(credentials.clone());
        let printed =
            format!("{credentials:?} {credentials:#?} {source:?} {:?}", credentials.authorization());
        for secret in ["secret", "c2VjcmV0"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }

    #[tokio::test]
    async fn a_provider_is_taken_whether_its_type_is_known_or_not() {
        struct Fixed;

        impl ProvideCredentials for Fixed {
            fn credentials(&self) -> SendFuture<'_, Result<Credentials, Box<dyn StdError + Send + Sync>>> {
                Box::pin(async { Ok(Credentials::new("id", "key")) })
            }
        }

        let any: Arc<dyn ProvideCredentials> = Arc::new(Fixed);
        for source in [CredentialsSource::from(any), CredentialsSource::from(Arc::new(Fixed))] {
            let given = source.credentials().await.unwrap();
            assert_eq!(given.fingerprint(), Credentials::new("id", "key").fingerprint());
        }
    }

    #[test]
    fn the_fingerprint_is_stable_and_tells_pairs_apart() {
        let fingerprint = |id: &str, key: &str| Credentials::new(id, key).fingerprint();
        assert_eq!(fingerprint("a", "bc"), fingerprint("a", "bc"));
        assert_ne!(fingerprint("a", "bc"), fingerprint("ab", "c"));
        assert_eq!(
            fingerprint("id", "key").to_string(),
            "4aa6c97fd07264b0eb13eb33e818971531dfb1e8370dc085cd5776258db42233"
        );
    }

    #[test]
    fn the_header_is_basic_authentication() {
        let header = Credentials::new("Aladdin", "open sesame").authorization();
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(header.is_sensitive());
    }
}
