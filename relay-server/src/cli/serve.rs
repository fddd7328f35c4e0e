//! `relay-server serve`.

use relay_server::config::{Config, ServeArgs};
use relay_server::telemetry::TelemetryOptions;
use relay_server::{service, shutdown};

use super::{Failure, runtime};

pub(super) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let config = Config::from_args(args).map_err(Failure::usage)?;
    let telemetry = super::telemetry(TelemetryOptions {
        filter: &args.log,
        format: args.log_format,
        #[cfg(feature = "otlp")]
        otlp_endpoint: args.otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()),
    })?;
    runtime()?.block_on(async {
        let stop = shutdown::on_signal().map_err(|error| Failure::failed("cannot watch signals", &error))?;
        let service =
            service::Service::start(&config).map_err(|error| Failure::failed("cannot start", &error))?;
        service.with_log_level(telemetry.level()).run(stop).await;
        Ok(())
    })
}
