//! Reading, validating and writing a bundle of 1,000 sightings, beside plain `serde_json::Value` as
//! the yardstick.
//!
//! Each line of the table has its counterpart for `Value`; the ratio of the two is what counts.
#![allow(clippy::unwrap_used, reason = "a bench")]

use ctim::vocabulary::{HighMedLow, ObservableTypeIdentifier, Resolution, Sensor, Severity, Tlp};
use ctim::{
    Bundle, Entity, EntityId, EntityType, ExternalReference, IdentitySpecification, Observable,
    ObservedRelation, ObservedTime, Sighting, Time, ValidTime, Validate,
};
use divan::Bencher;
use serde_json::Value;
use uuid::Uuid;

fn main() {
    divan::main();
}

fn sighting(number: usize) -> Sighting {
    let start: Time = "2024-05-01T10:15:00.000Z".parse().unwrap();
    let span = ObservedTime::builder().start_time(start).end_time(Time::FOREVER).build();
    let address = Observable::new(ObservableTypeIdentifier::Ip, format!("198.51.100.{}", number % 256));
    let host = Observable::new(ObservableTypeIdentifier::Hostname, format!("host-{number}.example.com"));
    Sighting::builder()
        .id(EntityId::transient_v5(EntityType::Sighting, &Uuid::NAMESPACE_X500, &number.to_string()))
        .confidence(HighMedLow::High)
        .count(1)
        .observed_time(span.clone())
        .title(format!("Connection {number} to a listed address"))
        .short_description("Outbound connection to an address on the watch list")
        .description(
            "The host opened a connection to **198.51.100.7**.\n\n- rule: `watch-list`\n- hits: 3\n"
                .repeat(5),
        )
        .severity(Severity::High)
        .resolution(Resolution::Detected)
        .sensor(Sensor::NetworkIds)
        .source("Example product")
        .source_uri(format!("https://console.example.com/alerts/{number}"))
        .external_ids([format!("example-sighting-{number}")])
        .external_references([ExternalReference::builder()
            .source_name("Example product")
            .url("https://console.example.com/rules/1")
            .build()])
        .observables([address.clone(), host.clone()])
        .relations([ObservedRelation::builder()
            .origin("Example product")
            .relation("Connected_To")
            .source(host.clone())
            .related(address)
            .build()])
        .targets([IdentitySpecification::builder()
            .r#type(Sensor::Endpoint)
            .observables([host])
            .observed_time(span)
            .build()])
        .internal(true)
        .timestamp(start)
        .tlp(Tlp::Amber)
        .build()
}

fn bundle() -> Bundle {
    Bundle::builder()
        .id(EntityId::transient_uuid(EntityType::Bundle, Uuid::nil()))
        .source("Example product")
        .valid_time(ValidTime::builder().build())
        .sightings((0..1000).map(sighting).collect::<ctim::List<_>>())
        .build()
}

fn json() -> String {
    serde_json::to_string(&bundle()).unwrap()
}

#[divan::bench]
fn read_1_ctim(bencher: Bencher) {
    let json = json();
    bencher.bench(|| serde_json::from_str::<Bundle>(&json).unwrap());
}

#[divan::bench]
fn read_2_value(bencher: Bencher) {
    let json = json();
    bencher.bench(|| serde_json::from_str::<Value>(&json).unwrap());
}

#[divan::bench]
fn read_3_any_entity(bencher: Bencher) {
    let json = json();
    bencher.bench(|| Entity::from_json(&json).unwrap());
}

#[divan::bench]
fn write_1_ctim(bencher: Bencher) {
    let bundle = bundle();
    bencher.bench(|| serde_json::to_string(&bundle).unwrap());
}

#[divan::bench]
fn write_2_value(bencher: Bencher) {
    let value = serde_json::to_value(bundle()).unwrap();
    bencher.bench(|| serde_json::to_string(&value).unwrap());
}

#[divan::bench]
fn round_trip_1_ctim(bencher: Bencher) {
    let json = json();
    bencher.bench(|| serde_json::to_string(&serde_json::from_str::<Bundle>(&json).unwrap()).unwrap());
}

#[divan::bench]
fn round_trip_2_value(bencher: Bencher) {
    let json = json();
    bencher.bench(|| serde_json::to_string(&serde_json::from_str::<Value>(&json).unwrap()).unwrap());
}

#[divan::bench]
fn validate(bencher: Bencher) {
    let bundle = bundle();
    assert!(bundle.validate().is_empty());
    bencher.bench(|| bundle.validate());
}
