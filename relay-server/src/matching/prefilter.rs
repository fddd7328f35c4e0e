//! Tells texts and JSON that cannot hold a value from those that may, without decoding or reading
//! them.

use aho_corasick::Span;
use aho_corasick::packed::{Config, Searcher};

use super::forms::Form;

/// Looks for a part that all texts with a form of the value have in common.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// Finds marks, behind which anything may be, and patterns of the parts.
    searcher: Searcher,
    /// The number of marks, which are the first patterns.
    marks: usize,
    /// The place of its patterns in each part, and the part.
    parts: Vec<(usize, String)>,
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
        let mut patterns = vec![ESCAPE.to_owned()];
        let is_in_parts = |separator: char| parts.iter().any(|part| part.contains(separator));
        let needed = MARKS.into_iter().filter(|(separator, _)| is_in_parts(*separator));
        patterns.extend(needed.flat_map(|(_, marks)| marks).map(|mark| (*mark).to_owned()));
        let marks = patterns.len();
        let parts: Vec<_> = parts.into_iter().map(|part| (offset_of_pattern(&part), part)).collect();
        patterns.extend(parts.iter().flat_map(patterns_of));
        // Processors with short vectors look for many patterns more slowly, but still faster than
        // texts are read.
        let searcher = Config::new().heuristic_pattern_limits(false).builder().extend(patterns).build()?;
        Some(Self { searcher, marks, parts })
    }

    /// Returns false if no form of the value can be in this text or JSON.
    pub(super) fn may_hold(&self, text: &str) -> bool {
        let mut from = 0;
        while let Some(hit) = self.searcher.find_in(text, Span { start: from, end: text.len() }) {
            if hit.pattern().as_usize() < self.marks || self.has_part_at(text, hit.start()) {
                return true;
            }
            from = hit.start() + 1;
        }
        false
    }

    /// Returns true if any part has a pattern at this place, since parts may have one in common.
    fn has_part_at(&self, text: &str, place: usize) -> bool {
        self.parts.iter().any(|(offset, part)| {
            let start = place.checked_sub(*offset);
            let found = start.and_then(|start| text.as_bytes().get(start..start + part.len()));
            found.is_some_and(|found| found.eq_ignore_ascii_case(part.as_bytes()))
        })
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

/// The patterns of a part.
fn patterns_of((offset, part): &(usize, String)) -> Vec<String> {
    all_cases(part.get(*offset..part.len().min(offset + PATTERN)).unwrap_or_default())
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
    fn patterns_are_few_and_long_enough_for_vector_instructions() {
        assert!(MARKS.iter().flat_map(|(_, marks)| *marks).all(|mark| mark.len() >= ESCAPE.len()));

        for value in ["aa:bb:cc:dd:ee:ff", "ab.cd:ef gh", "10.0.0.1", "al bo", "evil.example"] {
            let Prefilter { marks, parts, .. } = Prefilter::new(&forms(value)).unwrap();
            let of_parts: Vec<_> = parts.iter().flat_map(patterns_of).collect();
            assert!(of_parts.iter().all(|pattern| pattern.len() >= ESCAPE.len()), "{value}: {of_parts:?}");
            assert!(marks + of_parts.len() <= 64, "{value}: {marks}, {}", of_parts.len());
        }
    }

    #[test]
    fn parts_may_have_a_pattern_in_common() {
        let form = |text: &str| Form { text: text.into(), kinds: 0, is_part: false };
        let prefilter = Prefilter::new(&["abcdefg", "abcdxyz"].map(form)).unwrap();
        for (text, may_hold) in [("an abcdefg", true), ("an ABCDXYZ", true), ("abcd abcdef", false)] {
            assert_eq!(prefilter.may_hold(text), may_hold, "{text}");
        }
    }
}
