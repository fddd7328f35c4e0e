//! "Did you mean" for words that are not on their vocabulary's list.

use crate::model::{Values, VocabularyInfo};

/// Finds the nearest listed words, for so many words as a reader of a report will look at.
pub(crate) struct Suggestions {
    /// Bounds the time that hostile input can take.
    left: usize,
}

impl Default for Suggestions {
    fn default() -> Self {
        Self { left: 100 }
    }
}

impl Suggestions {
    /// The listed word that is most like `text`; none if none is near.
    pub(crate) fn nearest(&mut self, text: &str, vocabulary: &VocabularyInfo) -> Option<&'static str> {
        const LONGEST: usize = 64;
        let Values::Texts(words) = vocabulary.values else { return None };
        if self.left == 0 || text.len() > LONGEST {
            return None;
        }
        self.left -= 1;
        let folded = fold(text);
        // A third of the letters may be wrong; more is another word.
        let most = folded.chars().count() / 3;
        words
            .iter()
            .map(|word| (strsim::osa_distance(&folded, &fold(word)), *word))
            .filter(|(distance, _)| *distance <= most)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, word)| word)
    }
}

/// Case and the character between words make no difference.
fn fold(word: &str) -> String {
    word.trim()
        .chars()
        .map(|letter| if matches!(letter, ' ' | '_') { '-' } else { letter })
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{ObservableTypeIdentifier, RelationshipType, Severity};

    #[test]
    fn the_nearest_word_is_found() {
        let cases: [(&str, &VocabularyInfo, Option<&str>); 9] = [
            ("high", Severity::INFO, Some("High")),
            ("Hgih", Severity::INFO, Some("High")),
            ("critcal", Severity::INFO, Some("Critical")),
            ("Apocalyptic", Severity::INFO, None),
            ("", Severity::INFO, None),
            ("IPv6", ObservableTypeIdentifier::INFO, Some("ipv6")),
            ("SHA-256", ObservableTypeIdentifier::INFO, Some("sha256")),
            ("mac address", ObservableTypeIdentifier::INFO, Some("mac_address")),
            ("sighting_of", RelationshipType::INFO, Some("sighting-of")),
        ];
        for (text, vocabulary, expected) in cases {
            assert_eq!(Suggestions::default().nearest(text, vocabulary), expected, "{text}");
        }
    }

    #[test]
    fn the_work_is_bounded() {
        let mut suggestions = Suggestions::default();
        let found = (0..200).filter(|_| suggestions.nearest("high", Severity::INFO).is_some()).count();
        assert_eq!(found, 100);
        assert_eq!(Suggestions::default().nearest(&"x".repeat(65), Severity::INFO), None);
    }
}
