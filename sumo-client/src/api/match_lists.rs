//! Match lists, which rules look values up in, with their items and custom columns.
//!
//! Limits and habits of the lists, from the vendor's pages on match lists and its Terraform
//! provider:
//! - A match list holds at most [`MAX_MATCH_LIST_ITEMS`], a suppress list
//!   [`MAX_SUPPRESS_LIST_ITEMS`]; a value has at most [`MAX_VALUE_CHARS`].
//! - Values are compared exactly, except that an item of a list of addresses may be a CIDR block,
//!   and an item of a list of domains matches its subdomains, too.
//! - The target column of a list never changes.
//! - Items appear in lists, and vanish from them, about [15 seconds](APPEARANCE_DELAY) after they
//!   were added or deleted.
//! - What becomes of a value that is added twice is not documented.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use serde::Serialize;

use crate::api::{Acknowledged, SortDirection, group, model, request, request_body};
use crate::call::Call;
use crate::envelope;
use crate::error::Error;
use crate::listing::Listing;
pub use crate::match_list_sync::{SyncError, SyncItems, SyncReport};
use crate::model::open_enum;
use crate::page::{Page, TokenPage};
use crate::query::Query;
use crate::timestamp::Timestamp;

/// The most items that a match list holds.
pub const MAX_MATCH_LIST_ITEMS: usize = 100_000;

/// The most items that a suppress list holds.
pub const MAX_SUPPRESS_LIST_ITEMS: usize = 50_000;

/// The most characters that the value of an item has.
pub const MAX_VALUE_CHARS: usize = 2_000;

/// The most items that one call is known to add to a list.
pub const ITEMS_PER_CALL: usize = 1_000;

/// The time after an add or a delete until lists of items show it, as the vendor's own Terraform
/// provider waits.
pub const APPEARANCE_DELAY: Duration = Duration::from_secs(15);

/// The number of lists in a page of a search by name; 100 is known to work for such lists.
const LISTS_PER_PAGE: u32 = 100;

group! {
    /// The match lists of the tenant.
    MatchLists by match_lists
}

impl MatchLists {
    /// Lists the match lists.
    pub fn list(&self) -> ListMatchLists {
        ListMatchLists { call: Call::get(&self.client, "GetMatchLists", "/match-lists", &[]) }
    }

    /// Gets one match list.
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

    /// Finds a match list by its name, which is compared exactly. Names are unique.
    ///
    /// ```no_run
    /// # async fn run(client: sumo_client::Client) -> Result<(), sumo_client::Error> {
    /// if let Some(list) = client.match_lists().find_by_name("blocked_ips").await? {
    ///     println!("{} compares with {:?}", list.id, list.target_column);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if a page of lists cannot be read.
    pub async fn find_by_name(&self, name: &str) -> Result<Option<MatchList>, Error> {
        find_by_name(self.list().limit(LISTS_PER_PAGE).listing(), name).await
    }

    /// Changes the tenant: adds items to a match list. Send at most 1,000 at a time. They appear in
    /// lists of items some [15 seconds](APPEARANCE_DELAY) later.
    pub fn add_items(&self, id: &str, items: &[NewListItem]) -> Call<Acknowledged> {
        Call::post(&self.client, "AddItemsToMatchList", "/match-lists/{id}/items", &[id])
            .json(&Items { items })
    }
}

/// Finds the first list with this name; pages after it are not fetched.
pub(crate) async fn find_by_name(
    lists: Listing<Page<MatchList>>,
    name: &str,
) -> Result<Option<MatchList>, Error> {
    let mut lists = std::pin::pin!(lists.items());
    while let Some(list) = lists.try_next().await? {
        if list.name == name {
            return Ok(Some(list));
        }
    }
    Ok(None)
}

/// The body that adds items to a list.
#[derive(Serialize)]
pub(crate) struct Items<'a> {
    pub(crate) items: &'a [NewListItem],
}

request! {
    /// The request of [`MatchLists::list`].
    ListMatchLists lists Page<MatchList> {
        /// The number of lists to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of lists to return: 50 unless set.
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
        /// True to return the name of a custom target column in place of its id.
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
        /// The description of the list.
        description: String,
        /// The lifetime of new items in the web console, in seconds, unless told otherwise.
        default_ttl: u64,
        /// True if the list is in use.
        active: bool,
    }
}

request_body! {
    /// New settings of a match list.
    MatchListUpdate {
        [
            /// The description of the list.
            description: String,
        ]
        /// The lifetime of new items in the web console, in seconds, unless told otherwise.
        default_ttl: u64,
        /// True if the list is in use.
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
        /// The description of the list.
        description: Option<String>,
        /// The lifetime of new items in the web console, in seconds.
        default_ttl: Option<i64>,
        /// The kind of values.
        target_column: Option<TargetColumn>,
        /// The time of creation.
        created: Option<Timestamp>,
        /// The user who created it.
        created_by: Option<String>,
        /// The time of the last change.
        last_updated: Option<Timestamp>,
        /// The user who last changed it.
        last_updated_by: Option<String>,
    }
}

request_body! {
    /// An item to be added to a match list or a suppress list.
    NewListItem {
        [
            /// The value.
            value: String,
            /// The description of the item.
            description: String,
            /// True if the item is in use.
            active: bool,
        ]
        /// The time at which the item expires; unset: never.
        expiration: Timestamp,
    }
}

request_body! {
    /// New settings of an item or an indicator.
    ListItemUpdate {
        [
            /// The description of the item.
            description: String,
            /// True if the item is in use.
            active: bool,
        ]
        /// The time at which the item expires; unset: never.
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
        /// True if the item is in use.
        active: bool,
        /// The time at which the item expires.
        expiration: Option<Timestamp>,
        /// The description of the item, and who created and changed it.
        meta: Option<ItemMeta>,
        /// The name of its list.
        list_name: Option<String>,
    }
}

impl ListItem {
    /// Returns true if the item counts at `now`: it is in use and has not expired.
    ///
    /// An expiration that is not a time counts as none.
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        is_in_force(self.active, self.expiration.as_ref(), now)
    }
}

/// Returns true if it is in use and expires after `now`, or never.
pub(crate) fn is_in_force(active: bool, expiration: Option<&Timestamp>, now: DateTime<Utc>) -> bool {
    active && expiration.and_then(Timestamp::utc).is_none_or(|end| now < end)
}

model! {
    /// The description of an item, and who created and changed it.
    ItemMeta {
        /// The description.
        description: Option<String>,
        /// The creation: user and time.
        created: Option<ItemChange>,
        /// The last change: user and time.
        updated: Option<ItemChange>,
    }
}

model! {
    /// A change of an item: user and time.
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
    /// Lists items, for example those with any of some values:
    ///
    /// ```no_run
    /// # async fn run(client: sumo_client::Client) -> Result<(), sumo_client::Error> {
    /// use sumo_client::query::{Query, list_items};
    ///
    /// // Items of domains match subdomains, so ask for the parents, too, and compare the items
    /// // yourself.
    /// let values = ["mail.example.com", "example.com"];
    /// let query = Query::from(list_items::VALUE.one_of(values));
    /// let items = client.match_list_items();
    /// let page = items.list().q(query).list_ids(["173", "174"]).limit(1_000).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self) -> ListMatchListItems {
        ListMatchListItems { call: Call::get(&self.client, "GetMatchListItems", "/match-list-items", &[]) }
    }

    /// Lists any number of items, page after page by a token that lives one minute. The only way to
    /// find the CIDR blocks that hold an address.
    pub fn list_all(&self) -> ListAllMatchListItems {
        ListAllMatchListItems {
            call: Call::get(&self.client, "GetAllMatchListItems", "/match-list-items/all", &[])
                .decoded_by(envelope::decode_token_page),
        }
    }

    /// Gets one item.
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
        /// The number of items to skip: 0 unless set.
        offset: u64 = "offset",
        /// The maximum number of items to return: 50 unless set; 1,000 is known to work.
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
    /// The outcome of a bulk deletion.
    #[must_use = "it names the items that could not be deleted"]
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
    /// Lists all custom columns.
    pub fn list(&self) -> Call<Vec<CustomMatchListColumn>> {
        Call::get(&self.client, "GetCustomMatchListColumns", "/custom-match-list-columns", &[])
    }

    /// Gets one custom column.
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
