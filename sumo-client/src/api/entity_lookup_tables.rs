//! Lookup tables of the tenant that turn ids into names of users and hosts.

use serde::Serialize;

use crate::api::{Acknowledged, group, model, request_body};
use crate::call::Call;
use crate::model::open_enum;

group! {
    /// The lookup tables of the tenant that turn ids into names.
    EntityLookupTables by entity_lookup_tables
}

impl EntityLookupTables {
    /// All tables.
    pub fn list(&self) -> Call<Vec<EntityLookupTable>> {
        Call::get(
            &self.client,
            "GetCustomerSourcedLookupTables",
            "/entity-lookup-tables/customer-sourced",
            &[],
        )
    }

    /// One table.
    pub fn get(&self, id: &str) -> Call<EntityLookupTable> {
        let path = "/entity-lookup-tables/customer-sourced/{id}";
        Call::get(&self.client, "GetCustomerSourcedLookupTable", path, &[id])
    }

    /// Changes the tenant: puts a table to use.
    pub fn create(&self, table: &NewEntityLookupTable) -> Call<EntityLookupTable> {
        let path = "/entity-lookup-tables/customer-sourced";
        Call::post(&self.client, "CreateCustomerSourcedEntityLookupTable", path, &[]).fields(table)
    }

    /// Changes the tenant: sets the source category that a table is for.
    pub fn update(&self, id: &str, source_category: &str) -> Call<EntityLookupTable> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Update<'a> {
            source_category: &'a str,
        }
        let path = "/entity-lookup-tables/customer-sourced/{id}";
        Call::put(&self.client, "UpdateCustomerSourcedEntityLookupTable", path, &[id])
            .fields(&Update { source_category })
    }

    /// Changes the tenant: takes a table out of use.
    ///
    /// The vendor's description spells the path of this operation alone `customer-source`; it is
    /// sent like that.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        let path = "/entity-lookup-tables/customer-source/{id}";
        Call::delete(&self.client, "DeleteCustomerSourcedEntityLookupTable", path, &[id])
    }
}

open_enum! {
    /// The conversion that a table makes.
    LookupTableType {
        /// Ids of hosts into host names.
        HostIdToHostname = "hostIdToHostname",
        /// Ids of users into user names.
        UserIdToUsername = "userIdToUsername",
        /// User names into other user names.
        UsernameToUsername = "usernameToUsername",
    }
}

request_body! {
    /// A table to be put to use.
    NewEntityLookupTable {
        [
            /// The conversion that it makes.
            #[serde(rename = "type")]
            table_type: LookupTableType,
            /// The column of the keys.
            key_column_name: String,
            /// The column of the values.
            value_column_name: String,
            /// The path of the table in the library.
            table_path: String,
        ]
        /// The source category that it is for.
        source_category: String,
    }
}

model! {
    /// A lookup table in use.
    EntityLookupTable {
        [
            /// The id.
            id: String,
        ]
        /// The id of the table.
        table_id: String,
        /// The id of the table in the library.
        content_id: String,
        /// The conversion that it makes.
        #[serde(rename = "type")]
        table_type: Option<LookupTableType>,
        /// The column of the keys.
        key_column_name: String,
        /// The column of the values.
        value_column_name: String,
        /// The path of the table in the library.
        table_path: Option<String>,
        /// The source category that it is for.
        source_category: Option<String>,
    }
}
