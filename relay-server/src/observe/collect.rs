//! The lists of an answer: one entity for each id, in the order found, none longer than it may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ctim::vocabulary::RelationshipType;
use ctim::{Bundle, EntityId, EntityList, EntityType, Indicator, Relationship, Sighting, ValidTime};
use serde::Serialize;
use uuid::Uuid;

use super::found::{FoundInsight, FoundSignal};
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
    sightings: Entities<Sighting>,
    indicators: Entities<Indicator>,
    relationships: Entities<Relationship>,
}

impl Collector {
    /// Adds an insight, its signals that name the observable, and how they belong together.
    pub(crate) fn add_insight(&mut self, insight: &FoundInsight, context: Context<'_>) {
        let insight_id = mapping::insight_sighting_id(insight, context.observable);
        self.sightings.add(insight_id.clone(), |id| mapping::insight_sighting(id, insight, context));
        for signal in &insight.signals {
            let (signal_id, indicator_id) = self.add_entities(signal, context);
            self.relate(&insight_id, RelationshipType::BasedOn, &signal_id);
            if let Some(indicator_id) = indicator_id {
                self.relate(&insight_id, RelationshipType::SightingOf, &indicator_id);
                self.relate(&signal_id, RelationshipType::SightingOf, &indicator_id);
            }
        }
    }

    /// Adds a signal that was found on its own.
    pub(crate) fn add_signal(&mut self, signal: &FoundSignal, context: Context<'_>) {
        if let (signal_id, Some(indicator_id)) = self.add_entities(signal, context) {
            self.relate(&signal_id, RelationshipType::SightingOf, &indicator_id);
        }
    }

    /// The sighting of a signal and the indicator of its rule; a signal without a rule has none.
    fn add_entities(&mut self, signal: &FoundSignal, context: Context<'_>) -> (EntityId, Option<EntityId>) {
        let signal_id = mapping::signal_sighting_id(signal, context.observable);
        self.sightings.add(signal_id.clone(), |id| mapping::signal_sighting(id, signal, context));
        let Some(rule_id) = signal.rule_id.as_deref() else { return (signal_id, None) };
        let indicator_id = mapping::indicator_id(rule_id);
        self.indicators.add_or(
            indicator_id.clone(),
            |id| mapping::indicator(id, rule_id, signal, context),
            |known| keep_earlier_start(known, mapping::signal_start(signal)),
        );
        (signal_id, Some(indicator_id))
    }

    fn relate(&mut self, source: &EntityId, kind: RelationshipType, target: &EntityId) {
        if self.relationships.is_cut {
            return;
        }
        let holds = |id| self.sightings.contains(id) || self.indicators.contains(id);
        if holds(source) && holds(target) {
            let relationship = mapping::relationship(source, kind, target);
            self.relationships.add(relationship.id.clone(), |_| relationship);
        }
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

/// Entities of one kind, by id and in order.
struct Entities<T> {
    list: Vec<T>,
    places: HashMap<EntityId, usize>,
    is_cut: bool,
}

impl<T> Default for Entities<T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: HashMap::new(), is_cut: false }
    }
}

impl<T> Entities<T> {
    fn contains(&self, id: &EntityId) -> bool {
        self.places.contains_key(id)
    }

    /// The list, unless nothing is in it.
    fn into_list(self) -> Option<EntityList<T>> {
        (!self.list.is_empty()).then(|| EntityList::from(self.list))
    }

    /// Adds an entity unless its id is known.
    fn add(&mut self, id: EntityId, make: impl FnOnce(EntityId) -> T) {
        self.add_or(id, make, |_| {});
    }

    /// Adds an entity, or changes the one that has its id.
    fn add_or(&mut self, id: EntityId, make: impl FnOnce(EntityId) -> T, change: impl FnOnce(&mut T)) {
        match self.places.entry(id) {
            Entry::Occupied(place) => {
                if let Some(known) = self.list.get_mut(*place.get()) {
                    change(known);
                }
            }
            Entry::Vacant(_) if self.list.len() >= LIST_LIMIT => self.is_cut = true,
            Entry::Vacant(place) => {
                let entity = make(place.key().clone());
                place.insert(self.list.len());
                self.list.push(entity);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::console::Console;
    use crate::observable::Observable;

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
            Context { observable: &self.observable, console: &self.console, asked }
        }
    }

    fn signal(id: &str, rule: Option<&str>, timestamp: &str) -> FoundSignal {
        FoundSignal {
            id: Some(id.into()),
            rule_id: rule.map(str::to_owned),
            timestamp: Some(timestamp.into()),
            ..FoundSignal::default()
        }
    }

    fn insight(signals: Vec<FoundSignal>) -> FoundInsight {
        FoundInsight { id: Some("i".into()), signals, ..FoundInsight::default() }
    }

    #[test]
    fn an_insight_gives_the_four_relationships() {
        let scene = Scene::new();
        let mut collector = Collector::default();
        let from_insight = signal("a", Some("R1"), "2026-01-02T00:00:00");
        collector.add_insight(&insight(vec![from_insight.clone()]), scene.context());
        collector.add_signal(&from_insight, scene.context());
        collector.add_signal(&signal("b", Some("R2"), "2026-01-02T00:00:00"), scene.context());
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
            collector.add_signal(&signal(id, Some("R"), time), scene.context());
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
        collector.add_signal(&signal("a", None, "2026-01-03T00:00:00"), scene.context());
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
        collector.add_insight(&insight(signals.collect()), scene.context());
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
}
