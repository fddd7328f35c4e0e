//! The model's entities, each with its form for creation and the parts that only it has.

pub(crate) mod actor;
pub(crate) mod asset;
pub(crate) mod asset_mapping;
pub(crate) mod asset_properties;
pub(crate) mod attack_pattern;
pub(crate) mod bundle;
pub(crate) mod campaign;
pub(crate) mod casebook;
pub(crate) mod coa;
pub(crate) mod data_table;
pub(crate) mod feedback;
pub(crate) mod identity_assertion;
pub(crate) mod incident;
pub(crate) mod indicator;
pub(crate) mod investigation;
pub(crate) mod judgement;
pub(crate) mod malware;
pub(crate) mod note;
pub(crate) mod relationship;
pub(crate) mod sighting;
pub(crate) mod sighting_context;
pub(crate) mod target_record;
pub(crate) mod tool;
pub(crate) mod verdict;
pub(crate) mod vulnerability;
pub(crate) mod vulnerability_configurations;
pub(crate) mod vulnerability_impact;
pub(crate) mod weakness;

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
