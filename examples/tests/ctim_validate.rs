//! Runs `ctim-validate` on files and checks its output and its exit status.
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
        "c.json: error at /data/verdicts/count",
        "3 files, 9 errors, 0 warnings",
    ] {
        assert!(output.contains(part), "{part} is not in:\n{output}");
    }
}

/// The written form counts: times that only reading mends are errors, what the documentation alone
/// advises against is a warning.
#[test]
fn json_is_judged_as_it_is_written() {
    let files = Files::new("written");
    let judgement = |name: &str, from: &str, to: &str| {
        const JUDGEMENT: &str = r#"{"type": "judgement", "id": "transient:j", "schema_version": "1.3.29",
            "source": "test", "confidence": "High", "severity": "High", "disposition": 1, "disposition_name": "Clean",
            "priority": 95, "valid_time": {}, "timestamp": "2024-05-01T10:15:30Z",
            "observable": {"type": "ip", "value": "198.51.100.7"}}"#;
        assert!(JUDGEMENT.contains(from));
        files.write(name, &JUDGEMENT.replace(from, to));
    };
    judgement("right.json", "95", "100");
    judgement("no-zone.json", "10:15:30Z", "10:15:30");
    judgement("date-only.json", "2024-05-01T10:15:30Z", "2024-05-01");
    judgement("blank.json", "2024-05-01T", "2024-05-01 ");
    judgement("priority.json", "95", "101");
    judgement("empty-value.json", "198.51.100.7", "");
    judgement("twice.json", "\"valid_time\": {}", "\"valid_time\": {}, \"valid_time\": {}");
    let (status, output) = validate(&[&files.0]);
    let lines: Vec<&str> = output
        .lines()
        .map(|line| line.strip_prefix(&format!("{}/", files.0.display())).unwrap_or(line))
        .collect();
    let expected = [
        "blank.json: error at /timestamp",
        "date-only.json: error at /timestamp",
        "empty-value.json: warning at /observable",
        "no-zone.json: error at /timestamp",
        "priority.json: warning at /priority",
        "twice.json: error at /valid_time: the member comes twice",
        "7 files, 4 errors, 2 warnings",
    ];
    assert_eq!(status, 1, "{output}");
    assert_eq!(lines.len(), expected.len(), "{output}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line} does not begin with {expected}");
    }
}

#[test]
fn the_lists_of_an_answer_are_judged_too() {
    let files = Files::new("answer");
    files
        .write("count.json", &format!(r#"{{"data": {{"verdicts": {{"count": 2, "docs": [{VERDICT}]}}}}}}"#))
        .write("unknown.json", r#"{"data": {"casebooks": {"count": 0, "docs": []}}}"#)
        .write("no-object.json", r#"{"data": [1]}"#)
        .write("empty.json", r#"{"data": {}}"#);
    let (status, output) = validate(&[&files.0]);
    assert_eq!(status, 1, "{output}");
    for part in [
        "count.json: error at /data/verdicts/count",
        "unknown.json: error at /data/casebooks",
        "no-object.json: error at /data: an object is expected",
        "4 files, 3 errors, 0 warnings",
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
