//! The hosts that a module may call, and the audiences that it answers to.
//!
//! Tokens name a key-set host, an audience and an API host. Each is compared with a list from the
//! configuration before anything is fetched, so that no token can make the relay call elsewhere.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// The hosts that publish the signing keys of Cisco XDR: North America, Europe, Asia Pacific.
pub const CISCO_JWKS_HOSTS: [&str; 3] =
    ["visibility.amp.cisco.com", "visibility.eu.amp.cisco.com", "visibility.apjc.amp.cisco.com"];

/// A host with an optional port, and nothing else: no scheme, path or user.
///
/// ```
/// use xdr_module::auth::allow_list::HostPort;
///
/// assert!("api.us2.sumologic.com".parse::<HostPort>().is_ok());
/// assert!("127.0.0.1:8443".parse::<HostPort>().is_ok());
/// assert!("https://api.sumologic.com".parse::<HostPort>().is_err());
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
pub struct HostPort(String);

impl HostPort {
    /// Returns the text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error of a text that is not a [`HostPort`].
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not host or host:port (no scheme, path or user, no blanks)")]
pub struct HostPortError(String);

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        let (host, port) = split_port(text);
        let port_is_good = port.is_none_or(|port| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if port_is_good && is_host(host) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(HostPortError(text.into()))
        }
    }
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

/// A list of hosts that may be called.
///
/// A host is on the list when its text is, letter by letter: no port is added, no case folded, no
/// name resolved, so that there is nothing to trick.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowList(BTreeSet<String>);

impl AllowList {
    /// Creates a list of `hosts`.
    pub fn new(hosts: impl IntoIterator<Item = HostPort>) -> Self {
        Self(hosts.into_iter().map(|host| host.0).collect())
    }

    /// Returns the hosts that publish Cisco XDR's signing keys.
    pub fn cisco() -> Self {
        Self::known(CISCO_JWKS_HOSTS)
    }

    /// Creates a list of the texts that are hosts; others are left out.
    pub fn known<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(hosts.into_iter().filter_map(|host| host.parse().ok()))
    }

    /// Returns true if `host` is on the list.
    pub fn contains(&self, host: &str) -> bool {
        self.0.contains(host)
    }

    /// Returns the hosts in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The audiences that a module answers to: its own public base URLs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Audiences {
    /// Exactly these URLs, without a trailing slash.
    Configured(BTreeSet<String>),
    /// `http://` or `https://` with the Host header of the request; for trying things out, since
    /// anyone who can reach the relay chooses that header.
    RequestHost,
}

impl Audiences {
    /// Returns true if a token made for `audience` is for this module, called as `host`.
    pub fn contains(&self, audience: &str, host: Option<&str>) -> bool {
        match self {
            Self::Configured(urls) => urls.contains(audience),
            Self::RequestHost => {
                let named = audience.strip_prefix("https://").or_else(|| audience.strip_prefix("http://"));
                named.is_some() && named == host
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_are_hosts() {
        for good in
            ["a", "API.Sumologic.com", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:443", "a-b.c_d:65535"]
        {
            assert_eq!(good.parse::<HostPort>().unwrap().as_str(), good.to_lowercase());
        }
        for bad in [
            "",
            ".",
            "a.",
            "a..b",
            "-a",
            "a:",
            "a:0",
            "a:65536",
            "a:+1",
            "a:1:2",
            "https://a",
            "a/b",
            "u@a",
            "a b",
            "a\n",
            "ä",
            "[::1",
            "[x]",
            "a?b",
            "a#b",
            "a\\b",
            "*.a",
            "a%2eb",
        ] {
            assert!(bad.parse::<HostPort>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_host_is_trusted_letter_by_letter() {
        let list = AllowList::new(["visibility.amp.cisco.com".parse().unwrap()]);
        assert!(list.contains("visibility.amp.cisco.com"));
        for trick in [
            "Visibility.amp.cisco.com",
            "visibility.amp.cisco.com.",
            "visibility.amp.cisco.com:443",
            "visibility.amp.cisco.com/",
            "visibility.amp.cisco.com@evil.example",
            "evil.example",
            "",
            "visibility.amp.cisco.com.evil.example",
            "visibility.amp.cisco.com#",
            " visibility.amp.cisco.com",
            "vіsibility.amp.cisco.com",
        ] {
            assert!(!list.contains(trick), "{trick:?}");
        }
    }

    #[test]
    fn audiences_are_urls_or_the_host_asked() {
        let configured = Audiences::Configured(["https://relay.example.com".to_owned()].into());
        assert!(configured.contains("https://relay.example.com", None));
        assert!(!configured.contains("http://relay.example.com", Some("relay.example.com")));
        let by_host = Audiences::RequestHost;
        assert!(by_host.contains("http://localhost:9090", Some("localhost:9090")));
        assert!(by_host.contains("https://localhost:9090", Some("localhost:9090")));
        assert!(!by_host.contains("localhost:9090", Some("localhost:9090")));
        assert!(!by_host.contains("http://other", Some("localhost")));
        assert!(!by_host.contains("http://", None));
        assert!(!by_host.contains("", None));
    }
}
