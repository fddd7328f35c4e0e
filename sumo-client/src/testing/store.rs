//! What the stand-in knows while it runs: the data set, what calls have changed, and the page tokens it gave out.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::clock::Clock;
use super::data::{DataSet, text_member};
use super::fields::scalars;
use super::operation::Operation;
use super::query::Query;

/// How many page tokens are kept; the oldest goes first.
const TOKENS_KEPT: usize = 10_000;

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

/// The state behind all operations.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) clock: Clock,
    pub(super) insights: Collection,
    pub(super) signals: Collection,
    pub(super) records: Vec<Value>,
    pub(super) entities: Collection,
    pub(super) rules: Collection,
    pub(super) match_lists: Collection,
    pub(super) match_list_items: Collection,
    pub(super) insight_statuses: Collection,
    pub(super) insight_resolutions: Vec<Value>,
    pub(super) health_events: Vec<Value>,
    /// Comments, notes, enrichments and history, by what they are and the id of the object they belong to.
    attachments: HashMap<(Attachment, String), Vec<Value>>,
    pub(super) tokens: PageTokens,
    sequence: u64,
}

/// What can hang on an object.
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

/// Where the next page of a token-paged list begins.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) operation: Operation,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) offset: usize,
    given_at: Instant,
}

/// Why a page token does not serve.
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
    pub(super) fn new(data: DataSet, clock: Clock, tokens: PageTokens) -> Self {
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
            match_lists: Collection::new(data.match_lists),
            match_list_items: Collection::new(data.match_list_items),
            insight_statuses: Collection::new(statuses),
            insight_resolutions: resolutions,
            health_events: data.health_events,
            attachments: HashMap::new(),
            tokens,
            sequence: 0,
        }
    }

    /// A number that was not given before, from 1.
    pub(super) fn next_number(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
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
    ) -> String {
        // Looks opaque, so that no caller comes to rely on its content.
        let token = format!("{:016x}{number:08x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        if self.given.len() >= TOKENS_KEPT {
            self.given.pop_front();
        }
        let cursor = Cursor { operation, parameters, offset, given_at: Instant::now() };
        self.given.push_back((token.clone(), cursor));
        token
    }

    pub(super) fn take(&self, operation: Operation, token: &str) -> Result<Cursor, TokenError> {
        let (_, cursor) = self
            .given
            .iter()
            .find(|(given, cursor)| given == token && cursor.operation == operation)
            .ok_or(TokenError::Unknown)?;
        if cursor.given_at.elapsed() > self.lifetime {
            return Err(TokenError::Expired);
        }
        Ok(cursor.clone())
    }
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
