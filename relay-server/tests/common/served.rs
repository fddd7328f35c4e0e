//! The relay as an operator runs it: a program of its own, in front of a stand-in.

use std::fs;
use std::path::PathBuf;

use sumo_client::testing::{CloudSiem, CloudSiemBuilder, DataSet, TestCa};

use super::program::{Program, command, texts};
use super::{Answer, Caller, Claims, PUBLIC_URL, RsaKey, bearer, stand_in};

/// A folder that is removed with its files.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("relay-server-test-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        // At once, so that nobody reads a half.
        let half = self.0.join(format!("{name}.half"));
        fs::write(&half, content).unwrap();
        fs::rename(&half, &path).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Leftovers in the folder for temporary files do no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A Cloud SIEM of one's own, and the files that make the relay trust it.
pub(crate) struct Scenery {
    pub(crate) siem: CloudSiem,
    pub(crate) ca: TestCa,
    pub(crate) folder: Folder,
    ca_file: String,
    jwks_file: String,
}

/// The host that tokens name; its keys are in the file.
pub(crate) const JWKS_HOST: &str = "visibility.amp.cisco.com";

impl Scenery {
    pub(crate) async fn of(data: DataSet) -> Self {
        Self::behind(stand_in(data)).await
    }

    pub(crate) async fn behind(siem: CloudSiemBuilder) -> Self {
        let ca = TestCa::new().unwrap();
        let siem = siem.tls(ca.server_config(&["127.0.0.1"]).unwrap()).start().await.unwrap();
        let folder = Folder::new();
        let ca_file = folder.file("ca.pem", &ca.pem());
        let jwks_file = folder.file("jwks.json", &RsaKey::xdr().key_set().to_string());
        Self { siem, ca, folder, ca_file, jwks_file }
    }

    /// The settings that an operator gives for a test without Cisco and Sumo Logic.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RELAY_LISTEN", "127.0.0.1:0".to_owned()),
            ("RELAY_PUBLIC_URLS", format!("{PUBLIC_URL}/")),
            ("RELAY_JWKS_FILE", self.jwks_file.clone()),
            ("RELAY_EXTRA_CA_FILE", self.ca_file.clone()),
            ("RELAY_SUMO_HOSTS", self.siem.api_host()),
            ("RELAY_SUMO_RATE", "0".to_owned()),
            ("RELAY_CACHE_SECONDS", "0".to_owned()),
            ("RELAY_LOG_FORMAT", "json".to_owned()),
            ("RELAY_DRAIN_DELAY_SECONDS", "0".to_owned()),
            ("RELAY_FINGERPRINT_KEY", "a key for tests alone".to_owned()),
        ]
    }

    pub(crate) fn token(&self) -> String {
        Claims::new(JWKS_HOST, &self.siem.api_host()).signed()
    }
}

/// A relay that runs as a program of its own.
pub(crate) struct Served {
    pub(crate) program: Program,
    pub(crate) caller: Caller,
    pub(crate) start: serde_json::Value,
}

impl Served {
    pub(crate) fn start(settings: &[(&'static str, String)], flags: &[&str]) -> Self {
        let arguments: Vec<&str> = ["serve"].iter().chain(flags).copied().collect();
        let settings = settings.iter().map(|(name, value)| (name, value));
        let mut program = Program::spawn(command(&arguments).envs(settings));
        let line = program.stderr_line("relay-server listens");
        let start: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = start["address"].as_str().unwrap_or_else(|| panic!("{line}"));
        Self { program, caller: Caller::new(&format!("http://{address}")), start }
    }

    /// Starts a relay whose log does not tell its address.
    pub(crate) async fn start_silent(settings: &[(&'static str, String)]) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = settings.iter().map(|(name, value)| (name, value));
        let program = Program::spawn(command(&["serve", &format!("--listen={free}")]).envs(settings));
        super::eventually("the port is open", move || std::net::TcpStream::connect(free).is_ok()).await;
        Self { program, caller: Caller::new(&format!("http://{free}")), start: serde_json::Value::Null }
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &str) -> Answer {
        self.caller.post(path, Some(&bearer(token)), body).await
    }

    /// A caller of the admin listener.
    pub(crate) fn admin(&self) -> Caller {
        Caller::new(&format!("http://{}", self.start["admin_address"].as_str().unwrap()))
    }

    /// Stops it with SIGTERM, and returns its log.
    pub(crate) fn stop(self) -> String {
        self.program.signal("TERM");
        let output = self.program.output();
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(0), ""), "{stderr}");
        stderr
    }
}
