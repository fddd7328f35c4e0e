//! The settings of the relay: those of every service, and those for Sumo Logic.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::respond::RespondConfig;
use secrecy::{ExposeSecret as _, SecretString};
use sumo_client::{CircuitBreakers, Deployment, RateLimit, SharedBudget, ValkeyStore};
use xdr_module::auth::allow_list::AllowList;
#[cfg(feature = "cli")]
use xdr_module::setting_values as values;
use xdr_module::{SettingError, Settings, host_list};

/// The settings of the relay as a program takes them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[non_exhaustive]
pub struct RelaySettings {
    /// The settings of the service.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub service: Settings,

    /// The settings for Sumo Logic.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub sumo: SumoSettings,
}

/// The settings for Sumo Logic as a program takes them; [`SumoConfig::from_settings`] checks them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[non_exhaustive]
pub struct SumoSettings {
    /// Sumo Logic API hosts that tokens may name, comma separated `host[:port]`; replaces the list
    /// of all public deployments.
    #[cfg_attr(
        feature = "cli",
        arg(long, env = "RELAY_SUMO_HOSTS", value_delimiter = ',', value_name = "HOST",)
    )]
    pub sumo_hosts: Vec<String>,

    /// Sumo Logic access ids that may use the relay, comma separated. Without it, every access id
    /// may.
    #[cfg_attr(
        feature = "cli",
        arg(long, env = "RELAY_ACCESS_IDS", value_delimiter = ',', value_name = "ID",)
    )]
    pub access_ids: Vec<String>,

    /// Calls a second to Sumo Logic for each access key; 0 turns the limit off (0 to 1000).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_SUMO_RATE",
        default_value_t = RateLimit::default().calls_per_window,
        value_parser = values::count_u32(0, 1000),
        value_name = "CALLS",
    ))]
    pub sumo_rate: u32,

    /// Calls to Sumo Logic in flight for each access key (1 to 10000).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_SUMO_CONCURRENCY",
        default_value_t = RateLimit::default().concurrency,
        value_parser = values::count_u32(1, 10_000),
        value_name = "CALLS",
    ))]
    pub sumo_concurrency: u32,

    /// The Valkey or Redis server through which several relays share the limits of an access key,
    /// such as `rediss://valkey.example.com:6379/0`.
    #[cfg_attr(
        feature = "cli",
        arg(long, env = "RELAY_BUDGET_URL", hide_env_values = true, value_name = "URL")
    )]
    pub budget_url: Option<BudgetUrl>,

    /// A file with the password of that server, instead of one in the URL.
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_BUDGET_PASSWORD_FILE", value_name = "FILE"))]
    pub budget_password_file: Option<PathBuf>,

    /// PEM roots to trust for that server, instead of the platform's.
    #[cfg_attr(feature = "cli", arg(long, env = "RELAY_BUDGET_CA_FILE", value_name = "FILE"))]
    pub budget_ca_file: Option<PathBuf>,

    /// The number of relays that divide the limits while that server cannot be reached (1 to 1000).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_REPLICAS",
        default_value_t = 1,
        value_parser = values::count_u32(1, 1_000),
        value_name = "RELAYS",
    ))]
    pub replicas: u32,

    /// The largest answer of Sumo Logic that is read, in MiB after decompression (1 to 1024).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_SUMO_BODY_MIB",
        default_value_t = Self::BODY_MIB,
        value_parser = values::count_u32(1, 1024),
        value_name = "MIB",
    ))]
    pub sumo_body_mib: u32,

    /// The memory that answers of Sumo Logic may take together while they are read, in MiB; calls
    /// wait for room. At least four times the largest answer (4 to 4096).
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_SUMO_MEMORY_MIB",
        default_value_t = Self::MEMORY_MIB,
        value_parser = values::count_u32(4, 4096),
        value_name = "MIB",
    ))]
    pub sumo_memory_mib: u32,

    /// The lifetime of a search result in the cache of its tenant, in seconds; 0 turns it off (up
    /// to 3600).
    #[cfg_attr(feature = "cli", arg(
        long = "cache-seconds",
        env = "RELAY_CACHE_SECONDS",
        default_value = values::seconds_text(Self::CACHE),
        value_parser = values::seconds(0.0, 3600.0),
        value_name = "SECONDS",
    ))]
    pub cache: Duration,

    /// Offers response actions to tenants that switch them on: analysts may then change match
    /// lists, insights and entities of Cloud SIEM from XDR.
    #[cfg_attr(feature = "cli", arg(
        long,
        env = "RELAY_RESPOND",
        default_value_t = false,
        num_args = 0..=1,
        default_missing_value = "true",
        action = clap::ArgAction::Set,
        value_parser = values::switch,
        value_name = "SWITCH",
    ))]
    pub respond: bool,
}

impl SumoSettings {
    const BODY_MIB: u32 = 16;
    const MEMORY_MIB: u32 = 64;
    const CACHE: Duration = Duration::from_secs(30);
}

impl Default for SumoSettings {
    fn default() -> Self {
        let limit = RateLimit::default();
        Self {
            sumo_hosts: Vec::new(),
            access_ids: Vec::new(),
            sumo_rate: limit.calls_per_window,
            sumo_concurrency: limit.concurrency,
            budget_url: None,
            budget_password_file: None,
            budget_ca_file: None,
            replicas: 1,
            sumo_body_mib: Self::BODY_MIB,
            sumo_memory_mib: Self::MEMORY_MIB,
            cache: Self::CACHE,
            respond: false,
        }
    }
}

/// XDR checks the health of modules by itself, nobody knows how often.
const HEALTH_CACHE: Duration = Duration::from_secs(60);

/// The Sumo Logic access ids that may use the relay; by default all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AccessIds(BTreeSet<String>);

impl AccessIds {
    /// Creates a list; blank members are left out, and a blank list allows all.
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        Self(ids.into_iter().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect())
    }

    /// Returns true if this access id may use the relay.
    pub fn allows(&self, access_id: &str) -> bool {
        self.0.is_empty() || self.0.contains(access_id)
    }
}

/// Checked settings for Sumo Logic.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SumoConfig {
    /// The Sumo Logic API hosts that may be called.
    pub hosts: AllowList,
    /// The access ids that may use the relay.
    pub access_ids: AccessIds,
    /// The limit of calls for each access key.
    pub rate_limit: RateLimit,
    /// The limits as several relays share them.
    pub budget: Option<SharedBudget>,
    /// The settings that this was made of.
    pub(crate) budget_source: BudgetSource,
    /// The largest answer of Sumo Logic, in bytes.
    pub max_body_bytes: usize,
    /// The memory of all answers of Sumo Logic that are read at a time, in bytes.
    pub body_budget_bytes: usize,
    /// The lifetime of search results in the cache; zero turns it off.
    pub cache: Duration,
    /// The time for which a good outcome of a health check is remembered; zero is not at all.
    pub health_cache: Duration,
    /// The circuit breakers of deployments that fail to answer.
    pub circuit_breakers: CircuitBreakers,
    /// Response actions.
    pub respond: RespondConfig,
}

impl SumoConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// Returns an error if a host is not a host, the memory is too small for the largest answer, or
    /// the store of the budget cannot be set up.
    pub fn from_settings(settings: &SumoSettings) -> Result<Self, SettingError> {
        let budget_source = BudgetSource::read(settings)?;
        Ok(Self {
            hosts: sumo_hosts(&settings.sumo_hosts)?,
            access_ids: AccessIds::new(settings.access_ids.iter().map(String::as_str)),
            rate_limit: RateLimit::default()
                .calls(settings.sumo_rate, RateLimit::default().window)
                .concurrency(settings.sumo_concurrency),
            budget: budget_source.budget()?,
            budget_source,
            max_body_bytes: mib(settings.sumo_body_mib),
            body_budget_bytes: body_budget_bytes(settings)?,
            cache: settings.cache,
            health_cache: HEALTH_CACHE,
            circuit_breakers: CircuitBreakers::default(),
            respond: RespondConfig { is_on: settings.respond, ..RespondConfig::default() },
        })
    }
}

impl Default for SumoConfig {
    /// Returns what the relay does when nothing is set.
    fn default() -> Self {
        let settings = SumoSettings::default();
        // The default names no host that could be wrong.
        Self::from_settings(&settings).unwrap_or_else(|_| Self {
            hosts: AllowList::new([]),
            access_ids: AccessIds::default(),
            rate_limit: RateLimit::default(),
            budget: None,
            budget_source: BudgetSource::default(),
            max_body_bytes: 0,
            body_budget_bytes: 0,
            cache: Duration::ZERO,
            health_cache: HEALTH_CACHE,
            circuit_breakers: CircuitBreakers::default(),
            respond: RespondConfig::default(),
        })
    }
}

/// The URL of a store, which may hold a password and is not printed.
#[derive(Clone, Eq, PartialEq)]
pub struct BudgetUrl(String);

impl FromStr for BudgetUrl {
    type Err = std::convert::Infallible;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Ok(Self(url.trim().to_owned()))
    }
}

impl fmt::Debug for BudgetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BudgetUrl(..)")
    }
}

/// The settings of a shared budget, with the contents of the files that they name.
#[derive(Clone, Default)]
pub(crate) struct BudgetSource {
    /// A blank URL is none, and the rest counts for nothing then.
    url: Option<BudgetUrl>,
    password: Option<SecretString>,
    certificates: Option<Vec<u8>>,
    replicas: u32,
}

impl BudgetSource {
    fn read(settings: &SumoSettings) -> Result<Self, SettingError> {
        let Some(url) = settings.budget_url.clone().filter(|url| !url.0.is_empty()) else {
            return Ok(Self::default());
        };
        let mut source = Self { url: Some(url), replicas: settings.replicas, ..Self::default() };
        if let Some(file) = &settings.budget_password_file {
            let password = read_file("RELAY_BUDGET_PASSWORD_FILE", file)?;
            let password = String::from_utf8_lossy(&password).trim_end().to_owned();
            source.password = Some(SecretString::from(password));
        }
        if let Some(file) = &settings.budget_ca_file {
            source.certificates = Some(read_file("RELAY_BUDGET_CA_FILE", file)?);
        }
        Ok(source)
    }

    fn budget(&self) -> Result<Option<SharedBudget>, SettingError> {
        let Some(BudgetUrl(url)) = &self.url else { return Ok(None) };
        let mut store = ValkeyStore::builder(url);
        if let Some(password) = self.password() {
            store = store.password(password);
        }
        if let Some(certificates) = &self.certificates {
            store = store.root_certificates(certificates.clone());
        }
        let store = store.build().map_err(|error| SettingError::new("RELAY_BUDGET_URL", error))?;
        let secret = store.password().unwrap_or_default().to_owned();
        Ok(Some(SharedBudget::new(Arc::new(store)).processes(self.replicas).secret(secret)))
    }

    fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|password| password.expose_secret())
    }

    /// Returns the variables of the settings that differ, or whose files do.
    pub(crate) fn differences(&self, other: &Self) -> impl Iterator<Item = &'static str> {
        let differences = [
            ("RELAY_BUDGET_URL", self.url != other.url),
            ("RELAY_BUDGET_PASSWORD_FILE", self.password() != other.password()),
            ("RELAY_BUDGET_CA_FILE", self.certificates != other.certificates),
            ("RELAY_REPLICAS", self.replicas != other.replicas),
        ];
        differences.into_iter().filter(|(_, differs)| *differs).map(|(variable, _)| variable)
    }
}

impl fmt::Debug for BudgetSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BudgetSource").finish_non_exhaustive()
    }
}

/// Returns the API hosts that tokens may name. One that no client can call is refused at the start.
fn sumo_hosts(given: &[String]) -> Result<AllowList, SettingError> {
    let public = AllowList::known(Deployment::ALL.iter().map(Deployment::api_host));
    let hosts = host_list("RELAY_SUMO_HOSTS", given, public)?;
    for host in hosts.iter() {
        Deployment::from_api_host(host).map_err(|error| SettingError::new("RELAY_SUMO_HOSTS", error))?;
    }
    Ok(hosts)
}

fn read_file(variable: &'static str, file: &Path) -> Result<Vec<u8>, SettingError> {
    std::fs::read(file).map_err(|error| SettingError::in_file(variable, file, error))
}

fn body_budget_bytes(settings: &SumoSettings) -> Result<usize, SettingError> {
    let needed = settings.sumo_body_mib.saturating_mul(4);
    if settings.sumo_memory_mib < needed {
        let problem = format!("it must be at least {needed}, four times RELAY_SUMO_BODY_MIB");
        return Err(SettingError::new("RELAY_SUMO_MEMORY_MIB", problem));
    }
    Ok(mib(settings.sumo_memory_mib))
}

fn mib(mib: u32) -> usize {
    usize::try_from(mib).unwrap_or(usize::MAX).saturating_mul(1024 * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_set_allows_all_public_deployments() {
        let config = SumoConfig::default();
        assert_eq!(config.hosts.iter().count(), Deployment::ALL.len());
        assert_eq!(config.rate_limit, RateLimit::default());
        assert!(config.access_ids.allows("any"));
        assert_eq!((config.max_body_bytes, config.cache.as_secs()), (16 * 1024 * 1024, 30));
    }

    #[test]
    fn settings_of_a_budget_are_compared_with_the_contents_of_their_files() {
        let folder = std::env::temp_dir().join(format!("relay-server-budget-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, content: &str| {
            std::fs::write(folder.join(name), content).unwrap();
            folder.join(name)
        };
        let settings = SumoSettings {
            budget_url: Some(BudgetUrl("rediss://store.example".to_owned())),
            budget_password_file: Some(file("password", "first\n")),
            budget_ca_file: Some(file("ca.pem", "-----BEGIN CERTIFICATE-----")),
            ..SumoSettings::default()
        };
        let before = BudgetSource::read(&settings).unwrap();
        let differences = |settings: &SumoSettings| {
            before.differences(&BudgetSource::read(settings).unwrap()).collect::<Vec<_>>()
        };
        let same = file("same", "first");
        let moved = SumoSettings { budget_password_file: Some(same), ..settings.clone() };
        assert_eq!(differences(&moved), [] as [&str; 0]);
        file("password", "second");
        assert_eq!(differences(&settings), ["RELAY_BUDGET_PASSWORD_FILE"]);
        assert!(!format!("{before:?}").contains("first"));
        file("password", "first");
        file("ca.pem", "-----BEGIN CERTIFICATE----- of another");
        let fewer = SumoSettings { replicas: 2, ..settings.clone() };
        assert_eq!(differences(&fewer), ["RELAY_BUDGET_CA_FILE", "RELAY_REPLICAS"]);
        let none = SumoSettings { budget_url: None, ..settings };
        assert_eq!(differences(&none).first(), Some(&"RELAY_BUDGET_URL"));
        let none = BudgetSource::read(&none).unwrap();
        assert_eq!(none.differences(&BudgetSource::default()).count(), 0);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(feature = "cli")]
    #[test]
    fn each_setting_waits_for_the_next_start_or_is_reloaded() {
        let started = SumoConfig::default();
        let module = crate::CloudSiemModule::new(&xdr_module::Config::default(), &started).unwrap();
        assert_eq!(module.waiting_for_restart(&started), [] as [&str; 0]);
        let budget_source = BudgetSource {
            url: Some(BudgetUrl("redis://localhost".to_owned())),
            password: Some(SecretString::from("password")),
            certificates: Some(Vec::new()),
            replicas: 2,
        };
        let respond = RespondConfig { is_on: true, ..RespondConfig::default() };
        let waiting = module.waiting_for_restart(&SumoConfig { budget_source, respond, ..started });
        let reloaded = [
            "RELAY_SUMO_HOSTS",
            "RELAY_ACCESS_IDS",
            "RELAY_SUMO_RATE",
            "RELAY_SUMO_CONCURRENCY",
            "RELAY_SUMO_BODY_MIB",
            "RELAY_SUMO_MEMORY_MIB",
            "RELAY_CACHE_SECONDS",
        ];
        let known: BTreeSet<_> = waiting.into_iter().chain(reloaded).map(str::to_owned).collect();
        let command = <SumoSettings as clap::Args>::augment_args(clap::Command::new("relay"));
        let variables = command.get_arguments().filter_map(|argument| argument.get_env());
        let variables: BTreeSet<_> = variables.map(|name| name.to_string_lossy().into_owned()).collect();
        assert_eq!(known, variables);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn settings_are_flags() {
        use clap::Parser;

        #[derive(Debug, Parser)]
        struct Arguments {
            #[command(flatten)]
            settings: RelaySettings,
        }

        let settings = |flag: &str| {
            let parsed = xdr_module::cli::parse_from::<Arguments>(["relay", flag]);
            parsed.map(|arguments| arguments.settings.sumo)
        };
        let config = |flag: &str| SumoConfig::from_settings(&settings(flag).unwrap());
        assert_eq!(settings("--sumo-hosts=").unwrap().sumo_rate, 4);
        assert_eq!(config("--sumo-hosts=").unwrap().hosts, SumoConfig::default().hosts);
        let access_ids = config("--access-ids=a, b,").unwrap().access_ids;
        assert_eq!(["a", "b", "c", ""].map(|id| access_ids.allows(id)), [true, true, false, false]);
        assert_eq!(config("--access-ids=").unwrap().access_ids, AccessIds::default());
        assert_eq!(config("--sumo-rate=0").unwrap().rate_limit.calls_per_window, 0);
        for host in ["a/b", "us2", "service.us2.sumologic.com"] {
            let error = config(&format!("--sumo-hosts=api.sumologic.com,{host}")).unwrap_err();
            assert_eq!(error.variable(), "RELAY_SUMO_HOSTS", "{host}");
        }
        assert_eq!(config("--sumo-body-mib=17").unwrap_err().variable(), "RELAY_SUMO_MEMORY_MIB");
        assert_eq!(config("--budget-url=http://:pass@a").unwrap_err().variable(), "RELAY_BUDGET_URL");
        assert!(config("--budget-url= ").unwrap().budget.is_none());
        let shared = config("--budget-url=redis://:pass-word@localhost:6379/0").unwrap();
        let printed = format!("{shared:?} {:?}", settings("--budget-url=redis://:pass-word@localhost"));
        assert!(shared.budget.is_some() && !printed.contains("pass-word"), "{printed}");
        for (flag, variable) in [
            ("--sumo-concurrency=0", "RELAY_SUMO_CONCURRENCY"),
            ("--sumo-body-mib=0", "RELAY_SUMO_BODY_MIB"),
            ("--cache-seconds=4000", "RELAY_CACHE_SECONDS"),
            ("--replicas=0", "RELAY_REPLICAS"),
        ] {
            let error = settings(flag).unwrap_err().to_string();
            assert!(error.starts_with(&format!("error: {variable} (--")), "{error}");
        }
    }
}
