//! Pages of lists, in the three styles of the API.

use std::marker::PhantomData;

use serde::de::DeserializeSeed;
use serde::{Deserialize, Deserializer, Serialize};

use crate::envelope;
use crate::model::null_as_default;

/// A page of a list that is walked by offset.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Page<T> {
    /// The objects of this page.
    pub objects: Vec<T>,
    /// How many objects match in all, 0 when the server did not say. Insights, signals and entities can be
    /// walked up to 10,000 only, however many match.
    pub total: u64,
    /// Whether there are more. Lists that do not say so are taken to have more when `total` is above the number
    /// of objects here.
    pub has_next_page: bool,
    /// Whether the server said itself that there are more, or not.
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

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        envelope::page_seed(PhantomData).deserialize(deserializer)
    }
}

/// A page of a list that is walked by a token, which the server forgets after one minute.
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
