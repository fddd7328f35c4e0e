//! Comparison of an observable with a value from elsewhere, such as an item of a list.

use url::Url;

use super::forms::{domain_forms, registry_forms};
use super::kind::{Kind, address, mac};
use super::reading::reading;

/// Returns true if `item` is the value of an observable of this type, however either is written.
///
/// Equal are an IPv4 address and its IPv6-mapped form, an IPv6 address in any spelling, names with
/// A-labels and with U-labels, hashes and names in any case, MAC addresses with any separators,
/// URLs with scheme and host in any case, paths with either slash, registry keys with short and
/// long hives, `DOMAIN\name` and `name@domain`. A subdomain is not equal to its domain: see
/// [`parent_domains`].
pub(crate) fn is_same(observable_type: &str, value: &str, item: &str) -> bool {
    normal_form(observable_type, value) == normal_form(observable_type, item)
}

/// Returns the one form of all values that are the same for this type of observable; a key for
/// maps, not to be shown.
pub(crate) fn normal_form(observable_type: &str, value: &str) -> String {
    let value = value.trim();
    let read = reading(value, value.is_ascii());
    if let Some(address) = address(value).or_else(|| address(&read)) {
        return address.to_string();
    }
    match Kind::of(observable_type, value) {
        Kind::Domain | Kind::Host => domain(&read),
        Kind::Email => with_domain(&read).unwrap_or(read),
        Kind::Url => url(value),
        Kind::Mac => mac(value).unwrap_or(read),
        Kind::Account => match read.split_once('\\') {
            Some((domain, name)) => format!("{name}@{domain}"),
            None => read,
        },
        Kind::Registry => registry_forms(&read).into_iter().next().unwrap_or(read),
        Kind::Address | Kind::Hash | Kind::FileName | Kind::Path | Kind::Text => read,
    }
}

/// Returns the domains above a domain, the nearest first and down to its last label, as A-labels in
/// lower case: of `a.example.com` these are `example.com` and `com`. Lists name single labels, too,
/// such as `corp` or a top-level domain of bad repute.
pub(crate) fn parent_domains(value: &str) -> Vec<String> {
    if address(value).is_some() {
        return Vec::new();
    }
    let name = normal_form("domain", value);
    let parents = name.match_indices('.').filter_map(|(dot, _)| name.get(dot + 1..));
    parents.filter(|parent| !parent.is_empty()).map(str::to_owned).collect()
}

/// The A-labels of a name without the dot of the root.
fn domain(read: &str) -> String {
    let bare = read.strip_suffix('.').unwrap_or(read);
    domain_forms(bare).into_iter().rfind(|form| form.is_ascii()).unwrap_or_else(|| bare.to_owned())
}

fn with_domain(read: &str) -> Option<String> {
    let (local, name) = read.rsplit_once('@')?;
    Some(format!("{local}@{}", domain(name)))
}

/// A URL with scheme and host in lower case. Lists compare exactly, so the rest keeps its case and
/// `%2F` is not `/`; texts, on the other hand, are searched for any spelling.
fn url(value: &str) -> String {
    Url::parse(value).map_or_else(|_| value.to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_by_their_type() {
        for (kind, value, item, is_equal, reason) in [
            ("ip", "10.0.0.1", "10.0.0.1", true, "the same text"),
            ("ip", "10.0.0.1", " 10.0.0.1 ", true, "blanks around an item"),
            ("ip", "10.0.0.1", "::ffff:10.0.0.1", true, "IPv4-mapped"),
            ("ip", "10.0.0.1", "::FFFF:0A00:0001", true, "IPv4-mapped in hexadecimal digits"),
            ("ipv6", "::ffff:10.0.0.1", "10.0.0.1", true, "the observable is the mapped one"),
            ("ip", "10.0.0.1", "10[.]0[.]0[.]1", true, "a defanged item"),
            ("ip", "10.0.0.1", "10.0.0.10", false, "another address"),
            ("ip", "10.0.0.1", "10.0.0.0/24", false, "a block is not an address"),
            ("ipv6", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", true, "another spelling"),
            ("ipv6", "fe80::1%eth0", "fe80::1", true, "a zone"),
            ("ipv6", "2001:db8::1", "2001:db8::2", false, "another address"),
            ("domain", "Evil.Example", "evil.example.", true, "case and the dot of the root"),
            ("domain", "müller.example", "xn--mller-kva.example", true, "U-label and A-label"),
            ("domain", "evil.example", "evil[.]example", true, "a defanged item"),
            ("domain", "www.evil.example", "evil.example", false, "a parent is another domain"),
            ("hostname", "WEB-01", "web-01", true, "case"),
            ("hostname", "web-01", "web-01.corp.example.com", false, "not known to be that host"),
            ("email", "Bob@Müller.example", "bob@xn--mller-kva.example", true, "labels of the domain"),
            ("email", "bob@ex.test", "j.bob@ex.test", false, "another mailbox"),
            ("md5", "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e", true, "case"),
            ("mac_address", "00:00:5E:00:53:01", "0000.5e00.5301", true, "separators"),
            ("mac_address", "00:00:5E:00:53:01", "00005e005301", true, "no separators"),
            ("mac_address", "00:00:5E:00:53:01", "00:00:5e:00:53:02", false, "another address"),
            ("url", "https://evil.example/a b", "https://evil.example/a%20b", true, "an encoded blank"),
            ("url", "https://evil.example/", "https://evil.example", true, "the slash of the root"),
            ("url", "HTTPS://Evil.Example/A", "https://evil.example/A", true, "case of scheme and host"),
            ("url", "https://evil.example/A", "https://evil.example/a", false, "case of the path"),
            ("url", "https://evil.example/?q=A", "https://evil.example/?q=a", false, "case of the query"),
            ("url", "https://evil.example/a/b", "https://evil.example/a%2Fb", false, "an encoded slash"),
            ("url", "https://evil.example/a/b", "https://evil.example/a//b", false, "two slashes"),
            ("url", "https://evil.example/x", "hxxps://evil[.]example/x", false, "a defanged item"),
            ("url", "evil.example/A", " evil.example/A ", true, "blanks around what cannot be parsed"),
            ("url", "evil.example/A", "evil.example/a", false, "case of what cannot be parsed"),
            (
                "url",
                "https://müller.example/x",
                "https://xn--mller-kva.example/x",
                true,
                "labels of the host",
            ),
            ("url", "https://evil.example/x", "https://evil.example/y", false, "another page"),
            ("file_path", r"C:\Temp\x.exe", "c:/temp/X.exe", true, "slashes and case"),
            ("registry_key", r"HKLM\Software\X", r"HKEY_LOCAL_MACHINE\SOFTWARE\X", true, "the hive in full"),
            ("registry_key", r"HKLM\Software\X", r"HKCU\Software\X", false, "another hive"),
            ("user", r"CORP\bob", "bob@corp", true, "both forms of an account"),
            ("user", r"CORP\bob", "bob", false, "an account of no known domain"),
            ("user", "Müller", "MÜLLER", true, "case beyond ASCII"),
            ("quantum_id", "Q-1", "q-1", true, "types not known are compared in any case"),
        ] {
            assert_eq!(is_same(kind, value, item), is_equal, "{kind} {value:?} {item:?}: {reason}");
        }
    }

    #[test]
    fn parents_of_a_domain_end_at_its_last_label() {
        assert_eq!(parent_domains("A.b.Example.com."), ["b.example.com", "example.com", "com"]);
        assert_eq!(parent_domains("www.müller.example"), ["xn--mller-kva.example", "example"]);
        assert_eq!(parent_domains("host.corp"), ["corp"]);
        for none in ["localhost", "corp.", "10.0.0.1", "2001:db8::1", "", ".", ".."] {
            assert!(parent_domains(none).is_empty(), "{none}");
        }
    }
}
