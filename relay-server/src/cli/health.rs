//! `relay-server health`: for the container, which has no other program to ask with.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches};
use relay_server::RelaySettings;
use xdr_module::Settings;
use xdr_module::cli::parse_all_from;

use super::outcome::{Failure, runtime};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server health
  relay-server health --listen localhost:19090";

/// The time that the server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Args)]
pub(crate) struct HealthArgs {
    /// The address that the server listens on.
    #[arg(long, env = "RELAY_LISTEN", value_parser = Settings::listen_address, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// The address of the admin listener; when given, it is asked whether the server is alive.
    #[arg(long, env = "RELAY_ADMIN_LISTEN", value_parser = Settings::listen_address, value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,

    /// The server's certificate file; when given, the server is asked over TLS.
    #[arg(long, env = "RELAY_TLS_CERT_FILE", value_name = "FILE")]
    tls_cert_file: Option<PathBuf>,

    /// The process whose flags and configuration file are taken for settings that are not given
    /// here: in a container the first one.
    #[arg(long, default_value_t = 1, value_name = "PID")]
    pid: u32,
}

pub(super) fn run<P>(args: &HealthArgs, settings_of: fn(P) -> Option<RelaySettings>) -> Result<(), Failure>
where
    P: CommandFactory + FromArgMatches,
{
    let running =
        flags_of(args.pid).and_then(|words| settings_of(parse_all_from::<P>(words).ok()?.arguments));
    let running = running.unwrap_or_default().service;
    let listen = args.listen.unwrap_or(running.listen);
    let certificate = args.tls_cert_file.clone().or(running.tls_cert_file);
    let is_tls = certificate.is_some_and(|path| !path.as_os_str().is_empty());
    let url = match args.admin_listen.or(running.admin_listen) {
        Some(admin) => format!("http://{}/live", reachable(admin)),
        None if is_tls => format!("https://{}/watchdog", reachable(listen)),
        None => format!("http://{}/watchdog", reachable(listen)),
    };
    runtime()?.block_on(ask(&url))
}

/// Returns the command line of a process, when the system tells and the process is such a program.
fn flags_of(pid: u32) -> Option<Vec<OsString>> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words: Vec<_> =
        line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).map(OsString::from).collect();
    let name = PathBuf::from(words.first()?).file_name()?.to_owned();
    (name == env!("CARGO_PKG_NAME")).then_some(words)
}

/// An address that is listened on, as it is reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(url: &str) -> Result<(), Failure> {
    // The certificate is made for the relay's public name; what is asked here is whether the own
    // process answers.
    let client = reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .no_proxy()
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| Failure::failed("cannot make an HTTP client", &error))?;
    let answer = client.get(url).header("health-check", "health").send().await;
    let answer = answer.map_err(|error| Failure::failed("the server does not answer", &error))?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(Failure::Failed(format!("{url} answered {}", answer.status())))
    }
}
