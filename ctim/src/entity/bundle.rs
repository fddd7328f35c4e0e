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
    /// Entities that travel together, and references to stored ones. The lists are plain lists of
    /// entities, unlike in the answers of XDR modules.
    pub struct Bundle is "Bundle", "bundle", created as NewBundle is "NewBundle" {
        /// The person or system that states this. Required; at most 2048 UTF-16 units.
        required source: String as MedString;
        /// The span in which the bundle holds; may be empty. Required, but not in the form for
        /// creation.
        defaulted valid_time: ValidTime;
        /// Stored actors that belong to the bundle. Optional; long ids only; no duplicates.
        set actor_refs: EntityId as ReferenceTo(EntityType::Actor);
        /// The actors of the bundle. Optional; no duplicates.
        entities actors: Actor created as NewActor;
        /// Stored asset mappings that belong to the bundle. Optional; long ids only; no duplicates.
        set asset_mapping_refs: EntityId as ReferenceTo(EntityType::AssetMapping);
        /// The asset mappings of the bundle. Optional; no duplicates.
        entities asset_mappings: AssetMapping created as NewAssetMapping;
        /// The asset properties of the bundle. Optional; no duplicates.
        entities asset_properties: AssetProperties created as NewAssetProperties;
        /// Stored asset properties that belong to the bundle. Optional; long ids only; no
        /// duplicates.
        set asset_properties_refs: EntityId as ReferenceTo(EntityType::AssetProperties);
        /// Stored assets that belong to the bundle. Optional; no duplicates.
        set asset_refs: EntityId;
        /// The assets of the bundle. Optional; no duplicates.
        entities assets: Asset created as NewAsset;
        /// Stored attack patterns that belong to the bundle. Optional; long ids only; no
        /// duplicates.
        set attack_pattern_refs: EntityId as ReferenceTo(EntityType::AttackPattern);
        /// The attack patterns of the bundle. Optional; no duplicates.
        entities attack_patterns: AttackPattern created as NewAttackPattern;
        /// Stored campaigns that belong to the bundle. Optional; long ids only; no duplicates.
        set campaign_refs: EntityId as ReferenceTo(EntityType::Campaign);
        /// The campaigns of the bundle. Optional; no duplicates.
        entities campaigns: Campaign created as NewCampaign;
        /// Stored courses of action that belong to the bundle. Optional; long ids only; no
        /// duplicates.
        set coa_refs: EntityId as ReferenceTo(EntityType::Coa);
        /// The courses of action of the bundle. Optional; no duplicates.
        entities coas: Coa created as NewCoa;
        /// Stored data tables that belong to the bundle. Optional; long ids only; no duplicates.
        set data_table_refs: EntityId as ReferenceTo(EntityType::DataTable);
        /// The data tables of the bundle. Optional; no duplicates.
        entities data_tables: DataTable created as NewDataTable;
        /// Text that explains it at length. Optional; Markdown of at most 5000 UTF-16 units.
        optional description: String as Markdown;
        /// Stored feedbacks that belong to the bundle. Optional; long ids only; no duplicates.
        set feedback_refs: EntityId as ReferenceTo(EntityType::Feedback);
        /// The feedbacks of the bundle. Optional; no duplicates.
        entities feedbacks: Feedback created as NewFeedback;
        /// Stored identity assertions that belong to the bundle. Optional; long ids only; no
        /// duplicates.
        set identity_assertion_refs: EntityId as ReferenceTo(EntityType::IdentityAssertion);
        /// The identity assertions of the bundle. Optional; no duplicates.
        entities identity_assertions: IdentityAssertion created as NewIdentityAssertion;
        /// Stored incidents that belong to the bundle. Optional; long ids only; no duplicates.
        set incident_refs: EntityId as ReferenceTo(EntityType::Incident);
        /// The incidents of the bundle. Optional; no duplicates.
        entities incidents: Incident created as NewIncident;
        /// Stored indicators that belong to the bundle. Optional; long ids only; no duplicates.
        set indicator_refs: EntityId as ReferenceTo(EntityType::Indicator);
        /// The indicators of the bundle. Optional; no duplicates.
        entities indicators: Indicator created as NewIndicator;
        /// Stored judgements that belong to the bundle. Optional; long ids only; no duplicates.
        set judgement_refs: EntityId as ReferenceTo(EntityType::Judgement);
        /// The judgements of the bundle. Optional; no duplicates.
        entities judgements: Judgement created as NewJudgement;
        /// Stored malware that belong to the bundle. Optional; long ids only; no duplicates.
        set malware_refs: EntityId as ReferenceTo(EntityType::Malware);
        /// The malware of the bundle. Optional; no duplicates.
        entities malwares: Malware created as NewMalware;
        /// Stored notes that belong to the bundle. Optional; long ids only; no duplicates.
        set note_refs: EntityId as ReferenceTo(EntityType::Note);
        /// The notes of the bundle. Optional; no duplicates.
        entities notes: Note created as NewNote;
        /// Stored relationships that belong to the bundle. Optional; long ids only; no duplicates.
        set relationship_refs: EntityId as ReferenceTo(EntityType::Relationship);
        /// The relationships of the bundle. Optional; no duplicates.
        entities relationships: Relationship created as NewRelationship;
        /// Summary in one line. Optional; at most 2048 UTF-16 units.
        optional short_description: String as MedString;
        /// Stored sightings that belong to the bundle. Optional; long ids only; no duplicates.
        set sighting_refs: EntityId as ReferenceTo(EntityType::Sighting);
        /// The sightings of the bundle. Optional; no duplicates.
        entities sightings: Sighting created as NewSighting;
        /// Link to the source, for people. Optional; a URI of at most 2048 UTF-16 units.
        optional source_uri: String as Uri;
        /// Stored target records that belong to the bundle. Optional; long ids only; no duplicates.
        set target_record_refs: EntityId as ReferenceTo(EntityType::TargetRecord);
        /// The target records of the bundle. Optional; no duplicates.
        entities target_records: TargetRecord created as NewTargetRecord;
        /// Name to show, short. Optional; at most 1024 UTF-16 units.
        optional title: String as ShortString;
        /// Stored tools that belong to the bundle. Optional; long ids only; no duplicates.
        set tool_refs: EntityId as ReferenceTo(EntityType::Tool);
        /// The tools of the bundle. Optional; no duplicates.
        entities tools: Tool created as NewTool;
        /// Stored verdicts that belong to the bundle. Optional; long ids only; no duplicates.
        set verdict_refs: EntityId as ReferenceTo(EntityType::Verdict);
        /// The verdicts of the bundle. Optional; no duplicates.
        set verdicts: Verdict;
        /// The vulnerabilities of the bundle. Optional; no duplicates.
        entities vulnerabilities: Vulnerability created as NewVulnerability;
        /// Stored vulnerabilities that belong to the bundle. Optional; long ids only; no
        /// duplicates.
        set vulnerability_refs: EntityId as ReferenceTo(EntityType::Vulnerability);
        /// Stored weaknesses that belong to the bundle. Optional; long ids only; no duplicates.
        set weakness_refs: EntityId as ReferenceTo(EntityType::Weakness);
        /// The weaknesses of the bundle. Optional; no duplicates.
        entities weaknesses: Weakness created as NewWeakness;
    }
}
