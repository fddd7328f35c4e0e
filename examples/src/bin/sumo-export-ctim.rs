//! Exports the insights of the last week as incidents of the Cisco Threat Intelligence Model, one
//! JSON object a line.
//!
//! `cargo run -p examples --bin sumo-export-ctim > incidents.jsonl`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people to read")]

use std::error::Error;

use ctim::vocabulary::{HighMedLow, Severity, Status};
use ctim::{EntityId, EntityType, Incident, IncidentTime, Time, Truncate as _, Validate as _};
use sumo_client::api::insights::{Insight, InsightPart, InsightSeverity};
use sumo_client::query::{Query, Span, insights};
use sumo_client::{Client, Timestamp};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env().await?;
    let last_week = Query::new().and(insights::CREATED.within_last(Span::Days(7)));
    let list = client.insights().list_all().q(last_week).expand([InsightPart::Entity]);
    let mut insights = list.items();
    while let Some(insight) = insights.try_next().await? {
        let Some(incident) = incident(&insight) else {
            eprintln!("{} has no time of creation and was left out", insight.readable_id);
            continue;
        };
        let report = incident.validate();
        for error in report.errors() {
            eprintln!("{}: {error}", insight.readable_id);
        }
        println!("{}", serde_json::to_string(&incident)?);
    }
    Ok(())
}

fn incident(insight: &Insight) -> Option<Incident> {
    let time = |timestamp: &Option<Timestamp>| timestamp.as_ref().and_then(Timestamp::utc).map(Time::from);
    let opened = time(&insight.created)?;
    let closed = time(&insight.closed).filter(|closed| *closed >= opened);
    let mut incident = Incident::builder()
        // The same insight gives the same id, so an import that is repeated makes no duplicates.
        .id(EntityId::transient_v5(EntityType::Incident, &ctim_namespace(), &insight.id))
        .confidence(HighMedLow::High)
        .incident_time(IncidentTime::builder().opened(opened).maybe_closed(closed).build())
        .status(match insight.status_name() {
            None | Some("new") => Status::New,
            Some("closed") => Status::Closed,
            Some(_) => Status::Open,
        })
        .severity(match insight.severity {
            Some(InsightSeverity::Critical) => Severity::Critical,
            Some(InsightSeverity::High) => Severity::High,
            Some(InsightSeverity::Medium) => Severity::Medium,
            Some(InsightSeverity::Low) => Severity::Low,
            _ => Severity::Unknown,
        })
        .title(format!("{} {}", insight.readable_id, insight.name))
        .source("Sumo Logic Cloud SIEM")
        .external_ids(vec![insight.id.clone(), insight.readable_id.clone()])
        .maybe_description(insight.description.clone())
        .build();
    incident.truncate();
    Some(incident)
}

/// The namespace that ids of exported insights are made in.
fn ctim_namespace() -> uuid::Uuid {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, b"https://api.sumologic.com/api/sec/v1/insights")
}
