//! `relay-server openapi`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use relay_server::api;

use super::{Failure, print};

#[derive(Args)]
pub(crate) struct OpenapiArgs {
    /// The form of the document.
    #[arg(long, default_value = "json")]
    format: Format,

    /// Compare with this file instead of printing; exit status 1 when they differ.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

pub(super) fn run(args: &OpenapiArgs) -> Result<(), Failure> {
    let document = match args.format {
        Format::Json => api::document_json(),
        Format::Yaml => api::document_yaml(),
    };
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
