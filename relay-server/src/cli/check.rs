//! `relay-server serve --check`: all that a start would need, tried without serving.

use std::net::SocketAddr;
use std::time::Duration;

use relay_server::{CloudSiemModule, RelaySettings, SumoConfig};
use xdr_module::auth::allow_list::Audiences;
use xdr_module::telemetry::causes::Causes;
use xdr_module::telemetry::log_filter::parse_filter;
use xdr_module::{About, Config, key_sets};

use super::outcome::{Failure, print, runtime};
use super::table;

/// The time that a host may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A certificate with fewer days left is told.
const WARNED_DAYS: i64 = 21;

/// One line of the table.
struct Finding {
    what: &'static str,
    about: String,
    outcome: Outcome,
}

/// The outcome of a check.
enum Outcome {
    Good(String),
    /// A start works, but not as it seems to be meant.
    Doubtful(String),
    Wrong(String),
}

impl From<Result<String, String>> for Outcome {
    fn from(result: Result<String, String>) -> Self {
        result.map_or_else(Self::Wrong, Self::Good)
    }
}

impl Finding {
    fn new(what: &'static str, about: impl Into<String>, outcome: impl Into<Outcome>) -> Self {
        Self { what, about: about.into(), outcome: outcome.into() }
    }
}

/// Checks settings; `unknown` are the variables that look like settings and are none.
pub(super) fn run(settings: &RelaySettings, unknown: Vec<String>) -> Result<(), Failure> {
    let config = Config::from_settings(&settings.service).map_err(Failure::usage)?;
    let sumo = SumoConfig::from_settings(&settings.sumo).map_err(Failure::usage)?;
    parse_filter(&settings.service.telemetry.filter).map_err(Failure::usage)?;
    let mut findings = vec![Finding::new("settings", "all of them", Ok("can be used".to_owned()))];
    findings.extend(unknown.into_iter().map(|text| Finding::new("variable", "", Outcome::Doubtful(text))));
    findings.extend(audiences(&config));
    findings.extend(ports(&config));
    findings.extend(certificate(&config));
    findings.extend(runtime()?.block_on(hosts(&config, &sumo)));
    print(&drawn(&findings))?;
    let wrong = findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Wrong(_))).count();
    if wrong == 0 {
        Ok(())
    } else {
        Err(Failure::usage(format_args!("{wrong} of {} checks failed", findings.len())))
    }
}

/// Warns when tokens for any host are accepted.
fn audiences(config: &Config) -> Option<Finding> {
    let text = "is not set: tokens for whatever host a request names are accepted".to_owned();
    let is_open = config.audiences == Audiences::RequestHost;
    is_open.then(|| Finding::new("audience", "RELAY_PUBLIC_URLS", Outcome::Doubtful(text)))
}

/// Opens the ports for a moment. One that is taken is not a fault: the relay that is checked may
/// run already.
fn ports(config: &Config) -> Vec<Finding> {
    let ports = [("port", Some(config.listen)), ("admin port", config.admin_listen)];
    ports
        .into_iter()
        .filter_map(|(what, address)| Some(Finding::new(what, address?.to_string(), port(address?))))
        .collect()
}

fn port(address: SocketAddr) -> Result<String, String> {
    match std::net::TcpListener::bind(address) {
        Ok(_) => Ok("can be opened".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Ok("is open already, in some program".to_owned())
        }
        Err(error) => Err(format!("cannot be opened: {error}")),
    }
}

fn certificate(config: &Config) -> Option<Finding> {
    let expires = config.tls.as_ref()?.expires()?.timestamp();
    let days = (expires - chrono::Utc::now().timestamp()).div_euclid(24 * 60 * 60);
    let outcome = match days {
        ..0 => Outcome::Wrong("has expired".to_owned()),
        0..WARNED_DAYS => Outcome::Doubtful(format!("expires soon, in {days} days")),
        _ => Outcome::Good(format!("expires in {days} days")),
    };
    Some(Finding::new("certificate", "RELAY_TLS_CERT_FILE", outcome))
}

async fn hosts(config: &Config, sumo: &SumoConfig) -> Vec<Finding> {
    let (keys, siem, store) =
        tokio::join!(key_hosts(config), sumo_hosts(config, sumo), budget_store(config, sumo));
    keys.into_iter().chain(siem).chain(store).collect()
}

/// Asks the store of the shared budget, if one is set.
async fn budget_store(config: &Config, sumo: &SumoConfig) -> Option<Finding> {
    sumo.budget.as_ref()?;
    let asked = async {
        let module = CloudSiemModule::new(config, sumo).map_err(|error| Causes(&error).to_string())?;
        let answered = tokio::time::timeout(TIMEOUT, module.check_budget()).await;
        answered.map_err(|_| "does not answer".to_owned())?.map_err(|error| Causes(&error).to_string())?;
        Ok("shares the limits".to_owned())
    };
    Some(Finding::new("store", "RELAY_BUDGET_URL", asked.await))
}

async fn key_hosts(config: &Config) -> Vec<Finding> {
    if config.key_set.is_some() {
        return vec![Finding::new("key set", "RELAY_JWKS_FILE", Ok("has keys; none is fetched".to_owned()))];
    }
    let about = About::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_NAME"));
    let sets = match key_sets(config, &about) {
        Ok(sets) => sets,
        Err(error) => return vec![Finding::new("key sets", "all hosts", Err(Causes(&error).to_string()))],
    };
    let fetched = sets.check().await.into_iter().map(|(host, fetched)| {
        let result = match fetched {
            Ok(0) => Err("has no RSA key with a \"kid\"".to_owned()),
            Ok(count) => Ok(format!("publishes {count} keys")),
            Err(error) => Err(Causes(&error).to_string()),
        };
        Finding::new("key set", host, result)
    });
    fetched.collect()
}

/// Opens TLS to each host; any answer to a request without credentials will do.
async fn sumo_hosts(config: &Config, sumo: &SumoConfig) -> Vec<Finding> {
    let builder = reqwest::Client::builder().tls_backend_rustls().https_only(true).timeout(TIMEOUT);
    let client = config.apply_to(builder).and_then(reqwest::ClientBuilder::build);
    let client = match client {
        Ok(client) => client,
        Err(error) => return vec![Finding::new("Sumo Logic", "all hosts", Err(Causes(&error).to_string()))],
    };
    let asked = sumo.hosts.iter().map(|host| {
        let request = client.head(format!("https://{host}/"));
        async move {
            let result = match request.send().await {
                Ok(_) => Ok("answers over TLS".to_owned()),
                Err(error) => Err(Causes(&error.without_url()).to_string()),
            };
            Finding::new("Sumo Logic", host, result)
        }
    });
    futures_util::future::join_all(asked).await
}

fn drawn(findings: &[Finding]) -> String {
    let mut table = table::new();
    table.set_header(["", "Checked", "", "Result"]);
    for Finding { what, about, outcome } in findings {
        let (mark, text) = match outcome {
            Outcome::Good(text) => ("ok", text),
            Outcome::Doubtful(text) => ("warning", text),
            Outcome::Wrong(text) => ("FAILED", text),
        };
        table.add_row([mark, *what, about.as_str(), text.as_str()]);
    }
    format!("{table}\n")
}
