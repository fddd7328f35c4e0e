use ctim::NewSighting;

fn main() {
    let _ = NewSighting::builder().title("one").title("two");
}
