//! The frame around every answer of Cloud SIEM: `{"data": …, "errors": []}`.
//!
//! For callers that decode bytes themselves, for example in one pass and without building models:
//! [`decode_seed`] runs a [`DeserializeSeed`] on what `data` holds, and [`page_seed`] runs one on
//! every object of a page.
//!
//! ```
//! use std::marker::PhantomData;
//! use sumo_client::envelope;
//!
//! let body =
//!     br#"{"data": {"objects": ["a", "b"], "total": 9, "hasNextPage": true}, "errors": []}"#;
//! let page = envelope::decode_seed(body, envelope::page_seed(PhantomData::<String>))?;
//! assert_eq!((page.objects.len(), page.total, page.has_next_page), (2, 9, true));
//! # Ok::<(), sumo_client::envelope::DecodeError>(())
//! ```

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::error::cut;
use crate::page::{ItemwisePage, ItemwiseTokenPage, Page, TokenPage, Unreadable};
use crate::sealed::Sealed;
use crate::surrogates;

/// An answer could not be read: which JSON path, and a short piece of the body.
#[derive(Debug, thiserror::Error)]
#[error("at `{path}`, near `{excerpt}`: {source}")]
pub struct DecodeError {
    path: String,
    excerpt: String,
    source: serde_json::Error,
}

impl DecodeError {
    /// The path of the member that could not be read, such as `data.objects[3].severity`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// At most 80 bytes of the body around the place.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }

    pub(crate) fn into_parts(self) -> (String, String, serde_json::Error) {
        (self.path, self.excerpt, self.source)
    }

    fn new(body: &[u8], path: String, source: serde_json::Error) -> Self {
        Self { excerpt: excerpt(body, &source), path, source }
    }
}

/// Decodes the `data` of an answer.
///
/// # Errors
/// Returns an error if the body is not JSON, has no `data`, or `data` is not a `T`.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    decode_answer(body).map(|answer| answer.data)
}

/// Decodes the `data` of an answer with a seed.
///
/// # Errors
/// Returns an error if the body is not JSON, has no `data`, or the seed refuses it. The path is not
/// known then, since a seed can be used only once.
pub fn decode_seed<'de, S: DeserializeSeed<'de>>(body: &'de [u8], seed: S) -> Result<S::Value, DecodeError> {
    let outcome = match std::str::from_utf8(body) {
        // A text is read faster than bytes of which each string has to be checked.
        Ok(text) => read_to_end(serde_json::Deserializer::from_str(text), AnswerSeed(seed)),
        Err(_) => read_to_end(serde_json::Deserializer::from_slice(body), AnswerSeed(seed)),
    };
    outcome.map(|answer| answer.data).map_err(|error| DecodeError::new(body, "data".to_owned(), error))
}

/// Decodes a page of which objects may be unreadable, see [`ItemwisePage`]. Objects behind the
/// first `most` are passed over, as by [`PageSeed::at_most`].
///
/// # Errors
/// Returns an error if the body is not JSON, or `data` is not a page.
pub fn decode_itemwise<T: Itemwise>(body: &[u8], most: usize) -> Result<ItemwisePage<T>, DecodeError> {
    let whole = |body: &[u8]| decode_seed(body, page_seed(PhantomData::<T>).at_most(most));
    let error = match whole(body) {
        Ok(page) => return Ok(ItemwisePage { page, unreadable: Unreadable::default() }),
        Err(error) => error,
    };
    let text = String::from_utf8_lossy(body);
    let text = surrogates::replaced(&text).map_or(text, Cow::Owned);
    if let Ok(page) = whole(text.as_bytes()) {
        return Ok(ItemwisePage { page, unreadable: Unreadable::default() });
    }
    // The first error tells more than that of a second look.
    let seed = page_seed(PhantomData::<Box<RawValue>>).at_most(most);
    let page = decode_seed(text.as_bytes(), seed).map_err(|_| error)?;
    let mut unreadable = Unreadable::default();
    let page = page.filter_map(|object| T::read(&object, &mut unreadable));
    Ok(ItemwisePage { page, unreadable })
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        page_seed(PhantomData).deserialize(deserializer)
    }
}

/// An object of a page that can be read without those of its parts that are unreadable. Sealed:
/// only insights and signals are one.
pub trait Itemwise: Sealed + DeserializeOwned {
    /// Reads the object as far as possible, and counts what cannot be read.
    fn read(object: &RawValue, unreadable: &mut Unreadable) -> Option<Self>;
}

/// Decodes an answer that has no envelope, such as those of the health events.
///
/// # Errors
/// Returns an error if the body is not JSON or not a `T`.
pub fn decode_bare<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    decode_fast(body, PhantomData::<T>).or_else(|_| decode_with_path(body, PhantomData::<T>))
}

/// Takes any answer of a call that has nothing to tell, even an empty one.
#[expect(clippy::unnecessary_wraps, reason = "one signature for all decoders")]
pub(crate) fn decode_nothing(_body: &[u8]) -> Result<(), DecodeError> {
    Ok(())
}

/// Decodes a page that is followed by a token. The token is looked for inside `data` and beside it.
pub(crate) fn decode_token_page<T: DeserializeOwned>(body: &[u8]) -> Result<TokenPage<T>, DecodeError> {
    let Answer { data: mut page, next_page_token } = decode_answer::<TokenPage<T>>(body)?;
    page.next_page_token = page.next_page_token.or(next_page_token);
    Ok(page)
}

/// Decodes a page that is followed by a token, and of which objects may be unreadable.
pub(crate) fn decode_itemwise_token_page<T: Itemwise>(
    body: &[u8],
) -> Result<ItemwiseTokenPage<T>, DecodeError> {
    let mut unreadable = Unreadable::default();
    // The first error tells more than that of a second look.
    let error = match decode_token_page(body) {
        Ok(page) => return Ok(ItemwiseTokenPage { page, unreadable }),
        Err(error) => error,
    };
    let TokenPage { objects, next_page_token } =
        decode_token_page::<Box<RawValue>>(body).map_err(|_| error)?;
    let objects = objects.iter().filter_map(|object| T::read(object, &mut unreadable)).collect();
    Ok(ItemwiseTokenPage { page: TokenPage { objects, next_page_token }, unreadable })
}

fn decode_answer<T: DeserializeOwned>(body: &[u8]) -> Result<Answer<T>, DecodeError> {
    let seed = AnswerSeed(PhantomData::<T>);
    // Only a failure pays for keeping track of the path.
    decode_fast(body, seed).or_else(|_| decode_with_path(body, seed))
}

fn decode_fast<'de, S: DeserializeSeed<'de>>(
    body: &'de [u8],
    seed: S,
) -> Result<S::Value, serde_json::Error> {
    read_to_end(serde_json::Deserializer::from_slice(body), seed)
}

fn read_to_end<'de, R: serde_json::de::Read<'de>, S: DeserializeSeed<'de>>(
    mut json: serde_json::Deserializer<R>,
    seed: S,
) -> Result<S::Value, serde_json::Error> {
    let value = seed.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

fn decode_with_path<'de, S: DeserializeSeed<'de>>(body: &'de [u8], seed: S) -> Result<S::Value, DecodeError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let outcome = seed.deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track));
    outcome
        .and_then(|value| json.end().map(|()| value))
        .map_err(|error| DecodeError::new(body, track.path().to_string(), error))
}

/// The maximum size of the excerpt of a body in an error, in bytes.
const EXCERPT: usize = 80;

/// The part of the body that leads up to the place where decoding failed.
fn excerpt(body: &[u8], error: &serde_json::Error) -> String {
    let lines_before = error.line().saturating_sub(1);
    let line_start: usize = match lines_before {
        0 => 0,
        lines => body.split_inclusive(|byte| *byte == b'\n').take(lines).map(<[u8]>::len).sum(),
    };
    let end = line_start.saturating_add(error.column()).min(body.len());
    let start = end.saturating_sub(EXCERPT * 3 / 4);
    let end = start.saturating_add(EXCERPT).min(body.len());
    let text = String::from_utf8_lossy(body.get(start..end).unwrap_or_default());
    cut(text.trim_matches('\u{FFFD}'), EXCERPT).to_owned()
}

/// The content of an envelope beside its `errors`, which are empty whenever the status is a
/// success.
struct Answer<T> {
    data: T,
    next_page_token: Option<String>,
}

#[derive(Clone, Copy)]
struct AnswerSeed<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for AnswerSeed<S> {
    type Value = Answer<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum AnswerMember {
    #[serde(rename = "data")]
    Data,
    #[serde(rename = "nextPageToken")]
    NextPageToken,
    #[serde(other)]
    Other,
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for AnswerSeed<S> {
    type Value = Answer<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the member `data`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut seed = Some(self.0);
        let mut data = None;
        let mut next_page_token = None;
        while let Some(member) = members.next_key()? {
            match member {
                AnswerMember::Data => {
                    let seed = seed.take().ok_or_else(|| A::Error::duplicate_field("data"))?;
                    data = Some(members.next_value_seed(seed)?);
                }
                AnswerMember::NextPageToken => next_page_token = members.next_value()?,
                AnswerMember::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        let data = data.ok_or_else(|| A::Error::missing_field("data"))?;
        Ok(Answer { data, next_page_token })
    }
}

/// A seed for a page of a list; `item` is run on each of its objects.
pub fn page_seed<S: Clone>(item: S) -> PageSeed<S> {
    PageSeed { item, most: usize::MAX }
}

/// See [`page_seed`].
#[derive(Clone, Copy, Debug)]
pub struct PageSeed<S> {
    item: S,
    most: usize,
}

impl<S> PageSeed<S> {
    /// Keeps the first `most` objects. Those behind them are passed by without being built, and
    /// make the page's `total` at least as large as the number of objects that came: a server that
    /// sends more than it was asked for costs no memory.
    ///
    /// ```
    /// use std::marker::PhantomData;
    /// use sumo_client::envelope;
    ///
    /// let body = br#"{"data": {"objects": ["a", "b", "c"]}}"#;
    /// let seed = envelope::page_seed(PhantomData::<String>).at_most(2);
    /// let page = envelope::decode_seed(body, seed)?;
    /// assert_eq!((page.objects.len(), page.total, page.has_next_page), (2, 3, true));
    /// # Ok::<(), sumo_client::envelope::DecodeError>(())
    /// ```
    #[must_use]
    pub fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

impl<'de, S: DeserializeSeed<'de> + Clone> DeserializeSeed<'de> for PageSeed<S> {
    type Value = Page<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum PageMember {
    #[serde(rename = "objects")]
    Objects,
    #[serde(rename = "total")]
    Total,
    #[serde(rename = "hasNextPage")]
    HasNextPage,
    #[serde(other)]
    Other,
}

impl<'de, S: DeserializeSeed<'de> + Clone> Visitor<'de> for PageSeed<S> {
    type Value = Page<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page with the member `objects`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut objects = None;
        let mut total: Option<u64> = None;
        let mut has_next_page: Option<bool> = None;
        while let Some(member) = members.next_key()? {
            match member {
                PageMember::Objects => {
                    let seed = ListSeed { item: self.item.clone(), most: self.most };
                    objects = Some(members.next_value_seed(seed)?);
                }
                PageMember::Total => total = members.next_value()?,
                PageMember::HasNextPage => has_next_page = members.next_value()?,
                PageMember::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        let List { kept, more } = objects.ok_or_else(|| A::Error::missing_field("objects"))?;
        if more > 0 {
            let sent = u64::try_from(kept.len()).unwrap_or(u64::MAX).saturating_add(more);
            total = total.max(Some(sent));
        }
        Ok(Page::new(kept, total, has_next_page))
    }
}

/// The start of a list, and how much came behind it.
pub(crate) struct List<T> {
    pub(crate) kept: Vec<T>,
    more: u64,
}

/// A list whose first members are read by clones of one seed; `null` is an empty list.
pub(crate) struct ListSeed<S> {
    pub(crate) item: S,
    pub(crate) most: usize,
}

impl<'de, S: DeserializeSeed<'de> + Clone> DeserializeSeed<'de> for ListSeed<S> {
    type Value = List<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Clone> Visitor<'de> for ListSeed<S> {
    type Value = List<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(List { kept: Vec::new(), more: 0 })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = List { kept: Vec::new(), more: 0 };
        while list.kept.len() < self.most {
            let Some(item) = items.next_element_seed(self.item.clone())? else { return Ok(list) };
            list.kept.push(item);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {
            list.more += 1;
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_read_whatever_stands_around_it() {
        for body in [
            r#"{"data": [1, 2]}"#,
            r#"{"data": [1, 2], "errors": []}"#,
            r#"{"errors": [], "more": {"data": 3}, "data": [1, 2]} "#,
        ] {
            assert_eq!(decode::<Vec<u8>>(body.as_bytes()).unwrap(), [1, 2]);
        }
    }

    #[test]
    fn a_failure_names_path_and_place() {
        #[derive(Debug, Deserialize)]
        struct Thing {
            #[expect(dead_code, reason = "only its type matters")]
            size: u8,
        }
        let body = br#"{"data": {"objects": [{"size": 1}, {"size": "large"}], "total": 2}}"#;
        let error = decode::<Page<Thing>>(body).unwrap_err();
        assert_eq!(error.path(), "data.objects[1].size");
        assert!(error.excerpt().contains("large"), "{error}");
        assert!(error.excerpt().len() <= EXCERPT);

        let error = decode_bare::<Vec<u8>>(b"{\"a\":\n\n  1}").unwrap_err();
        assert!(error.to_string().contains("expected a sequence"), "{error}");
        for broken in ["", "{", "[]", r#"{"errors": []}"#, r#"{"data": 1} x"#, r#"{"data": 1, "data": 2}"#] {
            assert!(decode::<u8>(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn the_token_counts_inside_data_and_beside_it() {
        let token = |body: &str| decode_token_page::<u8>(body.as_bytes()).unwrap().next_page_token;
        assert_eq!(token(r#"{"data": {"objects": [], "nextPageToken": "a"}}"#).as_deref(), Some("a"));
        assert_eq!(token(r#"{"nextPageToken": "b", "data": {"objects": []}}"#).as_deref(), Some("b"));
        assert_eq!(token(r#"{"data": {"objects": [], "nextPageToken": null}, "errors": []}"#), None);
        assert_eq!(token(r#"{"data": {"objects": null}}"#), None);
    }

    #[test]
    fn an_odd_object_of_a_page_by_token_costs_that_object() {
        use crate::api::insights::Insight;
        let body = br#"{"data": {"objects": [{"id": "1"}, {"id": "2", "timeToDetection": "soon"}, 7],
                        "nextPageToken": "next"}}"#;
        let answer = decode_itemwise_token_page::<Insight>(body).unwrap();
        assert_eq!(answer.page.objects.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["1"]);
        assert_eq!((answer.page.next_page_token.as_deref(), answer.unreadable.insights), (Some("next"), 2));
        let error = decode_itemwise_token_page::<Insight>(br#"{"data": {"objects": 7}}"#).unwrap_err();
        assert_eq!(error.path(), "data.objects");
    }

    #[test]
    fn pages_tolerate_what_lists_leave_out() {
        let page = decode::<Page<u8>>(br#"{"data": {"objects": [1], "total": 3}}"#).unwrap();
        assert_eq!((page.total, page.has_next_page), (3, true));
        let page = decode::<Page<u8>>(br#"{"data": {"objects": [], "hasNextPage": null}}"#).unwrap();
        assert_eq!((page.total, page.has_next_page), (0, false));
    }
}
