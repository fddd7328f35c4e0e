//! Context actions: what the web console offers to do with a value.

use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;

group! {
    /// The context actions of the tenant.
    ContextActions by context_actions
}

impl ContextActions {
    /// Lists the context actions.
    pub fn list(&self) -> ListContextActions {
        ListContextActions { call: Call::get(&self.client, "GetContextActions", "/context-actions", &[]) }
    }

    /// One context action.
    pub fn get(&self, id: &str) -> Call<ContextAction> {
        Call::get(&self.client, "GetContextAction", "/context-actions/{id}", &[id])
    }

    /// Changes the tenant: creates a context action.
    pub fn create(&self, action: &NewContextAction) -> Call<ContextAction> {
        Call::post(&self.client, "CreateContextAction", "/context-actions", &[]).json(action)
    }

    /// Changes the tenant: sets a context action.
    pub fn update(&self, id: &str, action: &ContextActionUpdate) -> Call<ContextAction> {
        Call::put(&self.client, "UpdateContextAction", "/context-actions/{id}", &[id]).fields(action)
    }

    /// Changes the tenant: deletes a context action.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteContextAction", "/context-actions/{id}", &[id])
    }
}

request! {
    /// The request of [`ContextActions::list`].
    ListContextActions lists Page<ContextAction> {
        /// Only actions for this kind of value.
        ioc_type: into IocType = "iocType",
        /// Only actions that are in use, or that are not.
        enabled: bool = "enabled",
        /// The number of actions to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of actions to return: 50 unless set.
        limit: u32 = "limit",
    }
}

open_enum! {
    /// The kind of value that an action is for.
    IocType {
        /// An autonomous system.
        Asn = "ASN",
        /// A domain.
        Domain = "DOMAIN",
        /// A hash.
        Hash = "HASH",
        /// An IP address.
        IpAddress = "IP_ADDRESS",
        /// A MAC address.
        MacAddress = "MAC_ADDRESS",
        /// A port.
        Port = "PORT",
        /// Any record field.
        RecordProperty = "RECORD_PROPERTY",
        /// A URL.
        Url = "URL",
    }
}

open_enum! {
    /// The type of an action.
    ContextActionType {
        /// Searches logs.
        Query = "QUERY",
        /// Opens a page.
        Url = "URL",
    }
}

request_body! {
    /// A context action to be created.
    NewContextAction {
        [
            /// The name.
            name: String,
            /// The kinds of values it is for.
            ioc_types: Vec<IocType>,
        ]
        /// The type of the action.
        #[serde(rename = "type")]
        action_type: ContextActionType,
        /// The search or the address, with a place for the value.
        template: String,
        /// The kinds of entities it is for.
        entity_types: Vec<String>,
        /// The record fields it is for.
        record_fields: Vec<String>,
        /// True if it is for all record fields.
        all_record_fields: bool,
    }
}

request_body! {
    /// New settings of a context action.
    ContextActionUpdate {
        [
            /// The name.
            name: String,
            /// The kinds of values it is for.
            ioc_types: Vec<IocType>,
        ]
        /// The type of the action.
        #[serde(rename = "type")]
        action_type: ContextActionType,
        /// The address; the older name of `template`.
        url_template: String,
        /// The search or the address, with a place for the value.
        template: String,
        /// The kinds of entities it is for.
        entity_types: Vec<String>,
        /// The record fields it is for.
        record_fields: Vec<String>,
        /// True if it is for all record fields.
        all_record_fields: bool,
        /// True if it is in use.
        enabled: bool,
    }
}

model! {
    /// A context action.
    ContextAction {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// The type of the action.
        #[serde(rename = "type")]
        action_type: Option<ContextActionType>,
        /// The search or the address, with a place for the value.
        template: Option<String>,
        /// The kinds of values it is for.
        ioc_types: Vec<IocType>,
        /// The kinds of entities it is for.
        entity_types: Vec<String>,
        /// The record fields it is for.
        record_fields: Vec<String>,
        /// True if it is for all record fields.
        all_record_fields: bool,
        /// True if it is in use.
        enabled: bool,
    }
}
