//! `relay-server completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use super::outcome::{Failure, print};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server completions bash > ~/.local/share/bash-completion/completions/relay-server
  relay-server completions fish > ~/.config/fish/completions/relay-server.fish";

#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs, command: &mut Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "relay-server", &mut script);
    print(&String::from_utf8_lossy(&script))
}
