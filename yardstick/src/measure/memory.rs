//! Memory: idle, at load, and when upstream bodies are large.

use std::time::Duration;

use relay_server::SumoConfig;
use tokio::task::JoinSet;

use super::report::Report;
use super::{MeasureArgs, UNLIMITED};
use crate::caller::{Answer, Question};
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::proc_files;
use crate::setup::Setup;
use crate::table::{Table, megabytes};
use crate::{Result, body, say};

/// The most that an idle relay may hold, in bytes.
const IDLE_BAR: u64 = 20_000_000;

/// The most that a relay may hold at load, in bytes.
pub(super) const LOAD_BAR: u64 = 80_000_000;

/// The most that a relay may hold when all upstream bodies are large, in bytes.
const LARGE_BODIES_BAR: u64 = 150_000_000;

/// Bytes of a body that is over the cap.
const OVER_CAP: usize = 50_000_000;

/// The duration of the load.
const LOAD_TIME: Duration = Duration::from_secs(3);

/// Five observables take ten calls.
const TEN_BODIES: Question = Question::Observe(5);

/// Measures each line of the table with a process of its own, since memory that was once taken may
/// be kept.
pub(crate) async fn measure(setup: &Setup, args: &MeasureArgs, report: &mut Report) -> Result<()> {
    let mut table = Table::new(&["Relay", "MB", "of which above idle"]);
    let idle = idle(setup, report, &mut table).await?;
    at_load(setup, args, report, &mut table, idle).await?;
    let under_cap = plan_of(SumoConfig::default().max_body_bytes.saturating_sub(100_000));
    let finds: fn(&Answer) -> Result<()> = |answer| answer.check(r#""sightings""#);
    let says_so: fn(&Answer) -> Result<()> = |answer| answer.check_errors();
    for (size, plan, check) in [
        ("just under the cap", under_cap, finds),
        ("of 50 MB, which is over the cap,", plan_of(OVER_CAP).not_matching(), says_so),
    ] {
        for (announced, length) in [(true, "announced"), (false, "unknown")] {
            setup.follow(Plan { announced, ..plan })?;
            let (peak, are_right) = large_bodies(setup, check).await?;
            let name = format!("ten bodies {size} at once for each of four tenants, length {length}");
            row(&mut table, &name, peak, idle);
            report.target(
                name,
                format!("right answers, at most {} MB", megabytes(LARGE_BODIES_BAR)),
                format!("{}, {} MB", if are_right { "right" } else { "**wrong**" }, megabytes(peak)),
                are_right && peak <= LARGE_BODIES_BAR,
            );
        }
    }
    let about = "Peaks of resident memory, each of a process of its own; MB is 1,000,000 bytes. Right answers hold what was found \
                 in bodies under the cap, and tell of those over it.";
    report.section("Memory", about, &table);
    Ok(())
}

async fn idle(setup: &Setup, report: &mut Report, table: &mut Table) -> Result<u64> {
    setup.follow(Plan::SMALL)?;
    let relay = setup.relay(&UNLIMITED)?;
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
    setup: &Setup,
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
        setup.follow(plan)?;
        let relay = setup.relay(&UNLIMITED)?;
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

/// Asks a new relay for all tenants at once: its peak, and true if all answers are right.
async fn large_bodies(setup: &Setup, check: fn(&Answer) -> Result<()>) -> Result<(u64, bool)> {
    let relay = setup.relay(&UNLIMITED)?;
    let mut answers = JoinSet::new();
    for caller in relay.tenants.clone() {
        answers.spawn(async move { caller.ask(&TEN_BODIES.fresh()).await });
    }
    let mut are_right = true;
    while let Some(answer) = answers.join_next().await {
        if let Err(error) = check(&answer??) {
            are_right = false;
            say(&error.to_string());
        }
    }
    Ok((proc_files::peak(relay.pid())?, are_right))
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
