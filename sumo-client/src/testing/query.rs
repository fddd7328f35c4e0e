//! The `q` filter language: clauses `field:test` and free text, all of which must hold.
//!
//! These rules settle the questions that the public documentation leaves open.
//! - A word that does not start with a field of the resource and a colon is free text, so a URL, an
//!   IPv6 address or a path can be searched as it is. Text up to the next clause is one phrase.
//! - Free text is found anywhere in the values of an object (not in its member names), ignoring
//!   case.
//! - Equality is exact; `contains` ignores case.
//! - In quotes a backslash escapes a quote and a backslash; before any other character it stands
//!   for itself.
//! - A `+` between clauses (sent as `%2B`) ends the query: what follows is ignored in silence.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::clock;
use super::fields::{Field, Kind};

/// A parsed `q`.
#[derive(Debug, Default)]
pub(super) struct Query {
    clauses: Vec<Clause>,
}

#[derive(Debug)]
enum Clause {
    Field { field: &'static Field, negated: bool, test: Test },
    Text(String),
}

#[derive(Debug)]
enum Test {
    AnyOf(Vec<Operand>),
    Contains(String),
    Compare(Comparison, Operand),
    Between(Operand, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value of a clause or of an object, comparable with others of its kind.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Operand {
    Text(String),
    Phrase(String),
    Number(f64),
    Time(DateTime<Utc>),
    Flag(bool),
    Severity(u8),
}

impl Query {
    /// Parses `text` for a resource with `fields`. The error names the clause and its problem.
    pub(super) fn parse(text: &str, fields: &'static [Field], now: DateTime<Utc>) -> Result<Self, String> {
        let mut parser = Parser { rest: text.trim(), fields, now };
        let mut clauses = Vec::new();
        while !parser.rest.is_empty() {
            if !clauses.is_empty() && parser.rest.starts_with('+') {
                break;
            }
            clauses.push(parser.clause()?);
            parser.rest = parser.rest.trim_start();
        }
        Ok(Self { clauses })
    }

    /// Returns true if an object passes. `text` holds all its values in lower case.
    pub(super) fn matches(&self, object: &Value, text: &str) -> bool {
        self.clauses.iter().all(|clause| match clause {
            Clause::Text(phrase) => text.contains(phrase.as_str()),
            Clause::Field { field, negated, test } => test.passes(field, object) != *negated,
        })
    }
}

impl Test {
    fn passes(&self, field: &Field, object: &Value) -> bool {
        field.values(object).iter().any(|value| self.passes_value(field.kind, value))
    }

    fn passes_value(&self, kind: Kind, value: &Value) -> bool {
        if let Self::Contains(phrase) = self {
            return plain_text(value).is_some_and(|text| text.to_lowercase().contains(phrase.as_str()));
        }
        let Some(value) = Operand::of_value(kind, value) else { return false };
        match self {
            Self::AnyOf(wanted) => wanted.iter().any(|wanted| wanted.is_equal(&value)),
            Self::Compare(comparison, wanted) => comparison.holds(&value, wanted),
            Self::Between(low, high) => {
                Comparison::GreaterOrEqual.holds(&value, low) && Comparison::LessOrEqual.holds(&value, high)
            }
            Self::Contains(_) => false,
        }
    }
}

impl Comparison {
    fn holds(self, value: &Operand, wanted: &Operand) -> bool {
        let Some(order) = value.partial_cmp(wanted) else { return false };
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Operand {
    fn of_value(kind: Kind, value: &Value) -> Option<Self> {
        match (kind, value) {
            (Kind::Time, Value::Number(millis)) => {
                DateTime::from_timestamp_millis(millis.as_i64()?).map(Self::Time)
            }
            (Kind::Time, _) => clock::parse(value.as_str()?).map(Self::Time),
            _ => Self::of_text(kind, &plain_text(value)?),
        }
    }

    fn of_text(kind: Kind, text: &str) -> Option<Self> {
        match kind {
            Kind::Text => Some(Self::Text(text.to_owned())),
            Kind::Phrase => Some(Self::Phrase(text.to_lowercase())),
            Kind::Number => text.parse().ok().map(Self::Number),
            Kind::Time => clock::parse(text).map(Self::Time),
            Kind::Flag => text.parse().ok().map(Self::Flag),
            Kind::Severity => severity_rank(text).map(Self::Severity),
        }
    }

    fn is_equal(&self, value: &Self) -> bool {
        match (self, value) {
            (Self::Phrase(wanted), Self::Phrase(text)) => text.contains(wanted.as_str()),
            _ => self == value,
        }
    }
}

fn severity_rank(name: &str) -> Option<u8> {
    let rank =
        ["LOW", "MEDIUM", "HIGH", "CRITICAL"].iter().position(|known| known.eq_ignore_ascii_case(name))?;
    u8::try_from(rank).ok()
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

struct Parser<'a> {
    rest: &'a str,
    fields: &'static [Field],
    now: DateTime<Utc>,
}

impl<'a> Parser<'a> {
    fn clause(&mut self) -> Result<Clause, String> {
        let Some((negated, field, rest)) = clause_start(self.rest, self.fields) else {
            return Ok(Clause::Text(self.free_text()));
        };
        self.rest = rest;
        let test = self.test(field).map_err(|problem| format!("{}: {problem}", field.name))?;
        Ok(Clause::Field { field, negated, test })
    }

    /// Takes the text up to the next clause; a text that is one quoted string loses its quotes.
    fn free_text(&mut self) -> String {
        if let Some((phrase, rest)) = quoted(self.rest)
            && (rest.is_empty() || rest.starts_with(' '))
        {
            self.rest = rest;
            return phrase.to_lowercase();
        }
        let end = self
            .rest
            .match_indices(' ')
            .find(|(at, _)| {
                self.rest.get(at + 1..).is_some_and(|next| clause_start(next, self.fields).is_some())
            })
            .map_or(self.rest.len(), |(at, _)| at);
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        text.trim().to_lowercase()
    }

    fn test(&mut self, field: &Field) -> Result<Test, String> {
        if let Some(rest) = self.rest.strip_prefix("in(") {
            self.rest = rest;
            let texts = self.list()?;
            let values = texts.iter().map(|text| self.operand(field, text)).collect::<Result<_, _>>()?;
            return Ok(Test::AnyOf(values));
        }
        if let Some(rest) = self.rest.strip_prefix("contains(") {
            self.rest = rest;
            return match self.list()?.as_slice() {
                [phrase] => Ok(Test::Contains(phrase.to_lowercase())),
                _ => Err("contains() takes one phrase".to_owned()),
            };
        }
        if let Some(comparison) = self.comparison() {
            if matches!(field.kind, Kind::Text | Kind::Phrase | Kind::Flag) {
                return Err("this field has no order".to_owned());
            }
            let text = self.value()?;
            return Ok(Test::Compare(comparison, self.operand(field, &text)?));
        }
        if !self.rest.starts_with('"')
            && matches!(field.kind, Kind::Number | Kind::Time)
            && let Some((low, high)) = self.bare().split_once("..")
        {
            let range = Test::Between(self.operand(field, low)?, self.operand(field, high)?);
            self.bare_value()?;
            return Ok(range);
        }
        let text = self.value()?;
        Ok(Test::AnyOf(vec![self.operand(field, &text)?]))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let signs = [
            (">=", Comparison::GreaterOrEqual),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            ("<", Comparison::Less),
        ];
        let (sign, comparison) = signs.into_iter().find(|(sign, _)| self.rest.starts_with(sign))?;
        self.rest = self.rest.strip_prefix(sign)?;
        Some(comparison)
    }

    fn value(&mut self) -> Result<String, String> {
        if !self.rest.starts_with('"') {
            return self.bare_value();
        }
        let (text, rest) = quoted(self.rest).ok_or("a quote is not closed")?;
        if !(rest.is_empty() || rest.starts_with([' ', '+'])) {
            return Err("a blank must follow a closing quote".to_owned());
        }
        self.rest = rest;
        Ok(text)
    }

    fn bare_value(&mut self) -> Result<String, String> {
        let text = self.bare();
        if text.is_empty() {
            return Err("a value is missing".to_owned());
        }
        self.rest = self.rest.strip_prefix(text).unwrap_or_default();
        Ok(text.to_owned())
    }

    /// The unquoted value at the front: it ends at a blank, or at a `+` that another clause
    /// follows.
    fn bare(&self) -> &'a str {
        let end = self
            .rest
            .char_indices()
            .find(|(at, sign)| match sign {
                ' ' => true,
                '+' => self.rest.get(at + 1..).is_some_and(|next| clause_start(next, self.fields).is_some()),
                _ => false,
            })
            .map_or(self.rest.len(), |(at, _)| at);
        self.rest.get(..end).unwrap_or_default()
    }

    /// The rest of a list, after its opening bracket.
    fn list(&mut self) -> Result<Vec<String>, String> {
        let mut values = Vec::new();
        loop {
            let (value, rest) = quoted(self.rest.trim_start()).ok_or("a list holds quoted values")?;
            values.push(value);
            let rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix(',') {
                self.rest = rest;
            } else {
                self.rest = rest.strip_prefix(')').ok_or("a list is not closed")?;
                return Ok(values);
            }
        }
    }

    fn operand(&self, field: &Field, text: &str) -> Result<Operand, String> {
        let relative =
            (field.kind == Kind::Time).then(|| relative_time(text, self.now)).flatten().map(Operand::Time);
        relative
            .or_else(|| Operand::of_text(field.kind, text))
            .ok_or_else(|| format!("{text:?} is not {}", field.kind.noun()))
    }
}

/// Reads `-`, a field's name and its colon.
fn clause_start<'a>(text: &'a str, fields: &'static [Field]) -> Option<(bool, &'static Field, &'a str)> {
    let (negated, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (name, rest) = text.split_once(':')?;
    let field = fields.iter().find(|field| field.name == name)?;
    Some((negated, field, rest))
}

/// Reads a quoted string at the front, and gives its text and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut signs = text.strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        match signs.next()? {
            '"' => return Some((value, signs.as_str())),
            '\\' => match signs.clone().next()? {
                escaped @ ('"' | '\\') => {
                    value.push(escaped);
                    signs.next();
                }
                _ => value.push('\\'),
            },
            sign => value.push(sign),
        }
    }
}

/// Reads `NOW`, `NOW-7D`, `NOW-24h`, `NOW-15m`.
fn relative_time(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let distance = text.strip_prefix("NOW")?;
    if distance.is_empty() {
        return Some(now);
    }
    let (number, unit) = distance.split_at_checked(distance.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    let distance = match unit.to_ascii_uppercase().as_str() {
        "W" => TimeDelta::try_weeks(number),
        "D" => TimeDelta::try_days(number),
        "H" => TimeDelta::try_hours(number),
        "M" => TimeDelta::try_minutes(number),
        "S" => TimeDelta::try_seconds(number),
        _ => None,
    }?;
    now.checked_add_signed(distance)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::{INSIGHTS, LIST_ITEMS, SIGNALS};
    use super::super::store::text_of;
    use super::*;

    fn now() -> DateTime<Utc> {
        clock::parse("2026-11-20T00:00:00Z").unwrap()
    }

    fn insight() -> Value {
        json!({
            "id": "a1", "readableId": "INSIGHT-7", "name": "Say \"hi\" to C:\\temp", "severity": "HIGH",
            "status": {"name": "inprogress", "displayName": "In Progress"},
            "created": "2026-11-18T12:00:00.000000", "confidence": 0.5, "tags": ["vip", "_mitreAttackTactic:TA0006"],
            "entity": {"entityType": "_ip", "value": "192.0.2.7"},
            "signals": [{"ruleId": "MATCH-U00001", "allRecords": [
                {"http_url": "https://example.com/a?b=c", "srcPort": 4711, "file_path": "C:\\Users\\ana\\x.exe"}
            ]}]
        })
    }

    fn is_found(q: &str) -> bool {
        let insight = insight();
        Query::parse(q, INSIGHTS, now()).unwrap().matches(&insight, &text_of(&insight))
    }

    #[test]
    fn clauses_select() {
        let found = [
            "",
            "id:\"a1\"",
            "status:\"inprogress\"",
            "status:in(\"new\",\"inprogress\")",
            "status:in(\"new\", \"inprogress\")",
            "-status:\"closed\" severity:\"HIGH\"",
            "severity:>=\"HIGH\"",
            "severity:>=HIGH",
            "severity:<\"CRITICAL\"",
            "name:contains(\"TO c:\")",
            "name:\"Say \\\"hi\\\" to C:\\\\temp\"",
            "name:\"Say \\\"hi\\\" to C:\\temp\"",
            "created:>2026-11-17T00:00:00+00:00",
            "created:>=2026-11-18T12:00:00Z created:<=2026-11-18T12:00:00.000000Z",
            "created:2026-11-18..2026-11-19",
            "created:NOW-7D..NOW",
            "created:>NOW-48h",
            "created:<NOW-15m",
            "confidence:0.4..0.6",
            "confidence:0.5",
            "tag:\"_mitreAttackTactic:TA0006\"",
            "entity.ip:\"192.0.2.7\" entity.type:\"_ip\"",
            "ruleId:\"MATCH-U00001\"",
            "records:\"EXAMPLE.com\"",
            "https://example.com/a?b=c",
            "HTTPS://EXAMPLE.COM",
            "4711",
            "C:\\Users\\ana",
            "\"C:\\\\Users\\\\ana\"",
            "status:\"inprogress\" 192.0.2.7 severity:\"HIGH\"",
            "Say \"hi\"",
            // A plus between clauses hides what follows.
            "status:\"inprogress\"+severity:\"LOW\"",
            "status:\"inprogress\" + severity:\"LOW\"",
            "created:>2026-11-17T00:00:00+00:00+severity:\"LOW\"",
        ];
        for q in found {
            assert!(is_found(q), "{q}");
        }
        let missed = [
            "status:\"In Progress\"",
            "-severity:\"HIGH\"",
            "severity:>\"HIGH\"",
            "name:\"say\"",
            "created:<2026-11-18T12:00:00Z",
            "entity.hostname:\"192.0.2.7\"",
            "example.net",
            "status:\"inprogress\" example.net",
            // Member names are not searched.
            "http_url",
            "+192.0.2.7",
            "nosuchfield:\"a1\"",
        ];
        for q in missed {
            assert!(!is_found(q), "{q}");
        }
    }

    #[test]
    fn malformed_clauses_are_refused() {
        let cases = [
            "id:",
            "id: \"a1\"",
            "id:\"a1",
            "id:\"a\"1",
            "id:in(a1)",
            "id:in(\"a1\"",
            "name:contains(\"a\",\"b\")",
            "created:>yesterday",
            "created:NOW-7X",
            "confidence:high",
            "severity:\"URGENT\"",
            "name:>\"a\"",
        ];
        for q in cases {
            assert!(Query::parse(q, INSIGHTS, now()).is_err(), "{q}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_value_is_found_by_a_clause_that_lists_it(
            values in proptest::collection::vec(".{1,40}", 1..20),
            other in ".{1,40}",
        ) {
            let clause = crate::query::list_items::VALUE.one_of(&values);
            let query = Query::parse(clause.as_str(), LIST_ITEMS, now()).unwrap();
            for value in &values {
                let item = json!({"value": value});
                proptest::prop_assert!(query.matches(&item, &text_of(&item)), "{}", value);
            }
            let item = json!({"value": other});
            proptest::prop_assert_eq!(query.matches(&item, &text_of(&item)), values.contains(&other));
        }
    }

    #[test]
    fn fields_belong_to_a_resource() {
        let signal = json!({"id": "s", "suppressed": false, "severity": 5, "summary": "readableId:\"x\""});
        let text = text_of(&signal);
        for q in ["suppressed:\"false\" severity:>=5", "severity:1..5", "readableId:\"x\""] {
            assert!(Query::parse(q, SIGNALS, now()).unwrap().matches(&signal, &text), "{q}");
        }
    }
}
