//! One request of each operation, with every parameter and member set.

use std::collections::BTreeMap;

use serde_json::{Map, json};
use sumo_client::Timestamp;
use sumo_client::api::SortDirection;
use sumo_client::api::automations::*;
use sumo_client::api::context_actions::*;
use sumo_client::api::custom_entity_types::*;
use sumo_client::api::custom_insights::*;
use sumo_client::api::enrichments::*;
use sumo_client::api::entities::*;
use sumo_client::api::entity_criticality_configs::*;
use sumo_client::api::entity_groups::*;
use sumo_client::api::entity_lookup_tables::*;
use sumo_client::api::entity_normalization::*;
use sumo_client::api::health_events::*;
use sumo_client::api::insight_resolutions::*;
use sumo_client::api::insight_statuses::*;
use sumo_client::api::insights::*;
use sumo_client::api::insights_configuration::*;
use sumo_client::api::log_mappings::*;
use sumo_client::api::match_lists::*;
use sumo_client::api::network_blocks::*;
use sumo_client::api::rule_tuning_expressions::*;
use sumo_client::api::rules::*;
use sumo_client::api::tag_schemas::*;
use sumo_client::api::threat_intel_datastore::*;
use sumo_client::api::threat_intel_indicators::*;
use sumo_client::api::threat_intel_sources::*;

use crate::Operation;

/// Operations of one API: `id: METHOD "path" => request of client`.
macro_rules! operations {
    ($base:literal; $($id:ident: $method:ident $path:literal => |$client:ident| $request:expr;)+) => {
        vec![$(Operation {
            id: stringify!($id),
            method: stringify!($method),
            path: concat!($base, $path),
            send: |$client| Box::pin(async move { $request.send().await.map(drop) }),
        }),+]
    };
}

/// An id that has to be encoded in a path.
const ID: &str = "_process-/usr/bin/a b?c#d%e";
const Q: &str = r#"-status:"closed" name:contains("a+b & c")"#;

fn time(text: &str) -> Timestamp {
    Timestamp::from(text)
}

fn start() -> Timestamp {
    time("2024-09-14T00:00:00Z")
}

fn texts(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

fn enrichment() -> NewEnrichment {
    let detail = Map::from_iter([("score".to_owned(), json!(97))]);
    NewEnrichment::builder()
        .detail(detail)
        .raw("raw")
        .expires_at(start())
        .reputation("MALICIOUS")
        .external_url("https://example.com/")
        .build()
}

fn new_list() -> NewMatchList {
    NewMatchList::builder()
        .name("scanners")
        .target_column(TargetColumn::Ip)
        .description("known scanners")
        .default_ttl(3_600)
        .active(true)
        .build()
}

fn list_update() -> MatchListUpdate {
    MatchListUpdate::builder().description("known scanners").default_ttl(3_600).active(true).build()
}

fn items() -> [NewListItem; 1] {
    [NewListItem::builder()
        .value("192.0.2.1")
        .description("a scanner")
        .active(true)
        .expiration(start())
        .build()]
}

fn item_update() -> ListItemUpdate {
    ListItemUpdate::builder().description("a scanner").active(false).expiration(start()).build()
}

fn selectors() -> Vec<EntitySelector> {
    vec![EntitySelector { expression: "user_username".to_owned(), entity_type: "_username".to_owned() }]
}

fn functions() -> Vec<AggregationFunction> {
    vec![AggregationFunction {
        name: "total".to_owned(),
        function: "count".to_owned(),
        arguments: texts("true"),
    }]
}

/// Sets what the bodies of all kinds of rules share.
macro_rules! common {
    ($fields:ident) => {
        $fields::builder()
            .name("a rule")
            .enabled(true)
            .asset_field("device_ip")
            .category("Initial Access")
            .entity_selectors(selectors())
            .is_prototype(false)
            .parent_jask_id("parent")
            .summary_expression("summary")
            .tags(texts("tag"))
            .tuning_expression_ids(texts("7"))
            .suppression_window_size(3_600_000)
    };
}

/// Sets what the overrides of all kinds of rules share.
macro_rules! common_override {
    ($fields:ident) => {
        $fields::builder()
            .tuning_expression_ids(texts("7"))
            .is_prototype(false)
            .entity_selectors(selectors())
            .name("a rule")
            .rule_description("what it is for")
            .summary_expression("summary")
            .tags(texts("tag"))
    };
}

fn match_rule() -> MatchRuleFields {
    common!(MatchRuleFields).description("d").expression("e").score(5).stream("record").build()
}

fn threshold_rule() -> ThresholdRuleFields {
    common!(ThresholdRuleFields)
        .description("d")
        .count_distinct(true)
        .count_field("f")
        .expression("e")
        .limit(10)
        .score(5)
        .stream("record")
        .version(1)
        .window_size(WindowSize::Custom)
        .window_size_milliseconds("60000")
        .group_by_fields(texts("g"))
        .build()
}

fn templated_rule() -> TemplatedRuleFields {
    let mapping = ScoreMappingStep {
        comparison: "eq".to_owned(),
        from: Some("1".to_owned()),
        from_end: Some("2".to_owned()),
        to: 5,
    };
    common!(TemplatedRuleFields)
        .description_expression("d")
        .expression("e")
        .name_expression("n")
        .score_mapping(ScoreMapping::field_value_mapping("severity", 3, vec![mapping]))
        .stream("record")
        .build()
}

fn score_mapping() -> ScoreMapping {
    templated_rule().score_mapping
}

fn chain_rule() -> ChainRuleFields {
    let expression = ExpressionAndLimit { expression: "e".to_owned(), limit: 5, index: None };
    common!(ChainRuleFields)
        .description("d")
        .expressions_and_limits(vec![expression])
        .group_by_fields(texts("g"))
        .ordered(true)
        .score(5)
        .stream("record")
        .window_size(WindowSize::Minutes30)
        .window_size_milliseconds("1")
        .build()
}

fn aggregation_rule() -> AggregationRuleFields {
    common!(AggregationRuleFields)
        .aggregation_functions(functions())
        .description_expression("d")
        .group_by_asset(true)
        .group_by_fields(texts("g"))
        .match_expression("m")
        .name_expression("n")
        .score_mapping(score_mapping())
        .stream("record")
        .trigger_expression("t")
        .window_size(WindowSize::Hours12)
        .window_size_milliseconds("1")
        .build()
}

fn first_seen_rule() -> FirstSeenRuleFields {
    common!(FirstSeenRuleFields)
        .description_expression("d")
        .name_expression("n")
        .filter_expression("f")
        .group_by_fields(texts("g"))
        .score(2)
        .version(1)
        .baseline_window_size("2592000000")
        .retention_window_size("7776000000")
        .value_fields(texts("v"))
        .value_expression("v")
        .baseline_type(BaselineType::PerEntity)
        .build()
}

fn outlier_rule() -> OutlierRuleFields {
    common!(OutlierRuleFields)
        .aggregation_functions(functions())
        .baseline_window_size("2592000000")
        .description_expression("d")
        .deviation_threshold(3)
        .floor_value(5)
        .group_by_fields(texts("g"))
        .match_expression("m")
        .name_expression("n")
        .retention_window_size("7776000000")
        .score(3)
        .window_size(WindowSize::Hours24)
        .build()
}

fn tuning_expression() -> RuleTuningExpressionFields {
    RuleTuningExpressionFields::builder()
        .name("n")
        .description("d")
        .expression("e")
        .enabled(true)
        .is_global(false)
        .exclude(true)
        .rule_ids(texts("MATCH-S00001"))
        .build()
}

fn custom_insight() -> CustomInsightFields {
    let grave = DynamicSeverity { minimum_signal_severity: 8, insight_severity: InsightSeverity::Critical };
    CustomInsightFields::builder()
        .name("n")
        .description("d")
        .severity(InsightSeverity::High)
        .ordered(true)
        .enabled(true)
        .tags(texts("tag"))
        .dynamic_severity(vec![grave])
        .rule_ids(texts("MATCH-S00001"))
        .signal_names(texts("name"))
        .signal_match_strategy(SignalMatchStrategy::Entity)
        .build()
}

fn network_block() -> NewNetworkBlock {
    NewNetworkBlock::builder()
        .address_block("192.0.2.0/24")
        .label("lab")
        .internal(true)
        .suppresses_signals(false)
        .build()
}

fn inventory_group() -> InventoryGroupFields {
    InventoryGroupFields::builder()
        .name("n")
        .inventory_source("Okta")
        .description("d")
        .inventory_type(InventoryType::User)
        .group("g")
        .inventory_key("groups")
        .inventory_value("admins")
        .tag_schema("s")
        .dynamic_tags(true)
        .criticality("HIGH")
        .tags(texts("tag"))
        .suppressed(false)
        .build()
}

fn entity_value_group() -> EntityValueGroupFields {
    EntityValueGroupFields::builder()
        .name("n")
        .description("d")
        .entity_namespace("lab")
        .entity_type(EntityType::Hostname)
        .prefix("srv-")
        .suffix(".example.com")
        .network_block("192.0.2.0/24")
        .criticality("HIGH")
        .tags(texts("tag"))
        .suppressed(false)
        .build()
}

fn column() -> CustomMatchListColumnFields {
    CustomMatchListColumnFields::builder().name("n").fields(texts("f")).build()
}

fn status() -> InsightStatusFields {
    InsightStatusFields::builder().name("n").description("d").color("#ff0000").build()
}

fn tag_schema() -> TagSchemaFields {
    let value = NewTagValue::builder().value("prod").label("Production").link("https://example.com/").build();
    TagSchemaFields::builder()
        .key("env")
        .label("Environment")
        .freeform(false)
        .content_types(vec![TagContentType::Entity])
        .value_options(vec![value])
        .build()
}

fn log_mapping() -> LogMappingFields {
    let field = MappingFieldFields::builder()
        .name("n")
        .value("v")
        .value_type("t")
        .skipped_values(texts("-"))
        .lookup(vec![LookupEntry { key: "k".to_owned(), value: "v".to_owned() }])
        .default_value("d")
        .format("f")
        .case_insensitive(true)
        .alternate_values(texts("a"))
        .time_zone("UTC")
        .split_delimiter(",")
        .split_index("0")
        .field_join(texts("j"))
        .join_delimiter("-")
        .format_parameters(texts("p"))
        .build();
    let input = StructuredInput {
        log_format: LogFormat::Json,
        vendor: "Example".to_owned(),
        product: "OS".to_owned(),
        event_id_pattern: "login".to_owned(),
    };
    LogMappingFields::builder()
        .name("n")
        .fields(vec![field])
        .record_type(RecordType::Authentication)
        .product_guid("g")
        .parent_id("p")
        .skipped_values(texts("-"))
        .unstructured_fields(UnstructuredFields { pattern_names: texts("p") })
        .structured_fields(input.clone())
        .structured_inputs(vec![input])
        .relates_entities(true)
        .build()
}

fn indicator() -> NormalizedIndicatorUpload {
    NormalizedIndicatorUpload::builder()
        .id("indicator--1")
        .indicator("192.0.2.1")
        .indicator_type("ipv4-addr")
        .source("mine")
        .valid_from(start())
        .confidence(80)
        .threat_type(ThreatType::MaliciousActivity)
        .valid_until(start())
        .actors("a,b")
        .kill_chain("k")
        .fields(BTreeMap::from([("more".to_owned(), "yes".to_owned())]))
        .build()
}

fn domain_configuration() -> EntityDomainConfigurationFields {
    let mapping = NewDomainMapping::builder().raw_domain("LAB").normalized_domain("lab.example.com").build();
    EntityDomainConfigurationFields::builder()
        .normalize_usernames(true)
        .normalize_hostnames(true)
        .ad_domain_normalization_enabled(true)
        .fqdn_normalization_enabled(true)
        .aws_normalization_enabled(false)
        .domain_mappings(vec![mapping])
        .default_normalized_domain("example.com")
        .build()
}

/// All operations.
pub(crate) fn operations() -> Vec<Operation> {
    [insights(), signals_and_entities(), entity_settings(), rules(), lists(), settings(), platform()]
        .into_iter()
        .flatten()
        .collect()
}

fn insights() -> Vec<Operation> {
    operations! { "/api/sec/v1";
        GetInsights: GET "/insights" => |c| c.insights().list().q(Q).offset(20).limit(10)
            .record_summary_fields(["user_username", "device_ip"]).exclude([InsightPart::SignalRecords]);
        CreateInsightFromSignals: POST "/insights" => |c| c.insights().create(&["s1", "s2"]);
        GetAllInsights: GET "/insights/all" => |c| c.insights().list_all().q(Q).next_page_token("t/+=")
            .record_summary_fields(["user_username"]).expand([InsightPart::Signals, InsightPart::Entity]);
        GetInsight: GET "/insights/{id}" => |c| c.insights().get(ID).record_summary_fields(["user_username"])
            .exclude([InsightPart::Artifacts, InsightPart::Signals]);
        GetInsightHistory: GET "/insights/{id}/history" => |c| c.insights().history(ID);
        GetInsightComments: GET "/insights/{id}/comments" => |c| c.insights().comments(ID);
        AddInsightComment: POST "/insights/{id}/comments" => |c| c.insights().add_comment(ID, "two\nlines");
        GetInsightRelatedEntities: GET "/insights/{id}/involved-entities" => |c| c.insights().involved_entities(ID);
        RemoveInsightAssignee: DELETE "/insights/{id}/assignee" => |c| c.insights().unassign(ID);
        UpdateInsightAssignee: PUT "/insights/{id}/assignee" => |c| c.insights()
            .assign(ID, &NewAssignee::Team("soc".to_owned()));
        RemoveSignalsFromInsight: DELETE "/insights/{insightId}/signals" => |c| c.insights()
            .remove_signals(ID, &["s1"]);
        AddSignalsToInsight: PUT "/insights/{insightId}/signals" => |c| c.insights().add_signals(ID, &["s1"]);
        UpdateInsightStatus: PUT "/insights/{id}/status" => |c| c.insights().close(ID, "False Positive");
        UpdateInsightSeverity: PUT "/insights/{id}/severity" => |c| c.insights()
            .set_severity(ID, &InsightSeverity::Critical);
        AddTagToInsight: POST "/insights/{id}/tags" => |c| c.insights().add_tag(ID, "env:prod");
        RemoveTagFromInsight: DELETE "/insights/{id}/tags/{tagName}" => |c| c.insights().remove_tag(ID, "env:prod");
        GetInsightEnrichments: GET "/insights/{id}/enrichments" => |c| c.insights().enrichments(ID);
        SaveInsightEnrichment: PUT "/insights/{id}/enrichments/{enrichmentType}" => |c| c.insights()
            .save_enrichment(ID, "my service", &enrichment());
        GetInsightCounts: GET "/insights/counts" => |c| c.insights().counts(&start(), 86_400).end(start())
            .time_zone("Europe/Paris");
        GetInsightExecutedAutomations: GET "/insights/{id}/executed-automations" => |c| c.insights()
            .executed_automations(ID);
        GetInsightsConfiguration: GET "/insights-configuration" => |c| c.insights_configuration().get();
        UpdateInsightConfiguration: PUT "/insights-configuration" => |c| c.insights_configuration().update(
            &InsightsConfigurationFields::builder().lookback_days(14.0).threshold(12.0)
                .global_signal_suppression_window(24).build());
        GetInsightResolutions: GET "/insight-resolutions" => |c| c.insight_resolutions().list().offset(0).limit(50);
        CreateInsightResolution: POST "/insight-resolutions" => |c| c.insight_resolutions().create(
            &NewInsightResolution::builder().name("n").parent_id(2).description("d").build());
        DeleteInsightResolution: DELETE "/insight-resolutions/{id}" => |c| c.insight_resolutions().delete(5);
        GetInsightResolution: GET "/insight-resolutions/{id}" => |c| c.insight_resolutions().get(5);
        UpdateInsightResolution: PUT "/insight-resolutions/{id}" => |c| c.insight_resolutions().update(
            5, &InsightResolutionUpdate::builder().description("d").build());
        GetInsightStatuses: GET "/insight-status" => |c| c.insight_statuses().list().include_disabled(true);
        CreateInsightStatusOption: POST "/insight-status" => |c| c.insight_statuses().create(&status());
        DeleteInsightStatusOption: DELETE "/insight-status/{id}" => |c| c.insight_statuses().delete("5");
        GetInsightStatus: GET "/insight-status/{id}" => |c| c.insight_statuses().get("5");
        UpdateInsightStatusOption: PUT "/insight-status/{id}" => |c| c.insight_statuses().update("5", &status());
    }
}

fn signals_and_entities() -> Vec<Operation> {
    operations! { "/api/sec/v1";
        GetSignals: GET "/signals" => |c| c.signals().list().q(Q).offset(50).limit(100);
        GetAllSignals: GET "/signals/all" => |c| c.signals().list_all().q(Q).next_page_token("t");
        GetSignal: GET "/signals/{id}" => |c| c.signals().get("s1");
        GetSignalEnrichments: GET "/signals/{id}/enrichments" => |c| c.signals().enrichments("s1");
        SaveSignalEnrichment: PUT "/signals/{id}/enrichments/{enrichmentType}" => |c| c.signals()
            .save_enrichment("s1", "srcDevice_ip", &enrichment());
        GetSignalCounts: GET "/signals/counts" => |c| c.signals().counts(&start(), 3_600).end(start())
            .time_zone("UTC");
        GetRecordCounts: GET "/records/counts" => |c| c.records().counts(&start(), 3_600).end(start())
            .time_zone("UTC");
        GetEntities: GET "/entities" => |c| c.entities().list().q(Q).offset(0).limit(50)
            .expand([EntityPart::Inventory]);
        GetAllEntities: GET "/entities/all" => |c| c.entities().list_all().q(Q).next_page_token("t")
            .expand([EntityPart::Inventory]);
        GetEntity: GET "/entities/{id}" => |c| c.entities().get(ID).expand([EntityPart::Inventory]);
        GetRelatedEntitiesById: GET "/entities/{id}/related-entities" => |c| c.entities()
            .related(ID, &start(), &start());
        UpdateEntityCriticality: PUT "/entities/{entityId}/criticality" => |c| c.entities()
            .set_criticality(ID, Some("Contractors"));
        UpdateEntitySuppressed: PUT "/entities/{entityId}/suppressed" => |c| c.entities().set_suppressed(ID, true);
        RemoveEntityTags: DELETE "/entities/{entityId}/tags" => |c| c.entities().remove_tags(ID, &["a"]);
        AddEntityTags: POST "/entities/{entityId}/tags" => |c| c.entities().add_tags(ID, &["a", "b:c"]);
        UpdateEntityTags: PUT "/entities/{entityId}/tags" => |c| c.entities().set_tags(ID, &["a"]);
        BulkUpdateEntityWhitelist: POST "/entities/bulk-update-suppressed" => |c| c.entities()
            .bulk_set_suppressed(&[ID], true);
        BulkUpdateEntityCriticality: POST "/entities/bulk-update-criticality" => |c| c.entities()
            .bulk_set_criticality(&[ID], Some("Contractors"));
        BulkAddEntityTags: POST "/entities/bulk-add-tags" => |c| c.entities().bulk_add_tags(&[ID], &["a"]);
        BulkUpdateEntityTags: POST "/entities/bulk-update-tags" => |c| c.entities().bulk_set_tags(&[ID], &["a"]);
        BulkRemoveEntityTags: POST "/entities/bulk-remove-tags" => |c| c.entities().bulk_remove_tags(&[ID], &["a"]);
        GetEntityNotes: GET "/entities/{entityId}/notes" => |c| c.entities().notes(ID);
        AddEntityNote: POST "/entities/{entityId}/notes" => |c| c.entities().add_note(ID, "note");
        DeleteEntityNote: DELETE "/entities/{entityId}/notes/{entityNoteId}" => |c| c.entities()
            .delete_note(ID, "1");
        UpdateEntityNote: PUT "/entities/{entityId}/notes/{entityNoteId}" => |c| c.entities()
            .update_note(ID, "1", "note");
        GetEntityEnrichments: GET "/entities/{id}/enrichments" => |c| c.entities().enrichments(ID);
        SaveEntityEnrichment: PUT "/entities/{id}/enrichments/{enrichmentType}" => |c| c.entities()
            .save_enrichment(ID, "my service", &enrichment());
        GetEntityExecutedAutomations: GET "/entities/{id}/executed-automations" => |c| c.entities()
            .executed_automations(ID);
    }
}

fn entity_settings() -> Vec<Operation> {
    operations! { "/api/sec/v1";
        GetEntityCriticalityConfigs: GET "/entity-criticality-configs" => |c| c.entity_criticality_configs().list()
            .offset(0).limit(50);
        CreateEntityCriticalityConfig: POST "/entity-criticality-configs" => |c| c.entity_criticality_configs()
            .create(&NewEntityCriticalityConfig::builder().name("n").severity_expression("severity * 2").build());
        DeleteEntityCriticalityConfig: DELETE "/entity-criticality-configs/{id}" => |c| c
            .entity_criticality_configs().delete("1");
        GetEntityCriticalityConfig: GET "/entity-criticality-configs/{id}" => |c| c.entity_criticality_configs()
            .get("1");
        UpdateEntityCriticalityConfig: PUT "/entity-criticality-configs/{id}" => |c| c.entity_criticality_configs()
            .update("1", "severity - 5");
        GetCustomEntityTypes: GET "/custom-entity-types" => |c| c.custom_entity_types().list().offset(0).limit(50);
        CreateCustomEntityType: POST "/custom-entity-types" => |c| c.custom_entity_types()
            .create(&NewCustomEntityType::builder().name("n").identifier("i").fields(texts("f")).build());
        DeleteCustomEntityType: DELETE "/custom-entity-types/{id}" => |c| c.custom_entity_types().delete("1");
        GetCustomEntityType: GET "/custom-entity-types/{id}" => |c| c.custom_entity_types().get("1");
        UpdateCustomEntityType: PUT "/custom-entity-types/{id}" => |c| c.custom_entity_types()
            .update("1", &CustomEntityTypeUpdate::builder().name("n").fields(texts("f")).build());
        GetEntityDomainConfiguration: GET "/entity-normalization/domain-configuration" => |c| c
            .entity_normalization().domain_configuration();
        UpdateEntityDomainConfiguration: PUT "/entity-normalization/domain-configuration" => |c| c
            .entity_normalization().update_domain_configuration(&domain_configuration());
        GetEntityGroups: GET "/entity-group-configurations" => |c| c.entity_groups().list().offset(0).limit(50);
        DeleteEntityGroup: DELETE "/entity-group-configurations/{id}" => |c| c.entity_groups().delete("1");
        GetEntityGroup: GET "/entity-group-configurations/{id}" => |c| c.entity_groups().get("1");
        CreateInventory: POST "/entity-group-configurations/inventory" => |c| c.entity_groups()
            .create_inventory(&inventory_group());
        UpdateInventory: PUT "/entity-group-configurations/inventory/{id}" => |c| c.entity_groups()
            .update_inventory("1", &inventory_group());
        CreateEntityValue: POST "/entity-group-configurations/entity_value" => |c| c.entity_groups()
            .create_entity_value(&entity_value_group());
        UpdateEntityValue: PUT "/entity-group-configurations/entity_value/{id}" => |c| c.entity_groups()
            .update_entity_value("1", &entity_value_group());
        GetCustomerSourcedLookupTables: GET "/entity-lookup-tables/customer-sourced" => |c| c
            .entity_lookup_tables().list();
        CreateCustomerSourcedEntityLookupTable: POST "/entity-lookup-tables/customer-sourced" => |c| c
            .entity_lookup_tables().create(&NewEntityLookupTable::builder()
                .table_type(LookupTableType::UserIdToUsername).key_column_name("k").value_column_name("v")
                .table_path("/Library/t").source_category("s").build());
        GetCustomerSourcedLookupTable: GET "/entity-lookup-tables/customer-sourced/{id}" => |c| c
            .entity_lookup_tables().get("1");
        UpdateCustomerSourcedEntityLookupTable: PUT "/entity-lookup-tables/customer-sourced/{id}" => |c| c
            .entity_lookup_tables().update("1", "s");
        DeleteCustomerSourcedEntityLookupTable: DELETE "/entity-lookup-tables/customer-source/{id}" => |c| c
            .entity_lookup_tables().delete("1");
    }
}

fn rules() -> Vec<Operation> {
    operations! { "/api/sec/v1";
        GetRules: GET "/rules" => |c| c.rules().list().q(Q).offset(0).limit(1_000)
            .expand([RulePart::TuningExpressions]);
        DeleteRule: DELETE "/rules/{id}" => |c| c.rules().delete("MATCH-U00001");
        GetRule: GET "/rules/{id}" => |c| c.rules().get("MATCH-U00001").expand([RulePart::TuningExpressions]);
        UpdateRuleEnabled: PUT "/rules/{id}/enabled" => |c| c.rules().set_enabled("MATCH-U00001", false);
        CreateMatchRule: POST "/rules/match" => |c| c.rules().create_match(&match_rule());
        UpdateMatchRule: PUT "/rules/match/{id}" => |c| c.rules().update_match("1", &match_rule());
        OverrideMatchRule: PUT "/rules/match/{id}/override" => |c| c.rules()
            .override_match("1", &common_override!(MatchRuleOverride).build());
        CreateThresholdRule: POST "/rules/threshold" => |c| c.rules().create_threshold(&threshold_rule());
        UpdateThresholdRule: PUT "/rules/threshold/{id}" => |c| c.rules().update_threshold("1", &threshold_rule());
        OverrideThresholdRule: PUT "/rules/threshold/{id}/override" => |c| c.rules().override_threshold("1",
            &common_override!(ThresholdRuleOverride).description("d").group_by_fields(texts("g")).limit(5).score(5)
                .window_size(WindowSize::Days5).window_size_milliseconds("1").build());
        CreateTemplatedMatchRule: POST "/rules/templated" => |c| c.rules().create_templated(&templated_rule());
        UpdateTemplatedMatchRule: PUT "/rules/templated/{id}" => |c| c.rules()
            .update_templated("1", &templated_rule());
        OverrideTemplatedMatchRule: PUT "/rules/templated/{id}/override" => |c| c.rules().override_templated("1",
            &common_override!(TemplatedRuleOverride).description_expression("d").name_expression("n")
                .score_mapping(score_mapping()).build());
        CreateChainRule: POST "/rules/chain" => |c| c.rules().create_chain(&chain_rule());
        UpdateChainRule: PUT "/rules/chain/{id}" => |c| c.rules().update_chain("1", &chain_rule());
        OverrideChainRule: PUT "/rules/chain/{id}/override" => |c| c.rules().override_chain("1",
            &common_override!(ChainRuleOverride).description("d").group_by_fields(texts("g")).score(5)
                .window_size(WindowSize::Minutes5).window_size_milliseconds("1")
                .limits(vec![ChainLimit { index: 0, limit: 3 }]).build());
        CreateAggregationRule: POST "/rules/aggregation" => |c| c.rules().create_aggregation(&aggregation_rule());
        UpdateAggregationRule: PUT "/rules/aggregation/{id}" => |c| c.rules()
            .update_aggregation("1", &aggregation_rule());
        OverrideAggregationRule: PUT "/rules/aggregation/{id}/override" => |c| c.rules().override_aggregation("1",
            &common_override!(AggregationRuleOverride).description_expression("d").group_by_fields(texts("g"))
                .name_expression("n").score_mapping(score_mapping()).window_size(WindowSize::Minutes10)
                .window_size_milliseconds("1").build());
        CreateFirstSeenRule: POST "/rules/first-seen" => |c| c.rules().create_first_seen(&first_seen_rule());
        UpdateFirstSeenRule: PUT "/rules/first-seen/{id}" => |c| c.rules()
            .update_first_seen("1", &first_seen_rule());
        OverrideFirstSeenRule: PUT "/rules/first-seen/{id}/override" => |c| c.rules().override_first_seen("1",
            &common_override!(FirstSeenRuleOverride).baseline_window_size("1").description_expression("d")
                .group_by_fields(texts("g")).name_expression("n").retention_window_size("1").score(5).build());
        CreateOutlierRule: POST "/rules/outlier" => |c| c.rules().create_outlier(&outlier_rule());
        UpdateOutlierRule: PUT "/rules/outlier/{id}" => |c| c.rules().update_outlier("1", &outlier_rule());
        OverrideOutlierRule: PUT "/rules/outlier/{id}/override" => |c| c.rules().override_outlier("1",
            &common_override!(OutlierRuleOverride).name_expression("n").floor_value("5")
                .group_by_fields(texts("g")).description_expression("d").baseline_window_size("1")
                .deviation_threshold("3").retention_window_size("1").score(5).window_size(WindowSize::Minutes60)
                .window_size_milliseconds("1").build());
        GetRuleTuningExpressions: GET "/rule-tuning-expressions" => |c| c.rule_tuning_expressions().list().offset(0)
            .limit(50).sort(RuleTuningExpressionSort::Updated).sort_direction(SortDirection::Descending);
        CreateRuleTuningExpression: POST "/rule-tuning-expressions" => |c| c.rule_tuning_expressions()
            .create(&tuning_expression());
        DeleteRuleTuningExpression: DELETE "/rule-tuning-expressions/{id}" => |c| c.rule_tuning_expressions()
            .delete("1");
        GetRuleTuningExpression: GET "/rule-tuning-expressions/{id}" => |c| c.rule_tuning_expressions().get("1");
        UpdateRuleTuningExpression: PUT "/rule-tuning-expressions/{id}" => |c| c.rule_tuning_expressions()
            .update("1", &tuning_expression());
        GetCustomInsights: GET "/custom-insights" => |c| c.custom_insights().list().offset(0).limit(50);
        CreateCustomInsight: POST "/custom-insights" => |c| c.custom_insights().create(&custom_insight());
        DeleteCustomInsight: DELETE "/custom-insights/{id}" => |c| c.custom_insights().delete("1");
        GetCustomInsight: GET "/custom-insights/{id}" => |c| c.custom_insights().get("1");
        UpdateCustomInsight: PUT "/custom-insights/{id}" => |c| c.custom_insights().update("1", &custom_insight());
    }
}

fn lists() -> Vec<Operation> {
    operations! { "/api/sec/v1";
        GetMatchLists: GET "/match-lists" => |c| c.match_lists().list().offset(0).limit(50).sort("name")
            .sort_direction(SortDirection::Ascending);
        CreateMatchList: POST "/match-lists" => |c| c.match_lists().create(&new_list());
        DeleteMatchList: DELETE "/match-lists/{id}" => |c| c.match_lists().delete("1");
        GetMatchList: GET "/match-lists/{id}" => |c| c.match_lists().get("1").target_custom_column_name(true);
        UpdateMatchList: PUT "/match-lists/{id}" => |c| c.match_lists().update("1", &list_update());
        AddItemsToMatchList: POST "/match-lists/{id}/items" => |c| c.match_lists().add_items("1", &items());
        DeleteMatchListItem: DELETE "/match-list-items/{id}" => |c| c.match_list_items().delete("1");
        GetMatchListItem: GET "/match-list-items/{id}" => |c| c.match_list_items().get("1");
        UpdateMatchListItem: PUT "/match-list-items/{id}" => |c| c.match_list_items().update("1", &item_update());
        GetMatchListItems: GET "/match-list-items" => |c| c.match_list_items().list().offset(0).limit(1_000)
            .value("192.0.2.1").q(Q).list_ids(["1", "2"]);
        GetAllMatchListItems: GET "/match-list-items/all" => |c| c.match_list_items().list_all()
            .list_ids(["1", "2"]).next_page_token("t");
        BulkDeleteMatchListItems: POST "/match-list-items/bulk-delete" => |c| c.match_list_items()
            .bulk_delete(&["1", "2"]);
        DeleteCustomMatchListColumn: DELETE "/custom-match-list-columns/{id}" => |c| c
            .custom_match_list_columns().delete("1");
        GetCustomMatchListColumn: GET "/custom-match-list-columns/{id}" => |c| c.custom_match_list_columns()
            .get("1");
        UpdateCustomMatchListColumn: PUT "/custom-match-list-columns/{id}" => |c| c.custom_match_list_columns()
            .update("1", &column());
        GetCustomMatchListColumns: GET "/custom-match-list-columns" => |c| c.custom_match_list_columns().list();
        CreateCustomMatchListColumn: POST "/custom-match-list-columns" => |c| c.custom_match_list_columns()
            .create(&column());
        GetSuppressLists: GET "/suppress-lists" => |c| c.suppress_lists().list().offset(0).limit(50).sort("name")
            .sort_direction(SortDirection::Ascending);
        CreateSuppressList: POST "/suppress-lists" => |c| c.suppress_lists().create(&new_list());
        DeleteSuppressList: DELETE "/suppress-lists/{id}" => |c| c.suppress_lists().delete("1");
        GetSuppressList: GET "/suppress-lists/{id}" => |c| c.suppress_lists().get("1");
        UpdateSuppressList: PUT "/suppress-lists/{id}" => |c| c.suppress_lists().update("1", &list_update());
        AddItemsToSuppressList: POST "/suppress-lists/{id}/items" => |c| c.suppress_lists()
            .add_items("1", &items());
        DeleteSuppressListItem: DELETE "/suppress-list-items/{id}" => |c| c.suppress_list_items().delete("1");
        GetSuppressListItem: GET "/suppress-list-items/{id}" => |c| c.suppress_list_items().get("1");
        UpdateSuppressListItem: PUT "/suppress-list-items/{id}" => |c| c.suppress_list_items()
            .update("1", &item_update());
        GetSuppressListItems: GET "/suppress-list-items" => |c| c.suppress_list_items().list().offset(0).limit(50)
            .value("192.0.2.1").q(Q).list_ids(["1", "2"]);
    }
}

fn settings() -> Vec<Operation> {
    operations! { "/api/sec/v1";
        GetNetworkBlocks: GET "/network-blocks" => |c| c.network_blocks().list().offset(0).limit(50)
            .sort(NetworkBlockSort::Label).sort_direction(SortDirection::Descending);
        CreateNetworkBlock: POST "/network-blocks" => |c| c.network_blocks().create(&network_block());
        DeleteNetworkBlock: DELETE "/network-blocks/{id}" => |c| c.network_blocks().delete("1");
        GetNetworkBlock: GET "/network-blocks/{id}" => |c| c.network_blocks().get("1");
        UpdateNetworkBlock: PUT "/network-blocks/{id}" => |c| c.network_blocks().update("1",
            &NetworkBlockUpdate::builder().address_block("192.0.2.0/24").label("l").internal(true)
                .suppresses_signals(true).build());
        BulkUpsertNetworkBlocks: POST "/network-blocks/bulk" => |c| c.network_blocks()
            .bulk_upsert(&[network_block()]);
        LookupNetworkBlocksByIp: GET "/network-blocks/ip-lookup" => |c| c.network_blocks().lookup("2001:db8::1");
        GetThreatIntelligenceSources: GET "/threat-intel-sources" => |c| c.threat_intel_sources().list().offset(0)
            .limit(50).sort("name").sort_direction(SortDirection::Ascending);
        CreateThreatIntelSource: POST "/threat-intel-sources" => |c| c.threat_intel_sources()
            .create(&NewThreatIntelSource::builder().name("n").description("d").build());
        GetThreatIntelSource: GET "/threat-intel-sources/{id}" => |c| c.threat_intel_sources().get("1");
        AddIndicatorToThreatIntelSource: POST "/threat-intel-sources/{threatIntelSourceId}/items" => |c| c
            .threat_intel_sources().add_indicators("1", &items());
        DeleteThreatIntelIndicator: DELETE "/threat-intel-indicators/{id}" => |c| c.threat_intel_indicators()
            .delete("1");
        GetThreatIntelIndicator: GET "/threat-intel-indicators/{id}" => |c| c.threat_intel_indicators().get("1")
            .expand([IndicatorPart::Source]);
        UpdateThreatIntelIndicator: PUT "/threat-intel-indicators/{id}" => |c| c.threat_intel_indicators()
            .update("1", &item_update());
        GetThreatIntelIndicators: GET "/threat-intel-indicators" => |c| c.threat_intel_indicators().list().offset(0)
            .limit(50).value("v").q(Q).source_ids(["1", "2"]).source_name("n").expand([IndicatorPart::Source]);
        GetAllThreatIntelIndicators: GET "/threat-intel-indicators/all" => |c| c.threat_intel_indicators()
            .list_all().value("v").q(Q).source_ids(["1", "2"]).source_name("n").next_page_token("t")
            .expand([IndicatorPart::Source]);
        GetLogMappings: GET "/log-mappings" => |c| c.log_mappings().list().q(Q).offset(0).limit(50);
        CreateLogMapping: POST "/log-mappings" => |c| c.log_mappings().create(&log_mapping(), true);
        DeleteLogMapping: DELETE "/log-mappings/{id}" => |c| c.log_mappings().delete("1");
        GetLogMapping: GET "/log-mappings/{id}" => |c| c.log_mappings().get("1");
        UpdateLogMapping: PUT "/log-mappings/{id}" => |c| c.log_mappings().update("1", &log_mapping());
        UpdateLogMappingEnabled: PUT "/log-mappings/{id}/enabled" => |c| c.log_mappings().set_enabled("1", true);
        GetLogMappingVendorsAndProducts: GET "/vendors-and-products" => |c| c.log_mappings()
            .vendors_and_products().product("p").vendor("v");
        GetTagSchemas: GET "/tag-schemas" => |c| c.tag_schemas().list();
        CreateTagSchema: POST "/tag-schemas" => |c| c.tag_schemas().create(&tag_schema());
        UpdateTagSchema: PUT "/tag-schemas" => |c| c.tag_schemas().update(&tag_schema());
        DeleteTagSchema: DELETE "/tag-schemas/{key}" => |c| c.tag_schemas().delete("env");
        GetTagSchema: GET "/tag-schemas/{key}" => |c| c.tag_schemas().get("env");
        GetContextActions: GET "/context-actions" => |c| c.context_actions().list().ioc_type(IocType::Domain)
            .enabled(true).offset(0).limit(50);
        CreateContextAction: POST "/context-actions" => |c| c.context_actions().create(
            &NewContextAction::builder().name("n").ioc_types(vec![IocType::Url]).action_type(ContextActionType::Url)
                .template("https://example.com/{{value}}").entity_types(texts("_ip")).record_fields(texts("f"))
                .all_record_fields(false).build());
        DeleteContextAction: DELETE "/context-actions/{id}" => |c| c.context_actions().delete("1");
        GetContextAction: GET "/context-actions/{id}" => |c| c.context_actions().get("1");
        UpdateContextAction: PUT "/context-actions/{id}" => |c| c.context_actions().update("1",
            &ContextActionUpdate::builder().name("n").ioc_types(vec![IocType::Url])
                .action_type(ContextActionType::Url).url_template("u").template("t").entity_types(texts("_ip"))
                .record_fields(texts("f")).all_record_fields(false).enabled(true).build());
        GetAutomations: GET "/automations" => |c| c.automations().list().offset(0).limit(50);
        CreateAutomation: POST "/automations" => |c| c.automations().create(
            &NewAutomation::builder().playbook_id("p").cse_resource_type(ResourceType::Entity)
                .execution_types(vec![ExecutionType::OnDemand]).enabled(true).cse_resource_sub_types(texts("_ip"))
                .build());
        DeleteAutomation: DELETE "/automations/{id}" => |c| c.automations().delete("1");
        GetAutomation: GET "/automations/{id}" => |c| c.automations().get("1");
        UpdateAutomation: PUT "/automations/{id}" => |c| c.automations().update("1",
            &AutomationUpdate::builder().cse_resource_sub_types(texts("_ip"))
                .execution_types(vec![ExecutionType::NewInsight]).enabled(true).build());
        ExecuteAutomation: POST "/automations/execute" => |c| c.automations().execute(
            &[AutomationResource::builder().id("i").cse_resource_type(ResourceType::Insight).build()], &["1"]);
    }
}

fn platform() -> Vec<Operation> {
    operations! { "/api/v1";
        listAllHealthEvents: GET "/healthEvents" => |c| c.health_events().list().limit(1).token("t");
        listAllHealthEventsForResources: POST "/healthEvents/resources" => |c| c.health_events()
            .list_for(&[ResourceIdentity {
                id: "1".to_owned(), resource_type: "Collector".to_owned(), name: Some("n".to_owned()),
            }]).limit(1_000).token("t");
        datastoreGet: GET "/threatIntel/datastore/db" => |c| c.threat_intel_datastore().status();
        removeDatastore: DELETE "/threatIntel/datastore/db" => |c| c.threat_intel_datastore().delete();
        retentionPeriod: GET "/threatIntel/datastore/retentionPeriod" => |c| c.threat_intel_datastore()
            .retention_period();
        setRetentionPeriod: POST "/threatIntel/datastore/retentionPeriod" => |c| c.threat_intel_datastore()
            .set_retention_period(180);
        dataSourcePropertiesUpdate: PUT "/threatIntel/datastore/dataSource/{dataSourceName}" => |c| c
            .threat_intel_datastore().update_source("my source",
                &SourceProperties::builder().enabled(true).description("d").build());
        uploadNormalizedIndicators: POST "/threatIntel/datastore/indicators/normalized" => |c| c
            .threat_intel_datastore().upload_normalized_indicators(&[indicator()]);
        uploadStixIndicators: POST "/threatIntel/datastore/indicators/stix" => |c| c.threat_intel_datastore()
            .upload_stix_indicators("mine", &[json!({"type": "indicator", "id": "indicator--1"})]);
        removeIndicators: DELETE "/threatIntel/datastore/indicators" => |c| c.threat_intel_datastore()
            .remove_indicators("mine", &["indicator--1"]);
    }
}
