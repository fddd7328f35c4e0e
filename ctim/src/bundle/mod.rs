//! Working with bundles: filling, merging, deduplicating and checking references; capping and
//! splitting for import in files of their own.

mod cap;
mod split;
#[cfg(test)]
#[cfg(feature = "builders")]
mod test_data;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Map;
use uuid::Uuid;

use crate::any_entity::{Entity, EntityView};
use crate::entity_type::EntityType;
use crate::id::EntityId;
use crate::list::List;
use crate::node::references;
use crate::reference::dangling;
use crate::relationships::undefined;
use crate::report::{Level, Report, Rule, Violation};
use crate::structure::EntityStructure;
use crate::validate::Validate;
use crate::{Bundle, ValidTime};

pub use self::cap::LeftOut;
pub use self::split::{IMPORT_LIMIT, Split};

macro_rules! bundle_lists {
    ($( $list:ident: $entity:ident, )*; $( $refs:ident, )*) => {
        impl Bundle {
            /// Names of the lists of entities.
            pub const LISTS: &'static [&'static str] = &[$(stringify!($list)),*];

            /// Returns an empty bundle from a source, without limits of validity.
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

            /// Returns all entities, list by list in the model's alphabetical order.
            pub fn entities(&self) -> impl Iterator<Item = EntityView<'_>> {
                std::iter::empty()$( .chain(self.$list.iter().map(EntityView::from)) )*
            }

            /// Returns all entities, taken out of the bundle; in the order of [`Bundle::entities`].
            pub fn into_entities(self) -> impl Iterator<Item = Entity> {
                std::iter::empty()$( .chain(self.$list.into_iter().map(Entity::from)) )*
            }

            /// Returns the number of entities.
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
            /// and references are the same if they are equal. Returns the entities that were
            /// dropped, and for each if it differed from the one that was kept; references are not
            /// listed.
            ///
            /// ```
            /// use ctim::{Bundle, EntityId, Feedback};
            ///
            /// let feedback = |reason: &str| {
            ///     Feedback::builder()
            ///         .id(EntityId::unchecked("transient:1"))
            ///         .entity_id(EntityId::unchecked("transient:2"))
            ///         .feedback(1)
            ///         .reason(reason)
            ///         .build()
            /// };
            /// let (mut bundle, mut other) = (Bundle::new("one"), Bundle::new("other"));
            /// bundle.add(feedback("seen"))?;
            /// other.add(feedback("seen twice"))?;
            /// bundle.merge(other);
            ///
            /// let duplicates = bundle.dedupe();
            /// assert_eq!(duplicates.len(), 1);
            /// assert!(duplicates[0].differs);
            /// assert_eq!(bundle.feedbacks[0].reason, "seen");
            /// # Ok::<(), ctim::bundle::AddError>(())
            /// ```
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
            /// [`LeftOut::dangling`] has its id.
            ///
            /// ```
            /// use ctim::vocabulary::RelationshipType;
            /// use ctim::{Bundle, EntityId, EntityType, Feedback, Relationship};
            /// use uuid::Uuid;
            ///
            /// let mut bundle = Bundle::new("example");
            /// for id in ["transient:1", "transient:2", "transient:3"] {
            ///     let feedback = Feedback::builder()
            ///         .id(EntityId::unchecked(id))
            ///         .entity_id(EntityId::unchecked("transient:1"))
            ///         .feedback(1)
            ///         .reason("seen")
            ///         .build();
            ///     bundle.add(feedback)?;
            /// }
            /// let (first, last) = (&bundle.feedbacks[0], &bundle.feedbacks[2]);
            /// let related = RelationshipType::RelatedTo;
            /// let link = Relationship::between(last, related, first, &Uuid::NAMESPACE_OID);
            /// bundle.add(link)?;
            ///
            /// let left_out = bundle.cap_lists(2);
            /// assert_eq!(left_out.over_limit[&EntityType::Feedback], 1);
            /// assert_eq!(left_out.loose_relationships.len(), 1);
            /// assert_eq!(bundle.len(), 2);
            /// # Ok::<(), ctim::bundle::AddError>(())
            /// ```
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

    /// Returns one error for the entities of all.
    pub(crate) fn of(errors: impl Iterator<Item = Self>) -> Result<(), Self> {
        let entities: Vec<Entity> = errors.flat_map(Self::into_entities).collect();
        if entities.is_empty() { Ok(()) } else { Err(Self::new(entities)) }
    }

    /// Returns the entities that were not added, in their order; at least one.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Returns the entities that were not added.
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

    /// Returns the entity with this id, if the bundle has it.
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
    use super::test_data::{bundle, id, indicator, link, linked, names, sighting};
    use super::*;
    use crate::{Casebook, Verdict};

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
}
