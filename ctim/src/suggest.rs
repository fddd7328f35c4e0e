//! "Did you mean" for words that are not on their vocabulary's list.

use crate::model::{Values, VocabularyInfo};

/// The name of the vocabulary of types of observables. Vocabularies depend on this file, so it
/// cannot take the name from there.
const OBSERVABLE_TYPES: &str = "ObservableTypeIdentifier";

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
    /// Returns the listed word that `text` was meant to be; none if that is not plain, since a
    /// report is mended by it.
    pub(crate) fn nearest(&mut self, text: &str, vocabulary: &VocabularyInfo) -> Option<&'static str> {
        const LONGEST: usize = 64;
        let Values::Texts(words) = vocabulary.values else { return None };
        if self.left == 0 || text.len() > LONGEST {
            return None;
        }
        self.left -= 1;
        let folded = fold(text);
        if let Some(word) = other_name(&folded, vocabulary) {
            return Some(word);
        }
        let near = words.iter().filter(|word| digits(word).eq(digits(&folded)));
        let near = near.map(|word| (strsim::osa_distance(&folded, &fold(word)), *word));
        let mut near: Vec<_> = near.filter(|(distance, _)| *distance <= slips(&folded)).collect();
        near.sort_unstable();
        match near.as_slice() {
            [(_, word)] => Some(word),
            [(first, word), (second, _), ..] if first < second => Some(word),
            _ => None,
        }
    }
}

/// Returns the most letters that may be wrong: with more, or in a short word, it can be another
/// word.
fn slips(word: &str) -> usize {
    match word.chars().count() {
        0..=3 => 0,
        4..=9 => 1,
        _ => 2,
    }
}

/// Returns the digits of a word, which tell it from its neighbours, such as `ipv6`, `sha1` and
/// `sha256`.
fn digits(word: &str) -> impl Iterator<Item = char> + '_ {
    word.chars().filter(char::is_ascii_digit)
}

/// Returns the word without what makes no difference: case, and the characters between words.
fn fold(word: &str) -> String {
    let letters = word.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-' | '.'));
    letters.flat_map(char::to_lowercase).collect()
}

/// Returns the type of observable that other products, STIX among them, call by this name.
fn other_name(folded: &str, vocabulary: &VocabularyInfo) -> Option<&'static str> {
    if vocabulary.name != OBSERVABLE_TYPES {
        return None;
    }
    Some(match folded {
        "ipv4" | "ipv4addr" | "ipv4address" | "ipaddress" => "ip",
        "ipv6addr" | "ipv6address" => "ipv6",
        "domainname" | "fqdn" => "domain",
        "emailaddr" | "emailaddress" => "email",
        "mac" | "macaddr" => "mac_address",
        "username" => "user",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{ObservableTypeIdentifier, RelationshipType, Severity};

    #[test]
    fn the_nearest_word_is_found() {
        let cases: [(&str, &VocabularyInfo, Option<&str>); 19] = [
            ("high", Severity::INFO, Some("High")),
            ("Hgih", Severity::INFO, Some("High")),
            ("critcal", Severity::INFO, Some("Critical")),
            ("Apocalyptic", Severity::INFO, None),
            ("", Severity::INFO, None),
            ("IPv6", ObservableTypeIdentifier::INFO, Some("ipv6")),
            ("SHA-256", ObservableTypeIdentifier::INFO, Some("sha256")),
            ("ipv4", ObservableTypeIdentifier::INFO, Some("ip")),
            ("ipv4-addr", ObservableTypeIdentifier::INFO, Some("ip")),
            ("ipv9", ObservableTypeIdentifier::INFO, None),
            ("sha255", ObservableTypeIdentifier::INFO, None),
            ("email_address", ObservableTypeIdentifier::INFO, Some("email")),
            ("file_hash", ObservableTypeIdentifier::INFO, None),
            ("file_paht", ObservableTypeIdentifier::INFO, Some("file_path")),
            ("FQDN", ObservableTypeIdentifier::INFO, Some("domain")),
            ("id", ObservableTypeIdentifier::INFO, None),
            ("username", ObservableTypeIdentifier::INFO, Some("user")),
            ("mac address", ObservableTypeIdentifier::INFO, Some("mac_address")),
            ("sighting_of", RelationshipType::INFO, Some("sighting-of")),
        ];
        for (text, vocabulary, expected) in cases {
            assert_eq!(Suggestions::default().nearest(text, vocabulary), expected, "{text}");
        }
    }

    #[test]
    fn other_names_stand_for_listed_words() {
        let Values::Texts(words) = ObservableTypeIdentifier::INFO.values else { panic!("texts") };
        for name in ["ipv4", "ipv6-addr", "fqdn", "email-addr", "mac-addr", "username"] {
            let word = Suggestions::default().nearest(name, ObservableTypeIdentifier::INFO);
            assert!(word.is_some_and(|word| words.contains(&word)), "{name}: {word:?}");
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
