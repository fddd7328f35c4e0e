use ctim::ValidTime;

fn main() {
    let _ = ValidTime::builder().start_time("a text may be no time, so it must be parsed first").build();
}
