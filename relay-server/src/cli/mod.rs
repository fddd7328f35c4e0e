//! The commands of `relay-server`.
//!
//! Exit statuses: 0 done, 1 failed, 2 wrong usage or configuration, 3 done in part (not everything
//! was searched, or requests were cut at the stop), 130 ended by a second signal.

mod account;
mod check;
mod deliberate;
#[cfg(feature = "demo")]
mod demo;
mod drawing;
mod extract;
mod findings;
mod health;
mod lines;
mod looks;
mod man;
mod module_type;
mod observables;
mod observe;
mod openapi;
mod outcome;
mod respond;
#[cfg(feature = "demo")]
mod running_demo;
mod serve;
mod shell;
mod source;
mod table;
mod tiles;
mod token;
mod tree;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::outcome::{EXIT_STATUSES, Failure, complain, print};

/// The relay that joins Cisco XDR to Sumo Logic Cloud SIEM.
#[derive(Parser)]
#[command(name = "relay-server", version, about, after_help = exit_statuses(), after_long_help = long_help())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  relay-server demo
  relay-server observe --demo --format tree update-check.example.net
  relay-server serve --check --public-urls https://relay.example.com
  relay-server man observe | man -l -";

fn exit_statuses() -> String {
    let statuses = EXIT_STATUSES.map(|(status, meaning)| format!("  {status:<4} {meaning}"));
    format!("Exit statuses:\n{}", statuses.join("\n"))
}

fn long_help() -> String {
    format!("{EXAMPLES}\n\n{}", exit_statuses())
}

#[derive(Subcommand)]
enum Command {
    /// Run the relay
    ///
    /// Every setting is a flag, an environment variable and a name in the file of --config-file;
    /// the flag wins, then the variable. All are checked before the port opens.
    #[command(after_long_help = serve::EXAMPLES)]
    Serve(Box<serve::ServeArgs>),
    /// Run the relay with made-up Cloud SIEM data, keys and a token: nothing to set up
    #[cfg(feature = "demo")]
    #[command(after_long_help = demo::EXAMPLES)]
    Demo(Box<demo::DemoArgs>),
    /// Print the OpenAPI document, or compare it with a file
    #[command(after_long_help = openapi::EXAMPLES)]
    Openapi(openapi::OpenapiArgs),
    /// Ask a running server on this machine whether it answers; for container health checks
    #[command(after_long_help = health::EXAMPLES)]
    Health(health::HealthArgs),
    /// Print the JSON that registers this relay as a module type in Cisco XDR
    #[command(after_long_help = module_type::EXAMPLES)]
    ModuleType(module_type::ModuleTypeArgs),
    /// Sign a token, or print a key set, with a local key; for use without Cisco
    #[command(after_long_help = token::EXAMPLES)]
    Token(Box<token::TokenArgs>),
    /// Ask Cloud SIEM about observables, with credentials from the environment
    ///
    /// With --demo, the demo is asked, which needs no credentials. The exit status is 3 if not
    /// everything was searched; findings are printed nevertheless.
    #[command(after_long_help = observe::EXAMPLES)]
    Observe(Box<observe::ObserveArgs>),
    /// Ask Cloud SIEM for verdicts, with credentials from the environment
    ///
    /// With --demo, the demo is asked, which needs no credentials. The exit status is 3 if not
    /// everything was searched; verdicts that were found are printed nevertheless.
    #[command(after_long_help = deliberate::EXAMPLES)]
    Deliberate(Box<deliberate::DeliberateArgs>),
    /// Draw the tiles of the dashboard, with credentials from the environment
    ///
    /// With --demo, the built-in data of the demo is drawn, which needs no credentials.
    #[command(after_long_help = tiles::EXAMPLES)]
    Tiles(Box<tiles::TilesArgs>),
    /// Show or remove what the relay added to Cloud SIEM, with credentials from the environment
    #[command(after_long_help = respond::EXAMPLES)]
    Respond(Box<respond::RespondArgs>),
    /// Print a completion script for a shell
    #[command(after_long_help = shell::EXAMPLES)]
    Completions(shell::CompletionsArgs),
    /// Print the manual page of the program or a command
    #[command(after_long_help = man::EXAMPLES)]
    Man(man::ManArgs),
}

impl Cli {
    /// Returns the settings of the relay, if they are those of `serve`.
    fn into_settings(self) -> Option<relay_server::RelaySettings> {
        match self.command {
            Command::Serve(args) => Some(args.settings),
            _ => None,
        }
    }
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let cli = match xdr_module::cli::parse::<Cli>() {
        Ok(cli) => cli,
        Err(help) if help.is_help() => return shown(&help.to_string()),
        Err(error) => {
            let _ = write!(std::io::stderr(), "{error}");
            return ExitCode::from(2);
        }
    };
    let outcome = match cli.command {
        Command::Serve(args) => serve::run::<Cli>(&args, Cli::into_settings),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::run(&args),
        Command::Health(args) => health::run::<Cli>(&args, Cli::into_settings),
        Command::ModuleType(args) => module_type::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Observe(args) => observe::run(&args),
        Command::Deliberate(args) => deliberate::run(&args),
        Command::Tiles(args) => tiles::run(&args),
        Command::Respond(args) => respond::run(&args),
        Command::Completions(args) => shell::completions(&args, &mut Cli::command()),
        Command::Man(args) => man::run(&args, Cli::command()),
        Command::Openapi(args) => openapi::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::from(1),
        Err(Failure::Cut(text)) => {
            complain("error", &text);
            ExitCode::from(xdr_module::ServeError::EXIT_CUT)
        }
        Err(Failure::Partly) => ExitCode::from(3),
        Err(Failure::Failed(text)) => {
            complain("error", &text);
            ExitCode::from(1)
        }
        Err(Failure::Usage(text)) => {
            complain("error", &text);
            ExitCode::from(2)
        }
    }
}

fn shown(text: &str) -> ExitCode {
    match print(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(1),
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::man::page;
    use super::*;

    /// The names of the commands that have no subcommands, each with its parents.
    fn leaves(command: &Command, above: &[String]) -> Vec<Vec<String>> {
        let names = command
            .get_subcommands()
            .flat_map(|one| leaves(one, &[above, &[one.get_name().to_owned()]].concat()));
        let names: Vec<_> = names.collect();
        if names.is_empty() { vec![above.to_vec()] } else { names }
    }

    #[test]
    fn each_command_has_a_page_with_examples() {
        let mut program = Cli::command();
        program.build();
        for names in leaves(&program, &[]).iter().filter(|names| !names.contains(&"help".to_owned())) {
            let command = names.iter().fold(&program, |command, name| command.find_subcommand(name).unwrap());
            let page = String::from_utf8(page(command).unwrap()).unwrap();
            for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT"] {
                assert!(page.contains(&format!(".SH {section}")), "{section} of {names:?}");
            }
            assert!(
                page.contains(".SH \"EXIT STATUS\"") && page.contains(".SH EXAMPLES"),
                "{names:?}: {page}"
            );
        }
    }
}
