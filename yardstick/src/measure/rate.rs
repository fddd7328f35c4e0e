//! Answers under the limits of Cloud SIEM: 4 calls in any second, 10 in flight.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use http::StatusCode;

use super::report::Report;
use crate::Result;
use crate::caller::Question;
use crate::counts::Counts;
use crate::plan::Plan;
use crate::setup::{Setup, Subject};
use crate::table::{Table, number};

/// Calls in any second.
pub(super) const CALLS_A_SECOND: usize = 4;

/// The time for which a call counts.
const WINDOW: Duration = Duration::from_secs(1);

/// Calls in flight.
pub(super) const IN_FLIGHT: usize = 10;

/// More observables than an answer has time for: each takes two calls.
pub(super) const OBSERVABLES: usize = 60;

/// The relay's deadline as shipped.
const DEADLINE: Duration = Duration::from_secs(25);

/// The part of it that the relay keeps for writing the answer.
const RESERVE: Duration = Duration::from_secs(1);

/// The share of the calls that the limits allow which must be made.
const USE_BAR: f64 = 0.95;

/// The share of calls that may be refused, for the jitter of the network.
const REFUSED_BAR: f64 = 0.01;

/// One request with more observables than there is time for: where the rate is what limits, the
/// same with a network between, whose round trips delay the first calls more than the later ones,
/// and where the calls in flight limit.
pub(crate) async fn measure(setup: &Setup, report: &mut Report) -> Result<()> {
    let mut table = Table::new(&[
        "Upstream latency",
        "Handshake",
        "Answer after s",
        "Calls",
        "429",
        "Most in flight",
        "Share of the budget used",
        "Sightings",
    ]);
    for (latency_ms, handshake_ms) in [(100, 0), (100, 100), (3_000, 0)] {
        let relay = relay_with_whole_budget(setup).await?;
        let latency = Duration::from_millis(latency_ms);
        let plan = Plan {
            latency_ms,
            handshake_ms,
            calls_a_second: CALLS_A_SECOND,
            in_flight: IN_FLIGHT,
            ..Plan::SMALL
        };
        setup.follow(plan)?;
        let sent = Instant::now();
        let answer = relay.caller.ask(&Question::Observe(OBSERVABLES).fresh()).await?;
        let (took, counts) = (sent.elapsed(), setup.counts()?);
        let found = String::from_utf8_lossy(&answer.body).matches(r#""type":"sighting""#).count();
        let used = share_used(&counts, latency);
        let refused = counts.refused as f64 / (counts.calls + counts.refused).max(1) as f64;
        table.row(&[
            format!("{latency_ms} ms"),
            format!("{handshake_ms} ms"),
            number(took.as_secs_f64()),
            counts.calls.to_string(),
            counts.refused.to_string(),
            counts.most_in_flight.to_string(),
            format!("{} %", number(used * 100.0)),
            found.to_string(),
        ]);
        let limits = format!(
            "at {latency_ms} ms upstream and {handshake_ms} ms a handshake, {CALLS_A_SECOND} calls a second, {IN_FLIGHT} in flight"
        );
        report.target(
            format!("Calls refused {limits}"),
            format!("under {} %", REFUSED_BAR * 100.0),
            format!("{} of {}", counts.refused, counts.calls + counts.refused),
            refused < REFUSED_BAR,
        );
        report.target(
            format!("Budget used {limits}"),
            format!("at least {} %", USE_BAR * 100.0),
            format!("{} %", number(used * 100.0)),
            used >= USE_BAR,
        );
        report.target(
            format!("Answer to {OBSERVABLES} observables {limits}"),
            format!("before {} s, with sightings", DEADLINE.as_secs()),
            format!("{} s, {found} sightings", number(took.as_secs_f64())),
            took < DEADLINE && answer.status == StatusCode::OK && found > 0,
        );
    }
    let about = format!(
        "One request of {OBSERVABLES} observables ({} calls) to a relay as shipped; the stand-in enforces {CALLS_A_SECOND} \
         calls in any window of a second and {IN_FLIGHT} in flight. The budget is that of calls that start \
         as soon as both limits let them.",
        2 * OBSERVABLES
    );
    report.section("Rate limit", &about, &table);
    Ok(())
}

/// Starts a relay as shipped when the calls of the one before count no more.
pub(super) async fn relay_with_whole_budget(setup: &Setup) -> Result<Subject> {
    tokio::time::sleep(WINDOW).await;
    setup.relay(&[])
}

/// Returns the share of the limits that was used: the least time in which so many calls can start,
/// as a share of the time that it took, or the calls made as a share of those of which an answer
/// could come in time, whichever is less.
fn share_used(counts: &Counts, latency: Duration) -> f64 {
    let made = usize::try_from(counts.calls).unwrap_or(usize::MAX);
    let latency = latency.as_secs_f64();
    let least = starts(latency).nth(made.saturating_sub(1)).unwrap_or(f64::INFINITY);
    let end = (DEADLINE - RESERVE).as_secs_f64() - latency;
    let possible = starts(latency).take_while(|start| *start <= end).count().min(2 * OBSERVABLES);
    (least / counts.span_seconds).min(made as f64 / possible as f64)
}

/// Returns the starts of calls that use the limits up, in seconds from the first on.
fn starts(latency: f64) -> impl Iterator<Item = f64> {
    let mut past: VecDeque<f64> = VecDeque::new();
    std::iter::repeat_with(move || {
        let after = |calls: usize, wait: f64| {
            past.len().checked_sub(calls).and_then(|place| past.get(place)).map_or(0.0, |start| start + wait)
        };
        let start = after(CALLS_A_SECOND, 1.0).max(after(IN_FLIGHT, latency));
        past.push_back(start);
        if past.len() > IN_FLIGHT {
            past.pop_front();
        }
        start
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_start_as_soon_as_both_limits_let_them() {
        let first = |latency, count| starts(latency).take(count).collect::<Vec<f64>>();
        assert_eq!(first(0.1, 9), [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
        let expected = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 4.0];
        assert_eq!(first(3.0, 15), expected);
    }

    #[test]
    fn slow_or_early_callers_use_less_of_the_budget() {
        let used = |calls, span_seconds, latency_ms| {
            let counts = Counts { calls, span_seconds, ..Counts::default() };
            share_used(&counts, Duration::from_millis(latency_ms))
        };
        assert_eq!(used(96, 23.0, 100), 1.0);
        assert_eq!(used(96, 46.0, 100), 0.5);
        assert_eq!(used(48, 11.0, 100), 0.5);
        assert_eq!(used(80, 23.0, 3_000), 1.0);
    }
}
