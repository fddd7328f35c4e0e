//! Small requests of a tenant while its large one runs, under the limits of Cloud SIEM.

use std::time::{Duration, Instant};

use super::rate::{CALLS_A_SECOND, IN_FLIGHT, OBSERVABLES, relay_with_whole_budget};
use super::report::{Report, millis};
use crate::Result;
use crate::caller::Question;
use crate::plan::Plan;
use crate::setup::Setup;
use crate::statistics::percentile;
use crate::table::Table;

/// The longest that a small request may take.
const BAR: Duration = Duration::from_secs(2);

/// The time from the large request to the first small one.
const HEAD_START: Duration = Duration::from_secs(1);

/// The number of small requests of each kind.
const REQUESTS: usize = 5;

/// The duration of an upstream call, in milliseconds.
const LATENCY_MS: u64 = 100;

/// Asks for health and for one observable, in turns, while a large request uses the budget up.
pub(crate) async fn measure(setup: &Setup, report: &mut Report) -> Result<()> {
    let relay = relay_with_whole_budget(setup).await?;
    let plan =
        Plan { latency_ms: LATENCY_MS, calls_a_second: CALLS_A_SECOND, in_flight: IN_FLIGHT, ..Plan::SMALL };
    setup.follow(plan)?;
    let caller = relay.caller.clone();
    let large = tokio::spawn(async move { caller.ask(&Question::Observe(OBSERVABLES).fresh()).await });
    tokio::time::sleep(HEAD_START).await;
    let mut kinds = [
        ("health", Question::Health, r#""status":"ok""#, Vec::new()),
        ("one observable", Question::Observe(1), r#""sightings""#, Vec::new()),
    ];
    for _ in 0..REQUESTS {
        for (_, question, expected, times) in &mut kinds {
            let sent = Instant::now();
            relay.ask_once(*question, expected).await?;
            times.push(sent.elapsed());
        }
    }
    if large.is_finished() {
        return Err("the large request ended before the small ones".into());
    }
    large.abort();
    let counts = setup.counts()?;
    report.target(
        format!("Calls refused while {OBSERVABLES} observables of the tenant run"),
        "none".to_owned(),
        format!("{} of {}", counts.refused, counts.calls + counts.refused),
        counts.refused == 0,
    );
    let mut table = Table::new(&["Small request", "median ms", "slowest ms"]);
    for (name, _, _, mut times) in kinds {
        let mut at = |share| percentile(&mut times, share).unwrap_or_default();
        let (median, slowest) = (at(0.5), at(1.0));
        table.row(&[name.to_owned(), millis(median), millis(slowest)]);
        report.target(
            format!("Answer to {name} while {OBSERVABLES} observables of the tenant run"),
            format!("within {} s", BAR.as_secs()),
            format!("{} ms at the slowest", millis(slowest)),
            slowest <= BAR,
        );
    }
    let about = format!(
        "{REQUESTS} requests each, in turns, while a request of {OBSERVABLES} observables of the same tenant runs; the \
         stand-in takes {LATENCY_MS} ms for a call and enforces {CALLS_A_SECOND} calls in any window of a second and {IN_FLIGHT} in flight."
    );
    report.section("Fairness", &about, &table);
    Ok(())
}
