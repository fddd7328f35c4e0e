//! The commands of `relay-server`.
//!
//! Exit statuses: 0 done, 1 failed, 2 wrong usage or configuration, 130 ended by a second signal.

mod demo;
mod openapi;
mod serve;

use std::fmt;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Demo(demo::DemoArgs),
    /// Print the OpenAPI document, or compare it with a file
    Openapi(openapi::OpenapiArgs),
}

/// Why a command ended without success.
enum Failure {
    /// The settings cannot be used.
    Usage(String),
    /// The settings can be used, but it did not work.
    Failed(String),
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
        Command::Demo(args) => demo::run(&args),
        Command::Openapi(args) => openapi::run(&args),
    };
    let (status, text) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(text)) => (2, text),
        Err(Failure::Failed(text)) => (1, text),
    };
    use std::io::Write;
    // Nothing is left to be done when standard error is closed.
    let _ = writeln!(std::io::stderr(), "error: {text}");
    ExitCode::from(status)
}

/// The runtime of a command that serves.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::failed("cannot start threads", &error))
}
