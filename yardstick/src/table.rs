//! Markdown tables.

/// A table that is written as Markdown.
#[derive(Debug)]
pub(crate) struct Table {
    lines: Vec<String>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut table = Self { lines: Vec::new() };
        table.row(columns);
        table.lines.push("|---".repeat(columns.len()) + "|");
        table
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[impl AsRef<str>]) {
        let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }

    /// The table, with an empty line behind it.
    pub(crate) fn to_markdown(&self) -> String {
        self.lines.join("\n") + "\n\n"
    }
}

/// A number as people read it: three digits that count, no more than three behind the point.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.000_5 => format!("{value:.3}"),
        _ if value == 0.0 => "0".to_owned(),
        _ => format!("{value:.4}"),
    }
}

/// Bytes as MB (1,000,000 bytes).
pub(crate) fn megabytes(bytes: u64) -> String {
    number(bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["What", "How much"]);
        table.row(&["a", "1"]);
        assert_eq!(table.to_markdown(), "| What | How much |\n|---|---|\n| a | 1 |\n\n");
    }

    #[test]
    fn numbers_have_three_digits() {
        let texts = [1234.5, 123.4, 12.34, 1.234, 0.1234, 0.0001, 0.0].map(number);
        assert_eq!(texts, ["1234", "123", "12.3", "1.23", "0.123", "0.0001", "0"]);
        assert_eq!(megabytes(14_600_000), "14.6");
    }
}
