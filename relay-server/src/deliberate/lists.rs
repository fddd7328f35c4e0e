//! The match lists of a tenant that have a meaning, and the CIDR blocks in them: read once, and
//! remembered.
//!
//! An item that is a block is not found by the address that it covers, so the lists of addresses
//! are read as a whole. That can take longer than a request has: it goes on when the request has
//! ended, and the next one finds it done.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ctim::vocabulary::Disposition;
use ipnet::IpNet;
use sumo_client::api::match_lists::{ListItem, MatchList, TargetColumn};
use sumo_client::{Client, Error, Priority, RequestGroup, Timestamp};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::evidence::Span;
use super::question::{Question, TenantKey};
use super::settings::JudgingSettings;
use super::subject;
use crate::cache::{Cache, Fetch};
use crate::running::{Outcome, Running};

/// The time for which lists and blocks are remembered.
const MEMORY: Duration = Duration::from_secs(5 * 60);

/// The time that reading them may take.
const TIME_FOR_LISTS: Duration = Duration::from_secs(30);
const TIME_FOR_BLOCKS: Duration = Duration::from_secs(2 * 60);

/// The most match lists of a tenant that are looked at.
const MOST_LISTS: u64 = 1_000;

/// The most blocks of a tenant that are remembered, and the bytes that the blocks of all tenants
/// take together.
const MOST_BLOCKS: usize = 20_000;
const MEMORY_BYTES: u64 = 8 * 1024 * 1024;

/// The bytes that the lists of all tenants take together, about.
const LIST_BYTES: u64 = 4 * 1024 * 1024;

/// A match list that has a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JudgedList {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) column: TargetColumn,
    pub(super) meaning: Disposition,
}

/// A CIDR block in a match list.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) net: IpNet,
    pub(super) span: Span,
    /// The index of its list.
    list: usize,
}

/// The blocks of a tenant.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) blocks: Vec<Block>,
    lists: Vec<Arc<JudgedList>>,
    /// True if there are more than are remembered.
    pub(super) is_cut: bool,
}

impl Blocks {
    pub(super) fn list_of(&self, block: &Block) -> Option<&Arc<JudgedList>> {
        self.lists.get(block.list)
    }

    fn add(&mut self, item: &ListItem) {
        let name = list_name(item, &self.lists);
        let list = self.lists.iter().position(|list| Some(list.name.as_str()) == name);
        let (Some(net), Some(list), true) = (subject::block(&item.value), list, item.active) else { return };
        if self.blocks.len() >= MOST_BLOCKS {
            self.is_cut = true;
            return;
        }
        let span = Span::of_item(item.meta.as_ref(), item.expiration.as_ref());
        self.blocks.push(Block { net, span, list });
    }
}

/// Returns the name of the list that an item is of, one of those that were asked for. Items name
/// their list; one that does not can only be of the single list that was asked for.
pub(super) fn list_name<'a>(item: &'a ListItem, asked: &'a [Arc<JudgedList>]) -> Option<&'a str> {
    item.list_name.as_deref().or(match asked {
        [only] => Some(&only.name),
        _ => None,
    })
}

/// Values of tenants, each read once for all who ask at the same time, and remembered.
struct Reads<V> {
    memory: Cache<TenantKey, V>,
    /// Those under way. Each has one task, however many wait for it or have left.
    running: Running<TenantKey, Option<Read<V>>>,
}

/// The outcome of a read.
type Read<V> = Result<Arc<V>, Arc<Error>>;

/// The most reads of a tenant that go on when nobody waits for them, each for settings of its own.
const MOST_RUNNING: usize = 2;

impl<V: Send + Sync + 'static> Reads<V> {
    fn new(memory: Cache<TenantKey, V>) -> Arc<Self> {
        Arc::new(Self { memory, running: Running::default() })
    }

    /// Returns the read that runs, or begins one that ends when `stop` does; none if too many of
    /// the tenant run. It has to be waited for at once.
    fn join(
        &self,
        key: &TenantKey,
        load: &Load<V>,
        stop: &CancellationToken,
    ) -> Option<Outcome<Option<Read<V>>>> {
        let has_room = |running: &mut dyn Iterator<Item = &TenantKey>| {
            running.filter(|(tenant, ..)| *tenant == key.0).count() < MOST_RUNNING
        };
        self.running.join_or_begin(key, has_room, || {
            let (load, stop, memory, key) = (load(), stop.clone(), self.memory.clone(), key.clone());
            async move { stop.run_until_cancelled(memory.get_or_try(key, load)).await }
        })
    }
}

/// Makes the call that reads a value.
type Load<V> = dyn Fn() -> Fetch<'static, V> + Send + Sync;

/// The lists and blocks of all tenants.
#[derive(Clone)]
pub(super) struct ListMemory {
    lists: Arc<Reads<Vec<Arc<JudgedList>>>>,
    blocks: Arc<Reads<Blocks>>,
    stop: CancellationToken,
    /// Ends reads under way when nobody can use them any more.
    _stop: Arc<DropGuard>,
}

impl ListMemory {
    pub(super) fn new() -> Self {
        let list_weight = |_: &TenantKey, lists: &Vec<Arc<JudgedList>>| {
            let bytes = |list: &Arc<JudgedList>| 256 + list.id.len() + list.name.len();
            512 + lists.iter().map(bytes).sum::<usize>()
        };
        let block_weight = |_: &TenantKey, blocks: &Blocks| 512 + blocks.blocks.len() * size_of::<Block>();
        let stop = CancellationToken::new();
        Self {
            _stop: Arc::new(stop.clone().drop_guard()),
            stop,
            lists: Reads::new(Cache::holding(LIST_BYTES).weighing(list_weight).kept_for(MEMORY).build()),
            blocks: Reads::new(Cache::holding(MEMORY_BYTES).weighing(block_weight).kept_for(MEMORY).build()),
        }
    }

    /// Returns the match lists that have a meaning.
    pub(super) async fn lists(&self, question: &Question) -> Result<Arc<Vec<Arc<JudgedList>>>, Arc<Error>> {
        // One call, on which all others wait.
        let client = question.client.with_group(RequestGroup::new(Priority::High));
        let settings = question.settings.clone();
        let load = move || -> Fetch<'static, _> {
            let (client, settings) = (client.clone(), settings.clone());
            Box::pin(async move { judged_lists(&client, &settings).await })
        };
        self.read(&self.lists, question, &load).await
    }

    /// Returns the blocks in those of the lists that hold addresses.
    pub(super) async fn blocks(
        &self,
        question: &Question,
        lists: &[Arc<JudgedList>],
    ) -> Result<Arc<Blocks>, Arc<Error>> {
        let lists: Vec<_> =
            lists.iter().filter(|list| subject::holds_addresses(&list.column)).cloned().collect();
        if lists.is_empty() {
            return Ok(Arc::default());
        }
        let client = question.client.with_group(RequestGroup::new(Priority::Normal));
        let load = move || -> Fetch<'static, _> {
            let (client, lists) = (client.clone(), lists.clone());
            Box::pin(async move { blocks(&client, lists).await })
        };
        self.read(&self.blocks, question, &load).await
    }

    /// Returns true if the blocks need not be read first, or none can be in the lists.
    pub(super) async fn has_blocks(&self, question: &Question) -> bool {
        let key = question.tenant_key();
        let holds_addresses = |list: &Arc<JudgedList>| subject::holds_addresses(&list.column);
        !question.settings.has_lists()
            || self.blocks.memory.contains(&key)
            || self.lists.memory.get(&key).await.is_some_and(|lists| !lists.iter().any(holds_addresses))
    }

    /// The remembered value, or that of `load`, which is run once for all who want it at the same
    /// time, and to its end even if that comes after the deadline of the question. When too much is
    /// read for the tenant already, it ends with the question.
    async fn read<V: Send + Sync + 'static>(
        &self,
        reads: &Arc<Reads<V>>,
        question: &Question,
        load: &Load<V>,
    ) -> Result<Arc<V>, Arc<Error>> {
        let key = question.tenant_key();
        if let Some(known) = reads.memory.get(&key).await {
            return Ok(known);
        }
        let Some(running) = reads.join(&key, load, &self.stop) else {
            return reads.memory.get_or_fetch(key, question.deadline, load).await;
        };
        match timeout_at(question.deadline, running).await {
            Ok(Some(Some(result))) => result,
            // The relay stops, or the task has panicked.
            Ok(Some(None) | None) => Err(Arc::new(Error::timeout("the wait for the match lists ended"))),
            Err(_elapsed) => Err(Arc::new(Error::deadline())),
        }
    }
}

async fn judged_lists(client: &Client, settings: &JudgingSettings) -> Result<Vec<Arc<JudgedList>>, Error> {
    let deadline = Instant::now() + TIME_FOR_LISTS;
    let listing = client.match_lists().list().limit(100).deadline(deadline).listing().max_items(MOST_LISTS);
    let all = listing.collect().await?;
    Ok(all.into_iter().filter_map(|list| judged_list(list, settings)).map(Arc::new).collect())
}

fn judged_list(list: MatchList, settings: &JudgingSettings) -> Option<JudgedList> {
    let meaning = settings.meaning_of(&list.name)?;
    Some(JudgedList { id: list.id, name: list.name, column: list.target_column?, meaning })
}

async fn blocks(client: &Client, lists: Vec<Arc<JudgedList>>) -> Result<Blocks, Error> {
    let ids = lists.iter().map(|list| list.id.clone());
    let listing = client.match_list_items().list_all().list_ids(ids);
    let mut pages = listing.deadline(Instant::now() + TIME_FOR_BLOCKS).pages();
    let mut found = Blocks { lists, ..Blocks::default() };
    while let Some(items) = pages.try_next().await? {
        items.iter().for_each(|item| found.add(item));
        if found.is_cut {
            break;
        }
    }
    Ok(found)
}

/// Returns true if a thing that ends at `until` is over at `now`.
pub(super) fn is_over(span: Span, now: DateTime<Utc>) -> bool {
    span.until.is_some_and(|until| until <= now)
}

/// Returns the item's span, if the item is in force at `now`.
pub(super) fn span_in_force(item: &ListItem, now: DateTime<Utc>) -> Option<Span> {
    let expiration: Option<&Timestamp> = item.expiration.as_ref();
    item.is_in_force(now).then(|| Span::of_item(item.meta.as_ref(), expiration))
}

#[cfg(test)]
mod tests {
    use sumo_client::testing::{CloudSiem, DataSet, Fault, Operation, When};

    use super::*;
    use crate::console::Console;

    fn siem() -> CloudSiem {
        let list = serde_json::json!({"id": "173", "name": "threat", "targetColumn": "Ip"});
        CloudSiem::builder().data(DataSet::new().match_lists([list])).build().unwrap()
    }

    /// A question of one tenant with a list of this name, and so much time.
    fn question(siem: &CloudSiem, list: &str, time: Duration) -> Question {
        Question {
            client: siem.client().unwrap(),
            tenant: sumo_client::Credentials::new("id", "key").fingerprint(),
            console: Console::of_api_host("api.sumologic.com"),
            settings: Arc::new(JudgingSettings::from_texts(Some(&format!("{list}=Clean")), None)),
            deadline: Instant::now() + time,
            is_gathered: false,
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn questions_whose_caller_has_left_leave_one_read_of_each_kind() {
        let siem = siem();
        siem.inject(When::operation(Operation::GetMatchLists), Fault::delay(3 * SECOND));
        let memory = ListMemory::new();
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let before = tasks();
        for list in 0..5 {
            for _ in 0..20 {
                let question = question(&siem, &format!("list {list}"), 9 * SECOND);
                assert!(tokio::time::timeout(SECOND / 100, memory.lists(&question)).await.is_err());
            }
        }
        // A call that was given up counts as under way a little longer.
        tokio::time::sleep(SECOND).await;
        assert_eq!(tasks() - before, MOST_RUNNING);
        let late = memory.lists(&question(&siem, "list 0", 25 * SECOND)).await;
        assert!(late.is_ok(), "{late:?}");
        tokio::time::sleep(9 * SECOND).await;
        assert_eq!(memory.lists.running.len() + memory.blocks.running.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_goes_on_after_the_question_and_ends_with_the_relay() {
        let siem = siem();
        siem.inject(When::operation(Operation::GetMatchLists), Fault::delay(3 * SECOND));
        let memory = ListMemory::new();
        let short = memory.lists(&question(&siem, "threat", SECOND)).await;
        assert!(short.unwrap_err().is_deadline());
        tokio::time::sleep(3 * SECOND).await;
        let known = memory.lists(&question(&siem, "threat", SECOND)).await.unwrap();
        assert_eq!((known.len(), siem.recorded_of(Operation::GetMatchLists).len()), (1, 1));
        let other = memory.lists(&question(&siem, "another", SECOND)).await;
        assert!(other.unwrap_err().is_deadline());
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        drop(memory);
        tokio::time::sleep(SECOND).await;
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), tasks - 1);
    }
}
