//! Incident, its form for creation and the parts that only it has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ExternalReference;
use crate::id::EntityId;
use crate::model::Kind;
use crate::node::Node;
use crate::number::Number;
use crate::pointer::Step;
use crate::report::Rule;
use crate::time::Time;
use crate::validator::Validator;
use crate::vocabulary::{
    DetectionStatus, DiscoveryMethod, HighMedLow, IncidentCategory, IncidentScoreType, IntendedEffect,
    PromotionMethod, Severity, Status, Tlp,
};

entity! {
    /// A security event that is being handled, with its status and the times of its life.
    pub struct Incident is "Incident", "incident", created as NewIncident is "NewIncident" {
        /// The confidence of the source. Required.
        required confidence: HighMedLow;
        /// The times of its life. Required.
        required incident_time: IncidentTime;
        /// The status of its handling. Required.
        required status: Status;
        /// Ids of the users who work on it. Optional; each at most 1024 UTF-16 units.
        list assignees: String as ShortString;
        /// Kinds of incident it belongs to. Optional.
        list categories: IncidentCategory;
        /// Text that explains it at length, shown as limited Markdown: neither images nor raw HTML.
        /// Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Products that contributed detections. Optional; each at most 2048 UTF-16 units.
        list detection_sources: String as MedString;
        /// The status of detection for it. Not in schema version 1.3.29; known from 1.3.30.
        /// Optional.
        optional detection_status: DetectionStatus;
        /// The method of discovery. Optional.
        optional discovery_method: DiscoveryMethod;
        /// The goals of the attacker. Optional.
        optional intended_effect: IntendedEffect;
        /// Further facts by name. Optional.
        optional meta: MetaData;
        /// The origin of the promotion to an incident: a person or a program. Optional.
        optional promotion_method: PromotionMethod;
        /// Scores by name. Optional.
        optional scores: IncidentScores;
        /// The severity. Optional.
        optional severity: Severity;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Short id for people. Not in schema version 1.3.29; known from 1.3.30. Optional.
        optional short_id: String;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Ids of ATT&CK tactics such as `TA0011`. Optional; each at most 1024 UTF-16 units.
        list tactics: String as ShortString;
        /// Ids of ATT&CK techniques such as `T1095`. Optional; each at most 1024 UTF-16 units.
        list techniques: String as ShortString;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// The times of an incident's life; only `opened` is required.
    pub struct IncidentTime is "IncidentTime" {
        /// The time at which it was first opened. Required.
        required opened: Time;
        /// The time at which it was last closed. Optional.
        optional closed: Time;
        /// The time at which it was first contained. Optional.
        optional contained: Time;
        /// The time at which it was first discovered. Optional.
        optional discovered: Time;
        /// The time at which it was first rejected. Optional.
        optional rejected: Time;
        /// The time at which the damage was repaired. Optional.
        optional remediated: Time;
        /// The time at which it was first reported. Optional.
        optional reported: Time;
    }
}

impl IncidentTime {
    /// Returns the times of an incident of which only the opening is known.
    #[must_use]
    pub fn opened_at(opened: impl Into<Time>) -> Self {
        Self {
            opened: opened.into(),
            closed: None,
            contained: None,
            discovered: None,
            rejected: None,
            remediated: None,
            reported: None,
            extra: serde_json::Map::new(),
        }
    }
}

impl From<Time> for IncidentTime {
    /// Returns the time of the opening, as [`IncidentTime::opened_at`].
    fn from(opened: Time) -> Self {
        Self::opened_at(opened)
    }
}

/// The scores of an incident by name. By convention `asset` goes from 0 to 10, `global` from 0 to
/// 1000 and `ttp` from 0 to 100; other names are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentScores(pub BTreeMap<String, Number>);

impl<S: Into<IncidentScoreType>, N: Into<Number>, const C: usize> From<[(S, N); C]> for IncidentScores {
    fn from(scores: [(S, N); C]) -> Self {
        let named = scores.into_iter().map(|(name, score)| (name.into().to_string(), score.into()));
        Self(named.collect())
    }
}

impl Node for IncidentScores {
    const KIND: Kind = Kind::IncidentScores;

    fn check<'a>(&'a self, _kind: Kind, validator: &mut Validator<'a>) {
        for (name, score) in &self.0 {
            validator.one(name, score, Kind::IncidentScore);
            validator.at(Step::Key(name), |validator| warn_if_too_high(name, score, validator));
        }
    }
}

/// Warns of a score above the greatest one that the model documents. No service enforces these.
pub(crate) fn warn_if_too_high(name: &str, score: &Number, validator: &mut Validator<'_>) {
    let greatest = match name {
        "asset" => 10.0,
        "ttp" => 100.0,
        "global" => 1000.0,
        _ => return,
    };
    if score.as_f64() > greatest {
        validator.warning(Rule::Range, format!("{score} is above {greatest}"));
    }
}

checked!(IncidentScores);
described!(IncidentScores, "IncidentScores", <IncidentScores as Node>::KIND);

/// Further facts by name. Values are texts, numbers or truth values; validation refuses others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetaData(
    /// The facts.
    #[serde(deserialize_with = "crate::plain_value::members")]
    pub BTreeMap<String, Value>,
);

impl<S: Into<String>, V: Into<Value>, const C: usize> From<[(S, V); C]> for MetaData {
    fn from(facts: [(S, V); C]) -> Self {
        Self(facts.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Node for MetaData {
    const KIND: Kind = Kind::MetaData;

    fn check<'a>(&'a self, _kind: Kind, validator: &mut Validator<'a>) {
        for (name, value) in &self.0 {
            validator.at(Step::Key(name), |validator| match value {
                Value::Null => {
                    validator.error(Rule::Null, "null is not allowed; leave the field out".to_owned())
                }
                Value::Array(_) => validator.error(Rule::JsonType, "a list is not allowed here".to_owned()),
                Value::Object(_) => {
                    validator.error(Rule::JsonType, "an object is not allowed here".to_owned())
                }
                Value::String(_) | Value::Number(_) | Value::Bool(_) => {}
            });
        }
    }
}

checked!(MetaData);
described!(MetaData, "MetaData", <MetaData as Node>::KIND);
