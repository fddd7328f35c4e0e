//! Texts that are kept together: one piece of memory for all of them, since thousands of things are kept at a time.

/// Texts that are known by their place; any of them may be absent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Texts {
    all: Box<str>,
    places: Box<[Option<Place>]>,
}

/// Where a text starts and ends, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    start: u32,
    end: u32,
}

impl Texts {
    /// Keeps these texts. Those that would go beyond 4 GiB are taken for absent.
    pub(super) fn new<'a>(texts: impl Iterator<Item = Option<&'a str>> + Clone) -> Self {
        let mut all = String::with_capacity(texts.clone().flatten().map(str::len).sum());
        let mut places = Vec::with_capacity(texts.clone().count());
        for text in texts {
            let start = all.len();
            all.push_str(text.unwrap_or_default());
            places.push(text.and_then(|_| Place::new(start, all.len())));
        }
        Self { all: all.into(), places: places.into() }
    }

    /// The text at `index`, unless it is absent.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        self.at((*self.places.get(index)?)?)
    }

    /// The texts from `index` on that are not absent.
    pub(super) fn starting_at(&self, index: usize) -> impl Iterator<Item = &str> {
        self.places.iter().skip(index).filter_map(|place| self.at((*place)?))
    }

    fn at(&self, place: Place) -> Option<&str> {
        self.all.get(usize::try_from(place.start).ok()?..usize::try_from(place.end).ok()?)
    }

    /// How many bytes they take beside this.
    pub(super) fn bytes(&self) -> usize {
        self.all.len() + size_of_val(&*self.places)
    }
}

impl Place {
    fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn texts_are_kept_as_they_are(kept in proptest::collection::vec(proptest::option::of(".{0,9}"), 0..12), from in 0..14_usize) {
            let texts = Texts::new(kept.iter().map(Option::as_deref));
            for (index, text) in kept.iter().enumerate() {
                proptest::prop_assert_eq!(texts.get(index), text.as_deref());
            }
            proptest::prop_assert_eq!(texts.get(kept.len()), None);
            let rest: Vec<_> = kept.iter().skip(from).flatten().collect();
            proptest::prop_assert_eq!(texts.starting_at(from).collect::<Vec<_>>(), rest);
        }
    }
}
