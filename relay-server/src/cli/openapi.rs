//! `relay-server openapi`.

use std::path::PathBuf;

use clap::Args;
use relay_server::{CloudSiemModule, SumoConfig};
use xdr_module::{Config, openapi_document};

use super::outcome::{Failure, print};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server openapi > relay.json
  relay-server openapi --check relay.json";

#[derive(Args)]
pub(crate) struct OpenapiArgs {
    /// Compare with this file instead of printing; exit status 1 when they differ.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub(super) fn run(args: &OpenapiArgs) -> Result<(), Failure> {
    // The document of a relay with everything switched on.
    let mut sumo = SumoConfig::default();
    sumo.respond.is_on = true;
    let module = CloudSiemModule::new(&Config::default(), &sumo)
        .map_err(|error| Failure::failed("cannot set up the module", &error))?;
    let document = openapi_document(&module);
    let Some(path) = &args.check else {
        return print(&document);
    };
    let kept = std::fs::read_to_string(path)
        .map_err(|error| Failure::failed(&format!("cannot read {}", path.display()), &error))?;
    if kept == document {
        return Ok(());
    }
    let line = kept.lines().zip(document.lines()).take_while(|(kept, made)| kept == made).count() + 1;
    Err(Failure::Failed(format!(
        "{} differs from the document of this build, first in line {line}; print it anew with `relay-server openapi`",
        path.display()
    )))
}
