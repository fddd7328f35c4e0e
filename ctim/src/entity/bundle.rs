//! Bundle, its form for creation.

use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::Tlp;
use crate::{
    Actor, Asset, AssetMapping, AssetProperties, AttackPattern, Campaign, Coa, DataTable, ExternalReference,
    Feedback, IdentityAssertion, Incident, Indicator, Judgement, Malware, NewActor, NewAsset,
    NewAssetMapping, NewAssetProperties, NewAttackPattern, NewCampaign, NewCoa, NewDataTable, NewFeedback,
    NewIdentityAssertion, NewIncident, NewIndicator, NewJudgement, NewMalware, NewNote, NewRelationship,
    NewSighting, NewTargetRecord, NewTool, NewVulnerability, NewWeakness, Note, Relationship, Sighting,
    TargetRecord, Tool, ValidTime, Verdict, Vulnerability, Weakness,
};

entity! {
    /// Container carrying lists of other entities and lists of references to entities.
    pub struct Bundle is "Bundle", "bundle", created as NewBundle is "NewBundle" {
        /// Where the intelligence came from. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// Validity of the bundle. Required, but not in the form for creation.
        defaulted valid_time: ValidTime;
        /// References to actors. Optional; long ids only; no duplicates.
        set actor_refs: EntityId as ReferenceTo(EntityType::Actor);
        /// Embedded actors. Optional; no duplicates.
        entities actors: Actor created as NewActor;
        /// References to asset mappings. Optional; long ids only; no duplicates.
        set asset_mapping_refs: EntityId as ReferenceTo(EntityType::AssetMapping);
        /// Embedded asset mappings. Optional; no duplicates.
        entities asset_mappings: AssetMapping created as NewAssetMapping;
        /// Embedded asset properties. Optional; no duplicates.
        entities asset_properties: AssetProperties created as NewAssetProperties;
        /// References to asset properties. Optional; long ids only; no duplicates.
        set asset_properties_refs: EntityId as ReferenceTo(EntityType::AssetProperties);
        /// References to assets. Optional; no duplicates.
        set asset_refs: EntityId;
        /// Embedded assets. Optional; no duplicates.
        entities assets: Asset created as NewAsset;
        /// References to attack patterns. Optional; long ids only; no duplicates.
        set attack_pattern_refs: EntityId as ReferenceTo(EntityType::AttackPattern);
        /// Embedded attack patterns. Optional; no duplicates.
        entities attack_patterns: AttackPattern created as NewAttackPattern;
        /// References to campaigns. Optional; long ids only; no duplicates.
        set campaign_refs: EntityId as ReferenceTo(EntityType::Campaign);
        /// Embedded campaigns. Optional; no duplicates.
        entities campaigns: Campaign created as NewCampaign;
        /// References to coas. Optional; long ids only; no duplicates.
        set coa_refs: EntityId as ReferenceTo(EntityType::Coa);
        /// Embedded coas. Optional; no duplicates.
        entities coas: Coa created as NewCoa;
        /// References to data tables. Optional; long ids only; no duplicates.
        set data_table_refs: EntityId as ReferenceTo(EntityType::DataTable);
        /// Embedded data tables. Optional; no duplicates.
        entities data_tables: DataTable created as NewDataTable;
        /// Long text. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// References to feedbacks. Optional; long ids only; no duplicates.
        set feedback_refs: EntityId as ReferenceTo(EntityType::Feedback);
        /// Embedded feedbacks. Optional; no duplicates.
        entities feedbacks: Feedback created as NewFeedback;
        /// References to identity assertions. Optional; long ids only; no duplicates.
        set identity_assertion_refs: EntityId as ReferenceTo(EntityType::IdentityAssertion);
        /// Embedded identity assertions. Optional; no duplicates.
        entities identity_assertions: IdentityAssertion created as NewIdentityAssertion;
        /// References to incidents. Optional; long ids only; no duplicates.
        set incident_refs: EntityId as ReferenceTo(EntityType::Incident);
        /// Embedded incidents. Optional; no duplicates.
        entities incidents: Incident created as NewIncident;
        /// References to indicators. Optional; long ids only; no duplicates.
        set indicator_refs: EntityId as ReferenceTo(EntityType::Indicator);
        /// Embedded indicators. Optional; no duplicates.
        entities indicators: Indicator created as NewIndicator;
        /// References to judgements. Optional; long ids only; no duplicates.
        set judgement_refs: EntityId as ReferenceTo(EntityType::Judgement);
        /// Embedded judgements. Optional; no duplicates.
        entities judgements: Judgement created as NewJudgement;
        /// References to malwares. Optional; long ids only; no duplicates.
        set malware_refs: EntityId as ReferenceTo(EntityType::Malware);
        /// Embedded malwares. Optional; no duplicates.
        entities malwares: Malware created as NewMalware;
        /// References to notes. Optional; long ids only; no duplicates.
        set note_refs: EntityId as ReferenceTo(EntityType::Note);
        /// Embedded notes. Optional; no duplicates.
        entities notes: Note created as NewNote;
        /// References to relationships. Optional; long ids only; no duplicates.
        set relationship_refs: EntityId as ReferenceTo(EntityType::Relationship);
        /// Embedded relationships. Optional; no duplicates.
        entities relationships: Relationship created as NewRelationship;
        /// One-line summary. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// References to sightings. Optional; long ids only; no duplicates.
        set sighting_refs: EntityId as ReferenceTo(EntityType::Sighting);
        /// Embedded sightings. Optional; no duplicates.
        entities sightings: Sighting created as NewSighting;
        /// Link to that source. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// References to target records. Optional; long ids only; no duplicates.
        set target_record_refs: EntityId as ReferenceTo(EntityType::TargetRecord);
        /// Embedded target records. Optional; no duplicates.
        entities target_records: TargetRecord created as NewTargetRecord;
        /// Short display name. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
        /// References to tools. Optional; long ids only; no duplicates.
        set tool_refs: EntityId as ReferenceTo(EntityType::Tool);
        /// Embedded tools. Optional; no duplicates.
        entities tools: Tool created as NewTool;
        /// References to verdicts. Optional; long ids only; no duplicates.
        set verdict_refs: EntityId as ReferenceTo(EntityType::Verdict);
        /// Embedded verdicts. Optional; no duplicates.
        set verdicts: Verdict;
        /// Embedded vulnerabilities. Optional; no duplicates.
        entities vulnerabilities: Vulnerability created as NewVulnerability;
        /// References to vulnerabilities. Optional; long ids only; no duplicates.
        set vulnerability_refs: EntityId as ReferenceTo(EntityType::Vulnerability);
        /// References to weaknesses. Optional; long ids only; no duplicates.
        set weakness_refs: EntityId as ReferenceTo(EntityType::Weakness);
        /// Embedded weaknesses. Optional; no duplicates.
        entities weaknesses: Weakness created as NewWeakness;
    }
}
