//! The source of a command's answers: Cloud SIEM, or a demo.

use std::time::Duration;

use clap::Args;
use ctim::EntityLists;
#[cfg(feature = "demo")]
use relay_server::demo::DemoAccount;
use relay_server::{CloudSiemModule, Tenant};
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::Reply;
use xdr_module::contract::tile::{Period, TileData};

use super::account::AccountArgs;
use super::outcome::Failure;
#[cfg(feature = "demo")]
use super::{outcome::complain, running_demo::RunningDemo};

/// The console of a demo that listens where it does by default.
#[cfg(feature = "demo")]
const DEMO_CONSOLE: &str = "http://localhost:9090";

#[derive(Args)]
pub(super) struct SourceArgs {
    /// Ask the demo, without an account: the running one that the variables RELAY and TOKEN name,
    /// or else a built-in one with the same made-up data.
    #[cfg(feature = "demo")]
    #[arg(long)]
    demo: bool,

    #[command(flatten)]
    account: AccountArgs,
}

/// A source that takes observables.
pub(super) enum Source {
    Account(Box<Account>),
    #[cfg(feature = "demo")]
    Running(RunningDemo),
}

/// A module that asks, and the tenant that it asks for.
pub(super) enum Account {
    CloudSiem(Box<CloudSiemModule>, Tenant),
    #[cfg(feature = "demo")]
    BuiltIn(Box<DemoAccount>, Tenant),
}

impl SourceArgs {
    pub(super) fn time(&self) -> Duration {
        self.account.time()
    }

    /// Opens the source for a tenant that `change` has changed. If it `is_changed`, a running demo
    /// is not asked, since the settings of its tenant are in its token.
    #[cfg_attr(not(feature = "demo"), allow(unused_variables, reason = "for the demo"))]
    pub(super) async fn open(
        &self,
        is_changed: bool,
        change: impl FnOnce(Tenant) -> Tenant,
    ) -> Result<Source, Failure> {
        #[cfg(feature = "demo")]
        if self.demo
            && !is_changed
            && let Some(demo) = RunningDemo::of_environment().await?
        {
            return Ok(Source::Running(demo));
        }
        Ok(Source::Account(Box::new(self.open_account(change).await?)))
    }

    /// Opens an account, that of the built-in demo or a real one, for a tenant that `change` has
    /// changed.
    pub(super) async fn open_account(
        &self,
        change: impl FnOnce(Tenant) -> Tenant,
    ) -> Result<Account, Failure> {
        #[cfg(feature = "demo")]
        if self.demo {
            return built_in(change).await;
        }
        let tenant = self.account.tenant().map_err(with_hint)?;
        Ok(Account::CloudSiem(Box::new(self.account.module()?), change(tenant)))
    }
}

/// Returns the failure with the way to try a command without an account.
fn with_hint(failure: Failure) -> Failure {
    match failure {
        Failure::Usage(text) if cfg!(feature = "demo") => {
            Failure::Usage(format!("{text}; to try the command without an account, give --demo"))
        }
        failure => failure,
    }
}

#[cfg(feature = "demo")]
async fn built_in(change: impl FnOnce(Tenant) -> Tenant) -> Result<Account, Failure> {
    let account = DemoAccount::start(DEMO_CONSOLE)
        .await
        .map_err(|error| Failure::failed("cannot start the built-in demo", &error))?;
    complain("note", "made-up data, built in; links work while `relay-server demo` runs");
    let tenant = change(account.tenant().clone());
    Ok(Account::BuiltIn(Box::new(account), tenant))
}

impl Source {
    /// Observes; `progress` is called with the number of values that were searched, and of all.
    pub(super) async fn observe(
        &self,
        observables: &[Observable],
        time: Duration,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Reply<EntityLists> {
        match self {
            Self::Account(account) => {
                let (module, tenant) = account.parts();
                module.observe_as(tenant, observables, time, progress).await
            }
            #[cfg(feature = "demo")]
            Self::Running(demo) => demo.ask("/observe/observables", observables, time).await,
        }
    }

    /// Judges.
    pub(super) async fn deliberate(&self, observables: &[Observable], time: Duration) -> Reply<EntityLists> {
        match self {
            Self::Account(account) => {
                let (module, tenant) = account.parts();
                module.deliberate_as(tenant, observables, time).await
            }
            #[cfg(feature = "demo")]
            Self::Running(demo) => demo.ask("/deliberate/observables", observables, time).await,
        }
    }
}

impl Account {
    fn parts(&self) -> (&CloudSiemModule, &Tenant) {
        match self {
            Self::CloudSiem(module, tenant) => (module, tenant),
            #[cfg(feature = "demo")]
            Self::BuiltIn(account, tenant) => (account.module(), tenant),
        }
    }

    /// Draws a tile.
    pub(super) async fn tile_data(&self, id: &str, period: Period, time: Duration) -> Reply<TileData> {
        let (module, tenant) = self.parts();
        module.tile_data_as(tenant, id, period, time).await
    }
}
