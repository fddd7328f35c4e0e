//! Runs `ctim-validate` on files and looks at what it prints and how it ends.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of its own for one test, removed when the test ends.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("ctim-validate-{}-{name}", std::process::id()));
        std::fs::create_dir_all(directory.join("deep")).unwrap();
        Self(directory)
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.0.join(name), text).unwrap();
        self
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // A directory that stays behind in the temporary folder does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn validate(paths: &[&Path]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ctim-validate")).args(paths).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

const VERDICT: &str = r#"{"type": "verdict", "disposition": 1, "observable": {"type": "ip", "value": "198.51.100.7"},
    "valid_time": {}}"#;

#[test]
fn valid_files_end_with_0() {
    let files = Files::new("valid");
    files
        .write("one.json", VERDICT)
        .write("deep/two.json", &format!("[{VERDICT}]"))
        .write("note.txt", "no JSON");
    let (status, output) = validate(&[&files.0]);
    assert_eq!((status, output.as_str()), (0, "2 files, 0 errors, 0 warnings\n"));
}

#[test]
fn all_problems_of_all_files_are_printed_and_errors_end_with_1() {
    let files = Files::new("invalid");
    files
        .write("a.json", r#"{"type": "verdict", "disposition": 9, "valid_time": {"start_time": "now"}}"#)
        .write("b.json", "{")
        .write(
            "c.json",
            &format!(r#"{{"data": {{"verdicts": {{"count": 1, "docs": [{VERDICT}, {{}}]}}}}}}"#),
        );
    let (status, output) = validate(&[&files.0]);
    assert_eq!(status, 1, "{output}");
    for part in [
        "a.json: error at /disposition",
        "a.json: error at /observable",
        "a.json: error at /valid_time/start_time",
        "b.json: error: not JSON",
        "c.json: error at /data/verdicts/docs/1/type",
        "3 files, 5 errors, 0 warnings",
    ] {
        assert!(output.contains(part), "{part} is not in:\n{output}");
    }
}

#[test]
fn dangling_references_of_a_bundle_are_errors() {
    let files = Files::new("dangling");
    files.write(
        "bundle.json",
        r#"{"type": "bundle", "id": "transient:b", "schema_version": "1.3.29", "source": "s", "valid_time": {},
            "relationships": [{"type": "relationship", "id": "transient:r", "schema_version": "1.3.29",
                "source_ref": "transient:x", "target_ref": "transient:r", "relationship_type": "related-to"}]}"#,
    );
    let (status, output) = validate(&[&files.0]);
    assert_eq!(status, 1);
    assert!(output.contains("error at /relationships/0/source_ref"), "{output}");
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    assert_eq!(validate(&[]).0, 2);
    assert_eq!(validate(&[Path::new("/no/such/file.json")]).0, 2);
}
