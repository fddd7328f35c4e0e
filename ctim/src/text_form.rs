//! Lengths and forms of texts, as the model counts and describes them.

/// Returns the number of UTF-16 code units, the unit in which Cisco's service counts lengths.
pub(crate) fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Returns true if the text is longer than `limit` UTF-16 code units.
pub(crate) fn is_longer(text: &str, limit: usize) -> bool {
    text.len() > limit && utf16_length(text) > limit
}

/// Cuts a text at a character boundary so that it has at most `limit` UTF-16 code units.
pub(crate) fn cut(text: &mut String, limit: usize) {
    let mut units = 0;
    let end = text.char_indices().find_map(|(place, character)| {
        units += character.len_utf16();
        (units > limit).then_some(place)
    });
    if let Some(end) = end {
        text.truncate(end);
    }
}

/// Returns a bounded, quoted piece of a text for messages.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut piece: String = text.chars().take(LONGEST).collect();
    if piece.len() < text.len() {
        piece.push('…');
    }
    format!("{piece:?}")
}

/// Returns true for lower-case ASCII letters, digits, `_` and `-`, at least one.
pub(crate) fn is_open_vocab_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'_' | b'-'))
}

/// Returns true for three parts of ASCII letters, digits or `_`. The first separator may be any
/// character, as in the model's own pattern; the second one is a dot.
pub(crate) fn is_schema_version(text: &str) -> bool {
    let is_word = |character: char| character == '_' || character.is_ascii_alphanumeric();
    let Some((head, last)) = text.rsplit_once('.') else { return false };
    if last.is_empty() || !last.chars().all(is_word) {
        return false;
    }
    let mut separators = head.char_indices().filter(|(_, character)| !is_word(*character));
    match (separators.next(), separators.next()) {
        (None, _) => head.len() >= 3,
        (Some((place, separator)), None) => {
            let is_inside = place > 0 && place + separator.len_utf8() < head.len();
            is_inside && !matches!(separator, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
        }
        (Some(_), Some(_)) => false,
    }
}

/// Returns true for a URI reference as the Java URI parser of Cisco's service takes it, closely
/// approximated: no blanks, controls or raw `<>"{}|\^`, and `%` only before two hexadecimal digits.
pub(crate) fn is_uri(text: &str) -> bool {
    let (front, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (base, query) = front.split_once('?').unwrap_or((front, ""));
    let tail_is_right = all_allowed(fragment, "/?[]") && all_allowed(query, "/?[]");
    !text.is_empty() && tail_is_right && (base.is_empty() || is_uri_base(base))
}

fn is_uri_base(base: &str) -> bool {
    if base.starts_with('/') {
        return is_hierarchy(base);
    }
    match base.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => {
            if rest.starts_with('/') {
                is_hierarchy(rest)
            } else {
                !rest.is_empty() && !rest.starts_with(['[', ']']) && all_allowed(rest, "/[]")
            }
        }
        _ => {
            let first = base.split('/').next().unwrap_or_default();
            !first.contains(':') && all_allowed(base, "/")
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
}

/// Returns true for a text that begins with a slash: `//authority/path`, `///path` or `/path`.
fn is_hierarchy(text: &str) -> bool {
    match text.strip_prefix("//") {
        None => all_allowed(text, "/"),
        Some(path) if path.starts_with('/') => all_allowed(path, "/"),
        Some(rest) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            is_authority(authority) && all_allowed(path, "/")
        }
    }
}

/// Returns true for a registry name, a bracketed address with an optional port, or one before the
/// other.
fn is_authority(text: &str) -> bool {
    let Some((name, rest)) = text.split_once('[') else {
        return !text.is_empty() && all_allowed(text, "");
    };
    let Some((address, port)) = rest.split_once(']') else { return false };
    let address_is_right = !address.is_empty()
        && address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    let port_is_right = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    address_is_right && port_is_right && all_allowed(name, "")
}

/// Returns true if all characters may stand in a URI part: ordinary ones, `%` with two hexadecimal
/// digits, and those of `besides`.
fn all_allowed(text: &str, besides: &str) -> bool {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let allowed = match character {
            '%' => (0..2).all(|_| characters.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            '[' | ']' | '?' | '/' => besides.contains(character),
            other => is_uri_character(other),
        };
        if !allowed {
            return false;
        }
    }
    true
}

fn is_uri_character(character: char) -> bool {
    !matches!(
        character,
        '\u{0}'..='\u{20}' | '\u{7f}'..='\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}'
        | '\u{202f}' | '\u{205f}' | '\u{3000}' | '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}' | '#'
    )
}

type Metric = (&'static str, &'static [&'static str]);

/// The six CVSS 2 base metrics, in the standard's order.
const CVSS_V2_BASE: &[Metric] = &[
    ("AV", &["L", "A", "N"]),
    ("AC", &["H", "M", "L"]),
    ("Au", &["N", "S", "M"]),
    ("C", &["N", "P", "C"]),
    ("I", &["N", "P", "C"]),
    ("A", &["N", "P", "C"]),
];

/// The three CVSS 2 temporal metrics.
const CVSS_V2_TEMPORAL: &[Metric] = &[
    ("E", &["U", "POC", "F", "H", "ND"]),
    ("RL", &["OF", "TF", "W", "U", "ND"]),
    ("RC", &["UC", "UR", "C", "ND"]),
];

/// The five CVSS 2 environmental metrics.
const CVSS_V2_ENVIRONMENTAL: &[Metric] = &[
    ("CDP", &["N", "L", "LM", "MH", "H", "ND"]),
    ("TD", &["N", "L", "M", "H", "ND"]),
    ("CR", &["L", "M", "H", "ND"]),
    ("IR", &["L", "M", "H", "ND"]),
    ("AR", &["L", "M", "H", "ND"]),
];

/// The CVSS 3 metrics; a vector has any of them, in any order.
const CVSS_V3: &[Metric] = &[
    ("AV", &["N", "A", "L", "P"]),
    ("AC", &["L", "H"]),
    ("PR", &["U", "N", "L", "H"]),
    ("UI", &["N", "R"]),
    ("S", &["U", "C"]),
    ("C", &["N", "L", "H"]),
    ("I", &["N", "L", "H"]),
    ("A", &["N", "L", "H"]),
    ("E", &["X", "U", "P", "F", "H"]),
    ("RL", &["X", "O", "T", "W", "U"]),
    ("RC", &["X", "U", "R", "C"]),
    ("CR", &["X", "L", "M", "H"]),
    ("IR", &["X", "L", "M", "H"]),
    ("AR", &["X", "L", "M", "H"]),
    ("MAV", &["X", "N", "A", "L", "P"]),
    ("MAC", &["X", "L", "H"]),
    ("MPR", &["X", "U", "N", "L", "H"]),
    ("MUI", &["X", "N", "R"]),
    ("MS", &["X", "U", "C"]),
    ("MC", &["X", "N", "L", "H"]),
    ("MI", &["X", "N", "L", "H"]),
    ("MA", &["X", "N", "L", "H"]),
];

fn is_metric(text: &str, (name, values): &Metric) -> bool {
    text.split_once(':').is_some_and(|(found, value)| found == *name && values.contains(&value))
}

fn has_metrics_in_order(text: &str, metrics: &[Metric]) -> bool {
    let mut parts = text.split('/');
    metrics.iter().all(|metric| parts.next().is_some_and(|part| is_metric(part, metric)))
        && parts.next().is_none()
}

pub(crate) fn is_cvss_v2_vector(text: &str) -> bool {
    has_metrics_in_order(text, CVSS_V2_BASE)
}

pub(crate) fn is_cvss_v2_temporal_vector(text: &str) -> bool {
    has_metrics_in_order(text, CVSS_V2_TEMPORAL)
}

pub(crate) fn is_cvss_v2_environmental_vector(text: &str) -> bool {
    has_metrics_in_order(text, CVSS_V2_ENVIRONMENTAL)
}

pub(crate) fn is_cvss_v3_vector(text: &str) -> bool {
    let metrics = text.strip_prefix("CVSS:3.0/").or_else(|| text.strip_prefix("CVSS:3.1/"));
    metrics.is_some_and(|metrics| {
        metrics.split('/').all(|part| CVSS_V3.iter().any(|metric| is_metric(part, metric)))
    })
}

/// Returns true for a CPE 2.3 formatted string (NIST IR 7695, section 6.2), in any case.
pub(crate) fn is_cpe23(text: &str) -> bool {
    let prefix_is_right = text.get(..8).is_some_and(|prefix| prefix.eq_ignore_ascii_case("cpe:2.3:"));
    let parts = cpe_components(text.get(8..).unwrap_or_default());
    let component_is_right = |(place, part): (usize, &&str)| match place {
        0 => matches!(*part, "h" | "o" | "a" | "H" | "O" | "A" | "*" | "-"),
        6 => is_cpe_language(part),
        _ => is_cpe_value(part),
    };
    prefix_is_right && parts.len() == 11 && parts.iter().enumerate().all(component_is_right)
}

/// Splits at the colons that no backslash quotes.
fn cpe_components(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        let splits = character == ':' && !quoted;
        quoted = character == '\\' && !quoted;
        splits
    })
    .collect()
}

fn is_cpe_language(text: &str) -> bool {
    if matches!(text, "*" | "-") {
        return true;
    }
    let (language, region) = text.split_once('-').map_or((text, None), |(front, back)| (front, Some(back)));
    let is_alphabetic = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_region = |text: &str| {
        (text.len() == 2 && is_alphabetic(text))
            || (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(language.len(), 2 | 3) && is_alphabetic(language) && region.is_none_or(is_region)
}

/// Returns true for a logical value (`*` or `-`), or a value with `?` or `*` only at its ends.
fn is_cpe_value(text: &str) -> bool {
    if matches!(text, "*" | "-") {
        return true;
    }
    let unmarked = text.trim_start_matches('?');
    let body = if unmarked.len() < text.len() { unmarked } else { text.strip_prefix('*').unwrap_or(text) };
    let mut rest = body;
    while let Some(next) = after_cpe_character(rest) {
        rest = next;
    }
    let end_is_right = rest == "*" || rest.bytes().all(|byte| byte == b'?');
    rest.len() < body.len() && end_is_right
}

/// Returns the text after its leading plain or quoted character; `None` if it begins
/// otherwise.
fn after_cpe_character(text: &str) -> Option<&str> {
    const QUOTABLE: &str = "\\?*!|\"#$%&'()+,/:;<=>@[]^`{}~";
    let mut characters = text.chars();
    let is_right = match characters.next()? {
        '\\' => QUOTABLE.contains(characters.next()?),
        plain => plain.is_ascii_alphanumeric() || matches!(plain, '.' | '_' | '-'),
    };
    is_right.then_some(characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(function: fn(&str) -> bool, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(function(text), "{text:?} should be right");
        }
        for text in wrong {
            assert!(!function(text), "{text:?} should be wrong");
        }
    }

    #[test]
    fn lengths_are_utf16_units() {
        assert_eq!(utf16_length("aé"), 2);
        assert_eq!(utf16_length("\u{1F600}"), 2);
        assert!(is_longer("\u{1F600}\u{1F600}", 3));
        assert!(!is_longer("éé", 2));
    }

    #[test]
    fn cutting_never_splits_a_character() {
        for (text, limit, expected) in [
            ("abc", 2, "ab"),
            ("abc", 3, "abc"),
            ("a\u{1F600}b", 2, "a"),
            ("a\u{1F600}b", 3, "a\u{1F600}"),
            ("é", 0, ""),
        ] {
            let mut text = text.to_owned();
            cut(&mut text, limit);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn excerpts_are_bounded() {
        assert_eq!(excerpt("a\"b\n"), r#""a\"b\n""#);
        assert!(excerpt(&"ü".repeat(10_000)).chars().count() < 70);
    }

    #[test]
    fn schema_versions() {
        check(
            is_schema_version,
            &["1.3.29", "1.0.12", "1-3.29", "abc.d", "1ü3.29", "10_0.2"],
            &["", "1.3", "1.3.", ".3.29", "1.3.29.1", "1\n3.29", "1.3.2 9", "ab.c", "1..3", "1 .3"],
        );
    }

    #[test]
    fn uris() {
        check(
            is_uri,
            &[
                "https://example.com/a?b=c#d",
                "http://h:80",
                "urn:x:y",
                "mailto:a@b",
                "a",
                "a/b:c",
                "/a",
                "/",
                "//h/p",
                "///p",
                "file:///etc/hosts",
                "http://[::1]:80/x",
                "?q",
                "#f",
                "a%20b",
                "https://h/ü",
                "http:/x",
                "#",
                "?",
            ],
            &[
                "",
                "a b",
                "%",
                "%2",
                "%zz",
                "http:",
                "http://",
                "a:b/ c",
                "https://h/<x>",
                "1:2",
                ":x",
                "http://[x]/",
                "http://h/[",
                "a^b",
                "//",
                "#a#b",
            ],
        );
    }

    #[test]
    fn cvss_vectors() {
        check(
            is_cvss_v2_vector,
            &["AV:N/AC:L/Au:N/C:C/I:C/A:C"],
            &["", "AV:N", "AC:L/AV:N/Au:N/C:C/I:C/A:C", "AV:N/AC:L/Au:N/C:C/I:C/A:C/"],
        );
        check(is_cvss_v2_temporal_vector, &["E:POC/RL:OF/RC:UC"], &["E:X/RL:OF/RC:UC"]);
        check(
            is_cvss_v2_environmental_vector,
            &["CDP:LM/TD:ND/CR:L/IR:M/AR:H"],
            &["CDP:LM/TD:ND/CR:N/IR:M/AR:H"],
        );
        check(
            is_cvss_v3_vector,
            &["CVSS:3.0/AV:N", "CVSS:3.1/S:U/AV:P/MA:X"],
            &["", "CVSS:3.1", "CVSS:3.1/", "CVSS:3.2/AV:N", "CVSS:3.1/AV:N/", "CVSS:3.1/AV:X"],
        );
    }

    #[test]
    fn cpe_names() {
        check(
            is_cpe23,
            &[
                "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
                "CPE:2.3:o:x:y\\:z:-:*:*:en-US:*:*:*:*",
                "cpe:2.3:h:??x*:*y?:1:*:*:de-049:*:*:*:*",
            ],
            &[
                "",
                "cpe:2.3:",
                "cpe:2.2:a:b:c:d:e:f:g:h:i:j:k",
                "cpe:2.3:x:b:c:d:e:f:*:h:i:j:k",
                "cpe:2.3:a:b c:c:d:e:f:*:h:i:j:k",
                "cpe:2.3:a:b?c:c:d:e:f:*:h:i:j:k",
                "cpe:2.3:a:b:c:d:e:f:*:h:i:j",
                "cpe:2.3:a:b:c:d:e:f:engl:h:i:j:k",
                "cpe:2.3:a::c:d:e:f:*:h:i:j:k",
            ],
        );
    }
}
