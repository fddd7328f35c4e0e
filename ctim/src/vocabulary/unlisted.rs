//! Values that a vocabulary does not list.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// A text that the vocabulary `V` does not list.
///
/// It cannot be made by itself: a text becomes one only by being read into a vocabulary that does
/// not know it. So a listed text has exactly one representation.
pub struct UnlistedText<V> {
    text: Box<str>,
    vocabulary: PhantomData<fn() -> V>,
}

impl<V> UnlistedText<V> {
    pub(super) fn new(text: Box<str>) -> Self {
        Self { text, vocabulary: PhantomData }
    }

    /// Returns the text as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<V> Clone for UnlistedText<V> {
    fn clone(&self) -> Self {
        Self::new(self.text.clone())
    }
}

impl<V> PartialEq for UnlistedText<V> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<V> Eq for UnlistedText<V> {}

impl<V> Hash for UnlistedText<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<V> fmt::Debug for UnlistedText<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// An integer that the vocabulary `V` does not list. It is made only by reading it into that
/// vocabulary.
pub struct UnlistedInteger<V> {
    number: i64,
    vocabulary: PhantomData<fn() -> V>,
}

impl<V> UnlistedInteger<V> {
    pub(super) fn new(number: i64) -> Self {
        Self { number, vocabulary: PhantomData }
    }

    /// Returns the number as it was read.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.number
    }
}

impl<V> Clone for UnlistedInteger<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for UnlistedInteger<V> {}

impl<V> PartialEq for UnlistedInteger<V> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<V> Eq for UnlistedInteger<V> {}

impl<V> Hash for UnlistedInteger<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<V> fmt::Debug for UnlistedInteger<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}
