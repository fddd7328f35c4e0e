use ctim::NewSighting;

fn main() {
    let _ = NewSighting::builder().title("observed_time is missing").build();
}
