//! `relay-server module-type`.

use clap::Args;
use relay_server::module_type::module_type;
use relay_server::{CloudSiemModule, SumoConfig};
use xdr_module::module_type::Region;
use xdr_module::setting_values::switch;
use xdr_module::{Config, Module, public_url};

use super::outcome::{Failure, complain, print};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server module-type --region eu --url https://relay.example.com > module_type.json";

#[derive(Args)]
pub(crate) struct ModuleTypeArgs {
    /// The region of Cisco XDR.
    #[arg(long, default_value = "us", value_name = "REGION")]
    region: Region,

    /// The public base URL of this relay, as XDR reaches it.
    #[arg(long, value_parser = public_url, value_name = "URL")]
    url: String,

    /// Registers response actions, as a relay with the same setting serves them.
    #[arg(
        long,
        env = "RELAY_RESPOND",
        default_value_t = false,
        num_args = 0..=1,
        default_missing_value = "true",
        action = clap::ArgAction::Set,
        value_parser = switch,
        value_name = "SWITCH",
    )]
    respond: bool,
}

pub(super) fn run(args: &ModuleTypeArgs) -> Result<(), Failure> {
    if args.url.starts_with("http:") {
        complain("warning", "XDR calls https URLs only, with a certificate that it can verify");
    }
    let mut sumo = SumoConfig::default();
    sumo.respond.is_on = args.respond;
    let module = CloudSiemModule::new(&Config::default(), &sumo)
        .map_err(|error| Failure::failed("cannot set up the module", &error))?;
    let record = module_type(&module.capabilities()).record(&module, args.region, &args.url);
    let text = serde_json::to_string_pretty(&record)
        .map_err(|error| Failure::failed("cannot write JSON", &error))?;
    print(&format!("{text}\n"))
}
