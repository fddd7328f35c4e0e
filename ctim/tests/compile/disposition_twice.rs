use ctim::Verdict;
use ctim::vocabulary::{Disposition, DispositionName};

fn main() {
    let _ = Verdict::builder().disposition_name(DispositionName::Clean).judged(Disposition::Malicious);
}
