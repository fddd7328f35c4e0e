//! The built program, run as an operator runs it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// The time limit for anything that the program does; far more than it needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command of the program, with no setting of the caller's environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay-server"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy().to_lowercase();
        let is_own = ["relay_", "sumo_", "clicolor"].iter().any(|start| name_text.starts_with(start));
        let is_own = is_own || ["relay", "token", "columns"].contains(&name_text.as_str());
        if is_own || name_text.ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1");
    command
}

/// Runs a command to its end.
pub(crate) fn output(command: &mut Command) -> Output {
    let program = Program::spawn(command);
    program.output()
}

/// A program that runs; it is killed when dropped.
pub(crate) struct Program {
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

/// The output of a running program, line by line.
struct Lines {
    coming: Receiver<String>,
    seen: Vec<String>,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, coming) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { coming, seen: Vec::new() }
    }

    /// Reads until a line that holds `text`, and gives that line.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        loop {
            match self.coming.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(problem) => panic!("no line with {text:?} ({problem}), but: {:#?}", self.seen),
            }
        }
    }

    /// Reads to the end of the stream.
    fn rest(&mut self) -> String {
        loop {
            match self.coming.recv_timeout(PATIENCE) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => return self.seen.join("\n"),
                Err(RecvTimeoutError::Timeout) => panic!("the program does not end: {:#?}", self.seen),
            }
        }
    }
}

impl Program {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = Lines::of(child.stdout.take().unwrap());
        let stderr = Lines::of(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// The next line of standard output that holds `text`.
    #[track_caller]
    pub(crate) fn stdout_line(&mut self, text: &str) -> String {
        self.stdout.until(text)
    }

    /// The next line of standard error that holds `text`.
    #[track_caller]
    pub(crate) fn stderr_line(&mut self, text: &str) -> String {
        self.stderr.until(text)
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([format!("-{name}").as_str(), &id]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end: exit status, standard output, standard error.
    pub(crate) fn output(mut self) -> Output {
        let (stdout, stderr) = (self.stdout.rest(), self.stderr.rest());
        let status = self.child.wait().unwrap();
        Output { status, stdout: stdout.into_bytes(), stderr: stderr.into_bytes() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Standard output and standard error as texts.
pub(crate) fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
