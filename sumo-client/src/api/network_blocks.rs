//! Network blocks: what the tenant knows about its networks.

use serde::Serialize;

use crate::api::{Acknowledged, SortDirection, group, model, request, request_body};
use crate::call::Call;
use crate::model::open_enum;
use crate::page::Page;

group! {
    /// The network blocks of the tenant.
    NetworkBlocks by network_blocks
}

impl NetworkBlocks {
    /// Lists the network blocks.
    pub fn list(&self) -> ListNetworkBlocks {
        ListNetworkBlocks { call: Call::get(&self.client, "GetNetworkBlocks", "/network-blocks", &[]) }
    }

    /// One network block.
    pub fn get(&self, id: &str) -> Call<NetworkBlock> {
        Call::get(&self.client, "GetNetworkBlock", "/network-blocks/{id}", &[id])
    }

    /// Changes the tenant: creates a network block.
    pub fn create(&self, block: &NewNetworkBlock) -> Call<NetworkBlock> {
        Call::post(&self.client, "CreateNetworkBlock", "/network-blocks", &[]).fields(block)
    }

    /// Changes the tenant: sets parts of a network block.
    pub fn update(&self, id: &str, block: &NetworkBlockUpdate) -> Call<NetworkBlock> {
        Call::put(&self.client, "UpdateNetworkBlock", "/network-blocks/{id}", &[id]).fields(block)
    }

    /// Changes the tenant: deletes a network block.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteNetworkBlock", "/network-blocks/{id}", &[id])
    }

    /// Changes the tenant: creates many network blocks, or sets those that are there.
    pub fn bulk_upsert(&self, blocks: &[NewNetworkBlock]) -> Call<Vec<NetworkBlock>> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Blocks<'a> {
            network_blocks: &'a [NewNetworkBlock],
        }
        Call::post(&self.client, "BulkUpsertNetworkBlocks", "/network-blocks/bulk", &[])
            .json(&Blocks { network_blocks: blocks })
    }

    /// The network blocks that hold an address.
    pub fn lookup(&self, address: &str) -> Call<Vec<NetworkBlock>> {
        Call::get(&self.client, "LookupNetworkBlocksByIp", "/network-blocks/ip-lookup", &[])
            .query("address", address)
    }
}

request! {
    /// The request of [`NetworkBlocks::list`].
    ListNetworkBlocks lists Page<NetworkBlock> {
        /// The number of blocks to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of blocks to return: 50 unless set.
        limit: u32 = "limit",
        /// The sort key: the address unless set.
        sort: into NetworkBlockSort = "sort",
        /// The direction to sort in: ascending unless set.
        sort_direction: into SortDirection = "sortDir",
    }
}

open_enum! {
    /// A sort key of network blocks.
    NetworkBlockSort {
        /// The address.
        AddressBlock = "ADDRESS_BLOCK",
        /// The time of creation.
        Created = "CREATED",
        /// The `internal` flag.
        Internal = "INTERNAL",
        /// The label.
        Label = "LABEL",
        /// The `suppressesSignals` flag.
        SuppressesSignals = "SUPPRESSES_SIGNALS",
    }
}

request_body! {
    /// A network block to be created.
    NewNetworkBlock {
        [
            /// The network in CIDR form, such as `192.0.2.0/24`.
            address_block: String,
        ]
        /// The label.
        label: String,
        /// True if it is the tenant's own network.
        internal: bool,
        /// True if signals about its addresses are suppressed.
        suppresses_signals: bool,
    }
}

request_body! {
    /// New settings of a network block.
    NetworkBlockUpdate {
        /// The network in CIDR form.
        address_block: String,
        /// The label.
        label: String,
        /// True if it is the tenant's own network.
        internal: bool,
        /// True if signals about its addresses are suppressed.
        suppresses_signals: bool,
    }
}

model! {
    /// A network block.
    NetworkBlock {
        [
            /// The id.
            id: String,
        ]
        /// The network in CIDR form.
        address_block: String,
        /// The label.
        label: Option<String>,
        /// True if it is the tenant's own network.
        internal: bool,
        /// True if signals about its addresses are suppressed.
        suppresses_signals: bool,
    }
}
