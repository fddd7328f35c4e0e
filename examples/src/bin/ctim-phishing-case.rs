//! Builds the case of a phishing mail that a user reported: the sighting of the mail, the indicator
//! behind it, judgements of its link and attachment, and the incident, linked in a bundle.
//!
//! Run it with `cargo run -p examples --bin ctim-phishing-case > case.json`; `ctim-draw-bundle`
//! draws it.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::error::Error;

use ctim::vocabulary::{Disposition, HighMedLow, RelationshipType, Resolution, Sensor, Severity, Status};
use ctim::{
    Bundle, EntityId, EntityType, Incident, Indicator, Judgement, Observable, Relationship, Sighting, Time,
    ValidTime,
};
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::NAMESPACE_URL;

fn id(entity_type: EntityType, name: &str) -> EntityId {
    EntityId::transient_v5(entity_type, &NAMESPACE, &format!("report-4711/{name}"))
}

fn judgement(name: &str, observable: &Observable, reported: Time) -> Judgement {
    Judgement::builder()
        .id(id(EntityType::Judgement, name))
        .source("Example mail sandbox")
        .observable(observable.clone())
        .judged(Disposition::Malicious)
        .priority(95)
        .confidence(HighMedLow::High)
        .severity(Severity::High)
        .valid_time(ValidTime::since(reported))
        .build()
}

fn main() -> Result<(), Box<dyn Error>> {
    let reported: Time = "2024-05-01T10:15:30Z".parse()?;
    let sender = Observable::new("email", "billing@bad.example");
    let link = Observable::new("url", "https://bad.example/invoice");
    let attachment =
        Observable::new("sha256", "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8");

    let sighting = Sighting::builder()
        .id(id(EntityType::Sighting, "mail"))
        .title("Mail with a forged invoice")
        .confidence(HighMedLow::High)
        .count(1)
        .observed_time(reported)
        .observables([sender, link.clone(), attachment.clone()])
        .sensor(Sensor::Endpoint)
        .resolution(Resolution::Detected)
        .build();
    let indicator = Indicator::builder()
        .id(id(EntityType::Indicator, "campaign"))
        .title("Forged invoices of bad.example")
        .producer("Example mail sandbox")
        .valid_time(ValidTime::since(reported))
        .build();
    let incident = Incident::builder()
        .id(id(EntityType::Incident, "case"))
        .title("Phishing reported by a user")
        .confidence(HighMedLow::High)
        .incident_time(reported)
        .status(Status::New)
        .build();
    let judgements = [judgement("link", &link, reported), judgement("attachment", &attachment, reported)];

    let mut bundle = Bundle::new("Example mail sandbox");
    bundle.add(Relationship::between(&sighting, RelationshipType::SightingOf, &indicator, &NAMESPACE))?;
    bundle.add(Relationship::between(&sighting, RelationshipType::MemberOf, &incident, &NAMESPACE))?;
    for judgement in judgements {
        bundle.add(Relationship::between(&sighting, RelationshipType::BasedOn, &judgement, &NAMESPACE))?;
        bundle.add(judgement)?;
    }
    bundle.add(sighting)?;
    bundle.add(indicator)?;
    bundle.add(incident)?;
    bundle.check().into_result()?;
    println!("{}", serde_json::to_string_pretty(&bundle)?);
    Ok(())
}
