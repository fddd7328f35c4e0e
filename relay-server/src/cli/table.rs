//! Tables of all commands.

use std::io::IsTerminal;

use comfy_table::{ContentArrangement, Table, presets};

/// The width of a table that goes elsewhere than to a terminal, in columns.
const WIDTH: u16 = 120;

/// Returns an empty table, which is as wide as the terminal at most, or as `COLUMNS` says.
pub(super) fn new() -> Table {
    let mut table = with_whole_lines();
    if !std::io::stdout().is_terminal() {
        table.set_width(columns().unwrap_or(WIDTH));
    }
    table
}

/// Returns an empty table whose lines are broken on a terminal only: elsewhere, its links stay
/// whole.
pub(super) fn with_whole_lines() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

fn columns() -> Option<u16> {
    std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0)
}
