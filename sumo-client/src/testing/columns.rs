//! The values that fit a target column of lists, or a source of threat intelligence.

use std::net::IpAddr;

use url::Url;

/// Columns that every tenant has, as the vendor's Terraform provider lists them.
const BUILT_IN: &[&str] = &[
    "Hostname", "FileHash", "Url", "SrcIp", "DstIp", "Domain", "Username", "Ip", "Asn", "Isp", "Org",
    "SrcAsn", "SrcIsp", "SrcOrg", "DstAsn", "DstIsp", "DstOrg",
];

/// Hexadecimal digits of MD5, SHA-1, SHA-256 and SHA-512.
const HASH_LENGTHS: [usize; 4] = [32, 40, 64, 128];

pub(super) fn is_built_in(column: &str) -> bool {
    BUILT_IN.contains(&column)
}

/// Returns false if a value is surely a mistake in a column. Columns without a form of their own
/// take any value.
pub(super) fn takes(column: &str, value: &str) -> bool {
    match column {
        "Ip" | "SrcIp" | "DstIp" => is_address(value) || is_block(value),
        "Domain" | "Hostname" => is_host(value),
        "FileHash" => is_hash(value) || is_fuzzy_hash(value),
        "Url" => !value.contains(char::is_whitespace),
        _ => true,
    }
}

/// Returns true if a custom source of threat intelligence takes a value: an address, an e-mail
/// address, a complete URL, a host without protocol and path, or a hash.
pub(super) fn is_indicator(value: &str) -> bool {
    is_address(value) || is_email(value) || is_url(value) || is_host(value) || is_hash(value)
}

fn is_address(value: &str) -> bool {
    value.parse::<IpAddr>().is_ok()
}

fn is_block(value: &str) -> bool {
    let Some((address, length)) = value.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.bytes().all(|byte| byte.is_ascii_digit())
        && length.parse::<u8>().is_ok_and(|length| length <= most)
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| !user.is_empty() && is_host(host))
}

fn is_url(value: &str) -> bool {
    value.contains("://") && Url::parse(value).is_ok_and(|url| url.has_host())
}

fn is_host(value: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_');
    !value.is_empty() && value.split('.').all(|label| !label.is_empty() && label.chars().all(is_part))
}

fn is_hash(value: &str) -> bool {
    HASH_LENGTHS.contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A hash of ssdeep: the size of blocks, and two texts.
fn is_fuzzy_hash(value: &str) -> bool {
    let mut parts = value.split(':');
    let is_size = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(is_size) && parts.count() == 2 && !value.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_take_what_has_their_form() {
        let sha1 = "1cbb056dfa94f4f837974671c0189600970fb219";
        let cases = [
            ("Ip", "198.51.100.24", true),
            ("Ip", "198.51.100.0/24", true),
            ("SrcIp", "2001:db8::/32", true),
            ("DstIp", "2001:db8::1", true),
            ("Ip", "198.51.100.24/33", false),
            ("Ip", "198.51.100.24/+8", false),
            ("Ip", "198.51.100.24/../../174", false),
            ("Ip", "example.com", false),
            ("Domain", "mail.example.com", true),
            ("Domain", "bücher.example", true),
            ("Domain", "https://example.com", false),
            ("Domain", "example..com", false),
            ("Hostname", "ws_1", true),
            ("Hostname", "a b", false),
            ("FileHash", sha1, true),
            ("FileHash", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", true),
            ("FileHash", "deadbeef", false),
            ("FileHash", "http://a:b", false),
            ("Url", "https://example.com/a?b", true),
            ("Url", "https://example.com/a b", false),
            ("Username", "Ana Reyes", true),
            ("a-custom-column", "anything at all", true),
        ];
        for (column, value, expected) in cases {
            assert_eq!(takes(column, value), expected, "{column} {value}");
        }
        for (value, expected) in [
            ("203.0.113.9", true),
            ("2001:db8::1", true),
            ("a@example.com", true),
            ("https://example.com/x", true),
            ("bad.example", true),
            (sha1, true),
            ("203.0.113.0/24", false),
            ("example.com/path", false),
            ("two words", false),
            ("", false),
        ] {
            assert_eq!(is_indicator(value), expected, "{value}");
        }
    }
}
