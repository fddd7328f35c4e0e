//! `relay-server serve`.

use clap::{Args, CommandFactory, FromArgMatches};
use relay_server::{CloudSiemModule, RelaySettings, SumoConfig};
use xdr_module::cli::{parse_all_from, unknown_variables};
use xdr_module::{BoxError, Config, LoadedSettings, Program, ServeError, serve_program};

use super::check;
use super::outcome::Failure;

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server serve --public-urls https://relay.example.com
  relay-server serve --listen localhost:9090 --log debug --log-format text
  relay-server serve --config-file relay.toml --check";

#[derive(Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) settings: RelaySettings,

    /// Check the settings, the files, the key-set hosts and the way to Sumo Logic instead of
    /// serving; exit status 0 when all is well, 2 when not.
    #[arg(long)]
    pub(crate) check: bool,
}

pub(super) fn run<P>(args: &ServeArgs, settings_of: fn(P) -> Option<RelaySettings>) -> Result<(), Failure>
where
    P: CommandFactory + FromArgMatches + 'static,
{
    if args.check {
        return check::run(&args.settings, unknown_variables::<P>());
    }
    let relay = Relay { settings_of, sumo: SumoConfig::default() };
    serve_program(relay).map_err(failure)
}

/// The relay as a program whose settings are read again while it runs.
struct Relay<P> {
    settings_of: fn(P) -> Option<RelaySettings>,
    sumo: SumoConfig,
}

impl<P: CommandFactory + FromArgMatches + 'static> Program for Relay<P> {
    type Module = CloudSiemModule;

    fn load(&mut self) -> Result<LoadedSettings, BoxError> {
        let parsed = parse_all_from::<P>(std::env::args_os());
        // The log has a level of its own for errors.
        let parsed =
            parsed.map_err(|error| error.to_string().trim_start_matches("error: ").trim().to_owned())?;
        let settings =
            (self.settings_of)(parsed.arguments).ok_or("the arguments are those of another command")?;
        self.sumo = SumoConfig::from_settings(&settings.sumo)?;
        let mut loaded = LoadedSettings::from(settings.service);
        loaded.in_force = parsed.in_force;
        loaded.warnings = unknown_variables::<P>();
        Ok(loaded)
    }

    fn module(
        &mut self,
        config: &Config,
        running: Option<&CloudSiemModule>,
    ) -> Result<Option<CloudSiemModule>, BoxError> {
        let module = match running {
            Some(running) => running.renewed(config, &self.sumo)?,
            None => CloudSiemModule::new(config, &self.sumo)?,
        };
        Ok(Some(module))
    }

    fn waiting_for_restart(&self, running: &CloudSiemModule) -> Vec<&'static str> {
        running.waiting_for_restart(&self.sumo)
    }
}

/// Tells wrong settings from other failures.
fn failure(error: ServeError) -> Failure {
    if error.is_usage() {
        return Failure::usage(error);
    }
    let text = xdr_module::telemetry::causes::Causes(&error).to_string();
    match error {
        ServeError::Cut(_) => Failure::Cut(text),
        _ => Failure::Failed(text),
    }
}
