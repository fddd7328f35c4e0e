//! A question to Cloud SIEM: the client, the tenant, its settings and the deadline.

use std::sync::Arc;

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

/// Reads all pages of some lists at once: what came, and an error if not all did.
pub(super) async fn read_all<T: DeserializeOwned + Send + 'static>(
    listings: impl IntoIterator<Item = Listing<Page<T>>>,
) -> (Vec<T>, Option<Error>) {
    let mut all = Vec::new();
    let mut failed = None;
    for result in join_all(listings.into_iter().map(|listing| listing.max_items(MOST_ITEMS).collect())).await
    {
        match result {
            Ok(items) => all.extend(items),
            Err(error) => failed = Some(error),
        }
    }
    (all, failed)
}

/// The most items that are read for one call with its further pages.
const MOST_ITEMS: u64 = 10_000;

#[cfg(test)]
mod tests {
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
}
