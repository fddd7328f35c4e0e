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
            /// entity. Other entities that name a dropped one stay as they are;
            /// [`LeftOut::dangling`] tells its id.
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
                left_out.note_dangling(self.entities());
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
    /// Transient ids of dropped entities that fields of kept ones still name, such as the judgement
    /// of a verdict. Drop those entities, or clear the fields.
    pub dangling: Vec<EntityId>,
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
        let kept: HashSet<&EntityId> = list.iter().filter_map(EntityStructure::id).collect();
        let ids = over.iter().filter_map(EntityStructure::id).filter(|id| !kept.contains(id));
        self.ids.extend(ids.cloned());
    }

    /// Drops relationships with an end that was left out, and those that link these in turn.
    pub(crate) fn drop_loose(&mut self, relationships: &mut Vec<Relationship>) {
        if self.ids.is_empty() {
            return;
        }
        let mut by_end: HashMap<&EntityId, Vec<usize>> = HashMap::new();
        for (place, relationship) in relationships.iter().enumerate() {
            for end in [&relationship.source_ref, &relationship.target_ref] {
                by_end.entry(end).or_default().push(place);
            }
        }
        let mut dropped = BTreeSet::new();
        let mut next: Vec<&EntityId> = self.ids.iter().collect();
        while let Some(id) = next.pop() {
            let loose = by_end.remove(id).unwrap_or_default();
            next.extend(loose.iter().filter_map(|place| Some(&relationships.get(*place)?.id)));
            dropped.extend(loose);
        }
        self.loose_relationships =
            dropped.iter().filter_map(|place| Some(relationships.get(*place)?.id.clone())).collect();
        self.ids.extend(self.loose_relationships.iter().cloned());
        let mut place = 0..;
        relationships.retain(|_| place.next().is_none_or(|place| !dropped.contains(&place)));
    }

    /// Notes the ids that the kept entities name although they were left out.
    pub(crate) fn note_dangling<'a>(&mut self, kept: impl Iterator<Item = EntityView<'a>>) {
        if self.ids.is_empty() {
            return;
        }
        let mut seen = HashSet::new();
        for reference in kept.flat_map(EntityView::references) {
            let id = reference.id;
            if id.is_transient() && self.ids.contains(id) && seen.insert(id) {
                self.dangling.push(id.clone());
            }
        }
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
    /// Transient ids that an entity names in a part that does not have them: more entities refer to
    /// each other by fields than fit into a part, or to a relationship that is in another part or
    /// in none.
    pub dangling: Vec<EntityId>,
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
    /// cut at relationships, and the pieces keep their order. A relationship whose ends come to lie
    /// in different parts goes into a later part together with copies of both ends, and of all that
    /// these refer to, if these have external ids, by which the service knows them again; it is
    /// left out otherwise. Where more entities refer to each other by fields than fit, they are cut
    /// too, and [`Split::dangling`] tells the ids. The bundle's references to stored entities go
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
        let dangling = plan.dangling();
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
        Split { bundles, left_out, dangling }
    }
}

/// The assignment of entities to parts, by their indexes in the list of all.
struct Plan<'a> {
    entities: &'a [Entity],
    most: usize,
    /// The entities to which each one refers, as far as they are in the bundle.
    targets: Vec<Vec<usize>>,
    parts: Vec<Vec<usize>>,
    /// Parts that repeat the ends of relationships.
    copied: Vec<Vec<usize>>,
    /// Relationships that fit nowhere.
    left_out: Vec<usize>,
}

impl<'a> Plan<'a> {
    fn new(entities: &'a [Entity], most: usize) -> Self {
        let targets = targets(entities);
        let mut sets = DisjointSets::new(entities.len());
        for (place, targets) in targets.iter().enumerate() {
            targets.iter().for_each(|target| sets.join(place, *target));
        }
        let (parts, copied, left_out) = Default::default();
        let mut plan = Self { entities, most, targets, parts, copied, left_out };
        let mut units = None;
        let mut loose = Vec::new();
        for group in sets.groups() {
            if group.len() <= most {
                plan.add_group(&group);
            } else {
                let units = units.get_or_insert_with(|| plan.units());
                loose.extend(plan.cut_group(&group, units));
            }
        }
        for link in loose {
            plan.add_loose(link);
        }
        plan
    }

    fn is_link(&self, place: usize) -> bool {
        self.entities.get(place).and_then(relationship).is_some()
    }

    fn targets(&self, place: usize) -> &[usize] {
        self.targets.get(place).map_or(&[], Vec::as_slice)
    }

    /// Adds entities that stay together to the last part, or to a new one if they do not fit.
    fn add_group(&mut self, group: &[usize]) {
        match self.parts.last_mut() {
            Some(part) if part.len() + group.len() <= self.most => part.extend(group),
            _ => self.parts.push(group.to_vec()),
        }
    }

    /// Joins entities that refer to each other by fields. All references of an entity count or,
    /// where a part cannot hold all of them, none.
    fn units(&self) -> Units {
        let mut sets = DisjointSets::new(self.entities.len());
        for (place, targets) in self.targets.iter().enumerate() {
            if self.is_link(place) {
                continue;
            }
            let roots: BTreeSet<usize> =
                targets.iter().chain([&place]).map(|member| sets.root(*member)).collect();
            if roots.iter().map(|root| sets.size(*root)).sum::<usize>() <= self.most {
                roots.iter().for_each(|root| sets.join(place, *root));
            }
        }
        let mut units = Units { of: vec![0; self.entities.len()], members: sets.groups() };
        for (number, members) in units.members.iter().enumerate() {
            for member in members {
                if let Some(unit) = units.of.get_mut(*member) {
                    *unit = number;
                }
            }
        }
        units
    }

    /// Cuts a group that is too large: each relationship takes the units of its ends along into the
    /// current part, and units that no relationship took follow. Returns the relationships whose
    /// ends came to lie in different parts.
    fn cut_group(&mut self, group: &[usize], units: &Units) -> Vec<usize> {
        // The number of the part of each unit; none if its relationships do not fit.
        let mut placed: HashMap<usize, Option<usize>> = HashMap::new();
        self.parts.push(Vec::new());
        for place in group {
            let unit = units.of(*place);
            if !self.is_link(*place) || placed.contains_key(&unit) {
                continue;
            }
            let Some(taken) = self.taken_along(unit, units, &placed) else {
                placed.insert(unit, None);
                continue;
            };
            let mut members: Vec<usize> =
                taken.iter().flat_map(|unit| units.members(*unit)).copied().collect();
            members.sort_unstable();
            self.add_group(&members);
            placed.extend(taken.into_iter().map(|unit| (unit, Some(self.parts.len()))));
        }
        let mut loose = Vec::new();
        for place in group {
            let unit = units.of(*place);
            if placed.insert(unit, Some(0)).flatten().is_some() {
                continue;
            }
            let (links, others): (Vec<usize>, Vec<usize>) =
                units.members(unit).iter().partition(|member| self.is_link(**member));
            loose.extend(links);
            if !others.is_empty() {
                self.add_group(&others);
            }
        }
        self.parts.retain(|part| !part.is_empty());
        loose
    }

    /// The units that go into a part together with the relationships of one, besides those that the
    /// current part has: none if others have some of them, or if they do not fit.
    fn taken_along(
        &self,
        unit: usize,
        units: &Units,
        placed: &HashMap<usize, Option<usize>>,
    ) -> Option<Vec<usize>> {
        let current = self.parts.len();
        let room = self.most - self.parts.last().map_or(0, Vec::len);
        let (mut taken, mut count, mut is_begun) = (Vec::new(), 0, false);
        let (mut seen, mut next) = (HashSet::from([unit]), vec![unit]);
        while let Some(unit) = next.pop() {
            match placed.get(&unit) {
                Some(Some(part)) if *part == current => is_begun = true,
                Some(_) => return None,
                None => {
                    let members = units.members(unit);
                    count += members.len();
                    taken.push(unit);
                    let links = members.iter().filter(|member| self.is_link(**member));
                    let ends = links.flat_map(|link| self.targets(*link)).map(|end| units.of(*end));
                    next.extend(ends.filter(|unit| seen.insert(*unit)));
                }
            }
            if count > if is_begun { room } else { self.most } {
                return None;
            }
        }
        Some(taken)
    }

    /// Puts a relationship into a part with copies of all that it refers to, if the service can
    /// know these again.
    fn add_loose(&mut self, link: usize) {
        let (mut seen, mut next) = (HashSet::from([link]), vec![link]);
        let mut needed = Vec::new();
        while let Some(place) = next.pop() {
            let entity = self.entities.get(place).map(EntityView::from);
            let is_recognised = entity.is_some_and(|entity| !entity.external_ids().is_empty());
            needed.push(place);
            if needed.len() > self.most || (place != link && !is_recognised) {
                self.left_out.push(link);
                return;
            }
            next.extend(self.targets(place).iter().copied().filter(|target| seen.insert(*target)));
        }
        needed.sort_unstable();
        let missing = |part: &Vec<usize>| needed.iter().filter(|place| !part.contains(place)).count();
        if self.copied.last().is_none_or(|part| part.len() + missing(part) > self.most) {
            self.copied.push(Vec::new());
        }
        if let Some(part) = self.copied.last_mut() {
            needed.retain(|place| !part.contains(place));
            part.extend(needed);
        }
    }

    /// The transient ids that an entity names in a part which does not have them.
    fn dangling(&self) -> Vec<EntityId> {
        let id = |place: &usize| self.entities.get(*place).and_then(|entity| EntityView::from(entity).id());
        let mut dangling = Vec::new();
        let mut seen = HashSet::new();
        for part in self.parts.iter().chain(&self.copied) {
            let ids: HashSet<&EntityId> = part.iter().filter_map(id).collect();
            for target in part.iter().flat_map(|place| self.targets(*place)).filter_map(id) {
                if target.is_transient() && !ids.contains(target) && seen.insert(target) {
                    dangling.push(target.clone());
                }
            }
        }
        dangling
    }
}

/// Entities that go into the same part.
struct Units {
    /// The number of the unit of each entity.
    of: Vec<usize>,
    members: Vec<Vec<usize>>,
}

impl Units {
    fn of(&self, place: usize) -> usize {
        self.of.get(place).copied().unwrap_or_default()
    }

    fn members(&self, unit: usize) -> &[usize] {
        self.members.get(unit).map_or(&[], Vec::as_slice)
    }
}

/// The places of the entities to which each one refers, as far as they are in the bundle.
fn targets(entities: &[Entity]) -> Vec<Vec<usize>> {
    let places: HashMap<&EntityId, usize> =
        entities.iter().enumerate().filter_map(|(place, entity)| Some((entity.id()?, place))).collect();
    let references = entities.iter().map(|entity| EntityView::from(entity).references());
    references
        .map(|all| all.iter().filter_map(|reference| places.get(reference.id).copied()).collect())
        .collect()
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

/// Sets of numbers that are joined step by step.
pub(crate) struct DisjointSets {
    parents: Vec<usize>,
    /// Sizes of the sets, at their roots.
    sizes: Vec<usize>,
}

impl DisjointSets {
    pub(crate) fn new(count: usize) -> Self {
        Self { parents: (0..count).collect(), sizes: vec![1; count] }
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
        if one == other {
            return;
        }
        // The lower number leads, so that groups keep the order of their first members.
        let (leader, follower) = (one.min(other), one.max(other));
        let size = self.size(one) + self.size(other);
        if let (Some(parent), Some(sum)) = (self.parents.get_mut(follower), self.sizes.get_mut(leader)) {
            (*parent, *sum) = (leader, size);
        }
    }

    /// The size of the set that has this root.
    fn size(&self, root: usize) -> usize {
        self.sizes.get(root).copied().unwrap_or_default()
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
    use crate::{
        Casebook, Feedback, Indicator, Judgement, ObservedTime, Sighting, Time, ValidTime, Validate, Verdict,
    };

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
        let mut whole = linked(1, 1);
        whole.verdicts.push(verdict_of(&judgement("j")));
        whole.judgements.push(judgement("j"));
        let split = whole.split_for_import(3);
        assert_eq!(split.bundles.len(), 2);
        assert!(split.bundles.iter().all(|bundle| bundle.check_references().is_valid()));
    }

    fn judgement(name: &str) -> Judgement {
        Judgement::builder()
            .id(id(name))
            .source("test")
            .observable(crate::Observable::new("ip", "198.51.100.7"))
            .disposition(1)
            .disposition_name("Clean")
            .priority(1)
            .confidence("High")
            .severity("High")
            .valid_time(ValidTime::builder().build())
            .build()
    }

    fn verdict_of(judgement: &Judgement) -> Verdict {
        Verdict::from_judgements(&judgement.observable, [judgement], Time::MIN_VALID).unwrap()
    }

    fn feedback(name: &str, on: &str) -> Feedback {
        Feedback::builder().id(id(name)).entity_id(id(on)).feedback(1).reason("test").build()
    }

    /// An indicator with so many judgements, each with a verdict.
    fn judged(count: usize) -> Bundle {
        let mut bundle = bundle();
        bundle.indicators.push(indicator("feed"));
        for number in 0..count {
            let name = format!("j{number}");
            bundle.relationships.push(link(&format!("r{number}"), &name, "feed"));
            bundle.judgements.push(judgement(&name));
            bundle.verdicts.push(verdict_of(&judgement(&name)));
        }
        bundle
    }

    #[test]
    fn entities_that_refer_to_each_other_by_fields_stay_together_in_a_cut_group() {
        let whole = judged(10);
        let count = whole.len();
        let split = whole.split_for_import(12);
        for part in &split.bundles {
            assert!(part.len() <= 12, "{}", part.len());
            assert!(part.check_references().is_valid(), "{}", part.check_references());
        }
        let placed: usize = split.bundles.iter().map(Bundle::len).sum();
        assert_eq!(placed + split.left_out.len(), count);
        assert!(!split.left_out.is_empty());
        assert_eq!(split.dangling, []);
    }

    #[test]
    fn references_that_a_cut_breaks_are_told() {
        let mut whole = bundle();
        whole.judgements.push(judgement("j"));
        whole.verdicts = List::from(vec![verdict_of(&judgement("j")); 8]);
        let split = whole.split_for_import(4);
        let broken: usize = split.bundles.iter().map(|part| part.check_references().errors().count()).sum();
        assert!(broken > 0);
        assert_eq!(split.dangling, [id("j")]);
    }

    #[test]
    fn feedback_on_a_relationship_stays_with_it_or_is_told() {
        let mut whole = linked(12, 1);
        for number in 0..12 {
            whole.feedbacks.push(feedback(&format!("f{number}"), &format!("r{number}")));
        }
        let count = whole.len();
        let split = whole.split_for_import(10);
        assert_eq!(split.bundles.iter().map(Bundle::len).sum::<usize>() + split.left_out.len(), count);
        assert_eq!(split.bundles[0].feedbacks.len(), 3);
        let left_out: Vec<_> = split.left_out.iter().map(|link| link.id.clone()).collect();
        assert_eq!(split.dangling, left_out);
    }

    #[test]
    fn a_relationship_that_another_one_links_is_in_one_part_only() {
        for most in 3..12 {
            let mut whole = linked(6, 1);
            // Before those that they link, and behind them.
            whole.relationships.as_mut_vec().insert(0, link("a", "r1", "r0"));
            whole.relationships.push(link("z", "r5", "a"));
            let all: BTreeSet<String> = names(&whole).into_iter().map(str::to_owned).collect();
            let split = whole.split_for_import(most);
            let mut found: Vec<&str> = split.bundles.iter().flat_map(names).collect();
            found.extend(split.left_out.iter().map(|link| link.id.as_str().trim_start_matches("transient:")));
            found.sort_unstable();
            assert_eq!(found, all.iter().map(String::as_str).collect::<Vec<_>>(), "{most}");
            assert!(split.bundles.iter().all(|part| part.len() <= most));
            assert!(split.bundles.iter().all(|part| part.check_references().is_valid()));
        }
    }

    #[test]
    fn what_a_copied_end_refers_to_is_copied_with_it() {
        for has_ids in [false, true] {
            let mut whole = linked(12, 1);
            for (number, sighting) in whole.sightings.iter_mut().enumerate() {
                sighting.external_ids = List::from([format!("s{number}")]);
            }
            for number in 0..12 {
                let name = format!("n{number}");
                let mut note = feedback(&name, &format!("s{number}"));
                note.external_ids = if has_ids { List::from([name.clone()]) } else { List::absent() };
                whole.feedbacks.push(note);
                whole.relationships.push(link(&format!("x{number}"), &name, "i0"));
            }
            let split = whole.split_for_import(10);
            assert_eq!(split.left_out.is_empty(), has_ids);
            assert_eq!(split.dangling, []);
            assert!(split.bundles.iter().all(|part| part.len() <= 10 && part.check_references().is_valid()));
        }
    }

    #[test]
    fn capping_drops_relationships_of_dropped_ones_and_tells_what_dangles() {
        let mut whole = judged(3);
        whole.relationships.as_mut_vec().insert(0, link("r", "feed", "a"));
        whole.relationships.as_mut_vec().insert(0, link("a", "feed", "j2"));
        whole.feedbacks = List::from([feedback("f0", "r"), feedback("f1", "feed")]);
        whole.judgements.as_mut_vec().truncate(3);
        whole.judgements.push(judgement("j3"));
        whole.cap_lists(5);
        let left_out = whole.cap_lists(2);
        assert_eq!(names(&whole), ["f0", "f1", "feed", "j0", "j1"]);
        assert_eq!(left_out.loose_relationships, [id("a"), id("r")]);
        assert_eq!(whole.verdicts.len(), 2);
        assert_eq!(left_out.dangling, [id("r")]);

        let mut whole = judged(4);
        whole.judgements.as_mut_vec().reverse();
        let left_out = whole.cap_lists(2);
        assert_eq!(left_out.dangling, [id("j0"), id("j1")]);
        let dangling = whole.check_references();
        assert_eq!(dangling.errors().count(), 2, "{dangling}");
    }

    #[test]
    fn an_id_of_which_a_copy_is_kept_is_not_left_out() {
        let mut whole = linked(1, 1);
        whole.sightings.push(sighting("s0"));
        let left_out = whole.cap_lists(1);
        assert_eq!(left_out.over_limit.len(), 1);
        assert_eq!(names(&whole), ["i0", "r0", "s0"]);
    }
}
