//! The relay, another relay if one is named, and the pass-through, asked the same in turns.

use std::time::Duration;

use super::block::Block;
use super::memory::LOAD_BAR;
use super::report::Report;
use super::{MeasureArgs, UNLIMITED};
use crate::caller::{Caller, Question};
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::setup::{Setup, Subject};
use crate::table::{Table, megabytes, number};
use crate::{Result, say};

/// The most CPU time of an answer, as a multiple of that of another process.
#[derive(Clone, Copy)]
struct CpuBars {
    /// Of the pass-through that reads.
    reading: Option<f64>,
    /// Of the relay beside.
    beside: Option<f64>,
}

const SMALL_PAGES: CpuBars = CpuBars { reading: Some(2.5), beside: Some(1.2) };

const LARGE_PAGES: CpuBars = CpuBars { reading: Some(1.5), beside: Some(1.0) };

const SINGLE_CALLS: CpuBars = CpuBars { reading: None, beside: Some(1.1) };

const NO_BARS: CpuBars = CpuBars { reading: None, beside: None };

/// The time that each process is warmed up for a case.
const WARM_UP: Duration = Duration::from_millis(500);

/// A question, and the plan of the stand-in for it.
struct Case {
    name: String,
    question: Question,
    plan: Plan,
    /// A text that every answer of the relay holds.
    expected: &'static str,
    takes_gzip: bool,
    bars: CpuBars,
}

impl Case {
    /// Returns the case as load by such callers.
    fn load(&self, caller: &Caller, expected: &'static str, args: &MeasureArgs) -> Result<Load> {
        Ok(Load {
            caller: if self.takes_gzip { caller.taking_gzip()? } else { caller.clone() },
            question: self.question,
            expected,
            callers: args.callers,
            until: Until::Time(args.block_time(), 2),
        })
    }
}

/// Measures observe.
pub(crate) async fn observe(setup: &Setup, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let pages = [
        ("small", Plan::SMALL, SMALL_PAGES),
        ("large, matching", Plan::LARGE, LARGE_PAGES),
        ("large, not matching", Plan::LARGE.not_matching(), LARGE_PAGES),
    ];
    let cases: Vec<Case> = pages
        .into_iter()
        .flat_map(|pages| [1, 10, 50].map(|count| (pages, count)))
        .map(|((pages, plan, bars), count)| Case {
            name: format!("observe {count}, {pages}"),
            question: Question::Observe(count),
            plan,
            expected: r#""sightings""#,
            takes_gzip: false,
            bars,
        })
        .filter(|case| case.name.contains(&args.case))
        .collect();
    if cases.is_empty() {
        return Err(format!("no case of observe holds {:?} in its name", args.case).into());
    }
    let results = measure(setup, args, &cases).await?;
    results.iter().for_each(|medians| medians.report_to(report));
    let most = results.iter().map(|medians| medians.relay.peak_mb).fold(0.0, f64::max);
    report.target(
        "Memory over all of observe, one after the other",
        format!("at most {} MB", megabytes(LOAD_BAR)),
        format!("{} MB", number(most)),
        most * 1e6 <= LOAD_BAR as f64,
    );
    let about = format!(
        "Small pages: {} and {} kB (insights and signals, no records). Large pages: {} MB each, 320 records of 3 kB. {}",
        number(page_kilobytes(&Plan::SMALL).0),
        number(page_kilobytes(&Plan::SMALL).1),
        number(page_kilobytes(&Plan::LARGE).0 / 1e3),
        subjects(&results),
    );
    report.section("Observe", &about, &table(&results));
    Ok(())
}

/// Measures health, refer, and observe with its answer as gzip.
pub(crate) async fn calls(setup: &Setup, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let case = |name: &str, question, expected, bars| Case {
        name: name.to_owned(),
        question,
        plan: Plan::SMALL,
        expected,
        takes_gzip: false,
        bars,
    };
    let observe = case("observe 10, small, as gzip", Question::Observe(10), r#""sightings""#, NO_BARS);
    let cases = [
        case("health", Question::Health, r#""status":"ok""#, SINGLE_CALLS),
        case("refer 1", Question::Refer, r#""url""#, SINGLE_CALLS),
        Case { takes_gzip: true, ..observe },
    ];
    let results = measure(setup, args, &cases).await?;
    results.iter().for_each(|medians| medians.report_to(report));
    report.section("Health, refer and compression", &subjects(&results), &table(&results));
    Ok(())
}

fn page_kilobytes(plan: &Plan) -> (f64, f64) {
    let kilobytes = |page: crate::body::Template| page.with("host-000000001.example.com").len() as f64 / 1e3;
    (kilobytes(crate::body::insights(plan)), kilobytes(crate::body::signals(plan)))
}

/// The results of a case.
struct Medians<'c> {
    case: &'c Case,
    relay: Block,
    /// Of the pass-through that reads each page.
    reading: Block,
    /// Of the pass-through that drops each page.
    dropping: Block,
    /// Of the other relay.
    beside: Option<Block>,
}

impl Medians<'_> {
    fn report_to(&self, report: &mut Report) {
        let mut target = |bar: Option<f64>, other: &Block, name: &str| {
            let Some(bar) = bar else { return };
            let ratio = self.relay.cpu_ms / other.cpu_ms;
            let (relay, other) = (number(self.relay.cpu_ms), number(other.cpu_ms));
            report.target(
                format!("CPU time of {}", self.case.name),
                format!("at most {bar} times {name}"),
                format!("{} ({relay} ms beside {other} ms)", number(ratio)),
                ratio <= bar,
            );
        };
        target(self.case.bars.reading, &self.reading, "the pass-through that reads");
        if let Some(beside) = &self.beside {
            target(self.case.bars.beside, beside, "the relay beside");
        }
    }

    /// Returns all blocks, in the order of [`subjects`].
    fn blocks(&self) -> impl Iterator<Item = &Block> {
        [Some(&self.relay), Some(&self.reading), Some(&self.dropping), self.beside.as_ref()]
            .into_iter()
            .flatten()
    }
}

async fn measure<'c>(setup: &Setup, args: &MeasureArgs, cases: &'c [Case]) -> Result<Vec<Medians<'c>>> {
    let (relay, beside) = (setup.relay(&UNLIMITED)?, setup.relay_beside(&UNLIMITED)?);
    let mut results = Vec::new();
    for case in cases {
        say(&format!("        {}", case.name));
        setup.follow(case.plan)?;
        let answer_bytes = relay.caller.ask(&case.question.fresh()).await?.body.len().to_string();
        let reading = setup.pass_through(&["--answer-bytes", &answer_bytes, "--reads"])?;
        let dropping = setup.pass_through(&["--answer-bytes", &answer_bytes])?;
        let passing = r#""data""#;
        let subjects = [
            Some((&relay, case.expected)),
            beside.as_ref().map(|beside| (beside, case.expected)),
            Some((&reading, passing)),
            Some((&dropping, passing)),
        ];
        let [relay, beside, reading, dropping] = take_turns(setup, args, case, subjects).await?;
        results.push(Medians {
            case,
            relay: relay.ok_or("the relay was not measured")?,
            reading: reading.ok_or("the pass-through was not measured")?,
            dropping: dropping.ok_or("the pass-through was not measured")?,
            beside,
        });
    }
    Ok(results)
}

/// Measures the processes, each with a text that its answers hold, one after the other in each
/// round.
async fn take_turns<const N: usize>(
    setup: &Setup,
    args: &MeasureArgs,
    case: &Case,
    subjects: [Option<(&Subject, &'static str)>; N],
) -> Result<[Option<Block>; N]> {
    let load = |(subject, expected): (&Subject, _)| case.load(&subject.caller, expected, args);
    for subject in subjects.into_iter().flatten() {
        Load { until: Until::Time(WARM_UP, 1), ..load(subject)? }.run().await?;
    }
    let mut blocks = [const { Vec::new() }; N];
    for round in 0..args.rounds {
        let mut turn: Vec<_> = subjects.into_iter().zip(&mut blocks).collect();
        if round % 2 == 1 {
            turn.reverse();
        }
        for (subject, blocks) in turn {
            if let Some(subject) = subject {
                blocks.push(Block::measure(setup, subject.0, &load(subject)?).await?);
            }
        }
    }
    Ok(blocks.map(|blocks| (!blocks.is_empty()).then(|| Block::median(&blocks))))
}

/// Returns the processes in the order of the numbers in a cell.
fn subjects(results: &[Medians<'_>]) -> String {
    let beside = if results.iter().any(|medians| medians.beside.is_some()) { " / relay beside" } else { "" };
    format!(
        "Relay / pass-through that reads each page / pass-through that drops it{beside}; all answer as many bytes as the relay."
    )
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
    for medians in results {
        let all = |of: &dyn Fn(&Block) -> f64| {
            medians.blocks().map(|block| number(of(block))).collect::<Vec<_>>().join(" / ")
        };
        let ratio = |block: &Block| number(medians.relay.cpu_ms / block.cpu_ms);
        table.row(&[
            medians.case.name.clone(),
            all(&|block| block.cpu_ms),
            medians.blocks().skip(1).map(ratio).collect::<Vec<_>>().join(" / "),
            all(&|block| block.answers_a_second),
            all(&|block| block.p50_ms),
            all(&|block| block.p99_ms),
            all(&|block| block.peak_mb),
            all(&|block| block.calls),
            all(&|block| block.handshakes),
            all(&|block| block.answers),
        ]);
    }
    table
}
