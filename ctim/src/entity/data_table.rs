//! DataTable, its form for creation.

use crate::id::EntityId;
use crate::node::Row;
use crate::time::Time;
use crate::vocabulary::Tlp;
use crate::{ColumnDefinition, ExternalReference, ValidTime};

entity! {
    /// Stand-alone generic table with typed columns.
    pub struct DataTable is "DataTable", "data-table", created as NewDataTable is "NewDataTable" {
        /// Column definitions, in order. Required.
        elements columns: ColumnDefinition;
        /// Rows of cells, in order. Required.
        elements rows: Row;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Number of rows. Optional.
        optional row_count: i64;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
        /// Span in which the object holds. Optional.
        optional valid_time: ValidTime;
    }
}
