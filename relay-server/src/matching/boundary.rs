//! The characters around a value that make it a part of another value.

use super::kind::Kind;

/// Returns true if nothing of `before` and `after` belongs to the value that was found between
/// them.
pub(super) fn stands_alone(kind: Kind, before: &str, found: &str, after: &str) -> bool {
    match kind {
        Kind::Mac => is_whole_mac(before, found, after),
        _ => starts_alone(kind, before, found) && ends_alone(kind, found, after),
    }
}

/// Returns true if a value of this kind goes on with `c`.
fn joins(kind: Kind, c: char) -> bool {
    c.is_alphanumeric() || (!matches!(kind, Kind::Hash | Kind::Address) && matches!(c, '-' | '_'))
}

fn starts_alone(kind: Kind, before: &str, found: &str) -> bool {
    let first = found.chars().next();
    if kind == Kind::Path && first == Some('\\') {
        return !is_in_folder(before);
    }
    if !first.is_some_and(|first| joins(kind, first)) {
        return true;
    }
    let mut ahead = before.chars().rev();
    match ahead.next() {
        None => true,
        // The labels before a domain are its subdomains, also where it is asked for as a host;
        // before any other name they make it another one.
        Some('.')
            if matches!(kind, Kind::Email | Kind::Account | Kind::FileName) || is_short_host(kind, found) =>
        {
            ahead.next().is_none_or(|c| !joins(kind, c))
        }
        Some('+') => kind != Kind::Email,
        Some(c) => !joins(kind, c),
    }
}

/// Returns true for the name of a host without a domain.
fn is_short_host(kind: Kind, found: &str) -> bool {
    kind == Kind::Host && !found.contains('.')
}

/// Returns true if a path that starts with a slash is the end of a longer one: of a drive or of a
/// folder.
fn is_in_folder(before: &str) -> bool {
    let mut ahead = before.chars().rev();
    match ahead.next() {
        Some(':') => {
            ahead.next().is_some_and(char::is_alphabetic) && ahead.next().is_none_or(|c| !c.is_alphanumeric())
        }
        Some(c) => joins(Kind::Path, c) || c == '.',
        None => false,
    }
}

fn ends_alone(kind: Kind, found: &str, after: &str) -> bool {
    if !found.chars().next_back().is_some_and(|last| joins(kind, last)) {
        return true;
    }
    let mut behind = after.chars();
    match behind.next() {
        None => true,
        Some('.') => {
            let goes_on = behind.next().is_some_and(|c| joins(kind, c));
            // The domain behind the name of a host, unless that has one of its own.
            !goes_on || is_short_host(kind, found)
        }
        // A machine account, and a tag of a mailbox.
        Some('$' | '+') => kind != Kind::Account,
        // Credentials before the host that a URL leads to.
        Some('@') => kind != Kind::Url,
        Some(':') if kind == Kind::Url => !is_of_credentials(found, after),
        Some(c) => !joins(kind, c),
    }
}

/// The most characters of a password that is looked for behind the start of a URL.
const MAX_PASSWORD: usize = 256;

/// Returns true if the end of `found` is the name of a user and `after` starts with the password,
/// so that the URL leads to the host behind these.
fn is_of_credentials(found: &str, after: &str) -> bool {
    let has_path = found.split_once(":\\").is_some_and(|(_, rest)| rest.contains('\\'));
    let is_end = |c: char| matches!(c, '/' | '\\' | '?' | '#' | '"' | '<' | '>') || c.is_whitespace();
    let mut password = after.chars().take(MAX_PASSWORD).take_while(|c| !is_end(*c));
    !has_path && password.any(|c| c == '@')
}

/// Returns true if the address is not a part of a longer one, such as an EUI-64.
fn is_whole_mac(before: &str, found: &str, after: &str) -> bool {
    let is_open = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    if !is_open(before.chars().next_back()) || !is_open(after.chars().next()) {
        return false;
    }
    let Some(separator) = found.chars().find(|c| !c.is_ascii_hexdigit()) else { return true };
    let width = found.split(separator).next().map_or(0, str::len);
    let is_group = |group: &str| group.len() == width && group.bytes().all(|b| b.is_ascii_hexdigit());
    let ahead = before.strip_suffix(separator).is_some_and(|rest| {
        let length: usize =
            rest.chars().rev().take(width + 1).take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum();
        rest.get(rest.len() - length..).is_some_and(is_group)
    });
    let behind = after.strip_prefix(separator).is_some_and(|rest| {
        let length: usize =
            rest.chars().take(width + 1).take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum();
        rest.get(..length).is_some_and(is_group)
    });
    !ahead && !behind
}
