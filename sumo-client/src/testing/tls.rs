//! Throw-away certificates.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate authority made for one test run. It trusts itself, nobody else does, and its key
/// is never written.
///
/// ```
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use sumo_client::testing::{CloudSiem, TestCa};
///
/// let ca = TestCa::new()?;
/// let config = ca.server_config(&["127.0.0.1", "localhost"])?;
/// let siem = CloudSiem::builder().tls(config).start().await?;
/// // Give `ca.pem()` to the client as an extra root.
/// # Ok(()) }
/// ```
pub struct TestCa {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl std::fmt::Debug for TestCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestCa").finish_non_exhaustive()
    }
}

/// The reason why a certificate or a TLS configuration could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a test certificate: {0}")]
pub struct TestCaError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl TestCa {
    /// Makes a new authority.
    ///
    /// # Errors
    ///
    /// Returns an error if the cryptographic library fails.
    pub fn new() -> Result<Self, TestCaError> {
        let key = KeyPair::generate().map_err(error)?;
        // Authorities of the same name would be taken for one another.
        let mark: String =
            key.public_key_raw().iter().rev().take(8).map(|byte| format!("{byte:02x}")).collect();
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Cloud SIEM stand-in {mark}, for tests only"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(error)?;
        Ok(Self { issuer })
    }

    /// The certificate of the authority, in PEM, for a client to trust.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server's configuration with a valid certificate for these host names and IP addresses,
    /// offering HTTP/2 and HTTP/1.1. Names that the client does not use make the certificate a
    /// wrong one.
    ///
    /// # Errors
    ///
    /// Returns an error if a name is neither a host name nor an address, or the cryptographic
    /// library fails.
    pub fn server_config(&self, names: &[&str]) -> Result<Arc<ServerConfig>, TestCaError> {
        self.config_for(certificate_params(names)?)
    }

    /// Like [`server_config`](Self::server_config), with a certificate that ended in 2001.
    ///
    /// # Errors
    ///
    /// As `server_config`.
    pub fn expired_server_config(&self, names: &[&str]) -> Result<Arc<ServerConfig>, TestCaError> {
        let mut params = certificate_params(names)?;
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
        self.config_for(params)
    }

    fn config_for(&self, params: CertificateParams) -> Result<Arc<ServerConfig>, TestCaError> {
        let key = KeyPair::generate().map_err(error)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(error)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(error)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(error)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn certificate_params(names: &[&str]) -> Result<CertificateParams, TestCaError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(error)?;
    params.distinguished_name.push(DnType::CommonName, "Cloud SIEM stand-in");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn error(error: impl std::error::Error + Send + Sync + 'static) -> TestCaError {
    TestCaError(Box::new(error))
}
