use ctim::{ObservedTime, Sighting, Time};

fn main() {
    let time = ObservedTime::builder().start_time(Time::MIN_VALID).build();
    let _ = Sighting::builder().confidence("High").count(1).observed_time(time).build();
}
