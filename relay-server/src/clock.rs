//! The time of day.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
