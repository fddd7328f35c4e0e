//! `replicas`: three relays that share one access key by a store.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::caller::{Caller, Question, get_admin};
use crate::counts::Counts;
use crate::plan::Plan;
use crate::process::free_address;
use crate::setup::{Setup, Subject};
use crate::store_server::StoreServer;
use crate::table::{Table, number};
use crate::{Result, Subjects, print, say};

/// The number of relays.
const RELAYS: usize = 3;

/// Callers of each relay: so many that calls always wait, and so few that all are answered in time.
const CALLERS: usize = 10;

/// The limits of Cloud SIEM.
const CALLS_A_SECOND: usize = 4;
const IN_FLIGHT: usize = 10;

/// The share of the calls that the limits allow which must be made.
const USE_BAR: f64 = 0.95;

/// The share of calls that may be refused.
const REFUSED_BAR: f64 = 0.01;

/// The difference from a third that the calls of a relay may have.
const FAIR_BAR: f64 = 0.15;

/// The metric that counts the calls of a relay to Cloud SIEM.
const CALLS_METRIC: &str = "relay_upstream_calls_total";

/// The longest time for a health check meanwhile.
const HEALTH_BAR: Duration = Duration::from_secs(2);

/// The settings of the measurement.
#[derive(clap::Args)]
pub(crate) struct ReplicasArgs {
    #[command(flatten)]
    subjects: Subjects,

    /// The duration in seconds; the store is away in the second third of the second run
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u64,

    /// The duration of an upstream call, in milliseconds
    #[arg(long, default_value_t = 300, value_name = "MILLISECONDS")]
    latency_ms: u64,
}

/// Measures three relays, with the store there and with the store away for a while. The exit status
/// is 1 when a bar is missed.
pub(crate) async fn run(args: &ReplicasArgs) -> Result<ExitCode> {
    let setup = Setup::start(&args.subjects, None)?;
    let mut table = Table::new(&[
        "Three relays, one key",
        "Calls",
        "429",
        "Refused",
        "Share of the budget used",
        "Most in flight",
        "Calls of each",
        "Slowest health check, s",
        "Bars",
    ]);
    let mut all_met = true;
    for is_away in [false, true] {
        let outcome = measure(&setup, args, is_away).await?;
        let time = Duration::from_secs(args.seconds);
        all_met &= outcome.add_to(&mut table, time, is_away);
    }
    print(&table.to_markdown())?;
    Ok(if all_met { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The counts of one run.
struct Outcome {
    counts: Counts,
    calls_of_each: Vec<u64>,
    slowest_health: Duration,
}

impl Outcome {
    /// Writes a row, and returns true if all bars are met.
    fn add_to(&self, table: &mut Table, time: Duration, is_away: bool) -> bool {
        let Counts { calls, refused, most_in_flight, .. } = self.counts;
        let used = calls as f64 / (CALLS_A_SECOND as f64 * time.as_secs_f64());
        let share_refused = refused as f64 / (calls + refused).max(1) as f64;
        let third = self.calls_of_each.iter().sum::<u64>() as f64 / RELAYS as f64;
        let is_fair = self.calls_of_each.iter().all(|own| (*own as f64 - third).abs() <= third * FAIR_BAR);
        // A share means little for the time in which each has a part of its own.
        let is_met = share_refused < REFUSED_BAR
            && used >= USE_BAR
            && (is_fair || is_away)
            && self.slowest_health <= HEALTH_BAR;
        let calls_of_each: Vec<String> = self.calls_of_each.iter().map(u64::to_string).collect();
        table.row(&[
            if is_away { "store killed at a third, back at two thirds" } else { "store there" }.to_owned(),
            calls.to_string(),
            refused.to_string(),
            format!("{} %", number(share_refused * 100.0)),
            format!("{} %", number(used * 100.0)),
            most_in_flight.to_string(),
            calls_of_each.join(", "),
            number(self.slowest_health.as_secs_f64()),
            if is_met { "met" } else { "**not met**" }.to_owned(),
        ]);
        is_met
    }
}

async fn measure(setup: &Setup, args: &ReplicasArgs, is_away: bool) -> Result<Outcome> {
    let mut store = StoreServer::start()?;
    let (url, replicas) = (store.url(), RELAYS.to_string());
    let admins: Vec<SocketAddr> = (0..RELAYS).map(|_| free_address()).collect::<Result<_>>()?;
    let relay = |admin: &SocketAddr| {
        let admin = admin.to_string();
        let shared = ["--budget-url", &url, "--replicas", &replicas, "--cache-seconds", "0"];
        setup.relay(&[&shared[..], &["--admin-listen", &admin]].concat())
    };
    let relays: Vec<Subject> = admins.iter().map(relay).collect::<Result<_>>()?;
    for relay in &relays {
        relay.ask_once(Question::Health, "data").await?;
    }
    // The health checks must not count among those of the first second.
    sleep(Duration::from_secs(2)).await;
    setup.follow(Plan {
        latency_ms: args.latency_ms,
        calls_a_second: CALLS_A_SECOND,
        in_flight: IN_FLIGHT,
        ..Plan::SMALL
    })?;
    let (began, time) = (Instant::now(), Duration::from_secs(args.seconds));
    let before = calls_of_each(&admins).await?;
    let (mut callers, mut checks) = (JoinSet::new(), JoinSet::new());
    for relay in &relays {
        for _ in 0..CALLERS {
            callers.spawn(ask(relay.caller.clone()));
        }
        checks.spawn(check_health(relay.caller.clone(), began + time));
    }
    if is_away {
        sleep_until(began + time / 3).await;
        store.kill();
        sleep_until(began + time * 2 / 3).await;
        store.restart()?;
    }
    sleep_until(began + time).await;
    let counts = setup.counts()?;
    let after = calls_of_each(&admins).await?;
    callers.abort_all();
    let mut slowest_health = Duration::ZERO;
    while let Some(check) = checks.join_next().await {
        slowest_health = slowest_health.max(check??);
    }
    let calls_of_each = after.iter().zip(before).map(|(after, before)| after - before).collect();
    Ok(Outcome { counts, calls_of_each, slowest_health })
}

/// Returns the number of calls to Cloud SIEM that each relay has made, by its metrics.
async fn calls_of_each(admins: &[SocketAddr]) -> Result<Vec<u64>> {
    let mut all = Vec::new();
    for admin in admins {
        all.push(calls_in(&get_admin(*admin, "/metrics").await?)?);
    }
    Ok(all)
}

/// Sums up the calls in the text of the metrics.
fn calls_in(metrics: &str) -> Result<u64> {
    let samples = metrics.lines().filter(|line| line.starts_with(CALLS_METRIC));
    let numbers = samples.map(|line| line.rsplit(' ').next().unwrap_or_default().parse::<u64>());
    Ok(numbers.sum::<std::result::Result<u64, _>>()?)
}

/// Asks for one observable after the other, and tells of answers that are not right.
async fn ask(caller: Caller) {
    loop {
        let answer = caller.ask(&Question::Observe(1).fresh()).await;
        match answer.map(|answer| answer.check("sightings")) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => say(&error.to_string()),
            Err(error) => say(&error.to_string()),
        }
    }
}

/// Checks the health every few seconds; returns the longest time that it took.
async fn check_health(caller: Caller, end: Instant) -> Result<Duration> {
    let mut slowest = Duration::ZERO;
    while Instant::now() + Duration::from_secs(5) < end {
        sleep(Duration::from_secs(5)).await;
        let asked = Instant::now();
        caller.ask(&Question::Health.fresh()).await?.check("data")?;
        slowest = slowest.max(asked.elapsed());
    }
    Ok(slowest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_all_operations_are_summed_up() {
        let metrics = concat!(
            "# TYPE relay_upstream_calls counter\n",
            "relay_upstream_calls_total{operation=\"GetInsights\",outcome=\"ok\"} 40\n",
            "relay_upstream_calls_total{operation=\"GetSignals\",outcome=\"ok\"} 2\n",
            "relay_upstream_call_duration_seconds_count{operation=\"GetSignals\"} 42\n",
        );
        assert_eq!(calls_in(metrics).unwrap(), 42);
    }
}
