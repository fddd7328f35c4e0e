//! Links into the Sumo Logic console.

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The longest link that CTIM takes.
const MAX_LINK: usize = 2048;

/// All but the unreserved characters of a URL is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The console of one deployment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Console {
    base_url: Arc<str>,
}

impl Console {
    /// The console that belongs to an API host: `service` in the place of `api`.
    pub(crate) fn of_api_host(api_host: &str) -> Self {
        let host = sumo_client::Deployment::from_api_host(api_host)
            .map_or_else(|_| api_host.to_owned(), |deployment| deployment.service_host());
        Self::at(format!("https://{host}"))
    }

    /// A console somewhere else; `base_url` is scheme, host and port.
    pub(crate) fn at(base_url: impl Into<Arc<str>>) -> Self {
        Self { base_url: base_url.into() }
    }

    /// Scheme, host and port: the same for all links of a console.
    pub(crate) fn base_url(&self) -> Arc<str> {
        self.base_url.clone()
    }

    /// The list of insights.
    pub(crate) fn insights(&self) -> String {
        self.url("insight", "")
    }

    /// The page of an insight; none when the link would be longer than a link may be, as below.
    pub(crate) fn insight(&self, id: &str) -> Option<String> {
        self.link("insight/", id)
    }

    /// The page of a signal.
    pub(crate) fn signal(&self, id: &str) -> Option<String> {
        self.link("signal/", id)
    }

    /// The page of a rule.
    pub(crate) fn rule(&self, id: &str) -> Option<String> {
        self.link("content/rules/rule/", id)
    }

    /// The search for a value, whatever its length.
    pub(crate) fn search(&self, value: &str) -> String {
        self.url("search?q=", value)
    }

    /// The search for the value when one alone is asked about, else the page of searches.
    pub(crate) fn search_for<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> String {
        let mut values = values.into_iter();
        let link = match (values.next(), values.next()) {
            (Some(value), None) => self.link("search?q=", value),
            _ => None,
        };
        link.unwrap_or_else(|| self.url("search", ""))
    }

    fn link(&self, page: &str, id: &str) -> Option<String> {
        Some(self.url(page, id)).filter(|url| url.len() <= MAX_LINK)
    }

    fn url(&self, page: &str, text: &str) -> String {
        let text: Cow<'_, str> = utf8_percent_encode(text, ENCODED).into();
        [&self.base_url, "/sec/", page, &text].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_console() {
        let console = Console::of_api_host("api.us2.sumologic.com");
        assert_eq!(console.insight("a-1").unwrap(), "https://service.us2.sumologic.com/sec/insight/a-1");
        assert_eq!(console.signal("a/b").unwrap(), "https://service.us2.sumologic.com/sec/signal/a%2Fb");
        let rule = console.rule("MATCH-S1").unwrap();
        assert_eq!(rule, "https://service.us2.sumologic.com/sec/content/rules/rule/MATCH-S1");
        assert_eq!(console.search("a b&c"), "https://service.us2.sumologic.com/sec/search?q=a%20b%26c");
        assert_eq!(console.search_for(["a b"]), "https://service.us2.sumologic.com/sec/search?q=a%20b");
        for values in [vec![], vec!["a", "b"], vec!["é".repeat(400).leak()]] {
            assert_eq!(console.search_for(values), "https://service.us2.sumologic.com/sec/search");
        }
        assert_eq!(console.rule(&"é".repeat(400)), None);
        assert_eq!(
            Console::of_api_host("api.sumologic.com").search("x"),
            "https://service.sumologic.com/sec/search?q=x"
        );
        let elsewhere = Console::at("http://localhost:9090");
        assert_eq!(elsewhere.insight("a").unwrap(), "http://localhost:9090/sec/insight/a");
    }
}
