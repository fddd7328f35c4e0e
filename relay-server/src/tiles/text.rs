//! Texts of Cloud SIEM as tiles show them, and durations and times for people.

use sumo_client::Timestamp;
use xdr_module::contract::tile::Markdown;

/// The longest text of others that a tile shows, in characters.
const MAX_CHARS: usize = 120;

/// Shown where there is nothing to show.
pub(super) const NOTHING: &str = "–";

/// Returns a text of others, cut if it is long.
pub(super) fn cut(text: &str) -> String {
    let mut signs = text.chars();
    let shown: String = signs.by_ref().take(MAX_CHARS).collect();
    if signs.next().is_some() { shown + "…" } else { shown }
}

/// Returns a text of others for a cell of a table in Markdown.
pub(super) fn cell(text: &str) -> String {
    let text = Markdown::escape(cut(text).trim());
    if text.is_empty() { NOTHING.to_owned() } else { text }
}

/// Returns a point in time to the minute, in UTC.
pub(super) fn minute(time: Option<&Timestamp>) -> String {
    let time = time.and_then(Timestamp::utc);
    time.map_or_else(|| NOTHING.to_owned(), |time| time.format("%Y-%m-%d %H:%M UTC").to_string())
}

/// Returns a duration in its two largest units.
pub(super) fn duration(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds else { return NOTHING.to_owned() };
    // Saturates: what is longer than all times is shown as such.
    let seconds = seconds.round() as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0 | 1, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_for_people() {
        for (seconds, text) in [
            (None, "–"),
            (Some(0.0), "0 s"),
            (Some(59.4), "59 s"),
            (Some(2_460.0), "41 min"),
            (Some(3_600.0), "1 h 0 min"),
            (Some(100_000.0), "27 h 46 min"),
            (Some(200_000.0), "2 d 7 h"),
            (Some(f64::MAX), "213503982334601 d 7 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn texts_of_others_are_cut_and_escaped() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"ä".repeat(500)).chars().count(), MAX_CHARS + 1);
        assert_eq!(cell(" a|b\n<img> "), r"a\|b \<img\>");
        assert_eq!(cell(" \n "), NOTHING);
        assert_eq!(minute(Some(&"2024-09-14T08:39:10.5".into())), "2024-09-14 08:39 UTC");
        assert_eq!((minute(None), minute(Some(&"soon".into()))), (NOTHING.to_owned(), NOTHING.to_owned()));
    }
}
