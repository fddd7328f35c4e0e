//! The answers of the stand-in: the runner sets them before each measurement.

use serde::{Deserialize, Serialize};

/// The answers of the stand-in until it is given another plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Insights in a page of insights.
    pub(crate) insights: usize,
    /// Signals in each insight.
    pub(crate) insight_signals: usize,
    /// Signals in a page of signals.
    pub(crate) signals: usize,
    /// Records in each signal; a signal without records is about 1 kB.
    pub(crate) records: usize,
    /// The size of a record, in bytes.
    pub(crate) record_bytes: usize,
    /// True if signals and records name the value that was asked for.
    pub(crate) matching: bool,
    /// From the arrival of a call to its answer, in milliseconds.
    pub(crate) latency_ms: u64,
    /// The duration of a TLS handshake, in milliseconds: the round trips that loopback does not
    /// have.
    pub(crate) handshake_ms: u64,
    /// Calls in any window of one second; 0 is unlimited.
    pub(crate) calls_a_second: usize,
    /// Calls in flight; 0 is unlimited.
    pub(crate) in_flight: usize,
    /// True if the length of a body is announced.
    pub(crate) announced: bool,
    /// True if the values that were searched for are kept.
    pub(crate) keeps_values: bool,
}

impl Plan {
    /// One insight of three signals and three signals on their own, about 1 kB each and without
    /// records.
    pub(crate) const SMALL: Self = Self {
        insights: 1,
        insight_signals: 3,
        signals: 3,
        records: 0,
        record_bytes: 3_000,
        matching: true,
        latency_ms: 0,
        handshake_ms: 0,
        calls_a_second: 0,
        in_flight: 0,
        announced: true,
        keeps_values: false,
    };

    /// Two pages of about 1 MB: 40 signals with 8 records of 3 kB each, in ten insights and on
    /// their own.
    pub(crate) const LARGE: Self =
        Self { insights: 10, insight_signals: 4, signals: 40, records: 8, ..Self::SMALL };

    /// The same sizes, but nothing in signals and records names the value.
    pub(crate) fn not_matching(self) -> Self {
        Self { matching: false, ..self }
    }
}
