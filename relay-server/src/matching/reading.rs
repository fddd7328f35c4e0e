//! The reading of a text in which values are looked for: lower case, fangs put back, one kind of
//! slash.
//!
//! Values and texts are read alike, so that only what differs after that is a difference.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::defanged::{may_be_defanged, refanged};

/// Returns the reading of `text`. Letters beyond ASCII keep their case if `is_ascii`: they do not
/// match a value without any.
pub(super) fn reading(text: &str, is_ascii: bool) -> String {
    let mut text = if is_ascii { text.to_ascii_lowercase() } else { text.to_lowercase() };
    if may_be_defanged(&text)
        && let Cow::Owned(whole) = refanged(&text)
    {
        text = whole;
    }
    if memchr::memchr2(b'/', b'\\', text.as_bytes()).is_some() { with_one_slash(&text) } else { text }
}

/// Backslashes for slashes, and one for many.
fn with_one_slash(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    for c in text.chars() {
        if !matches!(c, '/' | '\\') {
            read.push(c);
        } else if !read.ends_with('\\') {
            read.push('\\');
        }
    }
    read
}

/// Returns the text with percent-encoded characters decoded, if it holds any and all of it is text
/// then.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(Cow::Owned(decoded)) => Some(decoded),
        Ok(Cow::Borrowed(decoded)) => (decoded != text).then(|| decoded.to_owned()),
        Err(_) => None,
    }
}

/// Returns the text with percent-encoded characters decoded, if it holds any. Bytes that are not
/// UTF-8 become U+FFFD, so that they hide nothing beside them.
pub(super) fn percent_decoded_lossy(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    (decoded != text).then(|| decoded.into_owned())
}
