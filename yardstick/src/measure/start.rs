//! From the start of the process to its first answer.

use std::time::Duration;

use super::report::{Report, millis};
use crate::Result;
use crate::setup::Setup;
use crate::statistics::percentile;
use crate::table::Table;

/// The longest that a start may take.
const BAR: Duration = Duration::from_millis(100);

/// The number of starts of each process.
const STARTS: usize = 11;

/// Starts both in turns.
pub(crate) fn measure(setup: &Setup, report: &mut Report) -> Result<()> {
    let (mut relay, mut pass_through) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        relay.push(setup.relay(&[])?.started_within);
        pass_through.push(setup.pass_through(&[])?.started_within);
    }
    let mut table = Table::new(&["Process", "median ms", "slowest ms"]);
    let mut row = |name: &str, times: &mut Vec<Duration>| {
        let mut at = |share| percentile(times, share).unwrap_or_default();
        let (median, slowest) = (at(0.5), at(1.0));
        table.row(&[name.to_owned(), millis(median), millis(slowest)]);
        median
    };
    let median = row("relay", &mut relay);
    row("pass-through", &mut pass_through);
    report.target(
        "Start to first answer",
        format!("under {} ms", millis(BAR)),
        format!("{} ms", millis(median)),
        median < BAR,
    );
    report.section(
        "Start",
        &format!("From the start of the process to its answer to `POST /version`, {STARTS} times."),
        &table,
    );
    Ok(())
}
