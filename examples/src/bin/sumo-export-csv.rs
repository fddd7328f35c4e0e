//! Writes the insights of the last day as a CSV file, for a job that runs every night.
//!
//! `cargo run -p examples --bin sumo-export-csv -- insights.csv`

use std::error::Error;

use examples::argument;
use serde::Serialize;
use sumo_client::Client;
use sumo_client::api::insights::{Insight, InsightPart};
use sumo_client::query::{Query, Span, insights};

/// A row of the file; the names of its fields are the head.
#[derive(Serialize)]
struct Row {
    id: String,
    created: String,
    severity: String,
    status: String,
    entity: String,
    signals: usize,
    name: String,
}

impl From<Insight> for Row {
    fn from(insight: Insight) -> Self {
        let entity = insight.entity.as_ref().and_then(|entity| entity.text()).unwrap_or_default();
        Self {
            entity: plain(entity),
            signals: insight.signals.len(),
            created: insight.created.as_ref().map(|time| time.to_string()).unwrap_or_default(),
            severity: insight.severity_text().unwrap_or_default().to_owned(),
            status: insight.status_name().unwrap_or_default().to_owned(),
            name: plain(&insight.name),
            id: insight.readable_id,
        }
    }
}

/// Quotes a text that a spreadsheet would take for a formula; attackers choose some of these texts.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = argument(1, "the file to write")?;
    let client = Client::from_env().await?;
    let last_day = Query::new().and(insights::CREATED.within_last(Span::Days(1)));
    let parts = [InsightPart::Entity, InsightPart::Signals];

    // The file appears when it is complete: a night that fails leaves that of the last one.
    let unfinished = format!("{file}.part");
    let mut csv = csv::Writer::from_path(&unfinished)?;
    let mut found = client.insights().list_all().q(last_day).expand(parts).items();
    while let Some(insight) = found.try_next().await? {
        csv.serialize(Row::from(insight))?;
    }
    csv.flush()?;
    std::fs::rename(unfinished, file)?;
    Ok(())
}
