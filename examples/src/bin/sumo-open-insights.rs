//! Lists the insights that are not closed, as a table, the newest first.
//!
//! `cargo run -p examples --bin sumo-open-insights`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people to read")]

use std::error::Error;

use sumo_client::Client;
use sumo_client::api::insights::InsightPart;
use sumo_client::query::{Query, insights};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env().await?;
    let open = Query::new().and(!insights::STATUS.equals("closed"));
    let listing = client
        .insights()
        .list()
        .q(open)
        .limit(100)
        .exclude([InsightPart::SignalRecords])
        .listing()
        .max_items(1_000)
        .on_progress(|progress| eprintln!("{progress} insights read"));

    println!("{:<14} {:<9} {:<12} {:>7}  {:<26} NAME", "ID", "SEVERITY", "STATUS", "SIGNALS", "CREATED");
    let mut insights = listing.items();
    while let Some(insight) = insights.try_next().await? {
        println!(
            "{:<14} {:<9} {:<12} {:>7}  {:<26} {}",
            insight.readable_id,
            insight.severity_text().unwrap_or_default(),
            insight.status.as_ref().map_or("", |status| status.display_name.as_ref().unwrap_or(&status.name)),
            insight.signals.len(),
            insight.created.as_ref().map_or_else(String::new, |created| created.to_string()),
            insight.name,
        );
    }
    Ok(())
}
