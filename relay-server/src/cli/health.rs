//! `relay-server health`: for the container, which has no other program to ask with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::Args;

use super::{Failure, runtime};

/// How long the server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Args)]
pub(crate) struct HealthArgs {
    /// The address that the server listens on.
    #[arg(long, env = "RELAY_LISTEN", default_value = "0.0.0.0:9090", value_name = "ADDRESS")]
    listen: SocketAddr,

    /// The address of the admin listener; when given, its readiness is asked.
    #[arg(long, env = "RELAY_ADMIN_LISTEN", value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,

    /// The server's certificate file; when given, the server is asked over TLS.
    #[arg(long, env = "RELAY_TLS_CERT_FILE", value_name = "FILE")]
    tls_cert_file: Option<std::path::PathBuf>,
}

pub(super) fn run(args: &HealthArgs) -> Result<(), Failure> {
    let is_tls = args.tls_cert_file.as_ref().is_some_and(|path| !path.as_os_str().is_empty());
    let url = match args.admin_listen {
        Some(admin) => format!("http://{}/ready", reachable(admin)),
        None if is_tls => format!("https://{}/watchdog", reachable(args.listen)),
        None => format!("http://{}/watchdog", reachable(args.listen)),
    };
    runtime()?.block_on(ask(&url))
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
    // The certificate is made for the relay's public name; what is asked here is whether the own process answers.
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
