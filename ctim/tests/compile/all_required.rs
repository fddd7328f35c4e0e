//! All required fields, in any order, and optional ones from their natural types.

use ctim::vocabulary::HighMedLow;
use ctim::{EntityId, ObservedTime, Sighting, Time};

fn main() {
    let time = ObservedTime::builder().start_time(Time::MIN_VALID).build();
    let _ = Sighting::builder()
        .title("a &str")
        .observed_time(time.clone())
        .maybe_description(Some("an option"))
        .count(1)
        .source(String::from("a String"))
        .confidence(HighMedLow::High)
        .severity("a word as text")
        .id(EntityId::unchecked("transient:1"))
        .timestamp(Time::MIN_VALID)
        .build();
}
