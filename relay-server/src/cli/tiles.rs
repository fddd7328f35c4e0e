//! `relay-server tiles`: draws the tiles of the dashboard without XDR and without a running relay.

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use comfy_table::Table;
use relay_server::CloudSiemModule;
use serde::Serialize;
use serde_json::Value;
use xdr_module::contract::reply::Reply;
use xdr_module::contract::tile::{
    BarChart, DonutGraph, LineChart, MetricGroup, Period, TableData, Tile, TileContent, TileData,
};

use super::account::{Completeness, complain_of, json};
use super::outcome::{Failure, print, runtime};
use super::source::SourceArgs;
use super::table as tables;

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-server tiles
  relay-server tiles --demo insights-by-severity --period last_30_days
  relay-server tiles newest-insights --format json | jq -r '.data.data.rows[].id'";

/// A running demo is not asked: `observe` and `deliberate` alone can do that.
#[cfg(feature = "demo")]
const DEMO_HELP: &str = "Ask the built-in demo, without an account";

#[derive(Args)]
#[cfg_attr(feature = "demo", command(mut_arg("demo", |demo| demo.help(DEMO_HELP).long_help(DEMO_HELP))))]
pub(crate) struct TilesArgs {
    /// The id of the tile to draw; without it, all tiles are listed.
    #[arg(value_name = "TILE")]
    tile: Option<String>,

    /// The span of time until now; without it, the one that the tile shows first.
    #[arg(long, value_parser = PossibleValuesParser::new(Period::ALL.map(Period::as_str)), value_name = "PERIOD")]
    period: Option<String>,

    #[command(flatten)]
    source: SourceArgs,

    /// The form of the answer.
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// The reply that XDR would get.
    Json,
}

pub(super) fn run(args: &TilesArgs) -> Result<(), Failure> {
    let tiles = CloudSiemModule::tile_list();
    let Some(id) = &args.tile else {
        return show(&Reply::data(tiles), args.format, |tiles| list(tiles));
    };
    let tile = tiles.iter().find(|tile| tile.id == *id).ok_or_else(|| unknown(id, &tiles))?;
    let period = args.period.as_deref().and_then(Period::from_name).or(tile.default_period);
    let period = period.unwrap_or(Period::Last24Hours);
    let data = runtime()?.block_on(async {
        let account = args.source.open_account(|tenant| tenant).await?;
        Ok::<_, Failure>(account.tile_data(id, period, args.source.time()).await)
    })?;
    show(&data, args.format, |data| drawn(tile, data))
}

fn unknown(id: &str, tiles: &[Tile]) -> Failure {
    let ids: Vec<_> = tiles.iter().map(|tile| tile.id.as_str()).collect();
    Failure::usage(format!("unknown tile {id}; the tiles are: {}", ids.join(", ")))
}

/// Prints a reply, and its errors to standard error.
fn show<T: Serialize>(
    reply: &Reply<T>,
    format: Format,
    table: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    let completeness = Completeness::of(&reply.errors);
    match (format, reply.data.as_ref().map(table)) {
        (Format::Json, _) => print(&json(reply)?)?,
        (Format::Table, Some(text)) if completeness == Completeness::Whole => print(&text)?,
        (Format::Table, Some(text)) => print(&format!("{text}This is not all: see the warnings.\n"))?,
        (Format::Table, None) => {}
    }
    complain_of(&reply.errors)
}

fn list(tiles: &[Tile]) -> String {
    let row = |tile: &Tile| {
        let periods: Vec<_> = tile.periods.iter().map(|period| period.as_str()).collect();
        [tile.id.clone(), tile.title.clone(), tile.description.clone(), periods.join("\n")]
    };
    filled(tables::new(), ["Tile", "Title", "Shows", "Periods"], tiles.iter().map(row))
}

/// Returns a tile as text: its title, its span of time, and its content.
fn drawn(tile: &Tile, data: &TileData) -> String {
    let span = data.observed_time;
    let time = |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%d %H:%M").to_string();
    let head = format!("{}, {} to {} UTC\n", tile.title, time(span.start_time), time(span.end_time));
    head + &content(&data.content)
}

fn content(content: &TileContent) -> String {
    match content {
        TileContent::Metrics(metrics) => metric_group(metrics),
        TileContent::Donut(donut) => rings(donut),
        TileContent::Bars(chart) => bars(chart),
        TileContent::Line(line) => points(line),
        TileContent::Table(table) => rows(&table.data),
        TileContent::Markdown(markdown) => markdown.data.iter().map(|line| format!("{line}\n")).collect(),
        _ => String::new(),
    }
}

fn metric_group(metrics: &MetricGroup) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    table(["Metric", "Value"], metrics.data.iter().map(|metric| [metric.label.clone(), text(&metric.value)]))
}

fn rings(donut: &DonutGraph) -> String {
    let label = |ring: usize, key: u64| {
        let labels = donut.labels.get(ring).zip(usize::try_from(key).ok());
        labels.and_then(|(labels, key)| labels.get(key)).cloned().unwrap_or_default()
    };
    let header =
        |ring: usize, other: &str| donut.label_headers.get(ring).cloned().unwrap_or_else(|| other.to_owned());
    let rows = donut.data.iter().flat_map(|part| {
        let row = move |segment: &xdr_module::contract::tile::DonutSegment| {
            [label(0, part.key), label(1, segment.key), segment.value.to_string()]
        };
        part.segments.iter().map(row)
    });
    table([header(0, "Outer"), header(1, "Inner"), "Count".to_owned()], rows)
}

fn bars(chart: &BarChart) -> String {
    let header = ["".to_owned(), "All".to_owned()];
    let header = header.into_iter().chain(chart.keys.iter().map(|series| series.label.clone()));
    let rows = chart.data.iter().map(|bar| {
        let value = move |series: &xdr_module::contract::tile::Series| {
            let value = bar.values.iter().find(|value| value.key == series.key);
            value.map_or_else(|| "0".to_owned(), |value| value.value.to_string())
        };
        [bar.label.clone(), bar.value.to_string()].into_iter().chain(chart.keys.iter().map(value))
    });
    table(header, rows)
}

fn points(line: &LineChart) -> String {
    let row = |point: &xdr_module::contract::tile::Point| {
        let time = chrono::DateTime::from_timestamp(point.key, 0);
        let time =
            time.map_or_else(|| point.key.to_string(), |time| time.format("%Y-%m-%d %H:%M").to_string());
        [time, point.value.to_string()]
    };
    table(["Time (UTC)", "Count"], line.data.iter().map(row))
}

fn rows(data: &TableData) -> String {
    let header = data.columns.iter().map(|column| column.label.as_str()).chain(["Link"]);
    let rows = data.rows.iter().map(|row| {
        let keys = data.columns.iter().map(|column| column.key.as_str()).chain(["link_uri"]);
        keys.map(|key| row.get(key).cloned().unwrap_or_default()).collect::<Vec<_>>()
    });
    table(header, rows)
}

/// Returns a table with links that stay whole; without rows, words for that.
fn table<H, R>(header: impl IntoIterator<Item = H>, rows: impl IntoIterator<Item = R>) -> String
where
    H: Into<comfy_table::Cell>,
    R: IntoIterator<Item = String>,
{
    filled(tables::with_whole_lines(), header, rows)
}

fn filled<H, R>(
    mut table: Table,
    header: impl IntoIterator<Item = H>,
    rows: impl IntoIterator<Item = R>,
) -> String
where
    H: Into<comfy_table::Cell>,
    R: IntoIterator<Item = String>,
{
    table.set_header(header.into_iter().map(Into::into).collect::<Vec<comfy_table::Cell>>());
    table.add_rows(rows.into_iter().map(|row| row.into_iter().collect::<Vec<_>>()));
    if table.is_empty() { "Nothing to show.\n".to_owned() } else { format!("{table}\n") }
}
