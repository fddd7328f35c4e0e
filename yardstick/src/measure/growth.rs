//! The growth of CPU time with the size of requests and of pages.

use std::time::Duration;

use super::block::Block;
use super::report::Report;
use super::{MeasureArgs, UNLIMITED};
use crate::Result;
use crate::caller::Question;
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::setup::{Setup, Subject};
use crate::statistics::{exponent, median};
use crate::table::{Table, number};

/// The multiples of the least size.
const STEPS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Growth up to this exponent counts as linear; the rest is noise.
const BAR: f64 = 1.1;

/// The largest steps, where what does not grow weighs little.
const UPPER_STEPS: usize = 4;

/// The time for which a step is measured in each round.
const BLOCK: Duration = Duration::from_millis(400);

/// A size that grows.
struct Dimension {
    name: &'static str,
    least: usize,
    question: fn(usize) -> Question,
    plan: fn(usize) -> Plan,
}

/// No insights, and no signals on their own.
const NOTHING: Plan = Plan { insights: 0, signals: 0, ..Plan::SMALL };

const DIMENSIONS: [Dimension; 4] = [
    Dimension {
        name: "signals of an insight",
        least: 8,
        question: |_| Question::Observe(1),
        plan: |size| Plan { insights: 1, insight_signals: size, ..NOTHING }.not_matching(),
    },
    Dimension {
        name: "records of a signal",
        least: 8,
        question: |_| Question::Observe(1),
        plan: |size| Plan { insights: 1, insight_signals: 1, records: size, ..NOTHING }.not_matching(),
    },
    Dimension { name: "observables", least: 1, question: Question::Observe, plan: |_| Plan::SMALL },
    Dimension {
        name: "entities of an answer",
        least: 1,
        question: |_| Question::Observe(1),
        // A sighting, an indicator and a relationship for each signal.
        plan: |size| Plan { signals: size, ..NOTHING },
    },
];

/// Measures each step of each dimension, the steps in turns.
pub(crate) async fn measure(setup: &Setup, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let relay = setup.relay(&UNLIMITED)?;
    let columns: Vec<String> = STEPS.iter().map(|step| format!("×{step}")).collect();
    let mut table = Table::new(
        &["CPU ms an answer", "least"]
            .into_iter()
            .chain(columns.iter().map(String::as_str))
            .chain(["exponent", "of the last factor of 8"])
            .collect::<Vec<_>>(),
    );
    for dimension in &DIMENSIONS {
        let points = cpu_of_steps(setup, &relay, args, dimension).await?;
        let upper = points.len().saturating_sub(UPPER_STEPS);
        let (whole, upper) = (exponent(&points), exponent(points.get(upper..).unwrap_or_default()));
        let cells = [dimension.name.to_owned(), dimension.least.to_string()]
            .into_iter()
            .chain(points.iter().map(|(_, cpu)| number(*cpu)))
            .chain([number(whole), number(upper)]);
        table.row(&cells.collect::<Vec<_>>());
        report.target(
            format!("Growth with {}", dimension.name),
            format!("linear: exponent at most {BAR}"),
            format!("{} over a factor of 64, {} over the last 8", number(whole), number(upper)),
            whole.max(upper) <= BAR,
        );
    }
    let about = "The exponent is that of the power law that fits best; 1 is linear growth, and what does not grow lowers it.";
    report.section("Growth", about, &table);
    Ok(())
}

/// The CPU time of an answer at each step.
async fn cpu_of_steps(
    setup: &Setup,
    relay: &Subject,
    args: &MeasureArgs,
    dimension: &Dimension,
) -> Result<Vec<(f64, f64)>> {
    let mut costs: Vec<(usize, Vec<f64>)> = STEPS.iter().map(|step| (*step, Vec::new())).collect();
    for round in 0..=args.rounds {
        for (step, costs) in &mut costs {
            let size = dimension.least * *step;
            setup.follow((dimension.plan)(size))?;
            let load = Load {
                caller: relay.caller.clone(),
                question: (dimension.question)(size),
                expected: r#""data""#,
                callers: args.callers,
                until: Until::Time(if round == 0 { BLOCK / 4 } else { BLOCK }, 1),
            };
            let cpu = Block::measure(setup, relay, &load).await?.cpu_ms;
            // The first round warms up.
            if round > 0 {
                costs.push(cpu);
            }
        }
    }
    Ok(costs.into_iter().map(|(step, costs)| (step as f64, median(costs))).collect())
}
