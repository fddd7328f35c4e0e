//! JSON of request bodies, read member by member.
//!
//! As a tree of values, a body takes up to a hundred times its own memory, before anything of it
//! can be checked. So a body is first read to its end without keeping anything, which refuses all
//! that a tree refuses, and then only the members that the contract knows are decoded.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Returns the number of items, if the body is a list.
pub(super) fn count_items(body: &[u8]) -> Option<usize> {
    serde_json::from_slice::<Vec<Checked>>(body).ok().map(|items| items.len())
}

/// Returns the items of a list whose [count](count_items) is within the limit.
pub(super) fn items(body: &[u8]) -> Option<Vec<&RawValue>> {
    serde_json::from_slice(body).ok()
}

/// Returns the value of a body, if it is JSON.
pub(super) fn value(body: &[u8]) -> Option<&RawValue> {
    serde_json::from_slice::<Checked>(body).ok()?;
    serde_json::from_slice(body).ok()
}

/// Returns the members of an object that have these names, and gives the others to `other`. When a
/// name comes several times, its last member counts.
///
/// `None` if the value is not an object.
pub(super) fn members<'a, const N: usize>(
    object: &'a RawValue,
    names: [&str; N],
    other: impl FnMut(Cow<'a, str>, &'a RawValue),
) -> Option<[Option<&'a RawValue>; N]> {
    object.deserialize_map(MembersVisitor { names, other }).ok()
}

struct MembersVisitor<'n, F, const N: usize> {
    names: [&'n str; N],
    other: F,
}

impl<'de, F, const N: usize> Visitor<'de> for MembersVisitor<'_, F, N>
where
    F: FnMut(Cow<'de, str>, &'de RawValue),
{
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some((Name(name), value)) = map.next_entry()? {
            match self.names.iter().zip(&mut found).find(|(known, _)| **known == name) {
                Some((_, member)) => *member = Some(value),
                None => (self.other)(name, value),
            }
        }
        Ok(found)
    }
}

/// The name of a member; part of the body, unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A JSON value that was read to its end, and of which nothing is kept.
///
/// Unlike serde's `IgnoredAny` it refuses what a `Value` refuses: numbers beyond all bounds, texts
/// that are not Unicode, and deep nesting.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CheckedVisitor)
    }
}

struct CheckedVisitor;

impl<'de> Visitor<'de> for CheckedVisitor {
    type Value = Checked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Checked, A::Error> {
        while let Some(Checked) = items.next_element()? {}
        Ok(Checked)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Checked, A::Error> {
        while let Some((Checked, Checked)) = members.next_entry()? {}
        Ok(Checked)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Returns a list in this many lists and objects.
    fn nested(depth: usize, open: &str, close: &str) -> String {
        open.repeat(depth) + "0" + &close.repeat(depth)
    }

    /// Bodies that parsers take or refuse in ways of their own, between bars.
    const ODD: &str = concat!(
        r#"| |null|nul|nullx|true|tru|False|0|-0|-|01|1.|.5|1e5|1E+2|1e309|-1e309|1e-999|0x1|NaN|Infinity|"#,
        r#"18446744073709551615|18446744073709551616|-9223372036854775809|'a'|""|"a|"\"|"\x"|"\u00e4"|"\u12"|"#,
        r#""\ud83d\ude00"|"\ud800"|"\udc00"|"\ud800\u0041"|[|]|[]|[,]|[1,]|[1 2]|[[]|[]]|[1]x|[1] |[1e999]|"#,
        r#"[[["\ud800"]]]|[{"a":1e999}]|[nope]|{|}|{}|{,}|{"a"}|{"a":}|{"a":1,}|{a:1}|{1:1}|{null:1}|{"a":1 "b":2}|"#,
        r#"{"a":1,"a":2}|{"\ud800":1}|{"\u0061":1}|{"a":[}]|{"a":{"b":[1,{"c":null}]}}|[/* */]|"#,
    );

    fn odd() -> Vec<Vec<u8>> {
        let mut odd: Vec<Vec<u8>> = ODD.split('|').map(Vec::from).collect();
        let unprinted = ["\"\t\"", "\"\u{7f}\"", "\u{feff}[]", "\u{a0}[]", "// a\n[]", "\r\n\t[]\n", "[]\0"];
        odd.extend(unprinted.map(Vec::from));
        odd.extend([&b"[\"\xff\"]"[..], b"{\"\xff\":1}", b"[\xff]", b"[\"\xed\xa0\x80\"]"].map(Vec::from));
        for depth in [126, 127, 128, 129, 5_000] {
            odd.push(nested(depth, "[", "]").into());
            odd.push(nested(depth, "{\"a\":", "}").into());
            odd.push(nested(depth, "[{\"a\":", "}]").into());
            odd.push(format!("[1,{}]", nested(depth, "[", "]")).into());
        }
        odd
    }

    /// Compares the parts read of a body with the tree that serde_json makes of it.
    fn assert_read_as_a_tree_is(body: &[u8]) {
        let tree: Option<Value> = serde_json::from_slice(body).ok();
        let shown = String::from_utf8_lossy(body.get(..200).unwrap_or(body));
        assert_eq!(count_items(body), tree.as_ref().and_then(Value::as_array).map(Vec::len), "{shown}");
        let read = value(body);
        assert_eq!(read.is_some(), tree.is_some(), "{shown}");
        if let (Some(read), Some(tree)) = (read, tree) {
            assert_eq!(serde_json::from_str::<Value>(read.get()).unwrap(), tree, "{shown}");
            assert_eq!(members(read, [], |_, _| ()).is_some(), tree.is_object(), "{shown}");
            assert_eq!(items(body).map(|items| items.len()), tree.as_array().map(Vec::len), "{shown}");
        }
    }

    #[test]
    fn a_body_is_read_or_refused_as_a_tree_is() {
        for body in odd() {
            assert_read_as_a_tree_is(&body);
            // The same deeper inside, as an item and as a member.
            for (before, after) in [("[", "]"), ("[0,{\"a\":", ",\"b\":1}]")] {
                assert_read_as_a_tree_is(&[before.as_bytes(), &body, after.as_bytes()].concat());
            }
        }
    }

    /// A value of this type takes no memory, and a list of such neither, whatever is in its items:
    /// the body is the only thing that grows.
    #[test]
    fn nothing_is_kept_of_a_body_that_is_checked() {
        assert_eq!(size_of::<Checked>(), 0);
        let body = format!("[{}0]", "{\"\":0},[{\"\":[0]}],".repeat(50_000));
        let checked: Vec<Checked> = serde_json::from_slice(body.as_bytes()).unwrap();
        // A list without memory of its own is the only one with room for all that can be counted.
        assert_eq!((checked.len(), checked.capacity()), (100_001, usize::MAX));
    }

    #[test]
    fn members_are_parts_of_the_body_and_the_last_of_a_name_counts() {
        let body = br#" {"b":1,"a":[1, {"b":2}],"\u0062":null,"c":"x","c":"y", "a" : -1e2 ,"d\n":{}} "#;
        let mut others = Vec::new();
        let found =
            members(value(body).unwrap(), ["a", "b", "z"], |name, value| others.push((name, value.get())));
        assert_eq!(found.unwrap().map(|value| value.map(RawValue::get)), [Some("-1e2"), Some("null"), None]);
        assert!(matches!(others.first(), Some((Cow::Borrowed("c"), _))));
        assert_eq!(others, [("c".into(), "\"x\""), ("c".into(), "\"y\""), ("d\n".into(), "{}")]);
    }

    /// Pieces of JSON in any order: most are broken, but in few places.
    fn pieces() -> impl Strategy<Value = String> {
        let pieces = r#"[ ] { } , : "a" "\ud800" "\n" 1 1e999 -0.5 null true "a": {"a":1} [{}]"#;
        let piece = prop::sample::select(pieces.split(' ').collect::<Vec<_>>());
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused_as_a_tree_is(bytes: Vec<u8>, pieces in pieces()) {
            assert_read_as_a_tree_is(&bytes);
            assert_read_as_a_tree_is(pieces.as_bytes());
            assert_read_as_a_tree_is(format!("[{pieces}]").as_bytes());
        }
    }
}
