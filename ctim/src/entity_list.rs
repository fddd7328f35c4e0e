//! The lists of entities that modules of Cisco XDR answer with.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::any_entity::{Entity, EntityStructure};
use crate::id::EntityId;
use crate::report::Report;
use crate::validate::{dangling, references};

/// A list of entities with its length, as modules of Cisco XDR answer: `{"count": 1, "docs": [...]}`.
///
/// ```
/// use ctim::{EntityList, Verdict};
///
/// let list: EntityList<Verdict> = EntityList::default();
/// assert_eq!(serde_json::to_string(&list)?, r#"{"count":0,"docs":[]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct EntityList<T> {
    /// Number of entities. It is the length of `docs` unless an answer that was read says otherwise.
    pub count: usize,
    /// The entities.
    pub docs: Vec<T>,
}

impl<T> EntityList<T> {
    /// Whether there are no entities.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }

    /// Adds an entity and counts it.
    pub fn push(&mut self, entity: T) {
        self.docs.push(entity);
        self.count = self.docs.len();
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
    ($( $list:ident: $entity:ident, )*) => {
        /// The `data` of an answer of a Cisco XDR module: one list for each kind of entity that such an answer may
        /// have. A list that is absent or empty is left out when the answer is written.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        pub struct EntityLists {
            $(
                #[doc = concat!("Entities of the type [`", stringify!($entity), "`](crate::", stringify!($entity), ").")]
                #[serde(default, skip_serializing_if = "is_absent_or_empty")]
                pub $list: Option<EntityList<crate::$entity>>,
            )*
        }

        impl EntityLists {
            /// Names of the lists, in alphabetical order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($list)),*];

            /// Whether no list has an entity.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                $( is_absent_or_empty(&self.$list) )&&*
            }
        }

        impl EntityLists {
            /// Puts an entity at the end of its list.
            ///
            /// # Errors
            /// Gives the entity back if answers of XDR modules have no list for it.
            pub fn add(&mut self, entity: impl Into<Entity>) -> Result<(), Box<Entity>> {
                match entity.into() {
                    $( Entity::$entity(entity) => self.$list.get_or_insert_default().push(entity), )*
                    other => return Err(Box::new(other)),
                }
                Ok(())
            }

            /// Reports each transient reference that no entity of the answer has as its id. Long ids point to stored
            /// entities and are always fine.
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

        impl crate::Validate for EntityLists {
            /// Validates each entity, and that the counts are right.
            fn validate(&self) -> crate::Report {
                let mut walk = crate::validate::Walk::default();
                $( check(&self.$list, stringify!($list), &mut walk); )*
                walk.into_report()
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
    walk: &mut crate::validate::Walk<'a>,
) {
    let Some(list) = list else { return };
    walk.at(crate::pointer::Step::Key(name), |walk| {
        if list.count != list.docs.len() {
            let detail = format!("is {}, but there are {} entities", list.count, list.docs.len());
            walk.at(crate::pointer::Step::Key("count"), |walk| walk.error(crate::Rule::Count, detail));
        }
        walk.set("docs", &list.docs, T::KIND);
    });
}

fn is_absent_or_empty<T>(list: &Option<EntityList<T>>) -> bool {
    list.as_ref().is_none_or(EntityList::is_empty)
}

entity_lists! {
    actors: Actor,
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
    tools: Tool,
    verdicts: Verdict,
    vulnerabilities: Vulnerability,
    weaknesses: Weakness,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Casebook, Relationship, Rule, Validate, Verdict};

    fn id(name: &str) -> EntityId {
        EntityId::transient(name).unwrap()
    }

    fn lists() -> EntityLists {
        let mut lists = EntityLists::default();
        let relationship = Relationship::builder()
            .id(id("r1"))
            .source_ref(id("r1"))
            .target_ref(id("nowhere"))
            .relationship_type("related-to")
            .build();
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
        assert_eq!(lists().add(casebook.clone()), Err(Box::new(casebook.into())));
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
