//! The commands of `relay-server`.
//!
//! Exit statuses: 0 done, 1 failed, 2 wrong usage or configuration, 130 ended by a second signal.

#[cfg(feature = "demo")]
mod demo;
mod health;
mod module_type;
mod observe;
mod openapi;
mod serve;
mod shell;
mod token;

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use relay_server::telemetry::{self, LogError, Telemetry, TelemetryOptions};

/// The relay that joins Cisco XDR to Sumo Logic Cloud SIEM.
#[derive(Parser)]
#[command(name = "relay-server", version, about, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str =
    "Exit statuses: 0 done, 1 failed, 2 wrong usage or configuration, 130 ended by a second signal.";

#[derive(Subcommand)]
enum Command {
    /// Run the relay
    ///
    /// Every setting is a flag and an environment variable; the flag wins. All are checked before the port opens.
    Serve(Box<relay_server::config::ServeArgs>),
    /// Run the relay with made-up Cloud SIEM data, keys and a token: nothing to set up
    #[cfg(feature = "demo")]
    Demo(demo::DemoArgs),
    /// Print the OpenAPI document, or compare it with a file
    Openapi(openapi::OpenapiArgs),
    /// Ask a running server on this machine whether it answers; for container health checks
    Health(health::HealthArgs),
    /// Print the JSON that registers this relay as a module type in Cisco XDR
    ModuleType(module_type::ModuleTypeArgs),
    /// Sign a token, or print a key set, with a local key; for use without Cisco
    Token(Box<token::TokenArgs>),
    /// Ask Cloud SIEM directly, with credentials from the environment
    Observe(Box<observe::ObserveArgs>),
    /// Print a completion script for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Why a command ended without success.
enum Failure {
    /// The settings cannot be used.
    Usage(String),
    /// The settings can be used, but it did not work.
    Failed(String),
    /// It did not work, and why was said already.
    Told,
}

impl Failure {
    fn usage(problem: impl fmt::Display) -> Self {
        Self::Usage(problem.to_string())
    }

    fn failed(what: &str, error: &dyn std::error::Error) -> Self {
        let mut text = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::Failed(text)
    }
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(&args),
        Command::Health(args) => health::run(&args),
        Command::ModuleType(args) => module_type::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Observe(args) => observe::run(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man => shell::man(),
        Command::Openapi(args) => openapi::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::from(1),
        Err(Failure::Failed(text)) => {
            complain("error", &text);
            ExitCode::from(1)
        }
        Err(Failure::Usage(text)) => {
            complain("error", &text);
            ExitCode::from(2)
        }
    }
}

/// Writes a line of trouble. Nothing is left to be done when standard error is closed.
fn complain(level: &str, text: &str) {
    let _ = writeln!(std::io::stderr(), "{level}: {text}");
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::failed("cannot write to standard output", &error))
}

/// Sets up logs and traces.
fn telemetry(options: TelemetryOptions<'_>) -> Result<Telemetry, Failure> {
    telemetry::init(options).map_err(|error| match error {
        LogError::Filter(_) => Failure::usage(format_args!("RELAY_LOG (--log): {error}")),
        error => Failure::usage(error),
    })
}

/// The runtime of a command that serves.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::failed("cannot start threads", &error))
}
