//! Builds a sighting, checks it, and prints it as JSON.
//!
//! Run it with `cargo run -p examples --bin ctim-build-sighting`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::error::Error;

use ctim::vocabulary::{HighMedLow, ObservableTypeIdentifier, Resolution, Sensor, Severity, Tlp};
use ctim::{
    EntityId, EntityType, IdentitySpecification, Observable, ObservedTime, Sighting, Time, Truncate,
    Validate, external_id,
};
use uuid::Uuid;

fn main() -> Result<(), Box<dyn Error>> {
    let seen_at: Time = "2024-05-01T10:15:30Z".parse()?;
    let span = ObservedTime::builder().start_time(seen_at).build();
    let host = Observable::new(ObservableTypeIdentifier::Hostname, "web-01");

    let mut sighting = Sighting::builder()
        // The id depends on the alert alone, so the same alert always gets the same id.
        .id(EntityId::transient_v5(EntityType::Sighting, &Uuid::NAMESPACE_X500, "alert-1"))
        .external_ids([external_id("example", EntityType::Sighting, ["alert-1"])])
        .confidence(HighMedLow::High)
        .count(1)
        .observed_time(span.clone())
        .observables([Observable::new(ObservableTypeIdentifier::Ip, "198.51.100.7")])
        .targets([IdentitySpecification::builder()
            .r#type(Sensor::EndpointServer)
            .observables([host])
            .observed_time(span)
            .build()])
        .sensor(Sensor::NetworkIds)
        .severity(Severity::Critical)
        .resolution(Resolution::Detected)
        .source("Example product")
        .title("Outbound connection to a listed address")
        .description("The host **web-01** opened a connection. ".repeat(200))
        .tlp(Tlp::Amber)
        .build();

    for cut in sighting.truncate() {
        println!("cut {} from {} to {} characters", cut.pointer, cut.from, cut.to);
    }
    let report = sighting.validate();
    println!("{} errors, {} warnings", report.errors().count(), report.warnings().count());
    println!("{}", serde_json::to_string_pretty(&sighting)?);
    Ok(())
}
