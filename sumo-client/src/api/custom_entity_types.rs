//! Kinds of entities that the tenant defines itself.

use crate::api::{Acknowledged, group, model, request, request_body};
use crate::call::Call;
use crate::page::Page;

group! {
    /// The kinds of entities that the tenant defines itself.
    CustomEntityTypes by custom_entity_types
}

impl CustomEntityTypes {
    /// Lists the kinds.
    pub fn list(&self) -> ListCustomEntityTypes {
        ListCustomEntityTypes {
            call: Call::get(&self.client, "GetCustomEntityTypes", "/custom-entity-types", &[]),
        }
    }

    /// One kind.
    pub fn get(&self, id: &str) -> Call<CustomEntityType> {
        Call::get(&self.client, "GetCustomEntityType", "/custom-entity-types/{id}", &[id])
    }

    /// Changes the tenant: creates a kind.
    pub fn create(&self, entity_type: &NewCustomEntityType) -> Call<CustomEntityType> {
        Call::post(&self.client, "CreateCustomEntityType", "/custom-entity-types", &[]).fields(entity_type)
    }

    /// Changes the tenant: sets the name and the record fields of a kind.
    pub fn update(&self, id: &str, entity_type: &CustomEntityTypeUpdate) -> Call<CustomEntityType> {
        Call::put(&self.client, "UpdateCustomEntityType", "/custom-entity-types/{id}", &[id])
            .fields(entity_type)
    }

    /// Changes the tenant: deletes a kind.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteCustomEntityType", "/custom-entity-types/{id}", &[id])
    }
}

request! {
    /// The request of [`CustomEntityTypes::list`].
    ListCustomEntityTypes lists Page<CustomEntityType> {
        /// The number of kinds to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of kinds to return: 50 unless set.
        limit: u32 = "limit",
    }
}

request_body! {
    /// A kind to be created.
    NewCustomEntityType {
        [
            /// The name shown.
            name: String,
            /// The internal name, which entity ids begin with.
            identifier: String,
            /// The record fields that hold such entities.
            fields: Vec<String>,
        ]
    }
}

request_body! {
    /// New settings of a kind.
    CustomEntityTypeUpdate {
        [
            /// The name shown.
            name: String,
            /// The record fields that hold such entities.
            fields: Vec<String>,
        ]
    }
}

model! {
    /// A kind of entities that the tenant defines itself.
    CustomEntityType {
        [
            /// The id.
            id: String,
        ]
        /// The internal name.
        identifier: String,
        /// The name shown.
        name: String,
        /// The record fields that hold such entities.
        fields: Vec<String>,
    }
}
