//! Certificates that are made for one test and thrown away.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::error::TestError;

/// A certificate authority for tests, trusted by nobody unless told to.
pub struct TestAuthority(CertifiedIssuer<'static, KeyPair>);

impl std::fmt::Debug for TestAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestAuthority").finish_non_exhaustive()
    }
}

impl TestAuthority {
    /// Creates an authority with a key of its own.
    ///
    /// # Errors
    /// Returns an error if the cryptographic library fails.
    pub fn new() -> Result<Self, TestError> {
        let mut params = CertificateParams::default();
        // Clients take authorities of the same name for one another.
        let name = format!("Test authority {}", uuid::Uuid::new_v4());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().map_err(TestError::new)?;
        CertifiedIssuer::self_signed(params, key).map(Self).map_err(TestError::new)
    }

    /// Returns the certificate of the authority, in PEM, for clients to trust.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Returns a TLS configuration with a certificate for these host names and IP addresses.
    ///
    /// # Errors
    /// Returns an error if a name is neither a host name nor an address, or the cryptographic
    /// library fails.
    pub fn server_config(
        &self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<rustls::ServerConfig, TestError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let key = KeyPair::generate().map_err(TestError::new)?;
        let params = CertificateParams::new(names).map_err(TestError::new)?;
        let certificate = params.signed_by(&key, &self.0).map_err(TestError::new)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TestError::new)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(TestError::new)
    }
}
