//! Suppress lists, whose values keep signals from counting, with their items.

use crate::api::match_lists::{
    self, Items, ListItem, ListItemUpdate, ListMatchListItems, ListMatchLists, MatchList, MatchListUpdate,
    NewListItem, NewMatchList,
};
use crate::api::{Acknowledged, group};
use crate::call::Call;
use crate::error::Error;

group! {
    /// The suppress lists of the tenant. They have the form of match lists.
    SuppressLists by suppress_lists
}

impl SuppressLists {
    /// Lists the suppress lists.
    pub fn list(&self) -> ListMatchLists {
        ListMatchLists { call: Call::get(&self.client, "GetSuppressLists", "/suppress-lists", &[]) }
    }

    /// One suppress list.
    pub fn get(&self, id: &str) -> Call<MatchList> {
        Call::get(&self.client, "GetSuppressList", "/suppress-lists/{id}", &[id])
    }

    /// Finds a suppress list by its name, which is compared exactly.
    ///
    /// # Errors
    /// Returns an error if a page of lists cannot be read.
    pub async fn find_by_name(&self, name: &str) -> Result<Option<MatchList>, Error> {
        match_lists::find_by_name(self.list().limit(100).listing(), name).await
    }

    /// Changes the tenant: creates a suppress list.
    pub fn create(&self, list: &NewMatchList) -> Call<MatchList> {
        Call::post(&self.client, "CreateSuppressList", "/suppress-lists", &[]).fields(list)
    }

    /// Changes the tenant: sets the description and settings of a suppress list.
    pub fn update(&self, id: &str, list: &MatchListUpdate) -> Call<MatchList> {
        Call::put(&self.client, "UpdateSuppressList", "/suppress-lists/{id}", &[id]).fields(list)
    }

    /// Changes the tenant: deletes a suppress list with its items.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteSuppressList", "/suppress-lists/{id}", &[id])
    }

    /// Changes the tenant: adds items to a suppress list, which then hides every signal with these
    /// values. They appear in lists of items some [15 seconds](match_lists::APPEARANCE_DELAY)
    /// later.
    pub fn add_items(&self, id: &str, items: &[NewListItem]) -> Call<Acknowledged> {
        Call::post(&self.client, "AddItemsToSuppressList", "/suppress-lists/{id}/items", &[id])
            .json(&Items { items })
    }
}

group! {
    /// The items of all suppress lists of the tenant.
    SuppressListItems by suppress_list_items
}

impl SuppressListItems {
    /// Lists items.
    pub fn list(&self) -> ListMatchListItems {
        ListMatchListItems {
            call: Call::get(&self.client, "GetSuppressListItems", "/suppress-list-items", &[]),
        }
    }

    /// One item.
    pub fn get(&self, id: &str) -> Call<ListItem> {
        Call::get(&self.client, "GetSuppressListItem", "/suppress-list-items/{id}", &[id])
    }

    /// Changes the tenant: sets an item anew.
    pub fn update(&self, id: &str, item: &ListItemUpdate) -> Call<ListItem> {
        Call::put(&self.client, "UpdateSuppressListItem", "/suppress-list-items/{id}", &[id]).fields(item)
    }

    /// Changes the tenant: deletes an item.
    pub fn delete(&self, id: &str) -> Call<Acknowledged> {
        Call::delete(&self.client, "DeleteSuppressListItem", "/suppress-list-items/{id}", &[id])
    }
}
