//! Links that XDR offers beside an observable, the data of `refer/observables`.

use poem_openapi::Object;
use serde::Serialize;

/// A link that XDR offers beside an observable.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Object)]
#[non_exhaustive]
pub struct ReferenceLink {
    /// An id that is the same for the same observable.
    pub id: String,
    /// The text of the link.
    pub title: String,
    /// The same in a sentence.
    pub description: String,
    /// The address.
    pub url: String,
    /// The groups under which XDR shows it, product first.
    pub categories: Vec<String>,
}

impl ReferenceLink {
    /// Creates a link; its description is the title.
    pub fn new(id: impl Into<String>, title: impl Into<String>, url: impl Into<String>) -> Self {
        let (id, title, url) = (id.into(), title.into(), url.into());
        Self { id, description: title.clone(), title, url, categories: Vec::new() }
    }

    /// Returns the same with a sentence that describes it.
    #[must_use]
    pub fn with_description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Returns the same in these groups.
    #[must_use]
    pub fn with_categories(self, categories: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { categories: categories.into_iter().map(Into::into).collect(), ..self }
    }
}
