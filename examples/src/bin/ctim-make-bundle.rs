//! Makes a bundle of entities and their links, and splits it for import into Cisco's service.
//!
//! Run it with `cargo run -p examples --bin ctim-make-bundle`; it prints the bundle as JSON, which
//! `ctim-draw-bundle` draws.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

use std::error::Error;

use ctim::bundle::IMPORT_LIMIT;
use ctim::vocabulary::{Disposition, HighMedLow, RelationshipType, Severity};
use ctim::{
    Bundle, Entity, EntityId, EntityType, Indicator, Judgement, Observable, Relationship, Sighting, Time,
    ValidTime, Verdict,
};
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::NAMESPACE_URL;

fn id(entity_type: EntityType, name: &str) -> EntityId {
    EntityId::transient_from_parts(entity_type, &NAMESPACE, ["https://siem.example.com", name])
}

fn main() -> Result<(), Box<dyn Error>> {
    let seen_at: Time = "2024-05-01T10:15:30Z".parse()?;
    let address = Observable::new("ip", "198.51.100.7");

    let sighting = Sighting::builder()
        .id(id(EntityType::Sighting, "alert-1"))
        .title("Outbound connection to a listed address")
        .confidence(HighMedLow::High)
        .count(1)
        .observed_time(seen_at)
        .observables([address.clone()])
        .build();
    let indicator = Indicator::builder()
        .id(id(EntityType::Indicator, "rule-1"))
        .title("Connections to listed addresses")
        .producer("Example product")
        .valid_time(ValidTime::default())
        .build();
    let judgement = Judgement::builder()
        .id(id(EntityType::Judgement, "list-1"))
        .source("Example watch list")
        .observable(address.clone())
        .judged(Disposition::Malicious)
        .priority(90)
        .confidence(HighMedLow::High)
        .severity(Severity::High)
        .valid_time(ValidTime::since(seen_at))
        .build();
    let verdict = Verdict::from_judgements(&address, [&judgement], seen_at);
    let links = [
        Relationship::between(&sighting, RelationshipType::SightingOf, &indicator, &NAMESPACE),
        Relationship::between(&sighting, RelationshipType::BasedOn, &judgement, &NAMESPACE),
    ];

    let mut bundle = Bundle::new("Example product");
    let entities: [Entity; 3] = [sighting.into(), indicator.into(), judgement.into()];
    bundle.add_all(entities)?;
    bundle.add_all(verdict)?;
    bundle.add_all(links)?;

    bundle.dedupe();
    let report = bundle.check();
    eprintln!(
        "{} entities, {} errors, {} warnings",
        bundle.len(),
        report.errors().count(),
        report.warnings().count()
    );

    let split = bundle.split_for_import(IMPORT_LIMIT);
    eprintln!("{} part(s) to import", split.bundles.len());
    for part in &split.bundles {
        println!("{}", serde_json::to_string_pretty(part)?);
    }
    Ok(())
}
