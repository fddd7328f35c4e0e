//! The bundle of STIX that a set of entities becomes.

use std::collections::{BTreeSet, HashMap};

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::{Value, json};

use super::entity::{self, Defaults, MOST_SEEN, Shared, ends, no_object, shared};
use super::object::{Object, Objects, confidence, hyphenated, id, set};
use super::observable;
use crate::any_entity::EntityView;
use crate::entity::{Bundle, Relationship, Sighting};
use crate::entity_list::EntityLists;
use crate::id::EntityId;
use crate::time::Time;
use crate::vocabulary::RelationshipType;

/// A bundle of STIX 2.1. It is written as `{"type": "bundle", "id": "bundle--…", "objects": […]}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StixBundle {
    objects: Vec<Object>,
    left_out: Vec<LeftOut>,
}

/// A part of the entities that STIX cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The entity; a verdict has no id.
    pub id: Option<EntityId>,
    /// The reason.
    pub reason: String,
}

impl Bundle {
    /// Returns the entities of the bundle as STIX 2.1; see [`stix`](crate::stix) for what becomes
    /// what.
    ///
    /// `now` is the time of creation of objects whose entity has no `timestamp`.
    #[must_use]
    pub fn to_stix(&self, now: Time) -> StixBundle {
        StixBundle::new(self.entities(), &self.source, now)
    }
}

impl EntityLists {
    /// Returns the entities of the answer as STIX 2.1; see [`stix`](crate::stix) for what becomes
    /// what.
    ///
    /// `source` is the source of entities that do not name one, and `now` the time of creation of
    /// objects whose entity has no `timestamp`.
    #[must_use]
    pub fn to_stix(&self, source: &str, now: Time) -> StixBundle {
        StixBundle::new(self.entities(), source, now)
    }
}

impl StixBundle {
    fn new<'a>(entities: impl Iterator<Item = EntityView<'a>>, source: &str, now: Time) -> Self {
        let mut converter = Converter {
            defaults: Defaults { source, time: now },
            objects: Objects::new(now),
            left_out: Vec::new(),
            ids: HashMap::new(),
            sightings: HashMap::new(),
        };
        let (relationships, others): (Vec<_>, Vec<_>) =
            entities.partition(|entity| matches!(entity, EntityView::Relationship(_)));
        for entity in others {
            converter.add_entity(entity);
        }
        for entity in relationships {
            if let EntityView::Relationship(relationship) = entity {
                converter.add_relationship(relationship);
            }
        }
        converter.finish()
    }

    /// Returns the objects. What an object refers to stands before it.
    #[must_use]
    pub fn objects(&self) -> &[serde_json::Map<String, Value>] {
        &self.objects
    }

    /// Returns the parts of the entities that STIX cannot express.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}

impl Serialize for StixBundle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ids: Vec<&str> =
            self.objects.iter().filter_map(|object| object.get("id").and_then(Value::as_str)).collect();
        let mut bundle = serializer.serialize_struct("StixBundle", 3)?;
        bundle.serialize_field("type", "bundle")?;
        bundle.serialize_field("id", &id("bundle", &ids))?;
        // A list must not be empty.
        if self.objects.is_empty() {
            bundle.skip_field("objects")?;
        } else {
            bundle.serialize_field("objects", &self.objects)?;
        }
        bundle.end()
    }
}

/// Collects the objects, and the ids by which relationships find them.
struct Converter<'a> {
    defaults: Defaults<'a>,
    objects: Objects,
    left_out: Vec<LeftOut>,
    ids: HashMap<&'a EntityId, String>,
    /// All sightings, those without observed data too, with the reason why those are without.
    sightings: HashMap<&'a EntityId, SightingState<'a>>,
}

struct SightingState<'a> {
    sighting: &'a Sighting,
    /// Set until a relationship names the target.
    missing: Option<String>,
}

impl<'a> Converter<'a> {
    fn leave_out(&mut self, id: Option<&EntityId>, reason: String) {
        self.left_out.push(LeftOut { id: id.cloned(), reason });
    }

    fn add_entity(&mut self, entity: EntityView<'a>) {
        let added = entity::add(entity, self.defaults, &mut self.objects);
        if let EntityView::Sighting(sighting) = entity {
            let missing = added.as_ref().err().cloned();
            self.sightings.insert(&sighting.id, SightingState { sighting, missing });
            self.add_relations(sighting);
        }
        match (added, entity.id()) {
            (Ok(stix_id), Some(entity_id)) => drop(self.ids.insert(entity_id, stix_id)),
            (Err(reason), id) if !matches!(entity, EntityView::Sighting(_)) => self.leave_out(id, reason),
            _ => {}
        }
    }

    /// Adds the relations between observables, and names the observables that cannot be expressed.
    fn add_relations(&mut self, sighting: &Sighting) {
        let targets = sighting.targets.iter().flat_map(|target| &target.observables);
        let missing: BTreeSet<String> = sighting
            .observables
            .iter()
            .chain(targets)
            .filter(|observable| observable::objects(observable).is_none())
            .map(no_object)
            .collect();
        for reason in missing {
            self.leave_out(Some(&sighting.id), reason);
        }
        for relation in &sighting.relations {
            let [source, target] = [&relation.source, &relation.related].map(|end| self.add_observable(end));
            let word = hyphenated(relation.relation.as_str());
            let (Some(source), Some(target), Some(word)) = (source, target, word) else {
                let reason = format!("STIX cannot express the relation {}", relation.relation);
                self.leave_out(Some(&sighting.id), reason);
                continue;
            };
            let shared = shared!(sighting, self.defaults);
            let mut object = shared.object("relationship", &[&source, &word, &target], &mut self.objects);
            set_ends(&mut object, &word, &source, &target);
            self.objects.add(object);
        }
    }

    /// Adds the objects of an observable and returns the id of the one that stands for it.
    fn add_observable(&mut self, observable: &crate::Observable) -> Option<String> {
        let objects = observable::objects(observable)?;
        objects.into_iter().map(|object| self.objects.add(object)).last()
    }

    fn add_relationship(&mut self, relationship: &'a Relationship) {
        let link = &relationship.relationship_type;
        let target = self.ids.get(&relationship.target_ref).cloned();
        let is_sighting = matches!(link, RelationshipType::SightingOf | RelationshipType::MemberOf);
        if let (true, Some(target)) = (is_sighting, &target)
            && let Some(state) = self.sightings.get_mut(&relationship.source_ref)
        {
            state.missing = None;
            let sighting = state.sighting;
            return self.add_sighting(sighting, relationship, target);
        }
        let source = self.ids.get(&relationship.source_ref).cloned();
        let (Some(source), Some(target)) = (source, target) else {
            return self.leave_out(Some(&relationship.id), "an end of it is not in the bundle".to_owned());
        };
        let Some(word) = hyphenated(link.as_str()) else {
            let reason = format!("STIX has no relationship {:?}", link.as_str());
            return self.leave_out(Some(&relationship.id), reason);
        };
        let shared = shared!(relationship, self.defaults);
        let mut object = shared.object("relationship", &[], &mut self.objects);
        set_ends(&mut object, &word, &source, &target);
        set(&mut object, "description", relationship.description.as_deref().map(Value::from));
        self.objects.add(object);
    }

    /// Returns the sighting of `target`, with the observed data if there is any.
    fn add_sighting(&mut self, sighting: &Sighting, relationship: &Relationship, target: &str) {
        let shared = shared!(sighting, self.defaults);
        let mut object = shared.object("sighting", &[relationship.id.as_str()], &mut self.objects);
        set(&mut object, "sighting_of_ref", json!(target));
        let observed = self.ids.get(&sighting.id);
        set(&mut object, "observed_data_refs", observed.map(|id| json!([id])));
        let (first, last) = ends(&sighting.observed_time);
        set(&mut object, "first_seen", json!(first));
        set(&mut object, "last_seen", json!(last));
        set(&mut object, "count", json!(sighting.count.clamp(0, MOST_SEEN)));
        set(&mut object, "confidence", confidence(&sighting.confidence));
        set(&mut object, "labels", entity::labels(sighting));
        set(&mut object, "description", entity::longest_text(sighting).map(|text| json!(text)));
        self.objects.add(object);
    }

    fn finish(mut self) -> StixBundle {
        let mut loose: Vec<(EntityId, String)> = self
            .sightings
            .iter()
            .filter_map(|(id, state)| Some(((*id).clone(), state.missing.clone()?)))
            .collect();
        loose.sort();
        for (id, reason) in loose {
            let reason = format!("{reason}, and no relationship names its target");
            self.leave_out(Some(&id), reason);
        }
        StixBundle { objects: self.objects.into_list(), left_out: self.left_out }
    }
}

fn set_ends(object: &mut Object, word: &str, source: &str, target: &str) {
    set(object, "relationship_type", json!(word));
    set(object, "source_ref", json!(source));
    set(object, "target_ref", json!(target));
}
