//! Look-ups that decide which actions are offered, and whether one may be carried out.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use sumo_client::api::entities::Entity;
use sumo_client::api::entity_criticality_configs::EntityCriticalityConfig;
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

/// The bytes that the names of all tenants take together, about.
const NAMES_BYTES: u64 = 4 * 1024 * 1024;

/// The most names of a kind that are read.
pub(crate) const MAX_NAMES: usize = 1_000;

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

/// The names of a kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct NameList {
    pub(crate) names: Vec<Named>,
    /// True if there are more than are read.
    pub(crate) is_cut: bool,
}

impl NameList {
    fn of<T: Into<Named>>(objects: Vec<T>) -> Self {
        let is_cut = objects.len() > MAX_NAMES;
        Self { names: objects.into_iter().take(MAX_NAMES).map(Into::into).collect(), is_cut }
    }

    /// Returns the one that is looked for; none if there is none.
    ///
    /// # Errors
    /// Returns an error if it may be among those that were not read.
    pub(crate) fn find(&self, is_it: impl Fn(&Named) -> bool) -> Result<Option<&Named>, Error> {
        match self.names.iter().find(|named| is_it(named)) {
            None if self.is_cut => Err(too_many()),
            found => Ok(found),
        }
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

impl From<EntityCriticalityConfig> for Named {
    fn from(config: EntityCriticalityConfig) -> Self {
        Self { id: config.id, name: config.name, column: None, is_writable: true }
    }
}

impl From<ListKind> for Names {
    fn from(kind: ListKind) -> Self {
        match kind {
            ListKind::Match => Self::MatchLists,
            ListKind::Suppress => Self::SuppressLists,
        }
    }
}

/// The names of a kind, of a tenant on a host.
type NamesKey = (Names, Fingerprint, Arc<str>);

/// Names of lists, sources and criticalities, remembered for five minutes. Equal look-ups share
/// one call.
#[derive(Clone)]
pub(crate) struct NameCache {
    names: Cache<NamesKey, NameList>,
}

impl NameCache {
    pub(crate) fn new() -> Self {
        let weight = |_: &NamesKey, list: &NameList| {
            512 + list.names.iter().map(|named| 128 + named.id.len() + named.name.len()).sum::<usize>()
        };
        Self { names: Cache::holding(NAMES_BYTES).weighing(weight).kept_for(NAMES_KEPT).build() }
    }

    /// Returns the names of a kind.
    pub(crate) async fn get(&self, names: Names, session: &Session) -> Result<Arc<NameList>, Arc<Error>> {
        let key = (names, session.tenant, Arc::clone(&session.host));
        self.names.get_or_fetch(key, session.deadline, &|| Box::pin(fetch(names, session))).await
    }
}

/// Fetches the names of a kind.
pub(crate) async fn fetch(names: Names, session: &Session) -> Result<NameList, Error> {
    let (client, deadline) = (&session.reader, session.deadline);
    // One more than is used tells that there are more.
    let most = MAX_NAMES as u64 + 1;
    Ok(match names {
        Names::MatchLists | Names::SuppressLists => {
            let lists = if names == Names::MatchLists {
                client.match_lists().list()
            } else {
                client.suppress_lists().list()
            };
            let lists = lists.limit(LISTS_PER_PAGE).deadline(deadline).listing();
            NameList::of(lists.max_items(most).collect().await?)
        }
        Names::Sources => {
            let sources = client.threat_intel_sources().list().limit(LISTS_PER_PAGE).deadline(deadline);
            NameList::of(sources.listing().max_items(most).collect().await?)
        }
        Names::Criticalities => {
            let configs = client.entity_criticality_configs().list().limit(LISTS_PER_PAGE).deadline(deadline);
            NameList::of(configs.listing().max_items(most).collect().await?)
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
    use serde_json::json;
    use sumo_client::testing::{DataSet, DuplicateItems};
    use tokio::time::Instant;

    use super::super::sequences::{Bench, paused};
    use super::*;

    #[test]
    fn names_beyond_the_limit_are_not_read_and_not_taken_for_absent() {
        paused(async {
            for (count, is_cut) in [(MAX_NAMES, false), (MAX_NAMES + 150, true)] {
                let list = |n: usize| json!({"id": n.to_string(), "name": format!("list_{n}"), "targetColumn": "Ip"});
                let data = DataSet::new().match_lists((0..count).map(list));
                let mut bench = Bench::of(data, DuplicateItems::AddAgain);
                let session = bench.session();
                let found = fetch(Names::MatchLists, &session).await.unwrap();
                assert_eq!((found.names.len(), found.is_cut), (MAX_NAMES, is_cut));
                assert!(found.find(|list| list.name == "list_0").unwrap().is_some());
                assert_eq!(found.find(|list| list.name == "absent").is_err(), is_cut);
            }
        });
    }

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
            assert_eq!(second.unwrap().names.len(), 3);
        });
    }
}
