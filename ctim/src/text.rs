//! Texts of the model: shortening of those that are over their limit.

use crate::model::Kind;
use crate::pointer::{Path, Step};
use crate::sealed::Sealed;
use crate::text_form::{cut, is_longer, utf16_length};

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
/// Only texts for people are cut (titles, descriptions and the like), at a character boundary. Ids,
/// URIs and versions are never cut, because a part of one is wrong rather than short. The result
/// satisfies the limit in UTF-16 code units, as Cisco's service counts, and so in Unicode
/// characters too, as JSON Schema counts.
///
/// ```
/// use ctim::{ExternalReference, Truncate};
///
/// let mut reference = ExternalReference::builder().source_name("x".repeat(3000)).build();
/// let cuts = reference.truncate();
/// assert_eq!(cuts.len(), 1);
/// assert_eq!((cuts[0].pointer.as_str(), cuts[0].from, cuts[0].to), ("/source_name", 3000, 2048));
/// ```
///
/// It is implemented by this crate's types alone.
pub trait Truncate: Sealed {
    /// Shortens all texts that are over their limit and says which.
    fn truncate(&mut self) -> Vec<Cut>;
}

/// Shortens texts, and notes each cut.
#[derive(Default)]
pub(crate) struct Shortener {
    path: Path<'static>,
    cuts: Vec<Cut>,
}

impl Shortener {
    pub(crate) fn into_cuts(self) -> Vec<Cut> {
        self.cuts
    }

    /// Runs `shorten` one step further down.
    pub(crate) fn at(&mut self, step: Step<'static>, shorten: impl FnOnce(&mut Self)) {
        self.path.enter(step);
        shorten(self);
        self.path.leave();
    }

    /// Shortens one text if its kind allows that.
    pub(crate) fn shorten(&mut self, text: &mut String, kind: Kind) {
        let Some(limit) = kind.max_length().filter(|_| kind.may_be_cut()) else { return };
        if is_longer(text, limit) {
            let from = utf16_length(text);
            cut(text, limit);
            let to = utf16_length(text);
            self.cuts.push(Cut { pointer: self.path.pointer(), from, to });
        }
    }
}
