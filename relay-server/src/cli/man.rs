//! `relay-server man`.

use std::io::Write;

use clap::{Arg, Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::outcome::{EXIT_STATUSES, Failure, print};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server man | man -l -
  relay-server man observe > relay-server-observe.1
  relay-server man respond undo > relay-server-respond-undo.1";

/// The heading of examples in the help of a command.
const EXAMPLES_HEADING: &str = "Examples:\n";

/// Variables without a flag, and their effects.
const VARIABLES: [(&str, &str); 4] = [
    ("NO_COLOR", "Turns colours and links off, if it is not empty."),
    ("COLUMNS", "The width of tables that do not go to a terminal; 120 without it."),
    ("HTTPS_PROXY", "The proxy through which Cisco and Sumo Logic are reached."),
    ("NO_PROXY", "The hosts that are reached without the proxy."),
];

/// The variables that name a running demo.
const DEMO_VARIABLES: [(&str, &str); 2] = [
    ("RELAY", "The URL of the running demo that --demo asks, as the demo prints it."),
    ("TOKEN", "The token of that demo."),
];

#[derive(Args)]
pub(crate) struct ManArgs {
    /// The command, such as observe or respond undo; without it, the page of the program.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) fn run(args: &ManArgs, program: Command) -> Result<(), Failure> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let command = args.command.iter().try_fold(&program, |command, name| {
        command.find_subcommand(name).ok_or_else(|| unknown(command, name))
    })?;
    let page = page(command).map_err(|error| Failure::failed("cannot write the page", &error))?;
    print(&String::from_utf8_lossy(&page))
}

fn unknown(command: &Command, name: &str) -> Failure {
    let names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
    let known = match names.is_empty() {
        true => format!("{} has no commands", command.get_bin_name().unwrap_or_default()),
        false => format!("the commands are: {}", names.join(", ")),
    };
    Failure::usage(format!("unknown command {name}; {known}"))
}

pub(super) fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let version = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(version).manual("Sumo Logic Cloud SIEM relay");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    environment(command, &mut rest);
    exit_status(&mut rest);
    examples(command, &mut rest);
    rest.to_writer(&mut page)?;
    page.flush()?;
    Ok(page)
}

/// Adds the variables of the flags, and those without a flag.
fn environment(command: &Command, page: &mut Roff) {
    page.control("SH", ["ENVIRONMENT"]);
    let flags = command.get_arguments().filter(|argument| !argument.is_hide_set()).filter_map(|argument| {
        let variable = argument.get_env()?.to_string_lossy().into_owned();
        Some((variable, format!("Sets --{}.", argument.get_long()?)))
    });
    let asks_demo = command.get_arguments().any(|argument: &Arg| argument.get_id() == "demo");
    let demo = DEMO_VARIABLES.into_iter().filter(|_| asks_demo);
    let others = demo.chain(VARIABLES).map(|(name, effect)| (name.to_owned(), effect.to_owned()));
    for (variable, effect) in flags.chain(others) {
        page.control("TP", []);
        page.text([bold(variable)]);
        page.text([roman(effect)]);
    }
}

fn exit_status(page: &mut Roff) {
    page.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in EXIT_STATUSES {
        page.control("TP", []);
        page.text([bold(status)]);
        page.text([roman(meaning)]);
    }
}

/// Adds the examples in the help of the command.
fn examples(command: &Command, page: &mut Roff) {
    let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let Some(lines) = help.strip_prefix(EXAMPLES_HEADING) else { return };
    page.control("SH", ["EXAMPLES"]);
    page.control("nf", []);
    for line in lines.lines().take_while(|line| !line.is_empty()) {
        page.text([roman(line.trim_start())]);
    }
    page.control("fi", []);
}
