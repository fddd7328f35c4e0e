//! `relay-server module-type`.

use clap::Args;
use relay_server::module_type::{Region, module_type};

use super::{Failure, print};

#[derive(Args)]
pub(crate) struct ModuleTypeArgs {
    /// The region of Cisco XDR.
    #[arg(long, default_value = "us", value_name = "REGION")]
    region: Region,

    /// The public base URL of this relay, as XDR reaches it.
    #[arg(long, value_name = "URL")]
    url: url::Url,
}

pub(super) fn run(args: &ModuleTypeArgs) -> Result<(), Failure> {
    let module = module_type(args.region, args.url.as_str());
    let text = serde_json::to_string_pretty(&module)
        .map_err(|error| Failure::failed("cannot write JSON", &error))?;
    print(&format!("{text}\n"))
}
