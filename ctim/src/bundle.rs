//! Working with bundles: filling, merging, deduplicating, capping, checking references, splitting
//! for import.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Map;
use uuid::Uuid;

use crate::any_entity::{Entity, EntityView};
use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::list::List;
use crate::node::references;
use crate::relationships::undefined;
use crate::report::{Level, Report, Rule, Violation};
use crate::structure::EntityStructure;
use crate::validate::Validate;
use crate::walk::dangling;
use crate::{Bundle, Relationship, ValidTime};

/// The most entities that Cisco's service takes in one import, unless it is configured otherwise.
pub const IMPORT_LIMIT: usize = 2000;

macro_rules! bundle_lists {
    ($( $list:ident: $entity:ident, )*; $( $refs:ident, )*) => {
        impl Bundle {
            /// Names of the lists of entities.
            pub const LISTS: &'static [&'static str] = &[$(stringify!($list)),*];

            /// An empty bundle from a source, without limits of validity.
            ///
            /// Its id is transient and depends on the source alone: such an id means nothing
            /// outside of the bundle. Set [`Bundle::id`] where several bundles of one source have
            /// to be told apart.
            ///
            /// ```
            /// use ctim::{Bundle, Validate};
            ///
            /// let bundle = Bundle::new("Example product");
            /// assert_eq!(bundle.source, "Example product");
            /// assert!(bundle.check().is_empty());
            /// ```
            #[must_use]
            pub fn new(source: impl Into<String>) -> Self {
                let source = source.into();
                Self {
                    id: EntityId::transient_from_parts(EntityType::Bundle, &Uuid::NAMESPACE_OID, [&source]),
                    schema_version: crate::SCHEMA_VERSION.to_owned(),
                    source,
                    valid_time: ValidTime::default(),
                    $( $list: List::absent(), )*
                    $( $refs: List::absent(), )*
                    description: None,
                    short_description: None,
                    source_uri: None,
                    title: None,
                    revision: None,
                    external_ids: List::absent(),
                    external_references: List::absent(),
                    timestamp: None,
                    language: None,
                    tlp: None,
                    extra: Map::new(),
                }
            }

            /// Puts an entity at the end of its list.
            ///
            /// # Errors
            /// If a bundle has no list for the entity: bundles, casebooks and investigations. The
            /// error gives it back.
            pub fn add(&mut self, entity: impl Into<Entity>) -> Result<(), AddError> {
                match entity.into() {
                    $( Entity::$entity(entity) => self.$list.push(entity), )*
                    other => return Err(AddError::new(vec![other])),
                }
                Ok(())
            }

            /// All entities, list by list in the model's alphabetical order.
            pub fn entities(&self) -> impl Iterator<Item = EntityView<'_>> {
                std::iter::empty()$( .chain(self.$list.iter().map(EntityView::from)) )*
            }

            /// All entities, taken out of the bundle; in the order of [`Bundle::entities`].
            pub fn into_entities(self) -> impl Iterator<Item = Entity> {
                std::iter::empty()$( .chain(self.$list.into_iter().map(Entity::from)) )*
            }

            /// Number of entities.
            #[must_use]
            pub fn len(&self) -> usize {
                0 $( + self.$list.len() )*
            }

            /// Adds the entities and references of another bundle behind those of this one. The
            /// other bundle's own description (its id, title and so on) is left out.
            pub fn merge(&mut self, other: Self) {
                $( append(&mut self.$list, other.$list); )*
                $( append(&mut self.$refs, other.$refs); )*
            }

            /// Drops what comes again, and keeps the first of each in place.
            ///
            /// Entities are the same if they have the same id; verdicts, which do not have an id,
            /// and references are the same if they are equal. The report names everything that was
            /// dropped, and any difference from the copy that was kept.
            pub fn dedupe(&mut self) -> Vec<Duplicate> {
                let mut duplicates = Vec::new();
                $(
                    if self.$list.len() > 1 {
                        dedupe_list(self.$list.as_mut_vec(), &mut duplicates);
                    }
                )*
                $( dedupe_references(&mut self.$refs); )*
                duplicates
            }

            /// Keeps at most `most` entities in each list, the first ones, and drops the
            /// relationships that lose an end by that, so that no relationship points to a dropped
            /// entity.
            pub fn cap_lists(&mut self, most: usize) -> LeftOut {
                let mut left_out = LeftOut::default();
                $(
                    if self.$list.len() > most {
                        left_out.cap(self.$list.as_mut_vec(), most);
                    }
                )*
                if !self.relationships.is_empty() {
                    left_out.drop_loose(self.relationships.as_mut_vec());
                }
                left_out
            }

            /// Takes all entities out and leaves the references.
            fn take_entities(&mut self) -> Vec<Entity> {
                let mut entities = Vec::with_capacity(self.len());
                $( entities.extend(std::mem::take(&mut self.$list).into_iter().map(Entity::from)); )*
                entities
            }

            fn clear_references(&mut self) {
                $( self.$refs = List::absent(); )*
            }
        }
    };
}

bundle_lists! {
    actors: Actor,
    asset_mappings: AssetMapping,
    asset_properties: AssetProperties,
    assets: Asset,
    attack_patterns: AttackPattern,
    campaigns: Campaign,
    coas: Coa,
    data_tables: DataTable,
    feedbacks: Feedback,
    identity_assertions: IdentityAssertion,
    incidents: Incident,
    indicators: Indicator,
    judgements: Judgement,
    malwares: Malware,
    notes: Note,
    relationships: Relationship,
    sightings: Sighting,
    target_records: TargetRecord,
    tools: Tool,
    verdicts: Verdict,
    vulnerabilities: Vulnerability,
    weaknesses: Weakness,
    ;
    actor_refs,
    asset_mapping_refs,
    asset_properties_refs,
    asset_refs,
    attack_pattern_refs,
    campaign_refs,
    coa_refs,
    data_table_refs,
    feedback_refs,
    identity_assertion_refs,
    incident_refs,
    indicator_refs,
    judgement_refs,
    malware_refs,
    note_refs,
    relationship_refs,
    sighting_refs,
    target_record_refs,
    tool_refs,
    verdict_refs,
    vulnerability_refs,
    weakness_refs,
}

/// Entities that were not added, because no list takes their type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddError {
    entities: Vec<Entity>,
}

impl AddError {
    pub(crate) fn new(entities: Vec<Entity>) -> Self {
        Self { entities }
    }

    /// One error for all entities of several.
    pub(crate) fn of(errors: impl Iterator<Item = Self>) -> Result<(), Self> {
        let entities: Vec<Entity> = errors.flat_map(Self::into_entities).collect();
        if entities.is_empty() { Ok(()) } else { Err(Self::new(entities)) }
    }

    /// The entities that were not added, in their order; at least one.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The entities that were not added.
    #[must_use]
    pub fn into_entities(self) -> Vec<Entity> {
        self.entities
    }
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types: BTreeSet<&str> =
            self.entities.iter().map(|entity| entity.entity_type().as_str()).collect();
        let types: Vec<&str> = types.into_iter().collect();
        write!(f, "there is no list for entities of the type {}", types.join(", "))
    }
}

impl std::error::Error for AddError {}

/// An entity that [`Bundle::dedupe`] dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duplicate {
    /// Type of the entity.
    pub entity_type: EntityType,
    /// Its id; absent for a verdict.
    pub id: Option<EntityId>,
    /// True if it differed from the entity that was kept.
    pub differs: bool,
}

/// The parts of a bundle that were left out to stay under a limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LeftOut {
    /// Number of entities over the limit, by type.
    pub over_limit: BTreeMap<EntityType, usize>,
    /// Ids of the relationships that lost an end.
    pub loose_relationships: Vec<EntityId>,
    ids: HashSet<EntityId>,
}

impl LeftOut {
    /// Returns true if everything stayed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.over_limit.is_empty() && self.loose_relationships.is_empty()
    }

    /// Keeps the first entities of a list.
    pub(crate) fn cap<T: EntityStructure>(&mut self, list: &mut Vec<T>, most: usize) {
        if list.len() <= most {
            return;
        }
        let over = list.split_off(most);
        self.over_limit.insert(T::ENTITY_TYPE, over.len());
        self.ids.extend(over.iter().filter_map(|entity| entity.id().cloned()));
    }

    /// Drops relationships with an end that was left out.
    pub(crate) fn drop_loose(&mut self, relationships: &mut Vec<Relationship>) {
        if self.ids.is_empty() {
            return;
        }
        let Self { ids, loose_relationships, .. } = self;
        relationships.retain(|relationship| {
            let is_loose = ids.contains(&relationship.source_ref) || ids.contains(&relationship.target_ref);
            if is_loose {
                loose_relationships.push(relationship.id.clone());
            }
            !is_loose
        });
    }
}

/// The parts of a bundle for an import.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// The parts, in order.
    pub bundles: Vec<Bundle>,
    /// Relationships that are in no part, because no part can hold both of their ends.
    pub left_out: Vec<Relationship>,
}

impl Bundle {
    /// Returns true if the bundle has no entity. References do not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts entities at the end of their lists: anything that converts into [`Entity`].
    ///
    /// ```
    /// use ctim::{Bundle, Casebook, Entity, EntityId, Observable, ValidTime, Verdict};
    /// use ctim::vocabulary::Disposition;
    ///
    /// let verdict = Verdict::builder()
    ///     .judged(Disposition::Clean)
    ///     .observable(Observable::new("ip", "198.51.100.7"))
    ///     .valid_time(ValidTime::default())
    ///     .build();
    /// let mut bundle = Bundle::new("example");
    /// bundle.add_all([verdict.clone(), verdict])?;
    /// assert_eq!(bundle.len(), 2);
    ///
    /// let casebook = Casebook::builder().id(EntityId::transient("casebook-1")?).build();
    /// let error = bundle.add_all([casebook]).unwrap_err();
    /// assert_eq!(error.to_string(), "there is no list for entities of the type casebook");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there are entities for which a bundle has no list: bundles, casebooks and investigations.
    /// All others have been added; the error gives those back.
    pub fn add_all<E: Into<Entity>>(
        &mut self,
        entities: impl IntoIterator<Item = E>,
    ) -> Result<(), AddError> {
        AddError::of(entities.into_iter().filter_map(|entity| self.add(entity).err()))
    }

    /// Checks the bundle as a whole: [`Validate::validate`] and [`Bundle::check_references`] in one
    /// report.
    #[must_use]
    pub fn check(&self) -> Report {
        let mut report = self.validate();
        report.extend(self.check_references());
        report
    }

    /// The entity with this id, if the bundle has it.
    #[must_use]
    pub fn get(&self, id: &EntityId) -> Option<EntityView<'_>> {
        self.entities().find(|entity| entity.id() == Some(id))
    }

    /// Reports each transient reference of an entity that no entity of the bundle answers (long ids
    /// point to stored entities and are always fine), and warns of relationships between entities
    /// of the bundle that the model does not define where the ids alone do not tell.
    #[must_use]
    pub fn check_references(&self) -> Report {
        let types: HashMap<&EntityId, EntityType> =
            self.entities().filter_map(|entity| Some((entity.id()?, entity.entity_type()))).collect();
        let mut report = Report::default();
        for reference in references(self) {
            if reference.id.is_transient() && !types.contains_key(reference.id) {
                report.add(dangling(reference));
            }
        }
        for (index, relationship) in self.relationships.iter().enumerate() {
            let ends = [&relationship.source_ref, &relationship.target_ref];
            if ends.iter().all(|end| end.entity_type().is_some()) {
                continue;
            }
            let [source, target] = ends.map(|end| types.get(end).copied().or_else(|| end.entity_type()));
            let link = &relationship.relationship_type;
            if let Some(detail) =
                source.zip(target).and_then(|(source, target)| undefined(source, link, target))
            {
                let pointer = format!("/relationships/{index}");
                let warning = Violation::new(pointer, Level::Warning, Rule::UndefinedRelationship, detail);
                report.add(warning.within(Some(Arc::new(relationship.id.clone()))));
            }
        }
        report
    }

    /// Cuts the bundle into parts of at most `most` entities for an import; [`IMPORT_LIMIT`] is
    /// what Cisco's service takes unless it is configured otherwise.
    ///
    /// Entities that refer to each other by transient ids stay together where they fit, because
    /// such an id means nothing in another import. Where more belong together than fit, they are
    /// cut in their order. A relationship whose ends come to lie in different parts goes into a
    /// later part together with copies of both ends if both have external ids, by which the service
    /// knows them again; it is left out otherwise. The bundle's references to stored entities go
    /// into the first part.
    ///
    /// A limit of less than three is taken as three: a relationship and its ends.
    #[must_use]
    pub fn split_for_import(mut self, most: usize) -> Split {
        let entities = self.take_entities();
        let plan = Plan::new(&entities, most.max(3));
        let mut next = self.clone();
        next.clear_references();

        let copied: Vec<Vec<Entity>> = plan.copied.iter().map(|part| pick(&entities, part)).collect();
        let left_out =
            plan.left_out.iter().filter_map(|place| relationship(entities.get(*place)?)).cloned().collect();
        let moved = plan.parts.iter().map(|part| pick(&entities, part));
        let mut bundles = Vec::new();
        for part in moved.chain(copied) {
            let mut bundle = if bundles.is_empty() { self.clone() } else { next.clone() };
            // All of them came from lists of the bundle.
            let _ = bundle.add_all(part);
            bundles.push(bundle);
        }
        if bundles.is_empty() {
            bundles.push(self);
        }
        Split { bundles, left_out }
    }
}

/// The assignment of entities to parts, by their indexes in the list of all.
#[derive(Default)]
struct Plan {
    parts: Vec<Vec<usize>>,
    /// Parts that repeat the ends of relationships.
    copied: Vec<Vec<usize>>,
    /// Relationships that fit nowhere.
    left_out: Vec<usize>,
}

impl Plan {
    fn new(entities: &[Entity], most: usize) -> Self {
        let places: HashMap<&EntityId, usize> =
            entities.iter().enumerate().filter_map(|(place, entity)| Some((entity.id()?, place))).collect();
        let mut plan = Self::default();
        let mut loose = Vec::new();
        for group in groups(entities, &places) {
            if group.len() <= most {
                plan.add_group(group, most);
            } else {
                loose.extend(plan.cut_group(&group, entities, &places, most));
            }
        }
        for place in loose {
            plan.add_loose(place, entities, &places, most);
        }
        plan
    }

    /// Adds entities that stay together to the last part, or to a new one if they do not fit.
    fn add_group(&mut self, group: Vec<usize>, most: usize) {
        match self.parts.last_mut() {
            Some(part) if part.len() + group.len() <= most => part.extend(group),
            _ => self.parts.push(group),
        }
    }

    /// Cuts a group that is too large: each relationship takes its ends along into the current
    /// part, and entities that no relationship took follow. Returns the relationships whose ends
    /// came to lie in different parts.
    fn cut_group(
        &mut self,
        group: &[usize],
        entities: &[Entity],
        places: &HashMap<&EntityId, usize>,
        most: usize,
    ) -> Vec<usize> {
        let mut placed: HashMap<usize, usize> = HashMap::new();
        let mut loose = Vec::new();
        self.parts.push(Vec::new());
        let is_relationship =
            |place: &usize| entities.get(*place).is_some_and(|entity| relationship(entity).is_some());
        let (links, others): (Vec<usize>, Vec<usize>) = group.iter().copied().partition(is_relationship);
        for link in links {
            let ends = ends(entities.get(link), places);
            let missing: Vec<usize> = ends.iter().copied().filter(|end| !placed.contains_key(end)).collect();
            if self.parts.last().map_or(0, Vec::len) + missing.len() + 1 > most {
                self.parts.push(Vec::new());
            }
            let current = self.parts.len();
            if ends.iter().any(|end| placed.get(end).is_some_and(|part| *part != current)) {
                loose.push(link);
                continue;
            }
            placed.extend(missing.iter().map(|end| (*end, current)));
            if let Some(part) = self.parts.last_mut() {
                part.extend(missing);
                part.push(link);
            }
        }
        for other in others.into_iter().filter(|other| !placed.contains_key(other)) {
            self.add_group(vec![other], most);
        }
        self.parts.retain(|part| !part.is_empty());
        loose
    }

    /// Puts a relationship into a part with copies of its ends, if the service can know these
    /// again.
    fn add_loose(
        &mut self,
        link: usize,
        entities: &[Entity],
        places: &HashMap<&EntityId, usize>,
        most: usize,
    ) {
        let ends = ends(entities.get(link), places);
        let is_recognised = |end: &usize| {
            entities.get(*end).is_some_and(|entity| !EntityView::from(entity).external_ids().is_empty())
        };
        if !ends.iter().all(is_recognised) {
            self.left_out.push(link);
            return;
        }
        let missing = |part: &Vec<usize>| ends.iter().filter(|end| !part.contains(end)).count();
        if self.copied.last().is_none_or(|part| part.len() + missing(part) + 1 > most) {
            self.copied.push(Vec::new());
        }
        if let Some(part) = self.copied.last_mut() {
            for end in ends {
                if !part.contains(&end) {
                    part.push(end);
                }
            }
            part.push(link);
        }
    }
}

/// The places of entities that refer to each other, group by group; groups and members in their
/// first order.
fn groups(entities: &[Entity], places: &HashMap<&EntityId, usize>) -> Vec<Vec<usize>> {
    let mut sets = DisjointSets::new(entities.len());
    for (place, entity) in entities.iter().enumerate() {
        for reference in EntityView::from(entity).references() {
            if let Some(other) = places.get(reference.id) {
                sets.join(place, *other);
            }
        }
    }
    sets.groups()
}

fn pick(entities: &[Entity], places: &[usize]) -> Vec<Entity> {
    places.iter().filter_map(|place| entities.get(*place)).cloned().collect()
}

fn relationship(entity: &Entity) -> Option<&Relationship> {
    match entity {
        Entity::Relationship(relationship) => Some(relationship),
        _ => None,
    }
}

/// The places of the entities that a relationship links, as far as they are in the bundle.
fn ends(entity: Option<&Entity>, places: &HashMap<&EntityId, usize>) -> Vec<usize> {
    let Some(relationship) = entity.and_then(relationship) else { return Vec::new() };
    let mut ends: Vec<usize> = [&relationship.source_ref, &relationship.target_ref]
        .into_iter()
        .filter_map(|id| places.get(id).copied())
        .collect();
    ends.dedup();
    ends
}

/// Sets of numbers that are joined step by step.
pub(crate) struct DisjointSets {
    parents: Vec<usize>,
}

impl DisjointSets {
    pub(crate) fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    fn root(&mut self, mut number: usize) -> usize {
        while let Some(parent) = self.parents.get(number).copied().filter(|parent| *parent != number) {
            // Halving the way keeps later look-ups short.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(number) {
                *slot = above;
            }
            number = above;
        }
        number
    }

    pub(crate) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        // The lower number leads, so that groups keep the order of their first members.
        if let Some(parent) = self.parents.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }

    pub(crate) fn groups(&mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in 0..self.parents.len() {
            groups.entry(self.root(number)).or_default().push(number);
        }
        groups.into_values().collect()
    }
}

fn append<T>(list: &mut List<T>, other: List<T>) {
    if other.is_present() {
        list.extend(other);
    }
}

/// Keeps the first of entities with the same id, and of equal ones without an id.
pub(crate) fn dedupe_list<T: EntityStructure>(list: &mut Vec<T>, duplicates: &mut Vec<Duplicate>) {
    let mut kept: Vec<T> = Vec::with_capacity(list.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for entity in std::mem::take(list) {
        let key = match entity.id() {
            Some(id) => id.as_str().to_owned(),
            None => serde_json::to_string(&entity).unwrap_or_default(),
        };
        match places.get(&key).and_then(|place| kept.get(*place)) {
            Some(first) => duplicates.push(Duplicate {
                entity_type: T::ENTITY_TYPE,
                id: entity.id().cloned(),
                differs: *first != entity,
            }),
            None => {
                places.insert(key, kept.len());
                kept.push(entity);
            }
        }
    }
    *list = kept;
}

fn dedupe_references(list: &mut List<EntityId>) {
    if list.len() > 1 {
        let mut seen = HashSet::new();
        list.as_mut_vec().retain(|id| seen.insert(id.clone()));
    }
}

#[cfg(test)]
#[cfg(feature = "builders")]
mod tests {
    use super::*;
    use crate::vocabulary::{HighMedLow, RelationshipType};
    use crate::{Casebook, Indicator, Judgement, ObservedTime, Sighting, Time, ValidTime, Validate, Verdict};

    fn id(name: &str) -> EntityId {
        EntityId::transient(name).unwrap()
    }

    fn bundle() -> Bundle {
        Bundle::builder().id(id("bundle")).source("test").valid_time(ValidTime::builder().build()).build()
    }

    fn sighting(name: &str) -> Sighting {
        Sighting::builder()
            .id(id(name))
            .confidence(HighMedLow::High)
            .count(1)
            .observed_time(ObservedTime::builder().start_time(Time::MIN_VALID).build())
            .build()
    }

    fn indicator(name: &str) -> Indicator {
        Indicator::builder()
            .id(id(name))
            .producer("test")
            .valid_time(ValidTime::builder().build())
            .external_ids([name])
            .build()
    }

    fn link(name: &str, source: &str, target: &str) -> Relationship {
        Relationship::builder()
            .id(id(name))
            .source_ref(id(source))
            .target_ref(id(target))
            .relationship_type(RelationshipType::SightingOf)
            .build()
    }

    fn names(bundle: &Bundle) -> Vec<&str> {
        let ids = bundle.entities().filter_map(EntityView::id);
        ids.map(|id| id.as_str().trim_start_matches("transient:")).collect()
    }

    /// So many sightings of so many indicators, each sighting linked to its indicator in turn.
    fn linked(sightings: usize, indicators: usize) -> Bundle {
        let mut bundle = bundle();
        for number in 0..indicators {
            bundle.indicators.push(indicator(&format!("i{number}")));
        }
        for number in 0..sightings {
            let (name, target) = (format!("s{number}"), format!("i{}", number % indicators));
            bundle.sightings.push(sighting(&name));
            bundle.relationships.push(link(&format!("r{number}"), &name, &target));
        }
        bundle
    }

    #[test]
    fn entities_go_into_their_lists_and_the_rest_comes_back() {
        let casebook = Casebook::builder().id(id("casebook")).build();
        let mut bundle = bundle();
        let error = bundle
            .add_all([
                Entity::from(sighting("s")),
                Entity::from(casebook.clone()),
                Entity::from(indicator("i")),
                Entity::from(Bundle::new("inner")),
            ])
            .unwrap_err();
        assert_eq!(error.to_string(), "there is no list for entities of the type bundle, casebook");
        assert_eq!(error.into_entities(), [Entity::from(casebook), Entity::from(Bundle::new("inner"))]);
        assert_eq!(names(&bundle), ["i", "s"]);
        assert_eq!(bundle.len(), 2);
        assert_eq!(bundle.get(&id("s")).map(EntityView::entity_type), Some(EntityType::Sighting));
        assert!(bundle.validate().is_empty());
        assert_eq!(bundle.into_entities().count(), 2);
    }

    #[test]
    fn merging_then_deduplicating_keeps_the_first_of_each() {
        let mut one = linked(2, 1);
        let mut two = linked(3, 1);
        two.sightings[0].count = 7;
        two.sighting_refs = List::from([id("x"), id("x")]);
        one.merge(two);
        assert_eq!(one.len(), 5 + 7);
        let duplicates = one.dedupe();
        assert_eq!(names(&one), ["i0", "r0", "r1", "r2", "s0", "s1", "s2"]);
        assert_eq!(one.sightings[0].count, 1);
        assert_eq!(one.sighting_refs.len(), 1);
        let differing: Vec<_> = duplicates.iter().filter(|duplicate| duplicate.differs).collect();
        assert_eq!(duplicates.len(), 5);
        assert_eq!(differing.len(), 1);
        assert_eq!(differing[0].id, Some(id("s0")));
        assert!(one.dedupe().is_empty());
    }

    #[test]
    fn equal_verdicts_are_duplicates_and_different_ones_are_not() {
        let verdict = |disposition: i64| {
            Verdict::builder()
                .disposition(disposition)
                .observable(crate::Observable::new("ip", "198.51.100.7"))
                .valid_time(ValidTime::builder().build())
                .build()
        };
        let mut bundle = bundle();
        bundle.verdicts = List::from([verdict(1), verdict(2), verdict(1)]);
        assert_eq!(bundle.dedupe().len(), 1);
        assert_eq!(bundle.verdicts.len(), 2);
    }

    #[test]
    fn capping_drops_the_relationships_that_lose_an_end() {
        let mut bundle = linked(5, 1);
        let left_out = bundle.cap_lists(3);
        assert_eq!(names(&bundle), ["i0", "r0", "r1", "r2", "s0", "s1", "s2"]);
        assert_eq!(left_out.over_limit[&EntityType::Sighting], 2);
        assert!(bundle.check_references().is_valid());

        let mut bundle = linked(2, 2);
        bundle.relationships.push(link("r9", "s0", "i0"));
        let left_out = bundle.cap_lists(1);
        assert_eq!(names(&bundle), ["i0", "r0", "s0"]);
        assert_eq!(left_out.over_limit.len(), 3);
        assert!(linked(2, 2).cap_lists(2).is_empty());
    }

    #[test]
    fn dangling_references_are_reported_wherever_they_stand() {
        let mut bundle = linked(1, 1);
        let stored = "https://example.com/ctia/indicator/indicator-5023697b-3857-4652-9b53-ccda297f9c3e";
        bundle.relationships.push(link("r8", "s0", "nowhere"));
        bundle.relationships[0].target_ref = EntityId::parse(stored).unwrap();
        bundle.verdicts.push(
            Verdict::builder()
                .disposition(1)
                .observable(crate::Observable::new("ip", "198.51.100.7"))
                .valid_time(ValidTime::builder().build())
                .judgement_id(id("no-judgement"))
                .build(),
        );
        let report = bundle.check_references();
        let places: Vec<_> = report.errors().map(|error| error.pointer.as_str()).collect();
        assert_eq!(places, ["/relationships/1/target_ref", "/verdicts/0/judgement_id"]);
    }

    #[test]
    fn undefined_relationships_are_found_by_the_types_of_the_entities() {
        let mut bundle = linked(1, 1);
        assert!(bundle.check_references().is_empty());
        bundle.relationships.push(link("r9", "i0", "s0"));
        let report = bundle.check_references();
        let found: Vec<_> =
            report.warnings().map(|warning| (warning.pointer.as_str(), warning.rule)).collect();
        assert_eq!(found, [("/relationships/1", Rule::UndefinedRelationship)]);
    }

    #[test]
    fn splitting_keeps_linked_entities_together() {
        let mut whole = linked(40, 10);
        whole.sighting_refs = List::from([id("x")]);
        let count = whole.len();
        let split = whole.split_for_import(30);
        assert!(split.left_out.is_empty());
        assert_eq!(split.bundles.iter().map(Bundle::len).sum::<usize>(), count);
        for (place, bundle) in split.bundles.iter().enumerate() {
            assert!(bundle.len() <= 30, "{}", bundle.len());
            assert!(bundle.check_references().is_valid());
            assert_eq!(bundle.sighting_refs.is_present(), place == 0);
            assert_eq!(bundle.source, "test");
        }
    }

    #[test]
    fn what_is_too_large_to_stay_together_is_cut_and_nothing_dangles() {
        let whole = linked(50, 1);
        let ids: HashSet<String> = names(&whole).into_iter().map(str::to_owned).collect();
        let split = whole.split_for_import(20);
        let mut found: HashSet<String> = HashSet::new();
        for bundle in &split.bundles {
            assert!(bundle.len() <= 20);
            assert!(bundle.check_references().is_valid());
            found.extend(names(bundle).into_iter().map(str::to_owned));
        }
        found.extend(
            split.left_out.iter().map(|link| link.id.as_str().trim_start_matches("transient:").to_owned()),
        );
        assert_eq!(found, ids);
        // Sightings have no external id here, so links to the one indicator in another part are
        // left out.
        assert!(!split.left_out.is_empty());
    }

    #[test]
    fn ends_with_external_ids_are_copied_rather_than_links_left_out() {
        let mut whole = linked(50, 1);
        for (number, sighting) in whole.sightings.iter_mut().enumerate() {
            sighting.external_ids = List::from([format!("s{number}")]);
        }
        let split = whole.split_for_import(20);
        assert!(split.left_out.is_empty());
        assert!(
            split.bundles.iter().all(|bundle| bundle.len() <= 20 && bundle.check_references().is_valid())
        );
        let links: usize = split.bundles.iter().map(|bundle| bundle.relationships.len()).sum();
        assert_eq!(links, 50);
    }

    #[test]
    fn an_empty_bundle_splits_into_itself() {
        let split = bundle().split_for_import(IMPORT_LIMIT);
        assert_eq!(split.bundles, [bundle()]);
    }

    #[test]
    fn judgements_and_their_verdicts_stay_together() {
        let judgement = Judgement::builder()
            .id(id("j"))
            .source("test")
            .observable(crate::Observable::new("ip", "198.51.100.7"))
            .disposition(1)
            .disposition_name("Clean")
            .priority(1)
            .confidence("High")
            .severity("High")
            .valid_time(ValidTime::builder().build())
            .build();
        let mut whole = linked(1, 1);
        whole
            .verdicts
            .push(Verdict::from_judgements(&judgement.observable, [&judgement], Time::MIN_VALID).unwrap());
        whole.judgements.push(judgement);
        let split = whole.split_for_import(3);
        assert_eq!(split.bundles.len(), 2);
        assert!(split.bundles.iter().all(|bundle| bundle.check_references().is_valid()));
    }
}
