//! A Valkey or Redis server of a test alone.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sumo_client::{BudgetStore, ValkeyStore};
use tokio::time::{Instant, sleep};

use super::PATIENCE;

pub(crate) const PASSWORD: &str = "store-password";

/// A server without a disk, in a folder of its own. It is killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
}

impl Server {
    /// `None` where no server is installed.
    pub(crate) fn start() -> Option<Self> {
        Self::with(|_, _| ["--requirepass".to_owned(), PASSWORD.to_owned()].into())
    }

    /// A server with the arguments that `arguments` makes of its port and folder.
    pub(crate) fn with(arguments: impl FnOnce(u16, &Path) -> Vec<String>) -> Option<Self> {
        let program = installed()?;
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("sumo-client-store-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let arguments = arguments(port, &folder);
        let child = spawn(&program, port, &folder, &arguments);
        Some(Self { child, port, folder, arguments })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}/0", self.port)
    }

    pub(crate) fn store(&self) -> ValkeyStore {
        ValkeyStore::builder(self.url()).build().unwrap()
    }

    /// A store that is connected once the server answers.
    pub(crate) async fn connected(&self) -> ValkeyStore {
        let store = self.store();
        connect(&store).await;
        store
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(&installed().unwrap(), self.port, &self.folder, &self.arguments);
    }

    /// The answer to a command, as text.
    pub(crate) fn ask(&self, command: &[&str]) -> String {
        let cli = ["valkey-cli", "redis-cli"].into_iter().find_map(program).unwrap();
        let output = Command::new(cli)
            .args(["-p", &self.port.to_string(), "--no-auth-warning", "-a", PASSWORD])
            .args(command)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.ask(&["KEYS", "*"]).lines().map(str::to_owned).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // They fail when it was killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Connects a store, once its server answers.
pub(crate) async fn connect(store: &ValkeyStore) {
    let began = Instant::now();
    while let Err(error) = store.connect().await {
        assert!(began.elapsed() < PATIENCE, "{error:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn installed() -> Option<PathBuf> {
    let server = ["valkey-server", "redis-server"].into_iter().find_map(program);
    if server.is_none() {
        let told =
            writeln!(std::io::stderr(), "skipped: neither valkey-server nor redis-server is installed");
        assert!(told.is_ok());
    }
    server
}

fn spawn(server: &Path, port: u16, folder: &Path, arguments: &[String]) -> Child {
    let mut command = Command::new(server);
    // A file of settings comes before all flags.
    let (files, flags): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.ends_with(".conf"));
    command.args(files).args(["--port", &port.to_string(), "--bind", "127.0.0.1"]).args(flags);
    command.arg("--dir").arg(folder);
    command.stdout(Stdio::null()).spawn().unwrap()
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
