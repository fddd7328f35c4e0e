//! Members that come twice in JSON text, which a [`Value`](serde_json::Value) no longer shows.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::pointer::{Step, append};

/// The most members that are named. Each takes as much memory as its pointer, and hostile input
/// could have many.
const MOST: usize = 100;

/// Returns the JSON pointers of the members that come again in their object, in the order of the
/// text: at most 100. Text that is not JSON gives those before the place where it breaks.
///
/// [`Entity::check_text`](crate::Entity::check_text) does this for an entity; this function is for
/// text that holds several.
///
/// ```
/// use ctim::validation::duplicate_members;
///
/// assert_eq!(duplicate_members(r#"[{"id": 1, "id": 2}]"#), ["/0/id"]);
/// ```
#[must_use]
pub fn duplicate_members(text: &str) -> Vec<String> {
    let mut finder = Finder::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // Text that is not JSON is reported by whoever reads it.
    let _ = finder.deserialize(&mut deserializer);
    finder.found
}

#[derive(Default)]
struct Finder {
    /// The current place. It becomes a pointer only where a member comes twice.
    path: Vec<Place>,
    found: Vec<String>,
}

enum Place {
    Name(String),
    Index(usize),
}

impl Finder {
    fn note(&mut self) {
        if self.found.len() < MOST {
            let mut pointer = String::new();
            for place in &self.path {
                append(
                    &mut pointer,
                    match place {
                        Place::Name(name) => Step::Key(name),
                        Place::Index(index) => Step::Index(*index),
                    },
                );
            }
            self.found.push(pointer);
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Finder {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Finder {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for index in 0.. {
            self.path.push(Place::Index(index));
            let element = seq.next_element_seed(&mut *self)?;
            self.path.pop();
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let is_new = names.insert(name.clone());
            self.path.push(Place::Name(name));
            if !is_new {
                self.note();
            }
            map.next_value_seed(&mut *self)?;
            self.path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_come_again_are_named_with_their_places() {
        let cases: [(&str, &[&str]); 7] = [
            (r#"{"a": 1, "b": {"a": 2}}"#, &[]),
            (r#"{"a": 1, "a": 1}"#, &["/a"]),
            (r#"{"a": 1, "a": {"b": [], "b": 1}, "a": null}"#, &["/a", "/a/b", "/a"]),
            (r#"[{"x/y": true, "x/y": "t"}, -1, 1.5, {"\u0061": 1, "a": 2}]"#, &["/0/x~1y", "/3/a"]),
            ("7", &[]),
            (r#"{"a": 1, "a": 1, "#, &["/a"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(duplicate_members(text), expected, "{text}");
        }
    }

    #[test]
    fn the_list_is_bounded() {
        let text = format!("{{{}}}", vec![r#""a": 1"#; 500].join(","));
        assert_eq!(duplicate_members(&text).len(), MOST);
    }
}
