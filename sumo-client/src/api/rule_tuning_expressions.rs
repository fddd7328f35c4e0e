//! Tuning expressions, which narrow or widen what rules match.

use crate::api::{Acknowledged, SortDirection, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;

group! {
    /// The tuning expressions of the tenant.
    RuleTuningExpressions by rule_tuning_expressions
}

impl RuleTuningExpressions {
    /// Lists the tuning expressions.
    pub fn list(&self) -> ListRuleTuningExpressions {
        ListRuleTuningExpressions {
            call: Call::get(&self.client, "GetRuleTuningExpressions", "/rule-tuning-expressions", &[]),
        }
    }

    /// One tuning expression.
    pub fn get(&self, id: &str) -> Call<RuleTuningExpression> {
        Call::get(&self.client, "GetRuleTuningExpression", "/rule-tuning-expressions/{id}", &[id])
    }

    /// Changes the tenant: creates a tuning expression.
    pub fn create(&self, expression: &RuleTuningExpressionFields) -> Call<RuleTuningExpression> {
        Call::post(&self.client, "CreateRuleTuningExpression", "/rule-tuning-expressions", &[])
            .fields(expression)
    }

    /// Changes the tenant: sets a tuning expression.
    pub fn update(&self, id: &str, expression: &RuleTuningExpressionFields) -> Call<RuleTuningExpression> {
        Call::put(&self.client, "UpdateRuleTuningExpression", "/rule-tuning-expressions/{id}", &[id])
            .fields(expression)
    }

    /// Changes the tenant: deletes a tuning expression.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteRuleTuningExpression", "/rule-tuning-expressions/{id}", &[id])
    }
}

request! {
    /// The request of [`RuleTuningExpressions::list`].
    ListRuleTuningExpressions lists Page<RuleTuningExpression> {
        /// How many expressions to skip: 0 unless set.
        offset: u64 = "offset",
        /// How many expressions to give: 50 unless set.
        limit: u32 = "limit",
        /// What to sort by: the name unless set.
        sort: into RuleTuningExpressionSort = "sort",
        /// The direction to sort in: ascending unless set.
        sort_direction: into SortDirection = "sortDir",
    }
}

open_enum! {
    /// What tuning expressions can be sorted by.
    RuleTuningExpressionSort {
        /// When they were created.
        Created = "CREATED",
        /// Whether they are in use.
        Enabled = "ENABLED",
        /// The name.
        Name = "NAME",
        /// How many rules use them.
        RelatedRuleCount = "RELATED_RULE_COUNT",
        /// When they were last changed.
        Updated = "UPDATED",
    }
}

request_body! {
    /// A tuning expression to be created or set.
    RuleTuningExpressionFields {
        [
            /// The name.
            name: String,
            /// What it is for.
            description: String,
            /// The expression.
            expression: String,
            /// Whether it is in use.
            enabled: bool,
            /// Whether it holds for all rules.
            is_global: bool,
            /// Whether records that match are left out, rather than those that do not.
            exclude: bool,
            /// The rules that it holds for.
            rule_ids: Vec<String>,
        ]
    }
}

model! {
    /// A tuning expression.
    RuleTuningExpression {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// The expression.
        expression: String,
        /// Whether it is in use.
        enabled: bool,
        /// Whether it holds for all rules.
        is_global: bool,
        /// Whether records that match are left out; not told inside a rule.
        exclude: Option<bool>,
        /// The rules that it holds for; not always told.
        rule_ids: Vec<String>,
    }
}
