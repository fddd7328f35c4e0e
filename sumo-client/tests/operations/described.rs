//! The compact notation in which the catalogue describes types, and values made of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A described type.
#[derive(Clone, Debug)]
pub(crate) enum Described {
    Text,
    Time,
    Integer,
    Float,
    Bool,
    Map,
    /// One of these texts.
    Choice(Vec<String>),
    List(Box<Described>),
    Object(Vec<Member>),
    /// The first of several.
    OneOf(Vec<Described>),
    /// A model of the catalogue, perhaps wrapped.
    Named(String),
    Page(Box<Described>),
    TokenPage(Box<Described>),
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) described: Described,
}

/// Reads a description; panics on one that it does not understand, so that none is skipped.
pub(crate) fn parse(text: &str) -> Described {
    let mut rest = text.trim();
    let described = parse_type(&mut rest);
    assert!(rest.trim().is_empty(), "left over `{rest}` of `{text}`");
    described
}

fn parse_type(rest: &mut &str) -> Described {
    *rest = rest.trim_start();
    if take(rest, "{") {
        return parse_object(rest);
    }
    if take(rest, "[") {
        let item = parse_type(rest);
        assert!(take(rest, "]"), "no end of list at `{rest}`");
        return Described::List(Box::new(item));
    }
    if take(rest, "(") {
        let mut choices = vec![parse_type(rest)];
        while take(rest, " or ") {
            choices.push(parse_type(rest));
        }
        assert!(take(rest, ")"), "no end of choice at `{rest}`");
        return Described::OneOf(choices);
    }
    for (start, wrap) in [
        ("TokenPage<", Described::TokenPage as fn(Box<Described>) -> Described),
        ("Page<", Described::Page as fn(Box<Described>) -> Described),
    ] {
        if take(rest, start) {
            let item = parse_type(rest);
            assert!(take(rest, ">"), "no end of page at `{rest}`");
            take(rest, " (no hasNextPage)");
            return wrap(Box::new(item));
        }
    }
    parse_word(rest)
}

fn parse_object(rest: &mut &str) -> Described {
    let mut members = Vec::new();
    while !take(rest, "}") {
        let end = rest.find([':', '?']).expect("a member has a name and a type");
        let name = rest[..end].trim().to_owned();
        *rest = &rest[end..];
        let required = !take(rest, "?");
        assert!(take(rest, ":"), "no type of `{name}` at `{rest}`");
        members.push(Member { name, required, described: parse_type(rest) });
        take(rest, ", ");
    }
    Described::Object(members)
}

fn parse_word(rest: &mut &str) -> Described {
    if take(rest, "str<dt>") {
        return Described::Time;
    }
    let end = word_end(rest);
    let word = &rest[..end];
    *rest = &rest[end..];
    match word.trim() {
        "str" => Described::Text,
        "int" => Described::Integer,
        "float" => Described::Float,
        "bool" => Described::Bool,
        "map" => Described::Map,
        choice if choice.contains('/') && !choice.contains('(') => {
            Described::Choice(choice.split('/').map(str::to_owned).collect())
        }
        name => Described::Named(name.to_owned()),
    }
}

/// A word ends where its surroundings go on; what stands in parentheses behind a name belongs to
/// it.
fn word_end(rest: &str) -> usize {
    let mut depth = 0;
    for (at, character) in rest.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ',' | '}' | ']' | '>' | ')' if depth == 0 => return at,
            ' ' if depth == 0 && rest[at..].starts_with(" or ") => return at,
            _ => {}
        }
    }
    rest.len()
}

fn take(rest: &mut &str, start: &str) -> bool {
    match rest.strip_prefix(start) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

/// Makes values of descriptions.
pub(crate) struct Maker<'a> {
    pub(crate) models: &'a BTreeMap<String, Described>,
    /// True if members that are not required are made, too.
    pub(crate) full: bool,
}

impl Maker<'_> {
    pub(crate) fn make(&self, described: &Described) -> Value {
        match described {
            Described::Text => json!("text"),
            Described::Time => json!("2024-09-14T09:05:57.153553"),
            Described::Integer => json!(7),
            Described::Float => json!(0.5),
            Described::Bool => json!(true),
            Described::Map => json!({"member": "value"}),
            Described::Choice(choices) => json!(choices[0]),
            Described::List(item) => json!([self.make(item)]),
            Described::Object(members) => {
                let made = members.iter().filter(|member| member.required || self.full);
                Value::Object(
                    made.map(|member| (member.name.clone(), self.make(&member.described))).collect(),
                )
            }
            Described::OneOf(choices) => self.make(&choices[0]),
            Described::Named(name) => self.make(self.model(name)),
            Described::Page(item) => {
                let mut page = Map::from_iter([("objects".to_owned(), json!([self.make(item)]))]);
                if self.full {
                    page.insert("total".to_owned(), json!(1));
                    page.insert("hasNextPage".to_owned(), json!(false));
                }
                Value::Object(page)
            }
            Described::TokenPage(item) => json!({"objects": [self.make(item)], "nextPageToken": "token"}),
        }
    }

    /// The model of this name; what stands in parentheses behind a name narrows it and may be left
    /// out.
    pub(crate) fn model(&self, name: &str) -> &Described {
        let bare = name.split(" (").next().unwrap_or(name);
        self.models.get(name).or_else(|| self.models.get(bare)).unwrap_or_else(|| panic!("no model `{name}`"))
    }
}
