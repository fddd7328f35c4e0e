//! Vocabularies of data tables.

vocabulary! {
    /// Types of the cells in a column.
    closed ColumnType is "ColumnType" {
        Integer = "integer",
        Markdown = "markdown",
        Number = "number",
        Observable = "observable",
        String = "string",
        Url = "url",
    }
}
