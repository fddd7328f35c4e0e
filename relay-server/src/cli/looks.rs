//! Colours and links of output for people.

use std::io::IsTerminal;

use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::{AnsiColor, Style};

/// The looks of text on standard output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Looks {
    /// True if severities and verdicts are coloured.
    pub(super) has_colors: bool,
    /// True if names are links that can be clicked (OSC 8).
    pub(super) has_links: bool,
}

impl Looks {
    /// Returns the looks that standard output takes and the user did not turn off, by `NO_COLOR`
    /// or a terminal without them.
    pub(super) fn of_stdout() -> Self {
        let stdout = std::io::stdout();
        let has_colors = AutoStream::choice(&stdout) != ColorChoice::Never;
        Self { has_colors, has_links: has_colors && stdout.is_terminal() }
    }

    /// Returns a severity or disposition in its colour.
    pub(super) fn graded(self, word: &str) -> String {
        let color = match word {
            "Critical" | "High" | "Malicious" => AnsiColor::Red,
            "Medium" | "Suspicious" => AnsiColor::Yellow,
            "Low" | "Clean" => AnsiColor::Green,
            _ => AnsiColor::Cyan,
        };
        self.styled(color.on_default(), word)
    }

    /// Returns text that matters most.
    pub(super) fn strong(self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    /// Returns text that matters least.
    pub(super) fn faint(self, text: &str) -> String {
        self.styled(Style::new().dimmed(), text)
    }

    fn styled(self, style: Style, text: &str) -> String {
        if self.has_colors { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Returns `text` as a link to `url`, if there is one. Both are printable.
    pub(super) fn linked(self, text: &str, url: Option<&str>) -> String {
        match url.filter(|_| self.has_links) {
            Some(url) => format!("\u{1b}]8;;{}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\", printable(url)),
            None => text.to_owned(),
        }
    }
}

/// Returns text of strangers without signs that would steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|sign| if steers(sign) { '\u{fffd}' } else { sign }).collect()
}

/// Returns true for signs that a terminal obeys, and those that turn the order of letters.
fn steers(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const RICH: Looks = Looks { has_colors: true, has_links: true };

    #[test]
    fn text_does_not_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c");
        let link = RICH.linked("name", Some("https://a.example/\u{1b}\\x"));
        assert_eq!(link, "\u{1b}]8;;https://a.example/\u{fffd}\\x\u{1b}\\name\u{1b}]8;;\u{1b}\\");
    }

    #[test]
    fn plain_looks_leave_text_as_it_is() {
        let plain = Looks::default();
        assert_eq!(plain.graded("High") + &plain.strong("a") + &plain.faint("b"), "Highab");
        assert_eq!(plain.linked("name", Some("https://a.example/")), "name");
        assert_eq!(RICH.graded("High"), "\u{1b}[31mHigh\u{1b}[0m");
        assert_eq!(RICH.linked("name", None), "name");
    }
}
