//! The stand-in, and the processes that are measured in front of it.

use std::io::{BufRead, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::caller::{Caller, Question};
use crate::counts::Counts;
use crate::plan::Plan;
use crate::process::{Process, free_address};
use crate::stand_in::{PUBLIC_URL, Scenery};
use crate::{Result, Subjects};

/// What the image sets for the C library's allocator.
const ALLOCATOR: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.arena_max=2:glibc.malloc.tcache_count=64");

/// How long a process may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks whether a process listens.
const PAUSE: Duration = Duration::from_micros(200);

/// A stand-in that runs, and where to find what is measured.
pub(crate) struct World {
    scenery: Scenery,
    control: reqwest::Client,
    relay: PathBuf,
    relay_flags: Vec<String>,
    this_program: PathBuf,
    ca: RootFile,
    _stand_in: Process,
}

/// A process that answers.
pub(crate) struct Subject {
    pub(crate) process: Process,
    pub(crate) caller: Caller,
    /// From the start of the process to its first answer.
    pub(crate) started_within: Duration,
}

impl World {
    /// Starts the stand-in.
    pub(crate) fn start(subjects: &Subjects) -> Result<Self> {
        let this_program = std::env::current_exe()?;
        let relay = match &subjects.relay {
            Some(relay) => relay.clone(),
            None => this_program.with_file_name("relay-server"),
        };
        if !relay.is_file() {
            return Err(format!(
                "{} is no file: build the relay with `cargo build --release -p relay-server`, or name it with --relay",
                relay.display()
            )
            .into());
        }
        let mut stand_in = Process::start("the stand-in", Command::new(&this_program).arg("stand-in"))?;
        let scenery = read_scenery(&mut stand_in)?;
        let ca = RootFile::write(&scenery.ca)?;
        let control = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        let relay_flags = subjects.relay_flags.clone();
        Ok(Self { scenery, control, relay, relay_flags, this_program, ca, _stand_in: stand_in })
    }

    /// Tells the stand-in what to answer from now on; it counts anew.
    pub(crate) async fn follow(&self, plan: Plan) -> Result<()> {
        let url = format!("{}/plan", self.scenery.control_url);
        let request = self.control.post(url).body(serde_json::to_vec(&plan)?);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// What the stand-in has counted.
    pub(crate) async fn counts(&self) -> Result<Counts> {
        self.control_get("/counts").await
    }

    /// The values that the stand-in was asked for, when the plan says to keep them.
    pub(crate) async fn values(&self) -> Result<Vec<String>> {
        self.control_get("/values").await
    }

    async fn control_get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        let response = self.control.get(format!("{}{path}", self.scenery.control_url)).send().await?;
        Ok(serde_json::from_slice(&response.error_for_status()?.bytes().await?)?)
    }

    /// Starts the relay as it is shipped, but for whom to trust and these flags.
    pub(crate) fn relay(&self, flags: &[&str]) -> Result<Subject> {
        let mut command = Command::new(&self.relay);
        command.args(["serve", "--public-urls", PUBLIC_URL]).args(flags).args(&self.relay_flags);
        self.subject("the relay", command)
    }

    /// Starts the pass-through.
    pub(crate) fn pass_through(&self) -> Result<Subject> {
        let mut command = Command::new(&self.this_program);
        command.arg("pass-through");
        self.subject("the pass-through", command)
    }

    fn subject(&self, name: &'static str, mut command: Command) -> Result<Subject> {
        let address = free_address()?;
        command
            .env(ALLOCATOR.0, ALLOCATOR.1)
            .args(["--listen", &address.to_string()])
            .args(["--jwks-hosts", &self.scenery.jwks_host])
            .args(["--sumo-hosts", &self.scenery.sumo_host])
            .arg("--extra-ca-file")
            .arg(self.ca.path());
        let started = Instant::now();
        let mut process = Process::start(name, &mut command)?;
        while !answers(address) {
            process.check_runs()?;
            if started.elapsed() > PATIENCE {
                return Err(format!("{name} does not answer\n{}", process.last_lines()).into());
            }
            std::thread::sleep(PAUSE);
        }
        let started_within = started.elapsed();
        let caller = Caller::new(&format!("http://{address}"), &self.scenery.token)?;
        Ok(Subject { process, caller, started_within })
    }
}

impl Subject {
    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Asks one question and checks its answer.
    pub(crate) async fn ask_once(&self, question: Question, expected: &str) -> Result<()> {
        self.caller.ask(&question.fresh()).await?.check(expected)
    }
}

fn read_scenery(stand_in: &mut Process) -> Result<Scenery> {
    let mut line = String::new();
    if let Some(mut stdout) = stand_in.stdout() {
        stdout.read_line(&mut line)?;
    }
    serde_json::from_str(&line)
        .map_err(|error| format!("the stand-in did not start: {error}\n{}", stand_in.last_lines()).into())
}

/// Whether `POST /version` is answered; anyone can ask that.
fn answers(address: SocketAddr) -> bool {
    const REQUEST: &[u8] =
        b"POST /version HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let mut answer = Vec::new();
    let asked = stream.write_all(REQUEST).and_then(|()| stream.read_to_end(&mut answer));
    asked.is_ok() && answer.starts_with(b"HTTP/1.1 200")
}

/// The root to trust, in a file that is removed when dropped.
struct RootFile(PathBuf);

impl RootFile {
    fn write(pem: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("yardstick-{}.pem", std::process::id()));
        let mut file = std::fs::File::create_new(&path)?;
        file.write_all(pem.as_bytes())?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for RootFile {
    fn drop(&mut self) {
        // A leftover is of no use to anyone and does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}
