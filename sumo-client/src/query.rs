//! The filter language of the parameter `q`.

use std::fmt;

/// A filter for lists: a text in the language of the API's parameter `q`.
///
/// ```
/// use sumo_client::Query;
///
/// let query = Query::raw(r#"-status:"closed" severity:"HIGH""#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    text: String,
}

impl Query {
    /// A filter as text, sent as it is.
    pub fn raw(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The filter as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for Query {
    fn from(text: &str) -> Self {
        Self::raw(text)
    }
}

impl From<String> for Query {
    fn from(text: String) -> Self {
        Self::raw(text)
    }
}
