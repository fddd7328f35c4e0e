//! The builders of all structures, as types with names.
//!
//! `Sighting::builder()` gives a [`SightingBuilder`]; each field has a setter, and a setter
//! `maybe_…` that takes an `Option` where the field is optional. Setters take anything that
//! converts into the field's type. A required field that is missing, or a field that is set twice,
//! does not compile.
//!
//! The type parameter of a builder says which fields are set. A function that hands a builder on
//! names it by the builder's own module of states, such as [`states::sighting_builder`]:
//!
//! ```
//! use ctim::builders::SightingBuilder;
//! use ctim::builders::states::sighting_builder::{IsUnset, SetConfidence, SetCount, State};
//! use ctim::vocabulary::HighMedLow;
//! use ctim::{EntityId, Sighting, Time};
//!
//! /// Sets what is the same in all sightings of a program.
//! fn seen_once<S: State>(
//!     builder: SightingBuilder<S>,
//! ) -> SightingBuilder<SetCount<SetConfidence<S>>>
//! where
//!     S::Confidence: IsUnset,
//!     S::Count: IsUnset,
//! {
//!     builder.confidence(HighMedLow::High).count(1)
//! }
//!
//! let sighting = seen_once(Sighting::builder().id(EntityId::transient("s1")?))
//!     .observed_time(Time::MIN_VALID)
//!     .build();
//! assert_eq!(sighting.count, 1);
//! # Ok::<(), ctim::IdError>(())
//! ```

pub use crate::entity::actor::{ActorBuilder, IdentityBuilder, NewActorBuilder, RelatedIdentityBuilder};
pub use crate::entity::asset::{AssetBuilder, NewAssetBuilder};
pub use crate::entity::asset_mapping::{AssetMappingBuilder, NewAssetMappingBuilder};
pub use crate::entity::asset_properties::{
    AssetPropertiesBuilder, AssetPropertyBuilder, NewAssetPropertiesBuilder,
};
pub use crate::entity::attack_pattern::{AttackPatternBuilder, NewAttackPatternBuilder};
pub use crate::entity::bundle::{BundleBuilder, NewBundleBuilder};
pub use crate::entity::campaign::{ActivityBuilder, CampaignBuilder, NewCampaignBuilder};
pub use crate::entity::casebook::{CasebookBuilder, NewCasebookBuilder, TextBuilder};
pub use crate::entity::coa::{
    ActionTypeBuilder, ActuatorTypeBuilder, AdditionalPropertiesBuilder, CoaBuilder, ModifierTypeBuilder,
    NewCoaBuilder, OpenC2CoaBuilder, RelatedCoaBuilder, TargetTypeBuilder,
};
pub use crate::entity::data_table::{DataTableBuilder, NewDataTableBuilder};
pub use crate::entity::feedback::{FeedbackBuilder, NewFeedbackBuilder};
pub use crate::entity::identity_assertion::{
    AssertionBuilder, IdentityAssertionBuilder, IdentityCoordinatesBuilder, NewIdentityAssertionBuilder,
};
pub use crate::entity::incident::{IncidentBuilder, IncidentTimeBuilder, NewIncidentBuilder};
pub use crate::entity::indicator::{
    CompositeIndicatorExpressionBuilder, IndicatorBuilder, JudgementSpecificationBuilder,
    NewIndicatorBuilder, OpenIocSpecificationBuilder, RelatedJudgementBuilder, SiocSpecificationBuilder,
    SnortSpecificationBuilder, ThreatBrainSpecificationBuilder,
};
pub use crate::entity::investigation::{InvestigationBuilder, NewInvestigationBuilder};
pub use crate::entity::judgement::{JudgementBuilder, NewJudgementBuilder};
pub use crate::entity::malware::{MalwareBuilder, NewMalwareBuilder};
pub use crate::entity::note::{NewNoteBuilder, NoteBuilder, NoteRelatedEntityBuilder};
pub use crate::entity::relationship::{NewRelationshipBuilder, RelationshipBuilder};
pub use crate::entity::sighting::{
    IdentitySpecificationBuilder, NewSightingBuilder, ObservedRelationBuilder, SensorCoordinatesBuilder,
    SightingBuilder, SightingDataTableBuilder,
};
pub use crate::entity::sighting_context::{
    ContextBuilder, FileCreateTypeBuilder, FileDeleteTypeBuilder, FileModifyTypeBuilder, FileMoveTypeBuilder,
    HttpTypeBuilder, LibraryLoadTypeBuilder, NetflowTypeBuilder, ProcessCreateTypeBuilder,
    RegistryCreateTypeBuilder, RegistryDeleteTypeBuilder, RegistryRenameTypeBuilder, RegistrySetTypeBuilder,
    TrafficBuilder,
};
pub use crate::entity::target_record::{NewTargetRecordBuilder, TargetBuilder, TargetRecordBuilder};
pub use crate::entity::tool::{NewToolBuilder, ToolBuilder};
pub use crate::entity::verdict::VerdictBuilder;
pub use crate::entity::vulnerability::{
    CveBuilder, CveDataMetaBuilder, NewVulnerabilityBuilder, VulnerabilityBuilder,
};
pub use crate::entity::vulnerability_configurations::{
    ConfigurationsBuilder, CpeLeafNodeBuilder, CpeMatchBuilder, CpeNodeBuilder,
};
pub use crate::entity::vulnerability_impact::{CvssV2Builder, CvssV3Builder, VulnerabilityImpactBuilder};
pub use crate::entity::weakness::{
    AlternateTermBuilder, ArchitectureBuilder, ConsequenceBuilder, DetectionMethodBuilder, LanguageBuilder,
    MitigationBuilder, ModeOfIntroductionBuilder, NewWeaknessBuilder, OperatingSystemBuilder,
    ParadigmBuilder, TechnologyBuilder, WeaknessBuilder, WeaknessNoteBuilder,
};
pub use crate::shared::{
    ColumnDefinitionBuilder, ExternalReferenceBuilder, KillChainPhaseBuilder, ObservableBuilder,
    ObservedTimeBuilder, ValidTimeBuilder,
};

/// The modules of the states of builders: which fields are set.
pub mod states {
    pub use crate::entity::actor::{
        actor_builder, identity_builder, new_actor_builder, related_identity_builder,
    };
    pub use crate::entity::asset::{asset_builder, new_asset_builder};
    pub use crate::entity::asset_mapping::{asset_mapping_builder, new_asset_mapping_builder};
    pub use crate::entity::asset_properties::{
        asset_properties_builder, asset_property_builder, new_asset_properties_builder,
    };
    pub use crate::entity::attack_pattern::{attack_pattern_builder, new_attack_pattern_builder};
    pub use crate::entity::bundle::{bundle_builder, new_bundle_builder};
    pub use crate::entity::campaign::{activity_builder, campaign_builder, new_campaign_builder};
    pub use crate::entity::casebook::{casebook_builder, new_casebook_builder, text_builder};
    pub use crate::entity::coa::{
        action_type_builder, actuator_type_builder, additional_properties_builder, coa_builder,
        modifier_type_builder, new_coa_builder, open_c2_coa_builder, related_coa_builder,
        target_type_builder,
    };
    pub use crate::entity::data_table::{data_table_builder, new_data_table_builder};
    pub use crate::entity::feedback::{feedback_builder, new_feedback_builder};
    pub use crate::entity::identity_assertion::{
        assertion_builder, identity_assertion_builder, identity_coordinates_builder,
        new_identity_assertion_builder,
    };
    pub use crate::entity::incident::{incident_builder, incident_time_builder, new_incident_builder};
    pub use crate::entity::indicator::{
        composite_indicator_expression_builder, indicator_builder, judgement_specification_builder,
        new_indicator_builder, open_ioc_specification_builder, related_judgement_builder,
        sioc_specification_builder, snort_specification_builder, threat_brain_specification_builder,
    };
    pub use crate::entity::investigation::{investigation_builder, new_investigation_builder};
    pub use crate::entity::judgement::{judgement_builder, new_judgement_builder};
    pub use crate::entity::malware::{malware_builder, new_malware_builder};
    pub use crate::entity::note::{new_note_builder, note_builder, note_related_entity_builder};
    pub use crate::entity::relationship::{new_relationship_builder, relationship_builder};
    pub use crate::entity::sighting::{
        identity_specification_builder, new_sighting_builder, observed_relation_builder,
        sensor_coordinates_builder, sighting_builder, sighting_data_table_builder,
    };
    pub use crate::entity::sighting_context::{
        context_builder, file_create_type_builder, file_delete_type_builder, file_modify_type_builder,
        file_move_type_builder, http_type_builder, library_load_type_builder, netflow_type_builder,
        process_create_type_builder, registry_create_type_builder, registry_delete_type_builder,
        registry_rename_type_builder, registry_set_type_builder, traffic_builder,
    };
    pub use crate::entity::target_record::{
        new_target_record_builder, target_builder, target_record_builder,
    };
    pub use crate::entity::tool::{new_tool_builder, tool_builder};
    pub use crate::entity::verdict::verdict_builder;
    pub use crate::entity::vulnerability::{
        cve_builder, cve_data_meta_builder, new_vulnerability_builder, vulnerability_builder,
    };
    pub use crate::entity::vulnerability_configurations::{
        configurations_builder, cpe_leaf_node_builder, cpe_match_builder, cpe_node_builder,
    };
    pub use crate::entity::vulnerability_impact::{
        cvss_v2_builder, cvss_v3_builder, vulnerability_impact_builder,
    };
    pub use crate::entity::weakness::{
        alternate_term_builder, architecture_builder, consequence_builder, detection_method_builder,
        language_builder, mitigation_builder, mode_of_introduction_builder, new_weakness_builder,
        operating_system_builder, paradigm_builder, technology_builder, weakness_builder,
        weakness_note_builder,
    };
    pub use crate::shared::{
        column_definition_builder, external_reference_builder, kill_chain_phase_builder, observable_builder,
        observed_time_builder, valid_time_builder,
    };
}
