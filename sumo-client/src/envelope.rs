//! The frame around every answer of Cloud SIEM: `{"data": …, "errors": []}`.
//!
//! For callers that decode bytes themselves, for example in one pass and without building models:
//! [`decode_seed`] runs a [`DeserializeSeed`] on what `data` holds, and [`page_seed`] runs one on every object
//! of a page.
//!
//! ```
//! use std::marker::PhantomData;
//! use sumo_client::envelope;
//!
//! let body = br#"{"data": {"objects": ["a", "b"], "total": 9, "hasNextPage": true}, "errors": []}"#;
//! let page = envelope::decode_seed(body, envelope::page_seed(PhantomData::<String>))?;
//! assert_eq!((page.objects.len(), page.total, page.has_next_page), (2, 9, true));
//! # Ok::<(), sumo_client::envelope::DecodeError>(())
//! ```

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::error::cut;
use crate::page::{Page, TokenPage};
use crate::record;

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
/// When the body is not JSON, has no `data`, or `data` is not a `T`.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    decode_answer(body).map(|answer| answer.data)
}

/// Decodes the `data` of an answer whose memory the records in it then share, see [`Record`](crate::Record).
///
/// # Errors
/// As for [`decode`].
pub fn decode_bytes<T: DeserializeOwned>(body: &Bytes) -> Result<T, DecodeError> {
    record::sharing(body, decode)
}

/// Decodes the `data` of an answer with a seed.
///
/// # Errors
/// When the body is not JSON, has no `data`, or the seed refuses it. The path is not known then, since a seed
/// can be used only once.
pub fn decode_seed<'de, S: DeserializeSeed<'de>>(body: &'de [u8], seed: S) -> Result<S::Value, DecodeError> {
    match decode_fast(body, AnswerSeed(seed)) {
        Ok(answer) => Ok(answer.data),
        Err(error) => Err(DecodeError::new(body, "data".to_owned(), error)),
    }
}

/// Decodes an answer that has no envelope, such as those of the health events.
///
/// # Errors
/// When the body is not JSON or not a `T`.
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

fn decode_answer<T: DeserializeOwned>(body: &[u8]) -> Result<Answer<T>, DecodeError> {
    let seed = AnswerSeed(PhantomData::<T>);
    // Only a failure pays for keeping track of the path.
    decode_fast(body, seed).or_else(|_| decode_with_path(body, seed))
}

fn decode_fast<'de, S: DeserializeSeed<'de>>(
    body: &'de [u8],
    seed: S,
) -> Result<S::Value, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
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

/// How much of the body an error shows, in bytes.
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

/// What an envelope holds beside its `errors`, which are empty whenever the status is a success.
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
    PageSeed { item }
}

/// See [`page_seed`].
#[derive(Clone, Copy, Debug)]
pub struct PageSeed<S> {
    item: S,
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
                PageMember::Objects => objects = Some(members.next_value_seed(ListSeed(self.item.clone()))?),
                PageMember::Total => total = members.next_value()?,
                PageMember::HasNextPage => has_next_page = members.next_value()?,
                PageMember::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        let objects = objects.ok_or_else(|| A::Error::missing_field("objects"))?;
        Ok(Page::new(objects, total, has_next_page))
    }
}

/// A list whose members are read by clones of one seed; `null` is an empty list.
struct ListSeed<S>(S);

impl<'de, S: DeserializeSeed<'de> + Clone> DeserializeSeed<'de> for ListSeed<S> {
    type Value = Vec<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Clone> Visitor<'de> for ListSeed<S> {
    type Value = Vec<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.0.clone())? {
            list.push(item);
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
    fn pages_tolerate_what_lists_leave_out() {
        let page = decode::<Page<u8>>(br#"{"data": {"objects": [1], "total": 3}}"#).unwrap();
        assert_eq!((page.total, page.has_next_page), (3, true));
        let page = decode::<Page<u8>>(br#"{"data": {"objects": [], "hasNextPage": null}}"#).unwrap();
        assert_eq!((page.total, page.has_next_page), (0, false));
    }
}
