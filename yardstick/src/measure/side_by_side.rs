//! The relay and the pass-through, asked the same in turns.

use std::time::Duration;

use super::block::Block;
use super::memory::LOAD_BAR;
use super::report::Report;
use super::{MeasureArgs, UNLIMITED};
use crate::caller::{Caller, Question};
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::table::{Table, megabytes, number};
use crate::world::World;
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
    takes_gzip: bool,
}

impl Case {
    /// The case as load by such callers.
    fn load(&self, caller: Caller, expected: &'static str, args: &MeasureArgs) -> Result<Load> {
        Ok(Load {
            caller: if self.takes_gzip { caller.taking_gzip()? } else { caller },
            question: self.question,
            expected,
            callers: args.callers,
            until: Until::Time(args.block_time(), 2),
        })
    }
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
            takes_gzip: false,
        })
        .filter(|case| case.name.contains(&args.case))
        .collect();
    if cases.is_empty() {
        return Err(format!("no case of observe holds {:?} in its name", args.case).into());
    }
    let results = measure(world, args, &cases).await?;
    for Medians { case, relay, pass_through, .. } in &results {
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
    let most = results.iter().map(|medians| medians.relay.peak_mb).fold(0.0, f64::max);
    report.target(
        "Memory over all of observe, one after the other",
        format!("at most {} MB", megabytes(LOAD_BAR)),
        format!("{} MB", number(most)),
        most * 1e6 <= LOAD_BAR as f64,
    );
    let about = format!(
        "Small pages: {} and {} kB (insights and signals, no records). Large pages: {} MB each, 320 records of 3 kB. \
         Relay / pass-through that reads each page into nothing and answers as many bytes as the relay / pass-through.",
        number(page_kilobytes(&Plan::SMALL).0),
        number(page_kilobytes(&Plan::SMALL).1),
        number(page_kilobytes(&Plan::LARGE).0 / 1e3),
    );
    report.section("Observe", &about, &table(&results));
    Ok(())
}

/// Health, refer, and observe with its answer as gzip, for comparison.
pub(crate) async fn calls(world: &World, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let case = |name: &str, question, expected, takes_gzip| Case {
        name: name.to_owned(),
        question,
        plan: Plan::SMALL,
        expected,
        takes_gzip,
    };
    let cases = [
        case("health", Question::Health, r#""status":"ok""#, false),
        case("refer 1", Question::Refer, r#""url""#, false),
        case("observe 10, small, as gzip", Question::Observe(10), r#""sightings""#, true),
    ];
    let results = measure(world, args, &cases).await?;
    report.section(
        "Health, refer and compression",
        "Relay / pass-through that answers as many bytes as the relay / pass-through.",
        &table(&results),
    );
    Ok(())
}

fn page_kilobytes(plan: &Plan) -> (f64, f64) {
    let kilobytes = |page: crate::body::Template| page.with("host-000000001.example.com").len() as f64 / 1e3;
    (kilobytes(crate::body::insights(plan)), kilobytes(crate::body::signals(plan)))
}

/// What was measured of a case.
struct Medians<'c> {
    case: &'c Case,
    relay: Block,
    /// Of the pass-through when it reads pages as JSON and answers as much as the relay.
    reading: Block,
    pass_through: Block,
}

async fn measure<'c>(world: &World, args: &MeasureArgs, cases: &'c [Case]) -> Result<Vec<Medians<'c>>> {
    let (relay, pass_through) = (world.relay(&UNLIMITED)?, world.pass_through()?);
    let mut results = Vec::new();
    for case in cases {
        say(&format!("        {}", case.name));
        world.follow(case.plan).await?;
        let to_relay = case.load(relay.caller.clone(), case.expected, args)?;
        let answer_bytes = to_relay.caller.ask(&case.question.fresh()).await?.body.len();
        let load = |caller| case.load(caller, r#""data""#, args);
        let subjects = [
            (&relay, to_relay),
            (&pass_through, load(pass_through.caller.asking_to_read(answer_bytes))?),
            (&pass_through, load(pass_through.caller.clone())?),
        ];
        for (_, load) in &subjects {
            Load { until: Until::Time(WARM_UP, 1), ..load.clone() }.run().await?;
        }
        let mut blocks = [const { Vec::new() }; 3];
        for _ in 0..args.rounds {
            for ((subject, load), blocks) in subjects.iter().zip(&mut blocks) {
                blocks.push(Block::measure(world, subject, load).await?);
            }
        }
        let [relay, reading, pass_through] = blocks.map(|blocks| Block::median(&blocks));
        results.push(Medians { case, relay, reading, pass_through });
    }
    Ok(results)
}

fn table(results: &[Medians<'_>]) -> Table {
    let mut table = Table::new(&[
        "Scenario",
        "CPU ms an answer",
        "CPU ratios",
        "Answers a second",
        "p50 ms",
        "p99 ms",
        "Peak MB",
        "Upstream calls an answer",
        "TLS handshakes an answer",
        "Answers a round",
    ]);
    for Medians { case, relay, reading, pass_through } in results {
        let all =
            |of: fn(&Block) -> f64| [relay, reading, pass_through].map(|block| number(of(block))).join(" / ");
        let ratio_to = |other: &Block| number(relay.cpu_ms / other.cpu_ms);
        table.row(&[
            case.name.clone(),
            all(|block| block.cpu_ms),
            format!("{} / {}", ratio_to(reading), ratio_to(pass_through)),
            all(|block| block.answers_a_second),
            all(|block| block.p50_ms),
            all(|block| block.p99_ms),
            all(|block| block.peak_mb),
            all(|block| block.calls),
            all(|block| block.handshakes),
            all(|block| block.answers),
        ]);
    }
    table
}
