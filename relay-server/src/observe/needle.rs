//! Whether a text names an observable: same letters in any case, and nothing that makes it another name.

use std::cell::RefCell;
use std::net::{Ipv4Addr, Ipv6Addr};

use memchr::arch::all::packedpair::Pair;
use memchr::memmem;

/// An observable's value, ready to be looked for in many texts.
///
/// A value is found where it stands on its own: `10.0.0.1` in `from 10.0.0.1:443`, not in
/// `10.0.0.12`; `cisco.com` in `www.cisco.com` and `https://cisco.com/x`, not in `notcisco.com` or
/// `cisco.com.evil.net`.
#[derive(Debug)]
pub(crate) struct Needle {
    value: String,
    case: Case,
    /// The byte of the value that texts hold least often, in both cases.
    rarest: [u8; 2],
    /// Looks for the value in folded texts, in time that is linear in theirs and its length.
    finder: memmem::Finder<'static>,
    shape: Shape,
    probe: Option<Probe>,
}

/// How texts are folded, so that letters match in any case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Case {
    /// The value has no letters.
    None,
    /// Letters beyond ASCII cannot match.
    Ascii,
    Unicode,
}

impl Case {
    fn of(value: &str) -> Self {
        if !value.is_ascii() {
            Self::Unicode
        } else if value.contains(|c: char| c.is_ascii_alphabetic()) {
            Self::Ascii
        } else {
            Self::None
        }
    }
}

/// Texts above this size are folded in memory of their own, in bytes.
const MAX_SCRATCH: usize = 64 * 1024;

thread_local! {
    /// Where texts are folded, one after the other.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Gives `look` the text with its ASCII letters in lower case, each at its place.
fn in_lower_case<T>(text: &[u8], look: impl FnOnce(&[u8]) -> T) -> T {
    if text.len() > MAX_SCRATCH {
        return look(&text.to_ascii_lowercase());
    }
    SCRATCH.with_borrow_mut(|folded| {
        folded.clear();
        folded.extend(text.iter().map(u8::to_ascii_lowercase));
        look(folded)
    })
}

/// Tells JSON texts that cannot hold the value from those that may.
///
/// It looks for a part of the value that JSON writes as it is, unless it writes it with `\u`: one without letters where
/// there is one of some length, since there is but one form of it, or else the longest.
#[derive(Debug)]
struct Probe {
    /// Looks for the part, with its letters in lower case.
    finder: memmem::Finder<'static>,
    /// Where in the part its rarest byte is; none when the part has no letters.
    rarest: Option<usize>,
    /// Looks for characters that are written with `\u`.
    escape: memmem::Finder<'static>,
}

/// How long a part without letters has to be to tell texts apart, in bytes.
const MIN_WITHOUT_LETTERS: usize = 4;

impl Probe {
    /// A probe for an ASCII value; none when all of it could be written in more than one way.
    fn new(value: &str) -> Option<Self> {
        let is_written_differently = |c: char| c.is_ascii_control() || matches!(c, '"' | '\\' | '/');
        let without_letters = value
            .split(|c: char| is_written_differently(c) || c.is_ascii_alphabetic())
            .max_by_key(|part| part.len())
            .filter(|part| part.len() >= MIN_WITHOUT_LETTERS);
        let longest = || value.split(is_written_differently).max_by_key(|part| part.len());
        let part = without_letters.or_else(longest).filter(|part| !part.is_empty())?.to_ascii_lowercase();
        let has_letters = part.contains(|c: char| c.is_ascii_alphabetic());
        Some(Self {
            rarest: has_letters.then(|| rarest_of(part.as_bytes())),
            finder: memmem::Finder::new(&part).into_owned(),
            escape: memmem::Finder::new(b"\\u"),
        })
    }

    /// Whether the value may be in a JSON text.
    fn may_be_in(&self, json: &[u8]) -> bool {
        let is_in = |json: &[u8]| self.finder.find(json).is_some();
        let has_escape = || self.escape.find(json).is_some();
        match self.rarest {
            None => is_in(json) || has_escape(),
            Some(rarest) => {
                self.is_around(rarest, json).unwrap_or_else(|| in_lower_case(json, is_in) || has_escape())
            }
        }
    }

    /// Whether the part, in any case, is around one of the places where its rarest byte is, or an escape is in the text;
    /// none when there are so many places that to look at each would take longer than to fold the text.
    fn is_around(&self, rarest: usize, json: &[u8]) -> Option<bool> {
        let part = self.finder.needle();
        let byte = *part.get(rarest)?;
        let mut allowance = json.len();
        for place in memchr::memchr3_iter(byte, byte.to_ascii_uppercase(), b'\\', json) {
            allowance = allowance.checked_sub(part.len().max(MIN_DISTANCE))?;
            let is_it = if json.get(place) == Some(&b'\\') {
                json.get(place + 1) == Some(&b'u')
            } else {
                let there = place.checked_sub(rarest).and_then(|start| json.get(start..start + part.len()));
                there.is_some_and(|there| there.eq_ignore_ascii_case(part))
            };
            if is_it {
                return Some(true);
            }
        }
        Some(false)
    }
}

/// Where the byte of a value is that texts hold least often.
fn rarest_of(value: &[u8]) -> usize {
    Pair::new(value).map_or(0, |pair| pair.index1().into())
}

/// How far apart the places must be, on average and in bytes, at which a part is looked for.
const MIN_DISTANCE: usize = 32;

/// What decides where a value ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shape {
    Ipv4,
    Ipv6,
    /// Hexadecimal digits alone, such as a file hash.
    Hex,
    /// Anything else: hyphens and underscores join names.
    Name,
}

impl Shape {
    fn of(value: &str) -> Self {
        if value.parse::<Ipv4Addr>().is_ok() {
            Self::Ipv4
        } else if value.parse::<Ipv6Addr>().is_ok() {
            Self::Ipv6
        } else if value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit()) {
            Self::Hex
        } else {
            Self::Name
        }
    }

    /// Whether a value goes on with `c`, so that it would be another value.
    fn goes_on_with(self, c: char) -> bool {
        c.is_alphanumeric() || (self == Self::Name && matches!(c, '-' | '_'))
    }
}

impl Needle {
    /// Makes ready to look for `value`.
    pub(crate) fn new(value: &str) -> Self {
        let case = Case::of(value);
        let rarest = value.as_bytes().get(rarest_of(value.as_bytes())).copied().unwrap_or_default();
        Self {
            value: value.to_owned(),
            case,
            rarest: [rarest.to_ascii_lowercase(), rarest.to_ascii_uppercase()],
            finder: memmem::Finder::new(&value.to_lowercase()).into_owned(),
            shape: Shape::of(value),
            probe: if case == Case::Unicode { None } else { Probe::new(value) },
        }
    }

    /// Whether a JSON text may hold a text or number that names the value. When it does not, none does; when it does,
    /// only a look at each of them tells.
    pub(crate) fn may_be_in_json(&self, json: &[u8]) -> bool {
        self.probe.as_ref().is_none_or(|probe| probe.may_be_in(json))
    }

    /// Whether `text` names the value.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        if text.len() < self.value.len() && text.is_ascii() {
            return false;
        }
        match self.case {
            Case::None => self.stands_alone_in(text, text.as_bytes()),
            Case::Ascii => {
                let [lower, upper] = self.rarest;
                memchr::memchr2(lower, upper, text.as_bytes()).is_some()
                    && in_lower_case(text.as_bytes(), |folded| self.stands_alone_in(text, folded))
            }
            Case::Unicode => {
                let text = text.to_lowercase();
                self.stands_alone_in(&text, text.as_bytes())
            }
        }
    }

    /// Whether the value is in `folded` and stands on its own there; `text` is the same but for the case of letters.
    fn stands_alone_in(&self, text: &str, folded: &[u8]) -> bool {
        let mut from = 0;
        while let Some(start) = folded.get(from..).and_then(|rest| self.finder.find(rest)) {
            let (start, end) = (from + start, from + start + self.finder.needle().len());
            if self.starts_at(text, start, end) && self.ends_at(text, start, end) {
                return true;
            }
            from = start + self.step_over(text.get(start..).unwrap_or_default());
        }
        false
    }

    /// How far the next place is that the value could start at, from one where it does not stand on its own: beyond the
    /// word there, since all other places in it have a part of the word before them. Without that, long values that repeat
    /// themselves would take quadratic time.
    fn step_over(&self, rest: &str) -> usize {
        let first = rest.chars().next();
        let is_word = matches!(self.shape, Shape::Hex | Shape::Name)
            && first.is_some_and(|first| self.shape.goes_on_with(first));
        if is_word {
            rest.find(|c| !self.shape.goes_on_with(c)).unwrap_or(rest.len())
        } else {
            first.map_or(1, char::len_utf8)
        }
    }

    /// Whether a whole number is the value.
    pub(crate) fn is_number(&self, number: impl Into<i128>) -> bool {
        self.value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && self.value == number.into().to_string()
    }

    /// Whether nothing before `start` belongs to the value that was found there.
    fn starts_at(&self, text: &str, start: usize, end: usize) -> bool {
        let first = text.get(start..end).and_then(|found| found.chars().next());
        if first.is_none_or(|first| !self.shape.goes_on_with(first)) && self.shape != Shape::Ipv6 {
            return true;
        }
        let mut before = text.get(..start).unwrap_or_default().chars();
        match (before.next_back(), self.shape) {
            (None, _) => true,
            (Some('.'), Shape::Ipv4) => before.next_back().is_none_or(|c| !c.is_ascii_digit()),
            (Some(':'), Shape::Ipv6) => !ends_with_group(before.as_str()),
            (Some(c), shape) => !shape.goes_on_with(c),
        }
    }

    /// Whether nothing from `end` on belongs to the value that was found before.
    fn ends_at(&self, text: &str, start: usize, end: usize) -> bool {
        let last = text.get(start..end).and_then(|found| found.chars().next_back());
        if last.is_none_or(|last| !self.shape.goes_on_with(last)) && self.shape != Shape::Ipv6 {
            return true;
        }
        let mut after = text.get(end..).unwrap_or_default().chars();
        match (after.next(), self.shape) {
            (None, _) => true,
            (Some('.'), shape) => after.next().is_none_or(|c| !shape.goes_on_with(c)),
            (Some(':'), Shape::Ipv6) => after.next().is_none_or(|c| c != ':' && !c.is_ascii_hexdigit()),
            (Some(c), shape) => !shape.goes_on_with(c),
        }
    }
}

/// Whether the text ends with a group of an IPv6 address: up to four hexadecimal digits, or the
/// colon of a `::`.
fn ends_with_group(text: &str) -> bool {
    let word = text.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if word.is_empty() {
        return text.ends_with(':');
    }
    word.len() <= 4 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::Needle;

    #[test]
    fn a_value_is_found_where_it_stands_on_its_own() {
        for (value, texts) in [
            (
                "10.0.0.1",
                &[
                    "10.0.0.1",
                    "from 10.0.0.1:443",
                    "10.0.0.1.",
                    "10.0.0.1-10.0.0.9",
                    "[10.0.0.1]",
                    "ip=10.0.0.1,",
                ][..],
            ),
            (
                "cisco.com",
                &["www.cisco.com", "a@cisco.com", "https://cisco.com/x", "CISCO.COM", "cisco.com. Then"],
            ),
            ("ad.lan.cyberthre.at", &["AD.lan.cyberthre.at"]),
            ("2001:db8::1", &["2001:DB8::1", "[2001:db8::1]:443", "source:2001:db8::1", "2001:db8::1%eth0"]),
            ("::1", &["::1", "[::1]:80", "host ::1"]),
            ("C:\\Temp\\it's \"x\".exe", &["run c:\\temp\\IT'S \"x\".exe now"]),
            ("line one\nline two", &["a line one\nline two b"]),
            ("iaredden", &["LAN\\iaredden", "iaredden@lan", "Account:\tiaredden\r\n"]),
            (
                "d41d8cd98f00b204e9800998ecf8427e",
                &["MD5=D41D8CD98F00B204E9800998ECF8427E;", "md5-d41d8cd98f00b204e9800998ecf8427e"],
            ),
            ("https://a.example/x/", &["https://a.example/x/y"]),
            ("MÜLLER", &["müller", "Herr Müller "]),
            ("a.a", &["xa.a.a"]),
            ("straße", &["STRAßE 1"]),
        ] {
            for text in texts {
                assert!(Needle::new(value).is_in(text), "{value:?} in {text:?}");
            }
        }
    }

    #[test]
    fn json_that_cannot_hold_a_value_is_told_from_json_that_may() {
        for (value, json, may) in [
            ("evil.example", r#"{"a": "www.EVIL.example:443"}"#, true),
            ("evil.example", r#"{"a": "www.evil.org", "b": "example"}"#, false),
            ("evil.example", r#"["evil\u002eexample"]"#, true),
            ("10.0.0.1", r#"["10.0.0.9", 10.0]"#, false),
            ("10.0.0.1", r#"["10.0.0.1"]"#, true),
            ("4776", "[1, {\"a\": 4776}]", true),
            ("-5", "[5]", false),
            ("ws-00421.example", r#"["WS-00421.EXAMPLE"]"#, true),
            ("ws-00421.example", r#"["ws-00422.example"]"#, false),
            ("d41d8cd98f00b204e9800998ecf8427e", r#"["D41D8CD98F00B204E9800998ECF8427E"]"#, true),
            ("C:\\Temp\\it's \"x\".exe", r#"["c:\\temp\\IT'S \"x\".exe"]"#, true),
            ("C:\\Temp\\it's \"x\".exe", r#"["c:\\temp\\other.exe"]"#, false),
            ("https://a.example/x", r#"["https:\/\/A.EXAMPLE\/x"]"#, true),
            ("straße", r#"["nothing of it"]"#, true),
            ("\"\\/", r#"["nothing of it"]"#, true),
            ("jazz", r#"["j\\a", "jaz", "jazzy", 1]"#, true),
            ("jazz", r#"["z", "zz", "azz", "jaz", "j\\azz"]"#, false),
            ("zebra", r#"["ZEBR", "a zebra"]"#, true),
        ] {
            // Long texts are looked at in another way than short ones.
            for json in [json.to_owned(), json.to_owned() + &" ".repeat(4000)] {
                assert_eq!(Needle::new(value).may_be_in_json(json.as_bytes()), may, "{value:?} in {json}");
            }
        }
    }

    #[test]
    fn a_part_of_another_value_is_not_found() {
        for (value, texts) in [
            ("10.0.0.1", &["10.0.0.12", "110.0.0.1", "1.10.0.0.1", "10.0.0.1.5", "10.0.0.1a", ""][..]),
            (
                "cisco.com",
                &[
                    "notcisco.com",
                    "cisco.com.evil.net",
                    "not-cisco.com",
                    "cisco.com-evil.net",
                    "cisco.community",
                    "xcisco.com",
                ],
            ),
            ("2001:db8::1", &["2001:db8::12", "2001:db8::1:5", "a:2001:db8::1", "2001:db8::1::"]),
            ("::1", &["fe80::1", "::12", "1:::1"]),
            ("iaredden", &["iaredden2", "xiaredden", "iaredden-admin", "iaredden.smith"]),
            (
                "d41d8cd98f00b204e9800998ecf8427e",
                &["d41d8cd98f00b204e9800998ecf8427e0", "0d41d8cd98f00b204e9800998ecf8427e"],
            ),
            ("müller", &["müllerin", "muller"]),
        ] {
            for text in texts {
                assert!(!Needle::new(value).is_in(text), "{value:?} in {text:?}");
            }
        }
    }

    #[test]
    fn numbers_match_whole() {
        let needle = Needle::new("4776");
        assert!(needle.is_number(4776) && !needle.is_number(47760));
        assert!(!Needle::new("a").is_number(1));
        assert!(Needle::new("-5").is_number(-5));
    }

    #[test]
    fn long_values_that_repeat_themselves_are_found_without_delay() {
        for length in [100, 128, 129, 16_000] {
            let value = "x".repeat(length);
            let needle = Needle::new(&value);
            assert!(needle.is_in(&format!("an {} or so", value.to_uppercase())), "{length}");
            assert!(!needle.is_in(&"x".repeat(length + 1)), "{length}");
            assert!(!needle.is_in(&"x".repeat(1_000_000)), "{length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_value_is_found_between_blanks(value in "\\PC{1,20}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before} {value} {after}");
            proptest::prop_assert!(Needle::new(&value).is_in(&text));
            proptest::prop_assert!(Needle::new(&value.to_lowercase()).is_in(&text.to_lowercase()));
        }

        #[test]
        fn what_is_found_may_be_in_its_json(value in "\\PC{1,20}|[a-c\"\\\\/\n]{1,6}", before in "\\PC{0,9}", after in "\\PC{0,9}") {
            let text = format!("{before} {} {after}", value.to_uppercase());
            let needle = Needle::new(&value);
            if needle.is_in(&text) {
                let json = serde_json::to_string(&text).unwrap();
                for json in [json.replace('/', "\\/"), json.clone() + &" ".repeat(4000), json] {
                    proptest::prop_assert!(needle.may_be_in_json(json.as_bytes()), "{json}");
                }
            }
        }

        #[test]
        fn any_text_is_looked_through(value in "\\PC{1,5}", text: String) {
            let _ = Needle::new(&value).is_in(&text);
        }
    }
}
