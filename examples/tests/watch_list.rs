//! Runs `watch-list` as a program, and the conformance suite against it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use xdr_module::testing::{CheckOutcome, Conformance, TestIssuer};
use xdr_module::{Capability, RequestLimits};

/// A folder of its own for one test, removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("watch-list-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program, which is killed when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watch-list"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_lowercase();
        if text.starts_with("relay_") || text.ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Starts the program on a free port and returns its base URL, which its log tells.
fn start(list: &Path, root: &Path, jwks_hosts: &str) -> (Program, String) {
    let arguments = [
        list.to_str().unwrap(),
        "--listen=127.0.0.1:0",
        "--log-format=json",
        "--deadline-seconds=2",
        "--extra-ca-file",
        root.to_str().unwrap(),
        "--jwks-hosts",
        jwks_hosts,
    ];
    let mut program = Program(command(&arguments).spawn().unwrap());
    let mut lines = BufReader::new(program.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.by_ref().find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(&line).ok()?;
        line.pointer("/fields/address").or_else(|| line.get("address"))?.as_str().map(str::to_owned)
    });
    assert!(lines.by_ref().any(|line| line.contains("settings in force")));
    // Read on, so that the program never waits for somebody to read its log.
    std::thread::spawn(move || lines.for_each(drop));
    (program, format!("http://{}", address.unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_list_keeps_the_contract() {
    let folder = Folder::new("conformance");
    let issuer = TestIssuer::start().unwrap();
    let list = folder.write("list.txt", "198.51.100.24\nevil.example.com\n\u{e9}/?#&\n");
    let root = folder.write("root.pem", &issuer.root_pem());
    let (_program, url) = start(&list, &root, &issuer.jwks_hosts().join(","));
    let mut limits = RequestLimits::default();
    limits.deadline = Duration::from_secs(2);
    let report = Conformance::new(url, &issuer)
        .with_capabilities([Capability::Observe, Capability::Deliberate, Capability::Refer])
        .with_observables([
            ("ip", "198.51.100.24"),
            ("domain", "evil.example.com"),
            ("file_name", "\u{e9}/?#&"),
        ])
        .with_limits(limits)
        .run()
        .await;
    report.assert_passed();
    let passed = report.results.iter().filter(|result| result.outcome == CheckOutcome::Passed).count();
    assert!(passed > 45 && report.cases() > 1000, "{report}");
}

#[test]
fn arguments_that_cannot_be_used_end_with_2() {
    for arguments in [&[][..], &["list.txt", "--listen=nowhere"], &["list.txt", "--nothing"]] {
        let output = command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: "), "{arguments:?}");
    }
    let output = command(&["/does/not/exist"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("cannot set up the module: ") && text.contains("No such file"), "{text}");
}
