//! Rules, which make signals of records.

use serde::{Deserialize, Serialize};

use crate::api::rule_tuning_expressions::RuleTuningExpression;
use crate::api::{Acknowledged, Quantity, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;
use crate::query::Query;
use crate::timestamp::Timestamp;

group! {
    /// The rules of the vendor and of the tenant.
    ///
    /// There are seven kinds. Rules of the tenant are created and updated, rules of the vendor are
    /// overridden; an update sets the whole rule, an override only the named parts.
    Rules by rules
}

impl Rules {
    /// Lists the rules of all kinds.
    pub fn list(&self) -> ListRules {
        ListRules { call: Call::get(&self.client, "GetRules", "/rules", &[]) }
    }

    /// One rule, by its id such as `MATCH-S00475`.
    pub fn get(&self, id: &str) -> GetRule {
        GetRule { call: Call::get(&self.client, "GetRule", "/rules/{id}", &[id]) }
    }

    /// Changes the tenant: deletes a rule.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteRule", "/rules/{id}", &[id])
    }

    /// Changes the tenant: sets whether a rule is in use.
    pub fn set_enabled(&self, id: &str, enabled: bool) -> Call<Acknowledged> {
        Call::put(&self.client, "UpdateRuleEnabled", "/rules/{id}/enabled", &[id]).json(&Enabled { enabled })
    }

    /// Changes the tenant: creates a match rule of the old kind; see
    /// [`create_templated`](Self::create_templated).
    pub fn create_match(&self, rule: &MatchRuleFields) -> Call<Rule> {
        Call::post(&self.client, "CreateMatchRule", "/rules/match", &[]).fields(rule)
    }

    /// Changes the tenant: sets a match rule of the old kind.
    pub fn update_match(&self, id: &str, rule: &MatchRuleFields) -> Call<Rule> {
        Call::put(&self.client, "UpdateMatchRule", "/rules/match/{id}", &[id]).fields(rule)
    }

    /// Changes the tenant: overrides a match rule of the old kind.
    pub fn override_match(&self, id: &str, rule: &MatchRuleOverride) -> Call<Rule> {
        Call::put(&self.client, "OverrideMatchRule", "/rules/match/{id}/override", &[id]).fields(rule)
    }

    /// Changes the tenant: creates a rule that fires when enough records match.
    pub fn create_threshold(&self, rule: &ThresholdRuleFields) -> Call<Rule> {
        Call::post(&self.client, "CreateThresholdRule", "/rules/threshold", &[]).fields(rule)
    }

    /// Changes the tenant: sets a threshold rule.
    pub fn update_threshold(&self, id: &str, rule: &ThresholdRuleFields) -> Call<Rule> {
        Call::put(&self.client, "UpdateThresholdRule", "/rules/threshold/{id}", &[id]).fields(rule)
    }

    /// Changes the tenant: overrides a threshold rule.
    pub fn override_threshold(&self, id: &str, rule: &ThresholdRuleOverride) -> Call<Rule> {
        Call::put(&self.client, "OverrideThresholdRule", "/rules/threshold/{id}/override", &[id]).fields(rule)
    }

    /// Changes the tenant: creates a match rule, which fires for each record that matches.
    pub fn create_templated(&self, rule: &TemplatedRuleFields) -> Call<Rule> {
        Call::post(&self.client, "CreateTemplatedMatchRule", "/rules/templated", &[]).fields(rule)
    }

    /// Changes the tenant: sets a match rule.
    pub fn update_templated(&self, id: &str, rule: &TemplatedRuleFields) -> Call<Rule> {
        Call::put(&self.client, "UpdateTemplatedMatchRule", "/rules/templated/{id}", &[id]).fields(rule)
    }

    /// Changes the tenant: overrides a match rule.
    pub fn override_templated(&self, id: &str, rule: &TemplatedRuleOverride) -> Call<Rule> {
        Call::put(&self.client, "OverrideTemplatedMatchRule", "/rules/templated/{id}/override", &[id])
            .fields(rule)
    }

    /// Changes the tenant: creates a rule that fires when several expressions match one after the
    /// other.
    pub fn create_chain(&self, rule: &ChainRuleFields) -> Call<Rule> {
        Call::post(&self.client, "CreateChainRule", "/rules/chain", &[]).fields(rule)
    }

    /// Changes the tenant: sets a chain rule.
    pub fn update_chain(&self, id: &str, rule: &ChainRuleFields) -> Call<Rule> {
        Call::put(&self.client, "UpdateChainRule", "/rules/chain/{id}", &[id]).fields(rule)
    }

    /// Changes the tenant: overrides a chain rule.
    pub fn override_chain(&self, id: &str, rule: &ChainRuleOverride) -> Call<Rule> {
        Call::put(&self.client, "OverrideChainRule", "/rules/chain/{id}/override", &[id]).fields(rule)
    }

    /// Changes the tenant: creates a rule that fires when a computed value passes a bound.
    pub fn create_aggregation(&self, rule: &AggregationRuleFields) -> Call<Rule> {
        Call::post(&self.client, "CreateAggregationRule", "/rules/aggregation", &[]).fields(rule)
    }

    /// Changes the tenant: sets an aggregation rule.
    pub fn update_aggregation(&self, id: &str, rule: &AggregationRuleFields) -> Call<Rule> {
        Call::put(&self.client, "UpdateAggregationRule", "/rules/aggregation/{id}", &[id]).fields(rule)
    }

    /// Changes the tenant: overrides an aggregation rule.
    pub fn override_aggregation(&self, id: &str, rule: &AggregationRuleOverride) -> Call<Rule> {
        Call::put(&self.client, "OverrideAggregationRule", "/rules/aggregation/{id}/override", &[id])
            .fields(rule)
    }

    /// Changes the tenant: creates a rule that fires when a value is seen for the first time.
    pub fn create_first_seen(&self, rule: &FirstSeenRuleFields) -> Call<Rule> {
        Call::post(&self.client, "CreateFirstSeenRule", "/rules/first-seen", &[]).fields(rule)
    }

    /// Changes the tenant: sets a first-seen rule.
    pub fn update_first_seen(&self, id: &str, rule: &FirstSeenRuleFields) -> Call<Rule> {
        Call::put(&self.client, "UpdateFirstSeenRule", "/rules/first-seen/{id}", &[id]).fields(rule)
    }

    /// Changes the tenant: overrides a first-seen rule.
    pub fn override_first_seen(&self, id: &str, rule: &FirstSeenRuleOverride) -> Call<Rule> {
        Call::put(&self.client, "OverrideFirstSeenRule", "/rules/first-seen/{id}/override", &[id])
            .fields(rule)
    }

    /// Changes the tenant: creates a rule that fires when a computed value leaves its usual range.
    pub fn create_outlier(&self, rule: &OutlierRuleFields) -> Call<Rule> {
        Call::post(&self.client, "CreateOutlierRule", "/rules/outlier", &[]).fields(rule)
    }

    /// Changes the tenant: sets an outlier rule.
    pub fn update_outlier(&self, id: &str, rule: &OutlierRuleFields) -> Call<Rule> {
        Call::put(&self.client, "UpdateOutlierRule", "/rules/outlier/{id}", &[id]).fields(rule)
    }

    /// Changes the tenant: overrides an outlier rule.
    pub fn override_outlier(&self, id: &str, rule: &OutlierRuleOverride) -> Call<Rule> {
        Call::put(&self.client, "OverrideOutlierRule", "/rules/outlier/{id}/override", &[id]).fields(rule)
    }
}

/// The body that puts something into use or out of it.
#[derive(Serialize)]
pub(crate) struct Enabled {
    pub(crate) enabled: bool,
}

request! {
    /// The request of [`Rules::list`].
    ListRules lists Page<Rule> {
        /// Only rules that match this filter.
        q: into Query = "q",
        /// The number of rules to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of rules to return: 50 unless set; 1,000 is known to work.
        limit: u32 = "limit",
        /// The parts to add.
        expand: list RulePart = "expand",
    }
}

request! {
    /// The request of [`Rules::get`].
    GetRule -> Rule {
        /// The parts to add.
        expand: list RulePart = "expand",
    }
}

open_enum! {
    /// A part of a rule that can be asked for.
    RulePart {
        /// The tuning expressions that it uses.
        TuningExpressions = "tuningExpressions",
    }
}

open_enum! {
    /// The kind of a rule, named as in its id.
    RuleKind {
        /// A match rule of the old kind.
        LegacyMatch = "LEGACY",
        /// A match rule.
        Match = "MATCH",
        /// A threshold rule.
        Threshold = "THRESHOLD",
        /// A chain rule.
        Chain = "CHAIN",
        /// An aggregation rule.
        Aggregation = "AGGREGATION",
        /// A first-seen rule.
        FirstSeen = "FIRST",
        /// An outlier rule.
        Outlier = "OUTLIER",
    }
}

open_enum! {
    /// The type of content that a rule reads.
    RuleContentType {
        /// Unusual behaviour.
        Anomaly = "ANOMALY",
        /// A canary.
        Canary = "CANARY",
        /// The analysis of a file.
        FileAnalysis = "FILE_ANALYSIS",
        /// Records.
        Rule = "RULE",
        /// Findings of another product.
        ThirdParty = "THIRD_PARTY",
        /// Threat intelligence.
        ThreatIntel = "THREAT_INTEL",
    }
}

open_enum! {
    /// The status of a rule.
    RuleState {
        /// The rule runs.
        Active = "ACTIVE",
        /// The rule runs, but not well.
        Degraded = "DEGRADED",
        /// The rule was disabled.
        Disabled = "DISABLED",
        /// The rule failed and was disabled.
        FailedAndDisabled = "FAILED_AND_DISABLED",
        /// The rule made too many signals.
        RateLimited = "RATE_LIMITED",
        /// The rule runs with a warning.
        Warning = "WARNING",
    }
}

open_enum! {
    /// The length of the window that a rule looks at.
    WindowSize {
        /// Five minutes.
        Minutes5 = "T05M",
        /// Ten minutes.
        Minutes10 = "T10M",
        /// Thirty minutes.
        Minutes30 = "T30M",
        /// An hour.
        Minutes60 = "T60M",
        /// Twelve hours.
        Hours12 = "T12H",
        /// A day.
        Hours24 = "T24H",
        /// Five days.
        Days5 = "T05D",
        /// Any other, given in milliseconds beside it.
        Custom = "CUSTOM",
    }
}

open_enum! {
    /// The scope of a baseline.
    BaselineType {
        /// All entities together.
        Global = "GLOBAL",
        /// Each entity.
        PerEntity = "PER_ENTITY",
    }
}

model! {
    /// A rule of any kind; [`kind`](Self::kind) tells which. Members that only some kinds have are
    /// optional.
    Rule {
        [
            /// The id, such as `MATCH-S00475`: kind, `S` for the vendor's or `U` for the tenant's,
            /// number.
            id: String,
        ]
        /// The name.
        name: String,
        /// The tactic, such as `Initial Access`.
        category: Option<String>,
        /// The type of content that it reads.
        content_type: Option<RuleContentType>,
        /// The time of creation.
        created: Option<Timestamp>,
        /// The user who created it.
        created_by: Option<String>,
        /// The time of the last change.
        last_updated: Option<Timestamp>,
        /// The user who last changed it.
        last_updated_by: Option<String>,
        /// True if it was deleted.
        deleted: bool,
        /// True if it is in use.
        enabled: bool,
        /// The selectors of the entity of its signals.
        entity_selectors: Vec<EntitySelector>,
        /// True if its signals do not count for insights.
        is_prototype: bool,
        /// The rule that it was copied from.
        parent_jask_id: Option<String>,
        /// The status.
        status: Option<RuleStatus>,
        /// A second id, a number.
        rule_id: Option<i64>,
        /// The source; `user` for the tenant's own.
        rule_source: String,
        /// Its type in words; the values are not documented, see [`kind`](Self::kind).
        rule_type: String,
        /// The number of signals that it made in seven days.
        #[serde(rename = "signalCount07d")]
        signal_count_7_days: u64,
        /// The number of signals that it made in 24 hours.
        #[serde(rename = "signalCount24h")]
        signal_count_24_hours: u64,
        /// The template of the summary of its signals.
        summary_expression: Option<String>,
        /// Its tags.
        tags: Vec<String>,
        /// True if the tenant overrides parts of it.
        has_override: bool,
        /// The override of the tags.
        tags_override: Option<Overridden<Vec<String>>>,
        /// The override of being a prototype.
        is_prototype_override: Option<Overridden<bool>>,
        /// The override of the entity selectors.
        entity_selectors_override: Option<Overridden<Vec<EntitySelector>>>,
        /// The override of the name.
        name_override: Option<Overridden<String>>,
        /// The override of the summary expression.
        summary_expression_override: Option<Overridden<String>>,
        /// The tuning expressions that it uses; only when asked for.
        tuning_expressions: Vec<RuleTuningExpression>,
        /// The record field of the asset.
        asset_field: Option<String>,
        /// The description of its signals.
        description: Option<String>,
        /// The template of the description of its signals.
        description_expression: Option<String>,
        /// The template of the name of its signals.
        name_expression: Option<String>,
        /// The expression that records have to match.
        expression: Option<String>,
        /// The expression that records have to match.
        match_expression: Option<String>,
        /// The expression that records have to match.
        filter_expression: Option<String>,
        /// The expression that the computed values have to match.
        trigger_expression: Option<String>,
        /// The value that is looked at.
        value_expression: Option<String>,
        /// The record fields that are looked at.
        value_fields: Vec<String>,
        /// The severity of its signals.
        score: Option<i64>,
        /// The source of the severity of its signals.
        score_mapping: Option<ScoreMapping>,
        /// The stream that it reads.
        stream: Option<String>,
        /// The version.
        version: Option<i64>,
        /// True if distinct values are counted.
        count_distinct: Option<bool>,
        /// The record field that is counted.
        count_field: Option<String>,
        /// The number that makes a signal.
        limit: Option<i64>,
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
        /// True if records are grouped by asset.
        group_by_asset: Option<bool>,
        /// The window in milliseconds.
        window_size: Option<Quantity>,
        /// The window by name.
        window_size_name: Option<WindowSize>,
        /// The expressions of a chain.
        expressions_and_limits: Vec<ExpressionAndLimit>,
        /// True if the expressions of a chain have to match in order.
        ordered: Option<bool>,
        /// The functions to compute.
        aggregation_functions: Vec<AggregationFunction>,
        /// The time at which the baseline was last started.
        baseline_last_started: Option<Timestamp>,
        /// The time that the baseline looks at, in milliseconds.
        baseline_window_size: Option<Quantity>,
        /// The scope of the baseline.
        baseline_type: Option<BaselineType>,
        /// The retention of the baseline, in milliseconds.
        retention_window_size: Option<Quantity>,
        /// The least value that counts as unusual.
        floor_value: Option<Quantity>,
        /// The deviation from the usual that counts as unusual.
        deviation_threshold: Option<Quantity>,
        /// The number of milliseconds for which a repeated signal is suppressed.
        suppression_window_size: Option<Quantity>,
        /// The override of the description.
        description_override: Option<Overridden<String>>,
        /// The override of the description expression.
        description_expression_override: Option<Overridden<String>>,
        /// The override of the name expression.
        name_expression_override: Option<Overridden<String>>,
        /// The override of the grouping.
        group_by_fields_override: Option<Overridden<Vec<String>>>,
        /// The override of the severity.
        score_override: Option<Overridden<i64>>,
        /// The override of where the severity comes from.
        score_mapping_override: Option<Overridden<ScoreMapping>>,
        /// The override of the limit.
        limit_override: Option<Overridden<i64>>,
        /// The override of the window.
        window_size_override: Option<Overridden<Quantity>>,
        /// The override of the expressions of a chain.
        expressions_and_limits_override: Option<Overridden<Vec<ExpressionAndLimit>>>,
        /// The override of the time that the baseline looks at.
        baseline_window_size_override: Option<Overridden<Quantity>>,
        /// The override of how long the baseline is kept.
        retention_window_size_override: Option<Overridden<Quantity>>,
        /// The override of the least value.
        floor_value_override: Option<Overridden<Quantity>>,
        /// The override of the deviation.
        deviation_threshold_override: Option<Overridden<Quantity>>,
    }
}

impl Rule {
    /// The kind of the rule, read from its id.
    pub fn kind(&self) -> RuleKind {
        RuleKind::from(self.id.split_once('-').map_or(self.id.as_str(), |(kind, _)| kind))
    }
}

/// A value of the vendor with the one that the tenant put in its place.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Overridden<T> {
    /// The vendor's.
    pub original: Option<T>,
    /// The tenant's.
    #[serde(rename = "override")]
    pub overridden: Option<T>,
}

model! {
    /// The status of a rule.
    RuleStatus {
        /// The status.
        status: Option<RuleState>,
        /// The reason for the status.
        message: Option<String>,
    }
}

/// A selector of the entity of a rule's signals.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntitySelector {
    /// The record field.
    pub expression: String,
    /// The kind of the entity.
    pub entity_type: String,
}

/// An expression of a chain rule with the number of records that have to match it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExpressionAndLimit {
    /// The expression.
    pub expression: String,
    /// The number of records that have to match it.
    pub limit: i64,
    /// Its place in the chain; given by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<i64>,
}

/// A new limit for an expression of a chain rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChainLimit {
    /// The place of the expression in the chain.
    pub index: i64,
    /// The number of records that have to match it.
    pub limit: i64,
}

/// A value that a rule computes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct AggregationFunction {
    /// The name that the trigger expression uses.
    pub name: String,
    /// The function, such as `count_distinct`.
    pub function: String,
    /// The arguments of the function.
    pub arguments: Vec<String>,
}

open_enum! {
    /// The source of the severity of a signal.
    ScoreMappingType {
        /// A constant severity.
        Constant = "constant",
        /// The value of a record field.
        FieldValue = "fieldValue",
        /// A severity looked up by the value of a record field.
        FieldValueMapping = "fieldValueMapping",
    }
}

/// The source of the severity of a signal.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ScoreMapping {
    /// The way it is found.
    #[serde(rename = "type")]
    pub mapping_type: ScoreMappingType,
    /// The severity when nothing else says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<i64>,
    /// The record field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The severity of each value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Vec<ScoreMappingStep>>,
}

impl ScoreMapping {
    /// Always this severity.
    pub fn constant(severity: i64) -> Self {
        Self { mapping_type: ScoreMappingType::Constant, default: Some(severity), field: None, mapping: None }
    }

    /// The value of a record field; `default` if it is not a severity.
    pub fn field_value(field: impl Into<String>, default: i64) -> Self {
        Self {
            mapping_type: ScoreMappingType::FieldValue,
            default: Some(default),
            field: Some(field.into()),
            mapping: None,
        }
    }

    /// Looked up by the value of a record field; `default` when no step matches.
    pub fn field_value_mapping(field: impl Into<String>, default: i64, steps: Vec<ScoreMappingStep>) -> Self {
        Self {
            mapping_type: ScoreMappingType::FieldValueMapping,
            default: Some(default),
            field: Some(field.into()),
            mapping: Some(steps),
        }
    }
}

/// The severity of a value of a record field.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScoreMappingStep {
    /// The comparison of the value, such as `eq`.
    #[serde(rename = "type")]
    pub comparison: String,
    /// The value, or the start of a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The end of a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_end: Option<String>,
    /// The severity.
    pub to: i64,
}

/// Defines the body that creates or sets a rule: what all kinds have, and what this kind has.
macro_rules! rule_fields {
    ($(#[$meta:meta])* $name:ident { [$($required:tt)*] $($optional:tt)* }) => {
        request_body! {
            $(#[$meta])*
            $name {
                [
                    /// The name.
                    name: String,
                    /// True if the rule is in use.
                    enabled: bool,
                    $($required)*
                ]
                /// The record field of the asset.
                asset_field: String,
                /// The tactic, such as `Initial Access`.
                category: String,
                /// The selectors of the entity of the signals.
                entity_selectors: Vec<EntitySelector>,
                /// True if the signals do not count for insights.
                is_prototype: bool,
                /// The rule that this one is copied from.
                parent_jask_id: String,
                /// The template of the summary of the signals.
                summary_expression: String,
                /// The tags.
                tags: Vec<String>,
                /// The tuning expressions to use.
                tuning_expression_ids: Vec<String>,
                /// The number of milliseconds for which a repeated signal is suppressed, up to
                /// seven days.
                suppression_window_size: u64,
                $($optional)*
            }
        }
    };
}

/// Defines the body that overrides a rule: what all kinds allow, and what this kind allows.
macro_rules! rule_override {
    ($(#[$meta:meta])* $name:ident { $($optional:tt)* }) => {
        request_body! {
            $(#[$meta])*
            $name {
                [
                    /// The tuning expressions to use; an empty list for none.
                    tuning_expression_ids: Vec<String>,
                ]
                /// True if the signals do not count for insights.
                is_prototype: bool,
                /// The selectors of the entity of the signals.
                entity_selectors: Vec<EntitySelector>,
                /// The name.
                name: String,
                /// The description of the rule.
                rule_description: String,
                /// The template of the summary of the signals.
                summary_expression: String,
                /// The tags.
                tags: Vec<String>,
                $($optional)*
            }
        }
    };
}

rule_fields! {
    /// A match rule of the old kind.
    MatchRuleFields {
        [
            /// The description of the signals.
            description: String,
            /// The expression that records have to match.
            expression: String,
            /// The severity of the signals.
            score: i64,
            /// The stream to read, `record`.
            stream: String,
        ]
    }
}

rule_override! {
    /// The override of a match rule of the old kind.
    MatchRuleOverride {}
}

rule_fields! {
    /// A threshold rule.
    ThresholdRuleFields {
        [
            /// The description of the signals.
            description: String,
            /// True if distinct values are counted.
            count_distinct: bool,
            /// The expression that records have to match.
            expression: String,
            /// The number that makes a signal.
            limit: i64,
            /// The severity of the signals.
            score: i64,
            /// The stream to read, `record`.
            stream: String,
            /// The version, 1.
            version: i64,
            /// The window.
            window_size: WindowSize,
        ]
        /// The record field that is counted.
        count_field: String,
        /// The window in milliseconds, with [`WindowSize::Custom`].
        window_size_milliseconds: String,
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
    }
}

rule_override! {
    /// The override of a threshold rule.
    ThresholdRuleOverride {
        /// The description of the signals.
        description: String,
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
        /// The number that makes a signal.
        limit: i64,
        /// The severity of the signals.
        score: i64,
        /// The window.
        window_size: WindowSize,
        /// The window in milliseconds, with [`WindowSize::Custom`].
        window_size_milliseconds: String,
    }
}

rule_fields! {
    /// A match rule.
    TemplatedRuleFields {
        [
            /// The template of the description of the signals.
            description_expression: String,
            /// The expression that records have to match.
            expression: String,
            /// The template of the name of the signals.
            name_expression: String,
            /// The source of the severity of the signals.
            score_mapping: ScoreMapping,
            /// The stream to read, `record`.
            stream: String,
        ]
    }
}

rule_override! {
    /// The override of a match rule.
    TemplatedRuleOverride {
        /// The template of the description of the signals.
        description_expression: String,
        /// The template of the name of the signals.
        name_expression: String,
        /// The source of the severity of the signals.
        score_mapping: ScoreMapping,
    }
}

rule_fields! {
    /// A chain rule.
    ChainRuleFields {
        [
            /// The description of the signals.
            description: String,
            /// The expressions, each with the number of records that have to match it.
            expressions_and_limits: Vec<ExpressionAndLimit>,
            /// The severity of the signals.
            score: i64,
            /// The stream to read, `record`.
            stream: String,
            /// The window.
            window_size: WindowSize,
        ]
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
        /// True if the expressions have to match in order.
        ordered: bool,
        /// The window in milliseconds, with [`WindowSize::Custom`].
        window_size_milliseconds: String,
    }
}

rule_override! {
    /// The override of a chain rule.
    ChainRuleOverride {
        /// The description of the signals.
        description: String,
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
        /// The severity of the signals.
        score: i64,
        /// The window.
        window_size: WindowSize,
        /// The window in milliseconds, with [`WindowSize::Custom`].
        window_size_milliseconds: String,
        /// New limits of the expressions.
        limits: Vec<ChainLimit>,
    }
}

rule_fields! {
    /// An aggregation rule.
    AggregationRuleFields {
        [
            /// The functions to compute.
            aggregation_functions: Vec<AggregationFunction>,
            /// The template of the description of the signals.
            description_expression: String,
            /// True if records are grouped by asset.
            group_by_asset: bool,
            /// The record fields by which records are grouped.
            group_by_fields: Vec<String>,
            /// The expression that records have to match.
            match_expression: String,
            /// The template of the name of the signals.
            name_expression: String,
            /// The source of the severity of the signals.
            score_mapping: ScoreMapping,
            /// The stream to read, `record`.
            stream: String,
            /// The expression that the computed values have to match.
            trigger_expression: String,
            /// The window.
            window_size: WindowSize,
        ]
        /// The window in milliseconds, with [`WindowSize::Custom`].
        window_size_milliseconds: String,
    }
}

rule_override! {
    /// The override of an aggregation rule.
    AggregationRuleOverride {
        /// The template of the description of the signals.
        description_expression: String,
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
        /// The template of the name of the signals.
        name_expression: String,
        /// The source of the severity of the signals.
        score_mapping: ScoreMapping,
        /// The window.
        window_size: WindowSize,
        /// The window in milliseconds, with [`WindowSize::Custom`].
        window_size_milliseconds: String,
    }
}

rule_fields! {
    /// A first-seen rule.
    FirstSeenRuleFields {
        [
            /// The template of the description of the signals.
            description_expression: String,
            /// The template of the name of the signals.
            name_expression: String,
            /// The expression that records have to match.
            filter_expression: String,
            /// The record fields by which records are grouped.
            group_by_fields: Vec<String>,
            /// The severity of the signals.
            score: i64,
            /// The version, 1.
            version: i64,
            /// The time that the baseline looks at, in milliseconds.
            baseline_window_size: String,
            /// The retention of the baseline, in milliseconds.
            retention_window_size: String,
        ]
        /// The record fields that are looked at.
        value_fields: Vec<String>,
        /// The value that is looked at.
        value_expression: String,
        /// The scope of the baseline.
        baseline_type: BaselineType,
    }
}

rule_override! {
    /// The override of a first-seen rule.
    FirstSeenRuleOverride {
        /// The time that the baseline looks at, in milliseconds.
        baseline_window_size: String,
        /// The template of the description of the signals.
        description_expression: String,
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
        /// The template of the name of the signals.
        name_expression: String,
        /// The retention of the baseline, in milliseconds.
        retention_window_size: String,
        /// The severity of the signals.
        score: i64,
    }
}

rule_fields! {
    /// An outlier rule.
    OutlierRuleFields {
        [
            /// The functions to compute.
            aggregation_functions: Vec<AggregationFunction>,
            /// The time that the baseline looks at, in milliseconds.
            baseline_window_size: String,
            /// The template of the description of the signals.
            description_expression: String,
            /// The deviation from the usual that counts as unusual.
            deviation_threshold: i64,
            /// The least value that counts as unusual.
            floor_value: i64,
            /// The record fields by which records are grouped.
            group_by_fields: Vec<String>,
            /// The expression that records have to match.
            match_expression: String,
            /// The template of the name of the signals.
            name_expression: String,
            /// The retention of the baseline, in milliseconds.
            retention_window_size: String,
            /// The severity of the signals.
            score: i64,
            /// The window, an hour or a day.
            window_size: WindowSize,
        ]
    }
}

rule_override! {
    /// The override of an outlier rule.
    OutlierRuleOverride {
        /// The template of the name of the signals.
        name_expression: String,
        /// The least value that counts as unusual, as text.
        floor_value: String,
        /// The record fields by which records are grouped.
        group_by_fields: Vec<String>,
        /// The template of the description of the signals.
        description_expression: String,
        /// The time that the baseline looks at, in milliseconds.
        baseline_window_size: String,
        /// The deviation from the usual that counts as unusual, as text.
        deviation_threshold: String,
        /// The retention of the baseline, in milliseconds.
        retention_window_size: String,
        /// The severity of the signals.
        score: i64,
        /// The window, an hour or a day.
        window_size: WindowSize,
        /// The window in milliseconds, with [`WindowSize::Custom`].
        window_size_milliseconds: String,
    }
}
