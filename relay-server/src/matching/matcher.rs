//! Looks for one value in many texts.

use std::net::IpAddr;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem;

use super::boundary::stands_alone;
use super::finding::Findings;
use super::forms::{Form, forms};
use super::ip_token::is_address;
use super::kind::{Kind, address};
use super::prefilter::Prefilter;
use super::query_syntax::is_plain_word;
use super::reading::{percent_decoded_lossy, reading};

/// The forms of one value, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Matcher {
    value: String,
    forms: Vec<Form>,
    /// Finds all forms in a reading, in time that is linear in its length; none if they are too
    /// long for one, see [`MAX_AUTOMATON`].
    automaton: Option<AhoCorasick>,
    /// The length of the shortest text that can hold the value, in bytes.
    shortest: usize,
    /// The address that the value is, if it is one.
    address: Option<IpAddr>,
    is_ascii: bool,
    prefilter: Option<Prefilter>,
}

/// The length of all forms up to which they are looked for by an automaton, in bytes. It takes 30
/// times as much memory.
const MAX_AUTOMATON: usize = 4 * 1024;

impl Matcher {
    pub(crate) fn new(value: &str) -> Self {
        let forms = forms(value);
        let length: usize = forms.iter().map(|form| form.text.len()).sum();
        let texts = forms.iter().map(|form| &form.text);
        let is_ascii = forms.iter().all(|form| form.text.is_ascii());
        let shortest = forms.iter().map(|form| form.text.len()).min().unwrap_or_default();
        // Few texts get as far as this automaton: one that is soon made is better than a fast one.
        let kind = Some(AhoCorasickKind::NoncontiguousNFA);
        Self {
            value: value.to_owned(),
            automaton: (length <= MAX_AUTOMATON)
                .then(|| AhoCorasick::builder().kind(kind).build(texts).ok())
                .flatten(),
            // Only letters beyond ASCII can make the reading of a text longer than it.
            shortest: if is_ascii { shortest } else { 0 },
            address: address(value),
            is_ascii,
            prefilter: if value.is_ascii() { Prefilter::new(&forms) } else { None },
            forms,
        }
    }

    /// Looks for the value in a text.
    pub(crate) fn look_in(&self, text: &str) -> Findings {
        let mut findings = Findings::default();
        if text.len() < self.shortest || !self.may_be_in(text) {
            return findings;
        }
        self.look_in_reading(&reading(text, self.is_ascii), &mut findings);
        if !self.is_settled(findings)
            && let Some(decoded) = percent_decoded_lossy(text)
        {
            self.look_in_reading(&reading(&decoded, self.is_ascii), &mut findings);
        }
        findings
    }

    /// Compares a whole number with the value. The digits inside a longer number are there by
    /// chance and do not count.
    pub(crate) fn look_at_number(&self, number: i128) -> Findings {
        let is_it = self.value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && self.value == number.to_string();
        if is_it { Findings::named_for_all() } else { Findings::default() }
    }

    /// Returns false if no form of the value can be in this text or JSON text, without decoding
    /// any.
    pub(crate) fn may_be_in(&self, json: &str) -> bool {
        self.prefilter.as_ref().is_none_or(|prefilter| prefilter.may_hold(json))
    }

    /// Returns true if no further text can change the outcome for any kind of value.
    pub(crate) fn is_settled(&self, findings: Findings) -> bool {
        findings.is_settled(self.kinds())
    }

    /// Returns true if the value is a plain word, so that Cloud SIEM has searched for nothing else.
    pub(crate) fn is_plain_word(&self) -> bool {
        is_plain_word(&self.value)
    }

    fn kinds(&self) -> u16 {
        self.forms.iter().fold(0, |kinds, form| kinds | form.kinds)
    }

    fn look_in_reading(&self, text: &str, findings: &mut Findings) {
        for (form, place) in self.places_in(text) {
            let before = text.get(..place.start).unwrap_or_default();
            let found = text.get(place.clone()).unwrap_or_default();
            let after = text.get(place.end..).unwrap_or_default();
            self.note(form, before, found, after, findings);
            if self.is_settled(*findings) {
                return;
            }
        }
    }

    /// The places of all forms. Those of forms that are too long for an automaton come form by
    /// form, and do not overlap.
    fn places_in<'t>(&'t self, text: &'t str) -> Box<dyn Iterator<Item = (&'t Form, Range<usize>)> + 't> {
        let Some(automaton) = &self.automaton else {
            // A search prepares the whole form, however short the text is.
            let fitting = self.forms.iter().filter(|form| form.text.len() <= text.len());
            return Box::new(fitting.flat_map(|form| {
                let starts = memmem::find_iter(text.as_bytes(), form.text.as_bytes());
                starts.map(move |start| (form, start..start + form.text.len()))
            }));
        };
        let places = automaton.find_overlapping_iter(text);
        Box::new(
            places.filter_map(|place| Some((self.forms.get(place.pattern().as_usize())?, place.range()))),
        )
    }

    fn note(&self, form: &Form, before: &str, found: &str, after: &str, findings: &mut Findings) {
        if let Some(address) = self.address {
            let is_it = is_address(address, before, found, after);
            if is_it || !form.is_part {
                findings.note(Kind::Address, is_it);
            }
            return;
        }
        for kind in Kind::NAMES.into_iter().filter(|kind| form.kinds & kind.bit() != 0) {
            findings.note(kind, stands_alone(kind, before, found, after));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Finding;
    use super::*;

    fn is_in(value: &str, text: &str) -> bool {
        Matcher::new(value).look_in(text).of(Kind::of("", value)) == Finding::Named
    }

    #[test]
    fn json_that_cannot_hold_a_value_is_told_from_json_that_may() {
        for (value, json, may) in [
            ("evil.example", r#"{"a": "www.EVIL.example:443"}"#, true),
            ("evil.example", r#"{"a": "www.evil.org", "b": "examp"}"#, false),
            ("evil.example", r#"["evil\u002eexample"]"#, true),
            ("evil.example", r#"["evil[.]example"]"#, true),
            ("10.0.0.1", r#"["10.0.0.9", 10.0]"#, false),
            ("10.0.0.1", r#"["10.0.0.1"]"#, true),
            ("10.0.0.1", r#"["10[.]0[.]0[.]1"]"#, true),
            ("10.0.0.1", r#"["10(DOT)0(dot)0[Dot]1"]"#, true),
            ("10.0.0.1", r#"["::ffff:a00:1"]"#, true),
            ("10.0.0.1", r#"["0:0:0:0:0:FFFF:0A00:0001"]"#, true),
            ("2001:db8::1", r#"["2001:0db8:0:0:0:0:0:1"]"#, true),
            ("2001:db8::1", r#"["2002:0db8:0:0:0:0:0:1"]"#, false),
            ("4776", "[1, {\"a\": 4776}]", true),
            ("-5", "[5]", true),
            ("ws-00421.example", r#"["WS-00421.EXAMPLE"]"#, true),
            ("ws-00421.example", r#"["ws-00422.example"]"#, false),
            ("d41d8cd98f00b204e9800998ecf8427e", r#"["D41D8CD98F00B204E9800998ECF8427E"]"#, true),
            ("C:\\Temp\\it's \"x\".exe", r#"["c:\\temp\\IT'S \"x\".exe"]"#, true),
            ("C:\\Temp\\it's \"x\".exe", r#"["c:/temp/other.exe"]"#, true),
            ("C:\\Temp\\it's \"x\".exe", r#"["c:\\tmp\\other.exe"]"#, false),
            ("https://a.example/x", r#"["https:\/\/A.EXAMPLE\/x"]"#, true),
            ("https://a.example/x", r#"["https:\/\/b.org\/x"]"#, false),
            ("00:00:5e:00:53:01", r#"["00-00-5E-00-53-01"]"#, true),
            ("00:00:5e:00:53:01", r#"["00-00-5E-00-53-02"]"#, false),
            ("straße", r#"["nothing of it"]"#, true),
            ("xn--mller-kva.example", r#"["nothing of it"]"#, true),
            ("\"\\/", r#"["nothing of it"]"#, true),
            ("jazz", r#"["j\\a", "jaz", "jazzy", 1]"#, true),
            ("jazz", r#"["z", "zz", "azz", "jaz", "j\\azz"]"#, false),
            ("aaaab", r#"["aaaaab"]"#, true),
            ("zebra", r#"["ZEBR", "a zebra"]"#, true),
        ] {
            // Long texts are looked at in another way than short ones.
            for json in [json.to_owned(), json.to_owned() + &" ".repeat(4000)] {
                assert_eq!(Matcher::new(value).may_be_in(&json), may, "{value:?} in {json}");
            }
        }
    }

    #[test]
    fn numbers_match_whole() {
        let look = |value: &str, number: i128| Matcher::new(value).look_at_number(number).of(Kind::Text);
        assert_eq!(look("4776", 4776), Finding::Named);
        assert_eq!(look("4776", 47760), Finding::NotShown);
        assert_eq!(look("a", 1), Finding::NotShown);
        assert_eq!(look("-5", -5), Finding::Named);
    }

    #[test]
    fn long_values_that_repeat_themselves_are_found_without_delay() {
        for length in [100, 128, 129, 16_000] {
            let value = "x".repeat(length);
            assert!(is_in(&value, &format!("an {} or so", value.to_uppercase())), "{length}");
            assert!(!is_in(&value, &"x".repeat(length + 1)), "{length}");
            assert!(!is_in(&value, &"x".repeat(200_000)), "{length}");
        }
        for (value, text) in [
            ("2001:db8::1".to_owned(), "2001:".repeat(40_000)),
            ("a.".repeat(8_000), "a.".repeat(100_000)),
            (format!("{}y", "x".repeat(15_999)), "x".repeat(200_000)),
            ("00:00:00:00:00:00".to_owned(), "00:".repeat(60_000)),
        ] {
            let matcher = Matcher::new(&value);
            let _ = matcher.look_in(&text);
            let _ = matcher.may_be_in(&text);
        }
    }

    #[test]
    fn long_values_take_little_memory_and_are_found_in_every_form() {
        for (kind, value, text, is_named) in [
            ("registry_key", "hklm\\#", "at hkey_local_machine\\#, twice", true),
            ("registry_key", "hklm\\#", "\\REGISTRY\\MACHINE\\#", true),
            ("registry_key", "hklm\\#", "hklm\\#b", false),
            ("file_name", "é#", "x é#, é#", true),
            ("file_name", "é#", "é", false),
            ("url", "https://a.example/#", "xhttps://a.example/#x https:\\\\a.example\\#", true),
        ] {
            let fill = |text: &str| text.replace('#', &"aB3".repeat(5_000));
            let matcher = Matcher::new(&fill(value));
            let bytes = matcher.automaton.as_ref().map_or(0, AhoCorasick::memory_usage);
            assert!(bytes < 1_000, "{value}: {bytes} bytes");
            let finding = matcher.look_in(&fill(text)).of(Kind::of(kind, &fill(value)));
            assert_eq!(finding == Finding::Named, is_named, "{value} in {text}: {finding:?}");
        }
        for length in [100, MAX_AUTOMATON] {
            let matcher = Matcher::new(&"x".repeat(length));
            let bytes = matcher.automaton.map_or(0, |automaton| automaton.memory_usage());
            assert!(bytes < 40 * MAX_AUTOMATON, "{length}: {bytes} bytes");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_value_is_found_between_blanks(value in "\\PC{1,20}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before} {value} {after}");
            proptest::prop_assert!(is_in(&value, &text));
            proptest::prop_assert!(is_in(&value.to_lowercase(), &text.to_lowercase()));
        }

        #[test]
        fn what_is_found_may_be_in_its_json(value in "\\PC{1,20}|[a-c\"\\\\/\n]{1,6}", before in "\\PC{0,9}", after in "\\PC{0,9}") {
            let text = format!("{before} {} {after}", value.to_uppercase());
            let matcher = Matcher::new(&value);
            if matcher.look_in(&text) != Findings::default() {
                let json = serde_json::to_string(&text).unwrap();
                for json in [json.replace('/', "\\/"), json.clone() + &" ".repeat(4000), json] {
                    proptest::prop_assert!(matcher.may_be_in(&json), "{json}");
                }
            }
        }

        #[test]
        fn any_text_is_looked_through(value in "\\PC{1,5}", text: String) {
            let _ = Matcher::new(&value).look_in(&text);
        }

        #[test]
        fn every_spelling_of_an_address_is_found(groups: [u16; 8], before in "[ (=,]?", after in "[ ),;]?") {
            let address = std::net::Ipv6Addr::from(groups);
            let full = groups.map(|group| format!("{group:04X}")).join(":");
            let plain = groups.map(|group| format!("{group:x}")).join(":");
            for written in [full, plain, address.to_string()] {
                for value in [address.to_string(), written.clone()] {
                    proptest::prop_assert!(is_in(&value, &format!("{before}{written}{after}")), "{value} in {written}");
                }
            }
        }
    }
}
