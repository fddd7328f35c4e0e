//! The address of the caller behind proxies.

use std::net::IpAddr;
use std::str::FromStr;

use http::HeaderMap;
use ipnet::IpNet;

/// The header in which proxies write whom they forward a request for, the nearest caller last.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word about callers counts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustedProxies(Vec<IpNet>);

/// The error of a text that is not an address or a network.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an IP address or a network such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl TrustedProxies {
    /// Reads addresses and networks, such as `127.0.0.1` and `10.0.0.0/8`.
    ///
    /// # Errors
    /// Returns an error if one of them is neither.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NetworkError> {
        texts.into_iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Returns the address that a request was forwarded for: the nearest one that is not a trusted
    /// proxy. None if the request came from elsewhere than a trusted proxy, or that named nobody.
    pub fn forwarded_for(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.contains(peer) {
            return None;
        }
        let values = headers.get_all(FORWARDED_FOR).into_iter().filter_map(|value| value.to_str().ok());
        let named: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
        let mut furthest = None;
        for text in named.into_iter().rev() {
            let address = address(text)?;
            furthest = Some(address);
            if !self.contains(address) {
                break;
            }
        }
        furthest
    }
}

fn network(text: &str) -> Result<IpNet, NetworkError> {
    let network = IpNet::from_str(text).or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| NetworkError(text.to_owned()))
}

/// Reads an address; some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    bare().or_else(with_port).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", "::1"]).unwrap();
        let near: IpAddr = "10.0.0.1".parse().unwrap();
        for (peer, values, expected) in [
            ("192.0.2.1", &["203.0.113.7"][..], None),
            ("10.0.0.1", &[], None),
            ("10.0.0.1", &["203.0.113.7"], Some("203.0.113.7")),
            ("::1", &["203.0.113.7"], Some("203.0.113.7")),
            ("::ffff:10.0.0.1", &["203.0.113.7"], Some("203.0.113.7")),
            ("10.0.0.1", &["6.6.6.6, 203.0.113.7, 10.0.0.2"], Some("203.0.113.7")),
            ("10.0.0.1", &["6.6.6.6", "203.0.113.7"], Some("203.0.113.7")),
            ("10.0.0.1", &["203.0.113.7:4711"], Some("203.0.113.7")),
            ("10.0.0.1", &["[2001:db8::1]"], Some("2001:db8::1")),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], Some("10.0.0.3")),
            ("10.0.0.1", &["unknown"], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(FORWARDED_FOR, value.parse().unwrap());
            }
            let expected = expected.map(|address| address.parse::<IpAddr>().unwrap());
            assert_eq!(proxies.forwarded_for(peer.parse().unwrap(), &headers), expected, "{peer} {values:?}");
        }
        assert_eq!(TrustedProxies::default().forwarded_for(near, &HeaderMap::new()), None);
        assert!(TrustedProxies::parse(["10.0.0.0/33"]).is_err() && TrustedProxies::parse(["proxy"]).is_err());
    }
}
