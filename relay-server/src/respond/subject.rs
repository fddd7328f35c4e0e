//! The observable of an action: its kind, its form, and its match with values of Cloud SIEM.

use std::net::IpAddr;

use ipnet::IpNet;
use sumo_client::api::entities::EntityType;
use sumo_client::api::match_lists::{MAX_VALUE_CHARS, TargetColumn};
use url::Url;
use xdr_module::contract::observable::Observable;

use crate::matching::{self, Finding, Findings};

/// An observable whose value has the form of its type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Subject {
    pub(crate) observable: Observable,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// The address; that of IPv4 if the value is the IPv6-mapped form of one.
    Ip(IpAddr),
    Domain,
    Hostname,
    Url,
    Md5,
    Sha1,
    Sha256,
    User,
    Email,
    Mac,
}

/// The relation of a value of Cloud SIEM to an observable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Relation {
    /// They are the same.
    Same,
    /// The value is a block or a parent domain that holds the observable.
    Covers,
    /// They have nothing to do with each other.
    Other,
}

impl Subject {
    /// Returns the observable as a subject; none if no action fits its type, or its value does not
    /// have the form of the type.
    pub(crate) fn of(observable: &Observable) -> Option<Self> {
        let value = observable.value.as_str();
        if value.chars().count() > MAX_VALUE_CHARS
            || value.trim() != value
            || value.chars().any(char::is_control)
        {
            return None;
        }
        let kind = match observable.kind.as_str() {
            "ip" | "ipv6" => Kind::Ip(value.parse::<IpAddr>().ok()?.to_canonical()),
            "domain" if is_host(value) && value.contains('.') => Kind::Domain,
            "hostname" if is_host(value) => Kind::Hostname,
            "url" if is_url(value) => Kind::Url,
            "md5" if is_hex(value, 32) => Kind::Md5,
            "sha1" if is_hex(value, 40) => Kind::Sha1,
            "sha256" if is_hex(value, 64) => Kind::Sha256,
            "user" if !value.is_empty() => Kind::User,
            "email" if is_email(value) => Kind::Email,
            "mac_address" if is_mac(value) => Kind::Mac,
            _ => return None,
        };
        Some(Self { observable: observable.clone(), kind })
    }

    /// Returns the value.
    pub(crate) fn value(&self) -> &str {
        &self.observable.value
    }

    /// Returns the kind of value in words.
    pub(crate) fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Ip(_) => "IP",
            Kind::Domain => "domain",
            Kind::Hostname => "hostname",
            Kind::Url => "URL",
            Kind::Md5 | Kind::Sha1 | Kind::Sha256 => "file hash",
            Kind::User => "user",
            Kind::Email => "email address",
            Kind::Mac => "MAC address",
        }
    }

    /// Returns true if the value fits a list with this target column; never for a custom one.
    pub(crate) fn fits(&self, column: Option<&TargetColumn>) -> bool {
        matches!(
            (self.kind, column),
            (Kind::Ip(_), Some(TargetColumn::Ip | TargetColumn::SourceIp | TargetColumn::DestinationIp))
                | (Kind::Domain, Some(TargetColumn::Domain))
                | (Kind::Hostname, Some(TargetColumn::Hostname))
                | (Kind::Url, Some(TargetColumn::Url))
                | (Kind::Md5 | Kind::Sha1 | Kind::Sha256, Some(TargetColumn::FileHash))
                | (Kind::User, Some(TargetColumn::Username))
        )
    }

    /// Returns true if a custom source of threat intelligence takes the value.
    pub(crate) fn is_indicator(&self) -> bool {
        !matches!(self.kind, Kind::User | Kind::Mac)
    }

    /// Returns the type of the value in the platform's datastore.
    pub(crate) fn platform_type(&self) -> &'static str {
        match self.kind {
            // As it is written, since it is uploaded so.
            Kind::Ip(_) if self.value().contains(':') => "ipv6-addr",
            Kind::Ip(_) => "ipv4-addr",
            Kind::Domain | Kind::Hostname => "domain-name",
            Kind::Url => "url",
            Kind::Md5 => "file:hashes.'MD5'",
            Kind::Sha1 => "file:hashes.'SHA-1'",
            Kind::Sha256 => "file:hashes.'SHA-256'",
            Kind::User => "user-account",
            Kind::Email => "email-addr",
            Kind::Mac => "mac-addr",
        }
    }

    /// Returns the type of the entities that are the observable.
    pub(crate) fn entity_type(&self) -> EntityType {
        match self.kind {
            Kind::Ip(_) => EntityType::Ip,
            Kind::Domain => EntityType::Domain,
            Kind::Hostname => EntityType::Hostname,
            Kind::Url => EntityType::Url,
            Kind::Md5 | Kind::Sha1 | Kind::Sha256 => EntityType::Hash,
            Kind::User => EntityType::Username,
            Kind::Email => EntityType::Email,
            Kind::Mac => EntityType::Mac,
        }
    }

    /// Returns the value in one form for all its spellings.
    pub(crate) fn canonical(&self) -> String {
        matching::normal_form(&self.observable.kind, self.value())
    }

    /// Returns true if a look for the value found the observable.
    pub(crate) fn is_named_in(&self, findings: Findings) -> bool {
        findings.of(matching::Kind::of(&self.observable.kind, self.value())) == Finding::Named
    }

    /// Returns the relation of a value of Cloud SIEM to the observable.
    pub(crate) fn relation(&self, value: &str) -> Relation {
        if matching::is_same(&self.observable.kind, self.value(), value) {
            return Relation::Same;
        }
        match self.kind {
            Kind::Ip(address) => relation_of_block(value, address),
            Kind::Domain if self.parents().contains(&matching::normal_form("domain", value)) => {
                Relation::Covers
            }
            _ => Relation::Other,
        }
    }

    fn parents(&self) -> Vec<String> {
        matching::parent_domains(self.value())
    }

    /// Returns the spellings of the value.
    pub(crate) fn spellings(&self) -> Vec<String> {
        let mut spellings = vec![self.value().to_owned()];
        match self.kind {
            Kind::Ip(address) => spellings.push(address.to_string()),
            Kind::Domain | Kind::Hostname | Kind::Url => spellings.push(self.canonical()),
            Kind::Md5 | Kind::Sha1 | Kind::Sha256 => spellings.push(self.value().to_uppercase()),
            Kind::User | Kind::Email | Kind::Mac => {}
        }
        spellings.push(self.value().to_lowercase());
        // In lower case, a URL may be another one; encoded, it may be longer than an item can be.
        spellings.retain(|spelling| {
            self.relation(spelling) == Relation::Same && spelling.chars().count() <= MAX_VALUE_CHARS
        });
        spellings.sort_unstable();
        spellings.dedup();
        spellings
    }

    /// Returns the values of items that are the observable or hold it.
    pub(crate) fn spellings_and_covers(&self) -> Vec<String> {
        let mut values = self.spellings();
        match self.kind {
            Kind::Ip(address) => values.extend(blocks_of(address)),
            Kind::Domain => values.extend(self.parents()),
            _ => {}
        }
        values
    }
}

/// The lengths of blocks that are looked for.
const V4_LENGTHS: std::ops::RangeInclusive<u8> = 8..=32;
const V6_LENGTHS: [u8; 5] = [32, 48, 56, 64, 128];

fn blocks_of(address: IpAddr) -> Vec<String> {
    let block = |length: u8| IpNet::new(address, length).ok().map(|block| block.trunc().to_string());
    match address {
        IpAddr::V4(_) => V4_LENGTHS.filter_map(block).collect(),
        IpAddr::V6(_) => V6_LENGTHS.into_iter().filter_map(block).collect(),
    }
}

/// The relation of a value to an address, if the value is a block.
fn relation_of_block(value: &str, address: IpAddr) -> Relation {
    match value.trim().parse::<IpNet>() {
        Ok(block) if !block.contains(&address) => Relation::Other,
        Ok(block) if block.prefix_len() == block.max_prefix_len() => Relation::Same,
        Ok(_) => Relation::Covers,
        Err(_) => Relation::Other,
    }
}

/// The longest name of a host.
const MAX_HOST: usize = 253;

fn is_host(value: &str) -> bool {
    let is_sign = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_');
    let is_label = |label: &str| (1..=63).contains(&label.chars().count()) && label.chars().all(is_sign);
    value.len() <= MAX_HOST && value.split('.').all(is_label)
}

fn is_url(value: &str) -> bool {
    !value.contains(char::is_whitespace)
        && value.contains("://")
        && Url::parse(value).is_ok_and(|url| url.has_host())
}

fn is_email(value: &str) -> bool {
    value
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !user.contains(char::is_whitespace) && is_host(host))
}

fn is_hex(value: &str, digits: usize) -> bool {
    value.len() == digits && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_mac(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_hexdigit).count();
    digits == 12 && value.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(kind: &str, value: &str) -> Option<Subject> {
        Subject::of(&Observable { kind: kind.to_owned(), value: value.to_owned() })
    }

    #[test]
    fn values_need_the_form_of_their_type() {
        let (hash, long) = ("a".repeat(64), "a".repeat(2_001));
        for (kind, value, is_good) in [
            ("ip", "198.51.100.24", true),
            ("ip", "2001:db8::1", true),
            ("ipv6", "2001:db8::1", true),
            ("ip", "198.51.100.24/../../174", false),
            ("ip", "198.51.100.0/24", false),
            ("ip", " 198.51.100.24", false),
            ("ip", "", false),
            ("domain", "mail.example.com", true),
            ("domain", "bücher.example", true),
            ("domain", "localhost", false),
            ("domain", "example.com/x", false),
            ("domain", "a..b", false),
            ("hostname", "ws-17", true),
            ("hostname", "a b", false),
            ("url", "https://example.com/a?b=1", true),
            ("url", "https://example.com/a b", false),
            ("url", "example.com", false),
            ("sha256", hash.as_str(), true),
            ("sha256", "abc", false),
            ("md5", "21cf1ad1e7ea4cb69ce54df773a1d68a", true),
            ("sha1", "21cf1ad1e7ea4cb69ce54df773a1d68a", false),
            ("user", "Ana Reyes", true),
            ("user", "a\u{0}b", false),
            ("user", "a\nb", false),
            ("user", long.as_str(), false),
            ("email", "a@example.com", true),
            ("email", "@example.com", false),
            ("mac_address", "00:00:5e:00:53:af", true),
            ("mac_address", "00", false),
            ("file_name", "x.exe", false),
            ("ms_machine_id", "1", false),
        ] {
            assert_eq!(subject(kind, value).is_some(), is_good, "{kind} {value:.40}");
        }
    }

    #[test]
    fn values_are_compared_whole() {
        for (kind, value, item, relation) in [
            ("ip", "10.0.0.1", "10.0.0.1", Relation::Same),
            ("ip", "10.0.0.1", "10.0.0.12", Relation::Other),
            ("ip", "10.0.0.1", "10.0.0.1/32", Relation::Same),
            ("ip", "203.0.113.9", "203.0.113.0/24", Relation::Covers),
            ("ip", "203.0.113.9", "203.0.113.77/24", Relation::Covers),
            ("ip", "203.0.113.9", "203.0.112.0/24", Relation::Other),
            ("ip", "203.0.113.9", "0.0.0.0/0", Relation::Covers),
            ("ip", "203.0.113.9", "203.0.113.0/33", Relation::Other),
            ("ipv6", "2001:db8::1", "2001:0DB8:0::1", Relation::Same),
            ("ipv6", "2001:db8:bad::25", "2001:db8:bad::/48", Relation::Covers),
            ("ipv6", "2001:db8::1", "0.0.0.0/0", Relation::Other),
            ("ipv6", "::ffff:10.0.0.1", "10.0.0.0/24", Relation::Covers),
            ("ipv6", "::ffff:10.0.0.1", "10.0.0.1/32", Relation::Same),
            ("ipv6", "::ffff:10.0.0.1", "10.0.1.0/24", Relation::Other),
            ("domain", "mail.example.com", "EXAMPLE.com", Relation::Covers),
            ("domain", "example.com", "mail.example.com", Relation::Other),
            ("domain", "notexample.com", "example.com", Relation::Other),
            ("domain", "Example.com", "example.COM", Relation::Same),
            ("hostname", "a.example.com", "example.com", Relation::Other),
            ("user", "ana", "ANA", Relation::Same),
            ("user", "ana", "ana2", Relation::Other),
            ("url", "https://e.test/A", "https://e.test/A", Relation::Same),
            ("url", "https://e.test/A", "HTTPS://E.Test/A", Relation::Same),
            ("url", "https://e.test/A", "https://e.test/a", Relation::Other),
            ("url", "https://e.test/a?b=C", "https://e.test/a?b=c", Relation::Other),
            ("url", "https://e.test/a%2Fb", "https://e.test/a/b", Relation::Other),
            ("url", "https://e.test/a//b", "https://e.test/a/b", Relation::Other),
        ] {
            assert_eq!(subject(kind, value).unwrap().relation(item), relation, "{value} {item}");
        }
    }

    #[test]
    fn what_is_asked_for_holds_all_that_covers() {
        let ip = subject("ip", "203.0.113.9").unwrap().spellings_and_covers();
        for value in ["203.0.113.9", "203.0.113.9/32", "203.0.113.0/24", "203.0.0.0/8"] {
            assert!(ip.iter().any(|asked| asked == value), "{value} is not in {ip:?}");
        }
        let mapped = subject("ipv6", "::ffff:203.0.113.9").unwrap();
        assert!(ip.iter().all(|value| mapped.spellings_and_covers().contains(value)));
        assert_eq!(mapped.platform_type(), "ipv6-addr");
        let ipv6 = subject("ipv6", "2001:DB8:bad::25").unwrap().spellings_and_covers();
        assert!(ipv6.contains(&"2001:db8:bad::/48".to_owned()), "{ipv6:?}");
        let domain = subject("domain", "a.Mail.example.com").unwrap().spellings_and_covers();
        assert_eq!(
            domain,
            ["a.Mail.example.com", "a.mail.example.com", "mail.example.com", "example.com", "com"]
        );
        for (url, asked) in [
            ("https://e.test/A", &["https://e.test/A"][..]),
            ("HTTPS://E.test/A", &["HTTPS://E.test/A", "https://e.test/A"]),
            ("HTTPS://E.test", &["HTTPS://E.test", "https://e.test", "https://e.test/"]),
        ] {
            assert_eq!(subject("url", url).unwrap().spellings_and_covers(), asked);
        }
        let long = format!("https://e.test/{}", "ü".repeat(1_000));
        assert_eq!(subject("url", &long).unwrap().spellings(), [long], "no list holds the encoded form");
        assert!(subject("ip", "1.2.3.4").unwrap().fits(Some(&TargetColumn::SourceIp)));
        assert!(!subject("ip", "1.2.3.4").unwrap().fits(Some(&TargetColumn::Url)));
        assert!(!subject("ip", "1.2.3.4").unwrap().fits(None));
    }
}
