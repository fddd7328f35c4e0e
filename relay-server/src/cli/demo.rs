//! `relay-server demo`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use clap::Args;
use relay_server::demo::Demo;
use xdr_module::Settings;
use xdr_module::shutdown;
use xdr_module::telemetry::logs::{self, LogFormat, TelemetrySettings};

use super::outcome::{Failure, complain, print, runtime};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server demo
  relay-server demo --listen :8080
  relay-server demo --listen localhost:9191 --log info";

/// The demo gives its token to everybody who reaches it.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9090);

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Address and port to listen on. Without it, 127.0.0.1:9090, which only this machine reaches;
    /// in the container image, port 9090 of all addresses.
    #[arg(long, env = "RELAY_LISTEN", value_parser = Settings::listen_address, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// The address without the flag. The container image sets it: its loopback cannot be reached
    /// from outside.
    #[arg(
        long,
        hide = true,
        env = "RELAY_DEMO_LISTEN",
        default_value_t = LOOPBACK,
        value_parser = Settings::listen_address,
        value_name = "ADDRESS",
    )]
    default_listen: SocketAddr,

    /// The log filter: a level or a list such as `info,relay_server=debug`.
    #[arg(long, env = "RELAY_LOG", default_value = "warn", value_name = "FILTER")]
    log: String,

    /// The form of log lines.
    #[arg(long, env = "RELAY_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
}

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let mut telemetry = TelemetrySettings::default();
    telemetry.filter = args.log.clone();
    telemetry.format = args.log_format;
    let _telemetry = logs::init(&telemetry, "relay-server").map_err(Failure::usage)?;
    runtime()?.block_on(async {
        let stop = shutdown::on_signal().map_err(|error| Failure::failed("cannot watch signals", &error))?;
        let demo = Demo::start(args.listen.unwrap_or(args.default_listen))
            .await
            .map_err(|error| Failure::failed("cannot start the demo", &error))?;
        print(&welcome(&demo))?;
        let told = stop.clone();
        tokio::spawn(async move {
            told.cancelled().await;
            complain("note", "stopping; press Ctrl-C again to end at once");
        });
        demo.run(stop).await;
        Ok(())
    })
}

/// Returns the text that the demo prints: where everything is, the token, and a line to copy for
/// each endpoint.
fn welcome(demo: &Demo) -> String {
    let (url, token, program) = (demo.url(), demo.token(), program());
    let authorization = "-H \"Authorization: Bearer $TOKEN\"";
    let body = |kind: &str, value: &str| format!("-d '[{{\"type\":\"{kind}\",\"value\":\"{value}\"}}]'");
    let busy = body("ip", "203.0.113.66");
    let domain = body("domain", "update-check.example.net");
    let tile = "-d '{\"tile_id\":\"insights-by-severity\"}'";
    let tile_data = "-d '{\"tile_id\":\"insights-by-severity\",\"period\":\"last_30_days\"}'";
    format!(
        "This is a DEMO of the Sumo Logic Cloud SIEM relay: all data is made up, and the key that signs its token\n\
         exists in this process alone.\n\n\
         Relay        {url}\n\
         Dashboard    {url}/dashboard\n\
         Swagger UI   {url}/swagger-ui\n\
         Document     {url}/openapi.json\n\
         Cloud SIEM   {siem} (a stand-in)\n\
         Key set      {keys}\n\n\
         Copy this line into another terminal:\n\n\
         export RELAY={url} TOKEN={token}\n\n\
         Then try:\n\n\
         {program} observe --demo --format tree update-check.example.net\n\
         curl -s -X POST {authorization} $RELAY/health\n\
         curl -s -X POST {authorization} $RELAY/observe/observables {domain}\n\
         curl -s -X POST {authorization} $RELAY/observe/observables {busy}\n\
         curl -s -X POST {authorization} $RELAY/deliberate/observables {domain}\n\
         curl -s -X POST {authorization} $RELAY/refer/observables {domain}\n\
         curl -s -X POST {authorization} $RELAY/respond/observables {domain}\n\
         curl -s -X POST {authorization} $RELAY/tiles\n\
         curl -s -X POST {authorization} $RELAY/tiles/tile {tile}\n\
         curl -s -X POST {authorization} $RELAY/tiles/tile-data {tile_data}\n\
         curl -s -X POST $RELAY/version\n\
         curl -s -H 'Health-Check: hello' $RELAY/watchdog\n\n\
         Press Ctrl-C to stop.\n",
        siem = demo.cloud_siem_url(),
        keys = demo.key_set_url(),
    )
}

/// Returns the program as it was called.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| env!("CARGO_PKG_NAME").to_owned())
}
