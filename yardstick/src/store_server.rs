//! A Valkey or Redis server for the measurement of several relays.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Result;
use crate::process::{Process, free_address};

/// The longest time that the server may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server on loopback, in memory alone.
pub(crate) struct StoreServer {
    program: PathBuf,
    address: SocketAddr,
    process: Option<Process>,
}

impl StoreServer {
    /// Starts the server that is installed.
    pub(crate) fn start() -> Result<Self> {
        let program = ["valkey-server", "redis-server"].into_iter().find_map(installed);
        let program = program.ok_or("install valkey-server or redis-server")?;
        let mut server = Self { program, address: free_address()?, process: None };
        server.restart()?;
        Ok(server)
    }

    /// The URL for the relays.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the server again, without its memory.
    pub(crate) fn restart(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["--port", &self.address.port().to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no"]).arg("--dir").arg(std::env::temp_dir());
        let mut process = Process::start("the store", &mut command)?;
        let started = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            process.check_runs()?;
            if started.elapsed() > PATIENCE {
                return Err("the store does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.process = Some(process);
        Ok(())
    }
}

fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
