//! The error of the test tools.

use std::error::Error as StdError;

/// The error of a test tool that could not do its part, such as without a free port.
#[derive(Debug, thiserror::Error)]
#[error("the test tool failed: {0}")]
pub struct TestError(#[source] Box<dyn StdError + Send + Sync>);

impl TestError {
    pub(super) fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(error.into())
    }
}
