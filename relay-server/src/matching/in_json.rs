//! Looks for a value in JSON while it is read.
//!
//! No text of a record is kept, so none is built: a page of which every record names the value is
//! read in a third of the time that building each record first takes (bench `page`).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::finding::Findings;
use super::matcher::Matcher;

impl Matcher {
    /// Looks for the value in the texts and whole numbers of this JSON, until nothing more can be
    /// learned from it. Names of members do not count.
    ///
    /// # Errors
    /// Returns an error if the JSON cannot be read that far.
    pub(crate) fn look_in_json<'de, D: Deserializer<'de>>(&self, json: D) -> Result<Findings, D::Error> {
        let mut look = Look { matcher: self, findings: Findings::default() };
        match json.deserialize_any(&mut look) {
            // What is settled need not be read to its end.
            Err(error) if look.goes_on() => Err(error),
            _ => Ok(look.findings),
        }
    }
}

struct Look<'m> {
    matcher: &'m Matcher,
    findings: Findings,
}

impl Look<'_> {
    fn goes_on(&self) -> bool {
        !self.matcher.is_settled(self.findings)
    }

    fn look_at_number(&mut self, number: i128) {
        self.findings.add(self.matcher.look_at_number(number));
    }
}

impl<'de> DeserializeSeed<'de> for &mut Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.findings.add(self.matcher.look_in(text));
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.look_at_number(number.into());
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.look_at_number(number.into());
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while self.goes_on() && elements.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while self.goes_on() && members.next_key::<IgnoredAny>()?.is_some() {
            members.next_value_seed(&mut *self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Finding;
    use super::super::kind::Kind;
    use super::*;

    #[test]
    fn json_is_read_until_nothing_more_can_be_learned() {
        let look = |value: &str, json: &str| {
            let findings = Matcher::new(value).look_in_json(&mut serde_json::Deserializer::from_str(json));
            findings.map(|findings| findings.of(Kind::of("", value))).ok()
        };
        for (value, json, expected) in [
            (
                "evil.example",
                r#"{"a": [1, null, true, 0.5, {"b": "at EVIL.example:443"}]}"#,
                Some(Finding::Named),
            ),
            ("evil.example", r#"{"evil.example": "a name"}"#, Some(Finding::NotShown)),
            ("evil.example", r#"["notevil.example"]"#, Some(Finding::Inside)),
            ("4776", "[47760, 4776]", Some(Finding::Named)),
            ("4776", "[4776.0]", Some(Finding::NotShown)),
            ("18446744073709551615", "18446744073709551615", Some(Finding::Named)),
            ("evil.example", r#"["evil.example", {"a": "#, Some(Finding::Named)),
            ("evil.example", r#"["other.example", {"a": "#, None),
            ("evil.example", r#"["\ud800", "evil.example"]"#, None),
        ] {
            assert_eq!(look(value, json), expected, "{value} in {json}");
        }
    }
}
