//! The relay and the pass-through, asked the same in turns.

use std::time::Duration;

use super::block::Block;
use super::memory::LOAD_BAR;
use super::report::Report;
use super::{MeasureArgs, UNLIMITED};
use crate::caller::Question;
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::table::{Table, megabytes, number};
use crate::world::{Subject, World};
use crate::{Result, say};

/// How much CPU time the relay may take, as a multiple of the pass-through's.
const CPU_BAR: f64 = 1.5;

/// How long each process is warmed up for a case.
const WARM_UP: Duration = Duration::from_millis(500);

/// A question, and what the stand-in says to it.
struct Case {
    name: String,
    question: Question,
    plan: Plan,
    /// What every answer of the relay holds.
    expected: &'static str,
}

/// Observe, where the target is about CPU time.
pub(crate) async fn observe(world: &World, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let pages = [
        ("small", Plan::SMALL),
        ("large, matching", Plan::LARGE),
        ("large, not matching", Plan::LARGE.not_matching()),
    ];
    let cases: Vec<Case> = pages
        .into_iter()
        .flat_map(|(pages, plan)| [1, 10, 50].map(|count| (pages, plan, count)))
        .map(|(pages, plan, count)| Case {
            name: format!("observe {count}, {pages}"),
            question: Question::Observe(count),
            plan,
            expected: r#""sightings""#,
        })
        .collect();
    let results = measure(world, args, &cases).await?;
    for (case, relay, pass_through) in &results {
        let ratio = relay.cpu_ms / pass_through.cpu_ms;
        let measured = format!(
            "{} ({} ms beside {} ms)",
            number(ratio),
            number(relay.cpu_ms),
            number(pass_through.cpu_ms)
        );
        report.target(
            format!("CPU time of {}", case.name),
            format!("at most {CPU_BAR} times the pass-through"),
            measured,
            ratio <= CPU_BAR,
        );
    }
    let most = results.iter().map(|(_, relay, _)| relay.peak_mb).fold(0.0, f64::max);
    report.target(
        "Memory over all of observe, one after the other",
        format!("at most {} MB", megabytes(LOAD_BAR)),
        format!("{} MB", number(most)),
        most * 1e6 <= LOAD_BAR as f64,
    );
    let about = format!(
        "Small pages: {} and {} kB (insights and signals, no records). Large pages: {} MB each, 320 records of 3 kB. \
         Relay / pass-through.",
        number(page_kilobytes(&Plan::SMALL).0),
        number(page_kilobytes(&Plan::SMALL).1),
        number(page_kilobytes(&Plan::LARGE).0 / 1e3),
    );
    report.section("Observe", &about, &table(&results));
    Ok(())
}

/// Health and refer, for comparison.
pub(crate) async fn calls(world: &World, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let case = |name: &str, question, expected| Case {
        name: name.to_owned(),
        question,
        plan: Plan::SMALL,
        expected,
    };
    let cases =
        [case("health", Question::Health, r#""status":"ok""#), case("refer 1", Question::Refer, r#""url""#)];
    let results = measure(world, args, &cases).await?;
    report.section("Health and refer", "Relay / pass-through.", &table(&results));
    Ok(())
}

fn page_kilobytes(plan: &Plan) -> (f64, f64) {
    let kilobytes = |page: crate::body::Template| page.with("host-000000001.example.com").len() as f64 / 1e3;
    (kilobytes(crate::body::insights(plan)), kilobytes(crate::body::signals(plan)))
}

/// Each case with the relay's and the pass-through's medians.
async fn measure<'c>(
    world: &World,
    args: &MeasureArgs,
    cases: &'c [Case],
) -> Result<Vec<(&'c Case, Block, Block)>> {
    let (relay, pass_through) = (world.relay(&UNLIMITED)?, world.pass_through()?);
    let mut results = Vec::new();
    for case in cases {
        say(&format!("        {}", case.name));
        world.follow(case.plan).await?;
        let load = |subject: &Subject, expected, time, least| Load {
            caller: subject.caller.clone(),
            question: case.question,
            expected,
            callers: args.callers,
            until: Until::Time(time, least),
        };
        let subjects = [(&relay, case.expected), (&pass_through, r#""data""#)];
        for (subject, expected) in subjects {
            load(subject, expected, WARM_UP, 1).run().await?;
        }
        let (mut of_relay, mut of_pass_through) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            for ((subject, expected), blocks) in
                subjects.into_iter().zip([&mut of_relay, &mut of_pass_through])
            {
                let load = load(subject, expected, args.block_time(), 2);
                blocks.push(Block::measure(world, subject, &load).await?);
            }
        }
        results.push((case, Block::median(&of_relay), Block::median(&of_pass_through)));
    }
    Ok(results)
}

fn table(results: &[(&Case, Block, Block)]) -> Table {
    let mut table = Table::new(&[
        "Scenario",
        "CPU ms an answer",
        "CPU ratio",
        "Answers a second",
        "p50 ms",
        "p99 ms",
        "Peak MB",
        "Upstream calls an answer",
        "TLS handshakes an answer",
        "Answers a round",
    ]);
    for (case, relay, pass_through) in results {
        let both = |of: fn(&Block) -> f64| format!("{} / {}", number(of(relay)), number(of(pass_through)));
        table.row(&[
            case.name.clone(),
            both(|block| block.cpu_ms),
            number(relay.cpu_ms / pass_through.cpu_ms),
            both(|block| block.answers_a_second),
            both(|block| block.p50_ms),
            both(|block| block.p99_ms),
            both(|block| block.peak_mb),
            both(|block| block.calls),
            both(|block| block.handshakes),
            both(|block| block.answers),
        ]);
    }
    table
}
