//! The report: a table for each scenario, and whether the targets are met.

use std::time::Duration;

use super::MeasureArgs;
use crate::table::{Table, number};
use crate::{Result, proc_files};

/// The results so far.
#[derive(Default)]
pub(crate) struct Report {
    sections: String,
    targets: Vec<Target>,
}

struct Target {
    what: String,
    bar: String,
    measured: String,
    is_met: bool,
}

impl Report {
    /// Adds a table under a heading, with a text about it.
    pub(crate) fn section(&mut self, heading: &str, about: &str, table: &Table) {
        self.sections.push_str(&format!("### {heading}\n\n{about}\n\n{}", table.to_markdown()));
    }

    /// Adds a target with its measured value.
    pub(crate) fn target(
        &mut self,
        what: impl Into<String>,
        bar: impl Into<String>,
        measured: impl Into<String>,
        is_met: bool,
    ) {
        self.targets.push(Target { what: what.into(), bar: bar.into(), measured: measured.into(), is_met });
    }

    /// Returns true if every target is met.
    pub(crate) fn is_all_met(&self) -> bool {
        self.targets.iter().all(|target| target.is_met)
    }

    /// The whole report.
    pub(crate) fn to_markdown(&self, args: &MeasureArgs, took: Duration) -> Result<String> {
        let mut targets = Table::new(&["Target", "Bar", "Measured", ""]);
        for target in &self.targets {
            let verdict = if target.is_met { "met" } else { "**not met**" };
            targets.row(&[target.what.as_str(), &target.bar, &target.measured, verdict]);
        }
        let flags = args.subjects.relay_flags.join(" ");
        Ok(format!(
            "## Measured on {date}\n\n{cores} cores, {memory} GB of memory; relay-server {version}, {build}; {callers} callers, \
             {rounds} rounds of {seconds} s each, {took} s in all. Flags of the relay besides: {flags}. Relay beside: {beside}.\n\n\
             {targets}{sections}",
            date = chrono::Utc::now().date_naive(),
            cores = std::thread::available_parallelism()?,
            memory = number(proc_files::machine_memory()? as f64 / 1e9),
            version = env!("CARGO_PKG_VERSION"),
            build = if cfg!(debug_assertions) { "**debug build**" } else { "release build" },
            callers = args.callers,
            rounds = args.rounds,
            seconds = args.seconds,
            took = took.as_secs(),
            flags = if flags.is_empty() { "none" } else { &flags },
            beside = args.beside.as_ref().map_or("none".to_owned(), |path| path.display().to_string()),
            targets = targets.to_markdown(),
            sections = self.sections,
        ))
    }
}

/// A duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> String {
    number(duration.as_secs_f64() * 1e3)
}
