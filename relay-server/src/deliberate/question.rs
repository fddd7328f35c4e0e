//! A question to Cloud SIEM: the client, the tenant, its settings and the deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use sumo_client::{Client, Error, Fingerprint, Listing, Page};
use tokio::time::Instant;

use super::settings::JudgingSettings;
use super::subject::Subject;
use crate::console::Console;
use crate::query_batches;

/// A tenant with the console of its deployment, since evidence holds links into it. The settings go
/// in by their digest: a tenant chooses how long they are.
pub(super) type TenantKey = (Fingerprint, Arc<str>, u64);

/// All that the sources of judgements need to know about a request.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) client: Client,
    pub(crate) tenant: Fingerprint,
    pub(crate) console: Console,
    pub(crate) settings: Arc<JudgingSettings>,
    pub(crate) deadline: Instant,
    /// True if it may be asked together with others of the tenant that come while one is under way.
    pub(crate) is_gathered: bool,
}

impl Question {
    pub(super) fn tenant_key(&self) -> TenantKey {
        (self.tenant, self.console.base_url(), self.settings.digest())
    }
}

/// The values of all subjects, each once, in as few parts as fit into a URL.
pub(super) fn batches(
    subjects: &[Subject],
    is_asked: impl Fn(&Subject) -> bool,
    values_of: impl Fn(&Subject) -> Vec<String>,
) -> Vec<Vec<String>> {
    query_batches::batches(subjects.iter().filter(|subject| is_asked(subject)).flat_map(values_of))
}

/// The items that were read of some lists, and the reasons why these are not all of them.
pub(super) struct ItemsRead<T> {
    pub(super) items: Vec<T>,
    pub(super) error: Option<Error>,
    /// True if there are more than are read.
    pub(super) is_cut: bool,
}

/// Reads all pages of some lists at once.
pub(super) async fn read_all<T: DeserializeOwned + Send + 'static>(
    listings: impl IntoIterator<Item = Listing<Page<T>>>,
) -> ItemsRead<T> {
    let room = AtomicUsize::new(MOST_ITEMS);
    let mut all = ItemsRead { items: Vec::new(), error: None, is_cut: false };
    for result in join_all(listings.into_iter().map(|listing| read(listing, &room))).await {
        match result {
            Ok((items, is_cut)) => {
                all.items.extend(items);
                all.is_cut |= is_cut;
            }
            Err(error) => all.error = Some(error),
        }
    }
    all
}

/// Reads the pages of a list as far as there is room; true if there are more.
async fn read<T: DeserializeOwned + Send + 'static>(
    listing: Listing<Page<T>>,
    room: &AtomicUsize,
) -> Result<(Vec<T>, bool), Error> {
    let mut pages = listing.pages();
    let mut items = Vec::new();
    while let Some(mut page) = pages.try_next().await? {
        let wanted = page.len();
        let take = |room: usize| Some(room.saturating_sub(wanted));
        let (Ok(left) | Err(left)) = room.fetch_update(Relaxed, Relaxed, take);
        page.truncate(left);
        items.extend(page);
        if wanted > left {
            return Ok((items, true));
        }
    }
    Ok((items, false))
}

/// The most items that are read of all lists of a source, however many calls that takes.
const MOST_ITEMS: usize = 10_000;

#[cfg(test)]
mod tests {
    use sumo_client::testing::{CloudSiem, DataSet};
    use xdr_module::contract::observable::Observable;

    use super::*;

    fn subjects(kind: &str, values: impl IntoIterator<Item = String>) -> Vec<Subject> {
        let observable = |value| Observable { kind: kind.into(), value };
        values.into_iter().filter_map(|value| Subject::new(&observable(value))).collect()
    }

    #[test]
    fn twenty_five_observables_go_into_one_call() {
        let hashes = subjects("sha256", (0..25).map(|n| format!("{n:064x}")));
        let domains =
            subjects("domain", (0..25).map(|n| format!("host-{n:02}.department.region.example.com")));
        for subjects in [hashes, domains] {
            assert_eq!(subjects.len(), 25);
            assert_eq!(batches(&subjects, |_| true, Subject::item_values).len(), 1);
        }
    }

    #[test]
    fn values_that_do_not_fit_go_into_further_calls_and_each_is_asked_once() {
        let long = subjects("url", (0..9).map(|n| format!("https://{n}.example/{}", "a".repeat(1_900))));
        let parts = batches(&long, |_| true, Subject::forms);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3]);
        let huge = subjects("url", [format!("https://example/{}", "ü".repeat(1_900))]);
        assert_eq!(batches(&huge, |_| true, Subject::forms).len(), 1);
        let twice = subjects("domain", ["a.example.com", "b.example.com"].map(str::to_owned));
        assert_eq!(
            batches(&twice, |_| true, Subject::item_values),
            [["a.example.com", "com", "example.com", "b.example.com"]]
        );
        assert!(batches(&twice, |_| false, Subject::item_values).is_empty());
    }

    #[tokio::test]
    async fn all_lists_together_have_room_for_so_many_items() {
        let items = (0..4).flat_map(|list| (0..3_000).map(move |n| (list, n)));
        let items = items.map(|(list, n)| {
            serde_json::json!({"id": format!("{list}-{n}"), "value": format!("{n}.example"),
                "active": true, "listName": format!("list {list}")})
        });
        let lists = (0..4).map(|n| {
            serde_json::json!({"id": n.to_string(), "name": format!("list {n}"), "targetColumn": "Domain"})
        });
        let data = DataSet::new().match_lists(lists).match_list_items(items);
        let client = CloudSiem::builder().data(data).build().unwrap().client().unwrap();
        for (lists, read, is_cut) in [(1, 3_000, false), (3, 9_000, false), (4, MOST_ITEMS, true)] {
            let listings = (0..lists).map(|list| {
                client.match_list_items().list().list_ids([list.to_string()]).limit(1_000).listing()
            });
            let all = read_all(listings).await;
            assert!(all.error.is_none(), "{:?}", all.error);
            assert_eq!((all.items.len(), all.is_cut), (read, is_cut), "{lists}");
        }
    }
}
