#[derive(Debug, Clone, PartialEq, Eq)]
struct Mine;

impl ctim::text::Truncate for Mine {
    fn truncate(&mut self) -> Vec<ctim::text::Cut> {
        Vec::new()
    }
}

fn main() {}
