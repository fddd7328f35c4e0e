//! Defanged values, such as `hxxp://evil[.]example`: written so that nobody follows them.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// The defanged forms, each with its plain form.
const FORMS: [(&str, &str); 17] = [
    ("hxxp", "http"),
    ("h**p", "http"),
    ("fxp://", "ftp://"),
    ("[://]", "://"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[:]", ":"),
    ("[@]", "@"),
    ("(@)", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
    ("{at}", "@"),
    ("[/]", "/"),
];

/// Finds the forms in any case of their letters. None only if they were too many to build it.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostFirst);
    builder.build(FORMS.map(|(form, _)| form)).ok()
});

/// Returns `text` with defanged values made whole again: `hxxp://evil[.]example` is
/// `http://evil.example`.
pub fn refanged(text: &str) -> Cow<'_, str> {
    match FINDER.as_ref() {
        Some(finder) if finder.is_match(text) => {
            Cow::Owned(finder.replace_all(text, &FORMS.map(|(_, plain)| plain)))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Returns false for most texts without a form, in less time than a search takes. `text` is in
/// lower case.
pub(crate) fn may_be_defanged(text: &str) -> bool {
    memchr::memchr3(b'[', b'(', b'{', text.as_bytes()).is_some()
        || text.contains("xp")
        || text.contains("**p")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_becomes_plain_in_any_case() {
        for (form, plain) in FORMS {
            assert_eq!(refanged(&format!("a{form}b")), format!("a{plain}b"));
            assert_eq!(refanged(&format!("Ä{}B", form.to_uppercase())), format!("Ä{plain}B"));
            assert!(may_be_defanged(&format!("a{form}b")), "{form}");
        }
        assert_eq!(refanged("HXXPs[:]//Evil[.]Example(dot)net"), "https://Evil.Example.net");
    }

    #[test]
    fn a_text_without_forms_is_borrowed() {
        for text in ["", "plain", "f(x) [y] {z} *", "fxp", "dot at", "10.0.0.1"] {
            assert!(matches!(refanged(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        for text in ["", "plain", "10.0.0.1", "http://a.example/x?y=*"] {
            assert!(!may_be_defanged(text), "{text}");
        }
    }
}
