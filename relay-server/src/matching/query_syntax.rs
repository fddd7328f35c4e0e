//! Values that Cloud SIEM may read as a query rather than as a text.

/// Returns true if `value` is one word without any sign of the query language: no leading `-`,
/// quotes, parentheses, wildcards, `+`, and no `field:`. The scheme of a URL and the letter of a
/// drive are not fields.
pub(crate) fn is_plain_word(value: &str) -> bool {
    let is_syntax = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | '*' | '?' | '+');
    !value.is_empty() && !value.starts_with('-') && !value.contains(is_syntax) && !has_field(value)
}

/// Returns true if the value starts as `field:` does.
fn has_field(value: &str) -> bool {
    let Some((name, rest)) = value.split_once(':') else { return false };
    if super::kind::address(value).is_some() || super::kind::mac(value).is_some() {
        return false;
    }
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    let is_drive = name.len() == 1 && rest.starts_with(['\\', '/']);
    is_name && !is_drive && !rest.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_language_is_told_from_plain_words() {
        for (value, is_plain, reason) in [
            ("10.0.0.1", true, "an address"),
            ("2001:db8::1", true, "an address with colons"),
            ("fe80::1%eth0", true, "an address that starts with a letter"),
            ("00:00:5e:00:53:01", true, "a MAC address"),
            ("ab:cd:ef:00:53:01", true, "a MAC address that starts with letters"),
            ("evil.example", true, "a domain"),
            ("web-01", true, "a hyphen inside"),
            ("bob@ex.test", true, "a mailbox"),
            ("https://evil.example/x", true, "the scheme of a URL"),
            (r"C:\Temp\x.exe", true, "the letter of a drive"),
            (r"HKLM\Software\X", true, "a key"),
            ("müller", true, "a letter beyond ASCII"),
            ("4776", true, "a number"),
            ("-web-01", false, "negation"),
            ("-name:\"zzz\"", false, "a negated clause"),
            ("name:zzz", false, "a field"),
            ("entity.ip:10.0.0.1", false, "a field with a dot"),
            ("severity:>5", false, "a comparison"),
            ("\"zzz\"", false, "quotes"),
            ("it's", false, "a single quote"),
            ("in(zzz)", false, "parentheses"),
            ("zzz*", false, "a wildcard"),
            ("https://evil.example/?q=1", false, "a wildcard in a URL"),
            ("bob+tag@ex.test", false, "what follows a plus is ignored"),
            ("two words", false, "two clauses"),
            ("a\tb", false, "a tab"),
            (" ", false, "a blank"),
            ("", false, "nothing"),
        ] {
            assert_eq!(is_plain_word(value), is_plain, "{value:?}: {reason}");
        }
    }
}
