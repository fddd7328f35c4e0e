//! The kinds of values that differ in when two texts are the same value.

use std::net::{IpAddr, Ipv6Addr};

/// A kind of value. It follows from the type of an observable and from the value, since a value may
/// be of another kind than its type promises.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) enum Kind {
    /// An IP address of either version.
    Address,
    Domain,
    /// The name of a host, with or without its domain.
    Host,
    Email,
    Url,
    /// Hexadecimal digits alone, such as a file hash.
    Hash,
    Mac,
    /// The name of a user.
    Account,
    /// The name of a file or process without its folder.
    FileName,
    /// A path of a file system.
    Path,
    /// A registry key, with or without a value name.
    Registry,
    /// Anything else.
    Text,
}

impl Kind {
    /// The kinds of values that are not addresses.
    pub(super) const NAMES: [Self; 11] = [
        Self::Domain,
        Self::Host,
        Self::Email,
        Self::Url,
        Self::Hash,
        Self::Mac,
        Self::Account,
        Self::FileName,
        Self::Path,
        Self::Registry,
        Self::Text,
    ];

    /// Returns the kind of `value`, which has this type of observable.
    pub(crate) fn of(observable_type: &str, value: &str) -> Self {
        if address(value).is_some() {
            return Self::Address;
        }
        match observable_type {
            "domain" => Self::Domain,
            "hostname" => Self::Host,
            "email" if value.contains('@') => Self::Email,
            "url" => Self::Url,
            "md5" | "sha1" | "sha256" | "process_hash" if is_hex(value) => Self::Hash,
            "mac_address" if mac(value).is_some() => Self::Mac,
            "user" | "process_username" => Self::Account,
            "file_name" | "process_name" => Self::FileName,
            "file_path" | "process_path" => Self::Path,
            "registry_key" | "registry_path" => Self::Registry,
            _ if value.len() >= SHORTEST_HASH && is_hex(value) => Self::Hash,
            _ => Self::Text,
        }
    }

    /// Returns the kinds that a value may have that is not an address, whatever its type.
    pub(super) fn names_of(value: &str) -> impl Iterator<Item = Self> {
        let (is_hash, is_mac, is_email) = (is_hex(value), mac(value).is_some(), value.contains('@'));
        Self::NAMES.into_iter().filter(move |kind| match kind {
            Self::Hash => is_hash,
            Self::Mac => is_mac,
            Self::Email => is_email,
            _ => true,
        })
    }

    pub(super) fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// The length from which on hexadecimal digits count as a hash, whatever their type.
const SHORTEST_HASH: usize = 32;

fn is_hex(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Reads an IP address in any spelling, in brackets or with a zone; an IPv4-mapped one is the IPv4
/// address.
pub(super) fn address(value: &str) -> Option<IpAddr> {
    let bare = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    let (bare, has_zone) = match bare.split_once('%') {
        Some((bare, zone)) => (bare, !zone.is_empty()),
        None => (bare, false),
    };
    if bare.contains(':') || has_zone {
        return bare.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical());
    }
    bare.parse().ok()
}

/// Reads the twelve hexadecimal digits of a MAC address, in lower case, whatever separates them.
pub(super) fn mac(value: &str) -> Option<String> {
    let separator = value.chars().find(|c| !c.is_ascii_hexdigit());
    if separator.is_some_and(|c| !matches!(c, ':' | '-' | '.' | '_' | ' ')) {
        return None;
    }
    let groups: Vec<&str> = separator.map_or_else(|| vec![value], |c| value.split(c).collect());
    let width = 12 / groups.len().max(1);
    let is_even = groups.iter().all(|group| group.len() == width && is_hex(group));
    (is_even && width * groups.len() == 12).then(|| groups.concat().to_ascii_lowercase())
}
