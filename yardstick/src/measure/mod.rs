//! `measure`: all scenarios in one run, and the report.

mod block;
mod connections;
mod fairness;
mod growth;
mod latency;
mod memory;
mod rate;
mod report;
mod side_by_side;
mod start;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use self::report::Report;
use crate::setup::Setup;
use crate::{Result, Subjects, print, say};

/// No limit of calls in a second, so that CPU time and latency are seen alone.
const UNLIMITED: [&str; 2] = ["--sumo-rate", "0"];

/// The settings of a run.
#[derive(clap::Args)]
pub(crate) struct MeasureArgs {
    #[command(flatten)]
    subjects: Subjects,

    /// Another relay to measure CPU time beside: its program, or the tree where it was built as
    /// this one was
    #[arg(long, value_name = "DIR_OR_BINARY")]
    beside: Option<PathBuf>,

    /// Only these scenarios, comma separated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<Scenario>,

    /// Of observe only the cases whose name holds this text, such as "10, small"; for profiles
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    case: String,

    /// Measurements of each scenario and process; their median counts
    #[arg(long, default_value_t = 3, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// The least duration of each measurement, in seconds
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    seconds: f64,

    /// Callers at once, each of whom asks as soon as it has its answer
    #[arg(long, default_value_t = 4, value_name = "COUNT")]
    callers: usize,

    /// The upstream latency of the latency scenario, in milliseconds
    #[arg(long, default_value_t = 200, value_name = "MILLISECONDS")]
    latency_ms: u64,
}

/// The scenarios, in the order in which they are measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Scenario {
    /// From the start of the process to the first answer
    Start,
    /// Observe beside the pass-through: 1, 10 and 50 observables, small and large pages
    Observe,
    /// Health, refer and compressed answers beside the pass-through
    Calls,
    /// Answers at a fixed upstream latency
    Latency,
    /// Answers under the limits of Cloud SIEM
    Rate,
    /// Small requests of a tenant while its large one runs
    Fairness,
    /// Cost over a factor of 64 in signals, records, observables and entities
    Growth,
    /// Connections and key-set fetches of 1,000 requests
    Connections,
    /// Memory idle, at load, and with large upstream bodies
    Memory,
}

impl MeasureArgs {
    fn is_wanted(&self, scenario: Scenario) -> bool {
        self.only.is_empty() || self.only.contains(&scenario)
    }

    fn block_time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.clamp(0.1, 600.0))
    }
}

/// Measures the wanted scenarios and prints the report. The exit status is 1 when a target is not
/// met.
pub(crate) async fn run(args: &MeasureArgs) -> Result<ExitCode> {
    let started = Instant::now();
    let setup = Setup::start(&args.subjects, args.beside.as_deref())?;
    let mut report = Report::default();
    for scenario in Scenario::value_variants().iter().copied().filter(|scenario| args.is_wanted(*scenario)) {
        say(&format!("{:>4} s: {scenario:?}", started.elapsed().as_secs()));
        match scenario {
            Scenario::Start => start::measure(&setup, &mut report)?,
            Scenario::Observe => side_by_side::observe(&setup, args, &mut report).await?,
            Scenario::Calls => side_by_side::calls(&setup, args, &mut report).await?,
            Scenario::Latency => latency::measure(&setup, args, &mut report).await?,
            Scenario::Rate => rate::measure(&setup, &mut report).await?,
            Scenario::Fairness => fairness::measure(&setup, &mut report).await?,
            Scenario::Growth => growth::measure(&setup, args, &mut report).await?,
            Scenario::Connections => connections::measure(&setup, &mut report).await?,
            Scenario::Memory => memory::measure(&setup, args, &mut report).await?,
        }
    }
    print(&report.to_markdown(args, started.elapsed())?)?;
    Ok(if report.is_all_met() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
