use ctim::Sighting;

fn main() {
    let _ = Sighting::builder().r#type("indicator");
}
