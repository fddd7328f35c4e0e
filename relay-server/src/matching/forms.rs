//! The written forms of a value, in the reading of texts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::kind::{Kind, address, mac};
use super::reading::{percent_decoded, reading};

/// A way to write a value.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) text: String,
    /// The kinds of value for which this text is the value.
    pub(super) kinds: u16,
    /// True if this is no more than a part by which the value is found, to be read as a whole
    /// there.
    pub(super) is_part: bool,
}

/// Returns the forms of `value` for all kinds that it may have.
pub(super) fn forms(value: &str) -> Vec<Form> {
    if let Some(address) = address(value) {
        return address_forms(value, address);
    }
    let mut forms = Forms(Vec::new());
    let read = reading(value, value.is_ascii());
    forms.add(read.clone(), Kind::names_of(value).fold(0, |bits, kind| bits | kind.bit()));
    let bare = read.strip_suffix('.').filter(|bare| !bare.is_empty()).unwrap_or(&read);
    for name in domain_forms(bare) {
        forms.add(name, Kind::Domain.bit() | Kind::Host.bit());
    }
    if let Some((local, domain)) = read.rsplit_once('@') {
        for domain in domain_forms(domain) {
            forms.add(format!("{local}@{domain}"), Kind::Email.bit());
        }
        forms.add(format!("{domain}\\{local}"), Kind::Account.bit());
    }
    if let Some((domain, name)) = read.split_once('\\')
        && !name.contains('\\')
    {
        forms.add(format!("{name}@{domain}"), Kind::Account.bit());
    }
    for url in url_forms(value) {
        forms.add(url, Kind::Url.bit());
    }
    for form in mac_forms(value) {
        forms.add(form, Kind::Mac.bit());
    }
    for form in registry_forms(&read) {
        forms.add(form, Kind::Registry.bit());
    }
    forms.0
}

struct Forms(Vec<Form>);

impl Forms {
    fn add(&mut self, text: String, kinds: u16) {
        if text.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|form| form.text == text) {
            Some(form) => form.kinds |= kinds,
            None => self.0.push(Form { text, kinds, is_part: false }),
        }
    }
}

/// The forms of an address, and the parts by which its other spellings are found.
fn address_forms(value: &str, address: IpAddr) -> Vec<Form> {
    let form = |text: String, is_part| Form { text, kinds: Kind::Address.bit(), is_part };
    let mut forms = vec![form(address.to_string(), false)];
    let parts = match address {
        IpAddr::V4(address) => mapped_parts(address),
        IpAddr::V6(address) => parts_of_ipv6(address),
    };
    let written = reading(value, true);
    for (text, is_part) in parts.into_iter().map(|part| (part, true)).chain([(written, false)]) {
        if forms.iter().all(|form| form.text != text) {
            forms.push(form(text, is_part));
        }
    }
    forms
}

/// The end of an IPv4-mapped address in hexadecimal digits, with and without leading zeros.
fn mapped_parts(address: Ipv4Addr) -> Vec<String> {
    let [.., high, low] = address.to_ipv6_mapped().segments();
    let spellings = |group: u16| [format!("{group:x}"), format!("{group:04x}")];
    let [short, long] = spellings(high);
    spellings(low)
        .iter()
        .flat_map(|low| [format!("ffff:{short}:{low}"), format!("ffff:{long}:{low}")])
        .collect()
}

/// The digits that every spelling of an address has: those of its longest group, unless it has only
/// zeros before the last two, which may be written as an IPv4 address.
fn parts_of_ipv6(address: Ipv6Addr) -> Vec<String> {
    let [groups @ .., high, low] = address.segments();
    let digits = groups.iter().filter(|group| **group > 0).map(|group| format!("{group:x}"));
    if let Some(longest) = digits.max_by_key(String::len) {
        return vec![longest];
    }
    let low = if low > 0 { low } else { high };
    let mut parts: Vec<_> =
        [format!(":{low:x}"), format!(":0{low:x}"), format!(":00{low:x}"), format!(":000{low:x}")].into();
    parts.push("::".to_owned());
    parts
}

/// The forms of a name of which labels may be internationalized: U-labels and A-labels.
pub(super) fn domain_forms(name: &str) -> Vec<String> {
    let mut forms = vec![name.to_owned()];
    if name.is_ascii() && !name.contains("xn--") {
        return forms;
    }
    let (unicode, outcome) = idna::domain_to_unicode(name);
    let forms_of_idna = outcome.ok().map(|()| unicode).into_iter().chain(idna::domain_to_ascii(name));
    for form in forms_of_idna {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// The forms of a URL: decoded, without the slash of the root, and with each form of its host.
fn url_forms(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let decoded = percent_decoded(value);
    for url in [Some(value), decoded.as_deref()].into_iter().flatten() {
        let read = reading(url, url.is_ascii());
        let Some((scheme, rest)) = read.split_once(":\\") else {
            forms.push(read);
            continue;
        };
        let (host, path) = match rest.find('\\') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let path = if path == "\\" { "" } else { path };
        let (user, host) = host.rsplit_once('@').map_or((None, host), |(user, host)| (Some(user), host));
        let (host, port) = host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)));
        for host in domain_forms(host) {
            let user = user.map(|user| format!("{user}@")).unwrap_or_default();
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            forms.push(format!("{scheme}:\\{user}{host}{port}{path}"));
        }
    }
    forms
}

/// The ways in which vendors write a MAC address: the width of its groups and what separates them.
const MAC_WIDTHS: [(usize, &str); 9] =
    [(2, ":"), (2, "-"), (2, "."), (2, "_"), (2, " "), (4, "."), (4, "-"), (4, ":"), (6, "-")];

fn mac_forms(value: &str) -> Vec<String> {
    let Some(digits) = mac(value) else { return Vec::new() };
    let digits: Vec<char> = digits.chars().collect();
    let grouped = |(width, separator): (usize, &str)| {
        digits.chunks(width).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(separator)
    };
    MAC_WIDTHS.into_iter().map(grouped).chain([digits.iter().collect()]).collect()
}

/// The hives of the registry, each in all ways that it is written.
const HIVES: [&[&str]; 5] = [
    &["hkey_local_machine", "hklm", "hklm:", "\\registry\\machine"],
    &["hkey_current_user", "hkcu", "hkcu:"],
    &["hkey_classes_root", "hkcr", "hkcr:"],
    &["hkey_users", "hku", "hku:", "\\registry\\user"],
    &["hkey_current_config", "hkcc", "hkcc:"],
];

/// The forms of a key in all ways to write its hive.
pub(super) fn registry_forms(read: &str) -> Vec<String> {
    let bare = read.strip_prefix("computer\\").unwrap_or(read);
    let rest_after = |name: &str| {
        let rest = bare.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with('\\')).then(|| rest.to_owned())
    };
    let hive = HIVES.iter().find_map(|names| names.iter().find_map(|name| Some((names, rest_after(name)?))));
    let Some((names, rest)) = hive else { return vec![read.to_owned()] };
    names.iter().map(|name| format!("{name}{rest}")).collect()
}
