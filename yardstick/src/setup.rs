//! The stand-in, and the processes that are measured in front of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::caller::{Caller, Question};
use crate::counts::Counts;
use crate::plan::Plan;
use crate::process::{Process, free_address};
use crate::stand_in::{self, PUBLIC_URL, StandInInfo};
use crate::{Result, Subjects};

/// The setting of the C library's allocator in the image.
const ALLOCATOR: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.malloc.arena_max=2:glibc.malloc.tcache_count=64:glibc.malloc.mmap_threshold=4194304",
);

/// The longest time that a process may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The time between two looks if a process listens.
const PAUSE: Duration = Duration::from_micros(200);

/// A stand-in that runs, and the programs to measure.
pub(crate) struct Setup {
    stand_in: Mutex<StandIn>,
    info: StandInInfo,
    relay: PathBuf,
    beside: Option<PathBuf>,
    relay_flags: Vec<String>,
    this_program: PathBuf,
    ca: RootFile,
}

/// A process that answers.
pub(crate) struct Subject {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// The caller of the first tenant.
    pub(crate) caller: Caller,
    /// A caller of each tenant.
    pub(crate) tenants: Vec<Caller>,
    /// The time from the start of the process to its first answer.
    pub(crate) started_within: Duration,
}

impl Setup {
    /// Starts the stand-in. `beside` is another relay to measure, or the tree that it was built in.
    pub(crate) fn start(subjects: &Subjects, beside: Option<&Path>) -> Result<Self> {
        let this_program = std::env::current_exe()?;
        let relay = match &subjects.relay {
            Some(relay) => relay.clone(),
            None => this_program.with_file_name(RELAY),
        };
        if !relay.is_file() {
            return Err(format!(
                "{} is not a file: build the relay with `cargo build --release -p relay-server`, or name it with --relay",
                relay.display()
            )
            .into());
        }
        let beside = beside.map(|path| relay_in(path, &this_program)).transpose()?;
        let (stand_in, info) = StandIn::start(&this_program)?;
        let (ca, relay_flags) = (RootFile::write(&info.ca)?, subjects.relay_flags.clone());
        Ok(Self { stand_in: Mutex::new(stand_in), info, relay, beside, relay_flags, this_program, ca })
    }

    /// Tells the stand-in what to answer from now on; it counts anew.
    pub(crate) fn follow(&self, plan: Plan) -> Result<()> {
        self.command(stand_in::Command::Follow(plan))
    }

    /// Returns the counts of the stand-in.
    pub(crate) fn counts(&self) -> Result<Counts> {
        self.command(stand_in::Command::Counts)
    }

    /// Returns the values that the stand-in was asked for, when the plan says to keep them.
    pub(crate) fn values(&self) -> Result<Vec<String>> {
        self.command(stand_in::Command::Values)
    }

    /// Returns a token of a tenant other than the first.
    pub(crate) fn token_of_another_tenant(&self) -> Result<String> {
        Ok(self.info.tokens.get(1).ok_or("the stand-in gave one token alone")?.clone())
    }

    /// Returns a token with the access id of the first tenant, and a wrong key.
    pub(crate) fn token_with_wrong_key(&self) -> &str {
        &self.info.token_with_wrong_key
    }

    fn command<T: DeserializeOwned>(&self, command: stand_in::Command) -> Result<T> {
        self.stand_in.lock().unwrap_or_else(PoisonError::into_inner).command(command)
    }

    /// Starts the relay as it is shipped, but for whom to trust and these flags.
    pub(crate) fn relay(&self, flags: &[&str]) -> Result<Subject> {
        self.relay_of("the relay", &self.relay, flags)
    }

    /// Starts the relay that is measured beside, if there is one.
    pub(crate) fn relay_beside(&self, flags: &[&str]) -> Result<Option<Subject>> {
        self.beside.as_deref().map(|relay| self.relay_of("the relay beside", relay, flags)).transpose()
    }

    fn relay_of(&self, name: &'static str, program: &Path, flags: &[&str]) -> Result<Subject> {
        let mut command = Command::new(program);
        command.arg("serve").args(flags).args(&self.relay_flags);
        self.subject(name, command)
    }

    /// Starts the pass-through, with flags of its own.
    pub(crate) fn pass_through(&self, flags: &[&str]) -> Result<Subject> {
        let mut command = Command::new(&self.this_program);
        command.args(["pass-through", "--sumo-rate", "0"]).args(flags);
        self.subject("the pass-through", command)
    }

    fn subject(&self, name: &'static str, mut command: Command) -> Result<Subject> {
        let address = free_address()?;
        command
            .env(ALLOCATOR.0, ALLOCATOR.1)
            .args(["--listen", &address.to_string()])
            .args(["--public-urls", PUBLIC_URL])
            .args(["--jwks-hosts", &self.info.jwks_host])
            .args(["--sumo-hosts", &self.info.sumo_host])
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
        let url = format!("http://{address}");
        let tenants: Vec<Caller> =
            self.info.tokens.iter().map(|token| Caller::new(&url, token)).collect::<Result<_>>()?;
        let caller = tenants.first().ok_or("the stand-in gave no token")?.clone();
        Ok(Subject { process, address, caller, tenants, started_within })
    }
}

impl Subject {
    /// Returns the process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Asks one question and checks its answer.
    pub(crate) async fn ask_once(&self, question: Question, expected: &str) -> Result<()> {
        self.caller.ask(&question.fresh()).await?.check(expected)
    }
}

/// The file name of the relay's program.
const RELAY: &str = "relay-server";

/// Returns the relay at `path`: a program, a folder with one, or a tree that was built as this
/// program was.
fn relay_in(path: &Path, this_program: &Path) -> Result<PathBuf> {
    let profile = this_program.parent().and_then(Path::file_name).unwrap_or_default();
    let built = path.join("target").join(profile).join(RELAY);
    let found = [path.to_owned(), path.join(RELAY), built.clone()].into_iter().find(|file| file.is_file());
    found.ok_or_else(|| {
        let (path, built) = (path.display(), built.display());
        format!("no relay was found at {path}: build it there as this program was built ({built} is expected), or name the program").into()
    })
}

/// The process of the stand-in, and the pipes that its commands go through.
struct StandIn {
    process: Process,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl StandIn {
    fn start(program: &Path) -> Result<(Self, StandInInfo)> {
        let mut process = Process::start("the stand-in", Command::new(program).arg("stand-in"))?;
        let (stdin, stdout) = process.take_pipes().ok_or("the stand-in has no pipes")?;
        let mut stand_in = Self { process, stdin, stdout };
        let info = stand_in.read_line()?;
        Ok((stand_in, info))
    }

    fn command<T: DeserializeOwned>(&mut self, command: stand_in::Command) -> Result<T> {
        self.stdin.write_all(format!("{}\n", serde_json::to_string(&command)?).as_bytes())?;
        self.read_line()
    }

    fn read_line<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        let problem = |error| format!("the stand-in does not answer: {error}\n{}", self.process.last_lines());
        serde_json::from_str(&line).map_err(|error| problem(error).into())
    }
}

/// Returns true if `POST /version` is answered; anyone can ask that.
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
