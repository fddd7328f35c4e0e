//! The actions that are offered beside an observable, by what Cloud SIEM holds of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sumo_client::Error;
use sumo_client::api::entities::Entity;
use sumo_client::api::insights::Insight;
use sumo_client::api::match_lists::ListItem;
use sumo_client::api::threat_intel_indicators::ThreatIntelIndicator;
use tokio::time::Instant;
use xdr_module::contract::action::Action;
use xdr_module::contract::observable::Observable;
use xdr_module::contract::reply::{ErrorItem, ErrorLevel, Reply};

use super::action_id::{Act, EntityChange, EntityKey, ListKind, plain_key};
use super::job::is_entity_of;
use super::lookup::{self, MAX_NAMES, NameCache, NameList, Named, Names};
use super::memory::{Facts, Memory};
use super::run::TAG;
use super::session::Session;
use super::settings::ThreatSource;
use super::subject::{Relation, Subject};
use crate::error_items::{self, SIEM_API};
use crate::matching::Matcher;
use crate::observe::named;
use crate::search::{Scope, SearchLimits, Searches};

/// The time in which the actions of a request are found.
pub(crate) const OFFER_TIME: Duration = Duration::from_secs(9);

/// The most actions beside one observable.
pub(crate) const MAX_ACTIONS: usize = 20;

/// The most insights, and the most entities, of one observable that actions are offered for.
const MAX_OBJECTS: usize = 3;

const PRODUCT: &str = "Sumo Logic Cloud SIEM";

/// The part of an item's description that says that its state is not known.
const NOT_KNOWN: &str = "; its state is not known, since Cloud SIEM could not be asked";

/// The look-ups and memories behind the offers.
pub(crate) struct Offers<'a> {
    pub(crate) names: &'a NameCache,
    pub(crate) memory: &'a Memory,
    pub(crate) searches: &'a Searches,
}

/// A look-up that failed, if it did.
type Looked<T> = Result<T, Arc<Error>>;

/// All that was looked up for a request.
struct Found {
    match_lists: ListsFound,
    suppress_lists: ListsFound,
    source: Looked<Option<SourceFound>>,
    entities: Looked<Vec<Entity>>,
    criticalities: Looked<Arc<NameList>>,
    /// For each subject.
    insights: Vec<Looked<Vec<Insight>>>,
}

/// The lists of a kind that may be changed, with the items that matter.
struct ListsFound {
    kind: ListKind,
    lists: Looked<Vec<Named>>,
    /// True if lists that may be changed can be among those that were not read.
    is_cut: bool,
    /// The items in force by the names of their lists.
    items: Looked<HashMap<String, Vec<ListItem>>>,
}

impl ListsFound {
    /// Creates the outcome of a look-up that did not come to the items.
    fn without_items(kind: ListKind, lists: Looked<Vec<Named>>) -> Self {
        Self { kind, lists, is_cut: false, items: Ok(HashMap::new()) }
    }
}

struct SourceFound {
    source: Named,
    indicators: Looked<Vec<ThreatIntelIndicator>>,
}

/// The state of a value on a list or in a source.
enum State {
    There,
    /// Not there, though perhaps held by another item.
    Absent {
        covered_by: Option<String>,
    },
    NotKnown,
}

impl Offers<'_> {
    /// Returns the actions that fit these observables.
    pub(crate) async fn actions(&self, observables: &[Observable], session: &Session) -> Reply<Vec<Action>> {
        let mut seen = HashSet::new();
        let subjects =
            observables.iter().filter(|observable| seen.insert(*observable)).filter_map(Subject::of);
        let subjects: Vec<Subject> = subjects.collect();
        if subjects.is_empty() {
            return Reply::data(Vec::new());
        }
        let found = self.look_up(&subjects, session).await;
        let errors = found.errors(session);
        if let Some(refused) = errors.iter().find(|error| error.level == ErrorLevel::Fatal) {
            return Reply::error(refused.clone());
        }
        let mut reply = Reply::partial(Vec::new(), errors);
        let actions = reply.data.get_or_insert_default();
        for (index, subject) in subjects.iter().enumerate() {
            let mut offered = self.of(subject, index, &found, session).await;
            if offered.len() > MAX_ACTIONS {
                reply.errors.push(too_many(subject, offered.len()));
                keep_undo_first(&mut offered);
            }
            offered.sort_by(|one, other| one.title.cmp(&other.title));
            actions.extend(offered);
            // Each subject is compared with all items: others have their turn in between.
            tokio::task::yield_now().await;
        }
        reply
    }

    async fn look_up(&self, subjects: &[Subject], session: &Session) -> Found {
        let all: Vec<&Subject> = subjects.iter().collect();
        let (match_lists, suppress_lists, source, entities, criticalities, insights) = tokio::join!(
            self.lists(ListKind::Match, &all, session),
            self.lists(ListKind::Suppress, &all, session),
            self.source(&all, session),
            self.entities(&all, session),
            self.criticalities(session),
            self.insights(subjects, session),
        );
        Found { match_lists, suppress_lists, source, entities, criticalities, insights }
    }

    async fn lists(&self, kind: ListKind, subjects: &[&Subject], session: &Session) -> ListsFound {
        let allowed = session.allowed(kind);
        if allowed.is_empty() {
            return ListsFound::without_items(kind, Ok(Vec::new()));
        }
        let names = match self.names.get(kind.into(), session).await {
            Ok(names) => names,
            Err(error) => return ListsFound::without_items(kind, Err(error)),
        };
        let fits = |list: &&Named| subjects.iter().any(|subject| subject.fits(list.column.as_ref()));
        let found = names.names.iter().filter(|list| allowed.contains(list.name.as_str()));
        let is_cut = names.is_cut && found.clone().count() < allowed.len();
        let lists: Vec<Named> = found.filter(fits).cloned().collect();
        let fitting: Vec<&Subject> = subjects
            .iter()
            .filter(|subject| lists.iter().any(|list| subject.fits(list.column.as_ref())))
            .copied()
            .collect();
        let ids: Vec<&str> = lists.iter().map(|list| list.id.as_str()).collect();
        let items = match ids.is_empty() {
            true => Ok(HashMap::new()),
            false => lookup::items(kind, &ids, &fitting, session)
                .await
                .map(|items| by_list(items, (session.now)()))
                .map_err(Arc::new),
        };
        ListsFound { kind, lists: Ok(lists), is_cut, items }
    }

    async fn source(&self, subjects: &[&Subject], session: &Session) -> Looked<Option<SourceFound>> {
        let Some(ThreatSource::CloudSiem(name)) = &session.settings.threat_source else { return Ok(None) };
        let subjects: Vec<&Subject> =
            subjects.iter().filter(|subject| subject.is_indicator()).copied().collect();
        if subjects.is_empty() {
            return Ok(None);
        }
        let names = self.names.get(Names::Sources, session).await?;
        let source =
            names.find(|source| source.name == *name && source.is_writable).map_err(Arc::new)?.cloned();
        let Some(source) = source else { return Ok(None) };
        let indicators = lookup::indicators(&source.id, &subjects, session).await.map_err(Arc::new);
        Ok(Some(SourceFound { source, indicators }))
    }

    async fn entities(&self, subjects: &[&Subject], session: &Session) -> Looked<Vec<Entity>> {
        if !session.settings.entities {
            return Ok(Vec::new());
        }
        lookup::entities(subjects, session).await.map_err(Arc::new)
    }

    async fn criticalities(&self, session: &Session) -> Looked<Arc<NameList>> {
        match session.settings.entities {
            true => self.names.get(Names::Criticalities, session).await,
            false => Ok(Arc::default()),
        }
    }

    /// The open insights with each subject, newest first. The searches are shared with observe.
    async fn insights(&self, subjects: &[Subject], session: &Session) -> Vec<Looked<Vec<Insight>>> {
        if !session.settings.insights {
            return subjects.iter().map(|_| Ok(Vec::new())).collect();
        }
        let scope = Scope {
            client: session.reader.clone(),
            tenant: session.tenant,
            host: Arc::clone(&session.host),
            limits: SearchLimits::of_tenant(session.entities_limit),
            deadline: session.deadline,
        };
        let searches = subjects.iter().map(|subject| self.insights_of(subject, &scope));
        futures_util::future::join_all(searches).await
    }

    async fn insights_of(&self, subject: &Subject, scope: &Scope) -> Looked<Vec<Insight>> {
        let value: Arc<str> = subject.value().into();
        let matcher = Arc::new(Matcher::new(&value));
        let keep = move |page| named::insights(page, &matcher);
        let found = self.searches.insights(&value, scope, keep).await?;
        let holding = found.insights.iter().filter(|found| subject.is_named_in(found.findings));
        let open = holding.map(|found| &found.insight).filter(|insight| status(insight) != "closed");
        let mut open: Vec<Insight> = open.cloned().collect();
        open.sort_by_cached_key(|insight| {
            std::cmp::Reverse(insight.created.as_ref().and_then(sumo_client::Timestamp::utc))
        });
        open.truncate(MAX_OBJECTS);
        Ok(open)
    }

    /// The actions for one subject.
    async fn of(&self, subject: &Subject, index: usize, found: &Found, session: &Session) -> Vec<Action> {
        let mut builder = Builder { subject, actions: Vec::new() };
        for lists in [&found.match_lists, &found.suppress_lists] {
            self.of_lists(&mut builder, lists, session).await;
        }
        self.of_source(&mut builder, found, session).await;
        if let Some(Ok(insights)) = found.insights.get(index) {
            insights.iter().for_each(|insight| builder.insight(insight));
        }
        if let Ok(entities) = &found.entities {
            let entities = entities.iter().filter(|entity| is_entity_of(subject, entity));
            let names: &[Named] = found.criticalities.as_ref().map_or(&[], |list| &list.names);
            entities.take(MAX_OBJECTS).for_each(|entity| builder.entity(entity, names));
        }
        builder.actions
    }

    async fn of_lists(&self, builder: &mut Builder<'_>, found: &ListsFound, session: &Session) {
        let subject = builder.subject;
        let lists = found.lists.as_ref().map_or(&[][..], Vec::as_slice);
        for list in lists.iter().filter(|list| subject.fits(list.column.as_ref())) {
            let add = Act::AddItem(found.kind, list.id.clone());
            let facts = self.memory.facts(&session.target_key(&add, subject)).await;
            let state = found.items.as_ref().map_or(State::NotKnown, |items| {
                let of_list = items.get(&list.name).map_or(&[][..], Vec::as_slice).iter();
                state(subject, &facts, of_list.map(|item| (item.id.as_str(), item.value.as_str())))
            });
            builder.list(found.kind, list, &state, session.settings.days);
        }
    }

    async fn of_source(&self, builder: &mut Builder<'_>, found: &Found, session: &Session) {
        let subject = builder.subject;
        let days = session.settings.days;
        if let Some(ThreatSource::Platform(name)) = &session.settings.threat_source {
            let facts = self.memory.facts(&session.target_key(&Act::UploadIndicator, subject)).await;
            let state = match (facts.is_added(), facts.is_removed()) {
                (true, _) => State::There,
                (_, true) => State::Absent { covered_by: None },
                _ => State::NotKnown,
            };
            let why = "; the platform offers no look-up by value, so its state is not known";
            return builder.source(name, [Act::UploadIndicator, Act::RemoveUploaded], &state, why, days);
        }
        let Ok(Some(SourceFound { source, indicators })) = &found.source else { return };
        if !subject.is_indicator() {
            return;
        }
        let facts = self.memory.facts(&session.target_key(&Act::AddIndicator, subject)).await;
        let state = indicators.as_ref().map_or(State::NotKnown, |indicators| {
            let in_force = indicators.iter().filter(|indicator| indicator.is_in_force((session.now)()));
            state(
                subject,
                &facts,
                in_force.map(|indicator| (indicator.id.as_str(), indicator.value.as_str())),
            )
        });
        builder.source(&source.name, [Act::AddIndicator, Act::RemoveIndicator], &state, NOT_KNOWN, days);
    }
}

/// The state of a subject among the ids and values of objects that are in force.
fn state<'v>(subject: &Subject, facts: &Facts, values: impl Iterator<Item = (&'v str, &'v str)>) -> State {
    let mut covered_by = None;
    let mut is_there = facts.is_added();
    for (_, value) in values.filter(|(id, _)| !facts.has_removed(id)) {
        match subject.relation(value) {
            Relation::Same => is_there = true,
            Relation::Covers => covered_by = Some(value.to_owned()),
            Relation::Other => {}
        }
    }
    match (is_there, facts.is_unknown()) {
        (true, _) => State::There,
        (false, true) => State::NotKnown,
        (false, false) => State::Absent { covered_by },
    }
}

fn status(insight: &Insight) -> &str {
    insight.status.as_ref().map_or("", |status| status.name.as_str())
}

impl Found {
    /// The look-ups that failed, as warnings; as an error where the key was refused.
    fn errors(&self, session: &Session) -> Vec<ErrorItem> {
        let of_lists = [&self.match_lists, &self.suppress_lists]
            .into_iter()
            .flat_map(|found| [found.lists.as_ref().err(), found.items.as_ref().err()]);
        let of_source = match &self.source {
            Err(error) => Some(error),
            Ok(found) => found.as_ref().and_then(|found| found.indicators.as_ref().err()),
        };
        let others = [of_source, self.entities.as_ref().err(), self.criticalities.as_ref().err()];
        let of_insights = self.insights.iter().map(|looked| looked.as_ref().err());
        let mut errors: Vec<ErrorItem> = Vec::new();
        for error in of_lists.chain(others).chain(of_insights).flatten() {
            let mut item = error_items::of_call(error, &session.host, SIEM_API);
            if !error.is_authentication() {
                item.level = ErrorLevel::Warning;
            }
            if !errors.contains(&item) {
                errors.push(item);
            }
        }
        let cut = [&self.match_lists, &self.suppress_lists].into_iter().filter(|found| found.is_cut);
        errors.extend(cut.map(|found| too_many_lists(found.kind)));
        errors
    }
}

/// Returns the items in force, by the names of their lists.
fn by_list(items: Vec<ListItem>, now: DateTime<Utc>) -> HashMap<String, Vec<ListItem>> {
    let mut by_list: HashMap<String, Vec<ListItem>> = HashMap::new();
    for mut item in items.into_iter().filter(|item| item.is_in_force(now)) {
        if let Some(list) = item.list_name.take() {
            by_list.entry(list).or_default().push(item);
        }
    }
    by_list
}

fn too_many_lists(kind: ListKind) -> ErrorItem {
    let lists = match kind {
        ListKind::Match => "match lists",
        ListKind::Suppress => "suppressed lists",
    };
    let text = format!(
        "There are more than {MAX_NAMES} {lists}. Actions on lists that the module names beyond these are not shown"
    );
    ErrorItem::warning("too-many-messages-warning", text)
}

fn too_many(subject: &Subject, offered: usize) -> ErrorItem {
    ErrorItem::warning(
        "too-many-messages-warning",
        format!("{offered} actions fit {}. {MAX_ACTIONS} of them are shown", subject.value()),
    )
}

/// Keeps as many actions as are shown: those that undo something first.
fn keep_undo_first(actions: &mut Vec<Action>) {
    let is_undo = |action: &Action| ["Remove ", "Stop "].iter().any(|start| action.title.starts_with(start));
    actions.sort_by(|one, other| (!is_undo(one), &one.title).cmp(&(!is_undo(other), &other.title)));
    actions.truncate(MAX_ACTIONS);
}

/// Builds the actions of one subject.
struct Builder<'a> {
    subject: &'a Subject,
    actions: Vec<Action>,
}

/// The time for which something is added, in words.
fn for_days(days: u32) -> String {
    match days {
        0 => "without an end".to_owned(),
        1 => "for 1 day".to_owned(),
        days => format!("for {days} days"),
    }
}

impl Builder<'_> {
    fn push(&mut self, act: &Act, group: &str, title: String, description: String) {
        let Some(id) = act.id() else { return };
        let action = Action::new(id, title, description, &self.subject.observable);
        self.actions.push(action.with_categories([PRODUCT, group]));
    }

    fn list(&mut self, kind: ListKind, list: &Named, state: &State, days: u32) {
        let (noun, name) = (self.subject.noun(), &list.name);
        let time = for_days(days);
        let (group, add_title, add_text, remove_title, remove_text) = match kind {
            ListKind::Match => (
                "Match lists",
                format!("Add to match list {name}"),
                format!("Adds this {noun} to match list {name} {time}"),
                format!("Remove from match list {name}"),
                format!("Removes this {noun} from match list {name}"),
            ),
            ListKind::Suppress => (
                "Suppressed lists",
                format!("Suppress signals with this value ({name})"),
                format!(
                    "Adds this {noun} to suppressed list {name} {time}: signals with it are hidden, attacks may go unseen"
                ),
                format!("Stop suppressing signals with this value ({name})"),
                format!("Removes this {noun} from suppressed list {name}"),
            ),
        };
        let (add, remove) = (Act::AddItem(kind, list.id.clone()), Act::RemoveItem(kind, list.id.clone()));
        let acts = [(add, add_title, add_text), (remove, remove_title, remove_text)];
        self.halves(group, acts, state, NOT_KNOWN);
    }

    fn source(&mut self, name: &str, [add, remove]: [Act; 2], state: &State, why: &str, days: u32) {
        let (noun, time) = (self.subject.noun(), for_days(days));
        let acts = [
            (
                add,
                format!("Add to threat intelligence source {name}"),
                format!(
                    "Adds this {noun} to threat intelligence source {name} {time}: records with it make signals"
                ),
            ),
            (
                remove,
                format!("Remove from threat intelligence source {name}"),
                format!("Removes this {noun} from threat intelligence source {name}"),
            ),
        ];
        self.halves("Threat intelligence", acts, state, why);
    }

    /// Adds the half that fits the state, or both where it is not known.
    fn halves(&mut self, group: &str, [add, remove]: [(Act, String, String); 2], state: &State, why: &str) {
        let note = match state {
            State::NotKnown => why.to_owned(),
            State::Absent { covered_by: Some(item) } => format!("; the item {item} holds it already"),
            State::There | State::Absent { covered_by: None } => String::new(),
        };
        if !matches!(state, State::There) {
            self.push(&add.0, group, add.1, format!("{}{note}", add.2));
        }
        if !matches!(state, State::Absent { .. }) {
            self.push(&remove.0, group, remove.1, format!("{}{note}", remove.2));
        }
    }

    fn insight(&mut self, insight: &Insight) {
        let name = if insight.readable_id.is_empty() { &insight.id } else { &insight.readable_id };
        self.push(
            &Act::Comment(insight.id.clone()),
            "Insights",
            format!("Comment on {name}: seen in Cisco XDR"),
            format!(
                "Writes a comment on {name} that says that this {} was seen in Cisco XDR",
                self.subject.noun()
            ),
        );
        if status(insight) == "new" {
            self.push(
                &Act::Progress(insight.id.clone()),
                "Insights",
                format!("Set {name} to In Progress"),
                format!("Changes the status of {name} from New to In Progress"),
            );
        }
    }

    fn entity(&mut self, entity: &Entity, criticalities: &[Named]) {
        let key = EntityKey::of(&entity.id);
        let name = match entity.sensor_zone.as_deref().filter(|zone| !zone.is_empty()) {
            Some(zone) => format!("{} (zone {zone})", entity.text()),
            None => entity.text().to_owned(),
        };
        let mut push = |change: EntityChange, title: String, description: String| {
            self.push(&Act::Entity(change, key.clone()), "Entities", title, description);
        };
        if entity.tags.iter().any(|tag| tag == TAG) {
            push(
                EntityChange::Untag,
                format!("Remove tag {TAG} from entity {name}"),
                format!("Removes the tag {TAG} from entity {name}"),
            );
        } else {
            push(
                EntityChange::Tag,
                format!("Tag entity {name} with {TAG}"),
                format!("Adds the tag {TAG} to entity {name}"),
            );
        }
        if entity.suppressed() {
            push(
                EntityChange::Unsuppress,
                format!("Stop suppressing entity {name}"),
                format!("Signals about entity {name} count again"),
            );
        } else {
            push(
                EntityChange::Suppress,
                format!("Suppress entity {name}"),
                format!(
                    "Hides all signals about entity {name} until suppression is stopped: attacks may go unseen"
                ),
            );
        }
        let present = entity.criticality.as_deref().filter(|present| !present.is_empty());
        let instead = present.map(|present| format!(" instead of {present}")).unwrap_or_default();
        for criticality in criticalities.iter().filter(|one| Some(one.name.as_str()) != present) {
            let wanted = &criticality.name;
            push(
                EntityChange::SetCriticality(plain_key(wanted)),
                format!("Set criticality {wanted} of entity {name}"),
                format!("Sets the criticality of entity {name} to {wanted}{instead}"),
            );
        }
        if let Some(present) = present {
            push(
                EntityChange::ClearCriticality,
                format!("Remove criticality {present} of entity {name}"),
                format!("Takes the criticality {present} from entity {name}"),
            );
        }
    }
}

/// Returns the moment until which actions are looked for.
pub(crate) fn deadline(of_request: Instant) -> Instant {
    of_request.min(Instant::now() + OFFER_TIME)
}
