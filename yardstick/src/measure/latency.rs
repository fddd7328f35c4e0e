//! Answers at a fixed upstream latency and without a rate limit: how well calls run side by side.

use std::time::{Duration, Instant};

use super::report::{Report, millis};
use super::{MeasureArgs, UNLIMITED};
use crate::Result;
use crate::caller::Question;
use crate::plan::Plan;
use crate::setup::{Setup, Subject};
use crate::statistics::percentile;
use crate::table::Table;

/// Calls that Cloud SIEM lets be in flight.
const IN_FLIGHT: usize = 10;

/// The most time of an answer, as a multiple of that of its calls.
const MARGIN: f64 = 1.2;

/// The number of requests for each number of observables.
const REQUESTS: usize = 3;

/// Asks for more and more observables, one request at a time.
pub(crate) async fn measure(setup: &Setup, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let (relay, pass_through) = (setup.relay(&UNLIMITED)?, setup.pass_through(&[])?);
    setup.follow(Plan { latency_ms: args.latency_ms, in_flight: IN_FLIGHT, ..Plan::SMALL })?;
    relay.ask_once(Question::Observe(1), r#""sightings""#).await?;
    pass_through.ask_once(Question::Observe(1), r#""data""#).await?;
    let mut table = Table::new(&[
        "Observables",
        "least ms",
        "relay, median ms",
        "relay, slowest ms",
        "pass-through, median ms",
    ]);
    for count in [1, 5, 10, 50] {
        let least = least(count, Duration::from_millis(args.latency_ms));
        let (median, slowest) = times(&relay, count, r#""sightings""#).await?;
        let (beside, _) = times(&pass_through, count, r#""data""#).await?;
        table.row(&[count.to_string(), millis(least), millis(median), millis(slowest), millis(beside)]);
        let bar = least.mul_f64(MARGIN);
        report.target(
            format!("Answer to {count} observables at {} ms upstream", args.latency_ms),
            format!("at most {} ms", millis(bar)),
            format!("{} ms", millis(median)),
            median <= bar,
        );
    }
    let about = format!(
        "Each upstream call takes {} ms, {IN_FLIGHT} may be in flight, no rate limit; {REQUESTS} requests each, one at a time. \
         The least is ceil(2N/{IN_FLIGHT}) times the latency.",
        args.latency_ms
    );
    report.section("Latency", &about, &table);
    Ok(())
}

/// Returns the time of the calls when as many as may run at once.
fn least(observables: usize, latency: Duration) -> Duration {
    latency * u32::try_from((2 * observables).div_ceil(IN_FLIGHT)).unwrap_or(u32::MAX)
}

/// The median and the slowest of some requests.
async fn times(subject: &Subject, count: usize, expected: &str) -> Result<(Duration, Duration)> {
    let mut times = Vec::new();
    for _ in 0..REQUESTS {
        let sent = Instant::now();
        subject.ask_once(Question::Observe(count), expected).await?;
        times.push(sent.elapsed());
    }
    let mut at = |share| percentile(&mut times, share).unwrap_or_default();
    Ok((at(0.5), at(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_the_number_of_full_turns() {
        let latency = Duration::from_millis(200);
        assert_eq!([1, 5, 6, 50].map(|count| least(count, latency).as_millis()), [200, 200, 400, 2_000]);
    }
}
