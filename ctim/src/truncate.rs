//! Shortening of texts that are over the model's limits.

use crate::model::Kind;
use crate::node::Node;
use crate::pointer::{Path, Step};
use crate::text;

/// A text that was shortened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Cut {
    /// JSON pointer (RFC 6901) of the text, seen from the shortened object.
    pub pointer: String,
    /// Length before, in UTF-16 code units.
    pub from: usize,
    /// Length after, in UTF-16 code units.
    pub to: usize,
}

/// Shortening of the texts that are over the model's limit.
///
/// Only texts for people are cut (titles, descriptions and the like), at a character boundary. Ids, URIs and versions
/// are never cut, because a part of one is wrong rather than short. The result satisfies the limit in UTF-16 code
/// units, as Cisco's service counts, and so in Unicode characters too, as JSON Schema counts.
///
/// ```
/// use ctim::{ExternalReference, Truncate};
///
/// let mut reference = ExternalReference::builder().source_name("x".repeat(3000)).build();
/// let cuts = reference.truncate();
/// assert_eq!(cuts.len(), 1);
/// assert_eq!((cuts[0].pointer.as_str(), cuts[0].from, cuts[0].to), ("/source_name", 3000, 2048));
/// ```
pub trait Truncate {
    /// Shortens all texts that are over their limit and says which.
    fn truncate(&mut self) -> Vec<Cut>;
}

/// The walk that shortens texts.
#[derive(Default)]
pub(crate) struct Scissors {
    path: Path<'static>,
    cuts: Vec<Cut>,
}

impl Scissors {
    pub(crate) fn into_cuts(self) -> Vec<Cut> {
        self.cuts
    }

    pub(crate) fn one<T: Node>(&mut self, name: &'static str, value: &mut T, kind: Kind) {
        self.path.enter(Step::Key(name));
        value.shorten(kind, self);
        self.path.leave();
    }

    pub(crate) fn optional<T: Node>(&mut self, name: &'static str, value: &mut Option<T>, kind: Kind) {
        if let Some(value) = value {
            self.one(name, value, kind);
        }
    }

    pub(crate) fn many<T: Node>(&mut self, name: &'static str, values: &mut [T], kind: Kind) {
        self.path.enter(Step::Key(name));
        for (index, value) in values.iter_mut().enumerate() {
            self.path.enter(Step::Index(index));
            value.shorten(kind, self);
            self.path.leave();
        }
        self.path.leave();
    }

    /// Shortens one text if its kind allows that.
    pub(crate) fn shorten(&mut self, text: &mut String, kind: Kind) {
        let Some(limit) = kind.max_length().filter(|_| kind.may_be_cut()) else { return };
        if text::is_longer(text, limit) {
            let from = text::utf16_length(text);
            text::cut(text, limit);
            let to = text::utf16_length(text);
            self.cuts.push(Cut { pointer: self.path.pointer(), from, to });
        }
    }
}
