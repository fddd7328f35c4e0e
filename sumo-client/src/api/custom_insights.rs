//! Custom insights: insights that the tenant has made whenever given signals come together.

use crate::api::insight_severity::InsightSeverity;
use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;
use crate::timestamp::Timestamp;

group! {
    /// The custom insights of the tenant.
    CustomInsights by custom_insights
}

impl CustomInsights {
    /// Lists the custom insights.
    pub fn list(&self) -> ListCustomInsights {
        ListCustomInsights { call: Call::get(&self.client, "GetCustomInsights", "/custom-insights", &[]) }
    }

    /// One custom insight.
    pub fn get(&self, id: &str) -> Call<CustomInsight> {
        Call::get(&self.client, "GetCustomInsight", "/custom-insights/{id}", &[id])
    }

    /// Changes the tenant: creates a custom insight.
    pub fn create(&self, insight: &CustomInsightFields) -> Call<CustomInsight> {
        Call::post(&self.client, "CreateCustomInsight", "/custom-insights", &[]).fields(insight)
    }

    /// Changes the tenant: sets a custom insight.
    pub fn update(&self, id: &str, insight: &CustomInsightFields) -> Call<CustomInsight> {
        Call::put(&self.client, "UpdateCustomInsight", "/custom-insights/{id}", &[id]).fields(insight)
    }

    /// Changes the tenant: deletes a custom insight.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteCustomInsight", "/custom-insights/{id}", &[id])
    }
}

request! {
    /// The request of [`CustomInsights::list`].
    ListCustomInsights lists Page<CustomInsight> {
        /// The number of custom insights to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of custom insights to return: 50 unless set.
        limit: u32 = "limit",
    }
}

open_enum! {
    /// The signals that have to occur together.
    SignalMatchStrategy {
        /// Signals about the same entity.
        Entity = "ENTITY",
        /// All the signals listed.
        Strict = "STRICT",
    }
}

request_body! {
    /// A custom insight to be created or set. Give either rules or signal names.
    CustomInsightFields {
        [
            /// The name.
            name: String,
            /// The description.
            description: String,
            /// The severity.
            severity: InsightSeverity,
            /// True if the signals have to occur in order.
            ordered: bool,
            /// True if it is in use.
            enabled: bool,
            /// The tags.
            tags: Vec<String>,
        ]
        /// Severities that follow the gravest signal.
        dynamic_severity: Vec<DynamicSeverity>,
        /// The rules whose signals have to come together.
        rule_ids: Vec<String>,
        /// The names of the signals that have to come together.
        signal_names: Vec<String>,
        /// The signals that have to occur together.
        signal_match_strategy: SignalMatchStrategy,
    }
}

/// The severity of an insight whose gravest signal is at least this grave.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DynamicSeverity {
    /// The severity of the gravest signal.
    pub minimum_signal_severity: i64,
    /// The severity of the insight.
    pub insight_severity: InsightSeverity,
}

model! {
    /// A custom insight.
    CustomInsight {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// The description.
        description: Option<String>,
        /// The severity.
        severity: Option<InsightSeverity>,
        /// Severities that follow the gravest signal.
        dynamic_severity: Vec<DynamicSeverity>,
        /// True if the signals have to occur in order.
        ordered: bool,
        /// True if it is in use.
        enabled: bool,
        /// The time of creation.
        created: Option<Timestamp>,
        /// The time of the last change.
        last_updated: Option<Timestamp>,
        /// The rules whose signals have to come together.
        rule_ids: Vec<String>,
        /// The names of the signals that have to come together.
        signal_names: Vec<String>,
        /// The tags.
        tags: Vec<String>,
        /// The signals that have to occur together.
        signal_match_strategy: Option<SignalMatchStrategy>,
    }
}
