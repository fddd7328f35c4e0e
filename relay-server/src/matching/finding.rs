//! The outcomes of looking for a value.

use serde::Serialize;

use super::kind::Kind;

/// The outcome of looking for a value in an insight or signal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub(crate) enum Finding {
    /// The value is nowhere in it.
    NotShown,
    /// The value is there only as a part of other values.
    Inside,
    /// The value stands alone somewhere.
    Named,
}

/// The outcomes for each kind that the value may have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Findings {
    named: u16,
    inside: u16,
}

impl Findings {
    /// Returns the findings of a value that stands alone for all kinds.
    pub(crate) fn named_for_all() -> Self {
        Self { named: u16::MAX, inside: 0 }
    }

    /// Returns the outcome for a value of this kind.
    pub(crate) fn of(self, kind: Kind) -> Finding {
        match kind.bit() {
            bit if self.named & bit != 0 => Finding::Named,
            bit if self.inside & bit != 0 => Finding::Inside,
            _ => Finding::NotShown,
        }
    }

    /// Returns true if the value stands alone for some kind.
    pub(crate) fn is_named(self) -> bool {
        self.named != 0
    }

    /// Adds the findings in another part of the same thing.
    pub(crate) fn add(&mut self, other: Self) {
        self.named |= other.named;
        self.inside |= other.inside;
    }

    /// Notes that the value was found, alone or not.
    pub(super) fn note(&mut self, kind: Kind, is_alone: bool) {
        if is_alone {
            self.named |= kind.bit();
        } else {
            self.inside |= kind.bit();
        }
    }

    /// Returns true if nothing more can be learned about any of these kinds.
    pub(super) fn is_settled(self, kinds: u16) -> bool {
        self.named & kinds == kinds
    }
}
