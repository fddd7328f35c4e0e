//! Runs what the fuzz targets do over their corpora, and over mutations of them.
//!
//! `FUZZ_RUNS` sets the number of mutations of each file (default 200); more of them search without
//! a fuzzer.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test"
)]
#![allow(unreachable_pub, reason = "the fuzz targets share the bodies")]

mod fuzz_bodies;

use std::path::Path;

/// Pieces that lead further into a parser than random bytes.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "0",
    "-1",
    "1.0",
    "1e400",
    "\"type\":",
    "\"id\":",
    "\"transient:a\"",
    "\"casebook\"",
    "\"sighting\"",
    "\"2024-05-01 10:15\"",
    "\"2024-05-01T10:15:30Z\"",
    "\u{1F600}",
];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "the corpus of {target} is empty");
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Pseudo-random numbers (splitmix64): the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap()
    }

    /// A range of a text of this length.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..start + self.below((length - start).min(40) + 1)
    }

    /// A piece of JSON that begins and ends where a value or a member may.
    fn piece(&mut self, data: &[u8]) -> Vec<u8> {
        let ends: Vec<usize> = (0..data.len())
            .filter(|place| matches!(data[*place], b',' | b'{' | b'[' | b'}' | b']'))
            .collect();
        if ends.len() < 2 {
            return Vec::new();
        }
        let first = self.below(ends.len() - 1);
        let last = (first + 1 + self.below(3)).min(ends.len() - 1);
        data[ends[first]..ends[last]].to_vec()
    }

    fn mutate(&mut self, data: &mut Vec<u8>, other: &[u8]) {
        let range = self.range(data.len());
        match self.below(5) {
            0 => drop(data.drain(range)),
            1 => {
                let piece = PIECES[self.below(PIECES.len())].bytes();
                drop(data.splice(range, piece));
            }
            2 => {
                let copied = self.piece(other);
                drop(data.splice(range.start..range.start, copied));
            }
            3 => {
                // A member that comes twice.
                let again = self.piece(&data.clone());
                let place = data.iter().skip(range.start).position(|byte| *byte == b',');
                let place = place.map_or(data.len(), |place| range.start + place);
                drop(data.splice(place..place, again));
            }
            _ if !data.is_empty() => {
                let place = self.below(data.len());
                data[place] ^= 1 << self.below(8);
            }
            _ => {}
        }
    }
}

fn run(target: &str, body: fn(&[u8])) {
    let runs = std::env::var("FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let files = corpus(target);
    let mut random = Random(1);
    for data in &files {
        body(data);
        // Broken input should do no harm either.
        for end in (0..data.len()).step_by(7) {
            body(&data[..end]);
        }
        for _ in 0..runs {
            let mut data = data.clone();
            for _ in 0..1 + random.below(4) {
                let other = &files[random.below(files.len())];
                random.mutate(&mut data, other);
            }
            let text = String::from_utf8_lossy(&data).into_owned();
            if let Err(panic) = std::panic::catch_unwind(|| body(&data)) {
                eprintln!("input of {target}:\n{text}");
                std::panic::resume_unwind(panic);
            }
        }
    }
}

#[test]
fn entities() {
    run("entity", fuzz_bodies::entity);
}

#[test]
fn bundles() {
    run("bundle", fuzz_bodies::bundle);
}
