//! The statuses that insights go through.

use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;

group! {
    /// The statuses of insights: `new`, `inprogress`, `closed`, and those of the tenant.
    InsightStatuses by insight_statuses
}

impl InsightStatuses {
    /// All statuses.
    pub fn list(&self) -> ListInsightStatuses {
        ListInsightStatuses { call: Call::get(&self.client, "GetInsightStatuses", "/insight-status", &[]) }
    }

    /// One status.
    pub fn get(&self, id: &str) -> Call<InsightStatus> {
        Call::get(&self.client, "GetInsightStatus", "/insight-status/{id}", &[id])
    }

    /// Changes the tenant: creates a status between `new` and `closed`.
    pub fn create(&self, status: &InsightStatusFields) -> Call<InsightStatus> {
        Call::post(&self.client, "CreateInsightStatusOption", "/insight-status", &[]).fields(status)
    }

    /// Changes the tenant: sets a status anew. Built-in ones cannot be changed.
    pub fn update(&self, id: &str, status: &InsightStatusFields) -> Call<InsightStatus> {
        Call::put(&self.client, "UpdateInsightStatusOption", "/insight-status/{id}", &[id]).fields(status)
    }

    /// Changes the tenant: deletes a status that no insight has. Built-in ones cannot be deleted.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteInsightStatusOption", "/insight-status/{id}", &[id])
    }
}

request! {
    /// The request of [`InsightStatuses::list`].
    ListInsightStatuses -> Vec<InsightStatus> {
        /// True to include those that are not in use.
        include_disabled: bool = "includeDisabled",
    }
}

request_body! {
    /// A status to be created or set.
    InsightStatusFields {
        [
            /// The name.
            name: String,
        ]
        /// The description.
        description: String,
        /// The colour, a hexadecimal one from the palette of the web console.
        color: String,
    }
}

model! {
    /// A status of insights.
    InsightStatus {
        [
            /// The id, a number as text.
            id: String,
        ]
        /// The internal name, such as `inprogress`.
        name: String,
        /// The name shown, such as `In Progress`.
        display_name: String,
        /// The description.
        description: Option<String>,
        /// The colour.
        color: Option<String>,
    }
}
