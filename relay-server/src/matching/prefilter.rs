//! Tells texts and JSON that cannot hold a value from those that may, without decoding or reading
//! them.

use aho_corasick::Span;
use aho_corasick::packed::Searcher;

use super::forms::Form;

/// Looks for a part that all texts with a form of the value have in common.
#[derive(Debug)]
pub(super) struct Prefilter {
    searcher: Searcher,
    /// For each pattern the part that it belongs to and its place therein; none for marks, behind
    /// which anything may be.
    places: Vec<Option<(String, usize)>>,
}

/// The parts of a value that are compared, in bytes.
const MAX_PART: usize = 64;

/// The length of a pattern: long enough to be rare, short enough for all cases of its letters.
const PATTERN: usize = 4;

/// The shortest part that is looked for.
const MIN_PART: usize = 3;

/// The start of any character as JSON may write it.
const ESCAPE: &str = "\\u0";

/// The marks that people and programs write for a character that separates the words of a value, up
/// to three characters of each in all cases.
///
/// With those of all three, a MAC address has some 60 patterns, and vector instructions look for no
/// more than 64; none is shorter than the start of an escape, since they need three characters.
const MARKS: [(char, &[&str]); 3] = [
    (
        '.',
        &["[.]", "(.)", "{.}", "[do", "[DO", "[Do", "(do", "(DO", "(Do", "{do", "{DO", "{Do", "%2e", "%2E"],
    ),
    (':', &["[:]", "%3a", "%3A"]),
    (' ', &["%20"]),
];

impl Prefilter {
    /// The prefilter for a value of these forms; none if they have nothing in common that could be
    /// looked for, or the processor has no vector instructions to look for it.
    pub(super) fn new(forms: &[Form]) -> Option<Self> {
        if forms.iter().any(|form| !form.text.is_ascii()) {
            return None;
        }
        let mut parts: Vec<String> = Vec::new();
        for form in forms {
            if !parts.iter().any(|part| form.text.contains(part.as_str())) {
                parts.push(part_of(&form.text)?);
            }
        }
        let (mut patterns, mut places) = (vec![ESCAPE.to_owned()], vec![None]);
        let is_in_parts = |separator: char| parts.iter().any(|part| part.contains(separator));
        let needed = MARKS.into_iter().filter(|(separator, _)| is_in_parts(*separator));
        for mark in needed.flat_map(|(_, marks)| marks) {
            patterns.push((*mark).to_owned());
            places.push(None);
        }
        for part in parts {
            let offset = offset_of_pattern(&part);
            let pattern = part.get(offset..part.len().min(offset + PATTERN)).unwrap_or_default();
            for pattern in all_cases(pattern) {
                patterns.push(pattern);
                places.push(Some((part.clone(), offset)));
            }
        }
        Some(Self { searcher: Searcher::new(patterns)?, places })
    }

    /// Returns false if no form of the value can be in this text or JSON.
    pub(super) fn may_hold(&self, text: &str) -> bool {
        let mut from = 0;
        while let Some(hit) = self.searcher.find_in(text, Span { start: from, end: text.len() }) {
            let Some(Some((part, offset))) = self.places.get(hit.pattern().as_usize()) else { return true };
            let start = hit.start().checked_sub(*offset);
            let found = start.and_then(|start| text.as_bytes().get(start..start + part.len()));
            if found.is_some_and(|found| found.eq_ignore_ascii_case(part.as_bytes())) {
                return true;
            }
            from = hit.start() + 1;
        }
        false
    }
}

/// A part of a form that every text with it has: its longest word, which neither JSON nor URLs nor
/// people write otherwise, or the whole form if it has only short words.
fn part_of(form: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let words = form.split(|c: char| !is_plain(c)).filter(|word| !word.contains("http") && *word != "ftp");
    let word = words.max_by_key(|word| word.len()).filter(|word| word.len() >= MIN_PART);
    let whole = || {
        let is_as_written = form.chars().all(|c| is_plain(c) || matches!(c, '.' | ':' | ' '));
        Some(form).filter(|form| is_as_written && form.len() >= MIN_PART && !form.contains("http"))
    };
    word.or_else(whole).map(|part| part.get(..MAX_PART).unwrap_or(part).to_owned())
}

/// The place of the pattern with the fewest letters.
fn offset_of_pattern(part: &str) -> usize {
    let letters = |window: &[u8]| window.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let windows = part.as_bytes().windows(PATTERN).enumerate();
    windows.min_by_key(|(_, window)| letters(window)).map_or(0, |(offset, _)| offset)
}

/// The pattern in all cases of its letters.
fn all_cases(pattern: &str) -> Vec<String> {
    pattern.chars().fold(vec![String::new()], |starts, c| {
        let (lower, upper) = (c.to_ascii_lowercase(), c.to_ascii_uppercase());
        let cases = if lower == upper { vec![c] } else { vec![lower, upper] };
        starts.iter().flat_map(|start| cases.iter().map(move |c| format!("{start}{c}"))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::forms::forms;
    use super::*;

    #[test]
    fn patterns_are_few_enough_for_vector_instructions() {
        for value in ["aa:bb:cc:dd:ee:ff", "ab.cd:ef gh", "10.0.0.1", "al bo", "evil.example"] {
            let Prefilter { places, .. } = Prefilter::new(&forms(value)).unwrap();
            assert!(places.len() <= 64, "{value}: {}", places.len());
        }
    }
}
