//! Values of settings without the passwords in them.

/// Returns a value without the password that a URL in it may hold. The value need not be a URL:
/// those that cannot be used are shown, too.
pub(crate) fn masked(value: &str) -> String {
    let Some((before, host)) = value.rsplit_once('@') else { return value.to_owned() };
    let (scheme, credentials) = match before.split_once("://") {
        Some((scheme, credentials)) => (format!("{scheme}://"), credentials),
        None => (String::new(), before),
    };
    match credentials.split_once(':') {
        Some((user, _password)) => format!("{scheme}{user}:***@{host}"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn passwords_are_masked_and_nothing_else() {
        for (value, shown) in [
            ("redis://user:pass@store:6379/0", "redis://user:***@store:6379/0"),
            ("https://:pass@store", "https://:***@store"),
            ("https://user:p@ss:w/rd@store/a", "https://user:***@store/a"),
            ("https://user:pass@store:port", "https://user:***@store:port"),
            ("https://user:pass@", "https://user:***@"),
            ("user:pass@store", "user:***@store"),
            ("https://a:b@c,https://d:e@f", "https://a:***@f"),
            ("https://user@store:443", "https://user@store:443"),
            ("http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318/v1/traces"),
            ("info", "info"),
        ] {
            assert_eq!(masked(value), shown);
        }
    }
}
