//! The settings of the server: flags, environment variables, and what they must be.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sumo_client::{Deployment, RateLimit};

use crate::auth::KeySet;
use crate::observable::BodyLimits;
use crate::trust::{Audiences, HostPort, TrustedHosts};

/// The settings of `relay-server serve` as they are given; [`Config::from_args`] checks them.
///
/// Each is a flag and an environment variable; the flag wins.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Address and port to listen on.
    #[arg(long, env = "RELAY_LISTEN", default_value = "0.0.0.0:9090", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Public base URLs of this relay, comma separated: the audiences that tokens may be made for, such as
    /// `https://relay.example.com`. Without it, `http://` or `https://` and the Host header of a request serve,
    /// which is for trying things out only.
    #[arg(long, env = "RELAY_PUBLIC_URLS", value_delimiter = ',', value_name = "URL")]
    pub public_urls: Vec<String>,

    /// Hosts that may publish signing keys, comma separated `host[:port]`; replaces the list of Cisco's three.
    #[arg(long, env = "RELAY_JWKS_HOSTS", value_delimiter = ',', value_name = "HOST")]
    pub jwks_hosts: Vec<String>,

    /// Sumo Logic API hosts that tokens may name, comma separated `host[:port]`; replaces the list of all public
    /// deployments.
    #[arg(long, env = "RELAY_SUMO_HOSTS", value_delimiter = ',', value_name = "HOST")]
    pub sumo_hosts: Vec<String>,

    /// A JSON Web Key Set file to take the signing keys from, instead of fetching them; for use without Cisco.
    /// Tokens must still name a trusted key-set host.
    #[arg(long, env = "RELAY_JWKS_FILE", value_name = "FILE")]
    pub jwks_file: Option<PathBuf>,

    /// A PEM file with root certificates to trust besides the platform's.
    #[arg(long, env = "RELAY_EXTRA_CA_FILE", value_name = "FILE")]
    pub extra_ca_file: Option<PathBuf>,

    /// An answer is given before this many seconds have passed, with what was found by then (0.1 to 300).
    #[arg(long, env = "RELAY_DEADLINE_SECONDS", default_value_t = 25.0, value_name = "SECONDS")]
    pub deadline_seconds: f64,

    /// Calls a second to Sumo Logic for each access key; 0 turns the limit off.
    #[arg(long, env = "RELAY_SUMO_RATE", default_value_t = 4, value_name = "CALLS")]
    pub sumo_rate: u32,

    /// Calls to Sumo Logic in flight for each access key (1 or more).
    #[arg(long, env = "RELAY_SUMO_CONCURRENCY", default_value_t = 10, value_name = "CALLS")]
    pub sumo_concurrency: u32,

    /// The largest answer of Sumo Logic that is read, in MiB after decompression (1 to 1024).
    #[arg(long, env = "RELAY_SUMO_BODY_MIB", default_value_t = 32, value_name = "MIB")]
    pub sumo_body_mib: usize,

    /// How long the outcome of a search is remembered for its tenant, in seconds; 0 turns it off (up to 3600).
    #[arg(long, env = "RELAY_CACHE_SECONDS", default_value_t = 30.0, value_name = "SECONDS")]
    pub cache_seconds: f64,

    /// What is logged: a level (error, warn, info, debug, trace) or a list such as `info,relay_server=debug`.
    #[arg(long, env = "RELAY_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,

    /// How it is logged.
    #[arg(long, env = "RELAY_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// Address of an OpenTelemetry collector to send traces to, such as `http://127.0.0.1:4318/v1/traces`.
    #[cfg(feature = "otlp")]
    #[arg(long, env = "RELAY_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// Address and port of the admin listener: live, ready, metrics and the log level. Keep it off the public
    /// network. Not opened unless given.
    #[arg(long, env = "RELAY_ADMIN_LISTEN", value_name = "ADDRESS")]
    pub admin_listen: Option<SocketAddr>,

    /// A PEM file with the certificate chain to serve TLS with; needs the key file, too.
    #[arg(long, env = "RELAY_TLS_CERT_FILE", value_name = "FILE")]
    pub tls_cert_file: Option<PathBuf>,

    /// A PEM file with the private key to serve TLS with; needs the certificate file, too.
    #[arg(long, env = "RELAY_TLS_KEY_FILE", value_name = "FILE")]
    pub tls_key_file: Option<PathBuf>,

    /// The largest request body, in KiB (1 to 65536).
    #[arg(long, env = "RELAY_MAX_BODY_KIB", default_value_t = 1024, value_name = "KIB")]
    pub max_body_kib: usize,

    /// Observables in one request (1 or more).
    #[arg(long, env = "RELAY_MAX_OBSERVABLES", default_value_t = 500, value_name = "COUNT")]
    pub max_observables: usize,

    /// Connections open at once; more wait to be accepted (1 or more).
    #[arg(long, env = "RELAY_MAX_CONNECTIONS", default_value_t = 1024, value_name = "COUNT")]
    pub max_connections: usize,

    /// Requests worked on at once; more are answered with 503 (1 or more).
    #[arg(long, env = "RELAY_MAX_IN_FLIGHT", default_value_t = 256, value_name = "COUNT")]
    pub max_in_flight: usize,

    /// How long connections are still accepted after readiness has closed, in seconds, so that load balancers
    /// notice (0 to 300).
    #[arg(long, env = "RELAY_DRAIN_DELAY_SECONDS", default_value_t = 0.0, value_name = "SECONDS")]
    pub drain_delay_seconds: f64,

    /// How long requests that run may take to end once the server is told to stop, in seconds (0 to 600).
    #[arg(long, env = "RELAY_SHUTDOWN_SECONDS", default_value_t = 30.0, value_name = "SECONDS")]
    pub shutdown_seconds: f64,
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// A setting that cannot be used: which, and why.
#[derive(Debug)]
pub struct ConfigError {
    setting: &'static str,
    problem: String,
}

impl ConfigError {
    fn new(setting: &'static str, problem: impl fmt::Display) -> Self {
        Self { setting, problem: problem.to_string() }
    }

    /// The name of the environment variable.
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = self.setting.trim_start_matches("RELAY_").to_lowercase().replace('_', "-");
        write!(f, "{} (--{flag}): {}", self.setting, self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// A certificate with its key, to serve TLS with.
#[derive(Clone)]
pub struct Tls(Arc<rustls::ServerConfig>);

impl Tls {
    /// Reads a certificate chain and a private key, both PEM.
    ///
    /// # Errors
    /// A text that says which of them cannot be used, and why.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, String> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("the certificates cannot be read: {error}"))?;
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|error| format!("the key cannot be read: {error}"))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        config.map(|config| Self(Arc::new(config))).map_err(|error| format!("they cannot be used: {error}"))
    }

    pub(crate) fn server_config(&self) -> rustls::ServerConfig {
        rustls::ServerConfig::clone(&self.0)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls { .. }")
    }
}

/// Checked settings.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to listen for operators.
    pub admin_listen: Option<SocketAddr>,
    /// TLS on the listener.
    pub tls: Option<Tls>,
    /// Whom tokens may be made for.
    pub audiences: Audiences,
    /// Who may publish keys.
    pub jwks_hosts: TrustedHosts,
    /// The keys, when they are not fetched.
    pub key_set: Option<KeySet>,
    /// Which Sumo Logic API hosts may be called.
    pub sumo_hosts: TrustedHosts,
    /// PEM root certificates besides the platform's.
    pub extra_roots: Option<Vec<u8>>,
    /// Whether calls go through the proxy that the environment names.
    pub use_proxy: bool,
    /// From the arrival of a request to its answer.
    pub deadline: Duration,
    /// Calls a second for each access key; none is no limit.
    pub sumo_rate: Option<u32>,
    /// Calls in flight for each access key.
    pub sumo_concurrency: u32,
    /// The largest answer of Sumo Logic, in bytes.
    pub sumo_body_bytes: usize,
    /// How long outcomes of searches are remembered; zero is not at all.
    pub cache: Duration,
    /// Bounds of request bodies.
    pub body_limits: BodyLimits,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Connections open at once.
    pub max_connections: usize,
    /// Requests worked on at once.
    pub max_in_flight: usize,
    /// From the closing of readiness to that of the port.
    pub drain_delay: Duration,
    /// How long requests may take to end at shutdown.
    pub shutdown: Duration,
}

impl Default for Config {
    /// What the server does when nothing is set.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9090)),
            admin_listen: None,
            tls: None,
            audiences: Audiences::RequestHost,
            jwks_hosts: TrustedHosts::cisco(),
            key_set: None,
            sumo_hosts: TrustedHosts::known(Deployment::ALL.iter().map(|deployment| deployment.api_host())),
            extra_roots: None,
            use_proxy: true,
            deadline: Duration::from_secs(25),
            sumo_rate: Some(4),
            sumo_concurrency: 10,
            sumo_body_bytes: 32 * 1024 * 1024,
            cache: Duration::from_secs(30),
            body_limits: BodyLimits::default(),
            max_body_bytes: 1024 * 1024,
            max_connections: 1024,
            max_in_flight: 256,
            drain_delay: Duration::ZERO,
            shutdown: Duration::from_secs(30),
        }
    }
}

impl Config {
    /// Checks the settings and reads the files that they name.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn from_args(args: &ServeArgs) -> Result<Self, ConfigError> {
        let default = Self::default();
        Ok(Self {
            listen: args.listen,
            admin_listen: args.admin_listen,
            tls: tls(args)?,
            audiences: audiences(&args.public_urls)?,
            jwks_hosts: hosts("RELAY_JWKS_HOSTS", &args.jwks_hosts, default.jwks_hosts)?,
            key_set: key_set(args.jwks_file.as_deref())?,
            sumo_hosts: hosts("RELAY_SUMO_HOSTS", &args.sumo_hosts, default.sumo_hosts)?,
            extra_roots: Self::extra_roots(args.extra_ca_file.as_deref())?,
            use_proxy: default.use_proxy,
            deadline: seconds("RELAY_DEADLINE_SECONDS", args.deadline_seconds, 0.1, 300.0)?,
            sumo_rate: (args.sumo_rate > 0).then_some(args.sumo_rate),
            sumo_concurrency: count("RELAY_SUMO_CONCURRENCY", args.sumo_concurrency, 10_000)?,
            sumo_body_bytes: count("RELAY_SUMO_BODY_MIB", args.sumo_body_mib, 1024)? * 1024 * 1024,
            cache: seconds("RELAY_CACHE_SECONDS", args.cache_seconds, 0.0, 3600.0)?,
            body_limits: BodyLimits {
                items: count("RELAY_MAX_OBSERVABLES", args.max_observables, 100_000)?,
                ..BodyLimits::default()
            },
            max_body_bytes: count("RELAY_MAX_BODY_KIB", args.max_body_kib, 65_536)? * 1024,
            max_connections: count("RELAY_MAX_CONNECTIONS", args.max_connections, 1_000_000)?,
            max_in_flight: count("RELAY_MAX_IN_FLIGHT", args.max_in_flight, 1_000_000)?,
            drain_delay: seconds("RELAY_DRAIN_DELAY_SECONDS", args.drain_delay_seconds, 0.0, 300.0)?,
            shutdown: seconds("RELAY_SHUTDOWN_SECONDS", args.shutdown_seconds, 0.0, 600.0)?,
        })
    }
}

impl Config {
    /// Reads a file with PEM root certificates; a blank path is none.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn extra_roots(path: Option<&Path>) -> Result<Option<Vec<u8>>, ConfigError> {
        const SETTING: &str = "RELAY_EXTRA_CA_FILE";
        let Some(path) = given(path) else { return Ok(None) };
        let pem = read(SETTING, path)?;
        match reqwest::Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(Some(pem)),
            Ok(_) => Err(ConfigError::new(SETTING, format!("{} holds no PEM certificate", path.display()))),
            Err(error) => Err(ConfigError::new(SETTING, format!("{}: {error}", path.display()))),
        }
    }

    /// The limit of calls for each access key.
    pub(crate) fn rate_limit(&self) -> RateLimit {
        RateLimit {
            calls_per_window: self.sumo_rate.unwrap_or(0),
            concurrency: self.sumo_concurrency,
            ..RateLimit::default()
        }
    }
}

fn seconds(setting: &'static str, given: f64, least: f64, most: f64) -> Result<Duration, ConfigError> {
    if (least..=most).contains(&given) {
        Ok(Duration::from_secs_f64(given))
    } else {
        Err(ConfigError::new(setting, format!("{given} is not from {least} to {most}")))
    }
}

fn count<N>(setting: &'static str, given: N, most: N) -> Result<N, ConfigError>
where
    N: PartialOrd + From<u8> + fmt::Display + Copy,
{
    if given >= N::from(1) && given <= most {
        Ok(given)
    } else {
        Err(ConfigError::new(setting, format!("{given} is not from 1 to {most}")))
    }
}

/// The members of a list that are not blank; `A=` and `A=a,` are written easily.
fn members(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(|member| member.trim()).filter(|member| !member.is_empty())
}

fn hosts(
    setting: &'static str,
    given: &[String],
    default: TrustedHosts,
) -> Result<TrustedHosts, ConfigError> {
    let parsed: Result<Vec<HostPort>, _> = members(given).map(str::parse).collect();
    let hosts = parsed.map_err(|error| ConfigError::new(setting, error))?;
    Ok(if hosts.is_empty() { default } else { TrustedHosts::new(hosts) })
}

fn audiences(given: &[String]) -> Result<Audiences, ConfigError> {
    let urls = members(given).map(public_url).collect::<Result<BTreeSet<_>, _>>()?;
    Ok(if urls.is_empty() { Audiences::RequestHost } else { Audiences::Configured(urls) })
}

fn public_url(text: &str) -> Result<String, ConfigError> {
    let problem = |why: &str| ConfigError::new("RELAY_PUBLIC_URLS", format!("{text:?} {why}"));
    let url = url::Url::parse(text).map_err(|_| problem("is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(problem("is not an http or https URL"));
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(problem("has more than scheme, host, port and path"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A path that is given; `A=` is none.
fn given(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !path.as_os_str().is_empty())
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path)
        .map_err(|error| ConfigError::new(setting, format!("cannot read {}: {error}", path.display())))
}

fn key_set(path: Option<&Path>) -> Result<Option<KeySet>, ConfigError> {
    const SETTING: &str = "RELAY_JWKS_FILE";
    let Some(path) = given(path) else { return Ok(None) };
    let bytes = read(SETTING, path)?;
    let set = KeySet::from_json(&bytes);
    set.map(Some).map_err(|error| ConfigError::new(SETTING, format!("{}: {error}", path.display())))
}

fn tls(args: &ServeArgs) -> Result<Option<Tls>, ConfigError> {
    const CERTIFICATES: &str = "RELAY_TLS_CERT_FILE";
    const KEY: &str = "RELAY_TLS_KEY_FILE";
    let (certificates, key) =
        match (given(args.tls_cert_file.as_deref()), given(args.tls_key_file.as_deref())) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(ConfigError::new(KEY, "is needed beside RELAY_TLS_CERT_FILE")),
            (None, Some(_)) => {
                return Err(ConfigError::new(CERTIFICATES, "is needed beside RELAY_TLS_KEY_FILE"));
            }
            (Some(certificates), Some(key)) => (read(CERTIFICATES, certificates)?, read(KEY, key)?),
        };
    Tls::from_pem(&certificates, &key).map(Some).map_err(|error| ConfigError::new(CERTIFICATES, error))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: ServeArgs,
    }

    fn config(flags: &[&str]) -> Result<Config, ConfigError> {
        let words = std::iter::once("relay").chain(flags.iter().copied());
        Config::from_args(&Command::try_parse_from(words).unwrap().args)
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(format!("{:?}", config(&[]).unwrap()), format!("{:?}", Config::default()));
        let all: Vec<_> = Config::default().sumo_hosts.iter().map(str::to_owned).collect();
        assert_eq!(all.len(), Deployment::ALL.len());
    }

    #[test]
    fn lists_replace_their_defaults() {
        let config = config(&[
            "--jwks-hosts=127.0.0.1:8443, keys.example.com,",
            "--sumo-hosts=",
            "--public-urls=https://relay.example.com/,http://localhost:9090",
            "--sumo-rate=0",
        ])
        .unwrap();
        assert_eq!(config.jwks_hosts.iter().collect::<Vec<_>>(), ["127.0.0.1:8443", "keys.example.com"]);
        assert_eq!(config.sumo_hosts, Config::default().sumo_hosts);
        let urls = ["https://relay.example.com", "http://localhost:9090"].map(str::to_owned);
        assert_eq!(config.audiences, Audiences::Configured(urls.into()));
        assert_eq!(config.sumo_rate, None);
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named() {
        for (flag, setting) in [
            ("--public-urls=relay.example.com", "RELAY_PUBLIC_URLS"),
            ("--public-urls=ftp://relay.example.com", "RELAY_PUBLIC_URLS"),
            ("--public-urls=https://u:p@relay.example.com", "RELAY_PUBLIC_URLS"),
            ("--public-urls=https://relay.example.com/?a", "RELAY_PUBLIC_URLS"),
            ("--jwks-hosts=https://a", "RELAY_JWKS_HOSTS"),
            ("--sumo-hosts=a/b", "RELAY_SUMO_HOSTS"),
            ("--jwks-file=/does/not/exist", "RELAY_JWKS_FILE"),
            ("--jwks-file=Cargo.toml", "RELAY_JWKS_FILE"),
            ("--extra-ca-file=/does/not/exist", "RELAY_EXTRA_CA_FILE"),
            ("--extra-ca-file=Cargo.toml", "RELAY_EXTRA_CA_FILE"),
            ("--deadline-seconds=0", "RELAY_DEADLINE_SECONDS"),
            ("--deadline-seconds=NaN", "RELAY_DEADLINE_SECONDS"),
            ("--sumo-concurrency=0", "RELAY_SUMO_CONCURRENCY"),
            ("--cache-seconds=4000", "RELAY_CACHE_SECONDS"),
            ("--max-in-flight=0", "RELAY_MAX_IN_FLIGHT"),
            ("--tls-cert-file=a.pem", "RELAY_TLS_KEY_FILE"),
            ("--tls-key-file=a.pem", "RELAY_TLS_CERT_FILE"),
        ] {
            let error = config(&[flag]).err().unwrap();
            assert_eq!(error.setting(), setting, "{flag}");
            assert!(
                error.to_string().contains(flag.split('=').next().unwrap()) || setting.contains("TLS"),
                "{error}"
            );
        }
    }
}
