//! The records of signals, kept as the JSON that was received.

use std::cell::RefCell;
use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

/// The records of a signal. A page of insights may hold thousands, so they are decoded only when asked for.
pub type Records = Vec<Record>;

/// A record: an object of several hundred possible members, kept as the JSON text that was received.
///
/// A record that came with a call shares the memory of the whole answer, so that a page of records is not held
/// twice. To keep a few records of a large page for long, [`detach`](Self::detach) them.
#[derive(Clone)]
pub struct Record(Text);

#[derive(Clone)]
enum Text {
    /// A part of the answer that was decoded.
    Shared(Bytes),
    Own(Box<RawValue>),
}

impl Record {
    /// The record decoded as a `T`, for example as a map.
    ///
    /// # Errors
    /// When the record is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.as_bytes())
    }

    /// The record as JSON text.
    pub fn as_json(&self) -> &str {
        match &self.0 {
            // It was cut out of a text, so it is one.
            Text::Shared(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            Text::Own(raw) => raw.get(),
        }
    }

    /// The record as the bytes of its JSON text. Nothing is checked again, so this costs nothing.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Shared(bytes) => bytes,
            Text::Own(raw) => raw.get().as_bytes(),
        }
    }

    /// The same record in memory of its own, so that the answer it came with can be freed.
    #[must_use]
    pub fn detach(self) -> Self {
        match self.0 {
            Text::Shared(bytes) => Self(Text::Shared(Bytes::copy_from_slice(&bytes))),
            own @ Text::Own(_) => Self(own),
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({})", self.as_json())
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Text::Shared(bytes) => {
                serde_json::from_slice::<&RawValue>(bytes).map_err(S::Error::custom)?.serialize(serializer)
            }
            Text::Own(raw) => raw.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match ANSWER.with_borrow(Clone::clone) {
            Some(answer) => {
                let raw = <&RawValue>::deserialize(deserializer)?;
                part_of(&answer, raw).map_or_else(|| Text::Own(raw.to_owned()), Text::Shared)
            }
            None => Text::Own(Box::deserialize(deserializer)?),
        }))
    }
}

thread_local! {
    /// The answer that is being decoded on this thread, if records may share its memory.
    static ANSWER: RefCell<Option<Bytes>> = const { RefCell::new(None) };
}

/// Runs `decode` on an answer; records that it reads out of the answer share its memory.
pub(crate) fn sharing<T>(answer: &Bytes, decode: impl FnOnce(&[u8]) -> T) -> T {
    /// Ends the sharing even when decoding panics.
    struct Reset;

    impl Drop for Reset {
        fn drop(&mut self) {
            ANSWER.set(None);
        }
    }

    ANSWER.set(Some(answer.clone()));
    let _reset = Reset;
    decode(answer)
}

/// The part of the answer that a text is, unless it comes from elsewhere.
fn part_of(answer: &Bytes, raw: &RawValue) -> Option<Bytes> {
    let (answer_range, text) = (answer.as_ptr_range(), raw.get().as_bytes());
    let text_range = text.as_ptr_range();
    let is_part = answer_range.start <= text_range.start && text_range.end <= answer_range.end;
    is_part.then(|| answer.slice_ref(text))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    const LIST: &str = r#"[{"a": "é \" ]"}, {}, {"b": [1, {"c": null}]}]"#;

    fn texts(records: &[Record]) -> Vec<&str> {
        records.iter().map(Record::as_json).collect()
    }

    #[test]
    fn records_read_from_an_answer_share_its_memory() {
        let answer = Bytes::from_static(LIST.as_bytes());
        let records: Records = sharing(&answer, |body| serde_json::from_slice(body).unwrap());
        assert_eq!(texts(&records), [r#"{"a": "é \" ]"}"#, "{}", r#"{"b": [1, {"c": null}]}"#]);
        for record in &records {
            assert!(answer.as_ptr_range().contains(&record.as_json().as_ptr()));
            let detached = record.clone().detach();
            assert_eq!(detached.as_json(), record.as_json());
            assert!(!answer.as_ptr_range().contains(&detached.as_json().as_ptr()));
        }
    }

    #[test]
    fn records_read_elsewhere_are_their_own() {
        let own: Records = serde_json::from_str(LIST).unwrap();
        let from_value: Records = serde_json::from_value(json!([{"a": 1}])).unwrap();
        assert_eq!(texts(&from_value), [r#"{"a":1}"#]);
        // Nothing is shared with an answer that is no longer decoded, nor with another text.
        let answer = Bytes::from_static(b"[]");
        sharing(&answer, |_| ());
        let other: Records = sharing(&answer, |_| serde_json::from_str(LIST).unwrap());
        assert_eq!(texts(&own), texts(&other));
    }

    #[test]
    fn a_record_is_decoded_and_written_as_it_was() {
        let answer = Bytes::from_static(LIST.as_bytes());
        let records: Records = sharing(&answer, |body| serde_json::from_slice(body).unwrap());
        let map: BTreeMap<String, Value> = records[2].decode().unwrap();
        assert_eq!(map["b"], json!([1, {"c": null}]));
        assert!(records[2].decode::<Vec<u8>>().is_err());
        assert_eq!(
            serde_json::to_string(&records).unwrap(),
            r#"[{"a": "é \" ]"},{},{"b": [1, {"c": null}]}]"#
        );
        assert_eq!(serde_json::to_value(&records).unwrap(), serde_json::from_str::<Value>(LIST).unwrap());
    }
}
