//! The lists of an answer: one entity for each id, in the order found, none longer than it may be.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use ctim::vocabulary::RelationshipType;
use ctim::{Bundle, EntityId, EntityList, EntityType, Indicator, Relationship, Sighting, ValidTime};
use serde::Serialize;
use uuid::Uuid;

use super::found::{FoundEntity, FoundInsight, FoundSignal};
use crate::mapping::{self, Context};

/// What Cloud SIEM holds about observables, as XDR reads it. Lists with nothing in them are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ObserveData {
    /// The observables as they were seen, in insights and in signals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sightings: Option<EntityList<Sighting>>,
    /// The rules that saw them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicators: Option<EntityList<Indicator>>,
    /// How they belong together; both ends are in the lists above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationships: Option<EntityList<Relationship>>,
}

impl ObserveData {
    /// The same entities as a bundle, to be drawn or kept; its id stands for this answer alone.
    pub fn to_bundle(&self) -> Bundle {
        let id = EntityId::transient_v5(EntityType::Bundle, &Uuid::NAMESPACE_X500, "answer");
        let mut bundle =
            Bundle::builder().id(id).source(mapping::SOURCE).valid_time(ValidTime::builder().build()).build();
        bundle.sightings = docs(self.sightings.as_ref()).into();
        bundle.indicators = docs(self.indicators.as_ref()).into();
        bundle.relationships = docs(self.relationships.as_ref()).into();
        bundle
    }

    /// About what it takes as JSON, by the usual size of each entity.
    pub(crate) fn usual_bytes(&self) -> usize {
        fn count<T>(list: Option<&EntityList<T>>) -> usize {
            list.map_or(0, |list| list.docs.len())
        }
        1280 * count(self.sightings.as_ref())
            + 1024 * count(self.indicators.as_ref())
            + 352 * count(self.relationships.as_ref())
    }
}

fn docs<T: Clone>(list: Option<&EntityList<T>>) -> Vec<T> {
    list.map(|list| list.docs.clone()).unwrap_or_default()
}

/// The most entities that a list of an answer holds.
pub(crate) const LIST_LIMIT: usize = 100;

/// Takes what was found and gives the lists.
///
/// Whatever comes once its list is full is left out, and so is every relationship that would lose an end.
#[derive(Default)]
pub(crate) struct Collector {
    sightings: Entities<EntityId, Sighting>,
    /// By the id of their rule.
    indicators: Entities<String, Indicator>,
    /// By their ends, which tell what kind they are.
    relationships: Entities<(End, End), Relationship>,
}

/// An entity of the answer that relationships may have as an end, by its place in its list.
#[derive(Clone, Copy, Eq, PartialEq, Hash)]
enum End {
    Sighting(usize),
    Indicator(usize),
}

impl Collector {
    /// Adds an insight, its signals that name the observable, and how they belong together.
    pub(crate) fn add_insight(&mut self, insight: &FoundInsight, context: &Context<'_>) {
        let sighting = self.add_sighting(
            || mapping::insight_sighting_id(insight, context),
            |id| mapping::insight_sighting(id, insight, context),
        );
        for signal in &insight.signals {
            let (of_signal, indicator) = self.add_entities(signal, insight.entity_of(signal), context);
            self.relate(sighting, RelationshipType::BasedOn, of_signal);
            self.relate(sighting, RelationshipType::SightingOf, indicator);
            self.relate(of_signal, RelationshipType::SightingOf, indicator);
        }
    }

    /// Adds a signal that was found on its own.
    pub(crate) fn add_signal(&mut self, signal: &FoundSignal, context: &Context<'_>) {
        let (sighting, indicator) = self.add_entities(signal, signal.entity(), context);
        self.relate(sighting, RelationshipType::SightingOf, indicator);
    }

    /// The sighting of a signal about `entity` and the indicator of its rule, as far as they are in the answer.
    fn add_entities(
        &mut self,
        signal: &FoundSignal,
        entity: Option<FoundEntity<'_>>,
        context: &Context<'_>,
    ) -> (Option<End>, Option<End>) {
        let sighting = self.add_sighting(
            || mapping::signal_sighting_id(signal, context),
            |id| mapping::signal_sighting(id, signal, entity, context),
        );
        (sighting, signal.rule_id().and_then(|rule_id| self.add_indicator(rule_id, signal, context)))
    }

    fn add_sighting(
        &mut self,
        id: impl FnOnce() -> EntityId,
        make: impl FnOnce(EntityId) -> Sighting,
    ) -> Option<End> {
        // Then it can neither be added nor be the end of anything, and its id need not be known.
        if self.sightings.is_cut && self.relationships.is_cut {
            return None;
        }
        let id = id();
        self.sightings.place_of(&id, || make(id.clone())).map(End::Sighting)
    }

    fn add_indicator(&mut self, rule_id: &str, signal: &FoundSignal, context: &Context<'_>) -> Option<End> {
        let make = || mapping::indicator(mapping::indicator_id(rule_id), rule_id, signal, context);
        let place = self.indicators.place_of(rule_id, make)?;
        if let Some(indicator) = self.indicators.list.get_mut(place) {
            keep_earlier_start(indicator, mapping::signal_start(signal));
        }
        Some(End::Indicator(place))
    }

    fn relate(&mut self, source: Option<End>, kind: RelationshipType, target: Option<End>) {
        let (Some(source), Some(target)) = (source, target) else { return };
        let Self { sightings, indicators, relationships } = self;
        let id = |end| match end {
            End::Sighting(place) => sightings.list.get(place).map(|sighting| &sighting.id),
            End::Indicator(place) => indicators.list.get(place).map(|indicator| &indicator.id),
        };
        let (Some(source_id), Some(target_id)) = (id(source), id(target)) else { return };
        relationships.place_of(&(source, target), || mapping::relationship(source_id, kind, target_id));
    }

    /// The names of the lists from which something was left out.
    pub(crate) fn cut_lists(&self) -> Vec<&'static str> {
        let lists = [
            ("sightings", self.sightings.is_cut),
            ("indicators", self.indicators.is_cut),
            ("relationships", self.relationships.is_cut || self.sightings.is_cut || self.indicators.is_cut),
        ];
        lists.into_iter().filter_map(|(name, is_cut)| is_cut.then_some(name)).collect()
    }

    /// The name and length of each list.
    pub(crate) fn lengths(&self) -> [(&'static str, usize); 3] {
        [
            ("sightings", self.sightings.list.len()),
            ("indicators", self.indicators.list.len()),
            ("relationships", self.relationships.list.len()),
        ]
    }

    /// The lists, or none when nothing was found.
    pub(crate) fn into_data(self) -> Option<ObserveData> {
        if self.sightings.list.is_empty() && self.indicators.list.is_empty() {
            return None;
        }
        Some(ObserveData {
            sightings: self.sightings.into_list(),
            indicators: self.indicators.into_list(),
            relationships: self.relationships.into_list(),
        })
    }
}

/// A rule holds from the first of its signals on.
fn keep_earlier_start(indicator: &mut Indicator, start: Option<ctim::Time>) {
    let known = &mut indicator.valid_time.start_time;
    if known.is_none_or(|known| start.is_some_and(|start| start < known)) {
        *known = start.or(*known);
    }
}

/// Entities of one kind, in order, each known by what tells it from others.
struct Entities<K, T> {
    list: Vec<T>,
    places: HashMap<K, usize>,
    is_cut: bool,
}

impl<K, T> Default for Entities<K, T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: HashMap::new(), is_cut: false }
    }
}

impl<K: Eq + Hash, T> Entities<K, T> {
    /// The list, unless nothing is in it.
    fn into_list(self) -> Option<EntityList<T>> {
        (!self.list.is_empty()).then(|| EntityList::from(self.list))
    }

    /// Where an entity is, which is made and added unless it is known; none when there is no room for it.
    fn place_of<Q>(&mut self, key: &Q, make: impl FnOnce() -> T) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(place) = self.places.get(key) {
            return Some(*place);
        }
        if self.list.len() >= LIST_LIMIT {
            self.is_cut = true;
            return None;
        }
        if self.list.is_empty() {
            // Lists that grow would be moved about, and so would their entities, which are not small.
            self.list.reserve_exact(LIST_LIMIT);
            self.places.reserve(LIST_LIMIT);
        }
        let place = self.list.len();
        self.list.push(make());
        self.places.insert(key.to_owned(), place);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::console::Console;
    use crate::observable::Observable;
    use crate::observe::found::{InsightFacts, SignalFacts};

    struct Scene {
        observable: Observable,
        console: Console,
    }

    impl Scene {
        fn new() -> Self {
            let observable = Observable { kind: "ip".into(), value: "10.0.0.1".into() };
            Self { observable, console: Console::of_api_host("api.sumologic.com") }
        }

        fn context(&self) -> Context<'_> {
            let asked = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            Context::new(&self.observable, &self.console, asked)
        }
    }

    fn signal(id: &str, rule: Option<&str>, timestamp: &str) -> FoundSignal {
        SignalFacts {
            id: Some(id.into()),
            rule_id: rule.map(Into::into),
            timestamp: Some(timestamp.into()),
            ..SignalFacts::default()
        }
        .into()
    }

    fn named_insight(id: &str, signals: Vec<FoundSignal>) -> FoundInsight {
        InsightFacts { id: Some(id.into()), signals, ..InsightFacts::default() }.into()
    }

    fn insight(signals: Vec<FoundSignal>) -> FoundInsight {
        named_insight("i", signals)
    }

    #[test]
    fn an_insight_gives_the_four_relationships() {
        let scene = Scene::new();
        let mut collector = Collector::default();
        let from_insight = signal("a", Some("R1"), "2026-01-02T00:00:00");
        collector.add_insight(&insight(vec![from_insight.clone()]), &scene.context());
        collector.add_signal(&from_insight, &scene.context());
        collector.add_signal(&signal("b", Some("R2"), "2026-01-02T00:00:00"), &scene.context());
        assert!(collector.cut_lists().is_empty());
        let lists = collector.into_data().unwrap();
        let kinds: Vec<_> = lists
            .relationships
            .as_ref()
            .unwrap()
            .docs
            .iter()
            .map(|edge| edge.relationship_type.as_str())
            .collect();
        assert_eq!(kinds, ["based-on", "sighting-of", "sighting-of", "sighting-of"]);
        assert_eq!(
            (lists.sightings.as_ref().unwrap().docs.len(), lists.indicators.as_ref().unwrap().docs.len()),
            (3, 2)
        );
    }

    #[test]
    fn a_rule_holds_from_its_first_signal() {
        let scene = Scene::new();
        let mut collector = Collector::default();
        for (id, time) in [
            ("a", "2026-01-03T00:00:00"),
            ("b", "nonsense"),
            ("c", "2026-01-01T00:00:00"),
            ("d", "2026-01-02T00:00:00"),
        ] {
            collector.add_signal(&signal(id, Some("R"), time), &scene.context());
        }
        let lists = collector.into_data().unwrap();
        assert_eq!(lists.indicators.as_ref().unwrap().docs.len(), 1);
        let start = lists.indicators.as_ref().unwrap().docs[0].valid_time.start_time.unwrap();
        assert_eq!(start.to_string(), "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_signal_without_a_rule_stands_alone() {
        let scene = Scene::new();
        let mut collector = Collector::default();
        collector.add_signal(&signal("a", None, "2026-01-03T00:00:00"), &scene.context());
        let lists = collector.into_data().unwrap();
        assert_eq!(lists.sightings.as_ref().unwrap().docs.len(), 1);
        assert!(lists.indicators.is_none() && lists.relationships.is_none());
    }

    #[test]
    fn full_lists_are_cut_and_no_relationship_dangles() {
        let scene = Scene::new();
        let mut collector = Collector::default();
        let signals =
            (0..150).map(|n| signal(&format!("s{n}"), Some(&format!("R{n}")), "2026-01-03T00:00:00"));
        collector.add_insight(&insight(signals.collect()), &scene.context());
        assert_eq!(collector.cut_lists(), ["sightings", "indicators", "relationships"]);
        let lists = collector.into_data().unwrap();
        assert_eq!(lists.sightings.as_ref().unwrap().docs.len(), LIST_LIMIT);
        assert_eq!(lists.indicators.as_ref().unwrap().docs.len(), LIST_LIMIT);
        assert_eq!(lists.relationships.as_ref().unwrap().docs.len(), LIST_LIMIT);
        let ids: HashSet<_> =
            lists.sightings.as_ref().unwrap().docs.iter().map(|sighting| &sighting.id).collect();
        let ids: HashSet<_> = ids
            .into_iter()
            .chain(lists.indicators.as_ref().unwrap().docs.iter().map(|indicator| &indicator.id))
            .collect();
        for edge in &lists.relationships.as_ref().unwrap().docs {
            assert!(ids.contains(&edge.source_ref) && ids.contains(&edge.target_ref));
        }
    }

    #[test]
    fn nothing_found_is_no_data() {
        assert!(Collector::default().into_data().is_none());
    }

    /// Ids of sightings, indicators and relationships.
    type Ids = [Vec<String>; 3];

    fn ids(data: Option<ObserveData>) -> Ids {
        let data = data.unwrap_or_default();
        [
            docs(data.sightings.as_ref()).iter().map(|sighting| sighting.id.to_string()).collect(),
            docs(data.indicators.as_ref()).iter().map(|indicator| indicator.id.to_string()).collect(),
            docs(data.relationships.as_ref()).iter().map(|edge| edge.id.to_string()).collect(),
        ]
    }

    /// The plain way to the same lists: all ids there could be, each once and in order; then the first of them, without
    /// relationships that lost an end.
    fn ids_in_the_plain_way(insights: &[FoundInsight], context: &Context<'_>) -> Ids {
        let (mut sightings, mut indicators, mut edges) = (Vec::new(), Vec::new(), Vec::new());
        for insight in insights {
            let of_insight = mapping::insight_sighting_id(insight, context);
            sightings.push(of_insight.clone());
            for signal in &insight.signals {
                let of_signal = mapping::signal_sighting_id(signal, context);
                sightings.push(of_signal.clone());
                edges.push((of_insight.clone(), RelationshipType::BasedOn, of_signal.clone()));
                let Some(rule_id) = signal.rule_id() else { continue };
                let indicator = mapping::indicator_id(rule_id);
                indicators.push(indicator.clone());
                edges.push((of_insight.clone(), RelationshipType::SightingOf, indicator.clone()));
                edges.push((of_signal, RelationshipType::SightingOf, indicator));
            }
        }
        let (sightings, indicators) = (first_of_each(sightings), first_of_each(indicators));
        edges.retain(|(source, _, target)| {
            sightings.contains(source) && (sightings.contains(target) || indicators.contains(target))
        });
        let edges =
            edges.into_iter().map(|(source, kind, target)| mapping::relationship(&source, kind, &target).id);
        [sightings, indicators, first_of_each(edges.collect())]
            .map(|ids| ids.iter().map(EntityId::to_string).collect())
    }

    fn first_of_each(mut ids: Vec<EntityId>) -> Vec<EntityId> {
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        ids.truncate(LIST_LIMIT);
        ids
    }

    proptest::proptest! {
        #[test]
        fn lists_are_those_of_the_plain_way(
            found in proptest::collection::vec(
                (0..4_u8, proptest::collection::vec((0..140_u8, proptest::option::of(0..120_u8)), 0..90)),
                0..5,
            ),
        ) {
            let scene = Scene::new();
            let insights: Vec<_> = found
                .into_iter()
                .map(|(id, signals)| {
                    let signals = signals.into_iter().map(|(id, rule)| {
                        let rule = rule.map(|rule| format!("R{rule}"));
                        signal(&format!("s{id}"), rule.as_deref(), "2026-01-02T00:00:00")
                    });
                    named_insight(&format!("i{id}"), signals.collect())
                })
                .collect();
            let mut collector = Collector::default();
            insights.iter().for_each(|insight| collector.add_insight(insight, &scene.context()));
            proptest::prop_assert_eq!(ids(collector.into_data()), ids_in_the_plain_way(&insights, &scene.context()));
        }
    }
}
