//! Memory: idle, at load, and when upstream bodies are large.

use std::time::Duration;

use super::report::Report;
use super::{MeasureArgs, UNLIMITED};
use crate::caller::Question;
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::proc_files;
use crate::table::{Table, megabytes};
use crate::world::World;
use crate::{Result, body};

/// What an idle relay may hold, in bytes.
const IDLE_BAR: u64 = 15_000_000;

/// What a relay may hold at load, in bytes.
pub(super) const LOAD_BAR: u64 = 60_000_000;

/// The body cap as shipped, in bytes.
const BODY_CAP: usize = 32 * 1024 * 1024;

/// How much more than its bytes a body that is held once may take.
const ONCE_BAR: f64 = 1.1;

/// How long the load lasts.
const LOAD_TIME: Duration = Duration::from_secs(5);

/// Two observables take four calls.
const FOUR_BODIES: Question = Question::Observe(2);

/// Each line is of a process of its own, since memory that was once taken may be kept.
pub(crate) async fn measure(world: &World, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let mut table = Table::new(&["Relay", "MB", "of which above idle"]);
    let idle = idle(world, report, &mut table).await?;
    at_load(world, args, report, &mut table, idle).await?;
    for announced in [true, false] {
        turned_away(world, report, &mut table, idle, announced).await?;
    }
    for announced in [true, false] {
        held_once(world, report, &mut table, idle, announced).await?;
    }
    report.section(
        "Memory",
        "Peaks of resident memory, each of a process of its own; MB is 1,000,000 bytes.",
        &table,
    );
    Ok(())
}

async fn idle(world: &World, report: &mut Report, table: &mut Table) -> Result<u64> {
    world.follow(Plan::SMALL).await?;
    let relay = world.relay(&UNLIMITED)?;
    let started = proc_files::resident(relay.pid())?;
    relay.ask_once(Question::Observe(1), r#""sightings""#).await?;
    let idle = proc_files::resident(relay.pid())?;
    let own = proc_files::anonymous(relay.pid())?;
    table.row(&["started".to_owned(), megabytes(started), String::new()]);
    table.row(&["idle, after one answer".to_owned(), megabytes(idle), String::new()]);
    let bar = format!("at most {} MB", megabytes(IDLE_BAR));
    let measured = format!(
        "{} MB, of which {} MB are its own and the rest is its program",
        megabytes(idle),
        megabytes(own)
    );
    report.target("Memory idle", bar, measured, idle <= IDLE_BAR);
    Ok(idle)
}

async fn at_load(
    world: &World,
    args: &MeasureArgs,
    report: &mut Report,
    table: &mut Table,
    idle: u64,
) -> Result<()> {
    let mut most = 0;
    for (name, plan, count) in [
        ("at load, observe 1, small pages", Plan::SMALL, 1),
        ("at load, observe 50, small pages", Plan::SMALL, 50),
        ("at load, observe 50, large pages", Plan::LARGE, 50),
    ] {
        world.follow(plan).await?;
        let relay = world.relay(&UNLIMITED)?;
        let load = Load {
            caller: relay.caller.clone(),
            question: Question::Observe(count),
            expected: r#""sightings""#,
            callers: args.callers,
            until: Until::Time(LOAD_TIME, 1),
        };
        load.run().await?;
        let peak = proc_files::peak(relay.pid())?;
        row(table, name, peak, idle);
        most = most.max(peak);
    }
    let bar = format!("at most {} MB", megabytes(LOAD_BAR));
    report.target(
        "Memory at load, each of a new process",
        bar,
        format!("{} MB", megabytes(most)),
        most <= LOAD_BAR,
    );
    Ok(())
}

/// Four bodies of 50 MB at once are over the cap.
async fn turned_away(
    world: &World,
    report: &mut Report,
    table: &mut Table,
    idle: u64,
    announced: bool,
) -> Result<()> {
    let plan = Plan { announced, ..plan_of(50_000_000) };
    world.follow(plan).await?;
    let relay = world.relay(&UNLIMITED)?;
    let answer = relay.caller.ask(&FOUR_BODIES.fresh()).await?;
    let told = String::from_utf8_lossy(&answer.body).matches("errors").count() == 1;
    let peak = proc_files::peak(relay.pid())?;
    let name = format!("four bodies of 50 MB at once, {}", length(announced));
    row(table, &name, peak, idle);
    // Nothing is read of a body whose length is announced; of another one, as much as the cap allows.
    let most = if announced { LOAD_BAR } else { idle + 4 * (BODY_CAP as f64 * ONCE_BAR) as u64 };
    report.target(
        format!("{name}: the cap turns them away"),
        format!("an answer that says so, at most {} MB", megabytes(most)),
        format!("{}, {} MB", if told { "told" } else { "not told" }, megabytes(peak)),
        told && peak <= most,
    );
    Ok(())
}

/// Four bodies just under the cap are read.
async fn held_once(
    world: &World,
    report: &mut Report,
    table: &mut Table,
    idle: u64,
    announced: bool,
) -> Result<()> {
    let plan = Plan { announced, ..plan_of(BODY_CAP - 100_000) };
    world.follow(plan).await?;
    let bytes = body::insights(&plan).with("host-000000001.example.com").len() as f64
        + body::signals(&plan).with("host-000000001.example.com").len() as f64;
    let relay = world.relay(&UNLIMITED)?;
    relay.ask_once(FOUR_BODIES, r#""sightings""#).await?;
    let peak = proc_files::peak(relay.pid())?;
    let name = format!("four bodies just under the cap at once, {}", length(announced));
    row(table, &name, peak, idle);
    let times = peak.saturating_sub(idle) as f64 / (2.0 * bytes);
    report.target(
        format!("{name}: each is held once"),
        format!("at most {ONCE_BAR} times the bodies"),
        format!("{} times", crate::table::number(times)),
        times <= ONCE_BAR,
    );
    Ok(())
}

/// Both pages with as many records as make up about `bytes`, but not more.
fn plan_of(bytes: usize) -> Plan {
    let shape = Plan { insights: 10, insight_signals: 4, signals: 40, ..Plan::SMALL };
    let size = |records| body::insights(&Plan { records, ..shape }).with("host-000000001.example.com").len();
    // Not from none to one: a signal without records names the value elsewhere.
    let (with_one, record) = (size(1), size(2).saturating_sub(size(1)));
    let more = bytes.saturating_sub(with_one).checked_div(record).unwrap_or_default();
    Plan { records: 1 + more, ..shape }
}

fn length(announced: bool) -> &'static str {
    if announced { "of announced length" } else { "of unknown length" }
}

fn row(table: &mut Table, name: &str, bytes: u64, idle: u64) {
    table.row(&[name.to_owned(), megabytes(bytes), megabytes(bytes.saturating_sub(idle))]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_close_to_the_size_and_stay_below() {
        let plan = plan_of(9_000_000);
        for page in [body::insights(&plan), body::signals(&plan)] {
            let bytes = page.with("host-000000001.example.com").len();
            assert!((8_850_000..9_000_000).contains(&bytes), "{bytes}");
        }
    }
}
