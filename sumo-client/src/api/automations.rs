//! Automations: playbooks that run on insights and entities.

use serde::{Deserialize, Serialize};

use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::envelope::{self, DecodeError};
use crate::model::open_enum;
use crate::page::Page;
use crate::timestamp::Timestamp;

group! {
    /// The automations of the tenant.
    Automations by automations
}

impl Automations {
    /// Lists the automations.
    pub fn list(&self) -> ListAutomations {
        ListAutomations { call: Call::get(&self.client, "GetAutomations", "/automations", &[]) }
    }

    /// One automation.
    pub fn get(&self, id: &str) -> Call<Automation> {
        Call::get(&self.client, "GetAutomation", "/automations/{id}", &[id])
    }

    /// Changes the tenant: creates an automation.
    pub fn create(&self, automation: &NewAutomation) -> Call<Automation> {
        Call::post(&self.client, "CreateAutomation", "/automations", &[]).fields(automation)
    }

    /// Changes the tenant: sets when an automation runs and whether it is in use.
    pub fn update(&self, id: &str, automation: &AutomationUpdate) -> Call<Automation> {
        Call::put(&self.client, "UpdateAutomation", "/automations/{id}", &[id]).fields(automation)
    }

    /// Changes the tenant: deletes an automation.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteAutomation", "/automations/{id}", &[id])
    }

    /// Changes the tenant: runs automations on insights or entities.
    pub fn execute(&self, resources: &[AutomationResource], automation_ids: &[&str]) -> Call<ExecutionStart> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Execution<'a> {
            execution_cse_resources: &'a [AutomationResource],
            automation_ids: &'a [&'a str],
        }
        Call::post(&self.client, "ExecuteAutomation", "/automations/execute", &[])
            .fields(&Execution { execution_cse_resources: resources, automation_ids })
    }
}

/// The automations that ran on an object stand in a member of their own.
pub(crate) fn decode_executed(body: &[u8]) -> Result<Vec<ExecutedAutomation>, DecodeError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Executed {
        executed_automations: Vec<ExecutedAutomation>,
    }
    envelope::decode(body).map(|answer: Executed| answer.executed_automations)
}

request! {
    /// The request of [`Automations::list`].
    ListAutomations lists Page<Automation> {
        /// The number of automations to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of automations to return: 50 unless set.
        limit: u32 = "limit",
    }
}

open_enum! {
    /// The type of object that an automation runs on.
    ResourceType {
        /// Insights.
        Insight = "INSIGHT",
        /// Entities.
        Entity = "ENTITY",
    }
}

open_enum! {
    /// An event that starts an automation.
    ExecutionType {
        /// An insight is created.
        NewInsight = "NEW_INSIGHT",
        /// An insight is closed.
        InsightClosed = "INSIGHT_CLOSED",
        /// A user starts it.
        OnDemand = "ON_DEMAND",
    }
}

model! {
    /// A playbook with the objects and the events that it runs on.
    Automation {
        [
            /// The id.
            id: String,
        ]
        /// The playbook.
        playbook_id: String,
        /// The name.
        name: String,
        /// The description.
        description: Option<String>,
        /// The type of object that it runs on.
        cse_resource_type: Option<ResourceType>,
        /// The kinds of entities it runs on.
        cse_resource_sub_types: Vec<String>,
        /// The events that start it.
        execution_types: Vec<ExecutionType>,
        /// True if it is in use.
        enabled: bool,
    }
}

request_body! {
    /// An automation to be created.
    NewAutomation {
        [
            /// The playbook.
            playbook_id: String,
            /// The type of object that it runs on.
            cse_resource_type: ResourceType,
            /// The events that start it.
            execution_types: Vec<ExecutionType>,
            /// True if it is in use.
            enabled: bool,
        ]
        /// The kinds of entities it runs on.
        cse_resource_sub_types: Vec<String>,
    }
}

request_body! {
    /// New settings of an automation.
    AutomationUpdate {
        /// The kinds of entities it runs on.
        cse_resource_sub_types: Vec<String>,
        /// The events that start it.
        execution_types: Vec<ExecutionType>,
        /// True if it is in use.
        enabled: bool,
    }
}

request_body! {
    /// An insight or an entity that automations are to run on.
    AutomationResource {
        [
            /// The id.
            id: String,
            /// The type of the object.
            cse_resource_type: ResourceType,
        ]
    }
}

model! {
    /// The outcome of a request to run automations.
    #[must_use = "it names the playbooks that could not be started"]
    ExecutionStart {
        /// The runs that were started.
        execution_ids: Vec<String>,
        /// The playbooks that could not be started.
        playbooks_with_errors: Vec<String>,
    }
}

model! {
    /// A run of an automation.
    ExecutedAutomation {
        [
            /// The id of the run.
            execution_id: String,
        ]
        /// The type of object that it ran on.
        cse_resource_type: Option<ResourceType>,
        /// The id of the object that it ran on.
        cse_resource_id: String,
        /// The status; the values are not documented.
        status: String,
        /// The start time.
        start_date: Option<Timestamp>,
        /// The end time.
        end_date: Option<Timestamp>,
        /// The playbook.
        playbook_id: String,
        /// The name of the playbook.
        playbook_name: String,
        /// The description of the playbook.
        playbook_description: Option<String>,
    }
}
