//! Criticalities, which raise or lower the severity of signals about some entities.

use serde::Serialize;

use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::page::Page;

group! {
    /// The criticalities of the tenant.
    EntityCriticalityConfigs by entity_criticality_configs
}

impl EntityCriticalityConfigs {
    /// Lists the criticalities.
    pub fn list(&self) -> ListEntityCriticalityConfigs {
        ListEntityCriticalityConfigs {
            call: Call::get(&self.client, "GetEntityCriticalityConfigs", "/entity-criticality-configs", &[]),
        }
    }

    /// One criticality.
    pub fn get(&self, id: &str) -> Call<EntityCriticalityConfig> {
        Call::get(&self.client, "GetEntityCriticalityConfig", "/entity-criticality-configs/{id}", &[id])
    }

    /// Changes the tenant: creates a criticality.
    pub fn create(&self, config: &NewEntityCriticalityConfig) -> Call<EntityCriticalityConfig> {
        Call::post(&self.client, "CreateEntityCriticalityConfig", "/entity-criticality-configs", &[])
            .fields(config)
    }

    /// Changes the tenant: sets how a criticality changes severities, for example `severity * 2`.
    pub fn update(&self, id: &str, severity_expression: &str) -> Call<EntityCriticalityConfig> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Update<'a> {
            severity_expression: &'a str,
        }
        Call::put(&self.client, "UpdateEntityCriticalityConfig", "/entity-criticality-configs/{id}", &[id])
            .fields(&Update { severity_expression })
    }

    /// Changes the tenant: deletes a criticality.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteEntityCriticalityConfig", "/entity-criticality-configs/{id}", &[id])
    }
}

request! {
    /// The request of [`EntityCriticalityConfigs::list`].
    ListEntityCriticalityConfigs lists Page<EntityCriticalityConfig> {
        /// The number of criticalities to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of criticalities to return: 50 unless set.
        limit: u32 = "limit",
    }
}

request_body! {
    /// A criticality to be created.
    NewEntityCriticalityConfig {
        [
            /// The name.
            name: String,
            /// Arithmetic over `severity`, for example `severity * 2`.
            severity_expression: String,
        ]
    }
}

model! {
    /// A criticality.
    EntityCriticalityConfig {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// Arithmetic over `severity`.
        severity_expression: String,
        /// The number of entities that have it.
        entity_count: u64,
    }
}
