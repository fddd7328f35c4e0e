//! Makes JSON objects of any structure from its description.
#![allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests, each of which uses a part of this"
)]

use ctim::model::{Cardinality, FieldInfo, Kind, STRUCTURES, StructureInfo, Values, VocabularyInfo};
use ctim::{EntityType, Report};
use serde_json::{Map, Value, json};

pub(crate) const UUID: &str = "5023697b-3857-4652-9b53-ccda297f9c3e";

/// The choices of a generator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fill {
    /// Required fields alone.
    Minimal,
    /// Every field.
    Maximal,
    /// Each optional field with this probability, in percent.
    Percent(u64),
}

/// Makes objects; the same seed gives the same objects.
pub(crate) struct Generator {
    state: u64,
    fill: Fill,
    /// Probability, in a thousand, that a value breaks a rule.
    faults: u64,
}

impl Generator {
    pub(crate) fn new(seed: u64, fill: Fill) -> Self {
        Self { state: seed, fill, faults: 0 }
    }

    pub(crate) fn with_faults(mut self, faults: u64) -> Self {
        self.faults = faults;
        self
    }

    /// The next pseudo-random number (splitmix64).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()].clone()
    }

    fn fails(&mut self) -> bool {
        self.faults > 0 && self.below(1000) < self.faults
    }

    fn takes(&mut self, field: &FieldInfo) -> bool {
        if field.required {
            return !self.fails();
        }
        match self.fill {
            Fill::Minimal => false,
            Fill::Maximal => true,
            Fill::Percent(percent) => self.below(100) < percent,
        }
    }

    pub(crate) fn object(&mut self, structure: &StructureInfo) -> Value {
        let mut object = Map::new();
        for (name, text) in structure.constants {
            if !self.fails() {
                object.insert((*name).to_owned(), json!(text));
            }
        }
        for field in structure.fields {
            if self.takes(field) {
                let value = if self.fails() { self.foreign_value() } else { self.field(field) };
                object.insert(field.name.to_owned(), value);
            }
        }
        if self.fails() {
            object.insert("no_such_field".to_owned(), json!(1));
        }
        self.fix_relations(structure.name, &mut object);
        Value::Object(object)
    }

    /// Makes fields agree that have to.
    fn fix_relations(&mut self, structure: &str, object: &mut Map<String, Value>) {
        if self.fails() {
            return;
        }
        if matches!(structure, "Judgement" | "NewJudgement" | "Verdict")
            && object.contains_key("disposition")
            && object.contains_key("disposition_name")
        {
            object.insert("disposition".to_owned(), json!(2));
            object.insert("disposition_name".to_owned(), json!("Malicious"));
        }
        if object.contains_key("start_time") && object.contains_key("end_time") {
            object.insert("end_time".to_owned(), json!("2524-12-31T00:00:00.000Z"));
        }
    }

    fn foreign_value(&mut self) -> Value {
        self.pick(&[Value::Null, json!(1.5), json!("text"), json!([]), json!({}), json!(true), json!([null])])
    }

    fn field(&mut self, field: &FieldInfo) -> Value {
        if field.cardinality == Cardinality::One {
            return self.value(field.kind);
        }
        let count = match self.fill {
            Fill::Minimal => 0,
            Fill::Maximal => 2,
            Fill::Percent(_) => self.below(3),
        };
        let mut elements: Vec<Value> = (0..count).map(|_| self.value(field.kind)).collect();
        if field.cardinality == Cardinality::Set && !self.fails() {
            let mut seen = Vec::new();
            elements.retain(|element| {
                !seen.contains(element) && {
                    seen.push(element.clone());
                    true
                }
            });
        }
        Value::Array(elements)
    }

    pub(crate) fn value(&mut self, kind: Kind) -> Value {
        match kind {
            Kind::Structure(structure) => self.object(structure),
            Kind::OneOf(structures) => {
                let structure = self.pick(structures);
                self.object(structure)
            }
            Kind::Vocabulary(vocabulary) => self.word(vocabulary),
            Kind::Fixed(text) => json!(if self.fails() { "something else" } else { text }),
            Kind::Boolean => json!(self.below(2) == 0),
            Kind::Integer => json!(self.next() as i64),
            Kind::PosInt => json!(if self.fails() { -1 } else { self.below(1 << 40) as i64 }),
            Kind::Priority => json!(self.below(101)),
            Kind::Number | Kind::IncidentScore => self.pick(&[json!(0), json!(1.25), json!(-7), json!(10.0)]),
            Kind::CvssScore => {
                if self.fails() {
                    json!(10.5)
                } else {
                    self.pick(&[json!(0), json!(10), json!(7.5), json!(10.0)])
                }
            }
            Kind::Row => json!([null, 1, "cell", { "a": [] }]),
            Kind::Object => json!({ "any": [null] }),
            Kind::MetaData => json!({ "text": "a", "number": 1.5, "truth": false }),
            Kind::IncidentScores => json!({ "asset": 5, "other": 0.5 }),
            Kind::Time => self.time(),
            Kind::Id | Kind::Reference => json!(self.reference()),
            Kind::ReferenceTo(entity_type) => json!(self.long_id(entity_type)),
            _ => json!(self.text(kind)),
        }
    }

    fn word(&mut self, vocabulary: &VocabularyInfo) -> Value {
        match vocabulary.values {
            Values::Texts(_) if self.fails() => json!("no-such-word"),
            Values::Texts(words) => json!(self.pick(words)),
            Values::Integers(_) if self.fails() => json!(77),
            Values::Integers(numbers) => json!(self.pick(numbers)),
        }
    }

    fn time(&mut self) -> Value {
        if self.fails() {
            return self.pick(&[
                json!("1969-12-31T23:59:59.999Z"),
                json!("2525-01-01T00:01:00.000Z"),
                json!("now"),
                json!("2024-05-01T10:15:30"),
                json!("2024-05-01"),
                json!("2024-05-01 10:15:30Z"),
                json!("2024-05-01T10:15:30+0200"),
            ]);
        }
        json!(format!(
            "20{:02}-0{}-1{}T0{}:00:59.{:03}Z",
            self.below(100),
            1 + self.below(9),
            self.below(10),
            self.below(10),
            self.below(1000)
        ))
    }

    fn reference(&mut self) -> String {
        if self.fails() {
            return self.pick(&[
                format!("actor-{UUID}"),
                String::new(),
                "transient:a\nb".to_owned(),
                "x".to_owned(),
            ]);
        }
        let entity_type = self.pick(EntityType::ALL);
        let number = self.next();
        self.pick(&[
            format!("transient:{entity_type}-{number}"),
            format!("https://example.com/ctia/{entity_type}/{entity_type}-{UUID}"),
        ])
    }

    fn long_id(&mut self, entity_type: EntityType) -> String {
        if self.fails() {
            return self
                .pick(&["transient:x".to_owned(), format!("https://example.com/ctia/nothing/actor-{UUID}")]);
        }
        let last = self.below(1 << 40);
        format!("https://example.com/ctia/{entity_type}/{entity_type}-5023697b-3857-4652-9b53-{last:012x}")
    }

    fn text(&mut self, kind: Kind) -> String {
        if self.fails() {
            return self.wrong_text(kind);
        }
        let choices: &[&str] = match kind {
            Kind::Uri => {
                &["https://example.com/a?b=c#d", "urn:x:y", "relative/path", "//host", "mailto:a@b.example"]
            }
            Kind::SchemaVersion => &["1.3.29", "1.1.8", "1.0.12"],
            Kind::CvssV2Vector => &["AV:N/AC:L/Au:N/C:C/I:C/A:C"],
            Kind::CvssV2TemporalVector => &["E:POC/RL:OF/RC:UC"],
            Kind::CvssV2EnvironmentalVector => &["CDP:LM/TD:ND/CR:L/IR:M/AR:H"],
            Kind::CvssV3Vector => &["CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/S:U"],
            Kind::FormattedCpe23 => &["cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*"],
            _ => &["", "text", "Zeichen äöü 😀", "a \"quoted\"\\ line\nand more\u{0}"],
        };
        let text = self.pick(choices);
        if kind.max_length().is_some_and(|limit| limit > 64)
            && !matches!(kind, Kind::Uri)
            && self.below(20) == 0
        {
            return "x".repeat(kind.max_length().unwrap());
        }
        text.to_owned()
    }

    fn wrong_text(&mut self, kind: Kind) -> String {
        match kind.max_length() {
            Some(limit) => self.pick(&["x".repeat(limit + 1), "😀".repeat(limit / 2 + 1)]),
            None => self.pick(&["", "CVSS:3.1/", "1.3", "cpe:2.3:a", "AV:N"]).to_owned(),
        }
    }
}

/// The structure with the model's name.
pub(crate) fn structure(name: &str) -> &'static StructureInfo {
    STRUCTURES.iter().find(|structure| structure.name == name).copied().unwrap_or_else(|| panic!("{name}"))
}

/// All entities and forms for creation: structures with `tlp` or a constant `type` that names an
/// entity.
pub(crate) fn top_level() -> impl Iterator<Item = &'static StructureInfo> {
    STRUCTURES.iter().copied().filter(|structure| {
        let is_entity = |(name, text): &(&str, &str)| *name == "type" && text.parse::<EntityType>().is_ok();
        structure.constants.iter().any(is_entity) || structure.name.starts_with("New")
    })
}

/// Checks JSON as the entity or form for creation that the structure describes.
pub(crate) fn check(structure: &StructureInfo, value: &Value) -> Report {
    if structure.name.starts_with("New") {
        check_new(structure.name, value)
    } else {
        ctim::Entity::check_json(value)
    }
}

macro_rules! new_forms {
    ($($name:ident),* $(,)?) => {
        fn check_new(name: &str, value: &Value) -> Report {
            $(if <ctim::$name as ctim::Structure>::INFO.name == name {
                return ctim::validation::check_json::<ctim::$name>(value);
            })*
            panic!("{name}")
        }
    };
}

new_forms!(
    NewActor,
    NewAsset,
    NewAssetMapping,
    NewAssetProperties,
    NewAttackPattern,
    NewBundle,
    NewCampaign,
    NewCasebook,
    NewCoa,
    NewDataTable,
    NewFeedback,
    NewIdentityAssertion,
    NewIncident,
    NewIndicator,
    NewInvestigation,
    NewJudgement,
    NewMalware,
    NewNote,
    NewRelationship,
    NewSighting,
    NewTargetRecord,
    NewTool,
    NewVulnerability,
    NewWeakness,
);
