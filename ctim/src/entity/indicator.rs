//! Indicator, its form for creation and the parts that only it has.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::id::EntityId;
use crate::model::Kind;
use crate::node::Node;
use crate::structure::Structure;
use crate::text::Shortener;
use crate::time::Time;
use crate::validator::Validator;
use crate::vocabulary::{BooleanOperator, HighMedLow, IndicatorType, Severity, Tlp};
use crate::{ExternalReference, KillChainPhase, ValidTime};

entity! {
    /// A rule, pattern or watch list by which a threat is recognised.
    pub struct Indicator is "Indicator", "indicator", created as NewIndicator is "NewIndicator" {
        /// The producer of the indicator. Required; at most 1024 UTF-16 units.
        required producer: String as ShortString;
        /// The span in which the entity holds; may be empty. Required, but not in the form for
        /// creation.
        defaulted valid_time: ValidTime;
        /// Other indicators that it combines. Optional.
        optional composite_indicator_expression: CompositeIndicatorExpression;
        /// The confidence of the source. Optional.
        optional confidence: HighMedLow;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Kinds of indicator it belongs to. Optional.
        list indicator_type: IndicatorType;
        /// Phases of kill chains in which it plays a part. Optional.
        list kill_chain_phases: KillChainPhase;
        /// The likely impact. Optional; at most 5000 UTF-16 units.
        optional likely_impact: String as LongString;
        /// True if the indicator applies when its pattern is absent. Optional.
        optional negate: bool;
        /// The severity of its findings. Optional.
        optional severity: Severity;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// The person or system that states this. Optional; at most 2048 UTF-16 units.
        optional source: String as MedString;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Its machine form. Optional.
        optional specification: IndicatorSpecification;
        /// Free tags. Optional; each at most 1024 UTF-16 units.
        list tags: String as ShortString;
        /// Tests that find it. Optional; each at most 2048 UTF-16 units.
        list test_mechanisms: String as MedString;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
    }
}

structure! {
    /// Other indicators, combined by an operator.
    pub struct CompositeIndicatorExpression is "CompositeIndicatorExpression" {
        /// The indicators. Required.
        elements indicator_ids: EntityId;
        /// The operator that combines the parts. Required.
        required operator: BooleanOperator;
    }
}

structure! {
    /// An indicator that rests on judgements.
    pub struct JudgementSpecification is "JudgementSpecification" {
        constant "type" = "Judgement";
        /// The judgements. Required.
        elements judgements: EntityId;
        /// Links to judgements that must all match. Required.
        elements required_judgements: RelatedJudgement;
    }
}

structure! {
    /// An indicator given as OpenIOC XML.
    pub struct OpenIocSpecification is "OpenIOCSpecification" {
        constant "type" = "OpenIOC";
        /// The XML text. Required.
        required open_ioc = "open_IOC": String;
    }
}

structure! {
    /// A link to a judgement.
    pub struct RelatedJudgement is "RelatedJudgement" {
        /// The judgement. Required.
        required judgement_id: EntityId;
        /// The confidence of the source. Optional.
        optional confidence: HighMedLow;
        /// The relation of the two, in free words. Optional.
        optional relationship: String;
        /// The person or system that states this. Optional.
        optional source: String;
    }
}

structure! {
    /// An indicator given as SIOC text.
    pub struct SiocSpecification is "SIOCSpecification" {
        constant "type" = "SIOC";
        /// The text. Required.
        required sioc = "SIOC": String;
    }
}

structure! {
    /// An indicator given as a Snort rule.
    pub struct SnortSpecification is "SnortSpecification" {
        constant "type" = "Snort";
        /// The rule. Required.
        required snort_sig: String;
    }
}

structure! {
    /// An indicator that ThreatBrain evaluates.
    pub struct ThreatBrainSpecification is "ThreatBrainSpecification" {
        constant "type" = "ThreatBrain";
        /// Variables of the query. Required.
        elements variables: String;
        /// The query. Optional.
        optional query: String;
    }
}

/// The machine form of an indicator: one of five shapes, told apart by their `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

            fn check<'a>(&'a self, _kind: Kind, validator: &mut Validator<'a>) {
                match self {
                    $(Self::$variant(specification) => specification.check($structure::KIND, validator),)*
                }
            }

            fn shorten(&mut self, _kind: Kind, shortener: &mut Shortener) {
                match self {
                    $(Self::$variant(specification) => specification.shorten($structure::KIND, shortener),)*
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
described!(IndicatorSpecification, "IndicatorSpecification", <IndicatorSpecification as Node>::KIND);
