//! `overload`: more than the relay can answer, then a stop in the middle of load.

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

use crate::caller::{Asked, Caller, Question};
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::proc_files;
use crate::setup::{Setup, Subject};
use crate::table::{Table, megabytes, number};
use crate::{Result, Subjects, print, say};

/// A text that right answers hold.
const EXPECTED: &str = r#""sightings""#;

/// The most memory in the last quarter of the overload, as a multiple of that in the one before.
const FLAT_BAR: f64 = 1.1;

/// Between two looks at memory.
const SAMPLE: Duration = Duration::from_millis(250);

/// Requests of the open load are sent in bunches this far apart.
const BUNCH: Duration = Duration::from_millis(10);

/// The most requests under way at once: far more than the relay works on (256), fewer than the
/// connections that it and the system let be open. If that is less than the load, the load is less.
const MOST_UNDER_WAY: usize = 800;

/// Callers that find the capacity; as many calls as may be in flight keep them busy.
const CAPACITY_CALLERS: usize = 20;

/// The time for which the capacity is measured.
const CAPACITY_TIME: Duration = Duration::from_secs(5);

/// Callers at the time of the stop: all their calls fit on one upstream connection (100 streams),
/// so that none waits.
const STOP_CALLERS: usize = 48;

/// From the start of that load to the stop.
const BEFORE_STOP: Duration = Duration::from_secs(3);

/// The duration of an upstream call then, so that requests run when the stop comes.
const STOP_LATENCY_MS: u64 = 300;

/// The longest that the relay may take to end.
const STOP_PATIENCE: Duration = Duration::from_secs(40);

/// The settings of an overload.
#[derive(clap::Args)]
pub(crate) struct OverloadArgs {
    #[command(flatten)]
    subjects: Subjects,

    /// The load, as a multiple of the capacity of the relay
    #[arg(long, default_value_t = 10.0, value_name = "TIMES")]
    times: f64,

    /// The duration in seconds; less than 45 say little, since outcomes are remembered for 30
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u64,

    /// The duration of an upstream call, in milliseconds
    #[arg(long, default_value_t = 20, value_name = "MILLISECONDS")]
    latency_ms: u64,
}

/// Overloads one relay and stops another; prints what came of it. The exit status is 1 when
/// something was lost, wrong, or grew.
pub(crate) async fn run(args: &OverloadArgs) -> Result<ExitCode> {
    let setup = Setup::start(&args.subjects, None)?;
    let is_sound = overload(&setup, args).await?;
    let nothing_is_lost = stop(&setup).await?;
    Ok(if is_sound && nothing_is_lost { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The ends of requests.
#[derive(Debug, Default)]
struct Tally {
    right: u64,
    refused: u64,
    /// An answer that is neither right nor 503.
    wrong: Vec<String>,
    /// No whole answer: the value that was asked for, and why.
    broken: Vec<(String, String)>,
    slowest: Duration,
}

impl Tally {
    fn count(&mut self, asked: &Asked, answer: std::result::Result<crate::caller::Answer, reqwest::Error>) {
        match answer {
            Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE => self.refused += 1,
            Ok(answer) => match answer.check(EXPECTED).and_then(|()| answer.check(&asked.value)) {
                Ok(()) => self.right += 1,
                Err(error) => self.wrong.push(error.to_string()),
            },
            Err(error) => self.broken.push((asked.value.clone(), causes(&error))),
        }
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn with<T>(tally: &Mutex<Tally>, work: impl FnOnce(&mut Tally) -> T) -> T {
    work(&mut tally.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Asks a relay as shipped, but for the rate of calls, many times more than it can answer.
async fn overload(setup: &Setup, args: &OverloadArgs) -> Result<bool> {
    // All callers have one address.
    let relay = setup.relay(&["--sumo-rate", "0", "--max-peer-connections", "0"])?;
    setup.follow(Plan { latency_ms: args.latency_ms, ..Plan::SMALL })?;
    let load = Load {
        caller: relay.caller.clone(),
        question: Question::Observe(1),
        expected: EXPECTED,
        callers: CAPACITY_CALLERS,
        until: Until::Time(CAPACITY_TIME, 1),
    };
    let outcome = load.run().await?;
    let capacity = outcome.latencies.len() as f64 / outcome.elapsed.as_secs_f64();
    let offered = capacity * args.times;
    say(&format!("capacity {} answers a second, so {} are asked for", number(capacity), number(offered)));

    let time = Duration::from_secs(args.seconds);
    let samples = tokio::spawn(sample_memory(relay.pid(), time));
    let (asked, took, tally) = open_load(&relay.caller, offered, time).await?;
    let memory = samples.await??;
    let is_flat = is_flat(&memory);
    report_overload(&relay, capacity, asked, took, &tally, &memory, is_flat)?;
    Ok(is_flat && tally.wrong.is_empty() && tally.broken.is_empty() && tally.right > 0 && tally.refused > 0)
}

/// Sends requests at a steady rate, however long their answers take: how many, in what time, and
/// how they ended.
async fn open_load(caller: &Caller, a_second: f64, time: Duration) -> Result<(u64, Duration, Tally)> {
    let tally = Arc::new(Mutex::new(Tally::default()));
    let (start, mut ticks) = (Instant::now(), interval(BUNCH));
    let (mut requests, mut sent) = (JoinSet::new(), 0_u64);
    while start.elapsed() < time {
        ticks.tick().await;
        let due = (a_second * start.elapsed().as_secs_f64()) as u64;
        while sent < due && requests.len() < MOST_UNDER_WAY {
            sent += 1;
            let (caller, tally) = (caller.clone(), tally.clone());
            requests.spawn(async move {
                let (asked, begun) = (Question::Observe(1).fresh(), Instant::now());
                let answer = caller.ask(&asked).await;
                with(&tally, |tally| {
                    tally.count(&asked, answer);
                    tally.slowest = tally.slowest.max(begun.elapsed());
                });
            });
        }
        while let Some(ended) = requests.try_join_next() {
            ended?;
        }
    }
    let took = start.elapsed();
    while let Some(ended) = requests.join_next().await {
        ended?;
    }
    Ok((sent, took, with(&tally, std::mem::take)))
}

/// The memory that the process holds, over time.
async fn sample_memory(pid: u32, time: Duration) -> Result<Vec<u64>> {
    let (start, mut ticks, mut samples) = (Instant::now(), interval(SAMPLE), Vec::new());
    while start.elapsed() < time {
        ticks.tick().await;
        samples.push(proc_files::resident(pid)?);
    }
    Ok(samples)
}

/// Returns true if the last quarter of the samples goes no higher than the one before, but for a
/// tenth.
fn is_flat(samples: &[u64]) -> bool {
    let [_, _, third, last] = quarters(samples);
    last as f64 <= third as f64 * FLAT_BAR
}

/// The most in each quarter of the samples.
fn quarters(samples: &[u64]) -> [u64; 4] {
    let length = samples.len();
    [0, 1, 2, 3].map(|quarter| {
        let (from, to) = (length * quarter / 4, length * (quarter + 1) / 4);
        samples.get(from..to).unwrap_or_default().iter().copied().max().unwrap_or_default()
    })
}

fn report_overload(
    relay: &Subject,
    capacity: f64,
    asked: u64,
    took: Duration,
    tally: &Tally,
    memory: &[u64],
    is_flat: bool,
) -> Result<()> {
    let quarters = quarters(memory).map(megabytes).join(", ");
    let mut table = Table::new(&["Overload", ""]);
    for (what, much) in [
        ("capacity, answers a second", number(capacity)),
        ("asked, requests a second", number(asked as f64 / took.as_secs_f64())),
        ("requests", asked.to_string()),
        ("right answers", tally.right.to_string()),
        ("answered with 503", tally.refused.to_string()),
        ("wrong answers", tally.wrong.len().to_string()),
        ("without a whole answer", tally.broken.len().to_string()),
        ("slowest answer, ms", number(tally.slowest.as_secs_f64() * 1e3)),
        ("memory, most of each quarter, MB", quarters),
        ("peak memory, MB", megabytes(proc_files::peak(relay.pid())?)),
        ("memory is flat", if is_flat { "yes" } else { "**no**" }.to_owned()),
    ] {
        table.row(&[what.to_owned(), much]);
    }
    print(&table.to_markdown())?;
    tell_first(tally);
    Ok(())
}

/// Tells the first of what went wrong.
fn tell_first(tally: &Tally) {
    if let Some(wrong) = tally.wrong.first() {
        say(&format!("the first wrong answer: {wrong}"));
    }
    if let Some((_, why)) = tally.broken.first() {
        say(&format!("the first request without a whole answer: {why}"));
    }
}

/// Stops a relay while many requests run, and looks whether one that it took up is lost.
///
/// A request that finds the port closed, or meets the end of an idle connection, was never taken
/// up: its value was not asked for upstream. Whatever was asked for upstream must have its whole
/// answer.
async fn stop(setup: &Setup) -> Result<bool> {
    // No call waits for another, so that all requests that are taken up are seen upstream.
    let mut relay = setup.relay(&["--sumo-rate", "0", "--sumo-concurrency", "1000"])?;
    let plan = Plan { latency_ms: STOP_LATENCY_MS, keeps_values: true, ..Plan::SMALL };
    setup.follow(plan)?;
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut callers = JoinSet::new();
    for _ in 0..STOP_CALLERS {
        let (caller, tally) = (relay.caller.clone(), tally.clone());
        callers.spawn(async move { ask_until_it_breaks(&caller, &tally).await });
    }
    tokio::time::sleep(BEFORE_STOP).await;
    let before = with(&tally, |tally| tally.right);
    let stopped = Instant::now();
    relay.process.terminate()?;
    let status = relay.process.ended(STOP_PATIENCE).await?;
    let ended_within = stopped.elapsed();
    while let Some(caller) = callers.join_next().await {
        caller?;
    }
    let tally = with(&tally, std::mem::take);
    let seen: HashSet<String> = setup.values()?.into_iter().collect();
    let lost: Vec<&(String, String)> =
        tally.broken.iter().filter(|(value, _)| seen.contains(value)).collect();
    let after = tally.right - before;
    let mut table = Table::new(&["Stop in the middle of load", ""]);
    for (what, much) in [
        ("callers", STOP_CALLERS.to_string()),
        ("right answers before the stop", before.to_string()),
        ("right answers after it", after.to_string()),
        ("answered with 503", tally.refused.to_string()),
        ("wrong answers", tally.wrong.len().to_string()),
        ("not taken up: port or connection closed", (tally.broken.len() - lost.len()).to_string()),
        ("taken up and lost", lost.len().to_string()),
        ("from SIGTERM to the end of the process, ms", number(ended_within.as_secs_f64() * 1e3)),
        ("exit status", status.code().map_or_else(|| status.to_string(), |code| code.to_string())),
    ] {
        table.row(&[what.to_owned(), much]);
    }
    print(&table.to_markdown())?;
    if let Some((value, why)) = lost.first() {
        say(&format!("the first request that was lost, for {value}: {why}"));
    }
    Ok(lost.is_empty() && tally.wrong.is_empty() && status.success() && after > 0)
}

/// Asks until a request gets no whole answer.
async fn ask_until_it_breaks(caller: &Caller, tally: &Mutex<Tally>) {
    loop {
        let asked = Question::Observe(1).fresh();
        let answer = caller.ask(&asked).await;
        let is_broken = answer.is_err();
        with(tally, |tally| tally.count(&asked, answer));
        if is_broken {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_grows_to_the_end_is_not_flat() {
        let climbing: Vec<u64> = (0..100).map(|sample| 1_000 * sample).collect();
        assert!(!is_flat(&climbing));
        let filled: Vec<u64> = (0..100).map(|sample| 1_000 * sample.min(50)).collect();
        assert!(is_flat(&filled));
        assert_eq!(quarters(&[1, 2, 3, 4, 9, 6, 7, 8]), [2, 4, 9, 8]);
        assert_eq!(quarters(&[]), [0; 4]);
    }

    #[test]
    fn answers_are_right_refused_or_wrong() {
        let asked = Question::Observe(1).fresh();
        let answer = |status, body: String| Ok(crate::caller::Answer { status, body: body.into() });
        let mut tally = Tally::default();
        tally.count(&asked, answer(StatusCode::OK, format!(r#"{{"sightings":"{}"}}"#, asked.value)));
        tally.count(&asked, answer(StatusCode::SERVICE_UNAVAILABLE, String::new()));
        tally.count(&asked, answer(StatusCode::OK, r#"{"sightings":"of another"}"#.to_owned()));
        tally.count(&asked, answer(StatusCode::BAD_GATEWAY, String::new()));
        assert_eq!((tally.right, tally.refused, tally.wrong.len()), (1, 1, 2));
    }
}
