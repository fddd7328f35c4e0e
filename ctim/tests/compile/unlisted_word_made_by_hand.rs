use ctim::vocabulary::{Severity, UnlistedText};

fn main() {
    let _ = Severity::Unlisted(UnlistedText::new("High".into()));
}
