//! The severity of an insight.

use crate::model::open_enum;

open_enum! {
    /// The severity of an insight.
    InsightSeverity {
        /// Low.
        Low = "LOW",
        /// Medium.
        Medium = "MEDIUM",
        /// High.
        High = "HIGH",
        /// Critical: set by a custom insight or by hand.
        Critical = "CRITICAL",
    }
}
