use ctim::Observable;

fn main() {
    let _ = Observable::builder().value("198.51.100.7").build();
}
