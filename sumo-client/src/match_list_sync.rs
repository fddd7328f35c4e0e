//! Bringing the items of a match list in line with a wanted set.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::api::match_lists::{
    ITEMS_PER_CALL, ListItem, ListItemUpdate, MAX_MATCH_LIST_ITEMS, MAX_VALUE_CHARS, MatchLists, NewListItem,
};
use crate::client::Client;
use crate::error::{Error, cut, write_causes};
use crate::timestamp::Timestamp;

/// The number of items that one call deletes. The server's limit is not documented; such calls are
/// small and few.
const DELETIONS_PER_CALL: usize = 100;

/// The most of a value that an error shows, in bytes.
const MAX_SHOWN_VALUE: usize = 60;

/// Brings the items of a match list in line with a wanted set; made by
/// [`MatchLists::sync_items`].
///
/// The items of the list are read first. Then wanted values that are missing are added, 1,000 in a
/// call, and items whose description, state or expiration differ are updated one by one. Items that
/// are not wanted stay, unless [`remove_others`](Self::remove_others) says otherwise; they go last,
/// so that nothing is uncovered in between. Of a value that is wanted twice, the last item counts.
/// Values are compared exactly.
///
/// A second run does nothing, once the server shows what the first has done: wait for
/// [`APPEARANCE_DELAY`](crate::api::match_lists::APPEARANCE_DELAY) before it, since items that were
/// just added do not appear yet and would be added again. After an error a new run goes on where
/// the last one ended. Nothing is locked: changes by others at the same time are not seen.
///
/// ```no_run
/// # async fn run(client: sumo_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use sumo_client::api::match_lists::NewListItem;
///
/// let list = client.match_lists().find_by_name("blocked_ips").await?.ok_or("no such list")?;
/// let items = ["198.51.100.24", "203.0.113.0/24"]
///     .map(|value| NewListItem::builder().value(value).description("blocklist").active(true))
///     .map(|item| item.build());
/// let sync = client.match_lists().sync_items(&list.id, items).remove_others(true);
/// println!("would be done: {}", sync.clone().dry_run(true).send().await?);
/// println!("done: {}", sync.send().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is done until it is sent"]
pub struct SyncItems {
    client: Client,
    list_id: String,
    wanted: Vec<NewListItem>,
    removes_others: bool,
    is_dry_run: bool,
}

/// The changes that a [`SyncItems`] made or, in a dry run, would make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncReport {
    /// Items added.
    pub added: usize,
    /// Items whose description, state or expiration was set anew.
    pub updated: usize,
    /// Items removed.
    pub removed: usize,
    /// Items that the server would not remove, mostly since they were gone already.
    pub not_removed: usize,
    /// Wanted items that were there as wanted.
    pub unchanged: usize,
}

impl fmt::Display for SyncReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, updated, removed, not_removed, unchanged } = self;
        write!(f, "{added} added, {updated} updated, {removed} removed, {unchanged} unchanged")?;
        if *not_removed > 0 {
            write!(f, ", {not_removed} not removed")?;
        }
        Ok(())
    }
}

/// The error that ended a [`SyncItems`], with the changes made until then.
///
/// A call whose outcome is not known, such as one that timed out, is not part of the report.
#[derive(thiserror::Error)]
#[error("the items could not all be brought in line ({report} so far): {source}")]
pub struct SyncError {
    report: SyncReport,
    source: Error,
}

impl SyncError {
    /// Returns the changes made before the error.
    pub fn report(&self) -> &SyncReport {
        &self.report
    }

    /// Returns the error itself.
    pub fn error(&self) -> &Error {
        &self.source
    }
}

impl fmt::Debug for SyncError {
    /// Writes the message and its causes; with `{:#?}` every detail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return write_causes(f, self);
        }
        f.debug_struct("SyncError").field("report", &self.report).field("source", &self.source).finish()
    }
}

impl From<SyncError> for Error {
    /// Keeps the error and drops the report.
    fn from(error: SyncError) -> Self {
        error.source
    }
}

/// The difference between a list and the wanted items.
#[derive(Debug, Default)]
struct Plan {
    to_add: Vec<NewListItem>,
    to_update: Vec<(String, ListItemUpdate)>,
    to_remove: Vec<String>,
    unchanged: usize,
}

impl MatchLists {
    /// Changes the tenant: brings the items of a match list in line with `items`, and leaves items
    /// alone that are already there. See [`SyncItems`].
    pub fn sync_items(&self, id: &str, items: impl IntoIterator<Item = NewListItem>) -> SyncItems {
        SyncItems::new(&self.client, id, items)
    }
}

impl SyncItems {
    fn new(client: &Client, list_id: &str, items: impl IntoIterator<Item = NewListItem>) -> Self {
        let wanted = items.into_iter().collect();
        let client = client.clone();
        Self { client, list_id: list_id.to_owned(), wanted, removes_others: false, is_dry_run: false }
    }

    /// Removes the items of the list that are not wanted, too, and further items of the same value.
    /// Off unless set.
    pub fn remove_others(self, removes_others: bool) -> Self {
        Self { removes_others, ..self }
    }

    /// Reads the list and reports what would be done, without changing anything. Off unless set.
    pub fn dry_run(self, is_dry_run: bool) -> Self {
        Self { is_dry_run, ..self }
    }

    /// Reads the list and makes the changes.
    ///
    /// # Errors
    /// Returns an error if a value is empty or too long or there are too many items, before
    /// anything is sent, if the list does not exist, or if a call fails. The error reports the
    /// changes made until then.
    pub async fn send(self) -> Result<SyncReport, SyncError> {
        let mut report = SyncReport::default();
        match self.run(&mut report).await {
            Ok(()) => Ok(report),
            Err(source) => Err(SyncError { report, source }),
        }
    }

    async fn run(self, report: &mut SyncReport) -> Result<(), Error> {
        check(&self.wanted)?;
        let present =
            self.client.match_list_items().list_all().list_ids([&self.list_id]).listing().collect().await?;
        if present.is_empty() {
            // A list that does not exist has no items either.
            self.client.match_lists().get(&self.list_id).send().await?;
        }
        let plan = Plan::new(self.wanted, present, self.removes_others);
        report.unchanged = plan.unchanged;
        if self.is_dry_run {
            report.added = plan.to_add.len();
            report.updated = plan.to_update.len();
            report.removed = plan.to_remove.len();
            return Ok(());
        }
        plan.carry_out(&self.client, &self.list_id, report).await
    }
}

fn check(wanted: &[NewListItem]) -> Result<(), Error> {
    if wanted.len() > MAX_MATCH_LIST_ITEMS {
        return Err(Error::invalid_request(format!(
            "a match list holds at most {MAX_MATCH_LIST_ITEMS} items, not {}",
            wanted.len()
        )));
    }
    let problem = wanted.iter().enumerate().find_map(|(index, item)| problem_of(index, &item.value));
    problem.map_or(Ok(()), |problem| Err(Error::invalid_request(problem)))
}

/// Says why the value of the item at `index` cannot be part of a list.
fn problem_of(index: usize, value: &str) -> Option<String> {
    match value.chars().count() {
        0 => Some(format!("the value of item {index} (counted from 0) is empty")),
        length if length > MAX_VALUE_CHARS => Some(format!(
            "the value of item {index} (counted from 0) has {length} characters, {MAX_VALUE_CHARS} are allowed: {}…",
            cut(value, MAX_SHOWN_VALUE)
        )),
        _ => None,
    }
}

impl Plan {
    fn new(wanted: Vec<NewListItem>, present: Vec<ListItem>, removes_others: bool) -> Self {
        let order: Vec<String> = wanted.iter().map(|item| item.value.clone()).collect();
        let mut missing: HashMap<String, NewListItem> =
            wanted.into_iter().map(|item| (item.value.clone(), item)).collect();
        let mut plan = Self::default();
        let mut seen = HashSet::new();
        for item in present {
            // A row may come twice while pages are read: as another item it would be removed.
            if !seen.insert(item.id.clone()) {
                continue;
            }
            match missing.remove(&item.value) {
                Some(wanted) if is_same(&wanted, &item) => plan.unchanged += 1,
                Some(wanted) => plan.to_update.push((item.id, update_to(wanted))),
                None if removes_others => plan.to_remove.push(item.id),
                None => {}
            }
        }
        plan.to_add = order.iter().filter_map(|value| missing.remove(value)).collect();
        plan
    }

    async fn carry_out(self, client: &Client, list_id: &str, report: &mut SyncReport) -> Result<(), Error> {
        for items in self.to_add.chunks(ITEMS_PER_CALL) {
            client.match_lists().add_items(list_id, items).send().await?;
            report.added += items.len();
        }
        for (id, update) in &self.to_update {
            client.match_list_items().update(id, update).send().await?;
            report.updated += 1;
        }
        for ids in self.to_remove.chunks(DELETIONS_PER_CALL) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let failed = client.match_list_items().bulk_delete(&ids).send().await?.error_results.len();
            report.not_removed += failed;
            report.removed += ids.len().saturating_sub(failed);
        }
        Ok(())
    }
}

/// Returns true if an item is as wanted. The server keeps whole seconds of an expiration.
fn is_same(wanted: &NewListItem, item: &ListItem) -> bool {
    let seconds =
        |time: &Option<Timestamp>| time.as_ref().and_then(Timestamp::utc).map(|time| time.timestamp());
    let description = item.meta.as_ref().and_then(|meta| meta.description.as_deref()).unwrap_or_default();
    wanted.active == item.active
        && wanted.description == description
        && seconds(&wanted.expiration) == seconds(&item.expiration)
}

fn update_to(wanted: NewListItem) -> ListItemUpdate {
    let NewListItem { description, active, expiration, .. } = wanted;
    ListItemUpdate { description, active, expiration }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(value: &str, description: &str, expiration: Option<&str>) -> NewListItem {
        NewListItem::builder()
            .value(value)
            .description(description)
            .active(true)
            .maybe_expiration(expiration.map(Timestamp::from))
            .build()
    }

    fn present(id: &str, value: &str, expiration: Option<&str>) -> ListItem {
        serde_json::from_value(serde_json::json!({
            "id": id, "value": value, "active": true, "expiration": expiration, "meta": {"description": "d"},
        }))
        .unwrap()
    }

    #[test]
    fn a_plan_adds_what_is_missing_and_updates_what_differs() {
        let list = || {
            vec![
                present("1", "same", Some("2026-12-01T00:00:00")),
                present("2", "later", Some("2026-12-01T00:00:00")),
                present("3", "other", None),
                present("4", "same", None),
            ]
        };
        let wanted = || {
            vec![
                wanted("new", "first", None),
                wanted("same", "d", Some("2026-12-01T00:00:00.250Z")),
                wanted("later", "d", None),
                wanted("new", "last", None),
            ]
        };
        for (removes_others, to_remove) in [(false, vec![]), (true, vec!["3", "4"])] {
            let plan = Plan::new(wanted(), list(), removes_others);
            let added: Vec<_> =
                plan.to_add.iter().map(|item| (item.value.as_str(), item.description.as_str())).collect();
            assert_eq!(added, [("new", "last")]);
            assert_eq!(plan.to_update.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["2"]);
            assert_eq!(plan.unchanged, 1);
            assert_eq!(plan.to_remove, to_remove);
        }
    }

    #[test]
    fn an_item_that_comes_twice_is_one_item() {
        let item = || present("1", "same", None);
        let plan = Plan::new(vec![wanted("same", "d", None)], vec![item(), item()], true);
        assert_eq!(plan.unchanged, 1);
        assert!(plan.to_remove.is_empty(), "{:?}", plan.to_remove);
        let plan = Plan::new(vec![wanted("same", "other", None)], vec![item(), item()], true);
        assert_eq!((plan.to_update.len(), plan.to_remove.len()), (1, 0));
        let plan = Plan::new(Vec::new(), vec![item(), item()], true);
        assert_eq!(plan.to_remove, ["1"]);
    }

    #[test]
    fn the_error_tells_its_reason_once() {
        let source = check(&[wanted("", "", None)]).unwrap_err();
        let reason = source.to_string();
        let error = SyncError { report: SyncReport::default(), source };
        assert_eq!(
            error.to_string(),
            format!(
                "the items could not all be brought in line (0 added, 0 updated, 0 removed, 0 unchanged so far): {reason}"
            )
        );
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(format!("{error:#?}").starts_with("SyncError {"), "{error:#?}");
    }

    #[test]
    fn values_are_checked_before_anything_is_sent() {
        let long = "x".repeat(MAX_VALUE_CHARS + 1);
        for (items, problem) in [
            (vec![wanted("ok", "", None), wanted("", "", None)], "item 1 (counted from 0) is empty"),
            (
                vec![wanted(&long, "", None)],
                "item 0 (counted from 0) has 2001 characters, 2000 are allowed: xxx",
            ),
            (vec![wanted("v", "", None); MAX_MATCH_LIST_ITEMS + 1], "at most 100000 items"),
        ] {
            let error = check(&items).unwrap_err();
            assert!(error.is_invalid_request() && error.to_string().contains(problem), "{error}");
        }
        assert!(check(&[wanted(&"ä".repeat(MAX_VALUE_CHARS), "", None)]).is_ok());
    }
}
