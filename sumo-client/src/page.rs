//! Pages of lists, in the three styles of the API.

use serde::{Deserialize, Serialize};

use crate::model::null_as_default;

/// A page of a list that is read by offset.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Page<T> {
    /// The objects of this page.
    pub objects: Vec<T>,
    /// The number of objects that match in all, 0 when the server did not return it. Insights,
    /// signals and entities can be read up to 10,000 only, however many match.
    pub total: u64,
    /// True if there are more. Lists that do not state it are taken to have more when `total` is
    /// above the number of objects here.
    pub has_next_page: bool,
    /// True if the server itself stated whether there are more.
    #[serde(skip)]
    pub(crate) is_next_page_declared: bool,
}

impl<T> Page<T> {
    pub(crate) fn new(objects: Vec<T>, total: Option<u64>, has_next_page: Option<bool>) -> Self {
        let total = total.unwrap_or(0);
        let more = u64::try_from(objects.len()).is_ok_and(|len| len < total);
        Self {
            objects,
            total,
            has_next_page: has_next_page.unwrap_or(more),
            is_next_page_declared: has_next_page.is_some(),
        }
    }
}

impl<T> Page<T> {
    /// Returns the same page with what `map` makes of its objects.
    pub(crate) fn filter_map<U>(self, map: impl FnMut(T) -> Option<U>) -> Page<U> {
        let Self { objects, total, has_next_page, is_next_page_declared } = self;
        let objects = objects.into_iter().filter_map(map).collect();
        Page { objects, total, has_next_page, is_next_page_declared }
    }
}

/// A page of which some objects could not be read. One odd object costs that object, not the page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ItemwisePage<T> {
    /// The objects that could be read.
    pub page: Page<T>,
    /// The number of those that could not.
    pub unreadable: Unreadable,
}

/// The number of things of a page that could not be read, and are left out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// Insights.
    pub insights: usize,
    /// Signals, those inside of insights among them.
    pub signals: usize,
}

/// A page of a list that is read by a token, which the server forgets after one minute.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenPage<T> {
    /// The objects of this page.
    #[serde(
        default = "Vec::new",
        deserialize_with = "null_as_default",
        bound(deserialize = "T: Deserialize<'de>")
    )]
    pub objects: Vec<T>,
    /// Asks for the next page, within a minute; absent on the last one.
    #[serde(default)]
    pub next_page_token: Option<String>,
}

/// A page by token without the objects that could not be read, see [`ItemwisePage`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ItemwiseTokenPage<T> {
    /// The objects that could be read.
    pub page: TokenPage<T>,
    /// The number of those that could not.
    pub unreadable: Unreadable,
}
