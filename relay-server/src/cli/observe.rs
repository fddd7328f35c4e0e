//! `relay-server observe`: asks Cloud SIEM directly, without XDR and without a running relay.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets};
use ctim::Graph;
use indicatif::{ProgressBar, ProgressStyle};
use relay_server::auth::{ENTITIES_LIMIT, Tenant};
use relay_server::config::Config;
use relay_server::envelope::{Envelope, ErrorLevel};
use relay_server::metrics::Metrics;
use relay_server::observable::Observable;
use relay_server::observe::ObserveData;
use relay_server::relay::Relay;

use super::{Failure, print, runtime};

#[derive(Args)]
pub(crate) struct ObserveArgs {
    /// The type of the observables, such as ip, domain or sha256.
    #[arg(value_name = "TYPE")]
    kind: String,

    /// The observables.
    #[arg(required = true, value_name = "VALUE")]
    values: Vec<String>,

    /// The Sumo Logic API host.
    #[arg(long, env = "SUMO_API_HOST", default_value = "api.sumologic.com", value_name = "HOST")]
    host: String,

    /// The Sumo Logic access id. Give it by the environment, where other users of the machine do not see it.
    #[arg(long, env = "SUMO_ACCESS_ID", hide_env_values = true, value_name = "ID")]
    access_id: String,

    /// The Sumo Logic access key. Give it by the environment, where other users of the machine do not see it.
    #[arg(long, env = "SUMO_ACCESS_KEY", hide_env_values = true, value_name = "KEY")]
    access_key: String,

    /// A PEM file with root certificates to trust besides the platform's.
    #[arg(long, env = "RELAY_EXTRA_CA_FILE", value_name = "FILE")]
    extra_ca_file: Option<std::path::PathBuf>,

    /// The most signals of each search (1 to 100).
    #[arg(long, default_value_t = ENTITIES_LIMIT, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "COUNT")]
    limit: u32,

    /// When the search ends, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600), value_name = "SECONDS")]
    deadline_seconds: u64,

    /// The form of the answer.
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// What the relay would answer to XDR.
    Json,
    /// The relationships as a Mermaid diagram.
    Mermaid,
    /// The relationships as a Graphviz graph.
    Dot,
}

pub(super) fn run(args: &ObserveArgs) -> Result<(), Failure> {
    let config = Config {
        deadline: std::time::Duration::from_secs(args.deadline_seconds),
        extra_roots: Config::extra_roots(args.extra_ca_file.as_deref()).map_err(Failure::usage)?,
        ..Config::default()
    };
    let tenant = Tenant {
        host: args.host.clone(),
        access_id: args.access_id.clone().into(),
        access_key: args.access_key.clone().into(),
        entities_limit: args.limit,
    };
    let observable = |value: &String| Observable { kind: args.kind.clone(), value: value.clone() };
    let observables: Vec<Observable> = args.values.iter().map(observable).collect();
    let answer = runtime()?.block_on(search(&config, &tenant, &observables))?;
    print(&shown(&answer, args.format)?)?;
    if let Format::Json = args.format {
        return Ok(());
    }
    for error in &answer.errors {
        let level = if error.level == ErrorLevel::Warning { "warning" } else { "error" };
        super::complain(level, &error.message);
    }
    match answer.errors.iter().find(|error| error.level == ErrorLevel::Fatal) {
        Some(_) => Err(Failure::Told),
        None => Ok(()),
    }
}

async fn search(
    config: &Config,
    tenant: &Tenant,
    observables: &[Observable],
) -> Result<Envelope<ObserveData>, Failure> {
    let relay =
        Relay::new(config, Metrics::new()).map_err(|error| Failure::failed("cannot start", &error))?;
    let bar = progress_bar();
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let answer = relay.observe_as(tenant, observables, &progress).await;
    bar.finish_and_clear();
    Ok(answer)
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("searching {bar:30} {pos}/{len} {elapsed}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn shown(answer: &Envelope<ObserveData>, format: Format) -> Result<String, Failure> {
    let empty = ObserveData::default();
    let data = answer.data.as_ref().unwrap_or(&empty);
    Ok(match format {
        Format::Table => table(data),
        Format::Mermaid => Graph::new(&data.to_bundle()).to_mermaid(),
        Format::Dot => Graph::new(&data.to_bundle()).to_dot(),
        Format::Json => {
            let json = serde_json::to_string_pretty(answer);
            json.map_err(|error| Failure::failed("cannot write JSON", &error))? + "\n"
        }
    })
}

fn table(data: &ObserveData) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["What", "Severity", "When", "Text", "Link"]);
    let text = |text: Option<&str>| text.unwrap_or("–").to_owned();
    let sightings = data.sightings.iter().flat_map(|list| &list.docs);
    for sighting in sightings {
        table.add_row([
            "sighting".to_owned(),
            text(sighting.severity.as_ref().map(|severity| severity.as_str())),
            sighting.observed_time.start_time.to_string(),
            text(sighting.short_description.as_deref()),
            text(sighting.source_uri.as_deref()),
        ]);
    }
    let indicators = data.indicators.iter().flat_map(|list| &list.docs);
    for indicator in indicators {
        table.add_row([
            "indicator".to_owned(),
            text(indicator.severity.as_ref().map(|severity| severity.as_str())),
            text(indicator.valid_time.start_time.map(|time| time.to_string()).as_deref()),
            text(indicator.title.as_deref()),
            text(indicator.source_uri.as_deref()),
        ]);
    }
    if table.is_empty() { "Cloud SIEM holds nothing about it.\n".to_owned() } else { format!("{table}\n") }
}
