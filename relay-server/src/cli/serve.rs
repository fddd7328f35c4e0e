//! `relay-server serve`.

use relay_server::config::{Config, ServeArgs};
use relay_server::{service, shutdown, telemetry};

use super::{Failure, runtime};

pub(super) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let config = Config::from_args(args).map_err(Failure::usage)?;
    let log_level = telemetry::init(&args.log, args.log_format)
        .map_err(|error| Failure::usage(format_args!("RELAY_LOG (--log): {error}")))?;
    runtime()?.block_on(async {
        let stop = shutdown::on_signal().map_err(|error| Failure::failed("cannot watch signals", &error))?;
        let service =
            service::Service::start(&config).map_err(|error| Failure::failed("cannot start", &error))?;
        service.with_log_level(log_level).run(stop).await;
        Ok(())
    })
}
