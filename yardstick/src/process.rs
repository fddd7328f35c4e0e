//! The processes under measure: started, watched, stopped.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Result;

/// Lines of trouble that are kept, to be told when something goes wrong.
const KEPT_LINES: usize = 20;

/// A process that is killed when dropped.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    last_lines: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    /// Starts `command` with nothing of the environment that sets the relay up or sends calls
    /// elsewhere.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        for (variable, _) in std::env::vars_os() {
            let text = variable.to_string_lossy().to_ascii_lowercase();
            if text.starts_with("relay_") || text.ends_with("_proxy") {
                command.env_remove(variable);
            }
        }
        // Its standard input ends with this process, and so do those that watch it.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| format!("cannot start {name} ({command:?}): {error}"))?;
        let last_lines = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stderr) = child.stderr.take() {
            let kept = last_lines.clone();
            std::thread::spawn(move || keep_last_lines(stderr, &kept));
        }
        Ok(Self { name, child, last_lines })
    }

    /// Takes its standard input and output; none of both when they were taken before.
    pub(crate) fn take_pipes(&mut self) -> Option<(ChildStdin, BufReader<ChildStdout>)> {
        Some((self.child.stdin.take()?, BufReader::new(self.child.stdout.take()?)))
    }

    /// The id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of its standard error.
    pub(crate) fn last_lines(&self) -> String {
        let lines = self.last_lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        format!("{} said last:\n{}", self.name, lines.join("\n"))
    }

    /// Asks it to stop, as a supervisor does.
    pub(crate) fn terminate(&self) -> Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err(format!("cannot stop {}", self.name).into()) }
    }

    /// Waits for its end, but not longer than `patience`.
    pub(crate) async fn ended(&mut self, patience: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= end {
                return Err(format!("{} did not end within {patience:?}", self.name).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Fails when it has ended by itself.
    pub(crate) fn check_runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("{} ended: {status}\n{}", self.name, self.last_lines()).into()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep_last_lines(stream: impl Read, kept: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(stream).lines().map_while(std::result::Result::ok) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

/// An address on loopback that nobody listens on at the moment.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
