//! Incident, its form for creation and the parts that only it has.

use crate::ExternalReference;
use crate::id::EntityId;
use crate::model::Kind;
use crate::node::Node;
use crate::number::Number;
use crate::pointer::Step;
use crate::report::Rule;
use crate::time::Time;
use crate::validate::Walk;
use crate::vocabulary::IncidentScoreType;
use crate::vocabulary::{
    DetectionStatus, DiscoveryMethod, HighMedLow, IncidentCategory, IntendedEffect, PromotionMethod,
    Severity, Status, Tlp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

entity! {
    /// A security incident under investigation, with status and lifecycle times.
    pub struct Incident is "Incident", "incident", created as NewIncident is "NewIncident" {
        /// How sure the producer is. Required.
        required confidence: HighMedLow;
        /// Lifecycle times. Required.
        required incident_time: IncidentTime;
        /// Workflow status. Required.
        required status: Status;
        /// Who works on it (user ids). Optional; each at most 1024 UTF-16 units.
        list assignees: String as ShortString;
        /// Incident categories. Optional.
        list categories: IncidentCategory;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Products that contributed detections. Optional; each at most 2048 UTF-16 units.
        list detection_sources: String as MedString;
        /// How detection for the incident goes on; known from schema version 1.3.30. Optional.
        optional detection_status: DetectionStatus;
        /// How it was discovered. Optional.
        optional discovery_method: DiscoveryMethod;
        /// What the attacker wants. Optional.
        optional intended_effect: IntendedEffect;
        /// Free scalar dictionary. Optional.
        optional meta: MetaData;
        /// Manual or automated promotion. Optional.
        optional promotion_method: PromotionMethod;
        /// Score dictionary. Optional.
        optional scores: IncidentScores;
        /// How bad it is. Optional.
        optional severity: Severity;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Short identifier for people; known from schema version 1.3.30. Optional.
        optional short_id: String;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Tactic ids such as TA0011. Optional; each at most 1024 UTF-16 units.
        list tactics: String as ShortString;
        /// Technique ids such as T1095. Optional; each at most 1024 UTF-16 units.
        list techniques: String as ShortString;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// Lifecycle times of an incident; only opened is required.
    pub struct IncidentTime is "IncidentTime" {
        /// First opened. Required.
        required opened: Time;
        /// Last closed. Optional.
        optional closed: Time;
        /// First contained. Optional.
        optional contained: Time;
        /// First discovered. Optional.
        optional discovered: Time;
        /// First rejected. Optional.
        optional rejected: Time;
        /// Damage repaired. Optional.
        optional remediated: Time;
        /// First reported. Optional.
        optional reported: Time;
    }
}

/// The scores of an incident by name. By convention `asset` goes from 0 to 10, `global` from 0 to 1000 and `ttp` from
/// 0 to 100; other names are accepted.
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

    fn check<'a>(&'a self, _kind: Kind, walk: &mut Walk<'a>) {
        for (name, score) in &self.0 {
            walk.one(name, score, Kind::IncidentScore);
        }
    }
}

checked!(IncidentScores);

/// Further facts by name. Values are texts, numbers or truth values; validation refuses others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetaData(pub BTreeMap<String, Value>);

impl<S: Into<String>, V: Into<Value>, const C: usize> From<[(S, V); C]> for MetaData {
    fn from(facts: [(S, V); C]) -> Self {
        Self(facts.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Node for MetaData {
    const KIND: Kind = Kind::MetaData;

    fn check<'a>(&'a self, _kind: Kind, walk: &mut Walk<'a>) {
        for (name, value) in &self.0 {
            walk.at(Step::Key(name), |walk| match value {
                Value::Null => walk.error(Rule::Null, "null is not allowed; leave the field out".to_owned()),
                Value::Array(_) => walk.error(Rule::JsonType, "a list is not allowed here".to_owned()),
                Value::Object(_) => walk.error(Rule::JsonType, "an object is not allowed here".to_owned()),
                Value::String(_) | Value::Number(_) | Value::Bool(_) => {}
            });
        }
    }
}

checked!(MetaData);
