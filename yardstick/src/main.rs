//! Measures the relay beside a bare pass-through, and puts it under more load than it can take.
//!
//! `measure` starts a stand-in of Cloud SIEM, a pass-through and the relay as processes of their
//! own, asks both the same and prints a Markdown table. `overload` asks the relay ten times as much
//! as it can answer, then stops it in the middle of load. `attack` attacks it in several ways while
//! an honest tenant asks. `replicas` puts three relays under load that share one access key. All
//! are run by hand; see CONTRIBUTING.md.

mod attack;
mod body;
mod caller;
mod counts;
mod load;
mod measure;
mod overload;
mod pass_through;
mod plan;
mod proc_files;
mod process;
mod replicas;
mod setup;
mod simulate;
mod stand_in;
mod statistics;
mod store_server;
mod table;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Every error ends the program with its text, so that causes need not be told apart.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures the relay beside a bare pass-through.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the relay and the pass-through side by side; the table goes to standard output
    Measure(measure::MeasureArgs),
    /// Ask the relay more than it can answer, then stop it in the middle of load
    Overload(overload::OverloadArgs),
    /// Attack the relay in several ways while an honest tenant asks
    Attack(attack::AttackArgs),
    /// Put three relays that share one access key by a store under load; needs valkey-server or
    /// redis-server
    Replicas(replicas::ReplicasArgs),
    /// Simulate many tenants on several relays, on a clock that does not wait
    Simulate(simulate::SimulateArgs),
    /// Serve keys and Cloud SIEM with bodies of chosen size; started by the commands above
    StandIn,
    /// Check tokens and call Cloud SIEM as the relay does, and answer something prepared; started
    /// by `measure`
    PassThrough(Box<pass_through::PassThroughArgs>),
}

/// The settings that `measure`, `overload` and `attack` share.
#[derive(clap::Args)]
struct Subjects {
    /// The relay's program; unless given, `relay-server` beside this program.
    #[arg(long, value_name = "FILE")]
    relay: Option<PathBuf>,

    /// A flag for the relay, such as `--relay-flag=--cache-seconds=0`; may be given several times
    #[arg(long = "relay-flag", value_name = "FLAG", allow_hyphen_values = true)]
    relay_flags: Vec<String>,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match command {
        Command::Measure(args) => runtime()?.block_on(measure::run(&args)),
        Command::Overload(args) => runtime()?.block_on(overload::run(&args)),
        Command::Attack(args) => runtime()?.block_on(attack::run(&args)),
        Command::Replicas(args) => runtime()?.block_on(replicas::run(&args)),
        Command::Simulate(args) => simulate::run(&args),
        Command::StandIn => runtime()?.block_on(stand_in::run()),
        // It starts its threads itself, as the relay does.
        Command::PassThrough(args) => pass_through::run(&args),
    }
}

/// Reports progress on standard error. Nothing is left to be done when that is closed.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Writes to standard output.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
