//! The state of the running stand-in: the data set, what calls have changed, and the page tokens it
//! gave out.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::clock::Clock;
use super::data::{DataSet, text_member};
use super::fields::scalars;
use super::operation::Operation;
use super::query::Query;

/// The number of page tokens that are kept; the oldest goes first.
const TOKENS_KEPT: usize = 10_000;

/// The most objects of a page of entities, the largest that was seen.
pub(super) const MOST_ENTITIES_OF_PAGE: usize = 50;
/// The most objects of a page of any other list, the largest that is known to work.
pub(super) const MOST_OF_PAGE: usize = 1_000;

/// The behaviour of the stand-in that the vendor's documentation leaves open.
#[derive(Clone, Debug)]
pub(super) struct Behaviour {
    /// The time after an add or a delete until lists of items show it.
    pub(super) appearance_delay: Duration,
    pub(super) duplicate_items: DuplicateItems,
    /// Answers `true` where `{"ok": true}` is documented.
    pub(super) plain_acknowledgements: bool,
    /// The maximum number of items in any list, if not as documented.
    pub(super) list_capacity: Option<usize>,
}

/// The handling of a value that is added to a list a second time; the vendor's documentation does
/// not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DuplicateItems {
    /// The list then has two items of the value.
    #[default]
    AddAgain,
    /// The item that is there takes the description, state and expiration of the new one.
    Update,
    /// The call is refused with 400 and adds nothing.
    Refuse,
}

/// An object with the text that free-text search looks into.
#[derive(Debug)]
struct Entry {
    object: Value,
    text: String,
}

/// A list of objects that are found by id and searched by query.
#[derive(Debug)]
pub(super) struct Collection {
    entries: Vec<Entry>,
}

/// Lists of one kind, and the items of all of them.
#[derive(Debug)]
pub(super) struct ItemLists {
    pub(super) lists: Collection,
    pub(super) items: Items,
}

/// Items of lists, which appear in lists of items, and vanish from them, some time after they were
/// added and deleted.
#[derive(Debug, Default)]
pub(super) struct Items {
    items: Vec<Item>,
}

/// An item of a list.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) list_id: String,
    pub(super) object: Value,
    text: String,
    /// The time at which lists of items begin to show it.
    pub(super) appears_at: DateTime<Utc>,
    /// The time at which lists of items cease to show it; set when it is deleted.
    pub(super) vanishes_at: Option<DateTime<Utc>>,
}

impl Items {
    /// Adds an item that appears later.
    pub(super) fn push(&mut self, list_id: &str, object: Value, appears_at: DateTime<Utc>) {
        let text = text_of(&object);
        self.items.push(Item { list_id: list_id.to_owned(), object, text, appears_at, vanishes_at: None });
    }

    /// The items that lists of items show at `now`.
    pub(super) fn search(&self, query: &Query, now: DateTime<Utc>) -> impl Iterator<Item = &Item> {
        let is_shown =
            move |item: &&Item| item.appears_at <= now && item.vanishes_at.is_none_or(|end| now < end);
        self.items.iter().filter(is_shown).filter(|item| query.matches(&item.object, &item.text))
    }

    /// The items that are there, shown already or not.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.vanishes_at.is_none())
    }

    pub(super) fn find(&self, id: &str) -> Option<&Item> {
        self.iter().find(|item| has_id(&item.object, &["id"], id))
    }

    /// Changes an item, and gives it as it is then.
    pub(super) fn change(&mut self, id: &str, change: impl FnOnce(&mut Value)) -> Option<&Item> {
        let is_wanted = |item: &&mut Item| item.vanishes_at.is_none() && has_id(&item.object, &["id"], id);
        let item = self.items.iter_mut().find(is_wanted)?;
        change(&mut item.object);
        item.text = text_of(&item.object);
        Some(item)
    }

    /// Deletes an item, which is shown until `vanishes_at`, and says whether it was there.
    pub(super) fn delete(&mut self, id: &str, now: DateTime<Utc>, vanishes_at: DateTime<Utc>) -> bool {
        self.items.retain(|item| item.vanishes_at.is_none_or(|end| now < end));
        let is_wanted = |item: &&mut Item| item.vanishes_at.is_none() && has_id(&item.object, &["id"], id);
        let item = self.items.iter_mut().find(is_wanted);
        if let Some(item) = item {
            item.vanishes_at = Some(vanishes_at);
            return true;
        }
        false
    }

    /// Deletes the items of a list at once.
    pub(super) fn delete_list(&mut self, list_id: &str) {
        self.items.retain(|item| item.list_id != list_id);
    }
}

impl ItemLists {
    /// `member` of an item names its list.
    fn new(lists: Vec<Value>, items: Vec<Value>, member: &str) -> Self {
        let mut ids = HashMap::new();
        for list in &lists {
            let text = |member| text_member(list, member).unwrap_or_default().to_owned();
            ids.insert(text("name"), (text("id"), text("targetColumn")));
        }
        let mut known = Items::default();
        for mut item in items {
            let name = text_member(&item, member).unwrap_or_default().to_owned();
            let (id, column) = ids.get(&name).cloned().unwrap_or_default();
            if let Some(members) = item.as_object_mut() {
                members.remove(member);
                members.insert("listName".to_owned(), json!(name));
                members.insert("targetColumn".to_owned(), json!(column));
            }
            known.push(&id, item, DateTime::<Utc>::MIN_UTC);
        }
        Self { lists: Collection::new(lists), items: known }
    }
}

/// The state behind all operations.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) clock: Clock,
    pub(super) insights: Collection,
    pub(super) signals: Collection,
    pub(super) records: Vec<Value>,
    pub(super) entities: Collection,
    pub(super) rules: Collection,
    pub(super) match_lists: ItemLists,
    pub(super) suppress_lists: ItemLists,
    /// Sources of threat intelligence with their indicators.
    pub(super) threat_intel: ItemLists,
    pub(super) custom_columns: Vec<Value>,
    pub(super) criticalities: Collection,
    pub(super) insight_statuses: Collection,
    pub(super) insight_resolutions: Vec<Value>,
    pub(super) health_events: Vec<Value>,
    /// The indicators of the platform, by source and id.
    pub(super) datastore: BTreeMap<(String, String), Value>,
    /// The number of days for which the platform keeps indicators.
    pub(super) retention_days: u64,
    pub(super) behaviour: Behaviour,
    /// Comments, notes, enrichments and history, by their kind and the id of their owner.
    attachments: HashMap<(Attachment, String), Vec<Value>>,
    pub(super) tokens: PageTokens,
    sequence: u64,
}

/// A kind of data attached to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Attachment {
    Comment,
    History,
    Note,
    InsightEnrichment,
    SignalEnrichment,
    EntityEnrichment,
}

/// Page tokens that were given out, and when.
#[derive(Debug)]
pub(super) struct PageTokens {
    pub(super) lifetime: Duration,
    pub(super) page_size: usize,
    given: VecDeque<(String, Cursor)>,
}

/// The start of the next page of a token-paged list.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) operation: Operation,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) offset: usize,
    given_at: DateTime<Utc>,
}

/// The reason why a page token is not valid.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    Unknown,
    Expired,
}

/// All values of an object in lower case, each on a line.
pub(super) fn text_of(object: &Value) -> String {
    let mut text = String::new();
    for scalar in scalars(object) {
        match scalar {
            Value::String(value) => text.push_str(&value.to_lowercase()),
            other => text.push_str(&other.to_string()),
        }
        text.push('\n');
    }
    text
}

impl Collection {
    fn new(objects: Vec<Value>) -> Self {
        let mut collection = Self { entries: Vec::with_capacity(objects.len()) };
        objects.into_iter().for_each(|object| collection.push(object));
        collection
    }

    /// Like [`Collection::new`], with the objects that have the latest text in `member` first.
    fn newest_first(mut objects: Vec<Value>, member: &str) -> Self {
        objects.sort_by(|one, other| text_member(other, member).cmp(&text_member(one, member)));
        Self::new(objects)
    }

    pub(super) fn push(&mut self, object: Value) {
        let text = text_of(&object);
        self.entries.push(Entry { object, text });
    }

    pub(super) fn push_front(&mut self, object: Value) {
        let text = text_of(&object);
        self.entries.insert(0, Entry { object, text });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        self.entries.iter().map(|entry| &entry.object)
    }

    pub(super) fn search(&self, query: &Query) -> Vec<&Value> {
        let passes = |entry: &&Entry| query.matches(&entry.object, &entry.text);
        self.entries.iter().filter(passes).map(|entry| &entry.object).collect()
    }

    /// The object whose text in one of `members` is `id`.
    pub(super) fn find(&self, members: &[&str], id: &str) -> Option<&Value> {
        self.iter().find(|object| has_id(object, members, id))
    }

    /// Changes the object whose text in one of `members` is `id`, and gives it as it is then.
    pub(super) fn change<E>(
        &mut self,
        members: &[&str],
        id: &str,
        change: impl FnOnce(&mut Value) -> Result<(), E>,
    ) -> Option<Result<&Value, E>> {
        let entry = self.entries.iter_mut().find(|entry| has_id(&entry.object, members, id))?;
        if let Err(error) = change(&mut entry.object) {
            return Some(Err(error));
        }
        entry.text = text_of(&entry.object);
        Some(Ok(&entry.object))
    }

    /// Removes the objects that `condemned` says, and gives their number.
    pub(super) fn remove(&mut self, condemned: impl Fn(&Value) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|entry| !condemned(&entry.object));
        before - self.entries.len()
    }
}

fn has_id(object: &Value, members: &[&str], id: &str) -> bool {
    members.iter().any(|member| text_member(object, member) == Some(id))
}

impl Store {
    /// Takes a data set whose short forms are [resolved](DataSet::resolved).
    pub(super) fn new(data: DataSet, clock: Clock, tokens: PageTokens, behaviour: Behaviour) -> Self {
        let attachments = attachments_of(&data);
        let datastore = data.datastore_indicators.into_iter().map(|object| (datastore_key(&object), object));
        let mut statuses = built_in_statuses();
        statuses.extend(data.insight_statuses);
        let mut resolutions = built_in_resolutions();
        resolutions.extend(data.insight_resolutions);
        Self {
            clock,
            insights: Collection::newest_first(data.insights, "created"),
            signals: Collection::newest_first(data.signals, "timestamp"),
            records: data.records,
            entities: Collection::new(data.entities),
            rules: Collection::new(data.rules),
            match_lists: ItemLists::new(data.match_lists, data.match_list_items, "listName"),
            suppress_lists: ItemLists::new(data.suppress_lists, data.suppress_list_items, "listName"),
            threat_intel: ItemLists::new(data.threat_intel_sources, data.threat_intel_indicators, "source"),
            custom_columns: data.custom_match_list_columns,
            criticalities: Collection::new(data.entity_criticality_configs),
            insight_statuses: Collection::new(statuses),
            insight_resolutions: resolutions,
            health_events: data.health_events,
            datastore: datastore.collect(),
            retention_days: 180,
            behaviour,
            attachments,
            tokens,
            sequence: FIRST_NUMBER,
        }
    }

    /// Returns the time at which lists of items show a change that is made now.
    pub(super) fn appearance(&self) -> DateTime<Utc> {
        let now = self.clock.now();
        let delay =
            chrono::TimeDelta::from_std(self.behaviour.appearance_delay).unwrap_or(chrono::TimeDelta::MAX);
        now.checked_add_signed(delay).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// A number that was not given before.
    pub(super) fn next_number(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Returns the data attached to an object, to be read.
    pub(super) fn attached(&self, kind: Attachment, owner: &str) -> &[Value] {
        self.attachments.get(&(kind, owner.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn attachments(&mut self, kind: Attachment, owner: &str) -> &mut Vec<Value> {
        self.attachments.entry((kind, owner.to_owned())).or_default()
    }
}

impl PageTokens {
    pub(super) fn new(lifetime: Duration, page_size: usize) -> Self {
        Self { lifetime, page_size, given: VecDeque::new() }
    }

    /// Gives out the token named after `number`.
    pub(super) fn give(
        &mut self,
        number: u64,
        operation: Operation,
        parameters: Vec<(String, String)>,
        offset: usize,
        given_at: DateTime<Utc>,
    ) -> String {
        // Looks opaque, so that no caller comes to rely on its content.
        let token = format!("{:016x}{number:08x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        if self.given.len() >= TOKENS_KEPT {
            self.given.pop_front();
        }
        let cursor = Cursor { operation, parameters, offset, given_at };
        self.given.push_back((token.clone(), cursor));
        token
    }

    pub(super) fn take(
        &self,
        operation: Operation,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Cursor, TokenError> {
        let (_, cursor) = self
            .given
            .iter()
            .find(|(given, cursor)| given == token && cursor.operation == operation)
            .ok_or(TokenError::Unknown)?;
        if (now - cursor.given_at).to_std().is_ok_and(|age| age > self.lifetime) {
            return Err(TokenError::Expired);
        }
        Ok(cursor.clone())
    }
}

/// Numbers that are given out start here, above those of any data set by hand.
const FIRST_NUMBER: u64 = 500_000;

/// The key of an indicator of the platform.
pub(super) fn datastore_key(indicator: &Value) -> (String, String) {
    let text = |member| text_member(indicator, member).unwrap_or_default().to_owned();
    (text("source"), text("id"))
}

/// The enrichments and comments of a data set, each with its owner.
fn attachments_of(data: &DataSet) -> HashMap<(Attachment, String), Vec<Value>> {
    let owners = [
        (&data.enrichments, "insightId", Attachment::InsightEnrichment),
        (&data.enrichments, "signalId", Attachment::SignalEnrichment),
        (&data.enrichments, "entityId", Attachment::EntityEnrichment),
        (&data.comments, "insightId", Attachment::Comment),
    ];
    let mut attachments: HashMap<_, Vec<Value>> = HashMap::new();
    for (objects, member, kind) in owners {
        for object in objects {
            let Some(owner) = text_member(object, member) else { continue };
            let mut attached = object.clone();
            if let Some(members) = attached.as_object_mut() {
                members.remove(member);
            }
            attachments.entry((kind, owner.to_owned())).or_default().push(attached);
        }
    }
    attachments
}

/// The statuses that every organisation has.
fn built_in_statuses() -> Vec<Value> {
    [("3", "new", "New"), ("1", "inprogress", "In Progress"), ("2", "closed", "Closed")]
        .map(|(id, name, display)| json!({"id": id, "name": name, "displayName": display, "description": null}))
        .to_vec()
}

/// The resolutions that every organisation has.
fn built_in_resolutions() -> Vec<Value> {
    [
        (1, "Resolved", "There was an incident, and it is dealt with"),
        (2, "False Positive", "The activity is legitimate"),
        (3, "No Action", "Neither an incident nor a false positive"),
        (4, "Duplicate", "Another insight on the same entity covers it"),
    ]
    .map(|(id, name, description)| {
        json!({"id": id, "name": name, "description": description, "source": "sumo", "parent": null})
    })
    .to_vec()
}
