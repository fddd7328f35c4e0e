//! Looking for a value in JSON that passes by, without building any of it.

use std::cell::Cell;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sumo_client::Record;

use super::needle::Needle;

/// Looks for a needle in all that passes by, until it is found.
pub(super) struct Lookout<'n> {
    needle: Option<&'n Needle>,
    is_found: Cell<bool>,
}

impl<'n> Lookout<'n> {
    /// A lookout for `needle`; without one it looks for nothing.
    pub(super) fn new(needle: Option<&'n Needle>) -> Self {
        Self { needle, is_found: Cell::new(false) }
    }

    pub(super) fn is_found(&self) -> bool {
        self.is_found.get()
    }

    #[inline]
    pub(super) fn see_text(&self, text: &str) {
        if self.wanted().is_some_and(|needle| needle.is_in(text)) {
            self.is_found.set(true);
        }
    }

    pub(super) fn see_number(&self, number: impl Into<i128>) {
        if self.wanted().is_some_and(|needle| needle.is_number(number)) {
            self.is_found.set(true);
        }
    }

    /// The needle, as long as it has to be looked for.
    #[inline]
    fn wanted(&self) -> Option<&'n Needle> {
        self.needle.filter(|_| !self.is_found.get())
    }

    /// Looks through a record, value by value only when its text may hold the needle.
    fn see_record<E: Error>(&self, record: &Record) -> Result<(), E> {
        let json = record.as_bytes();
        if self.wanted().is_none_or(|needle| !needle.may_be_in_json(json)) {
            return Ok(());
        }
        let values = PassBy { lookout: self, how: How::UntilFound };
        let outcome = values.deserialize(&mut serde_json::Deserializer::from_slice(json));
        if self.is_found() { Ok(()) } else { outcome.map_err(E::custom) }
    }
}

/// Lets JSON of any size pass by a lookout. Names of members do not count.
#[derive(Clone, Copy)]
pub(super) struct PassBy<'l, 'n> {
    lookout: &'l Lookout<'n>,
    how: How,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum How {
    ToTheEnd,
    /// Stops with an error once the needle is found: for texts that nothing else is read from.
    UntilFound,
    /// Takes a list as one of records, which are nearly all of a page's bytes.
    AsRecords,
}

impl<'l, 'n> PassBy<'l, 'n> {
    /// Lets any JSON pass by.
    pub(super) fn new(lookout: &'l Lookout<'n>) -> Self {
        Self { lookout, how: How::ToTheEnd }
    }

    /// Lets the records of a signal pass by; JSON of any other form, too.
    pub(super) fn records(lookout: &'l Lookout<'n>) -> Self {
        Self { lookout, how: How::AsRecords }
    }

    fn seen<E: Error>(self) -> Result<(), E> {
        if self.how == How::UntilFound && self.lookout.is_found() {
            return Err(E::custom("found"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for PassBy<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.lookout.wanted() {
            Some(_) => deserializer.deserialize_any(self),
            None => IgnoredAny::deserialize(deserializer).map(|_| ()),
        }
    }
}

impl<'de> Visitor<'de> for PassBy<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.lookout.see_number(number);
        self.seen()
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.lookout.see_number(number);
        self.seen()
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.lookout.see_text(text);
        self.seen()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.how != How::AsRecords {
            while seq.next_element_seed(self)?.is_some() {}
            return Ok(());
        }
        while self.lookout.wanted().is_some() {
            let Some(record) = seq.next_element::<Record>()? else { return Ok(()) };
            self.lookout.see_record(&record)?;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(self)?;
        }
        Ok(())
    }
}
