//! Runs what the fuzz targets do over their corpora.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![allow(unreachable_pub, reason = "the fuzz targets share the bodies")]

mod fuzz_bodies;

use std::path::Path;

fn run(target: &str, body: fn(&[u8])) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let data = std::fs::read(entry.unwrap().path()).unwrap();
        body(&data);
        // Broken input should do no harm either.
        for end in (0..data.len()).step_by(7) {
            body(data.get(..end).unwrap());
        }
        count += 1;
    }
    assert!(count > 0, "the corpus of {target} is empty");
}

#[test]
fn entities() {
    run("entity", fuzz_bodies::entity);
}

#[test]
fn bundles() {
    run("bundle", fuzz_bodies::bundle);
}
