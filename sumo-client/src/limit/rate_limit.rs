//! The limits of an access key.

use std::time::Duration;

/// The limits of a single access key.
///
/// The default is the published limit: 4 calls in any window of one second, 10 in flight.
///
/// ```
/// use std::time::Duration;
/// use sumo_client::RateLimit;
///
/// let half = RateLimit::default().calls(2, Duration::from_secs(1)).concurrency(5);
/// assert_eq!(half.window, RateLimit::default().window);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The number of calls that may start within any window; 0 means that the rate is not limited.
    pub calls_per_window: u32,
    /// The length of the window.
    pub window: Duration,
    /// The number of calls that may be in flight at a time; 0 means that their number is not
    /// limited.
    pub concurrency: u32,
}

impl RateLimit {
    /// No limit at all, for stand-ins without limits.
    pub const UNLIMITED: Self = Self { calls_per_window: 0, window: Duration::ZERO, concurrency: 0 };

    /// Allows so many calls to start within any window of this length; 0 means that the rate is not
    /// limited.
    #[must_use]
    pub const fn calls(mut self, calls_per_window: u32, window: Duration) -> Self {
        self.calls_per_window = calls_per_window;
        self.window = window;
        self
    }

    /// Allows so many calls to be in flight at a time; 0 means that their number is not limited.
    #[must_use]
    pub const fn concurrency(mut self, concurrency: u32) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// The distance of starts that stand evenly in the window.
    pub(super) fn gap(&self) -> Duration {
        self.window.checked_div(self.calls_per_window).unwrap_or_default()
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { calls_per_window: 4, window: Duration::from_secs(1), concurrency: 10 }
    }
}
