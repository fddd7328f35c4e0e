//! A whole program: logs, threads, signals, reloads, and the service.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::module::Module;
use crate::open_files;
use crate::reload::Reloader;
use crate::service::{Ports, StartError};
use crate::settings::{Config, SettingError, Settings};
use crate::shutdown::{self, Hangups};
use crate::telemetry::causes::Causes;
use crate::telemetry::log_filter::parse_filter;
use crate::telemetry::logs::{self, LogError, LogLevel};
use crate::threads;

/// An error of any kind.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The error of a program that could not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A setting cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Logs or traces cannot be set up.
    #[error(transparent)]
    Telemetry(#[from] LogError),
    /// Threads or signals cannot be had from the system.
    #[error("cannot {what}")]
    System {
        /// The thing that failed.
        what: &'static str,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The settings cannot be read.
    #[error("{0}")]
    Settings(#[source] BoxError),
    /// The module cannot be made.
    #[error("cannot set up the module")]
    Module(#[source] BoxError),
    /// The service cannot be started.
    #[error("cannot start")]
    Start(#[from] StartError),
    /// The service ran and was stopped, but requests did not end in time.
    #[error("{0} requests were cut, since they did not end in time")]
    Cut(u64),
}

impl ServeError {
    /// The exit status of programs that stopped and had to cut requests.
    pub const EXIT_CUT: u8 = 3;

    /// Returns true if the settings are at fault, for which programs end with another exit status.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Setting(_) | Self::Settings(_) | Self::Telemetry(_))
    }

    /// Returns the exit status for a program that ends with this error.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Cut(_) => Self::EXIT_CUT,
            error if error.is_usage() => 2,
            _ => 1,
        }
    }
}

/// Settings as a program read them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LoadedSettings {
    /// The settings of the service.
    pub settings: Settings,
    /// All settings in force as one text, without secrets, for the log.
    pub in_force: String,
    /// Warnings about them.
    pub warnings: Vec<String>,
}

impl From<Settings> for LoadedSettings {
    fn from(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }
}

/// The messages that a program logs at its start.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StartMessages {
    /// All settings in force as one text, without secrets.
    pub in_force: String,
    /// Warnings about the settings.
    pub warnings: Vec<String>,
}

impl From<Vec<String>> for StartMessages {
    /// Returns the messages of a program that logs these warnings alone.
    fn from(warnings: Vec<String>) -> Self {
        Self { in_force: String::new(), warnings }
    }
}

/// A program that serves a module, and reads its settings again while it runs.
pub trait Program: Send + 'static {
    /// The module.
    type Module: Module;

    /// Reads the settings: at the start, at SIGHUP, and when a file that they name has changed.
    ///
    /// # Errors
    /// Returns an error if they cannot be used. While the program runs, those from before stay in
    /// force.
    fn load(&mut self) -> Result<LoadedSettings, BoxError>;

    /// Makes the module for settings that were read; `running` is the one at work, if there is one.
    /// `None` lets that one work on; the first time there is none.
    ///
    /// [`Module::register_metrics`] is asked once, for the first module; a module that replaces it
    /// has to share its metrics.
    ///
    /// # Errors
    /// Returns an error if the module cannot be made.
    fn module(
        &mut self,
        config: &Config,
        running: Option<&Self::Module>,
    ) -> Result<Option<Self::Module>, BoxError>;

    /// Returns the variables of the program's own settings that were read, differ from those of the
    /// module at work, and come into force only with the next start; they are logged. By default,
    /// there are none.
    fn waiting_for_restart(&self, _: &Self::Module) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Serves a module until the process is told to stop. Logs, threads and signals are set up here, so
/// call it once, from `main`.
///
/// `messages` are those of [`cli::run`](crate::cli::run), or warnings of your own. The certificate,
/// its key, and the key-set file are read again when they change; [`serve_program`] reads settings
/// again, too.
///
/// # Errors
/// Returns an error if a setting cannot be used, the module cannot be made, or a port cannot be
/// opened.
pub fn serve<M, E>(
    settings: &Settings,
    messages: impl Into<StartMessages>,
    module: impl FnOnce(&Config) -> Result<M, E> + Send + 'static,
) -> Result<(), ServeError>
where
    M: Module,
    E: Into<BoxError>,
{
    let StartMessages { in_force, warnings } = messages.into();
    let loaded = LoadedSettings { settings: settings.clone(), in_force, warnings };
    serve_program(FixedSettings { loaded, module: Some(module) })
}

/// A program whose settings stay as they are; only files are read again.
struct FixedSettings<F> {
    loaded: LoadedSettings,
    module: Option<F>,
}

impl<M, E, F> Program for FixedSettings<F>
where
    M: Module,
    E: Into<BoxError>,
    F: FnOnce(&Config) -> Result<M, E> + Send + 'static,
{
    type Module = M;

    fn load(&mut self) -> Result<LoadedSettings, BoxError> {
        Ok(self.loaded.clone())
    }

    fn module(&mut self, config: &Config, _: Option<&M>) -> Result<Option<M>, BoxError> {
        self.module.take().map(|make| make(config)).transpose().map_err(Into::into)
    }
}

/// Serves the module of a program until the process is told to stop, and reads its settings again
/// when it is told to, or when a file that they name has changed.
///
/// # Errors
/// Returns an error if a setting cannot be used, the module cannot be made, a port cannot be
/// opened, or requests had to be cut at the end.
pub fn serve_program<P: Program>(mut program: P) -> Result<(), ServeError> {
    let loaded = program.load().map_err(ServeError::Settings)?;
    let mut config = Config::from_settings(&loaded.settings)?;
    let open_files = open_files::raise_limit();
    let files = open_files::fit(&mut config.server, open_files);
    let module = program.module(&config, None).map_err(ServeError::Module)?;
    let module = module.ok_or_else(|| ServeError::Module("the program has no module".into()))?;
    let telemetry =
        logs::init(&loaded.settings.telemetry, &module.about().name).map_err(|error| match error {
            LogError::Filter(_) => ServeError::Setting(SettingError::new("RELAY_LOG", error)),
            error => ServeError::Telemetry(error),
        })?;
    loaded.warnings.iter().chain(&files).for_each(|warning| tracing::warn!("{warning}"));
    let system = |what| move |source| ServeError::System { what, source };
    threads::probe().map_err(system("start threads"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(system("start threads"))?.block_on(async {
        let hangups = Hangups::watch().map_err(system("watch signals"))?;
        let stop = shutdown::on_signal().map_err(system("watch signals"))?;
        let (service, reloader) = Ports::open(&config)?.with_reloading_module(module, &config)?;
        if !loaded.in_force.is_empty() {
            tracing::info!(settings = loaded.in_force, "settings in force");
        }
        let metrics = service.metrics().clone();
        metrics.settings_loaded(&fingerprint(&loaded));
        let reloads = Reloads { program, reloader, level: telemetry.level(), loaded, open_files };
        let watching = tokio::spawn(reloads.run(hangups));
        notify(&[sd_notify::NotifyState::Ready]);
        let told = stop.clone();
        tokio::spawn(async move {
            told.cancelled().await;
            notify(&[sd_notify::NotifyState::Stopping]);
        });
        service.with_log_level(telemetry.level()).run(stop).await;
        watching.abort();
        match metrics.requests_cut() {
            0 => Ok(()),
            cut => Err(ServeError::Cut(cut)),
        }
    })
}

/// Tells systemd, if it started the process, how the process is.
fn notify(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, states) {
        tracing::debug!(%error, "systemd cannot be told");
    }
}

/// The text that the hash of the settings is made of.
fn fingerprint(loaded: &LoadedSettings) -> String {
    if loaded.in_force.is_empty() { format!("{:?}", loaded.settings) } else { loaded.in_force.clone() }
}

/// Reads settings and files again.
struct Reloads<P: Program> {
    program: P,
    reloader: Reloader<P::Module>,
    level: LogLevel,
    loaded: LoadedSettings,
    open_files: Option<usize>,
}

impl<P: Program> Reloads<P> {
    async fn run(mut self, mut hangups: Hangups) {
        let mut seen = stamps(&self.loaded.settings.files());
        loop {
            let reason = tokio::select! {
                () = hangups.next() => "SIGHUP",
                () = changed(&self.loaded.settings, &seen) => "a file has changed",
            };
            // Before they are read: what changes meanwhile is read once more.
            seen = stamps(&self.loaded.settings.files());
            self.reload(reason);
            for (file, stamp) in stamps(&self.loaded.settings.files()) {
                seen.entry(file).or_insert(stamp);
            }
        }
    }

    fn reload(&mut self, reason: &'static str) {
        let outcome = self.try_reload();
        self.reloader.metrics.reload_ended(outcome.is_ok());
        match outcome {
            Ok(waiting) => {
                tracing::info!(reason, settings = self.loaded.in_force, "settings and files were read again");
                if !waiting.is_empty() {
                    let settings = waiting.join(", ");
                    tracing::warn!(settings, "these settings come into force with the next start");
                }
            }
            Err(error) => tracing::error!(
                reason,
                error = %Causes(&*error),
                "settings or files cannot be used; those from before stay in force"
            ),
        }
    }

    fn try_reload(&mut self) -> Result<Vec<&'static str>, BoxError> {
        let loaded = self.program.load()?;
        let filter = &loaded.settings.telemetry.filter;
        // Before anything changes: settings come into force all at once, or not at all.
        parse_filter(filter).map_err(|error| SettingError::new("RELAY_LOG", error))?;
        let mut config = Config::from_settings(&loaded.settings)?;
        // Logged at the start already.
        let _ = open_files::fit(&mut config.server, self.open_files);
        if loaded.settings.telemetry.fingerprint_key.is_none() {
            config.fingerprint_key = self.reloader.fingerprint_key();
        }
        let running = self.reloader.module();
        let module = self.program.module(&config, Some(&running))?;
        let mut waiting = self.reloader.apply(config, module)?;
        waiting.extend(self.program.waiting_for_restart(&running));
        // A level that was set by the admin listener stays, unless the setting itself has changed.
        if *filter != self.loaded.settings.telemetry.filter {
            self.level.set(filter)?;
        }
        self.reloader.metrics.settings_loaded(&fingerprint(&loaded));
        self.loaded = loaded;
        Ok(waiting)
    }
}

/// The state of a file, by which a change is seen.
type Stamp = Option<(SystemTime, u64)>;

fn stamps(files: &[PathBuf]) -> HashMap<PathBuf, Stamp> {
    files.iter().map(|file| (file.clone(), stamp(file))).collect()
}

fn stamp(file: &Path) -> Stamp {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Returns once a file has changed. Looking is cheap, and works with every file system and
/// orchestrator.
async fn changed(settings: &Settings, seen: &HashMap<PathBuf, Stamp>) {
    let (files, interval) = (settings.files(), settings.reload);
    if interval.is_zero() || files.is_empty() {
        std::future::pending::<()>().await;
    }
    let has_changed = |file: &PathBuf| seen.get(file).is_none_or(|before| *before != stamp(file));
    while !files.iter().any(has_changed) {
        tokio::time::sleep(interval.max(SHORTEST_INTERVAL)).await;
    }
}

const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    use super::*;
    use crate::auth::{Claims, Refusal};
    use crate::contract::health::Health;
    use crate::contract::reply::Reply;
    use crate::module::{About, Capability, Context};

    struct Nothing;

    impl Module for Nothing {
        type Tenant = ();

        fn about(&self) -> About {
            About::new("nothing", "1.0.0", "Nothing")
        }

        fn capabilities(&self) -> Vec<Capability> {
            Vec::new()
        }

        fn tenant(&self, _: &Claims) -> Result<(), Refusal> {
            Ok(())
        }

        async fn health(&self, _: &Context<()>) -> Reply<Health> {
            Reply::data(Health::ok())
        }
    }

    /// A program whose log filter is this text, and which always has a new module.
    struct Filter(&'static str);

    impl Program for Filter {
        type Module = Nothing;

        fn load(&mut self) -> Result<LoadedSettings, BoxError> {
            let mut settings = Settings::default();
            settings.telemetry.filter = self.0.to_owned();
            Ok(settings.into())
        }

        fn module(&mut self, _: &Config, _: Option<&Nothing>) -> Result<Option<Nothing>, BoxError> {
            Ok(Some(Nothing))
        }
    }

    #[tokio::test]
    async fn a_log_filter_that_cannot_be_used_lets_everything_stay() {
        let config = Config { listen: (Ipv4Addr::LOCALHOST, 0).into(), ..Config::default() };
        let ports = Ports::open(&config).unwrap();
        let (_service, reloader) = ports.with_reloading_module(Nothing, &config).unwrap();
        let (module, level) = (reloader.module(), LogLevel::detached());
        let loaded = LoadedSettings::default();
        let mut reloads = Reloads { program: Filter("loud"), reloader, level, loaded, open_files: None };
        let error = reloads.try_reload().unwrap_err().to_string();
        assert!(error.starts_with("RELAY_LOG (--log): \"loud\" is not a log level"), "{error}");
        assert!(Arc::ptr_eq(&module, &reloads.reloader.module()));
        reloads.program = Filter("info");
        reloads.try_reload().unwrap();
        assert!(!Arc::ptr_eq(&module, &reloads.reloader.module()));
    }
}
