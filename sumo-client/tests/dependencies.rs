//! Features bring no more dependencies than they need, as `cargo tree` lists them.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::collections::BTreeSet;
use std::process::Command;

/// The names of the crates that the library needs with these features alone.
fn dependencies(features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "sumo-client", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--no-default-features", "--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn features_bring_only_what_they_need() {
    let http = [
        "reqwest",
        "hyper",
        "h2",
        "rustls",
        "aws-lc-rs",
        "ring",
        "tower-service",
        "flate2",
        "rcgen",
        "redis",
        "zstd-sys",
    ];
    let table: [(&str, &[&str]); 6] = [
        ("", &[]),
        ("tower", &["tower-service"]),
        ("reqwest,ring", &["reqwest", "hyper", "h2", "rustls", "ring", "tower-service"]),
        ("reqwest,aws-lc", &["reqwest", "hyper", "h2", "rustls", "aws-lc-rs", "tower-service"]),
        ("valkey", &["redis", "rustls"]),
        ("testing", &["hyper", "h2", "flate2"]),
    ];
    for (features, expected) in table {
        let all = dependencies(features);
        assert!(all.contains("serde_json"), "{features}: {all:?}");
        for name in http {
            // Whether the decompression of reqwest uses flate2 is its own affair.
            if name == "flate2" && features.contains("reqwest") {
                continue;
            }
            let is_expected = expected.contains(&name);
            assert_eq!(all.contains(name), is_expected, "{name} with the features `{features}`");
        }
    }
}
