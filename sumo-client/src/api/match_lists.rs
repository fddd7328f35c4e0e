//! Match lists, which rules look values up in, with their items and custom columns.

use serde::Serialize;

use crate::api::{Acknowledged, SortDirection, group, model, request, request_body};
use crate::call::Call;
use crate::envelope;
use crate::model::open_enum;
use crate::page::{Page, TokenPage};
use crate::query::Query;
use crate::timestamp::Timestamp;

group! {
    /// The match lists of the tenant.
    MatchLists by match_lists
}

impl MatchLists {
    /// Lists the match lists.
    pub fn list(&self) -> ListMatchLists {
        ListMatchLists { call: Call::get(&self.client, "GetMatchLists", "/match-lists", &[]) }
    }

    /// One match list.
    pub fn get(&self, id: &str) -> GetMatchList {
        GetMatchList { call: Call::get(&self.client, "GetMatchList", "/match-lists/{id}", &[id]) }
    }

    /// Changes the tenant: creates a match list.
    pub fn create(&self, list: &NewMatchList) -> Call<MatchList> {
        Call::post(&self.client, "CreateMatchList", "/match-lists", &[]).fields(list)
    }

    /// Changes the tenant: sets the description and settings of a match list.
    pub fn update(&self, id: &str, list: &MatchListUpdate) -> Call<MatchList> {
        Call::put(&self.client, "UpdateMatchList", "/match-lists/{id}", &[id]).fields(list)
    }

    /// Changes the tenant: deletes a match list with its items.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteMatchList", "/match-lists/{id}", &[id])
    }

    /// Changes the tenant: adds items to a match list. Send at most 1,000 at a time.
    pub fn add_items(&self, id: &str, items: &[NewListItem]) -> Call<Acknowledged> {
        Call::post(&self.client, "AddItemsToMatchList", "/match-lists/{id}/items", &[id])
            .json(&Items { items })
    }
}

/// The body that adds items to a list.
#[derive(Serialize)]
pub(crate) struct Items<'a> {
    pub(crate) items: &'a [NewListItem],
}

request! {
    /// The request of [`MatchLists::list`].
    ListMatchLists lists Page<MatchList> {
        /// How many lists to skip: 0 unless set.
        offset: u64 = "offset",
        /// How many lists to give: 50 unless set.
        limit: u32 = "limit",
        /// The member to sort by.
        sort: into String = "sort",
        /// The direction to sort in: ascending unless set.
        sort_direction: into SortDirection = "sortDir",
    }
}

request! {
    /// The request of [`MatchLists::get`].
    GetMatchList -> MatchList {
        /// Whether to give the name of a custom target column in place of its id.
        target_custom_column_name: bool = "getTargetCustomColumnName",
    }
}

request_body! {
    /// A match list to be created.
    NewMatchList {
        [
            /// The name, by which rules refer to the list.
            name: String,
            /// The kind of values: a built-in column such as [`TargetColumn::Ip`], or a custom one.
            target_column: TargetColumn,
        ]
        /// What the list is for.
        description: String,
        /// How many seconds the web console lets new items live unless told otherwise.
        default_ttl: u64,
        /// Whether the list is in use.
        active: bool,
    }
}

request_body! {
    /// New settings of a match list.
    MatchListUpdate {
        [
            /// What the list is for.
            description: String,
        ]
        /// How many seconds the web console lets new items live unless told otherwise.
        default_ttl: u64,
        /// Whether the list is in use.
        active: bool,
    }
}

open_enum! {
    /// The column of records that a list is compared with. Tenants can define their own.
    TargetColumn {
        /// A host name.
        Hostname = "Hostname",
        /// A file hash.
        FileHash = "FileHash",
        /// A URL.
        Url = "Url",
        /// The source address.
        SourceIp = "SrcIp",
        /// The destination address.
        DestinationIp = "DstIp",
        /// A domain.
        Domain = "Domain",
        /// A user name.
        Username = "Username",
        /// Any address.
        Ip = "Ip",
        /// An autonomous system.
        Asn = "Asn",
        /// An internet service provider.
        Isp = "Isp",
        /// An organisation.
        Org = "Org",
        /// The autonomous system of the source.
        SourceAsn = "SrcAsn",
        /// The internet service provider of the source.
        SourceIsp = "SrcIsp",
        /// The organisation of the source.
        SourceOrg = "SrcOrg",
        /// The autonomous system of the destination.
        DestinationAsn = "DstAsn",
        /// The internet service provider of the destination.
        DestinationIsp = "DstIsp",
        /// The organisation of the destination.
        DestinationOrg = "DstOrg",
    }
}

model! {
    /// A match list or a suppress list.
    MatchList {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// What the list is for.
        description: Option<String>,
        /// How many seconds the web console lets new items live.
        default_ttl: Option<i64>,
        /// The kind of values.
        target_column: Option<TargetColumn>,
        /// When it was created.
        created: Option<Timestamp>,
        /// Who created it.
        created_by: Option<String>,
        /// When it was last changed.
        last_updated: Option<Timestamp>,
        /// Who last changed it.
        last_updated_by: Option<String>,
    }
}

request_body! {
    /// An item to be added to a match list or a suppress list.
    NewListItem {
        [
            /// The value.
            value: String,
            /// What the item is for.
            description: String,
            /// Whether the item is in use.
            active: bool,
        ]
        /// When the item ends; it lives on unless set.
        expiration: Timestamp,
    }
}

request_body! {
    /// New settings of an item or an indicator.
    ListItemUpdate {
        [
            /// What the item is for.
            description: String,
            /// Whether the item is in use.
            active: bool,
        ]
        /// When the item ends; it lives on unless set.
        expiration: Timestamp,
    }
}

model! {
    /// An item of a match list or a suppress list.
    ListItem {
        [
            /// The id.
            id: String,
        ]
        /// The value.
        value: String,
        /// Whether the item is in use.
        active: bool,
        /// When the item ends.
        expiration: Option<Timestamp>,
        /// What it is for, and who put it there.
        meta: Option<ItemMeta>,
        /// The name of its list.
        list_name: Option<String>,
    }
}

model! {
    /// What an item is for, and who put it there.
    ItemMeta {
        /// What it is for.
        description: Option<String>,
        /// Who created it, and when.
        created: Option<ItemChange>,
        /// Who last changed it, and when.
        updated: Option<ItemChange>,
    }
}

model! {
    /// Who changed an item, and when.
    ItemChange {
        /// The user.
        username: Option<String>,
        /// The time.
        when: Option<Timestamp>,
    }
}

group! {
    /// The items of all match lists of the tenant.
    MatchListItems by match_list_items
}

impl MatchListItems {
    /// Lists items.
    pub fn list(&self) -> ListMatchListItems {
        ListMatchListItems { call: Call::get(&self.client, "GetMatchListItems", "/match-list-items", &[]) }
    }

    /// Lists any number of items, page after page by a token that lives one minute.
    pub fn list_all(&self) -> ListAllMatchListItems {
        ListAllMatchListItems {
            call: Call::get(&self.client, "GetAllMatchListItems", "/match-list-items/all", &[])
                .decoded_by(envelope::decode_token_page),
        }
    }

    /// One item.
    pub fn get(&self, id: &str) -> Call<ListItem> {
        Call::get(&self.client, "GetMatchListItem", "/match-list-items/{id}", &[id])
    }

    /// Changes the tenant: sets an item anew.
    pub fn update(&self, id: &str, item: &ListItemUpdate) -> Call<ListItem> {
        Call::put(&self.client, "UpdateMatchListItem", "/match-list-items/{id}", &[id]).fields(item)
    }

    /// Changes the tenant: deletes an item.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteMatchListItem", "/match-list-items/{id}", &[id])
    }

    /// Changes the tenant: deletes many items.
    pub fn bulk_delete(&self, ids: &[&str]) -> Call<BulkDeletion> {
        #[derive(Serialize)]
        struct Ids<'a> {
            ids: &'a [&'a str],
        }
        Call::post(&self.client, "BulkDeleteMatchListItems", "/match-list-items/bulk-delete", &[])
            .json(&Ids { ids })
    }
}

request! {
    /// The request of [`MatchListItems::list`] and of
    /// [`SuppressListItems::list`](crate::api::suppress_lists::SuppressListItems::list).
    ListMatchListItems lists Page<ListItem> {
        /// Only items that match this filter.
        q: into Query = "q",
        /// Only items with this value.
        value: into String = "value",
        /// Only items of these lists.
        list_ids: each String = "listIds",
        /// How many items to skip: 0 unless set.
        offset: u64 = "offset",
        /// How many items to give: 50 unless set; 1,000 is known to work.
        limit: u32 = "limit",
    }
}

request! {
    /// The request of [`MatchListItems::list_all`].
    ListAllMatchListItems lists TokenPage<ListItem> {
        /// Only items of these lists.
        list_ids: each String = "listIds",
        /// Continues after an earlier page.
        next_page_token: into String = "nextPageToken",
    }
}

model! {
    /// What became of a bulk deletion.
    BulkDeletion {
        /// The ids that could not be deleted.
        error_results: Vec<String>,
    }
}

group! {
    /// The custom columns that match lists can be compared with.
    CustomMatchListColumns by custom_match_list_columns
}

impl CustomMatchListColumns {
    /// All custom columns.
    pub fn list(&self) -> Call<Vec<CustomMatchListColumn>> {
        Call::get(&self.client, "GetCustomMatchListColumns", "/custom-match-list-columns", &[])
    }

    /// One custom column.
    pub fn get(&self, id: &str) -> Call<CustomMatchListColumn> {
        Call::get(&self.client, "GetCustomMatchListColumn", "/custom-match-list-columns/{id}", &[id])
    }

    /// Changes the tenant: creates a custom column.
    pub fn create(&self, column: &CustomMatchListColumnFields) -> Call<CustomMatchListColumn> {
        Call::post(&self.client, "CreateCustomMatchListColumn", "/custom-match-list-columns", &[])
            .fields(column)
    }

    /// Changes the tenant: sets a custom column anew.
    pub fn update(&self, id: &str, column: &CustomMatchListColumnFields) -> Call<CustomMatchListColumn> {
        Call::put(&self.client, "UpdateCustomMatchListColumn", "/custom-match-list-columns/{id}", &[id])
            .fields(column)
    }

    /// Changes the tenant: deletes a custom column.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteCustomMatchListColumn", "/custom-match-list-columns/{id}", &[id])
    }
}

request_body! {
    /// A custom column to be created or set.
    CustomMatchListColumnFields {
        [
            /// The name.
            name: String,
            /// The record fields that are compared with the list.
            fields: Vec<String>,
        ]
    }
}

model! {
    /// A custom column.
    CustomMatchListColumn {
        [
            /// The id.
            id: String,
        ]
        /// The name.
        name: String,
        /// The record fields that are compared with the list.
        fields: Vec<String>,
    }
}
