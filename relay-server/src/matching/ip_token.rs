//! The address that a place in a text is a part of.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most characters of an address on either side of a place.
const MAX_SIDE: usize = 64;

/// Returns true if the text `found` between `before` and `after` stands for `address`.
pub(super) fn is_address(address: IpAddr, before: &str, found: &str, after: &str) -> bool {
    match address {
        IpAddr::V4(address) if found.parse::<Ipv4Addr>().is_ok() => is_ipv4(address, before, found, after),
        _ => is_ipv6(address, before, found, after),
    }
}

/// Returns true if nothing around dotted digits makes them a part of another address or word.
fn is_ipv4(address: Ipv4Addr, before: &str, found: &str, after: &str) -> bool {
    let mut ahead = before.chars().rev();
    let is_start = match ahead.next() {
        Some('.') => ahead.next().is_none_or(|c| !c.is_ascii_digit()),
        Some(':') => is_no_other_ipv6(address, before, found),
        Some(c) => !c.is_alphanumeric(),
        None => true,
    };
    let mut behind = after.chars();
    let is_end = match behind.next() {
        Some('.') => behind.next().is_none_or(|c| !c.is_alphanumeric()),
        Some(c) => !c.is_alphanumeric(),
        None => true,
    };
    is_start && is_end
}

/// Returns false if the digits are the end of an IPv6 address other than the IPv4-mapped one.
fn is_no_other_ipv6(address: Ipv4Addr, before: &str, found: &str) -> bool {
    let token = format!("{}{found}", end_of(before));
    ipv6_of(&token).is_none_or(|other| other.to_ipv4_mapped() == Some(address))
}

fn is_ipv6(address: IpAddr, before: &str, found: &str, after: &str) -> bool {
    let Some(tail) = start_of(after) else { return false };
    let token = format!("{}{found}{tail}", end_of(before));
    ipv6_of(&token).is_some_and(|other| IpAddr::V6(other).to_canonical() == address)
}

fn is_of_token(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ':' | '.')
}

/// The end of a text that may belong to an address, or holds the name before one.
fn end_of(text: &str) -> &str {
    let length: usize =
        text.chars().rev().take(MAX_SIDE).take_while(|c| is_of_token(*c)).map(char::len_utf8).sum();
    text.get(text.len() - length..).unwrap_or_default()
}

/// The start of a text that may belong to an address, unless it is too long for one.
fn start_of(text: &str) -> Option<&str> {
    let length: usize =
        text.chars().take(MAX_SIDE + 1).take_while(|c| is_of_token(*c)).map(char::len_utf8).sum();
    text.get(..length).filter(|start| start.len() <= MAX_SIDE)
}

/// Reads a token as an IPv6 address: without the name before it, the punctuation behind it, and a
/// port that can be told from the address.
fn ipv6_of(token: &str) -> Option<Ipv6Addr> {
    let mut token = token.trim_matches('.');
    while let Some((name, rest)) = token.split_once(':') {
        let is_group = name.len() <= 4 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let is_start = name.is_empty() && rest.starts_with(':');
        if is_start || (is_group && !name.is_empty()) {
            break;
        }
        token = rest;
    }
    if !token.ends_with("::") {
        token = token.strip_suffix(':').unwrap_or(token);
    }
    token.parse().ok().or_else(|| without_port(token)?.parse().ok())
}

/// The address before a port: behind eight groups, or behind a dot.
fn without_port(token: &str) -> Option<&str> {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let has_all_groups = !token.contains("::") && token.matches(':').count() == 8;
    let (address, port) = if has_all_groups { token.rsplit_once(':')? } else { token.rsplit_once('.')? };
    is_port(port).then_some(address)
}
