//! Observables in free text: refanged, their types detected.

use std::net::{Ipv4Addr, Ipv6Addr};

use relay_server::refanged;
use url::Url;
use xdr_module::contract::observable::Observable;

/// Endings of names that are files, although some are top-level domains.
const FILE_ENDINGS: [&str; 36] = [
    "7z", "bat", "bin", "cmd", "csv", "dat", "dll", "doc", "docm", "docx", "exe", "hta", "htm", "html",
    "img", "iso", "jar", "js", "json", "lnk", "log", "msi", "pdf", "ppt", "pptx", "ps1", "rar", "scr", "tmp",
    "txt", "vbs", "xls", "xlsm", "xlsx", "xml", "zip",
];

/// Returns the observables in free text, such as a mail or a log, each once, in their order.
pub(super) fn observables_in(text: &str) -> Vec<Observable> {
    let is_between = |sign: char| sign.is_whitespace() || "<>\"'`|;,(){}".contains(sign);
    let mut found = Vec::new();
    for word in refanged(text).split(is_between) {
        if let Some(observable) = in_word(word).filter(|observable| !found.contains(observable)) {
            found.push(observable);
        }
    }
    found
}

/// Returns the observable in a word of a text: without punctuation around it, the name of a field
/// before it or a port behind it.
fn in_word(word: &str) -> Option<Observable> {
    let is_punctuation = |sign: char| ".,:!?[]*".contains(sign);
    let word = word.trim_end_matches(is_punctuation);
    let trimmed = word.trim_start_matches(|sign: char| sign != ':' && is_punctuation(sign));
    detected(trimmed).or_else(|| {
        // An address in brackets keeps a port apart: [2001:db8::1]:443.
        let (head, tail) =
            trimmed.split_once(']').unwrap_or_else(|| trimmed.rsplit_once(':').unwrap_or((trimmed, "")));
        let is_port = |text: &str| {
            !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let with_port = is_port(tail.trim_start_matches(':')).then(|| detected(head)).flatten();
        let field = || trimmed.split_once('=').filter(|_| !trimmed.contains("://")).map(|(_, value)| value);
        let url_field =
            || trimmed.split_once('=').filter(|(name, _)| !name.contains("://")).map(|(_, value)| value);
        with_port.or_else(|| field().or_else(url_field).and_then(in_word))
    })
}

/// Returns a value with the type that its shape shows. Names of users or hosts have no such shape.
pub(super) fn detected(value: &str) -> Option<Observable> {
    let kind = if value.contains("://") {
        is_url(value).then_some("url")?
    } else if value.parse::<Ipv4Addr>().is_ok() {
        "ip"
    } else if value.len() > 2 && value.parse::<Ipv6Addr>().is_ok() {
        "ipv6"
    } else if let Some(kind) = hash_kind(value) {
        kind
    } else if is_mac_address(value) {
        "mac_address"
    } else if let Some((user, host)) = value.split_once('@') {
        let is_user =
            !user.is_empty() && user.chars().all(|sign| sign.is_alphanumeric() || "._%+-".contains(sign));
        (is_user && is_domain(host)).then_some("email")?
    } else if is_file_name(value) {
        "file_name"
    } else {
        is_domain(value).then_some("domain")?
    };
    Some(Observable { kind: kind.to_owned(), value: value.to_owned() })
}

fn is_url(value: &str) -> bool {
    let is_known = |url: &Url| matches!(url.scheme(), "http" | "https" | "ftp") && url.has_host();
    Url::parse(value).is_ok_and(|url| is_known(&url))
}

fn hash_kind(value: &str) -> Option<&'static str> {
    let kind = match value.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        _ => return None,
    };
    value.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(kind)
}

fn is_mac_address(value: &str) -> bool {
    let pairs = |sign: char| {
        let parts: Vec<_> = value.split(sign).collect();
        parts.len() == 6
            && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    pairs(':') || pairs('-')
}

fn is_file_name(value: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || "._-".contains(sign);
    let ending = value
        .rsplit_once('.')
        .filter(|(name, _)| !name.is_empty())
        .map(|(_, ending)| ending.to_ascii_lowercase());
    value.chars().all(is_part) && ending.is_some_and(|ending| FILE_ENDINGS.contains(&ending.as_str()))
}

fn is_domain(value: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|sign| sign.is_alphanumeric() || sign == '-' || sign == '_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = value.rsplit_once('.').map(|(_, top)| top);
    let is_top = |top: &str| {
        top.chars().count() >= 2 && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"))
    };
    value.len() <= 253 && value.split('.').all(is_label) && top.is_some_and(is_top)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        observables_in(text).iter().map(|one| format!("{} {}", one.kind, one.value)).collect()
    }

    #[test]
    fn types_are_detected() {
        for (value, kind) in [
            ("203.0.113.66", Some("ip")),
            ("2001:db8:bad::25", Some("ipv6")),
            ("update-check.example.net", Some("domain")),
            ("münchen.example", Some("domain")),
            ("billing@invoices.example.org", Some("email")),
            ("http://login.example.org/owa/?next=%2Finbox", Some("url")),
            ("d41d8cd98f00b204e9800998ecf8427e", Some("md5")),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", Some("sha1")),
            ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Some("sha256")),
            ("00:1a:2b:3c:4d:5e", Some("mac_address")),
            ("svch0st.exe", Some("file_name")),
            ("12:30:45", None),
            ("10.0.0.0/8", None),
            ("256.1.1.1", None),
            ("tom.okafor@", None),
            ("word", None),
            ("::", None),
            ("", None),
        ] {
            assert_eq!(detected(value).map(|one| one.kind).as_deref(), kind, "{value}");
        }
    }

    #[test]
    fn values_are_found_in_free_text_and_refanged() {
        let mail = "Seen: hxxps://evil[.]example/a?b=1, from bad[at]evil(dot)example (203[.]0[.]113[.]66).\n\
                    src=10.0.0.1 dst=10.0.0.2:443 url=http://a.example/x?y=z \"[2001:db8::1]:443\" at 12:30:45; \
                    again 10.0.0.1 and svch0st.exe.";
        assert_eq!(
            found(mail),
            [
                "url https://evil.example/a?b=1",
                "email bad@evil.example",
                "ip 203.0.113.66",
                "ip 10.0.0.1",
                "ip 10.0.0.2",
                "url http://a.example/x?y=z",
                "ipv6 2001:db8::1",
                "file_name svch0st.exe",
            ]
        );
        assert_eq!(found("HXXP[:]//Evil[.]Example"), ["url http://Evil.Example"]);
        assert!(found("nothing of note, i.e. words only… ∀x. 1.5 v2.0").is_empty());
    }
}
