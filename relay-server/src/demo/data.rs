//! The made-up data.

use sumo_client::testing::{DataSet, DataSetError};

/// Insights, signals, entities and rules of a company that does not exist.
pub(super) fn data_set() -> Result<DataSet, DataSetError> {
    DataSet::from_json(r#"{}"#)
}
