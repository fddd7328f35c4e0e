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
        /// The number of expressions to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of expressions to return: 50 unless set.
        limit: u32 = "limit",
        /// The sort key: the name unless set.
        sort: into RuleTuningExpressionSort = "sort",
        /// The direction to sort in: ascending unless set.
        sort_direction: into SortDirection = "sortDir",
    }
}

open_enum! {
    /// A sort key of tuning expressions.
    RuleTuningExpressionSort {
        /// The time of creation.
        Created = "CREATED",
        /// The `enabled` flag.
        Enabled = "ENABLED",
        /// The name.
        Name = "NAME",
        /// The number of rules that use them.
        RelatedRuleCount = "RELATED_RULE_COUNT",
        /// The time of the last change.
        Updated = "UPDATED",
    }
}

request_body! {
    /// A tuning expression to be created or set.
    RuleTuningExpressionFields {
        [
            /// The name.
            name: String,
            /// The description.
            description: String,
            /// The expression.
            expression: String,
            /// True if it is in use.
            enabled: bool,
            /// True if it applies to all rules.
            is_global: bool,
            /// True if records that match are left out, rather than those that do not.
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
        /// The description.
        description: Option<String>,
        /// The expression.
        expression: String,
        /// True if it is in use.
        enabled: bool,
        /// True if it applies to all rules.
        is_global: bool,
        /// True if records that match are left out; absent inside a rule.
        exclude: Option<bool>,
        /// The rules that it holds for; not always told.
        rule_ids: Vec<String>,
    }
}
