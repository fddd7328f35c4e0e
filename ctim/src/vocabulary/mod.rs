//! The model's vocabularies.
//!
//! Each is an enum of the listed values and of one variant more, `Unlisted`, which keeps a text
//! that the list does not have, so that it is written back unchanged. Validation calls such a text
//! an error where the model's list is closed and a warning where it is open.
//!
//! ```
//! use ctim::vocabulary::{Resolution, Severity};
//!
//! let severity = Severity::from("High");
//! assert_eq!(severity, Severity::High);
//!
//! let odd = Severity::from("Apocalyptic");
//! assert!(!odd.is_known());
//! assert_eq!(odd.as_str(), "Apocalyptic");
//! assert!(Resolution::IS_OPEN && !Severity::IS_OPEN);
//! ```

#[macro_use]
mod define;
mod actor;
mod asset;
mod attack_pattern;
mod campaign;
mod coa;
mod common;
mod data_table;
mod feedback;
mod identity_assertion;
mod incident;
mod indicator;
mod malware;
mod observable;
mod openc2;
mod relationship;
mod sighting;
mod tool;
mod unlisted;
mod vulnerability;
mod weakness;

pub use actor::{Motivation, Sophistication, ThreatActorType};
pub use asset::{AssetType, Specificity, Stability};
pub use attack_pattern::AttackPatternAbstractions;
pub use campaign::CampaignStatus;
pub use coa::{CoaStage, CoaType};
pub use common::{
    Disposition, DispositionName, DispositionNumber, HighMedLow, IntendedEffect, KillChainName,
    KillChainPhaseName, Scope, Severity, Tlp,
};
pub use data_table::ColumnType;
pub use feedback::FeedbackValue;
pub use identity_assertion::AssertionType;
pub use incident::{
    DetectionStatus, DiscoveryMethod, IncidentCategory, IncidentScoreType, LocationClass, LossDuration,
    LossProperty, PromotionMethod, Status,
};
pub use indicator::{BooleanOperator, IndicatorType, SpecificationType};
pub use malware::{MalwareAbstractions, MalwareLabel};
pub use observable::{ObservableRelationType, ObservableTypeIdentifier};
pub use openc2::{
    AclAction, BlockModifierType, CoaModifierDestination, CoaModifierLocation, CoaModifierMethod,
    CoaModifierResponse, CoaModifierSearch, Encapsulation, OpenC2ActuatorType, OpenC2CoaType,
    OpenC2ModifierType, Protocol, ScanMethods, TargetTypeVocab,
};
pub use relationship::RelationshipType;
pub use sighting::{HttpMethod, Resolution, Sensor, TrafficDirection};
pub use tool::ToolLabel;
pub use unlisted::{UnlistedInteger, UnlistedText};
pub use vulnerability::{
    CpeNodeOperator, CvssV2AccessComplexity, CvssV2AccessVector, CvssV2Authentication,
    CvssV2AvailabilityImpact, CvssV2CollateralDamagePotential, CvssV2ConfidentialityImpact,
    CvssV2Exploitability, CvssV2IntegrityImpact, CvssV2RemediationLevel, CvssV2ReportConfidence,
    CvssV2SecurityRequirement, CvssV2TargetDistribution, CvssV3AttackComplexity, CvssV3AttackVector,
    CvssV3AvailabilityImpact, CvssV3ConfidentialityImpact, CvssV3ExploitCodeMaturity, CvssV3IntegrityImpact,
    CvssV3ModifiedAttackComplexity, CvssV3ModifiedAttackVector, CvssV3ModifiedAvailabilityImpact,
    CvssV3ModifiedConfidentialityImpact, CvssV3ModifiedIntegrityImpact, CvssV3ModifiedPrivilegesRequired,
    CvssV3ModifiedScope, CvssV3ModifiedUserInteraction, CvssV3PrivilegesRequired, CvssV3RemediationLevel,
    CvssV3ReportConfidence, CvssV3Scope, CvssV3SecurityRequirements, CvssV3Severity, CvssV3UserInteraction,
};
pub use weakness::{
    ArchitectureClass, ConsequenceScope, DetectionEffectiveness, DetectionMethodVocab, Effectiveness,
    FunctionalArea, LanguageClass, MitigationStrategy, NoteType, OperatingSystemClass, Prevalence,
    SoftwarePhase, SystemResource, TechnicalImpact, WeaknessAbstractionLevel, WeaknessStructure,
};

/// All vocabularies as data.
pub const ALL: &[&crate::model::VocabularyInfo] = &[
    AclAction::INFO,
    ArchitectureClass::INFO,
    AssertionType::INFO,
    AssetType::INFO,
    AttackPatternAbstractions::INFO,
    BlockModifierType::INFO,
    BooleanOperator::INFO,
    CoaModifierDestination::INFO,
    CoaModifierLocation::INFO,
    CoaModifierMethod::INFO,
    CoaModifierResponse::INFO,
    CoaModifierSearch::INFO,
    CoaStage::INFO,
    CoaType::INFO,
    CpeNodeOperator::INFO,
    CvssV2AccessComplexity::INFO,
    CvssV2AccessVector::INFO,
    CvssV2Authentication::INFO,
    CvssV2AvailabilityImpact::INFO,
    CvssV2CollateralDamagePotential::INFO,
    CvssV2ConfidentialityImpact::INFO,
    CvssV2Exploitability::INFO,
    CvssV2IntegrityImpact::INFO,
    CvssV2RemediationLevel::INFO,
    CvssV2ReportConfidence::INFO,
    CvssV2SecurityRequirement::INFO,
    CvssV2TargetDistribution::INFO,
    CvssV3AttackComplexity::INFO,
    CvssV3AttackVector::INFO,
    CvssV3AvailabilityImpact::INFO,
    CvssV3ConfidentialityImpact::INFO,
    CvssV3ExploitCodeMaturity::INFO,
    CvssV3IntegrityImpact::INFO,
    CvssV3ModifiedAttackComplexity::INFO,
    CvssV3ModifiedAttackVector::INFO,
    CvssV3ModifiedAvailabilityImpact::INFO,
    CvssV3ModifiedConfidentialityImpact::INFO,
    CvssV3ModifiedIntegrityImpact::INFO,
    CvssV3ModifiedPrivilegesRequired::INFO,
    CvssV3ModifiedScope::INFO,
    CvssV3ModifiedUserInteraction::INFO,
    CvssV3PrivilegesRequired::INFO,
    CvssV3RemediationLevel::INFO,
    CvssV3ReportConfidence::INFO,
    CvssV3Scope::INFO,
    CvssV3SecurityRequirements::INFO,
    CvssV3Severity::INFO,
    CvssV3UserInteraction::INFO,
    CampaignStatus::INFO,
    ColumnType::INFO,
    ConsequenceScope::INFO,
    DetectionEffectiveness::INFO,
    DetectionMethodVocab::INFO,
    DetectionStatus::INFO,
    DiscoveryMethod::INFO,
    DispositionName::INFO,
    DispositionNumber::INFO,
    Effectiveness::INFO,
    Encapsulation::INFO,
    FeedbackValue::INFO,
    FunctionalArea::INFO,
    HttpMethod::INFO,
    HighMedLow::INFO,
    IncidentCategory::INFO,
    IncidentScoreType::INFO,
    IndicatorType::INFO,
    IntendedEffect::INFO,
    KillChainName::INFO,
    KillChainPhaseName::INFO,
    LanguageClass::INFO,
    LocationClass::INFO,
    LossDuration::INFO,
    LossProperty::INFO,
    MalwareAbstractions::INFO,
    MalwareLabel::INFO,
    MitigationStrategy::INFO,
    Motivation::INFO,
    NoteType::INFO,
    ObservableRelationType::INFO,
    ObservableTypeIdentifier::INFO,
    OpenC2ActuatorType::INFO,
    OpenC2CoaType::INFO,
    OpenC2ModifierType::INFO,
    OperatingSystemClass::INFO,
    Prevalence::INFO,
    PromotionMethod::INFO,
    Protocol::INFO,
    RelationshipType::INFO,
    Resolution::INFO,
    ScanMethods::INFO,
    Scope::INFO,
    Sensor::INFO,
    Severity::INFO,
    SoftwarePhase::INFO,
    Sophistication::INFO,
    SpecificationType::INFO,
    Specificity::INFO,
    Stability::INFO,
    Status::INFO,
    SystemResource::INFO,
    Tlp::INFO,
    TargetTypeVocab::INFO,
    TechnicalImpact::INFO,
    ThreatActorType::INFO,
    ToolLabel::INFO,
    TrafficDirection::INFO,
    WeaknessAbstractionLevel::INFO,
    WeaknessStructure::INFO,
];
