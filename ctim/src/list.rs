//! Optional lists that tell "left out" from "empty".

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::read;

/// A list that an object may leave out.
///
/// It reads like a slice, empty when it is absent. A list that is present but empty stays so when
/// it is written, because in an update "no tags" and "tags not mentioned" mean different things to
/// Cisco's service.
///
/// ```
/// use ctim::List;
///
/// let absent: List<String> = List::absent();
/// assert!(absent.is_empty() && !absent.is_present());
///
/// let mut tags: List<String> = List::from(["phishing"]);
/// tags.push("email".to_owned());
/// assert_eq!(tags.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct List<T>(Option<Vec<T>>);

impl<T> List<T> {
    /// Returns a list that is left out.
    #[must_use]
    pub const fn absent() -> Self {
        Self(None)
    }

    pub(crate) const fn present(elements: Vec<T>) -> Self {
        Self(Some(elements))
    }

    /// Returns true if the list is written at all.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        self.0.is_some()
    }

    /// Adds an element; the list is present afterwards.
    pub fn push(&mut self, element: T) {
        self.as_mut_vec().push(element);
    }

    /// Returns the elements as a vector to change; the list is present afterwards.
    pub fn as_mut_vec(&mut self) -> &mut Vec<T> {
        self.0.get_or_insert_with(Vec::new)
    }

    /// Returns the same list with each element converted.
    pub(crate) fn map_into<U: From<T>>(self) -> List<U> {
        List(self.0.map(|elements| elements.into_iter().map(U::from).collect()))
    }

    /// Returns the elements; none if the list is absent.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0.unwrap_or_default()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::absent()
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.0.as_deref_mut().unwrap_or_default()
    }
}

impl<T, U: Into<T>> From<Vec<U>> for List<T> {
    fn from(elements: Vec<U>) -> Self {
        elements.into_iter().map(Into::into).collect()
    }
}

impl<T, U: Into<T>, const N: usize> From<[U; N]> for List<T> {
    fn from(elements: [U; N]) -> Self {
        elements.into_iter().map(Into::into).collect()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self(Some(elements.into_iter().collect()))
    }
}

impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        self.as_mut_vec().extend(elements);
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let elements: Option<read::Elements<T>> = Deserialize::deserialize(deserializer)?;
        Ok(Self(elements.map(|elements| elements.0)))
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_empty_are_different_but_both_read_as_empty() {
        let absent: List<u8> = List::absent();
        let empty: List<u8> = List::from(Vec::<u8>::new());
        assert!(absent.is_empty() && empty.is_empty());
        assert_ne!(absent, empty);
        assert!(empty.is_present());
    }

    #[test]
    fn pushing_makes_a_list_present() {
        let mut list = List::absent();
        list.push(1);
        list.extend([2, 3]);
        assert_eq!(&*list, [1, 2, 3]);
        assert_eq!(list.into_vec(), [1, 2, 3]);
    }
}
