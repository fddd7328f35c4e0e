//! The records of signals, kept as the JSON that was received.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed as _};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::envelope::ListSeed;
use crate::surrogates;

/// The records of a signal: the JSON text of the whole list, as it was received.
///
/// A record is an object of several hundred possible members, and a page of insights may hold
/// thousands of records, so they are decoded only when asked for.
///
/// ```
/// use std::collections::BTreeMap;
/// use sumo_client::Records;
///
/// let records: Records = serde_json::from_str(r#"[{"device_ip": "10.0.0.1"}, {}]"#)?;
/// assert_eq!(records.len(), 2);
/// let first: BTreeMap<String, String> = records.get(0).expect("there are two").decode()?;
/// assert_eq!(first["device_ip"], "10.0.0.1");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Records(Option<Box<RawValue>>);

impl Records {
    /// The JSON text of the list: `null` if the signal came without records.
    pub fn as_json(&self) -> &str {
        self.0.as_deref().map_or("null", RawValue::get)
    }

    /// The records in order. JSON that is not a list counts as one record.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let one = |raw| if self.0.is_some() { vec![raw] } else { Vec::new() };
        let raws = self.0.as_deref().map_or_else(Vec::new, |list| {
            serde_json::from_str::<Vec<&RawValue>>(list.get()).unwrap_or_else(|_| one(list))
        });
        raws.into_iter().map(Record)
    }

    /// The record at this index; `None` beyond the last.
    pub fn get(&self, index: usize) -> Option<Record<'_>> {
        self.iter().nth(index)
    }

    /// Decodes the first `most` records, without those that cannot be decoded. If all can, it reads
    /// the list once, where [`iter`](Self::iter) reads it to tell the records apart and
    /// [`decode`](Record::decode) reads each again.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use sumo_client::Records;
    ///
    /// let records: Records = serde_json::from_str(r#"[{"device_ip": "10.0.0.1"}, 5, {}]"#)?;
    /// assert_eq!(records.decode_first::<BTreeMap<String, String>>(2).len(), 1);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn decode_first<T: DeserializeOwned>(&self, most: usize) -> Vec<T> {
        let seed = ListSeed { item: PhantomData, most };
        match seed.deserialize(&mut serde_json::Deserializer::from_str(self.as_json())) {
            Ok(list) => list.kept,
            Err(_) => self.iter().take(most).filter_map(|record| record.decode().ok()).collect(),
        }
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Returns true if the list is empty.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Records({})", self.as_json())
    }
}

/// A record of a signal as the JSON text that was received.
#[derive(Clone, Copy)]
pub struct Record<'a>(&'a RawValue);

impl<'a> Record<'a> {
    /// Decodes the record as a `T`, for example a map of [`PlainValue`](crate::PlainValue)s.
    /// Unpaired surrogates (`\ud800`), which no Rust string can hold, become U+FFFD.
    ///
    /// # Errors
    /// Returns an error if the record is not a `T`, or nests deeper than 128 levels.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.0.get()).or_else(|error| {
            surrogates::replaced(self.0.get()).map_or(Err(error), |json| serde_json::from_str(&json))
        })
    }

    /// The record as JSON text.
    pub fn as_json(&self) -> &'a str {
        self.0.get()
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({})", self.as_json())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    const LIST: &str = r#"[{"a": "é \" ]"}, {}, {"b": [1, {"c": null}]}]"#;

    #[test]
    fn records_are_kept_and_written_as_they_were() {
        let records: Records = serde_json::from_str(LIST).unwrap();
        let texts: Vec<_> = records.iter().map(|record| record.as_json()).collect();
        assert_eq!(texts, [r#"{"a": "é \" ]"}"#, "{}", r#"{"b": [1, {"c": null}]}"#]);
        assert_eq!((records.len(), records.as_json()), (3, LIST));
        assert_eq!(serde_json::to_string(&records).unwrap(), LIST);
        assert_eq!(serde_json::to_value(&records).unwrap(), serde_json::from_str::<Value>(LIST).unwrap());
        let from_value: Records = serde_json::from_value(json!([{"a": 1}])).unwrap();
        assert_eq!(from_value.as_json(), r#"[{"a":1}]"#);
    }

    #[test]
    fn a_record_is_decoded_when_asked_for() {
        let records: Records = serde_json::from_str(LIST).unwrap();
        let map: BTreeMap<String, Value> = records.get(2).unwrap().decode().unwrap();
        assert_eq!(map["b"], json!([1, {"c": null}]));
        assert!(records.get(2).unwrap().decode::<Vec<u8>>().is_err());
        assert!(records.get(3).is_none());
    }

    #[test]
    fn odd_records_cost_no_other() {
        let deep = format!("{}1{}", "[".repeat(130), "]".repeat(130));
        let json = format!(r#"[{{"a": "\ud800x"}}, {deep}, {{"b": 1}}]"#);
        let records: Records = serde_json::from_str(&json).unwrap();
        let decoded: Vec<_> = records.iter().map(|record| record.decode::<Value>().ok()).collect();
        assert_eq!(decoded, [Some(json!({"a": "\u{fffd}x"})), None, Some(json!({"b": 1}))]);
    }

    #[test]
    fn the_first_records_are_decoded_together_or_apart() {
        let deep = format!("{}1{}", "[".repeat(130), "]".repeat(130));
        for (json, most, expected) in [
            ("[1, 2, 3]", 2, &[1, 2][..]),
            ("[1, 2, 3]", 9, &[1, 2, 3]),
            ("[1, 2, 3]", 0, &[]),
            ("[1, \"a\", 3]", 2, &[1]),
            ("[1, \"a\", 3]", 3, &[1, 3]),
            (&format!("[1, {deep}, 3]"), 3, &[1, 3]),
            (&format!("[1, 2, {deep}]"), 2, &[1, 2]),
            ("7", 5, &[7]),
            ("\"a\"", 5, &[]),
            ("null", 5, &[]),
        ] {
            let records: Records = serde_json::from_str(json).unwrap();
            assert_eq!(records.decode_first::<u64>(most), expected, "{json}");
        }
        assert!(Records::default().decode_first::<Value>(5).is_empty());
    }

    #[test]
    fn what_is_not_a_list_is_one_record_or_none() {
        for (json, count) in [("null", 0), ("[]", 0), ("\"a\"", 1), ("{\"a\": []}", 1)] {
            let records: Records = serde_json::from_str(json).unwrap();
            assert_eq!((records.len(), records.is_empty()), (count, count == 0), "{json}");
        }
        assert_eq!((Records::default().len(), Records::default().as_json()), (0, "null"));
    }
}
