//! The settings of a service: as a program takes them, and as the service uses them.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use chrono::{DateTime, Utc};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::auth::KeySet;
use crate::auth::allow_list::{AllowList, Audiences, HostPort, HostPortError};
use crate::dispatch::RequestLimits;
use crate::http::server::ServerLimits;
use crate::pages::Pages;
use crate::public_url::public_url;
#[cfg(feature = "cli")]
use crate::setting_values as values;
use crate::telemetry::fingerprint::FingerprintKey;
use crate::telemetry::forwarded::TrustedProxies;
use crate::telemetry::logs::{LogFormat, TelemetrySettings};

/// The settings of a service as a program takes them; [`Config::from_settings`] checks them and
/// reads the files that they name.
///
/// With the feature `cli` this is a group of arguments for `clap`: each setting is a flag and an
/// environment variable, and the flag wins.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[non_exhaustive]
pub struct Settings {
    /// Address and port to listen on.
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_LISTEN",
        default_value_t = Self::LISTEN,
        value_parser = Self::listen_address,
        value_name = "ADDRESS",
    ))]
    pub listen: SocketAddr,

    /// Public base URLs of this service, comma separated: the audiences that tokens may be made
    /// for, such as `https://relay.example.com`. Without it, `http://` or `https://` and the Host
    /// header of a request serve, which is for trying things out only.
    #[cfg_attr(
        feature = "cli",
        arg(long, env = "RELAY_PUBLIC_URLS", value_delimiter = ',', value_name = "URL",)
    )]
    pub public_urls: Vec<String>,

    /// Hosts that may publish signing keys, comma separated `host[:port]`; replaces the list of
    /// Cisco's three.
    #[cfg_attr(
        feature = "cli",
        arg(long, env = "RELAY_JWKS_HOSTS", value_delimiter = ',', value_name = "HOST",)
    )]
    pub jwks_hosts: Vec<String>,

    /// A JSON Web Key Set file to take the signing keys from, instead of fetching them; for use
    /// without Cisco. Tokens must still name a trusted key-set host.
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_JWKS_FILE", value_name = "FILE"))]
    pub jwks_file: Option<PathBuf>,

    /// A PEM file with root certificates to trust besides the platform's.
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_EXTRA_CA_FILE", value_name = "FILE"))]
    pub extra_ca_file: Option<PathBuf>,

    /// Bounds of requests and of the work on them.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub requests: RequestLimits,

    /// Logs and traces.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub telemetry: TelemetrySettings,

    /// Address and port of the admin listener: live, ready, metrics and the log level. Keep it off
    /// the public network. Not opened unless given.
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_ADMIN_LISTEN",
        value_parser = Self::listen_address,
        value_name = "ADDRESS",
    ))]
    pub admin_listen: Option<SocketAddr>,

    /// Host names that requests to the admin listener may name besides addresses, names of one
    /// word, and those inside of a cluster (`.svc`, `.svc.cluster.local`, `.internal`); comma
    /// separated, without ports.
    #[cfg_attr(
        feature = "cli",
        arg(long, env = "RELAY_ADMIN_HOSTS", value_delimiter = ',', value_name = "HOST",)
    )]
    pub admin_hosts: Vec<String>,

    /// The pages for people: landing page, explorer and Swagger UI; on or off.
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_PAGES",
        default_value = "on",
        value_parser = |text: &str| values::switch(text).map(Pages::from),
        value_name = "SWITCH",
    ))]
    pub pages: Pages,

    /// Addresses and networks of the proxies in front, comma separated, such as `10.0.0.0/8`: their
    /// `X-Forwarded-For` tells the log who called. Nobody else's does.
    #[cfg_attr(
        feature = "cli",
        arg(long, env = "RELAY_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORK",)
    )]
    pub trusted_proxies: Vec<String>,

    /// A TOML file with settings, under the names of the flags. Variables and flags win over it.
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_CONFIG_FILE", value_name = "FILE"))]
    pub config_file: Option<PathBuf>,

    /// The time between two looks at the files that settings name, in seconds; 0 is never (0
    /// to 3600). SIGHUP has them read at once.
    #[cfg_attr(feature = "cli", arg(
        long = "reload-seconds",
        env = "RELAY_RELOAD_SECONDS",
        default_value = values::seconds_text(Self::RELOAD),
        value_parser = values::seconds(0.0, 3600.0),
        value_name = "SECONDS",
    ))]
    pub reload: Duration,

    /// A PEM file with the certificate chain to serve TLS with; needs the key file, too.
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_TLS_CERT_FILE", value_name = "FILE"))]
    pub tls_cert_file: Option<PathBuf>,

    /// A PEM file with the private key to serve TLS with; needs the certificate file, too.
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_TLS_KEY_FILE", value_name = "FILE"))]
    pub tls_key_file: Option<PathBuf>,

    /// Bounds of the server.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub server: ServerLimits,
}

impl Settings {
    /// The address that is listened on unless another is given.
    pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 9090);

    const RELOAD: Duration = Duration::from_secs(30);

    /// Returns the files that these settings name, which are read again when they change.
    pub fn files(&self) -> Vec<PathBuf> {
        let files = [
            &self.config_file,
            &self.tls_cert_file,
            &self.tls_key_file,
            &self.extra_ca_file,
            &self.jwks_file,
        ];
        files.into_iter().filter_map(|file| given(file.as_deref())).map(Path::to_path_buf).collect()
    }

    /// Parses an address to listen on: `127.0.0.1:9090`, `localhost:9090`, or `:9090` for all
    /// interfaces.
    ///
    /// # Errors
    /// Returns an error if the text is not such an address, or its host is not known.
    pub fn listen_address(text: &str) -> Result<SocketAddr, ListenAddressError> {
        let (host, port) = text.rsplit_once(':').ok_or(ListenAddressError::Form)?;
        if host.is_empty() {
            let port = port.parse().map_err(|_| ListenAddressError::Form)?;
            return Ok(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
        }
        if let Ok(address) = text.parse() {
            return Ok(address);
        }
        let addresses = text.to_socket_addrs().map_err(|source| ListenAddressError::Host { source })?;
        // Where a name stands for both, most callers try version 4.
        addresses.min_by_key(SocketAddr::is_ipv6).ok_or(ListenAddressError::Form)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: Self::LISTEN,
            public_urls: Vec::new(),
            jwks_hosts: Vec::new(),
            jwks_file: None,
            extra_ca_file: None,
            requests: RequestLimits::default(),
            telemetry: TelemetrySettings::default(),
            admin_listen: None,
            admin_hosts: Vec::new(),
            pages: Pages::On,
            trusted_proxies: Vec::new(),
            config_file: None,
            reload: Self::RELOAD,
            tls_cert_file: None,
            tls_key_file: None,
            server: ServerLimits::default(),
        }
    }
}

/// The error of a text that is not an address to listen on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenAddressError {
    /// The text is not an address with a port.
    #[error("{}", Self::FORM)]
    Form,
    /// The text is not an address, and its host is not known.
    #[error("{source}; {}", Self::FORM)]
    Host {
        /// The error of the look-up.
        source: io::Error,
    },
}

impl ListenAddressError {
    const FORM: &str = "use an address and a port, such as 127.0.0.1:9090, localhost:9090 or :9090";
}

/// A setting that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{variable} (--{}): {source}", flag(variable))]
pub struct SettingError {
    variable: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

/// Returns the name of the flag of a setting, without the hyphens before it.
pub(crate) fn flag(variable: &str) -> String {
    variable.trim_start_matches("RELAY_").to_lowercase().replace('_', "-")
}

/// The error of a file that a setting names.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Contents { path: PathBuf, source: Box<dyn Error + Send + Sync> },
}

impl SettingError {
    /// Creates the error of the setting with this environment variable: an error, or a text.
    pub fn new(variable: &'static str, problem: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { variable, source: problem.into() }
    }

    /// Creates the error of a setting that names a file with a problem.
    pub fn in_file(
        variable: &'static str,
        path: impl Into<PathBuf>,
        problem: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::new(variable, FileError::Contents { path: path.into(), source: problem.into() })
    }

    /// Returns the environment variable of the setting.
    pub fn variable(&self) -> &'static str {
        self.variable
    }
}

/// A certificate with its key, to serve TLS with.
#[derive(Clone)]
pub struct Tls {
    config: Arc<rustls::ServerConfig>,
    expires: Option<DateTime<Utc>>,
}

/// The error of a certificate and a key that TLS cannot be served with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificates are not PEM.
    #[error("the certificates cannot be read: {0}")]
    Certificates(#[source] pem::Error),
    /// The key is not PEM.
    #[error("the key cannot be read: {0}")]
    Key(#[source] pem::Error),
    /// The certificates and the key do not belong together, or are of a kind that is not served.
    #[error("they cannot be used: {0}")]
    Unusable(#[source] rustls::Error),
}

impl Tls {
    /// Reads a certificate chain and a private key, both PEM.
    ///
    /// # Errors
    /// Returns an error if one of them cannot be used, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(TlsError::Certificates)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?;
        let expires = chain.first().and_then(|certificate| not_after(certificate));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        Ok(Self { config: Arc::new(config.map_err(TlsError::Unusable)?), expires })
    }

    /// Returns the moment at which the certificate expires, if it can be read.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.expires
    }

    pub(crate) fn server_config(&self) -> rustls::ServerConfig {
        rustls::ServerConfig::clone(&self.config)
    }
}

fn not_after(certificate: &CertificateDer<'_>) -> Option<DateTime<Utc>> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    DateTime::from_timestamp(certificate.validity().not_after.timestamp(), 0)
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls { .. }")
    }
}

/// Checked settings, with the content of the files that they name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address to listen on for operators.
    pub admin_listen: Option<SocketAddr>,
    /// Further names of the host that operators call.
    pub admin_hosts: AllowList,
    /// The pages for people.
    pub pages: Pages,
    /// TLS on the listener.
    pub tls: Option<Tls>,
    /// The audiences that tokens may be made for.
    pub audiences: Audiences,
    /// The hosts that may publish signing keys.
    pub jwks_hosts: AllowList,
    /// The signing keys, when they are not fetched.
    pub key_set: Option<KeySet>,
    /// PEM root certificates besides the platform's.
    pub extra_roots: Option<Vec<u8>>,
    /// True if calls go through the proxy that the environment names.
    pub use_proxy: bool,
    /// Bounds of requests and of the work on them.
    pub requests: RequestLimits,
    /// Bounds of the server.
    pub server: ServerLimits,
    /// The proxies whose word about callers counts.
    pub trusted_proxies: TrustedProxies,
    /// The key of the fingerprints of tenants in the log.
    pub fingerprint_key: FingerprintKey,
    /// The form of log lines, from the start of the process on.
    pub log_format: LogFormat,
    /// The collector of traces, from the start of the process on.
    #[cfg(feature = "otlp")]
    pub otlp_endpoint: Option<String>,
}

impl Default for Config {
    /// Returns what a service does when nothing is set.
    fn default() -> Self {
        Self {
            listen: Settings::LISTEN,
            admin_listen: None,
            admin_hosts: AllowList::new([]),
            pages: Pages::On,
            tls: None,
            audiences: Audiences::RequestHost,
            jwks_hosts: AllowList::cisco(),
            key_set: None,
            extra_roots: None,
            use_proxy: true,
            requests: RequestLimits::default(),
            server: ServerLimits::default(),
            trusted_proxies: TrustedProxies::default(),
            fingerprint_key: FingerprintKey::random(),
            log_format: TelemetrySettings::default().format,
            #[cfg(feature = "otlp")]
            otlp_endpoint: None,
        }
    }
}

impl Config {
    /// Checks the settings and reads the files that they name.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let default = Self::default();
        Ok(Self {
            listen: settings.listen,
            admin_listen: admin_listen(settings)?,
            admin_hosts: host_list("RELAY_ADMIN_HOSTS", &settings.admin_hosts, default.admin_hosts)?,
            pages: settings.pages,
            tls: tls(settings)?,
            audiences: audiences(&settings.public_urls)?,
            jwks_hosts: host_list("RELAY_JWKS_HOSTS", &settings.jwks_hosts, default.jwks_hosts)?,
            key_set: key_set(settings.jwks_file.as_deref())?,
            extra_roots: extra_roots(settings.extra_ca_file.as_deref())?,
            use_proxy: default.use_proxy,
            requests: settings.requests,
            server: settings.server,
            trusted_proxies: trusted_proxies(&settings.trusted_proxies)?,
            fingerprint_key: settings.telemetry.fingerprint_key.clone().unwrap_or(default.fingerprint_key),
            log_format: settings.telemetry.format,
            #[cfg(feature = "otlp")]
            otlp_endpoint: settings.telemetry.otlp_endpoint.clone(),
        })
    }

    /// Applies the proxy and root certificates of these settings to an HTTP client.
    ///
    /// # Errors
    /// Returns an error if the root certificates are not PEM.
    pub fn apply_to(
        &self,
        mut client: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, reqwest::Error> {
        if !self.use_proxy {
            client = client.no_proxy();
        }
        if let Some(pem) = &self.extra_roots {
            client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        Ok(client)
    }
}

/// Returns the address of the admin listener, which must leave that of the public port free.
fn admin_listen(settings: &Settings) -> Result<Option<SocketAddr>, SettingError> {
    let taken = |admin: &SocketAddr| cannot_both_be_opened(*admin, settings.listen);
    if let Some(admin) = settings.admin_listen.filter(taken) {
        let listen = settings.listen;
        let problem = format!(
            "{admin} cannot be opened beside RELAY_LISTEN (--listen), which is {listen}; choose another port"
        );
        return Err(SettingError::new("RELAY_ADMIN_LISTEN", problem));
    }
    Ok(settings.admin_listen)
}

/// Returns true if the system gives only one of these addresses to a program.
fn cannot_both_be_opened(one: SocketAddr, other: SocketAddr) -> bool {
    // The wildcard of IPv6 takes the port of IPv4, too.
    let covers = |all: SocketAddr, address: SocketAddr| {
        all.ip().is_unspecified() && (all.is_ipv6() || address.is_ipv4())
    };
    // The system finds a free port for each 0.
    one.port() != 0
        && one.port() == other.port()
        && (one.ip() == other.ip() || covers(one, other) || covers(other, one))
}

/// Reads a file with PEM root certificates; a blank path is none.
///
/// # Errors
/// Returns an error if the file cannot be read or holds no certificate.
pub fn extra_roots(path: Option<&Path>) -> Result<Option<Vec<u8>>, SettingError> {
    const VARIABLE: &str = "RELAY_EXTRA_CA_FILE";
    let Some(path) = given(path) else { return Ok(None) };
    let pem = read(VARIABLE, path)?;
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(Some(pem)),
        Ok(_) => Err(SettingError::new(VARIABLE, format!("{} holds no PEM certificate", path.display()))),
        Err(error) => Err(SettingError::in_file(VARIABLE, path, error)),
    }
}

/// Reads a list of hosts; blank members are left out, and a blank list is the default.
///
/// # Errors
/// Returns an error if a member is not a host.
pub fn host_list(
    variable: &'static str,
    given: &[String],
    default: AllowList,
) -> Result<AllowList, SettingError> {
    let hosts: Result<Vec<HostPort>, HostPortError> = members(given).map(str::parse).collect();
    let hosts = hosts.map_err(|error| SettingError::new(variable, error))?;
    if let Some(host) = hosts.iter().find(|host| host.as_str().ends_with(":443")) {
        let problem = format!("\"{host}\" can never match: tokens name the host without the port of https");
        return Err(SettingError::new(variable, problem));
    }
    Ok(if hosts.is_empty() { default } else { AllowList::new(hosts) })
}

/// Returns the members of a list that are not blank; `A=` and `A=a,` are written easily.
fn members(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(|member| member.trim()).filter(|member| !member.is_empty())
}

fn trusted_proxies(given: &[String]) -> Result<TrustedProxies, SettingError> {
    TrustedProxies::parse(members(given)).map_err(|error| SettingError::new("RELAY_TRUSTED_PROXIES", error))
}

fn audiences(given: &[String]) -> Result<Audiences, SettingError> {
    let urls = members(given).map(public_url).collect::<Result<BTreeSet<_>, _>>();
    let urls = urls.map_err(|error| SettingError::new("RELAY_PUBLIC_URLS", error))?;
    Ok(if urls.is_empty() { Audiences::RequestHost } else { Audiences::Configured(urls) })
}

/// Returns a path that is given; `A=` is none.
fn given(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !path.as_os_str().is_empty())
}

fn read(variable: &'static str, path: &Path) -> Result<Vec<u8>, SettingError> {
    let problem = |source| FileError::Read { path: path.to_owned(), source };
    std::fs::read(path).map_err(|error| SettingError::new(variable, problem(error)))
}

fn key_set(path: Option<&Path>) -> Result<Option<KeySet>, SettingError> {
    const VARIABLE: &str = "RELAY_JWKS_FILE";
    let Some(path) = given(path) else { return Ok(None) };
    let bytes = read(VARIABLE, path)?;
    let set = KeySet::from_json(&bytes).map_err(|error| SettingError::in_file(VARIABLE, path, error))?;
    if set.is_empty() {
        let problem = "the key set has no RSA key with a \"kid\"";
        return Err(SettingError::in_file(VARIABLE, path, problem));
    }
    Ok(Some(set))
}

fn tls(settings: &Settings) -> Result<Option<Tls>, SettingError> {
    const CERTIFICATES: &str = "RELAY_TLS_CERT_FILE";
    const KEY: &str = "RELAY_TLS_KEY_FILE";
    let (certificates, key) =
        match (given(settings.tls_cert_file.as_deref()), given(settings.tls_key_file.as_deref())) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(SettingError::new(KEY, "is needed beside RELAY_TLS_CERT_FILE")),
            (None, Some(_)) => {
                return Err(SettingError::new(CERTIFICATES, "is needed beside RELAY_TLS_KEY_FILE"));
            }
            (Some(certificates), Some(key)) => (read(CERTIFICATES, certificates)?, read(KEY, key)?),
        };
    Tls::from_pem(&certificates, &key).map(Some).map_err(|error| SettingError::new(CERTIFICATES, error))
}
