//! The number of connections and key-set fetches.

use super::UNLIMITED;
use super::rate::IN_FLIGHT;
use super::report::Report;
use crate::Result;
use crate::caller::Question;
use crate::load::{Load, Until};
use crate::plan::Plan;
use crate::setup::Setup;
use crate::table::Table;

/// Requests to each endpoint.
const REQUESTS: usize = 1_000;

/// Asks a new relay a thousand times, one after the other and by several callers at once.
pub(crate) async fn measure(setup: &Setup, report: &mut Report) -> Result<()> {
    let mut table = Table::new(&[
        "1,000 requests to a new relay",
        "Key-set fetches",
        "Handshakes with the key host",
        "Handshakes with Cloud SIEM",
        "Upstream calls",
    ]);
    for (name, question, expected, callers) in [
        ("health, one caller", Question::Health, r#""status":"ok""#, 1),
        ("health, 8 callers", Question::Health, r#""status":"ok""#, 8),
        ("refer, one caller", Question::Refer, r#""url""#, 1),
        ("refer, 8 callers", Question::Refer, r#""url""#, 8),
    ] {
        let relay = setup.relay(&UNLIMITED)?;
        setup.follow(Plan::SMALL)?;
        let until = Until::Answers(REQUESTS);
        Load { caller: relay.caller.clone(), question, expected, callers, until }.run().await?;
        let counts = setup.counts()?;
        let numbers = [counts.key_sets, counts.key_handshakes, counts.handshakes, counts.calls];
        let cells: Vec<String> =
            [name.to_owned()].into_iter().chain(numbers.iter().map(u64::to_string)).collect();
        table.row(&cells);
        report.target(
            format!("{REQUESTS} requests: {name}"),
            // Calls that start together before a connection is open each open one.
            format!(
                "at most 1 key-set fetch and 1 handshake with the key host, and {IN_FLIGHT} handshakes with Cloud SIEM"
            ),
            format!(
                "{} fetches, {} and {} handshakes",
                counts.key_sets, counts.key_handshakes, counts.handshakes
            ),
            counts.key_sets <= 1 && counts.key_handshakes <= 1 && counts.handshakes <= IN_FLIGHT as u64,
        );
    }
    report.section(
        "Connections",
        "Each line begins with a new process, so with no key and no connection.",
        &table,
    );
    Ok(())
}
