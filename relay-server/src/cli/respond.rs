//! `relay-server respond`: what the relay added to Cloud SIEM, and how it is taken away.

use clap::{Args, Subcommand};
use relay_server::respond_undo::{Addition, AdditionKind, additions, undo};
use sumo_client::Client;

use super::account::{AccountArgs, Completeness};
use super::outcome::{Failure, complain, print, runtime};
use super::table;

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server respond list
  relay-server respond undo --value 203.0.113.66 --dry-run";

const LIST_EXAMPLES: &str = "\
Examples:
  relay-server respond list
  relay-server respond list --list blocked_ips";

const UNDO_EXAMPLES: &str = "\
Examples:
  relay-server respond undo --value 203.0.113.66 --dry-run
  relay-server respond undo --list blocked_ips
  relay-server respond undo --all";

#[derive(Args)]
pub(crate) struct RespondArgs {
    #[command(subcommand)]
    command: RespondCommand,
}

#[derive(Subcommand)]
enum RespondCommand {
    /// List the items, indicators and tags that the relay added to Cloud SIEM
    #[command(after_long_help = LIST_EXAMPLES)]
    List(SelectionArgs),
    /// Remove the items, indicators and tags that the relay added to Cloud SIEM
    #[command(after_long_help = UNDO_EXAMPLES)]
    Undo(UndoArgs),
}

#[derive(Args)]
struct UndoArgs {
    /// Show what would be removed, and change nothing.
    #[arg(long)]
    dry_run: bool,

    /// Remove all additions of the relay; needed unless a value, a list or a request is named.
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Args)]
struct SelectionArgs {
    /// Only this value.
    #[arg(long, value_name = "VALUE")]
    value: Option<String>,

    /// Only additions to the list, the source or the tag with this name.
    #[arg(long, value_name = "NAME")]
    list: Option<String>,

    /// Only what the request with this id added.
    #[arg(long, value_name = "ID")]
    request: Option<String>,

    #[command(flatten)]
    account: AccountArgs,
}

pub(super) fn run(args: &RespondArgs) -> Result<(), Failure> {
    match &args.command {
        RespondCommand::List(selection) => runtime()?.block_on(list(selection)),
        RespondCommand::Undo(args) => {
            let selection = &args.selection;
            let is_narrow =
                selection.value.is_some() || selection.list.is_some() || selection.request.is_some();
            if !is_narrow && !args.all {
                return Err(Failure::usage("name a --value, a --list or a --request, or give --all"));
            }
            runtime()?.block_on(remove(args))
        }
    }
}

async fn list(selection: &SelectionArgs) -> Result<(), Failure> {
    let (found, completeness) = find(&client(selection)?, selection).await;
    show(&found, completeness)?;
    completeness.ended()
}

async fn remove(args: &UndoArgs) -> Result<(), Failure> {
    let client = client(&args.selection)?;
    let (found, completeness) = find(&client, &args.selection).await;
    if args.dry_run {
        show(&found, completeness)?;
        if completeness != Completeness::Failed {
            print(&format!("{} would be removed.\n", found.len()))?;
        }
        return completeness.ended();
    }
    let (mut removed, wanted) = (Vec::new(), found.len());
    for addition in found {
        match undo(&client, &addition).await {
            Ok(()) => removed.push(addition),
            Err(error) => {
                complain("error", &format!("{} {}: {error}", addition.kind.as_str(), addition.value))
            }
        }
    }
    show(&removed, completeness)?;
    print(&format!("{} removed.\n", removed.len()))?;
    match completeness {
        Completeness::Whole if removed.len() < wanted && removed.is_empty() => Err(Failure::Told),
        Completeness::Whole if removed.len() < wanted => Err(Failure::Partly),
        completeness => completeness.ended(),
    }
}

/// Prints a table; where nothing could be looked at, it would say that there is nothing.
fn show(additions: &[Addition], completeness: Completeness) -> Result<(), Failure> {
    match completeness {
        Completeness::Failed => Ok(()),
        Completeness::Partly if additions.is_empty() => {
            print("Not everything was searched. Nothing was found in the rest.\n")
        }
        Completeness::Partly => print(&format!("{}Not everything was searched.\n", drawn(additions))),
        Completeness::Whole => print(&drawn(additions)),
    }
}

fn client(args: &SelectionArgs) -> Result<Client, Failure> {
    let module = args.account.module()?;
    module.client(&args.account.tenant()?).map_err(|error| Failure::Usage(error.message))
}

/// Returns the selected additions, and the part of the kinds that could be looked at.
async fn find(client: &Client, selection: &SelectionArgs) -> (Vec<Addition>, Completeness) {
    let (mut found, mut failed) = (Vec::new(), 0);
    for kind in AdditionKind::ALL {
        match additions(client, kind).await {
            Ok(of_kind) => {
                found.extend(of_kind.into_iter().filter(|addition| is_selected(addition, selection)))
            }
            Err(error) => {
                complain("error", &format!("cannot look for each {}: {error}", kind.as_str()));
                failed += 1;
            }
        }
    }
    let completeness = match failed {
        0 => Completeness::Whole,
        failed if failed < AdditionKind::ALL.len() => Completeness::Partly,
        _ => Completeness::Failed,
    };
    (found, completeness)
}

fn is_selected(addition: &Addition, selection: &SelectionArgs) -> bool {
    let is = |wanted: &Option<String>, present: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| present == Some(wanted))
    };
    is(&selection.value, Some(&addition.value))
        && is(&selection.list, Some(&addition.place))
        && is(&selection.request, addition.request_id.as_deref())
}

fn drawn(additions: &[Addition]) -> String {
    if additions.is_empty() {
        return "Nothing that this relay added was found.\n".to_owned();
    }
    let mut table = table::new();
    table.set_header(["What", "Where", "Value", "Added", "Expires", "Request"]);
    for addition in additions {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        table.add_row([
            addition.kind.as_str().to_owned(),
            addition.place.clone(),
            addition.value.clone(),
            text(&addition.added),
            text(&addition.expires),
            text(&addition.request_id),
        ]);
    }
    format!("{table}\n")
}
