//! The lists of entities that modules of Cisco XDR answer with.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::any_entity::{Entity, EntityView};
use crate::bundle::{AddError, Duplicate, LeftOut, dedupe_list};
use crate::id::EntityId;
use crate::model::StructureInfo;
use crate::node::references;
use crate::reference::dangling;
use crate::report::Report;
use crate::structure::{EntityStructure, Structure};

/// A list of entities with its length, as modules of Cisco XDR answer: `{"count": 1, "docs":
/// [...]}`.
///
/// ```
/// use ctim::{EntityList, Verdict};
///
/// let list: EntityList<Verdict> = EntityList::default();
/// assert_eq!(serde_json::to_string(&list)?, r#"{"count":0,"docs":[]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EntityList<T> {
    /// Number of entities. It is the length of `docs` unless an answer that was read says
    /// otherwise.
    pub count: usize,
    /// The entities.
    pub docs: Vec<T>,
}

impl<T> EntityList<T> {
    /// Returns true if the list has no entity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }

    /// Adds an entity and counts it.
    pub fn push(&mut self, entity: T) {
        self.docs.push(entity);
        self.count = self.docs.len();
    }

    /// Keeps the first entities, and counts them.
    pub fn truncate(&mut self, most: usize) {
        self.docs.truncate(most);
        self.count = self.docs.len();
    }
}

impl<T> Extend<T> for EntityList<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entities: I) {
        self.docs.extend(entities);
        self.count = self.docs.len();
    }
}

impl<T> IntoIterator for EntityList<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.docs.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a EntityList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.docs.iter()
    }
}

impl<T> Default for EntityList<T> {
    fn default() -> Self {
        Self { count: 0, docs: Vec::new() }
    }
}

impl<T> From<Vec<T>> for EntityList<T> {
    fn from(docs: Vec<T>) -> Self {
        Self { count: docs.len(), docs }
    }
}

impl<T> FromIterator<T> for EntityList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(docs: I) -> Self {
        Vec::from_iter(docs).into()
    }
}

macro_rules! entity_lists {
    ($( $list:ident, $with:ident: $entity:ident, )*) => {
        /// The `data` of an answer of a Cisco XDR module: one list for each kind of entity that
        /// such an answer may have. A list that is absent or empty is left out when the answer is
        /// written.
        ///
        /// ```
        /// use ctim::vocabulary::Disposition;
        /// use ctim::{EntityLists, Observable, ValidTime, Verdict};
        ///
        /// let verdict = Verdict::builder()
        ///     .judged(Disposition::Malicious)
        ///     .observable(Observable::new("ip", "198.51.100.7"))
        ///     .valid_time(ValidTime::default())
        ///     .build();
        /// let mut lists =
        ///     EntityLists::default().with_verdicts([verdict.clone(), verdict]).with_sightings([]);
        /// assert_eq!(lists.dedupe().len(), 1);
        /// assert!(lists.check().is_empty());
        /// let json = serde_json::to_value(&lists)?;
        /// assert_eq!(json["verdicts"]["count"], 1);
        /// assert!(json.get("sightings").is_none());
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct EntityLists {
            $(
                #[doc = concat!("Entities of the type [`", stringify!($entity), "`](crate::", stringify!($entity), ").")]
                #[serde(default, skip_serializing_if = "is_absent_or_empty")]
                pub $list: Option<EntityList<crate::$entity>>,
            )*
        }

        impl EntityLists {
            /// Names of the lists: first those of a sighting, since truncated lists are filled in
            /// this order; then the others in alphabetical order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($list)),*];

            /// The structures of the entities of each list.
            pub(crate) const STRUCTURES: &'static [(&'static str, &'static StructureInfo)] =
                &[$((stringify!($list), <crate::$entity as Structure>::INFO)),*];

            /// Returns true if no list has an entity.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                $( is_absent_or_empty(&self.$list) )&&*
            }
        }

        impl EntityLists {
            $(
                #[doc = concat!("Puts entities at the end of the list `", stringify!($list), "`.")]
                #[must_use]
                pub fn $with(mut self, entities: impl IntoIterator<Item = crate::$entity>) -> Self {
                    self.$list.get_or_insert_default().extend(entities);
                    self
                }
            )*

            /// Puts an entity at the end of its list.
            ///
            /// # Errors
            /// If answers of XDR modules have no list for it. The error gives the entity back.
            pub fn add(&mut self, entity: impl Into<Entity>) -> Result<(), AddError> {
                match entity.into() {
                    $( Entity::$entity(entity) => self.$list.get_or_insert_default().push(entity), )*
                    other => return Err(AddError::new(vec![other])),
                }
                Ok(())
            }

            /// Puts entities at the end of their lists, such as all those of a bundle
            /// ([`Bundle::into_entities`](crate::Bundle::into_entities)).
            ///
            /// # Errors
            /// If there are entities for which answers of XDR modules have no list. All others have
            /// been added; the error gives those back.
            pub fn add_all<E: Into<Entity>>(
                &mut self,
                entities: impl IntoIterator<Item = E>,
            ) -> Result<(), AddError> {
                AddError::of(entities.into_iter().filter_map(|entity| self.add(entity).err()))
            }

            /// Returns all entities, list by list in the order of [`EntityLists::NAMES`].
            pub fn entities(&self) -> impl Iterator<Item = EntityView<'_>> {
                std::iter::empty()$( .chain(docs(&self.$list).iter().map(EntityView::from)) )*
            }

            /// Returns the number of entities in all lists.
            #[must_use]
            pub fn len(&self) -> usize {
                0 $( + docs(&self.$list).len() )*
            }

            /// Adds the entities of other lists behind those of these.
            pub fn merge(&mut self, other: Self) {
                $(
                    if let Some(list) = other.$list {
                        self.$list.get_or_insert_default().extend(list);
                    }
                )*
            }

            /// Drops duplicates, and keeps the first of each in place: of entities with the same
            /// id, and of equal verdicts, which do not have an id. Returns the entities that were
            /// dropped, and for each if it differed from the one that was kept.
            pub fn dedupe(&mut self) -> Vec<Duplicate> {
                let mut duplicates = Vec::new();
                $(
                    if let Some(list) = &mut self.$list {
                        dedupe_list(&mut list.docs, &mut duplicates);
                        list.count = list.docs.len();
                    }
                )*
                duplicates
            }

            /// Keeps at most `most` entities in each list, the first ones, and drops the
            /// relationships that lose an end by that, so that no relationship points to a dropped
            /// entity. Other entities that name a dropped one stay as they are;
            /// [`LeftOut::dangling`] has its id.
            pub fn cap_lists(&mut self, most: usize) -> LeftOut {
                let mut left_out = LeftOut::default();
                $(
                    if let Some(list) = &mut self.$list {
                        left_out.cap(&mut list.docs, most);
                        list.count = list.docs.len();
                    }
                )*
                if let Some(list) = &mut self.relationships {
                    left_out.drop_loose(&mut list.docs);
                    list.count = list.docs.len();
                }
                left_out.note_dangling(self.entities());
                left_out
            }

            /// Checks the answer as a whole: [`Validate::validate`](crate::Validate::validate) and
            /// [`EntityLists::check_references`] in one report.
            #[must_use]
            pub fn check(&self) -> Report {
                let mut report = crate::Validate::validate(self);
                report.extend(self.check_references());
                report
            }

            /// Reports each transient reference that no entity of the answer has as its id. Long
            /// ids point to stored entities and are always fine.
            #[must_use]
            pub fn check_references(&self) -> Report {
                let mut ids: HashSet<&EntityId> = HashSet::new();
                $( ids.extend(docs(&self.$list).iter().filter_map(EntityStructure::id)); )*
                let mut report = Report::default();
                $( check_list(docs(&self.$list), stringify!($list), &ids, &mut report); )*
                report
            }
        }

        #[cfg(feature = "openapi")]
        impl EntityLists {
            pub(crate) fn register_lists(registry: &mut poem_openapi::registry::Registry) {
                use poem_openapi::types::Type as _;
                $( EntityList::<crate::$entity>::register(registry); )*
            }

            pub(crate) fn list_schemas() -> Vec<(&'static str, poem_openapi::registry::MetaSchemaRef)> {
                use poem_openapi::types::Type as _;
                vec![$( (stringify!($list), EntityList::<crate::$entity>::schema_ref()) ),*]
            }
        }

        impl crate::sealed::Sealed for EntityLists {}

        impl crate::Validate for EntityLists {
            /// Validates each entity, and that the counts are right.
            fn validate(&self) -> crate::Report {
                let mut validator = crate::validator::Validator::default();
                $( check(&self.$list, stringify!($list), &mut validator); )*
                validator.into_report()
            }
        }
    };
}

fn docs<T>(list: &Option<EntityList<T>>) -> &[T] {
    list.as_ref().map_or(&[], |list| &list.docs)
}

fn check_list<T: crate::node::Node>(docs: &[T], name: &str, ids: &HashSet<&EntityId>, report: &mut Report) {
    for (index, entity) in docs.iter().enumerate() {
        for mut reference in references(entity) {
            if reference.id.is_transient() && !ids.contains(reference.id) {
                reference.pointer.insert_str(0, &format!("/{name}/docs/{index}"));
                report.add(dangling(reference));
            }
        }
    }
}

fn check<'a, T: crate::node::Node>(
    list: &'a Option<EntityList<T>>,
    name: &'a str,
    validator: &mut crate::validator::Validator<'a>,
) {
    let Some(list) = list else { return };
    validator.at(crate::pointer::Step::Key(name), |validator| {
        if list.count != list.docs.len() {
            let detail = format!("is {}, but there are {} entities", list.count, list.docs.len());
            validator.at(crate::pointer::Step::Key("count"), |validator| {
                validator.error(crate::Rule::Count, detail)
            });
        }
        validator.set("docs", &list.docs, T::KIND);
    });
}

fn is_absent_or_empty<T>(list: &Option<EntityList<T>>) -> bool {
    list.as_ref().is_none_or(EntityList::is_empty)
}

entity_lists! {
    sightings, with_sightings: Sighting,
    indicators, with_indicators: Indicator,
    relationships, with_relationships: Relationship,
    actors, with_actors: Actor,
    attack_patterns, with_attack_patterns: AttackPattern,
    campaigns, with_campaigns: Campaign,
    coas, with_coas: Coa,
    data_tables, with_data_tables: DataTable,
    feedbacks, with_feedbacks: Feedback,
    identity_assertions, with_identity_assertions: IdentityAssertion,
    incidents, with_incidents: Incident,
    judgements, with_judgements: Judgement,
    malwares, with_malwares: Malware,
    notes, with_notes: Note,
    tools, with_tools: Tool,
    verdicts, with_verdicts: Verdict,
    vulnerabilities, with_vulnerabilities: Vulnerability,
    weaknesses, with_weaknesses: Weakness,
}

#[cfg(test)]
#[cfg(feature = "builders")]
mod tests {
    use super::*;
    use crate::{Casebook, Relationship, Rule, Validate, Verdict};

    fn id(name: &str) -> EntityId {
        EntityId::transient(name).unwrap()
    }

    fn relationship(name: &str) -> Relationship {
        Relationship::builder()
            .id(id(name))
            .source_ref(id(name))
            .target_ref(id("nowhere"))
            .relationship_type("related-to")
            .build()
    }

    fn lists() -> EntityLists {
        let mut lists = EntityLists::default();
        let relationship = relationship("r1");
        let verdict = Verdict::builder()
            .disposition(1)
            .observable(crate::Observable::new("ip", "198.51.100.7"))
            .valid_time(crate::ValidTime::builder().build())
            .build();
        lists.add(relationship).unwrap();
        lists.add(verdict).unwrap();
        lists
    }

    #[test]
    fn entities_without_a_list_come_back() {
        let casebook = Casebook::builder().id(id("c")).build();
        let error =
            lists().add_all([Entity::from(casebook.clone()), Entity::from(relationship("r2"))]).unwrap_err();
        assert_eq!(error.entities(), [Entity::from(casebook)]);
    }

    #[test]
    fn relationships_that_lose_an_end_go_with_it() {
        let mut lists = EntityLists::default().with_relationships(["r1", "r2", "r3"].map(relationship));
        lists.merge(lists.clone());
        assert_eq!((lists.len(), lists.dedupe().len(), lists.len()), (6, 3, 3));
        let left_out = lists.cap_lists(2);
        assert_eq!(left_out.over_limit, [(crate::EntityType::Relationship, 1)].into());
        assert_eq!(lists.relationships.as_ref().map(|list| (list.count, list.docs.len())), Some((2, 2)));
        assert!(lists.check().errors().all(|error| error.rule == Rule::DanglingReference));
    }

    #[test]
    fn lists_without_entities_are_left_out() {
        let mut lists = lists();
        assert!(!lists.is_empty());
        lists.relationships = Some(EntityList::default());
        lists.verdicts = None;
        assert!(lists.is_empty());
        assert_eq!(serde_json::to_string(&lists).unwrap(), "{}");
    }

    #[test]
    fn counts_and_references_are_checked() {
        let mut lists = lists();
        assert!(lists.validate().is_empty(), "{}", lists.validate());
        let report = lists.check_references();
        let found: Vec<_> = report.errors().map(|error| (error.pointer.as_str(), error.rule)).collect();
        assert_eq!(found, [("/relationships/docs/0/target_ref", Rule::DanglingReference)]);
        lists.verdicts.as_mut().unwrap().count = 5;
        let report = lists.validate();
        let found: Vec<_> = report.errors().map(|error| (error.pointer.as_str(), error.rule)).collect();
        assert_eq!(found, [("/verdicts/count", Rule::Count)]);
    }
}
