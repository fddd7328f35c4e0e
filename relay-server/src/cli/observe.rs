//! `relay-server observe`: asks Cloud SIEM directly, without XDR and without a running relay.

use std::io::IsTerminal;
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use ctim::EntityLists;
use indicatif::{ProgressBar, ProgressStyle};
use relay_server::{ENTITIES_LIMIT, Tenant, to_bundle};
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::Reply;

use super::account::{Completeness, JudgingArgs, complain_of, json};
use super::looks::Looks;
use super::observables::ObservableArgs;
use super::outcome::{Failure, complain, print, runtime};
use super::source::{Source, SourceArgs};
use super::{drawing, findings, lines, tree};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server observe --demo 203.0.113.25
  relay-server observe --demo --format tree user tom.okafor
  relay-server observe --demo --format dot user tom.okafor | dot -Tsvg > graph.svg
  relay-server observe 'hxxp://login-portal[.]example.org/owa/' 203.0.113.66 --format tree
  relay-server observe --file mail.txt --format csv > found.csv
  grep sshd auth.log | relay-server observe - --format jsonl";

#[derive(Args)]
pub(crate) struct ObserveArgs {
    #[command(flatten)]
    observables: ObservableArgs,

    #[command(flatten)]
    source: SourceArgs,

    #[command(flatten)]
    judging: JudgingArgs,

    /// The most signals of each search (1 to 100).
    #[arg(long, default_value_t = ENTITIES_LIMIT, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "COUNT")]
    limit: u32,

    /// The form of the answer.
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// A tree for people: observables, insights, signals, rules.
    Tree,
    /// The reply that XDR would get.
    Json,
    /// The entities of that reply, one JSON object on each line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// The entities as a CTIM bundle in JSON.
    Ctim,
    /// The entities as a STIX 2.1 bundle in JSON.
    Stix,
    /// The relationships as a Mermaid diagram.
    Mermaid,
    /// The relationships as a Graphviz graph.
    Dot,
}

pub(super) fn run(args: &ObserveArgs) -> Result<(), Failure> {
    let judging = args.judging.settings()?;
    let observables = args.observables.observables()?;
    let is_changed = args.limit != ENTITIES_LIMIT || args.judging.are_given();
    let change = |tenant| Tenant { entities_limit: args.limit, judging: judging.into(), ..tenant };
    let answer = runtime()?.block_on(async {
        let source = args.source.open(is_changed, change).await?;
        Ok::<_, Failure>(search(&source, &observables, args.source.time()).await)
    })?;
    print(&shown(&answer, &observables, args.format)?)?;
    complain_of(&answer.errors)
}

async fn search(source: &Source, observables: &[Observable], time: Duration) -> Reply<EntityLists> {
    let bar = progress_bar();
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let answer = source.observe(observables, time, &progress).await;
    bar.finish_and_clear();
    answer
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("searching {bar:30} {pos}/{len} {elapsed}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Returns the answer in a format. Where nothing was searched, only the JSON, which holds the
/// errors, says anything: an empty table or graph would say that there is nothing.
fn shown(answer: &Reply<EntityLists>, asked: &[Observable], format: Format) -> Result<String, Failure> {
    if let Format::Json = format {
        return json(answer);
    }
    let empty = EntityLists::default();
    let data = answer.data.as_ref().unwrap_or(&empty);
    let completeness = Completeness::of(&answer.errors);
    if completeness == Completeness::Failed && findings::is_empty(data) {
        return Ok(String::new());
    }
    let is_partly = completeness != Completeness::Whole;
    Ok(match format {
        Format::Table | Format::Tree => for_people(data, &as_ctim(asked), format, is_partly),
        Format::Csv => lines::csv(data),
        Format::Jsonl => lines::json_lines(data)?,
        Format::Ctim => pretty(&to_bundle(data))?,
        Format::Stix => stix(data)?,
        Format::Mermaid => marked(is_partly, "%% ", drawing::mermaid(data, &to_bundle(data))),
        Format::Dot => marked(is_partly, "// ", drawing::dot(data, &to_bundle(data))),
        Format::Json => String::new(),
    })
}

/// Returns a table or a tree, which says where something was not searched.
fn for_people(data: &EntityLists, asked: &[ctim::Observable], format: Format, is_partly: bool) -> String {
    let text = match (findings::is_empty(data), format) {
        (true, _) if is_partly => {
            return "Not everything was searched. Nothing was found in the rest.\n".to_owned();
        }
        (true, _) => return "Cloud SIEM holds nothing about it.\n".to_owned(),
        (false, Format::Tree) => tree::tree(data, asked, is_partly, Looks::of_stdout()),
        (false, _) => tree::table(data, asked, is_partly),
    };
    marked(is_partly, "", text)
}

/// Returns a text with a comment at its end when it may lack something.
fn marked(is_partly: bool, comment: &str, text: String) -> String {
    if is_partly { format!("{text}{comment}Not everything was searched.\n") } else { text }
}

/// Returns STIX, and says on standard error which entities it cannot hold.
fn stix(data: &EntityLists) -> Result<String, Failure> {
    let bundle = to_bundle(data).to_stix(SystemTime::now().into());
    for left_out in bundle.left_out() {
        let id = left_out.id.as_ref().map_or("a verdict", |id| id.as_str());
        complain("note", &format!("not in the STIX bundle: {id}: {}", left_out.reason));
    }
    pretty(&bundle)
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    Ok(json.map_err(|error| Failure::failed("cannot write JSON", &error))? + "\n")
}

fn as_ctim(asked: &[Observable]) -> Vec<ctim::Observable> {
    asked.iter().map(|one| ctim::Observable::new(one.kind.as_str(), one.value.as_str())).collect()
}
