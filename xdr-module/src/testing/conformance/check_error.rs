//! The error of a check that could not go on.

use crate::testing::caller::CallError;
use crate::testing::error::TestError;

/// The error of a check that could not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Tool(#[from] TestError),
    /// The check does not apply to the module.
    #[error("{0}")]
    Skip(String),
}

/// Returns a check that is left out, for this reason.
pub(super) fn skip<T>(reason: impl Into<String>) -> Result<T, CheckError> {
    Err(CheckError::Skip(reason.into()))
}
