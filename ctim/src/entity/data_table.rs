//! DataTable, its form for creation.

use crate::id::EntityId;
use crate::node::Row;
use crate::time::Time;
use crate::vocabulary::Tlp;
use crate::{ColumnDefinition, ExternalReference, ValidTime};

entity! {
    /// A table of data that stands by itself.
    pub struct DataTable is "DataTable", "data-table", created as NewDataTable is "NewDataTable" {
        /// The columns, in order. Required.
        elements columns: ColumnDefinition;
        /// The rows, in order, each with one cell a column. Required.
        elements rows: Row;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Number of rows. Optional.
        optional row_count: i64;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
        /// The span in which the entity holds; may be empty. Optional.
        optional valid_time: ValidTime;
    }
}
