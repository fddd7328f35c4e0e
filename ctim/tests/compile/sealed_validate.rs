struct Mine;

impl ctim::Validate for Mine {
    fn validate(&self) -> ctim::Report {
        ctim::Report::default()
    }
}

fn main() {}
