//! Look-ups that decide which actions are offered, and whether one may be carried out.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use sumo_client::api::entities::Entity;
use sumo_client::api::match_lists::{ListItem, MatchList, TargetColumn};
use sumo_client::api::threat_intel_indicators::ThreatIntelIndicator;
use sumo_client::api::threat_intel_sources::{ThreatIntelSource, ThreatIntelSourceType};
use sumo_client::query::{Query, entities, list_items};
use sumo_client::{Error, Fingerprint};

use super::action_id::ListKind;
use super::session::Session;
use super::subject::Subject;
use crate::cache::Cache;
use crate::query_batches::batches;

/// The time for which names of lists, sources and criticalities are remembered.
const NAMES_KEPT: Duration = Duration::from_secs(300);

/// The most remembered sets of names.
const MAX_SETS: u64 = 4_000;

/// The page size of lists of lists.
const LISTS_PER_PAGE: u32 = 100;

/// The most items that one look-up reads.
const MAX_ITEMS: u32 = 1_000;

/// The page size of entities, the largest that was seen.
const ENTITIES_PER_PAGE: u32 = 50;

/// A list, source or criticality, as far as actions need it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The column of a list.
    pub(crate) column: Option<TargetColumn>,
    /// True unless a vendor feeds it.
    pub(crate) is_writable: bool,
}

impl From<MatchList> for Named {
    fn from(list: MatchList) -> Self {
        Self { id: list.id, name: list.name, column: list.target_column, is_writable: true }
    }
}

impl From<ThreatIntelSource> for Named {
    fn from(source: ThreatIntelSource) -> Self {
        let is_writable = source.source_type.is_none_or(|kind| kind == ThreatIntelSourceType::Custom);
        Self { id: source.id, name: source.name, column: None, is_writable }
    }
}

/// The names that are remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub(crate) enum Names {
    MatchLists,
    SuppressLists,
    Sources,
    Criticalities,
}

impl From<ListKind> for Names {
    fn from(kind: ListKind) -> Self {
        match kind {
            ListKind::Match => Self::MatchLists,
            ListKind::Suppress => Self::SuppressLists,
        }
    }
}

/// Names of lists, sources and criticalities, remembered for five minutes. Equal look-ups share
/// one call.
#[derive(Clone)]
pub(crate) struct NameCache {
    names: Cache<(Names, Fingerprint, Arc<str>), Vec<Named>>,
}

impl NameCache {
    pub(crate) fn new() -> Self {
        Self { names: Cache::holding(MAX_SETS).kept_for(NAMES_KEPT).build() }
    }

    /// Returns all names of a kind.
    pub(crate) async fn get(&self, names: Names, session: &Session) -> Result<Arc<Vec<Named>>, Arc<Error>> {
        let key = (names, session.tenant, Arc::clone(&session.host));
        self.names.get_or_fetch(key, session.deadline, &|| Box::pin(fetch(names, session))).await
    }
}

/// Fetches all names of a kind.
pub(crate) async fn fetch(names: Names, session: &Session) -> Result<Vec<Named>, Error> {
    let (client, deadline) = (&session.reader, session.deadline);
    Ok(match names {
        Names::MatchLists | Names::SuppressLists => {
            let lists = if names == Names::MatchLists {
                client.match_lists().list()
            } else {
                client.suppress_lists().list()
            };
            let lists = lists.limit(LISTS_PER_PAGE).deadline(deadline).listing().collect().await?;
            lists.into_iter().map(Named::from).collect()
        }
        Names::Sources => {
            let sources = client.threat_intel_sources().list().limit(LISTS_PER_PAGE).deadline(deadline);
            sources.listing().collect().await?.into_iter().map(Named::from).collect()
        }
        Names::Criticalities => {
            let configs = client.entity_criticality_configs().list().limit(LISTS_PER_PAGE).deadline(deadline);
            let named = configs.listing().collect().await?.into_iter();
            named
                .map(|config| Named { id: config.id, name: config.name, column: None, is_writable: true })
                .collect()
        }
    })
}

/// The values of all subjects, each once, in as few parts as fit into a URL.
fn values(subjects: &[&Subject], of: fn(&Subject) -> Vec<String>) -> Vec<Vec<String>> {
    batches(subjects.iter().flat_map(|subject| of(subject)))
}

/// The error of a look-up that found more than it reads.
fn too_many() -> Error {
    Error::decode("data.objects", "", "more items than one look-up reads")
}

/// Returns the items of these lists that may be one of the subjects, or hold it.
pub(crate) async fn items(
    kind: ListKind,
    list_ids: &[&str],
    subjects: &[&Subject],
    session: &Session,
) -> Result<Vec<ListItem>, Error> {
    let parts = values(subjects, Subject::spellings_and_covers);
    let pages = parts.into_iter().map(|part| async move {
        let list = match kind {
            ListKind::Match => session.reader.match_list_items().list(),
            ListKind::Suppress => session.reader.suppress_list_items().list(),
        };
        let query = Query::from(list_items::VALUE.one_of(part));
        let list = list.q(query).list_ids(list_ids.iter().copied()).limit(MAX_ITEMS);
        let page = list.deadline(session.deadline).send().await?;
        if page.has_next_page { Err(too_many()) } else { Ok(page.objects) }
    });
    Ok(try_join_all(pages).await?.into_iter().flatten().collect())
}

/// Returns the indicators of a source that may be one of the subjects.
pub(crate) async fn indicators(
    source_id: &str,
    subjects: &[&Subject],
    session: &Session,
) -> Result<Vec<ThreatIntelIndicator>, Error> {
    let pages = values(subjects, Subject::spellings).into_iter().map(|part| async move {
        let query = Query::from(list_items::VALUE.one_of(part));
        let list = session.reader.threat_intel_indicators().list();
        let list = list.q(query).source_ids([source_id]).limit(MAX_ITEMS);
        let page = list.deadline(session.deadline).send().await?;
        if page.has_next_page { Err(too_many()) } else { Ok(page.objects) }
    });
    Ok(try_join_all(pages).await?.into_iter().flatten().collect())
}

/// Returns the entities that may be one of the subjects.
pub(crate) async fn entities(subjects: &[&Subject], session: &Session) -> Result<Vec<Entity>, Error> {
    let pages = values(subjects, Subject::spellings).into_iter().map(|part| {
        let query = Query::from(entities::VALUE.one_of(part));
        let list = session.reader.entities().list().q(query).limit(ENTITIES_PER_PAGE);
        list.deadline(session.deadline).listing().max_items(u64::from(MAX_ITEMS)).collect()
    });
    Ok(try_join_all(pages).await?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use sumo_client::testing::DuplicateItems;
    use tokio::time::Instant;

    use super::super::sequences::{Bench, paused};
    use super::*;

    #[test]
    fn a_request_outlives_the_deadline_of_the_one_that_asked_first() {
        paused(async {
            let mut bench = Bench::new(DuplicateItems::AddAgain);
            bench.siem.set_latency(Duration::from_secs(2));
            let mut session = |seconds| {
                let deadline = Instant::now() + Duration::from_secs(seconds);
                Session { deadline, ..bench.session() }
            };
            let (hurried, patient) = (session(1), session(10));
            let names = NameCache::new();
            let (first, second) =
                tokio::join!(names.get(Names::MatchLists, &hurried), names.get(Names::MatchLists, &patient));
            assert!(first.unwrap_err().is_timeout());
            assert_eq!(second.unwrap().len(), 3);
        });
    }
}
