//! Indicator, its form for creation and the parts that only it has.

use crate::id::EntityId;
use crate::model::Kind;
use crate::node::Node;
use crate::structure::Structure;
use crate::time::Time;
use crate::truncate::Scissors;
use crate::validate::Walk;
use crate::vocabulary::{BooleanOperator, HighMedLow, IndicatorType, Severity, Tlp};
use crate::{ExternalReference, KillChainPhase, ValidTime};
use serde::{Deserialize, Deserializer, Serialize, de};

entity! {
    /// A detection rule, pattern or watch list that signals a threat.
    pub struct Indicator is "Indicator", "indicator", created as NewIndicator is "NewIndicator" {
        /// Who made the indicator. Required; at most 1024 UTF-16 units.
        required producer: String as ShortString;
        /// Span in which the object holds. Required, but not in the form for creation.
        defaulted valid_time: ValidTime;
        /// Combination of other indicators. Optional.
        optional composite_indicator_expression: CompositeIndicatorExpression;
        /// How sure the producer is. Optional.
        optional confidence: HighMedLow;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Kinds of indicator. Optional.
        list indicator_type: IndicatorType;
        /// Kill chain phases. Optional.
        list kill_chain_phases: KillChainPhase;
        /// Expected impact. Optional; at most 5000 UTF-16 units.
        optional likely_impact: String as LongString;
        /// True to invert. Optional.
        optional negate: bool;
        /// How bad it is. Optional.
        optional severity: Severity;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Where the intelligence came from. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Machine form of the indicator; exactly one of five shapes chosen by its type. Optional.
        optional specification: IndicatorSpecification;
        /// Free tags. Optional; each at most 1024 UTF-16 units.
        list tags: String as ShortString;
        /// Tests that find it. Optional; each at most 2048 UTF-16 units.
        list test_mechanisms: String as MedString;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// Boolean combination of other indicators.
    pub struct CompositeIndicatorExpression is "CompositeIndicatorExpression" {
        /// References to indicators. Required.
        elements indicator_ids: EntityId;
        /// Boolean operator. Required.
        required operator: BooleanOperator;
    }
}

structure! {
    /// Indicator defined by a list of judgements.
    pub struct JudgementSpecification is "JudgementSpecification" {
        constant "type" = "Judgement";
        /// References to judgements. Required.
        elements judgements: EntityId;
        /// Judgements that must all match. Required.
        elements required_judgements: RelatedJudgement;
    }
}

structure! {
    /// Indicator given as OpenIOC XML text.
    pub struct OpenIocSpecification is "OpenIOCSpecification" {
        constant "type" = "OpenIOC";
        /// OpenIOC XML text. Required.
        required open_ioc = "open_IOC": String;
    }
}

structure! {
    /// Embedded link to a judgement; used by JudgementSpecification.
    pub struct RelatedJudgement is "RelatedJudgement" {
        /// Reference to the judgement. Required.
        required judgement_id: EntityId;
        /// How sure the producer is. Optional.
        optional confidence: HighMedLow;
        /// Free text relation. Optional.
        optional relationship: String;
        /// Where the intelligence came from. Optional.
        optional source: String;
    }
}

structure! {
    /// Indicator given as SIOC text.
    pub struct SiocSpecification is "SIOCSpecification" {
        constant "type" = "SIOC";
        /// SIOC text. Required.
        required sioc = "SIOC": String;
    }
}

structure! {
    /// Indicator given as a Snort rule.
    pub struct SnortSpecification is "SnortSpecification" {
        constant "type" = "Snort";
        /// Snort rule. Required.
        required snort_sig: String;
    }
}

structure! {
    /// Indicator run by ThreatBrain.
    pub struct ThreatBrainSpecification is "ThreatBrainSpecification" {
        constant "type" = "ThreatBrain";
        /// Variables. Required.
        elements variables: String;
        /// Query text. Optional.
        optional query: String;
    }
}

/// The machine form of an indicator: one of five shapes, told apart by their `type`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum IndicatorSpecification {
    /// Judgements that the indicator rests on.
    Judgement(JudgementSpecification),
    /// A query that ThreatBrain runs.
    ThreatBrain(ThreatBrainSpecification),
    /// A Snort rule.
    Snort(SnortSpecification),
    /// SIOC text.
    Sioc(SiocSpecification),
    /// OpenIOC text.
    OpenIoc(OpenIocSpecification),
}

macro_rules! specifications {
    ($($variant:ident($structure:ident) = $tag:literal),*) => {
        $(impl From<$structure> for IndicatorSpecification {
            fn from(specification: $structure) -> Self {
                Self::$variant(specification)
            }
        })*

        impl<'de> Deserialize<'de> for IndicatorSpecification {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let object = crate::node::Object::deserialize(deserializer)?;
                match object.get("type").and_then(serde_json::Value::as_str) {
                    $(Some($tag) => $structure::deserialize(object).map(Self::$variant).map_err(de::Error::custom),)*
                    _ => Err(de::Error::custom(concat!("/type: must be one of" $(, " ", $tag)*))),
                }
            }
        }

        impl Node for IndicatorSpecification {
            const KIND: Kind = Kind::OneOf(&[$($structure::INFO),*]);

            fn check<'a>(&'a self, _kind: Kind, walk: &mut Walk<'a>) {
                match self {
                    $(Self::$variant(specification) => specification.check($structure::KIND, walk),)*
                }
            }

            fn shorten(&mut self, _kind: Kind, scissors: &mut Scissors) {
                match self {
                    $(Self::$variant(specification) => specification.shorten($structure::KIND, scissors),)*
                }
            }
        }
    };
}

specifications! {
    Judgement(JudgementSpecification) = "Judgement",
    ThreatBrain(ThreatBrainSpecification) = "ThreatBrain",
    Snort(SnortSpecification) = "Snort",
    Sioc(SiocSpecification) = "SIOC",
    OpenIoc(OpenIocSpecification) = "OpenIOC"
}

checked!(IndicatorSpecification);
