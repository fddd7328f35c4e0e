//! Public base URLs of modules, as tokens and module type records have them.

use url::Url;

use crate::masking::masked;

/// The error of a text that is not the public base URL of a module.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{url:?} {problem}")]
pub struct PublicUrlError {
    /// The text, without a password.
    url: String,
    problem: String,
}

/// Takes the public base URL of a module: `http` or `https`, host, port and path, in the usual
/// form, since audiences are compared letter by letter. A trailing slash is dropped.
///
/// # Errors
/// Returns an error that says how to write the URL instead, where that is known.
pub fn public_url(text: &str) -> Result<String, PublicUrlError> {
    let error = |problem: String| PublicUrlError { url: masked(text), problem };
    let problem = |problem: &str| Err(error(problem.to_owned()));
    if text.contains([';', ' ']) {
        return problem("holds a semicolon or a blank; URLs are separated by commas");
    }
    let url = match Url::parse(text) {
        Ok(url) if text.contains("://") => url,
        _ if is_host(text) => return Err(error(format!("is not a URL; write https://{}", masked(text)))),
        _ => return problem("is not a URL"),
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return problem("is not an http or https URL");
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return problem("has more than scheme, host, port and path");
    }
    let (given, usual) = (text.trim_end_matches('/'), url.as_str().trim_end_matches('/'));
    if given != usual {
        return Err(error(format!("can never match: tokens have it as \"{usual}\"")));
    }
    Ok(given.to_owned())
}

/// Returns true if a text without a scheme begins with a host.
fn is_host(text: &str) -> bool {
    !text.contains("://") && Url::parse(&format!("https://{text}")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_in_its_usual_form_alone() {
        for text in ["https://relay.example.com", "http://localhost:9090", "https://a.example/path"] {
            assert_eq!(public_url(text).as_deref(), Ok(text));
        }
        assert_eq!(public_url("https://a.example/").as_deref(), Ok("https://a.example"));
        for (text, told) in [
            ("relay.example.com", "is not a URL; write https://relay.example.com"),
            ("relay.example.com:8443", "is not a URL; write https://relay.example.com:8443"),
            ("localhost:9090/x", "is not a URL; write https://localhost:9090/x"),
            ("https://", "is not a URL"),
            ("", "is not a URL"),
            ("ftp://relay.example.com", "is not an http or https URL"),
            ("https://relay.example.com?x", "has more than scheme, host, port and path"),
            ("https://Relay.example.com:443", "tokens have it as \"https://relay.example.com\""),
        ] {
            let error = public_url(text).unwrap_err().to_string();
            assert!(error.ends_with(told), "{text}: {error}");
        }
        let error = public_url("user:hush@relay.example.com").unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
    }
}
