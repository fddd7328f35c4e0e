//! The lists of an answer: one entity for each id, no list longer than it may be, and the room in
//! them shared between the observables.
//!
//! Entities come in groups that belong together: a sighting, the indicator of its rule, and the
//! relationships between them and to the insight. The observables take turns: at each turn the next
//! group of an observable is taken if all lists have room for the whole of it. So an observable
//! with few groups has all of its own, and the others share the remaining room.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ctim::vocabulary::RelationshipType;
use ctim::{
    Bundle, EntityId, EntityList, EntityLists, EntityType, Indicator, Relationship, Sighting, ValidTime,
};
use sumo_client::api::entities::EntityRef;
use sumo_client::api::insights::{Insight, InsightSeverity};
use sumo_client::api::signals::Signal;
use uuid::Uuid;

use crate::mapping::{self, Context, SeenSignal, SignalCounts};
use crate::matching::{Finding, Findings, Kind, is_plain_word};
use crate::metrics::ListName;
use crate::search::{FoundInsight, FoundSignal, IdHash};

/// Returns the entities of a reply as a bundle, to be drawn or kept; its id stands for this reply
/// alone.
pub fn to_bundle(lists: &EntityLists) -> Bundle {
    let id = EntityId::transient_v5(EntityType::Bundle, &Uuid::NAMESPACE_X500, "answer");
    let mut bundle =
        Bundle::builder().id(id).source(mapping::SOURCE).valid_time(ValidTime::builder().build()).build();
    bundle.sightings = docs(lists.sightings.as_ref()).into();
    bundle.indicators = docs(lists.indicators.as_ref()).into();
    bundle.relationships = docs(lists.relationships.as_ref()).into();
    bundle.judgements = docs(lists.judgements.as_ref()).into();
    bundle.verdicts = docs(lists.verdicts.as_ref()).into();
    bundle
}

fn docs<T: Clone>(list: Option<&EntityList<T>>) -> Vec<T> {
    list.map(|list| list.docs.clone()).unwrap_or_default()
}

/// The most entities that a list of an answer holds.
pub(crate) const LIST_LIMIT: usize = 100;

/// The most groups of all observables that are tried and find no room. Further ones are left out,
/// since there can be many thousands of each of the observables.
const MOST_MISSES: usize = 10_000;

/// The groups of one observable that are not in the lists yet.
pub(crate) struct Candidates<'a> {
    context: Context<'a>,
    groups: Arc<Groups<'a>>,
    /// The index of the next group.
    next: usize,
    counts: Counts,
}

/// The groups of all observables of one value and kind, in the order of their worth: insights
/// before their signals before further signals; open before closed; higher severity before lower;
/// newer before older.
pub(crate) struct Groups<'a> {
    all: Vec<Group<'a>>,
    counts: Counts,
    left_out: LeftOut,
}

/// The insights and signals that Cloud SIEM found and that are not about the observable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Those in which the value is only inside other values.
    pub(crate) inside: PerKind,
    /// Those that do not show the value, which may have been read as a query.
    pub(crate) query: PerKind,
    /// Those that do not show the value, and whose records did not come; a warning of its own says
    /// so.
    pub(crate) unread: PerKind,
}

/// A number of insights and of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PerKind {
    pub(crate) insights: u64,
    pub(crate) signals: u64,
}

/// The number of insights and signals of an observable that were found, and that are in the lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) insights: Shown,
    pub(crate) signals: Shown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) found: usize,
    pub(crate) shown: usize,
}

impl Counts {
    pub(crate) fn is_complete(self) -> bool {
        self.insights.shown == self.insights.found && self.signals.shown == self.signals.found
    }
}

/// A sighting with all that belongs to it.
enum Group<'a> {
    Insight(&'a FoundInsight, IsShown),
    /// Equal signals of an insight, the earliest first.
    SignalsOf(&'a FoundInsight, Vec<&'a FoundSignal>),
    Signal(&'a FoundSignal, IsShown),
}

/// True if the observable is in what Cloud SIEM sent.
type IsShown = bool;

/// An insight to show, with those of its signals that name the observable.
struct ShownInsight<'a> {
    found: &'a FoundInsight,
    is_shown: IsShown,
    signals: Vec<&'a FoundSignal>,
}

/// Selects, of all that Cloud SIEM found for an observable, the parts to show.
struct Rule {
    kind: Kind,
    is_plain_word: bool,
    left_out: LeftOut,
}

impl Rule {
    fn names(&self, findings: Findings) -> bool {
        findings.of(self.kind) == Finding::Named
    }

    /// Returns nothing for a signal that is not about the observable, and counts it.
    fn signal(&mut self, found: &FoundSignal) -> Option<IsShown> {
        match found.findings.of(self.kind) {
            Finding::Named => return Some(true),
            Finding::NotShown if self.is_plain_word => return Some(false),
            Finding::Inside => self.left_out.inside.signals += 1,
            Finding::NotShown => self.left_out.query.signals += 1,
        }
        None
    }

    /// Selects insights, the worthiest first. `alone` are the signals that the search for signals
    /// found.
    fn insights<'a>(
        &mut self,
        insights: impl IntoIterator<Item = &'a FoundInsight>,
        alone: &[&'a FoundSignal],
    ) -> Vec<ShownInsight<'a>> {
        let alone = alone.iter().filter(|found| self.names(found.findings));
        let alone = alone.filter_map(|found| Some((IdHash::of(&found.signal.id)?, *found))).collect();
        let mut insights = Vec::from_iter(insights);
        insights.sort_by_cached_key(|found| insight_worth(&found.insight));
        let shown = insights.into_iter().filter_map(|found| {
            let signals = self.signals_of(found, &alone);
            self.insight(found, &signals).map(|is_shown| ShownInsight { found, is_shown, signals })
        });
        shown.collect()
    }

    /// Returns nothing for an insight that is not about the observable, and counts it. `signals`
    /// are those of it that name the observable.
    fn insight(&mut self, found: &FoundInsight, signals: &[&FoundSignal]) -> Option<IsShown> {
        if !signals.is_empty() {
            return Some(true);
        }
        match found.findings.of(self.kind) {
            Finding::Named => return Some(true),
            Finding::NotShown if self.is_plain_word => return Some(false),
            Finding::Inside => self.left_out.inside.insights += 1,
            Finding::NotShown if found.lacks_records => self.left_out.unread.insights += 1,
            Finding::NotShown => self.left_out.query.insights += 1,
        }
        None
    }

    /// The signals of an insight that name the observable: those that do so themselves, and those
    /// that do so in the search for signals. That one has involved entities, and records when the
    /// page of insights came without.
    fn signals_of<'a>(
        &self,
        found: &'a FoundInsight,
        alone: &HashMap<IdHash, &'a FoundSignal>,
    ) -> Vec<&'a FoundSignal> {
        let mut signals: Vec<_> = found.signals.iter().filter(|signal| self.names(signal.findings)).collect();
        let mut known: HashSet<_> = signals.iter().filter_map(|found| IdHash::of(&found.signal.id)).collect();
        let others = found.signal_ids.iter().filter_map(|id| Some((id, alone.get(id)?)));
        signals.extend(others.filter(|(id, _)| known.insert(**id)).map(|(_, signal)| *signal));
        signals
    }
}

impl<'a> Groups<'a> {
    /// The groups that the insights and signals found for a value make for this kind of it.
    pub(crate) fn new(
        kind: Kind,
        value: &str,
        insights: impl IntoIterator<Item = &'a FoundInsight>,
        signals: impl IntoIterator<Item = &'a FoundSignal>,
    ) -> Self {
        let mut rule = Rule { kind, is_plain_word: is_plain_word(value), left_out: LeftOut::default() };
        let signals = by_worth(signals);
        let insights = rule.insights(insights, &signals);
        let mut groups: Vec<_> =
            insights.iter().map(|insight| Group::Insight(insight.found, insight.is_shown)).collect();
        let mut merged = HashSet::new();
        for insight in &insights {
            for equal in merge(by_worth(insight.signals.iter().copied())) {
                merged.extend(equal.iter().skip(1).map(|found| found.signal.id.as_str()));
                groups.push(Group::SignalsOf(insight.found, equal));
            }
        }
        for found in signals {
            // A signal that an insight has brought as one of many is known.
            if merged.contains(found.signal.id.as_str()) {
                continue;
            }
            if let Some(is_shown) = rule.signal(found) {
                groups.push(Group::Signal(found, is_shown));
            }
        }
        let beyond = insights.iter().flat_map(|insight| &insight.found.signals_beyond);
        let beyond = beyond.filter(|findings| rule.names(**findings)).count();
        let signals = groups.iter().map(Group::signals).sum::<usize>() + beyond;
        let counts = Counts {
            insights: Shown { found: insights.len(), shown: 0 },
            signals: Shown { found: signals, shown: 0 },
        };
        Self { all: groups, counts, left_out: rule.left_out }
    }
}

impl<'a> Candidates<'a> {
    /// The groups for the observable of `context`, whose value and kind they are of.
    pub(crate) fn new(context: Context<'a>, groups: Arc<Groups<'a>>) -> Self {
        Self { context, next: 0, counts: groups.counts, groups }
    }

    /// The groups that the insights and signals found for the observable of `context` make.
    pub(crate) fn of(
        context: Context<'a>,
        insights: impl IntoIterator<Item = &'a FoundInsight>,
        signals: impl IntoIterator<Item = &'a FoundSignal>,
    ) -> Self {
        let observable = context.observable();
        let value = observable.value.trim();
        let groups = Groups::new(Kind::of(&observable.kind, value), value, insights, signals);
        Self::new(context, Arc::new(groups))
    }

    #[cfg(test)]
    pub(crate) fn groups(&self) -> &Arc<Groups<'a>> {
        &self.groups
    }

    fn has_next(&self) -> bool {
        self.next < self.groups.all.len()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn left_out(&self) -> LeftOut {
        self.groups.left_out
    }
}

impl Group<'_> {
    /// The number of signals in the group.
    fn signals(&self) -> usize {
        match self {
            Self::Insight(..) => 0,
            Self::SignalsOf(_, equal) => equal.len(),
            Self::Signal(..) => 1,
        }
    }
}

fn by_worth<'a>(signals: impl IntoIterator<Item = &'a FoundSignal>) -> Vec<&'a FoundSignal> {
    let mut signals = Vec::from_iter(signals);
    signals.sort_by_cached_key(|found| (Reverse(found.signal.severity), Reverse(time(&found.signal))));
    signals
}

/// The time of a signal to the microsecond.
fn time(signal: &Signal) -> Option<DateTime<Utc>> {
    let times = [&signal.timestamp, &signal.created];
    times.into_iter().flatten().find_map(sumo_client::Timestamp::utc)
}

/// Joins the signals of an insight that Cloud SIEM counts as one: those of one rule that say the
/// same about one entity. They stay in the order of the first of each; in a group the earliest is
/// the first, and those without a time are the last.
fn merge(signals: Vec<&FoundSignal>) -> Vec<Vec<&FoundSignal>> {
    let mut groups: Vec<Vec<&FoundSignal>> = Vec::new();
    let mut indexes = HashMap::new();
    let mut known = HashSet::new();
    for found in signals {
        let signal = &found.signal;
        let entity = signal.entity.as_ref().and_then(EntityRef::text);
        let saying = (&signal.name, &signal.description, &signal.stage, signal.severity, entity);
        let Some(rule) = &signal.rule_id else {
            groups.push(vec![found]);
            continue;
        };
        let index = *indexes.entry((rule, saying)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(index)
            && known.insert((index, signal.id.as_str()))
        {
            group.push(found);
        }
    }
    let earliest_first =
        |found: &&FoundSignal| (mapping::signal_time(&found.signal).is_none(), time(&found.signal));
    groups.iter_mut().for_each(|group| group.sort_by_cached_key(earliest_first));
    groups
}

/// Sorts the insight that is worth most first.
fn insight_worth(insight: &Insight) -> impl Ord + use<> {
    let severity = match &insight.severity {
        Some(InsightSeverity::Critical) => 4,
        Some(InsightSeverity::High) => 3,
        Some(InsightSeverity::Medium) => 2,
        Some(InsightSeverity::Low) => 1,
        _ => 0,
    };
    let time = insight.created.as_ref().or(insight.timestamp.as_ref());
    (insight.closed.is_some(), Reverse(severity), Reverse(time.and_then(sumo_client::Timestamp::utc)))
}

/// The lists while they are filled.
#[derive(Default)]
pub(crate) struct Lists {
    sightings: Entities<EntityId, Sighting>,
    /// Indicators by the id of their rule.
    indicators: Entities<String, Indicator>,
    relationships: Entities<EntityId, Relationship>,
    /// Those that had no room for something.
    cut: BTreeSet<ListName>,
    /// The number of groups that had no room.
    misses: usize,
}

impl Lists {
    /// Fills the lists with groups of all observables in turn.
    pub(crate) fn fill(&mut self, all: &mut [Candidates<'_>]) {
        while all.iter().any(Candidates::has_next) {
            for (observable, candidates) in all.iter_mut().enumerate() {
                self.take_next(observable, candidates);
            }
        }
    }

    /// Takes the next group of an observable for which there is room, and drops those before it.
    fn take_next(&mut self, observable: usize, candidates: &mut Candidates<'_>) {
        while let Some(group) = candidates.groups.all.get(candidates.next) {
            candidates.next += 1;
            if self.add(observable, group, &candidates.context) {
                candidates.counts.insights.shown += usize::from(matches!(group, Group::Insight(..)));
                candidates.counts.signals.shown += group.signals();
                return;
            }
            self.misses += 1;
            if self.sightings.is_full() || self.misses >= MOST_MISSES {
                // No other group can be added; all that is left is known by its number.
                candidates.next = candidates.groups.all.len();
            }
        }
    }

    /// Adds a group unless a list has no room for it.
    fn add(&mut self, observable: usize, group: &Group<'_>, context: &Context<'_>) -> bool {
        match group {
            Group::Insight(found, is_shown) => {
                let id = mapping::insight_sighting_id(&found.insight, context);
                let lacking = self.lacking(&id, None, &[]);
                if !lacking.is_empty() {
                    self.cut.extend(lacking);
                    return false;
                }
                let counts = SignalCounts { signals: found.signal_count, rules: found.rule_count };
                self.sightings.add(observable, &id, || {
                    mapping::insight_sighting(id.clone(), &found.insight, counts, *is_shown, context)
                });
                true
            }
            Group::SignalsOf(found, equal) => {
                let insight = mapping::insight_sighting_id(&found.insight, context);
                self.sightings.has(&insight)
                    && seen_signal(equal, found.insight.entity.as_ref(), true)
                        .is_some_and(|seen| self.add_signal(observable, &seen, Some(&insight), context))
            }
            Group::Signal(found, is_shown) => seen_signal(&[*found], None, *is_shown)
                .is_some_and(|seen| self.add_signal(observable, &seen, None, context)),
        }
    }

    fn add_signal(
        &mut self,
        observable: usize,
        seen: &SeenSignal<'_>,
        insight: Option<&EntityId>,
        context: &Context<'_>,
    ) -> bool {
        let signal = seen.signal;
        let id = mapping::signal_sighting_id(signal, context);
        let rule = signal.rule_id.as_deref();
        let relationships = relationships(insight, &id, rule.map(mapping::indicator_id));
        let lacking = self.lacking(&id, rule, &relationships);
        if !lacking.is_empty() {
            self.cut.extend(lacking);
            return false;
        }
        self.sightings.add(observable, &id, || mapping::signal_sighting(id.clone(), seen, context));
        if let Some(rule) = rule {
            let make = || mapping::indicator(mapping::indicator_id(rule), rule, signal, context);
            let indicator = self.indicators.add(observable, rule, make);
            if let Some(indicator) = indicator {
                let signals = [signal].into_iter().chain(seen.equal.iter().copied());
                signals.for_each(|signal| keep_earlier_start(indicator, mapping::signal_start(signal)));
            }
        }
        for relationship in relationships {
            let id = relationship.id.clone();
            self.relationships.add(observable, &id, || relationship);
        }
        true
    }

    /// Returns the lists without room for a sighting and what comes with it.
    fn lacking(
        &self,
        sighting: &EntityId,
        rule: Option<&str>,
        relationships: &[Relationship],
    ) -> Vec<ListName> {
        let is_new = |relationship: &&Relationship| !self.relationships.has(&relationship.id);
        let new_relationships = relationships.iter().filter(is_new).count();
        let new_indicators = usize::from(rule.is_some_and(|rule| !self.indicators.has(rule)));
        let new_sightings = usize::from(!self.sightings.has(sighting));
        let rooms = [
            (ListName::Sightings, self.sightings.has_room_for(new_sightings)),
            (ListName::Indicators, self.indicators.has_room_for(new_indicators)),
            (ListName::Relationships, self.relationships.has_room_for(new_relationships)),
        ];
        rooms.into_iter().filter_map(|(list, has_room)| (!has_room).then_some(list)).collect()
    }

    /// The lists that had no room for something, in the order of [`ListName`].
    pub(crate) fn cut_lists(&self) -> Vec<ListName> {
        self.cut.iter().copied().collect()
    }

    /// The name and length of each list.
    pub(crate) fn lengths(&self) -> [(ListName, usize); 3] {
        [
            (ListName::Sightings, self.sightings.list.len()),
            (ListName::Indicators, self.indicators.list.len()),
            (ListName::Relationships, self.relationships.list.len()),
        ]
    }

    /// The lists in the order of the observables, or none when nothing was found.
    pub(crate) fn into_data(self) -> Option<EntityLists> {
        if self.sightings.list.is_empty() && self.indicators.list.is_empty() {
            return None;
        }
        let mut lists = EntityLists::default();
        lists.sightings = self.sightings.into_list();
        lists.indicators = self.indicators.into_list();
        lists.relationships = self.relationships.into_list();
        Some(lists)
    }
}

/// Equal signals as one sighting shows them; `of_insight` is the entity of those without one, as
/// signals of before 2024 are.
fn seen_signal<'a>(
    equal: &[&'a FoundSignal],
    of_insight: Option<&'a EntityRef>,
    is_shown: IsShown,
) -> Option<SeenSignal<'a>> {
    let (first, others) = equal.split_first()?;
    let mut facts = first.facts.clone();
    others.iter().for_each(|other| facts.merge(&other.facts));
    Some(SeenSignal {
        signal: &first.signal,
        equal: others.iter().map(|other| &other.signal).collect(),
        entity: first.signal.entity.as_ref().or(of_insight),
        facts,
        is_shown,
    })
}

/// The relationships of the sighting of a signal: to the insight that is based on it, and of both
/// to the rule.
fn relationships(
    insight: Option<&EntityId>,
    signal: &EntityId,
    indicator: Option<EntityId>,
) -> Vec<Relationship> {
    let based_on = insight.map(|insight| mapping::relationship(insight, RelationshipType::BasedOn, signal));
    let sightings = insight.into_iter().chain([signal]);
    let of_rule = indicator.iter().flat_map(|indicator| {
        let of_rule = |sighting| mapping::relationship(sighting, RelationshipType::SightingOf, indicator);
        sightings.clone().map(of_rule)
    });
    based_on.into_iter().chain(of_rule).collect()
}

/// A rule holds from the first of its signals on.
fn keep_earlier_start(indicator: &mut Indicator, start: Option<ctim::Time>) {
    let known = &mut indicator.valid_time.start_time;
    if known.is_none_or(|known| start.is_some_and(|start| start < known)) {
        *known = start.or(*known);
    }
}

/// Entities of one kind, each with the observable that brought it, and known by what tells it from
/// others.
struct Entities<K, T> {
    list: Vec<(usize, T)>,
    indexes: HashMap<K, usize>,
}

impl<K, T> Default for Entities<K, T> {
    fn default() -> Self {
        Self { list: Vec::new(), indexes: HashMap::new() }
    }
}

impl<K: Eq + Hash, T> Entities<K, T> {
    /// The list in the order of the observables, unless nothing is in it.
    fn into_list(mut self) -> Option<EntityList<T>> {
        self.list.sort_by_key(|(observable, _)| *observable);
        let list: EntityList<T> = self.list.into_iter().map(|(_, entity)| entity).collect();
        (!list.is_empty()).then_some(list)
    }

    fn has<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.indexes.contains_key(key)
    }

    fn is_full(&self) -> bool {
        self.list.len() >= LIST_LIMIT
    }

    /// Returns true if so many more entities fit in.
    fn has_room_for(&self, more: usize) -> bool {
        self.list.len() + more <= LIST_LIMIT
    }

    /// The entity of this key, made and added unless it is known.
    fn add<Q>(&mut self, observable: usize, key: &Q, make: impl FnOnce() -> T) -> Option<&mut T>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let index = self.indexes.get(key).copied().unwrap_or_else(|| {
            self.list.push((observable, make()));
            self.indexes.insert(key.to_owned(), self.list.len() - 1);
            self.list.len() - 1
        });
        self.list.get_mut(index).map(|(_, entity)| entity)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::console::Console;
    use xdr_module::contract::observable::Observable;

    struct Scene {
        observables: Vec<Observable>,
        console: Console,
    }

    impl Scene {
        fn new(observables: usize) -> Self {
            let observable = |n| Observable { kind: "ip".into(), value: format!("10.0.0.{n}") };
            Self {
                observables: (0..observables).map(observable).collect(),
                console: Console::of_api_host("api.sumologic.com"),
            }
        }

        fn candidates<'a>(&'a self, found: &'a [Found]) -> Vec<Candidates<'a>> {
            let asked = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            self.observables
                .iter()
                .zip(found)
                .map(|(observable, found)| {
                    let context = Context::new(observable, &self.console, asked);
                    Candidates::of(context, &found.insights, &found.signals)
                })
                .collect()
        }
    }

    #[derive(Clone, Debug, Default)]
    struct Found {
        insights: Vec<FoundInsight>,
        signals: Vec<FoundSignal>,
    }

    fn signal(id: &str, rule: Option<&str>, timestamp: &str) -> FoundSignal {
        let mut signal = Signal::default();
        signal.id = id.into();
        signal.rule_id = rule.map(Into::into);
        signal.timestamp = Some(timestamp.into());
        FoundSignal { signal, findings: Findings::named_for_all(), ..FoundSignal::default() }
    }

    fn insight(id: &str, signals: Vec<FoundSignal>) -> FoundInsight {
        let findings = Findings::named_for_all();
        let mut insight = FoundInsight { findings, signals, ..FoundInsight::default() };
        insight.insight.id = id.into();
        insight
    }

    /// The lists made of the findings for each observable, and the counts.
    fn filled(found: &[Found]) -> (Lists, Vec<Counts>) {
        let scene = Scene::new(found.len());
        let mut candidates = scene.candidates(found);
        let mut lists = Lists::default();
        lists.fill(&mut candidates);
        (lists, candidates.iter().map(Candidates::counts).collect())
    }

    fn data(found: &[Found]) -> EntityLists {
        filled(found).0.into_data().unwrap_or_default()
    }

    /// The value of the observable and the id of the insight or signal of each sighting.
    fn seen(data: &EntityLists) -> Vec<(String, String)> {
        let sightings = docs(data.sightings.as_ref());
        let seen =
            sightings.iter().map(|one| (one.observables[0].value.clone(), one.external_ids[0].clone()));
        seen.collect()
    }

    const DAY: &str = "2026-01-02T00:00:00";

    #[test]
    fn an_insight_gives_the_four_relationships() {
        let from_insight = signal("a", Some("R1"), DAY);
        let found = Found {
            insights: vec![insight("i", vec![from_insight.clone()])],
            signals: vec![from_insight, signal("b", Some("R2"), DAY)],
        };
        let (lists, counts) = filled(&[found]);
        assert!(lists.cut_lists().is_empty() && counts[0].is_complete());
        let data = lists.into_data().unwrap();
        let edges = docs(data.relationships.as_ref());
        let kinds: Vec<_> = edges.iter().map(|edge| edge.relationship_type.as_str()).collect();
        assert_eq!(kinds, ["based-on", "sighting-of", "sighting-of", "sighting-of"]);
        assert_eq!((docs(data.sightings.as_ref()).len(), docs(data.indicators.as_ref()).len()), (3, 2));
    }

    /// An insight whose signals of these ids name nothing by themselves.
    fn insight_of(ids: &[&str]) -> FoundInsight {
        let mut found = insight("i", Vec::new());
        found.findings = Findings::default();
        found.signal_ids = ids.iter().filter_map(|id| IdHash::of(id)).collect();
        found
    }

    #[test]
    fn an_insight_is_named_by_a_signal_of_it_that_was_found_on_its_own() {
        let alone = |id| signal(id, Some("R"), DAY);
        for (ids, signals, shown, kinds) in [
            (&["a"][..], vec![alone("a")], &["i", "a"][..], &["based-on", "sighting-of"][..]),
            (&["a", "b"], vec![alone("b"), alone("a")], &["i", "a"], &["based-on", "sighting-of"]),
            (&["b"], vec![alone("a")], &["a"], &[]),
        ] {
            let mut found = insight_of(ids);
            found.lacks_records = true;
            let scene = Scene {
                observables: vec![Observable { kind: "url".into(), value: "https://a.example/?q".into() }],
                ..Scene::new(0)
            };
            let found = [Found { insights: vec![found], signals }];
            let mut candidates = scene.candidates(&found);
            let unread = PerKind { insights: u64::from(kinds.is_empty()), signals: 0 };
            assert_eq!(candidates[0].left_out(), LeftOut { unread, ..LeftOut::default() }, "{ids:?}");
            let mut lists = Lists::default();
            lists.fill(&mut candidates);
            assert!(candidates[0].counts().is_complete());
            let data = lists.into_data().unwrap();
            let seen: Vec<_> = seen(&data).into_iter().map(|(_, id)| id).collect();
            assert!(shown.iter().all(|id| seen.contains(&(*id).to_owned())), "{ids:?}: {seen:?}");
            let edges = docs(data.relationships.as_ref());
            let insight = data.sightings.unwrap().docs.swap_remove(0);
            let of_insight = edges.iter().filter(|edge| edge.source_ref == insight.id);
            let found: Vec<_> = of_insight.map(|edge| edge.relationship_type.as_str()).collect();
            assert_eq!(found, if kinds.is_empty() { &["sighting-of"] } else { kinds }, "{ids:?}");
        }
    }

    #[test]
    fn a_signal_found_twice_is_of_its_insight_once() {
        let mut named = insight("i", vec![signal("a", Some("R"), DAY)]);
        named.signal_ids = ["a", "b", "b"].into_iter().filter_map(IdHash::of).collect();
        let signals = vec![signal("a", Some("R"), DAY), signal("b", None, DAY)];
        let data = data(&[Found { insights: vec![named], signals }]);
        let sightings = docs(data.sightings.as_ref());
        let counts: Vec<_> = sightings.iter().map(|one| (one.external_ids[0].as_str(), one.count)).collect();
        assert_eq!(counts, [("i", 1), ("a", 1), ("b", 1)]);
        let edges = docs(data.relationships.as_ref());
        let kinds: Vec<_> = edges.iter().map(|edge| edge.relationship_type.as_str()).collect();
        assert_eq!(kinds, ["based-on", "sighting-of", "sighting-of", "based-on"]);
    }

    #[test]
    fn a_rule_holds_from_its_first_signal() {
        let times = ["2026-01-03T00:00:00", "nonsense", "2026-01-01T00:00:00", DAY];
        let signals =
            times.iter().enumerate().map(|(n, time)| signal(&n.to_string(), Some("R"), time)).collect();
        let data = data(&[Found { signals, ..Found::default() }]);
        let indicators = docs(data.indicators.as_ref());
        assert_eq!(indicators.len(), 1);
        assert_eq!(indicators[0].valid_time.start_time.unwrap().to_string(), "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_signal_without_a_rule_stands_alone() {
        let data = data(&[Found { signals: vec![signal("a", None, DAY)], ..Found::default() }]);
        assert_eq!(docs(data.sightings.as_ref()).len(), 1);
        assert!(data.indicators.is_none() && data.relationships.is_none());
    }

    #[test]
    fn nothing_found_is_no_data() {
        assert!(Lists::default().into_data().is_none());
        assert!(filled(&[Found::default(), Found::default()]).0.into_data().is_none());
    }

    #[test]
    fn the_worthiest_come_first() {
        let mut insights = Vec::new();
        for (id, closed, severity, created) in [
            ("closed", Some(DAY), "CRITICAL", DAY),
            ("low", None, "LOW", DAY),
            ("old", None, "HIGH", "2026-01-01T00:00:00"),
            ("new", None, "HIGH", DAY),
            ("strange", None, "DIRE", DAY),
        ] {
            let mut found = insight(id, vec![signal(&format!("of {id}"), None, DAY)]);
            found.insight.closed = closed.map(Into::into);
            found.insight.severity = Some(severity.into());
            found.insight.created = Some(created.into());
            insights.push(found);
        }
        let mut grave = signal("grave", None, "2026-01-01T00:00:00");
        grave.signal.severity = 9;
        let signals = vec![signal("older", None, "2026-01-01T00:00:00"), signal("newer", None, DAY), grave];
        let data = data(&[Found { insights, signals }]);
        let ids: Vec<_> = seen(&data).into_iter().map(|(_, id)| id).collect();
        let expected = [
            "new",
            "old",
            "low",
            "strange",
            "closed",
            "of new",
            "of old",
            "of low",
            "of strange",
            "of closed",
            "grave",
            "newer",
            "older",
        ];
        assert_eq!(ids, expected);
    }

    #[test]
    fn equal_signals_of_an_insight_are_one_sighting_with_their_number() {
        let day = |n: u8| format!("2026-01-0{n}T00:00:00");
        let mut other = signal("other", Some("R"), DAY);
        other.signal.name = "another name".into();
        let equal: Vec<_> = [3, 1, 2].map(|n| signal(&format!("s{n}"), Some("R"), &day(n))).into();
        let alone = signal("alone", Some("R"), DAY);
        let signals = equal.iter().cloned().chain([other, signal("none", None, DAY)]).collect();
        let found = Found {
            insights: vec![insight("i", signals)],
            // The search for signals finds those of the insight again.
            signals: equal.into_iter().chain([alone]).collect(),
        };
        let (lists, counts) = filled(&[found]);
        assert_eq!(counts[0].signals, Shown { found: 7, shown: 7 }, "the earliest is found twice");
        let sightings = docs(lists.into_data().unwrap().sightings.as_ref());
        let shown: Vec<_> = sightings
            .iter()
            .map(|one| (one.count, one.external_ids.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        let expected: [(i64, Vec<&str>); 5] = [
            (1, vec!["i"]),
            (3, vec!["s1", "s2", "s3"]),
            (1, vec!["other"]),
            (1, vec!["none"]),
            (1, vec!["alone"]),
        ];
        assert_eq!(shown, expected);
        let time = &sightings[1].observed_time;
        assert_eq!(time.start_time.to_string(), "2026-01-01T00:00:00.000Z");
        assert_eq!(time.end_time.unwrap().to_string(), "2026-01-03T00:00:00.000Z");
        let links: Vec<_> =
            sightings[1].external_references.iter().filter_map(|one| one.external_id.as_deref()).collect();
        assert_eq!(links, ["s2", "s3"]);
    }

    #[test]
    fn equal_signals_without_a_time_hide_no_times_of_others() {
        let of_time = |id: &str, timestamp: &str, created: Option<&str>| {
            let mut found = signal(id, Some("R"), timestamp);
            found.signal.created = created.map(Into::into);
            found
        };
        let signals = vec![
            of_time("none", "never", None),
            of_time("old", "1969-01-01T00:00:00", None),
            of_time("late", "2026-01-04T00:00:00", None),
            of_time("early", "2026-01-03T00:00:00", Some(DAY)),
        ];
        let data = data(&[Found { insights: vec![insight("i", signals)], ..Found::default() }]);
        let sighting = docs(data.sightings.as_ref()).swap_remove(1);
        let ids: Vec<_> = sighting.external_ids.iter().map(String::as_str).collect();
        assert_eq!(ids, ["early", "late", "none", "old"]);
        let time = sighting.observed_time;
        assert_eq!(time.start_time.to_string(), "2026-01-03T00:00:00.000Z");
        assert_eq!(time.end_time.unwrap().to_string(), "2026-01-04T00:00:00.000Z");
        let indicator = docs(data.indicators.as_ref()).swap_remove(0);
        assert_eq!(indicator.valid_time.start_time.unwrap().to_string(), "2026-01-03T00:00:00.000Z");
    }

    #[test]
    fn a_rule_holds_from_the_first_of_equal_signals_that_has_a_time() {
        let mut created = signal("created", Some("R"), DAY);
        created.signal.timestamp = None;
        created.signal.created = Some("2026-01-01T00:00:00".into());
        let signals =
            vec![created, signal("b", Some("R"), "2026-01-03T00:00:00"), signal("c", Some("R"), DAY)];
        let data = data(&[Found { insights: vec![insight("i", signals)], ..Found::default() }]);
        let indicator = docs(data.indicators.as_ref()).swap_remove(0);
        assert_eq!(indicator.valid_time.start_time.unwrap().to_string(), "2026-01-02T00:00:00.000Z");
    }

    #[test]
    fn signals_beyond_those_kept_count_for_the_kinds_that_they_name() {
        let mut found = insight("i", vec![signal("s", Some("R"), DAY)]);
        let inside = crate::matching::Matcher::new("a.example").look_in("nota.example");
        found.signals_beyond = vec![Findings::named_for_all(), inside];
        let (_, counts) = filled(&[Found { insights: vec![found], signals: Vec::new() }]);
        assert_eq!(counts[0].signals, Shown { found: 2, shown: 1 });
    }

    #[test]
    fn what_is_not_about_the_observable_is_left_out_and_counted() {
        let found = |value: &str, text: &str| {
            let findings = crate::matching::Matcher::new(value.trim()).look_in(text);
            let mut one = signal(text, None, DAY);
            one.findings = findings;
            let mut of = insight(text, Vec::new());
            of.findings = findings;
            Found { insights: vec![of], signals: vec![one] }
        };
        let one = PerKind { insights: 1, signals: 1 };
        for (value, text, confidence, left_out) in [
            ("10.0.0.1", "at 10.0.0.1", Some("High"), LeftOut::default()),
            ("10.0.0.1", "at 10.0.0.10", None, LeftOut { inside: one, ..LeftOut::default() }),
            ("10.0.0.1", "elsewhere", Some("Medium"), LeftOut::default()),
            (" 10.0.0.1\n", "elsewhere", Some("Medium"), LeftOut::default()),
            (" 10.0.0.1\n", "at ::ffff:10.0.0.1", Some("High"), LeftOut::default()),
            ("name:zzz", "elsewhere", None, LeftOut { query: one, ..LeftOut::default() }),
            ("name:zzz", "name:zzz", Some("High"), LeftOut::default()),
            ("name:zzz", "name:zzzz", None, LeftOut { inside: one, ..LeftOut::default() }),
        ] {
            let scene = Scene {
                observables: vec![Observable { kind: "ip".into(), value: value.into() }],
                ..Scene::new(0)
            };
            let found = [found(value, text)];
            let mut candidates = scene.candidates(&found);
            assert_eq!(candidates[0].left_out(), left_out, "{value} in {text}");
            let mut lists = Lists::default();
            lists.fill(&mut candidates);
            let data = lists.into_data().unwrap_or_default();
            let confidences: Vec<_> =
                docs(data.sightings.as_ref()).iter().map(|one| one.confidence.to_string()).collect();
            assert_eq!(confidences, vec![confidence; 2].into_iter().flatten().collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn each_observable_has_its_share() {
        let many = |count: usize| Found {
            signals: (0..count).map(|n| signal(&format!("s{n}"), Some("R"), DAY)).collect(),
            ..Found::default()
        };
        let (lists, counts) = filled(&[many(90), many(3), many(0), many(90)]);
        assert_eq!(counts.iter().map(|counts| counts.signals.shown).collect::<Vec<_>>(), [49, 3, 0, 48]);
        assert_eq!(
            counts.iter().map(|counts| counts.is_complete()).collect::<Vec<_>>(),
            [false, true, true, false]
        );
        assert_eq!(lists.cut_lists(), [ListName::Sightings, ListName::Relationships]);
        let data = lists.into_data().unwrap();
        let values: Vec<_> = seen(&data).into_iter().map(|(value, _)| value).collect();
        assert!(values.is_sorted(), "in the order of the request: {values:?}");
    }

    #[test]
    fn groups_without_room_are_not_tried_without_end() {
        // Relationships have no room long before sightings have.
        let signals: Vec<_> =
            (0..1_000).map(|n| signal(&format!("s{n}"), Some(&format!("R{n}")), DAY)).collect();
        let found = vec![Found { insights: vec![insight("i", signals)], ..Found::default() }; 60];
        let (lists, counts) = filled(&found);
        let misses = MOST_MISSES..=MOST_MISSES + found.len();
        assert!(misses.contains(&lists.misses), "{}", lists.misses);
        assert!(counts.iter().all(|counts| counts.signals.found == 1_000 && !counts.is_complete()));
        assert!(lists.cut_lists().contains(&ListName::Relationships));
    }

    #[test]
    fn signals_that_come_twice_are_merged_once() {
        let twice: Vec<_> = (0..6).map(|n| signal(&format!("s{}", n % 3), Some("R"), DAY)).collect();
        let merged = merge(twice.iter().collect());
        assert_eq!(merged.iter().map(Vec::len).collect::<Vec<_>>(), [3]);
    }

    proptest::proptest! {
        #[test]
        fn lists_are_fair_and_hold_no_half_groups(
            found in proptest::collection::vec(
                (
                    proptest::collection::vec((0..4_u8, proptest::collection::vec((0..140_u8, proptest::option::of(0..120_u8)), 0..30)), 0..4),
                    proptest::collection::vec((0..140_u8, proptest::option::of(0..120_u8)), 0..40),
                ),
                0..101,
            ),
        ) {
            let signals = |signals: Vec<(u8, Option<u8>)>| -> Vec<FoundSignal> {
                let signals = signals.into_iter().map(|(id, rule)| {
                    let rule = rule.map(|rule| format!("R{rule}"));
                    signal(&format!("s{id}"), rule.as_deref(), DAY)
                });
                signals.collect()
            };
            let found: Vec<Found> = found
                .into_iter()
                .map(|(insights, alone)| Found {
                    insights: insights.into_iter().map(|(id, of)| insight(&format!("i{id}"), signals(of))).collect(),
                    signals: signals(alone),
                })
                .collect();
            let data = data(&found);

            // No list is too long, and each observable with finds is in the answer.
            let (sightings, indicators) = (docs(data.sightings.as_ref()), docs(data.indicators.as_ref()));
            let edges = docs(data.relationships.as_ref());
            for length in [sightings.len(), indicators.len(), edges.len()] {
                proptest::prop_assert!(length <= LIST_LIMIT);
            }
            let values: BTreeSet<_> = seen(&data).into_iter().map(|(value, _)| value).collect();
            for (n, found) in found.iter().enumerate() {
                let has_finds = !found.insights.is_empty() || !found.signals.is_empty();
                proptest::prop_assert_eq!(values.contains(&format!("10.0.0.{n}")), has_finds);
            }

            // Ids are there once, and each relationship has both ends.
            let ids: HashSet<_> =
                sightings.iter().map(|one| &one.id).chain(indicators.iter().map(|one| &one.id)).collect();
            proptest::prop_assert_eq!(ids.len(), sightings.len() + indicators.len());
            let mut rules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for edge in &edges {
                proptest::prop_assert!(ids.contains(&edge.source_ref) && ids.contains(&edge.target_ref));
                rules.entry(edge.source_ref.to_string()).or_default().insert(edge.target_ref.to_string());
            }

            // A sighting in the answer has the indicators of its rules.
            for (value, found) in found.iter().enumerate().map(|(n, found)| (format!("10.0.0.{n}"), found)) {
                let all = found.signals.iter().chain(found.insights.iter().flat_map(|found| &found.signals));
                let mut rules_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                all.for_each(|found| rules_of.entry(&found.signal.id).or_default().extend(found.signal.rule_id.as_deref()));
                for sighting in sightings.iter().filter(|one| one.observables[0].value == value) {
                    let Some(expected) = rules_of.get(sighting.external_ids[0].as_str()) else { continue };
                    let has_one = rules.get(sighting.id.as_str()).is_some_and(|targets| {
                        expected.iter().any(|rule| targets.contains(mapping::indicator_id(rule).as_str()))
                    });
                    let may_have_none = all_have_rules(found, &sighting.external_ids[0]);
                    proptest::prop_assert!(has_one || !may_have_none);
                }
            }
        }
    }

    /// Returns true if all signals of this id have a rule, so that any group made of one has an
    /// indicator.
    fn all_have_rules(found: &Found, id: &str) -> bool {
        let all = found.signals.iter().chain(found.insights.iter().flat_map(|found| &found.signals));
        all.filter(|found| found.signal.id == id).all(|found| found.signal.rule_id.is_some())
    }
}
