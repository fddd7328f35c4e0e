//! The model's entities, each with its form for creation and the parts that only it has.

mod actor;
mod asset;
mod asset_mapping;
mod asset_properties;
mod attack_pattern;
mod bundle;
mod campaign;
mod casebook;
mod coa;
mod data_table;
mod feedback;
mod identity_assertion;
mod incident;
mod indicator;
mod investigation;
mod judgement;
mod malware;
mod note;
mod relationship;
mod sighting;
mod sighting_context;
mod target_record;
mod tool;
mod verdict;
mod vulnerability;
mod vulnerability_configurations;
mod vulnerability_impact;
mod weakness;

pub use actor::{Actor, Identity, NewActor, RelatedIdentity};
pub use asset::{Asset, NewAsset};
pub use asset_mapping::{AssetMapping, NewAssetMapping};
pub use asset_properties::{AssetProperties, AssetProperty, NewAssetProperties};
pub use attack_pattern::{AttackPattern, NewAttackPattern};
pub use bundle::{Bundle, NewBundle};
pub use campaign::{Activity, Campaign, NewCampaign};
pub use casebook::{Casebook, NewCasebook, Text};
pub use coa::{
    ActionType, ActuatorType, AdditionalProperties, Coa, ModifierType, NewCoa, OpenC2Coa, RelatedCoa,
    TargetType,
};
pub use data_table::{DataTable, NewDataTable};
pub use feedback::{Feedback, NewFeedback};
pub use identity_assertion::{Assertion, IdentityAssertion, IdentityCoordinates, NewIdentityAssertion};
pub use incident::{Incident, IncidentScores, IncidentTime, MetaData, NewIncident};
pub use indicator::{
    CompositeIndicatorExpression, Indicator, IndicatorSpecification, JudgementSpecification, NewIndicator,
    OpenIocSpecification, RelatedJudgement, SiocSpecification, SnortSpecification, ThreatBrainSpecification,
};
pub use investigation::{Investigation, NewInvestigation};
pub use judgement::{Judgement, NewJudgement};
pub use malware::{Malware, NewMalware};
pub use note::{NewNote, Note, NoteRelatedEntity};
pub use relationship::{NewRelationship, Relationship};
pub use sighting::{
    IdentitySpecification, NewSighting, ObservedRelation, SensorCoordinates, Sighting, SightingDataTable,
};
pub use sighting_context::{
    Context, FileCreateType, FileDeleteType, FileModifyType, FileMoveType, HttpType, LibraryLoadType,
    NetflowType, ProcessCreateType, RegistryCreateType, RegistryDeleteType, RegistryRenameType,
    RegistrySetType, Traffic,
};
pub use target_record::{NewTargetRecord, Target, TargetRecord};
pub use tool::{NewTool, Tool};
pub use verdict::Verdict;
pub use vulnerability::{Cve, CveDataMeta, NewVulnerability, Vulnerability};
pub use vulnerability_configurations::{Configurations, CpeLeafNode, CpeMatch, CpeNode};
pub use vulnerability_impact::{CvssV2, CvssV3, VulnerabilityImpact};
pub use weakness::{
    AlternateTerm, Architecture, Consequence, DetectionMethod, Language, Mitigation, ModeOfIntroduction,
    NewWeakness, OperatingSystem, Paradigm, Technology, Weakness, WeaknessNote,
};
