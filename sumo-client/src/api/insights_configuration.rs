//! The settings by which signals add up to insights.

use serde::Serialize;

use crate::api::{group, model, request_body};
use crate::call::Call;

group! {
    /// The settings of the algorithm that makes insights.
    InsightsConfigurations by insights_configuration
}

impl InsightsConfigurations {
    /// The settings.
    pub fn get(&self) -> Call<InsightsConfiguration> {
        Call::get(&self.client, "GetInsightsConfiguration", "/insights-configuration", &[])
    }

    /// Changes the tenant: sets them.
    pub fn update(&self, config: &InsightsConfigurationFields) -> Call<InsightsConfiguration> {
        #[derive(Serialize)]
        struct Wrapped<'a> {
            config: &'a InsightsConfigurationFields,
        }
        Call::put(&self.client, "UpdateInsightConfiguration", "/insights-configuration", &[])
            .json(&Wrapped { config })
    }
}

request_body! {
    /// New settings of the algorithm.
    InsightsConfigurationFields {
        /// The number of days over which the signals of an entity add up: 14 in a new tenant.
        lookback_days: f64,
        /// The sum of severities that makes an insight: 12 in a new tenant.
        threshold: f64,
        /// The number of hours in which a repeated signal does not count again, 24 to 72.
        global_signal_suppression_window: i64,
    }
}

model! {
    /// The settings of the algorithm.
    InsightsConfiguration {
        /// The number of days over which the signals of an entity add up.
        lookback_days: Option<f64>,
        /// The sum of severities that makes an insight.
        threshold: Option<f64>,
        /// The number of hours in which a repeated signal does not count again.
        global_signal_suppression_window: Option<i64>,
    }
}
