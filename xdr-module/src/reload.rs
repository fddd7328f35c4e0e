//! Replacing parts of a service that runs: the module, the trusted keys, the certificate.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::auth::{Authenticator, KeySetTimes, KeySets};
use crate::http::server::{Server, ServerTls};
use crate::module::{About, Module};
use crate::settings::Config;
use crate::telemetry::fingerprint::FingerprintKey;
use crate::telemetry::metrics::{LimitValues, Metrics};

/// Replaces parts of a service while it runs. Requests that are worked on are not affected.
pub struct Reloader<M> {
    pub(crate) module: Arc<ArcSwap<M>>,
    pub(crate) authenticator: Arc<ArcSwap<Authenticator>>,
    pub(crate) metrics: Metrics,
    tls: Option<ServerTls>,
    about: About,
    /// The settings in force, as far as they come into force without a restart.
    config: Config,
    /// The settings at the start.
    started: Config,
}

impl<M: Module> Reloader<M> {
    pub(crate) fn new(
        module: M,
        config: &Config,
        server: &Server,
        metrics: &Metrics,
    ) -> Result<Self, reqwest::Error> {
        let about = module.about();
        let authenticator = authenticator(config, &about, metrics)?;
        metrics.set_limits(LimitValues {
            in_flight: config.requests.max_in_flight,
            connections: config.server.max_connections,
            observables: config.requests.max_observables,
            body_bytes: config.requests.max_body_bytes,
            deadline: config.requests.deadline,
        });
        let reloader = Self {
            module: Arc::new(ArcSwap::from_pointee(module)),
            authenticator: Arc::new(ArcSwap::from_pointee(authenticator)),
            metrics: metrics.clone(),
            tls: server.tls(),
            about,
            config: config.clone(),
            started: config.clone(),
        };
        reloader.note_certificate(config);
        Ok(reloader)
    }

    /// Returns the module that works at the moment.
    pub fn module(&self) -> Arc<M> {
        self.module.load_full()
    }

    pub(crate) fn fingerprint_key(&self) -> FingerprintKey {
        self.config.fingerprint_key.clone()
    }

    /// Puts new settings, and a new module if there is one, into force. Returns the variables of
    /// settings that differ, but come into force only with the next start.
    ///
    /// # Errors
    /// Returns an error if the HTTP client for key sets cannot be set up; nothing has changed then.
    pub fn apply(&mut self, config: Config, module: Option<M>) -> Result<Vec<&'static str>, reqwest::Error> {
        if !self.trusts_the_same(&config) {
            let authenticator = authenticator(&config, &self.about, &self.metrics)?;
            self.authenticator.store(Arc::new(authenticator));
        }
        if let Some(module) = module {
            self.module.store(Arc::new(module));
        }
        if let (Some(handle), Some(tls)) = (&self.tls, &config.tls) {
            handle.replace(tls.server_config());
        }
        self.note_certificate(&config);
        let waiting = waiting_for_restart(&self.started, &config);
        self.config = config;
        Ok(waiting)
    }

    /// Returns true if keys are fetched from the same hosts in the same way, so that the keys can
    /// stay.
    fn trusts_the_same(&self, config: &Config) -> bool {
        let trusted = |config: &Config| {
            let audiences = config.audiences.clone();
            (config.jwks_hosts.clone(), audiences, config.extra_roots.clone(), config.use_proxy)
        };
        config.key_set.is_none() && self.config.key_set.is_none() && trusted(config) == trusted(&self.config)
    }

    fn note_certificate(&self, config: &Config) {
        let Some(expires) = config.tls.as_ref().and_then(|tls| tls.expires()) else { return };
        let expires = expires.timestamp();
        self.metrics.set_certificate_expiry(expires);
        let days = (expires - chrono::Utc::now().timestamp()).div_euclid(SECONDS_OF_A_DAY);
        if days < 0 {
            tracing::error!(days, "the certificate that is served has expired");
        } else if days < WARNED_DAYS {
            tracing::warn!(days, "the certificate that is served expires soon");
        }
    }
}

impl<M> fmt::Debug for Reloader<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("about", &self.about).finish_non_exhaustive()
    }
}

/// Returns the variables of settings that differ from those at the start, and come into force only
/// with the next one.
fn waiting_for_restart(started: &Config, config: &Config) -> Vec<&'static str> {
    let ((server, requests), (new_server, new_requests)) =
        ((&started.server, &started.requests), (&config.server, &config.requests));
    let differences = [
        ("RELAY_LISTEN", started.listen != config.listen),
        ("RELAY_ADMIN_LISTEN", started.admin_listen != config.admin_listen),
        ("RELAY_ADMIN_HOSTS", started.admin_hosts != config.admin_hosts),
        ("RELAY_PAGES", started.pages != config.pages),
        ("RELAY_TLS_CERT_FILE", started.tls.is_some() != config.tls.is_some()),
        ("RELAY_TRUSTED_PROXIES", started.trusted_proxies != config.trusted_proxies),
        ("RELAY_MAX_CONNECTIONS", server.max_connections != new_server.max_connections),
        ("RELAY_MAX_PEER_CONNECTIONS", server.max_peer_connections != new_server.max_peer_connections),
        ("RELAY_DRAIN_DELAY_SECONDS", server.drain_delay != new_server.drain_delay),
        ("RELAY_SHUTDOWN_SECONDS", server.shutdown != new_server.shutdown),
        ("RELAY_HEADER_SECONDS", server.header_timeout != new_server.header_timeout),
        ("RELAY_IDLE_SECONDS", server.idle_timeout != new_server.idle_timeout),
        ("RELAY_MAX_IN_FLIGHT", requests.max_in_flight != new_requests.max_in_flight),
        ("RELAY_TENANT_SHARE", requests.tenant_share != new_requests.tenant_share),
        ("RELAY_DEPLOYMENT_SHARE", requests.deployment_share != new_requests.deployment_share),
        ("RELAY_MAX_OBSERVABLES", requests.max_observables != new_requests.max_observables),
        ("RELAY_MAX_BODY_KIB", requests.max_body_bytes != new_requests.max_body_bytes),
        ("RELAY_BODY_MEMORY_MIB", requests.body_memory_bytes != new_requests.body_memory_bytes),
        ("RELAY_BODY_SECONDS", requests.body_timeout != new_requests.body_timeout),
        ("RELAY_DEADLINE_SECONDS", requests.deadline != new_requests.deadline),
        ("RELAY_LOG_FORMAT", started.log_format != config.log_format),
        #[cfg(feature = "otlp")]
        ("RELAY_OTLP_ENDPOINT", started.otlp_endpoint != config.otlp_endpoint),
    ];
    differences.into_iter().filter(|(_, differs)| *differs).map(|(variable, _)| variable).collect()
}

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// A certificate with fewer days left is told at start.
const WARNED_DAYS: i64 = 21;

/// Returns the key sets that a configuration trusts.
///
/// # Errors
/// Returns an error if the HTTP client cannot be set up.
pub fn key_sets(config: &Config, about: &About) -> Result<KeySets, reqwest::Error> {
    if let Some(set) = &config.key_set {
        return Ok(KeySets::fixed(set.clone()));
    }
    let client = reqwest::Client::builder()
        .tls_backend_rustls()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(format!("{}/{}", about.name, about.version));
    Ok(KeySets::of_hosts(&config.jwks_hosts, config.apply_to(client)?.build()?, KeySetTimes::default()))
}

fn authenticator(config: &Config, about: &About, metrics: &Metrics) -> Result<Authenticator, reqwest::Error> {
    let key_sets = key_sets(config, about)?.with_metrics(metrics);
    Ok(Authenticator::new(config.jwks_hosts.clone(), config.audiences.clone(), key_sets))
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use std::collections::BTreeSet;

    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::parse_from;
    use crate::settings::{Settings, Tls};

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        settings: Settings,
    }

    /// Settings that wait for the next start, each with a value that is not its default.
    const WAITING: &[(&str, &str)] = &[
        ("RELAY_LISTEN", "127.0.0.1:1"),
        ("RELAY_ADMIN_LISTEN", "127.0.0.1:1"),
        ("RELAY_ADMIN_HOSTS", "relay.example.com"),
        ("RELAY_PAGES", "off"),
        ("RELAY_TRUSTED_PROXIES", "10.0.0.0/8"),
        ("RELAY_MAX_CONNECTIONS", "7"),
        ("RELAY_MAX_PEER_CONNECTIONS", "7"),
        ("RELAY_DRAIN_DELAY_SECONDS", "7"),
        ("RELAY_SHUTDOWN_SECONDS", "7"),
        ("RELAY_HEADER_SECONDS", "7"),
        ("RELAY_IDLE_SECONDS", "7"),
        ("RELAY_MAX_IN_FLIGHT", "7"),
        ("RELAY_TENANT_SHARE", "7"),
        ("RELAY_DEPLOYMENT_SHARE", "7"),
        ("RELAY_MAX_OBSERVABLES", "7"),
        ("RELAY_MAX_BODY_KIB", "7"),
        ("RELAY_BODY_MEMORY_MIB", "7"),
        ("RELAY_BODY_SECONDS", "7"),
        ("RELAY_DEADLINE_SECONDS", "7"),
        ("RELAY_LOG_FORMAT", "json"),
        #[cfg(feature = "otlp")]
        ("RELAY_OTLP_ENDPOINT", "http://localhost:4318"),
    ];

    /// Settings that come into force when they are read again. Of these, only flags and variables,
    /// which do not change, name the configuration file.
    const RELOADED: [&str; 8] = [
        "RELAY_PUBLIC_URLS",
        "RELAY_JWKS_HOSTS",
        "RELAY_JWKS_FILE",
        "RELAY_EXTRA_CA_FILE",
        "RELAY_LOG",
        "RELAY_FINGERPRINT_KEY",
        "RELAY_RELOAD_SECONDS",
        "RELAY_CONFIG_FILE",
    ];

    /// Settings of files that are read again, but wait when there were none at the start.
    const TLS_FILES: [&str; 2] = ["RELAY_TLS_CERT_FILE", "RELAY_TLS_KEY_FILE"];

    #[test]
    fn each_setting_that_waits_for_the_next_start_is_told() {
        let started = Config::default();
        for (variable, value) in WAITING {
            let flag = variable.trim_start_matches("RELAY_").to_lowercase().replace('_', "-");
            let words = ["module".to_owned(), format!("--{flag}={value}")];
            let settings = parse_from::<Arguments>(words).unwrap().settings;
            let config = Config::from_settings(&settings).unwrap();
            assert_eq!(waiting_for_restart(&started, &config), [*variable]);
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let tls = Tls::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
        let with_tls = Config { tls: Some(tls), ..started.clone() };
        assert_eq!(waiting_for_restart(&started, &with_tls), ["RELAY_TLS_CERT_FILE"]);
        assert_eq!(waiting_for_restart(&with_tls, &with_tls), [] as [&str; 0]);
    }

    #[test]
    fn each_setting_waits_for_the_next_start_or_is_reloaded() {
        let waiting = WAITING.iter().map(|(variable, _)| *variable);
        let known: BTreeSet<_> = waiting.chain(RELOADED).chain(TLS_FILES).map(str::to_owned).collect();
        let command = Arguments::command();
        let variables = command.get_arguments().filter_map(|argument| argument.get_env());
        let variables: BTreeSet<_> = variables.map(|name| name.to_string_lossy().into_owned()).collect();
        assert_eq!(known, variables);
    }
}
