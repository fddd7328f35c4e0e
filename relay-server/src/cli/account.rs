//! The arguments of commands that ask Cloud SIEM directly: the account, and how long it may take.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use relay_server::{CloudSiemModule, ENTITIES_LIMIT, JudgingSettings, RespondSettings, SumoConfig, Tenant};
use xdr_module::contract::reply::{ErrorItem, ErrorLevel, Reply};
use xdr_module::{Config, extra_roots};

use super::outcome::{Failure, complain};

#[derive(Args)]
pub(super) struct AccountArgs {
    /// The Sumo Logic API host.
    #[arg(long, env = "SUMO_API_HOST", default_value = "api.sumologic.com", value_name = "HOST")]
    host: String,

    /// The Sumo Logic access id. Give it by the environment, where other users of the machine do
    /// not see it.
    #[arg(long, env = "SUMO_ACCESS_ID", hide_env_values = true, value_name = "ID")]
    access_id: Option<String>,

    /// The Sumo Logic access key. Give it by the environment, where other users of the machine do
    /// not see it.
    #[arg(long, env = "SUMO_ACCESS_KEY", hide_env_values = true, value_name = "KEY")]
    access_key: Option<String>,

    /// A PEM file with root certificates to trust besides the platform's.
    #[arg(long, env = "RELAY_EXTRA_CA_FILE", value_name = "FILE")]
    extra_ca_file: Option<std::path::PathBuf>,

    /// The time that the work may take, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600), value_name = "SECONDS")]
    deadline_seconds: u64,
}

/// The arguments of commands that judge.
#[derive(Args)]
pub(super) struct JudgingArgs {
    /// The match lists that judge, as `name=word` with commas between, or - for none.
    #[arg(long, value_name = "LISTS")]
    lists: Option<String>,

    /// The disposition of custom threat intelligence: Malicious or Suspicious, or - to leave it
    /// out.
    #[arg(long, value_name = "WORD")]
    threat_intel: Option<String>,
}

impl JudgingArgs {
    /// Returns true if one of them is given.
    pub(super) fn are_given(&self) -> bool {
        self.lists.is_some() || self.threat_intel.is_some()
    }

    /// Returns the settings.
    pub(super) fn settings(&self) -> Result<JudgingSettings, Failure> {
        let judging = JudgingSettings::from_texts(self.lists.as_deref(), self.threat_intel.as_deref());
        match judging.problems().first() {
            Some(problem) => Err(Failure::usage(problem)),
            None => Ok(judging),
        }
    }
}

impl AccountArgs {
    /// Returns the module that asks.
    pub(super) fn module(&self) -> Result<CloudSiemModule, Failure> {
        let mut config = Config::default();
        config.extra_roots = extra_roots(self.extra_ca_file.as_deref()).map_err(Failure::usage)?;
        CloudSiemModule::new(&config, &SumoConfig::default())
            .map_err(|error| Failure::failed("cannot start", &error))
    }

    /// Returns the account.
    pub(super) fn tenant(&self) -> Result<Tenant, Failure> {
        let given = |value: &Option<String>, name: &str| {
            value.clone().ok_or_else(|| Failure::usage(format!("{name} must be set")))
        };
        Ok(Tenant {
            host: self.host.clone(),
            access_id: given(&self.access_id, "SUMO_ACCESS_ID (--access-id)")?.into(),
            access_key: given(&self.access_key, "SUMO_ACCESS_KEY (--access-key)")?.into(),
            entities_limit: ENTITIES_LIMIT,
            respond: RespondSettings::default(),
            judging: Arc::default(),
        })
    }

    pub(super) fn time(&self) -> Duration {
        Duration::from_secs(self.deadline_seconds)
    }
}

/// Returns the JSON that XDR would get.
pub(super) fn json<T: serde::Serialize>(answer: &Reply<T>) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(answer);
    Ok(json.map_err(|error| Failure::failed("cannot write JSON", &error))? + "\n")
}

/// The part of a question that was searched. It decides the exit status in every format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Completeness {
    /// All was searched: where nothing was found, there is nothing.
    Whole,
    /// Not all was searched.
    Partly,
    /// Nothing could be searched.
    Failed,
}

/// The code of warnings that more was found than is shown. All was searched nevertheless.
const MORE_THAN_SHOWN: &str = "too-many-messages-warning";

impl Completeness {
    /// Returns the completeness of a reply with these errors.
    pub(super) fn of(errors: &[ErrorItem]) -> Self {
        if errors.iter().any(|error| error.level == ErrorLevel::Fatal) {
            return Self::Failed;
        }
        match errors.iter().all(|error| error.code == MORE_THAN_SHOWN) {
            true => Self::Whole,
            false => Self::Partly,
        }
    }

    /// Ends a command that has said what was not searched.
    pub(super) fn ended(self) -> Result<(), Failure> {
        match self {
            Self::Whole => Ok(()),
            Self::Partly => Err(Failure::Partly),
            Self::Failed => Err(Failure::Told),
        }
    }
}

/// Writes errors and warnings to standard error, and ends the command as they demand: with failure
/// when one is fatal, in part when something was not searched.
pub(super) fn complain_of(errors: &[ErrorItem]) -> Result<(), Failure> {
    for error in errors {
        let level = if error.level == ErrorLevel::Warning { "warning" } else { "error" };
        complain(level, &error.message);
    }
    Completeness::of(errors).ended()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_error_decides() {
        let cut = ErrorItem::warning(MORE_THAN_SHOWN, "more");
        let unfinished = ErrorItem::warning("search job did not finish", "not all");
        let fatal = ErrorItem::fatal("Unauthorized", "no");
        assert_eq!(Completeness::of(&[]), Completeness::Whole);
        assert_eq!(Completeness::of(std::slice::from_ref(&cut)), Completeness::Whole);
        assert_eq!(Completeness::of(&[cut.clone(), unfinished.clone()]), Completeness::Partly);
        assert_eq!(Completeness::of(&[cut, unfinished, fatal]), Completeness::Failed);
    }
}
