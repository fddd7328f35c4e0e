//! Severities of Cloud SIEM in CTIM's words.

use ctim::vocabulary::Severity;

/// The severity of an insight, whatever its case.
pub(super) fn of_insight(severity: Option<&str>) -> Severity {
    match severity.map(str::to_ascii_uppercase).as_deref() {
        Some("LOW") => Severity::Low,
        Some("MEDIUM") => Severity::Medium,
        Some("HIGH") => Severity::High,
        Some("CRITICAL") => Severity::Critical,
        _ => Severity::Unknown,
    }
}

/// The severity of a signal, a number from 1 to 10.
pub(super) fn of_signal(severity: i64) -> Severity {
    match severity {
        1..=3 => Severity::Low,
        4..=6 => Severity::Medium,
        7..=9 => Severity::High,
        10 => Severity::Critical,
        _ => Severity::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_have_their_word() {
        for (given, word) in [
            (Some("LOW"), Severity::Low),
            (Some("MEDIUM"), Severity::Medium),
            (Some("HIGH"), Severity::High),
            (Some("CRITICAL"), Severity::Critical),
            (Some("high"), Severity::High),
            (Some("DIRE"), Severity::Unknown),
            (None, Severity::Unknown),
        ] {
            assert_eq!(of_insight(given), word, "{given:?}");
        }
        for (given, word) in [
            (-1, Severity::Unknown),
            (0, Severity::Unknown),
            (1, Severity::Low),
            (3, Severity::Low),
            (4, Severity::Medium),
            (6, Severity::Medium),
            (7, Severity::High),
            (9, Severity::High),
            (10, Severity::Critical),
            (11, Severity::Unknown),
        ] {
            assert_eq!(of_signal(given), word, "{given}");
        }
    }
}
