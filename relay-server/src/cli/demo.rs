//! `relay-server demo`.

use std::net::SocketAddr;

use clap::Args;
use relay_server::config::LogFormat;
use relay_server::demo::Demo;
use relay_server::shutdown;
use relay_server::telemetry::TelemetryOptions;

use super::{Failure, print, runtime};

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Address and port to listen on.
    #[arg(long, env = "RELAY_LISTEN", default_value = "0.0.0.0:9090", value_name = "ADDRESS")]
    listen: SocketAddr,

    /// What is logged: a level or a list such as `info,relay_server=debug`.
    #[arg(long, env = "RELAY_LOG", default_value = "warn", value_name = "FILTER")]
    log: String,

    /// How it is logged.
    #[arg(long, env = "RELAY_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
}

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let _telemetry = super::telemetry(TelemetryOptions {
        filter: &args.log,
        format: args.log_format,
        #[cfg(feature = "otlp")]
        otlp_endpoint: None,
    })?;
    runtime()?.block_on(async {
        let stop = shutdown::on_signal().map_err(|error| Failure::failed("cannot watch signals", &error))?;
        let demo = Demo::start(args.listen)
            .await
            .map_err(|error| Failure::failed("cannot start the demo", &error))?;
        print(&welcome(&demo))?;
        demo.run(stop).await;
        Ok(())
    })
}

/// What the demo prints: where everything is, the token, and a line to copy for each endpoint.
fn welcome(demo: &Demo) -> String {
    let (url, token) = (demo.url(), demo.token());
    let authorization = "-H \"Authorization: Bearer $TOKEN\"";
    let body = |kind: &str, value: &str| format!("-d '[{{\"type\":\"{kind}\",\"value\":\"{value}\"}}]'");
    let busy = body("ip", "203.0.113.66");
    let domain = body("domain", "update-check.example.net");
    format!(
        "This is a DEMO of the Sumo Logic Cloud SIEM relay: all data is made up, and the key that signs its token\n\
         exists in this process alone.\n\n\
         Relay        {url}\n\
         Swagger UI   {url}/swagger-ui\n\
         Document     {url}/openapi.json\n\
         Cloud SIEM   {siem} (a stand-in)\n\
         Key set      {keys}\n\n\
         TOKEN={token}\n\n\
         Try (with TOKEN set as above):\n\n\
         curl -s -X POST {authorization} {url}/health\n\
         curl -s -X POST {authorization} {url}/observe/observables {domain}\n\
         curl -s -X POST {authorization} {url}/observe/observables {busy}\n\
         curl -s -X POST {authorization} {url}/refer/observables {domain}\n\
         curl -s -X POST {url}/version\n\
         curl -s -H 'Health-Check: hello' {url}/watchdog\n\n\
         Press Ctrl-C to stop.\n",
        siem = demo.cloud_siem_url(),
        keys = demo.key_set_url(),
    )
}
